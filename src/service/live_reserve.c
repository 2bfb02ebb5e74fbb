/* live_reserve: devices promised to pods that are not bound yet. */
// SPDX-License-Identifier: Apache-2.0
#include "live_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <assert.h>
#include <string.h>

static void forget_reservation(struct sf_live *live, uint32_t number)
{
	uint32_t i = 0;
	while (live->reserved[i] != number) {
		i++;
	}
	live->counts.reserved--;
	memmove(&live->reserved[i], &live->reserved[i + 1],
	        (live->counts.reserved - i) * sizeof(*live->reserved));
}

void sf_live_give_back(struct sf_live *live, uint32_t number)
{
	if (live->pod[number].state == SF_LIVE_RESERVED) {
		forget_reservation(live, number);
	}
	sf_live_leave(live, number);
	live->pod[number].state = SF_LIVE_PENDING;
}

/* Where we promised it devices, it now is. */
void sf_live_confirm(struct sf_live *live, uint32_t number)
{
	struct sf_live_pod *pod = &live->pod[number];
	forget_reservation(live, number);
	pod->state = SF_LIVE_BOUND;
	live->counts.settled++;
	if (pod->pod != SF_LIVE_NONE) {
		struct sf_change bind = {
			.kind = SF_CHANGE_PLACE,
			.pod = pod->pod,
			.node = live->node[pod->node].node,
		};
		int rc = sf_cluster_apply(live->cluster, &bind, NULL, NULL);
		assert(rc == 0);
		(void)rc;
	}
}

static void promise(struct sf_live *live, uint32_t number, uint32_t on, uint64_t until_ns)
{
	sf_live_give_back(live, number);
	live->pod[number].state = SF_LIVE_RESERVED;
	live->pod[number].until_ns = until_ns;
	sf_live_link(live, number, on);
	live->reserved = sf_xgrow(live->reserved, &live->reserved_cap, live->counts.reserved + 1,
	                          sizeof(*live->reserved));
	live->reserved[live->counts.reserved++] = number;
}

static int reserve(struct sf_live *live, uint32_t number, uint32_t on, uint64_t until_ns,
                   struct sf_error *err)
{
	struct sf_live_pod *pod = &live->pod[number];
	bool elsewhere = pod->node != SF_LIVE_NONE && pod->node != on;
	if (elsewhere) {
		return sf_fail(err, SF_EINVAL, "the pod is %s node %s",
		               pod->state == SF_LIVE_BOUND ? "bound to" : "being bound to",
		               live->node[pod->node].name);
	}
	if (pod->node == on) {
		pod->until_ns = until_ns;
		return 0;
	}
	promise(live, number, on, until_ns);
	if (sf_live_seat(live, number, err) < 0) {
		sf_live_give_back(live, number);
		return -1;
	}
	live->counts.reservations++;
	return 0;
}

int sf_live_reserve(struct sf_live *live, const char *uid, const char *name, uint64_t until_ns,
                    struct sf_error *err)
{
	uint32_t number = sf_live_pod_lookup(live, uid), on = sf_live_node_lookup(live, name);
	if (number == SF_INDEX_NONE || on == SF_INDEX_NONE || live->node[on].node == SF_LIVE_NONE) {
		return sf_fail(err, SF_ENOENT,
		               number == SF_INDEX_NONE ? "unknown pod" : "unknown node");
	}
	return reserve(live, number, on, until_ns, err);
}

void sf_live_unreserve(struct sf_live *live, const char *uid)
{
	uint32_t number = sf_live_pod_lookup(live, uid);
	if (number != SF_INDEX_NONE && live->pod[number].state == SF_LIVE_RESERVED) {
		sf_live_give_back(live, number);
	}
}

int sf_live_bind_begin(struct sf_live *live, const char *uid, const char *node, uint64_t until_ns,
                       struct sf_error *err)
{
	if (sf_live_reserve(live, uid, node, until_ns, err) < 0) {
		return -1;
	}
	struct sf_live_pod *pod = &live->pod[sf_live_pod_lookup(live, uid)];
	if (pod->state == SF_LIVE_BOUND) {
		return 1;
	}
	pod->binding++;
	return 0;
}

void sf_live_bind_end(struct sf_live *live, const char *uid, bool bound, uint64_t until_ns)
{
	uint32_t number = sf_live_pod_lookup(live, uid);
	if (number == SF_INDEX_NONE) {
		return; /* it went while it was bound */
	}
	struct sf_live_pod *pod = &live->pod[number];
	pod->binding -= pod->binding > 0;
	if (pod->state != SF_LIVE_RESERVED) {
		return;
	}
	if (bound) {
		pod->until_ns = until_ns;
	} else if (pod->binding == 0) {
		sf_live_give_back(live, number);
	}
}

size_t sf_live_expire(struct sf_live *live, uint64_t heard_ns)
{
	size_t n = 0;
	for (uint32_t i = 0; i < live->counts.reserved;) {
		uint32_t number = live->reserved[i];
		if (live->pod[number].until_ns > heard_ns || live->pod[number].binding > 0) {
			i++;
			continue;
		}
		sf_live_give_back(live, number);
		n++;
	}
	live->counts.expired += n;
	return n;
}
