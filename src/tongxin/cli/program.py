# SPDX-License-Identifier: AGPL-3.0-only
"""The program: all groups of commands, in the order in which people meet them."""

import typer

from tongxin.cli import charter, key, node
from tongxin.cli.app import root
from tongxin.cli.text import _

__all__ = ["build"]

GROUPS = (node, key, charter)


def build() -> typer.Typer:
    """The whole command line, its texts in the language in use."""
    program = root(
        _("Mutual aid whose money nobody holds: members share each approved claim after it happened.")
        + " "
        + _("Not audited by a third party.")
    )
    for module in GROUPS:
        module.add_to(program)
    return program
