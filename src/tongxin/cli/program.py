# SPDX-License-Identifier: AGPL-3.0-only
"""The program: all commands, in the order in which people meet them."""

import importlib
from collections.abc import Sequence

import typer

from tongxin.cli.app import root
from tongxin.cli.text import _

__all__ = ["MODULES", "build"]

MODULES = {
    "demo": ("demo",),
    "node": ("node", "mint"),
    "key": ("key",),
    "charter": ("charter",),
    "found": ("found",),
    "attest": ("attest",),
    "enrol": ("enrol",),
    "join": ("join", "accept", "rejoin"),
    "member": ("member", "donate"),
    "top_up": ("top-up",),
    "collect": ("order", "collect"),
    "leave": ("leave", "refund", "withdraw"),
    "claim": ("claim", "draw", "conclude"),
    "vote": ("vote",),
    "evidence": ("evidence",),
    "challenge": ("challenge",),
    "settle": ("settle",),
    "show": ("show",),
    "proposal": ("proposal",),
    "stage": ("stage",),
    "audit": ("audit",),
    "verify": ("verify",),
    "index": ("index",),
    "bench": ("bench",),
}
"""The commands and groups that each module declares."""


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line, its texts in the language in use.

    Args:
        arguments: What was typed. Only modules whose commands occur in it are read, all if none does: reading them all
            takes a second, of which most calls need little.
    """
    program = root(
        _("Mutual aid whose money nobody holds: members share each approved claim after it happened.")
        + " "
        + _("Not audited by a third party.")
    )
    typed = set(arguments)
    needed = [module for module, commands in MODULES.items() if typed.intersection(commands)]
    for module in needed or MODULES:
        importlib.import_module(f"tongxin.cli.{module}").add_to(program)
    return program
