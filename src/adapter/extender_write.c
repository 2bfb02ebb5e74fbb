/* extender_write: answers to kube-scheduler. What came in the request is handed back as it was sent. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender.h>
#include <slicefit/extender_bind.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static int append(const char *text, size_t len, void *out)
{
	sf_str_append_n(out, text, len);
	return 0;
}

static void dump(json_t *value, struct sf_str *out)
{
	json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* A name as it was sent, with its quotes. */
static void put_name(const struct sf_extender_node *node, struct sf_str *out)
{
	sf_str_append_n(out, node->sent - 1, (size_t)node->sent_len + 2);
}

/* The NodeList as it came, up to its items. */
static void write_nodes_head(const struct sf_extender_args *args, struct sf_str *out)
{
	sf_str_append(out, "{\"Nodes\":{\"metadata\":");
	if (args->metadata != NULL) {
		sf_str_append_n(out, args->metadata, args->metadata_len);
	} else {
		sf_str_append(out, "{}");
	}
	sf_str_append(out, ",\"items\":[");
}

/* Most bytes of the names in all lists of an answer and of their reasons. */
static size_t lists_room(const struct sf_extender_args *args,
                         const struct sf_extender_verdict *verdict)
{
	enum { MARKS = 6 }; /* quotes around name and reason, colon, comma */
	size_t room = 0;
	for (size_t i = 0; i < args->n; i++) {
		size_t len = args->node[i].sent_len + MARKS;
		if (verdict[i].reason != NULL) {
			len = (len + strlen(verdict[i].reason)) * (verdict[i].unresolvable ? 2 : 1);
		}
		room += len;
	}
	return room;
}

/* Where the caller has made room. */
static inline char *put(char *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	return to + len;
}

/* The list ends at `to`: the closing mark goes over its last comma, if it has one. */
static void close_list(struct sf_str *out, char *to, char close)
{
	to -= to[-1] == ',';
	*to++ = close;
	*to = '\0';
	out->len = (size_t)(to - out->text);
}

static void write_names(const struct sf_extender_args *args,
                        const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	sf_str_append(out, "[");
	char *to = out->text + out->len;
	for (size_t i = 0; i < args->n; i++) {
		const struct sf_extender_node *node = &args->node[i];
		if (verdict[i].reason == NULL) {
			to = put(to, node->sent - 1, (size_t)node->sent_len + 2);
			*to++ = ',';
		}
	}
	close_list(out, to, ']');
}

/* {"node":"reason"} of the refused nodes, or of those among them that no eviction can help. */
static void write_reasons(const struct sf_extender_args *args,
                          const struct sf_extender_verdict *verdict, bool unresolvable,
                          struct sf_str *out)
{
	sf_str_append(out, "{");
	char *to = out->text + out->len;
	for (size_t i = 0; i < args->n; i++) {
		const struct sf_extender_node *node = &args->node[i];
		if (verdict[i].reason == NULL || (unresolvable && !verdict[i].unresolvable)) {
			continue;
		}
		to = put(to, node->sent - 1, (size_t)node->sent_len + 2);
		to = put(to, ":\"", 2);
		to = put(to, verdict[i].reason, strlen(verdict[i].reason));
		to = put(to, "\",", 2);
	}
	close_list(out, to, '}');
}

/* Everything behind Nodes. Schedulers up to 1.20 know FailedNodes only, later ones do not try
 * preemption on nodes in FailedAndUnresolvableNodes: the latter go into both. */
static void write_rest(const struct sf_extender_args *args,
                       const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	enum { KEYS = 128 }; /* the four keys and empty values, at most */
	sf_str_reserve(out, out->len + lists_room(args, verdict) + KEYS);
	sf_str_append(out, ",\"NodeNames\":");
	if (args->has_nodes && !args->has_names) {
		sf_str_append(out, "null");
	} else {
		write_names(args, verdict, out);
	}
	sf_str_append(out, ",\"FailedNodes\":");
	write_reasons(args, verdict, false, out);
	sf_str_append(out, ",\"FailedAndUnresolvableNodes\":");
	write_reasons(args, verdict, true, out);
	sf_str_append(out, ",\"Error\":\"\"}");
}

void sf_extender_write_filter(const struct sf_extender_args *args,
                              const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	const char *comma = "";
	if (!args->has_nodes) {
		sf_str_append(out, "{\"Nodes\":null");
		write_rest(args, verdict, out);
		return;
	}
	write_nodes_head(args, out);
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL) {
			sf_str_append(out, comma);
			sf_str_append_n(out, args->node[i].item, args->node[i].item_len);
			comma = ",";
		}
	}
	sf_str_append(out, "]}");
	write_rest(args, verdict, out);
}

