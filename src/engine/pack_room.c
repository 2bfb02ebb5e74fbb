/* pack_room: what fits on a GPU, and bins of equal GPUs. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* Would the GPU be busier than it may be, with `n` pods more? */
static bool is_too_busy(const struct pack_room *room, const struct pack_type *type, uint32_t n)
{
	const struct pack_series *series = type->series ? type->series : room->series;
	int64_t left = room->duty_milli - (int64_t)n * pack_flat_duty(type);
	uint32_t over = 0;

	for (uint16_t i = 0; i < series->n; i++) {
		int64_t more = type->series ? (int64_t)n * type->series->milli[i] : 0;

		over += room->load[i] + more > left;
	}
	return left < 0 || over > series->over;
}

/* The most of `most` pods with which it is not. */
static uint32_t not_too_busy(const struct pack_room *room, const struct pack_type *type,
                             uint32_t most)
{
	uint32_t low = 0, high = most;

	while (low < high) {
		uint32_t middle = high - (high - low) / 2;

		if (is_too_busy(room, type, middle)) {
			high = middle - 1;
		} else {
			low = middle;
		}
	}
	return low;
}

uint32_t pack_room_fits(const struct pack_room *room, const struct pack_type *type, uint32_t most)
{
	int32_t duty = pack_flat_duty(type);
	uint32_t n = most < room->pods ? most : room->pods;

	if (type->memory_mib > 0 && n > (uint32_t)(room->memory_mib / type->memory_mib)) {
		n = (uint32_t)(room->memory_mib / type->memory_mib);
	}
	if (duty > 0 && n > (uint32_t)(room->duty_milli / duty)) {
		n = (uint32_t)(room->duty_milli / duty);
	}
	n = n < UINT16_MAX ? n : UINT16_MAX;
	return type->series || (room->series && duty > 0) ? not_too_busy(room, type, n) : n;
}

void pack_room_take(struct pack_room *room, const struct pack_type *type, uint32_t n)
{
	room->memory_mib -= (int32_t)n * type->memory_mib;
	room->duty_milli -= (int32_t)n * pack_flat_duty(type);
	room->pods -= n;
	if (type->series && n > 0) {
		room->series = type->series;
		for (uint16_t i = 0; i < type->series->n; i++) {
			room->load[i] += (int32_t)n * type->series->milli[i];
		}
	}
}

void pack_room_fill(const struct pack_problem *problem, struct pack_room *room, uint16_t *pods)
{
	for (size_t t = 0; t < problem->n_types; t++) {
		const struct pack_type *type = &problem->type[t];
		uint32_t left = type->count > pods[t] ? type->count - pods[t] : 0;
		uint32_t n = pack_room_fits(room, type, left);

		pack_room_take(room, type, n);
		pods[t] = (uint16_t)(pods[t] + n);
	}
}

struct pack_room pack_room_largest(const struct pack_problem *problem)
{
	struct pack_room out = {0};

	for (size_t c = 0; c < problem->n_classes; c++) {
		const struct pack_class *class = &problem->class[c];

		out.memory_mib =
			class->memory_mib > out.memory_mib ? class->memory_mib : out.memory_mib;
		out.duty_milli =
			class->duty_milli > out.duty_milli ? class->duty_milli : out.duty_milli;
		out.pods = class->pods > out.pods ? class->pods : out.pods;
	}
	return out;
}

struct pack_share pack_share_of(const struct pack_room *largest, const struct pack_type *type)
{
	const int64_t all = 1000000;

	return (struct pack_share){
		largest->memory_mib > 0 ? all * type->memory_mib / largest->memory_mib : 0,
		largest->duty_milli > 0 ? all * type->duty_milli / largest->duty_milli : 0};
}

size_t pack_bins_add(struct pack_bins *bins, size_t n_types, uint32_t class, uint32_t gpus,
                     const uint16_t *pods)
{
	size_t i = 0;

	while (i < bins->n && (bins->bin[i].class != class ||
	                       memcmp(bins->bin[i].pods, pods, n_types * sizeof *pods) != 0)) {
		i++;
	}
	if (i == bins->n) {
		bins->bin = sf_xgrow(bins->bin, &bins->cap, bins->n + 1, sizeof *bins->bin);
		bins->bin[i].class = class;
		bins->bin[i].gpus = 0;
		bins->bin[i].pods = sf_xcalloc(n_types + 1, sizeof *pods);
		memcpy(bins->bin[i].pods, pods, n_types * sizeof *pods);
		bins->n++;
	}
	bins->bin[i].gpus += gpus;
	return i;
}

void pack_bins_finish(struct pack_bins *bins)
{
	for (size_t i = 0; i < bins->n; i++) {
		free(bins->bin[i].pods);
	}
	free(bins->bin);
	memset(bins, 0, sizeof *bins);
}

uint32_t pack_bins_gpus(const struct pack_problem *problem, const struct pack_bins *bins)
{
	uint32_t gpus = 0;

	for (size_t i = 0; i < bins->n; i++) {
		gpus += problem->class[bins->bin[i].class].in_use ? 0 : bins->bin[i].gpus;
	}
	return gpus;
}
