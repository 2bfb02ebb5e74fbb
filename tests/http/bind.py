"""Bind against an API server made of a script: who gets what, when, and what the scheduler is told."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json
import os
import queue
import sys
import tempfile
import threading

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

import prometheus
from api_server import ApiServer
from client import DEADLINE_S, Server, check, finish, same

GPUS, PODS = 4, 40
BUSY = "node n1: GPU devices in use"


def meta(name, uid, version):
    return {"name": name, "uid": uid, "namespace": "default", "resourceVersion": str(version)}


def node(name, version=1, gpus=GPUS):
    amounts = {"nvidia.com/gpu": str(gpus), "cpu": "64", "memory": "512Gi", "pods": "110"}
    return {"metadata": meta(name, f"uid-{name}", version),
            "status": {"allocatable": amounts, "capacity": amounts,
                       "conditions": [{"type": "Ready", "status": "True"}]}}


def pod(name, version=1, on=None, gpus=1):
    limits = {"limits": {"nvidia.com/gpu": str(gpus)}}
    spec = {"containers": [{"name": "c", "resources": limits}], **({"nodeName": on} if on else {})}
    return {"metadata": meta(name, f"uid-{name}", version), "spec": spec}


class Cluster(threading.Thread):
    """Answers lists at once, keeps the watches, and leaves bindings to the test."""

    def __init__(self, pods, nodes):
        """pods None: the request for their list is left to the test, too."""
        super().__init__(daemon=True)
        self.server = ApiServer()
        self.lists = {"/api/v1/nodes": nodes}
        if pods is not None:
            self.lists["/api/v1/pods"] = pods
        self.watches = queue.Queue()
        self.bindings = queue.Queue()
        self.watch_pods = None
        self.version = 100
        self.start()

    def run(self):
        while True:
            try:
                request = self.server.requests.get()
            except queue.Empty:
                return
            if request.path not in self.lists:
                self.pass_on(request)
            elif "watch" in request.query:
                request.open()
                if request.path.endswith("pods"):
                    self.watches.put(request)
            else:
                request.answer({"metadata": {"resourceVersion": "50"},
                                "items": self.lists[request.path]})

    def pass_on(self, request):
        """Neither a list nor a watch."""
        self.bindings.put(request)

    def tell(self, kind, obj):
        """One event of the watch of pods."""
        self.watch_pods = self.watch_pods or self.watches.get(timeout=DEADLINE_S)
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        self.watch_pods.send(kind, obj)

    def take(self):
        return self.bindings.get(timeout=DEADLINE_S)

    def confirm(self, request):
        """The pod is on its node: 201, and the watch says so."""
        name = request.path.split("/")[-2]
        self.tell("MODIFIED", pod(name, on=request.doc["target"]["name"]))
        request.answer({}, "201 Created")


def write_config(cluster, path):
    """A kubeconfig."""
    with open(path, "w") as file:
        json.dump({"current-context": "c",
                   "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                   "clusters": [{"name": "k", "cluster": {"server": cluster.server.url}}],
                   "users": [{"name": "u", "user": {}}]}, file)


class Extender(Server):
    def __init__(self, cluster, wait=True):
        config = tempfile.NamedTemporaryFile()
        write_config(cluster, config.name)
        super().__init__(BINARY, "--kubeconfig", config.name, wait=wait)

    def bind(self, name, on="n1"):
        return self.post("/bind", {"PodName": name, "PodNamespace": "default",
                                   "PodUID": f"uid-{name}", "Node": on}).json["Error"]

    def filter(self, obj, *nodes):
        return self.post("/filter", {"Pod": obj, "Nodes": None, "NodeNames": nodes}).json


def scrape(extender, name, **labels):
    """The value of a sample in an answer that is right in every respect."""
    families = prometheus.parse(extender.ask("GET", "/metrics").body.decode())
    with open(os.path.join(SOURCE, "docs", "serve.md")) as file:
        known = file.read()
    same("documented", [n for n in families if n[:9] == "slicefit_" and f"`{n}`" not in known], [])
    return families[name].samples["", tuple(sorted(labels.items()))]


def test_rush(pool):
    """Forty binds at once for four GPUs: four are sent on, and nobody else is."""
    cluster = Cluster([pod(f"p{i}") for i in range(PODS)], [node("n1")])
    extender = Extender(cluster)
    answers = [pool.submit(extender.bind, f"p{i}") for i in range(PODS)]
    sent = [cluster.take() for _ in range(GPUS)]
    concurrent.futures.wait(answers, DEADLINE_S, concurrent.futures.FIRST_COMPLETED)
    for request in sent:
        same("rush: uid", request.doc["metadata"]["uid"], "uid-" + request.path.split("/")[-2])
        decision = json.loads(request.doc["metadata"]["annotations"]["slicefit.io/decision"])
        same("rush: decision", decision,
             {"version": 1, "node": "n1", "policy": "",
              "devices": [{"resource": "nvidia.com/gpu", "replicas": 1}]})
        cluster.confirm(request)
    texts = [answer.result(DEADLINE_S) for answer in answers]
    same("rush: bound", texts.count(""), GPUS)
    same("rush: refused", texts.count(BUSY), PODS - GPUS)
    check("rush: nothing else was sent", cluster.bindings.empty())
    same("rush: binds done", scrape(extender, "slicefit_binds_total", result="done"), GPUS)
    same("rush: bindings sent", scrape(extender, "slicefit_bind_posts_total"), GPUS)
    same("rush: promises", scrape(extender, "slicefit_reservations_total"), GPUS)
    same("rush: in sync", scrape(extender, "slicefit_watch_synced"), 1)
    same("rush: filter", extender.filter(pod("late"), "n1")["FailedNodes"],
         {"n1": "GPU devices in use"})
    same("rush: exit code", extender.stop(), 0)


def test_again(pool):
    """The scheduler may ask again: what is done is done, what goes on is not doubled."""
    cluster = Cluster([pod("a"), pod("b")], [node("n1", gpus=1), node("n2", gpus=1)])
    extender = Extender(cluster)
    first = pool.submit(extender.bind, "a")
    sent = cluster.take()
    same("again: running", scrape(extender, "slicefit_binds_running"), 1)
    state = json.loads(extender.ask("GET", "/state?node=n1").body)["nodes"][0]["pods"]
    same("again: promised", [(p["name"], p["state"], len(p["devices"])) for p in state],
         [("a", "reserved", 1)])
    same("again: elsewhere while it goes on", extender.bind("a", "n2"),
         "the pod is being bound to node n1")
    same("again: its devices are promised", extender.bind("b"), BUSY)
    answer = extender.filter(pod("a"), "n1", "n2")
    same("again: they are its own", answer["NodeNames"], ["n1"])
    same("again: no other node", answer["FailedNodes"], {"n2": "pod is being bound to another node"})
    cluster.confirm(sent)
    same("again: first", first.result(DEADLINE_S), "")
    extender.wait_for(lambda: extender.bind("a", "n2") == "the pod is bound to node n1")
    same("again: bound is bound", extender.bind("a"), "")
    cluster.tell("DELETED", pod("a"))
    extender.wait_for(lambda: extender.filter(pod("b"), "n1")["NodeNames"] == ["n1"])
    same("again: exit code", extender.stop(), 0)


def test_refused(pool):
    """What the API server refuses gives its devices back."""
    cluster = Cluster([pod("a"), pod("b")], [node("n1", gpus=1)])
    extender = Extender(cluster)
    answer = pool.submit(extender.bind, "a")
    cluster.take().answer({"kind": "Status", "reason": "Forbidden", "message": "100% no"},
                          "403 Forbidden")
    text = answer.result(DEADLINE_S)
    check("refused: says why", "403" in text and "Forbidden" in text and "%" not in text, text)
    answer = pool.submit(extender.bind, "b")
    cluster.confirm(cluster.take())
    same("refused: another takes them", answer.result(DEADLINE_S), "")
    same("refused: exit code", extender.stop(), 0)


def test_unknown(pool):
    """Pods that only filter was asked about, and pods and nodes that nobody knows."""
    cluster = Cluster([], [node("n1")])
    extender = Extender(cluster)
    same("unknown: pod", extender.bind("x"), "unknown pod")
    extender.filter(pod("x"), "n1")
    same("unknown: node", extender.bind("x", "n9"), "unknown node")
    answer = pool.submit(extender.bind, "x")
    cluster.confirm(cluster.take())
    same("unknown: asked about", answer.result(DEADLINE_S), "")
    for body, part in [("", "no JSON"), ("[]", "not an object"), ("{}", "without PodName"),
                       ('{"podname":"p","PodNamespace":"d","PodUID":"u"}', "without Node"),
                       (json.dumps({"PodName": "p" * 300}), "more than 255 bytes")]:
        text = extender.post("/bind", body).json["Error"]
        check(f"unknown: {body[:20]!r}", part in text, text)
    same("unknown: exit code", extender.stop(), 0)


def test_half_known():
    """Nodes are known before pods: their devices look free, and must not be given away."""
    cluster = Cluster(None, [node("n1", gpus=1)])
    extender = Extender(cluster, wait=False)
    listing = cluster.take()
    extender.wait_for(lambda: extender.metric('slicefit_nodes{state="ready"}') == 1)
    same("half known: not ready", extender.ask("GET", "/readyz").status, 503)
    waiting = "waiting for the first list of nodes and pods"
    same("half known: bind", extender.bind("a"), waiting)
    same("half known: filter", extender.filter(pod("a"), "n1")["Error"], waiting)
    same("half known: explain", extender.ask("GET", "/explain?pod=a").status, 503)
    same("half known: simulate", extender.post("/simulate", {"pods": [{"pod": pod("a")}]}).status,
         503)
    same("half known: state", json.loads(extender.ask("GET", "/state").body)["synced"], False)
    cluster.lists["/api/v1/pods"] = []  # and its watch
    listing.answer({"metadata": {"resourceVersion": "50"}, "items": [pod("old", on="n1")]})
    extender.wait_for(lambda: extender.ask("GET", "/readyz").status == 200)
    same("half known: then", extender.bind("a"), "unknown pod")
    same("half known: filter, then", extender.filter(pod("a"), "n1")["FailedNodes"],
         {"n1": "GPU devices in use"})
    same("half known: bind, then", extender.bind("a"), BUSY)
    same("half known: exit code", extender.stop(), 0)


def test_no_api_server():
    server = Server(BINARY, "--cluster",
                    os.path.join(SOURCE, "tests", "data", "extender", "cluster.json"))
    text = server.post("/bind", {"PodName": "p", "PodNamespace": "d", "PodUID": "u",
                                 "Node": "n"}).json["Error"]
    check("no API server", "--kubeconfig" in text, text)
    same("no API server: exit code", server.stop(), 0)


def main():
    with concurrent.futures.ThreadPoolExecutor(PODS) as threads:
        test_rush(threads)
        test_again(threads)
        test_refused(threads)
        test_unknown(threads)
    test_half_known()
    test_no_api_server()
    finish()


if __name__ == "__main__":
    main()
