# SPDX-License-Identifier: AGPL-3.0-only
"""The roster that is shipped beside the facade cleaners' charter fits it."""

from __future__ import annotations

from pathlib import Path

from tongxin.charter import load_charter
from tongxin.roster import read_roster

CHARTERS = Path(__file__).parents[3] / "charters"


def test_every_row_of_the_roster_can_be_enrolled() -> None:
    charter = load_charter(CHARTERS / "facade-cleaners.yaml")
    names = {label: place for place, one in enumerate(charter.classes) for label in (one.label.zh, one.label.en)}
    report = read_roster(CHARTERS / "rosters" / "facade-cleaners.csv", names)
    assert report.problems == ()
    assert len(report.rows) == report.total == 500
    assert {row.class_id for row in report.rows} == {0, 1, 2, 3}


def test_birth_years_of_invented_people_lie_in_their_class_in_2026() -> None:
    charter = load_charter(CHARTERS / "facade-cleaners.yaml")
    names = {one.label.zh: place for place, one in enumerate(charter.classes)}
    for row in read_roster(CHARTERS / "rosters" / "facade-cleaners.csv", names).rows:
        age = charter.classes[row.class_id].age
        assert age is not None
        assert row.id_number.startswith("EX")
        assert age.least <= 2026 - int(row.id_number[2:6]) <= age.largest + 1
