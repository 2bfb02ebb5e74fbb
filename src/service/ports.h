/* ports: where the service is reached: by the scheduler, and by probes and Prometheus. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PORTS_H
#define SF_PORTS_H

#include "http.h"

#include <stdatomic.h>

struct sf_service_options;
struct sf_str;
struct sf_tls;

/* Zero-initialise. */
struct sf_ports {
	struct sf_http *http;
	struct sf_http *probes;         /* plain HTTP; NULL: none */
	struct sf_tls *tls;             /* NULL: plain HTTP on both */
	atomic_ullong renewed, refused; /* certificates that were read again */
	char address[300];              /* as people write it, with the real port */
	char probe_address[300];
};

/*
 * Opens both ports and raises the limit of open files to what they need. -1 and err: addresses that
 * cannot be listened on, certificates that are wrong, or plain HTTP where others can reach it without
 * a word that this is meant. Close in any case.
 */
int sf_ports_open(struct sf_ports *ports, const struct sf_service_options *options,
                  const struct sf_http_handler *handler, const struct sf_http_handler *probes,
                  struct sf_error *err);

/* New connections get the certificate that the files hold now, see sf_tls_refresh; the log tells. */
void sf_ports_refresh(struct sf_ports *ports, bool force);

/* For Prometheus: when the certificate expires and how often its files changed; nothing without TLS. */
void sf_ports_write(struct sf_ports *ports, struct sf_str *out);

/* No new connections for the scheduler, while probes are still answered; see sf_http_drain. */
bool sf_ports_drain(struct sf_ports *ports, unsigned limit_s);

void sf_ports_close(struct sf_ports *ports);

#endif
