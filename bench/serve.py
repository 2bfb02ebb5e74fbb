"""serve: what a /filter call costs the server, for bench/run. Requests go to the servers in turns, on one
connection each; CPU is that of all threads of a server, memory its peak while it answers."""

import http.client
import json
import os
import statistics
import time

import bodies
import client  # the black-box tests' own


MIB = 2**20


class Side:
    """One server and what it took."""

    def __init__(self, program, cluster, own=("-q", "--threads", "2")):
        self.server = client.Server(program, *own, "--cluster", cluster)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.state_mb = self.resident("VmRSS")
        self.peak_mb = self.state_mb
        self.forget()

    def forget(self):
        """Starts a new row: peak memory counts from now on (proc(5), clear_refs)."""
        self.cpu_s, self.wall_s = [], []
        with open(f"/proc/{self.server.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def ask(self, body):
        before, start = cpu_of(self.server.process.pid), time.perf_counter()
        self.connection.request("POST", "/filter", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse().read()
        self.wall_s.append(time.perf_counter() - start)
        self.cpu_s.append(cpu_of(self.server.process.pid) - before)
        return answer

    def resident(self, field):
        """MiB: VmRSS is now, VmHWM the most since forget()."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith(field + ":"))
        return int(line.split()[1]) / 1024

    def cpu_ms(self):
        return 1e3 * statistics.median(self.cpu_s)

    def latency_ms(self, share):
        return 1e3 * percentile(self.wall_s, share)

    def stop(self):
        self.connection.close()
        self.server.process.terminate()
        self.server.process.wait()


def cpu_of(pid):
    """CPU seconds of a running process, all threads."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def feasible(answer):
    """The names of the nodes that a server let pass: what servers of different making have in common."""
    result = json.loads(answer)
    nodes = result["Nodes"]
    return result["NodeNames"] if nodes is None else [n["metadata"]["name"] for n in nodes["items"]]


def in_turns(sides, twins, body, repeat):
    """True when the first `twins` gave the same bytes and all the same nodes. The first request is to warm
    up."""
    same = True
    for number in range(repeat + 1):
        answers = [side.ask(body) for side in sides]
        same = same and len(set(answers[:twins])) == 1
        if number == 0:
            same = same and all(feasible(a) == feasible(answers[0]) for a in answers)
            for side in sides:
                side.forget()
    return same


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def write_cluster(nodes, folder):
    path = os.path.join(folder, f"cluster-{nodes}.json")
    with open(path, "wb") as file:
        file.write(bodies.body("cluster", nodes, 0))
    return path


def find_peer():
    """slicefit-peer as scripts/kube-assets builds it, None where it is not. PEER names another."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    places = [os.environ.get("PEER")]
    if os.environ.get("KUBEBUILDER_ASSETS"):
        places.append(os.path.join(os.environ["KUBEBUILDER_ASSETS"], "slicefit-peer"))
    places.append(os.path.join(cache, "slicefit", "kube-1.20.2", "slicefit-peer"))
    return next((place for place in places if place and os.access(place, os.X_OK)), None)


def measure(programs, peer, row, folder):
    """(right answers, MiB of the body, sides) of a row: form, nodes, bytes of a node, requests. The peer's
    side comes last, if there is one."""
    form, nodes, size, repeat = row
    body = bodies.body(form, nodes, size)
    # Objects need no cluster; a small one keeps its memory out of the figures.
    cluster = write_cluster(nodes if form == "names" else 7, folder)
    sides = [Side(program, cluster) for program in programs]
    if peer is not None:
        sides.append(Side(peer, cluster, own=()))
    same = in_turns(sides, len(programs), body, repeat)
    for side in sides:
        side.peak_mb = side.resident("VmHWM")
    return same, len(body) / MIB, sides


def label(row):
    form, nodes, size, _ = row
    return f"{nodes:,} names" if form == "names" else f"{nodes:,} nodes of {size / 1024:.1f} KB"


# What has to be reached, by form and nodes: CPU of the DOM and of the peer over ours at least, p50 and p99
# over the peer's at most.
GOALS = {
    ("names", 500): {"peer": 5},
    ("names", 5000): {"dom": 5, "peer": 10, "p50": 0.2, "p99": 0.3},
    ("nodes", 1000): {"peer": 25},
    ("nodes", 5000): {"peer": 25},
}


def memory_most_mb(body_mb, ours):
    """What peak memory may be beside a body: the state is what was resident before the first request."""
    return 1.25 * body_mb + 12 + ours.state_mb
