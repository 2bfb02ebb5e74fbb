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

for name in recut-while-running mixed-cluster training-vs-notebooks small-team-notebooks; do
	scenario=scenarios/$name.yaml
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
exit $failed
