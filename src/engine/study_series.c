/* study_series: curves over the share of the cluster that was asked for. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study.h>

#include <math.h>
#include <stddef.h>

/* numpy sums blocks of up to this many values in LANES interleaved sums, larger arrays by halves. */
enum { BLOCK = 128, LANES = 8 };

/* Which member of the records is summed. */
static double value_of(const struct sf_study_record *record, size_t member)
{
	return *(const double *)((const char *)record + member);
}

static double sum_block(const struct sf_study_record *record, uint32_t n, size_t member)
{
	double lane[LANES] = {0};
	double sum = 0;
	uint32_t i = 0;
	for (; n >= LANES && i < n - n % LANES; i++) {
		lane[i % LANES] += value_of(&record[i], member);
	}
	if (i > 0) {
		sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
		      ((lane[4] + lane[5]) + (lane[6] + lane[7]));
	}
	for (; i < n; i++) {
		sum += value_of(&record[i], member);
	}
	return sum;
}

static double sum(const struct sf_study_record *record, uint32_t n, size_t member)
{
	if (n <= BLOCK) {
		return sum_block(record, n, member);
	}
	uint32_t half = n / 2;
	half -= half % LANES;
	return sum(record, half, member) + sum(record + half, n - half, member);
}

/* numpy's round to two decimals. */
static double round2(double x)
{
	return rint(100 * x) / 100;
}

/* First record that rounds to `point` or more. */
static uint32_t find_start(const struct sf_study_record *record, uint32_t n, int point)
{
	uint32_t low = 0;
	uint32_t high = n;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (rint(record[middle].arrived_pct) < point) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

void sf_study_series_make(const struct sf_study_record *record, uint32_t n, int64_t capacity_milli,
                          struct sf_study_series *out)
{
	double gpus = (double)capacity_milli / 1000;
	for (int a = 0; a < SF_STUDY_POINTS; a++) {
		uint32_t from = find_start(record, n, a);
		uint32_t to = find_start(record, n, a + 1);
		if (from == to) {
			from = find_start(record, n, a - 1);
			to = find_start(record, n, a + 2);
		}
		const struct sf_study_record *first = record + from;
		uint32_t count = to - from;
		double alloc = sum(first, count, offsetof(struct sf_study_record, alloc_pct));
		double frag = sum(first, count, offsetof(struct sf_study_record, frag_milli));
		double ratio = sum(first, count, offsetof(struct sf_study_record, frag_ratio_pct));
		/* Without records 0 / 0: NaN. */
		out->records[a] = count;
		out->alloc_pct[a] = round2(alloc / count);
		out->frag_pct[a] = round2(100 * (frag / count) / 1000 / gpus);
		out->frag_ratio_pct[a] = ratio / count;
	}
}
