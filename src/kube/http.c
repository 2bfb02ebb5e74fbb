/* http: requests to the Kubernetes API, on libcurl, one at a time. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_http.h>

#include "event.h"
#include "secret.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/kube_config.h>
#include <slicefit/str.h>

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOKEN_BYTES_MAX = 1 << 20,
	STATUS_BYTES_MAX = 64 << 10, /* of an answer that is not 2xx; the rest is dropped */
	/* A dead peer is noticed after about a minute without a byte (client-go pings its HTTP/2
	 * connections every 30 s to the same end). */
	KEEPALIVE_IDLE_S = 30,
	KEEPALIVE_EVERY_S = 10,
};

static const struct {
	const char *name;
	const char *type;
} methods[] = {
	[SF_KUBE_GET] = {"GET", NULL},
	[SF_KUBE_POST] = {"POST", "application/json"},
	[SF_KUBE_PUT] = {"PUT", "application/json"},
	[SF_KUBE_PATCH_MERGE] = {"PATCH", "application/merge-patch+json"},
	[SF_KUBE_PATCH_STRATEGIC] = {"PATCH", "application/strategic-merge-patch+json"},
	/* JSON is YAML. */
	[SF_KUBE_PATCH_APPLY] = {"PATCH", "application/apply-patch+yaml"},
};

struct sf_kube_http {
	const struct sf_kube_config *config;
	CURL *easy;
	CURLM *multi;
	struct sf_secret ca, cert, key;
	atomic_bool stopped;
	/* Of the running request. */
	const struct sf_kube_request *request;
	struct sf_str problem; /* the body when the status is not 2xx */
	struct sf_error *err;
	bool refused; /* the body's reader said no and filled err */
	bool headers_done;
	char why[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int status_of(CURL *easy)
{
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* The empty line ends the headers; after those of an interim answer (1xx) others follow. */
static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct sf_kube_http *http = ctx;
	if (bytes[0] == '\r' || bytes[0] == '\n') {
		http->headers_done = status_of(http->easy) >= 200;
	}
	return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct sf_kube_http *http = ctx;
	const struct sf_kube_request *request = http->request;
	size_t len = size * n;
	if (status_of(http->easy) / 100 != 2) {
		size_t room = STATUS_BYTES_MAX - http->problem.len;
		sf_str_append_n(&http->problem, bytes, len < room ? len : room);
		return len;
	}
	if (request->body != NULL && request->body(request->ctx, bytes, len, http->err) < 0) {
		http->refused = true;
		return 0;
	}
	return len;
}

static const char *pem_path(const struct sf_kube_pem *pem, struct sf_secret *secret, bool *ok,
                            struct sf_error *err)
{
	if (pem->text == NULL) {
		return pem->file;
	}
	*ok = *ok && sf_secret_init(secret, pem->text, pem->len, err) == 0;
	return secret->path;
}

static bool set_tls(struct sf_kube_http *http, struct sf_error *err)
{
	const struct sf_kube_config *config = http->config;
	CURL *easy = http->easy;
	bool ok = true;
	const char *ca = pem_path(&config->ca, &http->ca, &ok, err);
	const char *cert = pem_path(&config->cert, &http->cert, &ok, err);
	const char *key = pem_path(&config->key, &http->key, &ok, err);
	if (ca != NULL) {
		/* Without the second line the system's roots would be trusted too. */
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (cert != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
	}
	if (config->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return ok;
}

static void set_options(struct sf_kube_http *http)
{
	CURL *easy = http->easy;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->why);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "slicefit");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* A watch would be one stream of many on HTTP/2; a connection of its own is simpler. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_EVERY_S);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

struct sf_kube_http *sf_kube_http_create(const struct sf_kube_config *config, struct sf_error *err)
{
	pthread_once(&once, init_library);
	struct sf_kube_http *http = sf_xcalloc(1, sizeof(*http));
	http->config = config;
	http->easy = curl_easy_init();
	http->multi = curl_multi_init();
	if (http->easy == NULL || http->multi == NULL) {
		sf_fail(err, SF_ENOMEM, "libcurl: no memory left");
	} else if (set_tls(http, err)) {
		set_options(http);
		return http;
	}
	sf_kube_http_destroy(http);
	return NULL;
}

void sf_kube_http_destroy(struct sf_kube_http *http)
{
	if (http == NULL) {
		return;
	}
	curl_easy_cleanup(http->easy);
	curl_multi_cleanup(http->multi);
	sf_secret_finish(&http->ca);
	sf_secret_finish(&http->cert);
	sf_secret_finish(&http->key);
	free(http);
}

/* The token's file as it is now; while it cannot be read the token of the kubeconfig, if any. */
static int add_token(const struct sf_kube_config *config, struct sf_str *line, struct sf_error *err)
{
	struct sf_str file = {0};
	const char *token = config->token;
	if (config->token_file != NULL) {
		if (sf_file_read(config->token_file, TOKEN_BYTES_MAX, &file, err) == 0) {
			token = sf_str_get(&file);
		} else if (token == NULL) {
			sf_str_finish(&file);
			return sf_wrap(err, "token");
		}
	}
	if (token != NULL) {
		sf_str_append(line, "Authorization: Bearer ");
		sf_str_append_n(line, token, strcspn(token, " \t\r\n"));
	}
	sf_str_finish(&file);
	return 0;
}

/* Which limit, if any, has passed; else *left_ms till the next one. */
static const char *passed(const struct sf_kube_http *http, uint64_t begun_ns, uint32_t *left_ms)
{
	const struct sf_kube_limits *limits = &http->request->limits;
	uint64_t ms = (sf_clock_ns() - begun_ns) / 1000000;
	bool early = !http->headers_done && limits->header_ms < limits->total_ms;
	uint32_t limit_ms = early ? limits->header_ms : limits->total_ms;
	if (ms >= limit_ms) {
		return early ? "no answer in time" : "no end of the answer in time";
	}
	*left_ms = (uint32_t)(limit_ms - ms);
	return NULL;
}

static int finish_transfer(struct sf_kube_http *http, struct sf_error *err)
{
	int left;
	const CURLMsg *message = curl_multi_info_read(http->multi, &left);
	CURLcode code = message != NULL ? message->data.result : CURLE_FAILED_INIT;
	if (http->refused) {
		return -1;
	}
	if (code != CURLE_OK) {
		return sf_fail(err, SF_EIO, "%s",
		               http->why[0] != '\0' ? http->why : curl_easy_strerror(code));
	}
	return 0;
}

static int transfer(struct sf_kube_http *http, struct sf_error *err)
{
	uint64_t begun_ns = sf_clock_ns();
	for (;;) {
		int running = 0;
		uint32_t left_ms = 0;
		if (sf_kube_http_stopped(http)) {
			return sf_fail(err, SF_EIO, "stopped");
		}
		if (curl_multi_perform(http->multi, &running) != CURLM_OK) {
			return sf_fail(err, SF_EIO, "libcurl is out of order");
		}
		if (running == 0) {
			return finish_transfer(http, err);
		}
		const char *late = passed(http, begun_ns, &left_ms);
		if (late != NULL) {
			return sf_fail(err, SF_EIO, "%s", late);
		}
		curl_multi_poll(http->multi, NULL, 0, (int)left_ms, NULL);
	}
}

static struct curl_slist *make_headers(const struct sf_kube_request *request, const char *token)
{
	const char *type = methods[request->method].type;
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
	if (type != NULL) {
		struct sf_str line = {0};
		sf_str_printf(&line, "Content-Type: %s", type);
		headers = curl_slist_append(headers, line.text);
		/* libcurl would ask before it sends a large body, and wait for an answer. */
		headers = curl_slist_append(headers, "Expect:");
		sf_str_finish(&line);
	}
	return *token != '\0' ? curl_slist_append(headers, token) : headers;
}

static void set_request(struct sf_kube_http *http, struct curl_slist *headers)
{
	const struct sf_kube_request *request = http->request;
	CURL *easy = http->easy;
	struct sf_str url = {0};
	sf_str_printf(&url, "%s%s", http->config->server, request->path);
	curl_easy_setopt(easy, CURLOPT_URL, url.text);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, request->gzip ? "gzip" : NULL);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->limits.connect_ms);
	if (request->method == SF_KUBE_GET) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		                 request->text != NULL ? request->text : "");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, methods[request->method].name);
	sf_str_finish(&url);
}

