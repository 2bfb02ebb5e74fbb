/* decode: reads the body of an extender's request N times: bench-decode FILE N
 *
 * For callgrind: the instructions of N readings are those of this run less those of one with N = 0
 * (scripts/decode-gate). Prints how many nodes the body has. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX ((size_t)1 << 30)

static int decode(const struct sf_str *body, long times, struct sf_error *err)
{
	size_t nodes = 0;
	for (long i = 0; i < times; i++) {
		struct sf_extender_args args;
		struct sf_arena *arena = sf_arena_create(0);
		int rc = sf_extender_args_parse(body->text, body->len, arena, &args, err);
		nodes = rc == 0 ? args.n : 0;
		sf_arena_destroy(arena);
		if (rc < 0) {
			return -1;
		}
	}
	printf("%zu nodes\n", nodes);
	return 0;
}

int main(int argc, char **argv)
{
	struct sf_str body = {0};
	struct sf_error err = {0};
	if (argc != 3) {
		fputs("usage: bench-decode FILE N\n", stderr);
		return 2;
	}
	int rc = sf_file_read(argv[1], FILE_MAX, &body, &err);
	if (rc == 0) {
		rc = decode(&body, strtol(argv[2], NULL, 10), &err);
	}
	if (rc < 0) {
		fprintf(stderr, "bench-decode: %s\n", err.text);
	}
	sf_str_finish(&body);
	return rc < 0 ? 1 : 0;
}
