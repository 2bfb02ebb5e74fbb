/* program: what the programs that tests drive by their standard input share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TEST_KUBE_PROGRAM_H
#define SF_TEST_KUBE_PROGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static inline void on_trouble(void *ctx, const char *text)
{
	(void)ctx;
	printf("trouble %s\n", text);
	fflush(stdout);
}

#endif
