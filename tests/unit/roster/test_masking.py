# SPDX-License-Identifier: AGPL-3.0-only
"""What is said of a list names no person (I-16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.roster import RosterFileError, read_contributions, read_roster
from tongxin.roster.masking import masked

ID_NUMBER = "11010519491231002X"
NAME = "欧阳娜娜"
HEADER = "id_number,name,class,wallet\n"
WALLET = f"0x{9:040x}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (ID_NUMBER, "110…2X"),
        ("\uff11\uff11\uff10105194912310021", "110…21"),
        ("110105491231002", "110…02"),
        ("0x" + ID_NUMBER, "0x1…2X"),
        ("E12345678", "…78"),
        ("1380000", "…00"),
        (NAME, "…"),
        ("", "…"),
        (WALLET, WALLET),
        (WALLET[:-2], WALLET[:-2]),
        ("0x" + "ab" * 32, "0x" + "ab" * 32),
    ],
)
def test_of_what_could_be_personal_little_is_left(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "rows",
    [
        f"{HEADER}A1,{NAME},{ID_NUMBER},{WALLET}\n",
        f"{HEADER}A1,{NAME},A,{ID_NUMBER}\n",
        f"{HEADER}A1,{WALLET},{NAME},{ID_NUMBER}\n",
        f"{HEADER}A1,{NAME},A,0x{ID_NUMBER}\n",
        f"{HEADER}{ID_NUMBER},{NAME},A,{WALLET}\n{ID_NUMBER},{NAME},A,{WALLET}\n",
        f"{HEADER}{ID_NUMBER[:-1]}1,{NAME},A,{WALLET}\n",
        f"{HEADER}{ID_NUMBER},{NAME},A\n",
        f"{HEADER}{ID_NUMBER},{NAME},A,{WALLET},{NAME}\n",
        f'{HEADER}{ID_NUMBER},"{NAME}"x,A,{WALLET}\n',
        f'{HEADER}{ID_NUMBER},"{NAME}\n",A,{WALLET}\n',
        f"{ID_NUMBER},{NAME},A,{WALLET}\n",
        f"{HEADER.strip()},{NAME}\n{ID_NUMBER},{NAME},A,{WALLET},x\n",
    ],
)
def test_no_problem_of_a_roster_names_a_person(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(rows, encoding="utf-8")
    report = read_roster(path, {"A": 0})
    assert report.problems
    told = "".join(str(problem) + repr(problem) for problem in report.problems) + repr(report)
    for secret in (NAME, ID_NUMBER, ID_NUMBER[:-1]):
        assert secret not in told


@pytest.mark.parametrize(
    "row",
    [f"{ID_NUMBER},5", f"0x{ID_NUMBER},5", f"0x{'ab' * 32},{ID_NUMBER}", f"0x{'ab' * 32},{NAME}"],
)
def test_no_problem_of_a_list_of_payments_names_a_person(tmp_path: Path, row: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"member,amount\n{row}\n", encoding="utf-8")
    report = read_contributions(path, 6)
    told = "".join(str(problem) + repr(problem) for problem in report.problems)
    assert told
    assert NAME not in told
    assert ID_NUMBER not in told


def test_an_error_of_a_file_names_no_person(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'{ID_NUMBER},"{NAME}"x\n', encoding="utf-8")
    with pytest.raises(RosterFileError) as caught:
        read_roster(path, {})
    assert NAME not in str(caught.value)
    assert ID_NUMBER not in str(caught.value)
