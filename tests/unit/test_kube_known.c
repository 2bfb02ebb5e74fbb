/* test_kube_known: what is told of objects, once each. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/known.h"

#include "kube/event.h"

#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static void note(void *ctx, const char *space, const char *name, const char *uid)
{
	sf_str_printf(ctx, "%s/%s:%s ", space, name, uid);
}

static enum sf_known_change see(struct sf_known *known, const char *name, const char *uid,
                                const char *version, char **old_uid)
{
	struct sf_kube_meta meta = {.space = "ns"};
	snprintf(meta.name, sizeof(meta.name), "%s", name);
	snprintf(meta.uid, sizeof(meta.uid), "%s", uid);
	snprintf(meta.version, sizeof(meta.version), "%s", version);
	return sf_known_see(known, &meta, old_uid);
}

Test(kube_known, life_of_an_object)
{
	struct sf_known *known = sf_known_create();
	char *old = NULL;
	cr_assert(eq(int, (int)see(known, "a", "u1", "1", &old), SF_KNOWN_NEW));
	cr_assert(eq(int, (int)see(known, "a", "u1", "1", &old), SF_KNOWN_SAME));
	cr_assert(eq(int, (int)see(known, "a", "u1", "2", &old), SF_KNOWN_CHANGED));
	cr_assert(eq(ptr, old, NULL));
	cr_assert(eq(int, (int)see(known, "a", "u2", "3", &old), SF_KNOWN_REPLACED));
	cr_assert(eq(str, old, "u1"));
	free(old);
	cr_assert(eq(sz, sf_known_count(known), 1));
	cr_assert(eq(ptr, sf_known_forget(known, "other", "a"), NULL));
	old = sf_known_forget(known, "ns", "a");
	cr_assert(eq(str, old, "u2"));
	free(old);
	cr_assert(eq(sz, sf_known_count(known), 0));
	sf_known_destroy(known);
}

Test(kube_known, sweep_after_a_whole_list_only)
{
	struct sf_known *known = sf_known_create();
	struct sf_str gone = {0};
	char *old;
	see(known, "a", "ua", "1", &old);
	see(known, "b", "ub", "1", &old);
	sf_known_begin(known);
	see(known, "a", "ua", "1", &old);
	/* That list was cut; the next one sees b only. */
	sf_known_begin(known);
	see(known, "b", "ub", "1", &old);
	cr_assert(eq(sz, sf_known_sweep(known, note, &gone), 1));
	cr_assert(eq(str, gone.text, "ns/a:ua "));
	cr_assert(eq(sz, sf_known_count(known), 1));
	sf_str_finish(&gone);
	sf_known_destroy(known);
}

Test(kube_known, many)
{
	enum { N = 5000 };
	struct sf_known *known = sf_known_create();
	struct sf_str gone = {0};
	char name[16], *old;
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		cr_assert(eq(int, (int)see(known, name, name, "1", &old), SF_KNOWN_NEW));
	}
	sf_known_begin(known);
	for (int i = 0; i < N; i += 2) {
		snprintf(name, sizeof(name), "p%d", i);
		cr_assert(eq(int, (int)see(known, name, name, "1", &old), SF_KNOWN_SAME));
	}
	cr_assert(eq(sz, sf_known_sweep(known, note, &gone), N / 2));
	cr_assert(eq(sz, sf_known_count(known), N / 2));
	sf_str_finish(&gone);
	sf_known_destroy(known);
}
