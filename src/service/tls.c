/* tls: the server's certificate, read again when its files change. */
// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CERT, KEY, CLIENT_CA, FILES };

enum { FILE_MAX = 1 << 20 };

/* What tells one content of a file from another. Kubernetes replaces mounted secrets by another
 * directory behind a link, so the name alone says nothing (pkg/volume/util/atomic_writer.go). */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec time;
};

/* Certificate, key and trusted authorities that belong together, shared by the sessions that began
 * with them. */
struct sf_tls_pair {
	atomic_uint holders;
	gnutls_certificate_credentials_t credentials;
	bool ask; /* for the client's certificate */
	time_t expires;
};

struct sf_tls {
	char *path[FILES]; /* of CLIENT_CA: may be NULL */
	struct stamp stamp[FILES];
	pthread_mutex_t lock; /* for `pair` */
	struct sf_tls_pair *pair;
};

static const char *const what[FILES] = {
	[CERT] = "TLS certificate",
	[KEY] = "TLS private key",
	[CLIENT_CA] = "client CA",
};

/* A file that is not there has an empty stamp: reading it will tell. */
static void take_stamps(const struct sf_tls *tls, struct stamp stamp[FILES])
{
	memset(stamp, 0, FILES * sizeof(stamp[0]));
	for (int i = 0; i < FILES; i++) {
		struct stat st;
		if (tls->path[i] != NULL && stat(tls->path[i], &st) == 0) {
			stamp[i].device = st.st_dev;
			stamp[i].inode = st.st_ino;
			stamp[i].size = st.st_size;
			stamp[i].time = st.st_mtim;
		}
	}
}

static bool same_stamps(const struct stamp a[FILES], const struct stamp b[FILES])
{
	for (int i = 0; i < FILES; i++) {
		if (a[i].device != b[i].device || a[i].inode != b[i].inode ||
		    a[i].size != b[i].size || a[i].time.tv_sec != b[i].time.tv_sec ||
		    a[i].time.tv_nsec != b[i].time.tv_nsec) {
			return false;
		}
	}
	return true;
}

static gnutls_datum_t datum(const struct sf_str *text)
{
	return (gnutls_datum_t){(unsigned char *)text->text, (unsigned)text->len};
}

static int wrong(const struct sf_tls *tls, int file, int rc, struct sf_error *err)
{
	return sf_fail(err, SF_EINVAL, "%s %s: %s", what[file], tls->path[file],
	               gnutls_strerror(rc));
}

/* Is there a certificate, and until when? */
static int check_cert(const struct sf_tls *tls, const gnutls_datum_t *pem, time_t *expires,
                      struct sf_error *err)
{
	gnutls_x509_crt_t *chain;
	unsigned n;
	int rc = gnutls_x509_crt_list_import2(&chain, &n, pem, GNUTLS_X509_FMT_PEM, 0);
	if (rc < 0) {
		return wrong(tls, CERT, rc, err);
	}
	*expires = gnutls_x509_crt_get_expiration_time(chain[0]);
	for (unsigned i = 0; i < n; i++) {
		gnutls_x509_crt_deinit(chain[i]);
	}
	gnutls_free(chain);
	return 0;
}

static int check_key(const struct sf_tls *tls, const gnutls_datum_t *pem, struct sf_error *err)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_privkey_init(&key);
	int rc = gnutls_x509_privkey_import2(key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_x509_privkey_deinit(key);
	return rc < 0 ? wrong(tls, KEY, rc, err) : 0;
}

static int set_pair(const struct sf_tls *tls, struct sf_tls_pair *pair,
                    const gnutls_datum_t pem[FILES], struct sf_error *err)
{
	if (check_cert(tls, &pem[CERT], &pair->expires, err) < 0 ||
	    check_key(tls, &pem[KEY], err) < 0) {
		return -1;
	}
	int rc = gnutls_certificate_set_x509_key_mem2(pair->credentials, &pem[CERT], &pem[KEY],
	                                              GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc < 0) {
		return sf_fail(err, SF_EINVAL, "%s %s and %s %s do not go together: %s", what[CERT],
		               tls->path[CERT], what[KEY], tls->path[KEY], gnutls_strerror(rc));
	}
	if (!pair->ask) {
		return 0;
	}
	rc = gnutls_certificate_set_x509_trust_mem(pair->credentials, &pem[CLIENT_CA],
	                                           GNUTLS_X509_FMT_PEM);
	return rc <= 0 ? wrong(tls, CLIENT_CA, rc < 0 ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND, err)
	               : 0;
}

