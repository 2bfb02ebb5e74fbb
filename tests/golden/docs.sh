#!/usr/bin/env bash
# What the documents show is what slicefit prints. Usage: docs.sh SLICEFIT SOURCE_DIR
set -eu
slicefit=$(realpath "$1")
cd "$2"
scripts/check-docs "$slicefit" README.md CONTRIBUTING.md CHANGELOG.md docs/*.md