static void read_reply(struct sf_kube_http *http, int rc, struct sf_kube_reply *reply)
{
	curl_off_t seconds = 0;
	long sent = 0;
	enum { HOUR = 3600 };
	curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &seconds);
	curl_easy_getinfo(http->easy, CURLINFO_REQUEST_SIZE, &sent);
	reply->status = rc == 0 || http->refused ? status_of(http->easy) : 0;
	reply->sent = sent > 0;
	reply->retry_after_ms = (uint32_t)(seconds < HOUR ? seconds : HOUR) * 1000;
	sf_kube_status_read(sf_str_get(&http->problem), http->problem.len, reply);
}

static int exchange(struct sf_kube_http *http, const char *token, struct sf_kube_reply *reply)
{
	struct curl_slist *headers = make_headers(http->request, token);
	set_request(http, headers);
	curl_multi_add_handle(http->multi, http->easy);
	int rc = transfer(http, http->err);
	curl_multi_remove_handle(http->multi, http->easy);
	read_reply(http, rc, reply);
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	return rc;
}

int sf_kube_http_send(struct sf_kube_http *http, const struct sf_kube_request *request,
                      struct sf_kube_reply *reply, struct sf_error *err)
{
	struct sf_error own = {0};
	struct sf_str token = {0};
	*reply = (struct sf_kube_reply){0};
	http->request = request;
	http->err = err != NULL ? err : &own;
	http->refused = http->headers_done = false;
	http->why[0] = '\0';
	int rc = add_token(http->config, &token, http->err);
	if (rc == 0) {
		rc = exchange(http, sf_str_get(&token), reply);
	}
	sf_str_finish(&http->problem);
	sf_str_finish(&token);
	/* Tokens of pages are long: the message leaves the query out. */
	int len = (int)strcspn(request->path, "?");
	const char *method = methods[request->method].name;
	return rc < 0 ? sf_wrap(http->err, "%s %.*s", method, len, request->path) : 0;
}

void sf_kube_http_stop(struct sf_kube_http *http)
{
	atomic_store(&http->stopped, true);
	curl_multi_wakeup(http->multi);
}

bool sf_kube_http_stopped(const struct sf_kube_http *http)
{
	return atomic_load(&http->stopped);
}

void sf_kube_http_wait(struct sf_kube_http *http, uint32_t ms)
{
	uint64_t end_ns = sf_clock_ns() + ms * UINT64_C(1000000);
	uint64_t now_ns;
	while (!sf_kube_http_stopped(http) && (now_ns = sf_clock_ns()) < end_ns) {
		curl_multi_poll(http->multi, NULL, 0, (int)((end_ns - now_ns) / 1000000 + 1), NULL);
	}
}
