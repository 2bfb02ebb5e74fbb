/* serve_options: what the command line of `slicefit serve` says. */
// SPDX-License-Identifier: Apache-2.0
#include "serve_options.h"

#include "cli.h"

#include <slicefit/error.h>
#include <slicefit/kube_wish.h>
#include <slicefit/policy.h>
#include <slicefit/service.h>

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an option takes, and the type of the field that it sets. */
enum kind {
	GROUP,  /* no option: a heading of --help */
	TEXT,   /* const char * */
	NUMBER, /* unsigned, from `low` to `high` */
	CHOICE, /* unsigned: index of the word in `words` */
	FLAG,   /* bool */
	SHOWN,  /* for --help only: main takes it */
	HELP,
};

struct row {
	enum kind kind;
	char letter; /* 0: none */
	const char *name;
	const char *value; /* what --help calls its value; NULL: it takes none */
	size_t field;      /* offset in struct sf_serve_options */
	const char *help;  /* lines separated by \n */
	unsigned low, high;
	const char *const *words; /* NULL at the end */
};

#define FIELD(name) offsetof(struct sf_serve_options, name)

static const char *const log_formats[] = {
	[SF_SERVE_LOG_TEXT] = "text",
	[SF_SERVE_LOG_JSON] = "json",
	NULL,
};

enum {
	MAX_BODY_MIB = 128, /* 5000 full nodes are 88 MB */
	MOST_BODY_MIB = 2047,
	MOST_THREADS = 256,
	MOST_CONNECTIONS = 65535,
	MOST_SECONDS = 86400,
	MOST_CALLS = 100000,
};

static const struct sf_serve_options defaults = {
	.listen = "127.0.0.1:9876",
	.wishes = "all",
	.connections = SF_SERVICE_CONNECTIONS,
	.idle_s = SF_SERVICE_IDLE_S,
	.silent_s = SF_SERVICE_SILENT_S,
	.max_body_mib = MAX_BODY_MIB,
};

static const struct row rows[] = {
	{.kind = GROUP, .help = "What it answers from:"},
	{TEXT, 0, "cluster", "FILE", FIELD(cluster),
         "nodes that NodeNames refer to: a scenario, or the output of\n"
         "kubectl get nodes,pods -A -o json (or yaml)",
         0, 0, NULL},
	{TEXT, 0, "kubeconfig", "FILE", FIELD(kubeconfig),
         "follow the nodes and pods of this cluster; without it and\n"
         "--cluster, in a pod: those of its own cluster",
         0, 0, NULL},
	{TEXT, 0, "context", "NAME", FIELD(context), "of the kubeconfig; default its current one",
         0, 0, NULL},
	{FLAG, 0, "leader-elect", NULL, FIELD(leader_elect),
         "of several replicas only the one that holds a Lease\n"
         "binds; all of them answer the other calls",
         0, 0, NULL},
	{TEXT, 0, "lease-name", "NAME", FIELD(lease_name), "of the Lease; default slicefit", 0, 0,
         NULL},
	{TEXT, 0, "lease-namespace", "NAME", FIELD(lease_namespace),
         "default: that of the context, or of the own pod", 0, 0, NULL},
	{NUMBER, 0, "kube-api-qps", "N", FIELD(kube_api_qps),
         "most calls per second to bind pods; default 500", 1, MOST_CALLS, NULL},
	{NUMBER, 0, "kube-api-burst", "N", FIELD(kube_api_burst),
         "and at once after a rest; default 1000", 1, MOST_CALLS, NULL},
	{TEXT, 0, "policy", "NAME", FIELD(policy),
         "how feasible nodes are scored; default best-fit", 0, 0, NULL},
	{TEXT, 0, "config", "FILE", FIELD(config),
         "classes of pods and their rules, what scores are for; read again\n"
         "when it changes",
         0, 0, NULL},
	{FLAG, 0, "check", NULL, FIELD(check), "only read --config, and print it with all defaults",
         0, 0, NULL},
	{TEXT, 0, "catalog", "FILE", FIELD(catalog), "GPU products to add or override", 0, 0, NULL},
	{TEXT, 0, "gpu-memory-wishes", "LIST", FIELD(wishes),
         "conventions for GPU memory: all (default), none, or\n"
         "some of kai, hami, gpushare, gpushare:MiB",
         0, 0, NULL},
	{.kind = GROUP, .help = "How it is reached:"},
	{TEXT, 0, "listen", "HOST:PORT", FIELD(listen),
         "default 127.0.0.1:9876; port 0 takes any free one", 0, 0, NULL},
	{TEXT, 0, "metrics-listen", "HOST:PORT", FIELD(metrics_listen),
         "plain HTTP for /healthz, /readyz, /leadz and /metrics alone", 0, 0, NULL},
	{TEXT, 0, "prefix", "PATH", FIELD(prefix),
         "of the verbs; default: both /filter and /scheduler/filter", 0, 0, NULL},
	{TEXT, 0, "port-file", "FILE", FIELD(port_file),
         "write the port there once it is open; that of\n"
         "--metrics-listen in a second line",
         0, 0, NULL},
	{TEXT, 0, "tls-cert-file", "FILE", FIELD(tls_cert),
         "certificate of the server (PEM, with the chain)", 0, 0, NULL},
	{TEXT, 0, "tls-private-key-file", "FILE", FIELD(tls_key), "and its key (PEM)", 0, 0, NULL},
	{TEXT, 0, "client-ca-file", "FILE", FIELD(client_ca),
         "only clients with a certificate of one of these (PEM)", 0, 0, NULL},
	{FLAG, 0, "insecure-http", NULL, FIELD(insecure_http),
         "plain HTTP where other machines can reach it, too", 0, 0, NULL},
	{.kind = GROUP, .help = "Limits:"},
	{NUMBER, 0, "max-body", "MIB", FIELD(max_body_mib), "largest request; default 128", 1,
         MOST_BODY_MIB, NULL},
	{NUMBER, 0, "threads", "N", FIELD(threads), "default: as many as processors, at least 2", 1,
         MOST_THREADS, NULL},
	{NUMBER, 0, "max-connections", "N", FIELD(connections),
         "default 2048; others wait until one closes", 2, MOST_CONNECTIONS, NULL},
	{NUMBER, 0, "idle-timeout", "SECONDS", FIELD(idle_s),
         "of connections without a request; default 120 (the\n"
         "scheduler must be the first to close: it does after 90)",
         1, MOST_SECONDS, NULL},
	{NUMBER, 0, "read-timeout", "SECONDS", FIELD(silent_s),
         "within a request, between two bytes; default 30", 1, MOST_SECONDS, NULL},
	{.kind = GROUP, .help = "What it tells:"},
	{CHOICE, 0, "log-format", "FORMAT", FIELD(log_format), "text (default) or json", 0, 0,
         log_formats},
	{TEXT, 0, "record", "FILE", FIELD(record),
         "append every decision, and what it hangs on, to a file\n"
         "for slicefit replay --recorded",
         0, 0, NULL},
	{SHOWN, 'v', "verbose", NULL, 0, "log every request", 0, 0, NULL},
	{SHOWN, 'q', "quiet", NULL, 0, "log errors only", 0, 0, NULL},
	{HELP, 'h', "help", NULL, 0, "this text", 0, 0, NULL},
};

