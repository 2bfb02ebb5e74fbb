/* study_options: what `slicefit replay --trace openb` or a study file asks for. */
// SPDX-License-Identifier: Apache-2.0
#include "study_options.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/jobs.h>
#include <slicefit/nearest.h>
#include <slicefit/str.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As in the published study. */
static const char seeds_default[] = "42..51";
static const char policies_default[] = "all";
static const char all_policies[] = "fgd,bestfit,dotprod,gpupacking,gpuclustering,random";
#define TUNE_DEFAULT 1.3
#define TUNE_MAX     1000.0

/* The paper's names, which are free only inside the study. */
static const struct {
	const char *alias;
	const char *name;
} aliases[] = {
	{"bestfit", "fgd-bestfit"},    {"dotprod", "fgd-dotprod"},
	{"gpupacking", "fgd-packing"}, {"gpuclustering", "fgd-clustering"},
	{"random", "fgd-random"},
};

enum { ALIASES = sizeof(aliases) / sizeof(aliases[0]) };

const char *sf_study_alias(size_t index, const char **name)
{
	if (index >= ALIASES) {
		return NULL;
	}
	*name = aliases[index].name;
	return aliases[index].alias;
}

static const struct sf_policy *find_policy(const char *name)
{
	for (size_t i = 0; i < ALIASES; i++) {
		if (strcmp(aliases[i].alias, name) == 0) {
			return sf_policy_find(aliases[i].name);
		}
	}
	return sf_policy_find(name);
}

/* "unknown policy 'X', did you mean 'Y'?"; returns -1. */
static int fail_policy(const char *name, struct sf_error *err)
{
	enum { NAMES_MAX = 64 };
	const char *known[NAMES_MAX + 1] = {NULL};
	size_t n = 0;
	for (size_t i = 0; i < ALIASES; i++) {
		known[n++] = aliases[i].alias;
	}
	for (size_t i = 0; sf_policies[i] && n < NAMES_MAX; i++) {
		known[n++] = sf_policies[i]->name;
	}
	const char *near = sf_nearest_find(name, known);
	return sf_fail(err, SF_EINVAL, "unknown policy '%.40s'%s%s%s (all: %s)", name,
	               near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
	               all_policies);
}

static int add_policy(struct sf_study_options *options, const char *name, struct sf_error *err)
{
	const struct sf_policy *policy = find_policy(name);
	if (!policy) {
		return fail_policy(name, err);
	}
	for (size_t i = 0; i < options->n_policies; i++) {
		if (options->policy[i] == policy) {
			return sf_fail(err, SF_EINVAL, "policy '%.40s' is named twice", name);
		}
	}
	if (options->n_policies == SF_STUDY_POLICIES_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d policies", SF_STUDY_POLICIES_MAX);
	}
	options->label[options->n_policies] = name;
	options->policy[options->n_policies++] = policy;
	return 0;
}

static int set_policies(void *ctx, const char *list, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	free(options->names);
	options->n_policies = 0;
	options->names = sf_xstrdup(strcmp(list, "all") == 0 ? all_policies : list);
	char *rest = options->names;
	int rc = 0;
	for (char *name; rc == 0 && (name = strsep(&rest, ",")) != NULL;) {
		rc = add_policy(options, name, err);
	}
	return rc;
}

static int set_trace(void *ctx, const char *value, struct sf_error *err)
{
	(void)ctx;
	return strcmp(value, "openb") == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "trace '%.40s': unknown, known: openb", value);
}

/* Texts of the command line live as long as the program. */
static SF_CLI_TEXT(set_nodes, struct sf_study_options, file.nodes);

static int add_pods(void *ctx, const char *list, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	struct sf_study_file *file = &options->file;
	if (!file->arena) {
		file->arena = sf_arena_create(0);
	}
	char *rest = sf_arena_strdup(file->arena, list);
	for (char *path; (path = strsep(&rest, ",")) != NULL;) {
		if (path[0] == '\0') {
			return sf_fail(err, SF_EINVAL, "pods '%.80s': a name is empty", list);
		}
		if (file->n_pods == SF_STUDY_TRACES_MAX) {
			return sf_fail(err, SF_ELIMIT, "more than %d lists of pods",
			               SF_STUDY_TRACES_MAX);
		}
		file->pods[file->n_pods++] = path;
	}
	return 0;
}

