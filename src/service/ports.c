/* ports: where the service is reached: by the scheduler, and by probes and Prometheus. */
// SPDX-License-Identifier: Apache-2.0
#include "ports.h"

#include "listen.h"
#include "prom.h"
#include "tls.h"

#include <slicefit/error.h>
#include <slicefit/log.h>
#include <slicefit/service.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PROBE_CONNECTIONS = 64,
	BODIES = 4,             /* bodies of full size that may be read at once */
	SMALL_BODIES = 1 << 20, /* bytes of those of other routes */
	OTHER_FILES = 128, /* files that are open beside connections: API server, logs, epoll */
};

/* Lets this process open as many files as the connections need, if it may; else fewer connections
 * have to do. */
static unsigned fit_connections(unsigned wanted)
{
	rlim_t need = (rlim_t)wanted + PROBE_CONNECTIONS + OTHER_FILES;
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need) {
		return wanted;
	}
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need) {
		return wanted;
	}
	rlim_t spare = PROBE_CONNECTIONS + OTHER_FILES;
	unsigned fit = limit.rlim_cur > 2 * spare ? (unsigned)(limit.rlim_cur - spare)
	                                          : (unsigned)limit.rlim_cur / 2;
	sf_log(SF_LOG_WARN, "few-files",
	       "%llu files may be open (ulimit -n), so %u connections instead of %u",
	       (unsigned long long)limit.rlim_cur, fit, wanted);
	return fit;
}

static unsigned fit_threads(unsigned wanted)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (wanted > 0) {
		return wanted;
	}
	return cpus < 2 ? 2 : (unsigned)cpus;
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
	return value > 0 ? value : otherwise;
}

/* Who reads along or asks in the scheduler's name learns and decides where pods go. */
static int check_plain(const struct sf_service_options *options, struct sf_error *err)
{
	struct sockaddr_storage address;
	if (options->tls_cert != NULL || options->insecure_http) {
		return 0;
	}
	if (sf_listen_parse(options->listen, &address, err) < 0) {
		return -1;
	}
	if (sf_listen_is_loopback(&address)) {
		return 0;
	}
	return sf_fail(err, SF_EINVAL,
	               "listen %s: plain HTTP where other machines can reach it: give "
	               "--tls-cert-file and --tls-private-key-file, listen on 127.0.0.1, or say "
	               "--insecure-http",
	               options->listen);
}

static void log_certificate(const char *event, struct sf_tls *tls)
{
	time_t expires = (time_t)sf_tls_expires(tls);
	char date[32];
	struct tm tm;
	gmtime_r(&expires, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (expires < time(NULL)) {
		sf_log(SF_LOG_WARN, event, "the certificate has expired: %s", date);
	} else {
		sf_log(SF_LOG_INFO, event, "the certificate expires %s", date);
	}
}

static int open_tls(struct sf_ports *ports, const struct sf_service_options *options,
                    struct sf_error *err)
{
	struct sf_tls_files files = {options->tls_cert, options->tls_key, options->client_ca};
	if (options->tls_cert == NULL) {
		return check_plain(options, err);
	}
	ports->tls = sf_tls_create(&files, err);
	if (ports->tls == NULL) {
		return -1;
	}
	log_certificate("tls", ports->tls);
	return 0;
}

static struct sf_http *create_main(const struct sf_ports *ports,
                                   const struct sf_service_options *options,
                                   const struct sf_http_handler *handler)
{
	unsigned connections = or_default(options->connections, SF_SERVICE_CONNECTIONS);
	struct sf_http_options http = {
		.listen = options->listen,
		.tls = ports->tls,
		.threads = fit_threads(options->threads),
		.connections = fit_connections(connections),
		.idle_s = or_default(options->idle_s, SF_SERVICE_IDLE_S),
		.silent_s = or_default(options->silent_s, SF_SERVICE_SILENT_S),
		.budget = BODIES * options->max_body + SMALL_BODIES,
	};
	return sf_http_create(&http, handler);
}

static struct sf_http *create_probes(const struct sf_service_options *options,
                                     const struct sf_http_handler *handler)
{
	struct sf_http_options http = {
		.listen = options->metrics_listen,
		.threads = 1,
		.connections = PROBE_CONNECTIONS,
		.idle_s = or_default(options->idle_s, SF_SERVICE_IDLE_S),
		.silent_s = or_default(options->silent_s, SF_SERVICE_SILENT_S),
		.budget = SMALL_BODIES,
	};
	return options->metrics_listen != NULL ? sf_http_create(&http, handler) : NULL;
}

int sf_ports_open(struct sf_ports *ports, const struct sf_service_options *options,
                  const struct sf_http_handler *handler, const struct sf_http_handler *probes,
                  struct sf_error *err)
{
	if (open_tls(ports, options, err) < 0) {
		return -1;
	}
	/* Both are there before the first request, which may ask for the state of either. */
	ports->http = create_main(ports, options, handler);
	ports->probes = create_probes(options, probes);
	if (sf_http_listen(ports->http, err) < 0) {
		return -1;
	}
	sf_listen_format(options->listen, sf_http_port(ports->http), ports->address,
	                 sizeof(ports->address));
	if (ports->probes == NULL) {
		return 0;
	}
	if (sf_http_listen(ports->probes, err) < 0) {
		return sf_wrap(err, "--metrics-listen");
	}
	sf_listen_format(options->metrics_listen, sf_http_port(ports->probes), ports->probe_address,
	                 sizeof(ports->probe_address));
	return 0;
}

void sf_ports_refresh(struct sf_ports *ports, bool force)
{
	struct sf_error err = {0};
	int rc = ports->tls != NULL ? sf_tls_refresh(ports->tls, force, &err) : 0;
	if (rc > 0) {
		atomic_fetch_add(&ports->renewed, 1);
		log_certificate("tls-reloaded", ports->tls);
	} else if (rc < 0) {
		atomic_fetch_add(&ports->refused, 1);
		sf_log(SF_LOG_ERROR, "tls-reload", "the old certificate stays: %s", err.text);
	}
}

void sf_ports_write(struct sf_ports *ports, struct sf_str *out)
{
	static const struct sf_prom_family expires = {
		"slicefit_tls_certificate_expiry_timestamp_seconds", SF_PROM_GAUGE,
		"When the certificate that new connections get expires.", 0};
	static const struct sf_prom_family reloads = {
		"slicefit_tls_reloads_total", SF_PROM_COUNTER,
		"Certificates that were read again after their files had changed.", 0};
	struct sf_prom_labels applied = {{{"result", "applied"}}};
	struct sf_prom_labels refused = {{{"result", "refused"}}};
	if (ports->tls == NULL) {
		return;
	}
	sf_prom_head(&expires, out);
	sf_prom_sample(&expires, NULL, sf_tls_expires(ports->tls), out);
	sf_prom_head(&reloads, out);
	sf_prom_sample(&reloads, &applied, (int64_t)atomic_load(&ports->renewed), out);
	sf_prom_sample(&reloads, &refused, (int64_t)atomic_load(&ports->refused), out);
}

bool sf_ports_drain(struct sf_ports *ports, unsigned limit_s)
{
	return sf_http_drain(ports->http, limit_s);
}

void sf_ports_close(struct sf_ports *ports)
{
	sf_http_stop(ports->http);
	sf_http_stop(ports->probes);
	sf_tls_destroy(ports->tls);
}
