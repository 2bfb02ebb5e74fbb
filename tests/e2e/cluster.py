"""cluster: etcd, kube-apiserver and kube-scheduler on 127.0.0.1, no containers, no kubelet, no root.

The programs are those of the folder KUBEBUILDER_ASSETS (scripts/kube-assets builds them). There is one user
with all rights; admission plugins that need a controller-manager are off."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import secrets
import shutil
import sys
import tempfile

import api
from process import Process, free_port

PROGRAMS = ("etcd", "kube-apiserver", "kube-scheduler")
# The names that slicefit decides about. kube-scheduler knows no wildcards.
RESOURCES = ["nvidia.com/gpu", "nvidia.com/gpu.shared",
             *(f"nvidia.com/mig-{profile}" for profile in ("1g.5gb", "1g.10gb", "2g.20gb", "3g.40gb", "7g.80gb"))]


def assets():
    """The folder of the programs; the test is skipped where there is none."""
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    if not folder:
        print("skipped: KUBEBUILDER_ASSETS is not set (scripts/kube-assets builds what it names)")
        sys.exit(0)
    missing = [name for name in PROGRAMS if not os.access(os.path.join(folder, name), os.X_OK)]
    if missing:
        sys.exit(f"KUBEBUILDER_ASSETS={folder}: no {', '.join(missing)}")
    return folder


def extender(url, *, preempt=False, bind=False, weight=13, names=True, sole_guard=False, timeout="5s"):
    """An entry of `extenders`. sole_guard: kube-scheduler's NodeResourcesFit does not count the GPUs."""
    entry = {
        "urlPrefix": url, "filterVerb": "filter", "prioritizeVerb": "prioritize", "weight": weight,
        "nodeCacheCapable": names, "httpTimeout": timeout,
        "managedResources": [{"name": name, "ignoredByScheduler": sole_guard} for name in RESOURCES],
    }
    if preempt:
        entry["preemptVerb"] = "preempt"
    if bind:
        entry["bindVerb"] = "bind"
    return entry


class Cluster:
    """Up when the constructor returns, but for the scheduler: that starts with schedule()."""

    def __init__(self, programs):
        self.programs = programs
        # In memory: etcd waits for the disk with every write.
        shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="slicefit-e2e-", dir=shm)
        self.token = secrets.token_hex(20)
        self.health = free_port()
        self.scheduler = None
        self.etcd = self.start_etcd()
        self.apiserver = self.start_apiserver()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in (self.scheduler, self.apiserver, self.etcd):
            if process is not None:
                process.stop()
        if os.environ.get("SLICEFIT_E2E_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def program(self, name, *flags):
        return Process(name, [os.path.join(self.programs, name), *flags], self.folder)

    def start_etcd(self):
        self.etcd_url, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        etcd = self.program("etcd", "--name=e2e", "--data-dir=" + self.path("etcd"),
                            "--listen-client-urls=" + self.etcd_url, "--advertise-client-urls=" + self.etcd_url,
                            "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
                            "--initial-cluster=e2e=" + peer)
        port = int(self.etcd_url.rsplit(":", 1)[1])
        etcd.wait_for(lambda: get(port, "/health") == 200)
        return etcd

    def start_apiserver(self):
        """Makes its own certificate, whose key also signs service accounts' tokens. Without ServiceAccount
        pods need no account, which only a controller-manager makes; without TaintNodesByCondition new nodes
        do not keep a taint that only a controller-manager takes away."""
        port = free_port()
        with open(self.path("tokens.csv"), "w", encoding="ascii") as file:
            os.chmod(file.fileno(), 0o600)
            file.write(f'{self.token},admin,admin,"system:masters"\n')
        apiserver = self.program(
            "kube-apiserver", "--etcd-servers=" + self.etcd_url, "--bind-address=127.0.0.1",
            f"--secure-port={port}", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            "--cert-dir=" + self.path("pki"), "--token-auth-file=" + self.path("tokens.csv"),
            "--authorization-mode=AlwaysAllow", "--anonymous-auth=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-signing-key-file=" + self.path("pki", "apiserver.key"),
            "--service-account-key-file=" + self.path("pki", "apiserver.key"),
            "--service-cluster-ip-range=10.96.0.0/16",
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition", "--profiling=false")
        ca = self.path("pki", "apiserver.crt")
        apiserver.wait_for(lambda: os.path.exists(ca) and os.path.getsize(ca))
        self.api = api.Api(port, self.token, ca)
        self.kubeconfig = self.write_kubeconfig("kubeconfig", port)
        apiserver.wait_for(self.api_is_up)
        return apiserver

    def api_is_up(self):
        try:
            return self.api.is_ready() and self.api.get("/api/v1/namespaces/default")
        except api.ApiError:
            return False  # ready, but without the namespace that pods go to

    def write_kubeconfig(self, name, port, url=None):
        """A kubeconfig for the API server at that port of 127.0.0.1, or at a URL. JSON is YAML."""
        cluster = {"server": url or f"https://127.0.0.1:{port}", "certificate-authority": self.path("pki", "apiserver.crt")}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
                  "clusters": [{"name": "e2e", "cluster": cluster}],
                  "users": [{"name": "admin", "user": {"token": self.token}}],
                  "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "admin"}}]}
        return self.write(name, config)

    def write(self, name, value):
        with open(self.path(name), "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            json.dump(value, file)
        return self.path(name)

    def schedule(self, *extenders, percentage=100, qps=1000, backoff_s=(1, 1), plugins_score=True):
        """Starts kube-scheduler, or starts it again with other settings; returns when it is healthy.
        plugins_score: its own plugins score the nodes, too."""
        off = {point: {"disabled": [{"name": "*"}]} for point in ("preScore", "score")}
        address = f"127.0.0.1:{self.health}"
        self.schedule_by(self.write("scheduler.yaml", {
            "apiVersion": "kubescheduler.config.k8s.io/v1beta1", "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": self.kubeconfig, "qps": qps, "burst": 2 * qps},
            "leaderElection": {"leaderElect": False}, "percentageOfNodesToScore": percentage,
            "podInitialBackoffSeconds": backoff_s[0], "podMaxBackoffSeconds": backoff_s[1],
            "healthzBindAddress": address, "metricsBindAddress": address, "extenders": list(extenders),
            "profiles": [{"schedulerName": "default-scheduler", "plugins": {} if plugins_score else off}]}))

    def schedule_by(self, config):
        """The same with a file, which has healthzBindAddress at port `health`."""
        self.stop_scheduling()
        self.scheduler = self.program("kube-scheduler", "--config=" + config, "--secure-port=0", "--v=2")
        self.scheduler.wait_for(lambda: get(self.health, "/healthz") == 200)

    def stop_scheduling(self):
        if self.scheduler is not None:
            self.scheduler.stop()
            self.scheduler = None

    def restart_apiserver(self):
        self.apiserver.kill()
        self.apiserver.start()
        self.apiserver.wait_for(self.api.is_ready)


def get(port, path):
    """The status of a GET over plain HTTP, None while nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
