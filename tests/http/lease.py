"""Two replicas and one Lease: only the one that holds it binds."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json
import os
import sys
import tempfile

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

from bind import Cluster, node, pod, write_config
from client import DEADLINE_S, Server, check, finish, same

LEASE = "/apis/coordination.k8s.io/v1/namespaces/gpu/leases/chosen"


class Leases(Cluster):
    """Keeps one Lease as the API server does, by resourceVersion."""

    def __init__(self, *arguments):
        self.lease = None
        super().__init__(*arguments)

    def pass_on(self, request):
        if "/leases" not in request.path:
            self.bindings.put(request)
            return
        same("lease: where", request.path in (LEASE, os.path.dirname(LEASE)), True)
        if request.method == "GET" and self.lease is None:
            request.answer({"kind": "Status", "reason": "NotFound"}, "404 Not Found")
            return
        if request.method != "GET":
            old = self.lease["metadata"]["resourceVersion"] if self.lease else None
            new = request.doc
            if request.method == "PUT" and new["metadata"].get("resourceVersion") != old:
                request.answer({"kind": "Status", "reason": "Conflict"}, "409 Conflict")
                return
            self.version += 1
            new["metadata"]["resourceVersion"] = str(self.version)
            self.lease = new
        request.answer(self.lease, "201 Created" if request.method == "POST" else "200 OK")


def start(config):
    return Server(BINARY, "--kubeconfig", config, "--leader-elect", "--lease-name",
                  "chosen", "--lease-namespace", "gpu")


def leads(server):
    return server.ask("GET", "/leadz").status == 200


def bind(server, name):
    return server.post("/bind", {"PodName": name, "PodNamespace": "default", "PodUID": f"uid-{name}",
                                 "Node": "n1"}).json["Error"]


def main():
    cluster = Leases([pod("a"), pod("b")], [node("n1")])
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        config = os.path.join(folder, "config")
        write_config(cluster, config)
        first = start(config)
        first.wait_for(lambda: leads(first))
        second = start(config)
        holder = cluster.lease["spec"]["holderIdentity"]
        second.wait_for(lambda: holder in second.ask("GET", "/leadz").body.decode())
        same("second: refused", bind(second, "a"), f"this replica does not bind: {holder} leads")
        same("second: answers filter", second.post("/filter", {
            "Pod": pod("a"), "Nodes": None, "NodeNames": ["n1"]}).json["NodeNames"], ["n1"])
        same("leader: metric", [first.metric("slicefit_leader"), second.metric("slicefit_leader")],
             [1.0, 0.0])
        answer = pool.submit(bind, first, "a")
        cluster.confirm(cluster.take())
        same("leader: binds", answer.result(DEADLINE_S), "")
        same("leader: exit code", first.stop(), 0)
        # The first gave the Lease back, so nobody has to wait until it is over.
        second.wait_for(lambda: leads(second))
        check("another holds it", cluster.lease["spec"]["holderIdentity"] not in ("", holder))
        answer = pool.submit(bind, second, "b")
        cluster.confirm(cluster.take())
        same("new leader: binds", answer.result(DEADLINE_S), "")
        same("new leader: exit code", second.stop(), 0)
    finish()


main()
