/* secret: inline PEM text as a file that is only in memory, since libcurl on GnuTLS reads files. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_SECRET_H
#define SF_KUBE_SECRET_H

#include <stddef.h>

struct sf_error;

struct sf_secret {
	char path[32]; /* /proc/self/fd/N */
	int fd;
};

/* SF_EIO when the kernel has no memory for it. Finish after success. */
int sf_secret_init(struct sf_secret *secret, const char *text, size_t len, struct sf_error *err);
void sf_secret_finish(struct sf_secret *secret);

#endif
