"""Preemption frees the right GPU: kube-scheduler counts devices only, and would evict where that does not help.

Two nodes are full of pods of low priority, one with small GPUs, one with large ones. A pod of high priority needs
a large one: by counts a victim on either node would do. Only victims on the right node may go, no more
of them than are needed, and everybody else stays."""
# SPDX-License-Identifier: Apache-2.0
import sys

from setup import Cluster, Slicefit, api, assets, clear, extender, finish, model, objects, same, settle

BINARY = sys.argv[1]
PRIORITIES = "/apis/scheduling.k8s.io/v1/priorityclasses"
MEMORY = "slicefit.io/gpu-memory"
SMALL = objects.nodes("small", 3, "small")
LARGE = objects.nodes("whole", 1, "whole")
SHARED = objects.nodes("sliced", 1, "sliced")
COUNT = 3


def low(name, count):
    return [objects.pod(f"{name}-{i:02d}", {objects.GPU: 1}, priority="low") for i in range(count)]


def preempt(cluster, name, nodes, filler, pod):
    """Fills the nodes, then sends COUNT pods of high priority one after the other."""
    cluster.api.create_all(api.NODES, nodes)
    before = settle(cluster, filler)
    same(f"{name}: full", len(model.bound(before)), len(filler))
    large = {p["metadata"]["name"] for p in before if model.node_of(p) == "whole-0000"}
    for i in range(COUNT):
        wanted = pod(f"{name}-{i}")
        cluster.api.ask("POST", api.PODS, wanted)
        pods = cluster.api.wait(api.PODS, lambda found, n=wanted["metadata"]["name"]:
                                n in found and model.node_of(found[n]), f"{name}: the victim to go")
        same(f"{name}: lands on", model.node_of(pods[wanted["metadata"]["name"]]), "whole-0000")
    gone = {p["metadata"]["name"] for p in before} - set(pods)
    same(f"{name}: victims", len(gone), COUNT)
    same(f"{name}: on the right node", gone - large, set())
    same(f"{name}: no more than there is", model.overcommitted(nodes, pods.values()), [])
    print(f"{name}: {COUNT} pods placed, {len(gone)} victims, all on the node that helps")
    clear(cluster)
    cluster.api.delete_all(api.NODES, [node["metadata"]["name"] for node in nodes])


with Cluster(assets()) as cluster:
    cluster.api.create_all(PRIORITIES, [objects.priority_class("low", 100), objects.priority_class("high", 1000)])
    with Slicefit(BINARY, cluster) as slicefit:
        cluster.schedule(extender(slicefit.url, preempt=True))
        preempt(cluster, "memory", SMALL + LARGE, low("low", 20), lambda name: objects.pod(
            name, {objects.GPU: 1}, priority="high", annotations={MEMORY: "40Gi"}))
        preempt(cluster, "training", SHARED + LARGE, low("low", 24), lambda name: objects.pod(
            name, {objects.GPU: 1}, priority="high", labels={"slicefit.io/class": "training"}))
finish()
