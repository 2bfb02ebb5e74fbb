/* call: one JSON document to the Kubernetes API, and the one that comes back. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_call.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWER_BYTES_MAX = 4 << 20,
	CONNECT_MS = 2000,
	NAME_MAX_BYTES = 253,
};

static int add_body(void *ctx, const char *bytes, size_t len, struct sf_error *err)
{
	struct sf_str *text = ctx;
	if (len > ANSWER_BYTES_MAX - text->len) {
		return sf_fail(err, SF_ELIMIT, "an answer of more than %d bytes", ANSWER_BYTES_MAX);
	}
	sf_str_append_n(text, bytes, len);
	return 0;
}

static json_t *parse(const struct sf_str *text, struct sf_error *err)
{
	json_error_t where;
	json_t *doc = json_loadb(sf_str_get(text), text->len, JSON_ALLOW_NUL, &where);
	if (doc == NULL) {
		sf_fail(err, SF_EINVAL, "no JSON in the answer: %s", where.text);
	} else if (!json_is_object(doc)) {
		sf_fail(err, SF_EINVAL, "no JSON object in the answer");
		json_decref(doc);
		doc = NULL;
	}
	return doc;
}

int sf_kube_call(struct sf_kube_http *http, const struct sf_kube_call *call,
                 struct sf_kube_reply *reply, json_t **doc, struct sf_error *err)
{
	struct sf_str text = {0};
	char *sent = call->doc != NULL ? json_dumps(call->doc, JSON_COMPACT) : NULL;
	uint32_t connect_ms = call->limit_ms < CONNECT_MS ? call->limit_ms : CONNECT_MS;
	struct sf_kube_request request = {
		.method = call->method,
		.path = call->path,
		.text = sent,
		.len = sent != NULL ? strlen(sent) : 0,
		.limits = {connect_ms, call->limit_ms, call->limit_ms},
		.body = add_body,
		.ctx = &text,
	};
	*doc = NULL;
	int rc = sf_kube_http_send(http, &request, reply, err);
	if (rc == 0 && reply->status / 100 == 2) {
		*doc = parse(&text, err);
		rc = *doc != NULL ? 0 : sf_wrap(err, "%s", call->path);
	}
	sf_str_finish(&text);
	free(sent);
	return rc;
}

int sf_kube_refused(const struct sf_kube_reply *reply, struct sf_error *err)
{
	enum sf_code code = reply->status == 404 ? SF_ENOENT : SF_EIO;
	return sf_fail(err, code, "the API server answers %d%s%s%s%s", reply->status,
	               reply->reason[0] != '\0' ? " " : "", reply->reason,
	               reply->problem[0] != '\0' ? ": " : "", reply->problem);
}

json_t *sf_kube_get_json(struct sf_kube_http *http, const char *path, uint32_t limit_ms,
                         struct sf_error *err)
{
	struct sf_kube_call call = {.method = SF_KUBE_GET, .path = path, .limit_ms = limit_ms};
	struct sf_kube_reply reply;
	json_t *doc;
	int rc = sf_kube_call(http, &call, &reply, &doc, err);
	if (rc == 0 && doc == NULL) {
		sf_kube_refused(&reply, err);
		sf_wrap(err, "GET %s", path);
	}
	return doc;
}

bool sf_kube_is_name(const char *text)
{
	size_t len = strlen(text);
	bool ends = len > 0 && text[0] != '.' && text[len - 1] != '.';
	return ends && len <= NAME_MAX_BYTES && strstr(text, "..") == NULL &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
}

int sf_kube_path(const struct sf_kube_path *path, struct sf_str *out, struct sf_error *err)
{
	if (!sf_kube_is_name(path->space)) {
		return sf_fail(err, SF_EINVAL, "'%.64s' is no name of a namespace", path->space);
	}
	if (path->name != NULL && !sf_kube_is_name(path->name)) {
		return sf_fail(err, SF_EINVAL, "'%.64s' is no name in %s", path->name,
		               path->plural);
	}
	sf_str_printf(out, "%s/namespaces/%s/%s", path->prefix, path->space, path->plural);
	if (path->name != NULL) {
		sf_str_printf(out, "/%s", path->name);
	}
	if (path->sub != NULL) {
		sf_str_printf(out, "/%s", path->sub);
	}
	return 0;
}
