#!/usr/bin/env bash
# Replays stored scenarios and compares standard output, standard error and exit status with
# stored ones. Usage: replay.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
source=$(realpath "$2")
here=$source/tests/golden/replay
update=${3:-}
failed=0

# check NAME ARGUMENT...: runs `slicefit replay ARGUMENT...` in the folder of the scenarios. How many
# events were handled per second is another figure each time.
check() {
	local name=$1
	shift
	local got
	got=$(cd "$here" && "$slicefit" replay "$@" 2>&1; echo "exit $?")
	compare "$name" "$(grep -v ' decisions, ' <<<"$got")"
}

# compare NAME TEXT
compare() {
	local name=$1
	local got=$2
	if [ "$update" = --update ]; then
		printf '%s\n' "$got" >"$here/$name.out"
	elif ! diff -u "$here/$name.out" <(printf '%s\n' "$got"); then
		echo "golden replay: $name differs (to accept: bash tests/golden/replay.sh $slicefit $source --update)"
		failed=1
	fi
}

check mixed mixed.yaml
check mixed-verbose -v -p best-fit,kube-default mixed.yaml
check mixed-json -o json -p kube-default,best-fit mixed.yaml
check mixed-csv -o csv mixed.yaml
check mixed-markdown -o markdown -p kube-default,binpack mixed.yaml
check mixed-seed --seed 7 -p all mixed.yaml
check preemption -v preemption.yaml
check preemption-json -o json -p best-fit preemption.yaml
check quota -v quota.yaml
check quota-json -o json quota.yaml
check expect expect.yaml
check expect-json -o json expect.yaml
check two -o json -p best-fit expect.yaml expect.yaml
check seeds -j 1 --seeds 1..4,9 mixed.yaml
check seeds -j 4 --seeds 1..4,9 mixed.yaml
check seeds-verbose -v --seeds 1,2 -p best-fit,random mixed.yaml
check seeds-one-policy --seeds 1,2 -p random mixed.yaml
check seeds-json -o json --seeds 1,2 -p kube-default,worst-fit mixed.yaml
check seeds-csv -o csv --seeds 7..8 -p best-fit mixed.yaml
check seeds-markdown -o markdown --seeds 1..3 -p binpack,best-fit mixed.yaml
check bad-seeds --seeds 5..1 mixed.yaml
check bad-jobs -j 0 mixed.yaml
check unknown-policy -p best-fit,bestfit mixed.yaml
check twice -p best-fit,best-fit mixed.yaml
check unknown-option --polcy best-fit mixed.yaml
check bad-seed --seed -1 mixed.yaml
check outage outage.yaml
check seeds-outage --seeds 1..3 outage.yaml
check outage-json -o json -p best-fit outage.yaml
check pods -v -p best-fit,worst-fit --pods pods.csv pods.yaml
check pods-wrong --pods pods-wrong.csv pods.yaml
check no-pods pods.yaml
check no-scenario
check series-out --series - mixed.yaml
check step-alone --step 5m mixed.yaml
check bad-step --series never.csv --step 5x mixed.yaml
check series-two --series never.csv mixed.yaml mixed.yaml

# The series goes to a file; its rows are compared instead of the output.
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
(cd "$here" && "$slicefit" replay -q -p best-fit,random --series "$rows" --step 2h mixed.yaml >/dev/null)
compare series "$(cat "$rows")"

check no-such-file none.yaml
exit $failed
