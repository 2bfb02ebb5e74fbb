/* seeds_verdict: which policy is better, by how much, and whether that is beyond noise. */
// SPDX-License-Identifier: Apache-2.0
#include "seeds_report.h"

#include "report_text.h"

#include <slicefit/str.h>

#include <math.h>

/* "19.4 pods placed as asked against 17.1, 2.3 ± 0.8 more" */
static void write_figures(const struct sf_trial *trial, const struct sf_verdict *v,
                          struct sf_str *out)
{
	char text[4][SF_DURATION_MAX];
	switch (v->criterion.kind) {
	case SF_CRITERION_PLACED:
		sf_str_printf(out, "%.1f pods", v->of_better.mean);
		if (sf_trial_by_priority(trial->scenario)) {
			sf_str_printf(out, " of priority %lld", (long long)v->criterion.priority);
		}
		sf_str_printf(out, " placed as asked against %.1f, %.1f ± %.1f more",
		              v->of_worse.mean, v->lead.mean, v->lead.half_95);
		break;
	case SF_CRITERION_ALLOCATED:
		sf_str_printf(out,
		              "%.1f %% of GPU capacity allocated against %.1f %%, %.1f ± %.1f "
		              "points more",
		              v->of_better.mean, v->of_worse.mean, v->lead.mean, v->lead.half_95);
		break;
	case SF_CRITERION_WAIT:
		sf_str_printf(out, "mean wait %s against %s, %s ± %s less",
		              sf_report_duration(v->of_better.mean, text[0]),
		              sf_report_duration(v->of_worse.mean, text[1]),
		              sf_report_duration(fabs(v->lead.mean), text[2]),
		              sf_report_duration(v->lead.half_95, text[3]));
		break;
	}
}

void sf_seeds_report_verdict(const struct sf_trial *trial, const struct sf_verdict *verdict,
                             struct sf_str *out)
{
	const char *better = sf_trial_policy(trial, verdict->better);
	const char *worse = sf_trial_policy(trial, verdict->worse);
	if (verdict->equal) {
		sf_str_printf(out, "%s and %s do equally well on each of the %zu seeds.", better,
		              worse, trial->n_seeds);
		return;
	}
	sf_str_printf(out,
	              verdict->decided ? "%s is better than %s: "
	                               : "%s and %s do not differ beyond noise: ",
	              better, worse);
	write_figures(trial, verdict, out);
	sf_str_printf(out, " (95 %% confidence, %zu seeds)%s.", trial->n_seeds,
	              verdict->decided ? ", beyond noise" : "");
}
