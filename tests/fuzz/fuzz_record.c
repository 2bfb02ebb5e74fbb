/* fuzz_record: lines of a decision record of any bytes; trimming what was trimmed changes nothing. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/record.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void trim_twice(enum sf_trim what, const char *text, size_t len)
{
	struct sf_str once = {0}, twice = {0};
	if (sf_record_trim(what, text, len, &once) == 0) {
		if (memchr(once.text, '\n', once.len) != NULL ||
		    sf_record_trim(what, once.text, once.len, &twice) < 0 ||
		    strcmp(once.text, twice.text) != 0) {
			abort();
		}
	}
	sf_str_finish(&once);
	sf_str_finish(&twice);
}

/* A line that is read is written as one that reads the same. */
static void read_again(const char *text, size_t len)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_record_line line, again;
	struct sf_error err = {0};
	struct sf_str out = {0}, second = {0};
	if (sf_record_read(text, len, arena, &line, &err) == 0) {
		sf_record_write(&line, &out);
		if (memchr(sf_str_get(&out), '\n', out.len - 1) == NULL) {
			if (sf_record_read(out.text, out.len, arena, &again, &err) < 0) {
				abort();
			}
			sf_record_write(&again, &second);
			if (strcmp(out.text, second.text) != 0) {
				abort();
			}
		}
	}
	sf_str_finish(&out);
	sf_str_finish(&second);
	sf_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	for (int what = SF_TRIM_POD; what <= SF_TRIM_NOTHING; what++) {
		trim_twice((enum sf_trim)what, text, size);
	}
	read_again(text, size);
	return 0;
}
