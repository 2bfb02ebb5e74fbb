#!/usr/bin/env bash
# What `slicefit headroom` prints. Usage: headroom.sh SLICEFIT SOURCE_DIR [--update]
. "$(dirname "$0")/check.bash"

dump=tests/data/ask/cluster.json
check dump 0 headroom --cluster $dump
check dump-json 0 headroom --cluster $dump -o json
check dump-csv 0 headroom --cluster $dump -o csv
check scenario 0 headroom --cluster scenarios/mixed-cluster.yaml
check dynamic 0 headroom --cluster $golden/dynamic.yaml
check pod 0 headroom --cluster $dump --pod team/inf-0 --at-least 19
check pod-json 1 headroom --cluster $dump --pod team/inf-0 --at-least 20 -o json
check pod-none 0 headroom --cluster $dump --pod team/job
check no-gpu 2 headroom --cluster $dump --pod $golden/plain.yaml
check taint 0 headroom --cluster tests/data/ask/rules.json --pod team/zone-b
company=tests/data/ask/company.yaml
check unseen 0 headroom --cluster $dump --pod tests/golden/explain/unseen.yaml
check apart 0 headroom --cluster $company --pod team/web-2
check spread 0 headroom --cluster $company --pod tests/data/ask/spread.yaml
check spread-scenario 0 headroom --cluster scenarios/mixed-cluster.yaml --pod tests/data/ask/spread.yaml
check both 2 headroom --cluster $dump --kubeconfig nowhere
check context 2 headroom --cluster $dump --context here
check no-kubeconfig 2 headroom --kubeconfig /nowhere/config
check help 0 headroom --help
check no-cluster 2 headroom
check least 2 headroom --cluster $dump --at-least 3
check number 2 headroom --cluster $dump --pod team/job --at-least some
exit $failed
