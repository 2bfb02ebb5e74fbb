"""serve: what a /filter call costs the server, for bench/run. Requests go to the servers in turns, on one
connection each; CPU is that of all threads of a server, memory its peak while it answers."""

import http.client
import os
import time

import bodies
import client  # the black-box tests' own


class Side:
    """One server and what it took."""

    def __init__(self, program, cluster):
        self.server = client.Server(program, "-q", "--threads", "2", "--cluster", cluster)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
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

    def peak_mb(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

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


def in_turns(sides, body, repeat):
    """True when all gave the same answers. The first request is to warm up."""
    same = True
    for number in range(repeat + 1):
        answers = [side.ask(body) for side in sides]
        same = same and len(set(answers)) == 1
        if number == 0:
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


def measure(programs, row, folder):
    """(same answers, MB of the body, sides) of a row: form, nodes, bytes of a node, requests."""
    form, nodes, size, repeat = row
    body = bodies.body(form, nodes, size)
    # Objects need no cluster; a small one keeps its memory out of the figures.
    cluster = write_cluster(nodes if form == "names" else 7, folder)
    sides = [Side(program, cluster) for program in programs]
    same = in_turns(sides, body, repeat)
    return same, len(body) / 2**20, sides


def label(row):
    form, nodes, size, _ = row
    return f"{nodes:,} names" if form == "names" else f"{nodes:,} nodes of {size / 1024:.1f} KB"
