/* cmd_serve: slicefit serve, the extender of kube-scheduler. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "serve_options.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/service.h>

#include <signal.h>
#include <stdio.h>

enum { DRAIN_S = 10 }; /* below the 30 s after which a pod is killed */

static int write_port(const char *path, uint16_t port, struct sf_error *err)
{
	char text[8];
	if (path == NULL) {
		return 0;
	}
	int len = snprintf(text, sizeof(text), "%u\n", port);
	return sf_file_write(path, text, (size_t)len, err);
}

static void log_size(const char *event, const struct sf_serve_options *o,
                     struct sf_service *service)
{
	uint32_t nodes;
	uint64_t gpus;
	sf_service_size(service, &nodes, &gpus);
	sf_log(SF_LOG_INFO, event, "%s, %u nodes, %llu GPUs, policy %s",
	       sf_service_address(service), nodes, (unsigned long long)gpus, o->policy);
}

/* A file that cannot be read leaves the nodes as they were. */
static void reload(const struct sf_serve_options *o, const struct sf_catalog *catalog,
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

static void run_until_stopped(const struct sf_serve_options *o, const struct sf_catalog *catalog,
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

static int serve(const struct sf_serve_options *o, const struct sf_catalog *catalog,
                 const sigset_t *signals, struct sf_error *err)
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
	struct sf_serve_options o;
	struct sf_error err = {0};
	sigset_t signals;
	int rc = sf_serve_options_parse(argc, argv, &o);
	if (rc >= 0) {
		return rc;
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
