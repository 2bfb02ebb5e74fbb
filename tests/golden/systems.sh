#!/usr/bin/env bash
# The examples of scenarios/systems: nothing to find fault with for lint; imported twice they are the same bytes, and
# as many of their pods are placed as the table says. Usage: systems.sh SLICEFIT SOURCE_DIR
set -u
slicefit=$1
cd "$2/scenarios/systems" || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

fail()
{
	echo "systems: $*"
	failed=1
}

# example, pods, of them placed by best-fit
expected="
mig-manager-configs 9 9
mps 18 18
operator-mig-mixed 11 11
operator-mig-single 12 12
profiles-by-label 55 55
quota 5 3
time-slicing 26 26
whole-gpus 8 8
"

for file in *; do
	"$slicefit" lint --fail-on note "$file" >"$folder/lint" 2>&1 || fail "$file: $(cat "$folder/lint")"
	grep -q "kind: Node$" "$file" || continue
	grep -q "^${file%.yaml} " <<<"$expected" || fail "$file: not in the table of this test"
done

while read -r name pods placed; do
	[ -n "$name" ] || continue
	"$slicefit" import -q "$name.yaml" >"$folder/a.yaml" || fail "$name: import fails"
	"$slicefit" import -q "$name.yaml" >"$folder/b.yaml"
	cmp -s "$folder/a.yaml" "$folder/b.yaml" || fail "$name: imported twice, two texts"
	found=$("$slicefit" replay -q -p best-fit -o json "$folder/a.yaml" | python3 -c '
import json, sys
pods = json.load(sys.stdin)["policies"][0]["pods"]
print(pods["arrived"], pods["placed"])')
	[ "$found" = "$pods $placed" ] || fail "$name: pods and placed are $found, want $pods $placed"
done <<<"$expected"
exit $failed
