"""The program under test, and the objects that the API server sends it."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

from api_server import PATIENCE

PROGRAM = sys.argv[1]
NODES = "/api/v1/nodes"
PODS = "/api/v1/pods"


def item(name, version, uid=None, space=None):
    meta = {"name": name, "uid": uid or f"u-{name}", "resourceVersion": str(version)}
    if space:
        meta["namespace"] = space
    return {"metadata": meta}


def page(version, *items, more=None):
    meta = {"resourceVersion": str(version)}
    if more:
        meta["continue"] = more
    return {"kind": "List", "metadata": meta, "items": list(items)}


def status(code, reason, message=""):
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason,
            "message": message}


class Program:
    """A program under test that speaks to an API server; its lines come one by one. Its first
    argument is a kubeconfig, or the folder of a service account."""

    def __init__(self, server, arguments, *, cluster=None, user=None, account=None):
        self.dir = tempfile.TemporaryDirectory()
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        config = pathlib.Path(self.dir.name) / "config"
        config.write_text(json.dumps({
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": server.url, **(cluster or {})}}],
            "users": [{"name": "u", "user": user or {}}]}))
        if account:
            env.update(KUBERNETES_SERVICE_HOST="127.0.0.1",
                       KUBERNETES_SERVICE_PORT=str(server.port))
        self.process = subprocess.Popen(
            [PROGRAM, account or str(config), *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, *wanted):
        for want in wanted:
            got = self.lines.get(timeout=PATIENCE)
            assert got == want, f"wanted '{want}', got '{got}'"

    def expect_part(self, start, part=""):
        got = self.lines.get(timeout=PATIENCE)
        assert got.startswith(start) and part in got, f"wanted '{start}' '{part}', got '{got}'"
        return got

    def close(self):
        """The program ends when its input does."""
        self.process.stdin.close()
        assert self.process.wait(timeout=PATIENCE) == 0


class Follow(Program):
    def __init__(self, server, path=NODES, *, limit=2, retry=1, answer=30000, list_bytes=0,
                 **rest):
        super().__init__(server, (path, limit, retry, answer, list_bytes), **rest)

    def expect_trouble(self, part):
        self.expect_part("trouble ", part)

    def stop(self, **counts):
        """It ends at once, whatever it waits for, having told nothing more."""
        self.close()
        got = self.expect_part("end ")
        told = dict(pair.split("=") for pair in got.split()[1:])
        for key, value in counts.items():
            assert told[key] == str(value), got
