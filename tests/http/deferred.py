"""Binds that wait for the API server: they hold no thread, clients may hang up, a stop waits for them."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import queue
import signal
import socket
import ssl
import struct
import sys
import tempfile
import threading

BINARY, SOURCE = sys.argv[1], sys.argv[2]
sys.path += [os.path.join(SOURCE, "tests", "kube")]

from api_server import ApiServer
from client import DEADLINE_S, Server, check, finish, same
from pki import Authority

GPUS, WAITING, WAITING_TLS, LAST, PIPELINED = 8, 200, 40, 20, 6
BOUND = b'{"Error":""}'


def meta(name):
    return {"name": name, "uid": f"uid-{name}", "namespace": "default", "resourceVersion": "1"}


def node(name):
    amounts = {"nvidia.com/gpu": str(GPUS), "cpu": "64", "memory": "512Gi", "pods": "110"}
    return {"metadata": meta(name),
            "status": {"allocatable": amounts, "capacity": amounts,
                       "conditions": [{"type": "Ready", "status": "True"}]}}


def pod(name):
    limits = {"limits": {"nvidia.com/gpu": "1"}}
    return {"metadata": meta(name), "spec": {"containers": [{"name": "c", "resources": limits}]}}


class Cluster(threading.Thread):
    """Lists pods and nodes; answers bindings from the moment that it is let go."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self.server = ApiServer()
        self.lists = {"/api/v1/nodes": [node(f"n{i}") for i in range(pods // GPUS + 1)],
                      "/api/v1/pods": [pod(f"p{i}") for i in range(pods)]}
        self.held = queue.Queue()
        self.go = threading.Event()
        self.start()
        threading.Thread(target=self.answer, daemon=True).start()

    def run(self):
        while True:
            try:
                request = self.server.requests.get()
            except queue.Empty:
                return
            if request.path not in self.lists:
                self.held.put(request)
            elif "watch" in request.query:
                request.open()
            else:
                request.answer({"metadata": {"resourceVersion": "50"},
                                "items": self.lists[request.path]})

    def answer(self):
        self.go.wait()
        while True:
            self.held.get().answer({}, "201 Created")


def start(folder, cluster, *arguments, context=None):
    config = os.path.join(folder, "config")
    with open(config, "w") as file:
        json.dump({"current-context": "c",
                   "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                   "clusters": [{"name": "k", "cluster": {"server": cluster.server.url}}],
                   "users": [{"name": "u", "user": {}}]}, file)
    return Server(BINARY, "--kubeconfig", config, "--threads", "2", *arguments, context=context)


def request(number):
    body = json.dumps({"PodName": f"p{number}", "PodNamespace": "default",
                       "PodUID": f"uid-p{number}", "Node": f"n{number // GPUS}"}).encode()
    return b"POST /bind HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def ask(server, *numbers):
    """A connection with binds on it."""
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S)
    if server.context:
        sock = server.context.wrap_socket(sock, server_hostname="127.0.0.1")
    sock.sendall(b"".join(request(number) for number in numbers))
    return sock


def read(sock):
    """The body of the answer, after a 200."""
    got = b""
    while not got.endswith(b"}") and (chunk := sock.recv(65536)):
        got += chunk
    sock.close()
    return got.split(b"\r\n\r\n", 1)[1] if got.startswith(b"HTTP/1.1 200") else got


def waiting(server):
    """Requests whose head was read and that have no answer yet; this one is not counted."""
    return server.metric("slicefit_requests_in_flight") - 1


def hang_up(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def check_waiting(folder, binds, *arguments, context=None):
    """With two threads, hundreds of binds wait and other requests are answered."""
    cluster = Cluster(binds)
    server = start(folder, cluster, *arguments, context=context)
    socks = [ask(server, number) for number in range(binds)]
    server.wait_for(lambda: waiting(server) == binds)
    same("filter meanwhile", server.post("/filter", {"Pod": pod("x"), "NodeNames": ["n0"]}).status,
         200)
    gone = socks[::4]
    for sock in gone:
        hang_up(sock)
    cluster.go.set()
    answers = [read(sock) for sock in socks if sock not in gone]
    same("bound", answers, [BOUND] * (binds - len(gone)))
    server.wait_for(lambda: waiting(server) == 0)
    same("counted", server.metric('slicefit_requests_total{verb="bind",code="200"}'), binds)
    same("exit code", server.stop(), 0)


def check_pipelined(folder):
    """Binds that come without waiting for the answer of the one before."""
    cluster = Cluster(PIPELINED)
    server = start(folder, cluster)
    sock = ask(server, *range(PIPELINED))
    server.wait_for(lambda: waiting(server) == 1)
    cluster.go.set()
    got = b""
    while got.count(BOUND) < PIPELINED and (chunk := sock.recv(65536)):
        got += chunk
    same("pipelined", got.count(b"HTTP/1.1 200 OK"), PIPELINED)
    same("pipelined: bodies", got.count(BOUND), PIPELINED)
    sock.close()
    same("exit code", server.stop(), 0)


def check_stop(folder):
    """SIGTERM lets those that wait have their answer."""
    cluster = Cluster(LAST)
    server = start(folder, cluster)
    socks = [ask(server, number) for number in range(LAST)]
    server.wait_for(lambda: waiting(server) == LAST)
    server.signal(signal.SIGTERM)
    server.wait_for(lambda: "stopping" in server.read_log())
    cluster.go.set()
    same("bound, though it stops", [read(sock) for sock in socks], [BOUND] * LAST)
    same("exit code", server.process.wait(DEADLINE_S), 0)


with tempfile.TemporaryDirectory() as directory:
    check_waiting(directory, WAITING)
    authority = Authority(directory, "ca")
    cert, key = authority.issue("server", "serverAuth")
    check_waiting(directory, WAITING_TLS, "--tls-cert-file", cert, "--tls-private-key-file", key,
                  context=ssl.create_default_context(cafile=authority.cert))
    check_pipelined(directory)
    check_stop(directory)
finish()
