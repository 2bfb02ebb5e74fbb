"""What a configuration makes of filter and prioritize, and how the server follows its file."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import subprocess
import sys
import tempfile

from client import DEADLINE_S, Server, check, finish, load, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]

MODE = "GPU mode not allowed for the workload class"
BEST = "not among the best nodes"
NO_RESOURCE = "node has no such GPU resource"

# One node of each mode that gives nvidia.com/gpu, and one whose instances have names of their own.
CLUSTER = """
pools:
- {name: whole, product: A100-40GB, nodes: 2, gpus: 4}
- name: single
  product: A100-40GB
  nodes: 1
  gpus: 1
  mig:
    strategy: single
    config: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
- name: mixed
  product: A100-40GB
  nodes: 1
  gpus: 1
  mig:
    strategy: mixed
    config: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
- name: sliced
  product: T4
  nodes: 1
  gpus: 2
  sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}
- name: mps
  product: T4
  nodes: 1
  gpus: 2
  sharing: {mps: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}
"""
NODES = ["whole-0", "whole-1", "single-0", "mixed-0", "sliced-0", "mps-0"]
GPU_NODES = [name for name in NODES if name != "mixed-0"]
UNSHARED = ["whole-0", "whole-1", "single-0"]
SHARED = ["sliced-0", "mps-0"]


def pod(labels=None, count=1, resource="nvidia.com/gpu", space="default", **metadata):
    return {
        "metadata": {"name": "p", "namespace": space, "labels": labels or {}, **metadata},
        "spec": {"containers": [{"resources": {"limits": {resource: str(count)}}}]},
    }


def classed(name, **rest):
    return pod({"slicefit.io/class": name}, **rest)


class Asker:
    """A server with a configuration, asked about all nodes."""

    def __init__(self, directory, config=None, *arguments):
        self.path = os.path.join(directory, "config.yaml")
        if config is not None:
            self.write(config)
            arguments = ("--config", self.path, *arguments)
        self.server = Server(BINARY, "--cluster", os.path.join(directory, "cluster.yaml"),
                             *arguments)

    def write(self, text):
        with open(self.path + ".new", "w") as file:
            file.write(text)
        os.replace(self.path + ".new", self.path)

    def filter(self, a_pod):
        return self.server.post("/filter", {"Pod": a_pod, "NodeNames": NODES}).json

    def feasible(self, a_pod):
        return self.filter(a_pod)["NodeNames"]

    def scores(self, a_pod):
        answer = self.server.post("/prioritize", {"Pod": a_pod, "NodeNames": NODES}).json
        return dict.fromkeys(NODES, 0) | {entry["Host"]: entry["Score"] for entry in answer}

    def stop(self):
        same("exit code", self.server.stop(), 0)


def check_without_a_file(directory):
    ask = Asker(directory)
    same("a plain pod may go anywhere", ask.feasible(pod()), GPU_NODES)
    owner = [{"kind": "Job", "name": "j", "controller": True}]
    same("a guess refuses nothing", ask.feasible(pod(ownerReferences=owner)), GPU_NODES)
    scores = ask.scores(pod(ownerReferences=owner))
    check("but it prefers", min(scores["whole-0"], scores["whole-1"]) > scores["single-0"] >
          max(scores["sliced-0"], scores["mps-0"]), scores)
    answer = ask.filter(classed("training"))
    same("training: never shared", answer["NodeNames"], UNSHARED)
    same("training: why not", answer["FailedNodes"],
         {"mixed-0": NO_RESOURCE, "sliced-0": MODE, "mps-0": MODE})
    same("training: no eviction helps", sorted(answer["FailedAndUnresolvableNodes"]),
         ["mixed-0", "mps-0", "sliced-0"])
    same("inference: never shared", ask.feasible(classed("inference")), UNSHARED)
    scores = ask.scores(classed("inference"))
    same("inference: instances first", max(scores, key=scores.get), "single-0")
    same("interactive: anywhere", ask.feasible(classed("notebook")), GPU_NODES)
    scores = ask.scores(classed("interactive"))
    same("interactive: time-slices first", max(scores, key=scores.get), "sliced-0")
    check("interactive: whole GPUs last", scores["whole-0"] < scores["single-0"] <
          scores["mps-0"] < scores["sliced-0"], scores)
    same("annotations name classes, too",
         ask.feasible(pod(annotations={"slicefit.io/class": "training"})), UNSHARED)
    same("a profile by name", ask.feasible(classed("training", resource="nvidia.com/mig-1g.5gb")),
         ["mixed-0"])
    answer = ask.filter(classed("trianing"))
    same("an unknown class is told", answer["Error"],
         "pod default/p: slicefit.io/class: there is no workload class 'trianing'")
    same("denials count", ask.server.metric(f'slicefit_denials_total{{reason="{MODE}"}}'), 6)
    ask.stop()


def check_rules(directory):
    ask = Asker(directory, """
