# SPDX-License-Identifier: AGPL-3.0-only
"""What a command shows: data for programs, tables for people, both from the same answer."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table

__all__ = ["Answer", "duration", "fields", "instant", "listing", "money", "plain", "say", "stack"]

NOT_A_TERMINAL_WIDTH = 200
"""Columns of output that is piped or kept: enough for an address and a hash side by side."""


@dataclass(frozen=True)
class Answer:
    """What a command found or did.

    Attributes:
        data: For `--json`: plain JSON values; money as integers of the token's smallest units, bytes as 0x-hex.
        view: For people.
        code: The exit code.
        silent: Whether everything was said already.
    """

    data: dict[str, object]
    view: RenderableType = ""
    code: int = 0
    silent: bool = False


def say(answer: Answer, console: Console, *, as_json: bool) -> None:
    """Prints an answer."""
    if answer.silent:
        return
    if as_json:
        console.file.write(json.dumps(plain(answer.data), ensure_ascii=False, indent=1) + "\n")
    elif answer.view:
        console.print(answer.view)


def plain(item: object) -> object:
    """The same in JSON's own types; bytes as 0x-hex, times as they are."""
    if isinstance(item, dict):
        return {str(name): plain(inner) for name, inner in item.items()}
    if isinstance(item, list | tuple):
        return [plain(inner) for inner in item]
    if isinstance(item, bytes):
        return "0x" + item.hex()
    if item is None or isinstance(item, bool | int | float | str):
        return item
    return str(item)


def fields(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """A table of names and values."""
    table = Table(title=title, title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, str(plain(value)))
    return table


def listing(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: int = 0) -> Table:
    """A table with a header; the last `right` columns hold numbers."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place >= len(columns) - right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(plain(item)) for item in row))
    return table


def stack(*parts: RenderableType) -> RenderableType:
    """Several views, one below the other."""
    return Group(*parts)


def money(units: int, decimals: int, symbol: str = "") -> str:
    """An amount in tokens, exact, as in `1,234.50 CNYT`; at least two decimals are shown."""
    amount = Decimal(units).scaleb(-decimals)
    shown = f"{amount:,.{decimals}f}"
    whole, _, part = shown.partition(".")
    part = part.rstrip("0").ljust(min(2, decimals), "0")
    return (f"{whole}.{part}" if part else whole) + (f" {symbol}" if symbol else "")


def instant(seconds: int) -> str:
    """A time on the chain, in UTC."""
    if seconds == 0:
        return "-"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def duration(seconds: int) -> str:
    """A length of time, as in `3 d 4 h`."""
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"
