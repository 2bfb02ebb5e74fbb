/* fuzz_extender: any bytes as the body of filter and prioritize; what is answered must be JSON, and
 * what is read must be what the slow reference reads. */
// SPDX-License-Identifier: Apache-2.0
#include "../unit/extender_reference.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/filter.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_json(struct sf_str *out)
{
	json_t *json = json_loadb(out->text, out->len, JSON_ALLOW_NUL, NULL);
	if (json == NULL) {
		abort();
	}
	json_decref(json);
	sf_str_finish(out);
}

static void answer(const struct sf_extender_args *args, const struct sf_cluster *cluster,
                   struct sf_arena *arena)
{
	struct sf_request request;
	struct sf_str out = {0};
	struct sf_extender_verdict *verdict = sf_arena_array(arena, args->n + 1, sizeof(*verdict));
	int *score = sf_arena_array(arena, args->n + 1, sizeof(*score));
	sf_kube_pod_request(&args->pod, cluster, &request);
	for (size_t i = 0; i < args->n && args->has_nodes; i++) {
		struct sf_grant grant;
		enum sf_fit fit =
			sf_filter(cluster, args->node[i].class, &request, SF_VIEW_AWARE, &grant);
		verdict[i].reason = fit == SF_FITS ? NULL : sf_fit_reason(fit);
		verdict[i].unresolvable = sf_fit_unresolvable(fit);
	}
	sf_extender_write_filter(args, verdict, &out);
	expect_json(&out);
	sf_extender_write_scores(args, score, &out);
	expect_json(&out);
}

/* jansson overlooks NUL bytes behind numbers, and the reference has no limits. */
static void compare(const char *text, size_t len, const struct sf_extender_args *args,
                    const struct sf_cluster *cluster)
{
	struct reference ref;
	int right = reference_parse(text, len, sf_cluster_catalog(cluster), &ref);
	bool twice = reference_has_twice(text, len);
	bool agree = args != NULL ? right == 0 && reference_agrees(&ref, args, cluster) &&
	                                    (twice || reference_same_pod(&ref.pod, &args->pod))
	                          : right < 0 || twice;
	if (!agree && memchr(text, '\0', len) == NULL) {
		abort();
	}
	reference_finish(&ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sf_catalog *catalog;
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_arena *arena = sf_arena_create((size_t)64 << 20);
	struct sf_extender_args args;
	struct sf_error err = {0};
	catalog = catalog != NULL ? catalog : sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	int rc = sf_extender_args_parse(text, size, arena, &args, &err);
	if (rc == 0 && args.has_nodes) {
		rc = sf_extender_args_add_classes(&args, cluster, arena, &err);
	}
	compare(text, size, rc == 0 ? &args : NULL, cluster);
	if (rc == 0) {
		answer(&args, cluster, arena);
	} else {
		struct sf_str out = {0};
		sf_extender_write_error(err.text, &out);
		expect_json(&out);
	}
	sf_cluster_destroy(cluster);
	sf_arena_destroy(arena);
	return 0;
}
