#!/usr/bin/env bash
# /metrics, read by a strict parser of the text format.
set -euo pipefail
exec python3 -B "$(dirname "$0")/metrics.py" "$1" "$2"
