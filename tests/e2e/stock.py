"""The same stream of pods for a stock kube-scheduler, and for one that asks slicefit: how many more find a
place."""
# SPDX-License-Identifier: Apache-2.0
import random
import sys

from setup import Cluster, Slicefit, api, assets, check, clear, extender, finish, model, objects, same

BINARY = sys.argv[1]
NODES = objects.nodes("whole", 16, "whole")
SEED = 7


def stream():
    """Enough for every GPU: notebooks and small jobs first, as they come all day, then jobs for whole
    nodes among them."""
    sizes = [1] * 24 + [2] * 8 + [4] * 4 + [8] * 9
    random.Random(SEED).shuffle(sizes)
    return [objects.pod(f"job-{i:03d}", {objects.GPU: size}) for i, size in enumerate(sizes)]


def run(cluster, name, *extenders):
    """(pods, GPUs) placed. One pod after the other, as they would come over a day."""
    cluster.schedule(*extenders)
    jobs = stream()
    for i, job in enumerate(jobs):
        cluster.api.ask("POST", api.PODS, job)
        cluster.api.wait(api.PODS, lambda found, n=i + 1: model.settled(found, n), f"{name}: a decision")
    pods = cluster.api.get(api.PODS)["items"]
    same(f"{name}: no more than there is", model.overcommitted(NODES, pods), [])
    clear(cluster)
    placed = model.bound(pods)
    gpus = sum(model.wanted(pod)[objects.GPU] for pod in placed)
    print(f"{name:14} {len(placed)} of {len(jobs)} pods, {gpus} of {8 * len(NODES)} GPUs")
    return len(placed), gpus


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, NODES)
    stock = run(cluster, "kube-scheduler")
    with Slicefit(BINARY, cluster) as slicefit:
        ours = run(cluster, "with slicefit", extender(slicefit.url))
    check("more pods", ours[0] > stock[0], f"{ours[0]}, stock {stock[0]}")
    check("more GPUs", ours[1] > stock[1], f"{ours[1]}, stock {stock[1]}")
    print(f"slicefit placed {ours[0] - stock[0]} pods and {ours[1] - stock[1]} GPUs more")
finish()
