/* test_kube_traits: labels, annotations and owner, whatever the object holds. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_traits.h>

#include "json_fixture.h"

#include <slicefit/arena.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* An object; its label and its annotation `k`, and its owner. */
static const struct {
	const char *object;
	const char *label, *annotation, *owner;
} rows[] = {
	{"{'metadata':{'labels':{'a':'b','k':'v'},'annotations':{'k':'w'}}}", "v", "w", ""},
	{"{'metadata':{'labels':{'k':''}}}", "", NULL, ""},
	{"{'metadata':{'labels':null,'annotations':null,'ownerReferences':null}}", NULL, NULL, ""},
	{"{'metadata':null}", NULL, NULL, ""},
	{"{}", NULL, NULL, ""},
	{"[]", NULL, NULL, ""},
	{"{'metadata':{'labels':{'k':1},'annotations':['k'],'ownerReferences':{}}}", NULL, NULL,
         ""},
	{"{'metadata':{'labels':['k'],'annotations':{'k':{}}}}", NULL, NULL, ""},
	{"{'metadata':{'ownerReferences':[{'kind':'A'},{'kind':'Job','controller':true}]}}", NULL,
         NULL, "Job"},
	{"{'metadata':{'ownerReferences':[{'kind':'A','controller':false},{'controller':true},1]}}",
         NULL, NULL, ""},
};

static void expect_text(const char *got, const char *want, size_t row)
{
	if (want == NULL) {
		cr_expect(zero(ptr, (void *)got), "row %zu", row);
		return;
	}
	cr_assert(not(zero(ptr, (void *)got)), "row %zu", row);
	cr_expect(eq(str, (char *)got, (char *)want), "row %zu", row);
}

Test(kube_traits, read)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *json = json_quoted("%s", rows[i].object);
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_kube_traits traits;
		cr_assert(eq(int, sf_kube_traits_read(json, arena, &traits), 0));
		json_decref(json); /* nothing points into it */
		expect_text(sf_kube_traits_label(&traits, "k"), rows[i].label, i);
		expect_text(sf_kube_traits_annotation(&traits, "k"), rows[i].annotation, i);
		expect_text(traits.owner, rows[i].owner, i);
		sf_arena_destroy(arena);
	}
}

/* The last-applied configuration of kubectl is no place for a class. */
Test(kube_traits, limits)
{
	json_t *labels = json_object();
	char text[SF_KUBE_TRAITS_VALUE_MAX + 2];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_object_set_new(labels, "long", json_string(text));
	json_object_set_new(labels, "fits", json_string(text + 1));
	for (int i = 0; i < 2 * SF_KUBE_TRAITS_PAIRS_MAX; i++) {
		snprintf(text, sizeof(text), "%d", i);
		json_object_set_new(labels, text, json_string(text));
	}
	json_t *json = json_pack("{s:{s:o}}", "metadata", "labels", labels);
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_traits traits;
	cr_assert(eq(int, sf_kube_traits_read(json, arena, &traits), 0));
	cr_expect(eq(u16, traits.n_labels, SF_KUBE_TRAITS_PAIRS_MAX));
	cr_expect(zero(ptr, (void *)sf_kube_traits_label(&traits, "long")));
	cr_expect(not(zero(ptr, (void *)sf_kube_traits_label(&traits, "fits"))));
	sf_arena_destroy(arena);
	arena = sf_arena_create(64);
	cr_expect(eq(int, sf_kube_traits_read(json, arena, &traits), -1));
	sf_arena_destroy(arena);
	json_decref(json);
}
