"""TLS, client certificates, certificates that change, the port for probes, plain HTTP elsewhere."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import warnings

from client import DEADLINE_S, Server, check, finish, load, same
from pki import Authority

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")
ADDRESS = "127.0.0.1"


class Files:
    """The certificates of all checks, in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = Authority(folder, "ca")
        self.other_ca = Authority(folder, "other-ca")
        self.server = self.ca.issue("server", "serverAuth")
        self.renewed = self.ca.issue("renewed", "serverAuth")
        self.client = self.ca.issue("client", "clientAuth")
        self.stranger = self.other_ca.issue("stranger", "clientAuth")
        self.wrong_purpose = self.ca.issue("wrong-purpose", "serverAuth")

    def context(self, pair=None):
        context = ssl.create_default_context(cafile=self.ca.cert)
        if pair:
            context.load_cert_chain(*pair)
        return context


def tls_options(pair, *more):
    return ["--tls-cert-file", pair[0], "--tls-private-key-file", pair[1], *more]


def handshake(port, context):
    """(protocol version, ALPN, the server's name), or None when the server refused."""
    try:
        with socket.create_connection((ADDRESS, port), timeout=DEADLINE_S) as plain, \
                context.wrap_socket(plain, server_hostname=ADDRESS) as sock:
            # With TLS 1.3 the server's refusal comes after the client's part of the handshake.
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            if not sock.recv(16).startswith(b"HTTP/1.1 200"):
                return None
            subject = dict(entry[0] for entry in sock.getpeercert()["subject"])
            return sock.version(), sock.selected_alpn_protocol(), subject["commonName"]
    except (ssl.SSLError, ConnectionError):
        return None


def pinned(files, version):
    """A client that knows this version alone, with all ciphers that there are."""
    context = files.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions, rightly
        context.minimum_version = context.maximum_version = version
    return context


def check_versions(files, server):
    same("TLS 1.3", handshake(server.port, files.context()), ("TLSv1.3", None, "server"))
    got = handshake(server.port, pinned(files, ssl.TLSVersion.TLSv1_2))
    same("TLS 1.2", got, ("TLSv1.2", None, "server"))
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        same(str(version), handshake(server.port, pinned(files, version)), None)
    context = files.context()
    context.set_alpn_protocols(["h2", "http/1.1"])  # as Go's client offers
    same("no HTTP/2", handshake(server.port, context), ("TLSv1.3", "http/1.1", "server"))


def check_tls(files):
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"),
                    *tls_options(files.server), context=files.context())
    check_versions(files, server)
    body = load(DATA, "filter-names.json")
    connection = server.connect()
    answers = {server.post("/filter", body, connection).body for _ in range(3)}
    same("one answer, one connection", len(answers), 1)
    big = server.post("/filter", load(DATA, "filter-nodes.json") + b" " * (8 << 20))
    same("a large body", big.status, 200)
    same("plain HTTP on the port", server.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), b"")
    check_many(server, body)
    check_half(server)
    same("exit code", server.stop(), 0)
    check("no key in the log", "PRIVATE" not in server.read_log(), server.read_log())


