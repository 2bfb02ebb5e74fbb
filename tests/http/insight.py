"""/state and /explain: what the cluster is like, and why a pod finds a place or none."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import tempfile
import threading

import prometheus
from client import Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")


def get(server, path, status=200, headers=None):
    response = server.ask("GET", path, headers=headers)
    same(f"GET {path}", response.status, status)
    return json.loads(response.body)


def node(name, product, gpus, unschedulable=False, **labels):
    return {"kind": "Node", "metadata": {"name": name, "labels": {
        "nvidia.com/gpu.product": product, "nvidia.com/gpu.count": str(gpus), **labels}},
        "spec": {"unschedulable": unschedulable},
        "status": {"allocatable": {"cpu": "32", "memory": "128Gi", "pods": "110",
                                   "nvidia.com/gpu": str(gpus)}}}


def pod(name, gpus, on=None, priority=0, namespace="team", resource="nvidia.com/gpu"):
    amounts = {"cpu": "1", "memory": "1Gi", resource: str(gpus)}
    return {"kind": "Pod", "metadata": {"name": name, "namespace": namespace, "uid": "u-" + name},
            "spec": {"nodeName": on, "priority": priority,
                     "containers": [{"resources": {"requests": amounts, "limits": amounts}}]}}


ITEMS = [
    node("b", "Tesla-T4", 4), node("a", "Tesla-T4", 4), node("c", "Tesla-T4", 2, True),
    pod("one", 3, "a", priority=5), pod("two", 1, "a"), pod("three", 2, "b"),
    pod("small", 1), pod("large", 4, priority=3), pod("huge", 9),
    pod("typo", 1, resource="nvidia.com/gpu.sharde"), pod("other", 1, namespace="a"),
]


def start(directory, items):
    path = os.path.join(directory, "cluster.json")
    with open(path, "w") as file:
        json.dump({"kind": "List", "items": items}, file)
    return Server(BINARY, "--cluster", path)


def check_state(server):
    state = get(server, "/state")
    same("schema", state["schema"], "slicefit.io/state/v1")
    same("order of nodes", [n["name"] for n in state["nodes"]], ["a", "b", "c"])
    same("states", [n["state"] for n in state["nodes"]], ["ready", "ready", "cordoned"])
    same("counts", [(n["resources"][0]["used"], n["resources"][0]["total"])
                    for n in state["nodes"]], [(4, 4), (2, 4), (0, 2)])
    same("CPU", [n["cpu_used_milli"] for n in state["nodes"]], [2000, 1000, 0])
    same("order of those that wait", [(p["namespace"], p["name"]) for p in state["pending"]],
         [("a", "other"), ("team", "huge"), ("team", "large"), ("team", "small")])
    for n in state["nodes"]:
        held = {}
        for p in n["pods"]:
            same(f"{p['name']}: as many as asked for",
                 sum(d["replicas"] for d in p["devices"]),
                 sum(r["count"] for r in p["request"]["resources"]))
            for d in p["devices"]:
                held[d["gpu"]] = held.get(d["gpu"], 0) + d["replicas"]
        for gpu in n["gpus"]:
            same(f"{n['name']} GPU {gpu['gpu']}: pods and devices agree",
                 sum(d["used"] for d in gpu["devices"]), held.get(gpu["gpu"], 0))
    same("the same bytes again", server.ask("GET", "/state").body, server.ask("GET", "/state").body)
    one = get(server, "/state?node=b")
    same("one node", one["nodes"], [state["nodes"][1]])
    check("no such node", "no such node" in get(server, "/state?node=d", 404)["error"])
    same("HEAD", server.ask("HEAD", "/state").status, 200)
    same("POST", server.ask("POST", "/state", "{}").status, 405)


def check_layouts(server):
    """Devices of MIG nodes: slices, none of them twice, and as many as the node advertises."""
    for n in get(server, "/state")["nodes"]:
        advertised = {}
        for gpu in n["gpus"]:
            taken = [unit for d in gpu["devices"] if "start" in d
                     for unit in range(d["start"], d["start"] + d["size"])]
            same(f"{n['name']} GPU {gpu['gpu']}: slices", len(taken), len(set(taken)))
            for d in gpu["devices"]:
                used, total = advertised.get(d["resource"], (0, 0))
                advertised[d["resource"]] = (used + d["used"], total + d["replicas"])
        if not n["by_counts"]:
            same(f"{n['name']}: counts", advertised,
                 {r["name"]: (r["used"], r["total"]) for r in n["resources"] if r["total"]})


def devices_of(n):
    """(product, mode, profile, replicas, used) of what a node hands out."""
    product = n["gpus"][0]["product"] if n["gpus"] else None
    if n["by_counts"]:
        for r in n["resources"]:
            profile = r["name"].partition("mig-")[2]
            yield product, "mig" if profile else "whole", profile, r["total"], r["used"]
    for gpu in n["gpus"]:
        for d in gpu["devices"]:
            mode = "mig" if "profile" in d else "whole"
            yield (gpu["product"], n["sharing"] if d["replicas"] > 1 else mode,
                   d.get("profile", ""), d["replicas"], d["used"])


def check_metrics(server):
    """/metrics counts the devices that /state lists."""
    told, counted = {}, {}
    for n in get(server, "/state")["nodes"]:
        for product, mode, profile, replicas, used in devices_of(n):
            key = (product or "unknown", mode, profile)
            total, held = told.get(key, (0, 0))
            told[key] = (total + replicas, held + used)
    families = prometheus.parse(server.ask("GET", "/metrics").body.decode())
    for place, name in enumerate(("slicefit_gpu_devices", "slicefit_gpu_devices_allocated")):
        for (_, pairs), value in families[name].samples.items():
            labels = dict(pairs)
            key = (labels["product"], labels["mode"], labels["profile"])
            counted.setdefault(key, [0, 0])[place] = int(value)
    same("metrics and state", {key: tuple(value) for key, value in counted.items() if any(value)},
         {key: value for key, value in told.items() if any(value)})


def changes(answer):
    return {change["change"]: change for change in answer["changes"]}


def check_explain(server):
    small = get(server, "/explain?pod=team/small")
    same("schema", small["schema"], "slicefit.io/explain/v1")
    same("small", (small["state"], small["feasible"], small["nodes"]), ("pending", 1, 3))
    same("small: choice", [c["node"] for c in small["choices"]], ["b"])
    same("small: no changes", small["changes"], [])
    same("small: refused", [(r["reason"], r["examples"]) for r in small["refused"]],
         [("GPU devices in use", ["a"]), ("node takes no pods", ["c"])])

    large = get(server, "/explain?pod=team/large")
    same("large", large["feasible"], 0)
    evict = changes(large)["evict"]
    same("large: evict", [(p["pod"], p["priority"]) for p in evict["pods"]], [("team/three", 0)])
    same("large: where", evict["examples"], ["b"])
    free = changes(large)["free-devices"]
    same("large: free", (free["need"], free["have"], free["examples"]), (4, 2, ["b"]))
    check("large: in words", evict["text"] == "after evicting team/three (priority 0) from b",
          evict["text"])

    less = changes(get(server, "/explain?pod=team/huge"))["ask-fewer-devices"]
    same("huge: ask for less", (less["need"], less["have"], less["nodes"]), (9, 4, 2))

    bound = get(server, "/explain?pod=team/one")
    same("bound", (bound["state"], bound["node"]), ("bound", "a"))
    same("by name alone", get(server, "/explain?pod=nobody", 404)["error"],
         "there is no pod default/nobody")
    for query, part in [("", "write /explain?pod=NAMESPACE/NAME"), ("?pod=", "write pod=VALUE"),
                        ("?pod=/x", "NAMESPACE/NAME"), ("?pod=x/", "NAMESPACE/NAME"),
                        ("?pod=a/b&pod=a/c", "more than once"), ("?prod=a/b", "meant is 'pod'"),
                        ("?pod=a/b&format=xml", "text or json"), ("?zzz=1", "unknown key 'zzz'")]:
        error = get(server, "/explain" + query, 400)["error"]
        check(f"/explain{query}", part in error, error)


def check_class(directory):
    """A pod is explained by the rules that filter judged it by."""
    shared = node("s", "Tesla-T4-SHARED", 4, **{"nvidia.com/gpu.replicas": "4",
                                                "nvidia.com/gpu.sharing-strategy": "time-slicing"})
    shared["metadata"]["labels"]["nvidia.com/gpu.count"] = "1"
    server = start(directory, [node("b", "Tesla-T4", 2), shared, pod("small", 1)])

    def ask(**labels):
        item = pod("small", 1)
        item["metadata"]["labels"] = labels
        server.post("/filter", {"Pod": item, "NodeNames": ["b", "s"]})
        return get(server, "/explain?pod=team/small")

    same("no class: everywhere", ask()["feasible"], 2)
    other = pod("told-by-filter", 1)
    server.post("/filter", {"Pod": other, "NodeNames": ["b"]})
    same("a pod that only the scheduler told of",
         get(server, "/explain?pod=team/told-by-filter")["feasible"], 2)
    answer = ask(**{"slicefit.io/class": "training"})
    same("class", (answer["class"], answer["denied_modes"]), ("training", ["mps", "time-slicing"]))
    text = server.ask("GET", "/explain?pod=team/small&format=text").body.decode()
    check("class in words", ", class training: not as mps, time-slicing\n" in text, text)
    same("training: not on shared GPUs", [c["node"] for c in answer["choices"]], ["b"])
    check("training: reason", ("GPU mode not allowed for the workload class", ["s"])
          in [(r["reason"], r["examples"]) for r in answer["refused"]], answer["refused"])
    same("exit code", server.stop(), 0)


def check_text(server):
    response = server.ask("GET", "/explain?pod=team/large&format=text")
    same("text: type", response.getheader("Content-Type"), "text/plain; charset=utf-8")
    text = response.body.decode()
    for part in ("team/large is pending; a pod like it fits on 0 of 3 nodes\n",
                 "wants 4 nvidia.com/gpu; priority 3, policy best-fit\n",
                 "  - after evicting team/three (priority 0) from b\n"):
        check(f"text: {part!r}", part in text, text)
    accepted = server.ask("GET", "/explain?pod=team/large", headers={"Accept": "text/plain"})
    same("text: Accept", accepted.body.decode(), text)
    json.loads(server.ask("GET", "/explain?pod=team/large&format=json",
                          headers={"Accept": "text/plain"}).body)
    check("no line is endless", max(len(line) for line in text.splitlines()) < 200, text)


def check_many(server):
    """More at once than may wait: each is answered, or refused with 503."""
    got = []

    def work():
        got.append(server.ask("GET", "/state").status)

    threads = [threading.Thread(target=work) for _ in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check("all answered", len(got) == 48 and set(got) <= {200, 503} and 200 in got, got)
    same("and then", server.ask("GET", "/state").status, 200)


def main():
    with tempfile.TemporaryDirectory() as directory:
        check_class(directory)
        server = start(directory, ITEMS)
        check_state(server)
        check_explain(server)
        check_text(server)
        check_many(server)
        same("exit code", server.stop(), 0)
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    check_layouts(server)
    check_metrics(server)
    filtered = server.post("/filter", load(DATA, "filter-names.json")).json
    explained = get(server, "/explain?pod=research/train-0")
    same("filter and explain agree", explained["feasible"], len(filtered["NodeNames"]))
    same("exit code", server.stop(), 0)
    finish()


main()
