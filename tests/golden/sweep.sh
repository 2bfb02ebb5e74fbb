#!/usr/bin/env bash
# Sweeps: what they print and write, what they refuse, and that shards, kills and threads change no
# byte of the results. Usage: sweep.sh SLICEFIT SOURCE_DIR [--update]
set -u
slicefit=$1
here=$2/tests/golden/sweep
update=${3:-}
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.yaml "$work"
cd "$work" || exit 1
unset JOB_COMPLETION_INDEX

# check NAME COMMAND...: compares standard output and error and the exit status of a command with
# stored ones.
check() {
	local name=$1
	shift
	local got
	got=$("$slicefit" "$@" 2>&1; echo "exit $?")
	got=${got//$("$slicefit" --version | sed -n '1s/.* //p')/VERSION}
	got=$(sed 's/ (known: kube-default.*)/ (known: ...)/' <<<"$got")
	if [ "$name" = json ]; then
		got=$(head -n 30 <<<"$got") # the metrics of a replay are for golden/replay.sh
	fi
	if [ "$update" = --update ]; then
		printf '%s\n' "$got" >"$here/$name.out"
	elif ! diff -u "$here/$name.out" <(printf '%s\n' "$got"); then
		echo "golden sweep: $name differs (to accept: bash tests/golden/sweep.sh $slicefit $2 --update)"
		failed=1
	fi
}

# same FILE FILE
same() {
	if ! cmp "$1" "$2"; then
		echo "golden sweep: $2 is not what one run wrote ($1)"
		failed=1
	fi
}

# expect_exit STATUS COMMAND...
expect_exit() {
	local want=$1 got
	shift
	"$@" >said 2>&1
	got=$?
	if [ "$got" != "$want" ]; then
		echo "golden sweep: exit $got, not $want: $*"
		cat said
		failed=1
	fi
}

# What is printed and written.
check help sweep --help
check table sweep sweep.yaml
check again sweep -q -o csv -m pods.placed,wait_s.p95 sweep.yaml
check json sweep -q -o json one.yaml
check markdown sweep -q -o markdown one.yaml
check versus merge -m pods.placed,gpu.allocated_pct --versus first-fit sweep.jsonl
check versus-nothing merge --versus worst-fit one.jsonl
check dry-run sweep --dry-run sweep.yaml
check merge-help merge --help
check lines merge -m pods.placed sweep.jsonl sweep.jsonl

# One thread or four, the same bytes.
"$slicefit" sweep -q -j 1 -r one-thread.jsonl sweep.yaml >/dev/null
"$slicefit" sweep -q -j 4 -r threads.jsonl sweep.yaml >/dev/null
same sweep.jsonl one-thread.jsonl
same sweep.jsonl threads.jsonl

# Three shards in processes of their own. The second is killed by the kernel in the middle of a
# line (the limit on the size of its file), and run again.
mkdir out
"$slicefit" sweep -q --shard 0/3 -r out/ sweep.yaml &
first=$!
JOB_COMPLETION_INDEX=2 "$slicefit" sweep -q --shard 3 -r out/ sweep.yaml &
third=$!
{
	(ulimit -c 0 -f 4; exec "$slicefit" sweep -q --shard 1/3 -r out sweep.yaml)
	killed=$?
} 2>/dev/null
wait "$first" && wait "$third" || { echo "golden sweep: a shard failed"; failed=1; }
if [ "$killed" -le 128 ]; then
	echo "golden sweep: the second shard was not killed (exit $killed)"
	failed=1
fi
if [ -z "$(tail -c 1 out/sweep.1-of-3.jsonl | tr -d '\n')" ]; then
	echo "golden sweep: the killed shard left no line cut off"
	failed=1
fi
expect_exit 1 "$slicefit" merge out/*.jsonl
expect_exit 0 "$slicefit" sweep --shard 1/3 -r out sweep.yaml
grep -q 'from an earlier run' said || { echo "golden sweep: nothing was kept"; failed=1; }
expect_exit 0 "$slicefit" merge -q -r merged.jsonl out/sweep.2-of-3.jsonl out/sweep.0-of-3.jsonl \
	out/sweep.1-of-3.jsonl
same sweep.jsonl merged.jsonl

# The Indexed Job of deploy/, its pods as processes: the same command lines with other folders.
manifest=$2/deploy/sweep-job.yaml
mapfile -t lines < <(sed -n 's/^ *args: \[\(.*\)\]$/\1/p' "$manifest" |
	sed -e "s|/results/|$work/k8s/|g; s|/sweep/|$work/|g")
completions=$(sed -n 's/^ *completions: \([0-9]*\).*/\1/p' "$manifest")
read -ra pod < <(tr -d '",' <<<"${lines[0]}")
for ((i = 0; i < completions; i++)); do
	expect_exit 0 env JOB_COMPLETION_INDEX="$i" "$slicefit" -q "${pod[@]}"
done
merge=${lines[1]//\"/}
expect_exit 0 bash -c "${merge/#slicefit/$slicefit}"
same sweep.jsonl k8s/sweep.jsonl

# A file cut anywhere is completed to the same bytes.
size=$(stat -c %s sweep.jsonl)
for at in 0 1 50 $((size / 3)) $((size / 2)) $((size - 1)); do
	head -c "$at" sweep.jsonl >cut-here.jsonl
	expect_exit 0 "$slicefit" sweep -q -r cut-here.jsonl sweep.yaml
	same sweep.jsonl cut-here.jsonl
done

# What is refused.
check missing merge out/sweep.1-of-3.jsonl
{ head -n 6 sweep.jsonl; sed -n 7p sweep.jsonl | head -c 100; } >cut.jsonl
check partial merge --partial -m pods.placed cut.jsonl
check other-sweep merge sweep.jsonl one.jsonl
check other-file sweep -r one.jsonl sweep.yaml
check other-shard sweep --shard 1/3 -r out/sweep.0-of-3.jsonl sweep.yaml
sed '3s/"pods.placed":[0-9]*/"pods.placed":77/' sweep.jsonl >changed.jsonl
check contradiction merge sweep.jsonl changed.jsonl
sed '4s/^/x/' sweep.jsonl >garbage.jsonl
check garbage sweep -r garbage.jsonl sweep.yaml
sed '4s/"seed":[0-9]*/"seed":77/' sweep.jsonl >edited.jsonl
check edited sweep -r edited.jsonl sweep.yaml
check no-metric sweep -q -m pods.plcaed sweep.yaml
check no-sweep sweep none.yaml
check shard sweep --shard 3/3 sweep.yaml
check which-shard sweep --shard 3 sweep.yaml
printf 'scenarios: small.yaml\nparameters: {pools.t5.nodes: [1]}\n' >path.yaml
check path sweep path.yaml
printf 'scenarios: small.yaml\nparameters: {load: [2], pools.t4.nodes: [1, many]}\n' >value.yaml
check value sweep value.yaml
printf 'scenarios: small.yaml\nparameters: {load: [2], pools.t4.mig: [{mode: dynamic}]}\n' >mig.yaml
check wrong-together sweep mig.yaml
printf 'scenarios: small.yaml\npolicies: [best-fit, wurst-fit]\n' >policy.yaml
check policy sweep policy.yaml
mkfifo pipe.jsonl
check pipe sweep -r pipe.jsonl sweep.yaml
expect_exit 2 "$slicefit" sweep -r /dev/null sweep.yaml
expect_exit 2 timeout 20 "$slicefit" merge /dev/zero

# Trouble outside.
if [ -c /dev/full ]; then
	expect_exit 3 bash -c '"$1" sweep --help >/dev/full' - "$slicefit"
	expect_exit 3 bash -c '"$1" sweep --dry-run sweep.yaml >/dev/full' - "$slicefit"
fi
exit $failed
