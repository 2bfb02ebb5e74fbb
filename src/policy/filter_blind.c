/*
 * filter_blind: GPU memory on a node of which nobody knows who has which device.
 *
 * On a node of Kubernetes the kubelet gives out devices, and neither the scheduler nor an extender
 * learns which. What is known is the number n of replicas of a name that are given out or promised,
 * on d devices with r replicas each, and what each pod wishes for. Two bounds make that enough:
 *
 * - The plugin's `distributed` policy takes a device with the fewest replicas in use. However the
 *   others lie, pods that have left included, that is at most (n - 1) / d, rounded down, beside the
 *   newcomer. With `packed`, or without any rule, up to r - 1.
 * - A device is over-committed only by the pod that comes to it last. So it is enough to look at the
 *   newcomer and at pods on their way (not sf_pod.arrived), each of which may be last: the one of
 *   them with the largest wish, together with the largest wishes of all others that may share its device.
 *
 * The sum of those must fit into the smallest device of the name. Where nobody is on the way, this
 * refuses a pod only if there is an arrangement of the others in which it would not fit.
 */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

bool sf_filter_is_awaited(const struct sf_cluster *cluster, const struct sf_node *node)
{
	uint32_t i = node->allocation != SF_ALLOCATION_KNOWN ? node->first_wish : SF_POD_NONE;

	while (i != SF_POD_NONE && sf_cluster_pod(cluster, i)->arrived) {
		i = sf_cluster_pod(cluster, i)->next_wish;
	}
	return i != SF_POD_NONE;
}

/* The devices of a name. */
struct devices {
	uint32_t n;
	uint32_t replicas;  /* of each */
	int32_t memory_mib; /* of the smallest; -1: not known of one */
};

static struct devices devices_of(const struct sf_node *node, uint16_t resource)
{
	struct devices found = {.memory_mib = INT32_MAX};

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		int unit;

		for (uint8_t k = 0; (unit = sf_filter_device_at(node, gpu, k)) >= 0; k++) {
			const struct sf_device *device = &gpu->device[unit];

			if (device->resource != resource) {
				continue;
			}
			found.n++;
			found.replicas = device->replicas;
			if (device->memory_mib < found.memory_mib) {
				found.memory_mib = device->memory_mib;
			}
		}
	}
	return found;
}

/* All wishes for devices of a name, each replica for itself: those of the pods on the node and of the
 * newcomer, but for one, which is looked at apart. */
struct wishes {
	const struct sf_filter_case *c;
	const struct sf_filter_need *need;
	int32_t memory_mib; /* of a device: what shares are shares of */
	int32_t apart_mib;  /* the one */
};

/* Replicas of the name that a pod holds. */
static uint32_t held(const struct sf_pod *pod, uint16_t resource)
{
	uint32_t n = 0;

	for (uint8_t i = 0; i < pod->grant.n; i++) {
		n += pod->grant.held[i].resource == resource ? pod->grant.held[i].replicas : 0;
	}
	return n;
}

/* Counts `n` replicas that wish for `mib` each, if that is more than *most so far but below `below`. */
static void take_more(int32_t mib, uint32_t n, int32_t below, int32_t *most, uint32_t *count)
{
	if (n == 0 || mib >= below || mib < *most) {
		return;
	}
	*count = mib > *most ? n : *count + n;
	*most = mib;
}

/* The largest wish below a bound, and how many replicas have it; 0 when there is none. */
static int32_t next_largest(const struct wishes *wishes, int32_t below, uint32_t *count)
{
	const struct sf_filter_case *c = wishes->c;
	int32_t most = 0;

	*count = 0;
	take_more(sf_request_mib(c->request, wishes->memory_mib), wishes->need->n, below, &most,
	          count);
	for (uint32_t i = c->node->first_wish; i != SF_POD_NONE;) {
		const struct sf_pod *pod = sf_cluster_pod(c->cluster, i);

		take_more(sf_request_mib(&pod->request, wishes->memory_mib),
		          held(pod, wishes->need->count->resource), below, &most, count);
		i = pod->next_wish;
	}
	*count -= most == wishes->apart_mib && *count > 0;
	return most;
}

/* The sum of the k largest. */
static int64_t sum_of_largest(const struct wishes *wishes, uint32_t k)
{
	int32_t below = INT32_MAX;
	int64_t sum = 0;
	uint32_t count;

	while (k > 0 && (below = next_largest(wishes, below, &count)) > 0) {
		const uint32_t taken = count < k ? count : k;

		sum += (int64_t)below * taken;
		k -= taken;
	}
	return sum;
}

/* The largest wish of those who may come to a device last: the newcomer, and pods on their way. */
static int32_t largest_coming(const struct sf_filter_case *c, uint16_t resource, int32_t memory_mib)
{
	int32_t largest = sf_request_mib(c->request, memory_mib);

	for (uint32_t i = c->node->first_wish; i != SF_POD_NONE;) {
		const struct sf_pod *pod = sf_cluster_pod(c->cluster, i);
		const int32_t mib = sf_request_mib(&pod->request, memory_mib);

		if (!pod->arrived && mib > largest && held(pod, resource) > 0) {
			largest = mib;
		}
		i = pod->next_wish;
	}
	return largest;
}

/* Replicas that may be in use on the device of a pod which comes when `others` are given out. */
static uint32_t most_beside(const struct sf_node *node, const struct devices *devices,
                            uint32_t others)
{
	const uint32_t even = others / devices->n;
	const uint32_t room = devices->replicas - 1;

	return node->allocation == SF_ALLOCATION_DISTRIBUTED && even < room ? even : room;
}

bool sf_filter_blind(const struct sf_filter_case *c, const struct sf_filter_need *need)
{
	const uint16_t resource = need->count->resource;
	const uint32_t used = need->count->used;
	const struct devices devices = devices_of(c->node, resource);
	struct wishes wishes = {.c = c, .need = need, .memory_mib = devices.memory_mib};
	const int32_t own_mib = sf_request_mib(c->request, devices.memory_mib);
	uint32_t beside;

	if (devices.n == 0 || devices.memory_mib <= 0) {
		return !c->has_wish;
	}
	beside = most_beside(c->node, &devices, used + need->n - 1);
	if (beside == 0) {
		return own_mib <= devices.memory_mib; /* each has a device for itself */
	}
	if (own_mib == 0 && used > 0 && beside == most_beside(c->node, &devices, used - 1)) {
		return true; /* nobody will have more neighbours than without it */
	}
	wishes.apart_mib = largest_coming(c, resource, devices.memory_mib);
	return wishes.apart_mib + sum_of_largest(&wishes, beside) <= devices.memory_mib;
}
