/* reprieve: which pods must leave a node so that a request fits there. */
// SPDX-License-Identifier: Apache-2.0
#include "reprieve.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>

void sf_reprieve_finish(struct sf_reprieve *trial)
{
	free(trial->pod);
	free(trial->undo);
	*trial = (struct sf_reprieve){0};
}

struct sf_reprieve_pod *sf_reprieve_add(struct sf_reprieve *trial, uint32_t pod)
{
	const struct sf_pod *placed = sf_cluster_pod(trial->cluster, pod);
	trial->pod = sf_xgrow(trial->pod, &trial->cap, trial->n + 1, sizeof(*trial->pod));
	struct sf_reprieve_pod *added = &trial->pod[trial->n++];
	*added = (struct sf_reprieve_pod){
		.pod = pod,
		.unit = pod,
		.open = true,
		.state = (uint8_t)placed->state,
		.arrived = placed->arrived,
		.grant = placed->grant,
	};
	return added;
}

size_t sf_reprieve_unit_end(const struct sf_reprieve *trial, size_t i)
{
	size_t end = i + 1;
	while (end < trial->n && trial->pod[end].unit == trial->pod[i].unit) {
		end++;
	}
	return end;
}

static void apply(struct sf_reprieve *trial, const struct sf_change *change)
{
	trial->undo =
		sf_xgrow(trial->undo, &trial->cap_undo, trial->n_undo + 1, sizeof(*trial->undo));
	int rc = sf_cluster_apply(trial->cluster, change, &trial->undo[trial->n_undo++], NULL);
	assert(rc == 0);
	(void)rc;
}

static void take_off(struct sf_reprieve *trial, const struct sf_reprieve_pod *pod)
{
	struct sf_change release = {.kind = SF_CHANGE_RELEASE, .pod = pod->pod};
	apply(trial, &release);
}

static void put_back(struct sf_reprieve *trial, const struct sf_reprieve_pod *pod)
{
	struct sf_change place = {
		.kind = pod->state == SF_POD_RESERVED ? SF_CHANGE_RESERVE : SF_CHANGE_PLACE,
		.pod = pod->pod,
		.node = trial->node,
		.grant = &pod->grant,
	};
	apply(trial, &place);
	if (pod->arrived) {
		struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = pod->pod};
		apply(trial, &arrive);
	}
}

/* As it was when so many changes had been made. */
static void rewind_to(struct sf_reprieve *trial, size_t mark)
{
	while (trial->n_undo > mark) {
		sf_cluster_undo(trial->cluster, &trial->undo[--trial->n_undo]);
	}
}

static bool is_off(const struct sf_reprieve *trial, const struct sf_reprieve_pod *pod)
{
	return sf_cluster_pod(trial->cluster, pod->pod)->state == SF_POD_PENDING;
}

static bool holds(const struct sf_grant *grant, const struct sf_obstacle *device)
{
	for (uint8_t i = 0; i < grant->n; i++) {
		if (grant->held[i].gpu == device->gpu && grant->held[i].device == device->device) {
			return true;
		}
	}
	return false;
}

/* Whoever is undecided and keeps the device busy comes back, with the whole unit. */
static bool occupy(struct sf_reprieve *trial, const struct sf_obstacle *device)
{
	bool came = false;
	for (size_t i = 0, end; i < trial->n; i = end) {
		end = sf_reprieve_unit_end(trial, i);
		bool keeps = false;
		for (size_t k = i; k < end; k++) {
			const struct sf_reprieve_pod *pod = &trial->pod[k];
			keeps |= pod->open && holds(&pod->grant, device) && is_off(trial, pod);
		}
		for (size_t k = i; k < end && keeps; k++) {
			put_back(trial, &trial->pod[k]);
			came = true;
		}
	}
	return came;
}

/* Devices that are no use even with everybody gone are best kept busy. */
static void occupy_obstacles(struct sf_reprieve *trial)
{
	struct sf_obstacle device[SF_OBSTACLES_MAX];
	bool came = sf_request_has_wish(trial->request) && trial->view == SF_VIEW_AWARE;
	while (came) {
		size_t n = sf_filter_obstacles(trial->cluster, trial->node, trial->request, device);
		came = false;
		for (size_t i = 0; i < n; i++) {
			came |= occupy(trial, &device[i]);
		}
	}
}

static bool fits_now(const struct sf_reprieve *trial)
{
	return sf_filter(trial->cluster, trial->node, trial->request, trial->view, NULL) == SF_FITS;
}

/* Is there room, if of the undecided just the right ones come back? */
static bool can_fit(struct sf_reprieve *trial)
{
	size_t mark = trial->n_undo;
	occupy_obstacles(trial);
	bool fits = fits_now(trial);
	rewind_to(trial, mark);
	return fits;
}

bool sf_reprieve_begin(struct sf_reprieve *trial)
{
	sf_cluster_set_quiet(trial->cluster, true);
	trial->n_off = 0;
	return sf_reprieve_more(trial);
}

bool sf_reprieve_more(struct sf_reprieve *trial)
{
	while (trial->n_off < trial->n) {
		take_off(trial, &trial->pod[trial->n_off++]);
	}
	return can_fit(trial);
}

/* Those come back with whom the request still fits. */
static void decide(struct sf_reprieve *trial, size_t first, size_t end)
{
	size_t mark = trial->n_undo;
	for (size_t i = first; i < end; i++) {
		put_back(trial, &trial->pod[i]);
		trial->pod[i].open = false;
	}
	bool stays = can_fit(trial);
	if (!stays) {
		rewind_to(trial, mark);
	}
	for (size_t i = first; i < end; i++) {
		trial->pod[i].stays = stays;
	}
}

bool sf_reprieve_run(struct sf_reprieve *trial)
{
	for (int violating = 1; violating >= 0; violating--) {
		for (size_t i = 0, end; i < trial->n; i = end) {
			end = sf_reprieve_unit_end(trial, i);
			if (trial->pod[i].violates == (violating == 1)) {
				decide(trial, i, end);
			}
		}
	}
	return fits_now(trial);
}

void sf_reprieve_end(struct sf_reprieve *trial)
{
	rewind_to(trial, 0);
	sf_cluster_set_quiet(trial->cluster, false);
}
