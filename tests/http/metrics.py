"""What /metrics says, read strictly, before and after requests of every kind."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import tempfile
import time

import prometheus
from client import Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
DATA = os.path.join(SOURCE, "tests", "data", "extender")

# Texts that the reader must refuse, or the checks below prove nothing.
HEAD = "# HELP x_total h\n# TYPE x_total counter\n"
HISTOGRAM = "# HELP h_seconds h\n# TYPE h_seconds histogram\n"
WRONG = [
    ("no line feed", HEAD + "x_total 1"),
    ("no head", "x_total 1\n"),
    ("no TYPE", "# HELP x_total h\nx_total 1\n"),
    ("family twice", HEAD + "x_total 1\n" + HEAD),
    ("sample twice", HEAD + 'x_total{a="1",b="2"} 1\nx_total{b="2",a="1"} 1\n'),
    ("label twice", HEAD + 'x_total{a="1",a="2"} 1\n'),
    ("other labels", HEAD + 'x_total{a="1"} 1\nx_total{b="1"} 1\n'),
    ("of another family", HEAD + "y_total 1\n"),
    ("negative counter", HEAD + "x_total -1\n"),
    ("counter without _total", "# HELP x h\n# TYPE x counter\nx 1\n"),
    ("gauge with _total", "# HELP x_total h\n# TYPE x_total gauge\nx_total 1\n"),
    ("unit", "# HELP x_ms h\n# TYPE x_ms gauge\nx_ms 1\n"),
    ("raw quote", HEAD + 'x_total{a="""} 1\n'),
    ("no number", HEAD + "x_total one\n"),
    ("blank line", HEAD + "\nx_total 1\n"),
    ("not cumulative", HISTOGRAM + 'h_seconds_bucket{le="1"} 2\nh_seconds_bucket{le="+Inf"} 1\n'
     "h_seconds_sum 1\nh_seconds_count 1\n"),
    ("no +Inf", HISTOGRAM + 'h_seconds_bucket{le="1"} 2\nh_seconds_sum 1\nh_seconds_count 2\n'),
    ("count", HISTOGRAM + 'h_seconds_bucket{le="1"} 2\nh_seconds_bucket{le="+Inf"} 2\n'
     "h_seconds_sum 1\nh_seconds_count 3\n"),
    ("sum too large", HISTOGRAM + 'h_seconds_bucket{le="1"} 2\nh_seconds_bucket{le="+Inf"} 2\n'
     "h_seconds_sum 3\nh_seconds_count 2\n"),
    ("sum too small", HISTOGRAM + 'h_seconds_bucket{le="1"} 0\nh_seconds_bucket{le="+Inf"} 2\n'
     "h_seconds_sum 1\nh_seconds_count 2\n"),
    ("no sum", HISTOGRAM + 'h_seconds_bucket{le="+Inf"} 2\nh_seconds_count 2\n'),
]


def check_reader():
    for name, text in WRONG:
        try:
            prometheus.parse(text)
            check(f"the reader refuses: {name}", False)
        except prometheus.Wrong:
            pass


def scrape(server):
    return prometheus.parse(server.ask("GET", "/metrics").body.decode())


def value(families, name, suffix="", **labels):
    return families[name].samples.get((suffix, tuple(sorted(labels.items()))))


def talk(server):
    """Requests of every kind; how many, by verb and code."""
    for path, body in [("/filter", load(DATA, "filter-names.json")),
                       ("/scheduler/filter", load(DATA, "filter-nodes.json")),
                       ("/filter", "{"),
                       ("/prioritize", load(DATA, "filter-names-mig.json"))]:
        server.post(path, body)
    server.ask("GET", "/filter")
    server.ask("GET", "/nowhere")
    server.ask("GET", "/healthz")
    return {("filter", "200"): 3, ("filter", "405"): 1, ("prioritize", "200"): 1,
            ("other", "404"): 1, ("healthz", "200"): 1}


def check_requests(server):
    before = scrape(server)
    expected = talk(server)
    after = scrape(server)
    prometheus.check_growth(before, after)
    for (verb, code), n in expected.items():
        was = value(before, "slicefit_requests_total", verb=verb, code=code) or 0
        same(f"requests {verb} {code}",
             value(after, "slicefit_requests_total", verb=verb, code=code) - was, n)
    for name, family in after.items():
        if name.startswith("slicefit_request_duration"):
            for (suffix, pairs), n in family.samples.items():
                if suffix == "_count":
                    total = sum(v for (_, other), v in after["slicefit_requests_total"]
                                .samples.items() if dict(other)["verb"] == dict(pairs)["verb"])
                    check(f"durations {pairs}", total == n, (total, n))
    same("decisions of filter", value(after, "slicefit_decision_duration_seconds", "_count",
                                      verb="filter"), 2)
    same("decisions of prioritize", value(after, "slicefit_decision_duration_seconds", "_count",
                                          verb="prioritize"), 1)
    bodies = sum(len(load(DATA, name)) for name in ("filter-names.json", "filter-nodes.json")) + 1
    same("bytes of filter", value(after, "slicefit_request_body_bytes", "_sum", verb="filter"),
         bodies)
    same("in flight", value(after, "slicefit_requests_in_flight"), 1)


