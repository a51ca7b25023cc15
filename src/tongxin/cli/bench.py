# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench`: what each act costs, measured on a chain of its own."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongxin import bench as benches
from tongxin.cli import bench_scale
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, stack
from tongxin.cli.session import Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    app = group(program, "bench", _("Measure what acts cost."))
    command(app, "gas", _("Receipt gas of every act, on a local chain of its own."), own_json=True)(gas)
    command(app, "evidence", _("Sealing and opening beside the plain age program."), own_json=True)(evidence)
    command(app, "scale", _("A mutual of very many members: settled, audited, indexed, read."), own_json=True)(scale)


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
        yield lambda stage, done, total: bar.update(
            task, description=bench_scale.stage_name(stage), completed=done, total=total or 1
        )


def evidence(
    session: Session,
    *,
    size: Annotated[str, typer.Option(help=_("size of the file that is sealed, such as 1GB"))] = "1GB",
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the figures"))
    ] = None,
) -> Answer:
    """Measures, writes, shows."""
    length = benches.size_of(size)
    with _progress(session) as progress:
        runs = benches.measure(length, progress)
    figures = benches.written(length, runs)
    if json_path is not None:
        benches.write(json_path, figures)
    return Answer(dict(figures), evidence_view(length, runs))


def scale(
    session: Session,
    *,
    members: Annotated[
        int, typer.Option(min=benches.LEAST_CROWD, help=_("how many members the mutual has in the end"))
    ] = 1_000_000,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the figures"))
    ] = None,
) -> Answer:
    """Measures, writes, shows."""
    with _progress(session) as progress:
        figures = benches.measure_scale(members, progress)
    if json_path is not None:
        benches.write(json_path, figures)
    return Answer(figures, bench_scale.view(figures))


def evidence_view(length: int, runs: Sequence[benches.Run]) -> RenderableType:
    """Ours and age's side by side."""
    table = Table(
        title=_("Sealing and opening {size} MB").format(size=f"{length // 10**6:,}"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column(_("program"), no_wrap=True)
    table.add_column(_("act"), no_wrap=True)
    table.add_column(_("key"), no_wrap=True)
    for header in (_("MB/s"), _("CPU seconds"), _("most memory, MB")):
        table.add_column(header, justify="right", no_wrap=True)
    acts = {"seal": _("seal"), "open": _("open")}
    for run in sorted(runs, key=lambda run: (run.kind, run.act != "seal", run.program)):
        numbers = (f"{run.mb_per_s:,}", f"{run.cpu_ms / 1000:.2f}", f"{run.rss_mb:,}")
        table.add_row(run.program, acts[run.act], run.kind.name.lower(), *numbers)
    return table


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
