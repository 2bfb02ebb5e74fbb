/* remedy_ask: what the pod could ask for instead, and would be given at once. */
// SPDX-License-Identifier: Apache-2.0
#include "remedy_impl.h"

#include <stdlib.h>
#include <string.h>

/* How many nodes have room for the request; *first is the first of them. */
static uint32_t count_fits(const struct sf_remedy_search *search, const struct sf_request *request,
                           uint32_t *first)
{
	uint32_t n = sf_cluster_nodes(search->cluster), fits = 0;
	*first = SF_NODE_NONE;
	for (uint32_t i = 0; i < n; i++) {
		if (sf_filter(search->cluster, i, request, search->question->view, NULL) ==
		    SF_FITS) {
			*first = fits++ == 0 ? i : *first;
		}
	}
	return fits;
}

/* Offers the remedy if the pod fits when it asks so. */
static bool try_request(struct sf_remedy_search *search, const struct sf_request *request,
                        struct sf_remedy *remedy, int slot)
{
	struct sf_grant grant;
	uint32_t node, fits = count_fits(search, request, &node);
	if (fits == 0) {
		return false;
	}
	sf_filter(search->cluster, node, request, search->question->view, &grant);
	remedy->node = sf_cluster_node(search->cluster, node)->name;
	remedy->n_given = grant.n;
	sf_given_fill(search->cluster, node, &grant, remedy->given);
	sf_remedy_offer(search, remedy, slot);
	search->best[remedy->kind][slot].others = fits - 1;
	return true;
}

/* GiB in the name of a MIG resource ("nvidia.com/mig-1g.10gb" has 10); 0: no such name. */
static long gib_of_name(const char *name)
{
	static const char prefix[] = "nvidia.com/mig-";
	const char *dot = strchr(name + strcspn(name, "-"), '.');
	return strncmp(name, prefix, sizeof(prefix) - 1) == 0 && dot != NULL
	               ? strtol(dot + 1, NULL, 10)
	               : 0;
}

/* Of the first device given: as its name says, or of the whole GPU. */
static long gib_given(const struct sf_given *given)
{
	enum { MIB = 1024 };
	long named = gib_of_name(given->resource);
	if (named > 0 || given->product == NULL || given->product->memory_mib < 0) {
		return named;
	}
	return (given->product->memory_mib + MIB / 2) / MIB;
}

/* Another name for one want. */
struct other {
	uint16_t resource;
	long gib; /* of each device */
};

enum { AS_LARGE, SMALLER, KINDS };

/*
 * Is a device that is given for another name at least what was asked for: an instance of as much
 * memory, or a whole GPU for an instance? A replica is less than whatever is not shared. Boards have a
 * little less memory than profiles are named after.
 */
static bool is_as_large(const char *asked, const struct sf_given *given)
{
	enum { SLACK = 2 };
	bool shared = strstr(asked, ".shared") != NULL;
	long gib = gib_of_name(asked);
	if (given->of > 1) {
		return shared;
	}
	return shared || (gib > 0 && gib_given(given) + SLACK >= gib);
}

/* A device of this name out of those that the node would give. */
static struct sf_given give_one(const struct sf_remedy_search *search,
                                const struct sf_request *request, uint32_t node, uint16_t resource)
{
	const char *name = sf_resource_name(sf_cluster_resources(search->cluster), resource);
	struct sf_grant grant;
	struct sf_given given[SF_GRANTS_MAX];
	sf_filter(search->cluster, node, request, search->question->view, &grant);
	sf_given_fill(search->cluster, node, &grant, given);
	uint8_t at = 0;
	while (at + 1 < grant.n && strcmp(given[at].resource, name) != 0) {
		at++;
	}
	return given[at];
}

