"""Connections: how many, how long they may be silent, how many files may be open.

Nothing here depends on how long something takes: what is waited for is what the server does."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import resource
import socket
import subprocess
import sys
import threading

from client import DEADLINE_S, Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")
POST = b"POST /filter HTTP/1.1\r\nHost: x\r\n"
HALVES = [
    ("half a head", POST),
    ("half a header", POST + b"Content-Len"),
    ("no body", POST + b"Content-Length: 10\r\n\r\n"),
    ("half a body", POST + b"Content-Length: 10\r\n\r\n{"),
    ("half a chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{"),
    ("no last chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"),
]


def dial(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S)


def closed(sock):
    """Waits until the server closes; True when it had nothing more to say."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def check_silence():
    """Half requests die long before idle connections do."""
    server = Server(BINARY, "--read-timeout", "1", "--idle-timeout", "60")
    idle = server.connect()
    same("idle: first", server.ask("GET", "/healthz", connection=idle).status, 200)
    unused = dial(server)
    silent = [(name, dial(server)) for name, _ in HALVES]
    for (_, text), (_, sock) in zip(HALVES, silent):
        sock.sendall(text)
    for name, sock in silent:
        check(f"closed: {name}", closed(sock))
        sock.close()
    same("idle: second", server.ask("GET", "/healthz", connection=idle).status, 200)
    unused.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    check("unused", unused.recv(64).startswith(b"HTTP/1.1 200"))
    unused.close()
    same("exit code", server.stop(), 0)


def check_idle():
    """Idle connections are closed in the end, by default after kube-scheduler does it (90 s)."""
    server = Server(BINARY, "--idle-timeout", "1")
    idle = server.connect()
    same("idle", server.ask("GET", "/healthz", connection=idle).status, 200)
    check("idle: closed at last", closed(idle.sock))
    same("exit code", server.stop(), 0)
    text = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True).stdout
    default = int(re.search(r"--idle-timeout .*default (\d+)", text).group(1))
    check("longer than the scheduler's by default", default > 90, default)


def check_trickle():
    """Bytes that come one by one keep a request alive for a while, not for ever."""
    server = Server(BINARY, "--read-timeout", "1")
    sock = dial(server)
    sock.sendall(POST + b"Content-Length: 1000000\r\n\r\n")
    sock.settimeout(0.1)
    ended = False
    for _ in range(10 * DEADLINE_S):
        try:
            sock.sendall(b"x")
            ended = sock.recv(1) == b""
        except socket.timeout:
            continue
        except (ConnectionResetError, BrokenPipeError):
            ended = True
        break
    check("a trickle ends", ended)
    sock.close()
    same("exit code", server.stop(), 0)


def check_many():
    """More connections than a burst of pods makes, each with a request, all open at once; more than
    select(2) could watch, where this process may open as many files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = 1200 if hard == resource.RLIM_INFINITY or hard > 1300 else 450
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, hard))
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    body = load(DATA, "filter-names.json")
    text = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    socks = [dial(server) for _ in range(count)]
    for sock in socks:
        sock.sendall(text[:-1])
    for sock in socks:
        sock.sendall(text[-1:])
    same(f"{count} at once", [sock.recv(15) for sock in socks], [b"HTTP/1.1 200 OK"] * len(socks))
    for sock in socks:
        sock.close()
    same("exit code", server.stop(), 0)


def check_limit():
    """Beyond the limit a connection waits for another to close."""
    server = Server(BINARY, "--max-connections", "4", "--threads", "2")
    held = [server.connect() for _ in range(4)]
    for connection in held:
        same("held", server.ask("GET", "/healthz", connection=connection).status, 200)
    got = []

    def work():
        got.append(server.ask("GET", "/healthz").status)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    same("held, again", server.ask("GET", "/healthz", connection=held[0]).status, 200)
    same("others wait", got, [])
    for connection in held:
        connection.close()
    for thread in threads:
        thread.join(DEADLINE_S)
    same("and come in", got, [200] * 8)
    same("exit code", server.stop(), 0)


def open_files(server):
    """The soft limit of the process."""
    with open(f"/proc/{server.process.pid}/limits") as file:
        return int(re.search(r"Max open files\s+(\d+)", file.read()).group(1))


def check_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    server = Server(BINARY, "--max-connections", "1000")
    check("the limit is raised", open_files(server) > 1000, open_files(server))
    same("no warning", "few-files" in server.read_log(), False)
    same("exit code", server.stop(), 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))
    server = Server(BINARY, "--max-connections", "1000")
    same("as far as it may be", open_files(server), 512)
    check("and it says so", re.search(r"few-files 512 files .* instead of 1000", server.read_log()),
          server.read_log())
    same("exit code", server.stop(), 0)


def main():
    check_silence()
    check_idle()
    check_trickle()
    check_many()
    check_limit()
    check_files()
    finish()


main()
