/* base64: the standard alphabet (RFC 4648 section 4), as kubeconfig files have it. */
// SPDX-License-Identifier: Apache-2.0
#include "base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

long sf_base64_decode(const char *text, size_t len, unsigned char *out)
{
	uint32_t bits = 0;
	unsigned digits = 0, padding = 0;
	unsigned char *to = out;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
		if (text[i] != '\0' && strchr(" \t\r\n", text[i]) != NULL) {
			continue;
		}
		if (text[i] == '=') {
			padding++;
			continue;
		}
		if (digit == NULL || padding > 0) {
			return -1;
		}
		bits = bits << 6 | (uint32_t)(digit - alphabet);
		if (++digits % 4 == 0) {
			*to++ = (unsigned char)(bits >> 16);
			*to++ = (unsigned char)(bits >> 8);
			*to++ = (unsigned char)bits;
		}
	}
	if (digits % 4 == 1 || (digits + padding) % 4 != 0 || padding > 2) {
		return -1;
	}
	if (digits % 4 == 2) {
		*to++ = (unsigned char)(bits >> 4);
	} else if (digits % 4 == 3) {
		*to++ = (unsigned char)(bits >> 10);
		*to++ = (unsigned char)(bits >> 2);
	}
	return (long)(to - out);
}
