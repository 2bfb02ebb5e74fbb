/* spare: how many more pods fit, exactly: so many can be placed, and one more cannot. */
// SPDX-License-Identifier: Apache-2.0
#include "attempt.h"
#include "spare_impl.h"

#include <slicefit/cluster_rule.h>

static uint32_t least(uint32_t limit, int64_t free, int64_t each)
{
	if (each <= 0) {
		return limit;
	}
	int64_t n = free / each;
	return n < (int64_t)limit ? (uint32_t)(n > 0 ? n : 0) : limit;
}

/* What CPU, memory and the kubelet allow. */
static uint32_t room_of(const struct sf_node *node, const struct sf_request *request)
{
	uint32_t n = node->pods_max > node->pods ? node->pods_max - node->pods : 0;
	if (node->cpu_milli > 0) {
		n = least(n, node->cpu_milli - node->cpu_used_milli, request->cpu_milli);
	}
	if (node->memory_mib > 0) {
		n = least(n, node->memory_mib - node->memory_used_mib, request->memory_mib);
	}
	return n;
}

/* Several wants may be for one name. */
static uint32_t count_name(const struct sf_request *request, uint16_t resource)
{
	uint32_t n = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		n += request->want[i].resource == resource ? request->want[i].count : 0;
	}
	return n;
}

/* Devices by their names, each as good as another. */
static uint32_t by_counts(const struct sf_node *node, const struct sf_request *request,
                          uint32_t limit)
{
	for (uint8_t i = 0; i < request->n; i++) {
		uint16_t resource = request->want[i].resource;
		const struct sf_count *count = sf_node_count(node, resource);
		limit = least(limit, (int64_t)count->total - count->used,
		              count_name(request, resource));
	}
	return limit;
}

/* One after the other, as the filter takes them. */
static uint32_t one_by_one(struct sf_cluster *cluster, uint32_t node,
                           const struct sf_request *request, uint32_t limit)
{
	struct sf_attempt attempt = {.cluster = cluster};
	uint32_t n = 0;
	sf_cluster_set_quiet(cluster, true);
	while (n < limit) {
		uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
		if (!sf_attempt_place(&attempt, pod, node, SF_VIEW_AWARE)) {
			sf_cluster_remove_pod(cluster, pod);
			break;
		}
		n++;
	}
	while (attempt.n > 0) {
		uint32_t pod = attempt.undo[attempt.n - 1].pod;
		sf_attempt_rewind(&attempt, attempt.n - 1);
		sf_cluster_remove_pod(cluster, pod);
	}
	sf_attempt_finish(&attempt);
	sf_cluster_set_quiet(cluster, false);
	return n;
}

bool sf_spare_is_dynamic(const struct sf_node *node)
{
	bool mig = false;
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		mig = mig || node->gpu[i].mig;
	}
	return node->dynamic && mig && !node->by_counts;
}

uint32_t sf_spare_on(struct sf_cluster *cluster, uint32_t number, const struct sf_request *request)
{
	const struct sf_node *node = sf_cluster_node(cluster, number);
	if (sf_filter(cluster, number, request, SF_VIEW_AWARE, NULL) != SF_FITS) {
		return 0;
	}
	uint32_t limit = room_of(node, request);
	if (sf_spare_is_dynamic(node)) {
		return sf_spare_dynamic(cluster, node, request, limit);
	}
	if (request->sharing == SF_WISH_BY_NAME && !sf_request_has_wish(request) &&
	    !sf_node_is_fractional(node) && node->first_wish == SF_POD_NONE) {
		return by_counts(node, request, limit);
	}
	return one_by_one(cluster, number, request, limit);
}

/* Pods that spread may be so many more on a node than on the emptiest. That one can be filled up to its
 * room, and in which order they come makes no difference as long as the emptiest node is next. */
static void spread(struct sf_cluster *cluster, uint16_t rule, const struct sf_rule_company *company,
                   uint32_t *copies)
{
	uint32_t n = sf_cluster_nodes(cluster);
	uint64_t level = UINT64_MAX;
	for (uint32_t i = 0; i < n; i++) {
		struct sf_rule_stand stand = sf_cluster_rule_stand(cluster, rule, i);
		uint64_t full = (uint64_t)stand.pods + copies[i];
		level = stand.counts && full < level ? full : level;
	}
	level = company->no_level || level == UINT64_MAX ? 0 : level;
	for (uint32_t i = 0; i < n; i++) {
		struct sf_rule_stand stand = sf_cluster_rule_stand(cluster, rule, i);
		uint64_t most = level + company->max_skew;
		uint64_t more = most > stand.pods ? most - stand.pods : 0;
		copies[i] = more < copies[i] ? (uint32_t)more : copies[i];
	}
}

void sf_spare_everywhere(struct sf_cluster *cluster, const struct sf_request *request,
                         uint32_t *copies)
{
	struct sf_rule_company company = sf_cluster_rule_company(cluster, request->rule);
	struct sf_request free = *request;
	uint32_t n = sf_cluster_nodes(cluster);
	free.rule = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool may = sf_cluster_rule_stand(cluster, request->rule, i).may;
		copies[i] = may ? sf_spare_on(cluster, i, &free) : 0;
		copies[i] = company.alone && copies[i] > 1 ? 1 : copies[i];
	}
	if (company.max_skew > 0) {
		spread(cluster, request->rule, &company, copies);
	}
}
