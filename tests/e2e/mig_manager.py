"""mig_manager: what changes nodes on a real cluster, made of a thread: NVIDIA's mig-manager and device plugin with its
config-manager, as far as they can be seen from outside.

mig-manager (github.com/NVIDIA/mig-parted, deployments/container/reconfigure-mig.sh) goes by the value of the label
nvidia.com/mig.config: a new value makes it write the state pending, maybe rebooting, then success or failed; a value
that its ConfigMap does not have is failed at once. The device plugin then advertises what there is, by the
configuration that nvidia.com/device-plugin.config names; a key that is not there changes nothing
(github.com/NVIDIA/k8s-device-plugin, cmd/config-manager). It keeps a list of what must not happen."""
# SPDX-License-Identifier: Apache-2.0
import api
import model
import objects
from follower import PAUSE_S, Follower

MIG, SHARE, STATE = "nvidia.com/mig.config", "nvidia.com/device-plugin.config", "nvidia.com/mig.config.state"
SPACE = "gpu-operator"
MIG_MAP, SHARE_MAP = "slicefit-mig-parted-config", "slicefit-device-plugin-config"
GPUS = 8  # of each node


def parse_yaml(text):
    """The part of YAML that these two files are written in: block mappings and lists, scalars, flow lists."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()
             if line.strip() and not line.strip().startswith("#")]
    return _block(lines, lines[0][0])


def _scalar(text):
    if text.startswith("["):
        return [_scalar(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    if text == "{}":
        return {}
    if text[:1] in "\"'":
        return text[1:-1]
    return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)


def _block(lines, indent):
    out = [] if lines[0][1].startswith("- ") else {}
    while lines and lines[0][0] == indent and lines[0][1].startswith("- ") == isinstance(out, list):
        if isinstance(out, list):
            lines[0] = (indent + 2, lines[0][1][2:])
            out.append(_block(lines, indent + 2) if ":" in lines[0][1] else _scalar(lines.pop(0)[1]))
            continue
        key, _, value = lines.pop(0)[1].partition(":")
        key, value = _scalar(key), value.strip()
        if value:
            out[key] = _scalar(value)
        else:
            deeper = lines and (lines[0][0] > indent or lines[0][0] == indent and lines[0][1].startswith("- "))
            out[key] = _block(lines, lines[0][0]) if deeper else {}
    return out


class MigManager(Follower):
    """Of all nodes."""

    def __init__(self, cluster):
        super().__init__(cluster, api.NODES)
        self.faults = {}  # node: what goes wrong with its next changes: "", fail, odd; dead is for ever
        self.applied = {}  # node: what it has worked on last
        self.violations = []
        self.said = ""
        self.reboots = set()

    def trouble(self, error):
        """Says it once."""
        text = f"{type(error).__name__}: {error}"
        if text != self.said:
            print(f"  (mig-manager: {text})", flush=True)
        self.said = text
        super().trouble(error)

    def await_node(self, meta):
        """Returns when this very node has been seen: what it is then is how it was made."""
        while self.applied.get(meta["name"], [None])[0] != meta["uid"]:
            self.done.wait(PAUSE_S)

    def is_dead(self, name):
        return self.faults.get(name, [""])[:1] == ["dead"]

    def fault(self, name):
        return self.faults[name].pop(0) if self.faults.get(name) else ""

    def follow(self, node):
        labels, name = node["metadata"].get("labels", {}), node["metadata"]["name"]
        if "uid" not in node["metadata"] or not labels.get("nvidia.com/gpu.present"):
            return
        wanted = (node["metadata"]["uid"], labels.get(MIG), labels.get(SHARE))
        known = self.applied.get(name)
        if known is None or known[0] != wanted[0]:
            self.applied[name] = wanted  # a new node is what it was made
            return
        if known == wanted or self.is_dead(name):
            return
        self.change(name, known, wanted)
        self.applied[name] = wanted  # what did not get through is done again

    def change(self, name, known, wanted):
        fault = self.fault(name)
        mig_changes = known[1] != wanted[1] and wanted[1]
        try:
            counts = self.counts(wanted[1], wanted[2])
        except KeyError:
            counts = None  # no such configuration
        if mig_changes:
            self.say(name, "pending")
            if counts and not self.is_so(name, counts):  # mig-parted assert
                self.check_idle(name)
            if name in self.reboots:
                self.say(name, "rebooting")
        if counts is None or fault == "fail":
            self.say(name, "failed" if mig_changes else None)
            return
        if fault == "odd":
            counts[objects.GPU] = 5
        self.advertise(name, counts)
        self.say(name, "success" if mig_changes else None)

    def is_so(self, name, counts):
        now = self.api.get(f"{api.NODES}/{name}")["status"]["allocatable"]
        return all(int(now.get(key, 0)) == value for key, value in counts.items())

    def check_idle(self, name):
        """While the layout of a node changes nothing may use its GPUs, and nothing new may come."""
        node = self.api.get(f"{api.NODES}/{name}")
        pods = self.api.get(f"/api/v1/pods?fieldSelector=spec.nodeName={name}")["items"]
        busy = [pod["metadata"]["name"] for pod in pods if model.wanted(pod)]
        if busy or not node["spec"].get("unschedulable"):
            self.violations.append(f"{name} is cut while {busy} run there, "
                                   f"unschedulable: {node['spec'].get('unschedulable')}")

    def say(self, name, state):
        if state:
            self.api.patch(f"{api.NODES}/{name}", {"metadata": {"labels": {STATE: state}}})

    def config(self, name, key):
        data = self.api.get(f"/api/v1/namespaces/{SPACE}/configmaps/{name}").get("data", {})
        return parse_yaml(data[key])

    def counts(self, mig, share):
        """What a node with these two configurations advertises."""
        counts = {objects.GPU: GPUS}
        if mig:
            counts = self.mig_counts(self.config(MIG_MAP, "config.yaml")["mig-configs"][mig])
        sharing = self.config(SHARE_MAP, share).get("sharing", {}).get("timeSlicing") if share else None
        for entry in (sharing or {}).get("resources", []):
            name = entry["name"]
            to = name + ".shared" if sharing.get("renameByDefault") else name
            shared = counts.get(name, 0) * entry["replicas"]
            counts[name] = 0
            counts[to] = shared
        return counts

    def mig_counts(self, entries):
        counts, free = {}, set(range(GPUS))
        for entry in entries:
            devices = range(GPUS) if entry["devices"] == "all" else entry["devices"]
            for device in devices:
                free.discard(device)
                if not entry["mig-enabled"]:
                    counts[objects.GPU] = counts.get(objects.GPU, 0) + 1
                for profile, n in (entry.get("mig-devices") or {}).items():
                    counts[objects.mig(profile)] = counts.get(objects.mig(profile), 0) + n
        counts[objects.GPU] = counts.get(objects.GPU, 0) + len(free)
        return counts

    def advertise(self, name, counts):
        """Names that are gone stay with 0, as the kubelet keeps them."""
        node = self.api.get(f"{api.NODES}/{name}")
        old = {key: 0 for key in node["status"]["allocatable"] if key.startswith("nvidia.com/")}
        now = {key: str(value) for key, value in (old | counts).items()}
        self.api.patch(f"{api.NODES}/{name}/status", {"status": {"capacity": now, "allocatable": now}})
