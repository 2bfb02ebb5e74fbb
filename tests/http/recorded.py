"""Recorded requests: each is understood, and the answers agree with what the requests say."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys

from client import Server, check, finish, load, same

BINARY, FIXTURES = sys.argv[1], sys.argv[2]


def names_of(request):
    if request["NodeNames"] is not None:
        return request["NodeNames"]
    return [n["metadata"]["name"] for n in request["Nodes"]["items"]]


def dump_of(nodes):
    """A cluster as kubectl would print it."""
    return json.dumps({"kind": "List", "apiVersion": "v1",
                       "items": [{"kind": "Node", "apiVersion": "v1", **n} for n in nodes]})


def check_answer(file, request, response):
    answer = response.json
    sent = names_of(request)
    same(f"{file}: status", response.status, 200)
    same(f"{file}: Error", answer["Error"], "")
    if request["NodeNames"] is None:
        passed = [n["metadata"]["name"] for n in answer["Nodes"]["items"]]
        whole = {n["metadata"]["name"]: n for n in request["Nodes"]["items"]}
        same(f"{file}: objects", answer["Nodes"]["items"], [whole[n] for n in passed])
    else:
        passed = answer["NodeNames"]
    same(f"{file}: every node once", sorted(passed + list(answer["FailedNodes"])), sorted(sent))
    unresolvable = answer["FailedAndUnresolvableNodes"]
    check(f"{file}: in both maps", unresolvable.items() <= answer["FailedNodes"].items())
    check(f"{file}: no percent sign", "%" not in response.body.decode())
    return passed


def main():
    with_cluster = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"slicefit-{os.getpid()}.json")
    recorded = json.loads(load(FIXTURES, "filter-nocache.json"))
    with open(with_cluster, "w") as file:
        file.write(dump_of(recorded["Nodes"]["items"]))
    try:
        server = Server(BINARY, "--cluster", with_cluster)
    finally:
        os.unlink(with_cluster)
    known = set(names_of(recorded))
    for file in sorted(os.listdir(FIXTURES)):
        verb = file.split("-")[0]
        if not file.endswith(".json") or verb not in ("filter", "prioritize"):
            continue
        body = load(FIXTURES, file)
        request = json.loads(body)
        passed = check_answer(file, request, server.post("/scheduler/filter", body))
        # The three recorded nodes have 4 GPUs, 7 1g.10gb, 6 2g.20gb and 4 3g.40gb each.
        want = set(names_of(request)) & known
        want = set() if "0008" in file else want  # eight GPUs
        same(f"{file}: feasible", set(passed), want)
        scores = server.post("/scheduler/prioritize", body).json
        hosts = {s["Host"] for s in scores}
        same(f"{file}: hosts", [s["Host"] for s in scores],
             [name for name in names_of(request) if name in hosts])
        check(f"{file}: scores", all(s["Score"] in range(1, 11) for s in scores), scores)
    answer = server.post("/scheduler/bind", load(FIXTURES, "bind.json")).json
    check("bind.json: nothing to bind with", answer["Error"] != "", answer)
    for file in ("preempt-cache.json", "preempt-nocache.json"):
        request = json.loads(load(FIXTURES, file))
        response = server.post("/scheduler/preempt", json.dumps(request))
        same(f"{file}: status", response.status, 200)
        # The nodes hold nothing here, so that nobody has to go; the victims are unknown, and go.
        sent = request["NodeNameToMetaVictims"] or request["NodeNameToVictims"]
        got = response.json["NodeNameToMetaVictims"]
        same(f"{file}: nodes", set(got), set(sent) & known)
        for at in got:
            same(f"{file}: {at}", [p["UID"] for p in got[at]["Pods"]],
                 [p.get("UID") or p["metadata"]["uid"] for p in sent[at]["Pods"]])
    same("exit code", server.stop(), 0)
    finish()


main()
