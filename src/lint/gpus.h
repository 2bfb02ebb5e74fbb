/* gpus: which GPUs a text is about, and which profiles they have. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_GPUS_H
#define SF_LINT_GPUS_H

#include "lint_impl.h"

#include <slicefit/product.h>

enum { GPUS_MAX = 96, WANTS_MAX = 32 };

/* GPUs that may be meant, without repetition. */
struct gpus {
	size_t n;
	size_t n_told; /* of these, first: named by more than their family */
	bool exact; /* names that depend on the driver do not count: nothing says which GPU is meant */
	const struct sf_product *at[GPUS_MAX];
};

void gpus_add(struct gpus *gpus, const struct sf_product *product);
bool gpus_holds(const struct gpus *gpus, const struct sf_product *product);

/* Adds those that are named in a text: "H100", "a100-80gb", "NVIDIA-A30", "p4d.24xlarge". */
void gpus_in_text(const struct sf_lint *lint, const char *text, size_t len, struct gpus *out);
/* Adds those that a family's name stands for: "H200", "nvidia-a100", "H100-80GB"; none when it is no
 * family. */
void gpus_of_family(const struct sf_lint *lint, const char *name, struct gpus *out);
/* Adds those that a device-filter names. */
void gpus_in_filter(const struct sf_lint *lint, const char *filter, struct gpus *out);
/* Every GPU with MIG whose profiles are known. */
void gpus_all(const struct sf_lint *lint, struct gpus *out);

/* "H100-80GB-SXM, H100-80GB-PCIe and 2 more". */
const char *gpus_names(struct sf_lint *lint, const struct gpus *gpus);

/* How well a driver's name of a profile matches that of the catalog. */
enum alias {
	ALIAS_EXACT,
	ALIAS_ROUNDED, /* 7g.79gb: older drivers rounded otherwise */
	ALIAS_EARLY,   /* GB200: names of early boards, in NVIDIA's own files */
	ALIAS_DRIVER,  /* boards whose names differ from driver to driver */
};

/* The row of a profile, by its name or one that drivers have for it; -1: it has no such. */
int gpus_profile(const struct sf_product *product, const char *name, enum alias *alias);
/* Gigabytes in a profile's name; 0 when there are none. */
long gpus_gigabytes(const char *profile);
/* "1g.18gb (7 per GPU) or 1g.35gb (4 per GPU)": what a GPU has in place of a name. */
const char *gpus_instead(struct sf_lint *lint, const struct sf_product *product, const char *name);
/* "4g.40gb of A100-80GB, 4g.48gb of H100-96GB": what others call what comes near. */
const char *gpus_nearest(struct sf_lint *lint, const char *name);

/* Instances that are asked of one GPU. */
struct want {
	const char *profile;
	long count;
	const struct sf_yaml *node; /* may be NULL */
};

enum fit {
	FIT_OK,
	FIT_CROWDED,  /* not all together */
	FIT_TOO_MANY, /* one profile more often than it can be */
	FIT_UNKNOWN,  /* no such profile */
	FIT_NO_MIG,   /* no MIG at all */
};

struct verdict {
	enum fit fit;
	size_t want;    /* the one it fails at */
	size_t unknown; /* how many profiles it does not have */
	size_t aliased; /* how many it calls something else today */
	int most;       /* of too many: how many it can have */
};

struct verdict gpus_judge(const struct sf_product *product, const struct want *want, size_t n);

/* The verdict of the GPU that comes nearest to what is asked; *product is that GPU. */
struct verdict gpus_best(const struct gpus *gpus, const struct want *want, size_t n,
                         const struct sf_product **product);

/* "3g.40gb: 2, or 3g.40gb: 1 with 1g.20gb: 2": the most of it that fits. */
const char *gpus_most(struct sf_lint *lint, const struct sf_product *product,
                      const struct want *want, size_t n);

#endif
