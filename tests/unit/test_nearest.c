/* Tests of nearest: distances, suggestions. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/nearest.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const struct {
	const char *a;
	const char *b;
	size_t distance;
	bool close;
} rows[] = {
	{"", "", 0, false},
	{"", "plan", 4, false},
	{"plan", "plan", 0, true},
	{"PLAN", "plan", 0, true},
	{"pln", "plan", 1, true},
	{"plann", "plan", 1, true},
	{"paln", "plan", 1, true},
	{"replya", "replay", 1, true},
	{"serv", "serve", 1, true},
	{"catalogue", "catalog", 2, true},
	{"kitten", "sitting", 3, true},
	{"frobnicate", "catalog", 10, false},
	{"x", "y", 1, false},
};

Test(nearest, distance)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t there = sf_nearest_distance(rows[i].a, rows[i].b);
		size_t back = sf_nearest_distance(rows[i].b, rows[i].a);
		cr_expect(eq(sz, there, rows[i].distance), "%s, %s", rows[i].a, rows[i].b);
		cr_expect(eq(sz, back, rows[i].distance), "%s, %s", rows[i].b, rows[i].a);
		cr_expect(sf_nearest_close(rows[i].a, rows[i].b) == rows[i].close, "%s, %s",
		          rows[i].a, rows[i].b);
	}
}

/* Bytes beyond the limit do not count; nothing is written outside the rows. */
Test(nearest, long_words)
{
	char a[300];
	char b[300];
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	a[sizeof(a) - 1] = '\0';
	b[sizeof(b) - 1] = '\0';
	cr_expect(eq(sz, sf_nearest_distance(a, a), 0));
	cr_expect(eq(sz, sf_nearest_distance(a, b), SF_NEAREST_LEN_MAX));
	cr_expect(eq(sz, sf_nearest_distance(a, ""), SF_NEAREST_LEN_MAX));
}

Test(nearest, find)
{
	static const char *const known[] = {"catalog", "plan", "replay", "serve", NULL};
	cr_expect(eq(str, (char *)sf_nearest_find("paln", known), "plan"));
	cr_expect(eq(str, (char *)sf_nearest_find("server", known), "serve"));
	cr_expect(eq(str, (char *)sf_nearest_find("replay", known), "replay"));
	cr_expect(sf_nearest_find("kubectl", known) == NULL);
	cr_expect(sf_nearest_find("", known) == NULL);
}
