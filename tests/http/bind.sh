#!/usr/bin/env bash
# Bind, over HTTP, against an API server made of a script.
set -euo pipefail
exec python3 -B "$(dirname "$0")/bind.py" "$1" "$2"
