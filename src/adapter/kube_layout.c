/* kube_layout: the layout of a node's GPUs, derived from its labels and its counts. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_layout.h"

#include "kube_gke.h"

#include <slicefit/catalog.h>
#include <slicefit/node.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A resource of the node, as its counts and labels describe it. */
struct counted {
	char base[SF_NAME_MAX]; /* without .shared */
	bool renamed;
	int32_t replicas; /* per device; 1: not shared */
	int32_t devices;  /* 0 when the count is no multiple of the replicas */
	int profile;      /* of a MIG name; -1: whole GPUs, or unknown to the product */
};

struct facts {
	const struct sf_kube_labels *labels;
	const struct sf_product *product; /* NULL: unknown */
	char single[24];                  /* profile in the product label (strategy single) */
	int32_t gpu_count;                /* nvidia.com/gpu.count; -1: not told */
	uint8_t n;
	struct counted res[SF_NODE_RESOURCES_MAX];
};

bool sf_kube_label_counts(const char *key, size_t len)
{
	static const char prefix[] = "nvidia.com/";
	static const char *const ends[] = {".product",          ".count",    ".replicas",
	                                   ".sharing-strategy", ".strategy", ".state"};
	size_t skip = sizeof(prefix) - 1;
	if (len == strlen(SF_KUBE_ALLOCATION_POLICY) &&
	    memcmp(key, SF_KUBE_ALLOCATION_POLICY, len) == 0) {
		return true;
	}
	if (len <= skip || memcmp(key, prefix, skip) != 0) {
		return sf_kube_gke_label(key, len);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);
		if (len >= skip + n && memcmp(key + len - n, ends[i], n) == 0) {
			return true;
		}
	}
	return false;
}

void sf_kube_label_add(struct sf_kube_labels *labels, const char *key, const char *value)
{
	if (labels->n < SF_LABELS_MAX) {
		labels->label[labels->n++] = (struct sf_label){.key = key, .value = value};
	}
}

const char *sf_kube_label(const struct sf_kube_labels *labels, const char *key)
{
	for (size_t i = labels->n; i > 0; i--) {
		if (strcmp(labels->label[i - 1].key, key) == 0) {
			return labels->label[i - 1].value;
		}
	}
	return "";
}

static const char gpu_name[] = "nvidia.com/gpu";
static const char mig_prefix[] = "nvidia.com/mig-";

static const char *label_of(const struct sf_kube_labels *labels, const char *resource,
                            const char *what)
{
	char key[SF_NAME_MAX + 32];
	snprintf(key, sizeof(key), "%s.%s", resource, what);
	return sf_kube_label(labels, key);
}

/* A label that is a number of up to six digits, or -1. */
static int32_t label_number(const struct sf_kube_labels *labels, const char *resource,
                            const char *what)
{
	const char *text = label_of(labels, resource, what);
	size_t len = strspn(text, "0123456789");
	if (len == 0 || len > 6 || text[len] != '\0') {
		return -1;
	}
	return (int32_t)strtol(text, NULL, 10);
}

static void read_counted(const struct sf_kube_labels *labels, const char *name, uint32_t total,
                         struct counted *out)
{
	static const char suffix[] = ".shared";
	size_t len = strlen(name), cut = sizeof(suffix) - 1;
	*out = (struct counted){.profile = -1};
	out->renamed = len > cut && strcmp(name + len - cut, suffix) == 0;
	snprintf(out->base, sizeof(out->base), "%.*s", (int)(out->renamed ? len - cut : len), name);
	/* The label is 0 for the parents of MIG devices. */
	int32_t replicas = label_number(labels, out->base, "replicas");
	out->replicas = replicas < 1 ? 1 : replicas;
	if (total % (uint32_t)out->replicas == 0) {
		out->devices = (int32_t)(total / (uint32_t)out->replicas);
	}
}

static void read_facts(const struct sf_kube_labels *labels, const struct sf_catalog *catalog,
                       const struct sf_node_spec *spec, struct facts *out)
{
	const char *product = label_of(labels, gpu_name, "product");
	const char *mig = strstr(product, "-MIG-");
	*out = (struct facts){.labels = labels, .n = spec->n_counts};
	out->product = *product != '\0' ? sf_catalog_find(catalog, product) : NULL;
	out->gpu_count = label_number(labels, gpu_name, "count");
	if (mig != NULL) {
		mig += strlen("-MIG-");
		const char *shared = strstr(mig, "-SHARED");
		size_t len = shared != NULL ? (size_t)(shared - mig) : strlen(mig);
		snprintf(out->single, sizeof(out->single), "%.*s", (int)len, mig);
	}
	for (uint8_t i = 0; i < out->n; i++) {
		struct counted *res = &out->res[i];
		read_counted(labels, spec->count[i].name, spec->count[i].total, res);
		if (out->product != NULL && strncmp(res->base, mig_prefix, 15) == 0) {
			res->profile = sf_product_profile(out->product, res->base + 15);
		}
	}
}

