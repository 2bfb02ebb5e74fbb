#!/usr/bin/env bash
# Binds that wait for the API server: they hold no thread, clients may hang up, a stop waits for them.
set -euo pipefail
exec python3 -B "$(dirname "$0")/deferred.py" "$1" "$2"
