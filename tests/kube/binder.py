"""Bindings against a scripted API server: what is sent, and what each answer makes of it."""
# SPDX-License-Identifier: Apache-2.0
from api_server import ApiServer
from program import Program, status

POD = "/api/v1/namespaces/ns/pods/p"
PATIENT = 60000  # ms; no test waits for it


class Binder(Program):
    def __init__(self, server, *, threads=1, queue=0, deadline=PATIENT, qps=0, burst=0,
                 grace=PATIENT):
        super().__init__(server, (threads, queue, deadline, qps, burst, grace))

    def bind(self, pod="p", uid="u", node="n"):
        self.say(f"ns {pod} {uid} {node}")


def pod(uid="u", node=None, deleting=False):
    meta = {"name": "p", "namespace": "ns", "uid": uid, "resourceVersion": "1"}
    if deleting:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"kind": "Pod", "metadata": meta, "spec": {"nodeName": node} if node else {}}


def take_post(server, path=POD):
    request = server.take()
    assert (request.method, request.path) == ("POST", path + "/binding"), request.path
    return request


def take_ask(server):
    request = server.take()
    assert (request.method, request.path) == ("GET", POD), request.path
    return request


def created(request):
    request.answer({"kind": "Status", "status": "Success", "code": 201}, "201 Created")


def conflict(request):
    request.answer(status(409, "Conflict", "pod p is already assigned, 100% sure"), "409 Conflict")


def busy(request):
    request.answer(status(429, "TooManyRequests"), "429 Too Many Requests")


def broken(request):
    request.answer(status(500, "InternalError", "etcdserver: request timed out"),
                   "500 Internal Server Error")


def cut(request):
    """In the middle of an answer: before the first byte the client itself would send the request
    again, as a kept connection may have been closed between two requests."""
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    request.cut()


def answers(body, line="200 OK"):
    return lambda request: request.answer(body, line)


GONE = answers(status(404, "NotFound", 'pods "p" not found'), "404 Not Found")
FORBIDDEN = answers(status(403, "Forbidden", "no 100% right"), "403 Forbidden")
HERE, THERE, NOWHERE = answers(pod(node="n")), answers(pod(node="m")), answers(pod())
OTHER, LEAVING = answers(pod(uid="v", node="n")), answers(pod(deleting=True))
POST, ASK = take_post, take_ask

# What comes to the requests in turn, and the outcome.
ROWS = [
    ([(POST, created)], "done", ""),
    ([(POST, conflict), (ASK, HERE)], "done", ""),
    ([(POST, conflict), (ASK, THERE)], "elsewhere", "pod ns/p is already on node m"),
    ([(POST, conflict), (ASK, OTHER)], "gone", "another has its name"),
    ([(POST, conflict), (ASK, GONE)], "gone", "pod ns/p is gone"),
    ([(POST, conflict), (ASK, LEAVING)], "gone", "is being deleted"),
    ([(POST, conflict), (ASK, NOWHERE), (POST, created)], "done", ""),
    ([(POST, conflict), (ASK, FORBIDDEN)], "unknown", "403 Forbidden: no 100? right"),
    ([(POST, conflict), (ASK, broken), (ASK, cut), (ASK, HERE)], "done", ""),
    ([(POST, conflict), (ASK, answers(b"[]")), (ASK, HERE)], "done", ""),
    ([(POST, GONE)], "gone", "pod ns/p is gone"),
    ([(POST, FORBIDDEN)], "failed", "the API server answers 403 Forbidden: no 100? right"),
    ([(POST, answers(b"", "302 Found"))], "failed", "answers 302"),
    ([(POST, busy), (POST, busy), (POST, created)], "done", ""),
    ([(POST, busy), (POST, FORBIDDEN)], "failed", "403"),
    ([(POST, broken), (ASK, NOWHERE), (POST, created)], "done", ""),
    ([(POST, broken), (ASK, HERE)], "done", ""),
    ([(POST, cut), (ASK, HERE)], "done", ""),
    ([(POST, cut), (ASK, NOWHERE), (POST, created)], "done", ""),
    ([(POST, cut), (ASK, NOWHERE), (POST, FORBIDDEN)], "unknown", "outcome unknown: the API"),
    ([(POST, cut), (ASK, OTHER)], "gone", "another has its name"),
    ([(POST, answers({}, "200 OK")), (ASK, NOWHERE), (POST, created)], "done", ""),
]


def test_rows(server):
    binder = Binder(server)
    for number, (steps, result, text) in enumerate(ROWS):
        binder.bind()
        for take, answer in steps:
            answer(take(server))
        posts = sum(take is POST for take, _ in steps)
        got = binder.expect_part(f"p {result} posts={posts} asks={len(steps) - posts}", text)
        assert "%" not in got and (text or got.endswith("node= ")), f"row {number}: {got}"
        assert ("node=m" in got) == (result == "elsewhere"), got
    binder.close()
    assert server.requests.empty()


