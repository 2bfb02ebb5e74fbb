#!/usr/bin/env bash
# Preemption over HTTP, with requests of the shape that kube-scheduler sends.
set -euo pipefail
exec python3 -B "$(dirname "$0")/preempt.py" "$1" "$2"
