"""An API server that lists its objects and then falls silent: what is answered, and when it speaks
again."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import queue
import sys
import tempfile
import threading

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

from api_server import ApiServer
from client import Server, finish, same

STALE = "the API server was not heard of for too long"


def node(name, gpus, version):
    amounts = {"nvidia.com/gpu": str(gpus), "cpu": "64", "memory": "512Gi", "pods": "110"}
    return {"metadata": {"name": name, "uid": name, "resourceVersion": str(version)},
            "status": {"allocatable": amounts, "capacity": amounts,
                       "conditions": [{"type": "Ready", "status": "True"}]}}


class Quiet(threading.Thread):
    """Two nodes, of which one has no GPU; watches are opened, and nothing comes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = ApiServer()
        self.watches = queue.Queue()
        self.open = []
        self.start()

    def run(self):
        while True:
            request = self.server.requests.get()
            nodes = request.path == "/api/v1/nodes"
            if "watch" in request.query:
                request.open()
                self.watches.put((nodes, request))
            else:
                items = [node("a", 1, 1), node("b", 0, 2)] if nodes else []
                request.answer({"metadata": {"resourceVersion": "5"}, "items": items})

    def speak(self):
        """A bookmark on both watches."""
        while len(self.open) < 2:
            self.open.append(self.watches.get())
        for nodes, request in self.open:
            kind = "Node" if nodes else "Pod"
            request.send("BOOKMARK", {"kind": kind, "metadata": {"resourceVersion": "9"}})


def start(directory, quiet, answer):
    path = os.path.join(directory, "kubeconfig")
    with open(path, "w") as file:
        json.dump({"current-context": "c",
                   "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                   "clusters": [{"name": "k", "cluster": {"server": quiet.server.url}}],
                   "users": [{"name": "u", "user": {}}]}, file)
    config = os.path.join(directory, "config.yaml")
    with open(config, "w") as file:
        file.write(f"stale: {{after: 1s, answer: {answer}}}\nselection: {{narrow: 1}}\n")
    return Server(BINARY, "--kubeconfig", path, "--config", config)


POD = {"metadata": {"name": "p"},
       "spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1"}}}]}}


def ask(server, path):
    names = ["a", "b", "elsewhere"]
    return server.post(path, {"Pod": POD, "NodeNames": names}).json


def ask_victims(server):
    """The nodes on which a pod that nobody knows may be evicted."""
    victims = {name: {"Pods": [{"UID": "x"}], "NumPDBViolations": 0} for name in ("a", "elsewhere")}
    got = server.post("/preempt", {"Pod": POD, "NodeNameToMetaVictims": victims}).json
    return list(got["NodeNameToMetaVictims"])


def check(directory, answer, want, scores, victims):
    quiet = Quiet()
    server = start(directory, quiet, answer)
    count = f'slicefit_stale_requests_total{{answer="{answer}"}}'

    def silence():
        got = ask(server, "/filter")
        return server.metric(count) > 0 and got

    got = server.wait_for(silence)
    same(f"{answer}: filter", (got.get("NodeNames"), got.get("Error")), want)
    same(f"{answer}: prioritize", [entry["Score"] for entry in ask(server, "/prioritize")], scores)
    same(f"{answer}: preempt", ask_victims(server), victims)
    server.wait_for(lambda: quiet.speak() or ask(server, "/filter").get("NodeNames") == ["a"])
    same(f"{answer}: exit code", server.stop(), 0)


def main():
    with tempfile.TemporaryDirectory() as directory:
        check(directory, "error", (None, STALE), [], [])
        check(directory, "fail-open", (["a", "b", "elsewhere"], ""), [],
              ["a", "elsewhere"])
        check(directory, "serve", (["a"], ""), [10], ["a"])
    finish()


main()
