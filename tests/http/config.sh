#!/usr/bin/env bash
# Classes of pods, what scores are for, and a configuration that changes while the server runs.
set -euo pipefail
exec python3 -B "$(dirname "$0")/config.py" "$1" "$2"
