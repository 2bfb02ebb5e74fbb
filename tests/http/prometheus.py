"""prometheus: a strict reader of the text format of Prometheus, version 0.0.4.

Refuses whatever a server of ours has no reason to send, also where Prometheus itself is lenient.
"""
# SPDX-License-Identifier: Apache-2.0
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?)")
PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
# Base units only: docs/practices/naming of prometheus.io.
UNITS = re.compile(r"_(?:milliseconds|microseconds|ms|us|minutes|kib|mib|gib|kb|mb|gb|percent)(?:_|$)")


class Wrong(Exception):
    pass


class Family:
    def __init__(self, name, text):
        self.name, self.text, self.type = name, text, None
        self.samples = {}  # (suffix, labels as sorted pairs) -> value


def require(ok, line, what):
    if not ok:
        raise Wrong(f"{what}: {line!r}")


def parse_sample(family, line):
    found = SAMPLE.fullmatch(line)
    require(found, line, "no sample")
    name, labels, value = found.groups()
    require(family and family.type, line, "no HELP and TYPE before it")
    require(name.startswith(family.name), line, f"belongs to no family, the last is {family.name}")
    suffix = name[len(family.name):]
    require(suffix in SUFFIXES[family.type], line, "suffix")
    pairs = PAIR.findall(labels or "")
    require(len({key for key, _ in pairs}) == len(pairs), line, "label twice")
    key = (suffix, tuple(sorted(pairs)))
    require(key not in family.samples, line, "sample twice")
    family.samples[key] = float(value)


def parse(text):
    """Families by name, in the order of the text."""
    families, family = {}, None
    require(text.endswith("\n"), text[-40:], "no line feed at the end")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            found = re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line)
            require(found, line, "HELP")
            require(found[1] not in families, line, "family twice")
            family = families[found[1]] = Family(*found.groups())
        elif line.startswith("# TYPE "):
            found = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line)
            require(found and family and found[1] == family.name, line, "TYPE")
            require(family.type is None, line, "TYPE twice")
            family.type = found[2]
        else:
            parse_sample(family, line)
    for family in families.values():
        check_family(family)
    return families


def check_family(family):
    name = family.name
    require(family.type, name, "no TYPE")
    require((family.type == "counter") == name.endswith("_total"), name, "counters end in _total")
    require(not UNITS.search(name), name, "no base unit")
    labels = {tuple(key for key, _ in pairs if key != "le") for _, pairs in family.samples}
    require(len(labels) <= 1, name, f"samples with different labels {labels}")
    if family.type == "histogram":
        check_histograms(family)
    elif family.type == "counter":
        require(all(value >= 0 for value in family.samples.values()), name, "negative counter")


def check_histograms(family):
    series = {}
    for (suffix, pairs), value in family.samples.items():
        rest = tuple(pair for pair in pairs if pair[0] != "le")
        entry = series.setdefault(rest, {"buckets": []})
        if suffix == "_bucket":
            entry["buckets"].append((float(dict(pairs)["le"]), value))
        else:
            entry[suffix] = value
    for rest, entry in series.items():
        where = f"{family.name} {rest}"
        bounds = [bound for bound, _ in entry["buckets"]]
        counts = [count for _, count in entry["buckets"]]
        require(bounds == sorted(set(bounds)), where, "bounds do not rise")
        require(bounds and bounds[-1] == float("inf"), where, "no bucket +Inf")
        require(counts == sorted(counts), where, "buckets are not cumulative")
        require({"_sum", "_count"} <= entry.keys(), where, "no _sum or _count")
        require(entry["_count"] == counts[-1], where, "_count is not the last bucket")
        lowest = sum((count - before) * bound for count, before, bound in
                     zip(counts[1:], counts, bounds))
        require(entry["_sum"] >= lowest * (1 - 1e-9), where, "_sum is below its buckets")
        if counts[-1] == counts[-2]:
            highest = counts[0] * bounds[0] + sum((count - before) * bound for count, before, bound
                                                  in zip(counts[1:-1], counts, bounds[1:-1]))
            require(entry["_sum"] <= highest * (1 + 1e-9), where, "_sum is above its buckets")


def check_growth(before, after):
    """Counters and buckets never shrink, and no family or series goes away."""
    for name, family in before.items():
        require(name in after, name, "went away")
        for key, value in family.samples.items():
            if family.type != "gauge":
                require(after[name].samples.get(key, -1) >= value, f"{name} {key}", "shrank")
