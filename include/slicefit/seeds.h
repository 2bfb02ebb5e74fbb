/* seeds: a list of seeds as people write it: "42..51", "1,2,7", "1..3,9". */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SEEDS_H
#define SF_SEEDS_H

#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_str;

enum { SF_SEEDS_MAX = 10000 };

/* Zero-initialise. In the order they were named; no seed twice. */
struct sf_seeds {
	size_t n;
	uint64_t *seed;
	size_t cap;
};

/* Numbers 0 to INT64_MAX and ranges LOW..HIGH (both ends belong to them), separated by commas, at
 * most SF_SEEDS_MAX seeds. On an error *out is left alone. */
int sf_seeds_parse(const char *text, struct sf_seeds *out, struct sf_error *err);

/* One more seed, which the list must not have yet. */
void sf_seeds_add(struct sf_seeds *seeds, uint64_t seed);

/* Appends the list as people write it, runs of numbers as ranges. */
void sf_seeds_format(const struct sf_seeds *seeds, struct sf_str *out);

void sf_seeds_finish(struct sf_seeds *seeds);

#endif
