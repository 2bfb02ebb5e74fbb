"""slicefit apply against a real API server, with a mig-manager, a device plugin and a kubelet made of threads:
roll-outs that succeed, that fail, that are killed at every step, and clusters that are not as planned."""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys

import rollouts
from front import Front
from kubelet import Kubelet
from mig_manager import MIG, SHARE, SPACE, STATE, MigManager
from rollouts import SLICED, TO_SHARED, TO_SLICED, WHOLE, Apply, change
from setup import Cluster, api, assets, check, finish, objects, same

BINARY = os.path.abspath(sys.argv[1])
ONLY = sys.argv[2:]
NOTE = "slicefit.io/rollout"
OUTAGE_S = 11  # a Lease that is not renewed for 10 s is no longer led
number = itertools.count(1)


class Bench:
    """A cluster with fresh nodes for each test."""

    def __init__(self, cluster, manager):
        self.cluster, self.api, self.manager = cluster, cluster.api, manager

    def begin(self, *names, cordoned=()):
        for path in (api.PODS, api.NODES, "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"):
            self.api.delete(path)
        self.api.wait(api.PODS, lambda found: not found, "the pods to end")
        self.manager.faults.clear()
        labels = {MIG: "all-disabled", STATE: "success"}
        made = self.api.create_all(api.NODES, [objects.node(name, "whole", labels=labels,
                                                            unschedulable=name in cordoned) for name in names])
        for node in made:
            self.manager.await_node(node["metadata"])

    def pods(self, node, *names, gpus=8, owner="ReplicaSet", running=False):
        for name in names:
            pod = objects.pod(name, {objects.GPU: gpus} if gpus else {}, labels={"app": "train"})
            pod["spec"] |= {"nodeName": node, "terminationGracePeriodSeconds": 30}  # the kubelet needs less
            pod["metadata"]["ownerReferences"] = [] if not owner else [
                {"apiVersion": "apps/v1", "kind": owner, "name": "owner", "uid": "0-1", "controller": True}]
            self.api.create_all(api.PODS, [pod])
            if running:
                self.api.patch(f"{api.PODS}/{name}/status", {"status": {
                    "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})

    def folder(self, waves, **more):
        """The folder of another roll-out."""
        n = next(number)
        return rollouts.write(self.cluster.path(f"out-{n}"), waves, number=n, **more)

    def apply(self, waves, *options, **more):
        return Apply(BINARY, self.cluster, self.folder(waves, **more), *options)

    def node(self, name):
        return self.api.get(f"{api.NODES}/{name}")

    def pod_names(self):
        return sorted(pod["metadata"]["name"] for pod in self.api.get(api.PODS)["items"])

    def is_at(self, what, name, counts, labels, *, cordoned=False, state="success", marked=False):
        """Is the node as it should be, and nothing of slicefit left on it?"""
        node = self.node(name)
        meta, spec = node["metadata"], node["spec"]
        gpus = {key: int(value) for key, value in node["status"]["allocatable"].items()
                if key.startswith("nvidia.com/") and value != "0"}
        same(f"{what}: {name}", {
            "gpus": gpus, "labels": {key: meta["labels"].get(key) for key in (MIG, SHARE)},
            "state": meta["labels"].get(STATE), "cordoned": bool(spec.get("unschedulable")),
            "note": NOTE in meta.get("annotations", {}),
            "taints": [taint["key"] for taint in spec.get("taints", []) if taint["key"] == rollouts.TAINT]},
            {"gpus": {key: n for key, n in counts.items() if n}, "labels": {MIG: None, SHARE: None, **labels},
             "state": state, "cordoned": cordoned, "note": False, "taints": [rollouts.TAINT] if marked else []})

    def never_harmed(self, what):
        same(f"{what}: nothing is cut while it is in use", self.manager.violations, [])


AFTER, BEFORE = TO_SLICED[1], TO_SLICED[0]


def snapshot(bench):
    return [item["metadata"]["resourceVersion"] for path in (api.NODES, api.PODS) for item in bench.api.get(path)["items"]]


def test_dry_run(bench):
    bench.begin("a", "b")
    bench.pods("a", "train-0")
    before = snapshot(bench)
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"])], [change("b", TO_SHARED)]])
    status, out, err = apply.run()
    same("dry run: status", status, 0)
    for line in ("wave-1 a: cordon", "wave-1 a: evict default/train-0",
                 "wave-1 a: label (nvidia.com/mig.config=sliced, nvidia.com/device-plugin.config=plain)",
                 "wave-2 b: uncordon", "cluster: apply (ConfigMap gpu-operator/slicefit-mig-parted-config)"):
        check(f"dry run: {line}", line in out.splitlines(), out + err)
    steps = [json.loads(line) for line in apply.run("-o", "json")[1].splitlines()]
    check("dry run: as JSON", {"news": "would", "event": "evict", "wave": "wave-1", "node": "a",
                               "pod": "default/train-0"} in steps, steps)
    same("dry run: nothing is changed", snapshot(bench), before)
    apply.options.remove("--force-conflicts")
    status, out, err = apply.run()
    same("conflict: status", status, 1)
    check("conflict: who", "Apply failed with" in out, out)
    status, out, err = apply.run("--yes")
    same("conflict, for real: status", status, 1)
    same("conflict: nothing is changed", snapshot(bench), before)


def test_success(bench):
    bench.begin("a", "b", "c", "d", cordoned=["b"])
    bench.pods("a", "train-0")
    bench.pods("b", "train-1", gpus=2)
    bench.pods("a", "web", gpus=0)
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"]), change("b", TO_SLICED, ["train-1"])],
                         [change("c", TO_SHARED)]], relabel=["d"])
    bench.manager.reboots.add("a")
    status, out, err = apply.run("--yes")
    same("success: status", status, 0)
    check("success: said", "wave-2: done" in out.splitlines(), out + err)
    bench.is_at("success", "a", SLICED, AFTER)
    bench.is_at("success", "b", SLICED, AFTER, cordoned=True)
    bench.is_at("success", "c", rollouts.SHARED, TO_SHARED[1])
    bench.is_at("success", "d", WHOLE, BEFORE)
    same("success: pods that are left", bench.pod_names(), ["web"])
    bench.never_harmed("success")
    events = [line["event"] for line in apply.log()]
    same("success: the log", (events[0], events[-1], events.count("evict")), ("begin", "wave-done", 2))
    before = snapshot(bench)
    same("success, again: status", apply.run("--yes")[0], 0)
    same("success, again: nothing is changed", snapshot(bench), before)


def test_drift(bench):
    """What is otherwise than planned is named, and nothing is begun."""
    bench.begin("a", "b")
    bench.pods("a", "train-0", "other")
    bench.pods("b", "bare", owner=None)
    bench.pods("b", "daemon", owner="DaemonSet")
    before = snapshot(bench)
    four = (*TO_SLICED[:2], {objects.GPU: 4}, SLICED)
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"]), change("b", four, ["bare"]), change("c", TO_SLICED)]])
    status, out, err = apply.run("--yes")
    same("drift: status", status, 1)
    for line in ("wave-1 a: otherwise than planned default/other (holds GPUs, and the plan does not know it)",
                 "wave-1 b: otherwise than planned (nvidia.com/gpu is 8, the plan was made for 4)",
                 "wave-1 b: otherwise than planned default/bare (no controller would make it again (--evict-bare))",
                 "wave-1 b: otherwise than planned default/daemon (holds GPUs and would come back at once: it is of a "
                 "DaemonSet or of the kubelet)",
                 "wave-1 c: otherwise than planned (there is no such node)"):
        check(f"drift: {line}", line in out.splitlines(), out + err)
    check("drift: no more", "6 findings" in err, err)
    same("drift: nothing is changed", snapshot(bench), before)
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"])]])
    same("drift, allowed: status", apply.run("--yes", "--allow-drift")[0], 0)
    bench.is_at("drift, allowed", "a", SLICED, AFTER)
    same("drift, allowed: pods", bench.pod_names(), ["bare", "daemon"])


def test_joining(bench):
    """A node that is to be bought: without it nothing is begun; once it is there it is laid out, then takes its part."""
    bench.begin("a")
    bench.pods("a", "train-0")
    before = snapshot(bench)
    new = change("new", TO_SLICED) | {"joins": True}
    new["labels"]["before"] = {MIG: None, SHARE: None}
    new["allocatable"]["before"] = {objects.GPU: 1}  # what its operator gives it at first is not known
    apply = bench.apply([[new], [change("a", TO_SLICED, ["train-0"])]])
    status, out, err = apply.run("--yes")
    same("joining, absent: status", status, 1)
    check("joining, absent: said", "wave-1 new: otherwise than planned (it is to be bought, and is not there: join it "
          "under this name, then run this again)" in out.splitlines(), out + err)
    same("joining, absent: nothing is changed", snapshot(bench), before)
    made = bench.api.create_all(api.NODES, [objects.node("new", "whole", labels={MIG: "all-disabled", STATE: "success"})])
    bench.manager.await_node(made[0]["metadata"])
    status, out, err = apply.run("--yes")
    same("joining: status", (status, err if status else ""), (0, ""))
    for name in ("new", "a"):
        bench.is_at("joining", name, SLICED, AFTER)
    waves = [line["wave"] for line in apply.log() if line["event"] == "wave-done"]
    same("joining: it comes before all that move", waves, ["relabel-1", "wave-1", "wave-2"])


def test_failed(bench):
    """The second wave fails on one of its nodes: both are taken back, the first wave stays."""
    bench.begin("a", "b", "c")
    apply = bench.apply([[change("a", TO_SLICED)], [change("b", TO_SLICED), change("c", TO_SLICED)]])
    bench.manager.faults["c"] = ["", "fail"]
    status, out, err = apply.run("--yes")
    same("failed: status", status, 3)
    check("failed: why", "wave-2: node c: mig-manager says failed" in err, err)
    check("failed: state", {"wave-1: done", "wave-2: taken back"} <= set(out.splitlines()), out)
    bench.is_at("failed", "a", SLICED, AFTER)
    for name in "bc":
        bench.is_at("failed", name, WHOLE, BEFORE)
    same("failed, mended: status", apply.run("--yes")[0], 0)
    for name in "bc":
        bench.is_at("failed, mended", name, SLICED, AFTER)
    bench.never_harmed("failed")


def test_silent(bench):
    """mig-manager does not answer at all: the node gets back what it had, its state included."""
    bench.begin("a")
    apply = bench.apply([[change("a", TO_SLICED)]], "--change-timeout", "3s")
    bench.manager.faults["a"] = ["", "dead"]
    status, _, err = apply.run("--yes")
    same("silent: status", status, 3)
    check("silent: why", "mig-manager has not begun, after 3 s" in err, err)
    bench.is_at("silent", "a", WHOLE, BEFORE)


def test_guessed(bench):
    """The layout of a node is not what the plan was made for, which shows when it is named: nothing is cut."""
    bench.begin("a", "b")
    bench.pods("b", "train-0")
    apply = bench.apply([[change("a", TO_SLICED)]], relabel=["b"])
    bench.manager.faults["b"] = ["fail"]
    status, out, err = apply.run("--yes")
    same("guessed: status", status, 3)
    check("guessed: why", "relabel-1: node b: mig-manager says failed" in err, err)
    bench.is_at("guessed", "b", WHOLE, BEFORE, state="failed")
    bench.is_at("guessed", "a", WHOLE, {MIG: "all-disabled"}, marked=True)
    same("guessed, again: status", apply.run("--yes")[0], 1)
    same("guessed: pods", bench.pod_names(), ["train-0"])


def test_odd(bench):
    """The device plugin advertises something else."""
    bench.begin("a")
    apply = bench.apply([[change("a", TO_SLICED)]], "--change-timeout", "3s")
    bench.manager.faults["a"] = ["", "odd"]
    status, _, err = apply.run("--yes")
    same("odd: status", status, 3)
    check("odd: why", "(nvidia.com/gpu is 5, expected 6), after 3 s" in err, err)
    bench.is_at("odd", "a", WHOLE, BEFORE)


def test_stuck(bench):
    """Neither the way forward nor the way back succeeds: the node stays cordoned, and a later run mends it."""
    bench.begin("a")
    apply = bench.apply([[change("a", TO_SLICED)]])
    bench.manager.faults["a"] = ["", "fail", "fail"]
    status, out, err = apply.run("--yes")
    same("stuck: status", status, 3)
    check("stuck: why", "wave-1 cannot be taken back: node a: mig-manager says failed" in err, err)
    check("stuck: state", "wave-1 a: cordoned, labels of before, mig.config.state failed, allocatable as before"
          in out.splitlines(), out)
    same("stuck: cordoned", bench.node("a")["spec"].get("unschedulable"), True)
    bench.api.patch(f"{api.NODES}/a", {"metadata": {"labels": {STATE: "success"}}})  # an operator has mended it
    check("stuck, mended: taken back", apply.run("--yes", "--roll-back")[0] == 0)
    bench.is_at("stuck, mended", "a", WHOLE, BEFORE)


def set_budget(bench, allowed):
    """There is no controller that counts: the status is what the test says."""
    path = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"
    if not bench.api.get(path)["items"]:
        bench.api.create_all(path, [{"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget",
                                     "metadata": {"name": "budget"},
                                     "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "train"}}}}])
    bench.api.patch(f"{path}/budget/status", {"status": {
        "observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 1 + allowed, "desiredHealthy": 1,
        "expectedPods": 2}})


def test_budget(bench):
    bench.begin("a", "b")
    bench.pods("a", "train-0", running=True)
    set_budget(bench, 0)
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"]), change("b", TO_SLICED)]])
    status, _, err = apply.run("--yes", "--evict-timeout", "3s")
    same("budget: status", status, 3)
    check("budget: why", "node a: a pod may not be evicted: default/train-0, after 3 s" in err, err)
    bench.is_at("budget", "a", WHOLE, BEFORE)
    bench.is_at("budget", "b", WHOLE, BEFORE)
    same("budget: the pod is there", bench.pod_names(), ["train-0"])
    status, lines = apply.until(lambda line, _: "evict-later" in line and not set_budget(bench, 1), 0)
    same("budget, later: status", status, 0)
    check("budget, later: it was asked for twice", sum("evict default/train-0" in line for line in lines) > 1, lines)
    bench.is_at("budget, later", "a", SLICED, AFTER)
    bench.never_harmed("budget")


def test_killed(bench):
    """kill -9 after every second line of its progress, until it gets through."""
    bench.begin("a", "b", "c", cordoned=["b"])
    bench.pods("a", "train-0")
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"]), change("b", TO_SLICED)], [change("c", TO_SHARED)]])
    kills = 0
    while apply.until(lambda _, n: n >= 8)[0] == -signal.SIGKILL:
        kills += 1
        if kills > 40:
            raise SystemExit("it does not get on")
    check("killed: often enough", kills >= 4, kills)
    same("killed: status", apply.run("--yes")[0], 0)
    bench.is_at("killed", "a", SLICED, AFTER)
    bench.is_at("killed", "b", SLICED, AFTER, cordoned=True)
    bench.is_at("killed", "c", rollouts.SHARED, TO_SHARED[1])
    bench.never_harmed("killed")


KILLED_AT = ["cordon", "evict", "reset-state", "label ", "commit", "uncordon", "wave-done"]


def test_killed_at(bench):
    """kill -9 at each kind of step; the next run finishes."""
    for step in KILLED_AT:
        bench.begin("a", "b")
        bench.pods("a", "train-0")
        apply = bench.apply([[change("a", TO_SLICED, ["train-0"]), change("b", TO_SLICED)]])
        status, lines = apply.until(lambda line, _: f": {step}" in line)
        check(f"killed at {step}: killed", status == -signal.SIGKILL or step == "wave-done", lines)
        same(f"killed at {step}: status", apply.run("--yes")[0], 0)
        for name in "ab":
            bench.is_at(f"killed at {step}", name, SLICED, AFTER)
    bench.never_harmed("killed at")


def test_killed_back(bench):
    """kill -9 on the way back; the next run goes on with it, and the one after tries again."""
    for step in ("roll-back", "label-back", "uncordon", "rolled-back"):
        bench.begin("a", "b")
        apply = bench.apply([[change("a", TO_SLICED), change("b", TO_SLICED)]])
        bench.manager.faults["b"] = ["", "fail"]
        apply.until(lambda line, _: f": {step}" in line)
        status, out, err = apply.run("--yes")
        if "wave-1: taken back" in out.splitlines():  # unless it was already
            for name in "ab":
                bench.is_at(f"killed back at {step}", name, WHOLE, BEFORE)
            same(f"killed back at {step}: status", status, 3)
            status = apply.run("--yes")[0]
        same(f"killed back at {step}: finished", status, 0)
        for name in "ab":
            bench.is_at(f"killed back at {step}: finished", name, SLICED, AFTER)
    bench.never_harmed("killed back")


def test_restart(bench):
    """The API server goes away in the middle, for longer than the Lease can do without it."""
    bench.begin("a")
    bench.pods("a", "train-0")
    apply = bench.apply([[change("a", TO_SLICED, ["train-0"])]])
    hold = [False]

    def restart(line, _):
        if ": evict" in line and not hold[0]:
            hold[0] = True
            bench.cluster.apiserver.kill()
            bench.manager.done.wait(OUTAGE_S)
            bench.cluster.restart_apiserver()
        return False

    same("restart: status", apply.until(restart)[0], 0)
    check("restart: it happened", hold[0])
    bench.is_at("restart", "a", SLICED, AFTER)
    bench.never_harmed("restart")


def test_stopped(bench):
    """Ctrl-C while it waits: everything stays, and the wave can be taken back."""
    bench.begin("a", "b", "c")
    bench.manager.faults["b"] = ["", "dead"]
    apply = bench.apply([[change("a", TO_SLICED), change("b", TO_SLICED)], [change("c", TO_SLICED)]])
    status, lines = apply.until(lambda line, _: "wave-1 b: waiting" in line, signal.SIGINT)
    same("stopped: status", status, 3)
    check("stopped: how to go on", any("--roll-back" in line for line in lines), lines)
    same("stopped: cordoned", bench.node("b")["spec"].get("unschedulable"), True)
    same("stopped: the others are marked", [t["key"] for t in bench.node("c")["spec"]["taints"]], [rollouts.TAINT])
    same("stopped, back: status", apply.run("--yes", "--roll-back")[0], 0)
    for name in "ab":
        bench.is_at("stopped, back", name, WHOLE, BEFORE)
    bench.is_at("stopped, back", "c", WHOLE, BEFORE)
    bench.never_harmed("stopped")


def test_alone(bench):
    """Two at once: in the same folder, and in two folders."""
    bench.begin("a")
    bench.manager.faults["a"] = ["", "dead"]
    apply = bench.apply([[change("a", TO_SLICED)]])
    copy = Apply(BINARY, bench.cluster, bench.cluster.path("copy"))
    shutil.copytree(apply.folder, copy.folder)
    said = []

    def others(line, _):
        if "wave-1 a: waiting" not in line or said:
            return False
        said.extend([apply.run("--yes"), copy.run("--yes", "--api-timeout", "2s")])
        return True

    same("alone: stopped", apply.until(others, signal.SIGINT)[0], 3)
    same("alone: status of the others", [one[0] for one in said], [3, 3])
    check("alone: same folder", "another slicefit apply is at work here" in said[0][2], said)
    check("alone: another folder", "the Lease slicefit-apply is held by" in said[1][2], said)
    apply.run("--yes", "--roll-back")


def test_newcomers(bench):
    """Pods that come to a node before its turn are evicted, unless nobody would make them again."""
    for owner, wanted in (("ReplicaSet", 0), (None, 1)):
        bench.begin("a", "b")
        apply = bench.apply([[change("a", TO_SLICED)], [change("b", TO_SLICED)]])
        same("newcomers: first wave", apply.run("--yes", "--waves", "1")[0], 0)
        bench.pods("b", "late", owner=owner)
        status, out, _ = apply.run("--yes")
        same(f"newcomers of {owner}: status", status, wanted)
        same(f"newcomers of {owner}: evicted", bench.pod_names(), [] if owner else ["late"])
    bench.never_harmed("newcomers")


def test_meddling(bench):
    """Somebody else changes a label while the wave is under way: it is not fought over."""
    bench.begin("a")
    bench.manager.faults["a"] = ["", "dead"]
    apply = bench.apply([[change("a", TO_SLICED)]])

    def meddle(line, _):
        if "wave-1 a: waiting" in line:
            bench.api.patch(f"{api.NODES}/a", {"metadata": {"labels": {MIG: "somebody-elses"}}})
        return False

    status, lines = apply.until(meddle)
    same("meddling: status", status, 3)
    check("meddling: said", any("somebody else has changed its labels" in line for line in lines), lines)
    same("meddling: left alone", bench.node("a")["metadata"]["labels"][MIG], "somebody-elses")


SCENARIO = """name: planned
pools:
- {name: h100, names: [a, b, c], product: H100-80GB-SXM, gpus: 8, cpu: 128, memory: 2000Gi}
workloads:
- {name: train, count: 2, request: {gpu: 4}, priority: 10, running: {a: [default/train-0], b: [default/train-1]}}
- {name: infer, count: 90, request: {mig: 1g.10gb}}
"""

def roll_daemons(bench, policy, done):
    """DaemonSets that mount the ConfigMaps named in the policy: made, or with all their pods renewed."""
    path = f"/apis/apps/v1/namespaces/{SPACE}/daemonsets"
    maps = [policy["spec"][part]["config"]["name"] for part in ("migManager", "devicePlugin")]
    if not done:
        labels = {"app": "x"}
        bench.api.create_all(path, [{
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                "containers": [{"name": "main", "image": "registry.example/x:1"}],
                "volumes": [{"name": "config", "configMap": {"name": name}}]}}}} for name in maps])
    for name in maps:
        bench.api.patch(f"{path}/{name}/status", {"status": {
            "observedGeneration": 1, "desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberReady": 3,
            "numberMisscheduled": 0, "updatedNumberScheduled": 3 if done else 1, "numberAvailable": 3}})


def emit(bench, text):
    """The folder that slicefit plan writes for a scenario."""
    scenario, folder = bench.cluster.path("planned.yaml"), bench.cluster.path("planned")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([BINARY, "plan", "-q", "--emit", folder, scenario], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_planned(bench):
    """What slicefit plan --emit writes, carried out: the ClusterPolicy is merged into, and its DaemonSets are waited
    for; what the nodes advertise in the end is what the plan says."""
    bench.begin("a", "b", "c")
    bench.pods("a", "train-0", gpus=4)
    bench.pods("b", "train-1", gpus=4)
    apply = Apply(BINARY, bench.cluster, emit(bench, SCENARIO))
    with open(f"{apply.folder}/rollout.json", encoding="utf-8") as file:
        nodes = [node for wave in json.load(file)["waves"] for node in wave["nodes"]]
    check("planned: two nodes change", len(nodes) == 2, nodes)
    with Front(bench.api) as front:
        apply.kubeconfig = bench.cluster.write_kubeconfig("front", 0, url=front.url)
        status, out, _ = apply.run()
        same("planned, no operator: status", status, 1)
        check("planned, no operator: said", "cluster: otherwise than planned (ClusterPolicy cluster-policy" in out, out)
        front.policy = {"spec": {"mig": {"strategy": "single"}, "driver": {"enabled": True}}}
        same("planned, dry run: status", apply.run()[0], 0)
        said = []

        def operate(line, _):
            for part, done in (("no DaemonSet mounts it yet", False), ("is not rolled out", True)):
                if part in line:
                    said.append(part)
                    roll_daemons(bench, front.policy, done)
            return False

        same("planned: status", apply.until(operate)[0], 0)
        same("planned: waited for the operator", len(said), 2)
        same("planned: the policy", (front.policy["spec"]["mig"]["strategy"], front.policy["spec"]["driver"]),
             ("mixed", {"enabled": True}))
    for node in nodes:
        bench.is_at("planned", node["name"], node["allocatable"]["after"],
                    {key: node["labels"]["after"].get(key) for key in (MIG, SHARE)})
    gone = sorted(pod["pod"] for node in nodes for pod in node["evict"])
    same("planned: pods", sorted(bench.pod_names() + gone), ["train-0", "train-1"])
    bench.never_harmed("planned")


def main():
    with Cluster(assets()) as cluster, contextlib.ExitStack() as stack:
        cluster.api.create_all("/api/v1/namespaces", [{"metadata": {"name": SPACE}}])
        stack.enter_context(Kubelet(cluster))
        bench = Bench(cluster, stack.enter_context(MigManager(cluster)))
        for name, test in [(n[5:], t) for n, t in globals().items() if n.startswith("test_")]:
            if not ONLY or name in ONLY:
                test(bench)
                print(f"ok {name}", flush=True)
    finish()


main()
