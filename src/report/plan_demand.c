/* plan_demand: see plan_demand.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_demand.h"

#include "report_text.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>

static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

void plan_demand_text(const struct sf_demand *demand, uint32_t wanted, struct sf_str *out)
{
	const struct sf_demand_spec *spec = &demand->spec;
	char at[SF_DURATION_MAX], from[SF_DURATION_MAX], to[SF_DURATION_MAX];

	sf_str_printf(out, "Demand: %u pod%s", wanted, sf_report_plural(wanted));
	switch (spec->basis) {
	case SF_DEMAND_PEAK:
		sf_str_printf(out, " at once, the peak (%s after the start)\n",
		              sf_report_duration(demand->at_s, at));
		break;
	case SF_DEMAND_PERCENTILE:
		sf_str_printf(out, ", of each workload what is enough for %g %% of the time\n",
		              spec->percent);
		break;
	case SF_DEMAND_WINDOW:
		sf_str_printf(out, " at once, the peak from %s to %s (%s after the start)\n",
		              sf_report_duration(spec->start_s, from),
		              sf_report_duration(spec->end_s, to),
		              sf_report_duration(demand->at_s, at));
		break;
	case SF_DEMAND_FORECAST:
		sf_str_printf(out,
		              " at once, the peak forecast for the next %s (%s after the start, "
		              "growth %.3g a week)\n",
		              sf_report_duration(spec->ahead_s, from),
		              sf_report_duration(demand->at_s, at), spec->growth);
		break;
	case SF_DEMAND_ALL:
	case SF_DEMAND_BASES:
		sf_str_append(out, ", all workloads at once\n");
		break;
	}
}

void plan_demand_json(const struct sf_demand *demand, struct sf_json *json)
{
	const struct sf_demand_spec *spec = &demand->spec;

	sf_json_str(json, "demand_basis", sf_demand_basis_name(spec->basis));
	if (spec->basis == SF_DEMAND_PERCENTILE) {
		sf_json_real(json, "demand_percent", rounded(spec->percent));
	} else if (spec->basis != SF_DEMAND_ALL) {
		sf_json_real(json, "demand_at_s", rounded(demand->at_s));
	}
	if (spec->basis == SF_DEMAND_WINDOW) {
		sf_json_real(json, "demand_start_s", rounded(spec->start_s));
		sf_json_real(json, "demand_end_s", rounded(spec->end_s));
	}
	if (spec->basis == SF_DEMAND_FORECAST) {
		sf_json_real(json, "demand_ahead_s", rounded(spec->ahead_s));
		sf_json_real(json, "demand_growth", rounded(spec->growth));
	}
}
