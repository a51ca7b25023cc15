# SPDX-License-Identifier: AGPL-3.0-only
"""The addresses that a charter's file may leave open, named beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tongxin.charter import Charter
from tongxin.cli.session import CommandError
from tongxin.cli.text import _

__all__ = ["Attestors", "Investigator", "Parties", "Remainder", "Steward", "with_parties"]

Steward = Annotated[str | None, typer.Option(help=_("who receives the fee, if left open"))]
Attestors = Annotated[list[str] | None, typer.Option(help=_("who vouches, if left open; may be repeated"))]
Investigator = Annotated[str | None, typer.Option(help=_("whom panels may commission, if left open"))]
Remainder = Annotated[
    str | None, typer.Option(help=_("who receives what belongs to no member in the end, if left open"))
]


@dataclass(frozen=True)
class Parties:
    """Addresses given on the command line; None means not given."""

    token: str | None = None
    steward: str | None = None
    attestors: tuple[str, ...] | None = None
    investigator: str | None = None
    remainder: str | None = None


def with_parties(rules: Charter, file: Path, given: Parties) -> Charter:
    """The charter with the addresses that its file leaves open; those that it names cannot be replaced.

    Raises:
        CommandError: The file names one already, or an address is none.
    """
    for name, option, written in (
        ("--token", given.token, rules.token.address),
        ("--steward", given.steward, rules.steward),
        ("--attestor", given.attestors, rules.membership.admission.attestors),
        ("--investigator", given.investigator, rules.court.investigator.address),
        ("--remainder", given.remainder, rules.starting.remainder),
    ):
        if option and written:
            raise CommandError(
                _("{file} names that address already; change the file instead of giving {option}").format(
                    file=file, option=name
                )
            )
    try:
        return rules.with_parties(
            token=given.token,
            steward=given.steward,
            attestors=given.attestors,
            investigator=given.investigator,
            remainder=given.remainder,
        )
    except ValidationError as error:
        raise CommandError(_("an address is none: {reason}").format(reason=error.errors()[0]["msg"])) from error
