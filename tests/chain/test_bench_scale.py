# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench scale` with a small mutual: that it measures what it says, not how fast anything is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.cli import PROGRAM
from tongxin.bench import LEAST_CROWD, SCALE_FIGURES, BenchError, ScaleFigure, Wish, processes, scale
from tongxin.bench.apart import run_apart, serving
from tongxin.bench.crowd import Crowd, crowd_rules
from tongxin.bench.stage import Stage, founded

MEMBERS = 700
ASKED_FOR = {
    "members",
    "settle_gas_10",
    "settle_gas",
    "audit_seconds",
    "index_events_per_second",
    "api_p95_ms",
    "peak_rss_mb",
}


@pytest.fixture(scope="module")
def crowded() -> Iterator[Stage]:
    """A mutual that has grown to a few hundred members."""
    with founded(crowd_rules(MEMBERS), old_states=False) as stage:
        crowd = Crowd(stage, MEMBERS, lambda *_: None)
        crowd.gather_ten()
        assert crowd.present == stage.mutual.fund.books().heads == 10
        crowd.act()
        crowd.grow()
        yield stage


def test_everything_is_measured_and_written(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command: list[str | Path] = [PROGRAM, "--lang", "zh", "bench", "scale", "--members", str(MEMBERS), "--json", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text())
    assert set(figures) == {figure.name for figure in SCALE_FIGURES} | {"api_routes"} >= ASKED_FOR
    assert figures["members"] == MEMBERS
    assert figures["settle_gas"] == figures["settle_gas_10"] > 85_000
    assert figures["events"] > MEMBERS
    assert figures["index_events_per_second"] > 0
    assert figures["peak_rss_mb"] == max(figures[f"{part}_rss_mb"] for part in ("index", "audit", "audit_full", "api"))
    assert figures["node_rss_mb"] > 1
    assert figures["api_p95_ms"] == max(route["p95_ms"] for route in figures["api_routes"])
    assert {"/v1/mutuals", "/v1/mutuals/{fund}/members/{member_id}"} <= {
        route["route"] for route in figures["api_routes"]
    }
    assert f"{MEMBERS} 名成员的互助" in done.stdout
    for name in ASKED_FOR:
        assert name in done.stdout


def test_members_of_many_classes_stand_on_many_ticks(crowded: Stage) -> None:
    fund = crowded.mutual.fund
    assert fund.books().heads == MEMBERS
    found = run_apart("audit", crowded.url, fund.address, "full")
    assert found["failed"] == []
    assert found["members"] > MEMBERS
    assert found["rss"] > 10**7


def test_the_index_holds_every_event_that_the_audit_replayed(crowded: Stage, tmp_path: Path) -> None:
    fund, told = crowded.mutual.fund.address, []
    database = f"sqlite:///{tmp_path / 'index.sqlite'}"
    indexed = run_apart("index", crowded.url, fund, database, progress=lambda *progress: told.append(progress))
    assert {stage for stage, _done, _total in told} == {"index"}
    audited = run_apart("audit", crowded.url, fund)
    # The audit does not replay the founding's own events.
    assert 0 < indexed["events"] - audited["events"] < 10
    with serving(database) as (url, process):
        assert processes.memory_peak(process) > 10**7
        assert url.startswith("http://127.0.0.1:")
    with pytest.raises(BenchError, match="run this on Linux"):
        processes.memory_peak(process)


def test_a_job_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"measuring audit failed .*endpoint"):
        run_apart("audit", "http://127.0.0.1:9", "0x" + "11" * 20)
    with pytest.raises(BenchError, match="the API does not start"), serving(f"sqlite:///{tmp_path / 'none.sqlite'}"):
        pytest.fail("it served nothing")


def test_the_guide_explains_every_figure() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "bench.md").read_text()
    missing = [figure.name for figure in SCALE_FIGURES if f"`{figure.name}`" not in guide]
    assert missing == []


def test_too_few_members_are_refused() -> None:
    with pytest.raises(BenchError, match="too few"):
        scale.measure_scale(LEAST_CROWD - 1)


def test_too_little_memory_is_said_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "available_memory", lambda: 10**9)
    with pytest.raises(BenchError, match="1000000 members need some 8700 MB of memory and 1000 MB are free"):
        scale.measure_scale(1_000_000)


def test_too_little_room_on_the_disk_is_said_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=10**9))
    with pytest.raises(BenchError, match="set TMPDIR"):
        scale.measure_scale(1_000_000)


@pytest.mark.parametrize(
    ("figure", "figures", "met"),
    [
        (ScaleFigure("a", Wish.AT_MOST, 60), {"a": 60}, True),
        (ScaleFigure("a", Wish.AT_MOST, 60), {"a": 60.01}, False),
        (ScaleFigure("a", Wish.AT_LEAST, 20_000), {"a": 19_999}, False),
        (ScaleFigure("a", Wish.AT_LEAST, 20_000), {"a": 20_000}, True),
        (ScaleFigure("a"), {"a": 1}, True),
        (ScaleFigure("settle_gas"), {"settle_gas": 101, "settle_gas_10": 100}, True),
        (ScaleFigure("settle_gas"), {"settle_gas": 102, "settle_gas_10": 100}, False),
        (ScaleFigure("settle_gas"), {"settle_gas": 98, "settle_gas_10": 100}, False),
    ],
)
def test_a_wish_is_met_or_not(figure: ScaleFigure, figures: dict[str, float], met: bool) -> None:
    assert figure.is_met(figures) is met
