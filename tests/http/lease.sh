#!/usr/bin/env bash
# Leader election among replicas, against an API server made of a script.
set -euo pipefail
exec python3 -B "$(dirname "$0")/lease.py" "$1" "$2"
