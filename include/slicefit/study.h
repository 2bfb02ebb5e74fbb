/*
 * study: the placement experiment of the FGD paper (Weng et al., "Beware of Fragmentation", USENIX
 * ATC'23): pods arrive one at a time and never leave; how much of the GPUs can be allocated?
 *
 * docs/fgd-study.md describes the procedure. Its source is the authors' simulator,
 * github.com/hkust-adsl/kubernetes-scheduler-simulator.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_H
#define SF_STUDY_H

#include <slicefit/go_rand.h>
#include <slicefit/study_trace.h>

#include <stdint.h>

struct sf_error;
struct sf_policy;
struct sf_target;

enum { SF_STUDY_ARRIVALS_MAX = 4000000 };

/* What a seed makes of a trace. Zero-initialise. */
struct sf_study_order {
	uint32_t n;        /* arrivals */
	uint32_t *arrival; /* pods of the trace, some of them several times */
	int64_t gpu_milli; /* of all arrivals */
	uint32_t *node;    /* all nodes in the order that decides ties */
};

/* A trace on its nodes. */
struct sf_study_case {
	const struct sf_study_nodes *nodes; /* borrowed, as is the next */
	const struct sf_study_pods *pods;
	double tune; /* pods are dropped or cloned by lot until they ask for this multiple of the
	                cluster's GPUs; 0: as they are */
};

/* The order of arrivals and of nodes. Error: a trace without GPU pods cannot be tuned; more than
 * SF_STUDY_ARRIVALS_MAX arrivals. */
int sf_study_order_draw(const struct sf_study_case *study, const struct sf_go_rand_table *table,
                        uint64_t seed, struct sf_study_order *out, struct sf_error *err);
void sf_study_order_finish(struct sf_study_order *order);

/*
 * What is recorded after each arrival, and the curves that are published of it: value [a] belongs
 * to a % of the cluster's GPUs asked for so far.
 */
enum { SF_STUDY_POINTS = 131 };

struct sf_study_record {
	double arrived_pct;    /* milli-GPUs of the pods that came, of all milli-GPUs */
	double alloc_pct;      /* to two decimals, as in the simulator's log; so are the next two */
	double frag_milli;     /* milli-GPUs that are free, but of no use to the typical pods */
	double frag_ratio_pct; /* of the free milli-GPUs */
};

struct sf_study_series {
	uint32_t records[SF_STUDY_POINTS]; /* 0: the values are NaN */
	double alloc_pct[SF_STUDY_POINTS];
	double frag_pct[SF_STUDY_POINTS];
	double frag_ratio_pct[SF_STUDY_POINTS];
};

/*
 * Point a is the mean over the records whose arrived_pct rounds to a (to even), else over those of
 * a - 1 to a + 1; as the authors' scripts compute it: sums by halves (numpy), allocation and
 * fragmentation rounded to two decimals. `capacity_milli`: of all nodes. Records come in ascending
 * order of arrived_pct.
 */
void sf_study_series_make(const struct sf_study_record *record, uint32_t n, int64_t capacity_milli,
                          struct sf_study_series *out);

/* A trace made ready to be replayed by any number of threads. `study` is copied, what it borrows
 * has to outlive it. Errors: nodes without GPUs, more GPU models than a cluster takes. */
struct sf_study;
struct sf_study *sf_study_create(const struct sf_study_case *study, struct sf_error *err);
void sf_study_destroy(struct sf_study *study);

/* What one policy makes of it with one seed. */
struct sf_study_result {
	const char *policy;
	uint64_t seed;
	uint32_t arrived, placed;         /* pods; the others found no room and are gone */
	uint32_t arrived_gpu, placed_gpu; /* of them with GPUs */
	int64_t capacity_milli, arrived_milli, placed_milli; /* milli-GPUs */
	uint32_t typical;                                    /* classes of typical pods */
	struct sf_study_series series;
};

int sf_study_run(const struct sf_study *study, const struct sf_policy *policy, uint64_t seed,
                 struct sf_study_result *out, struct sf_error *err);

#endif
