/* main: the command table of slicefit, and the map of its modules.
 *
 * slicefit decides where GPU pods go on Kubernetes, and shows what another decision, layout or
 * policy would have cost. One model of GPU capacity serves three engines. From the bottom up:
 *
 * base      error alloc arena str map ...  values, memory and text
 *           rng clock log file json        randomness, time, output
 *           nearest                        "did you mean"
 * model     product catalog                the GPUs that the model knows
 *           mig sharing                    MIG placement by masks; time-slicing and MPS replicas
 *           resource request node cluster  what pods ask for, what nodes have and hold
 *           change                         the one way to change a cluster, with undo
 *           scenario workload quantity     what is asked: pools of nodes, sets of pods
 * policy    filter                         does it fit, with which devices, and if not, why
 *           registry                       the policies by name, one file for each
 * engine    replay                         discrete events under a policy, and its metrics
 *           replicate                      many of them, on several threads
 *           plan                           demand -> integer program -> layout of each node
 * adapter   yaml scenario catalog kube     formats in and out
 * lint      rules and findings             what will not work in configurations
 * report    table and one file per report  results as text, JSON, CSV, Markdown
 * service   http and the extender verbs    what kube-scheduler talks to
 * cli       one file per command           arguments in, exit codes out
 *
 * A module calls only modules above it in this list; src/CMakeLists.txt links the layers that way.
 * docs/architecture.md has the picture and the reasons.
 */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/error.h>
#include <slicefit/log.h>
#include <slicefit/nearest.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct sf_command commands[] = {
	{"advise", "how the GPUs of each workload should be served", sf_cmd_advise},
	{"apply", "carry a plan's roll-out out on a cluster, wave by wave", sf_cmd_apply},
	{"catalog", "GPU products, their MIG profiles and layouts", sf_cmd_catalog},
	{"explain", "why a pod finds a place or none, and what would give it one", sf_cmd_explain},
	{"headroom", "how many more pods of each kind fit now", sf_cmd_headroom},
	{"import", "Kubernetes objects, a dump or manifests, as a scenario", sf_cmd_import},
	{"lint", "what will not work in GPU configurations and pods", sf_cmd_lint},
	{"merge", "put the shards of a sweep together", sf_cmd_merge},
	{"plan", "the layout of every node that serves most, with a bound", sf_cmd_plan},
	{"replay", "a scenario under several policies: what each places, and when", sf_cmd_replay},
	{"serve", "answer kube-scheduler as an HTTP extender", sf_cmd_serve},
	{"sweep", "many replays from one file: scenarios, parameters, policies, seeds",
         sf_cmd_sweep},
	{NULL, NULL, NULL},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct sf_command *find_command(const char *name)
{
	for (const struct sf_command *c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, name) == 0) {
			return c;
		}
	}
	return NULL;
}

static void print_help(FILE *out)
{
	fputs("Usage: slicefit [-q|-v] COMMAND [ARGUMENT...]\n"
	      "\n"
	      "Places GPU pods on Kubernetes, and shows what another decision, layout or policy\n"
	      "would have cost.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (const struct sf_command *c = commands; c->name != NULL; c++) {
		fprintf(out, "  %-9s %s\n", c->name, c->summary);
	}
	fputs("  help      the same as COMMAND --help\n"
	      "\n"
	      "Options:\n"
	      "  -q, --quiet    results and errors only\n"
	      "  -v, --verbose  more about what is done, on standard error\n"
	      "  -h, --help     this text, or that of a command\n"
	      "  -V, --version  version and licence\n"
	      "\n"
	      "Results go to standard output, everything else to standard error. Exit status:\n"
	      "0 done; 1 a finding or an unmet expectation; 2 wrong usage or input; 3 trouble\n"
	      "outside (files, network, solver).\n",
	      out);
}

static void print_version(void)
{
	puts("slicefit " SF_VERSION);
#ifdef SF_WITH_PLAN
	puts("With the planner. Source: Apache-2.0; linked with GLPK, this binary as a whole is\n"
	     "under the GPL, version 3 or later.");
#else
	puts("Without the planner. Licence: Apache-2.0.");
#endif
}

/* Wrong usage: says so with the nearest command; returns 2. */
static int complain_unknown(const char *name)
{
	const char *names[COMMANDS];
	for (int i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
	}
	const char *near = sf_nearest_find(name, names);
	fprintf(stderr, "slicefit: unknown %s '%s'", *name == '-' ? "option" : "command", name);
	if (near != NULL) {
		fprintf(stderr, ", did you mean '%s'?", near);
	}
	fputs(" (see slicefit --help)\n", stderr);
	return 2;
}

static bool is_word(const char *arg, const char *brief, const char *full)
{
	return strcmp(arg, brief) == 0 || strcmp(arg, full) == 0;
}

/* Takes -q and -v out of the arguments, wherever they stand before "--". Returns the new argc. */
static int take_verbosity(int argc, char **argv)
{
	int kept = 1;
	int i = 1;
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (is_word(argv[i], "-q", "--quiet")) {
			sf_cli_verbosity = -1;
		} else if (is_word(argv[i], "-v", "--verbose")) {
			sf_cli_verbosity = 1;
		} else {
			argv[kept++] = argv[i];
		}
	}
	while (i < argc) {
		argv[kept++] = argv[i++];
	}
	argv[kept] = NULL;
	return kept;
}

/* `slicefit help [COMMAND]`. */
static int help(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stdout);
		return 0;
	}
	const struct sf_command *command = find_command(argv[1]);
	if (command == NULL) {
		return complain_unknown(argv[1]);
	}
	char flag[] = "--help";
	char *args[] = {argv[1], flag, NULL};
	return command->run(2, args);
}

static int run(int argc, char **argv)
{
	argc = take_verbosity(argc, argv);
	sf_log_set_level(sf_cli_verbosity < 0   ? SF_LOG_ERROR
	                 : sf_cli_verbosity > 0 ? SF_LOG_DEBUG
	                                        : SF_LOG_INFO);
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (is_word(argv[1], "-h", "--help")) {
		print_help(stdout);
		return 0;
	}
	if (is_word(argv[1], "-V", "--version")) {
		print_version();
		return 0;
	}
	if (strcmp(argv[1], "help") == 0) {
		return help(argc - 1, argv + 1);
	}
	const struct sf_command *command = find_command(argv[1]);
	return command == NULL ? complain_unknown(argv[1]) : command->run(argc - 1, argv + 1);
}

/* Help and the like that could not be written is trouble, too; commands check their results
 * themselves. */
int main(int argc, char **argv)
{
	int status = run(argc, argv);
	if (status == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
		fprintf(stderr, "slicefit: standard output: %s\n", strerror(errno));
		return sf_code_exit(SF_EIO);
	}
	return status;
}
