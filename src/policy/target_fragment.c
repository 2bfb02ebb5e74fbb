/* target_fragment: what of a node's free GPUs the typical pods cannot use. */
// SPDX-License-Identifier: Apache-2.0
#include "target_impl.h"

#include "fragment.h"
#include "row.h"

/* What one cut of the milli-GPUs tells of a row: GPUs with at least so much free, and what is free on
 * the others. */
struct share {
	int16_t fit;
	int16_t below;
};

/* Unused GPUs of the row are 0, below every cut. Fixed bounds and narrow sums let the compiler take
 * all GPUs at once. */
static struct share share_of(const int16_t free[SF_GPUS_MAX], int16_t cut)
{
	int16_t fit = 0;
	int16_t below = 0;

	for (int g = 0; g < SF_GPUS_MAX; g++) {
		const int16_t fits = (int16_t) - (free[g] >= cut);

		fit = (int16_t)(fit - fits);
		below = (int16_t)(below + (free[g] & ~fits));
	}
	return (struct share){fit, below};
}

static void share_out(const struct sf_target *target, const struct sf_row *row, struct share *share)
{
	for (size_t i = 0; i < target->n_cuts; i++) {
		const uint16_t cut = target->cut[i];

		share[i] = share_of(row->free, (int16_t)cut);
		if (row->kind == SF_ROW_WHOLE && cut < SF_FRACTION_REPLICAS) {
			share[i].fit = 0;
		}
	}
}

struct sf_fragment sf_target_fragment_row(const struct sf_target *target, const struct sf_row *row)
{
	struct share share[SF_FRACTION_REPLICAS + 1];
	const double milli = row->milli;
	struct sf_fragment sum = {0};

	if (row->milli == 0) {
		return sum;
	}
	share_out(target, row, share);
	for (size_t i = 0; i < target->n; i++) {
		const struct sf_target_term *term = &target->term[i];
		const struct share *of = &share[term->cut];
		const bool cpu = row->cpu_free >= term->cpu_milli;
		const double all = term->weight * milli;

		if (term->kind == SF_TARGET_CPU) {
			*(cpu ? &sum.xl : &sum.xr) += all;
		} else if (term->products != 0 && (term->products & row->products) == 0) {
			sum.na += all;
		} else if (term->kind == SF_TARGET_OTHER || of->fit < term->gpus) {
			*(cpu ? &sum.q2 : &sum.q1) += all;
		} else if (!cpu) {
			sum.q4 += all;
		} else {
			sum.q2 += term->weight * of->below;
			sum.q3 += term->weight * (milli - of->below);
		}
	}
	return sum;
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
