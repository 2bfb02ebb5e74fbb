/*
 * rules_table: every rule: its code, how bad it is, what is true, and where that is written.
 * SF1xx profiles and counts, SF2xx nvidia-smi, SF3xx mig-parted and mig-manager, SF4xx requests and
 * names, SF5xx sharing, SF6xx across places, SF7xx statements in prose, SF9xx what cannot be read.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/lint.h>

#define GITHUB   "https://github.com/"
#define GUIDE    "https://docs.nvidia.com/datacenter/tesla/mig-user-guide/"
#define PROFILES GUIDE "supported-mig-profiles.html"
#define GPUS     GUIDE "supported-gpus.html"
#define STARTED  GUIDE "getting-started-with-mig.html"
#define PARTED   GITHUB "NVIDIA/mig-parted"
#define SPEC     PARTED " api/spec/v1"
#define PLUGIN   GITHUB "NVIDIA/k8s-device-plugin"
#define CONFIG   PLUGIN " api/config/v1"
#define OPERATOR GITHUB "NVIDIA/gpu-operator"
#define VALUES   OPERATOR " deployments/gpu-operator/values.yaml"
#define DEFAULTS OPERATOR " assets/state-mig-manager/0400_configmap.yaml"
#define SHARING                                                                                    \
	"https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-sharing.html"
#define OPERATORMIG                                                                                \
	"https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/"                     \
	"gpu-operator-mig.html"
#define KUBE "https://kubernetes.io/docs/"

#define E SF_LINT_ERROR
#define W SF_LINT_WARNING
#define N SF_LINT_NOTE

const struct sf_lint_rule sf_lint_rules[] = {
	{101, E, "MIG profile that the GPU does not have",
         "Each GPU has a list of profiles of its own; the gigabytes in the names follow from its "
         "memory. mig-parted answers: MIG profile \"X\" not found on this GPU.",
         "Take a profile of the GPU's own list: `slicefit catalog NAME` or `nvidia-smi mig -lgip`.",
         PROFILES},
	{102, E, "more instances of a profile than one GPU holds",
         "A profile has a greatest number per GPU: seven of 1g although the memory has eight "
         "units, four of the 1g with double memory, two of 3g, one of 4g and of +me.",
         "Ask for at most that many, or for a smaller profile.", PROFILES},
	{103, E, "MIG instances that do not fit on one GPU together",
         "Instances take memory units at fixed places. 3g and 4g take half of a GPU each, so two "
         "3g fill it although one compute slice is left.",
         "Leave one out, or take smaller ones; the finding says what fits.", PROFILES},
	{104, E, "misspelled MIG profile",
         "mig-parted takes names as nvidia-smi prints them: <g>g.<gb>gb, then +me, +gfx, +me.all "
         "or -me. The dot of 1g.10gb.me is for names of configurations and resources.",
         "Write it as `nvidia-smi mig -lgip` prints it.", PARTED " pkg/types"},
	{105, W, "name of a MIG profile that older drivers used",
         "The gigabytes are computed from what the driver reports and were rounded otherwise: "
         "7g.79gb is 7g.80gb today.",
         "Write today's name.", GITHUB "NVIDIA/go-nvlib pkg/nvlib/device/mig_profile.go"},
	{106, W, "name of a MIG profile that depends on the driver",
         "For GB200, B300, GB300 and RTX PRO 5000 and 4500 drivers have printed different "
         "gigabytes for the same profile.",
         "Use the name that `nvidia-smi mig -lgip` prints on the node.", PARTED " issue 227"},
	{107, E, "MIG on a GPU without it",
         "MIG is a feature of some data-centre and workstation GPUs. A10, A16, A40, A6000, L4, "
         "L40, L40S, T4, V100 and GeForce cards do not have it.",
         "Share the GPU by time-slicing or MPS, or take one with MIG.", GPUS},
	{109, W, "layout of another GPU than the one spoken of",
         "The profiles exist, but not on the GPUs that the name, the text or the nodes around them "
         "are about.",
         "Take the profiles of the GPU that is meant, or say which one is.", PROFILES},
	{110, W, "MIG profile in a text that the GPU does not have",
         "The names follow from the memory of each GPU; lists are often written by analogy.",
         "Name the profiles of that GPU.", PROFILES},
	{201, E, "nvidia-smi mig -cgi beyond what one GPU holds",
         "The numbers are profile ids, not sizes: on GPUs with seven slices 19 is 1g, 14 is 2g, 9 "
         "is 3g, 5 is 4g and 0 is 7g. What finds no room gets Insufficient Resources, and what was "
         "created before it stays.",
         "Name fewer, or the id of the profile that is meant.", STARTED},
	{202, W, "nvidia-smi mig -cgi creates fewer instances than said",
         "Each number or name in the list creates one instance.",
         "Name the profile once for each instance.", STARTED},
	{203, E, "profile id that the GPU does not have",
         "Ids differ between GPUs: on A30 and RTX PRO 6000 14 is 1g, 5 is 2g and 0 is 4g. The "
         "numbers of NVML's enumeration (0, 1, 2, ... 7, 9) are not the ids of nvidia-smi.",
         "Take the id that `nvidia-smi mig -lgip` prints, or the profile's name.", PROFILES},
	{205, E, "MIG option without the word mig",
         "-cgi, -dgi, -cci, -dci and the lists are options of `nvidia-smi mig`.",
         "Put mig behind nvidia-smi.", STARTED},
	{206, E, "option that nvidia-smi does not have",
         "MIG mode is -mig 0 or -mig 1. Instances go with -dci and -dgi; there is no reset.",
         "Switch with -mig 0 or -mig 1; remove instances with mig -dci and mig -dgi.", STARTED},
	{207, E, "-cgi is not id,name,count",
         "The list has one id or name per instance, nothing else.",
         "Write one id or name for each instance, with commas between.", STARTED},
	{208, E, "order in which instances find no room",
         "The driver places one instance after the other, small ones first where they block a "
         "large one later. Largest first works. mig-parted tries every order.",
         "Put the largest first.", STARTED},
	{209, W, "GPU instance without compute instance",
         "-cgi makes GPU instances; programs run in compute instances, which -C makes at once.",
         "Add -C, or create compute instances with mig -cci.", STARTED},
	{210, W, "instances destroyed in the wrong order",
         "Compute instances go before their GPU instances, and both before MIG mode is switched "
         "off; else: In use by another client.",
         "Run mig -dci, then mig -dgi, then -mig 0.", STARTED},
	{211, W, "profile id of another profile than the one said",
         "On GPUs with seven slices 19 is 1g, 15 is 1g with double memory, 14 is 2g, 9 is 3g, 5 is "
         "4g and 0 is 7g; `nvidia-smi mig -lgip` lists them.",
         "Take the id of the profile that is meant, or its name.", PROFILES},
	{301, W, "configuration given to the wrong component",
         "mig-configs are for mig-manager (migManager.config, key config.yaml, label "
         "nvidia.com/mig.config). The device plugin passes over keys it does not know, so nothing "
         "happens. Sharing is for the device plugin (devicePlugin.config, one key per "
         "configuration, label nvidia.com/device-plugin.config).",
         "Give it to the component that reads it.", VALUES},
	{302, E, "key of mig-manager's ConfigMap is not config.yaml",
         "The GPU Operator mounts the ConfigMap and reads the file config.yaml.",
         "Call the key config.yaml.", VALUES},
	{303, E, "profile in place of a configuration's name",
         "nvidia.com/mig.config takes the name of an entry of mig-configs: all-1g.5gb, not 1g.5gb. "
         "An unknown name ends in mig.config.state=failed.",
         "Write the name of the configuration, such as all-1g.5gb.", OPERATORMIG},
	{304, E, "+ in the value of a label",
         "Labels have letters, digits, -, _ and dots. The configuration of 1g.5gb+me is called "
         "all-1g.5gb.me, and makes one instance.",
         "Write a dot for the +.", DEFAULTS},
	{305, W, "device-filter that matches no GPU",
         "A filter is device id and vendor in one number, 0xDDDD10DE. Anything else is accepted "
         "and matches nothing.",
         "Write device id and vendor, such as 0x233510DE.",
         PARTED " cmd/nvidia-mig-parted/apply/config.go"},
	{306, N, "configuration that is not what it is called",
         "In the GPU Operator's own configuration all-balanced mixes 1g, 2g and 3g, and "
         "all-1g.10gb makes 1g.10gb; people and dashboards know them as that.",
         "Give it a name that says what it makes, or make what the name says.", DEFAULTS},
	{307, E, "field that mig-parted refuses",
         "mig-parted is strict: one unknown field, often from wrong indentation, and the file is "
         "not read (unexpected field).",
         "Write the field as mig-parted knows it, or mend the indentation.", SPEC},
	{308, E, "version of a mig-parted file missing or unknown",
         "The file must say version: v1.", "Begin with version: v1.", SPEC},
	{309, E, "field of a mig-parted entry missing or of a wrong type",
         "mig-configs maps names to lists of entries. An entry needs devices (all, or a list of "
         "numbers) and mig-enabled (true or false); mig-devices maps profiles to counts, which are "
         "whole numbers.",
         "Give the field the form that the finding names.", SPEC},
	{310, E, "mig-enabled and mig-devices contradict each other",
         "mig-devices is required when mig-enabled is true ({} for none) and must be empty when it "
         "is false.",
         "Set mig-enabled by what mig-devices asks for.", SPEC},
	{311, E, "empty configuration of mig-parted",
         "mig-configs and every configuration in it need at least one entry, and mig-devices a "
         "count that is not 0.",
         "Add an entry, or remove the configuration.", SPEC},
	{312, E, "several MIG profiles under the strategy single",
         "The device plugin stops with: more than one MIG device type present on node.",
         "Set the strategy mixed, or make one profile only.", PLUGIN " internal/rm/device_map.go"},
	{313, E, "GPUs with and without MIG under the strategy single",
         "The device plugin stops with: all devices on the node must be configured with the same "
         "migEnabled value.",
         "Set the strategy mixed, or enable MIG on all GPUs of the node.",
         PLUGIN " internal/rm/device_map.go"},
	{314, W, "configuration without an entry for the node's GPU",
         "GPUs that no entry matches are left as they are. The GPU Operator's static configuration "
         "lists device ids, and not those of every board.",
         "Add an entry for the GPU's device id.", OPERATOR " issue 2249"},
	{315, W, "GPU in two entries of a configuration",
         "Entries are applied one after the other, so of two that are for the same GPU the later "
         "one wins; what the earlier one makes is destroyed again, and `nvidia-mig-parted assert` "
         "is never satisfied.",
         "Name each GPU in one entry only.", PARTED " cmd/nvidia-mig-parted/apply"},
	{401, E, "MIG resource under the strategy single",
         "The strategy single calls MIG devices nvidia.com/gpu; names with profiles come with "
         "mixed. The GPU Operator's chart sets single unless told otherwise.",
         "Ask for nvidia.com/gpu, or set the strategy mixed.", PLUGIN " internal/rm/rm.go"},
	{402, E, "+ in the name of a resource",
         "Names of resources have no +; the device plugin writes a dot: nvidia.com/mig-1g.5gb.me.",
         "Write a dot for the +.", PLUGIN " internal/rm/rm.go"},
	{403, W, "whole GPU and MIG device in one container",
         "Both are taken. CUDA programs use one MIG device or whole GPUs, not both.",
         "Ask for one of them.", GUIDE},
	{405, E, "product label that no node has",
         "nvidia.com/gpu.product is the name that nvidia-smi prints, blanks as -, with "
         "-MIG-<profile> under the strategy single and -SHARED where shared without a new name.",
         "Write the label as nodes have it: kubectl get nodes -L nvidia.com/gpu.product.",
         PLUGIN " internal/lm"},
	{406, E, "part of a device",
         "Devices are counted in whole numbers. Parts of a GPU are MIG instances, replicas, or "
         "another scheduler's business.",
         "Ask for a whole number, of a MIG profile or of a shared GPU.",
         KUBE "tasks/manage-gpus/scheduling-gpus/"},
	{407, E, "GPU memory as a resource",
         "NVIDIA's device plugin has no resource for memory. HAMi and others have, with their own "
         "plugins.",
         "Ask for a MIG profile, or choose replicas by memory.", PLUGIN " README.md"},
	{409, E, "request of a device without an equal limit",
         "Extended resources cannot be overcommitted: the limit must be given, and a request must "
         "equal it.",
         "Write the limit; the request follows from it.",
         KUBE "tasks/manage-gpus/scheduling-gpus/"},
	{410, E, "quota on a device that is no requests. quota",
         "For extended resources a ResourceQuota takes names with the prefix requests. only.",
         "Put requests. before the name of the resource.", KUBE "concepts/policy/resource-quotas/"},
	{411, E, "resource that does not exist",
         "The device plugin has nvidia.com/gpu and nvidia.com/mig-<profile>, each also with "
         ".shared.",
         "Write the name that nodes have under status.allocatable.", CONFIG "/consts.go"},
	{412, W, "product label of a rare board",
         "nvidia-smi prints NVIDIA H100 without more only for the H100 SXM5 with 94 GB.",
         "Write the label of the board that is meant.",
         GITHUB "NVIDIA/open-gpu-kernel-modules g_nv_name_released.h"},
	{501, E, "sharing without resources",
         "timeSlicing and mps need resources, a list of name and replicas; without it the device "
         "plugin does not start (no resources specified).",
         "Add resources with name and replicas.", CONFIG "/replicas.go"},
	{502, W, "memory or thread share that MPS does not take",
         "The device plugin gives every replica memory / replicas and 100 / replicas percent of "
         "the threads. Other shares are fields of the DRA driver.",
         "Leave it out, and choose replicas by the share each may have.",
         PLUGIN " cmd/mps-control-daemon"},
	{503, W, "key that the device plugin ignores",
         "Its configuration is read without complaints about unknown keys: what is misspelled or "
         "misplaced does nothing.",
         "Write the key as the device plugin knows it, where it looks for it, or remove it.",
         CONFIG "/config.go"},
	{504, E, "replicas below 2, or no number",
         "replicas must be a whole number of at least 2. Without sharing there is no sharing "
         "section.",
         "Write at least 2, or remove the sharing.", CONFIG "/replicas.go"},
	{505, W, "time-slicing and MPS together", "Where mps is given, timeSlicing is ignored.",
         "Keep one of them.", CONFIG "/sharing.go"},
	{506, W, "MIG strategy at a wrong place",
         "The strategy is flags.migStrategy in a configuration, mig.strategy in the GPU Operator's "
         "values, migStrategy in those of the device plugin's chart.",
         "Set it where the component looks for it.", CONFIG "/flags.go"},
	{507, E, "MPS with MIG",
         "The device plugin refuses MPS on MIG devices and under the strategy mixed.",
         "Use time-slicing for MIG devices, or no MIG where MPS is on.",
         PLUGIN " internal/plugin/mps.go"},
	{508, E, "more replicas than MPS has clients",
         "MPS has at most 48 clients per GPU, 16 before compute capability 7.5.",
         "Write at most 48.", PLUGIN " cmd/mps-control-daemon/mps/device.go"},
	{511, W, "more than one replica for one container",
         "Two replicas may be of one GPU and are no larger share of it. With "
         "failRequestsGreaterThanOne (the default of MPS) the pod fails.",
         "Ask for 1.", SHARING},
	{512, E, "name of a shared resource that nothing makes",
         "With renameByDefault the resource is called nvidia.com/gpu.shared and nodes have 0 of "
         "the old name; without it, for MPS as well, the name stays.",
         "Ask for the name that the configuration makes, or change renameByDefault.", SHARING},
	{514, W, "devices or rename in a sharing entry",
         "Both are ignored with a warning: sharing is for all GPUs of that name on the node.",
         "Remove it; give nodes configurations of their own by label.", CONFIG "/config.go"},
	{515, W, "sharing of MIG resources under the strategy single",
         "Under single MIG devices are called nvidia.com/gpu, so an entry for mig-... is passed "
         "over.",
         "Share nvidia.com/gpu, or set the strategy mixed.", PLUGIN " internal/rm/device_map.go"},
	{516, W, "configuration of the device plugin without a default",
         "The GPU Operator lets nodes without a label fall back to an empty configuration: no "
         "sharing, and no error.",
         "Set devicePlugin.config.default, or label the nodes.",
         OPERATOR " controllers/object_controls.go"},
	{519, W, "LimitRange on GPU memory",
         "A LimitRange bounds requests of resources; memory of GPUs is none.",
         "Use MIG, whose instances have memory of their own.", KUBE "concepts/policy/limit-range/"},
	{521, E, "unknown version of the device plugin's configuration",
         "Only v1 exists (or no version at all).", "Write version: v1.", CONFIG "/config.go"},
	{522, E, "value that is refused",
         "The component knows a few words here and stops at others.",
         "Write one of the words that the finding names.", CONFIG},
	{523, W, "value that the chart does not have",
         "Helm ignores values that no template uses, mistyped ones too (--set mig.stategy=mixed). "
         "Sharing is a configuration file, given as text in devicePlugin.config.data or in a "
         "ConfigMap.",
         "Write the value as the chart has it, or remove it.", VALUES},
	{601, E, "resource that no node has",
         "Pods wait until a node has all that they ask for; these nodes never will as they are.",
         "Ask for what the nodes have, or change the nodes.",
         KUBE "concepts/scheduling-eviction/assign-pod-node/"},
	{602, E, "ConfigMap that is not there",
         "The GPU Operator waits for a ConfigMap that it is told to use.",
         "Create the ConfigMap, or name one that is there.", VALUES},
	{603, E, "configuration of mig-parted that is not there",
         "mig-manager checks the label against mig-configs and answers mig.config.state=failed. A "
         "ConfigMap named in migManager.config replaces NVIDIA's own, all-disabled included.",
         "Name a configuration that is there, or add it.",
         PARTED " deployments/container/reconfigure-mig.sh"},
	{604, E, "configuration of the device plugin that is not there",
         "The label and the default must be keys of the ConfigMap: specified config X does not "
         "exist.",
         "Name a key of the ConfigMap.", PLUGIN " cmd/config-manager/main.go"},
	{605, W, "more pods than the nodes have devices for",
         "Nodes offer GPUs x replicas, or their MIG devices. Pods beyond that wait.",
         "Run fewer pods at once, or add GPUs or replicas.", SHARING},
	{606, W, "whole GPU asked for where MIG is on",
         "With the strategy mixed a GPU in MIG mode is no nvidia.com/gpu; nodes have 0 of it when "
         "the configuration that their label or migManager.config.default names puts all GPUs in "
         "MIG "
         "mode.",
         "Ask for a MIG profile, or leave a node without MIG.", OPERATORMIG},
	{610, E, "ConfigMap with a value that is no text",
         "The API server takes only text under data; a file in it begins with |.",
         "Write | behind the key.", KUBE "concepts/configuration/configmap/"},
	{701, N, "replicas taken for a share or for isolation",
         "Time-slicing gives no memory limit, no compute limit and no fault isolation. MPS as the "
         "device plugin sets it up limits memory to total / replicas. failRequestsGreaterThanOne "
         "limits how many replicas are asked for, nothing else.",
         "Use MIG where a share must be kept.", SHARING},
	{702, N, "MIG said to need a reboot",
         "Ampere needs a reset of the GPU to change MIG mode, Hopper and later nothing. The mode "
         "is lost on reboot from Hopper on, instances are lost on every reboot.",
         "Reset the GPU on Ampere; do nothing on Hopper and later.", STARTED},
	{703, N, "GPU instance ids taken for places",
         "The id of an instance does not say where it is; nvidia-smi mig -lgi shows the placement.",
         "Look at the placement in nvidia-smi mig -lgi.", STARTED},
	{704, N, "placements of 7g",
         "7g takes all eight memory units from unit 0; there is no 8g and no second place.",
         "Say that 7g takes the whole GPU.", PROFILES},
	{705, N, "sums of gigabytes",
         "What fits follows from memory units at fixed places, not from gigabytes; instances have "
         "less memory than their name says.",
         "Count memory units at their places.", PROFILES},
	{706, N, "which GPUs have MIG",
         "A100, A800, A30, H100, H800, H20, H200, GH200, B200, GB200, B300, GB300 and RTX PRO "
         "4500, 5000 and 6000 have MIG; L4, L40, L40S, A10, A40, T4 and GeForce cards do not.",
         "See the list of supported GPUs.", GPUS},
	{707, N, "tables of NVML's mock taken for hardware",
         "The H100, H200 and B200 tables of go-nvml's mock have sizes, ids and memory that boards "
         "do not have.",
         "Use the numbers of boards, not those of the mock.",
         GITHUB "NVIDIA/go-nvml pkg/nvml/mock"},
	{708, N, "pods said to keep running through a change of MIG",
         "mig-manager stops what uses the GPUs; instances change only on idle GPUs.",
         "Drain the node before a change.", OPERATORMIG},
	{709, N, "ConfigMap said to be reloaded",
         "The GPU Operator does not restart the device plugin when the content of its ConfigMap "
         "changes: restart the daemonset, or change the label.",
         "Say that the daemonset is restarted, or the label changed.", SHARING},
	{710, N, "limits said to cap GPU memory",
         "LimitRange and memory limits bound the memory of the host, not that of the GPU.",
         "Use MIG, or MPS, whose replicas have a memory limit.",
         KUBE "concepts/policy/limit-range/"},
	{711, N, "meaning of the strategy mixed",
         "mixed names MIG devices by profile; it does not mean that some nodes have MIG and others "
         "not. Each node may have a configuration of its own under any strategy.",
         "Say what the names of the resources are.", PLUGIN " README.md"},
	{712, N, "MPS said to rename the resource",
         "nvidia.com/gpu.shared comes with renameByDefault only, for MPS as for time-slicing.",
         "Set renameByDefault where the new name is wanted.", SHARING},
	{713, N, "capacity of shared GPUs",
         "Nodes offer GPUs x replicas; more pods stay Pending, nvidia.com/gpu.count is not "
         "multiplied, and nothing keeps pods from asking for more memory than there is.",
         "Count GPUs times replicas.", SHARING},
	{901, E, "not readable as YAML", "The reader stopped here; what is below was not read.",
         "Mend the place, then lint again.", "https://yaml.org/spec/1.1/"},
	{902, N, "template, not read", "Go templates become YAML when Helm fills them in.",
         "Lint what `helm template` prints.", "https://helm.sh/docs/chart_template_guide/"},
	{903, W, "too large to be read", "Files are read up to a limit.", "Split the file.",
         "https://yaml.org/spec/1.1/"},
	{904, W, "key given twice", "Readers take the last one, or refuse the file.",
         "Keep one of them.", "https://yaml.org/spec/1.1/"},
	{0, E, NULL, NULL, NULL, NULL},
};
