"""What newer kube-schedulers send that 1.20 does not: pods without managedFields, with claims,
sidecars and pod-level resources, nodes with features, empty lists of victims, unknown fields.

gpu-0 has four T4, of which sidecar-0 holds three, one for its sidecar; low-0 has the T4 of gpu-1.
The GPUs of dra-0 are in ResourceSlices only: its allocatable has none. Who asks has priority 1000,
those who are there 0.
"""
# SPDX-License-Identifier: Apache-2.0
import copy
import json
import os
import sys

from client import Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")
CLUSTER = os.path.join(DATA, "newer-cluster.json")
PODS = json.loads(load(DATA, "newer-pods.json"))
NODES = [item for item in json.loads(load(CLUSTER))["items"] if item["kind"] == "Node"]
KNOWN = [item["metadata"]["name"] for item in NODES]
NAMES = [*KNOWN, "elsewhere"]

NO_RESOURCE = "node has no such GPU resource"
TOO_MANY = "more GPU devices than the node has"
BUSY = "GPU devices in use"
UNKNOWN = "unknown node"

ONE = (["gpu-0"], {"gpu-1": BUSY, "dra-0": NO_RESOURCE})
TWO = ([], {"gpu-0": BUSY, "gpu-1": TOO_MANY, "dra-0": NO_RESOURCE})
NONE = (KNOWN, {})

# the pod: (feasible nodes, why not the others)
WANT = {
    "claims": NONE,
    "claims and a GPU": ONE,
    "a GPU from DRA, by name": ONE,
    "pod-level resources": ONE,
    "a sidecar": TWO,
    "an init container": ONE,
    "being resized": ONE,
    "was gated": ONE,
}


def later(value, key=""):
    """The same with more fields in every object, first and last, as releases to come may add."""
    if isinstance(value, list):
        return [later(entry, key) for entry in value]
    if not isinstance(value, dict):
        return value
    names = {"labels": "x", "annotations": "x", "requests": "7", "limits": "7", "allocatable": "7",
             "capacity": "7", "allocatedResources": "7"}
    deep = {"containers": [{"nvidia.com/gpu": [None, 1.5e3, True, "\u2028 \\ \""]}], "x": None}
    more = names.get(key, deep)
    prefix = "example.com/" if key in names else ""
    return {prefix + "aLaterField": more,
            **{name: later(entry, name) for name, entry in value.items()},
            prefix + "zLaterField": more}


def forms(pod):
    """The requests that ask about all nodes by name: the other list is null, or not there."""
    for extra in ({}, {"Nodes": None}):
        yield {"Pod": pod, "NodeNames": NAMES, **extra}
    yield later({"Pod": pod, "NodeNames": NAMES})


def check_answer(name, answer, feasible, failed, evictable):
    """A refused node has a reason in FailedNodes, and where nobody's going helps the same one in
    FailedAndUnresolvableNodes, too."""
    same(f"{name}: Error", answer["Error"], "")
    same(f"{name}: feasible", answer["NodeNames"], feasible)
    same(f"{name}: FailedNodes", answer["FailedNodes"], failed)
    same(f"{name}: FailedAndUnresolvableNodes", answer["FailedAndUnresolvableNodes"],
         {node: why for node, why in failed.items() if node not in evictable})


def check_names(server):
    same("every pod has an expectation", list(WANT), list(PODS))
    for name, (feasible, failed) in WANT.items():
        failed = {**failed, "elsewhere": UNKNOWN}
        busy = [node for node, why in failed.items() if why == BUSY]
        for request in forms(PODS[name]):
            check_answer(name, server.post("/filter", request).json, feasible, failed, busy)
            scores = server.post("/prioritize", request).json
            check(f"{name}: scores", {s["Host"] for s in scores} <= set(feasible), scores)
        equal = copy.deepcopy(PODS[name])
        equal["spec"]["priority"] = 0
        check_answer(f"{name}, no priority", server.post("/filter", {"Pod": equal,
                     "NodeNames": NAMES}).json, feasible, failed, [])


def check_objects(server, want):
    """Whole nodes come back as they were sent, with every field."""
    for nodes in (NODES, later(NODES)):
        for extra in ({}, {"NodeNames": None}):
            for name, feasible in want.items():
                request = {"Pod": PODS[name], "Nodes": {"metadata": {}, "items": nodes}, **extra}
                answer = server.post("/filter", request).json
                same(f"{name}: Error", answer["Error"], "")
                same(f"{name}: objects", answer["Nodes"]["items"],
                     [n for n in nodes if n["metadata"]["name"] in feasible])
                same(f"{name}: the others", list(answer["FailedNodes"]),
                     [n for n in KNOWN if n not in feasible])


