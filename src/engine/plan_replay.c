/* plan_replay: see plan_replay.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/plan_replay.h>

#include <slicefit/error.h>

#include <string.h>

#define POLICY "best-fit"

static const struct sf_policy *policy_of(const struct sf_scenario *scenario)
{
	const struct sf_policy *policy =
		scenario->n_policies > 0 ? sf_policy_find(scenario->policy[0]) : NULL;

	return policy ? policy : sf_policy_find(POLICY);
}

static bool is_timed(const struct sf_scenario *scenario)
{
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		if (scenario->workload[w].timed) {
			return true;
		}
	}
	return scenario->trace.path != NULL;
}

static int run(const struct sf_scenario *scenario, const struct sf_policy *policy, uint64_t seed,
               struct sf_replay_result *out, struct sf_error *err)
{
	struct sf_scenario nodes = *scenario;

	nodes.n_expects = 0;
	return sf_replay_run(&nodes, policy, seed, NULL, out, err);
}

int sf_plan_replay(const struct sf_scenario *scenario, const struct sf_rollout *rollout,
                   struct sf_plan_replay *out, struct sf_error *err)
{
	const struct sf_policy *policy = policy_of(scenario);

	memset(out, 0, sizeof *out);
	out->policy = policy->name;
	out->timed = is_timed(scenario);
	if (run(scenario, policy, scenario->seed, &out->before, err)) {
		return -1;
	}
	if (run(rollout->after, policy, scenario->seed, &out->after, err)) {
		sf_replay_finish(&out->before);
		return -1;
	}
	return 0;
}

void sf_plan_replay_finish(struct sf_plan_replay *replay)
{
	sf_replay_finish(&replay->before);
	sf_replay_finish(&replay->after);
}
