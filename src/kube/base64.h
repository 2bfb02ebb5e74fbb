/* base64: the standard alphabet (RFC 4648 section 4), as kubeconfig files have it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BASE64_H
#define SF_KUBE_BASE64_H

#include <stddef.h>

/* Room for what `len` characters can hold. */
#define SF_BASE64_ROOM(len) ((len) / 4 * 3 + 3)

/* Decodes into `out` (SF_BASE64_ROOM(len) bytes); blanks and line ends are skipped, the padding has
 * to be right. Returns the number of bytes, or -1 when it is no base64. */
long sf_base64_decode(const char *text, size_t len, unsigned char *out);

#endif
