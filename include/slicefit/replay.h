/* replay: a discrete-event simulation of a scenario under one policy. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_H
#define SF_REPLAY_H

#include <slicefit/policy.h>
#include <slicefit/scenario.h>
#include <slicefit/series.h>

/* Parts of a replay that a scenario need not use; the metrics of those it does not are not shown. */
enum sf_replay_feature {
	SF_FEATURE_EVICTION = 1,   /* pods may lose their place */
	SF_FEATURE_PREEMPTION = 2, /* to others of higher priority */
	SF_FEATURE_GANG = 4,
	SF_FEATURE_QUOTA = 8,       /* namespaces have limits */
	SF_FEATURE_NODES = 16,      /* things happen to nodes */
	SF_FEATURE_CONTENTION = 32, /* pods slow each other down */
	SF_FEATURE_COST = 64,       /* some pool has a price */
	SF_FEATURE_MODES = 128,     /* not all GPUs are handed out whole */
	SF_FEATURE_DUTY = 256,      /* some pods keep their GPUs busy only part of the time */
};

/* Why a pod lost its place. */
enum sf_evict_cause {
	SF_EVICT_PREEMPTED,
	SF_EVICT_NODE_FAILED,
	SF_EVICT_DRAINED,
	SF_EVICT_REPARTITIONED,
	SF_EVICT_CAUSES,
};

/* Results; formulas are written in docs/scenario-format.md ("Metrics"). Waits are those of the pods
 * that were placed; percentiles by nearest rank. */
struct sf_replay_workload {
	uint32_t arrived, placed, rejected, waiting, misplaced;
	enum sf_fit never;  /* when no node could hold a pod even if it were empty: what the best of
	                      them is short of; else SF_FITS */
	char never_why[96]; /* more exactly, when a rule about nodes is in the way; or "" */
	uint32_t held;      /* pods that a quota kept from the queue; of these, */
	uint32_t held_end;  /* those that it still does */
	const char *held_by; /* the resource whose limit did it last, or NULL; the scenario's */
	const char *
		beyond; /* the resource of which one pod (or gang) is more than the limit, or NULL */
	uint32_t evicted;  /* times that its pods lost their place */
	double lost_gpu_s; /* and the work that went with it */
	double wait_p50_s, wait_p95_s, wait_max_s;
};

/* What is stranded of the instances of one profile. */
struct sf_replay_profile {
	const char *name; /* borrowed from the catalog */
	double stranded_pct;
};

/* One limit of a quota: CPUs, MiB of memory, devices or pods. Names are the scenario's. */
struct sf_replay_limit {
	const char *namespace;
	const char *resource;
	double hard, used, peak; /* used: at the horizon */
	uint32_t held;           /* pods that it stopped, the last time if it was not alone */
};

