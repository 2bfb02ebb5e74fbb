"""client: starts slicefit serve, speaks HTTP to it with the standard library only, and checks.

Used by the scripts beside it; shares no code with the program.
"""
# SPDX-License-Identifier: Apache-2.0
import atexit
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

DEADLINE_S = 30
failures = []


def check(name, ok, detail=""):
    if not ok:
        failures.append(name)
        print(f"FAILED: {name}: {detail}", file=sys.stderr)


def same(name, got, want):
    check(name, got == want, f"got {got!r}, want {want!r}")


def finish():
    if failures:
        print(f"{len(failures)} failed", file=sys.stderr)
    sys.exit(1 if failures else 0)


class Server:
    """A server of its own on a free port, ready when the constructor returns.

    context: of a client that speaks TLS; wait: ask until it is ready."""

    def __init__(self, binary, *arguments, context=None, wait=True):
        self.context = context
        self.directory = tempfile.TemporaryDirectory()
        self.port_file = os.path.join(self.directory.name, "port")
        self.log = open(os.path.join(self.directory.name, "log"), "w+")
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--port-file", self.port_file, *arguments],
            stderr=self.log,
        )
        atexit.register(self.process.kill)  # when a check ends early; no-op once it has stopped
        ports = [int(line) for line in self.wait_for(self.read_ports).splitlines()]
        self.port, self.metrics_port = (ports + [0])[:2]
        if wait:
            self.wait_for(lambda: self.ask("GET", "/readyz").status == 200)

    def read_ports(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the server ended: {self.read_log()}")
        try:
            with open(self.port_file) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def wait_for(self, condition):
        """Polls: there is nothing to wait on but the thing itself."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            got = condition()
            if got:
                return got
            os.sched_yield()
        raise SystemExit(f"waited too long: {self.read_log()}")

    def read_log(self):
        with open(self.log.name) as file:
            return file.read()

    def connect(self):
        if self.context:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=DEADLINE_S,
                                               context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)

    def probe(self):
        """To the port of --metrics-listen."""
        return http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=DEADLINE_S)

    def ask(self, method, path, body=None, headers=None, connection=None):
        connection = connection or self.connect()
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.body = response.read()
        return response

    def post(self, path, body, connection=None):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        response = self.ask("POST", path, body, {"Content-Type": "application/json"}, connection)
        response.json = json.loads(response.body)
        return response

    def raw(self, text):
        """Sends bytes as they are; the head of the answer, "" when the server closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as sock:
            got = b""
            try:
                sock.sendall(text)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all was sent; the answer may still be there
            try:
                while b"\r\n\r\n" not in got and (chunk := sock.recv(65536)):
                    got += chunk
            except ConnectionResetError:
                pass
            return got

    def until_closed(self, text):
        """Sends bytes as they are; all that the server says until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as sock:
            got = b""
            try:
                sock.sendall(text)
                while chunk := sock.recv(65536):
                    got += chunk
            except (BrokenPipeError, ConnectionResetError):
                pass
            return got

    def poke(self, text):
        """Sends bytes and hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as sock:
            sock.sendall(text)

    def metric(self, line):
        """The value of a sample, 0 when it is not there."""
        text = self.ask("GET", "/metrics").body.decode()
        for row in text.splitlines():
            if row.startswith(line + " "):
                return float(row.rsplit(" ", 1)[1])
        return 0.0

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """The exit code after SIGTERM."""
        self.signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE_S)
        self.log.close()
        return code


def load(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()
