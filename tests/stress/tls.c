/* tls: sessions that begin and end while the certificate is replaced, for ThreadSanitizer. */
// SPDX-License-Identifier: Apache-2.0
#include "service/tls.h"

#include <slicefit/error.h>

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 300, READS = 100 };

#define DATA SF_SOURCE_DIR "/tests/data/tls/"

static atomic_uint equipped;

static void *begin_sessions(void *ctx)
{
	struct sf_tls *tls = ctx;
	for (unsigned i = 0; i < ROUNDS; i++) {
		gnutls_session_t session;
		gnutls_certificate_credentials_t has = NULL;
		gnutls_init(&session, GNUTLS_SERVER);
		struct sf_tls_pair *pair = sf_tls_attach(tls, session);
		gnutls_credentials_get(session, GNUTLS_CRD_CERTIFICATE, (void **)&has);
		if (has != NULL) {
			atomic_fetch_add(&equipped, 1);
		}
		gnutls_deinit(session);
		sf_tls_release(pair);
	}
	return NULL;
}

int main(void)
{
	struct sf_error err = {0};
	const struct sf_tls_files files = {DATA "a.crt", DATA "a.key", DATA "b.crt"};
	struct sf_tls *tls = sf_tls_create(&files, &err);
	pthread_t thread[THREADS];
	unsigned taken = 0;
	if (tls == NULL) {
		printf("%s\n", err.text);
		return 1;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_create(&thread[i], NULL, begin_sessions, tls);
	}
	for (unsigned i = 0; i < READS; i++) {
		taken += sf_tls_refresh(tls, true, &err) == 1;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
	}
	sf_tls_destroy(tls);
	printf("%u sessions, %u certificates\n", atomic_load(&equipped), taken);
	return atomic_load(&equipped) == THREADS * ROUNDS && taken == READS ? 0 : 1;
}
