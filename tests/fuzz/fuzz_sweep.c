/* fuzz_sweep: any bytes are results of a sweep, or one line says why not; so they are a sweep file.
 * The first byte says which. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/report_sweep.h>
#include <slicefit/str.h>
#include <slicefit/sweep_yaml.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* What is read is written back as it was, and can be summed up. */
static void try_results(const char *text, size_t size)
{
	struct sf_sweep_results results;
	struct sf_error err = {0};
	sf_sweep_results_init(&results);
	if (sf_sweep_results_read(&results, "fuzz", text, size, &err) == 0 &&
	    sf_sweep_results_sort(&results, NULL, &err) == 0 && results.head.sweep != NULL) {
		struct sf_sweep_summary summary;
		struct sf_str out = {0};
		sf_sweep_summary_init(&summary, &results);
		sf_sweep_summary_json(&summary, &out);
		sf_sweep_summary_table(&summary, NULL, 0, SF_TABLE_TEXT, &out);
		for (size_t i = 1; i < results.n; i++) {
			require(results.record[i - 1].point < results.record[i].point);
		}
		require(results.n <= results.head.points && results.intact <= size);
		sf_sweep_summary_finish(&summary);
		sf_str_finish(&out);
	} else {
		require(results.head.sweep == NULL || err.text[0] != '\0');
	}
	sf_sweep_results_finish(&results);
}

/* Points have the values that their numbers say. */
static void check_points(struct sf_sweep *sweep)
{
	struct sf_error err;
	for (size_t i = 0; i < sweep->n_scenarios; i++) {
		sweep->scenario[i].n_policies = 1;
		sweep->scenario[i].policy[0] = "best-fit";
	}
	if (sf_sweep_number(sweep, &err) != 0) {
		return;
	}
	for (size_t i = 0; i < sweep->points && i < 1000; i++) {
		struct sf_sweep_point point;
		sf_sweep_point(sweep, i, &point);
		require(point.scenario < sweep->n_scenarios);
		for (size_t k = 0; k < sweep->n_parameters; k++) {
			require(point.value[k] < sweep->parameter[k].n);
		}
	}
}

static void try_sweep(const uint8_t *data, size_t size)
{
	struct sf_error err = {0};
	char path[32];
	int fd = memfd_create("sweep", MFD_CLOEXEC);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct sf_sweep *sweep = sf_sweep_load(path, &err);
	require(sweep != NULL || err.text[0] != '\0');
	if (sweep != NULL) {
		check_points(sweep);
	}
	sf_sweep_destroy(sweep);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	if (data[0] % 2 == 0) {
		try_sweep(data + 1, size - 1);
		return 0;
	}
	char *text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	try_results(text, size - 1);
	free(text);
	return 0;
}