/* False when the resources are shared in a way that one plugin configuration cannot express. */
static bool set_sharing(const struct facts *facts, struct sf_node_spec *spec)
{
	struct sf_sharing *sharing = &spec->sharing;
	for (uint8_t i = 0; i < facts->n; i++) {
		const struct counted *res = &facts->res[i];
		if (res->replicas == 1) {
			if (res->renamed) {
				return false;
			}
			continue;
		}
		if (sharing->n == SF_SHARED_MAX || res->replicas > SF_REPLICAS_MAX ||
		    (sharing->n > 0 && sharing->rename != res->renamed)) {
			return false;
		}
		bool mps =
			strcmp(label_of(facts->labels, res->base, "sharing-strategy"), "mps") == 0;
		sharing->mode = mps ? SF_SHARING_MPS : SF_SHARING_TIME_SLICING;
		sharing->rename = res->renamed;
		/* The plugin's default for MPS; labels do not tell it for time-slicing. */
		sharing->fail_above_1 = mps;
		struct sf_shared_resource *shared = &sharing->resource[sharing->n++];
		memcpy(shared->name, res->base, SF_NAME_MAX);
		shared->replicas = (uint16_t)res->replicas;
	}
	return true;
}

static void set_gpus(struct sf_node_spec *spec, const struct sf_product *product, int32_t n)
{
	spec->n_gpus = (uint8_t)(n > SF_GPUS_MAX ? SF_GPUS_MAX : n);
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		spec->gpu[i] = (struct sf_gpu_spec){.product = product};
	}
}

/* No MIG: as many GPUs as are allocatable. When the label knows of more, some are unhealthy: which
 * ones nobody tells, and all are alike. */
static bool lay_out_whole(const struct facts *facts, struct sf_node_spec *spec)
{
	const struct counted *gpus = &facts->res[0];
	if (facts->n != 1 || strcmp(gpus->base, gpu_name) != 0 || gpus->devices < 1 ||
	    gpus->devices > SF_GPUS_MAX ||
	    (facts->gpu_count >= 0 && facts->gpu_count < gpus->devices)) {
		return false;
	}
	set_gpus(spec, facts->product, gpus->devices);
	return true;
}

/* Strategy single: every GPU is cut into the same instances, which are called nvidia.com/gpu. The
 * labels do not tell how many GPUs there are, so only full GPUs can be told apart. */
static bool lay_out_single(const struct facts *facts, struct sf_node_spec *spec)
{
	const struct counted *gpus = &facts->res[0];
	int profile = sf_product_profile(facts->product, facts->single);
	if (profile < 0 || facts->n != 1 || strcmp(gpus->base, gpu_name) != 0 ||
	    gpus->devices < 1 || (facts->gpu_count >= 0 && facts->gpu_count < gpus->devices)) {
		return false;
	}
	struct sf_mig_layout empty = {0}, full;
	struct sf_mig_geometry geometry = {0};
	int per_gpu = sf_mig_capacity(facts->product, &empty, profile);
	if (per_gpu < 1 || gpus->devices % per_gpu != 0 || gpus->devices / per_gpu > SF_GPUS_MAX) {
		return false;
	}
	geometry.count[profile] = (uint8_t)per_gpu;
	if (!sf_mig_pack(facts->product, &geometry, &full)) {
		return false;
	}
	set_gpus(spec, facts->product, gpus->devices / per_gpu);
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		spec->gpu[i].mig = true;
		spec->gpu[i].layout = full;
	}
	return true;
}

/* The same geometry on each of n GPUs. */
static bool pack_evenly(const struct facts *facts, struct sf_gpu_spec *gpu, int32_t n)
{
	struct sf_mig_geometry geometry = {0};
	struct sf_mig_layout layout;
	for (uint8_t i = 0; i < facts->n; i++) {
		const struct counted *res = &facts->res[i];
		if (res->profile < 0) {
			continue;
		}
		if (res->devices % n != 0 || res->devices / n > SF_INSTANCES_MAX) {
			return false;
		}
		geometry.count[res->profile] = (uint8_t)(res->devices / n);
	}
	if (!sf_mig_pack(facts->product, &geometry, &layout)) {
		return false;
	}
	for (int32_t i = 0; i < n; i++) {
		gpu[i].layout = layout;
	}
	return true;
}

/* One more instance on the first GPU that the driver would find room on. */
static bool pack_one(const struct sf_product *product, struct sf_gpu_spec *gpu, int32_t n,
                     int profile)
{
	for (int32_t i = 0; i < n; i++) {
		int start = sf_mig_next_start(product, &gpu[i].layout, profile);
		if (start >= 0) {
			sf_mig_add(&gpu[i].layout, profile, start);
			return true;
		}
	}
	return false;
}

