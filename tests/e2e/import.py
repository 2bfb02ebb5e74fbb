"""`slicefit import --kubeconfig` on a real API server: the same scenario as from a dump by kubectl, with every bound
pod on its node and every other one waiting."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys

from setup import Cluster, assets, check, finish, model, objects, same, settle
from setup import api

BINARY = sys.argv[1]
KINDS = "nodes,pods,resourcequotas,limitranges,deployments,statefulsets,replicasets,daemonsets,jobs,priorityclasses"


def run(cluster, command, text=None):
    environment = {**os.environ, "KUBECONFIG": cluster.kubeconfig, "HOME": cluster.folder,
                   "PATH": cluster.programs + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, timeout=120,
                          check=False)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


def running(scenario):
    """{node: names of the pods on it} as the scenario has them."""
    places, node = {}, None
    for line in scenario.splitlines():
        if match := re.fullmatch(r'    "?([a-z0-9-]+)"?:', line):
            node = match[1]
        elif (match := re.fullmatch(r'    - "?([a-z0-9-]+/[a-z0-9-]+)"?', line)) and node:
            places.setdefault(node, set()).add(match[1])
    return places


def truth(pods):
    places = {}
    for pod in model.bound(pods):
        meta = pod["metadata"]
        places.setdefault(model.node_of(pod), set()).add(f"{meta['namespace']}/{meta['name']}")
    return places


with Cluster(assets()) as cluster:
    cluster.schedule()
    cluster.api.create_all(api.NODES, objects.nodes("whole", 2, "whole") + objects.nodes("mig", 2, "mig") +
                           [objects.node("away", "whole", unschedulable=True)])
    stream = [objects.pod(f"one-{i:02d}", {objects.GPU: 1}) for i in range(20)]
    stream += [objects.pod(f"slice-{i:02d}", {objects.mig("1g.10gb"): 1}) for i in range(10)]
    pods = list(settle(cluster, stream))
    dump = run(cluster, ["kubectl", "get", KINDS, "-A", "-o", "json"])
    live = run(cluster, [BINARY, "-q", "import", "--kubeconfig", cluster.kubeconfig])
    same("live and from a dump", live, run(cluster, [BINARY, "-q", "import", "-"], dump))
    same("who runs where", running(live), truth(pods))
    waiting = len(pods) - len(model.bound(pods))
    check("some wait", waiting > 0)
    same("all pods", sum(int(n) for n in re.findall(r"^  count: (\d+)$", live, re.M)), len(pods))
    path = cluster.path("live.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(live)
    run(cluster, [BINARY, "-q", "replay", "-p", "kube-default", path])
finish()
