"""api: the Kubernetes API over HTTPS with the standard library: one connection per thread, objects in bulk,
and waiting for what a watch tells."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import http.client
import json
import socket
import ssl
import threading
import time

NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"
WORKERS = 8
DEADLINE_S = 120


class ApiError(Exception):
    """An answer that is no 2xx."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Api:
    def __init__(self, port, token, ca_file):
        self.port = port
        self.context = ssl.create_default_context(cafile=ca_file)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.local = threading.local()

    def connect(self, timeout_s=DEADLINE_S):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout_s, context=self.context)

    def ask(self, method, path, body=None, **headers):
        """The object that the API server answers."""
        if not hasattr(self.local, "connection"):
            self.local.connection = self.connect()
        connection = self.local.connection
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               self.headers | headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next call opens it again
            raise
        if response.status // 100 != 2:
            raise ApiError(response.status, text.decode(errors="replace")[:300])
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def get(self, path):
        return self.ask("GET", path)

    def patch(self, path, body):
        return self.ask("PATCH", path, body, **{"Content-Type": "application/merge-patch+json"})

    def delete(self, path):
        return self.ask("DELETE", path)

    def create_all(self, path, objects):
        """Several at a time; what the API server made of them, in the order given."""
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda body: self.ask("POST", path, body), objects))

    def delete_all(self, path, names):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda name: self.delete(f"{path}/{name}"), names))

    def is_ready(self):
        try:
            return self.get("/readyz") == "ok"
        except (OSError, http.client.HTTPException, ApiError):
            return False

    def watch(self, path, version, timeout_s):
        """(type, object) pairs from after a resourceVersion on, until the stream ends."""
        connection = self.connect(timeout_s)
        try:
            connection.request("GET", f"{path}?watch=true&resourceVersion={version}", headers=self.headers)
            for line in connection.getresponse():
                event = json.loads(line)
                yield event["type"], event["object"]
        except (socket.timeout, ConnectionError, http.client.HTTPException):
            return
        finally:
            connection.close()

    def wait(self, path, condition, what, deadline_s=DEADLINE_S):
        """Follows a list until condition(objects by name) holds, and returns the objects; ends the test
        when it takes too long."""
        end = time.monotonic() + deadline_s
        found = {}
        while time.monotonic() < end:
            listed = self.get(path)
            found = {item["metadata"]["name"]: item for item in listed["items"]}
            if condition(found):
                return found
            for kind, item in self.watch(path, listed["metadata"]["resourceVersion"], end - time.monotonic()):
                if kind == "ERROR":
                    break
                found[item["metadata"]["name"]] = item
                if kind == "DELETED":
                    del found[item["metadata"]["name"]]
                if condition(found):
                    return found
                if time.monotonic() > end:
                    break
        raise SystemExit(f"waited {deadline_s} s for {what}")
