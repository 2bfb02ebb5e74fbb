/* seeds: a list of seeds as people write it: "42..51", "1,2,7", "1..3,9". */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/seeds.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct range {
	uint64_t low, high;
};

void sf_seeds_finish(struct sf_seeds *seeds)
{
	free(seeds->seed);
	*seeds = (struct sf_seeds){0};
}

void sf_seeds_add(struct sf_seeds *seeds, uint64_t seed)
{
	seeds->seed = sf_xgrow(seeds->seed, &seeds->cap, seeds->n + 1, sizeof(*seeds->seed));
	seeds->seed[seeds->n++] = seed;
}

/* Reads digits and moves *at behind them; -1 when there are none or they are too large. */
static int parse_number(const char **at, uint64_t *out)
{
	uint64_t value = 0;
	const char *p = *at;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (value > (INT64_MAX - digit) / 10) {
			return -1;
		}
		value = value * 10 + digit;
	}
	if (p == *at) {
		return -1;
	}
	*at = p;
	*out = value;
	return 0;
}

/* One item up to the comma or the end. */
static int parse_range(const char *item, size_t len, struct range *out, struct sf_error *err)
{
	const char *at = item;
	int rc = parse_number(&at, &out->low);
	if (rc == 0) {
		out->high = out->low;
	}
	if (rc == 0 && strncmp(at, "..", 2) == 0) {
		at += 2;
		rc = parse_number(&at, &out->high);
	}
	if (rc != 0 || at != item + len) {
		return sf_fail(err, SF_EINVAL,
		               "seeds: '%.*s': expected a number from 0 to %" PRId64
		               " or a range such as 42..51",
		               len < 40 ? (int)len : 40, item, INT64_MAX);
	}
	if (out->high < out->low) {
		return sf_fail(err, SF_EINVAL,
		               "seeds: %" PRIu64 "..%" PRIu64
		               " runs backwards, write the lower first",
		               out->low, out->high);
	}
	return 0;
}

static int add_range(struct sf_seeds *seeds, const struct range *range, struct sf_error *err)
{
	if (range->high - range->low >= SF_SEEDS_MAX - seeds->n) {
		return sf_fail(err, SF_ELIMIT, "seeds: more than the limit of %d", SF_SEEDS_MAX);
	}
	for (size_t i = 0; i < seeds->n; i++) {
		if (seeds->seed[i] >= range->low && seeds->seed[i] <= range->high) {
			return sf_fail(err, SF_EINVAL, "seeds: %" PRIu64 " is named twice",
			               seeds->seed[i]);
		}
	}
	for (uint64_t seed = range->low; seed <= range->high; seed++) {
		sf_seeds_add(seeds, seed);
	}
	return 0;
}

int sf_seeds_parse(const char *text, struct sf_seeds *out, struct sf_error *err)
{
	struct sf_seeds seeds = {0};
	const char *item = text;
	for (;;) {
		size_t len = strcspn(item, ",");
		struct range range = {0};
		if (parse_range(item, len, &range, err) != 0 ||
		    add_range(&seeds, &range, err) != 0) {
			sf_seeds_finish(&seeds);
			return -1;
		}
		if (item[len] == '\0') {
			break;
		}
		item += len + 1;
	}
	*out = seeds;
	return 0;
}

void sf_seeds_format(const struct sf_seeds *seeds, struct sf_str *out)
{
	for (size_t i = 0; i < seeds->n;) {
		size_t last = i;
		while (last + 1 < seeds->n && seeds->seed[last + 1] == seeds->seed[last] + 1) {
			last++;
		}
		sf_str_printf(out, "%s%" PRIu64, i ? "," : "", seeds->seed[i]);
		if (last > i) {
			sf_str_printf(out, "..%" PRIu64, seeds->seed[last]);
		}
		i = last + 1;
	}
}
