"""Filter and prioritize against a cluster that is known by hand."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys

from client import Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")

NO_RESOURCE = "node has no such GPU resource"
CORDONED = "node takes no pods"
UNKNOWN = "unknown node"
BUSY = "GPU devices in use"
MEMORY = "not enough free GPU memory"


def node(number):
    return f"worker-{number:02}.gpu.example"


def reasons(**by_number):
    return {node(int(key[1:])): reason for key, reason in by_number.items()}


# file: (feasible nodes, FailedNodes, those of them that eviction may help)
NAMES = {
    "filter-names.json": (
        [node(0), node(1), node(3), node(6)],
        {**reasons(n2=NO_RESOURCE, n4=CORDONED, n5=CORDONED), "elsewhere.example": UNKNOWN},
        [],
    ),
    "filter-names-mig.json": (
        [],
        reasons(n0=BUSY, n1=NO_RESOURCE, n2=NO_RESOURCE, n3=NO_RESOURCE, n4=CORDONED,
                n5=CORDONED, n6=NO_RESOURCE),
        [],  # its pods have the same priority
    ),
    "filter-names-multi.json": (
        [node(0)],
        reasons(n1=NO_RESOURCE, n2=NO_RESOURCE, n3=NO_RESOURCE, n4=CORDONED, n5=CORDONED,
                n6=NO_RESOURCE),
        [],
    ),
    "filter-names-memory.json": (
        [node(3)],
        reasons(n0=MEMORY, n1=MEMORY, n2=NO_RESOURCE, n4=CORDONED, n5=CORDONED, n6=MEMORY),
        [],
    ),
    "filter-names-zero.json": ([], {"any-0": UNKNOWN, "any-1": UNKNOWN}, []),
}

# Nodes that the state knows are judged by what runs there, also when they come as objects ...
NODES = {
    "filter-nodes.json": (
        [node(0), node(1), node(3), node(6)],
        reasons(n2=NO_RESOURCE, n4=CORDONED, n5=CORDONED),
        [],
    ),
    "filter-nodes-mig.json": (
        [],
        reasons(n0=BUSY, n1=NO_RESOURCE, n2=NO_RESOURCE, n3=NO_RESOURCE, n4=CORDONED,
                n5=CORDONED, n6=NO_RESOURCE),
        [],  # its pods have the same priority
    ),
}

# ... and those that it does not know as if nothing ran there.
STRANGERS = {
    "filter-nodes.json": NODES["filter-nodes.json"],
    "filter-nodes-mig.json": (
        [node(0)],
        reasons(n1=NO_RESOURCE, n2=NO_RESOURCE, n3=NO_RESOURCE, n4=CORDONED, n5=CORDONED,
                n6=NO_RESOURCE),
        [],
    ),
}


def check_head(name, response):
    same(f"{name}: status", response.status, 200)
    same(f"{name}: length", response.getheader("Content-Length"), str(len(response.body)))
    same(f"{name}: not chunked", response.getheader("Transfer-Encoding"), None)
    same(f"{name}: stays open", response.getheader("Connection"), None)
    check(f"{name}: ends with the JSON", response.body[-1:] in b"}]", response.body[-10:])


def check_names(server, connection):
    for file, (feasible, failed, evictable) in NAMES.items():
        response = server.post("/filter", load(DATA, file), connection)
        answer = response.json
        check_head(file, response)
        same(f"{file}: NodeNames", answer["NodeNames"], feasible)
        same(f"{file}: Nodes", answer["Nodes"], None)
        same(f"{file}: FailedNodes", answer["FailedNodes"], failed)
        same(f"{file}: unresolvable", answer["FailedAndUnresolvableNodes"],
             {k: v for k, v in failed.items() if k not in evictable})
        same(f"{file}: Error", answer["Error"], "")
        other = server.post("/scheduler/filter", load(DATA, file), connection)
        same(f"{file}: below /scheduler", other.body, response.body)


def check_nodes(table, server, connection):
    for file, (feasible, failed, evictable) in table.items():
        body = load(DATA, file)
        response = server.post("/filter", body, connection)
        check_head(file, response)
        answer = response.json
        sent = {n["metadata"]["name"]: n for n in json.loads(body)["Nodes"]["items"]}
        same(f"{file}: the very objects", answer["Nodes"]["items"], [sent[n] for n in feasible])
        same(f"{file}: NodeNames", answer["NodeNames"], None)
        same(f"{file}: FailedNodes", answer["FailedNodes"], failed)
        same(f"{file}: unresolvable", answer["FailedAndUnresolvableNodes"],
             {k: v for k, v in failed.items() if k not in evictable})


def check_priority(server, connection):
    """Eviction may help whose priority is above that of the pods there."""
    request = json.loads(load(DATA, "filter-names-mig.json"))
    for priority, want in ((0, True), (1, False), (None, True), (-1, True)):
        request["Pod"]["spec"]["priority"] = priority
        answer = server.post("/filter", json.dumps(request), connection).json
        same(f"priority {priority}: failed", answer["FailedNodes"][node(0)], BUSY)
        same(f"priority {priority}: unresolvable",
             node(0) in answer["FailedAndUnresolvableNodes"], want)


def check_mixed(server, connection):
    """A stranger among known nodes."""
    request = json.loads(load(DATA, "filter-nodes-mig.json"))
    stranger = json.loads(json.dumps(request["Nodes"]["items"][0]))
    stranger["metadata"]["name"] = "stranger"
    request["Nodes"]["items"].append(stranger)
    answer = server.post("/filter", json.dumps(request), connection).json
    same("mixed: feasible", [n["metadata"]["name"] for n in answer["Nodes"]["items"]],
         ["stranger"])
    same("mixed: known", answer["FailedNodes"], NODES["filter-nodes-mig.json"][1])
    scores = server.post("/prioritize", json.dumps(request), connection).json
    same("mixed: best", [s["Host"] for s in scores if s["Score"] == 10], ["stranger"])


def check_scores(server, connection):
    for file, expectation in {**NAMES, **NODES}.items():
        response = server.post("/prioritize", load(DATA, file), connection)
        check_head(f"prioritize {file}", response)
        said = {entry["Host"]: entry["Score"] for entry in response.json}
        request = json.loads(load(DATA, file))
        sent = request["NodeNames"] or [n["metadata"]["name"] for n in request["Nodes"]["items"]]
        scores = {name: said.get(name, 0) for name in sent}
        same(f"prioritize {file}: hosts", list(said), [n for n in scores if scores[n] != 0])
        check(f"prioritize {file}: integers", all(type(s) is int for s in scores.values()), scores)
        check(f"prioritize {file}: range", all(0 <= s <= 10 for s in scores.values()), scores)
        same(f"prioritize {file}: infeasible nodes",
             [n for n in expectation[1] if scores.get(n, 0) != 0], [])
        alike = len(expectation[0]) in (0, len(scores))
        same(f"prioritize {file}: best", max(scores.values()), 0 if alike else 10)


def check_no_gpu(server, connection):
    """A pod that asks for no GPU may go to every known node, whatever is free there."""
    request = json.loads(load(DATA, "filter-names-zero.json"))
    request["NodeNames"] = [node(i) for i in range(7)] + ["elsewhere.example"]
    answer = server.post("/filter", json.dumps(request), connection).json
    same("no GPU: NodeNames", answer["NodeNames"], [node(i) for i in range(7)])
    same("no GPU: FailedNodes", answer["FailedNodes"], {"elsewhere.example": UNKNOWN})


def check_not_understood(server, connection):
    for body, part in [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no ExtenderArgs"),
        ("{}", "Pod is missing"),
        ('{"Pod":{"spec":{"containers":[{"resources":{"limits":{"nvidia.com/gpu":"50%"}}}]}}}',
         "no quantity"),
        ('{"Pod":{"metadata":{"name":"50%d"},"spec":{"containers":7}}}', "50?d"),
    ]:
        response = server.post("/filter", body, connection)
        check_head(f"filter {body!r}", response)
        check(f"filter {body!r}", part in response.json["Error"], response.json["Error"])
        check(f"filter {body!r}: no percent sign", "%" not in response.json["Error"])
        response = server.post("/prioritize", body, connection)
        check_head(f"prioritize {body!r}", response)
        same(f"prioritize {body!r}", response.json, [])


def check_repeatable(server, connection):
    before = server.post("/filter", load(DATA, "filter-names.json"), connection).body
    for _ in range(20):
        same("filter changes nothing",
             server.post("/filter", load(DATA, "filter-names.json"), connection).body, before)


def main():
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    check("start line", "7 nodes, 38 GPUs, policy best-fit" in server.read_log(), server.read_log())
    # One connection for everything: the scheduler keeps its own for hours.
    connection = server.connect()
    connection.connect()
    mine = connection.sock.getsockname()
    check_names(server, connection)
    check_nodes(NODES, server, connection)
    check_priority(server, connection)
    check_mixed(server, connection)
    check_scores(server, connection)
    check_no_gpu(server, connection)
    check_not_understood(server, connection)
    check_repeatable(server, connection)
    same("one connection", connection.sock.getsockname(), mine)
    same("exit code", server.stop(), 0)

    # Without a cluster, names say nothing, but Nodes do.
    server = Server(BINARY)
    server.wait_for(lambda: "without --cluster" in server.read_log())
    answer = server.post("/filter", load(DATA, "filter-names.json")).json
    same("no cluster: names", answer["NodeNames"], [])
    same("no cluster: reasons", set(answer["FailedNodes"].values()), {UNKNOWN})
    check_nodes(STRANGERS, server, server.connect())
    same("exit code", server.stop(), 0)
    finish()


main()
