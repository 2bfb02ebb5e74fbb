/* catalog_json: the catalog as JSON, in the format of a catalog file. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog_report.h>

#include <slicefit/catalog.h>
#include <slicefit/json.h>
#include <slicefit/mig.h>
#include <slicefit/str.h>

#include "catalog_text.h"

#include <stdlib.h>

static const char *const engine_keys[SF_ENGINES] = {
	[SF_ENGINE_CE] = "ce",     [SF_ENGINE_DEC] = "dec", [SF_ENGINE_ENC] = "enc",
	[SF_ENGINE_JPEG] = "jpeg", [SF_ENGINE_OFA] = "ofa",
};

/* Unknown is null. */
static void put_known(struct sf_json *json, const char *key, int value)
{
	if (value >= 0) {
		sf_json_int(json, key, value);
	} else {
		sf_json_null(json, key);
	}
}

static void put_list(struct sf_json *json, const char *key, const char *const *list)
{
	sf_json_array(json, key);
	for (; *list != NULL; list++) {
		sf_json_str(json, NULL, *list);
	}
	sf_json_end(json);
}

static void put_profile(struct sf_json *json, const struct sf_profile *profile)
{
	char resource[SF_NAME_MAX];
	sf_profile_resource_name(profile, resource);
	sf_json_object(json, NULL);
	sf_json_str(json, "name", profile->name);
	put_known(json, "id", profile->id);
	sf_json_int(json, "g", profile->g);
	put_known(json, "size", profile->size > 0 ? profile->size : -1);
	sf_json_int(json, "max", profile->max);
	sf_json_array(json, "starts");
	for (int i = 0; i < profile->n_starts; i++) {
		sf_json_int(json, NULL, profile->start[i]);
	}
	sf_json_end(json);
	struct sf_str placements = {0};
	if (profile->n_starts > 0) {
		sf_catalog_placements(profile, &placements);
	}
	sf_json_str(json, "placements", placements.text);
	sf_str_finish(&placements);
	sf_json_str(json, "resource", resource);
	put_known(json, "memory_mib", profile->memory_mib);
	put_known(json, "sm", profile->sm);
	sf_json_object(json, "engines");
	for (int e = 0; e < SF_ENGINES; e++) {
		put_known(json, engine_keys[e], profile->engine[e]);
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void put_mig(struct sf_json *json, const struct sf_product *product)
{
	if (!product->mig_capable) {
		sf_json_null(json, "mig");
		return;
	}
	sf_json_object(json, "mig");
	put_known(json, "units", product->units > 0 ? product->units : -1);
	sf_json_int(json, "compute_slices", product->compute_slices);
	sf_json_int(json, "max_instances", product->max_instances);
	sf_json_bool(json, "placeable", product->placeable);
	sf_json_object(json, "engine_limit");
	for (int e = 0; e < SF_ENGINES; e++) {
		put_known(json, engine_keys[e], product->engine_limit[e]);
	}
	sf_json_end(json);
	sf_json_array(json, "profiles");
	for (int p = 0; p < product->n_profiles; p++) {
		put_profile(json, &product->profile[p]);
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void put_product(struct sf_json *json, const struct sf_product *product)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "name", product->name);
	sf_json_str(json, "title", product->title);
	sf_json_str(json, "arch", product->arch);
	put_list(json, "labels", product->labels);
	put_list(json, "device_ids", product->device_ids);
	sf_json_str(json, "source", product->source);
	put_known(json, "memory_mib", product->memory_mib);
	put_mig(json, product);
	sf_json_end(json);
}

static void put_layouts(struct sf_json *json, const struct sf_product *product, uint32_t mask)
{
	struct sf_mig_layout *layout = NULL;
	size_t n = product->placeable ? sf_mig_maximal(product, mask, &layout) : 0;
	sf_json_array(json, "layouts");
	for (size_t i = 0; i < n; i++) {
		sf_json_array(json, NULL);
		for (int k = 0; k < layout[i].n; k++) {
			const struct sf_mig_instance *one = &layout[i].instance[k];
			sf_json_object(json, NULL);
			sf_json_str(json, "profile", product->profile[one->profile].name);
			sf_json_int(json, "start", one->start);
			sf_json_int(json, "size", product->profile[one->profile].size);
			sf_json_end(json);
		}
		sf_json_end(json);
	}
	sf_json_end(json);
	free(layout);
}

void sf_catalog_report_json(const struct sf_catalog *catalog, const struct sf_product *product,
                            uint32_t mask, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.catalog/1");
	sf_json_array(json, "products");
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		if (product == NULL || product == sf_catalog_at(catalog, i)) {
			put_product(json, sf_catalog_at(catalog, i));
		}
	}
	sf_json_end(json);
	if (product != NULL) {
		put_layouts(json, product, mask);
	}
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