def check_many(server, body):
    connections = [server.connect() for _ in range(100)]
    for connection in connections:
        connection.connect()
    got = []

    def work(connection):
        got.append(server.post("/filter", body, connection).status)

    threads = [threading.Thread(target=work, args=[each]) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    same("100 at once", got, [200] * 100)


def check_half(server):
    """Handshakes that end in the middle."""
    for text in (b"", b"\x16\x03\x01\x00\xc8", b"\x16\x03\x01\x00\x05hello", os.urandom(200)):
        server.poke(text)
    same("alive", server.ask("GET", "/healthz").status, 200)


def check_clients(files):
    server = Server(BINARY, *tls_options(files.server, "--client-ca-file", files.ca.cert),
                    "--metrics-listen", "127.0.0.1:0", context=files.context(files.client))
    for name, pair, want in [
        ("known", files.client, True),
        ("without a certificate", None, False),
        ("of another authority", files.stranger, False),
        ("a server's certificate", files.wrong_purpose, False),
    ]:
        got = handshake(server.port, files.context(pair))
        same(f"client: {name}", got is not None, want)
        context = files.context(pair)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        got = handshake(server.port, context)
        same(f"client: {name}, TLS 1.2", got is not None, want)
    same("filter", server.post("/filter", load(DATA, "filter-names.json")).status, 200)
    check_probes(server)
    same("exit code", server.stop(), 0)


def check_probes(server):
    """The plain port knows health and metrics, and nothing else."""
    for path, want in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/filter", 404),
                       ("/scheduler/prioritize", 404), ("/version", 404), ("/", 404)]:
        method = "GET" if want == 200 else "POST"
        same(f"probes: {path}", server.ask(method, path, connection=server.probe()).status, want)
    text = server.ask("GET", "/metrics", connection=server.probe()).body
    check("probes: metrics", b"slicefit_build_info" in text, text[:200])
    check("probes: log", f"metrics {ADDRESS}:{server.metrics_port}" in server.read_log(),
          server.read_log())


