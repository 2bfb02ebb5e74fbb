/* reference: the placer that recomputes everything, in place of the one that keeps scores.
 *
 * slicefit-reference is slicefit linked with --wrap=sf_placer_choose: every decision of every command looks
 * at all nodes anew. bench/run compares time and results of the two programs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/policy.h>

bool __wrap_sf_placer_choose(struct sf_placer *placer, const struct sf_request *request,
                             struct sf_candidate *best);

bool __wrap_sf_placer_choose(struct sf_placer *placer, const struct sf_request *request,
                             struct sf_candidate *best)
{
	return sf_placer_choose_slowly(placer, request, best);
}
