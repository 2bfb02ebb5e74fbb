#!/usr/bin/env python3
"""Writes a scenario of any size for measurements (docs/benchmarks.md). The same arguments give the same
scenario.

Nodes, as shares of --nodes (at least one of each): 40 % T4 x 4; 25 % A100-80GB x 8; 20 % L4 x 4, each
time-sliced for 4 pods; 10 % A100-40GB x 8 with dynamic MIG; 5 % without GPUs. CPU and memory are such that
GPUs run out first.

Pods, as shares of --pods: seven workloads, see WORKLOADS, each with its own request. They come as Poisson
processes over 30 days and stay for exponential times, whose mean is such that --load of the cluster's
GPUs is wanted at a time (but at most 30 days). The seed moves each workload's share by up to a tenth.

Usage: bench/generate.py --nodes N --pods P [--load 0.85] [--seed 1] > scenario.yaml"""

import argparse
import random

HORIZON_S = 30 * 86400

# name, share of nodes, GPUs per node, the rest of the pool
POOLS = [
    ("t4", 0.40, 4, "product: T4, gpus: 4, cpu: 64, memory: 256Gi"),
    ("a100", 0.25, 8, "product: A100-80GB, gpus: 8, cpu: 128, memory: 1Ti"),
    ("l4", 0.20, 4, "product: L4, gpus: 4, cpu: 64, memory: 256Gi, sharing: {timeSlicing: {resources: "
                    "[{name: nvidia.com/gpu, replicas: 4}]}}"),
    ("mig", 0.10, 8, "product: A100-40GB, gpus: 8, cpu: 128, memory: 512Gi, mig: {mode: dynamic}"),
    ("cpu", 0.05, 0, "gpus: 0, cpu: 128, memory: 512Gi"),
]

# name, share of pods, GPUs that one pod takes, pool that bounds it, request
WORKLOADS = [
    ("single", 0.40, 1, "gpu: 1, cpu: 4, memory: 16Gi"),
    ("pair", 0.10, 2, "gpu: 2, cpu: 8, memory: 32Gi"),
    ("quad", 0.05, 4, "gpu: 4, cpu: 16, memory: 64Gi"),
    ("node", 0.02, 8, "gpu: 8, cpu: 64, memory: 512Gi"),
    ("notebook", 0.20, 0.25, "shared: 1, cpu: 2, memory: 8Gi"),
    ("slice", 0.20, 1 / 7, "mig: 1g.5gb, cpu: 2, memory: 8Gi"),
    ("cpu-only", 0.03, 0, "cpu: 8, memory: 16Gi"),
]


def spread(total, shares):
    """Whole numbers in proportion to the shares, at least 1, with the sum `total` (or one each)."""
    unit = total / sum(shares)
    counts = [max(1, round(share * unit)) for share in shares]
    counts[0] = max(1, counts[0] + total - sum(counts))
    return counts


def generate(nodes, pods, load, seed):
    rng = random.Random(seed)
    node_counts = spread(nodes, [pool[1] for pool in POOLS])
    pod_counts = spread(pods, [work[1] * rng.uniform(0.9, 1.1) for work in WORKLOADS])
    gpus = sum(n * pool[2] for n, pool in zip(node_counts, POOLS))
    wanted = sum(n * work[2] for n, work in zip(pod_counts, WORKLOADS))
    stay_s = max(1, min(HORIZON_S, load * gpus * HORIZON_S / wanted))
    yield f"name: generated-{nodes}-nodes-{pods}-pods"
    yield f"seed: {seed}"
    yield "pools:"
    for count, (name, _, _, rest) in zip(node_counts, POOLS):
        yield f"- {{name: {name}, nodes: {count}, {rest}}}"
    yield "workloads:"
    for count, (name, _, _, request) in zip(pod_counts, WORKLOADS):
        rate = count * 86400 / HORIZON_S
        yield (f"- {{name: {name}, count: {count}, request: {{{request}}}, "
               f"arrival: {{poisson: {rate:.6f}/d}}, duration: {{exponential: {stay_s:.3f}}}}}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--pods", type=int, required=True)
    parser.add_argument("--load", type=float, default=0.85)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.nodes < len(POOLS) or arguments.pods < len(WORKLOADS):
        parser.error(f"at least {len(POOLS)} nodes and {len(WORKLOADS)} pods")
    for line in generate(arguments.nodes, arguments.pods, arguments.load, arguments.seed):
        print(line)


if __name__ == "__main__":
    main()
