#!/usr/bin/env bash
# Replays stored scenarios and compares standard output, standard error and exit status with
# stored ones. Usage: replay.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$1
source=$2
here=$source/tests/golden/replay
update=${3:-}
failed=0

# check NAME ARGUMENT...: runs `slicefit replay ARGUMENT...` in the folder of the scenarios. How many
# decisions were made per second is another figure each time.
check() {
	local name=$1
	shift
	local got
	got=$(cd "$here" && "$slicefit" replay "$@" 2>&1; echo "exit $?")
	got=$(grep -v ' decisions, ' <<<"$got")
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
check expect expect.yaml
check expect-json -o json expect.yaml
check two -o json -p best-fit expect.yaml expect.yaml
check unknown-policy -p best-fit,bestfit mixed.yaml
check twice -p best-fit,best-fit mixed.yaml
check unknown-option --polcy best-fit mixed.yaml
check bad-seed --seed -1 mixed.yaml
check no-scenario
check no-such-file none.yaml
exit $failed
