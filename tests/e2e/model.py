"""model: what the API server's objects say about who holds what, worked out without slicefit's code.

A node may be given what its status.allocatable says and no more; a pod holds what its containers ask for from
the moment spec.nodeName is set until it is finished."""
# SPDX-License-Identifier: Apache-2.0
import collections

PREFIX = "nvidia.com/"


def wanted(pod):
    """GPU resources that a pod asks for: the sum of its containers, or an init container's if that is
    more."""
    total = collections.Counter()
    for container in pod["spec"]["containers"]:
        total.update(gpus(container.get("resources", {}).get("limits")))
    for container in pod["spec"].get("initContainers", []):
        for name, count in gpus(container.get("resources", {}).get("limits")).items():
            total[name] = max(total[name], count)
    return total


def gpus(resources):
    return {name: int(count) for name, count in (resources or {}).items() if name.startswith(PREFIX)}


def node_of(pod):
    return pod["spec"].get("nodeName")


def is_finished(pod):
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_refused(pod):
    """The scheduler looked at it and found no place."""
    return any(c["type"] == "PodScheduled" and c["status"] == "False" and c.get("reason") == "Unschedulable"
               for c in pod.get("status", {}).get("conditions", []))


def reason(pod):
    """What the scheduler says about it."""
    return next((c.get("message", "") for c in pod.get("status", {}).get("conditions", [])
                 if c["type"] == "PodScheduled"), "")


def bound(pods):
    return [pod for pod in pods if node_of(pod)]


def settled(pods, count):
    """True when so many pods are there and each has a node or was refused."""
    return len(pods) == count and all(node_of(pod) or is_refused(pod) for pod in pods.values())


def used(pods):
    """Counts by (node, resource)."""
    total = collections.Counter()
    for pod in bound(pods):
        if not is_finished(pod):
            for name, count in wanted(pod).items():
                total[node_of(pod), name] += count
    return total


def free(nodes, pods):
    """What is left, by (node, resource)."""
    held = used(pods)
    return {(node["metadata"]["name"], name): count - held[node["metadata"]["name"], name]
            for node in nodes for name, count in gpus(node["status"]["allocatable"]).items()}


def overcommitted(nodes, pods):
    """Each place where more is held than there is, and each pod on a node that does not exist: a list of
    texts, empty when all is well."""
    known = {node["metadata"]["name"] for node in nodes}
    have = {(node["metadata"]["name"], name): count
            for node in nodes for name, count in gpus(node["status"]["allocatable"]).items()}
    return ([f"{pod['metadata']['name']} is on {node_of(pod)}, which does not exist"
             for pod in bound(pods) if node_of(pod) not in known] +
            [f"{node}: {count} of {have.get((node, name), 0)} {name}"
             for (node, name), count in used(pods).items() if count > have.get((node, name), 0)])
