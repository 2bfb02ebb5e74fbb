/* simulate_json: what POST /simulate is asked. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/simulate_json.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/scan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member of an object of ours. */
struct field {
	const char *key;
	int (*read)(void *ctx, struct sf_error *err);
};

struct reader {
	struct sf_scan scan;
	const struct sf_catalog *catalog;
	struct sf_arena *arena;
	struct sf_simulate_ask *out;
	size_t pods_cap, nodes_cap;
	struct sf_simulate_pods *pods;   /* growing; the last is the one that is read */
	struct sf_simulate_nodes *nodes; /* the same */
	uint64_t n_pods, n_nodes;        /* of all counts */
	char path[96]; /* where in the document, as "/pods/3"; after a fault it stays */
};

/* One step down, of which the result is the length to go back to. */
static size_t step_into(struct reader *reader, const char *key)
{
	size_t len = strlen(reader->path);
	snprintf(reader->path + len, sizeof(reader->path) - len, "/%s", key);
	return len;
}

/* The text of the value that comes next, whatever it is. */
static int take_value(struct reader *reader, const char **text, size_t *len, struct sf_error *err)
{
	sf_scan_peek(&reader->scan);
	*text = reader->scan.at;
	if (!sf_scan_skip(&reader->scan)) {
		return sf_fail(err, SF_EINVAL, "no JSON: %s",
		               reader->scan.fault != NULL ? reader->scan.fault : "it ends");
	}
	*len = (size_t)(reader->scan.at - *text);
	return 0;
}

static int take_text(struct reader *reader, const char **out, struct sf_error *err)
{
	struct sf_scan_text text;
	if (sf_scan_peek(&reader->scan) != '"' || !sf_scan_string(&reader->scan, &text) ||
	    text.len == 0 || text.nul) {
		return sf_fail(err, SF_EINVAL, "write a text");
	}
	*out = sf_scan_copy(&text, reader->arena);
	return *out != NULL ? 0 : sf_fail(err, SF_ENOMEM, "the request is too large");
}

/* A whole number from 1 to `most`. */
static int take_count(struct reader *reader, uint32_t most, uint32_t *out, struct sf_error *err)
{
	const char *text = NULL;
	size_t len = 0;
	uint64_t value = 0;
	if (take_value(reader, &text, &len, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || i > 8) {
			value = 0;
			break;
		}
		value = 10 * value + (uint64_t)(text[i] - '0');
	}
	if (value < 1 || value > most) {
		return sf_fail(err, SF_EINVAL, "write a whole number from 1 to %u", most);
	}
	*out = (uint32_t)value;
	return 0;
}

static int fail_key(const struct field *fields, size_t n, const char *key, struct sf_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (sf_nearest_close(key, fields[i].key)) {
			return sf_fail(err, SF_EINVAL, "unknown key '%.40s', meant is '%s'?", key,
			               fields[i].key);
		}
	}
	return sf_fail(err, SF_EINVAL, "unknown key '%.40s'", key);
}

/* One member: the field of this key reads its value. */
static int read_member(struct reader *reader, const struct sf_scan_text *text,
                       const struct field *fields, size_t n, unsigned *seen, struct sf_error *err)
{
	char key[64];
	size_t i = 0;
	sf_scan_put(text, key, sizeof(key));
	while (i < n && strcmp(fields[i].key, key) != 0) {
		i++;
	}
	if (i == n) {
		return fail_key(fields, n, key, err);
	}
	if ((*seen & 1U << i) != 0) {
		return sf_fail(err, SF_EINVAL, "key '%s' twice", key);
	}
	*seen |= 1U << i;
	size_t back = step_into(reader, key);
	if (fields[i].read(reader, err) < 0) {
		return -1;
	}
	reader->path[back] = '\0';
	return 0;
}

static int read_object(struct reader *reader, const struct field *fields, size_t n,
                       struct sf_error *err)
{
	struct sf_scan_text key;
	unsigned seen = 0;
	if (sf_scan_peek(&reader->scan) != '{') {
		return sf_fail(err, SF_EINVAL, "write an object");
	}
	for (sf_scan_enter(&reader->scan, '{'); sf_scan_member(&reader->scan, &key);) {
		if (read_member(reader, &key, fields, n, &seen, err) < 0) {
			return -1;
		}
	}
	return reader->scan.fault == NULL
	               ? 0
	               : sf_fail(err, SF_EINVAL, "no JSON: %s", reader->scan.fault);
}

