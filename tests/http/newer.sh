#!/usr/bin/env bash
# What newer releases of kube-scheduler send, over HTTP.
set -euo pipefail
exec python3 -B "$(dirname "$0")/newer.py" "$1" "$2"