/* Length of the items that stay, with their commas, and the first of them (NULL: none). */
static size_t measure_items(const struct sf_extender_args *args,
                            const struct sf_extender_verdict *verdict, const char **first)
{
	size_t len = 0;
	*first = NULL;
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL) {
			*first = *first != NULL ? *first : args->node[i].item;
			len += args->node[i].item_len + (len > 0);
		}
	}
	return len;
}

/* Between two items of a list there is a comma at least, so none moves past the next. */
static void move_items(const struct sf_extender_args *args,
                       const struct sf_extender_verdict *verdict, char *to)
{
	bool first = true;
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason != NULL || args->node[i].item == NULL) {
			continue;
		}
		if (!first) {
			*to++ = ',';
		}
		first = false;
		memmove(to, args->node[i].item, args->node[i].item_len);
		to += args->node[i].item_len;
	}
}

size_t sf_extender_write_filter_over(const struct sf_extender_args *args,
                                     const struct sf_extender_verdict *verdict, char *text,
                                     size_t cap)
{
	struct sf_str head = {0}, rest = {0};
	const char *first;
	size_t items = measure_items(args, verdict, &first);
	write_nodes_head(args, &head);
	sf_str_append(&rest, "]}");
	write_rest(args, verdict, &rest);
	size_t len = head.len + items + rest.len;
	if (len > cap || (first != NULL && head.len > (size_t)(first - text))) {
		len = 0;
	} else {
		move_items(args, verdict, text + head.len);
		memcpy(text, sf_str_get(&head), head.len);
		memcpy(text + head.len + items, sf_str_get(&rest), rest.len);
	}
	sf_str_finish(&head);
	sf_str_finish(&rest);
	return len;
}

/* Room for the text of a struct sf_error, which may hold bytes of the request. */
static json_t *error_text(const char *text)
{
	char clean[512];
	snprintf(clean, sizeof(clean), "%s", text);
	for (char *c = clean; *c != '\0'; c++) {
		if (*c == '%') {
			*c = '?';
		}
	}
	json_t *value = json_string(clean);
	for (char *c = clean; value == NULL && *c != '\0'; c++) {
		/* A multi-byte character was cut. */
		if ((unsigned char)*c >= 0x80) {
			*c = '?';
		}
	}
	return value != NULL ? value : json_string(clean);
}

void sf_extender_write_error(const char *text, struct sf_str *out)
{
	json_t *value = error_text(text);
	sf_str_append(out, "{\"Nodes\":null,\"NodeNames\":null,\"FailedNodes\":{},"
	                   "\"FailedAndUnresolvableNodes\":{},\"Error\":");
	dump(value, out);
	sf_str_append(out, "}");
	json_decref(value);
}

void sf_extender_bind_write(const char *error, struct sf_str *out)
{
	json_t *value = error_text(error != NULL ? error : "");
	sf_str_append(out, "{\"Error\":");
	dump(value, out);
	sf_str_append(out, "}");
	json_decref(value);
}

static void put_number(int number, struct sf_str *out)
{
	if (number >= 0 && number < 10) {
		char digit = (char)('0' + number);
		sf_str_append_n(out, &digit, 1);
	} else {
		sf_str_printf(out, "%d", number);
	}
}

/* The score that the scheduler gives a host anyway: 0, or what all have in common. */
static int implied(const struct sf_extender_args *args, const int *score)
{
	for (size_t i = 1; i < args->n; i++) {
		if (score[i] != score[0]) {
			return 0;
		}
	}
	return args->n > 0 ? score[0] : 0;
}

void sf_extender_write_scores(const struct sf_extender_args *args, const int *score,
                              struct sf_str *out)
{
	enum { ENTRY = 40 }; /* bytes around a name, and the comma */
	const char *comma = "";
	int unsaid = implied(args, score);
	size_t room = 0;
	for (size_t i = 0; i < args->n; i++) {
		room += score[i] != unsaid ? args->node[i].sent_len + ENTRY : 0;
	}
	sf_str_reserve(out, out->len + room);
	sf_str_append(out, "[");
	for (size_t i = 0; i < args->n; i++) {
		if (score[i] == unsaid) {
			continue;
		}
		sf_str_append(out, comma);
		sf_str_append(out, "{\"Host\":");
		put_name(&args->node[i], out);
		sf_str_append(out, ",\"Score\":");
		put_number(score[i], out);
		sf_str_append(out, "}");
		comma = ",";
	}
	sf_str_append(out, "]");
}
