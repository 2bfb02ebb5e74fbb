/*
 * mix_memo: fragments of nodes that were looked at before in the same state.
 *
 * A mix of a hundred requests asks a hundred questions about a node after each change, and most
 * nodes are soon in a state in which another one was already. What of a node with undivided GPUs
 * counts for the fragment goes into a key; its CPU and memory only as how many of the requests find
 * enough of them. Nodes with MIG, replicas or counts only have no key.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIX_MEMO_H
#define SF_MIX_MEMO_H

#include "mix.h"

struct sf_mix_memo;

/* `mix` has all its classes. NULL when it has so few that remembering does not pay. */
struct sf_mix_memo *sf_mix_memo_create(const struct sf_mix *mix);
void sf_mix_memo_destroy(struct sf_mix_memo *memo);

/* Where the node's fragment is remembered: *known says whether it is there. NULL for a node without
 * a key. */
int64_t *sf_mix_memo_find(struct sf_mix_memo *memo, const struct sf_node *node, bool *known);

#endif
