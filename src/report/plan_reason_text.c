/* plan_reason_text: why a plan does with a node what it does, in words. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_plan.h>

#include <slicefit/str.h>

static void what_is_asked(const struct sf_request_spec *request, struct sf_str *out)
{
	const char *comma = "";

	if (request->gpu > 0) {
		sf_str_printf(out, "%u GPU%s", request->gpu, request->gpu == 1 ? "" : "s");
		comma = " and ";
	}
	if (request->shared > 0) {
		sf_str_printf(out, "%s%u replica%s", comma, request->shared,
		              request->shared == 1 ? "" : "s");
		comma = " and ";
	}
	for (uint8_t i = 0; i < request->n_mig; i++, comma = " and ") {
		const char *profile = request->mig[i].profile;

		if (request->mig[i].count > 1) {
			sf_str_printf(out, "%s%s*%u", comma, profile, request->mig[i].count);
		} else {
			sf_str_printf(out, "%s%s", comma, profile);
		}
	}
	for (uint8_t i = 0; i < request->n_resources; i++, comma = " and ") {
		sf_str_printf(out, "%s%u %s", comma, request->resource[i].count,
		              request->resource[i].name);
	}
	sf_str_append(out, *comma ? "" : "CPU");
}

void sf_plan_reason_text(const struct sf_scenario *scenario, const struct sf_node_plan *node,
                         const struct sf_plan_reason *reason, struct sf_str *out)
{
	static const char *const kept[] = {
		[SF_REASON_PINNED] = "kept: pinned",
		[SF_REASON_RUNNING] = "kept: its pods run",
		[SF_REASON_SUITS] = "kept: suits its pods",
		[SF_REASON_IDLE] = "kept: not needed",
		[SF_REASON_EMPTIED] = "drained: not needed",
	};
	const struct sf_workload *workload = &scenario->workload[reason->workload];

	if (reason->kind <= SF_REASON_EMPTIED) {
		sf_str_append(out, kept[reason->kind]);
		return;
	}
	sf_str_append(out, node->bought ? "bought: " : node->drained ? "drained: " : "rebuilt: ");
	what_is_asked(&workload->request, out);
	sf_str_printf(out, " for %s (priority %d)%s", workload->name, workload->priority,
	              reason->nowhere_else ? " fits nowhere else" : "");
}
