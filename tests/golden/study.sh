#!/usr/bin/env bash
# Replays the placement study on a small trace of our own (scripts/study-trace) and compares what is
# printed with what is stored; unit.study compares the decisions with a reference that recomputes
# everything. Usage: study.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
source=$(realpath "$2")
golden=$source/tests/golden/study
update=${3:-}
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$source/tests/data/study" || exit 1

# compare NAME FILE
compare() {
	if [ "$update" = --update ]; then
		cp "$2" "$golden/$1.out"
	elif ! diff -u "$golden/$1.out" "$2"; then
		echo "golden study: $1 differs (to accept: bash tests/golden/study.sh $slicefit $source --update)"
		failed=1
	fi
}

# check NAME ARGUMENT...: standard output and error of `slicefit replay ARGUMENT...`, and its status.
check() {
	local name=$1
	shift
	{ "$slicefit" replay "$@" 2>&1; echo "exit $?"; } >"$folder/out"
	compare "$name" "$folder/out"
}

openb=(--trace openb --nodes nodes.csv)
check table study.yaml
check markdown -o markdown --jobs 3 study.yaml
check json -o json --seeds 42,43 --policy fgd,random study.yaml
check csv "${openb[@]}" --pods pods.csv,shares.csv --seeds 7 -o csv
check one-seed "${openb[@]}" --pods pods.csv --pods shares.csv --seed 1 --tune 0.6 -p fgd,first-fit
check all "${openb[@]}" --pods pods.csv --seeds 1..3 --tune 0 -p all
check curves "${openb[@]}" --pods pods.csv --seed 1 -p fgd --series "$folder/series" -o csv
compare series "$folder/series"
check no-nodes --trace openb --pods pods.csv
check no-pods "${openb[@]}"
check no-such-file "${openb[@]}" --pods none.csv
check not-a-list "${openb[@]}" --pods nodes.csv
check no-such-trace --trace philly --nodes nodes.csv
check bad-policy "${openb[@]}" --pods pods.csv -p fgd,gpupaking
check twice "${openb[@]}" --pods pods.csv -p bestfit,fgd-bestfit
check bad-tune "${openb[@]}" --pods pods.csv --tune -1
check bad-seeds "${openb[@]}" --pods pods.csv --seeds 5..3
check two-files study.yaml study.yaml
check bad-series "${openb[@]}" --pods shares.csv --seed 1 -p fgd --series /nonexistent/series

# The same bytes from any number of threads.
"$slicefit" replay -o json --jobs 1 study.yaml >"$folder/one"
"$slicefit" replay -o json --jobs 4 study.yaml >"$folder/four"
cmp "$folder/one" "$folder/four" || failed=1

# The lists are what the script makes of its arguments.
for list in "nodes 60 1" "pods 500 2" "shares 300 3"; do
	# shellcheck disable=SC2086
	"$source/scripts/study-trace" $list | cmp - "${list%% *}.csv" || failed=1
done
exit $failed
