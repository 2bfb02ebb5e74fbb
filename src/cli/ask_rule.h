/* ask_rule: nodes that a pod's own rules exclude, and what would have to change of them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ASK_RULE_H
#define SF_ASK_RULE_H

#include "ask.h"

/* By node: why the rules of the pod exclude it, or NULL; texts in the arena. NULL: it is full. */
const char **sf_ask_excluded(const struct sf_snapshot *snapshot, const struct sf_ask_pod *pod,
                             struct sf_arena *arena);

/* How the pod's rules would have to change for the node, in words and as a command, in the arena; SF_RULE_FITS
 * when nothing is in the way, or the arena is full. */
enum sf_rule_fit sf_ask_rule(const struct sf_snapshot *snapshot, const struct sf_ask_pod *pod,
                             uint32_t node, struct sf_arena *arena, const char **words,
                             const char **command);

#endif
