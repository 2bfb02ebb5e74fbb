/* kube_gke: what Google Kubernetes Engine says of the GPUs of its nodes, in NVIDIA's words. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_gke.h"

#include <stdio.h>
#include <string.h>

static const char accelerator[] = "cloud.google.com/gke-accelerator";
static const char partition[] = "cloud.google.com/gke-gpu-partition-size";
static const char clients[] = "cloud.google.com/gke-max-shared-clients-per-gpu";
static const char strategy[] = "cloud.google.com/gke-gpu-sharing-strategy";

static const char *const keys[] = {accelerator, partition, clients, strategy};

/* Accelerator types of Compute Engine (cloud.google.com/compute/docs/gpus), and the name that the
 * driver gives to the boards behind them. */
static const struct {
	const char *type, *product;
} products[] = {
	{"nvidia-tesla-t4", "Tesla-T4"},
	{"nvidia-tesla-p4", "Tesla-P4"},
	{"nvidia-tesla-p100", "Tesla-P100-PCIE-16GB"},
	{"nvidia-tesla-v100", "Tesla-V100-SXM2-16GB"},
	{"nvidia-l4", "NVIDIA-L4"},
	{"nvidia-tesla-a100", "NVIDIA-A100-SXM4-40GB"},
	{"nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB"},
	{"nvidia-h100-80gb", "NVIDIA-H100-80GB-HBM3"},
	{"nvidia-h100-mega-80gb", "NVIDIA-H100-80GB-HBM3"},
	{"nvidia-h200-141gb", "NVIDIA-H200"},
	{"nvidia-b200", "NVIDIA-B200"},
};

bool sf_kube_gke_label(const char *key, size_t len)
{
	static const char prefix[] = "cloud.google.com/gke-";
	if (len < sizeof(prefix) || memcmp(key, prefix, sizeof(prefix) - 1) != 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strlen(keys[i]) == len && memcmp(keys[i], key, len) == 0) {
			return true;
		}
	}
	return false;
}

static const char *find_product(const char *type)
{
	for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
		if (strcmp(products[i].type, type) == 0) {
			return products[i].product;
		}
	}
	return NULL;
}

bool sf_kube_gke_read(const struct sf_kube_labels *labels, struct sf_kube_gke *out)
{
	const char *product = find_product(sf_kube_label(labels, accelerator));
	const char *size = sf_kube_label(labels, partition);
	const char *shared = sf_kube_label(labels, clients);
	if (product == NULL || *sf_kube_label(labels, "nvidia.com/gpu.product") != '\0') {
		return false;
	}
	out->labels = *labels;
	snprintf(out->product, sizeof(out->product), "%s%s%.32s", product,
	         *size != '\0' ? "-MIG-" : "", size);
	sf_kube_label_add(&out->labels, "nvidia.com/gpu.product", out->product);
	if (*size != '\0') {
		sf_kube_label_add(&out->labels, "nvidia.com/mig.strategy", "single");
	}
	if (*shared != '\0') {
		bool mps = strcmp(sf_kube_label(labels, strategy), "mps") == 0;
		sf_kube_label_add(&out->labels, "nvidia.com/gpu.replicas", shared);
		sf_kube_label_add(&out->labels, "nvidia.com/gpu.sharing-strategy",
		                  mps ? "mps" : "time-slicing");
	}
	return true;
}
