#!/usr/bin/env bash
# What `slicefit advise` prints. Usage: advise.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
cd "$2" || exit 1
golden=tests/golden/advise
dump=tests/data/ask/cluster.json
update=${3:-}
failed=0

# check NAME EXIT ARGUMENT...: standard output and error as in NAME.out, and the exit status.
check() {
	local name=$1 expected=$2 status=0 got
	shift 2
	got=$("$slicefit" advise "$@" 2>&1; echo "exit $?")
	status=${got##*exit }
	if [ "$status" != "$expected" ]; then
		echo "$name: exit $status, expected $expected"
		failed=1
	fi
	if [ "$update" = --update ]; then
		printf '%s\n' "$got" > "$golden/$name.out"
	elif ! printf '%s\n' "$got" | diff -u "$golden/$name.out" -; then
		failed=1
	fi
}

data=tests/data/ask
check plain 0 $data/advise.yaml
check usage 0 --usage $data/usage.csv $data/advise.yaml
check usage-json 0 --usage $data/usage.csv $data/advise.yaml -o json
check usage-csv 0 --usage $data/usage.csv $data/advise.yaml -q -o csv
check markdown 0 -q --usage $data/usage.csv $data/advise.yaml -o markdown
check dump 0 $dump
check help 0 --help
check no-file 2
check no-such 2 nowhere.yaml
check url 2 --prometheus prometheus:9090 $data/advise.yaml
check step 2 --step never $data/advise.yaml
check bad-usage 2 --usage $data/advise.yaml $data/advise.yaml
exit $failed
