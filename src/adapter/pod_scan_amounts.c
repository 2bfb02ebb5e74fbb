/* pod_scan_amounts: amounts of resources out of the text of a Pod. */
// SPDX-License-Identifier: Apache-2.0
#include "pod_scan_amounts.h"

#include <slicefit/error.h>

#include <string.h>

void sf_scan_plain_set(const struct sf_scan_text *text, struct sf_scan_plain *out)
{
	out->text = text->text;
	out->len = text->len;
	if (text->escaped) {
		out->len = sf_scan_put(text, out->buffer, sizeof(out->buffer));
		out->text = out->buffer;
	}
}

void sf_scan_amount(struct sf_scan *scan, struct sf_scan_plain *out)
{
	char first = sf_scan_peek(scan);
	const char *begin = scan->at;
	struct sf_scan_text text;
	out->text = NULL;
	out->len = 0;
	if (first == '"') {
		if (sf_scan_string(scan, &text) && !text.nul) {
			sf_scan_plain_set(&text, out);
		}
		return;
	}
	if (!sf_scan_skip(scan) || (first != '-' && (first < '0' || first > '9'))) {
		return;
	}
	size_t len = (size_t)(scan->at - begin);
	if (memchr(begin, '.', len) == NULL && memchr(begin, 'e', len) == NULL &&
	    memchr(begin, 'E', len) == NULL) {
		out->text = begin;
		out->len = len;
	}
}

/* Is the name a key of the object that comes next in `list` (a copy, at its brace)? */
static bool has_key(struct sf_scan list, const char *name, size_t len)
{
	struct sf_scan_text key;
	struct sf_scan_plain plain;
	for (sf_scan_enter(&list, '{'); sf_scan_member(&list, &key); sf_scan_skip(&list)) {
		sf_scan_plain_set(&key, &plain);
		if (plain.len == len && memcmp(plain.text, name, len) == 0) {
			return true;
		}
	}
	return false;
}

bool sf_scan_lists_have(const struct sf_scan_lists *lists, const char *name, size_t len)
{
	return lists->requests.at != NULL && has_key(lists->requests, name, len);
}

/* One of the two lists; of limits only what requests do not mention. */
static int read_list(const struct sf_scan_lists *lists, bool limits, struct sf_pod_amounts *out,
                     struct sf_error *err)
{
	struct sf_scan scan = limits ? lists->limits : lists->requests;
	struct sf_scan_text key;
	struct sf_scan_plain name, amount;
	if (scan.at == NULL) {
		return 0;
	}
	for (sf_scan_enter(&scan, '{'); sf_scan_member(&scan, &key);) {
		sf_scan_plain_set(&key, &name);
		if (!sf_pod_amounts_known(name.text, name.len) ||
		    (limits && (!sf_pod_amounts_extended(name.text, name.len) ||
		                sf_scan_lists_have(lists, name.text, name.len)))) {
			sf_scan_skip(&scan);
			continue;
		}
		sf_scan_amount(&scan, &amount);
		if (sf_pod_amounts_set(out, name.text, name.len, amount.text, amount.len, err) <
		    0) {
			return sf_wrap(err, limits ? "limits" : "requests");
		}
	}
	return 0;
}

/* Notes where requests and limits are. What comes next is an object. */
static int find_lists(struct sf_scan *scan, struct sf_scan_lists *out, struct sf_error *err)
{
	struct sf_scan_text key;
	*out = (struct sf_scan_lists){0};
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key); sf_scan_skip(scan)) {
		bool requests = sf_scan_is(&key, "requests", false);
		struct sf_scan *list = requests ? &out->requests : &out->limits;
		if (!requests && !sf_scan_is(&key, "limits", false)) {
			continue;
		}
		char first = sf_scan_peek(scan);
		*list = first == '{' ? *scan : (struct sf_scan){0};
		if (first != '{' && first != 'n' && first != '\0') {
			return sf_fail(err, SF_EINVAL, "%s is no object",
			               requests ? "requests" : "limits");
		}
	}
	return 0;
}

int sf_scan_resources(struct sf_scan *scan, struct sf_scan_lists *lists, struct sf_pod_amounts *out,
                      struct sf_error *err)
{
	*out = (struct sf_pod_amounts){0};
	if (find_lists(scan, lists, err) < 0) {
		return -1;
	}
	if (scan->fault != NULL) {
		*lists = (struct sf_scan_lists){0};
		return 0;
	}
	return read_list(lists, false, out, err) < 0 ? -1 : read_list(lists, true, out, err);
}
