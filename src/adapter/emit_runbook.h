/* emit_runbook: parts of RUNBOOK.md. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_RUNBOOK_H
#define SF_EMIT_RUNBOOK_H

#include "emit_config.h"

struct sf_str;

/* Names of nodes, each after a blank. */
void sf_runbook_names(const struct sf_emit_view *view, const struct sf_rollout_node *node, size_t n,
                      struct sf_str *out);

/* The section of one wave (emit_runbook_wave.c). */
void sf_runbook_wave(const struct sf_emit_view *view, const struct sf_rollout_node *node, size_t n,
                     struct sf_str *out);

#endif
