/* lease: one leader among several replicas, by a Lease of the Kubernetes API. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_lease.h>

#include "election.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/kube_config.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LEASE_MS = 15000, RENEW_MS = 10000, RETRY_MS = 2000, FAREWELL_MS = 2000 };

struct sf_lease {
	struct sf_lease_options options;
	char *name;
	char *space;
	char *identity;
	struct sf_str kind_path; /* where it is created */
	struct sf_str path;
	struct sf_kube_http *http;
	struct sf_rng rng;
	struct sf_election election;
	json_t *doc; /* the Lease as last read or written, with its resourceVersion; may be NULL */
	pthread_t thread;
	_Atomic uint64_t leads_until_ns; /* for all threads: that of the election, or 0 */
	pthread_mutex_t lock;            /* of the view */
	struct sf_lease_view view;
};

/* Goes on while the machine is suspended: a lead must not outlive that. */
static uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void copy_text(char *out, size_t size, const json_t *spec, const char *key)
{
	const char *text = json_string_value(json_object_get(spec, key));
	snprintf(out, size, "%s", text != NULL ? text : "");
}

static int32_t get_number(const json_t *spec, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(spec, key));
	return value > 0 && value < INT32_MAX ? (int32_t)value : 0;
}

static struct sf_election_record read_record(const json_t *doc)
{
	struct sf_election_record record;
	const json_t *spec = json_object_get(doc, "spec");
	copy_text(record.holder, sizeof(record.holder), spec, "holderIdentity");
	copy_text(record.acquired, sizeof(record.acquired), spec, "acquireTime");
	copy_text(record.renewed, sizeof(record.renewed), spec, "renewTime");
	record.duration_s = get_number(spec, "leaseDurationSeconds");
	record.transitions = get_number(spec, "leaseTransitions");
	return record;
}

/* Writes the record over the spec; what else is there stays. */
static void set_record(json_t *doc, const struct sf_election_record *record)
{
	json_t *spec = json_object_get(doc, "spec");
	if (!json_is_object(spec)) {
		spec = json_object();
		json_object_set_new(doc, "spec", spec);
	}
	json_object_set_new(spec, "holderIdentity", json_string(record->holder));
	json_object_set_new(spec, "leaseDurationSeconds", json_integer(record->duration_s));
	json_object_set_new(spec, "leaseTransitions", json_integer(record->transitions));
	json_object_set_new(spec, "acquireTime", json_string(record->acquired));
	json_object_set_new(spec, "renewTime", json_string(record->renewed));
}

static json_t *new_doc(const struct sf_lease *lease)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s}}", "apiVersion", "coordination.k8s.io/v1", "kind",
	                 "Lease", "metadata", "namespace", lease->space, "name", lease->name);
}

/* Kubernetes' MicroTime. */
static void format_now(char out[SF_ELECTION_TIME_MAX])
{
	struct timespec now;
	struct tm parts;
	char seconds[24];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	unsigned micros = (unsigned)(now.tv_nsec / 1000) % 1000000;
	snprintf(out, SF_ELECTION_TIME_MAX, "%s.%06uZ", seconds, micros);
}

static void keep_doc(struct sf_lease *lease, json_t *doc)
{
	json_decref(lease->doc);
	lease->doc = doc;
}

/* One request about the Lease; the answer becomes `doc`, *status says what came. */
static int call(struct sf_lease *lease, struct sf_kube_http *http, const struct sf_kube_call *call,
                int *status, struct sf_error *err)
{
	struct sf_kube_reply reply;
	json_t *answer;
	int rc = sf_kube_call(http, call, &reply, &answer, err);
	*status = reply.status;
	if (rc == 0 && answer == NULL) {
		rc = sf_kube_refused(&reply, err);
		sf_wrap(err, "%s", call->path);
	} else if (rc == 0) {
		keep_doc(lease, answer);
	}
	return rc;
}

/* 0 and *record NULL: there is none. */
static int get(struct sf_lease *lease, struct sf_election_record *room,
               struct sf_election_record **record, struct sf_error *err)
{
	struct sf_kube_call get = {
		.method = SF_KUBE_GET,
		.path = lease->path.text,
		.limit_ms = lease->election.renew_ms / 2,
	};
	int status;
	*record = NULL;
	if (call(lease, lease->http, &get, &status, err) < 0) {
		return status == 404 ? 0 : -1;
	}
	*room = read_record(lease->doc);
	*record = room;
	return 0;
}

