"""POST /simulate: what would fit, checked against what the nodes have."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import tempfile
import threading

from client import DEADLINE_S, Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")


def node(name, gpus, product="Tesla-T4", cpu="8"):
    return {"kind": "Node", "metadata": {"name": name, "labels": {
        "nvidia.com/gpu.product": product, "nvidia.com/gpu.count": str(gpus)}},
        "status": {"allocatable": {"cpu": cpu, "memory": "64Gi", "pods": "110",
                                   "nvidia.com/gpu": str(gpus)}}}


def pod(name, gpus, on=None, priority=0, cpu="1", resource="nvidia.com/gpu", **labels):
    amounts = {"cpu": cpu, "memory": "1Gi", resource: str(gpus)}
    return {"kind": "Pod",
            "metadata": {"name": name, "namespace": "team", "uid": "u-" + name, "labels": labels},
            "spec": {"nodeName": on, "priority": priority,
                     "containers": [{"resources": {"requests": amounts, "limits": amounts}}]}}


def start(directory, items):
    path = os.path.join(directory, "cluster.json")
    with open(path, "w") as file:
        json.dump({"kind": "List", "items": items}, file)
    return Server(BINARY, "--cluster", path)


def ask(server, status=200, **body):
    response = server.post("/simulate", body)
    same(f"status of {json.dumps(body)[:80]}", response.status, status)
    return response.json


def places(answer):
    return {p["pod"]: p["node"] for p in answer["pods"]}


def check_room(server, answer):
    """No device is given to more than it has room for, with those that run already."""
    taken = {}
    state = json.loads(server.ask("GET", "/state").body)
    room = {}
    for n in state["nodes"]:
        for r in n["resources"]:
            room[n["name"], r["name"]] = r["total"] - r["used"]
        for gpu in n["gpus"]:
            for d in gpu["devices"]:
                room[n["name"], gpu["gpu"], d.get("start", 0)] = d["replicas"] - d["used"]
    for p in answer["pods"]:
        for d in p.get("devices", []) if not p.get("simulated_node", True) else []:
            keys = [(p["node"], d["resource"])]
            if "gpu" in d:
                keys.append((p["node"], d["gpu"], d.get("start", 0)))
            for key in keys:
                taken[key] = taken.get(key, 0) + d["replicas"]
    for key, n in taken.items():
        check(f"room on {key}", n <= room[key], (n, room[key]))


def check_placing(directory):
    server = start(directory, [node("a", 4), node("b", 2), pod("old", 1, "a"),
                               pod("late", 2, priority=-1), pod("first", 2, priority=9)])
    before = server.ask("GET", "/state").body
    answer = ask(server, pods=[{"pod": pod("p", 1), "count": 7}])
    same("schema", answer["schema"], "slicefit.io/simulate/v1")
    same("fits", (answer["fits"], answer["of"], len(answer["pods"])), (5, 7, 7))
    same("names", [p["pod"] for p in answer["pods"]], [f"team/p-{i}" for i in range(7)])
    same("refused", answer["pods"][6]["refused"], [{"reason": "GPU devices in use", "nodes": 2}])
    check_room(server, answer)
    same("nothing changed", server.ask("GET", "/state").body, before)
    same("again", ask(server, pods=[{"pod": pod("p", 1), "count": 7}]), answer)

    waiting = ask(server, pending=True)
    same("waiting: by priority", [p["pod"] for p in waiting["pods"]], ["team/first", "team/late"])
    check_room(server, waiting)
    both = ask(server, pending=True, pods=[{"pod": pod("p", 2)}])
    same("waiting first", (both["fits"], both["of"], both["pods"][2]["node"]), (2, 3, None))
    same("no GPU", places(ask(server, pods=[{"pod": pod("cpu", 0)}]))["team/cpu"] in ("a", "b"),
         True)
    same("CPU counts", ask(server, pods=[{"pod": pod("p", 1, cpu="9")}])["pods"][0]["refused"],
         [{"reason": "Insufficient cpu", "nodes": 2}])
    same("CPU adds up", ask(server, pods=[{"pod": pod("p", 1, cpu="5")}, {"pod": pod("q", 1, cpu="5")},
                                          {"pod": pod("r", 1, cpu="5")}])["fits"], 2)
    same("exit code", server.stop(), 0)


def check_nodes(directory):
    server = start(directory, [node("a", 2), pod("old", 2, "a")])
    for name, nodes, fits, added in [
        ("none", [], 0, []),
        ("an object", [{"node": node("n", 3)}], 3, [("n", 3)]),
        ("two objects", [{"node": node("n", 2), "count": 2}], 4, [("n-0", 2), ("n-1", 2)]),
        ("like", [{"like": "a", "count": 2}], 4, [("simulated-0", 2), ("simulated-1", 2)]),
        ("like, with a name", [{"like": "a", "name": "z"}], 2, [("z", 2)]),
        ("a product", [{"product": "A100-40GB", "gpus": 8}], 8, [("simulated-0", 8)]),
        ("more than needed", [{"product": "T4", "gpus": 16}], 10, [("simulated-0", 10)]),
    ]:
        answer = ask(server, nodes=nodes, pods=[{"pod": pod("p", 1), "count": 10}])
        same(f"nodes: {name}", (answer["fits"], answer["of"]), (fits, 10))
        same(f"nodes: {name}: added",
             [(n["name"], n["pods"]) for n in answer["simulated_nodes"]], added)
        check(f"nodes: {name}: simulated", all(p["simulated_node"] for p in answer["pods"]
                                               if p["node"]), answer["pods"])
    profile = "nvidia.com/mig-1g.5gb"
    mig = node("m", 1, "NVIDIA-A100-SXM4-40GB")
    mig["metadata"]["labels"].update({"nvidia.com/mig.strategy": "mixed",
                                      "nvidia.com/mig-1g.5gb.count": "7"})
    mig["status"]["allocatable"].update({"nvidia.com/gpu": "0", profile: "7"})
    answer = ask(server, nodes=[{"node": mig}], pods=[{"pod": pod("p", 1, resource=profile),
                                                       "count": 8}])
    same("a name that only the new node has", (answer["fits"], answer["of"]), (7, 8))
    training = pod("p", 1, **{"slicefit.io/class": "training"})
    shared = node("s", 4, "Tesla-T4-SHARED")
    shared["metadata"]["labels"].update({"nvidia.com/gpu.count": "1", "nvidia.com/gpu.replicas": "4",
                                         "nvidia.com/gpu.sharing-strategy": "time-slicing"})
    answer = ask(server, nodes=[{"node": shared}], pods=[{"pod": training}, {"pod": pod("q", 1)}])
    same("classes hold", [p["node"] for p in answer["pods"]], [None, "s"])
    same("class", answer["pods"][0]["class"], "training")
    same("exit code", server.stop(), 0)


def check_faults(server):
    fine = {"pod": pod("p", 1)}
    for body, part in [
        ({}, "needs 'pods', or 'pending': true"),
        ({"pods": []}, "needs 'pods'"),
        ({"pods": {}}, "/pods: write a list"),
        ({"pod": []}, "unknown key 'pod', meant is 'pods'?"),
        ({"pods": [{}]}, "/pods/0: needs a 'pod'"),
        ({"pods": [fine, {"count": 1}]}, "/pods/1: needs a 'pod'"),
        ({"pods": [{"pod": 1}]}, "/pods/0/pod: "),
        ({"pods": [{**fine, "count": 0}]}, "/pods/0/count: write a whole number from 1 to 10000"),
        ({"pods": [{**fine, "count": 1.5}]}, "/pods/0/count: write a whole number"),
        ({"pods": [{**fine, "count": "1"}]}, "/pods/0/count: write a whole number"),
        ({"pods": [{**fine, "cuont": 1}]}, "/pods/0: unknown key 'cuont', meant is 'count'?"),
        ({"pods": [fine], "nodes": [{}]}, "/nodes/0: needs one of 'node', 'like' and 'product'"),
        ({"pods": [fine], "nodes": [{"like": "x"}]}, "/nodes/0: like: there is no node x"),
        ({"pods": [fine], "nodes": [{"like": ""}]}, "/nodes/0/like: write a text"),
        ({"pods": [fine], "nodes": [{"product": "T5", "gpus": 1}]}, "/nodes/0/product: unknown"),
        ({"pods": [fine], "nodes": [{"product": "T4"}]}, "'product' and 'gpus' go together"),
        ({"pods": [fine], "nodes": [{"product": "T4", "gpus": 17}]}, "/nodes/0/gpus: write a whole"),
        ({"pods": [fine], "nodes": [{"node": node("worker-00.gpu.example", 1)}]},
         "/nodes/0: node worker-00.gpu.example: there is one of that name"),
        ({"pods": [fine], "pending": 1}, "/pending: write true or false"),
        ({"pods": [{"pod": pod("p", 1, **{"slicefit.io/class": "nonsense"})}]}, "/pods/0: "),
    ]:
        error = ask(server, 400, **body)["error"]
        check(f"fault of {json.dumps(body)[:60]}", part in error, error)
    for text, part in [("", "write an object"), ("[]", "write an object"), ("{", "no JSON"),
                       ('{"pending":true} x', "no JSON"), ('{"pending":true,"pending":true}',
                                                           "key 'pending' twice")]:
        response = server.post("/simulate", text)
        same(f"status of {text!r}", response.status, 400)
        check(f"fault of {text!r}", part in response.json["error"], response.json)
    most = ask(server, 413, pods=[{**fine, "count": 10000}, fine])["error"]
    check("too many pods", "more than 10000 pods" in most, most)
    most = ask(server, 413, pods=[fine], nodes=2 * [{"product": "T4", "gpus": 1, "count": 501}])
    check("too many nodes", "more than 1000 nodes" in most["error"], most)
    same("GET", server.ask("GET", "/simulate").status, 405)
    same("not below the prefix", server.ask("POST", "/scheduler/simulate", "{}").status, 404)


def check_stop(directory):
    """A server that is told to end finishes the session that it works on."""
    server = start(directory, [node(f"n{i}", 8) for i in range(200)])
    pods = [{"pod": pod(f"p{i}", 1 + i % 8, cpu=f"{i}m")} for i in range(3000)]
    got = []
    client = threading.Thread(target=lambda: got.append(server.post("/simulate", {"pods": pods})))
    client.start()
    server.wait_for(lambda: got or server.metric("slicefit_requests_in_flight") == 2)
    same("exit code", server.stop(), 0)
    client.join(DEADLINE_S)
    same("finished", [(answer.status, answer.json["of"]) for answer in got], [(200, 3000)])


def check_filter(server):
    """A single pod goes to a node that filter lets it go to."""
    for name in ("filter-names.json", "filter-names-mig.json", "filter-names-multi.json"):
        request = json.loads(load(DATA, name))
        feasible = server.post("/filter", request).json["NodeNames"]
        got = ask(server, pods=[{"pod": request["Pod"]}])["pods"][0]["node"]
        check(f"filter of {name}", got in feasible if feasible else got is None, (got, feasible))


def main():
    with tempfile.TemporaryDirectory() as directory:
        check_placing(directory)
        check_nodes(directory)
        check_stop(directory)
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    check_faults(server)
    check_filter(server)
    check_room(server, ask(server, pending=True, pods=[{"pod": pod("p", 1), "count": 60}]))
    same("exit code", server.stop(), 0)
    finish()


main()
