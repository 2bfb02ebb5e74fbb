#!/usr/bin/env bash
# Connections: how many, how long they may be silent, how many files may be open.
set -euo pipefail
exec python3 -B "$(dirname "$0")/limits.py" "$1" "$2"
