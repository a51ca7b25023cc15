# SPDX-License-Identifier: AGPL-3.0-only
"""The Fund's stages: founded, started, below its floor, winding down, ended (docs/spec/governance.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import Fields, Writer, on
from tongxin.words import FundStage

__all__: list[str] = []


@on("Fund", "Wired")
def wired(w: Writer, f: Fields) -> None:
    """R-105: the founding is complete; a mutual that needs members gathers first."""
    mutual = w.mutual()
    mutual["version"] = 1
    if mutual["minimum_members"] > 1:
        mutual["stage"] = int(FundStage.GATHERING)
    else:
        mutual["stage"] = int(FundStage.RUNNING)
        mutual["started_at"] = w.time


@on("Fund", "Started")
def started(w: Writer, f: Fields) -> None:
    """R-105."""
    mutual = w.mutual()
    mutual["stage"] = int(FundStage.RUNNING)
    mutual["started_at"] = w.time


@on("Fund", "FloorWatched")
def floor_watched(w: Writer, f: Fields) -> None:
    """R-108."""
    w.mutual()["below_since"] = f["since"]


@on("Fund", "FloorRegained")
def floor_regained(w: Writer, f: Fields) -> None:
    """R-108."""
    w.mutual()["below_since"] = None


@on("Fund", "WoundDown")
def wound_down(w: Writer, f: Fields) -> None:
    """R-108."""
    mutual = w.mutual()
    mutual["stage"] = int(FundStage.WINDING_DOWN)
    mutual["below_since"] = None
    mutual["wound_at"] = w.time
    mutual["wound_by_vote"] = f["by_vote"]
    mutual["ends_at"] = f["ends_at"]
    mutual["wound_index"] = f["index"]


@on("Fund", "Ended")
def ended(w: Writer, f: Fields) -> None:
    """R-110."""
    mutual = w.mutual()
    mutual["stage"] = int(FundStage.ENDED)
    mutual["ended_at"] = w.time
    mutual["set_aside"] = mutual["set_aside_left"] = f["set_aside"]
    w.flow("set aside", "surplus", "due", f["set_aside"])


@on("Fund", "Adopted")
def adopted(w: Writer, f: Fields) -> None:
    """R-95."""
    mutual = w.mutual()
    mutual["version"] = f["version"]
    mutual["charter_hash"] = f["charter_hash"]
    w.change("versions", f["version"])["adopted_block"] = w.entry.block
    w.flow("fees owed", "fees", "due", f["owed_steward"])
