"""An API server made of a script: each request waits until the test answers it, byte by byte."""
# SPDX-License-Identifier: Apache-2.0
import gzip
import json
import queue
import socket
import ssl
import threading
import urllib.parse

PATIENCE = 60  # seconds until a test that waits in vain fails


class Request:
    """One request of the client, and the means to answer it."""

    def __init__(self, connection, method, target, headers, body):
        self.connection = connection
        self.method = method
        self.headers = headers
        self.body = body
        url = urllib.parse.urlsplit(target)
        self.path = url.path
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.done = threading.Event()
        self.keep = True

    @property
    def doc(self):
        return json.loads(self.body)

    def raw(self, data):
        try:
            self.connection.sendall(data)
        except OSError:  # the client may have given up, as it should in some tests
            self.keep = False

    def answer(self, body, status="200 OK", packed=False, extra=""):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if packed:
            data = gzip.compress(data)
            extra += "Content-Encoding: gzip\r\n"
        self.raw(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{extra}"
                 f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        self.done.set()

    def open(self):
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")

    def chunk(self, data):
        self.raw(b"%x\r\n%s\r\n" % (len(data), data))

    def send(self, kind, obj):
        self.chunk(json.dumps({"type": kind, "object": obj}).encode() + b"\n")

    def end(self):
        self.raw(b"0\r\n\r\n")
        self.done.set()

    def cut(self):
        self.keep = False
        self.done.set()


class ApiServer:
    absent = "/apis/policy/"  # what is not served

    def __init__(self, tls=None):
        self.requests = queue.Queue()
        self.tls = tls
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            reader = connection.makefile("rb")
            while True:
                line = reader.readline().decode().split()
                if len(line) != 3:
                    break
                headers = {}
                while (text := reader.readline().decode().strip()):
                    key, value = text.split(":", 1)
                    headers[key.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", 0)))
                request = Request(connection, line[0], line[1], headers, body)
                if self.absent and request.path.startswith(self.absent):
                    request.answer({"kind": "Status", "reason": "NotFound"}, "404 Not Found")
                else:
                    self.requests.put(request)
                request.done.wait()
                if not request.keep:
                    break
        except (OSError, ssl.SSLError):
            pass
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def take(self):
        """The next request, whenever it comes."""
        return self.requests.get(timeout=PATIENCE)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)  # close alone leaves it to the thread that accepts
        self.socket.close()


def tls_context(pki, client=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.crt", pki / "server.key")
    if client:
        context.load_verify_locations(pki / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
    return context
