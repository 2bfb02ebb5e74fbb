#!/usr/bin/env bash
# What would fit, without changing anything.
set -euo pipefail
exec python3 -B "$(dirname "$0")/simulate.py" "$1" "$2"
