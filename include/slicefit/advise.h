/*
 * advise: how the GPUs of a workload should be served: whole, as a MIG instance, as a replica.
 *
 * Rules and formulas are in docs/advise.md. Pure functions of a scenario and of measurements.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ADVISE_H
#define SF_ADVISE_H

#include <slicefit/scenario.h>
#include <slicefit/usage.h>

struct sf_arena;

enum sf_advice_kind {
	SF_ADVICE_WHOLE,
	SF_ADVICE_MIG,
	SF_ADVICE_TIME_SLICING,
	SF_ADVICE_MPS,
	SF_ADVICE_NONE, /* no GPU of the cluster will do */
	SF_ADVICE_KINDS,
};
/* "whole", "mig", "time-slicing", "mps", "none". */
extern const char *const sf_advice_names[SF_ADVICE_KINDS];

/* Which rule decided. */
enum sf_advice_why {
	SF_WHY_TRAINING,  /* training has GPUs for itself */
	SF_WHY_SEVERAL,   /* so have pods that want several */
	SF_WHY_UNKNOWN,   /* its memory or how busy it is is not known, so nobody shares with it */
	SF_WHY_INSTANCE,  /* the smallest instance that has the memory and the compute */
	SF_WHY_DUTY,      /* so many take turns */
	SF_WHY_CLIENTS,   /* so many run beside each other, as no GPU here is cut */
	SF_WHY_LARGE,     /* no part of a GPU is enough */
	SF_WHY_NO_MEMORY, /* no GPU has the memory */
};

/* Where a figure comes from. */
enum sf_load_source { SF_LOAD_UNKNOWN, SF_LOAD_REQUEST, SF_LOAD_SCENARIO, SF_LOAD_USAGE };
extern const char *const sf_load_sources[];

/* What a pod of the workload needs of a GPU. */
struct sf_load {
	enum sf_load_source memory_from, duty_from;
	size_t pods, samples; /* measured */
	double memory_mib;    /* at the 99th percentile */
	double duty, duty_sd; /* mean and standard deviation of the busy part of time */
	double duty_p99;
	double effective_duty; /* mean + duty_sigmas * sd, at most 1; 1 when unknown */
};

struct sf_advice {
	const struct sf_workload *workload;
	struct sf_load load;
	enum sf_advice_kind kind;
	enum sf_advice_why why;
	const struct sf_product *product; /* NULL with NONE */
	int profile;                      /* MIG: of the product */
	uint16_t gpus;                    /* whole ones per pod */
	uint16_t replicas;                /* of one GPU: instances of the profile, or replicas */
	uint32_t need;                    /* GPUs for all its pods */
};

struct sf_advices {
	size_t n; /* workloads that ask for GPUs, in the scenario's order */
	struct sf_advice *advice;
};

/* `usage` may be NULL. -1 when the arena is full. */
int sf_advise(const struct sf_scenario *scenario, const struct sf_usage *usage,
              struct sf_arena *arena, struct sf_advices *out);

/* The workload whose pod this is: by the names of pods that run, else the longest name that is the pod's or
 * begins it, with a '-' behind; SIZE_MAX: none. */
size_t sf_advise_workload(const struct sf_scenario *scenario, const char *space, const char *pod);

#endif
