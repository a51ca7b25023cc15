# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.roster import ProblemKind, read_contributions

ONE, TWO = "0x" + "01" * 32, "0x" + "02" * 32


def save(folder: Path, text: str) -> Path:
    path = folder / "contributions.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_amounts_are_read_in_the_smallest_units(tmp_path: Path) -> None:
    report = read_contributions(save(tmp_path, f"member,amount\n{ONE},12.5\n{TWO},0.000001\n"), 6)
    assert report.is_clean
    assert [(row.member_id.hex()[:2], row.amount, row.ticks) for row in report.rows] == [
        ("01", 12_500_000, None),
        ("02", 1, None),
    ]


def test_ticks_are_whole_numbers(tmp_path: Path) -> None:
    report = read_contributions(save(tmp_path, f"member,ticks\n{ONE},12\n{TWO},1.5\n"), 6)
    assert [(row.amount, row.ticks) for row in report.rows] == [(None, 12)]
    assert [(problem.row, problem.kind) for problem in report.problems] == [(3, ProblemKind.MALFORMED_AMOUNT)]


@pytest.mark.parametrize("amount", ["", "0", "-1", "NaN", "Infinity", "1,5", "0.0000001", "ten"])
def test_an_amount_that_is_none_is_reported(tmp_path: Path, amount: str) -> None:
    report = read_contributions(save(tmp_path, f'member,amount\n{ONE},"{amount}"\n{TWO},1\n'), 6)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(2, ProblemKind.MALFORMED_AMOUNT)]
    assert len(report.rows) == 1


def test_identity_numbers_need_the_key(tmp_path: Path) -> None:
    path = save(tmp_path, "member,amount\n11010519491231002X,1\n0x12,1\n,1\n")
    assert [problem.kind for problem in read_contributions(path, 6).problems] == [
        ProblemKind.NEEDS_TAG_KEY,
        ProblemKind.MALFORMED_MEMBER,
        ProblemKind.EMPTY_FIELD,
    ]
    report = read_contributions(path, 6, tag=lambda number: number.encode().rjust(32, b"\0"))
    assert report.rows[0].member_id.endswith(b"11010519491231002X")


def test_the_same_member_twice_is_an_error(tmp_path: Path) -> None:
    report = read_contributions(save(tmp_path, f"member,amount\n{ONE},1\n{ONE},2\n"), 6)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(3, ProblemKind.DUPLICATE_ID)]
    assert [row.amount for row in report.rows] == [1_000_000]


def test_missing_columns_and_rows_are_reported(tmp_path: Path) -> None:
    missing = read_contributions(save(tmp_path, "who,much\na,b\n"), 6).problems
    assert [problem.details["column"] for problem in missing] == ["member", "amount"]
    assert [problem.kind for problem in read_contributions(save(tmp_path, "member,amount\n"), 6).problems] == [
        ProblemKind.NO_ROWS
    ]
    assert [problem.kind for problem in read_contributions(save(tmp_path, "member,amount\nx\n"), 6).problems] == [
        ProblemKind.TOO_FEW_FIELDS
    ]
