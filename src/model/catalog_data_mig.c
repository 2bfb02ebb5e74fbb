/*
 * catalog_data_mig: MIG-capable GPUs.
 *
 * Sources of the rows (each product names those it rests on):
 *   GUIDE            names, fractions, engines and counts of the profiles
 *   NAMES            PCI device id -> the name that nvidia-smi prints, hence the label
 *   PARTED           mig-parted; its issues quote `nvidia-smi mig -lgip` of real boards
 *   OPERATOR         gpu-operator, ditto
 *   OPERATOR_CONFIG  default-mig-parted-config: device filters, profile names and counts
 *   OPERATOR_NOTES   names of the profiles of boards that the guide does not list yet
 *   VGPU_HOPPER      profiles and counts per Hopper board
 *   GO_NVML          tables of NVIDIA's mock: placements, multiprocessors
 *   TEST_INFRA       placements that NVIDIA transcribed from the guide's diagrams
 *   KARPENTER        ids, placements, memory and engines that NVIDIA's DRA driver published on live
 *                    nodes
 *   PCI_IDS          the pci.ids data base
 * Memory and multiprocessors are those that a current driver prints for the first instance.
 */
// SPDX-License-Identifier: Apache-2.0
#include "catalog_data.h"

#define DOCS            "https://docs.nvidia.com/datacenter/tesla/"
#define GUIDE           DOCS "mig-user-guide/supported-mig-profiles.html"
#define GITHUB          "https://github.com/"
#define NAMES           GITHUB "NVIDIA/open-gpu-kernel-modules g_nv_name_released.h"
#define PARTED          GITHUB "NVIDIA/mig-parted"
#define OPERATOR        GITHUB "NVIDIA/gpu-operator"
#define OPERATOR_CONFIG OPERATOR " assets/state-mig-manager/0400_configmap.yaml"
#define OPERATOR_NOTES  "GPU Operator release notes 25.10.0"
#define VGPU_HOPPER     "NVIDIA AI Enterprise documentation, Hopper Architecture vGPU Types"
#define GO_NVML         GITHUB "NVIDIA/go-nvml pkg/nvml"
#define TEST_INFRA      GITHUB "NVIDIA/k8s-test-infra nvml-mock"
#define KARPENTER       GITHUB "aws/karpenter-provider-aws pkg/providers/nvidiadra"
#define PCI_IDS         "https://pci-ids.ucw.cz"

