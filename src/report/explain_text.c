/* explain_text: explanations for people, who may read them at night and in a narrow terminal. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_explain.h>

#include <slicefit/str.h>
#include <slicefit/table.h>

#include <inttypes.h>
#include <string.h>

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

void sf_report_wants(const struct sf_explain_subject *subject, struct sf_str *out)
{
	sf_str_append(out, subject->n == 0 ? "wants no GPU" : "wants ");
	for (uint8_t i = 0; i < subject->n; i++) {
		sf_str_printf(out, "%s%u %s", i > 0 ? " and " : "", subject->want[i].count,
		              subject->want[i].name);
	}
	if (subject->gpu_memory_mib > 0) {
		sf_str_printf(out, " with %" PRId32 " MiB of GPU memory each",
		              subject->gpu_memory_mib);
	}
	if (subject->gpu_memory_milli > 0) {
		sf_str_printf(out, " with %u/1000 of the GPU memory of each",
		              subject->gpu_memory_milli);
	}
}

void sf_report_notes(const struct sf_explain_subject *subject, struct sf_str *out)
{
	for (const char *line = subject->notes; line != NULL && *line != '\0';) {
		int len = (int)strcspn(line, "\n");
		sf_str_printf(out, "note: %.*s\n", len, line);
		line += len + (line[len] == '\n');
	}
}

/* Pods that are told by name. */
enum { NAMES_MAX = 4 };

static void write_eviction(const struct sf_mend *mend, struct sf_str *out)
{
	int64_t names = mend->need <= NAMES_MAX ? mend->need : NAMES_MAX - 1;
	sf_str_append(out, "after evicting ");
	for (int64_t i = 0; i < names; i++) {
		const struct sf_mend_pod *pod = &mend->pod[i];
		const char *between = i == 0 ? "" : (i + 1 < mend->need ? ", " : " and ");
		sf_str_append(out, between);
		if (pod->label != NULL) {
			sf_str_append(out, pod->label);
		} else {
			sf_str_printf(out, "pod %" PRIu32, pod->pod);
		}
		sf_str_printf(out, " (priority %" PRId32 ")", pod->priority);
	}
	if (names < mend->need) {
		sf_str_printf(out, " and %" PRId64 " more", mend->need - names);
	}
	sf_str_printf(out, " from %s", mend->nodes.example[0]);
	if (mend->kind == SF_MEND_EVICT_ANY) {
		sf_str_append(out, ", which preemption will not do: not all have a lower priority");
	}
}

static void write_run(const struct sf_mend *mend, struct sf_str *out)
{
	sf_str_printf(out, "with %" PRId64 " memory slices in a row free on one GPU for %s: ",
	              mend->need, mend->resource);
	if (mend->have < mend->need) {
		sf_str_printf(out, "the longest row has %" PRId64, mend->have);
	} else {
		sf_str_append(out, "the rows that are free are not where an instance may start");
	}
}

/* Texts of the others: what, need, have. */
static void write_gap(const struct sf_mend *mend, struct sf_str *out)
{
	int64_t need = mend->need, have = mend->have, gap = need - have;
	switch (mend->kind) {
	case SF_MEND_MODE:
		sf_str_append(out, "if the rules of its class allowed how the node serves GPUs");
		break;
	case SF_MEND_FREE:
		sf_str_printf(out,
		              "with %" PRId64 " more %s free: %" PRId64 " of %" PRId64
		              " would fit now",
		              gap, mend->resource, have, need);
		break;
	case SF_MEND_PART:
		sf_str_printf(out,
		              "with %" PRId64 " milli-GPUs free on one GPU: the most is %" PRId64,
		              need, have);
		break;
	case SF_MEND_CPU:
		sf_str_printf(out, "with %" PRId64 " more milli-CPUs free", gap);
		break;
	case SF_MEND_HOST_MEMORY:
		sf_str_printf(out, "with %" PRId64 " MiB more memory free", gap);
		break;
	case SF_MEND_PODS:
		sf_str_printf(out, "with %" PRId64 " pod%s less: the node takes %" PRId64, gap,
		              plural(gap), have);
		break;
	case SF_MEND_GPU_MEMORY:
		sf_str_printf(out,
		              "with a wish for %" PRId64 " MiB of GPU memory or less, not %" PRId64,
		              have, need);
		break;
	case SF_MEND_GPU_SHARE:
		sf_str_printf(out,
		              "with a wish for %" PRId64
		              "/1000 of the GPU memory or less, not %" PRId64,
		              have, need);
		break;
	case SF_MEND_ASK_LESS:
		sf_str_printf(out, "asking for %" PRId64 " %s or less, not %" PRId64, have,
		              mend->resource, need);
		break;
	case SF_MEND_NAME:
		sf_str_printf(out, "asking for %s, the nearest name that nodes have",
		              mend->resource);
		break;
	default:
		sf_str_append(out, "once the node takes pods again");
		break;
	}
}

void sf_report_mend(const struct sf_mend *mend, struct sf_str *out)
{
	if (mend->pod != NULL) {
		write_eviction(mend, out);
	} else if (mend->kind == SF_MEND_RUN) {
		write_run(mend, out);
	} else {
		write_gap(mend, out);
	}
}

