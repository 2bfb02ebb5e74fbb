/* cmd_serve: slicefit serve, the extender of kube-scheduler. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/service.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_BODY_MIB = 128, /* 5000 full nodes are 88 MB */
	MOST_BODY_MIB = 2047,
	MOST_THREADS = 256,
	DRAIN_S = 10, /* below the 30 s after which a pod is killed */
};

struct options {
	const char *cluster;
	const char *listen;
	const char *policy;
	const char *prefix;
	const char *port_file;
	const char *catalog;
	unsigned max_body_mib;
	unsigned threads;
	bool json;
};

enum {
	OPT_CLUSTER = 1000,
	OPT_LISTEN,
	OPT_POLICY,
	OPT_PREFIX,
	OPT_PORT_FILE,
	OPT_CATALOG,
	OPT_MAX_BODY,
	OPT_THREADS,
	OPT_LOG_FORMAT
};

static const struct option longs[] = {
	{"cluster", required_argument, NULL, OPT_CLUSTER},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"policy", required_argument, NULL, OPT_POLICY},
	{"prefix", required_argument, NULL, OPT_PREFIX},
	{"port-file", required_argument, NULL, OPT_PORT_FILE},
	{"catalog", required_argument, NULL, OPT_CATALOG},
	{"max-body", required_argument, NULL, OPT_MAX_BODY},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"log-format", required_argument, NULL, OPT_LOG_FORMAT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	puts("Usage: slicefit serve [OPTION...]\n"
	     "\n"
	     "Answers kube-scheduler's extender calls filter and prioritize, and /healthz, "
	     "/readyz,\n"
	     "/metrics, /version. Runs until SIGTERM or SIGINT; SIGHUP reads --cluster again.\n"
	     "\n"
	     "  --cluster FILE       nodes that NodeNames refer to: a scenario, or the output of\n"
	     "                       kubectl get nodes,pods -A -o json (or yaml)\n"
	     "  --listen HOST:PORT   default 127.0.0.1:9876; port 0 takes any free one\n"
	     "  --policy NAME        how feasible nodes are scored; default best-fit\n"
	     "  --prefix PATH        of the verbs; default: both /filter and /scheduler/filter\n"
	     "  --port-file FILE     write the port there once it is open\n"
	     "  --max-body MIB       largest request; default 128\n"
	     "  --threads N          default: as many as processors, at least 2\n"
	     "  --log-format FORMAT  text (default) or json\n"
	     "  --catalog FILE       GPU products to add or override\n"
	     "  -v, --verbose        log every request\n"
	     "  -q, --quiet          log errors only\n"
	     "  -h, --help           this text\n"
	     "\n"
	     "Policies:");
	for (size_t i = 0; sf_policies[i] != NULL; i++) {
		printf("  %-14s %s\n", sf_policies[i]->name, sf_policies[i]->help);
	}
}

/* A number from 1 to `most`, or 0. */
static unsigned number(const char *text, unsigned most)
{
	size_t len = strlen(text);
	if (len == 0 || len > 6 || strspn(text, "0123456789") != len) {
		return 0;
	}
	unsigned long value = strtoul(text, NULL, 10);
	return value <= most ? (unsigned)value : 0;
}

/* A prefix starts with a slash and does not end with one, and a request can have it as its path. */
static bool is_prefix(const char *text)
{
	size_t len = strlen(text);
	return len == 0 || (text[0] == '/' && text[len - 1] != '/' && !strpbrk(text, " ?#%"));
}

/* -1, or the exit code after a message. */
static int take_number(const char *name, const char *text, unsigned most, unsigned *out)
{
	*out = number(text, most);
	return *out > 0 ? -1
	                : sf_cli_usage("serve", "--%s '%s': write a number from 1 to %u", name,
	                               text, most);
}

/* -1 to go on, else the exit code. */
static int take_option(int option, struct options *o)
{
	switch (option) {
	case OPT_CLUSTER:
		o->cluster = optarg;
		break;
	case OPT_LISTEN:
		o->listen = optarg;
		break;
	case OPT_POLICY:
		o->policy = optarg;
		break;
	case OPT_PREFIX:
		o->prefix = optarg;
		break;
	case OPT_PORT_FILE:
		o->port_file = optarg;
		break;
	case OPT_CATALOG:
		o->catalog = optarg;
		break;
	case OPT_MAX_BODY:
		return take_number("max-body", optarg, MOST_BODY_MIB, &o->max_body_mib);
	case OPT_THREADS:
		return take_number("threads", optarg, MOST_THREADS, &o->threads);
	case OPT_LOG_FORMAT:
		o->json = strcmp(optarg, "json") == 0;
		if (!o->json && strcmp(optarg, "text") != 0) {
			return sf_cli_usage("serve", "--log-format '%s': text or json", optarg);
		}
		break;
	case 'h':
		print_help();
		return 0;
	default:
		return 2;
	}
	return -1;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	int option;
	while ((option = sf_cli_option(argc, argv, "h", longs)) != -1) {
		int rc = take_option(option, o);
		if (rc >= 0) {
			return rc;
		}
	}
	if (optind < argc) {
		return sf_cli_usage("serve", "unexpected argument '%s'", argv[optind]);
	}
	if (sf_policy_find(o->policy) == NULL) {
		return sf_cli_usage("serve", "unknown policy '%s'", o->policy);
	}
	if (o->prefix != NULL && !is_prefix(o->prefix)) {
		return sf_cli_usage("serve", "--prefix '%s': write it like /scheduler", o->prefix);
	}
	return -1;
}

