/* seeds_json: what several seeds say, as JSON (docs/replay-output.md). */
// SPDX-License-Identifier: Apache-2.0
#include "seeds_report.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>

/* As in replay_json: six decimals, the same text on every machine. */
static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

static void write_summary(const struct sf_trial *trial, size_t policy, struct sf_json *json)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "policy", sf_trial_policy(trial, policy));
	sf_json_object(json, "metrics");
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)); i++) {
		if (!sf_replay_metric_shown(trial->result, i)) {
			continue;
		}
		struct sf_stats stats = sf_trial_metric(trial, policy, i);
		sf_json_object(json, path);
		sf_json_real(json, "mean", rounded(stats.mean));
		sf_json_real(json, "half_95", rounded(stats.half_95));
		sf_json_real(json, "sd", rounded(stats.sd));
		sf_json_real(json, "min", rounded(stats.min));
		sf_json_real(json, "max", rounded(stats.max));
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void write_difference(const struct sf_trial *trial, size_t policy, size_t than,
                             struct sf_json *json)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "policy", sf_trial_policy(trial, policy));
	sf_json_str(json, "than", sf_trial_policy(trial, than));
	sf_json_object(json, "metrics");
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)); i++) {
		if (!sf_replay_metric_shown(trial->result, i)) {
			continue;
		}
		struct sf_stats stats = sf_trial_difference(trial, policy, than, i);
		enum sf_better better = sf_replay_metric_better(i);
		sf_json_object(json, path);
		sf_json_real(json, "mean", rounded(stats.mean));
		sf_json_real(json, "half_95", rounded(stats.half_95));
		sf_json_bool(json, "beyond_noise", sf_stats_beyond_noise(&stats));
		if (better != SF_BETTER_NEITHER) {
			bool more = better == SF_BETTER_MORE;
			sf_json_bool(json, "better", more ? stats.mean > 0 : stats.mean < 0);
		}
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void write_verdict(const struct sf_trial *trial, struct sf_json *json)
{
	static const char *const metrics[] = {
		[SF_CRITERION_PLACED] = "pods.placed_as_asked",
		[SF_CRITERION_ALLOCATED] = "gpu.allocated_pct",
		[SF_CRITERION_WAIT] = "wait_s.mean",
	};
	size_t best = sf_trial_best(trial);
	struct sf_verdict verdict = sf_trial_verdict(trial, best, sf_trial_rival(trial, best));
	struct sf_str text = {0};
	sf_seeds_report_verdict(trial, &verdict, &text);
	sf_json_object(json, "verdict");
	sf_json_str(json, "better", sf_trial_policy(trial, verdict.better));
	sf_json_str(json, "than", sf_trial_policy(trial, verdict.worse));
	sf_json_bool(json, "beyond_noise", verdict.decided);
	sf_json_str(json, "criterion", metrics[verdict.criterion.kind]);
	if (verdict.criterion.kind == SF_CRITERION_PLACED) {
		sf_json_int(json, "priority", verdict.criterion.priority);
	}
	sf_json_real(json, "lead", rounded(verdict.lead.mean));
	sf_json_real(json, "half_95", rounded(verdict.lead.half_95));
	sf_json_str(json, "text", sf_str_get(&text));
	sf_json_end(json);
	sf_str_finish(&text);
}

void sf_seeds_report_json(const struct sf_trial *trial, struct sf_json *json)
{
	sf_json_array(json, "seeds");
	for (size_t i = 0; i < trial->n_seeds; i++) {
		sf_json_int(json, NULL, (int64_t)trial->result[i].seed);
	}
	sf_json_end(json);
	sf_json_array(json, "summary");
	for (size_t i = 0; i < trial->n_policies; i++) {
		write_summary(trial, i, json);
	}
	sf_json_end(json);
	if (trial->n_policies < 2) {
		return;
	}
	size_t base = sf_trial_base(trial);
	sf_json_array(json, "differences");
	for (size_t i = 0; i < trial->n_policies; i++) {
		if (i != base) {
			write_difference(trial, i, base, json);
		}
	}
	sf_json_end(json);
	write_verdict(trial, json);
}
