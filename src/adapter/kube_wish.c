/* kube_wish: GPU memory that a pod wishes for, in the conventions that users have already. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_wish.h>

#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/quantity.h>

#include <stdio.h>
#include <string.h>

enum place { ANNOTATION, RESOURCE };
enum unit { BYTES, MIB, GPUSHARE_UNIT, MILLI, PERCENT };
enum owner { OWN, KAI, HAMI, GPUSHARE };

/* Every convention: who uses it, where it stands, what it counts, and what to say of a wrong value. */
static const struct convention {
	const char *name;
	enum owner owner;
	enum place place;
	enum unit unit;
	const char *fault;
} conventions[SF_KUBE_WISHES] = {
	[SF_KUBE_WISH_OWN] = {SF_KUBE_GPU_MEMORY, OWN, ANNOTATION, BYTES,
                              "annotation " SF_KUBE_GPU_MEMORY
                              " is no amount of memory (write for example 10Gi)"},
	[SF_KUBE_WISH_KAI_MEMORY] = {SF_KUBE_KAI_MEMORY, KAI, ANNOTATION, MIB,
                                     "annotation " SF_KUBE_KAI_MEMORY
                                     " is no number of MiB (write for example 2000)"},
	[SF_KUBE_WISH_KAI_FRACTION] = {SF_KUBE_KAI_FRACTION, KAI, ANNOTATION, MILLI,
                                       "annotation " SF_KUBE_KAI_FRACTION
                                       " is no part of a GPU (write for example 0.5)"},
	[SF_KUBE_WISH_HAMI_MEMORY] = {SF_KUBE_HAMI_MEMORY, HAMI, RESOURCE, MIB,
                                      SF_KUBE_HAMI_MEMORY " is no number of MiB"},
	[SF_KUBE_WISH_HAMI_PERCENT] = {SF_KUBE_HAMI_PERCENT, HAMI, RESOURCE, PERCENT,
                                       SF_KUBE_HAMI_PERCENT " is more than 100"},
	[SF_KUBE_WISH_GPUSHARE] = {SF_KUBE_GPUSHARE, GPUSHARE, RESOURCE, GPUSHARE_UNIT,
                                   SF_KUBE_GPUSHARE " is more than any GPU has"},
};

enum {
	WRONG = -1,     /* in pod->wish: it is there, but cannot be read */
	VALUE_MAX = 63, /* bytes of a value, as of any quantity that means something */
};

/* At most 9 digits, with a point among them if `fraction`. */
static bool is_decimal(const char *text, size_t len, bool fraction)
{
	size_t digits = 0, points = 0;
	for (size_t i = 0; i < len; i++) {
		digits += text[i] >= '0' && text[i] <= '9';
		points += text[i] == '.';
	}
	return digits > 0 && digits <= 9 && points <= fraction && digits + points == len;
}

/* The value of an annotation in its unit, rounded up; bytes become MiB. */
static int64_t read_value(enum unit unit, const char *text, size_t len)
{
	int64_t value;
	if (text == NULL || len > VALUE_MAX ||
	    (unit != BYTES && !is_decimal(text, len, unit == MILLI)) ||
	    sf_quantity_parse(text, len, unit == MILLI ? 3 : 0, &value) < 0 || value < 0) {
		return WRONG;
	}
	if (unit == BYTES) {
		value = value / 1048576 + (value % 1048576 != 0);
		return value > INT32_MAX ? WRONG : value;
	}
	/* Both are refused by KAI Scheduler, too. */
	return value == 0 || (unit == MILLI && value > 1000) ? WRONG : value;
}

void sf_kube_wish_annotation(struct sf_kube_pod *pod, const char *key, size_t key_len,
                             const char *text, size_t len)
{
	for (size_t i = 0; i < SF_KUBE_WISHES; i++) {
		const struct convention *c = &conventions[i];
		if (c->place == ANNOTATION && strlen(c->name) == key_len &&
		    memcmp(c->name, key, key_len) == 0) {
			pod->wish[i] =
				text != NULL && len == 0 ? 0 : read_value(c->unit, text, len);
		}
	}
}

static bool is_on(const struct sf_kube_wish_rules *rules, enum owner owner)
{
	const bool off[] = {
		[OWN] = false,
		[KAI] = rules->no_kai,
		[HAMI] = rules->no_hami,
		[GPUSHARE] = rules->no_gpushare,
	};
	return !off[owner];
}

