/* serving: the mode in which a node serves what pods ask for. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERVING_H
#define SF_SERVING_H

#include <stdbool.h>
#include <stdint.h>

struct sf_grant;
struct sf_node;
struct sf_request;

/* From most to least isolated. */
enum sf_serving {
	SF_SERVING_WHOLE,        /* a GPU that nobody else uses */
	SF_SERVING_MIG,          /* a GPU instance that nobody else uses */
	SF_SERVING_MPS,          /* a replica: memory is limited, faults are shared */
	SF_SERVING_TIME_SLICING, /* a replica (or a fraction): nothing is isolated */
	SF_SERVINGS,
};

/* Modes are kept together as bits. */
#define SF_SERVING_BIT(serving) (1U << (serving))
#define SF_SERVING_ALL          (SF_SERVING_BIT(SF_SERVINGS) - 1)

/* "whole", "mig", "mps", "time-slicing", NULL. */
extern const char *const sf_serving_names[SF_SERVINGS + 1];

/* The mode of the devices that a node advertises by this name; a replica of an instance is shared,
 * so it counts by how it is shared. */
enum sf_serving sf_serving_of_resource(const struct sf_node *node, uint16_t resource);

/* Bits of the modes in which the node would serve the names of a request, whether it has room or
 * not; 0 for a request without GPUs. For wishes by name and for replicas only. */
unsigned sf_serving_of_request(const struct sf_node *node, const struct sf_request *request);

/* Bits of the modes of the devices in a grant on this node. */
unsigned sf_serving_of_grant(const struct sf_node *node, const struct sf_grant *grant);

/* What a pod may and likes best; {0}: whatever there is. */
struct sf_serving_rules {
	uint8_t deny; /* bits of the modes in which it must not be served */
	uint8_t level
		[SF_SERVINGS]; /* of each mode: a higher one is preferred, whatever the score */
};

/* The level of the least preferred of these modes; 0 for none of them. */
uint8_t sf_serving_level(const struct sf_serving_rules *rules, unsigned servings);

bool sf_serving_rules_same(const struct sf_serving_rules *a, const struct sf_serving_rules *b);

#endif
