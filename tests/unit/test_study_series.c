/* Tests of study_series. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

TestSuite(study_series, .timeout = 20);

static struct sf_study_record record_at(double arrived, double value)
{
	return (struct sf_study_record){arrived, value, 10 * value, value / 3};
}

Test(study_series, points_are_means_of_what_rounds_to_them)
{
	/* 0.5 rounds to 0, 1.5 and 2.5 to 2: 1 has no record of its own and takes those of 0 to 2.
	 */
	const struct sf_study_record record[] = {record_at(0.2, 1),   record_at(0.5, 2),
	                                         record_at(1.5, 4),   record_at(2.5, 6),
	                                         record_at(130.4, 9), record_at(131, 70)};
	struct sf_study_series series;
	sf_study_series_make(record, 6, 2000, &series);
	cr_expect(epsilon_eq(dbl, series.alloc_pct[0], 1.5, 1e-12));
	cr_expect(epsilon_eq(dbl, series.alloc_pct[1], 3.25, 1e-12));
	cr_expect(epsilon_eq(dbl, series.alloc_pct[2], 5, 1e-12));
	cr_expect(epsilon_eq(dbl, series.alloc_pct[3], 5, 1e-12));
	cr_expect(series.records[4] == 0 && isnan(series.alloc_pct[4]));
	cr_expect(epsilon_eq(dbl, series.alloc_pct[130], 9, 1e-12));
	cr_expect(epsilon_eq(dbl, series.frag_pct[130], 100 * 90 / 2000.0, 1e-12));
	cr_expect(epsilon_eq(dbl, series.frag_ratio_pct[130], 3, 1e-12));
	cr_expect(eq(u32, series.records[1], 4));
}

Test(study_series, sums_are_exact_where_doubles_are)
{
	/* Whole numbers add up alike in every order, so block borders may not lose or repeat any.
	 */
	enum { N = 1100 };
	static struct sf_study_record record[N];
	struct sf_study_series series;
	double sum = 0;
	for (uint32_t i = 0; i < N; i++) {
		record[i] = record_at(50, 100 * (double)(i * i));
		sum += 100 * (double)(i * i);
		sf_study_series_make(record, i + 1, 1000, &series);
		cr_assert(eq(dbl, series.alloc_pct[50], rint(100 * (sum / (i + 1))) / 100), "%u",
		          i);
	}
}
