/* sweep_result: reads the results of sweeps, line by line. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep_result.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One line as it is being read. */
struct place {
	struct sf_sweep_results *results;
	const char *file;
	uint32_t line;
	struct sf_error *err;
};

static int fail_line(const struct place *place, const char *text)
{
	return sf_fail(place->err, SF_EINVAL, "%s:%" PRIu32 ": %s", place->file, place->line, text);
}

void sf_sweep_results_init(struct sf_sweep_results *results)
{
	*results = (struct sf_sweep_results){.arena = sf_arena_create(0)};
}

void sf_sweep_results_finish(struct sf_sweep_results *results)
{
	free(results->record);
	sf_arena_destroy(results->arena);
	*results = (struct sf_sweep_results){0};
}

/* NULL when the key is missing, or its value could not be shown on one line. */
static const char *take_text(const struct place *place, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	for (const char *c = text; c != NULL && *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 127) {
			return NULL;
		}
	}
	return text != NULL ? sf_arena_strdup(place->results->arena, text) : NULL;
}

/* false when the key is missing or no count. */
static bool take_count(const json_t *object, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		return false;
	}
	*out = (uint64_t)json_integer_value(value);
	return true;
}

static bool read_head(const struct place *place, const json_t *line, struct sf_sweep_head *out)
{
	const char *schema = json_string_value(json_object_get(line, "schema"));
	const json_t *shard = json_object_get(line, "shard");
	uint64_t points = 0;
	if (schema == NULL || strcmp(schema, SF_SWEEP_RESULT_SCHEMA) != 0) {
		fail_line(place, "not results of a sweep: the first line must have schema "
		                 "\"" SF_SWEEP_RESULT_SCHEMA "\"");
		return false;
	}
	*out = (struct sf_sweep_head){
		.sweep = take_text(place, line, "sweep"),
		.digest = take_text(place, line, "digest"),
		.version = take_text(place, line, "version"),
	};
	if (out->sweep == NULL || out->digest == NULL || out->version == NULL ||
	    !take_count(line, "points", &points)) {
		fail_line(place, "sweep, digest, version or points is missing or wrong");
		return false;
	}
	out->points = points;
	if (shard != NULL && (!json_is_string(shard) ||
	                      sf_shard_parse(json_string_value(shard), NULL, &out->shard, NULL))) {
		fail_line(place, "shard: expected I/N");
		return false;
	}
	return true;
}

/* The first file says which sweep this is; the others must be of the same. */
static int join_head(const struct place *place, const struct sf_sweep_head *head)
{
	struct sf_sweep_head *known = &place->results->head;
	if (known->sweep == NULL) {
		*known = *head;
		return 0;
	}
	bool same = strcmp(known->digest, head->digest) == 0 && known->points == head->points;
	if (!same) {
		return sf_fail(place->err, SF_EINVAL,
		               "%s: of another sweep than the files before it (digest %.16s, not "
		               "%.16s); run all shards from the same files",
		               place->file, head->digest, known->digest);
	}
	if (strcmp(known->version, head->version) != 0) {
		return sf_fail(place->err, SF_EINVAL,
		               "%s: made by slicefit %.20s, the files before it by %.20s; run all "
		               "shards with one version",
		               place->file, head->version, known->version);
	}
	if (known->shard.count != head->shard.count || known->shard.index != head->shard.index) {
		known->shard = (struct sf_shard){0};
	}
	return 0;
}

/* A parameter's value as text: strings as they are, everything else as JSON. */
static const char *show_value(const struct place *place, const json_t *value)
{
	if (json_is_string(value)) {
		return sf_arena_strdup(place->results->arena, json_string_value(value));
	}
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *copy = text != NULL ? sf_arena_strdup(place->results->arena, text) : NULL;
	free(text);
	return copy;
}

static int read_settings(const struct place *place, json_t *object, struct sf_sweep_record *out)
{
	if (!json_is_object(object)) {
		return fail_line(place, "parameters: expected an object");
	}
	size_t n = json_object_size(object);
	struct sf_sweep_setting *setting =
		sf_arena_array(place->results->arena, n + 1, sizeof(*setting));
	const char *key;
	json_t *value;
	size_t i = 0;
	json_object_foreach(object, key, value) {
		setting[i].path = sf_arena_strdup(place->results->arena, key);
		setting[i++].text = show_value(place, value);
	}
	out->n_settings = n;
	out->setting = setting;
	return 0;
}

/* Index of a name, which is added when it is new; -1 when there are too many. Lines mostly have the
 * same metrics in the same order, so `likely` is looked at first. */
