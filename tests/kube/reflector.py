"""The reflector against a scripted API server: what it asks for and what it tells, step by step.

The certificates in pki/ are for these tests only: one authority, a server and a client for
127.0.0.1, and another authority that signed neither."""
# SPDX-License-Identifier: Apache-2.0
import base64
import pathlib
import tempfile

from api_server import ApiServer, tls_context
from program import NODES, PODS, Follow, item, page, status

PKI = pathlib.Path(__file__).parent / "pki"


def list_and_watch(server, follow, version, *items):
    """One list in one page, then the watch after it."""
    server.take().answer(page(version, *items))
    follow.expect(*(f"added /{i['metadata']['name']} {i['metadata']['uid']}" for i in items),
                  "synced")
    watch = server.take()
    assert watch.query["resourceVersion"] == str(version), watch.query
    watch.open()
    return watch


def test_pages_and_events(server):
    follow = Follow(server, PODS, user={"token": "secret"})
    first = server.take()
    assert first.path == PODS and first.query == {"limit": "2"}, first.query
    assert first.headers["authorization"] == "Bearer secret"
    assert "gzip" in first.headers["accept-encoding"]
    first.answer(page(10, item("a", 1, space="x"), item("a", 2, "u-ya", "y"), more="a+b/c=&"),
                 packed=True)
    second = server.take()
    assert second.query == {"limit": "2", "continue": "a+b/c=&"}, second.query
    second.answer(page(10, item("b", 3, space="x")))
    follow.expect("added x/a u-a", "added y/a u-ya", "added x/b u-b", "synced")
    watch = server.take()
    assert watch.query["watch"] == "1" and watch.query["allowWatchBookmarks"] == "true"
    assert watch.query["resourceVersion"] == "10"
    assert 300 <= int(watch.query["timeoutSeconds"]) < 600
    watch.open()
    watch.send("ADDED", item("c", 11, space="x"))
    watch.send("MODIFIED", item("a", 12, space="x"))
    watch.send("MODIFIED", item("a", 12, space="x"))  # nothing new
    watch.send("DELETED", item("b", 13, space="x"))
    watch.send("DELETED", item("b", 13, space="x"))  # not known any more
    follow.expect("added x/c u-c", "modified x/a u-a", "deleted x/b u-b")
    watch.send("BOOKMARK", item("", 99))
    watch.end()
    again = server.take()
    assert again.query["resourceVersion"] == "99", again.query
    again.open()
    again.send("DELETED", item("c", 100, space="x"))
    follow.expect("deleted x/c u-c")
    follow.stop(lists=1, watches=2, events=7, failures=0)


def test_gone_in_the_stream(server):
    follow = Follow(server)
    watch = list_and_watch(server, follow, 10, item("a", 1), item("b", 2), item("c", 3))
    watch.send("ERROR", status(410, "Expired"))
    follow.expect_trouble("410")
    again = server.take()
    assert "watch" not in again.query
    again.answer(page(50, item("a", 1), item("b", 40, "other")))
    # b is another object of that name; c went unseen; a is the same.
    follow.expect("deleted /b u-b", "added /b other", "deleted /c u-c", "synced")
    assert server.take().query["resourceVersion"] == "50"
    follow.stop(lists=2)


def test_gone_as_a_status(server):
    follow = Follow(server)
    server.take().answer(page(10, item("a", 1)))
    follow.expect("added /a u-a", "synced")
    server.take().answer(status(410, "Gone"), "410 Gone")
    follow.expect_trouble("answers 410")
    server.take().answer(page(20, item("a", 15)))
    follow.expect("modified /a u-a", "synced")
    follow.stop(lists=2)


def test_page_expired(server):
    follow = Follow(server)
    server.take().answer(page(10, item("a", 1), item("b", 2), more="t"))
    server.take().answer(status(410, "Expired"), "410 Gone")
    follow.expect("added /a u-a", "added /b u-b")
    follow.expect_trouble("answers 410")
    whole = server.take()
    assert whole.query == {}, whole.query
    whole.answer(page(20, item("b", 2), item("c", 3)))
    follow.expect("added /c u-c", "deleted /a u-a", "synced")
    follow.stop(lists=1)


def test_cut_connections(server):
    follow = Follow(server)
    server.take().cut()
    follow.expect_trouble("list: GET /api/v1/nodes: ")
    first = server.take()
    first.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"metadata\":")
    first.cut()
    follow.expect_trouble("GET ")
    watch = list_and_watch(server, follow, 10, item("a", 1))
    watch.send("ADDED", item("b", 11))
    watch.chunk(b'{"type":"ADDED","object":{"metadata":{"name":"half')
    watch.cut()
    follow.expect("added /b u-b")
    follow.expect_trouble("watch: GET /api/v1/nodes: ")
    again = server.take()
    assert again.query["resourceVersion"] == "11", again.query
    again.open()
    again.send("MODIFIED", item("b", 12))
    follow.expect("modified /b u-b")
    follow.stop(lists=1, watches=2, failures=3)


