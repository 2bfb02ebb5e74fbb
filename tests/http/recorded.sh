#!/usr/bin/env bash
# Requests recorded from a real kube-scheduler, when SLICEFIT_FIXTURES names their folder.
set -euo pipefail
if [ -z "${SLICEFIT_FIXTURES:-}" ] || [ ! -f "$SLICEFIT_FIXTURES/filter-nocache.json" ]; then
	echo "skipped: SLICEFIT_FIXTURES does not name a folder with recorded requests"
	exit 0
fi
exec python3 -B "$(dirname "$0")/recorded.py" "$1" "$SLICEFIT_FIXTURES"
