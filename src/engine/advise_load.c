/* advise_load: what a workload's pods need of a GPU: measured, told, or asked for. */
// SPDX-License-Identifier: Apache-2.0
#include "advise_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Is `name` the workload's own, or that with something behind a '-'? Its length then, else 0. */
static size_t match_name(const struct sf_workload *workload, const char *space, const char *name)
{
	const char *slash = strrchr(workload->name, '/');
	const char *own = slash != NULL ? slash + 1 : workload->name;
	size_t len = strlen(own);
	if (slash != NULL && *space != '\0' &&
	    (strlen(space) != (size_t)(slash - workload->name) ||
	     strncmp(space, workload->name, (size_t)(slash - workload->name)) != 0)) {
		return 0;
	}
	bool matches = strncmp(own, name, len) == 0 && (name[len] == '\0' || name[len] == '-');
	return matches ? len : 0;
}

static bool runs(const struct sf_workload *workload, const char *space, const char *name)
{
	size_t len = strlen(space);
	for (size_t i = 0; i < workload->n_running; i++) {
		const struct sf_running *running = &workload->running[i];
		for (uint32_t k = 0; running->name != NULL && k < running->pods; k++) {
			const char *known = running->name[k];
			if (strncmp(known, space, len) == 0 && known[len] == '/' &&
			    strcmp(known + len + 1, name) == 0) {
				return true;
			}
		}
	}
	return false;
}

size_t sf_advise_workload(const struct sf_scenario *scenario, const char *space, const char *pod)
{
	size_t best = SIZE_MAX, longest = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (runs(&scenario->workload[i], space, pod)) {
			return i;
		}
		size_t len = match_name(&scenario->workload[i], space, pod);
		if (len > longest) {
			longest = len;
			best = i;
		}
	}
	return best;
}

/* All measurements of one kind of the pods of a workload. */
static double *gather(const struct sf_usage *usage, const size_t *owner, size_t workload,
                      enum sf_usage_kind kind, size_t *n)
{
	double *value = NULL;
	size_t cap = 0;
	*n = 0;
	for (size_t i = 0; i < usage->n; i++) {
		const struct sf_usage_series *series = &usage->pod[i].series[kind];
		if (owner[i] != workload || series->n == 0) {
			continue;
		}
		value = sf_xgrow(value, &cap, *n + series->n, sizeof(*value));
		memcpy(value + *n, series->value, series->n * sizeof(*value));
		*n += series->n;
	}
	return value;
}

enum { PERCENT = 99 };

static void measure(const struct sf_usage *usage, const size_t *owner, size_t workload,
                    struct sf_load *out)
{
	size_t n;
	double *value = gather(usage, owner, workload, SF_USAGE_MIB, &n);
	if (n > 0) {
		sf_stats_sort(value, n);
		out->memory_mib = sf_stats_percentile(value, n, PERCENT);
		out->memory_from = SF_LOAD_USAGE;
	}
	free(value);
	value = gather(usage, owner, workload, SF_USAGE_BUSY, &n);
	if (n > 0) {
		struct sf_stats stats = sf_stats_of(value, n);
		sf_stats_sort(value, n);
		out->duty = stats.mean;
		out->duty_sd = n > 1 ? stats.sd : 0;
		out->duty_p99 = sf_stats_percentile(value, n, PERCENT);
		out->duty_from = SF_LOAD_USAGE;
		out->samples = n;
	}
	free(value);
	for (size_t i = 0; i < usage->n; i++) {
		out->pods += owner[i] == workload;
	}
}

/* The instance that it asks for now says what somebody thought it needs. */
static void ask_profile(const struct sf_scenario *scenario, const char *name, struct sf_load *out)
{
	for (size_t i = 0; i < scenario->n_pools; i++) {
		const struct sf_node_spec *node = &scenario->pool[i].node;
		for (uint8_t g = 0; g < node->n_gpus; g++) {
			const struct sf_product *product = node->gpu[g].product;
			int profile = product != NULL ? sf_product_profile(product, name) : -1;
			if (profile < 0 || product->profile[profile].memory_mib < 0) {
				continue;
			}
			if (out->memory_from == SF_LOAD_UNKNOWN) {
				out->memory_mib = product->profile[profile].memory_mib;
				out->memory_from = SF_LOAD_REQUEST;
			}
			if (out->duty_from == SF_LOAD_UNKNOWN) {
				out->duty = out->duty_p99 = (double)product->profile[profile].g /
				                            product->compute_slices;
				out->duty_from = SF_LOAD_REQUEST;
			}
			return;
		}
	}
}

static const char *profile_asked(const struct sf_request_spec *request)
{
	static const char prefix[] = "nvidia.com/mig-";
	if (request->n_mig > 0) {
		return request->mig[0].profile;
	}
	for (uint8_t i = 0; i < request->n_resources; i++) {
		if (strncmp(request->resource[i].name, prefix, sizeof(prefix) - 1) == 0) {
			return request->resource[i].name + sizeof(prefix) - 1;
		}
	}
	return NULL;
}

void sf_advise_load(const struct sf_advise_search *search, size_t number, struct sf_load *out)
{
	const struct sf_scenario *scenario = search->scenario;
	const struct sf_workload *workload = &scenario->workload[number];
	const char *profile = profile_asked(&workload->request);
	*out = (struct sf_load){0};
	if (search->usage != NULL) {
		measure(search->usage, search->owner, number, out);
	}
	if (out->memory_from == SF_LOAD_UNKNOWN && workload->request.gpu_memory_mib > 0) {
		out->memory_mib = workload->request.gpu_memory_mib;
		out->memory_from = SF_LOAD_SCENARIO;
	}
	if (out->duty_from == SF_LOAD_UNKNOWN && workload->gpu_duty > 0) {
		out->duty = workload->gpu_duty;
		out->duty_sd = workload->gpu_duty_sd;
		out->duty_from = SF_LOAD_SCENARIO;
		out->duty_p99 = fmin(1, out->duty + scenario->plan.duty_sigmas * out->duty_sd);
	}
	if (profile != NULL) {
		ask_profile(scenario, profile, out);
	}
	bool known = out->duty_from != SF_LOAD_UNKNOWN;
	out->effective_duty =
		known ? fmin(1, out->duty + scenario->plan.duty_sigmas * out->duty_sd) : 1;
	out->duty_p99 = known ? out->duty_p99 : 1;
}