/* The nearest name on either side: the smallest that is as large, and the largest that is not. */
static void find_others(struct sf_remedy_search *search, uint8_t want, struct other best[KINDS])
{
	const struct sf_resources *names = sf_cluster_resources(search->cluster);
	struct sf_request request = *search->request;
	for (uint16_t i = 0; i < sf_resource_count(names); i++) {
		struct sf_given one;
		uint32_t node;
		request.want[want].resource = i;
		if (i == search->request->want[want].resource ||
		    count_fits(search, &request, &node) == 0) {
			continue;
		}
		one = give_one(search, &request, node, i);
		bool as_large = is_as_large(search->question->name[want], &one);
		if (!as_large && request.want[want].count > 1) {
			continue; /* a process uses one instance or replica */
		}
		struct other *other = &best[as_large ? AS_LARGE : SMALLER];
		long gib = gib_given(&one);
		if (other->resource == SF_RES_NONE ||
		    (as_large ? gib < other->gib : gib > other->gib)) {
			*other = (struct other){i, gib};
		}
	}
}

static void find_names(struct sf_remedy_search *search, uint8_t want)
{
	const struct sf_resources *names = sf_cluster_resources(search->cluster);
	struct other best[KINDS] = {{.resource = SF_RES_NONE}, {.resource = SF_RES_NONE}};
	find_others(search, want, best);
	for (int kind = 0; kind < KINDS; kind++) {
		struct sf_request request = *search->request;
		request.want[want].resource = best[kind].resource;
		struct sf_remedy remedy = {
			.kind = SF_REMEDY_NAME,
			.resource = search->question->name[want],
			.disturbs = {.asked = kind == AS_LARGE ? 1 : 2},
		};
		if (best[kind].resource != SF_RES_NONE) {
			remedy.instead = sf_resource_name(names, best[kind].resource);
			try_request(search, &request, &remedy, kind);
		}
	}
}

/* One amount of the request, to be read or changed. */
static int64_t get_amount(const struct sf_request *request, enum sf_remedy_less what, uint8_t want)
{
	switch (what) {
	case SF_LESS_DEVICES:
		return request->want[want].count;
	case SF_LESS_GPU_MEMORY:
		return request->gpu_memory_mib;
	case SF_LESS_GPU_SHARE:
		return request->gpu_memory_milli;
	case SF_LESS_CPU:
		return request->cpu_milli;
	case SF_LESS_MEMORY:
		return request->memory_mib;
	}
	return 0;
}

static void set_amount(struct sf_request *request, enum sf_remedy_less what, uint8_t want,
                       int64_t amount)
{
	switch (what) {
	case SF_LESS_DEVICES:
		request->want[want].count = (uint16_t)amount;
		break;
	case SF_LESS_GPU_MEMORY:
		request->gpu_memory_mib = (int32_t)amount;
		break;
	case SF_LESS_GPU_SHARE:
		request->gpu_memory_milli = (uint16_t)amount;
		break;
	case SF_LESS_CPU:
		request->cpu_milli = amount;
		break;
	case SF_LESS_MEMORY:
		request->memory_mib = amount;
		break;
	}
}

/* The most that fits somewhere, below what is asked for. */
static void find_less(struct sf_remedy_search *search, enum sf_remedy_less what, uint8_t want)
{
	struct sf_request request = *search->request;
	int64_t asked = get_amount(&request, what, want), low = 0, high = asked - 1;
	uint32_t node;
	while (low < high) {
		int64_t middle = high - (high - low) / 2;
		set_amount(&request, what, want, middle);
		if (count_fits(search, &request, &node) > 0) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	if (low <= 0) {
		return;
	}
	struct sf_remedy remedy = {
		.kind = SF_REMEDY_LESS,
		.less = what,
		.need = asked,
		.have = low,
		.resource = what == SF_LESS_DEVICES ? search->question->name[want] : NULL,
		.disturbs = {.asked = 2},
	};
	set_amount(&request, what, want, low);
	try_request(search, &request, &remedy, (int)what);
}

void sf_remedy_find_ask(struct sf_remedy_search *search)
{
	for (uint8_t i = 0; i < search->request->n; i++) {
		find_names(search, i);
		find_less(search, SF_LESS_DEVICES, i);
	}
	find_less(search, SF_LESS_GPU_MEMORY, 0);
	find_less(search, SF_LESS_GPU_SHARE, 0);
	find_less(search, SF_LESS_CPU, 0);
	find_less(search, SF_LESS_MEMORY, 0);
}
