# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from tongxin.cli.output import Answer, duration, instant, money, plain, say


@pytest.mark.parametrize(
    ("units", "decimals", "shown"),
    [
        (0, 6, "0.00"),
        (1, 6, "0.000001"),
        (12_500_000, 6, "12.50"),
        (1_234_567_890_000, 6, "1,234,567.89"),
        (7, 0, "7"),
        (10**30 + 1, 18, "1,000,000,000,000.000000000000000001"),
    ],
)
def test_money_is_exact_and_has_two_decimals_at_least(units: int, decimals: int, shown: str) -> None:
    assert money(units, decimals) == shown
    assert money(units, decimals, "TSC") == f"{shown} TSC"


def test_times_are_shown_in_utc_and_lengths_in_two_units() -> None:
    assert instant(1_767_225_600) == "2026-01-01 00:00:00Z"
    assert instant(0) == "-"
    assert [duration(item) for item in (0, 59, 3600, 90_061, 864_000)] == ["0 s", "59 s", "1 h", "1 d 1 h", "10 d"]


def test_json_is_plain_whatever_the_answer_holds() -> None:
    answer = Answer({"id": b"\x01", "list": (1, None, {"a": True}), "text": "互助", "other": ValueError("x")})
    console = Console(file=io.StringIO())
    say(answer, console, as_json=True)
    assert isinstance(console.file, io.StringIO)
    written = console.file.getvalue()
    assert json.loads(written) == {"id": "0x01", "list": [1, None, {"a": True}], "text": "互助", "other": "x"}
    assert "互助" in written
    assert plain(b"") == "0x"


def test_a_silent_answer_prints_nothing() -> None:
    console = Console(file=io.StringIO())
    for as_json in (True, False):
        say(Answer({}, silent=True), console, as_json=as_json)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""
