/* serve_config: what holds for `slicefit serve` without a file. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serve_config.h>

#include <slicefit/arena.h>
#include <slicefit/workload.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bytes; the file itself has at most a MiB. */
enum { ARENA_MAX = 64 << 20 };

const char *const sf_selection_names[] = {
	[SF_SELECTION_SCORE] = "score",
	[SF_SELECTION_DECISIVE] = "decisive",
	[SF_SELECTION_NARROW] = "narrow",
	NULL,
};

const char *const sf_stale_answer_names[] = {
	[SF_STALE_SERVE] = "serve",
	[SF_STALE_FAIL_OPEN] = "fail-open",
	[SF_STALE_ERROR] = "error",
	NULL,
};

#define WHOLE SF_SERVING_BIT(SF_SERVING_WHOLE)
#define MIG   SF_SERVING_BIT(SF_SERVING_MIG)

/*
 * What the guides agree on. Neighbours on a time-sliced GPU have neither memory of their own nor
 * protection from each other's faults (NVIDIA GPU Operator, "Time-Slicing GPUs in Kubernetes"), so
 * what runs for days or has promised a latency does not go there. Instances are for inference with
 * a quality of service, time-slices for interactive work with pauses, MPS for many small jobs
 * (Google Kubernetes Engine, "About GPU sharing strategies").
 */
static const struct sf_serve_class built_ins[SF_CLASSES] = {
	[SF_CLASS_TRAINING] = {.name = "training",
                               .rules = {.allow = WHOLE | MIG,
                                         .says_prefer = true,
                                         .n_prefer = 2,
                                         .prefer = {SF_SERVING_WHOLE, SF_SERVING_MIG}}},
	[SF_CLASS_INFERENCE] = {.name = "inference",
                                .rules = {.allow = WHOLE | MIG,
                                          .says_prefer = true,
                                          .n_prefer = 2,
                                          .prefer = {SF_SERVING_MIG, SF_SERVING_WHOLE}}},
	[SF_CLASS_INTERACTIVE] = {.name = "interactive",
                                  .rules = {.allow = SF_SERVING_ALL,
                                            .says_prefer = true,
                                            .n_prefer = 4,
                                            .prefer = {SF_SERVING_TIME_SLICING, SF_SERVING_MPS,
                                                       SF_SERVING_MIG, SF_SERVING_WHOLE}}},
	[SF_CLASS_BATCH] = {.name = "batch",
                            .rules = {.allow = SF_SERVING_ALL,
                                      .says_prefer = true,
                                      .n_prefer = 4,
                                      .prefer = {SF_SERVING_MPS, SF_SERVING_TIME_SLICING,
                                                 SF_SERVING_MIG, SF_SERVING_WHOLE}}},
};

struct sf_serve_config *sf_serve_config_create(void)
{
	struct sf_arena *arena = sf_arena_create(ARENA_MAX);
	struct sf_serve_config *config = sf_arena_alloc(arena, sizeof(*config));
	struct sf_serve_class *class = sf_arena_array(arena, SF_SERVE_CLASSES_MAX, sizeof(*class));
	assert(config != NULL && class != NULL);
	memcpy(class, built_ins, sizeof(built_ins));
	config->arena = arena;
	atomic_init(&config->refs, 1);
	config->class_key = SF_SERVE_CLASS_KEY;
	config->derive = true;
	config->class = class;
	config->n_classes = SF_CLASSES;
	config->narrow = 1;
	/* More than the 80 s after which a quiet API server is heard of. */
	config->stale_after_us = 120 * INT64_C(1000000);
	config->reservation_expire_us = 60 * INT64_C(1000000);
	return config;
}

struct sf_serve_config *sf_serve_config_hold(struct sf_serve_config *config)
{
	atomic_fetch_add(&config->refs, 1);
	return config;
}

void sf_serve_config_release(struct sf_serve_config *config)
{
	if (config != NULL && atomic_fetch_sub(&config->refs, 1) == 1) {
		sf_arena_destroy(config->arena);
	}
}

uint32_t sf_serve_class_find(const struct sf_serve_config *config, const char *name)
{
	int built_in = sf_class_parse(name);
	if (built_in >= 0) {
		return (uint32_t)built_in;
	}
	for (uint32_t i = SF_CLASSES; i < config->n_classes; i++) {
		if (strcmp(config->class[i].name, name) == 0) {
			return i;
		}
	}
	return SF_SERVE_CLASS_NONE;
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct sf_serve_namespace *)entry)->name);
}

const struct sf_serve_namespace *sf_serve_namespace_find(const struct sf_serve_config *config,
                                                         const char *name)
{
	if (config->n_namespaces == 0) {
		return NULL;
	}
	return bsearch(name, config->namespace, config->n_namespaces, sizeof(*config->namespace),
	               compare_name);
}

/* What is not allowed is not preferred. */
static void prune(struct sf_class_rules *rules)
{
	uint8_t n = 0;
	for (uint8_t i = 0; i < rules->n_prefer; i++) {
		if ((rules->allow & SF_SERVING_BIT(rules->prefer[i])) != 0) {
			rules->prefer[n++] = rules->prefer[i];
		}
	}
	rules->n_prefer = n;
}

void sf_class_rules_override(struct sf_class_rules *rules, const struct sf_class_rules *over)
{
	if (over->policy != NULL) {
		rules->policy = over->policy;
	}
	if (over->allow != 0) {
		rules->allow = over->allow;
	}
	if (over->says_prefer) {
		rules->says_prefer = true;
		rules->n_prefer = over->n_prefer;
		memcpy(rules->prefer, over->prefer, sizeof(rules->prefer));
	}
	if (rules->allow != 0) {
		prune(rules);
	}
}
