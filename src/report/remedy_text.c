/* remedy_text: what would place a pod, in words. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_remedy.h>

#include <slicefit/str.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 4 }; /* pods that are told by name */

static void append_pod(const struct sf_remedy_pod *pod, struct sf_str *out)
{
	if (pod->label != NULL) {
		sf_str_append(out, pod->label);
	} else {
		sf_str_printf(out, "pod %" PRIu32, pod->pod);
	}
	sf_str_printf(out, " (priority %" PRId32 ")", pod->priority);
}

/* Those that find a place, or those that find none: "a (priority 0) to x, b (priority 1) to y". */
static void append_pods(const struct sf_remedy *remedy, bool placed, struct sf_str *out)
{
	size_t told = 0, n = placed ? remedy->disturbs.moved : remedy->disturbs.stopped;
	for (size_t i = 0; i < remedy->n_pods && told < n; i++) {
		const struct sf_remedy_pod *pod = &remedy->pod[i];
		if ((pod->to != NULL) != placed) {
			continue;
		}
		if (told == NAMES_MAX) {
			sf_str_printf(out, " and %zu more", n - told);
			return;
		}
		sf_str_append(out, told > 0 ? ", " : "");
		append_pod(pod, out);
		if (placed) {
			bool stays = strcmp(pod->to, pod->from) == 0;
			sf_str_printf(out, " to %s", stays ? "the same node, later" : pod->to);
		}
		told++;
	}
}

/* "; the disruption budget team/web forbids that now": each of them once. */
static void write_budgets(const struct sf_remedy *remedy, struct sf_str *out)
{
	const char *last = NULL;
	for (size_t i = 0; i < remedy->n_pods; i++) {
		const char *budget = remedy->pod[i].budget;
		if (budget != NULL && (last == NULL || strcmp(budget, last) != 0)) {
			sf_str_printf(out, "; the disruption budget %s forbids that now", budget);
			last = budget;
		}
	}
}

static void write_pods(const struct sf_remedy *remedy, const char *move, const char *stop,
                       struct sf_str *out)
{
	if (remedy->disturbs.moved > 0) {
		sf_str_append(out, move);
		append_pods(remedy, true, out);
	}
	if (remedy->disturbs.stopped > 0) {
		sf_str_append(out, remedy->disturbs.moved > 0 ? ", and " : "");
		sf_str_append(out, stop);
		append_pods(remedy, false, out);
		sf_str_append(out, ", for which no node has room then");
	}
	write_budgets(remedy, out);
}

static void write_layout(const struct sf_remedy *remedy, struct sf_str *out)
{
	sf_str_printf(out, "cut %s as %s", remedy->node, remedy->layout);
	if (remedy->n_pods == 0) {
		sf_str_append(out, "; no pod uses its GPUs");
		return;
	}
	sf_str_append(out, "; before that ");
	write_pods(remedy, "move ", "stop ", out);
}

static void write_less(const struct sf_remedy *remedy, struct sf_str *out)
{
	const char *unit[] = {
		[SF_LESS_DEVICES] = remedy->resource,
		[SF_LESS_GPU_MEMORY] = "MiB of GPU memory",
		[SF_LESS_GPU_SHARE] = "thousandths of the GPU memory",
		[SF_LESS_CPU] = "milli-CPUs",
		[SF_LESS_MEMORY] = "MiB of memory",
	};
	sf_str_printf(out, "ask for %" PRId64 " %s, not %" PRId64, remedy->have, unit[remedy->less],
	              remedy->need);
}

