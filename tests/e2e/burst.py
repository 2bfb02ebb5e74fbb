"""500 pods at once for 400 places, with bind off and on: no place is given twice, none stays empty.

With bind on, kube-scheduler is told not to count GPUs at all, so slicefit alone stands between two pods and one
device. Then its books are compared with the API server's."""
# SPDX-License-Identifier: Apache-2.0
import sys
import time

from setup import (Cluster, Slicefit, api, assets, check, clear, extender, finish, model, objects, same,
                   settled_books)

BINARY = sys.argv[1]
NODES = objects.nodes("whole", 25, "whole") + objects.nodes("mig", 25, "mig", allocatable={
    objects.mig("1g.10gb"): "8", objects.mig("2g.20gb"): "0", objects.mig("3g.40gb"): "0"})
PODS, PLACES = 500, 400


def stream():
    kinds = (objects.GPU, objects.mig("1g.10gb"))
    return [objects.pod(f"burst-{i:03d}", {kinds[i % 2]: 1}, cpu="10m") for i in range(PODS)]


def burst(cluster, slicefit, name, **settings):
    cluster.schedule(extender(slicefit.url, **settings))
    begin = time.monotonic()
    cluster.api.create_all(api.PODS, stream())
    found = cluster.api.wait(api.PODS, lambda pods: model.settled(pods, PODS) and
                             len(model.bound(pods.values())) >= PLACES, f"{name}: the places to be taken")
    pods = list(found.values())
    rate = PLACES / (time.monotonic() - begin)
    same(f"{name}: no more than there is", model.overcommitted(NODES, pods), [])
    same(f"{name}: placed", len(model.bound(pods)), PLACES)
    print(f"{name}: {PLACES} of {PODS} pods placed, {rate:.0f} pods/s from the first POST on")
    cluster.stop_scheduling()
    return pods


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, NODES)
    with Slicefit(BINARY, cluster) as slicefit:
        burst(cluster, slicefit, "bind off")
        clear(cluster)
        pods = burst(cluster, slicefit, "bind on", bind=True, sole_guard=True)
        settled_books(slicefit, pods)
        check("binds went through slicefit", slicefit.metric('slicefit_requests_total{verb="bind"') >= PLACES)
finish()