/* Options are known to getopt by FIRST + index. */
enum { ROWS = sizeof(rows) / sizeof(rows[0]), FIRST = 1000 };

static int option_columns(const struct row *row)
{
	size_t value = row->value != NULL ? 1 + strlen(row->value) : 0;
	return (int)(strlen("  -x, --") + strlen(row->name) + value);
}

static void print_row(const struct row *row, int widest)
{
	char letter[8] = "    ";
	if (row->letter != 0) {
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	}
	int at = printf("  %s--%s%s%s", letter, row->name, row->value != NULL ? " " : "",
	                row->value != NULL ? row->value : "");
	for (const char *line = row->help; line != NULL;) {
		const char *end = strchrnul(line, '\n');
		printf("%*s%.*s\n", widest + 2 - at, "", (int)(end - line), line);
		at = 0;
		line = *end != '\0' ? end + 1 : NULL;
	}
}

static void print_options(void)
{
	int widest = 0;
	for (size_t i = 0; i < ROWS; i++) {
		int columns = rows[i].kind != GROUP ? option_columns(&rows[i]) : 0;
		widest = columns > widest ? columns : widest;
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind == GROUP) {
			printf("\n%s\n", rows[i].help);
		} else {
			print_row(&rows[i], widest);
		}
	}
}

static void print_help(void)
{
	puts("Usage: slicefit serve [OPTION...]\n"
	     "\n"
	     "Answers kube-scheduler's extender calls filter, prioritize, preempt and bind, and\n"
	     "/state, /explain, /simulate, /healthz, /readyz, /leadz, /metrics, /version. Runs\n"
	     "until SIGTERM or SIGINT; SIGHUP reads the files again: cluster, configuration,\n"
	     "certificates.");
	print_options();
	puts("\nPolicies:");
	for (size_t i = 0; sf_policies[i] != NULL; i++) {
		printf("  %-14s %s\n", sf_policies[i]->name, sf_policies[i]->help);
	}
}

