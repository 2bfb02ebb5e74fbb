#!/usr/bin/env bash
# What `slicefit explain` prints. Usage: explain.sh SLICEFIT SOURCE_DIR [--update]
. "$(dirname "$0")/check.bash"

dump=tests/data/ask/cluster.json
check pending 1 explain --pod team/job --cluster $dump --all-nodes
check pending-json 1 explain --pod team/job --cluster $dump --all-nodes -o json
check layout 1 explain --pod team/want-2g --cluster $dump
check layout-configs 1 explain --pod team/want-2g --cluster $dump --mig-configs $golden/configs.yaml
check cpu 1 explain --pod team/cpu --cluster $dump
check many 1 explain --pod team/want-9 --cluster $dump
check bound 0 explain --pod team/inf-0 --cluster $dump
check file 0 explain --pod $golden/deployment.yaml --cluster $dump
check memory 1 explain --pod $golden/memory.yaml --cluster $dump
check scenario 0 explain --pod $golden/deployment.yaml --cluster scenarios/mixed-cluster.yaml
rules=tests/data/ask/rules.json
check taint 1 explain --pod team/zone-b --cluster $rules --all-nodes
check unseen 0 explain --pod $golden/unseen.yaml --cluster $dump
check unseen-json 0 explain --pod $golden/unseen.yaml --cluster $dump -o json
check admitted 1 explain --pod team/admitted --cluster $rules
check file-rules 1 explain --pod $golden/rules.yaml --cluster $rules
check taint-json 1 explain --pod team/zone-b --cluster $rules --all-nodes -o json
check selector 1 explain --pod team/zone-c --cluster $rules
check affinity 1 explain --pod team/aff --cluster $rules
check tolerated 1 explain --pod team/job --cluster $rules
company=tests/data/ask/company.yaml
check apart 1 explain --pod team/web-2 --cluster $company
check budget 1 explain --pod team/pair --cluster $company
check budget-json 1 explain --pod team/pair --cluster $company -o json
check over 2 explain --pod team/done --cluster $company
check spread 0 explain --pod tests/data/ask/spread.yaml --cluster $company
check broken 2 explain --pod team/pair --cluster $golden/broken.yaml
check both 2 explain --pod team/job --cluster $dump --kubeconfig nowhere
check context 2 explain --pod team/job --cluster $dump --context here
check no-kubeconfig 2 explain --pod team/job --kubeconfig /nowhere/config
check help 0 explain --help
check no-pod 2 explain --cluster $dump
check no-cluster 2 explain --pod team/job
check unknown 2 explain --pod team/none --cluster $dump
check no-template 2 explain --pod $dump.none --cluster $dump
check not-a-pod 2 explain --pod $golden/configs.yaml --cluster $dump
check policy 2 explain --pod team/job --cluster $dump --policy best
check format 2 explain --pod team/job --cluster $dump -o csv

# The same from standard input.
if ! "$slicefit" explain --pod - --cluster $dump < $golden/deployment.yaml |
	diff - <(head -n -1 $golden/file.out); then
	echo "stdin: another answer"
	failed=1
fi
exit $failed
