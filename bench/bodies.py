#!/usr/bin/env python3
"""Writes request bodies of kube-scheduler's extenders (k8s.io/kube-scheduler/extender/v1, ExtenderArgs)
for measurements (docs/benchmarks.md). The same arguments give the same bytes.

The Pod and the kinds of nodes (MIG mixed and single, time-sliced, whole GPUs, being reconfigured, a product
that the catalog does not have) are those of tests/data/extender/filter-nodes.json, in turns. Each node gets
its own name, uid, addresses and versions, labels up to 90, and images until it has --bytes bytes of JSON
(the kubelet reports up to 50 images). Labels, annotations, managedFields, conditions and nodeInfo are there.

Usage: bench/bodies.py {names | nodes | cluster} --nodes N [--bytes 12288] > FILE

  names    Pod and NodeNames, as with nodeCacheCapable
  nodes    Pod and Nodes with whole objects
  cluster  the same nodes with what slicefit reads of them only, as a v1 List for serve --cluster"""

import argparse
import json
import os
import sys

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "data",
                      "extender", "filter-nodes.json")
LABELS = 90
# What differs between two nodes of a kind; each is replaced by a text of the same length.
NAME, UID, VERSION, ADDRESS = "@NAME", "@UID", "@VERSION", "@ADDRESS"


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def load():
    with open(SOURCE, encoding="utf-8") as file:
        return json.load(file)


def name_of(i):
    """44 bytes, as long as a name of a cloud's own DNS."""
    return f"gpu-node-{i:05d}.rack-{i // 40:04d}.eu-west.example.com"


def image(i):
    digest = f"{i * 0x9e3779b97f4a7c15 % 2**64:016x}" * 4
    name = f"registry.example/platform/component-{i:02d}"
    return {"names": [f"{name}@sha256:{digest}", f"{name}:v1.{i}.0"], "sizeBytes": 104857600 + 7919 * i}


def kind(node, size):
    """The text of a node of about `size` bytes, with marks for what differs."""
    metadata, status = node["metadata"], node["status"]
    old = metadata["name"]
    metadata.update(uid=UID, resourceVersion=VERSION)
    labels = metadata["labels"]
    for i in range(LABELS - len(labels)):
        labels[f"platform.example.com/attribute-{i:02d}"] = f"value-{i:02d}"
    status["addresses"] = [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": old}]
    status["images"] = []
    while len(dump(node)) < size:
        status["images"].append(image(len(status["images"])))
    return dump(node).replace(old, NAME)


def small(node):
    """What slicefit reads of a node."""
    labels = {key: value for key, value in node["metadata"]["labels"].items() if "nvidia.com/" in key}
    return dump({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME, "labels": labels},
                 "spec": node.get("spec", {}),
                 "status": {key: node["status"][key] for key in ("capacity", "allocatable")}}).replace(
                     node["metadata"]["name"], NAME)


def items(kinds, count):
    for i in range(count):
        uid = f"{i * 2654435761 % 2**32:08x}-0000-4000-8000-{i:012x}"
        yield (kinds[i % len(kinds)].replace(NAME, name_of(i)).replace(UID, uid)
               .replace(VERSION, str(48000000 + 37 * i)).replace(ADDRESS, f"10.{i >> 8 & 255}.{i & 255}.10"))


def body(form, count, size):
    """The bytes of one file."""
    source = load()
    nodes = source["Nodes"]["items"]
    if form == "cluster":
        text = ",".join(items([small(node) for node in nodes], count))
        return f'{{"apiVersion":"v1","kind":"List","items":[{text}]}}'.encode()
    pod = dump(source["Pod"])
    if form == "names":
        names = dump([name_of(i) for i in range(count)])
        return f'{{"Pod":{pod},"Nodes":null,"NodeNames":{names}}}'.encode()
    text = ",".join(items([kind(node, size) for node in nodes], count))
    return f'{{"Pod":{pod},"Nodes":{{"metadata":{{}},"items":[{text}]}},"NodeNames":null}}'.encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("form", choices=("names", "nodes", "cluster"))
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--bytes", type=int, default=12288)
    arguments = parser.parse_args()
    sys.stdout.buffer.write(body(arguments.form, arguments.nodes, arguments.bytes))


if __name__ == "__main__":
    main()