static int take_number(const struct row *row, const char *text, unsigned *out)
{
	size_t len = strlen(text);
	bool digits = len > 0 && len <= 6 && strspn(text, "0123456789") == len;
	unsigned long value = digits ? strtoul(text, NULL, 10) : 0;
	if (!digits || value < row->low || value > row->high) {
		return sf_cli_usage("serve", "--%s '%s': write a number from %u to %u", row->name,
		                    text, row->low, row->high);
	}
	*out = (unsigned)value;
	return -1;
}

static int take_choice(const struct row *row, const char *text, unsigned *out)
{
	char words[128] = "";
	size_t len = 0;
	for (unsigned i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*out = i;
			return -1;
		}
		const char *between = i == 0 ? "" : row->words[i + 1] != NULL ? ", " : " or ";
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", between,
		                        row->words[i]);
	}
	return sf_cli_usage("serve", "--%s '%s': %s", row->name, text, words);
}

/* -1 to go on, else the exit code. */
static int take_option(const struct row *row, struct sf_serve_options *options)
{
	void *field = (char *)options + row->field;
	switch (row->kind) {
	case TEXT:
		*(const char **)field = optarg;
		break;
	case NUMBER:
		return take_number(row, optarg, field);
	case CHOICE:
		return take_choice(row, optarg, field);
	case FLAG:
		*(bool *)field = true;
		break;
	case HELP:
		print_help();
		return 0;
	case GROUP:
	case SHOWN:
		break;
	}
	return -1;
}

/* What getopt_long wants to know of the rows. */
static void describe(struct option longs[ROWS + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind != GROUP && rows[i].kind != SHOWN) {
			longs[n++] = (struct option){
				rows[i].name,
				rows[i].value != NULL ? required_argument : no_argument, NULL,
				rows[i].letter != 0 ? rows[i].letter : FIRST + (int)i};
		}
	}
	longs[n] = (struct option){0};
}

static const struct row *find_row(int option)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].letter != 0 ? rows[i].letter == option : FIRST + (int)i == option) {
			return &rows[i];
		}
	}
	return NULL;
}

/* A prefix starts with a slash and does not end with one, and a request can have it as its path. */
static bool is_prefix(const char *text)
{
	size_t len = strlen(text);
	return len == 0 || (text[0] == '/' && text[len - 1] != '/' && !strpbrk(text, " ?#%"));
}

static int check_tls(const struct sf_serve_options *o)
{
	if ((o->tls_cert != NULL) != (o->tls_key != NULL)) {
		return sf_cli_usage("serve",
		                    "--tls-cert-file and --tls-private-key-file: give both");
	}
	if (o->client_ca != NULL && o->tls_cert == NULL) {
		return sf_cli_usage("serve", "--client-ca-file needs --tls-cert-file");
	}
	return -1;
}

static int check_decisions(const struct sf_serve_options *o)
{
	if (o->policy != NULL && o->config != NULL) {
		return sf_cli_usage("serve",
		                    "--policy and --config: write the policy into the "
		                    "file, policy: %s",
		                    o->policy);
	}
	if (o->policy != NULL && sf_policy_find(o->policy) == NULL) {
		return sf_cli_usage("serve", "unknown policy '%s'", o->policy);
	}
	struct sf_kube_wish_rules wishes;
	struct sf_error err = {0};
	if (sf_kube_wish_rules_parse(o->wishes, &wishes, &err) < 0) {
		return sf_cli_usage("serve", "--gpu-memory-wishes: %s", err.text);
	}
	if (o->check && o->config == NULL) {
		return sf_cli_usage("serve", "--check looks at a configuration: give --config");
	}
	return -1;
}

/* Do the values make sense? -1, or the exit code after a complaint. */
static int check(const struct sf_serve_options *o)
{
	int rc = check_decisions(o);
	if (rc >= 0) {
		return rc;
	}
	if (o->kubeconfig != NULL && o->cluster != NULL) {
		return sf_cli_usage("serve", "--cluster and --kubeconfig: give one of them");
	}
	if (o->prefix != NULL && !is_prefix(o->prefix)) {
		return sf_cli_usage("serve", "--prefix '%s': write it like /scheduler", o->prefix);
	}
	return check_tls(o);
}

int sf_serve_options_parse(int argc, char **argv, struct sf_serve_options *options)
{
	struct option longs[ROWS + 1];
	int option;
	*options = defaults;
	describe(longs);
	while ((option = sf_cli_option(argc, argv, "h", longs)) != -1) {
		const struct row *row = find_row(option);
		int rc = row != NULL ? take_option(row, options) : 2;
		if (rc >= 0) {
			return rc;
		}
	}
	if (optind < argc) {
		return sf_cli_usage("serve", "unexpected argument '%s'", argv[optind]);
	}
	return check(options);
}
