/*
 * changes: which nodes changed since when, the latest first, each once.
 *
 * A list of the nodes in the order of their latest changes; whoever remembers how many changes there
 * were when it last looked walks from the front to where it was.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CHANGES_H
#define SF_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#define SF_CHANGES_END UINT32_MAX

/* Zero-initialise. */
struct sf_changes {
	uint64_t now;    /* changes so far */
	uint32_t latest; /* 1 + the node that changed last; 0: none */
	size_t cap;
	struct sf_changed {
		uint64_t when;         /* 0: never */
		uint32_t older, newer; /* 1 + node; 0: none */
	} * node;
};

void sf_changes_finish(struct sf_changes *changes);
void sf_changes_add(struct sf_changes *changes, uint32_t node);

/* The node that changed last, or the one that changed last before `node`; SF_CHANGES_END when there
 * is none whose latest change came after the first `seen`. */
uint32_t sf_changes_first(const struct sf_changes *changes, uint64_t seen);
uint32_t sf_changes_next(const struct sf_changes *changes, uint32_t node, uint64_t seen);

#endif
