#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Builds go-ethereum's node, pinned in tools/go-geth, into .venv/bin: the tests of several nodes need it, tongxin does not.
set -eu
cd "$(dirname "$0")/.."

root=$(pwd)
PATH="$(tools/find_go.sh tools/go-geth):$PATH"
export PATH CGO_ENABLED=0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off

go -C tools/go-geth build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" \
    -o "$root/.venv/bin/geth" github.com/ethereum/go-ethereum/cmd/geth
.venv/bin/geth version >/dev/null
