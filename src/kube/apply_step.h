/*
 * apply_step: what to do next to a wave of nodes, from what the audit log and the API server say; no
 * I/O, no clock. It goes by what is there and not by what it did before, so that it may be stopped
 * at any point and begun anew: each step can be done twice.
 *
 * Forward, all nodes of the wave together: take the node (cordon it, and note on it what it was
 * like), evict what holds GPUs, forget mig-manager's last word, set the labels, wait until
 * mig-manager and the device plugin have followed; then commit, and give the nodes free. Back: the
 * labels as they were, wait, give the nodes free.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_STEP_H
#define SF_KUBE_APPLY_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the audit log says of a wave. */
enum sf_apply_mode {
	SF_APPLY_UNTOUCHED,
	SF_APPLY_FORWARD,
	SF_APPLY_COMMITTED, /* all nodes are as planned; there is no way back */
	SF_APPLY_DONE,
	SF_APPLY_BACK,   /* something went wrong: the wave is being undone */
	SF_APPLY_UNDONE, /* as before; the wave may be tried again */
};

/* nvidia.com/mig.config.state, written by mig-manager (NVIDIA/mig-parted,
 * deployments/container/reconfigure-mig.sh): pending and rebooting are WORKING. */
enum sf_apply_state { SF_APPLY_SILENT, SF_APPLY_WORKING, SF_APPLY_SUCCESS, SF_APPLY_FAILED };

/* Whose note is on the node? */
enum sf_apply_claim { SF_APPLY_FREE, SF_APPLY_OURS, SF_APPLY_OTHERS };

/* The labels that the roll-out changes. */
enum sf_apply_at {
	SF_APPLY_AT_BEFORE,
	SF_APPLY_AT_AFTER,
	SF_APPLY_AT_BOTH, /* there is no difference */
	SF_APPLY_ELSEWHERE,
};

/* A pod that holds GPUs of the node. */
struct sf_apply_holder {
	bool deleting;
	uint64_t due_ns; /* evict it not before this */
};

/* A node as the API server shows it. */
struct sf_apply_seen {
	bool gone;
	bool stays; /* it gets labels only: it takes pods all the time */
	bool cordoned;
	enum sf_apply_claim claim;
	enum sf_apply_at at;
	bool mig;                    /* nvidia.com/mig.config changes: mig-manager will answer */
	enum sf_apply_state state;   /* now */
	enum sf_apply_state state_0; /* when it was taken */
	bool answers;  /* noted on it: mig-manager had begun when the way back began */
	bool counts;   /* allocatable is as it is to be afterwards */
	bool counts_0; /* ... as it was when the node was taken */
	size_t n_holders;
	const struct sf_apply_holder *holder;
};

enum sf_apply_verb {
	SF_APPLY_TAKE,    /* cordon it and note what it was like, in one write */
	SF_APPLY_CORDON,  /* somebody opened it meanwhile */
	SF_APPLY_EVICT,   /* a pod of it */
	SF_APPLY_FORGET,  /* remove mig.config.state, so that what comes next is news */
	SF_APPLY_LABEL,   /* the labels as planned */
	SF_APPLY_UNLABEL, /* the labels as they were */
	SF_APPLY_RESTORE, /* mig.config.state as it was: mig-manager never began */
	SF_APPLY_GIVE,    /* remove the note, and open the node unless it was cordoned before */
	SF_APPLY_WAIT,
	SF_APPLY_COMMIT, /* to be noted in the log: COMMITTED */
	SF_APPLY_FINISH, /* DONE or UNDONE */
	SF_APPLY_FAIL,   /* BACK; `why` says why */
	SF_APPLY_STUCK,  /* the way back does not lead on; `why` */
};

/* What a wait is for: each has its own limit. */
enum sf_apply_stage { SF_APPLY_EMPTYING, SF_APPLY_CHANGING, SF_APPLY_RETURNING, SF_APPLY_STAGES };

/* What the particulars are that belong to a `why`. */
enum sf_apply_about {
	SF_APPLY_ABOUT_NODE,   /* it says all */
	SF_APPLY_ABOUT_PODS,   /* those that hold GPUs of the node */
	SF_APPLY_ABOUT_COUNTS, /* what the node's allocatable says */
};

struct sf_apply_do {
	enum sf_apply_verb verb;
	size_t node;               /* of the wave; what it waits for, too */
	size_t holder;             /* of the node, with EVICT */
	enum sf_apply_stage stage; /* with WAIT */
	uint64_t until_ns;         /* with WAIT: something is due then, whatever is seen; or 0 */
	bool late;                 /* with FAIL and STUCK: it has waited as long as it may */
	const char *why;           /* with WAIT, FAIL and STUCK: a constant text about the node */
	enum sf_apply_about about; /* with `why` */
};

struct sf_apply_limits {
	uint64_t stage_ns[SF_APPLY_STAGES];
	/* On the way back: so long mig-manager may take to notice a label; one that has not begun
	 * by then has never seen the change. */
	uint64_t settle_ns;
};

/* What is remembered of a wave between two steps, by nobody but this run of the program. */
struct sf_apply_memory {
	enum sf_apply_stage stage; /* SF_APPLY_STAGES: not waiting */
	uint64_t since_ns;         /* in this stage */
};

/* The next step of a wave in mode FORWARD, COMMITTED or BACK. Keeps in `memory` since when it
 * waits; start with {SF_APPLY_STAGES, 0}. */
struct sf_apply_do sf_apply_next(enum sf_apply_mode mode, const struct sf_apply_seen *seen,
                                 size_t n, const struct sf_apply_limits *limits,
                                 struct sf_apply_memory *memory, uint64_t now_ns);

#endif
