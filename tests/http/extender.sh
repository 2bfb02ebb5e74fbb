#!/usr/bin/env bash
# Filter and prioritize, over HTTP, with requests of the shape that kube-scheduler sends.
set -euo pipefail
exec python3 -B "$(dirname "$0")/extender.py" "$1" "$2"
