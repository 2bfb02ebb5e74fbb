"""rollouts: a folder as slicefit plan --emit writes it, and slicefit apply that carries it out."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import subprocess

import objects
from mig_manager import MIG, MIG_MAP, SHARE, SHARE_MAP, SPACE

TAINT = "slicefit.io/rollout"
DEADLINE_S = 120
SLICES = objects.mig("1g.10gb")
MIG_CONFIG = """version: v1
mig-configs:
  whole:
  - devices: all
    mig-enabled: false
  sliced:
  - devices: [0, 1]
    mig-enabled: true
    mig-devices:
      "1g.10gb": 7
  - devices: [2, 3, 4, 5, 6, 7]
    mig-enabled: false
"""
SHARE_CONFIGS = {"plain": "version: v1\nflags:\n  migStrategy: mixed\n",
                 "by-4": "version: v1\nflags:\n  migStrategy: mixed\nsharing:\n  timeSlicing:\n"
                         "    renameByDefault: true\n    resources:\n    - name: nvidia.com/gpu\n      replicas: 4\n"}
WHOLE, SLICED = {objects.GPU: 8}, {objects.GPU: 6, SLICES: 14}
SHARED = {objects.GPU: 0, objects.SHARED: 32}
TO_SLICED = ({MIG: "whole", SHARE: "plain"}, {MIG: "sliced", SHARE: "plain"}, WHOLE, SLICED)
TO_SHARED = ({MIG: "whole", SHARE: "plain"}, {MIG: "whole", SHARE: "by-4"}, WHOLE, SHARED)


def config_map(name, data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": SPACE}, "data": data}


def change(name, kind, pods=()):
    """A node of a wave; kind: labels before and after, allocatable before and after."""
    before, after, counts, counts_after = kind
    names = sorted(set(counts) | set(counts_after))
    return {"name": name, "pool": "h100", "labels": {"before": before, "after": after},
            "mig_changes": before[MIG] != after[MIG], "needs_interruption": False,
            "evict": [{"namespace": "default", "pod": pod, "workload": "train", "priority": 0, "to": None,
                       "waits": False, "back_in_wave": None, "max_unavailable": None} for pod in pods],
            "allocatable": {"before": {key: counts.get(key, 0) for key in names},
                            "after": {key: counts_after.get(key, 0) for key in names}}}


def write(folder, waves, *, relabel=(), number=1, policy=None):
    """rollout.json and its files."""
    os.makedirs(folder, exist_ok=True)
    maps = {"mig-parted-config.yaml": config_map(MIG_MAP, {"config.yaml": MIG_CONFIG}),
            "device-plugin-config.yaml": config_map(SHARE_MAP, SHARE_CONFIGS)}
    rollout = {"schema": "slicefit.rollout/1", "id": f"{number:016x}", "scenario": "e2e",
               "files": [{"path": path, "kind": "ConfigMap", "namespace": SPACE, "name": doc["metadata"]["name"]}
                         for path, doc in maps.items()],
               "operator": policy and {"api_version": "nvidia.com/v1", "kind": "ClusterPolicy",
                                       "name": "cluster-policy", "patch_file": "operator-patch.yaml"},
               "taint": {"key": TAINT, "effect": "PreferNoSchedule"},
               "relabel": [{"name": name, "pool": "h100", "labels": {MIG: "whole", SHARE: "plain"}}
                           for name in relabel],
               "waves": [{"wave": i + 1, "nodes": nodes} for i, nodes in enumerate(waves)]}
    files = {**maps, "rollout.json": rollout, **({"operator-patch.yaml": policy} if policy else {})}
    for path, doc in files.items():
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            json.dump(doc, file, indent=1)
    return folder


class Apply:
    """slicefit apply, running or not. It waits little for mig-manager, so that tests do not."""

    def __init__(self, binary, cluster, folder, *options):
        self.binary, self.kubeconfig, self.folder = os.path.abspath(binary), cluster.kubeconfig, folder
        self.options = ["--force-conflicts", "--settle", "1s", *options]

    def argv(self, *options):
        return [self.binary, "apply", "--kubeconfig", self.kubeconfig, *self.options, *options, self.folder]

    def run(self, *options):
        """(status, standard output, standard error) at its end."""
        try:
            done = subprocess.run(self.argv(*options), capture_output=True, text=True, timeout=DEADLINE_S)
        except subprocess.TimeoutExpired as late:
            said = b"".join(text or b"" for text in (late.stdout, late.stderr)).decode()
            raise SystemExit(f"slicefit apply does not end:\n{said}") from late
        return done.returncode, done.stdout, done.stderr

    def start(self, *options):
        return subprocess.Popen(self.argv(*options), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def until(self, condition, number=signal.SIGKILL, *options):
        """Runs it until condition(line, how many lines) holds for a line of its progress, then sends the signal.
        (status, all lines); the status is negative when the signal ended it."""
        lines = []
        with self.start("--yes", *options) as child:
            for line in child.stderr:
                lines.append(line.rstrip("\n"))
                if condition(lines[-1], len(lines)):
                    child.send_signal(number)
                    lines += [rest.rstrip("\n") for rest in child.stderr]
            return child.wait(), lines

    def log(self):
        with open(os.path.join(self.folder, "apply.log.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]
