"""What breaks while 240 pods are being placed, with slicefit binding them and alone counting their GPUs: nothing is
lost, nothing is given twice, and work goes on. Prints how long that took."""
# SPDX-License-Identifier: Apache-2.0
import sys
import threading
import time

from proxy import Proxy
from setup import Cluster, Slicefit, api, assets, clear, extender, finish, model, objects, same, settled_books

BINARY = sys.argv[1]
NODES = objects.nodes("whole", 30, "whole")
PODS, FIRST = 240, 60  # as many as there are GPUs; so many are bound when it happens


class Stir:
    """A cluster in which something happens: without events kube-scheduler 1.20 looks again at a pod that failed
    only after a minute or more."""

    def __init__(self, cluster):
        self.cluster, self.done = cluster, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        number = 0
        while not self.done.wait(0.5):
            number += 1
            try:
                self.cluster.api.patch(f"{api.NODES}/{NODES[0]['metadata']['name']}",
                                       {"metadata": {"labels": {"example.com/stir": str(number)}}})
            except Exception as error:  # what breaks here is meant to
                print(f"  (no event: {type(error).__name__})")

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def bound(count):
    return lambda found: len(found) == PODS and len(model.bound(found.values())) >= count


def scenario(cluster, slicefit, name, fault):
    """fault() breaks something and returns when it is whole again."""
    cluster.api.create_all(api.PODS, [objects.pod(f"pod-{i:03d}", {objects.GPU: 1}, cpu="10m")
                                      for i in range(PODS)])
    cluster.schedule(extender(slicefit.url, bind=True, sole_guard=True))
    cluster.api.wait(api.PODS, bound(FIRST), f"{name}: the first pods")
    begin = time.monotonic()
    fault()
    whole = time.monotonic()
    already = len(model.bound(cluster.api.get(api.PODS)["items"]))
    with Stir(cluster):
        if already < PODS:
            cluster.api.wait(api.PODS, bound(already + 1), f"{name}: another pod")
        next_pod = time.monotonic()
        found = cluster.api.wait(api.PODS, bound(PODS), f"{name}: all pods")
    print(f"{name}: {already} pods bound when it was over, {whole - begin:.1f} s after it began; "
          f"the next {next_pod - whole:.2f} s later, all {time.monotonic() - whole:.1f} s later")
    same(f"{name}: no more than there is", model.overcommitted(NODES, found.values()), [])
    same(f"{name}: every place taken", sum(model.used(found.values()).values()), PODS)
    settled_books(slicefit, found.values())
    cluster.stop_scheduling()
    clear(cluster)


def kill(slicefit):
    slicefit.kill()
    slicefit.restart()


def pause_etcd(cluster):
    """Until a write has failed for it."""
    cluster.etcd.pause()
    try:
        cluster.api.patch(f"{api.NODES}/{NODES[0]['metadata']['name']}?timeout=3s",
                          {"metadata": {"labels": {"example.com/pause": "yes"}}})
        raise SystemExit("a write succeeds without etcd")
    except (api.ApiError, OSError):
        pass
    finally:
        cluster.etcd.go_on()


def cut_watch(proxy, cluster):
    """Cut, and closed until the scheduler has gone on for a while without being heard."""
    version = cluster.api.get(api.PODS + "?limit=1")["metadata"]["resourceVersion"]
    proxy.block()
    for _ in zip(range(20), cluster.api.watch(api.PODS, version, 3)):
        pass
    proxy.unblock()


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, NODES)
    proxy = Proxy(cluster.api.port)
    kubeconfig = cluster.write_kubeconfig("through-proxy", proxy.port)
    with Slicefit(BINARY, cluster, kubeconfig=kubeconfig) as slicefit:
        scenario(cluster, slicefit, "kill -9 slicefit", lambda: kill(slicefit))
        scenario(cluster, slicefit, "kill -9 kube-apiserver", cluster.restart_apiserver)
        scenario(cluster, slicefit, "connections cut", lambda: proxy.cut())
        scenario(cluster, slicefit, "API server out of reach", lambda: cut_watch(proxy, cluster))
        scenario(cluster, slicefit, "etcd paused", lambda: pause_etcd(cluster))
    proxy.close()
finish()
