# SPDX-License-Identifier: AGPL-3.0-only
"""The command line: all of Tongxin from a terminal."""

from tongxin.cli.run import main

__all__ = ["main"]
