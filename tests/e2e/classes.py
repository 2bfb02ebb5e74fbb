"""The rules of the classes that hold without a configuration: training never on shared GPUs, inference on MIG
instances first, interactive work on time-slices first."""
# SPDX-License-Identifier: Apache-2.0
import sys

from setup import Cluster, Slicefit, api, assets, extender, finish, model, objects, same, settle

BINARY = sys.argv[1]
NODES = [*objects.nodes("whole", 1, "whole"), *objects.nodes("mig", 1, "mig"), *objects.nodes("single", 1, "single"),
         *objects.nodes("sliced", 1, "sliced"), *objects.nodes("mps", 1, "mps")]


def pods(name, count, resources, kind):
    return [objects.pod(f"{name}-{i:02d}", resources, labels={"slicefit.io/class": kind}) for i in range(count)]


def places(found, name):
    """The kinds of nodes that the pods of a name are on."""
    return {model.node_of(pod).rsplit("-", 1)[0] for pod in model.bound(found)
            if pod["metadata"]["name"].startswith(name + "-")}


def count(found, name):
    return sum(1 for pod in model.bound(found) if pod["metadata"]["name"].startswith(name + "-"))


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, NODES)
    with Slicefit(BINARY, cluster) as slicefit:
        cluster.schedule(extender(slicefit.url))
        stream = pods("notebook", 16, {objects.GPU: 1}, "interactive")
        stream += pods("serving", 20, {objects.GPU: 1}, "inference")
        stream += pods("slice", 16, {objects.mig("1g.10gb"): 1}, "inference")
        stream += pods("job", 2, {objects.GPU: 4}, "training")
        found = settle(cluster, stream)
        same("all placed", len(model.bound(found)), len(stream))
        same("time-slices are for notebooks", places(found, "notebook"), {"sliced"})
        same("instances are for inference", places(found, "serving"), {"single"})
        same("a MIG profile", places(found, "slice"), {"mig"})
        same("whole GPUs are for training", places(found, "job"), {"whole"})
        # The whole GPUs are given away. 36 instances are left, for nine jobs of four; there is room for ten
        # more jobs on shared GPUs, and none of it is for training.
        more = pods("late", 10, {objects.GPU: 4}, "training")
        cluster.api.create_all(api.PODS, more)
        late = cluster.api.wait(api.PODS, lambda pods: model.settled(pods, len(stream) + len(more)), "a decision")
        found = list(late.values())
        same("no training on shared GPUs", places(found, "late"), {"single"})
        same("late jobs placed", count(found, "late"), 9)
        same("no more than there is", model.overcommitted(NODES, found), [])
        print(f"{len(model.bound(found))} pods where the rules say, 1 job refused beside free shared GPUs")
finish()
