/* plan_usage_text: what a plan says of GPUs in use and free, and of their cost. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_more.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>

static uint32_t free_of(const struct sf_plan_product *of)
{
	return of->total + of->bought - of->used;
}

/* Fewer in use than before; negative: more. What is bought and free counts for nothing: it would not be. */
static int64_t freed(const struct sf_plan *plan)
{
	return (int64_t)plan->gpus_used_before - plan->gpus_used;
}

static void write_free(const struct sf_plan *plan, struct sf_str *out)
{
	uint32_t sum = 0;
	const char *lead = " (";

	for (size_t i = 0; i < plan->n_products; i++) {
		sum += free_of(&plan->product[i]);
	}
	sf_str_printf(out, "GPUs that no pod needs: %u with the plan", sum);
	for (size_t i = 0; i < plan->n_products; i++) {
		uint32_t n = free_of(&plan->product[i]);

		if (n) {
			sf_str_printf(out, "%s%u %s", lead, n, plan->product[i].product->name);
			lead = ", ";
		}
	}
	sf_str_append(out, sum ? ")" : "");
}

void plan_usage_text(const struct sf_plan *plan, struct sf_str *out)
{
	int64_t n = freed(plan);

	sf_str_printf(out, "GPUs in use: %u before, %u with the plan", plan->gpus_used_before,
	              plan->gpus_used);
	if (n > 0) {
		sf_str_printf(out, ": %lld freed", (long long)n);
	}
	sf_str_append(out, "\n");
	write_free(plan, out);
	sf_str_append(out, "\n");
	if (plan->cost_per_hour >= 0) {
		sf_str_printf(out,
		              "Cost per hour: %.2f before, %.2f with the plan, of which %.2f for "
		              "GPUs that no pod needs\n",
		              plan->cost_per_hour_before, plan->cost_per_hour,
		              plan->cost_per_hour_free);
	}
}

static void write_money(struct sf_json *json, const char *key, double value)
{
	if (value < 0) {
		sf_json_null(json, key);
	} else {
		sf_json_real(json, key, round(value * 1e6) / 1e6);
	}
}

static double price(const struct sf_plan *plan)
{
	for (size_t t = 0; t < plan->n_tiers; t++) {
		if (plan->tier[t].kind == SF_PLAN_COST) {
			return (double)plan->tier[t].value * plan->tier[t].unit;
		}
	}
	return 0;
}

void plan_usage_json(const struct sf_plan *plan, struct sf_json *json)
{
	sf_json_object(json, "gpus");
	sf_json_int(json, "total", plan->gpus_total);
	sf_json_int(json, "used_before", plan->gpus_used_before);
	sf_json_int(json, "used", plan->gpus_used);
	sf_json_int(json, "freed", freed(plan));
	sf_json_int(json, "changed", plan->gpus_changed);
	sf_json_array(json, "products");
	for (size_t i = 0; i < plan->n_products; i++) {
		const struct sf_plan_product *of = &plan->product[i];

		sf_json_object(json, NULL);
		sf_json_str(json, "product", of->product->name);
		sf_json_int(json, "total", of->total);
		sf_json_int(json, "bought", of->bought);
		sf_json_int(json, "used_before", of->used_before);
		sf_json_int(json, "used", of->used);
		sf_json_int(json, "free", free_of(of));
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
	sf_json_object(json, "cost");
	write_money(json, "per_hour_before", plan->cost_per_hour_before);
	write_money(json, "per_hour", plan->cost_per_hour);
	write_money(json, "per_hour_free", plan->cost_per_hour_free);
	write_money(json, "bought", price(plan));
	sf_json_end(json);
}
