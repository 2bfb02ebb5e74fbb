/* sweep: the points of a sweep by number, and the shards they belong to. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <string.h>

void sf_sweep_destroy(struct sf_sweep *sweep)
{
	if (sweep != NULL) {
		sf_arena_destroy(sweep->arena);
	}
}

/* Seeds per policy: a sweep without seeds has the scenario's own. */
static size_t count_seeds(const struct sf_sweep *sweep)
{
	return sweep->n_seeds > 0 ? sweep->n_seeds : 1;
}

static size_t count_combinations(const struct sf_sweep *sweep)
{
	size_t n = 1;
	for (size_t i = 0; i < sweep->n_parameters && n <= SF_SWEEP_POINTS_MAX; i++) {
		n *= sweep->parameter[i].n;
	}
	return n;
}

int sf_sweep_number(struct sf_sweep *sweep, struct sf_error *err)
{
	size_t total = 0;
	size_t combinations = count_combinations(sweep);
	for (size_t i = 0; i < sweep->n_scenarios && total <= SF_SWEEP_POINTS_MAX; i++) {
		struct sf_sweep_scenario *scenario = &sweep->scenario[i];
		scenario->first = total;
		scenario->points = combinations * scenario->n_policies * count_seeds(sweep);
		total += scenario->points;
	}
	if (total > SF_SWEEP_POINTS_MAX) {
		return sf_fail(err, SF_ELIMIT,
		               "%s: more than %d points; sweep fewer values at a time", sweep->path,
		               SF_SWEEP_POINTS_MAX);
	}
	sweep->points = total;
	return 0;
}

static size_t find_scenario(const struct sf_sweep *sweep, size_t index)
{
	size_t low = 0;
	size_t high = sweep->n_scenarios;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (sweep->scenario[middle].first <= index) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Takes the last digit of a number in mixed radix. */
static size_t take_digit(size_t *number, size_t radix)
{
	size_t digit = *number % radix;
	*number /= radix;
	return digit;
}

void sf_sweep_point(const struct sf_sweep *sweep, size_t index, struct sf_sweep_point *out)
{
	*out = (struct sf_sweep_point){.index = index, .scenario = find_scenario(sweep, index)};
	const struct sf_sweep_scenario *scenario = &sweep->scenario[out->scenario];
	size_t rest = index - scenario->first;
	size_t seed = take_digit(&rest, count_seeds(sweep));
	out->seed = sweep->n_seeds > 0 ? sweep->seed[seed] : scenario->seed;
	out->policy = scenario->policy[take_digit(&rest, scenario->n_policies)];
	for (size_t i = sweep->n_parameters; i-- > 0;) {
		out->value[i] = take_digit(&rest, sweep->parameter[i].n);
	}
}

bool sf_sweep_same_scenario(const struct sf_sweep *sweep, size_t a, size_t b)
{
	size_t i = find_scenario(sweep, a);
	if (i != find_scenario(sweep, b)) {
		return false;
	}
	const struct sf_sweep_scenario *scenario = &sweep->scenario[i];
	size_t each = scenario->n_policies * count_seeds(sweep);
	return (a - scenario->first) / each == (b - scenario->first) / each;
}

int sf_sweep_scale(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                   struct sf_scenario *scenario, struct sf_error *err)
{
	for (size_t i = 0; i < sweep->n_parameters; i++) {
		const struct sf_sweep_parameter *parameter = &sweep->parameter[i];
		const struct sf_sweep_value *value = &parameter->value[point->value[i]];
		if (parameter->factor != NULL &&
		    parameter->factor->apply(scenario, value->factor, err) != 0) {
			return sf_wrap(err, "%s", parameter->path);
		}
	}
	return 0;
}

/* Digits up to `end`; false when it is no number of at most SF_SWEEP_SHARDS_MAX. */
static bool parse_number(const char *text, size_t len, uint32_t *out)
{
	uint32_t value = 0;
	if (len == 0 || strspn(text, "0123456789") < len) {
		return false;
	}
	for (size_t i = 0; i < len && value <= SF_SWEEP_SHARDS_MAX; i++) {
		value = 10 * value + (uint32_t)(text[i] - '0');
	}
	*out = value;
	return value <= SF_SWEEP_SHARDS_MAX;
}

int sf_shard_parse(const char *text, const char *index, struct sf_shard *out, struct sf_error *err)
{
	struct sf_shard shard = {0};
	const char *slash = strchr(text, '/');
	const char *count = slash != NULL ? slash + 1 : text;
	const char *number = slash != NULL ? text : index;
	if (!parse_number(count, strlen(count), &shard.count) || shard.count == 0) {
		return sf_fail(err, SF_EINVAL,
		               "shard '%.40s': expected I/N such as 0/8, or N (at most %d)", text,
		               SF_SWEEP_SHARDS_MAX);
	}
	if (number == NULL) {
		return sf_fail(err, SF_EINVAL,
		               "shard '%.40s': which one of %u? Write 0/%u, or set "
		               "JOB_COMPLETION_INDEX as an Indexed Job does",
		               text, shard.count, shard.count);
	}
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(number);
	if (!parse_number(number, len, &shard.index) || shard.index >= shard.count) {
		return sf_fail(err, SF_EINVAL, "shard '%.*s' of %u: expected 0 to %u",
		               len < 40 ? (int)len : 40, number, shard.count, shard.count - 1);
	}
	*out = shard;
	return 0;
}

size_t sf_shard_points(const struct sf_shard *shard, size_t points)
{
	return points > shard->index ? (points - shard->index - 1) / shard->count + 1 : 0;
}
