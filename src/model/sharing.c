/* sharing: time-slicing and MPS replicas as the NVIDIA device plugin understands them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sharing.h>

#include <slicefit/error.h>

#include <string.h>

#define PREFIX "nvidia.com/"

/* The plugin adds the prefix where it is missing (api/config/v1/resources.go). */
static const char *without_prefix(const char *name)
{
	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 ? name + sizeof(PREFIX) - 1 : name;
}

static int check_resource(const struct sf_sharing *sharing, uint8_t i, struct sf_error *err)
{
	const struct sf_shared_resource *shared = &sharing->resource[i];
	const char *mode = sf_sharing_mode_name(sharing->mode);
	const int most = sharing->mode == SF_SHARING_MPS ? SF_MPS_REPLICAS_MAX : SF_REPLICAS_MAX;

	if (shared->name[0] == '\0') {
		return sf_fail(err, SF_EINVAL,
		               "%s: no resource name specified in entry %d, add name: "
		               "nvidia.com/gpu",
		               mode, i + 1);
	}
	if (shared->replicas < SF_REPLICAS_MIN) {
		return sf_fail(err, SF_EINVAL, "%s: %s: number of replicas must be >= %d, found %d",
		               mode, shared->name, SF_REPLICAS_MIN, shared->replicas);
	}
	if (shared->replicas > most) {
		return sf_fail(err, SF_EINVAL,
		               "%s: %s: maximum allowed replicas exceeded: %d > %d, use fewer",
		               mode, shared->name, shared->replicas, most);
	}
	for (uint8_t k = 0; k < i; k++) {
		const char *other = without_prefix(sharing->resource[k].name);

		if (strcmp(other, without_prefix(shared->name)) == 0) {
			return sf_fail(err, SF_EINVAL, "%s: %s is listed twice, keep one entry",
			               mode, shared->name);
		}
	}
	return 0;
}

static int check_fraction(const struct sf_sharing *sharing, bool has_mig, struct sf_error *err)
{
	if (sharing->n > 0) {
		return sf_fail(err, SF_EINVAL,
		               "fraction: shares whole GPUs only, drop the resources");
	}
	return has_mig ? sf_fail(err, SF_EINVAL,
	                         "fraction: excludes MIG, drop one of them or use time-slicing")
	               : 0;
}

int sf_sharing_check(const struct sf_sharing *sharing, enum sf_strategy strategy, bool has_mig,
                     struct sf_error *err)
{
	if (sharing->n > SF_SHARED_MAX) {
		return sf_fail(err, SF_ELIMIT, "sharing: more than %d resources", SF_SHARED_MAX);
	}
	if (sharing->mode == SF_SHARING_NONE) {
		return sharing->n == 0
		               ? 0
		               : sf_fail(err, SF_EINVAL,
		                         "sharing: resources are listed but the mode is none, use "
		                         "time-slicing or mps");
	}
	if (sharing->mode == SF_SHARING_FRACTION) {
		return check_fraction(sharing, has_mig, err);
	}
	if (sharing->n == 0) {
		return sf_fail(err, SF_EINVAL, "%s: no resources specified, list nvidia.com/gpu",
		               sf_sharing_mode_name(sharing->mode));
	}
	/* cmd/nvidia-device-plugin/main.go and internal/plugin/mps.go */
	if (sharing->mode == SF_SHARING_MPS && strategy == SF_STRATEGY_MIXED) {
		return sf_fail(
			err, SF_EINVAL,
			"mps: MIG strategy mixed is not supported with MPS, use time-slicing "
			"or another strategy");
	}
	if (sharing->mode == SF_SHARING_MPS && has_mig) {
		return sf_fail(err, SF_EINVAL,
		               "mps: sharing using MPS is not supported for MIG devices, use "
		               "time-slicing");
	}
	for (uint8_t i = 0; i < sharing->n; i++) {
		if (check_resource(sharing, i, err) != 0) {
			return -1;
		}
	}
	return 0;
}

uint16_t sf_sharing_replicas(const struct sf_sharing *sharing, const char *name)
{
	if (sharing->mode == SF_SHARING_NONE) {
		return 1;
	}
	for (uint8_t i = 0; i < sharing->n; i++) {
		if (strcmp(without_prefix(sharing->resource[i].name), without_prefix(name)) == 0) {
			return sharing->resource[i].replicas;
		}
	}
	return 1;
}

const char *sf_strategy_name(enum sf_strategy strategy)
{
	switch (strategy) {
	case SF_STRATEGY_NONE:
		return "none";
	case SF_STRATEGY_SINGLE:
		return "single";
	case SF_STRATEGY_MIXED:
		return "mixed";
	}
	return "?";
}

const char *sf_sharing_mode_name(enum sf_sharing_mode mode)
{
	switch (mode) {
	case SF_SHARING_NONE:
		return "none";
	case SF_SHARING_TIME_SLICING:
		return "time-slicing";
	case SF_SHARING_MPS:
		return "mps";
	case SF_SHARING_FRACTION:
		return "fraction";
	}
	return "?";
}
