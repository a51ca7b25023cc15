# SPDX-License-Identifier: AGPL-3.0-only
"""The program: all groups of commands, in the order in which people meet them."""

import typer

from tongxin.cli import (
    attest,
    challenge,
    charter,
    claim,
    collect,
    enrol,
    found,
    join,
    key,
    leave,
    node,
    settle,
    show,
    top_up,
    vote,
)
from tongxin.cli.app import root
from tongxin.cli.text import _

__all__ = ["build"]

GROUPS = (
    node,
    key,
    charter,
    found,
    attest,
    enrol,
    join,
    top_up,
    collect,
    leave,
    claim,
    vote,
    challenge,
    settle,
    show,
)


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
