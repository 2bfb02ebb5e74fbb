"""Single requests against a scripted API server: methods, bodies, answers, limits."""
# SPDX-License-Identifier: Apache-2.0
import json

from api_server import ApiServer
from program import Program, status

PATIENT = 60000  # ms; no test waits for it

METHODS = [  # word, method, type of the body
    ("POST", "POST", "application/json"),
    ("PUT", "PUT", "application/json"),
    ("MERGE", "PATCH", "application/merge-patch+json"),
    ("STRATEGIC", "PATCH", "application/strategic-merge-patch+json"),
    ("APPLY", "PATCH", "application/apply-patch+yaml"),
]


def test_methods(server):
    program = Program(server, (PATIENT,))
    connections = set()
    for word, method, kind in METHODS:
        for doc in ({"a": "ä"}, {"big": "x" * (1 << 20)}):
            program.say(f"{word} /some/path {json.dumps(doc)}")
            request = server.take()
            assert (request.method, request.path) == (method, "/some/path")
            assert request.headers["content-type"] == kind, request.headers
            assert "expect" not in request.headers
            assert request.doc == doc
            request.answer({"n": 1}, "201 Created" if word == "POST" else "200 OK")
            program.expect_part("rc=0 status=20", '|| {"n":1}')
            connections.add(request.connection)
        # What a body left behind is not in a request without one.
        program.say("GET /other")
        request = server.take()
        assert (request.method, request.body) == ("GET", b""), request.method
        assert "content-type" not in request.headers and "content-length" not in request.headers
        request.answer({})
        program.expect_part("rc=0 status=200", "|| {}")
        connections.add(request.connection)
    assert len(connections) == 1, "the connection is kept"
    program.close()


def test_answers(server):
    program = Program(server, (PATIENT,))
    rows = [
        (lambda r: r.answer(status(409, "Conflict", "not\nnow"), "409 Conflict"),
         "rc=0 status=409 sent=1 wait=0 Conflict|not now|"),
        (lambda r: r.answer(b"<html>", "502 Bad Gateway"), "rc=0 status=502 sent=1 wait=0 |<html>|"),
        (lambda r: r.answer(status(429, "TooManyRequests"), "429 Too Many Requests",
                            extra="Retry-After: 3\r\n"),
         "rc=0 status=429 sent=1 wait=3000 TooManyRequests||"),
        (lambda r: r.answer(b"", "307 Temporary Redirect", extra="Location: /elsewhere\r\n"),
         "rc=0 status=307 sent=1 wait=0 ||"),
        (lambda r: r.answer(status(500, "InternalError", "x" * 100000), "500 Internal Server Error"),
         "rc=0 status=500 sent=1 wait=0 |{"),
        (lambda r: r.answer(b"[1]"), "rc=-1 status=200 sent=1 wait=0 ||/p: no JSON object"),
        (lambda r: r.answer(b"{"), "rc=-1 status=200 sent=1 wait=0 ||/p: no JSON in the answer"),
        (lambda r: r.answer(b'{"a":"' + b"x" * (4 << 20) + b'"}'),
         "rc=-1 status=200 sent=1 wait=0 ||POST /p: an answer of more than 4194304 bytes"),
        (lambda r: r.answer(b'{"a":"' + b"x" * ((4 << 20) - 8) + b'"}'), "rc=0 status=200 "),
        (lambda r: (r.raw(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"), r.cut()),
         "rc=-1 status=0 sent=1 wait=0 ||POST /p: "),
    ]
    for answer, want in rows:
        program.say('POST /p {"a":1}')
        answer(server.take())
        program.expect_part(want)
    program.close()
    assert server.requests.empty()


def test_objects(server):
    program = Program(server, (PATIENT,))
    for answer, want in (
            (lambda r: r.answer({"kind": "Pod"}), 'code=0  {"kind":"Pod"}'),
            (lambda r: r.answer(status(404, "NotFound", "no pod"), "404 Not Found"),
             "code=2 GET /p: the API server answers 404 NotFound: no pod nothing"),
            (lambda r: r.answer(status(403, "Forbidden", "no"), "403 Forbidden"),
             "code=5 GET /p: the API server answers 403 Forbidden: no nothing"),
            (lambda r: r.answer(b"[]"), "code=1 /p: no JSON object in the answer nothing")):
        program.say("OBJECT /p")
        answer(server.take())
        program.expect(want)
    program.close()


def test_limit(server):
    program = Program(server, (1000,))
    program.say('POST /p {"a":1}')
    request = server.take()
    program.expect_part("rc=-1 status=0 sent=1", "no end of the answer in time")
    request.cut()
    program.close()


def test_nobody_listens(_):
    server = ApiServer()
    server.close()
    program = Program(server, (PATIENT,))
    program.say('POST /p {"a":1}')
    program.expect_part("rc=-1 status=0 sent=0", "Failed to connect")
    program.close()


def main():
    for name, test in [(n[5:], t) for n, t in globals().items() if n.startswith("test_")]:
        server = ApiServer()
        test(server)
        server.close()
        print(f"ok {name}", flush=True)


main()
