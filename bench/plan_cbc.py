"""plan_cbc: the instances of bench/plan as an integer program of its own, solved by CBC (Debian's coinor-cbc): what is the
best that can be, by another model and another solver. It knows nothing of slicefit but the placements of the
catalog.

Per class of nodes: how many of each signature are kept (K), how many nodes are rebuilt for whole and for shared GPUs
(W, S), and how many of their GPUs get which geometry (G), are whole (H) or shared (T). Pods served (U) are at most
the devices of their kind, and at least those that run on kept nodes. One objective after the other, each held when the
next is solved."""
# SPDX-License-Identifier: Apache-2.0
import collections
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile

REPLICAS = 4  # of a shared GPU in these instances


def available():
    return shutil.which("cbc") is not None


@functools.lru_cache(maxsize=None)
def placements(slicefit, product):
    """Profile: (starts, size, most), of the catalog."""
    text = subprocess.run([slicefit, "catalog", product, "-o", "json"], capture_output=True, text=True, check=True).stdout
    mig = json.loads(text)["products"][0].get("mig") or {"profiles": []}
    return {p["name"]: (p["starts"], p["size"], p["max"]) for p in mig["profiles"]}


def geometries(profiles, wanted):
    """The sets of wanted profiles that have placements and to which none can be added, as tuples of counts."""
    names = [name for name in profiles if name in wanted]
    found, seen = set(), set()

    def put(mask, counts):
        if (mask, counts) in seen:
            return
        seen.add((mask, counts))
        found.add(counts)
        for i, name in enumerate(names):
            starts, size, most = profiles[name]
            for start in starts if counts[i] < most else ():
                units = (1 << size) - 1 << start
                if not mask & units:
                    put(mask | units, counts[:i] + (counts[i] + 1,) + counts[i + 1:])

    put(0, (0,) * len(names))
    maximal = [c for c in found if any(c) and not any(c != d and all(a <= b for a, b in zip(c, d)) for d in found)]
    return [dict(zip(names, counts)) for counts in sorted(maximal)]


class Program:
    """Linear forms are dicts of variables."""

    def __init__(self):
        self.rows, self.bounds = [], {}
        self.integer = []

    def integers(self, name, most):
        self.bounds[name] = most
        self.integer.append(name)
        return name

    def row(self, form, sense, right):
        self.rows.append((dict(form), sense, right))

    def text(self, form, maximise):
        lines = ["Maximize" if maximise else "Minimize", " obj: " + written(form), "Subject To"]
        lines += [f" r{i}: {written(row)} {sense} {right}" for i, (row, sense, right) in enumerate(self.rows)]
        lines += ["Bounds"] + [f" 0 <= {name} <= {most}" for name, most in self.bounds.items()]
        return "\n".join(lines + ["Generals", " " + "\n ".join(self.integer), "End", ""])

    def solve(self, form, maximise, seconds):
        """(value, is it proven), or None without a solution."""
        if not any(form.values()):
            return 0, True
        with tempfile.TemporaryDirectory() as folder:
            model, answer = os.path.join(folder, "model.lp"), os.path.join(folder, "answer")
            with open(model, "w", encoding="ascii") as file:
                file.write(self.text(form, maximise))
            subprocess.run(["cbc", model, "sec", str(seconds), "ratio", "0", "solve", "solu", answer],
                           capture_output=True, check=True)
            with open(answer, encoding="ascii") as file:
                head = file.readline()
        value = re.search(r"objective value\s+(\S+)", head)
        # A CBC that is told to maximise reports the negated minimum.
        return (abs(round(float(value.group(1)))), head.startswith("Optimal")) if value else None


def written(form):
    return " ".join(f"{'-' if c < 0 else '+'} {abs(c)} {name}" for name, c in form.items() if c) or "0 zero"


def kept(node):
    """What a node supplies as it is."""
    have = collections.Counter()
    for geometry in node.now:
        have.update(geometry)
    return have


def program(slicefit, nodes, demand):
    """The program, and per tier of bench/plan its form: served by priority, drain cost, GPUs rebuilt."""
    lp, supply, bound = Program(), collections.defaultdict(dict), collections.defaultdict(dict)
    drain, rebuilt, drain_all = {}, {}, 0
    kinds = {kind for (kind, _), count in demand.items() if count}
    classes = collections.defaultdict(lambda: collections.defaultdict(list))
    for node in nodes:
        key = json.dumps(node.now), json.dumps(sorted((k, p, n) for (k, p), n in node.running.items() if n))
        classes[node.product, node.gpus][key].append(node)
    for c, ((product, gpus), signatures) in enumerate(sorted(classes.items())):
        total = sum(map(len, signatures.values()))
        nodes_row = {lp.integers(f"W{c}", total): 1, lp.integers(f"S{c}", total): 1}
        gpus_row = {f"W{c}": -gpus, f"S{c}": -gpus}
        for s, (_, members) in enumerate(sorted(signatures.items())):
            name, node = lp.integers(f"K{c}_{s}", len(members)), members[0]
            nodes_row[name] = 1
            for kind, count in kept(node).items():
                supply[kind][name] = count
            for key, count in node.running.items():
                bound[key][name] = count
            drain[name] = -sum(node.running.values())
            drain_all -= drain[name] * len(members)
        for g, geometry in enumerate(geometries(placements(slicefit, product), kinds)):
            name = lp.integers(f"G{c}_{g}", total * gpus)
            gpus_row[name] = rebuilt[name] = 1
            for kind, count in geometry.items():
                supply[kind][name] = count
        for letter, mode, kind, count in ("H", "W", "gpu", 1), ("T", "S", "shared", REPLICAS):
            name = lp.integers(f"{letter}{c}", total * gpus)
            gpus_row[name] = rebuilt[name] = 1
            supply[kind][name] = count
            lp.row({name: 1, f"{mode}{c}": -gpus}, "<=", 0)
        lp.row(nodes_row, "=", total)
        lp.row(gpus_row, "<=", 0)
    served = collections.defaultdict(dict)
    for i, ((kind, priority), count) in enumerate(sorted(demand.items())):
        name = f"U{i}"
        lp.bounds[name] = count
        served[priority][name] = 1
        supply[kind][name] = -1
        lp.row({name: 1, **{k: -n for k, n in bound[kind, priority].items()}}, ">=", 0)
    for kind, form in sorted(supply.items()):
        if kind in kinds:
            lp.row(form, ">=", 0)
    return lp, served, (drain, drain_all), rebuilt


def best(slicefit, nodes, demand, seconds=60):
    """Tier: the best value, as far as CBC proves them: the name of a tier that it does not prove ends the list."""
    lp, served, (drain, drain_all), rebuilt = program(slicefit, nodes, demand)
    lp.bounds["zero"], lp.bounds["one"] = 0, 1
    lp.row({"one": 1}, "=", 1)
    found = {}
    tiers = [(f"served, priority {p}", served[p], True) for p in sorted(served, reverse=True)]
    tiers += [("drain cost", {**drain, "one": drain_all}, False), ("GPUs rebuilt", rebuilt, False)]
    for name, form, maximise in tiers:
        answer = lp.solve(form, maximise, seconds)
        if answer is None or not answer[1]:
            return found, name
        found[name] = answer[0]
        lp.row(form, ">=" if maximise else "<=", answer[0])
    return found, None
