#!/usr/bin/env bash
# Imports: what they print and say, that they can be replayed and planned, and that the same objects
# in another form make the same scenario. Usage: import.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$(realpath "$1")
source=$(realpath "$2")
here=$source/tests/golden/import
update=${3:-}
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compare NAME TEXT
compare() {
	if [ "$update" = --update ]; then
		printf '%s\n' "$2" >"$here/$1.out"
	elif ! diff -u "$here/$1.out" <(printf '%s\n' "$2"); then
		echo "golden import: $1 differs (to accept: bash tests/golden/import.sh $slicefit $source --update)"
		failed=1
	fi
}

# check NAME ARGUMENT...: standard output and error of `slicefit import ARGUMENT...`, and its status
check() {
	local name=$1
	shift
	compare "$name" "$(cd "$here" && "$slicefit" import "$@" 2>&1; echo "exit $?")"
}

# same FILE FILE
same() {
	if ! cmp "$1" "$2"; then
		echo "golden import: $1 and $2 differ"
		failed=1
	fi
}

# works FILE: the scenario can be read, replayed and planned
works() {
	"$slicefit" -q replay -p kube-default "$1" >"$work/replay" 2>&1 || { cat "$work/replay"; failed=1; }
	if "$slicefit" --version | grep -q 'With the planner'; then
		"$slicefit" -q plan "$1" >"$work/plan" 2>&1 || { cat "$work/plan"; failed=1; }
	fi
}

cp "$source/scenarios/dumps/small-cluster.yaml" "$work/dump.yaml"
compare small-cluster "$(cd "$source/scenarios/dumps" && "$slicefit" import small-cluster.yaml 2>&1)"
check broken broken.yaml
check configs configs.yaml
check claims claims.yaml
check overfull overfull.yaml
check nothing nothing.yaml
check missing missing.yaml
check scenario ../../../scenarios/mixed-cluster.yaml
check usage
check salt --salt x missing.yaml

# Files of other tools.
python3 "$here/other_tools.py" "$work"
compare kai "$(cd "$work" && "$slicefit" import kai.zip 2>&1)"
compare simulator "$(cd "$work" && "$slicefit" import simulator.json 2>&1)"
compare cut "$(cd "$work" && "$slicefit" import cut.zip 2>&1; echo "exit $?")"
compare damaged "$(cd "$work" && "$slicefit" import damaged.zip 2>&1; echo "exit $?")"
compare openb "$(cd "$here" && "$slicefit" import openb-nodes.csv openb-pods.csv 2>&1 | sed "s|$here/||")"

cd "$work" || exit 1
"$slicefit" -q import -o first.yaml dump.yaml
"$slicefit" -q import - <dump.yaml >second.yaml
same first.yaml second.yaml
works first.yaml
"$slicefit" -q replay -o json - <first.yaml >one.json
"$slicefit" -q replay -o json - <second.yaml >two.json
same one.json two.json

# Every example of a way to share GPUs that has nodes.
for file in "$source"/scenarios/systems/*.yaml; do
	if grep -q '^kind: Node$' "$file"; then
		"$slicefit" -q import -o system.yaml "$file" || failed=1
		works system.yaml
	fi
done

# Hashes: the same under one salt, others under another, and nothing of the names is left.
"$slicefit" -q import --anonymize --salt a -o hidden.yaml dump.yaml
"$slicefit" -q import --anonymize --salt a -o again.yaml dump.yaml
"$slicefit" -q import --anonymize --salt b -o other.yaml dump.yaml
same hidden.yaml again.yaml
works hidden.yaml
if cmp -s hidden.yaml other.yaml || grep -nwE 'gpu-a|mig-a|prod|web|research|llm|zone|z1' hidden.yaml; then
	echo "golden import: names are left"
	failed=1
fi
"$slicefit" -q replay -o json -p best-fit,kube-default - <hidden.yaml | grep -A3 '"pods": {' >three.json
"$slicefit" -q replay -o json -p best-fit,kube-default - <first.yaml | grep -A3 '"pods": {' >four.json
same three.json four.json

exit "$failed"
