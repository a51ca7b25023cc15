# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin demo`: a mutual from its charter and roster to paid claims and an audit."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli.app import command
from tongxin.cli.output import Answer
from tongxin.cli.session import Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    text = _("Found a mutual on a local chain of its own, live through a year of it, audit it.")
    command(program, "demo", text, own_json=True)(demo)


def demo(
    session: Session,
    *,
    members: Annotated[int, typer.Option(min=1, help=_("people to enrol"))] = 500,
    years: Annotated[int, typer.Option(min=1, help=_("years of drawn accidents"))] = 1,
    seed: Annotated[int, typer.Option(help=_("what chance is drawn from; the same seed gives the same result"))] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help=_("leave the chain running at the end"))] = True,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the result"))
    ] = None,
) -> Answer:
    """Runs the demo, which tells its story itself."""
    from tongxin.demo import run  # noqa: PLC0415 - brings numpy and pandas, which no other command needs

    result = run(members, years, seed, serve=serve, json_path=json_path, console=session.out)
    return Answer({}, silent=True, code=0 if result.audit_ok else 1)
