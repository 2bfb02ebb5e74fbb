/* advise_report: advice for workloads as a table and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_advise.h>

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdio.h>

static const double percent = 100;

/* Of advice to use an instance. */
static const struct sf_profile *profile_of(const struct sf_advice *advice)
{
	return &advice->product->profile[advice->profile];
}

/* What the pod would ask for. */
static void append_resource(const struct sf_advice *advice, struct sf_str *out)
{
	char name[SF_NAME_MAX];
	switch (advice->kind) {
	case SF_ADVICE_WHOLE:
		sf_str_printf(out, "nvidia.com/gpu: %u", advice->gpus);
		break;
	case SF_ADVICE_MIG:
		sf_profile_resource_name(profile_of(advice), name);
		sf_str_printf(out, "nvidia.com/mig-%s: 1", name);
		break;
	case SF_ADVICE_TIME_SLICING:
	case SF_ADVICE_MPS:
		sf_str_append(out, "nvidia.com/gpu.shared: 1");
		break;
	case SF_ADVICE_NONE:
	case SF_ADVICE_KINDS:
		break;
	}
}

static void append_memory(const struct sf_load *load, struct sf_str *out)
{
	if (load->memory_from == SF_LOAD_UNKNOWN) {
		sf_str_append(out, "unknown");
	} else {
		sf_str_printf(out, "%.0f MiB (%s)", load->memory_mib,
		              sf_load_sources[load->memory_from]);
	}
}

static void append_duty(const struct sf_load *load, struct sf_str *out)
{
	if (load->duty_from == SF_LOAD_UNKNOWN) {
		sf_str_append(out, "unknown");
	} else {
		sf_str_printf(out, "%.0f +- %.0f %% (%s)", percent * load->duty,
		              percent * load->duty_sd, sf_load_sources[load->duty_from]);
	}
}

static void explain_instance(const struct sf_advice *advice, struct sf_str *out)
{
	const struct sf_profile *profile = profile_of(advice);
	bool p99 = advice->workload->class == SF_CLASS_INFERENCE;
	const struct sf_load *load = &advice->load;
	sf_str_printf(out,
	              "%s is the smallest instance with %.0f MiB (it has %" PRId32
	              ") and %.0f %% of the GPU%s (%u of %u slices)",
	              profile->name, load->memory_mib, profile->memory_mib,
	              percent * (p99 ? load->duty_p99 : load->effective_duty), p99 ? " at p99" : "",
	              profile->g, advice->product->compute_slices);
}

static void explain_turns(const struct sf_scenario *scenario, const struct sf_advice *advice,
                          struct sf_str *out)
{
	const struct sf_load *load = &advice->load;
	sf_str_printf(
		out,
		"%u take turns: %u x %.0f %% busy (mean + %g sd) <= %.0f %%, %u x (%.0f + %" PRId32
		") MiB <= %" PRId32,
		advice->replicas, advice->replicas, percent * load->effective_duty,
		scenario->plan.duty_sigmas, percent * scenario->plan.duty_cap, advice->replicas,
		load->memory_mib, scenario->plan.process_reserve_mib,
		advice->product->memory_mib - scenario->gpu_reserve_mib);
}

static void explain_clients(const struct sf_scenario *scenario, const struct sf_advice *advice,
                            struct sf_str *out)
{
	const struct sf_load *load = &advice->load;
	bool p99 = advice->workload->class == SF_CLASS_INFERENCE;
	sf_str_printf(out,
	              "no GPU here can be cut; each of %u clients gets 1/%u of threads and memory: "
	              "%.0f %% are needed%s, and %.0f + %" PRId32 " MiB",
	              advice->replicas, advice->replicas,
	              percent * (p99 ? load->duty_p99 : load->effective_duty), p99 ? " at p99" : "",
	              load->memory_mib, scenario->plan.process_reserve_mib);
}

void sf_report_advice_why(const struct sf_scenario *scenario, const struct sf_advice *advice,
                          struct sf_str *out)
{
	switch (advice->why) {
	case SF_WHY_TRAINING:
		sf_str_append(out, "training has its GPU for itself");
		break;
	case SF_WHY_SEVERAL:
		sf_str_printf(out, "asks for %u GPUs: parts of GPUs cannot be put together",
		              advice->gpus);
		break;
	case SF_WHY_UNKNOWN:
		sf_str_printf(out, "%s unknown: measure that before anybody shares its GPU",
		              advice->load.memory_from == SF_LOAD_UNKNOWN ? "its memory is"
		                                                          : "how busy it is is");
		break;
	case SF_WHY_INSTANCE:
		explain_instance(advice, out);
		break;
	case SF_WHY_DUTY:
		explain_turns(scenario, advice, out);
		break;
	case SF_WHY_CLIENTS:
		explain_clients(scenario, advice, out);
		break;
	case SF_WHY_LARGE:
		sf_str_printf(out, "no part of a GPU has %.0f MiB and %.0f %% of it",
		              advice->load.memory_mib,
		              percent * (advice->workload->class == SF_CLASS_INFERENCE
		                                 ? advice->load.duty_p99
		                                 : advice->load.effective_duty));
		break;
	case SF_WHY_NO_MEMORY:
		sf_str_printf(out, "no GPU that it may use has %.0f MiB", advice->load.memory_mib);
		break;
	}
}

/* A cell of what is appended by a function. */
static void add_text(struct sf_table *table, struct sf_str *text)
{
	sf_table_cell(table, "%s", sf_str_get(text));
	sf_str_finish(text);
}

