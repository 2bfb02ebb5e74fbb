/* fuzz_usage: measurements as CSV, and as Prometheus answers; the first byte says which. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/str.h>
#include <slicefit/usage_read.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Whatever was read, kept or not: numbers that can be worked with. */
static void expect_sound(const struct sf_usage *usage)
{
	size_t samples = 0;
	for (size_t i = 0; i < usage->n; i++) {
		for (int k = 0; k < SF_USAGE_KINDS; k++) {
			const struct sf_usage_series *series = &usage->pod[i].series[k];
			for (size_t s = 0; s < series->n; s++) {
				expect(isfinite(series->value[s]) && series->value[s] >= 0);
				expect(k != SF_USAGE_BUSY || series->value[s] <= 1);
			}
			samples += series->n;
		}
	}
	expect(samples == usage->samples);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_usage usage;
	struct sf_error err = {0};
	struct sf_str text = {0};
	sf_usage_init(&usage);
	sf_str_append_n(&text, (const char *)data, size);
	int rc = size > 0 && data[0] == '{'
	                 ? sf_usage_prometheus_read(sf_str_get(&text), text.len,
	                                            size % 2 == 0 ? SF_USAGE_BUSY : SF_USAGE_MIB,
	                                            &usage, &err)
	                 : sf_usage_csv_read(text.text, text.len, "u.csv", &usage, &err);
	expect((rc == 0) == (err.text[0] == '\0'));
	expect_sound(&usage);
	sf_str_finish(&text);
	sf_usage_finish(&usage);
	return 0;
}
