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
		if (verdict[i].unnamed) {
			continue;
		}
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

/* {"node":"reason"} of the nodes refused by name, or of those among them that no eviction can help. */
static void write_reasons(const struct sf_extender_args *args,
                          const struct sf_extender_verdict *verdict, bool unresolvable,
                          struct sf_str *out)
{
	sf_str_append(out, "{");
	char *to = out->text + out->len;
	for (size_t i = 0; i < args->n; i++) {
		const struct sf_extender_node *node = &args->node[i];
		if (verdict[i].reason == NULL || verdict[i].unnamed ||
		    (unresolvable && !verdict[i].unresolvable)) {
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

/* Feasible items that stand side by side in the request. */
struct run {
	size_t begin; /* offset in the text */
	size_t len;
	size_t next; /* the entry behind it */
};

/* The first run from entry i on; false when there is none. */
static bool next_run(const struct sf_extender_args *args, const struct sf_extender_verdict *verdict,
                     const char *text, size_t i, struct run *run)
{
	while (i < args->n && verdict[i].reason != NULL) {
		i++;
	}
	if (i == args->n) {
		return false;
	}
	const char *begin = args->node[i].item, *end = begin + args->node[i].item_len;
	/* One byte between two items is their comma. */
	for (i++; i < args->n && verdict[i].reason == NULL && args->node[i].item == end + 1; i++) {
		end = args->node[i].item + args->node[i].item_len;
	}
	*run = (struct run){(size_t)(begin - text), (size_t)(end - begin), i};
	return true;
}

static size_t count_runs(const struct sf_extender_args *args,
                         const struct sf_extender_verdict *verdict, const char *text)
{
	struct run run;
	size_t n = 0;
	for (size_t i = 0; next_run(args, verdict, text, i, &run); i = run.next) {
		n++;
	}
	return n;
}

/* One piece for so many runs: all but the first are moved up to it. */
static size_t gather_runs(const struct sf_extender_args *args,
                          const struct sf_extender_verdict *verdict, char *text, size_t each,
                          struct sf_piece *piece)
{
	struct run run;
	size_t n = 0, k = 0, end = 0;
	for (size_t i = 0; next_run(args, verdict, text, i, &run); i = run.next, k++) {
		if (k > 0) { /* there is a comma, or the blank behind one */
			text[--run.begin] = ',';
			run.len++;
		}
		if (k % each == 0) {
			piece[n++] = (struct sf_piece){text + run.begin, run.len};
			end = run.begin + run.len;
		} else {
			memmove(text + end, text + run.begin, run.len);
			piece[n - 1].len += run.len;
			end += run.len;
		}
	}
	return n;
}

size_t sf_extender_write_filter_pieces(const struct sf_extender_args *args,
                                       const struct sf_extender_verdict *verdict, char *text,
                                       struct sf_str *own, struct sf_piece *piece)
{
	enum { RUNS_MAX = SF_EXTENDER_PIECES_MAX - 2 };
	size_t runs = count_runs(args, verdict, text);
	write_nodes_head(args, own);
	size_t head = own->len;
	sf_str_append(own, "]}");
	write_rest(args, verdict, own);
	size_t n = gather_runs(args, verdict, text, runs / RUNS_MAX + 1, piece + 1);
	piece[0] = (struct sf_piece){own->text, head};
	piece[n + 1] = (struct sf_piece){own->text + head, own->len - head};
	return n + 2;
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
