# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.cli.ballots import Ballot, BallotBox, BallotError

JURY = "0x" + "Ab" * 20


def ballot(level: int, panel: int = 8) -> Ballot:
    return Ballot(panel=panel, attempt=0, seat=3, level=level, reason="伤情属实", salt="ab" * 32)


def test_ballots_are_found_again_newest_first(tmp_path: Path) -> None:
    box = BallotBox(tmp_path / "ballots", 31337, JURY)
    assert box.ballots(8, 0, 3) == []
    for level in (1, 2):
        box.keep(ballot(level))
    box.keep(ballot(5, panel=16))
    assert BallotBox(tmp_path / "ballots", 31337, JURY.lower()).ballots(8, 0, 3) == [ballot(2), ballot(1)]
    assert box.ballots(8, 1, 3) == box.ballots(8, 0, 4) == []
    assert box.path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_off_harms_no_other(tmp_path: Path) -> None:
    box = BallotBox(tmp_path, 31337, JURY)
    box.keep(ballot(1))
    with box.path.open("a", encoding="utf-8") as file:
        file.write('{"panel": 8, "att')
    box.keep(ballot(2))
    assert box.ballots(8, 0, 3) == [ballot(2), ballot(1)]


def test_a_ballot_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BallotError, match="was not sent"):
        BallotBox(tmp_path / "file", 31337, JURY).keep(ballot(1))
