"""The server around the verbs."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from client import DEADLINE_S, Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")
MIB = 1 << 20


def check_routes(server):
    for path, kind in [("/healthz", "text/plain; charset=utf-8"), ("/readyz", None),
                       ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
                       ("/version", "application/json")]:
        response = server.ask("GET", path)
        same(f"GET {path}", response.status, 200)
        if kind:
            same(f"GET {path}: type", response.getheader("Content-Type"), kind)
        same(f"HEAD {path}", server.ask("HEAD", path).status, 200)
        for method in ("POST", "PUT", "DELETE"):
            response = server.ask(method, path, "{}")
            same(f"{method} {path}", response.status, 405)
            same(f"{method} {path}: Allow", response.getheader("Allow"), "GET, HEAD")
    same("version", json.loads(server.ask("GET", "/version").body)["name"], "slicefit")
    for path in ("/filter", "/scheduler/prioritize"):
        response = server.ask("GET", path)
        same(f"GET {path}", response.status, 405)
        same(f"GET {path}: Allow", response.getheader("Allow"), "POST")
    for path in ("/", "/filter/", "/scheduler", "/scheduler/healthz", "/Filter", "/x/filter",
                 "//filter", "/filter%00", "/" + "a" * 4000):
        response = server.ask("POST", path, "{}")
        check(f"POST {path[:40]}", response.status == 404 or path == "/filter%00", response.status)
        if response.status == 404:
            check(f"POST {path[:40]}: text", "error" in json.loads(response.body))
    same("a query is ignored", server.post("/filter?x=1", load(DATA, "filter-names.json")).status,
         200)


def check_framing(server):
    """Heads that no scheduler sends."""
    body = b"{}"
    post = b"POST /filter HTTP/1.1\r\nHost: x\r\n"
    for name, text, want in [
        ("no length", post + b"\r\n", b"411"),
        ("two lengths", post + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n" + body, b"400"),
        ("length and chunks",
         post + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         b"400"),
        ("unknown encoding", post + b"Transfer-Encoding: gzip\r\n\r\n", b"400"),
        ("length is no number", post + b"Content-Length: two\r\n\r\n" + body, b"400"),
        ("negative length", post + b"Content-Length: -2\r\n\r\n" + body, b"400"),
        ("length beyond 64 bits", post + b"Content-Length: 99999999999999999999\r\n\r\n", b"4"),
        ("no host", b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        ("huge head", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300000 + b"\r\n\r\n",
         b"4"),
        ("chunks", post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"200"),
    ]:
        got = server.raw(text)
        check(f"head: {name}", got.startswith(b"HTTP/1.1 " + want), got[:60])
    for text in (b"", b"\r\n\r\n", b"\x00\xff\x00", b"GET", b"POST /filter HTTP/1.1\r\n",
                 post + b"Content-Length: 100\r\n\r\n{"):
        server.poke(text)
        same(f"alive after {text[:20]!r}", server.ask("GET", "/healthz").status, 200)


def check_smuggling(server):
    """Where a proxy in front may see another end of a request, nothing behind it is answered."""
    post = b"POST /filter HTTP/1.1\r\nHost: x\r\n"
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    size = b"%d" % len(hidden)
    for name, head in [
        ("no length", b""),
        ("none and one", b"Content-Length: 0\r\nContent-Length: " + size + b"\r\n"),
        ("one and none", b"Content-Length: " + size + b"\r\nContent-Length: 0\r\n"),
        ("a list", b"Content-Length: 0, " + size + b"\r\n"),
        ("a blank before the colon", b"Content-Length : " + size + b"\r\n"),
        ("a sign", b"Content-Length: +" + size + b"\r\n"),
        ("hexadecimal", b"Content-Length: 0x10\r\n"),
        ("folded", b"Content-Length:\r\n " + size + b"\r\n"),
        ("half a line's end", b"X: a\rContent-Length: " + size + b"\r\nContent-Length: 0\r\n"),
        ("chunks and a length", b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
        ("a blank, a length", b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n"),
        ("two encodings", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        ("nearly chunked", b"Transfer-Encoding: xchunked\r\n"),
        ("two hosts", b"Host: y\r\nContent-Length: 0\r\n"),
    ]:
        got = server.until_closed(post + head + b"\r\n" + hidden)
        check(f"smuggling: {name}", got.startswith(b"HTTP/1.1 4") and b" 200 " not in got, got)
    old = b"POST /filter HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n"
    got = server.until_closed(old + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)
    check("smuggling: chunks in HTTP/1.0", b" 400 " in got and b" 200 " not in got, got)


def check_sizes():
    server = Server(BINARY, "--max-body", "1")
    request = json.loads(load(DATA, "filter-names.json"))
    request["NodeNames"] = []
    text = json.dumps(request)
    for size, want in [(MIB, 200), (MIB + 1, 413), (8 * MIB, 413)]:
        response = server.post("/filter", text + " " * (size - len(text)))
        same(f"body of {size}", response.status, want)
        if want == 413:
            check(f"body of {size}: text", "larger" in response.json["error"], response.json)
    head = "POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n"
    for size, expect in [(MIB + 1, "Expect: 100-continue\r\n"), (1 << 40, "")]:
        # Refused before the body is sent.
        got = server.raw((head % (size, expect)).encode())
        check(f"head of {size}", got.startswith(b"HTTP/1.1 413"), got[:60])
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    got = server.raw(b"POST /filter HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     + 17 * chunk + b"0\r\n\r\n")
    check("chunks beyond the limit", got.startswith(b"HTTP/1.1 413"), got[:60])
    same("other routes take little", server.ask("POST", "/bind", b" " * (MIB + 1)).status, 413)
    same("exit code", server.stop(), 0)


def check_metrics(server):
    filters = 'slicefit_requests_total{verb="filter",code="200"}'
    count = 'slicefit_request_duration_seconds_count{verb="filter"}'
    unknown = 'slicefit_denials_total{reason="unknown node"}'
    errors = 'slicefit_request_errors_total{verb="filter"}'
    before = [server.metric(line) for line in (filters, count, unknown, errors)]
    server.post("/filter", load(DATA, "filter-names.json"))
    server.post("/filter", "{")
    after = [server.metric(line) for line in (filters, count, unknown, errors)]
    same("metrics move", [b - a for a, b in zip(before, after)], [2, 2, 1, 1])
    same("nodes", server.metric('slicefit_nodes{state="ready"}'), 5)
    text = server.ask("GET", "/metrics").body.decode()
    check("build info", 'slicefit_build_info{version="' in text)
    seen = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            check("each family once", line not in seen, line)
            seen.add(line)
        elif not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])


def check_reload(directory):
    path = os.path.join(directory, "cluster.json")
    shutil.copy(os.path.join(DATA, "cluster.json"), path)
    server = Server(BINARY, "--cluster", path)
    same("before", server.metric('slicefit_nodes{state="ready"}'), 5)
    with open(path, "w") as file:
        json.dump({"kind": "Node", "metadata": {"name": "only"}}, file)
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: "reloaded" in server.read_log())
    same("after SIGHUP", server.metric('slicefit_nodes{state="ready"}'), 1)
    with open(path, "w") as file:
        file.write("{")
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: "stay as they were" in server.read_log())
    same("after a broken file", server.metric('slicefit_nodes{state="ready"}'), 1)
    same("exit code", server.stop(), 0)


def check_scenario(directory):
    """A scenario is a cluster too, with or without workloads."""
    path = os.path.join(directory, "pools.yaml")
    with open(path, "w") as file:
        file.write("name: t\npools:\n- {name: a, nodes: 3, product: A100-40GB, gpus: 8}\n")
    server = Server(BINARY, "--cluster", path)
    check("a scenario", "3 nodes, 24 GPUs" in server.read_log(), server.read_log())
    request = json.loads(load(DATA, "filter-names.json"))
    request["NodeNames"] = ["a-0", "a-2", "a-3"]
    same("a scenario: names", server.post("/filter", request).json["NodeNames"], ["a-0", "a-2"])
    same("exit code", server.stop(), 0)


def check_addresses():
    """Every address: IPv4, and IPv6 where there is one."""
    server = Server(BINARY, "--listen", ":0", "--insecure-http")
    same("IPv4", server.ask("GET", "/healthz").status, 200)
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        print("no IPv6 here")
    else:
        connection = http.client.HTTPConnection("::1", server.port, timeout=DEADLINE_S)
        same("IPv6", server.ask("GET", "/healthz", connection=connection).status, 200)
    same("exit code", server.stop(), 0)


def check_stop():
    """A request in flight is finished after SIGTERM; no new ones are taken."""
    server = Server(BINARY)
    body = load(DATA, "filter-names.json")
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as sock:
        sock.sendall(b"POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                     b"Expect: 100-continue\r\n\r\n" % len(body))
        # The interim answer says that the head was read: the request is in flight.
        check("100", sock.recv(4096).startswith(b"HTTP/1.1 100"))
        server.signal(signal.SIGTERM)
        server.wait_for(lambda: "stopping" in server.read_log())
        sock.sendall(body)
        got = b""
        while chunk := sock.recv(65536):
            got += chunk
        check("in flight", got.startswith(b"HTTP/1.1 200") and b"NodeNames" in got, got[:80])
    same("exit code", server.process.wait(DEADLINE_S), 0)
    try:
        server.connect().connect()
        check("closed", False)
    except ConnectionRefusedError:
        pass


def check_interrupt():
    server = Server(BINARY, "--threads", "1")
    server.signal(signal.SIGINT)
    same("SIGINT", server.process.wait(DEADLINE_S), 0)


def check_prefix():
    server = Server(BINARY, "--prefix", "/gpu/v1", "--log-format", "json")
    body = load(DATA, "filter-names.json")
    same("prefix", server.post("/gpu/v1/filter", body).status, 200)
    same("without", server.post("/filter", body).status, 404)
    same("below /scheduler", server.post("/scheduler/filter", body).status, 404)
    same("health", server.ask("GET", "/healthz").status, 200)
    same("exit code", server.stop(), 0)


def provoke(server):
    """Requests whose values would break a log that does not mind them."""
    for path in ("/a%0Aforged", "/%22quoted%22", "/%FF%FE", "/%E2%82%AC", "/%1B[31m", "/x=y%20z"):
        same(f"GET {path}", server.ask("GET", path).status, 404)
    body = load(DATA, "filter-names.json")
    same("filter", server.post("/filter", body).status, 200)
    same("no JSON", server.post("/filter", b'{"Pod": "\xff\n').status, 200)


def check_log():
    """Each event is one line, in text and in JSON; lines about a request carry its number."""
    server = Server(BINARY, "-v", "--log-format", "json")
    provoke(server)
    same("exit code", server.stop(), 0)
    with open(server.log.name, "rb") as file:
        events = [json.loads(line) for line in file.read().decode("utf-8").splitlines()]
    for event in events:
        check("JSON log", {"ts", "level", "msg"} <= event.keys(), event)
    requests = [event for event in events if event["msg"] in ("request", "filter", "bad-request")]
    check("the path", any(event.get("path") == "/a\nforged" for event in requests), requests)
    check("a number each", all(event["id"] > 0 for event in requests), requests)
    numbers = [event["id"] for event in requests if event["msg"] == "request"]
    same("numbers are not used twice", len(set(numbers)), len(numbers))
    filters = [event["id"] for event in requests if event["msg"] == "filter"]
    check("the same number on both lines", set(filters) <= set(numbers) and filters, requests)

    server = Server(BINARY, "-v")
    provoke(server)
    same("exit code", server.stop(), 0)
    for line in server.read_log().splitlines():
        check("text log", re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn |info |debug) [\w-]+", line),
              line)
    check("quoted", r'path="/a\nforged"' in server.read_log(), server.read_log())


def check_many(server):
    """A burst of connections, each with a request of its own."""
    body = load(DATA, "filter-names.json")
    want = server.post("/filter", body).body
    got = []

    def work():
        got.append(server.post("/filter", body).body)

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    same("64 at once", [g == want for g in got], [True] * 64)


def check_documents(text):
    """--help, the man page and docs/serve.md know the same options."""
    with open(os.path.join(SOURCE, "docs", "serve.md")) as file:
        guide = file.read()
    with open(os.path.join(SOURCE, "docs", "man", "slicefit-serve.1")) as file:
        page = file.read().replace("\\-", "-")
    told = set(re.findall(r"^ +(?:-\w, )?--([\w-]+)", text, re.M)) - {"verbose", "quiet", "help"}
    check("help tells of options", len(told) > 15, told)
    for name in told:
        check(f"docs/serve.md: --{name}", f"`--{name}" in guide)
        check(f"man page: --{name}", f"--{name}" in page)
    named = set(re.findall(r"^\.BR? --([\w-]+) \"", page, re.M))
    same("options of the man page that are none", named - told, set())


def check_options(directory):
    free = os.path.join(directory, "none")
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    for arguments, code, part in [
        (["--listen", "nowhere"], 2, "write HOST:PORT"),
        (["--listen", f"127.0.0.1:{port}"], 3, "Address already in use"),
        (["--policy", "bestest"], 2, "unknown policy 'bestest'"),
        (["--prefix", "scheduler"], 2, "--prefix"),
        (["--prefix", "/gpu?v=1"], 2, "--prefix"),
        (["--max-body", "0"], 2, "--max-body '0': write a number from 1 to 2047"),
        (["--max-body", "2048"], 2, "--max-body"),
        (["--max-body", "1 "], 2, "--max-body"),
        (["--max-body"], 2, "needs a value"),
        (["--max-bdy", "1"], 2, "did you mean --max-body"),
        (["--threads", "many"], 2, "--threads"),
        (["--log-format", "xml"], 2, "--log-format 'xml': text or json"),
        (["--cluster", free], 2, free),
        (["--nonsense"], 2, "unknown option"),
        (["more"], 2, "unexpected argument"),
    ]:
        done = subprocess.run([BINARY, "serve", *arguments], capture_output=True, text=True,
                              timeout=DEADLINE_S)
        same(f"serve {arguments}", done.returncode, code)
        check(f"serve {arguments}: text", part in done.stderr, done.stderr)
        same(f"serve {arguments}: one line", done.stderr.count("\n"), 1)
    taken.close()
    done = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True)
    same("help", done.returncode, 0)
    check("help names the policies", "best-fit" in done.stdout)
    check("help names the options", "  --log-format FORMAT  " in done.stdout, done.stdout)
    check_documents(done.stdout)
    check("help is not wide", max(map(len, done.stdout.splitlines())) <= 100, done.stdout)


def main():
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    check_routes(server)
    check_framing(server)
    check_smuggling(server)
    check_metrics(server)
    check_many(server)
    same("exit code", server.stop(), 0)
    check_sizes()
    check_addresses()
    check_stop()
    check_interrupt()
    check_prefix()
    check_log()
    with tempfile.TemporaryDirectory() as directory:
        check_scenario(directory)
        check_reload(directory)
        check_options(directory)
    finish()


main()
