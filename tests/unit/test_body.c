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
