#!/usr/bin/env bash
# `slicefit advise` with measurements from a real Prometheus server.
set -euo pipefail
exec python3 -B "$(dirname "$0")/advise.py" "$1" "$2"
