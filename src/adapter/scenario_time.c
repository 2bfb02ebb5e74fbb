/* scenario_time: when the pods of a workload come and how long they stay. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

static const double day_s = 86400;
static const double shape_min = 0.05; /* below, draws are astronomical or nothing */
static const double shape_max = 100;
static const double burst_max = 1e6; /* pods */
static const double off_max = 1000;  /* on periods that pass for one pod */

static int fail(struct sf_reader *reader, const struct sf_yaml *node, const char *text)
{
	return sf_yaml_fail(node, reader->file, reader->err, "%s", text);
}

/* A duration above 0, which must be there. */
static int read_length(struct sf_reader *reader, const struct sf_yaml *parent, const char *key,
                       double *out)
{
	const struct sf_yaml *node = sf_yaml_get(parent, key);
	if (node == NULL) {
		return sf_yaml_fail(parent, reader->file, reader->err, "%s is missing here", key);
	}
	if (sf_reader_duration(reader, node, out) != 0) {
		return -1;
	}
	return *out > 0 ? 0 : fail(reader, node, "must be longer than 0");
}

/* Relative rates, of which at least one is above 0; NULL in *out without the key. */
static int read_weights(struct sf_reader *reader, const struct sf_yaml *node, size_t n,
                        const double **out)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_SEQUENCE || node->n != n) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a list of %zu weights", n);
	}
	double *weight = sf_reader_array(reader, n, sizeof(*weight));
	double sum = 0;
	for (size_t i = 0; weight != NULL && i < n; i++) {
		if (sf_reader_real(reader, node->child[i], 0, 1e6, &weight[i]) != 0) {
			return -1;
		}
		sum += weight[i];
	}
	if (weight != NULL && sum <= 0) {
		return fail(reader, node, "all weights are 0, so nothing would ever come");
	}
	*out = weight;
	return weight != NULL ? 0 : -1;
}

static int read_diurnal(struct sf_reader *reader, const struct sf_yaml *node,
                        struct sf_arrival_spec *out)
{
	const struct sf_yaml *peak = sf_yaml_get(node, "peak");
	const struct sf_yaml *swing = sf_yaml_get(node, "swing");
	const struct sf_yaml *hours = sf_yaml_get(node, "hours");

	if (hours != NULL && (peak != NULL || swing != NULL)) {
		return sf_yaml_fail_key(hours, reader->file, reader->err,
		                        "hours stand instead of peak and swing");
	}
	out->peak_s = day_s * 14 / 24;
	out->swing = hours != NULL ? 0 : 0.8;
	if (sf_reader_duration(reader, peak, &out->peak_s) != 0 ||
	    (swing != NULL && sf_reader_real(reader, swing, 0, 1, &out->swing) != 0) ||
	    read_weights(reader, hours, SF_HOURS, &out->hour) != 0) {
		return -1;
	}
	if (out->peak_s >= day_s) {
		return fail(reader, peak, "peak is a time of day: below 24h");
	}
	return read_weights(reader, sf_yaml_get(node, "days"), SF_DAYS, &out->day);
}

static int read_bursts(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_arrival_spec *out)
{
	const struct sf_yaml *size = sf_yaml_get(node, "size");
	if (size == NULL) {
		return fail(reader, node,
		            "bursts need their mean size: {bursts: 2/h, size: 16, gap: 5s}");
	}
	if (sf_reader_real(reader, size, 1, burst_max, &out->size) != 0) {
		return -1;
	}
	return sf_reader_duration(reader, sf_yaml_get(node, "gap"), &out->gap_s);
}

static int read_on_off(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_arrival_spec *out)
{
	if (read_length(reader, node, "on", &out->on_s) != 0 ||
	    read_length(reader, node, "off", &out->off_s) != 0) {
		return -1;
	}
	return out->every_s / out->on_s <= off_max
	               ? 0
	               : fail(reader, node, "fewer than one pod comes in a thousand on periods");
}

static int read_none(struct sf_reader *reader, const struct sf_yaml *node,
                     struct sf_arrival_spec *out)
{
	(void)reader;
	(void)node;
	(void)out;
	return 0;
}

/* One row per key that makes arrivals come over time, with the keys that go with it. */
static const struct process {
	const char *key;
	enum sf_arrival_kind kind;
	int (*read)(struct sf_reader *reader, const struct sf_yaml *node,
	            struct sf_arrival_spec *out);
	const char *known[8];
} processes[] = {
	{"every", SF_ARRIVAL_EVERY, read_none, {"at", "every"}},
	{"poisson", SF_ARRIVAL_POISSON, read_none, {"at", "poisson"}},
	{"diurnal",
         SF_ARRIVAL_DIURNAL,
         read_diurnal,
         {"at", "diurnal", "peak", "swing", "hours", "days"}},
	{"bursts", SF_ARRIVAL_BURSTS, read_bursts, {"at", "bursts", "size", "gap"}},
	{"on_off", SF_ARRIVAL_ON_OFF, read_on_off, {"at", "on_off", "on", "off"}},
};

enum { PROCESSES = sizeof(processes) / sizeof(processes[0]) };