static void append_examples(const struct sf_explain_nodes *nodes, struct sf_str *out)
{
	for (uint32_t i = 0; i < nodes->n_examples; i++) {
		sf_str_printf(out, "%s%s", i > 0 ? ", " : "", nodes->example[i]);
	}
	if (nodes->n > nodes->n_examples) {
		sf_str_append(out, ", ...");
	}
}

static void write_refusals(const struct sf_explanation *explanation, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "nodes", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "say", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "evict?", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "have", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "examples", NULL, SF_ALIGN_LEFT);
	for (uint32_t i = 0; i < explanation->n_groups; i++) {
		const struct sf_explain_group *group = &explanation->group[i];
		struct sf_str examples = {0};
		append_examples(&group->nodes, &examples);
		sf_table_cell(table, "%" PRIu32, group->nodes.n);
		sf_table_cell(table, "%s", sf_explain_reason(group));
		sf_table_cell(table, "%s", group->unresolvable ? "no" : "maybe");
		sf_table_cell(table, "%s%s%s", group->product != NULL ? group->product->name : "",
		              group->product != NULL ? ", " : "",
		              sf_explain_kind_names[group->kind]);
		sf_table_cell(table, "%s", sf_str_get(&examples));
		sf_str_finish(&examples);
	}
	sf_str_append(out, "\n");
	sf_table_write(table, SF_TABLE_TEXT, out);
	sf_table_destroy(table);
}

static void write_choices(const struct sf_explanation *explanation, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "rank", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "node", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "devices", NULL, SF_ALIGN_LEFT);
	for (uint32_t i = 0; i < explanation->n_choices; i++) {
		const struct sf_explain_choice *choice = &explanation->choice[i];
		struct sf_str devices = {0};
		for (uint8_t k = 0; k < choice->n; k++) {
			sf_str_append(&devices, k > 0 ? "; " : "");
			sf_given_text(&choice->given[k], &devices);
		}
		sf_table_cell(table, "%" PRIu32, i + 1);
		sf_table_cell(table, "%s", choice->node);
		sf_table_cell(table, "%s", sf_str_get(&devices));
		sf_str_finish(&devices);
	}
	sf_str_append(out, "\nwhere the policy would put it:\n");
	sf_table_write(table, SF_TABLE_TEXT, out);
	sf_table_destroy(table);
}

static void write_mends(const struct sf_explanation *explanation, struct sf_str *out)
{
	sf_str_append(out, explanation->n_mends > 0 ? "\nit would fit\n"
	                                            : "\nno small change would make it fit\n");
	for (uint32_t i = 0; i < explanation->n_mends; i++) {
		const struct sf_mend *mend = &explanation->mend[i];
		sf_str_append(out, "  - ");
		sf_report_mend(mend, out);
		if (mend->pod == NULL) {
			sf_str_printf(out, "; %" PRIu32 " node%s: ", mend->nodes.n,
			              plural(mend->nodes.n));
			append_examples(&mend->nodes, out);
		} else if (mend->nodes.n > 1) {
			sf_str_printf(out, "; on %" PRIu32 " more of the nodes tried, as many",
			              mend->nodes.n - 1);
		}
		sf_str_append(out, "\n");
	}
}

static void write_class(const struct sf_explain_subject *subject, struct sf_str *out)
{
	const char *between = ": not as ";
	if (subject->class == NULL || subject->class[0] == '\0') {
		return;
	}
	sf_str_printf(out, ", class %s", subject->class);
	for (int mode = 0; mode < SF_SERVINGS; mode++) {
		if ((subject->deny & SF_SERVING_BIT(mode)) != 0) {
			sf_str_printf(out, "%s%s", between, sf_serving_names[mode]);
			between = ", ";
		}
	}
}

static void write_head(const struct sf_explain_subject *subject,
                       const struct sf_explanation *explanation, struct sf_str *out)
{
	sf_str_append(out, subject->pod);
	if (subject->state != NULL) {
		sf_str_printf(out, " is %s", subject->state);
		if (subject->node != NULL) {
			sf_str_printf(out, " on %s", subject->node);
		}
		sf_str_append(out, "; a pod like it");
	}
	sf_str_printf(out, " fits on %" PRIu32 " of %" PRIu32 " nodes\n", explanation->feasible,
	              explanation->nodes);
	sf_report_wants(subject, out);
	sf_str_printf(out, "; priority %" PRId32 ", policy %s", subject->priority, subject->policy);
	write_class(subject, out);
	sf_str_append(out, "\n");
	sf_report_notes(subject, out);
}

void sf_report_explain_head(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out)
{
	write_head(subject, explanation, out);
	if (explanation->n_choices > 0) {
		write_choices(explanation, out);
	}
	if (explanation->n_groups > 0) {
		write_refusals(explanation, out);
	}
}

void sf_report_explain_text(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out)
{
	sf_report_explain_head(subject, explanation, out);
	if (explanation->feasible == 0 && explanation->nodes > 0) {
		write_mends(explanation, out);
	}
}
