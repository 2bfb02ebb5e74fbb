/* tolerance: how much worse than its baseline a metric may be. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TOLERANCE_H
#define SF_TOLERANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_str;

enum { SF_TOLERANCES_MAX = 256 };

struct sf_tolerance {
	const char *metric;    /* dotted path, or the beginning of paths and "*": "wait_s.*" */
	double absolute;       /* in the metric's unit */
	double relative;       /* a share of the baseline's value: 0.01 is 1 % */
	bool any;              /* however much: the metric is not judged */
	uint32_t line, column; /* in the scenario file; 0: not from a file */
};

/* "2", "1%", "2,1%" (whichever allows more) or "any" into the limits of *out; neither is negative.
 * Other members stay. */
int sf_tolerance_parse(const char *text, struct sf_tolerance *out, struct sf_error *err);

/* Appends the limits as sf_tolerance_parse reads them. */
void sf_tolerance_format(const struct sf_tolerance *tolerance, struct sf_str *out);

bool sf_tolerance_matches(const struct sf_tolerance *tolerance, const char *metric);

/* How much worse a value that was `was` may be; infinite when it is not judged. */
double sf_tolerance_allows(const struct sf_tolerance *tolerance, double was);

#endif
