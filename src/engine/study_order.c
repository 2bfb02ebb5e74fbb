/* study_order: the order of arrivals and of nodes that a seed makes of a trace. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/*
 * Draws of the simulator that serve nothing here but move all that follow: one is the argument of a
 * log line; the others are the jitter of the watches that its Kubernetes informers start between
 * the list of pods and the order of nodes.
 */
enum { DRAWS_BEFORE_PODS = 1, DRAWS_BEFORE_NODES = 10 };

static void skip_draws(struct sf_go_rand *rand, int n)
{
	for (int i = 0; i < n; i++) {
		sf_go_rand_int63(rand);
	}
}

/* Drops pods by lot until they ask for no more than the target. */
static void shrink(const struct sf_study_pods *pods, double target, struct sf_go_rand *rand,
                   struct sf_study_order *order)
{
	while ((double)order->gpu_milli > target) {
		uint32_t at = sf_go_rand_intn(rand, order->n);
		uint32_t *arrival = order->arrival + at;
		order->gpu_milli -= sf_study_pod_milli(&pods->pod[*arrival]);
		order->n--;
		memmove(arrival, arrival + 1, (order->n - at) * sizeof(*arrival));
	}
}

/* Appends clones by lot until the next would reach beyond the target; as in the simulator that is
 * judged by the milli-GPUs of one of its GPUs. */
static int grow(const struct sf_study_pods *pods, double target, struct sf_go_rand *rand,
                struct sf_study_order *order, struct sf_error *err)
{
	size_t cap = order->n;
	if (order->gpu_milli == 0) {
		return sf_fail(err, SF_EINVAL,
		               "trace %s: no pod has GPUs, so no number of pods reaches the load",
		               sf_str_get(&pods->name));
	}
	for (;;) {
		uint32_t drawn = sf_go_rand_intn(rand, pods->n);
		const struct sf_study_pod *pod = &pods->pod[drawn];
		if ((double)(order->gpu_milli + pod->gpu_milli) > target) {
			return 0;
		}
		if (order->n == SF_STUDY_ARRIVALS_MAX) {
			return sf_fail(err, SF_ELIMIT,
			               "trace %s: the load takes more than %d arrivals",
			               sf_str_get(&pods->name), SF_STUDY_ARRIVALS_MAX);
		}
		order->arrival = sf_xgrow(order->arrival, &cap, order->n + (size_t)1,
		                          sizeof(*order->arrival));
		order->arrival[order->n++] = drawn;
		order->gpu_milli += sf_study_pod_milli(pod);
	}
}

static int tune(const struct sf_study_case *study, struct sf_go_rand *rand,
                struct sf_study_order *order, struct sf_error *err)
{
	double target = study->tune * (double)sf_study_nodes_milli(study->nodes);
	if (study->tune > 0 && (double)order->gpu_milli > target) {
		shrink(study->pods, target, rand, order);
	} else if (study->tune > 0 && (double)order->gpu_milli < target) {
		return grow(study->pods, target, rand, order, err);
	}
	return 0;
}

int sf_study_order_draw(const struct sf_study_case *study, const struct sf_go_rand_table *table,
                        uint64_t seed, struct sf_study_order *out, struct sf_error *err)
{
	const struct sf_study_pods *pods = study->pods;
	uint32_t n_nodes = study->nodes->n;
	struct sf_go_rand rand;
	struct sf_study_order order = {.n = pods->n};
	order.arrival = sf_xcalloc(pods->n, sizeof(*order.arrival));
	for (uint32_t i = 0; i < pods->n; i++) {
		order.arrival[i] = i;
		order.gpu_milli += sf_study_pod_milli(&pods->pod[i]);
	}
	sf_go_rand_seed(&rand, table, (int64_t)seed);
	skip_draws(&rand, DRAWS_BEFORE_PODS);
	sf_go_rand_shuffle(&rand, order.n, order.arrival);
	if (tune(study, &rand, &order, err) != 0) {
		sf_study_order_finish(&order);
		return -1;
	}
	skip_draws(&rand, DRAWS_BEFORE_NODES);
	uint32_t *rank = sf_xcalloc(n_nodes, sizeof(*rank));
	order.node = sf_xcalloc(n_nodes, sizeof(*order.node));
	sf_go_rand_perm(&rand, n_nodes, rank);
	for (uint32_t i = 0; i < n_nodes; i++) {
		order.node[rank[i]] = i;
	}
	free(rank);
	*out = order;
	return 0;
}

void sf_study_order_finish(struct sf_study_order *order)
{
	free(order->arrival);
	free(order->node);
	*order = (struct sf_study_order){0};
}
