/* demand_spec: which demand a plan is made for: of an instant, of a share of the time, of next week. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_SPEC_H
#define SF_DEMAND_SPEC_H

struct sf_error;

enum sf_demand_basis {
	SF_DEMAND_PEAK,       /* what is there at the instant at which most GPU is asked for */
	SF_DEMAND_ALL,        /* all pods at once */
	SF_DEMAND_PERCENTILE, /* per workload: what is enough for so much of the time */
	SF_DEMAND_WINDOW,     /* the peak between two times */
	SF_DEMAND_FORECAST,   /* the peak of the time to come */
	SF_DEMAND_BASES,
};

/* Zero is the peak. */
struct sf_demand_spec {
	enum sf_demand_basis basis;
	double percent;        /* PERCENTILE: of the time, in (0, 100] */
	double start_s, end_s; /* WINDOW: start_s <= instant < end_s */
	double ahead_s;        /* FORECAST: so far */
	double growth;         /* FORECAST: from week to week; 0: as the last two weeks say */
};

/*
 * Reads "peak", "all", "p95", "window=9h..17h", "forecast=7d" or "forecast=7d,growth=1.1" (times as
 * sf_duration_parse takes them). 0; 1 when the text is none of these words (so a file's name,
 * perhaps), and -1 and err when it is one with wrong values.
 */
int sf_demand_spec_parse(const char *text, struct sf_demand_spec *out, struct sf_error *err);

#endif
