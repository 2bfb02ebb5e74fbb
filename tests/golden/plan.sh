#!/usr/bin/env bash
# `slicefit plan` where the solver has no process to run in: there is a plan, it says so, and it is an ordinary
# exit. Usage: plan.sh SLICEFIT SOURCE_DIR
set -u
slicefit=$1
cd "$2" || exit 1
if ! "$slicefit" --version | grep -q 'With the planner'; then
	echo "plan: no planner in this build"
	exit 0
fi
scenario=scenarios/recut-while-running.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

fail()
{
	echo "plan: $*"
	failed=1
}

# With stdin, stdout, stderr and one file: too few for a pair of sockets.
few()
{
	python3 -c '
import resource, subprocess, sys
limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
sys.exit(subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, preexec_fn=limit).returncode)' "$@"
}

few "$slicefit" plan --quiet "$scenario" >"$folder/text" 2>"$folder/err" || fail "exit status $?"
[ -s "$folder/err" ] && fail "stderr: $(cat "$folder/err")"
line=$(grep -c "^Not all was solved, this is the best plan found: solver: .*: Too many open files (the first of 5 \
times; it was not asked again)\.$" "$folder/text")
[ "$line" = 1 ] || fail "not one line on what happened: $(cat "$folder/text")"

few "$slicefit" plan --quiet -o json "$scenario" >"$folder/json" || fail "JSON: exit status $?"
"$slicefit" plan --quiet -o json "$scenario" >"$folder/whole" || fail "with a solver: exit status $?"
python3 - "$folder/json" "$folder/whole" <<'END' || fail "JSON: see above"
import json
import sys

broken, whole = (json.load(open(path)) for path in sys.argv[1:])
assert whole["solver_trouble"] is None and whole["optimal"]
assert "Too many open files" in broken["solver_trouble"] and not broken["optimal"]
for tier, best in zip(broken["tiers"], whole["tiers"]):
    better = tier["value"] > best["value"] if tier["sense"] == "max" else tier["value"] < best["value"]
    holds = tier["bound"] >= best["value"] if tier["sense"] == "max" else tier["bound"] <= best["value"]
    assert not better and holds, (tier, best)
    if tier["value"] != best["value"]:
        assert not tier["proven"], tier
        break
END
exit $failed
