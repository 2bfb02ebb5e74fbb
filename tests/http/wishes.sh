#!/usr/bin/env bash
# Wishes for GPU memory in requests, over HTTP.
set -euo pipefail
exec python3 -B "$(dirname "$0")/wishes.py" "$1" "$2"
