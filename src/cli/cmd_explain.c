/* cmd_explain: `slicefit explain`, why a pod finds a place or none, and what would give it one. */
// SPDX-License-Identifier: Apache-2.0
#include "ask.h"
#include "ask_rule.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/policy.h>
#include <slicefit/report_remedy.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
	"Usage: slicefit explain --pod POD --cluster FILE [OPTION...]\n"
	"\n"
	"Says of every node why a pod fits there or not, nodes that say the same on one line.\n"
	"When it fits nowhere: how much is missing, and what would give it a place - pods that\n"
	"could move, a node that could be cut in another way or share by more replicas, another\n"
	"resource to ask for - the least disturbing first, each tried on a model of the cluster\n"
	"before it is told, and with the commands that do it (docs/explain.md).\n"
	"\n"
	"Options:\n";

static const char tail[] =
	"\n"
	"Exit status: 0 the pod fits on a node; 1 it fits on none; 2 wrong usage or input.\n"
	"\n"
	"Examples:\n"
	"  kubectl get nodes,pods,pdb -A -o json > cluster.json\n"
	"  slicefit explain --pod team/train --cluster cluster.json\n"
	"  slicefit explain --pod train.yaml --cluster cluster.json --all-nodes\n"
	"  slicefit explain --pod - --cluster scenarios/mixed-cluster.yaml -o json < train.yaml\n";

struct options {
	struct sf_ask_options ask;
	const char *layouts;
	const struct sf_policy *policy;
	bool all_nodes;
};

static SF_CLI_TEXT(set_layouts, struct options, layouts);
static SF_CLI_FLAG(set_all_nodes, struct options, all_nodes);

static int set_policy(void *options, const char *value, struct sf_error *err)
{
	struct options *o = options;
	o->policy = sf_policy_find(value);
	return o->policy != NULL
	               ? 0
	               : sf_fail(err, SF_EINVAL, "policy '%.40s': there is no such one", value);
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct options *)options)->ask.format, SF_FORMATS_REPORT, value,
	                     err);
}

