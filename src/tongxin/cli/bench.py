# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench`: what each act costs, measured on a chain of its own."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongxin import bench as benches
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, stack
from tongxin.cli.session import Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    app = group(program, "bench", _("Measure what acts cost."))
    command(app, "gas", _("Receipt gas of every act, on a local chain of its own."), own_json=True)(gas)


def gas(
    session: Session,
    *,
    members: Annotated[
        int, typer.Option(min=benches.LEAST_MEMBERS, help=_("how far the measured mutual grows"))
    ] = 10_000,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the figures"))
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option("--snapshot", metavar="FILE", help=_("where to write those that repeat exactly on every machine")),
    ] = None,
) -> Answer:
    """Measures, writes, shows."""
    with _progress(session) as progress:
        figures = benches.gas(members, progress)
    if json_path is not None:
        benches.write(json_path, figures)
    if snapshot is not None:
        benches.write(snapshot, benches.repeatable(figures))
    return Answer(dict(figures), view(figures))


@contextlib.contextmanager
def _progress(session: Session) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar of the members who have come, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as bar:
        task = bar.add_task(_("bench"), total=1)
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total)


def view(figures: dict[str, int]) -> RenderableType:
    """The figures beside our wish and the peers' own."""
    table = Table(title=_("Gas of each act"), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(_("figure"), no_wrap=True)
    table.add_column(_("what was done"), overflow="fold")
    table.add_column(_("gas"), justify="right", no_wrap=True)
    table.add_column(_("we wish"), justify="right", no_wrap=True)
    table.add_column(_("peers, on their own code"), overflow="fold")
    for figure in benches.FIGURES:
        number = figures.get(figure.name)
        if number is None:
            continue
        shown = f"{number:,}"
        if figure.wish is not None:
            shown = f"[green]{shown}[/]" if number <= figure.wish else f"[yellow]{shown}[/]"
        table.add_row(figure.name, figure.text, shown, "" if figure.wish is None else f"{figure.wish:,}", figure.peers)
    conditions = Table(title=_("Conditions"), title_justify="left", show_header=False, box=box.SIMPLE)
    conditions.add_column(overflow="fold")
    for condition in benches.CONDITIONS:
        conditions.add_row(condition)
    return stack(table, conditions)
