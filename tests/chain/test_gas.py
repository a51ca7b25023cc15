# SPDX-License-Identifier: AGPL-3.0-only
"""What acts cost is written down in bench/gas.json; nobody changes it unseen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.cli import Cli
from tongxin.bench import FIGURES, LEAST_MEMBERS, BenchError, Change, compare, gas, read, repeatable, write

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "bench" / "gas.json"
LARGER_MUTUALS = {"settle_and_pay_1000", "settle_and_pay_10000"}
"""Measured by `make bench` only."""


def test_no_act_costs_anything_but_what_is_written_down(tmp_path: Path) -> None:
    everything, repeating = tmp_path / "all.json", tmp_path / "repeating.json"
    arguments = ("--members", str(LEAST_MEMBERS), "--json", everything, "--snapshot", repeating)
    shown = Cli(tmp_path).run("bench", "gas", *arguments).stdout
    measured = read(repeating)
    assert repeatable(read(everything)) == measured
    assert read(everything)["members_per_second_enrolled"] > 0
    assert f"{measured['file']:,}" in shown
    before = {name: number for name, number in read(SNAPSHOT).items() if name not in LARGER_MUTUALS}
    changes = compare(before, measured)
    told = "\n".join(str(change) for change in changes)
    assert not changes, (
        f"gas has changed; if that is right, run `make bench`, commit bench/gas.json and correct docs/bench.md\n{told}"
    )


def test_the_snapshot_holds_every_figure_that_repeats() -> None:
    assert set(read(SNAPSHOT)) == set(repeatable({figure.name: 0 for figure in FIGURES}))


def test_settling_costs_ten_thousand_members_no_more_than_ten() -> None:
    figures = read(SNAPSHOT)
    assert figures["settle_and_pay_10000"] <= figures["settle_and_pay_10"]


def test_a_vote_costs_a_thousand_members_what_it_costs_ten() -> None:
    figures = read(SNAPSHOT)
    assert figures["vote_first_1000"] == figures["vote_first_10"]


@pytest.mark.parametrize(
    "name", ["founding_largest_step", "seal_largest", "seal_largest_after_four", "publish_largest", "execute_version"]
)
def test_the_largest_charter_fits_a_transaction(name: str) -> None:
    assert read(SNAPSHOT)[name] <= 2**24


def test_the_document_says_what_was_measured() -> None:
    table = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8").split("## Conditions")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d,]+) \| ([\d,]*)", table, re.MULTILINE)
    assert {name: int(measured.replace(",", "")) for name, measured, _ in rows} == read(SNAPSHOT)
    wishes = {figure.name: figure.wish for figure in FIGURES}
    assert {name: int(wish.replace(",", "") or 0) for name, _, wish in rows} == {
        name: wishes[name] or 0 for name, _, _ in rows
    }


def test_too_few_members_are_refused() -> None:
    with pytest.raises(BenchError, match=f"{LEAST_MEMBERS} are the least"):
        gas(LEAST_MEMBERS - 1)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(BenchError, match="cannot be written"):
        write(tmp_path / "taken" / "gas.json", {})


def test_a_difference_is_told() -> None:
    changes = compare({"file": 120_000, "gone": 1}, {"file": 121_000, "draw_5": 2})
    assert changes == [Change("draw_5", None, 2), Change("file", 120_000, 121_000), Change("gone", 1, None)]
    assert str(changes[1]) == "file: 120000 -> 121000 (+1000)"


def test_no_figures_in_a_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gas.json"
    with pytest.raises(BenchError, match="make bench"):
        read(path)
    path.write_text('{"file": "dear"}')
    with pytest.raises(BenchError, match="no flat object of integers"):
        read(path)
