/* plan_part: a better plan, part by part. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_PART_H
#define SF_PLAN_PART_H

#include "plan_solver.h"

/*
 * Where pods are not served, or nodes drained, that need not be: draws a few nodes by lot (of a generator
 * with a seed of its own), takes their pods and those that nobody serves, solves that exactly, and
 * offers the plan with the outcome; again and again, until it has long brought nothing. Says nothing of
 * bounds.
 */
void plan_by_parts(struct plan_solver *s);

#endif
