/* twins: nodes that were alike when a placer began, so that one of them is judged for all. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TWINS_H
#define SF_TWINS_H

#include "row.h"

enum { SF_TWINS_NONE = 0xffff };

/* A verdict on a group, valid for one question. */
struct sf_verdict {
	uint64_t question;
	int64_t score;
	uint8_t gpu;
};

struct sf_twins {
	uint32_t n_nodes;
	uint16_t n;                 /* groups */
	uint16_t *group;            /* per node; SF_TWINS_NONE: alone */
	struct sf_verdict *verdict; /* per group */
};

/* Groups equal rows; nodes beyond the first 65535 groups are alone. */
void sf_twins_init(struct sf_twins *twins, const struct sf_row *row, uint32_t n);
void sf_twins_finish(struct sf_twins *twins);

/* The node is not like the others any more. */
void sf_twins_leave(struct sf_twins *twins, uint32_t node);

/* The verdict on the node's group, or NULL when it is alone. */
struct sf_verdict *sf_twins_get(struct sf_twins *twins, uint32_t node);

#endif
