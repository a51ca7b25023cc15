# SPDX-License-Identifier: AGPL-3.0-only
"""What `tongxin bench gas` and `tongxin bench evidence` show."""

from collections.abc import Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table

from tongxin import bench as benches
from tongxin.cli.output import stack
from tongxin.cli.text import _

__all__ = ["evidence_view", "view"]


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
