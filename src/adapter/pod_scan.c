/*
 * pod_scan: what a Kubernetes Pod object asks for, read in one pass over its text.
 *
 * Of some kilobytes, most of them managedFields, a few names and amounts matter; the rest is checked
 * and skipped. kube_pod.c reads the same from a tree, and tests compare the two.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_pod.h>

#include "kube_time.h"
#include "pod_scan_amounts.h"

#include <slicefit/error.h>
#include <slicefit/scan.h>

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 256, DIGITS_MAX = 24 };

struct reader {
	struct sf_scan *scan;
	struct sf_kube_pod *pod;
	struct sf_pod_parts parts;
};

/* A key that is read. Where an object or an array is due, null is as good as none; texts go into
 * the pod, "" for anything else. */
struct member {
	const char *name;
	char open; /* '{' or '[': what is due; 0: whatever */
	int (*read)(struct reader *reader, struct sf_error *err);
	size_t offset, cap; /* of the text in the pod, without `read` */
};

#define TEXT(key, field)                                                                           \
	{                                                                                          \
		.name = (key), .offset = offsetof(struct sf_kube_pod, field),                      \
		.cap = sizeof(((struct sf_kube_pod *)0)->field)                                    \
	}

/* The next value when it is a text, else "". */
static void read_text(struct sf_scan *scan, char *out, size_t cap)
{
	struct sf_scan_text text;
	out[0] = '\0';
	if (sf_scan_peek(scan) != '"') {
		sf_scan_skip(scan);
	} else if (sf_scan_string(scan, &text)) {
		sf_scan_put(&text, out, cap);
	}
}

static int fail_type(const struct member *member, struct sf_error *err)
{
	return sf_fail(err, SF_EINVAL, "%s is no %s", member->name,
	               member->open == '{' ? "object" : "array");
}

static int read_member(struct reader *reader, const struct member *member, struct sf_error *err)
{
	char first = sf_scan_peek(reader->scan);
	if (first == 'n' && member->open != '\0') {
		sf_scan_skip(reader->scan);
		return 0;
	}
	if (first != '\0' && member->open != '\0' && first != member->open) {
		return fail_type(member, err);
	}
	if (member->read != NULL) {
		return member->read(reader, err);
	}
	read_text(reader->scan, (char *)reader->pod + member->offset, member->cap);
	return 0;
}