const struct sf_board sf_boards_mig[] = {
	{
		.name = "A100-40GB",
		.title = "A100 40GB (SXM4, PCIe) and A800 40GB",
		.arch = "ampere",
		.labels = LIST("NVIDIA-A100-SXM4-40GB", "NVIDIA-A100-PCIE-40GB",
                               "NVIDIA-A800-SXM4-40GB", "NVIDIA-A800-40GB-Active", "A100-SXM4-40GB",
                               "A100-PCIE-40GB"),
		.device_ids =
			LIST("0x20B010DE", "0x20B110DE", "0x20F110DE", "0x20F610DE", "0x20BD10DE"),
		.source = GUIDE "; " NAMES "; " KARPENTER,
		.memory_mib = 40960,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_ga100,
		.row =
			{
				{"1g.5gb", 4864, 14},
				{"1g.5gb+me", 4864, 14},
				{"1g.10gb", 9984, 14},
				{"2g.10gb", 9984, 28},
				{"3g.20gb", 20096, 42},
				{"4g.20gb", 20096, 56},
				{"7g.40gb", 40320, 98},
			},
	},
	{
		.name = "A100-80GB",
		.title = "A100 80GB (SXM4, PCIe) and A800 80GB",
		.arch = "ampere",
		.labels = LIST("NVIDIA-A100-SXM4-80GB", "NVIDIA-A100-80GB-PCIe",
                               "NVIDIA-A800-SXM4-80GB", "NVIDIA-A800-80GB-PCIe", "A100-SXM4-80GB"),
		.device_ids = LIST("0x20B210DE", "0x20B510DE", "0x20F310DE", "0x20F510DE"),
		.source = GUIDE "; " NAMES "; " PARTED " issue 97"
				"; " GO_NVML " mock/gpus/a100.go",
		.memory_mib = 81920,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_ga100,
		.row =
			{
				{"1g.10gb", 9728, 14},
				{"1g.10gb+me", 9728, 14},
				{"1g.20gb", 19968, 14},
				{"2g.20gb", 19968, 28},
				{"3g.40gb", 40192, 42},
				{"4g.40gb", 40192, 56},
				{"7g.80gb", 80896, 98},
			},
	},
	{
		.name = "A30",
		.title = "A30 24GB",
		.arch = "ampere",
		.labels = LIST("NVIDIA-A30"),
		.device_ids = LIST("0x20B710DE"),
		.source = GUIDE "; " NAMES "; " GO_NVML " mock/gpus/a30.go",
		.memory_mib = 24576,
		.family = &sf_family_a30,
		.engines = sf_engines_a30,
		.row =
			{
				{"1g.6gb", 5952, 14},
				{"1g.6gb+me", 5952, 14},
				{"2g.12gb", 11968, 28},
				{"2g.12gb+me", 11968, 28},
				{"4g.24gb", 24000, 56},
			},
	},
	{
		.name = "H100-80GB-SXM",
		.title = "H100 80GB HBM3 (SXM5) and H800 SXM5",
		.arch = "hopper",
		.labels = LIST("NVIDIA-H100-80GB-HBM3", "NVIDIA-H800"),
		.device_ids = LIST("0x233010DE", "0x232410DE"),
		.source = GUIDE "; " NAMES "; " KARPENTER,
		.memory_mib = 81559,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.10gb", 9984, 16},
				{"1g.10gb+me", 9984, 16},
				{"1g.20gb", 20096, 26},
				{"2g.20gb", 20096, 32},
				{"3g.40gb", 40448, 60},
				{"4g.40gb", 40448, 64},
				{"7g.80gb", 81152, 132},
			},
	},
	{
		.name = "H100-80GB-PCIe",
		.title = "H100 PCIe 80GB and H800 PCIe",
		.arch = "hopper",
		.labels = LIST("NVIDIA-H100-PCIe", "NVIDIA-H800-PCIe"),
		.device_ids = LIST("0x233110DE", "0x232210DE"),
		.source = GUIDE "; " NAMES "; " VGPU_HOPPER,
		.memory_mib = 81559,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.10gb", 9984, 14},
				{"1g.10gb+me", 9984, 14},
				{"1g.20gb", 20096, 14},
				{"2g.20gb", 20096, 30},
				{"3g.40gb", 40448, 46},
				{"4g.40gb", 40448, 62},
				{"7g.80gb", 81152, 114},
			},
	},
	{
		.name = "H100-94GB",
		.title = "H100 NVL 94GB, H100 94GB SXM5, H800 NVL",
		.arch = "hopper",
		.labels = LIST("NVIDIA-H100-NVL", "NVIDIA-H100", "NVIDIA-H800-NVL"),
		.device_ids = LIST("0x232110DE", "0x233910DE", "0x233A10DE"),
		.source = GUIDE "; " NAMES "; " OPERATOR " pull requests 900, 903",
		.memory_mib = 95830,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.12gb", 11008, 16},
				{"1g.12gb+me", 11008, 16},
				{"1g.24gb", 22144, 26},
				{"2g.24gb", 22144, 32},
				{"3g.47gb", 47488, 60},
				{"4g.47gb", 47488, 64},
				{"7g.94gb", 95360, 132},
			},
	},
	{
		.name = "H100-96GB",
		.title = "GH200 480GB and 120GB (96GB HBM3), H100 96GB",
		.arch = "hopper",
		.labels = LIST("NVIDIA-GH200-480GB", "NVIDIA-GH200-120GB"),
		.device_ids = LIST("0x234210DE", "0x233D10DE", "0x20B610DE"),
		.source = GUIDE "; " NAMES "; " OPERATOR_CONFIG,
		.memory_mib = 97871,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.12gb", 11264, 16},
				{"1g.12gb+me", 11264, 16},
				{"1g.24gb", 23552, 26},
				{"2g.24gb", 23552, 32},
				{"3g.48gb", 47616, 60},
				{"4g.48gb", 47616, 64},
				{"7g.96gb", 95232, 132},
			},
	},
	{
		.name = "H20-96GB",
		.title = "H20 96GB (SXM5), H20 NVL16",
		.arch = "hopper",
		.labels = LIST("NVIDIA-H20", "NVIDIA-H20-NVL16"),
		.device_ids = LIST("0x232910DE", "0x230E10DE"),
		.source = GUIDE "; " NAMES "; " VGPU_HOPPER,
		.memory_mib = 97871,
		.family = &sf_family_seven_slice,
		.row =
			{
				{"1g.12gb", 12032, 8},
				{"1g.12gb+me", 12032, 8},
				{"1g.24gb", -1, -1},
				{"2g.24gb", -1, -1},
				{"3g.48gb", -1, -1},
				{"4g.48gb", -1, -1},
				{"7g.96gb", -1, -1},
			},
	},
	{
		.name = "GH200-144GB",
		.title = "GH200 144G HBM3e",
		.arch = "hopper",
		.labels = LIST("NVIDIA-GH200-144G-HBM3e"),
		.device_ids = LIST("0x234810DE"),
		.source = GUIDE "; " NAMES "; " PARTED " pull request 139",
		.memory_mib = 146831,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.18gb", 17920, 16},
				{"1g.18gb+me", 17920, 16},
				{"1g.36gb", 36096, 26},
				{"2g.36gb", 36096, 32},
				{"3g.72gb", -1, -1},
				{"4g.72gb", -1, -1},
				{"7g.144gb", -1, -1},
			},
	},
	{
		.name = "H200-141GB",
		.title = "H200 SXM5, H200 NVL, H20-3e",
		.arch = "hopper",
		.labels = LIST("NVIDIA-H200", "NVIDIA-H200-NVL", "NVIDIA-H20-3e"),
		.device_ids = LIST("0x233510DE", "0x233B10DE", "0x232C10DE"),
		.source = GUIDE "; " NAMES "; " PARTED " issue 120",
		.memory_mib = 143771,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gh100,
		.row =
			{
				{"1g.18gb", 16384, 16},
				{"1g.18gb+me", 16384, 16},
				{"1g.35gb", 33024, 26},
				{"2g.35gb", 33024, 32},
				{"3g.71gb", 71168, 60},
				{"4g.71gb", 71168, 64},
				{"7g.141gb", 143104, 132},
			},
	},
	{
		.name = "H100-64GB",
		.title = "H100 SXM5 64GB",
		.arch = "hopper",
		.labels = NONE,
		.device_ids = LIST("0x233710DE"),
		.source = OPERATOR_CONFIG "; " PCI_IDS,
		.memory_mib = -1,
		.family = &sf_family_seven_slice,
		.row =
			{
				{"1g.8gb", -1, -1},
				{"1g.8gb+me", -1, -1},
				{"1g.16gb", -1, -1},
				{"2g.16gb", -1, -1},
				{"3g.32gb", -1, -1},
				{"4g.32gb", -1, -1},
				{"7g.64gb", -1, -1},
			},
	},
	{
		.name = "B200-180GB",
		.title = "B200 180GB",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-B200"),
		.device_ids = LIST("0x290110DE"),
		.source = GUIDE "; " NAMES "; " KARPENTER,
		.memory_mib = 183359,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_b200,
		.row =
			{
				{"1g.23gb", 20992, 18},
				{"1g.23gb+me", 20992, 18},
				{"1g.45gb", 45312, 30},
				{"2g.45gb", 45312, 36},
				{"3g.90gb", 91136, 70},
				{"4g.90gb", 91136, 72},
				{"7g.180gb", 182784, 148},
			},
	},
	{
		.name = "GB200-186GB",
		.title = "GB200 (HGX/NVL), production boards",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-GB200"),
		.device_ids = LIST("0x294110DE"),
		.source = GUIDE "; " NAMES "; " PARTED " issue 227"
				"; " TEST_INFRA,
		.memory_mib = 189471,
		.family = &sf_family_seven_slice,
		.engines = sf_engines_gb200,
		.row =
			{
				{"1g.23gb", 22528, 18},
				{"1g.23gb+me", 22528, 18},
				{"1g.47gb", 46592, 32},
				{"2g.47gb", 46592, 38},
				{"3g.93gb", -1, -1},
				{"4g.93gb", -1, -1},
				{"7g.186gb", -1, -1},
			},
	},
	{
		.name = "B300-269GB",
		.title = "B300 SXM6 AC",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-B300-SXM6-AC"),
		.device_ids = LIST("0x318210DE"),
		.source = OPERATOR_NOTES "; " NAMES "; " TEST_INFRA,
		.memory_mib = 275040,
		.family = &sf_family_seven_slice,
		.row =
			{
				{"1g.34gb", -1, -1},
				{"1g.34gb+me", -1, -1},
				{"1g.67gb", -1, -1},
				{"2g.67gb", -1, -1},
				{"3g.135gb", -1, -1},
				{"4g.135gb", -1, -1},
				{"7g.269gb", -1, -1},
			},
	},
	{
		.name = "GB300-278GB",
		.title = "GB300",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-GB300"),
		.device_ids = LIST("0x31C210DE"),
		.source = OPERATOR_CONFIG "; " NAMES "; " TEST_INFRA,
		.memory_mib = 284208,
		.family = &sf_family_seven_slice,
		.row =
			{
				{"1g.35gb", -1, -1},
				{"1g.35gb+me", -1, -1},
				{"1g.70gb", -1, -1},
				{"2g.70gb", -1, -1},
				{"3g.139gb", -1, -1},
				{"4g.139gb", -1, -1},
				{"7g.278gb", -1, -1},
			},
	},
	{
		.name = "RTXPRO6000-96GB",
		.title = "RTX PRO 6000 Blackwell (Server, Workstation, Max-Q)",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",
                               "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition",
                               "NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition"),
		.device_ids = LIST("0x2BB510DE", "0x2BB110DE", "0x2BB410DE"),
		.source = GUIDE "; " NAMES "; " OPERATOR_CONFIG,
		.memory_mib = 97887,
		.family = &sf_family_rtx_pro_6000,
		.engines = sf_engines_rtx_pro_6000,
		.row =
			{
				{"1g.24gb", 24192, 46},
				{"1g.24gb+me", 24192, 46},
				{"1g.24gb+gfx", 24192, 46},
				{"1g.24gb+me.all", 24192, 46},
				{"1g.24gb-me", 24192, 46},
				{"2g.48gb", 48512, 94},
				{"2g.48gb+gfx", 48512, 94},
				{"2g.48gb+me.all", 48512, 94},
				{"2g.48gb-me", 48512, 94},
				{"4g.96gb", 97280, 188},
				{"4g.96gb+gfx", 97280, 188},
			},
	},
	{
		.name = "RTXPRO5000-48GB",
		.title = "RTX PRO 5000 Blackwell 48GB",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-RTX-PRO-5000-Blackwell"),
		.device_ids = LIST("0x2BB310DE"),
		.source = GUIDE "; " NAMES,
		.memory_mib = -1,
		.family = &sf_family_rtx_pro_5000,
		.engines = sf_engines_rtx_pro_5000,
		.row =
			{
				{"1g.24gb", -1, -1},
				{"1g.24gb+me", -1, -1},
				{"1g.24gb+gfx", -1, -1},
				{"1g.24gb+me.all", -1, -1},
				{"1g.24gb-me", -1, -1},
				{"2g.48gb", -1, -1},
				{"2g.48gb+gfx", -1, -1},
			},
	},
	{
		.name = "RTXPRO4500-32GB",
		.title = "RTX PRO 4500 Blackwell 32GB",
		.arch = "blackwell",
		.labels = LIST("NVIDIA-RTX-PRO-4500-Blackwell"),
		.device_ids = LIST("0x2C3110DE"),
		.source = GUIDE "; " NAMES,
		.memory_mib = -1,
		.family = &sf_family_rtx_pro_4500,
		.engines = sf_engines_rtx_pro_4500,
		.row =
			{
				{"1g.16gb", -1, -1},
				{"1g.16gb+gfx", -1, -1},
				{"1g.16gb+me.all", -1, -1},
				{"1g.16gb-me", -1, -1},
				{"2g.32gb", -1, -1},
				{"2g.32gb+gfx", -1, -1},
			},
	},
	{
		.name = "THOR-IGPU",
		.title = "Jetson Thor iGPU (GB10B)",
		.arch = "blackwell",
		.labels = NONE,
		.device_ids = NONE,
		.source = GUIDE,
		.memory_mib = -1,
		.family = &sf_family_thor,
		.engines = sf_engines_thor,
		.row =
			{
				{"1g.0gb+me", -1, -1},
				{"1g.0gb", -1, -1},
				{"1g.0gb+gfx", -1, -1},
				{"2g.0gb", -1, -1},
				{"2g.0gb+gfx", -1, -1},
				{"3g.0gb", -1, -1},
				{"3g.0gb+gfx", -1, -1},
			},
	},
	{
		.name = "A100-64GB",
		.title = "A100-SXM-64GB (custom, 0x20B3)",
		.arch = "ampere",
		.labels = LIST("NVIDIA-A100-SXM-64GB"),
		.device_ids = LIST("0x20B310DE"),
		.source = NAMES,
		.memory_mib = -1,
		.family = &sf_family_ga100_unlisted,
	},
};

const size_t sf_boards_mig_count = sizeof(sf_boards_mig) / sizeof(sf_boards_mig[0]);
