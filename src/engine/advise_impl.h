/* advise_impl: what the files of advise share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ADVISE_IMPL_H
#define SF_ADVISE_IMPL_H

#include <slicefit/advise.h>

struct sf_advise_search {
	const struct sf_scenario *scenario;
	const struct sf_usage *usage; /* or NULL */
	size_t *owner;                /* by pod of the usage: its workload, or SIZE_MAX */
};

/* What a pod of the workload needs. */
void sf_advise_load(const struct sf_advise_search *search, size_t workload, struct sf_load *out);

#endif
