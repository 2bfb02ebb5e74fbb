"""Preemption and disruption budgets, which an API server made of a script tells of (or does not).

On node n1 are four GPUs, held by the pods p0 (priority 40) to p3 (priority 10). Whoever preempts wants one.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import queue
import subprocess
import sys
import tempfile

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

import bind
from bind import node, write_config
from client import DEADLINE_S, Server, check, finish, same

V1 = "/apis/policy/v1/poddisruptionbudgets"
BETA = "/apis/policy/v1beta1/poddisruptionbudgets"
WARNING = "budgets-not-followed"


def pod(number, on="n1", **labels):
    obj = bind.pod(f"p{number}", on=on)
    obj["metadata"]["labels"] = {"app": "web", "slot": str(number), **labels}
    obj["spec"]["priority"] = 40 - 10 * number if on else 1000
    return obj


def budget(name, allowed, **selector):
    return {"metadata": bind.meta(name, f"uid-{name}", 1), "spec": {"selector": selector},
            "status": {"disruptionsAllowed": allowed, "currentHealthy": 4, "desiredHealthy": 4}}


class Cluster(bind.Cluster):
    """Serves budgets under one path, or under none."""

    def __init__(self, path, budgets):
        self.asked, self.budget_watches = [], queue.Queue()
        self.path = path
        self.budgets = budgets
        self.refusals = queue.Queue()
        super().__init__([pod(i) for i in range(4)], [node("n1")])
        self.server.absent = None

    def pass_on(self, request):
        self.asked.append(request.path)
        if not request.path.startswith("/apis/policy/"):
            super().pass_on(request)
        elif self.path is None:
            request.answer({"kind": "Status", "reason": "Forbidden"}, "403 Forbidden")
            self.refusals.put(request.path)
        elif request.path != self.path:
            request.answer({"kind": "Status", "reason": "NotFound"}, "404 Not Found")
        elif "watch" in request.query:
            request.open()
            self.budget_watches.put(request)
        else:
            request.answer({"metadata": {"resourceVersion": "50"}, "items": self.budgets})


class Extender(Server):
    def __init__(self, cluster, *arguments):
        config = tempfile.NamedTemporaryFile()
        write_config(cluster, config.name)
        super().__init__(BINARY, "--kubeconfig", config.name, *arguments)

    def victims(self, *proposed, violations=0):
        """Names, and the number of violations."""
        answer = self.post("/preempt", {
            "Pod": pod(9, on=None), "NodeNameToMetaVictims": {"n1": {
                "Pods": [{"UID": f"uid-p{i}"} for i in proposed],
                "NumPDBViolations": violations}}}).json["NodeNameToMetaVictims"]["n1"]
        return [p["UID"].removeprefix("uid-") for p in answer["Pods"]], answer["NumPDBViolations"]


def in_slots(*slots):
    return {"matchExpressions": [{"key": "slot", "operator": "In", "values": [*map(str, slots)]}]}


def check_budgets(path):
    """The least important pod goes, unless a budget spares it."""
    cluster = Cluster(path, [budget("one", 0, **in_slots(3))])
    with tempfile.TemporaryDirectory() as folder:
        record = os.path.join(folder, "record.jsonl")
        extender = Extender(cluster, "--record", record)
        watch = cluster.budget_watches.get(timeout=DEADLINE_S)
        versions = iter(range(100, 200))

        def tell(kind, obj, want):
            obj["metadata"]["resourceVersion"] = str(next(versions))
            watch.send(kind, obj)
            extender.wait_for(lambda: extender.victims() == want)

        same("listed", extender.victims(), (["p2"], 0))
        same("right ones stay", extender.victims(3, violations=1), (["p3"], 1))
        tell("ADDED", budget("two", 0, matchLabels={"app": "web", "slot": "2"}), (["p1"], 0))
        tell("MODIFIED", budget("one", 1, **in_slots(3)), (["p3"], 0))
        tell("MODIFIED", budget("one", 0, **in_slots(0, 1, 2, 3)), (["p3"], 1))
        tell("MODIFIED", budget("one", 1, **in_slots(0, 1, 2, 3)), (["p0"], 0))
        goes = budget("one", 0, **in_slots(3))
        goes["status"]["disruptedPods"] = {"p3": "2026-03-02T09:00:00Z"}
        tell("MODIFIED", goes, (["p3"], 0))
        tell("MODIFIED", budget("one", 0), (["p3"], 0))
        tell("MODIFIED", budget("one", 0, matchLabels={"app": "web"}), (["p3"], 1))
        # Pods of which nothing is known: only the scheduler can have counted them.
        same("unknown", extender.victims(77, violations=1), (["p77", "p3"], 2))
        tell("DELETED", budget("one", 0), (["p3"], 0))
        cluster.tell("MODIFIED", pod(3, slot="2"))
        extender.wait_for(lambda: extender.victims() == (["p1"], 0))
        tell("DELETED", budget("two", 0), (["p3"], 0))
        check("no warning", WARNING not in extender.read_log(), extender.read_log())
        same("exit code", extender.stop(), 0)
        check_record(record)
    same("paths", sorted(set(cluster.asked)), sorted({V1, path}))


def check_record(record):
    """Decided again without the cluster, and without what does not decide."""
    result = subprocess.run([BINARY, "replay", "--recorded", record, "-o", "json"], text=True,
                            capture_output=True, timeout=DEADLINE_S, check=False)
    same("recorded", (result.returncode, result.stderr), (0, ""))
    count = {v["verb"]: v for v in json.loads(result.stdout)["verbs"]}["preempt"]
    check("recorded: the same", count["decisions"] == count["same"] > 10, count)
    with open(record) as file:
        text = file.read()
    check("recorded: budgets", '"budget":' in text and '{"budget_gone":"uid-two"}' in text)
    check("recorded: trimmed", "currentHealthy" not in text)


def check_without():
    """No rights: everything else goes on, one line in the log says so, and it is asked for again."""
    cluster = Cluster(None, [])
    extender = Extender(cluster)
    for _ in range(2):
        cluster.refusals.get(timeout=DEADLINE_S)
    same("ready", extender.ask("GET", "/readyz").status, 200)
    same("the scheduler's count", extender.victims(77, violations=1), (["p77", "p3"], 1))
    same("none proposed", extender.victims(), (["p3"], 0))
    log = extender.read_log()
    same("one line", log.count(WARNING), 1)
    check("says why", "403" in log and V1 in log, log)
    same("only one version", set(cluster.asked), {V1})
    cluster.path, cluster.budgets = V1, [budget("late", 0, **in_slots(3))]
    extender.wait_for(lambda: extender.victims() == (["p2"], 0))
    same("exit code", extender.stop(), 0)


def main():
    check_budgets(V1)
    check_budgets(BETA)
    check_without()
    finish()


if __name__ == "__main__":
    main()
