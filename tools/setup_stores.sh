#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Builds an IPFS node (Kubo) and an S3 gateway (versitygw), pinned in tools/go-stores, into .venv/bin: the deep tests of
# stores need them, tongxin does not.
set -eu
cd "$(dirname "$0")/.."

root=$(pwd)
PATH="$(tools/find_go.sh tools/go-stores/kubo):$PATH"
export PATH CGO_ENABLED=0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off

build() {
    go -C "tools/go-stores/$1" build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" -o "$root/.venv/bin/$2" "$3"
}

build kubo ipfs github.com/ipfs/kubo/cmd/ipfs
build versitygw versitygw github.com/versity/versitygw/cmd/versitygw
.venv/bin/ipfs version >/dev/null
.venv/bin/versitygw --version >/dev/null
