"""Advice by measurements: a Prometheus server scrapes an exporter with the gauges and labels of dcgm-exporter,
and `slicefit advise` asks it."""
# SPDX-License-Identifier: Apache-2.0
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from client import check, finish, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
SCENARIO = os.path.join(SOURCE, "tests", "data", "ask", "advise.yaml")
DEADLINE_S = 60
SAMPLES = 3

# Pod, GPU, busy (%), memory (MiB), profile of the instance.
PODS = [
    ("chat-0", 0, 20, 17000, None),
    ("chat-1", 1, 24, 16000, None),
    ("notebooks-0", 2, 10, 1500, None),
    ("embed-0", 3, 90, 6000, "1g.10gb"),
]


def labels(pod, gpu, profile):
    """As of dcgm-exporter on Kubernetes."""
    pairs = {"gpu": gpu, "UUID": f"GPU-{gpu:08d}", "device": f"nvidia{gpu}", "modelName": "NVIDIA A100-SXM4-80GB",
             "Hostname": "a100-0", "container": "server", "namespace": "ml", "pod": pod}
    if profile:
        pairs.update({"GPU_I_PROFILE": profile, "GPU_I_ID": "7"})
    return ",".join(f'{key}="{value}"' for key, value in pairs.items())


def metrics():
    lines = ["# TYPE DCGM_FI_DEV_GPU_UTIL gauge"]
    lines += [f"DCGM_FI_DEV_GPU_UTIL{{{labels(pod, gpu, profile)}}} {busy}" for pod, gpu, busy, _, profile in PODS]
    lines += ['DCGM_FI_DEV_GPU_UTIL{gpu="7",UUID="GPU-7"} 99', "# TYPE DCGM_FI_DEV_FB_USED gauge"]
    lines += [f"DCGM_FI_DEV_FB_USED{{{labels(pod, gpu, profile)}}} {mib}" for pod, gpu, _, mib, profile in PODS]
    return "\n".join(lines) + "\n"


class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = metrics().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """Scrapes the exporter; the labels of the target are those that a PodMonitor sets."""

    def __init__(self, program, folder, exporter, honor):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [{
                "job_name": "dcgm", "honor_labels": honor, "static_configs": [{
                    "targets": [f"127.0.0.1:{exporter}"],
                    "labels": {"namespace": "gpu-operator", "pod": "dcgm-exporter-x", "container": "exporter"}}]}]},
                      file)
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={self.url[len('http://'):]}"], stdout=self.log, stderr=self.log)

    def ask(self, query):
        url = f"{self.url}/api/v1/query?query={urllib.parse.quote(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    def has(self, gauge, count):
        found = self.ask(f"count_over_time({gauge}[5m])")
        return len(found) == count and all(int(series["value"][1]) >= SAMPLES for series in found)

    def wait(self):
        """Until each series was scraped a few times."""
        wanted = {"DCGM_FI_DEV_GPU_UTIL": len(PODS) + 1, "DCGM_FI_DEV_FB_USED": len(PODS)}
        end = time.monotonic() + DEADLINE_S
        poll = threading.Event()
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.log.seek(0)
                sys.exit(f"prometheus ended: {self.log.read()}")
            try:
                if all(self.has(gauge, count) for gauge, count in wanted.items()):
                    return
            except (OSError, urllib.error.URLError):
                pass
            poll.wait(0.1)
        sys.exit("the series did not come in time")

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)
        self.log.close()


def advise(*arguments):
    return subprocess.run([BINARY, "advise", *arguments, "-o", "json", SCENARIO], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)


def check_advice(name, url):
    done = advise("--prometheus", url + "/", "--range", "60s", "--step", "1s")
    same(f"{name}: exit status", done.returncode, 0)
    # A GPU that no pod uses has the labels of the target: those of the exporter.
    same(f"{name}: strangers", done.stderr,
         "1 of 5 measured pods belong to no workload, such as gpu-operator/dcgm-exporter-x\n")
    advice = {row["workload"]: row for row in json.loads(done.stdout)["workloads"]}
    chat, notebooks, embed = advice["chat"], advice["notebooks"], advice["embed"]
    same(f"{name}: memory of chat", (chat["load"]["memory_from"], chat["load"]["memory_p99_mib"]), ("usage", 17000))
    same(f"{name}: chat p99", chat["load"]["busy_p99"], 0.24)
    check(f"{name}: chat mean", 0.20 < chat["load"]["busy_mean"] < 0.24, chat["load"])
    same(f"{name}: chat pods", chat["load"]["pods_measured"], 2)
    same(f"{name}: chat", (chat["strategy"], chat["profile"]), ("mig", "2g.20gb"))
    same(f"{name}: notebooks", (notebooks["strategy"], notebooks["product"], notebooks["per_gpu"]),
         ("time-slicing", "T4", 8))
    same(f"{name}: how busy an instance is comes from the scenario", embed["load"]["busy_from"], "scenario")
    same(f"{name}: its memory is measured", embed["load"]["memory_p99_mib"], 6000)
    same(f"{name}: embed", (embed["strategy"], embed["profile"]), ("mig", "1g.10gb"))


def check_trouble(url):
    for name, arguments in [
            ("nobody there", ["--prometheus", f"http://127.0.0.1:{free_port()}"]),
            ("no such page", ["--prometheus", url + "/elsewhere"])]:
        done = advise(*arguments)
        same(f"{name}: exit status", done.returncode, 3)
        check(f"{name}: {done.stderr}", "Prometheus at http" in done.stderr)
    done = advise("--prometheus", url, "--range", "30d", "--step", "1s")
    same("too many points: exit status", done.returncode, 2)


def main():
    program = os.environ.get("SLICEFIT_PROMETHEUS") or shutil.which("prometheus")
    if not program:
        print("skipped: SLICEFIT_PROMETHEUS names no server, and there is none in PATH (apt-get install prometheus)")
        return
    exporter = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    for honor in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            server = Prometheus(program, folder, exporter.server_port, honor)
            try:
                server.wait()
                check_advice("labels kept" if honor else "labels renamed", server.url)
                if honor:
                    check_trouble(server.url)
            finally:
                server.close()
    exporter.shutdown()
    finish()


main()
