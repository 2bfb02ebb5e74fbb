/* serve_options: what the command line of `slicefit serve` says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERVE_OPTIONS_H
#define SF_SERVE_OPTIONS_H

#include <stdbool.h>

enum sf_serve_log { SF_SERVE_LOG_TEXT, SF_SERVE_LOG_JSON };

/* Texts are those of argv; NULL: not given. A new option is a field here and a row in the table. */
struct sf_serve_options {
	const char *cluster;
	const char *kubeconfig;
	const char *context;
	const char *record;
	bool leader_elect;
	const char *lease_name;
	const char *lease_namespace;
	unsigned kube_api_qps;
	unsigned kube_api_burst;
	const char *listen;
	const char *policy;
	const char *config;
	bool check;
	const char *prefix;
	const char *port_file;
	const char *catalog;
	const char *wishes; /* --gpu-memory-wishes */
	const char *metrics_listen;
	const char *tls_cert, *tls_key, *client_ca;
	bool insecure_http;
	unsigned connections;
	unsigned idle_s, silent_s;
	unsigned max_body_mib;
	unsigned threads;    /* 0: as many as processors */
	unsigned log_format; /* enum sf_serve_log */
};

/* Fills in the defaults, then what argv says. -1 to go on; else the exit code, after --help or a
 * complaint. */
int sf_serve_options_parse(int argc, char **argv, struct sf_serve_options *options);

#endif
