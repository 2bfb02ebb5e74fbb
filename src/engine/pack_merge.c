/* pack_merge: fewer types of pods, each rounded up as little as may be. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

enum { PAIRS_MAX = 256 }; /* types of which every pair is looked at */

struct item {
	int32_t memory_mib, duty_milli;
	uint32_t count;
	uint32_t number; /* of the type */
	uint32_t series; /* number of its series; 0: none */
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->memory_mib != y->memory_mib) {
		return x->memory_mib > y->memory_mib ? -1 : 1;
	}
	if (x->duty_milli != y->duty_milli) {
		return x->duty_milli > y->duty_milli ? -1 : 1;
	}
	if (x->series != y->series) {
		return x->series < y->series ? -1 : 1;
	}
	return x->number < y->number ? -1 : x->number > y->number;
}

static int32_t round_up(int32_t value, int32_t step)
{
	return (value + step - 1) / step * step;
}

/* Groups of equal sizes once rounded up to the steps; each as large as its largest. */
static size_t group_at(const struct pack_type *type, size_t n, int32_t step, struct pack_type *out,
                       uint32_t *of)
{
	struct item *item = sf_xcalloc(n + 1, sizeof *item);
	size_t groups = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool keeps = step == 1 && type[i].series; /* rounded, it is its peak */

		item[i] = (struct item){round_up(type[i].memory_mib, step),
		                        round_up(type[i].duty_milli, step), type[i].count, i,
		                        keeps ? type[i].series->number : 0};
	}
	qsort(item, n, sizeof *item, compare_items);
	for (size_t i = 0; i < n; i++) {
		const struct pack_type *from = &type[item[i].number];
		struct pack_type *to;

		if (i == 0 || item[i].memory_mib != item[i - 1].memory_mib ||
		    item[i].duty_milli != item[i - 1].duty_milli ||
		    item[i].series != item[i - 1].series) {
			out[groups++] =
				(struct pack_type){.series = item[i].series ? from->series : NULL};
		}
		to = &out[groups - 1];
		to->memory_mib =
			from->memory_mib > to->memory_mib ? from->memory_mib : to->memory_mib;
		to->duty_milli =
			from->duty_milli > to->duty_milli ? from->duty_milli : to->duty_milli;
		to->count += from->count;
		of[item[i].number] = (uint32_t)groups - 1;
	}
	free(item);
	return groups;
}

/* What merging two types adds to their pods, in shares of the largest sizes. */
static int64_t loss(const struct pack_room *largest, const struct pack_type *a,
                    const struct pack_type *b)
{
	struct pack_share x = pack_share_of(largest, a), y = pack_share_of(largest, b);
	int64_t memory = x.memory > y.memory ? x.memory : y.memory;
	int64_t duty = x.duty > y.duty ? x.duty : y.duty;

	return (memory - x.memory + duty - x.duty) * a->count +
	       (memory - y.memory + duty - y.duty) * b->count;
}

/* Merges the pair that loses least; type n - 1 takes the free place. */
static void merge_pair(const struct pack_room *largest, struct pack_type *type, size_t n,
                       uint32_t *of, size_t n_of)
{
	size_t into = 0, from = 1;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			if (loss(largest, &type[i], &type[j]) <
			    loss(largest, &type[into], &type[from])) {
				into = i;
				from = j;
			}
		}
	}
	if (type[from].memory_mib > type[into].memory_mib) {
		type[into].memory_mib = type[from].memory_mib;
	}
	if (type[from].duty_milli > type[into].duty_milli) {
		type[into].duty_milli = type[from].duty_milli;
	}
	if (type[into].series != type[from].series) {
		type[into].series = NULL;
	}
	type[into].count += type[from].count;
	type[from] = type[n - 1];
	for (size_t i = 0; i < n_of; i++) {
		of[i] = of[i] == from ? (uint32_t)into : of[i] == n - 1 ? (uint32_t)from : of[i];
	}
}

size_t pack_merge(const struct pack_type *type, size_t n, size_t limit, struct pack_type *out,
                  uint32_t *of)
{
	const size_t pairs = limit > PAIRS_MAX ? limit : PAIRS_MAX;
	struct pack_room largest = {0};
	size_t groups = group_at(type, n, 1, out, of);

	for (int32_t step = 2; groups > pairs; step *= 2) {
		groups = group_at(type, n, step, out, of);
	}
	for (size_t i = 0; i < groups; i++) {
		largest.memory_mib = out[i].memory_mib > largest.memory_mib ? out[i].memory_mib
		                                                            : largest.memory_mib;
		largest.duty_milli = out[i].duty_milli > largest.duty_milli ? out[i].duty_milli
		                                                            : largest.duty_milli;
	}
	while (groups > limit) {
		merge_pair(&largest, out, groups, of, n);
		groups--;
	}
	return groups;
}
