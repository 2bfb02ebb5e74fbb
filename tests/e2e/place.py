"""Pods of many kinds on nodes of many kinds: each lands where there is capacity, by the API server's own
account, and all that fits is placed."""
# SPDX-License-Identifier: Apache-2.0
import sys

from setup import Cluster, Slicefit, api, assets, check, extender, finish, model, objects, same, settle

BINARY = sys.argv[1]

MEMORY = "slicefit.io/gpu-memory"
# Nodes that must stay empty whatever they advertise.
AWAY = {
    "cordoned-0000": objects.node("cordoned-0000", "whole", unschedulable=True),
    "pending-0000": objects.node("pending-0000", "mig", labels={"nvidia.com/mig.config.state": "pending"}),
    "rebooting-0000": objects.node("rebooting-0000", "whole",
                                   labels={"nvidia.com/mig.config.state": "rebooting"}),
}
NODES = [
    *objects.nodes("whole", 3, "whole"), *objects.nodes("mig", 3, "mig"), *objects.nodes("small", 2, "small"),
    *objects.nodes("none", 2, "none"),
    objects.node("unhealthy-0000", "whole", allocatable={objects.GPU: "6"}), *AWAY.values(),
]
ROOMY = {"whole-0000", "whole-0001", "whole-0002", "unhealthy-0000"}  # devices of 80 GB

# Name: (how many, what each asks for, how many of them there is room for, annotations).
WORKLOADS = {
    "memory": (10, {objects.GPU: 1}, 10, {MEMORY: "40Gi"}),
    "pairs": (4, {objects.GPU: 2}, 4, {}),
    "slices": (60, {objects.mig("1g.10gb"): 1}, 48, {}),
    "halves": (30, {objects.mig("3g.40gb"): 1}, 24, {}),
    "mixed": (8, {objects.mig("2g.20gb"): 2}, 8, {}),
    "ones": (30, {objects.GPU: 1}, 20, {}),  # 38 devices, less 10 and 8
    "odd": (2, {objects.mig("7g.80gb"): 1}, 0, {}),
}


def stream():
    return [objects.pod(f"{name}-{i:03d}", resources, annotations=notes)
            for name, (count, resources, _, notes) in WORKLOADS.items() for i in range(count)]


def of(pods, name):
    return [pod for pod in model.bound(pods) if pod["metadata"]["name"].startswith(name + "-")]


def check_places(pods):
    same("no more than there is", model.overcommitted(NODES, pods), [])
    for name, (_, _, room, _) in WORKLOADS.items():
        same(f"{name}: placed", len(of(pods, name)), room)
    away = [pod["metadata"]["name"] for pod in model.bound(pods) if model.node_of(pod) in AWAY]
    same("nodes that take no pods", away, [])
    small = [pod["metadata"]["name"] for pod in of(pods, "memory") if model.node_of(pod) not in ROOMY]
    same("40 GiB on devices that have them", small, [])
    refused = [pod for pod in pods if not model.node_of(pod)]
    check("refused pods say why", all("nodes are available" in model.reason(pod) for pod in refused))


def check_after_changes(cluster, pods):
    """Room that comes free is used: slicefit follows the watch."""
    gone = [pod["metadata"]["name"] for pod in of(pods, "halves")[:3]]
    cluster.api.delete_all(api.PODS, gone)
    left = len(pods) - len(gone)
    found = cluster.api.wait(
        api.PODS, lambda found: len(found) == left and len(of(found.values(), "halves")) == 24, "freed slices")
    same("after deletions", model.overcommitted(NODES, found.values()), [])
    cluster.api.patch(f"{api.NODES}/cordoned-0000", {"spec": {"unschedulable": None}})
    found = cluster.api.wait(api.PODS, lambda found: len(of(found.values(), "ones")) == 28, "the node to be used")
    same("after uncordon", model.overcommitted(NODES, found.values()), [])


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, NODES)
    with Slicefit(BINARY, cluster) as slicefit:
        cluster.schedule(extender(slicefit.url))
        # The wishes for memory first: the others could take the devices that have it.
        pods = settle(cluster, stream())
        check_places(pods)
        check_after_changes(cluster, pods)
        print(f"{len(model.bound(pods))} of {len(pods)} pods placed, as many as fit")
finish()
