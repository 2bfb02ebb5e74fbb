#!/usr/bin/env bash
# What `slicefit advise` prints. Usage: advise.sh SLICEFIT SOURCE_DIR [--update]
. "$(dirname "$0")/check.bash"

dump=tests/data/ask/cluster.json
data=tests/data/ask
check plain 0 advise $data/advise.yaml
check usage 0 advise --usage $data/usage.csv $data/advise.yaml
check usage-json 0 advise --usage $data/usage.csv $data/advise.yaml -o json
check usage-csv 0 advise --usage $data/usage.csv $data/advise.yaml -q -o csv
check markdown 0 advise -q --usage $data/usage.csv $data/advise.yaml -o markdown
check dump 0 advise $dump
check help 0 advise --help
check no-file 2 advise
check no-such 2 advise nowhere.yaml
check url 2 advise --prometheus prometheus:9090 $data/advise.yaml
check step 2 advise --step never $data/advise.yaml
check no-pods 2 advise tests/golden/advise/nodes.yaml
check bad-usage 2 advise --usage $data/advise.yaml $data/advise.yaml
exit $failed
