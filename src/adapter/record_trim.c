/* record_trim: JSON texts cut down to what decides, without building them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/record.h>

#include <slicefit/scan.h>
#include <slicefit/str.h>

#include <string.h>

enum { PATHS_MAX = 80 };

/* Members to keep: a path ends at what is kept whole; lists are walked through; * is any member but
 * the copy of the whole object that kubectl apply leaves, with what may be secret in it. */
static const char kubectl_copy[] = "kubectl.kubernetes.io/last-applied-configuration";

#define POD_PATHS(at)                                                                              \
	at "metadata.name", at "metadata.namespace", at "metadata.uid", at "metadata.labels",      \
		at "metadata.annotations.*", at "metadata.deletionTimestamp",                      \
		at "metadata.ownerReferences.kind", at "metadata.ownerReferences.controller",      \
		at "spec.nodeName", at "spec.priority", at "spec.preemptionPolicy",                \
		at "spec.overhead", at "spec.resources", at "spec.containers.name",                \
		at "spec.containers.resources", at "spec.initContainers.name",                     \
		at "spec.initContainers.resources", at "spec.initContainers.restartPolicy",        \
		at "status.phase", at "status.startTime"

#define NODE_PATHS(at)                                                                             \
	at "metadata.name", at "metadata.labels", at "metadata.deletionTimestamp",                 \
		at "spec.unschedulable", at "status.allocatable", at "status.capacity",            \
		at "status.conditions.type", at "status.conditions.status"

static const char *const pod_paths[] = {POD_PATHS(""), NULL};
static const char *const node_paths[] = {NODE_PATHS(""), NULL};
static const char *const budget_paths[] = {
	"metadata.name",
	"metadata.namespace",
	"metadata.uid",
	"spec.selector",
	"status.disruptionsAllowed",
	"status.disruptedPods",
	NULL,
};
static const char *const args_paths[] = {
	POD_PATHS("Pod."),
	"NodeNames",
	"Nodes.metadata",
	NODE_PATHS("Nodes.items."),
	POD_PATHS("NodeNameToVictims.*.Pods."),
	"NodeNameToVictims.*.NumPDBViolations",
	"NodeNameToMetaVictims",
	NULL,
};
static const char *const answer_paths[] = {
	"Nodes.metadata",
	NODE_PATHS("Nodes.items."),
	"NodeNames",
	"FailedNodes",
	"FailedAndUnresolvableNodes",
	"Error",
	"NodeNameToMetaVictims",
	NULL,
};

static const char *const *const trims[] = {
	[SF_TRIM_POD] = pod_paths,       [SF_TRIM_NODE] = node_paths,
	[SF_TRIM_BUDGET] = budget_paths, [SF_TRIM_ARGS] = args_paths,
	[SF_TRIM_ANSWER] = answer_paths, [SF_TRIM_NOTHING] = NULL,
};

/* What is left of the paths at some depth. */
struct paths {
	size_t n;
	const char *rest[PATHS_MAX];
};

/* The paths behind a member. True when it is kept whole. */
static bool follow(const struct paths *paths, const struct sf_scan_text *key, struct paths *out)
{
	out->n = 0;
	for (size_t i = 0; i < paths->n; i++) {
		const char *rest = paths->rest[i];
		size_t len = strcspn(rest, ".");
		bool any = len == 1 && *rest == '*' && !sf_scan_is(key, kubectl_copy, false);
		if (!any && (len != key->len || memcmp(rest, key->text, len) != 0)) {
			continue;
		}
		if (rest[len] == '\0') {
			return true;
		}
		out->rest[out->n++] = rest + len + 1;
	}
	return false;
}

/* JSON has line ends between values only. */
static void put_slice(const char *from, const char *to, struct sf_str *out)
{
	for (const char *end; from < to; from = end) {
		for (end = from; end < to && *end != '\n' && *end != '\r'; end++) {
		}
		sf_str_append_n(out, from, (size_t)(end - from));
		for (; end < to && (*end == '\n' || *end == '\r'); end++) {
		}
	}
}

static void copy(struct sf_scan *scan, struct sf_str *out)
{
	sf_scan_peek(scan);
	const char *from = scan->at;
	if (sf_scan_skip(scan)) {
		put_slice(from, scan->at, out);
	}
}

static void trim(struct sf_scan *scan, const struct paths *paths, struct sf_str *out);

static void trim_object(struct sf_scan *scan, const struct paths *paths, struct sf_str *out)
{
	struct sf_scan_text key;
	const char *between = "{";
	bool any = false;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		struct paths rest;
		bool whole = follow(paths, &key, &rest);
		if (!whole && rest.n == 0) {
			sf_scan_skip(scan);
			continue;
		}
		sf_str_append(out, between);
		sf_str_append(out, "\"");
		sf_str_append_n(out, key.text, key.len);
		sf_str_append(out, "\":");
		between = ",";
		any = true;
		if (whole) {
			copy(scan, out);
		} else {
			trim(scan, &rest, out);
		}
	}
	sf_str_append(out, any ? "}" : "{}");
}

static void trim_array(struct sf_scan *scan, const struct paths *paths, struct sf_str *out)
{
	const char *between = "[";
	bool any = false;
	for (sf_scan_enter(scan, '['); sf_scan_element(scan);) {
		sf_str_append(out, between);
		between = ",";
		any = true;
		trim(scan, paths, out);
	}
	sf_str_append(out, any ? "]" : "[]");
}

/* Depth is bounded: objects by the paths, and lists in lists are copied. */
static void trim(struct sf_scan *scan, const struct paths *paths, struct sf_str *out)
{
	switch (sf_scan_peek(scan)) {
	case '{':
		trim_object(scan, paths, out);
		break;
	case '[':
		if (scan->depth > SF_SCAN_DEPTH_MAX / 64) {
			copy(scan, out);
		} else {
			trim_array(scan, paths, out);
		}
		break;
	default:
		copy(scan, out);
	}
}

int sf_record_trim(enum sf_trim what, const char *text, size_t len, struct sf_str *out)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct paths paths = {0};
	size_t before = out->len;
	char first = sf_scan_peek(&scan);
	for (const char *const *path = trims[what]; path != NULL && *path != NULL; path++) {
		paths.rest[paths.n++] = *path;
	}
	if (trims[what] == NULL || first == '[') {
		copy(&scan, out);
	} else {
		trim(&scan, &paths, out);
	}
	if (!sf_scan_end(&scan) || (first != '{' && first != '[')) {
		out->len = before;
		if (out->text != NULL) {
			out->text[before] = '\0';
		}
		return -1;
	}
	return 0;
}