def test_what_is_sent(server):
    binder = Binder(server)
    binder.bind(uid="1-2", node="gpu-1.example")
    first = take_post(server)
    assert first.headers["content-type"] == "application/json" and "expect" not in first.headers
    assert first.doc == {
        "apiVersion": "v1", "kind": "Binding",
        "metadata": {"namespace": "ns", "name": "p", "uid": "1-2",
                     "annotations": {"slicefit/decision": '{"gpu":1}'}},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "gpu-1.example"}}, first.doc
    created(first)
    binder.expect_part("p done")
    binder.bind()
    second = take_post(server)
    assert second.connection is first.connection  # kept alive
    created(second)
    binder.expect_part("p done")
    binder.close()


def test_kept_connection_closed(server):
    binder = Binder(server)
    binder.bind()
    created(take_post(server))
    binder.expect_part("p done posts=1")
    binder.bind()
    take_post(server).cut()  # carried out, but nobody said so
    conflict(take_post(server))
    HERE(take_ask(server))
    binder.expect_part("p done posts=1 asks=1")
    binder.close()


def test_bad_names(server):
    binder = Binder(server)
    for name, uid, node, part in (("..", "u", "n", "'..' is no name in pods"),
                                  ("a/b", "u", "n", "no name in pods"),
                                  ("p", "u", "n%2f", "is no name of a node"),
                                  ("p?x=1", "u", "n", "no name in pods")):
        binder.bind(name, uid, node)
        binder.expect_part(f"{name} failed posts=0 asks=0", part.replace("%", "?"))
    binder.close()
    assert server.requests.empty()


def test_deadline(server):
    # Never an answer: asked once the binding was given up, then the time is over.
    binder = Binder(server, deadline=800)
    binder.bind()
    take_post(server)
    take_ask(server)
    binder.expect_part("p unknown posts=1 asks=1", "outcome unknown: GET ")
    # The server asks for a wait beyond the deadline: no use to wait.
    binder.bind()
    take_post(server).answer(status(429, "TooManyRequests"), "429 Too Many Requests",
                             extra="Retry-After: 60\r\n")
    binder.expect_part("p failed posts=1 asks=0", "answers 429")
    binder.close()


def test_no_server(_):
    server = ApiServer()
    server.close()
    binder = Binder(server, deadline=800)
    binder.bind()
    binder.expect_part("p failed", "Failed to connect")
    binder.close()


def test_late_in_the_queue(server):
    binder = Binder(server, deadline=800)
    for name in "ab":
        binder.bind(name)
    take_post(server, "/api/v1/namespaces/ns/pods/a")
    server.take()  # a is asked for, and b's time is over before its turn, or just not
    binder.expect_part("a unknown")
    told = binder.expect_part("b ")
    binder.close()
    assert f"posts={server.requests.qsize()}" in told, told
    assert told.startswith("b failed posts=0") or told.startswith("b unknown posts=1"), told


def test_queue_is_bounded(server):
    binder = Binder(server, queue=2)
    binder.bind("a")
    first = take_post(server, "/api/v1/namespaces/ns/pods/a")
    for name in "bcd":
        binder.bind(name)
    binder.expect("d refused 2 bindings are waiting already, and no more may")
    created(first)
    for name in "bc":
        created(take_post(server, f"/api/v1/namespaces/ns/pods/{name}"))
    for name in "abc":
        binder.expect_part(f"{name} done")
    binder.close()
    binder.expect("end queued=0 running=0 full=1 posts=3 asks=0")


def test_rate(server):
    # One token in a bucket that takes a second for another: the second has no time for it.
    binder = Binder(server, qps=1, burst=1, deadline=800)
    binder.bind()
    created(take_post(server))
    binder.expect_part("p done")
    binder.bind()
    binder.expect_part("p failed posts=0", "--kube-api-qps")
    binder.close()


def test_stop_with_grace(server):
    binder = Binder(server)
    for name in "ab":
        binder.bind(name)
    first = take_post(server, "/api/v1/namespaces/ns/pods/a")
    binder.process.stdin.close()
    created(first)
    created(take_post(server, "/api/v1/namespaces/ns/pods/b"))
    binder.expect_part("a done")
    binder.expect_part("b done")
    binder.expect("end queued=0 running=0 full=0 posts=2 asks=0")


def test_stop_at_once(server):
    binder = Binder(server, threads=2, grace=0)
    for name in "abcd":
        binder.bind(name)
    server.take()
    server.take()
    binder.close()
    told = sorted(binder.lines.get(timeout=1) for _ in range(5))
    assert [line.split()[0] for line in told] == ["a", "b", "c", "d", "end"], told
    assert [line.split()[1] for line in told[:4]] == ["unknown"] * 2 + ["failed"] * 2, told


def main():
    for name, test in [(n[5:], t) for n, t in globals().items() if n.startswith("test_")]:
        server = ApiServer()
        test(server)
        server.close()
        print(f"ok {name}", flush=True)


main()