static int set_tune(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	char *end;
	double tune = strtod(value, &end);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || !isfinite(tune) ||
	    tune > TUNE_MAX) {
		return sf_fail(err, SF_EINVAL, "tune '%.40s': expected a number from 0 to %g",
		               value, TUNE_MAX);
	}
	options->file.has_tune = true;
	options->file.tune = tune;
	return 0;
}

static int set_seeds(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	sf_seeds_finish(&options->seeds);
	return sf_seeds_parse(value, &options->seeds, err);
}

static int set_series(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	return sf_cli_output("--series", value, &options->series, err);
}

static int set_jobs(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_study_options *options = ctx;
	char *end;
	errno = 0;
	unsigned long jobs = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || jobs == 0 ||
	    jobs > SF_JOBS_THREADS_MAX) {
		return sf_fail(err, SF_EINVAL, "jobs '%.40s': expected 1 to %d", value,
		               SF_JOBS_THREADS_MAX);
	}
	options->jobs = jobs;
	return 0;
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct sf_study_options *)options)->format, SF_FORMATS_ALL, value,
	                     err);
}

const struct sf_cli_row sf_study_rows[] = {
	{0, "trace", "openb", "the format of the lists", set_trace},
	{0, "nodes", "FILE", "list of nodes (CSV)", set_nodes},
	{0, "pods", "FILE,...", "lists of pods (CSV), one trace each; may be repeated", add_pods},
	{0, "tune", "X",
         "pods are dropped or cloned by lot until they ask for X times the\n"
         "cluster's GPUs (default 1.3); 0: the lists as they are",
         set_tune},
	{0, "seeds", "LIST", "seeds and ranges LOW..HIGH, separated by commas (default 42..51)",
         set_seeds},
	{0, "seed", "N", "the same for one", set_seeds},
	{'p', "policy", "LIST", "policies, separated by commas, or all (default)", set_policies},
	{0, "series", "FILE", "also the curves, one CSV row per arrived % (0 to 130)", set_series},
	{'j', "jobs", "N", "replays at a time (default: one per CPU); changes no result", set_jobs},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown", set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'v', "verbose", NULL, "says how long it took", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

/* What the command line left open. */
static void take_over(struct sf_study_file *open, const struct sf_study_file *from)
{
	open->title = from->title;
	if (!open->nodes) {
		open->nodes = from->nodes;
	}
	if (open->n_pods == 0) {
		open->n_pods = from->n_pods;
		memcpy(open->pods, from->pods, sizeof(open->pods));
	}
	if (!open->has_tune) {
		open->has_tune = from->has_tune;
		open->tune = from->tune;
	}
	open->seeds = from->seeds;
	open->policies = from->policies;
}

static int settle_lists(struct sf_study_options *options, struct sf_error *err)
{
	const struct sf_study_file *file = &options->file;
	if (options->seeds.n == 0 &&
	    set_seeds(options, file->seeds ? file->seeds : seeds_default, err) != 0) {
		return -1;
	}
	if (options->n_policies == 0 &&
	    set_policies(options, file->policies ? file->policies : policies_default, err) != 0) {
		return -1;
	}
	return 0;
}

int sf_study_options_settle(struct sf_study_options *options, const char *path,
                            struct sf_error *err)
{
	struct sf_study_file *file = &options->file;
	file->title = "openb";
	if (path) {
		struct sf_study_file given = {0};
		if (sf_study_file_load(path, &given, err) != 0) {
			return -1;
		}
		take_over(file, &given);
		options->given = given;
	}
	if (!file->has_tune) {
		file->tune = TUNE_DEFAULT;
	}
	if (settle_lists(options, err) != 0) {
		return path ? sf_wrap(err, "%s", path) : -1;
	}
	if (!file->nodes || file->n_pods == 0) {
		return sf_fail(err, SF_EINVAL, "no list of %s, give --%s FILE",
		               file->nodes ? "pods" : "nodes", file->nodes ? "pods" : "nodes");
	}
	return 0;
}

void sf_study_options_finish(struct sf_study_options *options)
{
	sf_study_file_finish(&options->file);
	sf_study_file_finish(&options->given);
	sf_seeds_finish(&options->seeds);
	free(options->names);
	*options = (struct sf_study_options){0};
}
