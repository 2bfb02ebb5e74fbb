"""front: an API server that also has a ClusterPolicy, which this kube-apiserver cannot (1.20 built with a newer Go falls over
custom resources). Everything else is handed on to it."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import http.server
import json
import threading
import urllib.parse

POLICY = "/apis/nvidia.com/v1/clusterpolicies/cluster-policy"


def merge(target, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merge(target.get(key), value)
    return target


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        if url.path == POLICY:
            self.policy(body, urllib.parse.parse_qs(url.query))
        else:
            self.hand_on(body)

    do_GET = do_POST = do_PUT = do_PATCH = handle_one

    def policy(self, body, query):
        front = self.server.front
        if front.policy is None:
            self.answer(404, json.dumps({"kind": "Status", "reason": "NotFound", "code": 404}).encode())
            return
        after = merge(front.policy, json.loads(body))
        if "dryRun" not in query:
            front.policy = after
        self.answer(200, json.dumps(after).encode())

    def hand_on(self, body):
        connection = self.server.front.api.connect()
        headers = {key: self.headers[key] for key in ("Authorization", "Content-Type", "Accept") if key in self.headers}
        try:
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            self.answer(response.status, response.read())
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            connection.close()

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Front:
    """On a port of 127.0.0.1, without TLS."""

    def __init__(self, api):
        self.api, self.policy = api, None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.front = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
