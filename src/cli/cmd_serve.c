/* cmd_serve: slicefit serve, the extender of kube-scheduler. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "serve_options.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/kube_config.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/serve_config.h>
#include <slicefit/service.h>
#include <slicefit/str.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* When nothing says another. */
#define POLICY "best-fit"

enum {
	DRAIN_S = 10, /* below the 30 s after which a pod is killed */
	LOOK_S = 1,   /* between two looks at files that may change */
	KUBE_CONFIG_MAX = 16 << 20,
};

static int write_ports(const char *path, const struct sf_service *service, struct sf_error *err)
{
	char text[16];
	unsigned metrics = sf_service_metrics_port(service);
	if (path == NULL) {
		return 0;
	}
	int len = snprintf(text, sizeof(text), metrics > 0 ? "%u\n%u\n" : "%u\n",
	                   sf_service_port(service), metrics);
	return sf_file_write(path, text, (size_t)len, err);
}

static void log_size(const char *event, const struct sf_serve_options *o,
                     struct sf_service *service)
{
	uint32_t nodes;
	uint64_t gpus;
	sf_service_size(service, &nodes, &gpus);
	const char *policy = o->policy != NULL ? o->policy : POLICY;
	sf_log(SF_LOG_INFO, event, "%s, %u nodes, %llu GPUs, %s %s", sf_service_address(service),
	       nodes, (unsigned long long)gpus, o->config != NULL ? "configuration" : "policy",
	       o->config != NULL ? o->config : policy);
}

/* A file that cannot be read leaves the nodes as they were. */
static void reload(const struct sf_serve_options *o, struct sf_service *service)
{
	struct sf_error err = {0};
	if (sf_service_reload(service, &err) < 0) {
		sf_log(SF_LOG_ERROR, "reload", "nodes stay as they were: %s", err.text);
		return;
	}
	log_size("reloaded", o, service);
}

/* The next signal; meanwhile the files are looked at that the service reads again by itself. */
static int next_signal(const sigset_t *signals, struct sf_service *service)
{
	const struct timespec period = {.tv_sec = LOOK_S};
	for (;;) {
		int got = sigtimedwait(signals, NULL, &period);
		if (got > 0) {
			return got;
		}
		sf_service_refresh(service, false);
	}
}

/* Is there anything else than the cluster to read again? */
static bool follows_files(const struct sf_serve_options *o)
{
	return o->config != NULL || o->tls_cert != NULL;
}

static void run_until_stopped(const struct sf_serve_options *o, const sigset_t *signals,
                              struct sf_service *service)
{
	int got;
	while ((got = next_signal(signals, service)) == SIGHUP) {
		if (o->cluster != NULL || !follows_files(o)) {
			reload(o, service);
		}
		sf_service_refresh(service, true);
	}
	sf_log(SF_LOG_INFO, "stopping", "signal %d, finishing the requests in flight", got);
	if (!sf_service_drain(service, DRAIN_S)) {
		sf_log(SF_LOG_WARN, "stopping", "some requests were not finished after %d s",
		       DRAIN_S);
	}
}

/* 1: *out says where the API server is; 0: none is wanted; -1: what was said is wrong. */
static int find_api(const struct sf_serve_options *o, struct sf_arena *arena,
                    struct sf_kube_config *out, struct sf_error *err)
{
	const char *host = getenv(SF_KUBE_HOST_ENV);
	int rc;
	if (o->kubeconfig != NULL) {
		rc = sf_kube_config_read(o->kubeconfig, o->context, arena, out, err);
	} else if (o->cluster == NULL && host != NULL) {
		rc = sf_kube_config_in_cluster(host, getenv(SF_KUBE_PORT_ENV), SF_KUBE_ACCOUNT_DIR,
		                               arena, out, err);
	} else {
		return 0;
	}
	return rc < 0 ? -1 : 1;
}

static int run(const struct sf_serve_options *o, const struct sf_service_options *options,
               const sigset_t *signals, struct sf_error *err)
{
	struct sf_service *service = sf_service_create(options, err);
	if (service == NULL) {
		return -1;
	}
	int rc = write_ports(o->port_file, service, err);
	if (rc == 0) {
		log_size("listening", o, service);
		if (o->metrics_listen != NULL) {
			sf_log(SF_LOG_INFO, "metrics", "%s", sf_service_metrics_address(service));
		}
		if (options->cluster == NULL && options->kube == NULL) {
			sf_log(SF_LOG_WARN, "no-cluster",
			       "without --cluster or --kubeconfig every name in NodeNames is an "
			       "unknown node: give one, or set nodeCacheCapable: false in the "
			       "scheduler");
		}
		run_until_stopped(o, signals, service);
	}
	sf_service_destroy(service);
	return rc;
}

static int serve(const struct sf_serve_options *o, const struct sf_catalog *catalog,
                 const sigset_t *signals, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(KUBE_CONFIG_MAX);
	struct sf_kube_config kube;
	int found = find_api(o, arena, &kube, err);
	struct sf_service_options options = {
		.listen = o->listen,
		.prefix = o->prefix,
		.version = SF_VERSION,
		.catalog = catalog,
		.policy = sf_policy_find(o->policy != NULL ? o->policy : POLICY),
		.config = o->config,
		.wishes = o->wishes,
		.cluster = o->cluster,
		.kube = found > 0 ? &kube : NULL,
		.record = o->record,
		.catalog_file = o->catalog,
		.elects = o->leader_elect,
		.lease_name = o->lease_name,
		.lease_namespace = o->lease_namespace,
		.kube_qps = o->kube_api_qps,
		.kube_burst = o->kube_api_burst,
		.max_body = (size_t)o->max_body_mib << 20,
		.threads = o->threads,
		.tls_cert = o->tls_cert,
		.tls_key = o->tls_key,
		.client_ca = o->client_ca,
		.insecure_http = o->insecure_http,
		.metrics_listen = o->metrics_listen,
		.connections = o->connections,
		.idle_s = o->idle_s,
		.silent_s = o->silent_s,
	};
	int rc = found < 0 ? -1 : run(o, &options, signals, err);
	sf_arena_destroy(arena);
	return rc;
}

/* The configuration as it would hold, on standard output. Returns the exit code. */
static int check_config(const char *path)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_serve_config *config = sf_service_load_config(path, &err);
	if (config != NULL && config->policy == NULL) {
		config->policy = POLICY;
	}
	int rc = config != NULL ? sf_serve_config_write(config, &text, &err) : -1;
	if (rc == 0) {
		fputs(sf_str_get(&text), stdout);
	}
	sf_serve_config_release(config);
	sf_str_finish(&text);
	return rc < 0 ? sf_cli_fail(&err) : 0;
}

int sf_cmd_serve(int argc, char **argv)
{
	struct sf_serve_options o;
	struct sf_error err = {0};
	sigset_t signals;
	int rc = sf_serve_options_parse(argc, argv, &o);
	if (rc >= 0) {
		return rc;
	}
	if (o.check) {
		return check_config(o.config);
	}
	sf_log_set_json(o.log_format == SF_SERVE_LOG_JSON);
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
