/* plan_emit: see plan_emit.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_emit.h"

#include "cli.h"

#include <slicefit/emit.h>
#include <slicefit/error.h>

#include <stdio.h>

/* One line on stderr: what the roll-out will do to pods. */
static void tell(const struct sf_rollout *rollout, const char *dir)
{
	fprintf(stderr, "wrote the plan's files to %s; %s/README.md says how to apply them\n", dir,
	        dir);
	if (rollout->n_nodes == 0) {
		return;
	}
	fprintf(stderr, "roll-out: %zu nodes in %u waves, %u pods evicted", rollout->n_nodes,
	        rollout->n_waves, rollout->n_evicted);
	if (rollout->n_waiting > 0) {
		fprintf(stderr, ", %u of them interrupted, %u without a place afterwards",
		        rollout->n_waiting, rollout->n_lost);
	}
	fputc('\n', stderr);
}

int sf_plan_emit(const struct sf_scenario *scenario, const struct sf_plan *plan,
                 const struct sf_rollout_options *options, const char *dir, struct sf_error *err)
{
	struct sf_cluster *before = sf_scenario_cluster(scenario, err);
	struct sf_rollout *rollout =
		before ? sf_rollout_create(scenario, plan, options, err) : NULL;
	const struct sf_emit what = {scenario, before, plan, rollout};
	int rc = rollout ? sf_emit_plan(&what, dir, err) : -1;

	if (rc == 0 && sf_cli_verbosity >= 0) {
		tell(rollout, dir);
	}
	sf_rollout_destroy(rollout);
	sf_cluster_destroy(before);
	return rc;
}
