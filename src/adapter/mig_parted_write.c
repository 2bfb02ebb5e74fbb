/* mig_parted_write: the GPUs of a node as the mig-parted configuration that makes them so. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig_parted.h>

#include <string.h>

bool sf_mig_alike(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	struct sf_mig_geometry left, right;
	if (a->product != b->product || a->mig != b->mig) {
		return false;
	}
	sf_mig_geometry_of(&a->layout, &left);
	sf_mig_geometry_of(&b->layout, &right);
	return memcmp(&left, &right, sizeof(left)) == 0;
}

static void write_instances(struct sf_yaml_writer *yaml, const struct sf_gpu_spec *gpu)
{
	struct sf_mig_geometry geometry;
	sf_mig_geometry_of(&gpu->layout, &geometry);
	sf_yaml_write_mapping(yaml, "mig-devices");
	for (uint8_t p = 0; p < gpu->product->n_profiles; p++) {
		if (geometry.count[p] > 0) {
			sf_yaml_write_int(yaml, gpu->product->profile[p].name, geometry.count[p]);
		}
	}
	sf_yaml_write_end(yaml);
}

/* `devices:` of the GPUs in `alike`: all, or the list of indices. */
static void write_devices(struct sf_yaml_writer *yaml, const bool *alike, uint8_t n)
{
	uint8_t n_alike = 0;
	for (uint8_t g = 0; g < n; g++) {
		n_alike += alike[g];
	}
	if (n_alike == n) {
		sf_yaml_write_str(yaml, "devices", "all");
		return;
	}
	sf_yaml_write_flow(yaml, "devices");
	for (uint8_t g = 0; g < n; g++) {
		if (alike[g]) {
			sf_yaml_write_int(yaml, NULL, g);
		}
	}
	sf_yaml_write_end(yaml);
}

void sf_mig_config_write(struct sf_yaml_writer *yaml, const char *key,
                         const struct sf_gpu_spec *gpu, uint8_t n, uint32_t which)
{
	bool done[SF_GPUS_MAX] = {false};
	sf_yaml_write_sequence(yaml, key);
	for (uint8_t g = 0; g < n; g++) {
		bool alike[SF_GPUS_MAX] = {false};
		if (done[g] || (which >> g & 1) == 0) {
			continue;
		}
		for (uint8_t h = g; h < n; h++) {
			alike[h] = (which >> h & 1) != 0 && sf_mig_alike(&gpu[g], &gpu[h]);
			done[h] = done[h] || alike[h];
		}
		sf_yaml_write_mapping(yaml, NULL);
		write_devices(yaml, alike, n);
		sf_yaml_write_bool(yaml, "mig-enabled", gpu[g].mig);
		if (gpu[g].mig) {
			write_instances(yaml, &gpu[g]);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}
