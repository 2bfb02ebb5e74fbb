#!/usr/bin/env bash
# Disruption budgets of both API versions, and what becomes of preemption with and without them.
set -euo pipefail
exec python3 -B "$(dirname "$0")/budgets.py" "$1" "$2"
