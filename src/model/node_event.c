/* node_event: the names of what happens to nodes. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/node_event.h>

const char *sf_node_event_name(enum sf_node_event_kind kind)
{
	static const char *const name[SF_NODE_EVENTS] = {
		[SF_NODE_EVENT_FAIL] = "fail",
		[SF_NODE_EVENT_DRAIN] = "drain",
		[SF_NODE_EVENT_CORDON] = "cordon",
		[SF_NODE_EVENT_READY] = "ready",
		[SF_NODE_EVENT_ADD] = "add",
		[SF_NODE_EVENT_REMOVE] = "remove",
		[SF_NODE_EVENT_REPARTITION] = "repartition",
	};
	return kind < SF_NODE_EVENTS ? name[kind] : "?";
}
