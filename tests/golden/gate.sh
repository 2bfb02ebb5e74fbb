#!/usr/bin/env bash
# Runs `slicefit replay` as a gate in CI and compares output, exit status and written files with
# stored ones. Usage: gate.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$1
source=$2
here=$source/tests/golden/gate
update=${3:-}
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.yaml "$work"

# check NAME ARGUMENT...: runs `slicefit replay ARGUMENT...` in the working folder and shows the
# files it left there as *.out.
check() {
	local name=$1
	shift
	local got
	got=$(cd "$work" && "$slicefit" replay "$@" 2>&1; echo "exit $?")
	got=$(grep -v ' decisions, ' <<<"$got")
	for file in "$work"/*.out; do
		[ -e "$file" ] || continue
		got="$got"$'\n'"--- $(basename "$file")"$'\n'"$(cat "$file")"
		rm "$file"
	done
	if [ "$update" = --update ]; then
		printf '%s\n' "$got" >"$here/$name.out"
	elif ! diff -u "$here/$name.out" <(printf '%s\n' "$got"); then
		echo "golden gate: $name differs (to accept: bash tests/golden/gate.sh $slicefit $source --update)"
		failed=1
	fi
}

# The baseline with other figures: fewer pods were placed now, and less is allocated.
worsen() {
	sed -e 's/"placed": 4/"placed": 5/' -e 's/"active_mean": [0-9.]*/"active_mean": 1.5/' \
		-e 's/"rejected": [0-9]*/"rejected": 9/' "$work/base.json" >"$work/worse.json"
}

check missing --baseline base.json small.yaml
check create -o csv --baseline base.json --update-baseline small.yaml
check unchanged -o csv --baseline base.json --update-baseline small.yaml
check same --baseline base.json small.yaml
worsen
check worse --baseline worse.json --junit junit.out --markdown comment.out --github small.yaml
check worse-json -o json -p best-fit --baseline worse.json --github small.yaml
check worse-markdown -o markdown -p best-fit --baseline worse.json small.yaml
check tolerated --baseline worse.json --tolerance 'pods.*=20%' --tolerance pods.rejected=any small.yaml
check no-baseline --junit junit.out --markdown comment.out --github small.yaml
check change -o csv --baseline worse.json --update-baseline small.yaml
check changed --baseline worse.json -o csv small.yaml
check other-seeds --baseline base.json -o csv --seeds 1..3 small.yaml
check other-policies --baseline base.json -o csv -p best-fit,binpack --junit junit.out small.yaml
check seeds-create -q -o csv --seeds 1..3 --baseline seeds.json --update-baseline small.yaml
sed 's/"placed": 4/"placed": 5/' "$work/seeds.json" >"$work/worse.json"
check seeds -q --seeds 1..3 --baseline worse.json small.yaml
check seeds-order -q -o csv --seeds 3,1,2 --baseline seeds.json small.yaml
sed 's/^name: small/name: other/' "$work/small.yaml" >"$work/other.yaml"
check other-scenario -q -o csv --baseline base.json other.yaml
sed -E 's/("p50": [0-9]*)\.[0-9]*/\1.27341/' "$work/base.json" >"$work/close.json"
check close -q -o csv -p best-fit --tolerance 'wait_s.*=0' --baseline close.json small.yaml
check two -q -o csv --baseline base.json small.yaml other.yaml
check same-name -q --baseline base.json small.yaml small.yaml
sed 's/"pods": {/"pods": 7, "gods": {/' "$work/base.json" >"$work/odd.json"
check lacks-metrics -q -o csv --baseline odd.json small.yaml
printf '{"schema": "slicefit.replay/1", "scenario": "small", "policies": [{"policy": 1}]}' >"$work/bad.json"
check bad-baseline --baseline bad.json small.yaml
check bad-baseline-update --baseline bad.json --update-baseline small.yaml
check unknown-metric --baseline base.json --tolerance pods.plced=1 small.yaml
check bad-tolerance --baseline base.json --tolerance pods.placed=-1 small.yaml
check no-limit --baseline base.json --tolerance pods.placed small.yaml
check lone-tolerance --tolerance pods.placed=1 small.yaml
check lone-update --update-baseline small.yaml
sed 's/pods.placed, min/pods.placed, max/; s/wait_s\.\*: .*/wiat_s.p50: 1/' "$work/small.yaml" >"$work/wrong.yaml"
check wrong-scenario wrong.yaml
check not-writable -q -o csv --junit none/junit.xml small.yaml
check over-scenario -q -o csv --junit small.yaml small.yaml
check over-series -q -o csv --series ./small.yaml small.yaml
check small-is-left -q -o csv -p best-fit small.yaml
exit $failed
