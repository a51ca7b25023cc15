# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin audit`: the mutual recomputed from the chain alone."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import typer
from rich import box
from rich.console import RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongxin import audit as audits
from tongxin.cli.app import command
from tongxin.cli.blocks import hash_of_block
from tongxin.cli.output import Answer, stack
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.evidence.stores import open_stores


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    command(
        program, "audit", _("Recompute everything from the chain's logs and storage; exit code 1 if a check fails.")
    )(audit)


def audit(
    session: Session,
    store: Annotated[
        list[str] | None,
        typer.Option(help=_("where sealed evidence lies, to see that it is there; may be named several times")),
    ] = None,
    proofs: Annotated[  # noqa: FBT002 - an option of the command line
        bool,
        typer.Option("--proofs", help=_("prove every storage word against a block that several endpoints agree on")),
    ] = False,
    block_hash: Annotated[
        str | None,
        typer.Option(
            "--block-hash",
            metavar="HASH",
            help=_("with --proofs: hash of a block that you trust"),
        ),
    ] = None,
    storage: Annotated[
        Literal["full", "sample"] | None,
        typer.Option(
            "--storage",
            help=_("storage of all members, or of those who acted lately or claimed and a random part of the others"),
        ),
    ] = None,
) -> Answer:
    """A verdict per check."""
    if session.settings.mutual is None:
        raise CommandError(_("which mutual? Name its address with --mutual ADDRESS, or set TONGXIN_MUTUAL"))
    if block_hash is not None and not proofs:
        raise CommandError(_("--block-hash says which block --proofs goes by: give --proofs too"))
    named = tuple(store or session.settings.stores)
    stores = open_stores(named) if named else None
    with _progress(session) as progress:
        report = audits.run(
            session.endpoints.urls,
            session.settings.mutual,
            progress=progress,
            proofs=proofs,
            block_hash=None if block_hash is None else hash_of_block(block_hash),
            storage=storage,
            stores=stores,
        )
    return Answer(report.as_dict(), view(report), code=0 if report.ok else 1)


@contextlib.contextmanager
def _progress(session: Session) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each stage, on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as bar:
        task = bar.add_task(_("audit"), total=1)
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total or 1)


def view(report: audits.AuditReport) -> RenderableType:
    """The report for people."""
    title = _("Audit of {fund} on chain {chain}, blocks {first} to {last}: {events} events replayed").format(
        fund=report.fund,
        chain=report.chain_id,
        first=report.first_block,
        last=report.last_block,
        events=report.events,
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(_("check"), no_wrap=True)
    table.add_column(_("verdict"), no_wrap=True)
    table.add_column(_("first block"), justify="right")
    table.add_column(_("what was found"), overflow="fold")
    for check in report.checks:
        block = "" if check.first_bad_block is None else str(check.first_bad_block)
        verdict = _("holds") if check.ok else _("FAILS")
        verdict = f"[green]{verdict}[/]" if check.ok else f"[red bold]{verdict}[/]"
        table.add_row(check.name, verdict, block, check.detail.replace("[", "\\["))
    said = _("Every check holds.") if report.ok else _("{count} checks FAIL.").format(count=_failures(report))
    if report.first_bad_block is not None:
        said += " " + _("The earliest is at block {block}; later ones may follow from it.").format(
            block=report.first_bad_block
        )
    limits = Table(title=_("Not checked"), title_justify="left", show_header=False, box=box.SIMPLE)
    limits.add_column(overflow="fold")
    for limit in audits.LIMITS:
        limits.add_row(limit)
    return stack(table, limits, said)


def _failures(report: audits.AuditReport) -> int:
    return sum(not check.ok for check in report.checks)
