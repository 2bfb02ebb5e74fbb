#!/usr/bin/env bash
# What is answered when the API server has gone quiet.
set -euo pipefail
exec python3 -B "$(dirname "$0")/stale.py" "$1" "$2"
