# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tongxin.audit import AuditReport
from tongxin.demo.result import DemoResult

__all__ = ["print_audit", "print_report"]

CHECK_WIDTH = 18
TABLE_LINES = 10


def print_audit(console: Console, report: AuditReport) -> None:
    """The audit's verdict per check."""
    table = Table(title=f"Audit: {report.events:,} events replayed from the chain's logs, its storage compared")
    verdict_width = 8 if report.ok else 28
    table.add_column("check", no_wrap=True, width=CHECK_WIDTH)
    table.add_column("verdict", no_wrap=True, width=verdict_width)
    table.add_column("what it found", max_width=max(20, console.width - CHECK_WIDTH - verdict_width - TABLE_LINES))
    for check in report.checks:
        verdict = "[green]holds[/]" if check.ok else f"[red]FAILS from block {check.first_bad_block}[/]"
        table.add_row(check.name, verdict, check.detail)
    console.print(table)
    console.print("[green]Every check holds.[/]" if report.ok else "[red]The audit failed.[/]")


def print_report(console: Console, result: DemoResult, symbol: str, decimals: int) -> None:
    """The tables at the end of the demo; money in whole tokens."""

    def money(units: int) -> str:
        return f"{units / 10**decimals:,.2f}"

    scripted = result.paid - result.paid_drawn
    drawn_cost = result.collected * result.paid_drawn // result.paid // result.members if result.paid else 0
    summary = Table(title=f"What the chain holds after {result.years} year(s)", show_header=False)
    summary.add_column(style="bold")
    summary.add_column(justify="right")
    version, vote = result.versions[-1], result.proposals[-1]
    since = datetime.fromtimestamp(version.effective_from, tz=UTC).date()
    for name, text in (
        ("Members enrolled / in force", f"{result.members:,} / {result.in_force:,}"),
        ("Rules in force", f"version {version.number}, since {since}"),
        ("The vote on them: yes / no / needed", f"{vote.yes:,} / {vote.no:,} / {vote.needed:,}"),
        ("Accidents drawn from the table", f"{result.accidents_drawn:,}"),
        ("Claims filed / refused by the chain", f"{result.claims_filed:,} / {result.claims_refused:,}"),
        ("Claims paid / denied", f"{result.claims_paid:,} / {result.claims_denied:,}"),
        (f"Paid in ({symbol})", money(result.deposited)),
        (f"Collected from members ({symbol})", money(result.collected)),
        (f"Paid to claimants ({symbol})", money(result.paid)),
        ("  for accidents of the table", money(result.paid_drawn)),
        ("  for the script's events", money(scripted)),
        (f"Management fee ({symbol})", money(result.fees)),
        (f"Jurors' pay and rewards ({symbol})", money(result.jurors_paid)),
        (f"Refunded to leavers ({symbol})", money(result.refunded)),
        (f"Surplus of all members ({symbol})", money(result.surplus)),
        (f"Balances of members ({symbol})", money(result.balances)),
        (f"The fund holds ({symbol})", money(result.fund_holds)),
        (f"Cost per member ({symbol})", money(result.cost_per_member)),
        ("  without the script's events", money(drawn_cost)),
        ("Like insurance premium, a year", money(result.like_premium)),
        ("Days from filing to payment, median", f"{result.days_to_payment_median:.1f}"),
        ("First payment of the storm's claims", f"{result.storm_ratio_bps / 100:.2f} % each"),
    ):
        summary.add_row(name, text)
    console.print(summary)
    bands = Table(title=f"By class, {symbol} per member")
    for heading in ("class", "members", "shares", "cost", "expected aid a year", "like premium a year"):
        bands.add_column(heading, justify="left" if heading == "class" else "right")
    for band in result.bands:
        bands.add_row(
            band.label,
            f"{band.heads:,}",
            f"{band.shares / 1000:.3f}",
            money(band.cost),
            money(band.expected_aid),
            money(band.like_premium),
        )
    console.print(bands)