/* An object: the members of the table, of which the last has no name; others are skipped. */
static int read_members(struct reader *reader, const struct member *members, struct sf_error *err)
{
	struct sf_scan_text key;
	for (sf_scan_enter(reader->scan, '{'); sf_scan_member(reader->scan, &key);) {
		const struct member *member = members;
		while (member->name != NULL && !sf_scan_is(&key, member->name, false)) {
			member++;
		}
		if (member->name == NULL) {
			sf_scan_skip(reader->scan);
		} else if (read_member(reader, member, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static bool next_is(struct sf_scan *scan, const char *word)
{
	char text[KEY_MAX];
	read_text(scan, text, sizeof(text));
	return strcmp(text, word) == 0;
}

/* A container, an object: what it asks for, and whether restartPolicy is Always. */
static int read_container(struct sf_scan *scan, struct sf_pod_amounts *out, bool *stays,
                          struct sf_error *err)
{
	struct sf_scan_text key;
	struct sf_scan_lists lists;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "restartPolicy", false)) {
			*stays = next_is(scan, "Always");
			continue;
		}
		if (!sf_scan_is(&key, "resources", false)) {
			sf_scan_skip(scan);
			continue;
		}
		char first = sf_scan_peek(scan);
		*out = (struct sf_pod_amounts){0};
		if (first == 'n') {
			sf_scan_skip(scan);
		} else if (first != '{' && first != '\0') {
			return sf_fail(err, SF_EINVAL, "resources is no object");
		} else if (sf_scan_resources(scan, &lists, out, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_containers(struct reader *reader, bool init, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	const char *field = init ? "initContainers" : "containers";
	sf_scan_enter(scan, '[');
	for (size_t i = 0; sf_scan_element(scan); i++) {
		struct sf_pod_amounts one = {0};
		bool stays = false;
		char first = sf_scan_peek(scan);
		int rc = first != '{' && first != '\0'
		                 ? sf_fail(err, SF_EINVAL, "a container is no object")
		                 : read_container(scan, &one, &stays, err);
		if (rc < 0) {
			return sf_wrap(err, "spec.%s[%zu]", field, i);
		}
		if ((init ? sf_pod_parts_add_init(&reader->parts, &one, stays, err)
		          : sf_pod_parts_add(&reader->parts, &one, err)) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_app_containers(struct reader *reader, struct sf_error *err)
{
	reader->parts.containers = (struct sf_pod_amounts){0};
	return read_containers(reader, false, err);
}

static int read_init_containers(struct reader *reader, struct sf_error *err)
{
	reader->parts.sidecars = reader->parts.init_peak = (struct sf_pod_amounts){0};
	return read_containers(reader, true, err);
}

static int read_pod_level(struct reader *reader, struct sf_error *err)
{
	struct sf_pod_parts *parts = &reader->parts;
	struct sf_scan_lists lists;
	if (sf_scan_resources(reader->scan, &lists, &parts->pod_level, err) < 0) {
		return -1;
	}
	parts->pod_cpu = sf_scan_lists_have(&lists, "cpu", 3);
	parts->pod_memory = sf_scan_lists_have(&lists, "memory", 6);
	return 0;
}

static int read_overhead(struct reader *reader, struct sf_error *err)
{
	struct sf_scan_text key;
	struct sf_scan_plain name, amount;
	reader->parts.overhead = (struct sf_pod_amounts){0};
	for (sf_scan_enter(reader->scan, '{'); sf_scan_member(reader->scan, &key);) {
		sf_scan_plain_set(&key, &name);
		if (sf_pod_amounts_extended(name.text, name.len)) {
			sf_scan_skip(reader->scan);
			continue;
		}
		sf_scan_amount(reader->scan, &amount);
		if (sf_pod_amounts_set(&reader->parts.overhead, name.text, name.len, amount.text,
		                       amount.len, err) < 0) {
			return sf_wrap(err, "spec.overhead");
		}
	}
	return 0;
}

static int read_priority(struct reader *reader, struct sf_error *err)
{
	struct sf_scan_plain amount;
	char digits[DIGITS_MAX];
	(void)err;
	reader->pod->priority = 0;
	bool number = sf_scan_peek(reader->scan) != '"';
	sf_scan_amount(reader->scan, &amount);
	if (number && amount.text != NULL && amount.len < sizeof(digits)) {
		memcpy(digits, amount.text, amount.len);
		digits[amount.len] = '\0';
		long long value = strtoll(digits, NULL, 10);
		value = value > INT32_MAX ? INT32_MAX : value;
		reader->pod->priority = value < INT32_MIN ? INT32_MIN : (int32_t)value;
	}
	return 0;
}

static int read_spec(struct reader *reader, struct sf_error *err)
{
	static const struct member members[] = {
		{.name = "containers", .open = '[', .read = read_app_containers},
		{.name = "initContainers", .open = '[', .read = read_init_containers},
		{.name = "resources", .open = '{', .read = read_pod_level},
		{.name = "overhead", .open = '{', .read = read_overhead},
		TEXT("nodeName", node),
		{.name = "priority", .read = read_priority},
		{0},
	};
	return read_members(reader, members, err);
}

static int read_annotations(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	struct sf_scan_text key, text;
	struct sf_scan_plain name, value;
	(void)err;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		char first = sf_scan_peek(scan);
		sf_scan_plain_set(&key, &name);
		value.text = first == 'n' ? "" : NULL;
		value.len = 0;
		if (first != '"') {
			sf_scan_skip(scan);
		} else if (sf_scan_string(scan, &text)) {
			sf_scan_plain_set(&text, &value);
			value.text = text.nul ? NULL : value.text;
		}
		sf_kube_wish_annotation(reader->pod, name.text, name.len, value.text, value.len);
	}
	return 0;
}

static int read_deletion(struct reader *reader, struct sf_error *err)
{
	(void)err;
	reader->pod->deleting = !next_is(reader->scan, "");
	return 0;
}

static int read_metadata(struct reader *reader, struct sf_error *err)
{
	static const struct member members[] = {
		TEXT("name", name),
		TEXT("namespace", space),
		TEXT("uid", uid),
		{.name = "deletionTimestamp", .read = read_deletion},
		{.name = "annotations", .open = '{', .read = read_annotations},
		{0},
	};
	return read_members(reader, members, err);
}

static int read_phase(struct reader *reader, struct sf_error *err)
{
	char phase[KEY_MAX];
	(void)err;
	read_text(reader->scan, phase, sizeof(phase));
	reader->pod->finished = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
	return 0;
}

static int read_start(struct reader *reader, struct sf_error *err)
{
	char text[KEY_MAX];
	(void)err;
	read_text(reader->scan, text, sizeof(text));
	reader->pod->start_us = sf_kube_time(text);
	return 0;
}

static int read_status(struct reader *reader, struct sf_error *err)
{
	static const struct member members[] = {
		{.name = "phase", .read = read_phase},
		{.name = "startTime", .read = read_start},
		{0},
	};
	return read_members(reader, members, err);
}

int sf_kube_pod_read(const char *text, size_t len, struct sf_kube_pod *out, struct sf_error *err)
{
	static const struct member members[] = {
		{.name = "metadata", .open = '{', .read = read_metadata},
		{.name = "spec", .open = '{', .read = read_spec},
		{.name = "status", .open = '{', .read = read_status},
		{0},
	};
	struct sf_scan scan = sf_scan_of(text, len);
	struct sf_kube_pod pod = {.start_us = INT64_MAX};
	struct reader reader = {.scan = &scan, .pod = &pod};
	if (sf_scan_peek(&scan) != '{') {
		return sf_fail(err, SF_EINVAL, "Pod is missing or no object");
	}
	int rc = read_members(&reader, members, err);
	if (rc == 0 && !sf_scan_end(&scan)) {
		return sf_fail(err, SF_EINVAL, "the Pod is no JSON: byte %zu: %s",
		               (size_t)(scan.at - scan.begin), scan.fault);
	}
	if (rc < 0 || sf_pod_parts_finish(&reader.parts, &pod, err) < 0) {
		return sf_wrap(err, "pod %.63s/%.63s", pod.space, pod.name);
	}
	sf_kube_wish_apply(&pod, &(struct sf_kube_wish_rules){0});
	*out = pod;
	return 0;
}
