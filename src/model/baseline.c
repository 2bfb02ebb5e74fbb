/* baseline: the metrics of an earlier `slicefit replay -o json`, to compare with. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/baseline.h>

#include <slicefit/arena.h>

#include <string.h>

void sf_baseline_finish(struct sf_baseline *baseline)
{
	sf_arena_destroy(baseline->arena);
	*baseline = (struct sf_baseline){0};
}

const struct sf_baseline_scenario *sf_baseline_find(const struct sf_baseline *baseline,
                                                    const char *name)
{
	for (size_t i = 0; i < baseline->n_scenarios; i++) {
		if (strcmp(baseline->scenario[i].name, name) == 0) {
			return &baseline->scenario[i];
		}
	}
	return NULL;
}

const struct sf_baseline_run *sf_baseline_run_of(const struct sf_baseline_scenario *scenario,
                                                 const char *policy, uint64_t seed, size_t *cursor)
{
	for (size_t i = 0; i < scenario->n_runs; i++) {
		size_t at = (*cursor + i) % scenario->n_runs;
		const struct sf_baseline_run *run = &scenario->run[at];
		if (run->seed == seed && strcmp(run->policy, policy) == 0) {
			*cursor = at + 1;
			return run;
		}
	}
	return NULL;
}

bool sf_baseline_value_of(const struct sf_baseline_run *run, const char *metric, double *value)
{
	for (size_t i = 0; i < run->n_values; i++) {
		if (strcmp(run->value[i].metric, metric) == 0) {
			*value = run->value[i].value;
			return true;
		}
	}
	return false;
}
