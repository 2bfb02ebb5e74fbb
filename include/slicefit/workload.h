/* workload: a set of equal pods: what they ask for, when they come and how long they stay. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_WORKLOAD_H
#define SF_WORKLOAD_H

#include <slicefit/product.h>

struct sf_node_rule;

enum sf_class {
	SF_CLASS_TRAINING,
	SF_CLASS_INFERENCE,
	SF_CLASS_INTERACTIVE,
	SF_CLASS_BATCH,
	SF_CLASSES
};

enum sf_arrival_kind {
	SF_ARRIVAL_AT,
	SF_ARRIVAL_EVERY,
	SF_ARRIVAL_POISSON,
	SF_ARRIVAL_DIURNAL,
	SF_ARRIVAL_BURSTS,
	SF_ARRIVAL_ON_OFF,
	SF_ARRIVAL_TRACE, /* each pod as the scenario's trace says */
};
enum sf_duration_kind {
	SF_DURATION_FOREVER,
	SF_DURATION_FIXED,
	SF_DURATION_EXPONENTIAL,
	SF_DURATION_LOGNORMAL,
	SF_DURATION_WEIBULL,
	SF_DURATION_PARETO,
};

enum { SF_HOURS = 24, SF_DAYS = 7 };
enum { SF_REQUEST_PRODUCTS_MAX = 16 };

/* The request by names, before a cluster has numbers for them. */
struct sf_request_spec {
	uint16_t gpu;    /* whole, exclusive GPUs */
	uint16_t shared; /* replicas of shared GPUs */
	uint8_t n_mig;
	struct {
		char profile[24]; /* "1g.10gb", as mig-parted spells it */
		uint16_t count;
	} mig[SF_PROFILES_MAX / 2];
	uint8_t n_resources; /* raw names, as a pod manifest has them */
	struct {
		char name[SF_NAME_MAX];
		uint16_t count;
	} resource[4];
	uint16_t gpu_milli; /* of each of `gpu`; 0: whole GPUs, not by fractions */
	uint8_t n_products; /* 0: any */
	const char *product[SF_REQUEST_PRODUCTS_MAX]; /* names of the catalog; borrowed */
	int32_t gpu_memory_mib;                       /* per replica or GPU; 0: no wish */
	int64_t cpu_milli;
	int64_t memory_mib;
};

/* When the pods of a workload come; formulas in docs/scenario-format.md, "arrival". */
struct sf_arrival_spec {
	enum sf_arrival_kind kind;
	double at_s;    /* first arrival; DIURNAL, BURSTS, ON_OFF: when it begins */
	double every_s; /* EVERY: gap; the others: mean gap (BURSTS: of bursts, ON_OFF: while on) */
	double swing;   /* DIURNAL: 0 to 1, how far the rate swings about its mean */
	double peak_s;  /* DIURNAL: time of day of the highest rate */
	const double *hour; /* DIURNAL: SF_HOURS weights instead of swing and peak; or NULL */
	const double *day;  /* DIURNAL: SF_DAYS weights, day 0 first; or NULL */
	double size;        /* BURSTS: mean pods of one, >= 1 */
	double gap_s;       /* BURSTS: mean gap between the pods of one */
	double on_s, off_s; /* ON_OFF: mean lengths */
};

/* How long pods stay. */
struct sf_duration_spec {
	enum sf_duration_kind kind;
	double s;     /* FIXED value, EXPONENTIAL mean, LOGNORMAL median, WEIBULL scale, PARETO
	                 least */
	double max_s; /* PARETO most */
	double sigma; /* LOGNORMAL; of the logarithm */
	double shape; /* WEIBULL, PARETO */
};

/* Pods of a workload that run already when the replay begins: `pods` of them on one node. */
struct sf_running {
	uint32_t node; /* number in the scenario's cluster */
	uint32_t pods;
	const char *const *name; /* `pods` names "namespace/name", or NULL */
};

enum { SF_DUTY_SAMPLES_MAX = 96 }; /* a day of quarters of an hour */

struct sf_workload {
	const char *name;
	uint32_t count; /* pods */
	struct sf_request_spec request;
	enum sf_class class;
	int32_t priority; /* higher first */
	struct sf_arrival_spec arrival;
	struct sf_duration_spec duration;
	uint32_t namespace;       /* 1 + its number in the scenario; 0: none */
	uint32_t gang;            /* pods that are placed together or not at all; 0: one by one */
	double gang_timeout_s;    /* a gang gives up after waiting this long; < 0: never */
	bool preempts;            /* may take the place of pods of lower priority */
	bool saves;               /* its pods save their work, */
	double save_s;            /* each so often while they run; 0: at once */
	bool has_budget;          /* preemption spares its pods where it can when more than */
	uint32_t max_unavailable; /* these would be without a place */
	double gpu_duty;          /* share of the time in which a pod keeps its devices busy; 0:
	                             not given, always */
	double gpu_duty_sd;       /* its standard deviation over time; 0: not given */
	size_t n_duty_samples; /* of gpu_duty, which is their mean; all workloads that have some have */
	const uint16_t *duty_sample; /* as many, of the same times: thousandths */
	size_t n_running;           /* nodes on which pods run already, in the order of the nodes */
	struct sf_running *running; /* those pods are part of `count` */
	uint32_t n_running_pods;    /* their sum */
	double drain_cost; /* plan: of taking one running pod off its node, in any unit; 1 if not
	                      given */
	const struct sf_node_rule *rule; /* where its pods may run; NULL: anywhere */
	size_t n_groups;                 /* numbers in the scenario of the groups it belongs to, */
	const uint32_t *group;           /* ascending */
	double deadline_s;               /* gives up after waiting this long; < 0: never */
	uint16_t max_replicas;           /* 0: the class's limit */
	bool timed;                      /* arrival or duration was given */
	uint32_t line;                   /* in the scenario file */
};

const char *sf_class_name(enum sf_class class);
/* Accepts "notebook" for interactive; -1 when unknown. */
int sf_class_parse(const char *name);

#endif
