/* explain_json: explanations as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_explain.h>

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>

void sf_report_given(struct sf_json *json, const char *key, const struct sf_given *given, size_t n)
{
	sf_json_array(json, key);
	for (size_t i = 0; i < n; i++) {
		const struct sf_product *product = given[i].product;
		sf_json_object(json, NULL);
		sf_json_str(json, "resource", given[i].resource);
		sf_json_int(json, "replicas", given[i].replicas);
		if (given[i].gpu != SF_GPU_NONE) {
			sf_json_int(json, "gpu", given[i].gpu);
			sf_json_str(json, "product", product != NULL ? product->name : NULL);
			sf_json_int(json, "of", given[i].of);
		}
		if (given[i].profile >= 0 && product != NULL) {
			sf_json_str(json, "profile", product->profile[given[i].profile].name);
			sf_json_int(json, "start", given[i].start);
			sf_json_int(json, "size", product->profile[given[i].profile].size);
		}
		sf_json_end(json);
	}
	sf_json_end(json);
}

void sf_report_request(struct sf_json *json, const char *key,
                       const struct sf_explain_subject *subject)
{
	sf_json_object(json, key);
	sf_json_array(json, "resources");
	for (uint8_t i = 0; i < subject->n; i++) {
		sf_json_object(json, NULL);
		sf_json_str(json, "name", subject->want[i].name);
		sf_json_int(json, "count", subject->want[i].count);
		sf_json_end(json);
	}
	sf_json_end(json);
	if (subject->gpu_memory_mib > 0) {
		sf_json_int(json, "gpu_memory_mib", subject->gpu_memory_mib);
	}
	if (subject->gpu_memory_milli > 0) {
		sf_json_int(json, "gpu_memory_milli", subject->gpu_memory_milli);
	}
	sf_json_end(json);
}

static void write_nodes(struct sf_json *json, const struct sf_explain_nodes *nodes)
{
	sf_json_int(json, "nodes", nodes->n);
	sf_json_array(json, "examples");
	for (uint32_t i = 0; i < nodes->n_examples; i++) {
		sf_json_str(json, NULL, nodes->example[i]);
	}
	sf_json_end(json);
}

static void write_mend(struct sf_json *json, const struct sf_mend *mend)
{
	static const char *const kinds[SF_MENDS] = {
		[SF_MEND_EVICT] = "evict",
		[SF_MEND_READY] = "node-ready",
		[SF_MEND_MODE] = "allow-mode",
		[SF_MEND_FREE] = "free-devices",
		[SF_MEND_RUN] = "free-slices-in-a-row",
		[SF_MEND_PART] = "free-part-of-a-gpu",
		[SF_MEND_CPU] = "free-cpu",
		[SF_MEND_HOST_MEMORY] = "free-memory",
		[SF_MEND_PODS] = "free-pod-slot",
		[SF_MEND_GPU_MEMORY] = "ask-less-gpu-memory",
		[SF_MEND_GPU_SHARE] = "ask-less-gpu-memory-share",
		[SF_MEND_ASK_LESS] = "ask-fewer-devices",
		[SF_MEND_NAME] = "ask-for-another-name",
		[SF_MEND_EVICT_ANY] = "evict-not-lower",
	};
	struct sf_str text = {0};
	sf_report_mend(mend, &text);
	sf_json_object(json, NULL);
	sf_json_str(json, "change", kinds[mend->kind]);
	sf_json_str(json, "text", sf_str_get(&text));
	if (mend->resource != NULL) {
		sf_json_str(json, "resource", mend->resource);
	}
	sf_json_int(json, "need", mend->need);
	sf_json_int(json, "have", mend->have);
	if (mend->pod != NULL) {
		sf_json_array(json, "pods");
		for (int64_t i = 0; i < mend->need; i++) {
			sf_json_object(json, NULL);
			sf_json_str(json, "pod", mend->pod[i].label);
			sf_json_int(json, "priority", mend->pod[i].priority);
			sf_json_end(json);
		}
		sf_json_end(json);
	}
	write_nodes(json, &mend->nodes);
	sf_json_end(json);
	sf_str_finish(&text);
}

void sf_report_refusals(struct sf_json *json, const struct sf_explanation *explanation)
{
	sf_json_array(json, "refused");
	for (uint32_t i = 0; i < explanation->n_groups; i++) {
		const struct sf_explain_group *group = &explanation->group[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "reason", sf_explain_reason(group));
		sf_json_bool(json, "eviction_may_help", !group->unresolvable);
		sf_json_str(json, "product", group->product != NULL ? group->product->name : NULL);
		sf_json_str(json, "kind", sf_explain_kind_names[group->kind]);
		write_nodes(json, &group->nodes);
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_array(json, "changes");
	for (uint32_t i = 0; i < explanation->n_mends; i++) {
		write_mend(json, &explanation->mend[i]);
	}
	sf_json_end(json);
}

static void write_choices(struct sf_json *json, const struct sf_explanation *explanation)
{
	sf_json_array(json, "choices");
	for (uint32_t i = 0; i < explanation->n_choices; i++) {
		const struct sf_explain_choice *choice = &explanation->choice[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "node", choice->node);
		sf_json_int(json, "policy_score", choice->score);
		sf_report_given(json, "devices", choice->given, choice->n);
		sf_json_end(json);
	}
	sf_json_end(json);
}

void sf_report_notes_json(struct sf_json *json, const struct sf_explain_subject *subject)
{
	sf_json_array(json, "not_looked_at");
	for (const char *line = subject->notes; line != NULL && *line != '\0';) {
		char text[256];
		int len = (int)strcspn(line, "\n");
		snprintf(text, sizeof(text), "%.*s", len, line);
		sf_json_str(json, NULL, text);
		line += len + (line[len] == '\n');
	}
	sf_json_end(json);
}

void sf_report_explain_fields(struct sf_json *json, const struct sf_explain_subject *subject,
                              const struct sf_explanation *explanation)
{
	sf_json_str(json, "schema", "slicefit.io/explain/v1");
	sf_json_str(json, "pod", subject->pod);
	sf_json_str(json, "state", subject->state);
	sf_json_str(json, "node", subject->node);
	sf_json_int(json, "priority", subject->priority);
	sf_json_str(json, "policy", subject->policy);
	sf_json_str(json, "class", subject->class);
	sf_json_array(json, "denied_modes");
	for (int mode = 0; mode < SF_SERVINGS; mode++) {
		if ((subject->deny & SF_SERVING_BIT(mode)) != 0) {
			sf_json_str(json, NULL, sf_serving_names[mode]);
		}
	}
	sf_json_end(json);
	sf_report_request(json, "request", subject);
	sf_json_int(json, "nodes", explanation->nodes);
	sf_json_int(json, "feasible", explanation->feasible);
	write_choices(json, explanation);
	sf_report_refusals(json, explanation);
}

void sf_report_explain_json(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_report_explain_fields(json, subject, explanation);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