classes:
  training: {allow: whole}
  render: {prefer: [mps, whole]}
match:
- {class: training, labels: {app: torch, tier: '*'}}
- {class: render, owner: RenderJob}
namespaces:
  sandbox: {allow: [time-slicing]}
  serving: {class: inference}
""")
    whole = ["whole-0", "whole-1"]
    same("allow of a class", ask.feasible(classed("training")), whole)
    same("match", ask.feasible(pod({"app": "torch", "tier": "x"})), whole)
    same("half a match", ask.feasible(pod({"app": "torch"})), GPU_NODES)
    owner = [{"kind": "RenderJob", "name": "j", "controller": True}]
    scores = ask.scores(pod(ownerReferences=owner))
    check("own class", scores["mps-0"] > scores["whole-0"] > scores["sliced-0"], scores)
    same("allow of a namespace", ask.feasible(pod(space="sandbox")), ["sliced-0"])
    same("it goes before the class", ask.feasible(classed("training", space="sandbox")),
         ["sliced-0"])
    same("class of a namespace", ask.feasible(pod(space="serving")), UNSHARED)
    same("the pod's own goes before it", ask.feasible(classed("batch", space="serving")),
         GPU_NODES)
    same("a profile by name goes before allow",
         ask.feasible(classed("training", resource="nvidia.com/mig-1g.5gb")), ["mixed-0"])
    ask.stop()


def check_preempt():
    """worker-00 has whole T4, worker-01 shares its own: no training job evicts anybody there."""
    data = os.path.join(SOURCE, "tests", "data", "extender")
    request = json.loads(load(data, "preempt-names.json"))
    server = Server(BINARY, "--cluster", os.path.join(data, "cluster-preempt.json"))

    def nodes(**labels):
        request["Pod"]["metadata"]["labels"] = labels
        return list(server.post("/preempt", request).json["NodeNameToMetaVictims"])

    same("preempt without a class", nodes(), ["worker-00.gpu.example", "worker-01.gpu.example"])
    same("preempt for training", nodes(**{"slicefit.io/class": "training"}),
         ["worker-00.gpu.example"])
    same("preempt for an unknown class", nodes(**{"slicefit.io/class": "trianing"}), [])
    same("exit code", server.stop(), 0)


def check_selection(directory):
    ask = Asker(directory, "selection: decisive\n")
    scores = ask.scores(classed("interactive"))
    check("decisive: a rank is worth more than all plugins",
          all(score % 1000 == 0 for score in scores.values()), scores)
    order = sorted(GPU_NODES, key=lambda name: -scores[name])
    same("decisive: in the order of preference", order[:3], ["sliced-0", "mps-0", "single-0"])
    ask.stop()
    for k in (1, 2, 100):
        ask = Asker(directory, f"selection: {{narrow: {k}}}\n")
        answer = ask.filter(classed("interactive"))
        same(f"narrow {k}", sorted(answer["NodeNames"]), sorted(order[:k]))
        same(f"narrow {k}: of the others only those that do not fit are named",
             answer["FailedNodes"], {"mixed-0": NO_RESOURCE})
        same(f"narrow {k}: nobody has to go for them",
             list(answer["FailedAndUnresolvableNodes"]), ["mixed-0"])
        same(f"narrow {k}: the others are counted",
             ask.server.metric(f'slicefit_denials_total{{reason="{BEST}"}}'),
             max(0, len(order) - k))
        same(f"narrow {k}: where nothing fits",
             ask.feasible(pod(resource="nvidia.com/mig-7g.40gb")), [])
        same(f"narrow {k}: pods without GPUs", ask.feasible(pod(resource="cpu")), NODES)
        ask.stop()


def check_shadow(directory):
    def decisions(choice):
        return ask.server.metric(f'slicefit_shadow_decisions_total{{choice="{choice}"}}')

    ask = Asker(directory, "policy: best-fit\nshadow: {policy: best-fit}\n")
    ask.filter(pod())
    same("a policy agrees with itself", (decisions("same"), decisions("other")), (1, 0))
    ask.filter(pod(count=99))
    same("without a choice nothing is counted", decisions("same"), 1)
    ask.stop()
    ask = Asker(directory, "policy: best-fit\nshadow: {policy: worst-fit}\n")
    same("no shadow is seen in the answer", ask.feasible(pod()), GPU_NODES)
    same("it would have chosen otherwise", (decisions("same"), decisions("other")), (0, 1))
    check("the log says so", "shadow=worst-fit" in ask.server.read_log(), ask.server.read_log())
    ask.stop()


def check_reload(directory):
    def current():
        return ask.server.metric("slicefit_config_last_reload_successful")

    ask = Asker(directory, "classes: {batch: {allow: mps}}\n")
    same("before", ask.feasible(classed("batch")), ["mps-0"])
    ask.write("classes: {batch: {allow: time-slicing}}\n")
    ask.server.signal(signal.SIGHUP)
    ask.server.wait_for(lambda: ask.feasible(classed("batch")) == ["sliced-0"])
    ask.write("classes: {batch: {allow: whole}}\n")  # without a signal
    ask.server.wait_for(lambda: ask.feasible(classed("batch")) == ["whole-0", "whole-1"])
    same("all is well", ask.server.ask("GET", "/readyz").body, b"ok\n")
    same("gauge", current(), 1)
    ask.write("classes: {batch: {alow: mps}}\n")
    ask.server.signal(signal.SIGHUP)
    ask.server.wait_for(lambda: current() == 0)
    same("a wrong file changes nothing", ask.feasible(classed("batch")), ["whole-0", "whole-1"])
    place = f"{ask.path}:1:19: unknown key 'alow', did you mean 'allow'?"
    check("the log says why", place in ask.server.read_log(), ask.server.read_log())
    ready = ask.server.ask("GET", "/readyz")
    same("still ready", ready.status, 200)
    same("but it tells", ready.body.decode(),
         f"ok\nthe configuration is older than its file: {place}\n")
    os.unlink(ask.path)
    ask.server.signal(signal.SIGHUP)
    ask.server.wait_for(lambda: b"No such file" in ask.server.ask("GET", "/readyz").body)
    ask.write("classes: {batch: {allow: mig}}\n")
    ask.server.wait_for(lambda: ask.feasible(classed("batch")) == ["single-0"])
    same("well again", (current(), ask.server.ask("GET", "/readyz").body), (1, b"ok\n"))
    same("counted", [ask.server.metric(f'slicefit_config_reloads_total{{result="{result}"}}')
                     for result in ("applied", "refused")], [3, 2])
    ask.stop()


def check_configmap(directory):
    """A ConfigMap: file -> ..data/file, ..data -> a folder that is replaced by another link."""
    mount = os.path.join(directory, "mount")
    for version, mode in enumerate(("mps", "time-slicing")):
        folder = os.path.join(mount, f"..v{version}")
        os.makedirs(folder)
        with open(os.path.join(folder, "config.yaml"), "w") as file:
            file.write(f"classes: {{batch: {{allow: {mode}}}}}\n")
    os.symlink("..v0", os.path.join(mount, "..data"))
    os.symlink("..data/config.yaml", os.path.join(mount, "config.yaml"))
    ask = Asker(directory, None, "--config", os.path.join(mount, "config.yaml"))
    same("mounted", ask.feasible(classed("batch")), ["mps-0"])
    os.symlink("..v1", os.path.join(mount, "..new"))
    os.replace(os.path.join(mount, "..new"), os.path.join(mount, "..data"))
    ask.server.wait_for(lambda: ask.feasible(classed("batch")) == ["sliced-0"])
    ask.stop()


def run(*arguments, text=None):
    return subprocess.run([BINARY, "serve", *arguments], input=text, capture_output=True,
                          text=True, timeout=DEADLINE_S)


def check_command_line(directory):
    good, bad = (os.path.join(directory, name) for name in ("good.yaml", "bad.yaml"))
    with open(good, "w") as file:
        file.write("policy: fgd\n")
    with open(bad, "w") as file:
        file.write("policy: fdg\n")
    result = run("--config", good, "--check")
    same("--check", (result.returncode, result.stderr), (0, ""))
    again = os.path.join(directory, "again.yaml")
    with open(again, "w") as file:
        file.write(result.stdout)
    same("it prints what it reads", run("--config", again, "--check").stdout, result.stdout)
    same("standard input", run("--config", "-", "--check", text="policy: fgd\n").stdout,
         result.stdout)
    for name, arguments, text in [
        ("--check of a wrong file", ["--config", bad, "--check"],
         f"{bad}:1:9: unknown policy 'fdg', did you mean 'fgd'?"),
        ("a wrong file at start", ["--config", bad, "--listen", "127.0.0.1:0"], "unknown policy"),
        ("no file", ["--config", directory + "/none"], "No such file"),
        ("--check alone", ["--check"], "--config"),
        ("both", ["--config", good, "--policy", "fgd"], "policy: fgd"),
    ]:
        result = run(*arguments)
        same(f"{name}: exit code", result.returncode, 2)
        check(f"{name}: text", text in result.stderr, result.stderr)


def main():
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "cluster.yaml"), "w") as file:
            file.write(CLUSTER)
        check_without_a_file(directory)
        check_rules(directory)
        check_preempt()
        check_selection(directory)
        check_shadow(directory)
        check_reload(directory)
        check_configmap(directory)
        check_command_line(directory)
    finish()


main()
