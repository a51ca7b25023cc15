# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench`: what each act costs, measured on a chain of its own.

The bench is imported where it is run: `tongxin --help` reads this module.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tongxin.cli.app import command, group
from tongxin.cli.output import Answer
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
    members: Annotated[int, typer.Option(help=_("how far the measured mutual grows"))] = 10_000,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the figures"))
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option("--snapshot", metavar="FILE", help=_("where to write those that repeat exactly on every machine")),
    ] = None,
) -> Answer:
    """Measures, writes, shows."""
    from tongxin import bench as benches  # noqa: PLC0415 - see above
    from tongxin.cli import bench_view  # noqa: PLC0415 - see above

    with _progress(session) as progress:
        figures = benches.gas(members, progress)
    if json_path is not None:
        benches.write(json_path, figures)
    if snapshot is not None:
        benches.write(snapshot, benches.repeatable(figures))
    return Answer(dict(figures), bench_view.view(figures))


@contextlib.contextmanager
def _progress(session: Session) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar of the members who have come, on standard error."""
    from tongxin.cli import bench_scale  # noqa: PLC0415 - see above

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
    from tongxin import bench as benches  # noqa: PLC0415 - see above
    from tongxin.cli import bench_view  # noqa: PLC0415 - see above

    length = benches.size_of(size)
    with _progress(session) as progress:
        runs = benches.measure(length, progress)
    figures = benches.written(length, runs)
    if json_path is not None:
        benches.write(json_path, figures)
    return Answer(dict(figures), bench_view.evidence_view(length, runs))


def scale(
    session: Session,
    *,
    members: Annotated[int, typer.Option(help=_("how many members the mutual has in the end"))] = 1_000_000,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=_("where to write the figures"))
    ] = None,
) -> Answer:
    """Measures, writes, shows."""
    from tongxin import bench as benches  # noqa: PLC0415 - see above
    from tongxin.cli import bench_scale  # noqa: PLC0415 - see above

    with _progress(session) as progress:
        figures = benches.measure_scale(members, progress)
    if json_path is not None:
        benches.write(json_path, figures)
    return Answer(figures, bench_scale.view(figures))
