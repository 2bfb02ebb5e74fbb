/* pack_room: what fits on a GPU, and bins of equal GPUs. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

uint32_t pack_room_fits(const struct pack_room *room, const struct pack_type *type, uint32_t most)
{
	uint32_t n = most < room->pods ? most : room->pods;

	if (type->memory_mib > 0 && n > (uint32_t)(room->memory_mib / type->memory_mib)) {
		n = (uint32_t)(room->memory_mib / type->memory_mib);
	}
	if (type->duty_milli > 0 && n > (uint32_t)(room->duty_milli / type->duty_milli)) {
		n = (uint32_t)(room->duty_milli / type->duty_milli);
	}
	return n < UINT16_MAX ? n : UINT16_MAX;
}

void pack_room_take(struct pack_room *room, const struct pack_type *type, uint32_t n)
{
	room->memory_mib -= (int32_t)n * type->memory_mib;
	room->duty_milli -= (int32_t)n * type->duty_milli;
	room->pods -= n;
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