/* The row whose key is there, or NULL; two of them are refused. */
static int find_process(struct sf_reader *reader, const struct sf_yaml *node,
                        const struct process **out)
{
	for (size_t i = 0; i < PROCESSES; i++) {
		const struct sf_yaml *given = sf_yaml_get(node, processes[i].key);
		if (given != NULL && *out != NULL) {
			return sf_yaml_fail_key(given, reader->file, reader->err,
			                        "%s and %s exclude each other", (*out)->key,
			                        processes[i].key);
		}
		*out = given != NULL ? &processes[i] : *out;
	}
	return 0;
}

/* A time alone is the arrival of all. */
int sf_reader_arrival(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_arrival_spec *out)
{
	static const char *const none[] = {"at",     "every",  "poisson", "diurnal",
	                                   "bursts", "on_off", NULL};
	const struct process *process = NULL;
	double rate = 1;

	if (node == NULL) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR) {
		return sf_reader_duration(reader, node, &out->at_s);
	}
	if (find_process(reader, node, &process) != 0 ||
	    sf_yaml_check_keys(node, reader->file, process != NULL ? process->known : none,
	                       reader->err) != 0 ||
	    sf_reader_duration(reader, sf_yaml_get(node, "at"), &out->at_s) != 0) {
		return -1;
	}
	if (process == NULL) {
		return 0;
	}
	const struct sf_yaml *value = sf_yaml_get(node, process->key);
	out->kind = process->kind;
	if (out->kind == SF_ARRIVAL_EVERY) {
		return sf_reader_duration(reader, value, &out->every_s);
	}
	if (sf_reader_rate(reader, value, &rate) != 0) {
		return -1;
	}
	out->every_s = 1 / rate;
	return process->read(reader, node, out);
}

static int read_shape(struct sf_reader *reader, const struct sf_yaml *node, double *out)
{
	const struct sf_yaml *shape = sf_yaml_get(node, "shape");
	return shape == NULL ? fail(reader, node, "shape is missing here")
	                     : sf_reader_real(reader, shape, shape_min, shape_max, out);
}

static int read_lognormal(struct sf_reader *reader, const struct sf_yaml *node,
                          struct sf_duration_spec *out)
{
	static const char *const known[] = {"median", "sigma", NULL};
	const struct sf_yaml *median = sf_yaml_get(node, "median");
	const struct sf_yaml *sigma = sf_yaml_get(node, "sigma");

	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (median == NULL || sigma == NULL) {
		return fail(reader, node,
		            "lognormal needs median and sigma: {median: 30m, sigma: 1}");
	}
	if (sf_reader_duration(reader, median, &out->s) != 0) {
		return -1;
	}
	return sf_reader_real(reader, sigma, 0, 10, &out->sigma);
}

static int read_weibull(struct sf_reader *reader, const struct sf_yaml *node,
                        struct sf_duration_spec *out)
{
	static const char *const known[] = {"scale", "shape", NULL};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_length(reader, node, "scale", &out->s) != 0) {
		return -1;
	}
	return read_shape(reader, node, &out->shape);
}

static int read_pareto(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_duration_spec *out)
{
	static const char *const known[] = {"min", "max", "shape", NULL};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_length(reader, node, "min", &out->s) != 0 ||
	    read_length(reader, node, "max", &out->max_s) != 0) {
		return -1;
	}
	if (out->max_s < out->s) {
		return fail(reader, node, "max is below min; swap them");
	}
	return read_shape(reader, node, &out->shape);
}

static int read_simple(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_duration_spec *out)
{
	return sf_reader_duration(reader, node, &out->s);
}

static const struct {
	const char *key;
	enum sf_duration_kind kind;
	int (*read)(struct sf_reader *reader, const struct sf_yaml *node,
	            struct sf_duration_spec *out);
} laws[] = {
	{"fixed", SF_DURATION_FIXED, read_simple},
	{"exponential", SF_DURATION_EXPONENTIAL, read_simple},
	{"lognormal", SF_DURATION_LOGNORMAL, read_lognormal},
	{"weibull", SF_DURATION_WEIBULL, read_weibull},
	{"pareto", SF_DURATION_PARETO, read_pareto},
};

static int read_law(struct sf_reader *reader, const struct sf_yaml *node,
                    struct sf_duration_spec *out)
{
	static const char *const known[] = {"fixed",   "exponential", "lognormal",
	                                    "weibull", "pareto",      NULL};

	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (node->n != 1) {
		return fail(reader, node,
		            "expected one of fixed, exponential, lognormal, weibull, pareto");
	}
	size_t i = 0;
	while (strcmp(laws[i].key, node->child[0]->key) != 0) {
		i++;
	}
	out->kind = laws[i].kind;
	return laws[i].read(reader, node->child[0], out);
}

/* forever, a time, or {LAW: ...} */
int sf_reader_stay(struct sf_reader *reader, const struct sf_yaml *node,
                   struct sf_duration_spec *out)
{
	out->kind = SF_DURATION_FOREVER;
	if (node == NULL) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR) {
		if (strcmp(node->text, "forever") == 0) {
			return 0;
		}
		out->kind = SF_DURATION_FIXED;
		return sf_reader_duration(reader, node, &out->s);
	}
	return read_law(reader, node, out);
}
