#!/usr/bin/env bash
# The decision record and its replay.
set -euo pipefail
exec python3 -B "$(dirname "$0")/record.py" "$1" "$2"
