/*
 * mig_parted: configurations of NVIDIA's mig-parted (GPU Operator: mig-manager), as its own reader
 * takes them (github.com/NVIDIA/mig-parted api/spec/v1, pkg/types, cmd/nvidia-mig-parted/apply).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIG_PARTED_H
#define SF_MIG_PARTED_H

#include <slicefit/node.h>
#include <slicefit/yaml.h>

/* Most different profiles in one entry. */
enum { SF_MIG_WANTS_MAX = 32 };

/* One entry of a configuration. */
struct sf_mig_entry {
	bool all;         /* devices: all */
	size_t n_devices; /* else the listed GPU indices */
	int64_t *device;
	size_t n_filters; /* device-filter; 0: every GPU */
	const char **filter;
	bool enabled;   /* mig-enabled */
	size_t n_wants; /* mig-devices */
	struct sf_mig_want {
		const char *profile;
		uint32_t count;
	} * want;
	const struct sf_yaml *yaml;
};

struct sf_mig_config {
	const char *name;
	size_t n;
	struct sf_mig_entry *entry;
	const struct sf_yaml *yaml;
};

/* A whole document: version and mig-configs. */
struct sf_mig_parted {
	size_t n;
	struct sf_mig_config *config;
};

/* The list under mig-configs.<name>; `file` is used in messages. Results live in `arena`. */
int sf_mig_config_read(const struct sf_yaml *list, const char *name, const char *file,
                       struct sf_arena *arena, struct sf_mig_config *out, struct sf_error *err);

/* A whole document. */
int sf_mig_parted_parse(const char *text, size_t len, const char *file, struct sf_arena *arena,
                        struct sf_mig_parted *out, struct sf_error *err);

const struct sf_mig_config *sf_mig_parted_find(const struct sf_mig_parted *parted,
                                               const char *name);

/*
 * What the GPUs of a node look like after `nvidia-mig-parted apply`: entries in list order, a GPU
 * that no entry matches is left as it is. A profile that the GPU does not have or a set that does
 * not fit is an error that names the GPU and what would fit; *failed (may be NULL) is then the
 * entry. Instances of a product that is not placeable are counted, and all have start 0.
 */
int sf_mig_config_apply(const struct sf_mig_config *config, struct sf_gpu_spec *gpu, size_t n,
                        const struct sf_mig_entry **failed, struct sf_error *err);

/* Are two GPUs cut alike: same product, same mode, same geometry? */
bool sf_mig_alike(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b);

/* Writes the configuration that makes those of the `n` GPUs of a node what they are whose bit is in
 * `which` (SF_MIG_ALL_GPUS: all), as the list under `key`: one entry per distinct GPU. Placements
 * cannot be said there. */
#define SF_MIG_ALL_GPUS UINT32_MAX
void sf_mig_config_write(struct sf_yaml_writer *yaml, const char *key,
                         const struct sf_gpu_spec *gpu, uint8_t n, uint32_t which);

/* Is it a profile name as mig-parted takes it: [<c>c.]<g>g.<gb>gb[+attr[,attr]|-attr]? */
bool sf_mig_profile_valid(const char *name);

/* Refuses names that are not valid; 1g.10gb.me is told to be 1g.10gb+me. */
int sf_mig_profile_check(const char *name, struct sf_error *err);

/* Does a device-filter ("0x20B010DE", newer also "0x20B010DE:0x...") name one of the product's
 * boards? */
bool sf_mig_filter_matches(const char *filter, const struct sf_product *product);

#endif