/* First fit, largest profiles first. May miss a legal layout; the counts are right without one. */
static bool pack_largest_first(const struct facts *facts, struct sf_gpu_spec *gpu, int32_t n)
{
	for (int size = SF_UNITS_MAX; size > 0; size--) {
		for (uint8_t i = 0; i < facts->n; i++) {
			const struct counted *res = &facts->res[i];
			if (res->profile < 0 ||
			    facts->product->profile[res->profile].size != size) {
				continue;
			}
			for (int32_t k = 0; k < res->devices; k++) {
				if (!pack_one(facts->product, gpu, n, res->profile)) {
					return false;
				}
			}
		}
	}
	return true;
}

/* Strategy mixed: GPUs that are not advertised whole carry the instances. */
static bool lay_out_mixed(const struct facts *facts, struct sf_node_spec *spec)
{
	int32_t whole = 0;
	for (uint8_t i = 0; i < facts->n; i++) {
		const struct counted *res = &facts->res[i];
		bool gpu = strcmp(res->base, gpu_name) == 0;
		if (res->devices < 1 ||
		    (!gpu &&
		     (res->profile < 0 || facts->product->profile[res->profile].size == 0))) {
			return false;
		}
		whole += gpu ? res->devices : 0;
	}
	int32_t cut = facts->gpu_count - whole;
	if (facts->gpu_count > SF_GPUS_MAX || cut < 1) {
		return false;
	}
	set_gpus(spec, facts->product, facts->gpu_count);
	struct sf_gpu_spec *gpu = &spec->gpu[whole];
	for (int32_t i = 0; i < cut; i++) {
		gpu[i].mig = true;
	}
	return pack_evenly(facts, gpu, cut) || pack_largest_first(facts, gpu, cut);
}

/* GPUs of a node by counts, for totals only. */
static int32_t guess_gpus(const struct facts *facts)
{
	if (facts->gpu_count <= 0 || facts->single[0] == '\0') {
		return facts->gpu_count < 0 ? 0 : facts->gpu_count;
	}
	int profile =
		facts->product != NULL ? sf_product_profile(facts->product, facts->single) : -1;
	int32_t per_gpu = profile < 0 ? 1 : facts->product->profile[profile].max;
	return per_gpu < 1 ? facts->gpu_count : (facts->gpu_count + per_gpu - 1) / per_gpu;
}

static bool lay_out(const struct facts *facts, struct sf_node_spec *spec)
{
	bool mig = false;
	for (uint8_t i = 0; i < facts->n; i++) {
		mig |= strncmp(facts->res[i].base, mig_prefix, 15) == 0;
	}
	if (facts->product == NULL || facts->n == 0 || !set_sharing(facts, spec)) {
		return false;
	}
	if (mig) {
		return spec->strategy == SF_STRATEGY_MIXED && lay_out_mixed(facts, spec);
	}
	if (facts->single[0] != '\0') {
		return spec->strategy == SF_STRATEGY_SINGLE && lay_out_single(facts, spec);
	}
	return lay_out_whole(facts, spec);
}

void sf_kube_by_counts(struct sf_node_spec *spec)
{
	spec->by_counts = true;
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		spec->gpu[i] = (struct sf_gpu_spec){.product = spec->gpu[i].product};
	}
	spec->sharing = (struct sf_sharing){0};
}

static void derive(const struct sf_kube_labels *labels, const struct sf_catalog *catalog,
                   struct sf_node_spec *spec)
{
	struct facts facts;
	const char *strategy = sf_kube_label(labels, "nvidia.com/mig.strategy");
	spec->strategy = strcmp(strategy, "single") == 0  ? SF_STRATEGY_SINGLE
	                 : strcmp(strategy, "mixed") == 0 ? SF_STRATEGY_MIXED
	                                                  : SF_STRATEGY_NONE;
	const char *policy = sf_kube_label(labels, SF_KUBE_ALLOCATION_POLICY);
	spec->allocation =
		strcmp(policy, "packed") == 0 ? SF_ALLOCATION_PACKED : SF_ALLOCATION_DISTRIBUTED;
	read_facts(labels, catalog, spec, &facts);
	if (lay_out(&facts, spec)) {
		return;
	}
	set_gpus(spec, facts.product, guess_gpus(&facts));
	sf_kube_by_counts(spec);
}

void sf_kube_layout(const struct sf_kube_labels *labels, const struct sf_catalog *catalog,
                    struct sf_node_spec *spec)
{
	struct sf_kube_gke gke;
	bool google = sf_kube_gke_read(labels, &gke);
	derive(google ? &gke.labels : labels, catalog, spec);
	if (google) {
		/* Its plugin prefers no device, and gives a container one shared GPU at most. */
		spec->allocation = SF_ALLOCATION_PACKED;
		spec->sharing.fail_above_1 = spec->sharing.n > 0;
	}
}