static int name_metric(const struct place *place, const char *name, size_t likely)
{
	struct sf_sweep_results *results = place->results;
	if (likely < results->n_metrics && strcmp(results->metric[likely], name) == 0) {
		return (int)likely;
	}
	for (size_t i = 0; i < results->n_metrics; i++) {
		if (strcmp(results->metric[i], name) == 0) {
			return (int)i;
		}
	}
	if (results->n_metrics == SF_SWEEP_METRICS_MAX) {
		return fail_line(place, "more metrics than slicefit has");
	}
	results->metric[results->n_metrics] = sf_arena_strdup(results->arena, name);
	return (int)results->n_metrics++;
}

static int read_metrics(const struct place *place, json_t *object, struct sf_sweep_record *out)
{
	double metric[SF_SWEEP_METRICS_MAX];
	size_t n = 0;
	const char *key;
	json_t *value;
	if (!json_is_object(object)) {
		return fail_line(place, "metrics: expected an object");
	}
	json_object_foreach(object, key, value) {
		int i = name_metric(place, key, n);
		if (i < 0 || !(json_is_number(value) || json_is_null(value))) {
			return i < 0 ? -1 : fail_line(place, "metrics: expected numbers");
		}
		while (n <= (size_t)i) {
			metric[n++] = (double)NAN;
		}
		metric[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
	}
	double *copy = sf_arena_array(place->results->arena, n + 1, sizeof(*copy));
	memcpy(copy, metric, n * sizeof(*copy));
	out->n_metrics = n;
	out->metric = copy;
	return 0;
}

static int read_record(const struct place *place, json_t *line, struct sf_sweep_record *out)
{
	const struct sf_sweep_head *head = &place->results->head;
	uint64_t point = 0;
	out->scenario = take_text(place, line, "scenario");
	out->policy = take_text(place, line, "policy");
	if (out->scenario == NULL || out->policy == NULL || !take_count(line, "point", &point) ||
	    !take_count(line, "seed", &out->seed)) {
		return fail_line(place, "point, scenario, policy or seed is missing or wrong");
	}
	if (point >= head->points) {
		return fail_line(place, "a point that the sweep does not have");
	}
	out->point = (size_t)point;
	return read_settings(place, json_object_get(line, "parameters"), out) != 0
	               ? -1
	               : read_metrics(place, json_object_get(line, "metrics"), out);
}

static int add_record(const struct place *place, json_t *line, const char *text, size_t len)
{
	struct sf_sweep_results *results = place->results;
	struct sf_sweep_record record = {.file = place->file, .line_number = place->line};
	if (read_record(place, line, &record) != 0) {
		return -1;
	}
	record.line = sf_arena_strndup(results->arena, text, len);
	results->record =
		sf_xgrow(results->record, &results->cap, results->n + 1, sizeof(*results->record));
	results->record[results->n++] = record;
	return 0;
}

static int read_line(const struct place *place, const char *text, size_t len)
{
	json_error_t why;
	json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(line)) {
		json_decref(line);
		return fail_line(place, "not a line of results; delete it to compute it anew");
	}
	int rc;
	if (place->line == 1) {
		struct sf_sweep_head head;
		rc = read_head(place, line, &head) ? join_head(place, &head) : -1;
	} else {
		rc = add_record(place, line, text, len);
	}
	json_decref(line);
	return rc;
}

int sf_sweep_results_read(struct sf_sweep_results *results, const char *path, const char *text,
                          size_t len, struct sf_error *err)
{
	struct place place = {.results = results, .line = 0, .err = err};
	place.file = sf_arena_strdup(results->arena, path);
	const char *at = text;
	const char *end;
	results->intact = 0;
	while ((end = memchr(at, '\n', len - (size_t)(at - text))) != NULL) {
		place.line++;
		if (read_line(&place, at, (size_t)(end - at)) != 0) {
			return -1;
		}
		at = end + 1;
		results->intact = (size_t)(at - text);
	}
	return 0;
}

static int by_point(const void *a, const void *b)
{
	const struct sf_sweep_record *x = a;
	const struct sf_sweep_record *y = b;
	return (x->point > y->point) - (x->point < y->point);
}

int sf_sweep_results_sort(struct sf_sweep_results *results, size_t *twice, struct sf_error *err)
{
	struct sf_sweep_record *record = results->record;
	size_t kept = 0;
	if (results->n > 0) {
		qsort(record, results->n, sizeof(*record), by_point);
	}
	for (size_t i = 0; i < results->n; i++) {
		const struct sf_sweep_record *last = kept > 0 ? &record[kept - 1] : NULL;
		if (last == NULL || last->point != record[i].point) {
			record[kept++] = record[i];
		} else if (strcmp(last->line, record[i].line) != 0) {
			return sf_fail(err, SF_EINVAL,
			               "point %zu has two different results: %s:%" PRIu32
			               " and %s:%" PRIu32 "; compute it anew",
			               last->point, last->file, last->line_number, record[i].file,
			               record[i].line_number);
		}
	}
	if (twice != NULL) {
		*twice = results->n - kept;
	}
	results->n = kept;
	return 0;
}