static int read_pod(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	struct sf_simulate_pods *now = &reader->pods[reader->out->n_pods - 1];
	if (take_value(reader, &now->text, &now->len, err) < 0) {
		return -1;
	}
	return sf_kube_pod_read(now->text, now->len, &now->pod, err);
}

static int read_pod_count(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	return take_count(reader, SF_SIMULATE_PODS_MAX,
	                  &reader->pods[reader->out->n_pods - 1].count, err);
}

static int read_pods_entry(struct reader *reader, struct sf_error *err)
{
	static const struct field fields[] = {{"pod", read_pod}, {"count", read_pod_count}};
	size_t n = ++reader->out->n_pods;
	reader->pods = sf_xgrow(reader->pods, &reader->pods_cap, n, sizeof(*reader->pods));
	struct sf_simulate_pods *now = &reader->pods[n - 1];
	memset(now, 0, sizeof(*now));
	now->count = 1;
	if (read_object(reader, fields, sizeof(fields) / sizeof(fields[0]), err) < 0) {
		return -1;
	}
	now = &reader->pods[n - 1];
	if (now->text == NULL) {
		return sf_fail(err, SF_EINVAL, "needs a 'pod', a Kubernetes Pod object");
	}
	reader->n_pods += now->count;
	return reader->n_pods <= SF_SIMULATE_PODS_MAX
	               ? 0
	               : sf_fail(err, SF_ELIMIT, "more than %d pods", SF_SIMULATE_PODS_MAX);
}

static struct sf_simulate_nodes *now_node(struct reader *reader)
{
	return &reader->nodes[reader->out->n_nodes - 1];
}

static int read_node(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	struct sf_kube_node *node = sf_arena_alloc(reader->arena, sizeof(*node));
	const char *text = NULL;
	size_t len = 0;
	if (node == NULL) {
		return sf_fail(err, SF_ENOMEM, "the request is too large");
	}
	now_node(reader)->node = node;
	return take_value(reader, &text, &len, err) < 0
	               ? -1
	               : sf_kube_node_read(text, len, reader->catalog, reader->arena, node, err);
}

static int read_like(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	return take_text(reader, &now_node(reader)->like, err);
}

static int read_product(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	const char *name = NULL;
	if (take_text(reader, &name, err) < 0) {
		return -1;
	}
	now_node(reader)->product = sf_catalog_find(reader->catalog, name);
	return now_node(reader)->product != NULL
	               ? 0
	               : sf_fail(err, SF_EINVAL, "unknown product '%.60s', see slicefit catalog",
	                         name);
}

static int read_gpus(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	uint32_t gpus = 0;
	int rc = take_count(reader, SF_GPUS_MAX, &gpus, err);
	now_node(reader)->gpus = (uint8_t)gpus;
	return rc;
}

static int read_name(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	return take_text(reader, &now_node(reader)->name, err);
}

static int read_node_count(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	return take_count(reader, SF_SIMULATE_NODES_MAX, &now_node(reader)->count, err);
}

static int check_node(const struct sf_simulate_nodes *now, struct sf_error *err)
{
	int given = (now->node != NULL) + (now->like != NULL) + (now->product != NULL);
	if (given != 1) {
		return sf_fail(err, SF_EINVAL, "needs one of 'node', 'like' and 'product'");
	}
	if ((now->product != NULL) != (now->gpus > 0)) {
		return sf_fail(err, SF_EINVAL, "'product' and 'gpus' go together");
	}
	return 0;
}

