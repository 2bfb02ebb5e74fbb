/* tls: the server's certificate, read again when its files change. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TLS_H
#define SF_TLS_H

#include <stdbool.h>

struct sf_error;
struct sf_tls;
struct sf_tls_pair;

/* PEM files; the names are copied. */
struct sf_tls_files {
	const char *cert; /* the chain, the server's own certificate first */
	const char *key;  /* not encrypted */
	const char
		*client_ca; /* NULL: clients show no certificate; else they must, of one of these */
};

/* Protocol versions and ciphers, in GnuTLS's words: TLS 1.2 and 1.3. */
#define SF_TLS_PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Reads the files; NULL and err, which names the file, when they are no certificate with its key. */
struct sf_tls *sf_tls_create(const struct sf_tls_files *files, struct sf_error *err);

/* After the last session has let its pair go; NULL is fine. */
void sf_tls_destroy(struct sf_tls *tls);

/*
 * Looks whether the files have changed since they were read (also where the links of their names
 * lead) and reads them if so, or in any case with `force`. 1: new sessions get what they say now; 0:
 * no change; -1 and err: they are wrong, new sessions go on to get the old, and it is said only once
 * for each change. From one thread at a time.
 */
int sf_tls_refresh(struct sf_tls *tls, bool force, struct sf_error *err);

/* When the certificate expires: seconds since 1970. */
long long sf_tls_expires(struct sf_tls *tls);

/* Equips a new gnutls_session_t with certificate and checks. The pair must be let go once the session
 * has been freed. From any thread. */
struct sf_tls_pair *sf_tls_attach(struct sf_tls *tls, void *session);

/* A gnutls_certificate_retrieve_function2 that has no certificate to give, for a server that wants one
 * of its own although its sessions are all equipped by sf_tls_attach. */
void *sf_tls_no_certificate(void);

/* NULL is fine. */
void sf_tls_release(struct sf_tls_pair *pair);

#endif
