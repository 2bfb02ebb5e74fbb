#!/usr/bin/env bash
# What the cluster is like, and why a pod finds a place or none.
set -euo pipefail
exec python3 -B "$(dirname "$0")/insight.py" "$1" "$2"
