"""process: a program that a test started, its log, and signals that reach it and nothing else."""
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import socket
import subprocess
import time

DEADLINE_S = 60
POLL_S = 0.02


class Process:
    """Started by the constructor. It dies with the test, however that ends (setpriv --pdeathsig); signals
    go through the handle of the child, never to a number that may be another's by now."""

    def __init__(self, name, argv, folder):
        self.name = name
        self.argv = ["setpriv", "--pdeathsig", "KILL", *argv]
        self.log = os.path.join(folder, name + ".log")
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=os.path.dirname(self.log))

    @property
    def pid(self):
        return self.child.pid

    def signal(self, number):
        self.child.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """SIGKILL: nothing is tidied up."""
        self.child.kill()
        self.child.wait()

    def stop(self):
        """The exit status after SIGTERM."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)  # a paused one could not end
            self.child.terminate()
            try:
                self.child.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.child.returncode

    def wait_for(self, condition, what="ready"):
        """Polls until condition() is true: there is nothing to wait on but the thing itself. Ends the test
        when the program ends or takes too long."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            got = condition()
            if got:
                return got
            try:
                self.child.wait(POLL_S)
            except subprocess.TimeoutExpired:
                continue
            raise SystemExit(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")
        raise SystemExit(f"{self.name} is not {what} after {DEADLINE_S} s:\n{self.tail()}")

    def tail(self, lines=15):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join([line for line in file if " FLAG: " not in line][-lines:])

    def rss_mib(self):
        return self.status_kib("VmRSS") / 1024

    def status_kib(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith(field + ":"))
        return int(line.split()[1])

    def cpu_s(self):
        """User and system time so far (proc(5), stat)."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def free_port(taken=set()):
    """A port of 127.0.0.1 that nothing listens on, another one with each call."""
    while True:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        if port not in taken:
            taken.add(port)
            return port