def check_nothing_asked(server):
    """No list, or none that names a node."""
    for lists in ({}, {"Nodes": None}, {"NodeNames": None}, {"Nodes": None, "NodeNames": None},
                  {"Nodes": None, "NodeNames": []}, {"Nodes": {"items": None}, "NodeNames": None}):
        answer = server.post("/filter", {"Pod": PODS["claims and a GPU"], **lists}).json
        same(f"{lists}: Error", answer["Error"], "")
        same(f"{lists}: failed", answer["FailedNodes"], {})
        check(f"{lists}: none", not answer["NodeNames"], answer)
        same(f"{lists}: scores",
             server.post("/prioritize", {"Pod": PODS["claims and a GPU"], **lists}).json, [])


def check_bound(server):
    """The sidecar's GPU counts, claims do not. One that DRA gave by name is none of the node's."""
    state = json.loads(server.ask("GET", "/state").body)
    held = {pod["name"]: (node["name"], pod["request"]["resources"][0]["count"],
                          len(pod["devices"]))
            for node in state["nodes"] for pod in node["pods"]}
    same("bound pods with GPUs", held, {"sidecar-0": ("gpu-0", 3, 3), "low-0": ("gpu-1", 1, 1),
                                        "by-name-0": ("dra-0", 1, 0)})
    same("the gated one waits", [pod["name"] for pod in state["pending"]], ["gated-0"])
    same("without a device", server.metric("slicefit_pods_unplaced"), 1)


def victims(*pods, whole=False):
    return {"Pods": [{"metadata": {"uid": p}} if whole else {"UID": p} for p in pods],
            "NumPDBViolations": 0}


def check_preempt(server):
    uid = {item["metadata"]["name"]: item["metadata"]["uid"]
           for item in json.loads(load(CLUSTER))["items"]}
    meta, whole = "NodeNameToMetaVictims", "NodeNameToVictims"
    empty = [{"Pods": None, "NumPDBViolations": 0}, {"Pods": [], "NumPDBViolations": 0}, {}, None]
    named = {"gpu-0": [uid["sidecar-0"]]}
    cases = [(f"{key}: {entry}", {key: {node: entry for node in KNOWN}, **other}, named)
             for entry in empty for key, rest in ((meta, whole), (whole, meta))
             for other in ({}, {rest: None})]
    cases += [(f"no map: {maps}", maps, {})
              for maps in ({}, {meta: None}, {whole: None}, {meta: None, whole: None},
                           {meta: {}}, {whole: {}}, {meta: {}, whole: {}})]
    cases += [
        ("both maps", {meta: {"gpu-0": empty[0]}, whole: {"gpu-1": empty[0]}}, named),
        ("both, whole pods", {meta: None, whole: {"gpu-0": victims(uid["sidecar-0"], whole=True)}},
         named),
        ("not enough", {meta: {"gpu-1": victims(uid["low-0"])}}, {}),
    ]
    for name, maps, want in cases:
        for request in ({"Pod": PODS["a sidecar"], **maps},
                        {"aLaterField": [{}], "Pod": later(PODS["a sidecar"]), **maps}):
            answer = server.post("/preempt", request).json
            same(f"preempt: {name}: one member", list(answer), [meta])
            same(f"preempt: {name}", {node: [p["UID"] for p in entry["Pods"]]
                                      for node, entry in answer[meta].items()}, want)
    proposed = {"dra-0": victims(uid["claim-0"]), "gpu-0": empty[0]}
    same("preempt: claims are the scheduler's business",
         server.post("/preempt", {"Pod": PODS["claims"], meta: proposed}).json,
         {meta: {"dra-0": proposed["dra-0"]}})
    same("preempt: no GPU by name on dra-0",
         server.post("/preempt", {"Pod": PODS["claims and a GPU"], meta: proposed}).json,
         {meta: {}})


def main():
    server = Server(BINARY, "--cluster", CLUSTER)
    check("start line", "3 nodes, 5 GPUs" in server.read_log(), server.read_log())
    check_names(server)
    check_objects(server, {name: feasible for name, (feasible, _) in WANT.items()})
    check_nothing_asked(server)
    check_bound(server)
    check_preempt(server)
    for verb in ("filter", "prioritize", "preempt"):
        same(f"{verb}: all understood",
             server.metric(f'slicefit_request_errors_total{{verb="{verb}"}}'), 0)
    same("exit code", server.stop(), 0)

    # Nodes that nobody told of are judged as if nothing ran there.
    server = Server(BINARY)
    check_objects(server, {"claims": KNOWN, "claims and a GPU": ["gpu-0", "gpu-1"],
                           "a GPU from DRA, by name": ["gpu-0", "gpu-1"], "a sidecar": ["gpu-0"]})
    same("exit code", server.stop(), 0)
    finish()


main()