static int put(struct sf_lease *lease, enum sf_election_do how, struct sf_error *err)
{
	char time[SF_ELECTION_TIME_MAX];
	bool is_new = how == SF_ELECTION_CREATE;
	format_now(time);
	struct sf_election_record draft = sf_election_draft(&lease->election, time);
	json_t *doc = is_new ? new_doc(lease) : json_deep_copy(lease->doc);
	set_record(doc, &draft);
	struct sf_kube_call put = {
		.method = is_new ? SF_KUBE_POST : SF_KUBE_PUT,
		.path = is_new ? lease->kind_path.text : lease->path.text,
		.doc = doc,
		.limit_ms = lease->election.renew_ms / 2,
	};
	int status;
	uint64_t begun_ns = clock_ns();
	int rc = call(lease, lease->http, &put, &status, err);
	if (rc == 0) {
		sf_election_wrote(&lease->election, &draft, begun_ns);
	}
	json_decref(doc);
	return rc;
}

/* Reads the Lease, and takes or renews it if that is ours to do. */
static int step(struct sf_lease *lease, struct sf_error *err)
{
	struct sf_election_record room;
	struct sf_election_record *record;
	if (get(lease, &room, &record, err) < 0) {
		return -1;
	}
	enum sf_election_do next = sf_election_read(&lease->election, record, clock_ns());
	/* Who has lost the lead knows it before the next request. */
	atomic_store(&lease->leads_until_ns, lease->election.leads_until_ns);
	return next != SF_ELECTION_WAIT ? put(lease, next, err) : 0;
}

bool sf_lease_leads(const struct sf_lease *lease)
{
	return !sf_kube_http_stopped(lease->http) &&
	       clock_ns() < atomic_load(&lease->leads_until_ns);
}

/* Makes the state of the election known; tells when another leads. */
static void publish(struct sf_lease *lease, bool failed)
{
	const struct sf_election *election = &lease->election;
	atomic_store(&lease->leads_until_ns, election->leads_until_ns);
	pthread_mutex_lock(&lease->lock);
	struct sf_lease_view old = lease->view;
	lease->view.leads = sf_lease_leads(lease);
	snprintf(lease->view.holder, sizeof(lease->view.holder), "%s",
	         election->exists ? election->seen.holder : "");
	lease->view.transitions = (uint32_t)election->seen.transitions;
	lease->view.failures += failed;
	struct sf_lease_view view = lease->view;
	pthread_mutex_unlock(&lease->lock);
	bool changed = view.leads != old.leads || strcmp(view.holder, old.holder) != 0;
	if (changed && lease->options.change != NULL) {
		lease->options.change(lease->options.ctx, &view);
	}
}

/* As client-go: who holds the Lease comes back after a period, who wants it after one to 2.2. */
static uint32_t next_wait_ms(struct sf_lease *lease)
{
	uint32_t ms = lease->options.retry_ms;
	if (!sf_election_holds(&lease->election)) {
		ms += (uint32_t)sf_rng_below(&lease->rng, (uint64_t)ms * 6 / 5 + 1);
	}
	return ms;
}

