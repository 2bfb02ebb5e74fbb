/* product: one GPU model: memory, MIG profiles and where their instances may start. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PRODUCT_H
#define SF_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Limits of the model. The largest known board has 12 memory units (RTX PRO 6000), 11 profiles
 * and 8 starts per profile; see `nvidia-smi mig -lgip` and `-lgipp`.
 */
enum {
	SF_PROFILES_MAX = 16, /* profiles of one product */
	SF_UNITS_MAX = 12,    /* memory units (placement units) of one GPU */
	SF_INSTANCES_MAX = 8, /* GPU instances that coexist on one GPU */
	SF_NAME_MAX = 64,     /* longest name of a resource: the Kubernetes limit is 63 */
};

enum sf_engine {
	SF_ENGINE_CE,
	SF_ENGINE_DEC,
	SF_ENGINE_ENC,
	SF_ENGINE_JPEG,
	SF_ENGINE_OFA,
	SF_ENGINES
};

/* One row of `nvidia-smi mig -lgip`. */
struct sf_profile {
	char name[24];             /* as mig-parted spells it: "1g.5gb+me" */
	int16_t id;                /* the number `nvidia-smi mig -cgi` takes; -1 unknown */
	uint8_t g;                 /* compute slices */
	char attr[8];              /* "", "me", "gfx", "me.all", "-me" */
	uint8_t size;              /* memory units occupied; 0 unknown */
	uint8_t max;               /* most instances on an empty GPU */
	uint8_t n_starts;          /* 0: placements unknown */
	uint8_t start[8];          /* legal starts, in the order in which the driver tries them */
	int32_t memory_mib;        /* -1 unknown */
	int16_t sm;                /* multiprocessors; -1 unknown */
	int8_t engine[SF_ENGINES]; /* per instance; -1 unknown */
};

struct sf_product {
	const char *name;              /* the catalog's name: "A100-40GB" */
	const char *title;             /* for people: "A100 40GB (SXM4, PCIe) and A800 40GB" */
	const char *arch;              /* "ampere", ... */
	const char *const *labels;     /* NULL-terminated values of nvidia.com/gpu.product */
	const char *const *device_ids; /* NULL-terminated mig-parted device-filters "0x20B010DE" */
	const char *source;            /* public source of the row */
	int32_t memory_mib;            /* as nvidia-smi reports; -1 unknown */
	uint8_t units;                 /* memory units of the placement axis; 0: no MIG */
	uint8_t compute_slices;        /* 0: no MIG */
	uint8_t max_instances;         /* 0: no MIG */
	uint8_t n_profiles;            /* 0: no MIG (or list unknown) */
	struct sf_profile profile[SF_PROFILES_MAX];
	int8_t engine_limit[SF_ENGINES]; /* whole-GPU engines that +me/-me rows compete for; -1: no
	                                    limit */
	bool mig_capable;                /* false: whole GPU and replicas only */
	bool placeable;                  /* true when every profile has its id and placements */
	uint16_t index;                  /* position in the catalog; set by sf_catalog_add */
};

/* Index of the profile with this exact name ("1g.5gb+me" or the resource spelling "1g.5gb.me"), or
 * -1. */
int sf_product_profile(const struct sf_product *product, const char *name);

/* Kubernetes spelling of a profile: '+' becomes '.'. `out` holds SF_NAME_MAX bytes. */
void sf_profile_resource_name(const struct sf_profile *profile, char *out);

/* Fills name, g and attr of `out` from "1g.5gb+me" (mig-parted's spelling); false when it is no
 * profile name, and `out` is untouched. */
bool sf_profile_parse_name(const char *name, struct sf_profile *out);

/* A plain row: no media or graphics attribute. */
bool sf_profile_is_plain(const struct sf_profile *profile);

#endif
