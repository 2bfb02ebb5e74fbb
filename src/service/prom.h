/* prom: the text format of Prometheus, version 0.0.4. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PROM_H
#define SF_PROM_H

#include <stddef.h>
#include <stdint.h>

struct sf_str;

enum sf_prom_type { SF_PROM_COUNTER, SF_PROM_GAUGE, SF_PROM_HISTOGRAM };

/* Labels of a sample; those without a name end the list. */
enum { SF_PROM_LABELS_MAX = 4 };
struct sf_prom_labels {
	struct {
		const char *name;
		const char *value; /* any UTF-8; escaped when written */
	} label[SF_PROM_LABELS_MAX];
};

/* How long the numbers of a family are when it is written: values are whole numbers of 10^-decimals
 * of the base unit (nanoseconds: 9), so that no rounding happens anywhere. */
struct sf_prom_family {
	const char *name;
	enum sf_prom_type type;
	const char *help;
	unsigned decimals; /* at most 9 */
};

/* HELP and TYPE: once for each family, before its samples. */
void sf_prom_head(const struct sf_prom_family *family, struct sf_str *out);

/* One sample of a counter or gauge. `labels` may be NULL. */
void sf_prom_sample(const struct sf_prom_family *family, const struct sf_prom_labels *labels,
                    int64_t value, struct sf_str *out);

/* Buckets grow by a factor from the first bound. */
struct sf_prom_scale {
	uint64_t first;
	unsigned factor;
	unsigned n; /* bounds; one bucket more is for what is beyond */
};

enum { SF_PROM_BOUNDS_MAX = 24 };

/* Which bucket a value belongs to: the first whose bound is not below it. */
unsigned sf_prom_bucket(const struct sf_prom_scale *scale, uint64_t value);

/* One histogram: `count` has scale->n + 1 buckets, not cumulative. At most SF_PROM_LABELS_MAX - 1
 * labels. */
void sf_prom_histogram(const struct sf_prom_family *family, const struct sf_prom_labels *labels,
                       const struct sf_prom_scale *scale, const uint64_t *count, uint64_t sum,
                       struct sf_str *out);

#endif