void sf_report_remedy(const struct sf_remedy *remedy, struct sf_str *out)
{
	switch (remedy->kind) {
	case SF_REMEDY_READY:
		sf_str_printf(out, "let %s take pods again", remedy->node);
		break;
	case SF_REMEDY_RULE:
		sf_str_append(out, remedy->rule);
		break;
	case SF_REMEDY_NAME:
		sf_str_printf(out, "ask for %s, not %s", remedy->instead, remedy->resource);
		break;
	case SF_REMEDY_LESS:
		write_less(remedy, out);
		break;
	case SF_REMEDY_REPLICAS:
		sf_str_printf(out, "share %s of %s by %" PRId64 " replicas, not %" PRId64,
		              remedy->resource, remedy->node, remedy->need, remedy->have);
		break;
	case SF_REMEDY_LAYOUT:
		write_layout(remedy, out);
		break;
	case SF_REMEDY_MOVE:
	case SF_REMEDY_FREE:
		sf_str_printf(out, "on %s ", remedy->node);
		write_pods(remedy, "move ", "stop ", out);
		break;
	case SF_REMEDIES:
		break;
	}
}

/* The part of an explanation that says how far away a place is; remedies say the rest. */
static bool is_gap(enum sf_mend_kind kind)
{
	return kind == SF_MEND_FREE || kind == SF_MEND_RUN || kind == SF_MEND_PART ||
	       kind == SF_MEND_CPU || kind == SF_MEND_HOST_MEMORY || kind == SF_MEND_PODS ||
	       kind == SF_MEND_GPU_MEMORY || kind == SF_MEND_GPU_SHARE;
}

static void write_miss(const struct sf_explanation *explanation, struct sf_str *out)
{
	const char *head = "\nnearest miss\n";
	for (uint32_t i = 0; i < explanation->n_mends; i++) {
		const struct sf_mend *mend = &explanation->mend[i];
		if (!is_gap(mend->kind)) {
			continue;
		}
		sf_str_printf(out, "%s  - ", head);
		sf_report_mend(mend, out);
		sf_str_append(out, "; on");
		for (uint32_t k = 0; k < mend->nodes.n_examples; k++) {
			sf_str_printf(out, "%s %s", k > 0 ? "," : "", mend->nodes.example[k]);
		}
		sf_str_append(out, mend->nodes.n > mend->nodes.n_examples ? ", ...\n" : "\n");
		head = "";
	}
}

/* Each line of the commands, set in. */
static void write_commands(const struct sf_remedy *remedy, const struct sf_remedy_source *source,
                           struct sf_str *out)
{
	struct sf_str commands = {0};
	sf_report_remedy_commands(remedy, source, &commands);
	for (const char *line = sf_str_get(&commands); *line != '\0';) {
		int len = (int)strcspn(line, "\n");
		sf_str_printf(out, "       %.*s\n", len, line);
		line += len + (line[len] == '\n');
	}
	sf_str_finish(&commands);
}

static void write_place(const struct sf_remedy *remedy, const char *pod, struct sf_str *out)
{
	sf_str_printf(out, "     then %s goes to %s: ", pod, remedy->node);
	for (uint8_t i = 0; i < remedy->n_given; i++) {
		sf_str_append(out, i > 0 ? "; " : "");
		sf_given_text(&remedy->given[i], out);
	}
	if (remedy->others > 0) {
		sf_str_printf(out, " (the same would do on %" PRIu32 " more)", remedy->others);
	}
	sf_str_append(out, "\n");
}

static void write_remedies(const struct sf_remedy_report *report, struct sf_str *out)
{
	const struct sf_remedies *remedies = report->remedies;
	sf_str_append(out, remedies->n > 0
	                           ? "\nwhat would place it, the least disturbing first; each was "
	                             "tried on a model of the cluster\n"
	                           : "\nno small change would place it\n");
	for (size_t i = 0; i < remedies->n; i++) {
		const struct sf_remedy *remedy = &remedies->remedy[i];
		sf_str_printf(out, "%3zu. ", i + 1);
		sf_report_remedy(remedy, out);
		sf_str_append(out, "\n");
		write_place(remedy, report->subject->pod, out);
		write_commands(remedy, report->source, out);
	}
}

void sf_report_remedies_text(const struct sf_remedy_report *report, struct sf_str *out)
{
	sf_report_explain_head(report->subject, report->explanation, out);
	if (report->cluster != NULL) {
		sf_report_nodes_text(report, out);
	}
	if (report->explanation->feasible == 0 && report->explanation->nodes > 0) {
		write_miss(report->explanation, out);
		write_remedies(report, out);
	}
}