static void add_row(const struct sf_scenario *scenario, const struct sf_advice *advice,
                    struct sf_table *table)
{
	struct sf_str resource = {0}, memory = {0}, duty = {0}, why = {0};
	append_resource(advice, &resource);
	append_memory(&advice->load, &memory);
	append_duty(&advice->load, &duty);
	sf_report_advice_why(scenario, advice, &why);
	sf_table_cell(table, "%s", advice->workload->name);
	sf_table_cell(table, "%s", sf_class_name(advice->workload->class));
	sf_table_cell(table, "%" PRIu32, advice->workload->count);
	add_text(table, &memory);
	add_text(table, &duty);
	sf_table_cell(table, "%s", sf_advice_names[advice->kind]);
	sf_table_cell(table, "%s", advice->product != NULL ? advice->product->name : "");
	add_text(table, &resource);
	sf_table_cell(table, "%u", advice->replicas);
	sf_table_cell(table, "%" PRIu32, advice->need);
	add_text(table, &why);
}

/* Products in the order in which they are first advised, with the GPUs that all of it takes. */
static void write_sums(const struct sf_advices *advices, struct sf_str *out)
{
	for (size_t i = 0; i < advices->n; i++) {
		const struct sf_product *product = advices->advice[i].product;
		uint32_t need = 0;
		bool first = product != NULL;
		for (size_t k = 0; k < advices->n; k++) {
			bool same = advices->advice[k].product == product;
			first = first && !(same && k < i);
			need += same ? advices->advice[k].need : 0;
		}
		if (first) {
			sf_str_printf(out, "%s: %" PRIu32 " GPUs for all of these\n", product->name,
			              need);
		}
	}
}

void sf_report_advise_table(const struct sf_scenario *scenario, const struct sf_advices *advices,
                            enum sf_table_format format, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "workload", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "class", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "pods", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "memory (p99)", "memory", SF_ALIGN_LEFT);
	sf_table_column(table, "busy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "serve as", "strategy", SF_ALIGN_LEFT);
	sf_table_column(table, "on", "product", SF_ALIGN_LEFT);
	sf_table_column(table, "ask for", "resource", SF_ALIGN_LEFT);
	sf_table_column(table, "per GPU", "per_gpu", SF_ALIGN_RIGHT);
	sf_table_column(table, "GPUs", "gpus", SF_ALIGN_RIGHT);
	sf_table_column(table, "because", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < advices->n; i++) {
		add_row(scenario, &advices->advice[i], table);
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
	if (format == SF_TABLE_TEXT) {
		sf_str_append(out, "\n");
		write_sums(advices, out);
	}
}

static void write_load(const struct sf_load *load, struct sf_json *json)
{
	bool memory = load->memory_from != SF_LOAD_UNKNOWN,
	     duty = load->duty_from != SF_LOAD_UNKNOWN;
	sf_json_object(json, "load");
	sf_json_str(json, "memory_from", sf_load_sources[load->memory_from]);
	sf_json_real(json, "memory_p99_mib", memory ? load->memory_mib : 0.0);
	sf_json_str(json, "busy_from", sf_load_sources[load->duty_from]);
	sf_json_real(json, "busy_mean", duty ? load->duty : 0.0);
	sf_json_real(json, "busy_sd", duty ? load->duty_sd : 0.0);
	sf_json_real(json, "busy_p99", load->duty_p99);
	sf_json_real(json, "effective_duty", load->effective_duty);
	sf_json_int(json, "pods_measured", (int64_t)load->pods);
	sf_json_int(json, "measurements", (int64_t)load->samples);
	sf_json_end(json);
}

static void write_advice(const struct sf_scenario *scenario, const struct sf_advice *advice,
                         struct sf_json *json)
{
	bool mig = advice->kind == SF_ADVICE_MIG;
	struct sf_str resource = {0}, why = {0};
	append_resource(advice, &resource);
	sf_report_advice_why(scenario, advice, &why);
	sf_json_object(json, NULL);
	sf_json_str(json, "workload", advice->workload->name);
	sf_json_str(json, "class", sf_class_name(advice->workload->class));
	sf_json_int(json, "pods", advice->workload->count);
	sf_json_str(json, "strategy", sf_advice_names[advice->kind]);
	sf_json_str(json, "product", advice->product != NULL ? advice->product->name : NULL);
	sf_json_str(json, "profile", mig ? profile_of(advice)->name : NULL);
	sf_json_str(json, "resource", sf_str_get(&resource));
	sf_json_int(json, "per_gpu", advice->replicas);
	sf_json_int(json, "gpus", advice->need);
	write_load(&advice->load, json);
	sf_json_str(json, "because", sf_str_get(&why));
	sf_json_end(json);
	sf_str_finish(&resource);
	sf_str_finish(&why);
}

void sf_report_advise_json(const struct sf_scenario *scenario, const struct sf_advices *advices,
                           struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.io/advise/v1");
	sf_json_real(json, "duty_sigmas", scenario->plan.duty_sigmas);
	sf_json_real(json, "duty_cap", scenario->plan.duty_cap);
	sf_json_int(json, "process_reserve_mib", scenario->plan.process_reserve_mib);
	sf_json_int(json, "gpu_reserve_mib", scenario->gpu_reserve_mib);
	sf_json_array(json, "workloads");
	for (size_t i = 0; i < advices->n; i++) {
		write_advice(scenario, &advices->advice[i], json);
	}
	sf_json_end(json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
