/* test_body: bodies that grow within a limit and a budget. */
// SPDX-License-Identifier: Apache-2.0
#include "service/body.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum { KIB = 1024 };

static char data[256 * KIB];

Test(body, grows_to_its_limit)
{
	struct sf_body_budget budget = {.most = 1024 * KIB};
	struct sf_body body = {.limit = 200 * KIB};
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < 200; i++) {
		cr_assert(eq(int, sf_body_append(&body, &budget, data, KIB), 0));
		cr_assert(eq(sz, strlen(body.text), (i + 1) * KIB));
	}
	cr_expect(eq(sz, atomic_load(&budget.held), body.cap));
	cr_expect(eq(int, sf_body_append(&body, &budget, data, 1), 413));
	cr_expect(eq(sz, body.len, 200 * KIB));
	sf_body_drop(&body, &budget);
	cr_expect(eq(sz, atomic_load(&budget.held), 0));
	cr_expect(eq(sz, body.len, 0));
}

Test(body, of_known_length_takes_what_it_needs)
{
	struct sf_body_budget budget = {.most = 1024 * KIB};
	struct sf_body body = {.limit = 200 * KIB, .promised = 150 * KIB};
	cr_assert(eq(int, sf_body_append(&body, &budget, data, 100 * KIB), 0));
	cr_assert(eq(int, sf_body_append(&body, &budget, data, 50 * KIB), 0));
	cr_expect(eq(sz, body.cap, 150 * KIB + 1));
	sf_body_drop(&body, &budget);
}

Test(body, waits_for_no_memory)
{
	struct sf_body_budget budget = {.most = 150 * KIB};
	struct sf_body first = {.limit = 100 * KIB, .promised = 100 * KIB};
	struct sf_body second = first;
	cr_assert(eq(int, sf_body_append(&first, &budget, data, KIB), 0));
	cr_expect(eq(int, sf_body_append(&second, &budget, data, KIB), 503));
	sf_body_drop(&first, &budget);
	cr_expect(eq(int, sf_body_append(&second, &budget, data, KIB), 0));
	sf_body_drop(&second, &budget);
	cr_expect(eq(sz, atomic_load(&budget.held), 0));
}

enum { LARGE = 40 << 20 };

/* Sends a body of so many bytes, all the same, and says where it was kept. */
static const char *send(struct sf_body_budget *budget, size_t len, size_t promised, char fill)
{
	struct sf_body body = {.limit = len, .promised = promised};
	memset(data, fill, sizeof(data));
	while (body.len < len) {
		size_t size = len - body.len < sizeof(data) ? len - body.len : sizeof(data);
		cr_assert(eq(int, sf_body_append(&body, budget, data, size), 0));
	}
	cr_expect(eq(sz, strspn(body.text, (char[]){fill, '\0'}), len));
	cr_expect(eq(sz, atomic_load(&budget->held), body.cap));
	const char *where = body.text;
	sf_body_drop(&body, budget);
	cr_expect(eq(sz, atomic_load(&budget->held), 0));
	return where;
}

Test(body, large_ones_share_their_memory_one_after_the_other)
{
	struct sf_body_budget budget = {.most = 8 * (size_t)LARGE};
	const char *first = send(&budget, LARGE, LARGE, 'a');
	cr_expect(eq(ptr, (void *)send(&budget, LARGE, LARGE, 'b'), (void *)first));
	cr_expect(eq(ptr, (void *)send(&budget, LARGE + 9999, LARGE + 9999, 'c'), (void *)first));
	send(&budget, 2 * LARGE, 2 * LARGE, 'd'); /* for which that is too small */
	sf_body_budget_finish(&budget);
	cr_expect(zero(ptr, atomic_load(&budget.spare)));
}

Test(body, large_ones_at_once_have_their_own)
{
	struct sf_body_budget budget = {.most = 8 * (size_t)LARGE};
	struct sf_body body[2] = {{.limit = LARGE, .promised = LARGE},
	                          {.limit = LARGE, .promised = LARGE}};
	for (int i = 0; i < 2; i++) {
		memset(data, 'a' + i, sizeof(data));
		cr_assert(eq(int, sf_body_append(&body[i], &budget, data, sizeof(data)), 0));
	}
	cr_expect(eq(chr, body[0].text[0], 'a'));
	cr_expect(eq(chr, body[1].text[0], 'b'));
	sf_body_drop(&body[0], &budget);
	sf_body_drop(&body[1], &budget);
	sf_body_budget_finish(&budget);
}

Test(body, large_one_of_unknown_length_grows)
{
	struct sf_body_budget budget = {.most = 8 * (size_t)LARGE};
	send(&budget, LARGE, 0, 'x');
	cr_expect(zero(ptr, atomic_load(&budget.spare)));
}
