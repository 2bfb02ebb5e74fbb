#!/usr/bin/env bash
# What `slicefit catalog` prints. Usage: catalog.sh SLICEFIT SOURCE_DIR [--update]
. "$(dirname "$0")/check.bash"

check list 0 catalog
check list-csv 0 catalog -o csv
check a100 0 catalog A100-40GB
check a100-label 0 catalog NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED -o markdown
check a30-all 0 catalog A30 --all
check a30-csv 0 catalog A30 -o csv
check a30-json 0 catalog A30 -o json
check rtx-pro-6000 0 catalog RTXPRO6000-96GB
check rtx-pro-5000 0 catalog RTXPRO5000-48GB
check t4 0 catalog T4
check help 0 catalog --help
check unknown 2 catalog A100
check far 2 catalog zzzzzzzzzzzz
check two 2 catalog A30 A100-40GB
check option 2 catalog --alll
check format 2 catalog -o xml
check no-file 2 catalog --catalog /nowhere/catalog.yaml
check file 0 catalog --catalog "$golden/x9.yaml" x9 --all
check bad-file 2 catalog --catalog "$golden/bad.yaml"

# A printed product can be read back.
json=$(mktemp)
trap 'rm -f "$json"' EXIT
"$slicefit" catalog H100-80GB-SXM -o json > "$json"
if ! "$slicefit" catalog --catalog "$json" H100-80GB-SXM -o json | diff "$json" -; then
	echo "json: does not read back"
	failed=1
fi
exit $failed
