/* kube_node_reference: are two readings of a Node the same? */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_NODE_REFERENCE_H
#define SF_KUBE_NODE_REFERENCE_H

#include <slicefit/kube_node.h>

#include <string.h>

static inline bool reference_same_spec(const struct sf_kube_node *a, const struct sf_kube_node *b)
{
	const struct sf_node_spec *x = &a->spec, *y = &b->spec;
	if (a->state != b->state || strcmp(x->name, y->name) != 0 || x->n_gpus != y->n_gpus ||
	    x->strategy != y->strategy || x->allocation != y->allocation ||
	    x->by_counts != y->by_counts || x->n_counts != y->n_counts ||
	    x->pods_max != y->pods_max || x->cpu_milli != y->cpu_milli ||
	    x->memory_mib != y->memory_mib ||
	    memcmp(&x->sharing, &y->sharing, sizeof(x->sharing)) != 0) {
		return false;
	}
	for (uint8_t i = 0; i < x->n_gpus; i++) {
		if (x->gpu[i].product != y->gpu[i].product || x->gpu[i].mig != y->gpu[i].mig ||
		    memcmp(&x->gpu[i].layout, &y->gpu[i].layout, sizeof(x->gpu[i].layout)) != 0) {
			return false;
		}
	}
	for (uint8_t i = 0; i < x->n_counts; i++) {
		if (strcmp(x->count[i].name, y->count[i].name) != 0 ||
		    x->count[i].total != y->count[i].total) {
			return false;
		}
	}
	return true;
}

#endif