struct sf_replay_result {
	const char *policy;
	uint64_t seed;
	unsigned features; /* bits of enum sf_replay_feature that the scenario uses */
	uint32_t arrived, placed, rejected, waiting;
	uint32_t completed; /* departed before the horizon */
	uint32_t misplaced; /* kube-default only: exclusive wish on a shared GPU or the reverse */
	uint32_t gpu_memory_unchecked; /* placements whose GPU-memory wish the policy cannot see */
	struct {
		uint32_t pods;     /* times that a pod lost its place */
		double lost_gpu_s; /* GPU-seconds of work that must be done again */
	} evicted[SF_EVICT_CAUSES], evicted_all;
	uint32_t gangs_arrived, gangs_placed, gangs_waiting;
	uint32_t gangs_rejected;  /* those that never fit, and */
	uint32_t gangs_timed_out; /* those that gave up */
	uint32_t quota_held; /* pods that had to wait until their quota let them pass; of these, */
	uint32_t quota_held_end;                    /* those that still do */
	uint32_t quota_rejected;                    /* pods that alone go beyond a limit */
	double quota_wait_mean_s, quota_wait_max_s; /* of those that were held */
	uint32_t preemptions;                       /* placements that cost others theirs */
	uint32_t budget_violations; /* victims that their disruption budget did not allow */
	int64_t gpus;
	double allocated_pct;     /* time-weighted over [0, horizon] */
	double allocated_end_pct; /* at the horizon */
	double allocated_peak_pct;
	double fragmentation_pct; /* time-weighted share of all GPU capacity: free, but unusable by
	                             the mix */
	double fragmentation_end_pct;
	double stranded_pct; /* time-weighted: free GPU capacity on nodes without CPU/memory for it
	                      */
	double stranded_end_pct;
	double gpus_active_mean; /* time-weighted GPUs with at least one pod */
	double busy_pct;         /* time-weighted: allocated, and not idle */
	double down_pct;         /* time-weighted: not allocated, on nodes that take no pods */
	struct {
		double gpu_hours; /* allocated over [0, horizon] */
		double stranded_pct;
	} mode[SF_MODES];
	double stretch_mean, stretch_max; /* time from start to end over the time it takes alone */
	double cost_total, cost_allocated, cost_idle, cost_per_pod_hour;
	double wait_p50_s, wait_p95_s, wait_max_s, wait_mean_s;
	double horizon_s;
	uint64_t decisions; /* questions to the policy */
	uint64_t events;    /* arrivals, departures, deadlines and what happens to nodes */
	uint64_t run_ns;    /* CPU time of the replay proper; for stderr only, never in results */
	size_t n_workloads;
	size_t n_limits;
	struct sf_replay_limit *limit;       /* owned; of all namespaces, in their order */
	struct sf_replay_workload *workload; /* owned; one per scenario workload */
	size_t n_profiles;
	struct sf_replay_profile *profile; /* owned; those of the scenario's fixed layouts */
	struct sf_series *series;          /* owned; NULL unless somebody watched for it */
};

/* Who wants to know how far a replay is: told now and then that `done` of `total` steps are done. */
struct sf_replay_watch {
	void (*tell)(void *ctx, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
	int64_t series_step_us; /* a row of the result's series for each step, or SF_SERIES_EACH;
	                           0: no series */
};

/* Runs the scenario; the same scenario, policy and seed give the same result. `watch` may be NULL.
 * Free with sf_replay_finish. */
int sf_replay_run(const struct sf_scenario *scenario, const struct sf_policy *policy, uint64_t seed,
                  const struct sf_replay_watch *watch, struct sf_replay_result *out,
                  struct sf_error *err);
void sf_replay_finish(struct sf_replay_result *result);

/* Value of a dotted metric path ("pods.placed", "gpu.allocated_pct", "wait_s.p95"); false when
 * there is no such metric. The same table names the JSON keys. */
bool sf_replay_metric(const struct sf_replay_result *result, const char *path, double *value);

/* More metrics than there are. */
enum { SF_METRICS_MAX = 128 };

/* Does the result's scenario use what the metric is about? */
bool sf_replay_metric_shown(const struct sf_replay_result *result, size_t index);

/* The paths of all metrics in the order of the JSON output; NULL past the end. *integer (may be
 * NULL): the metric is a count. */
const char *sf_replay_metric_path(size_t index, bool *integer);

/* A formula of docs/scenario-format.md: a changed one gets another version. */
struct sf_replay_formula {
	const char *name;
	const char *version;
	unsigned features; /* it is about one of them; 0: about every scenario */
};

/* All of them, ended by a name of NULL. */
extern const struct sf_replay_formula sf_replay_formulas[];

/* Which direction is an improvement; neither where that depends on what one wants (or where the
 * metric says what was asked, not what came of it). */
enum sf_better { SF_BETTER_NEITHER, SF_BETTER_MORE, SF_BETTER_LESS };

/* Value and direction of a metric by its index below the end. */
double sf_replay_metric_at(const struct sf_replay_result *result, size_t index);
enum sf_better sf_replay_metric_better(size_t index);

#endif