def check_basics(server):
    families = scrape(server)
    info = [dict(pairs) for _, pairs in families["slicefit_build_info"].samples]
    check("build info", len(info) == 1 and {"version", "compiler"} == info[0].keys(), info)
    start = value(families, "process_start_time_seconds")
    check("start time", abs(start - time.time()) < 600, start)
    fds = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    check("open files", abs(value(families, "process_open_fds") - fds) <= 2, fds)
    with open(f"/proc/{server.process.pid}/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    said = value(families, "process_resident_memory_bytes")
    check("resident memory", resident / 2 < said < resident * 2, (said, resident))
    for name in ("process_cpu_seconds_total", "process_virtual_memory_bytes", "process_max_fds",
                 "process_threads"):
        check(name, value(families, name) >= 0)


def check_documents(server):
    """What is told is documented."""
    text = load(SOURCE, "docs", "serve.md").decode()
    for name in scrape(server):
        check(f"documented: {name}", name.startswith("process_") or f"`{name}`" in text)


def total(families, name, **labels):
    return sum(value for (_, pairs), value in families[name].samples.items()
               if labels.items() <= dict(pairs).items())


def check_cluster(server):
    """Against what the file says: 7 nodes, 38 GPUs, pods on 8 GPUs and two instances."""
    families = scrape(server)
    same("nodes", {dict(pairs)["state"]: n for (_, pairs), n in
                   families["slicefit_nodes"].samples.items()},
         {"ready": 5, "cordoned": 2, "failed": 0})
    for product, gpus in (("A100-40GB", 24), ("T4", 4), ("unknown", 2)):
        same(f"capacity {product}", total(families, "slicefit_gpu_capacity", product=product), gpus)
    same("allocated", total(families, "slicefit_gpu_allocated"), 9)
    same("3g.20gb", total(families, "slicefit_gpu_devices_allocated", profile="3g.20gb"), 2)
    for _, pairs in families["slicefit_gpu_capacity"].samples:
        labels = dict(pairs)
        check(f"parts of {labels}", total(families, "slicefit_gpu_capacity", **labels)
              >= total(families, "slicefit_gpu_allocated", **labels)
              + total(families, "slicefit_gpu_free", **labels))
        check(f"stranded of {labels}", total(families, "slicefit_gpu_free", **labels)
              >= total(families, "slicefit_gpu_stranded", **labels))
    for name in families:
        for _, pairs in families[name].samples:
            check(f"no label per node or pod: {name}", not {"node", "pod"} & dict(pairs).keys())


def check_stranded(directory):
    """A node whose CPU is taken strands its GPUs, once there is a pod that wants one."""
    def pod(name, cpu, gpus, node=None):
        limits = {"cpu": cpu, **({"nvidia.com/gpu": str(gpus)} if gpus else {})}
        return {"kind": "Pod", "metadata": {"name": name, "namespace": "d", "uid": name},
                "spec": {"nodeName": node, "containers": [{"resources": {"requests": limits,
                                                                        "limits": limits}}]}}
    node = {"kind": "Node", "metadata": {"name": "n", "labels": {
        "nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/gpu.count": "3"}},
        "status": {"allocatable": {"cpu": "8", "memory": "64Gi", "nvidia.com/gpu": "3"}}}
    eater = pod("eater", "7", 1, "n")
    for name, pods, stranded in [("nobody", [], 0), ("no room for its like", [eater], 2),
                                 ("no room", [eater, pod("a", "2", 1)], 2),
                                 ("room", [eater, pod("a", "1", 1)], 0)]:
        path = os.path.join(directory, "stranded.json")
        with open(path, "w") as file:
            json.dump({"kind": "List", "items": [node, *pods]}, file)
        server = Server(BINARY, "--cluster", path)
        same(f"stranded: {name}", total(scrape(server), "slicefit_gpu_stranded"), stranded)
        same("exit code", server.stop(), 0)


def main():
    check_reader()
    server = Server(BINARY, "--cluster", os.path.join(DATA, "cluster.json"))
    check_basics(server)
    check_requests(server)
    check_cluster(server)
    check_documents(server)
    same("exit code", server.stop(), 0)
    with tempfile.TemporaryDirectory() as directory:
        check_stranded(directory)
    finish()


main()
