/* test_kube_traits: labels, annotations and owner, whatever the object holds. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_traits.h>

#include <slicefit/arena.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* An object, with ' for "; its label and its annotation `k`, and its owner. */
static const struct {
	const char *object;
	const char *label, *annotation, *owner;
} rows[] = {
	{"{'metadata':{'labels':{'a':'b','k':'v'},'annotations':{'k':'w'}}}", "v", "w", NULL},
	{"{'metadata':{'labels':{'k':''}}}", "", NULL, NULL},
	{"{'metadata':{'labels':{'\\u006b':'\\u0076\\u00e9'}}}", "v\xc3\xa9", NULL, NULL},
	{"{'metadata':{'labels':{'k':'v\\u0000x'}}}", "v", NULL, NULL},
	{"{'spec':{'metadata':{'labels':{'k':'v'}}}}", NULL, NULL, NULL},
	{"{'metadata':{'labels':null,'annotations':null,'ownerReferences':null}}", NULL, NULL,
         NULL},
	{"{'metadata':null}", NULL, NULL, NULL},
	{"{}", NULL, NULL, NULL},
	{"[]", NULL, NULL, NULL},
	{"", NULL, NULL, NULL},
	{"{'metadata':{'labels':{'k':1},'annotations':['k'],'ownerReferences':{}}}", NULL, NULL,
         NULL},
	{"{'metadata':{'labels':['k'],'annotations':{'k':{}}}}", NULL, NULL, NULL},
	{"{'metadata':{'labels':{'k':'v','k':'w'}}}", "w", NULL, NULL},
	{"{'metadata':{'labels':{'k':'v'},'labels':{}}}", NULL, NULL, NULL},
	{"{'metadata':{'labels':{'k':'v'}},'metadata':{}}", NULL, NULL, NULL},
	{"{'metadata':{'labels':{'k':'v'}},'spec':{", "v", NULL, NULL},
	{"{'metadata':{'ownerReferences':[{'kind':'A'},{'kind':'Job','controller':true}]}}", NULL,
         NULL, "Job"},
	{"{'metadata':{'ownerReferences':[{'kind':'A','controller':false},{'controller':true},1]}}",
         NULL, NULL, NULL},
	{"{'metadata':{'ownerReferences':[{'controller':true,'kind':1}]}}", NULL, NULL, NULL},
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
		size_t len = strlen(rows[i].object);
		char *text = strdup(rows[i].object);
		for (char *c = text; *c != '\0'; c++) {
			*c = *c == '\'' ? '"' : *c;
		}
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_kube_traits traits;
		cr_assert(eq(int, sf_kube_traits_read(text, len, arena, &traits), 0));
		free(text); /* nothing points into it */
		expect_text(sf_kube_traits_label(&traits, "k"), rows[i].label, i);
		expect_text(sf_kube_traits_annotation(&traits, "k"), rows[i].annotation, i);
		expect_text(traits.owner, rows[i].owner, i);
		sf_arena_destroy(arena);
	}
}

/* The last-applied configuration of kubectl is no place for a class. */
Test(kube_traits, limits)
{
	struct sf_str text = {0};
	char value[SF_KUBE_TRAITS_VALUE_MAX + 2];
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	sf_str_printf(&text, "{\"metadata\":{\"labels\":{\"long\":\"%s\",\"fits\":\"%s\"", value,
	              value + 1);
	for (int i = 0; i < 2 * SF_KUBE_TRAITS_MAX; i++) {
		sf_str_printf(&text, ",\"%d\":\"\"", i);
	}
	sf_str_append(&text, "}}}");
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_traits traits;
	cr_assert(eq(int, sf_kube_traits_read(text.text, text.len, arena, &traits), 0));
	cr_expect(eq(u16, traits.n_labels, SF_KUBE_TRAITS_MAX));
	cr_expect(zero(ptr, (void *)sf_kube_traits_label(&traits, "long")));
	cr_expect(not(zero(ptr, (void *)sf_kube_traits_label(&traits, "fits"))));
	sf_arena_destroy(arena);
	arena = sf_arena_create(64);
	cr_expect(eq(int, sf_kube_traits_read(text.text, text.len, arena, &traits), -1));
	sf_arena_destroy(arena);
	sf_str_finish(&text);
}