class Mounted:
    """A folder as the kubelet mounts secrets: names are links through ..data, which is replaced."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "mounted")
        self.version = 0
        os.mkdir(self.folder)
        for name in ("tls.crt", "tls.key", "ca.crt"):
            os.symlink(os.path.join("..data", name), os.path.join(self.folder, name))

    def write(self, cert, key, ca):
        self.version += 1
        name = f"..{self.version}"
        os.mkdir(os.path.join(self.folder, name))
        for path, to in ((cert, "tls.crt"), (key, "tls.key"), (ca, "ca.crt")):
            shutil.copy(path, os.path.join(self.folder, name, to))
        link = os.path.join(self.folder, "..data_tmp")
        os.symlink(name, link)
        os.rename(link, os.path.join(self.folder, "..data"))

    def options(self):
        pair = [os.path.join(self.folder, name) for name in ("tls.crt", "tls.key")]
        return tls_options(pair, "--client-ca-file", os.path.join(self.folder, "ca.crt"))


def lines(server, word):
    return [line for line in server.read_log().splitlines() if word in line]


def expiry(cert):
    done = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", cert], check=True,
                          capture_output=True, text=True)
    return done.stdout.strip().removeprefix("notAfter=")


def check_reload(files):
    mounted = Mounted(files.folder)
    mounted.write(*files.server, files.ca.cert)
    server = Server(BINARY, *mounted.options(), context=files.context(files.client))
    known = files.context(files.client)
    held = server.connect()
    same("before", server.ask("GET", "/healthz", connection=held).status, 200)
    same("before: name", handshake(server.port, known)[2], "server")

    mounted.write(*files.renewed, files.ca.cert)
    server.wait_for(lambda: lines(server, "tls-reloaded"))
    same("renewed: new connections", handshake(server.port, known)[2], "renewed")
    same("renewed: old ones go on", server.ask("GET", "/healthz", connection=held).status, 200)

    mounted.write(files.server[0], files.renewed[1], files.ca.cert)
    server.wait_for(lambda: lines(server, "the old certificate stays"))
    same("mismatch", handshake(server.port, known)[2], "renewed")
    check("mismatch: said why", "do not go together" in lines(server, "stays")[0], server.read_log())

    mounted.write(*files.server, os.devnull)
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: len(lines(server, "the old certificate stays")) == 2)
    check("no CA: said why", "client CA" in lines(server, "stays")[1], server.read_log())
    same("no CA", handshake(server.port, known)[2], "renewed")

    mounted.write(*files.server, files.other_ca.cert)
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: len(lines(server, "tls-reloaded")) == 2)
    same("another CA: the old client", handshake(server.port, known), None)
    same("another CA: its client", handshake(server.port, files.context(files.stranger))[2],
         "server")
    same("another CA: old connections", server.ask("GET", "/healthz", connection=held).status, 200)

    server.signal(signal.SIGHUP)
    server.wait_for(lambda: len(lines(server, "tls-reloaded")) == 3)
    server.context = files.context(files.stranger)
    for result, count in (("applied", 3), ("refused", 2)):
        same(f"counted: {result}",
             server.metric(f'slicefit_tls_reloads_total{{result="{result}"}}'), count)
    expires = server.metric("slicefit_tls_certificate_expiry_timestamp_seconds")
    same("expiry", expires, ssl.cert_time_to_seconds(expiry(files.server[0])))
    same("exit code", server.stop(), 0)


def check_deploy(files):
    """The arguments of deploy/extender.yaml, with other folders and ports."""
    folder = os.path.join(files.folder, "tls")
    os.mkdir(folder)
    for path, to in zip((*files.server, files.ca.cert), ("tls.crt", "tls.key", "ca.crt")):
        shutil.copy(path, os.path.join(folder, to))
    with open(os.path.join(SOURCE, "deploy", "extender.yaml")) as file:
        arguments = re.findall(r"^ +- (--.*)$", file.read(), re.M)
    check("deploy: arguments", len(arguments) > 5, arguments)
    arguments = [re.sub(r":98\d\d$", ":0", argument).replace("/tls/", folder + "/")
                 .replace("/config/serve.yaml", SOURCE + "/deploy/serve-config.yaml")
                 for argument in arguments]
    arguments.remove("--leader-elect")  # there is no cluster here
    server = Server(BINARY, *arguments, context=files.context(files.client))
    same("deploy: probe", server.ask("GET", "/leadz", connection=server.probe()).status, 200)
    same("deploy: a stranger", handshake(server.port, files.context(files.stranger)), None)
    same("deploy: exit code", server.stop(), 0)


def refused(name, arguments, part):
    done = subprocess.run([BINARY, "serve", *arguments], capture_output=True, text=True,
                          timeout=DEADLINE_S)
    same(f"{name}: exit code", done.returncode, 2)
    check(f"{name}: text", part in done.stderr, done.stderr)
    same(f"{name}: one line", done.stderr.count("\n"), 1)


def check_plain(files):
    """Plain HTTP where other machines can reach it must be asked for."""
    for address in ("0.0.0.0:0", ":0", "[::]:0"):
        refused(address, ["--listen", address], "--insecure-http")
    for arguments, context in [
        (["--listen", "0.0.0.0:0", "--insecure-http"], None),
        (["--listen", "0.0.0.0:0", *tls_options(files.server)], files.context()),
        (["--listen", "127.8.8.8:0", "--metrics-listen", "0.0.0.0:0"], None),
    ]:
        server = Server(BINARY, *arguments, context=context, wait=False)
        same(f"serve {arguments}", server.stop(), 0)


def check_options(files):
    garbage = os.path.join(files.folder, "garbage")
    absent = os.path.join(files.folder, "absent")
    with open(garbage, "w") as file:
        file.write("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    cert, key = files.server
    for name, arguments, part in [
        ("a certificate alone", ["--tls-cert-file", cert], "give both"),
        ("a key alone", ["--tls-private-key-file", key], "give both"),
        ("a CA alone", ["--client-ca-file", cert], "needs --tls-cert-file"),
        ("no certificate", tls_options((garbage, key)), f"TLS certificate {garbage}"),
        ("no key", tls_options((cert, garbage)), f"TLS private key {garbage}"),
        ("absent", tls_options((absent, key)), absent),
        ("of another", tls_options((cert, files.client[1])), "do not go together"),
        ("no CA", tls_options(files.server, "--client-ca-file", garbage), f"client CA {garbage}"),
        ("an empty CA", tls_options(files.server, "--client-ca-file", os.devnull), "client CA"),
    ]:
        refused(name, arguments, part)


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        check_tls(files)
        check_clients(files)
        check_reload(files)
        check_plain(files)
        check_options(files)
        check_deploy(files)
    finish()


main()
