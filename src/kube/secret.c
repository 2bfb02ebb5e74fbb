/* secret: inline PEM text as a file that is only in memory, since libcurl on GnuTLS reads files. */
// SPDX-License-Identifier: Apache-2.0
#include "secret.h"

#include <slicefit/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int sf_secret_init(struct sf_secret *secret, const char *text, size_t len, struct sf_error *err)
{
	int fd = memfd_create("slicefit-pem", MFD_CLOEXEC);
	/* A memory file takes all of a write of this size or fails. */
	if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
		int why = errno;
		if (fd >= 0) {
			close(fd);
		}
		return sf_fail(err, SF_EIO, "certificate in memory: %s", strerror(why));
	}
	secret->fd = fd;
	snprintf(secret->path, sizeof(secret->path), "/proc/self/fd/%d", fd);
	return 0;
}

void sf_secret_finish(struct sf_secret *secret)
{
	if (secret->path[0] != '\0') {
		close(secret->fd);
	}
	*secret = (struct sf_secret){0};
}
