/* recorded: decision records of a service, decided again. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/recorded.h>

#include "feed.h"
#include "handlers.h"
#include "live_file.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/catalog_yaml.h>
#include <slicefit/error.h>
#include <slicefit/extender_bind.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Texts of one line beside its values; a cluster file is the largest. */
#define LINE_TEXTS_MAX ((size_t)2 << 30)

struct run {
	const struct sf_recorded_options *options;
	struct sf_recorded_counts *counts;
	struct sf_catalog *catalog;
	struct sf_service *service; /* without threads; NULL before the first START */
};

typedef void decide(struct sf_service *service, const struct sf_http_request *request,
                    struct sf_http_response *response);

static const struct {
	const char *verb;
	decide *decide;
	enum sf_trim answer;
} verbs[SF_RECORD_KINDS] = {
	[SF_RECORD_FILTER] = {"filter", sf_handle_filter, SF_TRIM_ANSWER},
	[SF_RECORD_PRIORITIZE] = {"prioritize", sf_handle_prioritize, SF_TRIM_NOTHING},
	[SF_RECORD_PREEMPT] = {"preempt", sf_handle_preempt, SF_TRIM_ANSWER},
	[SF_RECORD_BIND] = {"bind", NULL, SF_TRIM_NOTHING},
};

const char *sf_recorded_verb(enum sf_record_kind kind)
{
	return kind < SF_RECORD_KINDS ? verbs[kind].verb : NULL;
}

static void stop(struct run *run)
{
	sf_service_destroy(run->service);
	sf_catalog_destroy(run->catalog);
	run->service = NULL;
	run->catalog = NULL;
}

static int begin(struct run *run, const struct sf_record_line *line, struct sf_error *err)
{
	stop(run);
	run->counts->services++;
	run->catalog = sf_catalog_create();
	if (line->catalog != NULL &&
	    sf_catalog_yaml_read(run->catalog, line->catalog, strlen(line->catalog), "catalog",
	                         err) < 0) {
		return -1;
	}
	run->service = sf_service_create_still(run->catalog, line, err);
	return run->service != NULL ? 0 : -1;
}

/* The answer of a handler, in a text that it may write over. */
static void ask(struct run *run, const struct sf_record_line *line, struct sf_str *out)
{
	struct sf_http_response response = {0};
	struct sf_str answer = {0};
	char *body = sf_xcalloc(1, line->arg_len + 1);
	memcpy(body, line->arg, line->arg_len);
	struct sf_http_request request = {
		.method = "POST",
		.path = "",
		.body = body,
		.len = line->arg_len,
	};
	verbs[line->kind].decide(run->service, &request, &response);
	sf_http_response_text(&response, &answer);
	sf_record_trim(verbs[line->kind].answer, sf_str_get(&answer), answer.len, out);
	sf_str_finish(&answer);
	sf_str_finish(&response.body);
	free(response.piece);
	free(body);
}

/* What the API server then said is not asked again: it comes as a line of its own. */
static void ask_bind(struct run *run, const struct sf_record_line *line, struct sf_str *out)
{
	struct sf_extender_bind bind;
	struct sf_error err = {0};
	int rc = sf_extender_bind_parse(line->arg, line->arg_len, &bind, &err);
	rc = rc == 0 ? sf_service_promise(run->service, &bind, line->number, &err) : rc;
	if (rc == 0) {
		sf_str_append(out, "null");
	} else {
		sf_extender_bind_write(err.text, out);
	}
}

static void compare(struct run *run, const struct sf_record_line *line)
{
	struct sf_str decided = {0};
	char *recorded = strndup(line->answer, line->answer_len);
	if (verbs[line->kind].decide != NULL) {
		ask(run, line, &decided);
	} else {
		ask_bind(run, line, &decided);
	}
	bool same = recorded != NULL && strcmp(recorded, sf_str_get(&decided)) == 0;
	run->counts->verb[line->kind].decisions++;
	run->counts->verb[line->kind].same += same;
	if (!same) {
		struct sf_recorded_difference difference = {
			.line = run->counts->lines,
			.verb = verbs[line->kind].verb,
			.recorded = recorded,
			.decided = sf_str_get(&decided),
		};
		run->options->differs(run->options->ctx, &difference);
	}
	sf_str_finish(&decided);
	free(recorded);
}

/* What was told, is told again; what went wrong with it then, does so again. */
static void tell(struct run *run, const struct sf_record_line *line)
{
	struct sf_state *state = &run->service->state;
	struct sf_error err = {0};
	const char *name = line->name != NULL ? line->name : "";
	switch (line->kind) {
	case SF_RECORD_NODE:
		sf_feed_node(state, run->catalog, "", line->arg, line->arg_len, &err);
		break;
	case SF_RECORD_NODE_GONE:
		sf_feed_node_gone(state, name);
		break;
	case SF_RECORD_POD:
		sf_feed_pod(state, "", line->arg, line->arg_len, &err);
		break;
	case SF_RECORD_POD_GONE:
		sf_feed_pod_gone(state, name);
		break;
	case SF_RECORD_BUDGET:
		sf_feed_budget(state, "", line->arg, line->arg_len, &err);
		break;
	case SF_RECORD_BUDGET_GONE:
		sf_feed_budget_gone(state, name);
		break;
	case SF_RECORD_EXPIRE:
		sf_state_lock(state);
		sf_live_expire(state->live, line->number);
		sf_state_unlock(state);
		break;
	case SF_RECORD_BOUND:
		sf_state_lock(state);
		sf_live_bind_end(state->live, name, line->flag, line->number);
		sf_state_unlock(state);
		break;
	default:
		break;
	}
}

static int step(struct run *run, const struct sf_record_line *line, struct sf_error *err)
{
	if (line->kind == SF_RECORD_START) {
		return begin(run, line, err);
	}
	if (run->service == NULL) {
		return sf_fail(err, SF_EINVAL,
		               "no record of slicefit serve: its first line says "
		               "\"slicefit_record\"");
	}
	if (line->kind == SF_RECORD_CONFIG) {
		return sf_service_configure(run->service, line->name != NULL ? line->name : "",
		                            err);
	}
	run->counts->ended |= line->kind == SF_RECORD_END;
	if (verbs[line->kind].verb != NULL && line->answer != NULL) {
		compare(run, line);
	} else {
		tell(run, line);
	}
	return 0;
}

static int run_line(struct run *run, const char *text, size_t len, struct sf_error *err)
{
	struct sf_record_line line;
	struct sf_arena *arena = sf_arena_create(LINE_TEXTS_MAX);
	int rc = sf_record_read(text, len, arena, &line, err);
	rc = rc == 0 ? step(run, &line, err) : rc;
	sf_arena_destroy(arena);
	return rc < 0 ? sf_wrap(err, "%s:%llu", run->options->name,
	                        (unsigned long long)run->counts->lines)
	              : 0;
}

int sf_recorded_run(FILE *file, const struct sf_recorded_options *options,
                    struct sf_recorded_counts *out, struct sf_error *err)
{
	struct run run = {.options = options, .counts = out};
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;
	int rc = 0;
	*out = (struct sf_recorded_counts){0};
	while (rc == 0 && (len = getline(&text, &cap, file)) > 0) {
		if (text[len - 1] != '\n' && out->lines > 0) {
			break; /* the service was killed while it wrote */
		}
		out->lines++;
		rc = run_line(&run, text, (size_t)len, err);
	}
	if (rc == 0 && out->services == 0) {
		rc = sf_fail(err, SF_EINVAL, "%s: no record of slicefit serve", options->name);
	}
	free(text);
	stop(&run);
	return rc;
}
