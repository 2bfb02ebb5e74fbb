/* pack_impl: what the files of pack share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PACK_IMPL_H
#define SF_PACK_IMPL_H

#include "pack.h"

/* What is left of one GPU. */
struct pack_room {
	int32_t memory_mib;
	int32_t duty_milli; /* beside the series */
	uint32_t pods;
	const struct pack_series *series; /* of any pod; NULL: none has one */
	int32_t load[PACK_SAMPLES_MAX];   /* sum of the series */
};

static inline struct pack_room pack_room_of(const struct pack_class *class)
{
	return (struct pack_room){.memory_mib = class->memory_mib,
	                          .duty_milli = class->duty_milli,
	                          .pods = class->pods};
}

/* What a pod of the type takes in every step. */
static inline int32_t pack_flat_duty(const struct pack_type *type)
{
	return type->series ? 0 : type->duty_milli;
}

/* How many pods of the type fit, at most `most`. */
uint32_t pack_room_fits(const struct pack_room *room, const struct pack_type *type, uint32_t most);

/* Takes `n` pods of the type, which fit. */
void pack_room_take(struct pack_room *room, const struct pack_type *type, uint32_t n);

/* Adds pods of any type for as long as one fits, types in order; no type above its count. */
void pack_room_fill(const struct pack_problem *problem, struct pack_room *room, uint16_t *pods);

/* The largest GPU of the problem, by each measure. */
struct pack_room pack_room_largest(const struct pack_problem *problem);

/* Thousandths of thousandths of the largest GPU that the type takes of memory and of duty. */
struct pack_share {
	int64_t memory, duty;
};
struct pack_share pack_share_of(const struct pack_room *largest, const struct pack_type *type);

/*
 * A problem while it is solved; its types and classes are its own and shrink as GPUs are decided on.
 * `price` of a type is what one more pod of it is worth (in GPUs), `rent` of a class what one more of
 * its GPUs would be worth.
 */
struct packing {
	struct pack_problem problem;
	struct pack_type *type;   /* of the problem */
	struct pack_class *class; /* of the problem */
	const struct pack_limits *limits;
	struct pack_bins pool;  /* the patterns known; `gpus` means nothing */
	struct pack_bins basis; /* of the result */
	double penalty; /* of a pod without a place, in GPUs: more than all of them together */
	double *price, *rent;
	double *x; /* GPUs of each of the first n_x patterns of the pool, of the last solve */
	size_t n_x;
	bool time_limited;
	/* The best packing so far, and what none can pass: on penalty * pods without a place + GPUs. */
	struct pack_bins best;
	uint32_t gpus, unpacked;
	bool have_best;
	double bound;
};

/* pack_packing.c: a copy of the problem without patterns; the patterns of `from`, cut to the problem
 * and filled up again. */
void pack_begin(struct packing *p, const struct pack_problem *problem,
                const struct pack_limits *limits);
void pack_inherit(struct packing *p, const struct pack_bins *from);
void pack_finish(struct packing *p);

/* Takes over a packing that is better than the best; frees it otherwise. What is beyond the counts is
 * taken out first. */
void pack_offer(struct packing *p, struct pack_bins *bins);

/* Patterns to begin with, and the greedy packings; with seeds_only none. */
void pack_begin_pool(struct packing *p);

/* Is no packing better than the best? */
bool pack_is_proven(const struct packing *p);

/* pack_round.c: generates patterns, finds the bound, and improves the best packing until it is
 * proven or everything has been tried. */
struct pack_pricer;
void pack_improve(struct packing *p, struct pack_pricer *pricer);

/* pack_master.c: the program over the patterns known. The relaxation sets price, rent
 * and x; false when the deadline came first or the solver broke down. */
bool pack_master_relax(struct packing *p, double *value);

/* ... in whole numbers, starting from the best packing, whose patterns are in the pool: is x a
 * packing? */
bool pack_master_solve(struct packing *p);

/* pack_price.c: finds the pattern of each class that is worth most at the prices. */
struct pack_pricer *pack_pricer_create(const struct pack_problem *problem);
void pack_pricer_destroy(struct pack_pricer *pricer);

/*
 * Adds to `pool` the best pattern of every class if it is worth more than `cost` (per class) says,
 * and one around each type. most[c] becomes the worth of the best pattern, or more. The problem is
 * that of the pricer, maybe with other counts.
 */
void pack_price(struct pack_pricer *pricer, const struct pack_problem *problem, const double *price,
                const double *cost, struct pack_bins *pool, double *most);

#endif
