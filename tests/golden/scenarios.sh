#!/usr/bin/env bash
# Every scenario of scenarios/ meets its expectations and is no worse than its stored baseline, as in a CI of its
# owner. Usage: scenarios.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$1
cd "$2" || exit 1
update=${3:+--update-baseline}
failed=0

for scenario in scenarios/*.yaml; do
	name=$(basename "$scenario" .yaml)
	baseline=scenarios/baselines/$name.json
	if ! text=$("$slicefit" replay --quiet --baseline "$baseline" $update "$scenario" 2>&1); then
		printf '%s\n' "$text"
		echo "scenarios: $name is worse (to accept: bash tests/golden/scenarios.sh $slicefit $2 --update)"
		failed=1
	fi
done
for baseline in scenarios/baselines/*.json; do
	name=$(basename "$baseline" .json)
	[ -f "scenarios/$name.yaml" ] || { echo "scenarios: no scenario for $baseline"; failed=1; }
done
exit $failed
