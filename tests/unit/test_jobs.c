/* Tests of jobs: every task once, the same results and the same error on any number of threads. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/jobs.h>

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

TestSuite(jobs, .timeout = 60);

enum { TASKS = 500 };

static const size_t threads[] = {0, 1, 2, 3, 8, 64};

struct sheet {
	unsigned runs[TASKS];
	unsigned long value[TASKS];
	bool fails[TASKS];
	size_t told, last;
};

static int run(void *ctx, size_t task, struct sf_error *err)
{
	struct sheet *sheet = ctx;
	sheet->runs[task]++;
	sheet->value[task] = task * task + 1;
	return sheet->fails[task] ? sf_fail(err, SF_ELIMIT, "task %zu", task) : 0;
}

static void tell(void *ctx, size_t done, size_t n)
{
	struct sheet *sheet = ctx;
	cr_expect(eq(sz, n, TASKS));
	cr_expect(eq(sz, done, sheet->last + 1));
	sheet->last = done;
	sheet->told++;
}

Test(jobs, every_task_runs_once_and_is_told)
{
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct sheet sheet = {0};
		struct sf_jobs jobs = {TASKS, threads[i], run, tell, &sheet};
		cr_assert(eq(int, sf_jobs_run(&jobs, NULL), 0));
		cr_expect(eq(sz, sheet.told, TASKS));
		for (size_t k = 0; k < TASKS; k++) {
			cr_expect(eq(uint, sheet.runs[k], 1));
			cr_expect(eq(ulong, sheet.value[k], k * k + 1));
		}
	}
}

static const struct {
	size_t fails[3];
	const char *says;
} failures[] = {
	{{0, 0, 0}, "task 0"},
	{{499, 499, 499}, "task 499"},
	{{300, 17, 18}, "task 17"},
	{{5, 4, 3}, "task 3"},
};

Test(jobs, the_lowest_failing_task_speaks)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		for (size_t k = 0; k < sizeof(threads) / sizeof(threads[0]); k++) {
			struct sheet sheet = {0};
			for (size_t f = 0; f < 3; f++) {
				sheet.fails[failures[i].fails[f]] = true;
			}
			struct sf_jobs jobs = {TASKS, threads[k], run, NULL, &sheet};
			struct sf_error err = {0};
			cr_assert(eq(int, sf_jobs_run(&jobs, &err), -1));
			cr_expect(eq(str, err.text, (char *)failures[i].says));
			cr_expect(eq(int, err.code, SF_ELIMIT));
			cr_expect(eq(int, sf_jobs_run(&jobs, NULL), -1));
		}
	}
}

Test(jobs, one_thread_stops_at_the_first_error)
{
	struct sheet sheet = {0};
	sheet.fails[10] = true;
	struct sf_jobs jobs = {TASKS, 1, run, NULL, &sheet};
	cr_assert(eq(int, sf_jobs_run(&jobs, NULL), -1));
	cr_expect(eq(uint, sheet.runs[10], 1));
	cr_expect(eq(uint, sheet.runs[11], 0));
}

Test(jobs, nothing_to_do)
{
	struct sf_jobs jobs = {0, 4, run, NULL, NULL};
	cr_expect(eq(int, sf_jobs_run(&jobs, NULL), 0));
	cr_expect(ge(sz, sf_jobs_cpus(), 1));
}
