/* apply: carries a roll-out out on a cluster, one wave at a time, so that it can be stopped anywhere. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_APPLY_H
#define SF_APPLY_H

#include <slicefit/apply_plan.h>

struct sf_apply;
struct sf_kube_config;

enum sf_apply_news {
	SF_APPLY_DOING,   /* a step, noted in the log before it is taken */
	SF_APPLY_WOULD,   /* a step that is not taken: dry run */
	SF_APPLY_WAITING, /* what it waits for, when that changes */
	SF_APPLY_NOTICE,  /* good to know */
	SF_APPLY_FINDING, /* the cluster is not as the roll-out assumes */
	SF_APPLY_STATE, /* at the end: what a wave is like, or a node that is between two states */
};

/* What happens to what; NULL where nothing is to be said. */
struct sf_apply_line {
	const char *event; /* a word, as in the log */
	const char *wave;
	const char *node;
	const char *pod; /* "namespace/name" */
	const char *text;
};

typedef void sf_apply_say(void *ctx, enum sf_apply_news news, const struct sf_apply_line *line);

/* Everything is borrowed. */
struct sf_apply_options {
	const struct sf_kube_config *config;
	const struct sf_apply_plan *plan;
	const char *dir;         /* of the plan; the log goes there */
	const char *lease_space; /* of the Lease that keeps others away; NULL: that of the first
	                          * object of the plan */
	bool execute;            /* false: only looks, and says what it would do */
	bool roll_back;          /* undo the wave that is open, and stop */
	bool force;              /* take over labels and keys that another manager has set */
	bool allow_drift;        /* go on although the cluster is not as the roll-out assumes */
	bool evict_bare;         /* evict pods that no controller will make again, too */
	bool skip_operator;      /* leave the GPU Operator's object alone */
	uint32_t max_waves;      /* so many and no more; 0: all */
	uint32_t evict_s;        /* most time for the pods of a wave to go */
	uint32_t change_s;       /* most time for mig-manager and the device plugin, each way */
	uint32_t settle_s;       /* so long mig-manager may take to notice a label */
	uint32_t silence_s;      /* most time without an answer of the API server, or without the
	                       * Lease */
	uint64_t seed;           /* of the random part of waits */
	int64_t (*now_us)(void); /* the wall clock, for the log */
	sf_apply_say *say;
	void *ctx;
};

/* Opens the log and the connection. NULL and err: wrong options, another one at work in the folder,
 * a log of another roll-out. */
struct sf_apply *sf_apply_create(const struct sf_apply_options *options, struct sf_error *err);

/*
 * Goes on from wherever the log and the cluster are. 0: everything is done (or was looked at and
 * found well). -1 and err: SF_EUNMET when the cluster is not as the roll-out assumes, and nothing
 * was begun; SF_EIO otherwise, and the news say what state everything is in.
 */
int sf_apply_run(struct sf_apply *apply, struct sf_error *err);

/* Ends waits at once, and run() after the step it is at; from any thread. */
void sf_apply_stop(struct sf_apply *apply);

/* NULL is fine. */
void sf_apply_destroy(struct sf_apply *apply);

#endif