def test_slow_headers(server):
    follow = Follow(server, answer=200)
    silent = server.take()
    follow.expect_trouble("no answer in time")
    slow = server.take()
    slow.raw(b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\n")
    follow.expect_trouble("no answer in time")
    watch = list_and_watch(server, follow, 10)
    watch.send("ADDED", item("a", 11))
    follow.expect("added /a u-a")
    silent.cut()
    slow.cut()
    follow.stop(lists=1, failures=2)


GARBAGE = [b"<html>\n", b"[]\n", b'{"type":"RENAMED","object":{"metadata":{"resourceVersion":"9"}}}\n',
           b'{"type":"ADDED","object":{"metadata":{"name":"b"}}}\n',
           b'{"type":"ADDED","object":{"metadata":{"resourceVersion":"12"}}}\n',
           b"x" * (17 << 20)]


def test_garbage(server):
    follow = Follow(server)
    watch = list_and_watch(server, follow, 10)
    for data in GARBAGE:
        watch.chunk(data)
        watch.end()
        follow.expect_trouble("watch: GET ")
        watch = server.take()
        assert watch.query["resourceVersion"] == "10", watch.query
        watch.open()
    watch.send("ADDED", item("a", 11))
    follow.expect("added /a u-a")
    follow.stop(lists=1, failures=len(GARBAGE))


def test_wrong_lists(server):
    follow = Follow(server, list_bytes=4096)
    answers = [(b"<html>", "no JSON"), (b"[]", "not a JSON object"),
               ({"metadata": {}, "items": []}, "resourceVersion"),
               (page(1, {"metadata": {"name": "a"}}), "items[0]")]
    for body, part in answers:
        server.take().answer(body)
        follow.expect_trouble(part)
    server.take().answer(b" " * (8 << 20), packed=True)
    follow.expect_trouble("more than 4096 bytes")
    server.take().answer(b"", "302 Found", extra="Location: /elsewhere\r\n")
    follow.expect_trouble("answers 302")
    server.take().answer(status(403, "Forbidden"), "403 Forbidden")
    follow.expect_trouble("answers 403 Forbidden")
    last = server.take()
    assert last.path == NODES
    last.answer(page(1))
    follow.expect("synced")
    follow.stop(lists=1, failures=7)


def test_token_rotation(server):
    with tempfile.TemporaryDirectory() as folder:
        token = pathlib.Path(folder) / "token"
        token.write_text("one\n")
        follow = Follow(server, user={"tokenFile": str(token)})
        first = server.take()
        assert first.headers["authorization"] == "Bearer one"
        token.write_text("two\n")
        first.answer(status(401, "Unauthorized"), "401 Unauthorized")
        follow.expect_trouble("answers 401")
        second = server.take()
        assert second.headers["authorization"] == "Bearer two"
        second.answer(page(1))
        follow.expect("synced")
        follow.stop(lists=1)


def test_token_missing(server):
    follow = Follow(server, user={"tokenFile": "/nowhere/token"})
    follow.expect_trouble("list: GET /api/v1/nodes: token: /nowhere/token: No such file")
    follow.close()
    assert server.requests.empty()


def test_stop_while_waiting(server):
    # In a wait of ten minutes, before an answer, and in a quiet watch (the other tests).
    follow = Follow(server, retry=600000)
    server.take().cut()
    follow.expect_trouble("GET ")
    follow.stop(failures=1)
    follow = Follow(server)
    server.take()
    follow.stop(lists=0, failures=0)


def encoded(name):
    return base64.b64encode((PKI / name).read_bytes()).decode()


CLIENT = {"client-certificate-data": encoded("client.crt"), "client-key-data": encoded("client.key")}
CLIENT_FILES = {"client-certificate": str(PKI / "client.crt"), "client-key": str(PKI / "client.key")}
AUTHORITY = {"certificate-authority-data": encoded("ca.crt")}
AUTHORITY_FILE = {"certificate-authority": str(PKI / "ca.crt")}
OTHER = {"certificate-authority-data": encoded("other.crt")}
INSECURE = {"insecure-skip-tls-verify": True}


def test_tls():
    rows = [  # a client certificate is asked for, cluster, user, does it work
        (False, AUTHORITY, {}, True), (False, AUTHORITY_FILE, {}, True), (False, INSECURE, {}, True),
        (False, OTHER, {}, False), (False, {}, {}, False), (True, AUTHORITY, CLIENT, True),
        (True, AUTHORITY_FILE, CLIENT_FILES, True), (True, AUTHORITY, {}, False)]
    for asked, cluster, user, works in rows:
        server = ApiServer(tls_context(PKI, client=asked))
        follow = Follow(server, cluster=cluster, user=user)
        if works:
            server.take().answer(page(1, item("a", 1)))
            follow.expect("added /a u-a", "synced")
            follow.stop(lists=1)
        else:
            follow.expect_trouble("GET ")
            follow.close()
            assert server.requests.empty()
        server.close()


def test_service_account():
    server = ApiServer(tls_context(PKI))
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("token", b"mine"), ("namespace", b"gpu"),
                           ("ca.crt", (PKI / "ca.crt").read_bytes())):
            (pathlib.Path(folder) / name).write_bytes(data)
        follow = Follow(server, account=folder)
        request = server.take()
        assert request.headers["authorization"] == "Bearer mine"
        request.answer(page(1))
        follow.expect("synced")
        follow.stop(lists=1)
    server.close()


def main():
    tests = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        if name in ("tls", "service_account"):
            test()
        else:
            server = ApiServer()
            test(server)
            server.close()
        print(f"ok {name}", flush=True)


main()
