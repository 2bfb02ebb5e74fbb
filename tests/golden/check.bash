# check.bash: what `slicefit` prints, compared with what is stored in tests/golden. A script SCRIPT.sh
# sources it with its own arguments: SLICEFIT SOURCE_DIR [--update]; it ends with `exit $failed`.
# shellcheck shell=bash
set -u
slicefit=$(realpath "$1")
golden=tests/golden/$(basename "$0" .sh)
update=${3:-}
failed=0
cd "$2" || exit 1

# check NAME EXIT ARGUMENT...: standard output and error as in NAME.out, and the exit status.
check() {
	local name=$1 expected=$2 status got
	shift 2
	got=$("$slicefit" "$@" 2>&1; echo "exit $?")
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
