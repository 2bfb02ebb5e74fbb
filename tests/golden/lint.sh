#!/usr/bin/env bash
# What `slicefit lint` prints. Usage: lint.sh SLICEFIT SOURCE_DIR [--update]
. "$(dirname "$0")/check.bash"

files=("$golden/guide.md" "$golden/values.yaml" "$golden/configmaps.yaml")
check text 1 lint "${files[@]}"
check directory 1 lint "$golden"
check json 1 lint -o json "${files[@]}"
check sarif 1 lint -o sarif "${files[@]}"
check github 1 lint -o github "${files[@]}"
check good 0 lint --fail-on note "$golden/good.yaml"
check product 1 lint --product A100-40GB "$golden/good.yaml"
check never 0 lint --fail-on never "$golden/guide.md"
check disabled 0 lint --disable SF201,sf303 "$golden/guide.md"
check note 1 lint --disable SF201,SF303 --fail-on note "$golden/guide.md"
check explain 0 lint --explain SF101
check help 0 lint --help
check no-file 2 lint
check missing 2 lint /nowhere/x.yaml
check code 2 lint --explain SF999
check output 2 lint -o jsn x
check severity 2 lint --fail-on eror x
check no-product 2 lint --product H300 x

# Standard input, and the fields that SARIF 2.1.0 requires.
"$slicefit" lint -o sarif - < "$golden/guide.md" | python3 -c '
import json, sys
log = json.load(sys.stdin)
assert log["version"] == "2.1.0" and len(log["runs"]) == 1
run = log["runs"][0]
rules = run["tool"]["driver"]["rules"]
assert run["tool"]["driver"]["name"] == "slicefit"
assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
assert all(rule["helpUri"].startswith("https://") and " " not in rule["helpUri"] for rule in rules)
assert len(run["results"]) == 3
for result in run["results"]:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert result["partialFingerprints"]["slicefitLine/v1"].endswith(":1")
    assert place["artifactLocation"]["uri"] == "%3Cstdin%3E" and place["region"]["startLine"] > 0
' || failed=1

# A finding is known again when lines come before it, and told from others on equal lines.
prints() {
	"$slicefit" lint -o sarif - | python3 -c '
import json, sys
for result in json.load(sys.stdin)["runs"][0]["results"]:
    print(result["partialFingerprints"]["slicefitLine/v1"])'
}
wrong="nvidia-smi mig -cgi 9,9,9 -C"
one=$(printf '%s\n' "$wrong" | prints)
two=$(printf '# more\n\n  %s\necho\n%s\n' "$wrong" "$wrong" | prints)
if [ "$two" != "$one"$'\n'"${one%:1}:2" ]; then
	printf 'fingerprints: %s; %s\n' "$one" "$two"
	failed=1
fi
exit $failed
