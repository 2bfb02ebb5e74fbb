"""A cluster of thousands of nodes and tens of thousands of pods, followed by `slicefit serve`: how long the
first sync takes, how much memory the state needs, and what an event of the watch costs.

The API server is a stand-in that answers lists in pages and then streams pod events; its texts are made
beforehand, so that what is measured is slicefit. Pods are of the size that a Deployment's have (4 kB, with
managedFields), nodes those of bodies.py.

Usage: bench/sync.py SLICEFIT [NODES [PODS [EVENTS]]]     (5000, 50000, 20000)"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import bodies  # noqa: E402

NODE_BYTES = 12288
PAGE = 500
TICKS = os.sysconf("SC_CLK_TCK")
READY_S = 120


def pod_text(i, version, node, phase):
    """About 4 kB. `i` is also its uid."""
    name = f"train-{i // 16:05d}-{i % 16:02d}"
    env = [{"name": f"VARIABLE_{k:02d}", "value": f"value-{k:02d}" * 3} for k in range(12)]
    managed = [{"manager": m, "operation": "Update", "apiVersion": "v1", "time": "2026-03-02T08:00:00Z",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:spec": {"f:containers": {'k:{"name":"main"}': {
                    f"f:field{k:02d}": {} for k in range(30)}}}}}
               for m in ("kube-controller-manager", "kubelet")]
    return json.dumps({
        "metadata": {"name": name, "namespace": f"team-{i % 40:02d}", "uid": f"{i:08x}-0000-4000-8000-000000000000",
                     "resourceVersion": str(version), "labels": {"app": "train", "job": f"train-{i // 16:05d}"},
                     "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": f"train-{i // 16:05d}",
                                          "uid": "0", "controller": True}], "managedFields": managed},
        "spec": {"containers": [{"name": "main", "image": "registry.example/train:1", "env": env, "resources": {
            "limits": {"nvidia.com/gpu": "1"}, "requests": {"cpu": "4", "memory": "32Gi", "nvidia.com/gpu": "1"}},
            "volumeMounts": [{"name": f"v{k}", "mountPath": f"/data/{k}"} for k in range(4)]}],
            "nodeName": node, "priority": i % 3, "schedulerName": "default-scheduler",
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]},
        "status": {"phase": phase, "startTime": "2026-03-02T08:00:00Z", "conditions": [
            {"type": t, "status": "True", "lastTransitionTime": "2026-03-02T08:00:00Z"}
            for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]},
    }, separators=(",", ":"))


class ApiServer:
    def __init__(self, nodes, pods):
        self.items = {"nodes": nodes, "pods": pods}
        self.watches = {}
        self.there = threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        reader = connection.makefile("rb")
        while line := reader.readline():
            target = line.split()[1].decode()
            while reader.readline().strip():
                pass
            if "/poddisruptionbudgets" in target:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
                continue
            kind = "nodes" if "/nodes" in target else "pods"
            if "watch=1" in target:
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                with self.there:
                    self.watches[kind] = connection
                    self.there.notify_all()
                return
            start = int((re.search(r"continue=(\d+)", target) or [0, "0"])[1])
            items = self.items[kind][start:start + PAGE]
            more = start + PAGE < len(self.items[kind])
            meta = {"resourceVersion": "1000", **({"continue": str(start + PAGE)} if more else {})}
            body = f'{{"metadata":{json.dumps(meta)},"items":[{",".join(items)}]}}'.encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def watch(self, kind):
        with self.there:
            self.there.wait_for(lambda: kind in self.watches)
        return self.watches[kind]


def status(pid, key):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key + ":")) / 1024


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wait(condition, seconds=READY_S):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("waited too long")
        os.sched_yield()


def metric(port, name):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + " ")), 0.0)


def ready(port):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/readyz")
    return connection.getresponse().status == 200


def events_text(pods, names, n):
    """Deletions and new pods in turns, as chunks of one watch; each is a change of the state."""
    lines = []
    for k in range(n):
        i = k // 2 % pods
        if k % 2 == 0:
            text = pod_text(i, 2000 + k, names[i % len(names)], "Succeeded")
            lines.append(f'{{"type":"DELETED","object":{text}}}\n')
        else:
            text = pod_text(i, 2000 + k, names[i % len(names)], "Running")
            lines.append(f'{{"type":"ADDED","object":{text}}}\n')
    data = "".join(lines).encode()
    return b"%x\r\n%s\r\n" % (len(data), data), len(data)


def run(program, nodes, pods, events):
    names = [bodies.name_of(i) for i in range(nodes)]
    request = json.loads(bodies.body("nodes", nodes, NODE_BYTES))
    node_texts = [json.dumps(node, separators=(",", ":")) for node in request["Nodes"]["items"]]
    server = ApiServer(node_texts, [pod_text(i, 1 + i, names[i % nodes], "Running") for i in range(pods)])
    with tempfile.TemporaryDirectory() as folder:
        config, port_file = os.path.join(folder, "config"), os.path.join(folder, "port")
        with open(config, "w") as file:
            json.dump({"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                       "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{server.port}"}}],
                       "users": [{"name": "u", "user": {}}]}, file)
        begun = time.monotonic()
        process = subprocess.Popen([program, "serve", "-q", "--kubeconfig", config, "--listen", "127.0.0.1:0",
                                    "--port-file", port_file])
        wait(lambda: os.path.exists(port_file))
        with open(port_file) as file:
            port = int(file.read())
        wait(lambda: ready(port))
        synced = time.monotonic() - begun
        sync_cpu, rss, peak = cpu(process.pid), status(process.pid, "VmRSS"), status(process.pid, "VmHWM")
        chunk, size = events_text(pods, names, events)
        watch = server.watch("pods")
        told = 'slicefit_watch_events_total{kind="pods"}'
        before, cpu_before = metric(port, told), cpu(process.pid)
        watch.sendall(chunk)
        wait(lambda: metric(port, told) >= before + events or time.sleep(0.2))
        event_us = (cpu(process.pid) - cpu_before) / events * 1e6
        after = status(process.pid, "VmRSS")
        process.terminate()
        process.wait()
    print(f"{nodes} nodes of {len(node_texts[0])} bytes, {pods} pods of {size // events} bytes")
    print(f"first sync           {synced:8.2f} s, {sync_cpu:.2f} s of CPU")
    print(f"resident memory      {rss:8.0f} MiB, {peak:.0f} MiB at most while it synced   (goal: below 200)")
    print(f"an event of a pod    {event_us:8.1f} us of CPU on average, all of it         (goal: below 20)")
    print(f"memory after {events} events {after:.0f} MiB")


if __name__ == "__main__":
    arguments = [int(value) for value in sys.argv[2:]]
    run(sys.argv[1], *(arguments + [5000, 50000, 20000][len(arguments):]))
