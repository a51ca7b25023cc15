#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Builds age and age-keygen, pinned in tools/go, into .venv/bin and lays the format's test vectors beside them.
# Tests and bench need them; what tongxin itself does, it does without.
set -eu
cd "$(dirname "$0")/.."

root=$(pwd)
vectors=.venv/share/age-testkit
PATH="$(tools/find_go.sh tools/go):$PATH"
export PATH CGO_ENABLED=0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off

version=$(go -C tools/go list -mod=readonly -m -f '{{.Version}}' filippo.io/age)
for program in age age-keygen; do
    go -C tools/go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w -X main.Version=$version" \
        -o "$root/.venv/bin/$program" "filippo.io/age/cmd/$program"
done
[ "$(.venv/bin/age --version)" = "$version" ] || { echo "setup: .venv/bin/age is not age $version" >&2; exit 1; }

go -C tools/go mod download c2sp.org/CCTV/age
module=$(go -C tools/go list -mod=readonly -m -f '{{.Dir}}' c2sp.org/CCTV/age)
rm -rf "$vectors"
mkdir -p "$vectors"
cp "$module"/testdata/* "$vectors/"
chmod -R u+w "$vectors"
