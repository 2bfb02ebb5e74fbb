"""Leader election against a scripted API server: what is read and written, and who leads."""
# SPDX-License-Identifier: Apache-2.0
import re

from api_server import PATIENCE, ApiServer
from program import Program, status

LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
LONG, SHORT = (600000, 500000, 1), (2000, 1000, 1)  # ms: lease, renewal, wait between tries


class Candidate(Program):
    def __init__(self, server, times=LONG, name="me"):
        super().__init__(server, (name, *times))

    def expect_change(self, leads, holder):
        """Troubles may come before."""
        while True:
            got = self.lines.get(timeout=PATIENCE)
            if not got.startswith(("trouble ", "view ")):
                break
        assert got.startswith(f"change leads={leads} holder={holder} "), got

    def view(self):
        self.say("?")
        while True:
            got = self.lines.get(timeout=PATIENCE)
            if got.startswith("view "):
                return dict(re.findall(r"(\w+)=(\S*)", got))


def lease(holder, version, renewed="2026-01-01T00:00:00.000000Z", duration=15, transitions=4):
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "slicefit", "namespace": "default", "resourceVersion": str(version),
                         "labels": {"a": "b"}},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": duration,
                     "leaseTransitions": transitions, "acquireTime": renewed, "renewTime": renewed}}


def take(server, method):
    request = server.take()
    path = LEASES if method == "POST" else LEASES + "/slicefit"
    assert (request.method, request.path) == (method, path), (request.method, request.path)
    return request


def stored(request, version):
    """Takes what is written, as an API server does."""
    doc = request.doc
    doc["metadata"]["resourceVersion"] = str(version)
    request.answer(doc, "201 Created" if request.method == "POST" else "200 OK")
    return doc


def not_found(request):
    request.answer(status(404, "NotFound", "leases not found"), "404 Not Found")


def conflict(request):
    request.answer(status(409, "Conflict", "the object has been modified"), "409 Conflict")


def lead(server, candidate):
    """Makes it the leader; the document that is stored then."""
    not_found(take(server, "GET"))
    doc = stored(take(server, "POST"), 1)
    candidate.expect_change(1, "me")
    return doc


def leave(server, candidate):
    """It stops and gives the Lease back, whatever it was about to do."""
    candidate.process.stdin.close()
    while True:
        request = server.take()
        if request.method == "PUT" and request.doc["spec"]["holderIdentity"] == "":
            return request
        if request.method == "PUT":
            stored(request, 99)
        else:
            request.answer(lease("me", 98))


def test_create_renew_and_give_back(server):
    candidate = Candidate(server)
    doc = lead(server, candidate)
    spec = doc["spec"]
    assert doc["kind"] == "Lease" and doc["metadata"]["name"] == "slicefit", doc
    assert spec["holderIdentity"] == "me" and spec["leaseDurationSeconds"] == 600, spec
    assert spec["leaseTransitions"] == 0 and spec["acquireTime"] == spec["renewTime"], spec
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", spec["renewTime"]), spec
    doc["metadata"]["labels"] = {"kept": "yes"}
    doc["metadata"]["resourceVersion"] = "7"
    take(server, "GET").answer(doc)
    put = take(server, "PUT")
    renewed = put.doc
    assert renewed["metadata"]["resourceVersion"] == "7"
    assert renewed["metadata"]["labels"] == {"kept": "yes"}
    assert renewed["spec"]["acquireTime"] == spec["acquireTime"]
    assert renewed["spec"]["renewTime"] > spec["renewTime"]
    stored(put, 8)
    farewell = leave(server, candidate)
    assert farewell.doc["spec"]["leaseDurationSeconds"] == 1
    stored(farewell, 100)
    candidate.expect_part("end")


def test_farewell_conflict(server):
    candidate = Candidate(server)
    lead(server, candidate)
    conflict(leave(server, candidate))
    while not (got := candidate.expect_part("")).startswith("trouble"):
        pass
    assert "409 Conflict" in got, got
    candidate.expect_part("end")


def test_another_holds_it(server):
    candidate = Candidate(server)
    for version in (1, 2, 3):
        take(server, "GET").answer(lease("you", version))
        if version == 1:
            candidate.expect_change(0, "you")
    assert candidate.view()["leads"] == "0"
    take(server, "GET").answer(lease("", 4, duration=1))
    put = take(server, "PUT")
    assert put.doc["spec"]["leaseTransitions"] == 5
    assert put.doc["metadata"]["resourceVersion"] == "4"
    stored(put, 5)
    candidate.expect_change(1, "me")
    stored(leave(server, candidate), 100)


def test_lost_races(server):
    candidate = Candidate(server)
    not_found(take(server, "GET"))
    take(server, "POST").answer(status(409, "AlreadyExists", "leases exist"), "409 Conflict")
    candidate.expect_part("trouble ", "409 AlreadyExists")
    take(server, "GET").answer(lease("", 4))
    conflict(take(server, "PUT"))
    candidate.expect_part("trouble ", "409 Conflict")
    take(server, "GET").answer(lease("you", 5))
    candidate.expect_change(0, "you")
    candidate.close()


def test_silent_holder_is_replaced(server):
    candidate = Candidate(server, SHORT)
    while (request := server.take()).method == "GET":
        request.answer(lease("you", 3, duration=1))
    assert request.method == "PUT" and request.doc["spec"]["leaseTransitions"] == 5
    stored(request, 4)
    candidate.expect_change(0, "you")
    candidate.expect_change(1, "me")
    stored(leave(server, candidate), 100)


def test_lead_ends_while_a_request_hangs(server):
    # A request may last half of the renew deadline: with this one no answer can come before.
    candidate = Candidate(server, (20000, 2000, 1))
    lead(server, candidate)
    hanging = server.take()
    while candidate.view()["leads"] == "1":
        pass
    candidate.expect_change(0, "me")
    hanging.cut()
    candidate.process.kill()


def test_taken_away(server):
    candidate = Candidate(server)
    lead(server, candidate)
    take(server, "GET").answer(lease("you", 9))
    candidate.expect_change(0, "you")
    assert candidate.view()["leads"] == "0"
    candidate.close()  # nothing to give back
    candidate.expect_part("end")


def test_garbage(server):
    candidate = Candidate(server)
    for body, part in ((b"<html>", "no JSON"), (b"[]", "no JSON object")):
        take(server, "GET").answer(body)
        candidate.expect_part("trouble ", part)
    take(server, "GET").answer(status(403, "Forbidden", "no"), "403 Forbidden")
    candidate.expect_part("trouble ", "403 Forbidden")
    take(server, "GET").answer({"metadata": {"resourceVersion": "3"}, "spec": None})  # nobody's
    stored(take(server, "PUT"), 4)
    candidate.expect_change(1, "me")
    stored(leave(server, candidate), 100)


def test_wrong_options(server):
    for times, name, part in (((1500, 1000, 1), "me", "whole number of seconds"),
                              ((2000, 2000, 1), "me", "not above the renew deadline"),
                              ((2000, 1000, 900), "me", "1.2 times the retry period"),
                              (LONG, "a b", "no identity"), (LONG, "x" * 254, "no identity")):
        Candidate(server, times, name).expect_part("refused ", part)
    assert server.requests.empty()


def main():
    for name, test in [(n[5:], t) for n, t in globals().items() if n.startswith("test_")]:
        server = ApiServer()
        test(server)
        server.close()
        print(f"ok {name}", flush=True)


main()
