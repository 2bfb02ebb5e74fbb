/* pack_fixture: limits for the tests of packing, with a solver that may not break down. */
// SPDX-License-Identifier: Apache-2.0
#ifndef PACK_FIXTURE_H
#define PACK_FIXTURE_H

#include "engine/pack.h"
#include "engine/solver.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct pack_limits limits = {.nodes = 4000};

static void begin(void)
{
	limits.solver = sf_solver_create(NULL);
}

static void end(void)
{
	cr_expect(zero(ptr, (void *)sf_solver_trouble(limits.solver)));
	sf_solver_destroy(limits.solver);
}

#endif
