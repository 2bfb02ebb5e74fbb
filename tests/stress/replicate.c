/* replicate: replays of shared scenarios on many threads, for ThreadSanitizer. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/replicate.h>
#include <slicefit/scenario_yaml.h>

#include <stdio.h>
#include <string.h>

enum { SEEDS = 4, THREADS = 8, RUNS_MAX = SF_POLICIES_MAX * SEEDS };

static const char *const paths[] = {
	SF_SOURCE_DIR "/scenarios/mixed-cluster.yaml",
	SF_SOURCE_DIR "/scenarios/inference-on-mig.yaml",
};

static void hear(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *left = ctx;
	*left = total - done;
}

static bool same(const struct sf_replay_result *a, const struct sf_replay_result *b)
{
	for (size_t i = 0; sf_replay_metric_path(i, NULL); i++) {
		double x = sf_replay_metric_at(a, i);
		double y = sf_replay_metric_at(b, i);
		if (x < y || x > y) {
			return false;
		}
	}
	return true;
}

/* Runs everything on one thread and on many; 0 when they agree. */
static int compare(const struct sf_scenario *scenario)
{
	struct sf_run run[RUNS_MAX];
	struct sf_replay_result one[RUNS_MAX];
	struct sf_replay_result many[RUNS_MAX];
	struct sf_error err = {0};
	uint64_t left = 1;
	const struct sf_replay_watch watch = {.tell = hear, .ctx = &left};
	size_t n = 0;
	for (size_t p = 0; sf_policies[p]; p++) {
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			run[n++] = (struct sf_run){scenario, sf_policies[p], seed, 0};
		}
	}
	if (sf_replicate(run, n, 1, NULL, one, &err) != 0 ||
	    sf_replicate(run, n, THREADS, &watch, many, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	int rc = left != 0;
	for (size_t i = 0; i < n; i++) {
		if (!same(&one[i], &many[i])) {
			fprintf(stderr, "%s: %s, seed %llu: threads change the result\n",
			        scenario->path, run[i].policy->name,
			        (unsigned long long)run[i].seed);
			rc = 1;
		}
		sf_replay_finish(&one[i]);
		sf_replay_finish(&many[i]);
	}
	return rc;
}

int main(void)
{
	struct sf_catalog *catalog = sf_catalog_create();
	int rc = 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && rc == 0; i++) {
		struct sf_error err = {0};
		struct sf_scenario *scenario = sf_scenario_load(paths[i], catalog, &err);
		if (!scenario) {
			fprintf(stderr, "%s\n", err.text);
			rc = 1;
			break;
		}
		rc = compare(scenario);
		sf_scenario_destroy(scenario);
	}
	sf_catalog_destroy(catalog);
	return rc;
}