static void *run(void *ctx)
{
	struct sf_lease *lease = ctx;
	while (!sf_kube_http_stopped(lease->http)) {
		struct sf_error err = {0};
		bool failed = step(lease, &err) < 0;
		if (sf_kube_http_stopped(lease->http)) {
			break;
		}
		publish(lease, failed);
		if (failed && lease->options.trouble != NULL) {
			lease->options.trouble(lease->options.ctx, err.text);
		}
		sf_kube_http_wait(lease->http, next_wait_ms(lease));
	}
	return NULL;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static bool is_identity(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;
	bool plain = true;
	for (size_t i = 0; i < len; i++) {
		plain = plain && text[i] > ' ' && text[i] < 127;
	}
	return len > 0 && len < SF_LEASE_HOLDER_MAX && plain;
}

/* The checks of client-go's NewLeaderElector, and that the record can say what we do. */
static int check(const struct sf_lease_options *options, struct sf_error *err)
{
	if (!is_identity(options->identity)) {
		return sf_fail(err, SF_EINVAL,
		               "lease %s: no identity of at most %d printable characters",
		               options->name, SF_LEASE_HOLDER_MAX - 1);
	}
	if (options->lease_ms % 1000 != 0) {
		return sf_fail(err, SF_EINVAL, "lease duration: no whole number of seconds");
	}
	if (options->lease_ms <= options->renew_ms) {
		return sf_fail(err, SF_EINVAL, "lease duration: not above the renew deadline");
	}
	if ((uint64_t)options->renew_ms * 5 <= (uint64_t)options->retry_ms * 6) {
		return sf_fail(err, SF_EINVAL,
		               "renew deadline: not above 1.2 times the retry period");
	}
	return 0;
}

static int make_paths(struct sf_lease *lease, struct sf_error *err)
{
	struct sf_kube_path path = {
		.prefix = "/apis/coordination.k8s.io/v1",
		.space = lease->space,
		.plural = "leases",
	};
	if (sf_kube_path(&path, &lease->kind_path, err) < 0) {
		return -1;
	}
	path.name = lease->name;
	return sf_kube_path(&path, &lease->path, err);
}

static void destroy(struct sf_lease *lease)
{
	sf_kube_http_destroy(lease->http);
	pthread_mutex_destroy(&lease->lock);
	json_decref(lease->doc);
	sf_str_finish(&lease->kind_path);
	sf_str_finish(&lease->path);
	free(lease->name);
	free(lease->space);
	free(lease->identity);
	free(lease);
}

static struct sf_lease *create(const struct sf_lease_options *options)
{
	struct sf_lease *lease = sf_xcalloc(1, sizeof(*lease));
	lease->options = *options;
	lease->name = sf_xstrdup(options->name);
	lease->space = sf_xstrdup(options->space);
	lease->identity = sf_xstrdup(options->identity);
	lease->election = (struct sf_election){
		.identity = lease->identity,
		.lease_ms = options->lease_ms,
		.renew_ms = options->renew_ms,
	};
	sf_rng_seed(&lease->rng, options->seed, 0);
	pthread_mutex_init(&lease->lock, NULL);
	return lease;
}

struct sf_lease *sf_lease_start(const struct sf_lease_options *options, struct sf_error *err)
{
	struct sf_lease_options own = *options;
	own.space = own.space != NULL ? own.space : own.config->space;
	own.space = own.space != NULL ? own.space : "default";
	own.name = own.name != NULL ? own.name : "slicefit";
	own.lease_ms = or_default(own.lease_ms, LEASE_MS);
	own.renew_ms = or_default(own.renew_ms, RENEW_MS);
	own.retry_ms = or_default(own.retry_ms, RETRY_MS);
	if (check(&own, err) < 0) {
		return NULL;
	}
	struct sf_lease *lease = create(&own);
	bool ok = make_paths(lease, err) == 0;
	lease->http = ok ? sf_kube_http_create(own.config, err) : NULL;
	ok = lease->http != NULL;
	if (ok && pthread_create(&lease->thread, NULL, run, lease) != 0) {
		sf_fail(err, SF_EIO, "lease %s: no thread for it", own.name);
		ok = false;
	}
	if (!ok) {
		destroy(lease);
		return NULL;
	}
	return lease;
}

/* Gives the Lease back, on a client that nobody has stopped. What fails ends by itself in time. */
static void say_farewell(struct sf_lease *lease)
{
	char time[SF_ELECTION_TIME_MAX];
	struct sf_kube_http *http = sf_kube_http_create(lease->options.config, NULL);
	format_now(time);
	struct sf_election_record draft = sf_election_farewell(&lease->election, time);
	json_t *doc = json_deep_copy(lease->doc);
	set_record(doc, &draft);
	struct sf_kube_call put = {
		.method = SF_KUBE_PUT,
		.path = lease->path.text,
		.doc = doc,
		.limit_ms = FAREWELL_MS,
	};
	struct sf_error err = {0};
	int status;
	if (http != NULL && call(lease, http, &put, &status, &err) < 0 &&
	    lease->options.trouble != NULL) {
		lease->options.trouble(lease->options.ctx, err.text);
	}
	json_decref(doc);
	sf_kube_http_destroy(http);
}

void sf_lease_stop(struct sf_lease *lease)
{
	if (lease == NULL) {
		return;
	}
	sf_kube_http_stop(lease->http);
	pthread_join(lease->thread, NULL);
	if (sf_election_holds(&lease->election)) {
		say_farewell(lease);
	}
	destroy(lease);
}

struct sf_lease_view sf_lease_view(struct sf_lease *lease)
{
	pthread_mutex_lock(&lease->lock);
	struct sf_lease_view view = lease->view;
	pthread_mutex_unlock(&lease->lock);
	view.leads = sf_lease_leads(lease);
	return view;
}

void sf_lease_identity(uint64_t random, char *out, size_t size)
{
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	snprintf(out, size, "%.*s_%016" PRIx64, SF_LEASE_HOLDER_MAX - 18, host, random);
}
