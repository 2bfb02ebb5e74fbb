/* view_json: parts of the live cluster as JSON. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_VIEW_JSON_H
#define SF_VIEW_JSON_H

#include "view.h"

struct sf_str;

/* One compact object each; `now_ns` is sf_clock_ns. */
void sf_view_node_json(const struct sf_view_node *node, uint64_t now_ns, struct sf_str *out);
void sf_view_pending_json(const struct sf_view_pod *pod, struct sf_str *out);

#endif
