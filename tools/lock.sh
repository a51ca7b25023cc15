#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Resolves one lock file again, with hashes and for every platform: tools/lock.sh runtime|dev|node|go.
# Needs uv on the PATH.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
    runtime) set -- runtime pyproject.toml ;;
    dev) set -- dev pyproject.toml --group dev ;;
    node) set -- node requirements/node.in ;;
    go) set -- go requirements/go.in ;;
    *) echo "usage: tools/lock.sh runtime|dev|node|go" >&2; exit 2 ;;
esac

name=$1
shift
uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header "$@" -o "requirements/$name.txt"