static int read_nodes_entry(struct reader *reader, struct sf_error *err)
{
	static const struct field fields[] = {
		{"node", read_node}, {"like", read_like}, {"product", read_product},
		{"gpus", read_gpus}, {"name", read_name}, {"count", read_node_count},
	};
	size_t n = ++reader->out->n_nodes;
	reader->nodes = sf_xgrow(reader->nodes, &reader->nodes_cap, n, sizeof(*reader->nodes));
	memset(&reader->nodes[n - 1], 0, sizeof(*reader->nodes));
	reader->nodes[n - 1].count = 1;
	if (read_object(reader, fields, sizeof(fields) / sizeof(fields[0]), err) < 0 ||
	    check_node(&reader->nodes[n - 1], err) < 0) {
		return -1;
	}
	reader->n_nodes += reader->nodes[n - 1].count;
	return reader->n_nodes <= SF_SIMULATE_NODES_MAX
	               ? 0
	               : sf_fail(err, SF_ELIMIT, "more than %d nodes", SF_SIMULATE_NODES_MAX);
}

static int read_list(struct reader *reader, int (*entry)(struct reader *, struct sf_error *),
                     struct sf_error *err)
{
	if (sf_scan_peek(&reader->scan) != '[') {
		return sf_fail(err, SF_EINVAL, "write a list");
	}
	size_t i = 0;
	for (sf_scan_enter(&reader->scan, '['); sf_scan_element(&reader->scan); i++) {
		char number[24];
		snprintf(number, sizeof(number), "%zu", i);
		size_t back = step_into(reader, number);
		if (entry(reader, err) < 0) {
			return -1;
		}
		reader->path[back] = '\0';
	}
	return reader->scan.fault == NULL
	               ? 0
	               : sf_fail(err, SF_EINVAL, "no JSON: %s", reader->scan.fault);
}

static int read_pods(void *ctx, struct sf_error *err)
{
	return read_list(ctx, read_pods_entry, err);
}

static int read_nodes(void *ctx, struct sf_error *err)
{
	return read_list(ctx, read_nodes_entry, err);
}

static int read_pending(void *ctx, struct sf_error *err)
{
	struct reader *reader = ctx;
	char first = sf_scan_peek(&reader->scan);
	reader->out->pending = first == 't';
	if ((first != 't' && first != 'f') || !sf_scan_skip(&reader->scan)) {
		return sf_fail(err, SF_EINVAL, "write true or false");
	}
	return 0;
}

/* Moves what grew into the arena. */
static int keep(struct reader *reader, struct sf_error *err)
{
	struct sf_simulate_ask *out = reader->out;
	out->pods = sf_arena_array(reader->arena, out->n_pods + 1, sizeof(*out->pods));
	out->nodes = sf_arena_array(reader->arena, out->n_nodes + 1, sizeof(*out->nodes));
	if (out->pods == NULL || out->nodes == NULL) {
		return sf_fail(err, SF_ENOMEM, "the request is too large");
	}
	if (out->n_pods > 0) {
		memcpy(out->pods, reader->pods, out->n_pods * sizeof(*out->pods));
	}
	if (out->n_nodes > 0) {
		memcpy(out->nodes, reader->nodes, out->n_nodes * sizeof(*out->nodes));
	}
	return 0;
}

int sf_simulate_ask_read(const char *text, size_t len, const struct sf_catalog *catalog,
                         struct sf_arena *arena, struct sf_simulate_ask *out, struct sf_error *err)
{
	static const struct field fields[] = {
		{"pods", read_pods}, {"nodes", read_nodes}, {"pending", read_pending}};
	struct reader reader = {
		.scan = sf_scan_of(text, len), .catalog = catalog, .arena = arena, .out = out};
	*out = (struct sf_simulate_ask){0};
	int rc = read_object(&reader, fields, sizeof(fields) / sizeof(fields[0]), err);
	if (rc < 0 && reader.path[0] != '\0') {
		sf_wrap(err, "%s", reader.path);
	}
	if (rc == 0 && !sf_scan_end(&reader.scan)) {
		rc = sf_fail(err, SF_EINVAL, "no JSON: text behind the object");
	}
	if (rc == 0 && out->n_pods == 0 && !out->pending) {
		rc = sf_fail(err, SF_EINVAL, "needs 'pods', or 'pending': true");
	}
	rc = rc == 0 ? keep(&reader, err) : rc;
	free(reader.pods);
	free(reader.nodes);
	return rc;
}
