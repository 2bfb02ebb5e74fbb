/* Tests of the shapes of a placer: which are known and which go, against a list. */
// SPDX-License-Identifier: Apache-2.0
#include "policy/shapes.h"

#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(shapes, .timeout = 60);

enum { REQUESTS = 400, STEPS = 40000, NODES_FEW = 100000, NODES_MANY = 1000000 };

/* When each request was asked for last; 0: never. A shape is marked by its request's number. */
struct history {
	struct sf_shapes shapes;
	uint64_t used[REQUESTS];
	uint64_t now;
};

static struct sf_request request_of(int number)
{
	return (struct sf_request){.cpu_milli = number % 20, .memory_mib = number / 20};
}

/* How many were asked for since. */
static size_t count_since(const struct history *history, uint64_t when)
{
	size_t n = 0;
	for (int i = 0; i < REQUESTS; i++) {
		n += history->used[i] > when;
	}
	return n;
}

/* Asks, and returns whether the shape was known; it must be among the latest that there is room for. */
static bool ask(struct history *history, int number, uint32_t nodes)
{
	struct sf_request request = request_of(number);
	size_t before = history->shapes.n;
	struct sf_shape *shape = sf_shapes_get(&history->shapes, &request, SF_VIEW_AWARE, nodes);
	bool known = shape->seen > 0;
	cr_assert(sf_request_same(&shape->ask.request, &request));
	cr_assert(shape->seen == 0 || shape->seen == (uint64_t)number + 1);
	if (known) {
		cr_assert(history->used[number] > 0);
		cr_assert(eq(sz, history->shapes.n, before));
		cr_assert(lt(sz, count_since(history, history->used[number]), before));
	} else {
		cr_assert(history->used[number] == 0 ||
		          count_since(history, history->used[number]) + 1 >= history->shapes.n);
	}
	shape->seen = (uint64_t)number + 1;
	history->used[number] = ++history->now;
	return known;
}

Test(shapes, keeps_those_asked_for_latest)
{
	struct history history = {0};
	struct sf_rng rng;
	uint32_t found = 0;
	size_t most = 0;
	sf_rng_seed(&rng, 7, 0);
	for (int i = 0; i < STEPS; i++) {
		uint32_t nodes = i % 1000 < 900 ? NODES_FEW : NODES_MANY;
		found += ask(&history, (int)sf_rng_below(&rng, REQUESTS), nodes);
		most = history.shapes.n > most ? history.shapes.n : most;
	}
	cr_expect(gt(sz, most, 50), "%zu", most);
	cr_expect(lt(sz, most, REQUESTS), "%zu", most);
	cr_expect(found > STEPS / 20 && found < STEPS - STEPS / 20, "%u", found);
	sf_shapes_finish(&history.shapes);
}