/* The wish that counts, or SF_KUBE_WISHES; *fault when there are too many. */
static size_t choose(const struct sf_kube_pod *pod, const struct sf_kube_wish_rules *rules,
                     const char **fault)
{
	size_t chosen = SF_KUBE_WISHES;
	for (size_t i = 0; i < SF_KUBE_WISHES; i++) {
		if (pod->wish[i] == 0 || !is_on(rules, conventions[i].owner)) {
			continue;
		}
		if (i == SF_KUBE_WISH_OWN) {
			return i;
		}
		if (chosen != SF_KUBE_WISHES) {
			*fault = "more than one wish for GPU memory: keep one, or set "
				 "annotation " SF_KUBE_GPU_MEMORY;
			return chosen;
		}
		chosen = i;
	}
	return chosen;
}

/* False when the value cannot be. */
static bool set(struct sf_kube_pod *pod, const struct convention *c, int64_t value,
                const struct sf_kube_wish_rules *rules)
{
	bool share = c->unit == MILLI || c->unit == PERCENT;
	int64_t each = c->unit == PERCENT                                 ? 10
	               : c->unit == GPUSHARE_UNIT && !rules->gpushare_mib ? 1024
	                                                                  : 1;
	if (value < 0 || value > INT32_MAX / each || (share && value * each > 1000)) {
		return false;
	}
	pod->gpu_memory_mib = share ? 0 : (int32_t)(value * each);
	pod->gpu_memory_milli = share ? (uint16_t)(value * each) : 0;
	return true;
}

/* aliyun.com/gpu-mem alone: one replica of a shared GPU. */
static void ask_for_replica(struct sf_kube_pod *pod)
{
	pod->replica_only = true;
	pod->n = 1;
	snprintf(pod->want[0].name, sizeof(pod->want[0].name), "nvidia.com/gpu");
	pod->want[0].count = 1;
}

void sf_kube_wish_apply(struct sf_kube_pod *pod, const struct sf_kube_wish_rules *rules)
{
	pod->n = pod->replica_only ? 0 : pod->n;
	pod->replica_only = false;
	pod->wish_fault = NULL;
	pod->gpu_memory_mib = 0;
	pod->gpu_memory_milli = 0;
	if (pod->n == 0 && pod->wish[SF_KUBE_WISH_GPUSHARE] != 0 && !rules->no_gpushare) {
		ask_for_replica(pod);
	}
	size_t i = choose(pod, rules, &pod->wish_fault);
	if (pod->n == 0 || i == SF_KUBE_WISHES) {
		pod->wish_fault = NULL;
		return;
	}
	if (pod->wish_fault == NULL && !set(pod, &conventions[i], pod->wish[i], rules)) {
		pod->wish_fault = conventions[i].fault;
	}
	pod->gpu_memory_milli = pod->wish_fault != NULL ? 1000 : pod->gpu_memory_milli;
}

int sf_kube_wish_rules_parse(const char *text, struct sf_kube_wish_rules *out, struct sf_error *err)
{
	struct sf_kube_wish_rules rules = {.no_kai = true, .no_hami = true, .no_gpushare = true};
	if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
		*out = *text == 'a' ? (struct sf_kube_wish_rules){0} : rules;
		return 0;
	}
	for (const char *word = text;; word++) {
		size_t len = strcspn(word, ",");
		if (len == 3 && memcmp(word, "kai", len) == 0) {
			rules.no_kai = false;
		} else if (len == 4 && memcmp(word, "hami", len) == 0) {
			rules.no_hami = false;
		} else if ((len == 8 && memcmp(word, "gpushare", len) == 0) ||
		           (len == 12 && memcmp(word, "gpushare:MiB", len) == 0)) {
			rules.no_gpushare = false;
			rules.gpushare_mib |= len == 12;
		} else {
			return sf_fail(
				err, SF_EINVAL,
				"'%.*s' is no convention for GPU memory: write all, none, or "
				"a list of kai, hami, gpushare, gpushare:MiB",
				len < 40 ? (int)len : 40, word);
		}
		word += len;
		if (*word == '\0') {
			*out = rules;
			return 0;
		}
	}
}
