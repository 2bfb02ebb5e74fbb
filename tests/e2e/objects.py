"""objects: Ready nodes as the kubelet, GPU feature discovery and the GPU Operator describe them, and pods.

Labels: github.com/NVIDIA/k8s-device-plugin, docs/gpu-feature-discovery; the operator's own:
github.com/NVIDIA/mig-parted, deployments. A node's allocatable is what the device plugin would register."""
# SPDX-License-Identifier: Apache-2.0

GPU = "nvidia.com/gpu"
SHARED = "nvidia.com/gpu.shared"


def mig(profile):
    return f"nvidia.com/mig-{profile}"


def per_resource(name, product, count, memory_mib, replicas=1, sharing="none"):
    """The labels that hang on one resource name."""
    return {f"{name}.product": product, f"{name}.count": str(count), f"{name}.replicas": str(replicas),
            f"{name}.memory": str(memory_mib), f"{name}.sharing-strategy": sharing}


def family(name, major, minor="0"):
    return {"nvidia.com/gpu.family": name, "nvidia.com/gpu.compute.major": major,
            "nvidia.com/gpu.compute.minor": minor}


H100 = "NVIDIA-H100-80GB-HBM3"
A100 = "NVIDIA-A100-SXM4-40GB"
HOPPER = family("hopper", "9")
AMPERE = family("ampere", "8")

# Kind: (labels, allocatable). The MIG layouts are all-balanced, and all-1g.5gb of mig-parted.
KINDS = {
    "whole": (
        {**per_resource(GPU, H100, 8, 81559), **HOPPER, "nvidia.com/mig.capable": "true",
         "nvidia.com/mps.capable": "false"},
        {GPU: 8}),
    "mig": (
        {**per_resource(GPU, H100, 8, 81559, replicas=0), **HOPPER, "nvidia.com/mig.capable": "true",
         "nvidia.com/mig.strategy": "mixed", "nvidia.com/mig.config": "all-balanced",
         "nvidia.com/mig.config.state": "success",
         **per_resource(mig("1g.10gb"), H100 + "-MIG-1g.10gb", 16, 9984),
         **per_resource(mig("2g.20gb"), H100 + "-MIG-2g.20gb", 8, 20096),
         **per_resource(mig("3g.40gb"), H100 + "-MIG-3g.40gb", 8, 40448)},
        {GPU: 0, mig("1g.10gb"): 16, mig("2g.20gb"): 8, mig("3g.40gb"): 8}),
    "single": (
        {**per_resource(GPU, A100 + "-MIG-1g.5gb", 56, 4864), **AMPERE, "nvidia.com/mig.capable": "true",
         "nvidia.com/mig.strategy": "single", "nvidia.com/mig.config": "all-1g.5gb",
         "nvidia.com/mig.config.state": "success"},
        {GPU: 56}),
    "sliced": (
        {**per_resource(GPU, "Tesla-T4-SHARED", 4, 15360, 4, "time-slicing"), **family("turing", "7", "5"),
         "nvidia.com/mig.capable": "false"},
        {GPU: 16}),
    "mps": (
        {**per_resource(GPU, "NVIDIA-L4-SHARED", 4, 23034, 10, "mps"), **family("ada-lovelace", "8", "9"),
         "nvidia.com/mig.capable": "false", "nvidia.com/mps.capable": "true"},
        {GPU: 40}),
    "small": (
        {**per_resource(GPU, "Tesla-T4", 4, 15360), **family("turing", "7", "5"),
         "nvidia.com/mig.capable": "false"},
        {GPU: 4}),
    "none": ({}, {}),
}

READY = {"type": "Ready", "status": "True", "reason": "KubeletReady",
         "message": "kubelet is posting ready status", "lastHeartbeatTime": "2026-03-02T08:00:00Z",
         "lastTransitionTime": "2026-03-02T08:00:00Z"}


def node(name, kind, *, labels=None, allocatable=None, cpu=128, unschedulable=False):
    """A node of one of KINDS; labels and allocatable are added to it."""
    facts, gpus = KINDS[kind]
    capacity = {"cpu": str(cpu), "memory": "2113544912Ki", "pods": "250", "ephemeral-storage": "1843217020Ki",
                **{key: str(count) for key, count in gpus.items()}}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": "zone-a", **({"nvidia.com/gpu.present": "true"} if gpus else {}),
            "nvidia.com/gpu.deploy.device-plugin": "true", **facts, **(labels or {})}},
        "spec": {"podCIDR": "10.244.0.0/24", "unschedulable": unschedulable},
        "status": {
            "capacity": capacity, "allocatable": {**capacity, **(allocatable or {})}, "conditions": [READY],
            "addresses": [{"type": "Hostname", "address": name}],
            "nodeInfo": {"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.1.0",
                         "osImage": "Debian GNU/Linux 12 (bookworm)", "kubeletVersion": "v1.20.2",
                         "containerRuntimeVersion": "containerd://1.7.13", "kubeProxyVersion": "v1.20.2",
                         "operatingSystem": "linux", "architecture": "amd64"}}}


def nodes(prefix, count, kind, **more):
    return [node(f"{prefix}-{i:04d}", kind, **more) for i in range(count)]


def pod(name, resources, *, labels=None, annotations=None, priority=None, cpu="100m", init=None):
    """A pod of one container. Without a kubelet a deleted one with a grace period would stay for ever."""
    limits = {"cpu": cpu, "memory": "256Mi", **{key: str(count) for key, count in resources.items()}}
    spec = {"terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "registry.example/cuda:12", "resources": {"limits": limits}}]}
    if init:
        spec["initContainers"] = [{"name": "init", "image": "registry.example/cuda:12", "resources": {
            "limits": {key: str(count) for key, count in init.items()}}}]
    if priority:
        spec["priorityClassName"] = priority
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": labels or {}, "annotations": annotations or {}}, "spec": spec}


def priority_class(name, value):
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value}
