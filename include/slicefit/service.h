/* service: the scheduler extender as a running server. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERVICE_H
#define SF_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_catalog;
struct sf_error;
struct sf_kube_config;
struct sf_policy;
struct sf_serve_config;
struct sf_service;

enum {
	/* kube-scheduler drops idle connections after 90 s and does not repeat a POST, so the
	 * service must be the one that waits longer (apimachinery, SetTransportDefaults). */
	SF_SERVICE_IDLE_S = 120,
	SF_SERVICE_SILENT_S = 30,
	/* Binds come on a connection each, 300 to 500 of them at once in a burst of pods. */
	SF_SERVICE_CONNECTIONS = 2048,
};

/* Texts are copied; catalog, policy and kube must outlive the service. */
struct sf_service_options {
	const char *listen; /* see the option --listen: "127.0.0.1:9876"; port 0: any free one */
	const char *prefix; /* of the extender verbs; NULL: both "" and "/scheduler" */
	const char *version;
	const struct sf_catalog *catalog;
	const struct sf_policy *policy; /* where the configuration says none */
	/* What NodeNames refer to, one of: */
	const char *cluster;               /* a file (see sf_service_reload), or NULL */
	const struct sf_kube_config *kube; /* the cluster behind this API server, or NULL */
	const char *config;                /* file of docs/serve-config.md, or NULL */
	const char *wishes; /* heeded for GPU memory, see sf_kube_wish_rules_parse; NULL: all */
	size_t max_body;    /* bytes of a filter or prioritize request */
	unsigned threads;   /* 0: as many as there are processors, at least two */

	/* All may be left out. */
	const char *record;             /* file for the decision record (record.h); NULL: none */
	const char *catalog_file;       /* what `catalog` was read from beside what is built in */
	const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP */
	const char *client_ca; /* PEM file: clients must show a certificate of one of these */
	bool elects;           /* one replica of several binds, by a Lease */
	const char *lease_name, *lease_namespace; /* NULL: "slicefit", that of the service */
	unsigned kube_qps, kube_burst; /* calls per second, and at once after a rest; 0: defaults */
	bool insecure_http;            /* plain HTTP where other machines can reach it, too */
	const char *metrics_listen;    /* plain HTTP for health and metrics only */
	unsigned connections;          /* most at a time */
	unsigned idle_s;               /* a connection without a request closes after this time */
	unsigned silent_s; /* one with half a request, when nothing came for this time */
};

/*
 * Reads the cluster's file, starts to follow the API server, to listen and to answer. Signals that the
 * caller waits for must be blocked already. NULL and err on failure; an API server that cannot be
 * reached is none: it is tried again, and the service is not ready until then.
 */
struct sf_service *sf_service_create(const struct sf_service_options *options,
                                     struct sf_error *err);

/*
 * Reads the cluster's file again: a scenario (its pools of nodes), or what kubectl get nodes,pods -A
 * -o json or yaml prints. On failure the cluster stays as it is.
 */
int sf_service_reload(struct sf_service *service, struct sf_error *err);

/* "127.0.0.1:41234" and the port alone. */
const char *sf_service_address(const struct sf_service *service);
uint16_t sf_service_port(const struct sf_service *service);

/* Those of metrics_listen; "" and 0 without it. */
const char *sf_service_metrics_address(const struct sf_service *service);
uint16_t sf_service_metrics_port(const struct sf_service *service);

/* To be called every second or two, from one thread: new connections get the certificate that the files
 * hold now, new requests their configuration. Wrong files leave the old one and are logged. They are
 * read when they changed, with `force` in any case. */
void sf_service_refresh(struct sf_service *service, bool force);

/* Nodes and GPUs of the cluster that NodeNames refer to. */
void sf_service_size(struct sf_service *service, uint32_t *nodes, uint64_t *gpus);

/* /readyz turns to 503, no new connections; waits until the requests in flight are answered, at
 * most `limit_s` seconds. False when some were not. */
bool sf_service_drain(struct sf_service *service, unsigned limit_s);

/* Reads a configuration from a file. NULL and err when it is wrong. */
struct sf_serve_config *sf_service_load_config(const char *path, struct sf_error *err);

/* Stops and frees; NULL is fine. */
void sf_service_destroy(struct sf_service *service);

#endif
