/* kube_traits: labels, annotations and owner of a Kubernetes object. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_traits.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/scan.h>
#include <slicefit/str.h>

#include <stdbool.h>
#include <string.h>

struct reader {
	struct sf_scan scan;
	struct sf_arena *arena;
	struct sf_kube_traits traits;
};

/* The text that comes next; false for anything else, which is skipped. */
static bool next_text(struct sf_scan *scan, struct sf_scan_text *out)
{
	if (sf_scan_peek(scan) == '"') {
		return sf_scan_string(scan, out);
	}
	sf_scan_skip(scan);
	return false;
}

/* The object or array that comes next is entered; false for anything else, which is skipped. */
static bool enter(struct sf_scan *scan, char open)
{
	if (sf_scan_peek(scan) == open) {
		return sf_scan_enter(scan, open);
	}
	sf_scan_skip(scan);
	return false;
}

/* Of equal keys all are kept; the last one counts. */
static int read_pairs(struct reader *reader, const struct sf_kube_trait **out, uint16_t *n_out)
{
	struct sf_kube_trait pair[SF_KUBE_TRAITS_MAX];
	struct sf_scan_text key, value;
	uint16_t n = 0;
	*n_out = 0;
	if (!enter(&reader->scan, '{')) {
		return 0;
	}
	while (sf_scan_member(&reader->scan, &key)) {
		if (!next_text(&reader->scan, &value) || n == SF_KUBE_TRAITS_MAX ||
		    value.len > SF_KUBE_TRAITS_VALUE_MAX) {
			continue;
		}
		pair[n].key = sf_scan_copy(&key, reader->arena);
		pair[n].value = sf_scan_copy(&value, reader->arena);
		if (pair[n].key == NULL || pair[n].value == NULL) {
			return -1;
		}
		n++;
	}
	struct sf_kube_trait *kept = sf_arena_array(reader->arena, n + 1U, sizeof(*kept));
	if (kept == NULL) {
		return -1;
	}
	memcpy(kept, pair, n * sizeof(*kept));
	*out = kept;
	*n_out = n;
	return 0;
}

/* One owner reference: *kind is set when it is the controller and says one. */
static void read_reference(struct sf_scan *scan, struct sf_scan_text *kind, bool *found)
{
	struct sf_scan_text key, text = {0};
	bool named = false, controller = false;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "kind", false)) {
			named = next_text(scan, &text);
			continue;
		}
		if (sf_scan_is(&key, "controller", false)) {
			controller = sf_scan_peek(scan) == 't';
		}
		sf_scan_skip(scan);
	}
	if (named && controller) {
		*kind = text;
		*found = true;
	}
}

static int read_owner(struct reader *reader)
{
	struct sf_scan_text kind;
	bool found = false;
	reader->traits.owner = NULL;
	if (!enter(&reader->scan, '[')) {
		return 0;
	}
	while (sf_scan_element(&reader->scan)) {
		if (sf_scan_peek(&reader->scan) == '{') {
			read_reference(&reader->scan, &kind, &found);
		} else {
			sf_scan_skip(&reader->scan);
		}
	}
	if (found) {
		reader->traits.owner = sf_scan_copy(&kind, reader->arena);
	}
	return found && reader->traits.owner == NULL ? -1 : 0;
}

static int read_metadata(struct reader *reader)
{
	struct sf_kube_traits *traits = &reader->traits;
	struct sf_scan_text key;
	int rc = 0;
	*traits = (struct sf_kube_traits){0};
	if (!enter(&reader->scan, '{')) {
		return 0;
	}
	while (rc == 0 && sf_scan_member(&reader->scan, &key)) {
		if (sf_scan_is(&key, "labels", false)) {
			rc = read_pairs(reader, &traits->label, &traits->n_labels);
		} else if (sf_scan_is(&key, "annotations", false)) {
			rc = read_pairs(reader, &traits->annotation, &traits->n_annotations);
		} else if (sf_scan_is(&key, "ownerReferences", false)) {
			rc = read_owner(reader);
		} else {
			sf_scan_skip(&reader->scan);
		}
	}
	return rc;
}

int sf_kube_traits_read(const char *text, size_t len, struct sf_arena *arena,
                        struct sf_kube_traits *out)
{
	struct reader reader = {.scan = sf_scan_of(text, len), .arena = arena};
	struct sf_scan_text key;
	if (enter(&reader.scan, '{')) {
		while (sf_scan_member(&reader.scan, &key)) {
			if (!sf_scan_is(&key, "metadata", false)) {
				sf_scan_skip(&reader.scan);
			} else if (read_metadata(&reader) < 0) {
				return -1;
			}
		}
	}
	*out = reader.traits;
	return 0;
}

char *sf_kube_traits_pack(const struct sf_kube_traits *traits)
{
	struct sf_str block = {0};
	for (uint16_t i = 0; i < traits->n_labels; i++) {
		const struct sf_kube_trait *label = &traits->label[i];
		if (label->key[0] != '\0') { /* would end the block */
			sf_str_append_n(&block, label->key, strlen(label->key) + 1);
			sf_str_append_n(&block, label->value, strlen(label->value) + 1);
		}
	}
	char *packed = NULL;
	if (block.len > 0) {
		packed = sf_xcalloc(1, block.len + 1); /* no more than it takes: it is kept */
		memcpy(packed, block.text, block.len);
	}
	sf_str_finish(&block);
	return packed;
}

static const char *find(const struct sf_kube_trait *pair, uint16_t n, const char *key)
{
	while (n > 0) {
		n--;
		if (strcmp(pair[n].key, key) == 0) {
			return pair[n].value;
		}
	}
	return NULL;
}

const char *sf_kube_traits_label(const struct sf_kube_traits *traits, const char *key)
{
	return find(traits->label, traits->n_labels, key);
}

const char *sf_kube_traits_annotation(const struct sf_kube_traits *traits, const char *key)
{
	return find(traits->annotation, traits->n_annotations, key);
}
