# What the scripts share: packages, messages, steps with their time. Source it, do not run it.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian 12 packages. docs/architecture.md says why each library is there.
build_packages=(cmake ninja-build pkg-config gcc libc6-dev libmicrohttpd-dev libjansson-dev
	libyaml-dev libglpk-dev libcurl4-gnutls-dev libgnutls28-dev zlib1g-dev openssl libcriterion-dev curl python3 git)
check_packages=(clang clang-format clang-tidy libclang-rt-14-dev pmccabe valgrind prometheus)

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# One line that says what comes now.
say()
{
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		printf '\n\033[1m== %s\033[0m\n' "$*"
	else
		printf '\n== %s\n' "$*"
	fi
}

jobs_at_once()
{
	nproc 2>/dev/null || echo 2
}

# Names those of the given packages that are not installed.
missing_packages()
{
	local package
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
			printf '%s ' "$package"
	done
}

# Installs what is missing, or says exactly what is missing and how to get it.
need_packages()
{
	if ! command -v dpkg-query >/dev/null; then
		echo "Not a Debian system: needs the equivalents of ${*}"
		return
	fi
	local missing sudo=()
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
			die "missing packages; install them with: sudo apt-get install ${missing% }"
		fi
		sudo=(sudo -n)
	fi
	say "Installing ${missing% }"
	# shellcheck disable=SC2086 # a list of words
	if ! { "${sudo[@]}" apt-get update -qq &&
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
		die "apt-get could not install: ${missing% }"
	fi
}

# run_quietly LOG COMMAND...: shows the output only when the command fails.
run_quietly()
{
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 && return 0
	tail -n 60 "$log" >&2
	die "failed: $* (all of its output: $log)"
}

# configure_and_build PRESET [TARGET]
configure_and_build()
{
	local preset=$1 target=${2:-all}
	run_quietly "build/log/$preset-configure.txt" cmake --preset "$preset"
	run_quietly "build/log/$preset-build.txt" \
		cmake --build --preset "$preset" --target "$target"
}
