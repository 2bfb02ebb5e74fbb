"""The decision record: what serve writes down, replay decides again, byte by byte."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

from bind import Cluster, node, pod, write_config
from client import DEADLINE_S, Server, check, finish, load, same

DATA = os.path.join(SOURCE, "tests", "data", "extender")
SECRET = "very-secret"
FILES = sorted(name for name in os.listdir(DATA) if name.startswith("filter-"))


def replay(*arguments, text=None):
    return subprocess.run([BINARY, "replay", "--recorded", *arguments], input=text, text=True,
                          capture_output=True, timeout=DEADLINE_S, check=False)


def counts(result):
    return {v["verb"]: (v["decisions"], v["same"]) for v in json.loads(result.stdout)["verbs"]}


def test_file(folder):
    """Every kind of request against a cluster from a file, which is read again meanwhile."""
    record = os.path.join(folder, "file.jsonl")
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"), "--record", record)
    for name in FILES:
        for verb in ("filter", "prioritize"):
            server.post(f"/{verb}", load(DATA, name))
    pretty = json.dumps(json.loads(load(DATA, "filter-nodes.json")), indent=2)
    server.post("/filter", pretty)
    server.post("/filter", "garbage")
    server.signal(1)
    server.wait_for(lambda: "reloaded" in server.read_log())
    server.post("/filter", load(DATA, FILES[0]))
    same("file: exit code", server.stop(), 0)
    result = replay(record, "-o", "json")
    same("file: status", (result.returncode, result.stderr), (0, ""))
    same("file: filter", counts(result)["filter"], (len(FILES) + 2, len(FILES) + 2))
    same("file: prioritize", counts(result)["prioritize"], (len(FILES), len(FILES)))
    same("file: services", json.loads(result.stdout)["services"], 2)
    return record


def test_cluster(folder, pool):
    """Nodes and pods that come and go, promises that are kept and given back."""
    record = os.path.join(folder, "cluster.jsonl")
    pods = [pod(f"p{i}") for i in range(20)]
    for obj in pods:
        obj["spec"]["containers"][0]["env"] = [{"name": "TOKEN", "value": SECRET}]
        obj["metadata"]["annotations"] = {
            "kubectl.kubernetes.io/last-applied-configuration": SECRET, "note": "kept"}
    cluster = Cluster(pods, [node("n1"), node("n2", gpus=2)])
    config = os.path.join(folder, "config")
    write_config(cluster, config)
    server = Server(BINARY, "--kubeconfig", config, "--record", record, "--policy", "fgd")

    def ask(verb, obj):
        return server.post(verb, {"Pod": obj, "Nodes": None, "NodeNames": ["n1", "n2", "n3"]}).json

    def bind(name, on):
        return server.post("/bind", {"PodName": name, "PodNamespace": "default",
                                     "PodUID": f"uid-{name}", "Node": on}).json["Error"]

    for i, obj in enumerate(pods[:8]):
        fits = ask("/filter", obj)["NodeNames"]
        ask("/prioritize", obj)
        if not fits:
            break
        answer = pool.submit(bind, f"p{i}", fits[-1])
        request = cluster.take()
        if i == 2:
            request.answer({"kind": "Status", "message": "no"}, "403 Forbidden")
        else:
            cluster.confirm(request)
        answer.result(DEADLINE_S)
    check("cluster: refused", bind("p9", "n2") != "")
    cluster.tell("DELETED", pod("p0"))
    server.wait_for(lambda: ask("/filter", pod("late"))["NodeNames"] != [])
    server.post("/preempt", {"Pod": pods[9], "NodeNameToMetaVictims": {
        "n2": {"Pods": [{"UID": "uid-p1"}], "NumPDBViolations": 0}}})
    same("cluster: exit code", server.stop(), 0)
    result = replay(record, "-o", "json")
    same("cluster: status", (result.returncode, result.stderr), (0, ""))
    for verb, (decisions, alike) in counts(result).items():
        check(f"cluster: {verb}", decisions > 0 and alike == decisions, (decisions, alike))
    with open(record) as file:
        text = file.read()
    check("cluster: no secrets", SECRET not in text)
    check("cluster: annotations", '"note":"kept"' in text)
    same("cluster: readable by its owner only", os.stat(record).st_mode & 0o777, 0o600)
    return record


def test_differences(record):
    """A record that was tampered with, cut off, or that is none."""
    with open(record) as file:
        text = file.read()
    changed = text.replace("GPU devices in use", "GPU devices are used")
    result = replay("-", text=changed)
    same("tampered: status", result.returncode, 1)
    check("tampered: names the line", "standard input:" in result.stderr and
          "GPU devices are used" in result.stderr, result.stderr)
    result = replay("-", "--differences", "0", "-o", "json", text=changed)
    check("tampered: counts the rest", "more differ" in result.stderr, result.stderr)
    same("cut off: status", replay("-", text=text[:-20]).returncode, 0)
    for bad, part in [("", "no record"), ("{}\n", "standard input:1"), ("[1]\n", "standard input:1"),
                      ('{"node":{}}\n', "no record"), ('{"x":1}\n', "unknown kind of line 'x'"),
                      ('{"slicefit_record":9}\n', "format 9"),
                      ('{"slicefit_record":1,"policy":"nope"}\n', "policy")]:
        result = replay("-", text=bad)
        same(f"{bad!r}: status", result.returncode, 2)
        check(f"{bad!r}: says why", part in result.stderr, result.stderr)
    same("missing file", replay("/nonexistent/x").returncode, 2)


def main():
    with tempfile.TemporaryDirectory() as folder:
        record = test_file(folder)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            test_cluster(folder, pool)
        test_differences(record)
    finish()


main()
