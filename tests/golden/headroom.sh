#!/usr/bin/env bash
# What `slicefit headroom` prints. Usage: headroom.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
cd "$2" || exit 1
golden=tests/golden/headroom
dump=tests/data/ask/cluster.json
update=${3:-}
failed=0

# check NAME EXIT ARGUMENT...: standard output and error as in NAME.out, and the exit status.
check() {
	local name=$1 expected=$2 status=0 got
	shift 2
	got=$("$slicefit" headroom "$@" 2>&1; echo "exit $?")
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

check dump 0 --cluster $dump
check dump-json 0 --cluster $dump -o json
check dump-csv 0 --cluster $dump -o csv
check scenario 0 --cluster scenarios/mixed-cluster.yaml
check dynamic 0 --cluster $golden/dynamic.yaml
check pod 0 --cluster $dump --pod team/inf-0 --at-least 19
check pod-json 1 --cluster $dump --pod team/inf-0 --at-least 20 -o json
check pod-none 0 --cluster $dump --pod team/job
check no-gpu 2 --cluster $dump --pod $golden/plain.yaml
check taint 0 --cluster tests/data/ask/rules.json --pod team/zone-b
check both 2 --cluster $dump --kubeconfig nowhere
check context 2 --cluster $dump --context here
check no-kubeconfig 2 --kubeconfig /nowhere/config
check help 0 --help
check no-cluster 2
check least 2 --cluster $dump --at-least 3
check number 2 --cluster $dump --pod team/job --at-least some
exit $failed
