"""Wishes for GPU memory, in the conventions that users have, against nodes of a file."""
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

from client import Server, check, finish, same

BINARY, SOURCE = sys.argv[1], sys.argv[2]
CLUSTER = os.path.join(SOURCE, "tests", "data", "extender", "cluster.json")
SHARED, WHOLE = "worker-02.gpu.example", "worker-06.gpu.example"  # four T4 of 15 GiB; unknown GPUs
GPU, REPLICA = {"nvidia.com/gpu": "1"}, {"nvidia.com/gpu.shared": "1"}
MEMORY, ABSENT = "not enough free GPU memory", "node has no such GPU resource"


def pod(limits, **annotations):
    notes = {key.replace("_", "-"): value for key, value in annotations.items()}
    return {"metadata": {"name": "p", "namespace": "ns", "uid": "u", "annotations": notes},
            "spec": {"containers": [{"name": "c", "resources": {"limits": limits}}]}}


# what, the pod, why not on the shared node (None: it fits), and on the one with unknown GPUs
CASES = [
    ("no wish", pod(REPLICA), None, ABSENT),
    ("KAI, enough", pod(REPLICA, gpu_memory="15000"), None, ABSENT),
    ("KAI, too much", pod(REPLICA, gpu_memory="16000"), MEMORY, ABSENT),
    ("KAI, a part", pod(REPLICA, gpu_fraction="0.5"), None, ABSENT),
    ("KAI, a part of a whole GPU", pod(GPU, gpu_fraction="0.5"), ABSENT, MEMORY),
    ("HAMi, enough", pod({**REPLICA, "nvidia.com/gpumem": "15000"}), None, ABSENT),
    ("HAMi, too much", pod({**REPLICA, "nvidia.com/gpumem": "16000"}), MEMORY, ABSENT),
    ("HAMi, a share", pod({**REPLICA, "nvidia.com/gpumem-percentage": 100}), None, ABSENT),
    ("gpushare, enough", pod({"aliyun.com/gpu-mem": "15"}), None, ABSENT),
    ("gpushare, too much", pod({"aliyun.com/gpu-mem": "16"}), MEMORY, ABSENT),
    ("KAI's own", pod({"cpu": "1"}, gpu_fraction="0.5"), None, None),
]

# what, the pod, a part of the Error
WRONG = [
    ("two wishes", pod({**REPLICA, "nvidia.com/gpumem": "1"}, gpu_memory="1"),
     "pod ns/p: more than one wish for GPU memory"),
    ("no number", pod(GPU, gpu_memory="2Gi"), "annotation gpu-memory is no number of MiB"),
]


def ask(server, obj):
    return server.post("/filter", {"Pod": obj, "NodeNames": [SHARED, WHOLE]}).json


def main():
    server = Server(BINARY, "--cluster", CLUSTER)
    for name, obj, *want in CASES:
        answer = ask(server, obj)
        same(f"{name}: Error", answer["Error"], "")
        same(name, [answer["FailedNodes"].get(node) for node in (SHARED, WHOLE)], want)
    for name, obj, text in WRONG:
        check(name, text in ask(server, obj)["Error"], ask(server, obj))
    same("exit code", server.stop(), 0)
    server = Server(BINARY, "--cluster", CLUSTER, "--gpu-memory-wishes", "gpushare:MiB")
    for name, obj in (("KAI is not heeded", pod(REPLICA, gpu_memory="16000")),
                      ("nor what is wrong", WRONG[0][1]),
                      ("MiB", pod({"aliyun.com/gpu-mem": "15000"}))):
        same(name, ask(server, obj)["NodeNames"], [SHARED])
    same("exit code", server.stop(), 0)
    done = subprocess.run([BINARY, "serve", "--gpu-memory-wishes", "kay"], capture_output=True,
                          text=True, check=False)
    same("unknown convention: exit code", done.returncode, 2)
    check("unknown convention", "'kay' is no convention" in done.stderr, done.stderr)
    finish()


main()
