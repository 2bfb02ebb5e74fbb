/* plan_text: a plan for people: what to run where, what it serves, and how good it is. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_plan.h>

#include "plan_demand.h"
#include "plan_layout_text.h"
#include "plan_more.h"
#include "report_text.h"

#include <slicefit/str.h>
#include <slicefit/table.h>

#include <stdio.h>
#include <string.h>

uint32_t sf_plan_report_unserved(const struct sf_plan *plan)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < plan->n_served; i++) {
		sum += plan->served[i].wanted - plan->served[i].served;
	}
	return sum;
}

static void heading(const char *text, enum sf_table_format format, struct sf_str *out)
{
	sf_str_printf(out, format == SF_TABLE_MARKDOWN ? "\n## %s\n\n" : "\n%s\n\n", text);
}

/* "3 train, 1 notebook"; "-" for none. */
static void pods_cell(struct sf_table *table, const struct sf_plan_report *report,
                      const uint32_t *pods)
{
	struct sf_str text = {0};

	for (size_t d = 0; d < report->plan->n_served; d++) {
		if (pods[d]) {
			sf_str_printf(&text, "%s%u %s", text.len ? ", " : "", pods[d],
			              report->scenario->workload[d].name);
		}
	}
	sf_table_cell(table, "%s", text.len ? sf_str_get(&text) : "-");
	sf_str_finish(&text);
}

/* Why the node of that index is what it is. */
static void why_cell(struct sf_table *table, const struct sf_plan_report *report, size_t node)
{
	struct sf_str text = {0};

	sf_plan_reason_text(report->scenario, &report->plan->node[node], &report->reason[node],
	                    &text);
	sf_table_cell(table, "%s", sf_str_get(&text));
	sf_str_finish(&text);
}

static void nodes_columns(struct sf_table *table, const struct sf_plan_report *report)
{
	sf_table_column(table, "nodes", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "GPUs each", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "before", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "after", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "pods on each", NULL, SF_ALIGN_LEFT);
	if (report->plan->nodes_drained) {
		sf_table_column(table, "pods that leave", NULL, SF_ALIGN_LEFT);
	}
	if (report->reason) {
		sf_table_column(table, "why", NULL, SF_ALIGN_LEFT);
	}
}

static void nodes_row(struct sf_table *table, const struct sf_plan_report *report,
                      const struct sf_plan_group *group)
{
	const struct sf_scenario *scenario = report->scenario;
	const struct sf_node_plan *node = &report->plan->node[group->first];
	bool dynamic = scenario->pool[group->pool].node.dynamic;
	struct sf_str name = {0}, before = {0}, after = {0};

	sf_plan_group_name(scenario, group, &name);
	sf_plan_layout_text(node->before, node->n_gpus, node->replicas_before, dynamic, &before);
	sf_plan_layout_text(node->after, node->n_gpus, node->replicas, dynamic, &after);
	sf_table_cell(table, "%s", sf_str_get(&name));
	sf_table_cell(table, "%u %s", node->n_gpus,
	              node->n_gpus ? node->before[0].product->name : "");
	sf_table_cell(table, "%s", sf_str_get(&before));
	sf_table_cell(table, "%s", node->changed ? sf_str_get(&after) : "as it is");
	pods_cell(table, report, node->pods);
	if (report->plan->nodes_drained) {
		pods_cell(table, report, node->evicted);
	}
	if (report->reason) {
		why_cell(table, report, group->first);
	}
	sf_str_finish(&name);
	sf_str_finish(&before);
	sf_str_finish(&after);
}

