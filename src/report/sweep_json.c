/* sweep_json: the lines of a sweep's results. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_sweep.h>

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end_line(struct sf_json *json, struct sf_str *out)
{
	sf_json_write(json, false, out);
	sf_str_append(out, "\n");
	sf_json_destroy(json);
}

void sf_sweep_write_head(const struct sf_sweep_head *head, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", SF_SWEEP_RESULT_SCHEMA);
	sf_json_str(json, "sweep", head->sweep);
	sf_json_str(json, "digest", head->digest);
	sf_json_str(json, "version", head->version);
	sf_json_int(json, "points", (int64_t)head->points);
	if (head->shard.count > 0) {
		char shard[32];
		snprintf(shard, sizeof(shard), "%u/%u", head->shard.index, head->shard.count);
		sf_json_str(json, "shard", shard);
	}
	end_line(json, out);
}

/* A number where the sweep file has one, else text. Up to 15 digits are kept as they were typed. */
static void write_value(struct sf_json *json, const char *key, const struct sf_sweep_value *value)
{
	const char *digits = value->text + (value->text[0] == '-');
	size_t len = strlen(digits);
	bool number = !value->quoted && len > 0 && len <= 15 &&
	              strspn(digits, "0123456789.") == len && digits[0] != '.' &&
	              (digits[0] != '0' || len == 1 || digits[1] == '.');
	char *end;
	double real = number ? strtod(value->text, &end) : 0;
	if (!number || *end != '\0') {
		sf_json_str(json, key, value->text);
	} else if (strchr(digits, '.') == NULL) {
		sf_json_int(json, key, strtoll(value->text, NULL, 10));
	} else {
		sf_json_real(json, key, real);
	}
}

static void write_metrics(struct sf_json *json, const struct sf_replay_result *result)
{
	bool integer;
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, &integer)) != NULL; i++) {
		double value = 0;
		if (!sf_replay_metric_shown(result, i)) {
			continue;
		}
		sf_replay_metric(result, path, &value);
		if (integer) {
			sf_json_int(json, path, (int64_t)value);
		} else {
			sf_json_real(json, path, round(value * 1e6) / 1e6); /* as in replay */
		}
	}
}

void sf_sweep_write_point(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                          const struct sf_replay_result *result, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_int(json, "point", (int64_t)point->index);
	sf_json_str(json, "scenario", sweep->scenario[point->scenario].name);
	sf_json_object(json, "parameters");
	for (size_t i = 0; i < sweep->n_parameters; i++) {
		const struct sf_sweep_parameter *parameter = &sweep->parameter[i];
		write_value(json, parameter->path, &parameter->value[point->value[i]]);
	}
	sf_json_end(json);
	sf_json_str(json, "policy", point->policy);
	sf_json_int(json, "seed", (int64_t)point->seed);
	sf_json_object(json, "metrics");
	write_metrics(json, result);
	sf_json_end(json);
	end_line(json, out);
}

void sf_sweep_write_lines(const struct sf_sweep_results *results, struct sf_str *out)
{
	for (size_t i = 0; i < results->n; i++) {
		sf_str_append(out, results->record[i].line);
		sf_str_append(out, "\n");
	}
}