/* What the files say now, held once; NULL and err when they are wrong. */
static struct sf_tls_pair *read_pair(const struct sf_tls *tls, struct sf_error *err)
{
	struct sf_str text[FILES] = {0};
	gnutls_datum_t pem[FILES] = {0};
	struct sf_tls_pair *pair = sf_xcalloc(1, sizeof(*pair));
	int rc = 0;
	atomic_init(&pair->holders, 1);
	pair->ask = tls->path[CLIENT_CA] != NULL;
	gnutls_certificate_allocate_credentials(&pair->credentials);
	for (int i = 0; i < FILES && rc == 0; i++) {
		if (tls->path[i] != NULL) {
			rc = sf_file_read(tls->path[i], FILE_MAX, &text[i], err);
			rc = rc < 0 ? sf_wrap(err, "%s", what[i]) : 0;
			pem[i] = datum(&text[i]);
		}
	}
	rc = rc == 0 ? set_pair(tls, pair, pem, err) : rc;
	if (text[KEY].text != NULL) {
		explicit_bzero(text[KEY].text, text[KEY].len);
	}
	for (int i = 0; i < FILES; i++) {
		sf_str_finish(&text[i]);
	}
	if (rc < 0) {
		sf_tls_release(pair);
		return NULL;
	}
	return pair;
}

struct sf_tls *sf_tls_create(const struct sf_tls_files *files, struct sf_error *err)
{
	struct sf_tls *tls = sf_xcalloc(1, sizeof(*tls));
	pthread_mutex_init(&tls->lock, NULL);
	tls->path[CERT] = sf_xstrdup(files->cert);
	tls->path[KEY] = sf_xstrdup(files->key);
	tls->path[CLIENT_CA] = files->client_ca != NULL ? sf_xstrdup(files->client_ca) : NULL;
	take_stamps(tls, tls->stamp);
	tls->pair = read_pair(tls, err);
	if (tls->pair == NULL) {
		sf_tls_destroy(tls);
		return NULL;
	}
	return tls;
}

void sf_tls_destroy(struct sf_tls *tls)
{
	if (tls == NULL) {
		return;
	}
	sf_tls_release(tls->pair);
	for (int i = 0; i < FILES; i++) {
		free(tls->path[i]);
	}
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}

/* The pair that new sessions get, held once more. */
static struct sf_tls_pair *hold_pair(struct sf_tls *tls)
{
	pthread_mutex_lock(&tls->lock);
	struct sf_tls_pair *pair = tls->pair;
	atomic_fetch_add(&pair->holders, 1);
	pthread_mutex_unlock(&tls->lock);
	return pair;
}

int sf_tls_refresh(struct sf_tls *tls, bool force, struct sf_error *err)
{
	struct stamp before[FILES], after[FILES];
	take_stamps(tls, before);
	if (!force && same_stamps(before, tls->stamp)) {
		return 0;
	}
	struct sf_tls_pair *pair = read_pair(tls, err);
	take_stamps(tls, after);
	if (!same_stamps(before, after)) { /* changed under the hand: the next look will tell */
		sf_tls_release(pair);
		return 0;
	}
	memcpy(tls->stamp, after, sizeof(after));
	if (pair == NULL) {
		return -1;
	}
	pthread_mutex_lock(&tls->lock);
	struct sf_tls_pair *old = tls->pair;
	tls->pair = pair;
	pthread_mutex_unlock(&tls->lock);
	sf_tls_release(old);
	return 1;
}

long long sf_tls_expires(struct sf_tls *tls)
{
	struct sf_tls_pair *pair = hold_pair(tls);
	long long expires = pair->expires;
	sf_tls_release(pair);
	return expires;
}

struct sf_tls_pair *sf_tls_attach(struct sf_tls *tls, void *session)
{
	struct sf_tls_pair *pair = hold_pair(tls);
	/* Read during the handshake. */
	static unsigned char client[] = GNUTLS_KP_TLS_WWW_CLIENT;
	static gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = client};
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, pair->credentials);
	if (pair->ask) {
		gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert2(session, &purpose, 1, 0);
	}
	return pair;
}

/* The parameters are those of GnuTLS: NOLINTNEXTLINE(readability-function-size) */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                          const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                          gnutls_pcert_st **chain, unsigned *length, gnutls_privkey_t *key)
{
	(void)session;
	(void)authorities;
	(void)n;
	(void)algorithms;
	(void)n_algorithms;
	(void)chain;
	(void)length;
	(void)key;
	return -1;
}

void *sf_tls_no_certificate(void)
{
	/* ISO C has no cast from a function to an object; POSIX gives both the same form. */
	gnutls_certificate_retrieve_function2 *function = no_certificate;
	void *pointer;
	memcpy(&pointer, &function, sizeof(pointer));
	return pointer;
}

void sf_tls_release(struct sf_tls_pair *pair)
{
	if (pair != NULL && atomic_fetch_sub(&pair->holders, 1) == 1) {
		gnutls_certificate_free_credentials(pair->credentials);
		free(pair);
	}
}
