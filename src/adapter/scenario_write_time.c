/* scenario_write_time: when pods come and how long they stay, and traces of both, as a scenario file
 * says it. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_write.h"

#include <slicefit/trace.h>
#include <slicefit/yaml.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void sf_scenario_write_amount(struct sf_yaml_writer *yaml, const char *key, int64_t value,
                              const char *unit)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRId64 "%s", value, unit);
	sf_yaml_write_str(yaml, key, text);
}

void sf_scenario_write_mib(struct sf_yaml_writer *yaml, const char *key, int64_t mib)
{
	if (mib <= 0) {
		return;
	}
	if (mib % 1024 != 0) {
		sf_scenario_write_amount(yaml, key, mib, "Mi");
	} else if (mib % (1024 * 1024) != 0) {
		sf_scenario_write_amount(yaml, key, mib / 1024, "Gi");
	} else {
		sf_scenario_write_amount(yaml, key, mib / (1024 * 1024), "Ti");
	}
}

void sf_scenario_write_time(struct sf_yaml_writer *yaml, const char *key, double seconds)
{
	int64_t whole = (int64_t)seconds;
	if ((double)whole < seconds || whole % 60 != 0 || whole == 0) {
		sf_yaml_write_real(yaml, key, seconds);
	} else if (whole % 3600 != 0) {
		sf_scenario_write_amount(yaml, key, whole / 60, "m");
	} else {
		sf_scenario_write_amount(yaml, key, whole / 3600, "h");
	}
}

static void write_rate(struct sf_yaml_writer *yaml, const char *key, double gap_s)
{
	char rate[64];
	snprintf(rate, sizeof(rate), "%.9f/d", 86400 / gap_s);
	sf_yaml_write_str(yaml, key, rate);
}

static void write_weights(struct sf_yaml_writer *yaml, const char *key, const double *weight, int n)
{
	if (weight == NULL) {
		return;
	}
	sf_yaml_write_flow(yaml, key);
	for (int i = 0; i < n; i++) {
		sf_yaml_write_real(yaml, NULL, weight[i]);
	}
	sf_yaml_write_end(yaml);
}

static void write_diurnal(struct sf_yaml_writer *yaml, const struct sf_arrival_spec *spec)
{
	write_rate(yaml, "diurnal", spec->every_s);
	if (spec->hour == NULL) {
		sf_scenario_write_time(yaml, "peak", spec->peak_s);
		sf_yaml_write_real(yaml, "swing", spec->swing);
	}
	write_weights(yaml, "hours", spec->hour, SF_HOURS);
	write_weights(yaml, "days", spec->day, SF_DAYS);
}

void sf_scenario_write_arrival(struct sf_yaml_writer *yaml, const struct sf_arrival_spec *spec)
{
	sf_yaml_write_mapping(yaml, "arrival");
	sf_scenario_write_time(yaml, "at", spec->at_s);
	switch (spec->kind) {
	case SF_ARRIVAL_AT:
	case SF_ARRIVAL_TRACE:
		break;
	case SF_ARRIVAL_EVERY:
		sf_scenario_write_time(yaml, "every", spec->every_s);
		break;
	case SF_ARRIVAL_POISSON:
		write_rate(yaml, "poisson", spec->every_s);
		break;
	case SF_ARRIVAL_DIURNAL:
		write_diurnal(yaml, spec);
		break;
	case SF_ARRIVAL_BURSTS:
		write_rate(yaml, "bursts", spec->every_s);
		sf_yaml_write_real(yaml, "size", spec->size);
		sf_scenario_write_time(yaml, "gap", spec->gap_s);
		break;
	case SF_ARRIVAL_ON_OFF:
		write_rate(yaml, "on_off", spec->every_s);
		sf_scenario_write_time(yaml, "on", spec->on_s);
		sf_scenario_write_time(yaml, "off", spec->off_s);
		break;
	}
	sf_yaml_write_end(yaml);
}

/* The laws with several parameters; true when it was one of them. */
static bool write_law(struct sf_yaml_writer *yaml, const struct sf_duration_spec *spec)
{
	switch (spec->kind) {
	case SF_DURATION_LOGNORMAL:
		sf_yaml_write_mapping(yaml, "lognormal");
		sf_scenario_write_time(yaml, "median", spec->s);
		sf_yaml_write_real(yaml, "sigma", spec->sigma);
		break;
	case SF_DURATION_WEIBULL:
		sf_yaml_write_mapping(yaml, "weibull");
		sf_scenario_write_time(yaml, "scale", spec->s);
		sf_yaml_write_real(yaml, "shape", spec->shape);
		break;
	case SF_DURATION_PARETO:
		sf_yaml_write_mapping(yaml, "pareto");
		sf_scenario_write_time(yaml, "min", spec->s);
		sf_scenario_write_time(yaml, "max", spec->max_s);
		sf_yaml_write_real(yaml, "shape", spec->shape);
		break;
	default:
		return false;
	}
	sf_yaml_write_end(yaml);
	return true;
}

void sf_scenario_write_stay(struct sf_yaml_writer *yaml, const struct sf_duration_spec *spec)
{
	if (spec->kind == SF_DURATION_FOREVER) {
		sf_yaml_write_str(yaml, "duration", "forever");
		return;
	}
	if (spec->kind == SF_DURATION_FIXED) {
		sf_scenario_write_time(yaml, "duration", spec->s);
		return;
	}
	sf_yaml_write_mapping(yaml, "duration");
	if (!write_law(yaml, spec)) {
		sf_scenario_write_time(yaml, "exponential", spec->s);
	}
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_trace(struct sf_yaml_writer *yaml, const struct sf_trace *trace)
{
	if (trace->path == NULL) {
		return;
	}
	char *from_root = realpath(trace->path, NULL);
	sf_yaml_write_mapping(yaml, "trace");
	sf_yaml_write_str(yaml, "file", from_root != NULL ? from_root : trace->path);
	sf_yaml_write_str(yaml, "format", sf_trace_format_name(trace->format));
	sf_yaml_write_real(yaml, "speed", trace->speed);
	sf_scenario_write_time(yaml, "start", trace->start_s);
	if (trace->end_s >= 0) {
		sf_scenario_write_time(yaml, "end", trace->end_s);
	}
	sf_yaml_write_bool(yaml, "any_product", trace->any_product);
	sf_yaml_write_end(yaml);
	free(from_root);
}
