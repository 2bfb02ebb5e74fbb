/* target_fragment: what of a node's free GPUs the typical pods cannot use. */
// SPDX-License-Identifier: Apache-2.0
#include "target_impl.h"

#include "fragment.h"
#include "row.h"

#include <string.h>

/* What one cut of the milli-GPUs tells of a row: GPUs with at least so much free, and what is free on
 * the others. */
struct share {
	uint16_t fit;
	uint16_t below;
};

/* Each GPU is below the cuts from its rank on: counted there first, summed up then. */
static void share_out(const struct sf_target *target, const struct sf_row *row, struct share *share)
{
	const bool fractions = row->kind == SF_ROW_FRACTION;
	uint16_t fit = row->n_gpus;
	uint16_t below = 0;

	memset(share, 0, (target->n_cuts + 1) * sizeof(*share));
	for (uint8_t g = 0; g < row->n_gpus; g++) {
		struct share *first = &share[target->rank[row->free[g]]];

		first->fit++;
		first->below = (uint16_t)(first->below + row->free[g]);
	}
	for (size_t i = 0; i < target->n_cuts; i++) {
		fit = (uint16_t)(fit - share[i].fit);
		below = (uint16_t)(below + share[i].below);
		share[i].below = below;
		share[i].fit = fractions || target->cut[i] == SF_FRACTION_REPLICAS ? fit : 0;
	}
}

/* Sums in registers: this is the innermost loop of the policy that looks for least fragmentation. */
struct sf_fragment sf_target_fragment_row(const struct sf_target *target, const struct sf_row *row)
{
	struct share share[SF_FRACTION_REPLICAS + 2];
	const double milli = (double)row->milli;
	double q1 = 0, q2 = 0, q3 = 0, q4 = 0, xl = 0, xr = 0, na = 0;

	if (row->milli == 0) {
		return (struct sf_fragment){0};
	}
	share_out(target, row, share);
	for (size_t i = 0; i < target->n; i++) {
		const struct sf_target_term *term = &target->term[i];
		const struct share of = share[term->cut];
		const double all = term->weight * milli;

		if ((term->products & row->products) == 0) {
			na += all;
		} else if (row->cpu_free < term->cpu_milli) {
			if (term->kind == SF_TARGET_CPU) {
				xr += all;
			} else if (of.fit < term->gpus) {
				q1 += all;
			} else {
				q4 += all;
			}
		} else if (term->kind == SF_TARGET_CPU) {
			xl += all;
		} else if (of.fit < term->gpus) {
			q2 += all;
		} else {
			q2 += term->weight * of.below;
			q3 += term->weight * (milli - of.below);
		}
	}
	return (struct sf_fragment){q1, q2, q3, q4, xl, xr, na};
}

/* The bucket for what is free on a node on which a class with GPUs does not fit. */
static double *bucket_of(struct sf_fragment *sum, enum sf_fit fit)
{
	switch (fit) {
	case SF_FIT_PRODUCT:
		return &sum->na;
	case SF_FIT_CPU:
		return &sum->q4;
	default:
		return &sum->q2;
	}
}

/* Nodes on which GPUs are instances or replicas, one class. */
static void add_other(struct sf_fragment *sum, const struct sf_target_class *class,
                      const struct sf_cluster *cluster, const struct sf_node *node)
{
	const int64_t milli = sf_node_total_milli(node) - sf_node_used_milli(node);
	int64_t fragment = milli;
	const enum sf_fit fit = sf_fragment_node(cluster, node, &class->request, &fragment);

	if (class->request.n == 0) {
		*(fit == SF_FIT_CPU ? &sum->xr : &sum->xl) += class->weight * (double)milli;
		return;
	}
	*bucket_of(sum, fit) += class->weight * (double)fragment;
	sum->q3 += class->weight * (double)(milli - fragment);
}

struct sf_fragment sf_target_fragment_node(const struct sf_target *target,
                                           const struct sf_cluster *cluster,
                                           const struct sf_node *node)
{
	struct sf_fragment sum = {0};
	struct sf_row row;

	sf_row_of(node, &row);
	if (row.kind != SF_ROW_OTHER) {
		return sf_target_fragment_row(target, &row);
	}
	for (size_t i = 0; i < target->n; i++) {
		add_other(&sum, &target->class[i], cluster, node);
	}
	return sum;
}

struct sf_fragment sf_target_fragment(const struct sf_target *target,
                                      const struct sf_cluster *cluster, uint32_t node)
{
	return sf_target_fragment_node(target, cluster, sf_cluster_node(cluster, node));
}

double sf_fragment_sum(const struct sf_fragment *f)
{
	return f->q1 + f->q2 + f->q4 + f->xl + f->xr + f->na;
}
