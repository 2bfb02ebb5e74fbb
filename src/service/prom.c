/* prom: the text format of Prometheus, version 0.0.4. */
// SPDX-License-Identifier: Apache-2.0
#include "prom.h"

#include <slicefit/str.h>

#include <stdbool.h>
#include <stdio.h>

/* prometheus.io/docs/instrumenting/exposition_formats: \ and newline in HELP, " too in labels. */
static void append_escaped(const char *text, bool quotes, struct sf_str *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			sf_str_append(out, "\\n");
		} else if (*text == '\\' || (quotes && *text == '"')) {
			sf_str_printf(out, "\\%c", *text);
		} else {
			sf_str_append_n(out, text, 1);
		}
	}
}

void sf_prom_head(const struct sf_prom_family *family, struct sf_str *out)
{
	static const char *const types[] = {
		[SF_PROM_COUNTER] = "counter",
		[SF_PROM_GAUGE] = "gauge",
		[SF_PROM_HISTOGRAM] = "histogram",
	};
	sf_str_printf(out, "# HELP %s ", family->name);
	append_escaped(family->help, false, out);
	sf_str_printf(out, "\n# TYPE %s %s\n", family->name, types[family->type]);
}

/* A number of 10^-decimals, without zeros at the end: (16000, 9) is 0.000016. */
static int format_number(uint64_t value, unsigned decimals, char *out, size_t cap)
{
	uint64_t unit = 1;
	for (unsigned i = 0; i < decimals; i++) {
		unit *= 10;
	}
	int len = snprintf(out, cap, "%llu", (unsigned long long)(value / unit));
	if (value % unit == 0) {
		return len;
	}
	len += snprintf(out + len, cap - (size_t)len, ".%0*llu", (int)decimals,
	                (unsigned long long)(value % unit));
	while (out[len - 1] == '0') {
		out[--len] = '\0';
	}
	return len;
}

enum { NUMBER_MAX = 40 };

static void append_labels(const struct sf_prom_labels *labels, struct sf_str *out)
{
	const char *between = "{";
	for (size_t i = 0;
	     labels != NULL && i < SF_PROM_LABELS_MAX && labels->label[i].name != NULL; i++) {
		sf_str_append(out, between);
		sf_str_append(out, labels->label[i].name);
		sf_str_append(out, "=\"");
		append_escaped(labels->label[i].value, true, out);
		sf_str_append(out, "\"");
		between = ",";
	}
	if (*between == ',') {
		sf_str_append(out, "}");
	}
}

static void append_sample(const char *name, const char *suffix, const struct sf_prom_labels *labels,
                          const char *number, struct sf_str *out)
{
	sf_str_append(out, name);
	sf_str_append(out, suffix);
	append_labels(labels, out);
	sf_str_append(out, " ");
	sf_str_append(out, number);
	sf_str_append(out, "\n");
}

void sf_prom_sample(const struct sf_prom_family *family, const struct sf_prom_labels *labels,
                    int64_t value, struct sf_str *out)
{
	char number[NUMBER_MAX] = "-";
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	format_number(size, family->decimals, number + (value < 0),
	              sizeof(number) - (size_t)(value < 0));
	append_sample(family->name, "", labels, number, out);
}

unsigned sf_prom_bucket(const struct sf_prom_scale *scale, uint64_t value)
{
	uint64_t bound = scale->first;
	unsigned i = 0;
	while (i < scale->n && value > bound) {
		bound *= scale->factor;
		i++;
	}
	return i;
}

void sf_prom_histogram(const struct sf_prom_family *family, const struct sf_prom_labels *labels,
                       const struct sf_prom_scale *scale, const uint64_t *count, uint64_t sum,
                       struct sf_str *out)
{
	struct sf_prom_labels with = labels != NULL ? *labels : (struct sf_prom_labels){0};
	char number[NUMBER_MAX], le[NUMBER_MAX];
	uint64_t bound = scale->first, total = 0;
	size_t last = 0;
	while (with.label[last].name != NULL) {
		last++;
	}
	with.label[last].name = "le";
	for (unsigned i = 0; i <= scale->n; i++, bound *= scale->factor) {
		total += count[i];
		format_number(bound, family->decimals, le, sizeof(le));
		with.label[last].value = i < scale->n ? le : "+Inf";
		snprintf(number, sizeof(number), "%llu", (unsigned long long)total);
		append_sample(family->name, "_bucket", &with, number, out);
	}
	format_number(sum, family->decimals, le, sizeof(le));
	append_sample(family->name, "_sum", labels, le, out);
	append_sample(family->name, "_count", labels, number, out);
}
