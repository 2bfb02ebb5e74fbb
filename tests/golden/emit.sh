#!/usr/bin/env bash
# What `slicefit plan --emit` writes is what others read: lint finds nothing, shells and JSON readers take it, the
# planned scenario can be replayed, and the same plan gives the same bytes.
# Usage: emit.sh SLICEFIT SOURCE_DIR
set -u
slicefit=$1
cd "$2" || exit 1
if ! "$slicefit" --version | grep -q 'With the planner'; then
	echo "emit: no planner in this build, so nothing is emitted"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
	echo "emit: $1: $2"
	failed=1
}

# Nodes to buy, that take pods of nodes that are recut.
cat >"$work/buying.yaml" <<'END'
pools:
- {name: a100, product: A100-80GB, nodes: 2, gpus: 4, plan: {buy: {max: 3, price: 10}}}
workloads:
- {name: chat, count: 30, priority: 50, request: {mig: {"1g.10gb": 1}}}
- {name: train, count: 2, priority: 10, request: {gpu: 4}}
- {name: batch, count: 3, running: {a100-0: 2, a100-1: 1}, request: {gpu: 1}}
END

for scenario in scenarios/{recut-while-running,mixed-cluster,training-vs-notebooks,small-team-notebooks}.yaml \
	"$work/buying.yaml"; do
	name=$(basename "$scenario" .yaml)
	dir=$work/$name
	for out in "$dir" "$dir.again"; do
		"$slicefit" plan --quiet --no-verify --emit "$out" "$scenario" >/dev/null ||
			fail "$name" "no plan"
	done
	diff -r "$dir" "$dir.again" || fail "$name" "not the same again"
	"$slicefit" lint --quiet "$dir"/* || fail "$name" "lint"
	sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$dir/RUNBOOK.md" >"$dir/runbook.sh"
	[ "$(grep -c '^kubectl ' "$dir/runbook.sh")" -gt 10 ] || fail "$name" "a runbook without commands"
	for script in "$dir"/*.sh; do
		sh -n "$script" || fail "$name" "$script"
	done
	python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$dir/rollout.json" || fail "$name" "JSON"
	"$slicefit" replay --quiet "$dir/scenario.yaml" >/dev/null || fail "$name" "replay"
done
grep -q '^| a100-new-1 | a100 | 4 A100-80GB |$' "$work/buying/RUNBOOK.md" || fail buying "nodes that join"
exit $failed