static void nodes_table(const struct sf_plan_report *report, enum sf_table_format format,
                        struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	size_t n;
	struct sf_plan_group *group =
		sf_plan_groups(report->scenario, report->plan, report->reason, &n);

	nodes_columns(table, report);
	for (size_t i = 0; i < n; i++) {
		nodes_row(table, report, &group[i]);
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
	sf_plan_groups_free(group, n);
}

/* " (bought: 4 GPUs for train ...)" */
static void buy_reason(const struct sf_plan_report *report, const struct sf_node_plan *node,
                       struct sf_str *out)
{
	if (report->reason) {
		sf_str_append(out, " (");
		sf_plan_reason_text(report->scenario, node,
		                    &report->reason[node - report->plan->node], out);
		sf_str_append(out, ")");
	}
}

/* What to buy, one line per pool. */
static void purchases(const struct sf_plan_report *report, struct sf_str *out)
{
	const struct sf_scenario *scenario = report->scenario;
	const struct sf_node_plan *node = report->plan->node + report->plan->n_nodes;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		struct sf_str layouts = {0};
		uint32_t bought = 0;

		for (uint32_t i = 0; i < pool->buy_max; i++, node++) {
			if (node->bought) {
				sf_str_append(&layouts, bought++ ? "; " : "");
				sf_plan_layout_text(node->after, node->n_gpus, node->replicas,
				                    pool->node.dynamic, &layouts);
				buy_reason(report, node, &layouts);
			}
		}
		if (bought) {
			sf_str_printf(out, "\nTo buy: %u node%s like %s for %.10g: %s\n", bought,
			              sf_report_plural(bought), pool->name, bought * pool->price,
			              sf_str_get(&layouts));
		}
		sf_str_finish(&layouts);
	}
}

static void served_table(const struct sf_plan_report *report, enum sf_table_format format,
                         struct sf_str *out)
{
	struct sf_table *table = sf_table_create();

