#!/usr/bin/env bash
# TLS, client certificates, certificates that change, the port for probes, plain HTTP elsewhere.
set -euo pipefail
exec python3 -B "$(dirname "$0")/tls.py" "$1" "$2"
