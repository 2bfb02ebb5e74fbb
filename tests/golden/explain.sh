#!/usr/bin/env bash
# What `slicefit explain` prints. Usage: explain.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
cd "$2" || exit 1
golden=tests/golden/explain
dump=tests/data/ask/cluster.json
update=${3:-}
failed=0

# check NAME EXIT ARGUMENT...: standard output and error as in NAME.out, and the exit status.
check() {
	local name=$1 expected=$2 status=0 got
	shift 2
	got=$("$slicefit" explain "$@" 2>&1; echo "exit $?")
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

check pending 1 --pod team/job --cluster $dump --all-nodes
check pending-json 1 --pod team/job --cluster $dump --all-nodes -o json
check layout 1 --pod team/want-2g --cluster $dump
check layout-configs 1 --pod team/want-2g --cluster $dump --mig-configs $golden/configs.yaml
check cpu 1 --pod team/cpu --cluster $dump
check many 1 --pod team/want-9 --cluster $dump
check bound 0 --pod team/inf-0 --cluster $dump
check file 0 --pod $golden/deployment.yaml --cluster $dump
check memory 1 --pod $golden/memory.yaml --cluster $dump
check scenario 0 --pod $golden/deployment.yaml --cluster scenarios/mixed-cluster.yaml
rules=tests/data/ask/rules.json
check taint 1 --pod team/zone-b --cluster $rules --all-nodes
check taint-json 1 --pod team/zone-b --cluster $rules --all-nodes -o json
check selector 1 --pod team/zone-c --cluster $rules
check affinity 1 --pod team/aff --cluster $rules
check tolerated 1 --pod team/job --cluster $rules
check both 2 --pod team/job --cluster $dump --kubeconfig nowhere
check context 2 --pod team/job --cluster $dump --context here
check no-kubeconfig 2 --pod team/job --kubeconfig /nowhere/config
check help 0 --help
check no-pod 2 --cluster $dump
check no-cluster 2 --pod team/job
check unknown 2 --pod team/none --cluster $dump
check no-template 2 --pod $dump.none --cluster $dump
check not-a-pod 2 --pod $golden/configs.yaml --cluster $dump
check policy 2 --pod team/job --cluster $dump --policy best
check format 2 --pod team/job --cluster $dump -o csv

# The same from standard input.
if ! "$slicefit" explain --pod - --cluster $dump < $golden/deployment.yaml |
	diff - <(head -n -1 $golden/file.out); then
	echo "stdin: another answer"
	failed=1
fi
exit $failed
