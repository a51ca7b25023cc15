#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-only
# Prints the first Python of version 3.11 or later that can make a virtual environment.
# PYTHON in the environment is tried before the usual names.
set -eu

for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$candidate"
            exit 0
        fi
        without_venv=$candidate
    fi
done

if [ -n "${without_venv:-}" ]; then
    echo "setup: $without_venv lacks the modules venv and ensurepip; install them (Debian: apt install python3-venv)" >&2
else
    echo "setup: Python 3.11 or later is needed; install it or name one, as in: make setup PYTHON=/path/to/python3" >&2
fi
exit 1
