/*
 * pack: pods onto shared GPUs, so that they need as few of them as possible.
 *
 * A pod takes GPU memory and a share of the GPU's time (its duty). Equal pods are a type, GPUs with
 * equal room a class; a pattern says how many pods of each type share one GPU of a class. How often
 * to use which pattern is an integer program: its patterns are all that matter when there are few,
 * else column generation finds those that help (Gilmore and Gomory 1961), starting from what
 * first-fit and best-fit decreasing make of the pods. Its relaxation is the bound; the plan comes
 * from branch and bound and from diving (the relaxation rounded step by step, with new patterns for
 * what is left), and is never worse than the greedy packings.
 *
 * Everything is in whole MiB and thousandths: nothing is rounded but where pack_merge says so.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PACK_H
#define SF_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_solver;

enum {
	PACK_TYPES_MAX = 64,     /* of one problem; pack_merge makes fewer of more */
	PACK_CLASSES_MAX = 1024, /* of one problem */
	PACK_BASIS_MAX = 150,    /* of a result */
	PACK_PATTERNS_MAX = 300, /* are listed in full; more are generated */
	PACK_SAMPLES_MAX = 96,   /* of a series */
};

/* Duty over time, at equal steps. On each GPU the series of its pods are added step by step, and the duties of
 * its other pods on top; that sum may be beyond what the GPU has in so many steps. A pod more makes no step
 * less busy, so what fits with it fits without: all that is said of patterns below holds. */
struct pack_series {
	uint32_t number;  /* tells series apart: from 1 */
	uint16_t n, over; /* the same for all of a problem */
	uint16_t milli[PACK_SAMPLES_MAX];
};

/* Equal pods. */
struct pack_type {
	int32_t memory_mib; /* of one pod, what its process takes beside its data included; >= 0 */
	int32_t duty_milli; /* of one pod, thousandths of a GPU's time; >= 0 */
	uint32_t count;
	const struct pack_series *series; /* instead of duty_milli, which is its peak; or NULL */
};

/* Equal GPUs. A GPU that holds pods that stay is one with less room, `in_use`. */
struct pack_class {
	int32_t memory_mib; /* for pods: what is kept free is taken off */
	int32_t duty_milli; /* most of the sum over its pods */
	uint32_t pods;      /* most on one GPU */
	uint32_t gpus;      /* so many are there */
	bool in_use;        /* costs nothing: it is not free whatever is done */
};

struct pack_problem {
	size_t n_types;
	const struct pack_type *type;
	size_t n_classes;
	const struct pack_class *class;
};

/* `gpus` GPUs of a class that hold the same pods. */
struct pack_bin {
	uint32_t class;
	uint32_t gpus;
	uint16_t *pods; /* per type, of one GPU */
};

struct pack_bins {
	size_t n, cap;
	struct pack_bin *bin;
};

struct pack_limits {
	struct sf_solver *solver; /* that is asked (solver.h); where it breaks down the best so far
	                             is the result */
	uint32_t nodes;           /* branch-and-bound nodes of the master program */
	uint64_t deadline_ns;     /* on sf_clock_ns; 0: none. The safety stop */
	bool seeds_only;          /* no patterns but the given ones: the bounds are of these, too */
};

struct pack_result {
	struct pack_bins bins; /* exactly the packed pods; every bin has some */
	uint32_t gpus;         /* that were not in use before */
	uint32_t gpus_bound;   /* fewer cannot hold as many pods; 0 unless unpacked is proven */
	uint32_t unpacked;     /* pods without a place: first of all as few as possible */
	uint32_t unpacked_bound;
	uint32_t greedy; /* GPUs that the better of the greedy packings needs (it may leave more
	                        pods out) */
	struct pack_bins basis; /* patterns worth knowing: those that the relaxation uses, then
	                           others, at most PACK_BASIS_MAX; `gpus` means nothing */
	size_t patterns;        /* that the program chose from */
	bool time_limited;      /* the deadline stopped it: the result is not reproducible */
};

/*
 * Packs. `seed` (may be NULL; `gpus` is of no account) are patterns to consider in any case, such as
 * what GPUs hold now; one that does not fit is left out. Returns -1 and SF_ELIMIT for too many types
 * or classes.
 */
int pack_solve(const struct pack_problem *problem, const struct pack_bins *seed,
               const struct pack_limits *limits, struct pack_result *out, struct sf_error *err);
void pack_result_finish(struct pack_result *result);

/* Adds `gpus` GPUs with these pods (n_types numbers, copied) to those that are equal, or as a new
 * bin; its number. */
size_t pack_bins_add(struct pack_bins *bins, size_t n_types, uint32_t class, uint32_t gpus,
                     const uint16_t *pods);
void pack_bins_finish(struct pack_bins *bins);

enum pack_order { PACK_BY_LARGER, PACK_BY_MEMORY, PACK_BY_SUM, PACK_ORDERS };

/*
 * Packs greedily, pods of the largest types first (by the larger of their two shares of a GPU, by
 * memory, by the sum): each into the first GPU that has room, or `best`: into the one that has least
 * room left. Returns the pods without a place.
 */
uint32_t pack_greedy(const struct pack_problem *problem, enum pack_order order, bool best,
                     struct pack_bins *out);

/* GPUs of the bins that were not in use before. */
uint32_t pack_bins_gpus(const struct pack_problem *problem, const struct pack_bins *bins);

/*
 * Adds every pattern of the class to which no pod can be added (no type more often than its count),
 * unless that would make more than `limit` of them: then nothing is added and false returned.
 */
bool pack_list_maximal(const struct pack_problem *problem, uint32_t class, size_t limit,
                       struct pack_bins *out);

/*
 * Makes at most `limit` types of `n` (any order, types may be equal), each as large in both ways as
 * all that went into it, at little cost (a series that is merged with something else counts as its
 * peak): equal ones first, then up to steps of 1, 2, 4... MiB and
 * thousandths, then pairs that are alike. of[i] becomes the new number of type i. Returns how many
 * there are. With n <= limit different ones nothing is rounded.
 */
size_t pack_merge(const struct pack_type *type, size_t n, size_t limit, struct pack_type *out,
                  uint32_t *of);

#endif