	sf_table_column(table, "workload", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "priority", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "wanted", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "before", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "plan", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "unserved because", NULL, SF_ALIGN_LEFT);
	for (size_t d = 0; d < report->plan->n_served; d++) {
		const struct sf_plan_served *served = &report->plan->served[d];

		sf_table_cell(table, "%s", report->scenario->workload[d].name);
		sf_table_cell(table, "%d", report->scenario->workload[d].priority);
		sf_table_cell(table, "%u", served->wanted);
		sf_table_cell(table, "%u", served->before);
		sf_table_cell(table, "%u", served->served);
		sf_table_cell(table, "%s", served->why ? served->why : "");
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

/* Pods whose requests must change. */
static void ways(const struct sf_plan_report *report, struct sf_str *out)
{
	for (size_t i = 0; i < report->plan->n_ways; i++) {
		const struct sf_plan_way *way = &report->plan->way[i];

		sf_str_printf(out, "%s%u of %s must ask for %s",
		              i ? "; " : "\nLarger instances: ", way->pods,
		              report->scenario->workload[way->workload].name, way->profile);
	}
	sf_str_append(out, report->plan->n_ways ? "\n" : "");
}

static double gap_pct(const struct sf_plan_tier *tier)
{
	int64_t gap =
		tier->bound > tier->value ? tier->bound - tier->value : tier->value - tier->bound;
	int64_t base = tier->value > tier->bound ? tier->value : tier->bound;

	return base ? 100.0 * (double)gap / (double)base : 0;
}

static void tiers_table(const struct sf_plan *plan, enum sf_table_format format, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();

	sf_table_column(table, "tier", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "plan", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "bound", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "gap", NULL, SF_ALIGN_LEFT);
	for (size_t t = 0; t < plan->n_tiers; t++) {
		const struct sf_plan_tier *tier = &plan->tier[t];

		sf_table_cell(table, "%s", tier->name);
		sf_table_cell(table, "%.10g", (double)tier->value * tier->unit);
		sf_table_cell(table, "%.10g", (double)tier->bound * tier->unit);
		if (tier->proven) {
			sf_table_cell(table, "optimal");
		} else {
			sf_table_cell(table, "%.2f %%", gap_pct(tier));
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void opening(const struct sf_plan_report *report, enum sf_table_format format,
                    struct sf_str *out)
{
	const struct sf_plan *plan = report->plan;
	uint32_t wanted = 0, before = 0, served = 0;

	for (size_t d = 0; d < plan->n_served; d++) {
		wanted += plan->served[d].wanted;
		before += plan->served[d].before;
		served += plan->served[d].served;
	}
	sf_str_printf(out, "%sPlan for %s: %u nodes, %u GPUs\n\n",
	              format == SF_TABLE_MARKDOWN ? "# " : "", report->scenario->name,
	              (unsigned)plan->n_nodes, plan->gpus_total);
	plan_demand_text(&plan->demand, wanted, out);
	sf_str_printf(out, "Served: %u before, %u with the plan%s\n", before, served,
	              served < before ? " (fewer, but more of higher priority)" : "");
	plan_usage_text(plan, out);
	if (plan->nodes_changed) {
		sf_str_printf(out, "Changes: %u nodes, %u GPUs\n", plan->nodes_changed,
		              plan->gpus_changed);
	} else {
		sf_str_append(out, "Changes: none, the layout is right as it is\n");
	}
	if (plan->nodes_drained) {
		sf_str_printf(out, "Drains: %u node%s, %u running pod%s must move\n",
		              plan->nodes_drained, sf_report_plural(plan->nodes_drained),
		              plan->pods_evicted, sf_report_plural(plan->pods_evicted));
	}
	plan_rollout_text(report->rollout, out);
}

/* Workloads that the plan does not count on. */
static void absent(const struct sf_plan_report *report, struct sf_str *out)
{
	const char *lead = "\nNot there then, so not planned for: ";

	for (size_t d = 0; d < report->plan->n_served; d++) {
		if (report->plan->served[d].wanted == 0) {
			sf_str_printf(out, "%s%s", lead, report->scenario->workload[d].name);
			lead = ", ";
		}
	}
	sf_str_append(out, *lead == ',' ? " (--demand all plans for every pod)\n" : "");
}

static void closing(const struct sf_plan_report *report, struct sf_str *out)
{
	const struct sf_plan *plan = report->plan;
	const struct sf_plan_verify *verify = report->verify;

	sf_str_append(out, "\n");
	if (plan->optimal) {
		sf_str_append(out, "Proven: no plan is better in any tier.\n");
	} else {
		sf_str_printf(out, "Not proven to be the best: see the gaps%s.\n",
		              plan->reproducible ? "" : " (the time limit stopped the search)");
	}
	if (plan->trouble) {
		sf_str_printf(out, "Not all was solved, this is the best plan found: %s.\n",
		              plan->trouble);
	}
	if (verify) {
		sf_str_printf(
			out,
			"Replayed under %s, all pods at once%s: %u of %u placed before, %u on "
			"the planned nodes.\n",
			verify->policy, verify->running ? " beside those that run" : "",
			verify->before, verify->wanted, verify->served);
	}
	if (verify && verify->before > verify->planned_before) {
		sf_str_printf(out,
		              "Before, %u of them share a GPU with more pods than max_replicas or "
		              "the worst case of GPU memory allows: not counted as served.\n",
		              verify->before - verify->planned_before);
	}
	if (verify && verify->served < verify->planned) {
		sf_str_printf(out,
		              "The plan has room for %u: %s does not find the last %u, because it "
		              "places pod by pod%s.\n",
		              verify->planned, verify->policy, verify->planned - verify->served,
		              verify->running ? ", and the roll-out has left those that run "
		                                "where they found room"
		                              : "");
	}
}

static void write(const struct sf_plan_report *report, enum sf_table_format format,
                  struct sf_str *out)
{
	opening(report, format, out);
	heading("Nodes", format, out);
	nodes_table(report, format, out);
	purchases(report, out);
	heading("Demand", format, out);
	served_table(report, format, out);
	ways(report, out);
	absent(report, out);
	heading("How good it is", format, out);
	tiers_table(report->plan, format, out);
	closing(report, out);
	if (report->replay) {
		heading("Before and after", format, out);
		plan_replay_table(report, format, out);
	}
	if (report->what_if) {
		heading("What if", format, out);
		plan_what_if_table(report->what_if, format, out);
	}
}

void sf_plan_report_text(const struct sf_plan_report *report, struct sf_str *out)
{
	write(report, SF_TABLE_TEXT, out);
}

void sf_plan_report_markdown(const struct sf_plan_report *report, struct sf_str *out)
{
	write(report, SF_TABLE_MARKDOWN, out);
}
