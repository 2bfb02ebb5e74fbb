#!/usr/bin/env bash
# Routes, methods, sizes, malformed requests, metrics, signals and wrong options.
set -euo pipefail
exec python3 -B "$(dirname "$0")/server.py" "$1" "$2"