static int write_port(const char *path, uint16_t port, struct sf_error *err)
{
	char text[8];
	if (path == NULL) {
		return 0;
	}
	int len = snprintf(text, sizeof(text), "%u\n", port);
	return sf_file_write(path, text, (size_t)len, err);
}

static void log_size(const char *event, const struct options *o, struct sf_service *service)
{
	uint32_t nodes;
	uint64_t gpus;
	sf_service_size(service, &nodes, &gpus);
	sf_log(SF_LOG_INFO, event, "%s, %u nodes, %llu GPUs, policy %s",
	       sf_service_address(service), nodes, (unsigned long long)gpus, o->policy);
}

/* A file that cannot be read leaves the nodes as they were. */
static void reload(const struct options *o, const struct sf_catalog *catalog,
                   struct sf_service *service)
{
	struct sf_error err = {0};
	if (o->cluster == NULL) {
		sf_log(SF_LOG_WARN, "reload", "there is no --cluster to read again");
		return;
	}
	struct sf_cluster *cluster = sf_service_load_cluster(o->cluster, catalog, &err);
	if (cluster == NULL) {
		sf_log(SF_LOG_ERROR, "reload", "nodes stay as they were: %s", err.text);
		return;
	}
	sf_service_set_cluster(service, cluster);
	log_size("reloaded", o, service);
}

static void run_until_stopped(const struct options *o, const struct sf_catalog *catalog,
                              const sigset_t *signals, struct sf_service *service)
{
	int got;
	while (sigwait(signals, &got) == 0 && got == SIGHUP) {
		reload(o, catalog, service);
	}
	sf_log(SF_LOG_INFO, "stopping", "signal %d, finishing the requests in flight", got);
	if (!sf_service_drain(service, DRAIN_S)) {
		sf_log(SF_LOG_WARN, "stopping", "some requests were not finished after %d s",
		       DRAIN_S);
	}
}

static int serve(const struct options *o, const struct sf_catalog *catalog, const sigset_t *signals,
                 struct sf_error *err)
{
	struct sf_cluster *cluster = NULL;
	struct sf_service_options options = {
		.listen = o->listen,
		.prefix = o->prefix,
		.version = SF_VERSION,
		.catalog = catalog,
		.policy = sf_policy_find(o->policy),
		.max_body = (size_t)o->max_body_mib << 20,
		.threads = o->threads,
	};
	if (o->cluster != NULL) {
		cluster = sf_service_load_cluster(o->cluster, catalog, err);
		if (cluster == NULL) {
			return -1;
		}
	}
	struct sf_service *service = sf_service_create(&options, cluster, err);
	if (service == NULL) {
		return -1;
	}
	int rc = write_port(o->port_file, sf_service_port(service), err);
	if (rc == 0) {
		log_size("listening", o, service);
		if (o->cluster == NULL) {
			sf_log(SF_LOG_WARN, "no-cluster",
			       "without --cluster every name in NodeNames is an unknown node: "
			       "give it, or set nodeCacheCapable: false in the scheduler");
		}
		run_until_stopped(o, catalog, signals, service);
	}
	sf_service_destroy(service);
	return rc;
}

int sf_cmd_serve(int argc, char **argv)
{
	struct options o = {
		.listen = "127.0.0.1:9876",
		.policy = "best-fit",
		.max_body_mib = MAX_BODY_MIB,
	};
	struct sf_error err = {0};
	sigset_t signals;
	int rc = parse_options(argc, argv, &o);
	if (rc >= 0) {
		return rc;
	}
	sf_log_set_json(o.json);
	/* Before any thread is started, so that sigwait gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN); /* the scheduler resets connections */
	struct sf_catalog *catalog = sf_cli_catalog(o.catalog, &err);
	rc = catalog != NULL ? serve(&o, catalog, &signals, &err) : -1;
	sf_catalog_destroy(catalog);
	return rc < 0 ? sf_cli_fail(&err) : 0;
}
