"""Preemption against a cluster that is known by hand.

worker-00 has two T4, held by low-1 and low-2. worker-01 and worker-02 share each of their two T4
(15 GiB) between two pods: low-10 to low-13 are on worker-01, each with 7 GiB; on worker-02 two pods of
priority 2000 with 7 GiB each and two of lower priority with 5 GiB. Who is on which GPU nobody knows.
Whoever preempts wants a GPU with 10 GiB.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import random
import sys
import tempfile

from client import Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")
NAMES = json.loads(load(DATA, "preempt-names.json"))
PODS = json.loads(load(DATA, "preempt-pods.json"))
CLUSTER = json.loads(load(DATA, "cluster-preempt.json"))


def node(number):
    return f"worker-{number:02}.gpu.example"


def uid(number):
    return f"5d0f2a34-0000-4000-8000-{number:012}"


def metas(*numbers, violations=0):
    return {"Pods": [{"UID": uid(n)} for n in numbers], "NumPDBViolations": violations}


def asked(entries, **spec):
    """The recorded request with other nodes and victims, and maybe another spec of the pod."""
    pod = {**NAMES["Pod"], "spec": {**NAMES["Pod"]["spec"], **spec}}
    return {"Pod": pod, "NodeNameToVictims": None, "NodeNameToMetaVictims": entries}


# Answers: low-2 frees a GPU. On worker-01 low-10 may stay, having started first: the kubelet puts the
# newcomer on the other GPU. With two there might be one on each. web-0, of which nothing is known, goes,
# too. Nothing helps on worker-02.
WANT = {node(0): metas(2), node(1): metas(11, 12, 13, 50)}


def check_recorded(server):
    for name, request in (("names", NAMES), ("pods", PODS)):
        response = server.post("/scheduler/preempt", request)
        same(f"{name}: status", response.status, 200)
        same(f"{name}: length", response.getheader("Content-Length"), str(len(response.body)))
        same(f"{name}: one member", list(response.json), ["NodeNameToMetaVictims"])
        got = response.json["NodeNameToMetaVictims"]
        same(f"{name}: nodes", list(got), list(WANT))
        for at, entry in WANT.items():
            same(f"{name}: {at}", sorted(p["UID"] for p in got[at]["Pods"]),
                 sorted(p["UID"] for p in entry["Pods"]))
            same(f"{name}: {at}: budgets", got[at]["NumPDBViolations"], 0)
    # The scheduler takes the first victim for the most important one.
    same("most important first", got[node(1)]["Pods"][-1]["UID"], uid(50))
    same("below the root, too", server.post("/preempt", NAMES).body,
         server.post("/scheduler/preempt", NAMES).body)


# name, the map that is sent, what of the pod's spec is another, the map that comes back
CASES = [
    ("nothing", {}, {}, {}),
    ("an unknown node", {"elsewhere": metas(1)}, {}, {}),
    ("none proposed", {node(0): {"Pods": None}, node(1): None, node(2): {}}, {},
     {node(0): metas(2), node(1): metas(11, 12, 13)}),
    ("an empty list", {node(0): metas()}, {}, {node(0): metas(2)}),
    ("not the youngest, but right", {node(0): metas(1)}, {}, {node(0): metas(1)}),
    ("an unknown pod", {node(0): metas(99)}, {}, {node(0): metas(99, 2)}),
    ("a pod of another node", {node(0): metas(11)}, {}, {node(0): metas(2, 11)}),
    ("a pod twice", {node(1): metas(11, 11)}, {}, {node(1): metas(11, 12, 13)}),
    ("budgets: victims unchanged", {node(0): metas(1, violations=1)}, {},
     {node(0): metas(1, violations=1)}),
    ("budgets: more victims", {node(1): metas(11, violations=1)}, {},
     {node(1): metas(11, 12, 13, violations=1)}),
    ("budgets: other victims", {node(1): metas(10, 11, violations=2)}, {},
     {node(1): metas(11, 12, 13, violations=1)}),
    ("budgets: none of them", {node(1): metas(10, violations=1)}, {},
     {node(1): metas(11, 12, 13)}),
    ("no higher priority", {node(0): metas(1), node(1): metas(11)}, {"priority": 100}, {}),
    ("the highest priority", {node(2): metas(21)}, {"priority": 2001},
     {node(2): metas(19, 20, 21)}),
    ("no GPU asked for", {node(0): metas(1), node(2): metas()},
     {"containers": [{"name": "main", "resources": {"requests": {"cpu": "1"}}}]},
     {node(0): metas(1)}),
    ("a resource that nobody has", {node(0): metas(1)},
     {"containers": [{"name": "main",
                      "resources": {"limits": {"nvidia.com/mig-1g.10gb": "1"}}}]}, {}),
]


def check_cases(server):
    for name, sent, spec, want in CASES:
        got = server.post("/preempt", asked(sent, **spec)).json["NodeNameToMetaVictims"]
        same(f"{name}: nodes", list(got), list(want))
        for at in got:
            same(f"{name}: {at}", [p["UID"] for p in got[at]["Pods"]],
                 [p["UID"] for p in want[at]["Pods"]])
            same(f"{name}: {at}: budgets", got[at]["NumPDBViolations"],
                 want[at]["NumPDBViolations"])


def check_settled(server):
    """A pod that is on a node needs no other, whatever the scheduler thinks."""
    request = asked({node(0): metas(1), node(1): metas(11)})
    request["Pod"] = {**NAMES["Pod"], "metadata": {**NAMES["Pod"]["metadata"], "uid": uid(2)}}
    same("settled", server.post("/preempt", request).json, {"NodeNameToMetaVictims": {}})


def check_any(server):
    """Whatever is proposed: never a null entry, never one without victims, and never a pod that is
    not on the node or as important."""
    draw = random.Random(5)
    where = {p["metadata"]["uid"]: (p["spec"]["nodeName"], p["spec"]["priority"])
             for p in CLUSTER["items"] if p["kind"] == "Pod"}
    connection = server.connect()
    for _ in range(300):
        priority = draw.choice([0, 100, 101, 500, 1000, 2001])
        sent = {node(i): draw.choice([None, {}, metas(*draw.sample([1, 2, 10, 11, 12, 13, 20, 21],
                                                                    draw.randrange(4)))])
                for i in draw.sample(range(4), draw.randrange(5))}
        answer = server.post("/preempt", asked(sent, priority=priority), connection).json
        for at, entry in answer["NodeNameToMetaVictims"].items():
            check("any: a node that was sent", at in sent, at)
            check("any: victims", isinstance(entry, dict) and entry["Pods"], entry)
            proposed = {p["UID"] for p in (sent[at] or {}).get("Pods") or []}
            for pod in entry["Pods"]:
                check("any: lower priority", where[pod["UID"]][1] < priority, pod)
                check("any: there, or proposed",
                      where[pod["UID"]][0] == at or pod["UID"] in proposed, pod)


def check_misunderstood(server):
    before = server.metric('slicefit_request_errors_total{verb="preempt"}')
    bodies = ["", "{", "[]", "null", "{}", '{"Pod":7}', json.dumps(asked({"a": 7})),
              json.dumps(asked({"a": {"Pods": [7]}}))]
    for body in bodies:
        response = server.post("/preempt", body)
        same(f"{body!r}: status", response.status, 200)
        same(f"{body!r}: no preemption", response.json, {"NodeNameToMetaVictims": {}})
    same("errors are counted", server.metric('slicefit_request_errors_total{verb="preempt"}'),
         before + len(bodies))


def check_metrics(server):
    outcome = 'slicefit_preempt_nodes_total{outcome="%s"}'
    before = {o: server.metric(outcome % o) for o in ("kept", "changed", "refused")}
    server.post("/preempt", NAMES)
    for o in before:
        same(f"outcome {o}", server.metric(outcome % o), before[o] + 1)
    check("one line in the log", "nodes=3 kept=1 changed=1 refused=1" in server.read_log(),
          server.read_log())


def check_leaving():
    """Pods that are being deleted are waited for, unless the scheduler proposes them."""
    cluster = json.loads(json.dumps(CLUSTER))
    for pod in cluster["items"]:
        if pod["metadata"]["name"] in ("low-2", "low-13"):
            pod["metadata"]["deletionTimestamp"] = "2026-03-02T09:00:00Z"
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "cluster.json")
        with open(path, "w") as file:
            json.dump(cluster, file)
        server = Server(BINARY, "--cluster", path)
        for sent, want in [
            ({node(0): metas(), node(1): metas()}, {node(0): [1], node(1): [10, 11, 12]}),
            ({node(0): metas(2), node(1): metas(13)}, {node(0): [2], node(1): [11, 12, 13]}),
        ]:
            got = server.post("/preempt", asked(sent)).json["NodeNameToMetaVictims"]
            same("leaving", {at: [p["UID"] for p in e["Pods"]] for at, e in got.items()},
                 {at: [uid(n) for n in numbers] for at, numbers in want.items()})
        same("exit code", server.stop(), 0)


def main():
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster-preempt.json"))
    before = server.post("/filter", {"Pod": NAMES["Pod"],
                                     "NodeNames": [node(i) for i in range(3)]}).body
    check_recorded(server)
    check_cases(server)
    check_settled(server)
    check_any(server)
    check_misunderstood(server)
    check_metrics(server)
    same("preempt changes nothing",
         server.post("/filter", {"Pod": NAMES["Pod"],
                                 "NodeNames": [node(i) for i in range(3)]}).body, before)
    same("exit code", server.stop(), 0)
    check_leaving()
    finish()


main()
