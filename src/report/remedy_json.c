/* remedy_json: explanations with remedies, for programs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_remedy.h>

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <string.h>

static const char *const kinds[SF_REMEDIES] = {
	[SF_REMEDY_RULE] = "other-rules",
	[SF_REMEDY_READY] = "node-ready",
	[SF_REMEDY_NAME] = "ask-for-another-name",
	[SF_REMEDY_LESS] = "ask-less",
	[SF_REMEDY_REPLICAS] = "more-replicas",
	[SF_REMEDY_LAYOUT] = "other-layout",
	[SF_REMEDY_MOVE] = "move-pods",
	[SF_REMEDY_FREE] = "stop-pods",
};

static const char *const amounts[] = {
	[SF_LESS_DEVICES] = "devices",
	[SF_LESS_GPU_MEMORY] = "gpu_memory_mib",
	[SF_LESS_GPU_SHARE] = "gpu_memory_milli",
	[SF_LESS_CPU] = "cpu_milli",
	[SF_LESS_MEMORY] = "memory_mib",
};

static void write_disturbance(struct sf_json *json, const struct sf_disturbance *disturbs)
{
	sf_json_object(json, "disturbs");
	sf_json_int(json, "pods_forbidden", disturbs->guarded);
	sf_json_int(json, "pods_stopped", disturbs->stopped);
	sf_json_int(json, "pods_stopped_not_lower", disturbs->not_lower);
	sf_json_int(json, "pods_moved", disturbs->moved);
	sf_json_bool(json, "request_changed", disturbs->asked > 0);
	sf_json_int(json, "gpus_changed", disturbs->gpus);
	sf_json_end(json);
}

/* What the kind has beside the common members. */
static void write_details(struct sf_json *json, const struct sf_remedy *remedy)
{
	if (remedy->resource != NULL) {
		sf_json_str(json, "resource", remedy->resource);
	}
	if (remedy->instead != NULL) {
		sf_json_str(json, "instead", remedy->instead);
	}
	if (remedy->layout != NULL) {
		sf_json_str(json, "mig_config", remedy->layout);
	}
	if (remedy->kind == SF_REMEDY_LESS) {
		sf_json_str(json, "amount", amounts[remedy->less]);
	}
	if (remedy->kind == SF_REMEDY_LESS || remedy->kind == SF_REMEDY_REPLICAS) {
		sf_json_int(json, "from",
		            remedy->kind == SF_REMEDY_LESS ? remedy->need : remedy->have);
		sf_json_int(json, "to",
		            remedy->kind == SF_REMEDY_LESS ? remedy->have : remedy->need);
	}
}

static void write_pods(struct sf_json *json, const struct sf_remedy *remedy)
{
	sf_json_array(json, "pods");
	for (size_t i = 0; i < remedy->n_pods; i++) {
		const struct sf_remedy_pod *pod = &remedy->pod[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "pod", pod->label);
		sf_json_int(json, "priority", pod->priority);
		sf_json_str(json, "from", pod->from);
		sf_json_str(json, "to", pod->to);
		sf_json_str(json, "forbidden_by", pod->budget);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_commands(struct sf_json *json, const struct sf_remedy *remedy,
                           const struct sf_remedy_source *source)
{
	struct sf_str commands = {0};
	sf_report_remedy_commands(remedy, source, &commands);
	sf_json_array(json, "commands");
	for (char *line = commands.text; line != NULL && *line != '\0';) {
		char *end = strchr(line, '\n');
		if (end != NULL) {
			*end = '\0';
		}
		sf_json_str(json, NULL, line);
		line = end != NULL ? end + 1 : NULL;
	}
	sf_json_end(json);
	sf_str_finish(&commands);
}

static void write_remedy(struct sf_json *json, const struct sf_remedy *remedy,
                         const struct sf_remedy_source *source)
{
	struct sf_str text = {0};
	sf_report_remedy(remedy, &text);
	sf_json_object(json, NULL);
	sf_json_str(json, "remedy", kinds[remedy->kind]);
	sf_json_str(json, "text", sf_str_get(&text));
	sf_json_str(json, "node", remedy->node);
	sf_json_int(json, "other_nodes", remedy->others);
	sf_report_given(json, "devices", remedy->given, remedy->n_given);
	write_details(json, remedy);
	write_disturbance(json, &remedy->disturbs);
	write_pods(json, remedy);
	write_commands(json, remedy, source);
	sf_json_end(json);
	sf_str_finish(&text);
}

void sf_report_remedies_json(const struct sf_remedy_report *report, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_report_explain_fields(json, report->subject, report->explanation);
	sf_report_notes_json(json, report->subject);
	sf_json_array(json, "remedies");
	for (size_t i = 0; i < report->remedies->n; i++) {
		write_remedy(json, &report->remedies->remedy[i], report->source);
	}
	sf_json_end(json);
	if (report->cluster != NULL) {
		sf_report_nodes_json(report, json);
	}
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
