# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench scale`: what a mutual of very many members costs to settle, audit, index and read."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table

from tongxin import bench as benches
from tongxin.cli.output import stack
from tongxin.cli.text import _

__all__ = ["stage_name", "view"]


def stage_name(stage: str) -> str:
    """What a stage of the bench is called for a person."""
    return {
        "jurors": _("jurors"),
        "joining and topping up": _("joining and topping up"),
        "standing orders": _("standing orders"),
        "leaving": _("leaving"),
        "claims": _("claims"),
        "enrolling": _("enrolling"),
        "claims of all members": _("claims of all members"),
        "index": _("index"),
        "contracts": _("audit: contracts"),
        "logs": _("audit: logs"),
        "replay": _("audit: replay"),
        "storage": _("audit: storage"),
        "invariants": _("audit: invariants"),
        "api": _("questions to the API"),
    }.get(stage, stage)


def _texts() -> dict[str, str]:
    return {
        "members": _("members in force at the end"),
        "events": _("events of the mutual's contracts"),
        "blocks": _("blocks of the chain"),
        "enrol_seconds": _("enrolling those who do not act, seconds"),
        "settle_gas_10": _("gas of settling and paying a claim of ten members"),
        "settle_gas": _("gas of the same among all members"),
        "index_seconds": _("indexing from the chain's logs into SQLite, seconds"),
        "index_node_seconds": _("of it the node's own work, seconds of a core"),
        "index_events_per_second": _("events indexed per second"),
        "index_mb": _("the index on disk, MB"),
        "audit_seconds": _("audit from the chain's logs, seconds"),
        "audit_node_seconds": _("of it the node's own work, seconds of a core"),
        "audit_full_seconds": _("the same with the storage of all members, seconds"),
        "audit_full_node_seconds": _("of it the node's own work, seconds of a core"),
        "api_p50_ms": _("API, slowest route under load: p50, ms"),
        "api_p95_ms": _("API, slowest route under load: p95, ms"),
        "api_p99_ms": _("API, slowest route under load: p99, ms"),
        "index_rss_mb": _("most memory of the index, MB"),
        "audit_rss_mb": _("most memory of the audit, MB"),
        "audit_full_rss_mb": _("most memory of the audit of all storage, MB"),
        "api_rss_mb": _("most memory of the API, MB"),
        "peak_rss_mb": _("the largest of these, MB"),
        "node_rss_mb": _("most memory of the local chain, MB"),
    }


def view(figures: Mapping[str, Any]) -> RenderableType:
    """The figures beside our wishes, and each route's latencies."""
    table = Table(
        title=_("A mutual of {members} members").format(members=f"{figures['members']:,}"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column(_("figure"), no_wrap=True)
    table.add_column(_("what it is"), overflow="fold")
    table.add_column(_("measured"), justify="right", no_wrap=True)
    table.add_column(_("we wish"), justify="right", no_wrap=True)
    texts = _texts()
    for figure in benches.SCALE_FIGURES:
        shown = f"{figures[figure.name]:,}"
        wish = _wish(figure)
        if wish:
            shown = f"[green]{shown}[/]" if figure.is_met(figures) else f"[yellow]{shown}[/]"
        table.add_row(figure.name, texts[figure.name], shown, wish)
    return stack(table, _routes(figures["api_routes"]))


def _wish(figure: benches.ScaleFigure) -> str:
    if figure.name == "settle_gas":
        return _("within one in a hundred")
    if figure.wish is None:
        return ""
    sign = {benches.Wish.AT_MOST: "≤", benches.Wish.AT_LEAST: "≥"}[figure.wish]
    return f"{sign} {figure.number:,}"


def _routes(routes: Sequence[Mapping[str, Any]]) -> RenderableType:
    table = Table(title=_("Routes of the API under load"), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(_("route"), overflow="fold")
    for header in (_("answers"), "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(header, justify="right", no_wrap=True)
    for route in routes:
        numbers = (f"{route[name]:,}" for name in ("answers", "p50_ms", "p95_ms", "p99_ms"))
        table.add_row(route["route"], *numbers)
    return table
