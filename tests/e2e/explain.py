"""What `slicefit explain` says would place a pod does: its commands are run as they are printed, by kubectl on a
real API server, and the scheduler then binds the pod."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import sys
import threading

from setup import Cluster, api, assets, check, clear, finish, model, objects, same, settle

BINARY = sys.argv[1]
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def ones(prefix, count):
    return [objects.pod(f"{prefix}-{i:02d}", {objects.GPU: 1}) for i in range(count)]


# Each: nodes, pods that run, the pod in question, the remedy to take.

@case
def cordoned():
    return (objects.nodes("whole", 1, "whole") + [objects.node("away", "whole", unschedulable=True)], ones("run", 4),
            objects.pod("wanted", {objects.GPU: 8}), "node-ready")


@case
def scattered():
    """Eight devices are free, on no node together."""
    return objects.nodes("whole", 2, "whole"), ones("run", 6), objects.pod("wanted", {objects.GPU: 8}), "move-pods"


@case
def full():
    return objects.nodes("whole", 1, "whole"), ones("run", 6), objects.pod("wanted", {objects.GPU: 4}), "stop-pods"


@case
def too_many():
    return objects.nodes("small", 1, "small"), [], objects.pod("wanted", {objects.GPU: 6}), "ask-less"


@case
def other_name():
    return objects.nodes("mig", 1, "mig"), [], objects.pod("wanted", {objects.mig("1g.5gb"): 1}), \
        "ask-for-another-name"


@case
def other_layout():
    mixed = {"nvidia.com/mig.strategy": "mixed", "nvidia.com/mig.config": "all-disabled",
             "nvidia.com/mig.config.state": "success"}
    return (objects.nodes("whole", 1, "whole", labels=mixed), [], objects.pod("wanted", {objects.mig("2g.20gb"): 1}),
            "other-layout")


def ruled(node, **spec):
    """A node with more in its spec."""
    node["spec"].update(spec)
    return node


def choosy(name, **spec):
    pod = objects.pod(name, {objects.GPU: 1})
    pod["spec"].update(spec)
    return pod


@case
def tainted():
    taints = [{"key": "team", "value": "red", "effect": "NoSchedule"}, {"key": "old", "effect": "NoExecute"}]
    return ([ruled(objects.node("red", "whole"), taints=taints)], [],
            choosy("wanted", tolerations=[{"key": "team", "value": "blue", "effect": "NoSchedule"}]), "other-rules")


@case
def selected():
    return (objects.nodes("whole", 1, "whole", labels={"disk": "fast"}), [],
            choosy("wanted", nodeSelector={"disk": "fast", "zone": "moon"}), "other-rules")


def apart(name, **spec):
    """A pod that shares its node with no other one of these."""
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
    pod = choosy(name, affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}, **spec)
    pod["metadata"]["labels"] = {"app": "web"}
    return pod


@case
def company():
    """There is room on the one node where it may not be; whoever leaves the other one has a place there."""
    full = [choosy(f"run-{i}", nodeName="whole-0001") for i in range(8)]
    return (objects.nodes("whole", 2, "whole"), [apart("web-0", nodeName="whole-0000")] + full, apart("wanted"),
            "move-pods")


def explain(cluster, pod):
    """(JSON, exit status) for a dump of the cluster, as kubectl makes it."""
    dump = kubectl(cluster, "kubectl get nodes,pods -A -o json")
    path = cluster.path("cluster.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(dump)
    done = subprocess.run([BINARY, "explain", "--pod", f"default/{pod}", "--cluster", path, "-o", "json", "-q"],
                          capture_output=True, text=True, timeout=60, check=False)
    check(f"{pod}: no complaint: {done.stderr}", not done.stderr)
    live = subprocess.run([BINARY, "explain", "--pod", f"default/{pod}", "--kubeconfig", cluster.kubeconfig,
                           "-o", "json", "-q"], capture_output=True, text=True, timeout=60, check=False)
    same(f"{pod}: the same from the API server", (live.returncode, live.stdout), (done.returncode, done.stdout))
    return json.loads(done.stdout), done.returncode


def kubectl(cluster, command):
    """What a shell line with kubectl in it prints."""
    environment = {**os.environ, "KUBECONFIG": cluster.kubeconfig, "HOME": cluster.folder,
                   "PATH": cluster.programs + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], env=environment, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


def cut(cluster, stop):
    """Does what the mig-manager and the device plugin do for a new layout: state and allocatable."""
    layouts = {"all-2g.20gb": {objects.GPU: "0", objects.mig("2g.20gb"): "24"},
               "all-balanced": {objects.GPU: "0", objects.mig("1g.10gb"): "16", objects.mig("2g.20gb"): "8",
                                objects.mig("3g.40gb"): "8"}}
    while not stop.wait(0.1):
        for node in cluster.api.get(api.NODES)["items"]:
            labels, name = node["metadata"]["labels"], node["metadata"]["name"]
            layout = layouts.get(labels.get("nvidia.com/mig.config"))
            if layout and "nvidia.com/mig.config.state" not in labels:
                cluster.api.patch(f"{api.NODES}/{name}/status",
                                  {"status": {"capacity": layout, "allocatable": layout}})
                cluster.api.patch(f"{api.NODES}/{name}", {"metadata": {"labels": {
                    "nvidia.com/mig.config.state": "success"}}})


def take(cluster, name, remedy):
    """Runs the commands of the remedy; a comment among them tells people to wait until pods run elsewhere. This
    kubectl cannot wait for a JSON path (since 1.23)."""
    print(f"{name}: {remedy['text']}")
    moved = {pod["pod"].split("/")[1] for pod in remedy["pods"]}
    for command in remedy["commands"]:
        print(f"    {command}")
        if command.startswith("#"):
            cluster.api.wait(api.PODS, lambda pods: all(p in pods and model.node_of(pods[p]) for p in moved),
                             f"{name}: {moved} to run elsewhere")
        elif "--for=jsonpath=" in command:
            cluster.api.wait(api.NODES, lambda nodes: "success" == nodes[remedy["node"]]["metadata"]["labels"].get(
                "nvidia.com/mig.config.state"), f"{name}: the layout")
        else:
            kubectl(cluster, command)


def try_case(cluster, name, nodes, running, pod, kind):
    cluster.api.create_all(api.NODES, nodes)
    same(f"{name}: run", len(model.bound(settle(cluster, running))), len(running))
    cluster.api.create_all(api.PODS, [pod])
    wanted = pod["metadata"]["name"]
    cluster.api.wait(api.PODS, lambda pods: wanted in pods and model.is_refused(pods[wanted]), "the pod to be refused")
    answer, status = explain(cluster, wanted)
    same(f"{name}: exit status", status, 1)
    remedies = [remedy for remedy in answer["remedies"] if remedy["remedy"] == kind]
    same(f"{name}: {kind} among {[r['remedy'] for r in answer['remedies']]}", len(remedies), 1)
    if remedies:
        take(cluster, name, remedies[0])
        stopped = remedies[0]["disturbs"]["pods_stopped"]
        found = cluster.api.wait(
            api.PODS, lambda pods: wanted in pods and model.node_of(pods[wanted]) == remedies[0]["node"] and
            len(model.bound(pods.values())) == len(running) + 1 - stopped, f"{name}: the pod to be placed")
        same(f"{name}: no more than there is",
             model.overcommitted(cluster.api.get(api.NODES)["items"], found.values()), [])
    clear(cluster)
    cluster.api.delete_all(api.NODES, [node["metadata"]["name"] for node in nodes])


with Cluster(assets()) as cluster:
    stop = threading.Event()
    manager = threading.Thread(target=cut, args=(cluster, stop), daemon=True)
    manager.start()
    cluster.schedule()
    for name, make in CASES.items():
        try_case(cluster, name, *make())
    stop.set()
    manager.join()
finish()
