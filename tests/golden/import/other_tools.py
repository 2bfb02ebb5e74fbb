"""Writes files of other tools, for import.sh: other_tools.py FOLDER."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import zipfile

os.chdir(sys.argv[1])


def node(name):
    return {"metadata": {"name": name, "labels": {
                "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8", "team": "red"}},
            "status": {"allocatable": {"cpu": "96", "memory": "1000Gi", "nvidia.com/gpu": "8"}}}


def pod(name, place=None, gpu=None, part=None, space="team", group=None):
    notes = {**({"gpu-fraction": part} if part else {}), **({"pod-group-name": group} if group else {})}
    requests = {"cpu": "1", **({"nvidia.com/gpu": str(gpu)} if gpu else {})}
    return {"metadata": {"name": name, "namespace": space, "uid": name, "annotations": notes, "ownerReferences": [
                {"kind": "Job", "name": name.rsplit("-", 1)[0], "controller": True}]},
            "spec": {**({"nodeName": place} if place else {}),
                     "containers": [{"name": "c", "resources": {"requests": requests}}]},
            "status": {"phase": "Running" if place else "Pending"}}


RAW = {
    "pods": [pod("a-1", "n1", part="0.5"), pod("a-2", "n1", part="0.5"), pod("b-1", gpu=4, group="pg"),
             pod("b-2", gpu=4, group="pg"), pod("gpu-reservation-1", "n1", gpu=1, space="kai-resource-reservation")],
    "nodes": [node("n1"), node("n2")],
    "queues": [{"metadata": {"name": "q"}}],
    "podGroups": [{"metadata": {"name": "pg", "namespace": "team"}, "spec": {"minMember": 2}}],
    "bindRequests": None,
}
with zipfile.ZipFile("kai.zip", "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("snapshot.json", json.dumps({"config": {}, "schedulerParams": {}, "rawObjects": RAW}))
with open("kai.zip", "rb") as file:
    whole = file.read()
with open("cut.zip", "wb") as file:
    file.write(whole[:300])
with open("damaged.zip", "wb") as file:
    file.write(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
with open("simulator.json", "w", encoding="utf-8") as file:
    json.dump({"pods": RAW["pods"][2:4], "nodes": RAW["nodes"], "pvs": [], "pvcs": [], "storageClasses": [],
               "priorityClasses": [], "schedulerConfig": {}, "namespaces": [{"metadata": {"name": "team"}}]}, file)