static const struct sf_cli_row rows[] = {
	{'p', "pod", "POD",
         "a manifest (Pod, Deployment, Job, ...), - for standard\n"
         "input, or NAMESPACE/NAME of a pod in the cluster's file",
         sf_ask_set_pod},
	{'f', "cluster", "FILE",
         "what kubectl get nodes,pods,pdb -A -o json (or yaml) printed\n"
         "and whatever else import reads, or a scenario",
         sf_ask_set_cluster},
	{0, "kubeconfig", "FILE", "the cluster behind this API server, as it is now",
         sf_ask_set_kubeconfig},
	{0, "context", "NAME", "of the kubeconfig; default its current one", sf_ask_set_context},
	{'a', "all-nodes", NULL, "also each node and each GPU by itself", set_all_nodes},
	{0, "mig-configs", "FILE",
         "configurations of mig-parted that nodes can be labelled\n"
         "with; default: those that mig-manager has by itself",
         set_layouts},
	{0, "policy", "NAME", "how nodes that it fits on are ordered; default best-fit",
         set_policy},
	{'c', "catalog", "FILE", "add or override products (docs/catalog.md)", sf_ask_set_catalog},
	{'o', "output", "FORMAT", "table (default) or json", set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

/* One run of the command. */
struct run {
	const struct options *options;
	struct sf_arena *arena;
	struct sf_snapshot snapshot;
	struct sf_ask_pod pod;
	uint16_t tolerant, unbound; /* rules like the pod's, but for taints or labels of nodes */
	const char **excluded;      /* by node: why the pod's rules do */
	uint32_t number;            /* of the pod in the cluster, where it is pending */
	const char *name[SF_WANTS_MAX];
	struct sf_explain_subject subject;
	struct sf_question question;
	struct sf_verdicts verdicts;
	struct sf_explanation explanation;
	struct sf_remedies remedies;
};

static const struct sf_snapshot_pod *snapshot_pod(const struct run *run, uint32_t pod)
{
	uint32_t tag = sf_cluster_pod(run->snapshot.cluster, pod)->tag;
	return tag < run->snapshot.n_pods ? &run->snapshot.pod[tag] : NULL;
}

/* A DaemonSet would put its pod on the same node again. */
static bool stays(const void *ctx, uint32_t pod)
{
	const struct sf_snapshot_pod *known = snapshot_pod(ctx, pod);
	return known != NULL && strcmp(known->seen.owner, "DaemonSet") == 0;
}

static bool opens(const void *ctx, uint32_t node)
{
	return !((const struct run *)ctx)->snapshot.closed[node];
}

static enum sf_rule_fit change_rule(const void *ctx, uint32_t node, struct sf_remedy_rule *out)
{
	const struct run *run = ctx;
	enum sf_rule_fit fit = sf_ask_rule(&run->snapshot, &run->pod, node, run->arena, &out->words,
	                                   &out->command);
	out->rule = fit == SF_RULE_TAINT ? run->tolerant : run->unbound;
	return out->rule != 0 ? fit : SF_RULE_FITS;
}

/* One pod after the other takes from what its budgets allow, as in kube-scheduler. */
static void guard(const void *ctx, struct sf_remedy_pod *pod, size_t n)
{
	const struct sf_snapshot *snapshot = &((const struct run *)ctx)->snapshot;
	int64_t *left = sf_xcalloc(snapshot->n_budgets + 1, sizeof(*left));
	for (size_t i = 0; i < snapshot->n_budgets; i++) {
		left[i] = snapshot->budget[i].allowed;
	}
	for (size_t i = 0; i < n; i++) {
		const struct sf_snapshot_pod *known = snapshot_pod(ctx, pod[i].pod);
		for (size_t k = 0; known != NULL && k < known->n_budgets; k++) {
			uint32_t budget = known->budget[k];
			if (left[budget] <= 0) {
				pod[i].budget = snapshot->budget[budget].label;
			}
			left[budget] -= left[budget] > 0;
		}
	}
	free(left);
}

static void name_pods(struct run *run)
{
	for (uint32_t i = 0; i < run->explanation.n_mends; i++) {
		struct sf_mend *mend = &run->explanation.mend[i];
		for (int64_t k = 0; mend->pod != NULL && k < mend->need; k++) {
			const struct sf_snapshot_pod *pod = snapshot_pod(run, mend->pod[k].pod);
			mend->pod[k].label = pod != NULL ? pod->label : NULL;
		}
	}
	for (size_t i = 0; i < run->remedies.n; i++) {
		struct sf_remedy *remedy = &run->remedies.remedy[i];
		for (size_t k = 0; k < remedy->n_pods; k++) {
			const struct sf_snapshot_pod *pod = snapshot_pod(run, remedy->pod[k].pod);
			remedy->pod[k].label = pod != NULL ? pod->label : NULL;
			remedy->pod[k].owner = pod != NULL ? pod->seen.owner : NULL;
		}
	}
}

static int find_remedies(struct run *run, struct sf_error *err)
{
	struct sf_mig_choices choices;
	if (sf_ask_layouts(run->options->layouts, run->snapshot.cluster, run->arena, &choices,
	                   err) < 0) {
		return -1;
	}
	struct sf_remedy_question asked = {
		.pod = run->number,
		.view = run->options->policy->view,
		.layouts = {choices.n, choices.name, sf_mig_choices_apply, &choices},
		.name = run->name,
		.opens = opens,
		.rule = change_rule,
		.stays = stays,
		.guard = guard,
		.ctx = run,
	};
	return sf_remedies_find(run->snapshot.cluster, &asked, run->arena, &run->remedies) == 0
	               ? 0
	               : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int explain(struct run *run, struct sf_error *err)
{
	struct sf_cluster *cluster = run->snapshot.cluster;
	struct sf_explain_question asked = {
		.question = &run->question,
		.verdicts = &run->verdicts,
		.priority = run->pod.known->seen.priority,
		.name = run->name,
	};
	run->number = sf_snapshot_add(&run->snapshot, run->pod.known);
	run->question = (struct sf_question){
		.policy = run->options->policy,
		.request = sf_cluster_pod(cluster, run->number)->request,
	};
	sf_ask_subject(&run->pod, run->options->policy->name, &run->subject);
	for (int i = 0; i < SF_WANTS_MAX; i++) {
		run->name[i] = run->subject.want[i].name;
	}
	run->excluded = sf_ask_excluded(&run->snapshot, &run->pod, run->arena);
	asked.excluded = run->excluded;
	if (run->excluded == NULL ||
	    sf_verdicts_fill(cluster, &run->question, true, run->arena, &run->verdicts) < 0 ||
	    sf_explain(cluster, &asked, run->arena, &run->explanation) < 0) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	run->tolerant = sf_snapshot_relax(&run->snapshot, run->pod.known, false);
	run->unbound = sf_snapshot_relax(&run->snapshot, run->pod.known, true);
	if (run->explanation.feasible == 0 && find_remedies(run, err) < 0) {
		return -1;
	}
	name_pods(run);
	return 0;
}

static int show(const struct run *run)
{
	struct sf_str out = {0};
	struct sf_remedy_source source = {
		.file = run->pod.file,
		.label = run->pod.known->label,
		.owner = run->pod.known->seen.owner,
	};
	struct sf_remedy_report report = {
		.subject = &run->subject,
		.explanation = &run->explanation,
		.remedies = &run->remedies,
		.source = &source,
		.cluster = run->options->all_nodes ? run->snapshot.cluster : NULL,
		.request = &run->question.request,
		.verdicts = &run->verdicts,
		.excluded = run->excluded,
		.fancy = run->options->ask.format == SF_FORMAT_TABLE && sf_cli_colour(),
	};
	if (run->options->ask.format == SF_FORMAT_JSON) {
		sf_report_remedies_json(&report, &out);
	} else {
		sf_report_remedies_text(&report, &out);
	}
	int status = sf_cli_print(&out);
	sf_str_finish(&out);
	return status == 0 && run->explanation.feasible == 0 ? sf_code_exit(SF_EUNMET) : status;
}

static int run_with(const struct options *options, const struct sf_catalog *catalog,
                    struct sf_error *err)
{
	struct run run = {.options = options, .arena = sf_arena_create(0)};
	int status = -1;
	if (sf_ask(&options->ask, catalog, &run.snapshot, &run.pod, err) == 0 &&
	    explain(&run, err) == 0) {
		status = show(&run);
	}
	sf_snapshot_finish(&run.snapshot);
	sf_arena_destroy(run.arena);
	return status;
}

int sf_cmd_explain(int argc, char **argv)
{
	struct options options = {.policy = sf_policy_find("best-fit")};
	struct sf_error err = {0};
	static const struct sf_cli_help about = {head, rows, tail};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	const char *fault =
		options.ask.pod == NULL ? "--pod is missing" : sf_ask_fault(&options.ask);
	if (fault != NULL) {
		return sf_cli_usage(argv[0], "%s", fault);
	}
	if (optind < argc) {
		return sf_cli_usage(argv[0], "no argument expected: '%s'", argv[optind]);
	}
	struct sf_catalog *catalog = sf_cli_catalog(options.ask.catalog, &err);
	status = catalog != NULL ? run_with(&options, catalog, &err) : -1;
	sf_catalog_destroy(catalog);
	return status < 0 ? sf_cli_fail(&err) : status;
}
