# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.roster import ProblemKind, RosterFileError, read_roster

CLASSES = {"A": 0, "b": 1, "高空": 2}
HEADER = "id_number,name,class,wallet\n"


def wallet(number: int) -> str:
    return f"0x{number:040x}"


def save(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def kinds(path: Path, encoding: str | None = None) -> list[tuple[int, ProblemKind]]:
    return [(problem.row, problem.kind) for problem in read_roster(path, CLASSES, encoding).problems]


@pytest.mark.parametrize(
    ("saved_as", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030")]
)
def test_each_encoding_is_detected_and_read(tmp_path: Path, saved_as: str, found: str) -> None:
    path = save(tmp_path, f"{HEADER}a1,张三,A,{wallet(1)}\nA2,李四,高空,{wallet(2)}\n", saved_as)
    report = read_roster(path, CLASSES)
    assert report.encoding == found
    assert report.problems == ()
    assert [(row.row, row.id_number, row.name, row.class_id, row.wallet) for row in report.rows] == [
        (2, "A1", "张三", 0, wallet(1)),
        (3, "A2", "李四", 2, wallet(2)),
    ]


def test_utf_16_is_named_and_refused(tmp_path: Path) -> None:
    path = save(tmp_path, f"{HEADER}1,张三,A,{wallet(1)}\n", "utf-16")
    with pytest.raises(RosterFileError, match="UTF-16"):
        read_roster(path, CLASSES)


def test_neither_encoding_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = save(tmp_path, HEADER.encode() + b"1,\xff\xff,A," + wallet(1).encode() + b"\n")
    with pytest.raises(RosterFileError, match="neither in UTF-8 nor in GB18030"):
        read_roster(path, CLASSES)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_row_in_another_encoding_is_reported_and_the_others_stand(tmp_path: Path, encoding: str) -> None:
    lines = [f"{number},欧阳娜娜,A,{wallet(number)}\n".encode(encoding) for number in range(1, 6)]
    lines[2] = b"3,\xff\xfe\xff,A," + wallet(3).encode() + b"\n"
    path = save(tmp_path, HEADER.encode() + b"".join(lines))
    report = read_roster(path, CLASSES)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(4, ProblemKind.BAD_ENCODING)]
    assert [row.row for row in report.rows] == [2, 3, 5, 6]
    assert not report.is_clean


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (f"9,张三,Z,{wallet(9)}", ProblemKind.UNKNOWN_CLASS),
        ("9,张三,A,0x12", ProblemKind.MALFORMED_WALLET),
        (f"9,张三,A,{wallet(9)}0", ProblemKind.MALFORMED_WALLET),
        ("9,张三,A,0x5FbDB2315678afecb367f032d93F642f64180aA3", ProblemKind.WALLET_CHECKSUM),
        (f"9,张三,A,{wallet(0)}", ProblemKind.ZERO_WALLET),
        (f",张三,A,{wallet(9)}", ProblemKind.EMPTY_FIELD),
        (f"9,,A,{wallet(9)}", ProblemKind.EMPTY_FIELD),
        (f"9,张三,,{wallet(9)}", ProblemKind.EMPTY_FIELD),
        ("9,张三,A,", ProblemKind.EMPTY_FIELD),
        ("9,张三,A", ProblemKind.TOO_FEW_FIELDS),
        (f"9,张三,A,{wallet(9)},more", ProblemKind.EXTRA_FIELDS),
        (f"x1,张三,A,{wallet(9)}", ProblemKind.DUPLICATE_ID),
        (f'9,"张\n三",A,{wallet(9)}', ProblemKind.LINE_BREAK),
        (f"9,\0,A,{wallet(9)}", ProblemKind.MALFORMED_CSV),
        (f'9,"张"三,A,{wallet(9)}', ProblemKind.MALFORMED_CSV),
    ],
)
def test_a_bad_row_is_reported_alone(tmp_path: Path, row: str, kind: ProblemKind) -> None:
    path = save(tmp_path, f"{HEADER}X1,王五,A,{wallet(1)}\n{row}\nX3,赵六,B,{wallet(3)}\n")
    report = read_roster(path, CLASSES)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(3, kind)]
    assert [read.id_number for read in report.rows] == ["X1", "X3"]
    assert "{" not in str(report.problems[0])


def test_full_width_digits_and_spaces_are_the_same_person(tmp_path: Path) -> None:
    path = save(tmp_path, f"{HEADER}ab 12,王五,A,{wallet(1)}\n\uff21\uff22\uff11\uff12,王五,A,{wallet(2)}\n")
    assert kinds(path) == [(3, ProblemKind.DUPLICATE_ID)]


def test_a_family_wallet_is_allowed_with_a_warning(tmp_path: Path) -> None:
    path = save(tmp_path, f"{HEADER}1,王五,A,{wallet(1)}\n2,王六,B,{wallet(1)}\n")
    report = read_roster(path, CLASSES)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(3, ProblemKind.SHARED_WALLET)]
    assert report.is_clean
    assert len(report.rows) == 2


def test_a_wrong_check_digit_is_a_warning(tmp_path: Path) -> None:
    right, wrong = "11010519491231002X", "110105194912310021"
    path = save(tmp_path, f"{HEADER}{right},王五,A,{wallet(1)}\n{wrong},王六,A,{wallet(2)}\n")
    report = read_roster(path, CLASSES)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(3, ProblemKind.ID_CHECK_DIGIT)]
    assert report.is_clean


def test_the_header_may_be_chinese_in_any_order_with_contacts_and_other_columns(tmp_path: Path) -> None:
    path = save(tmp_path, f"备注,钱包,类别,姓名,身份证号,联系人\nx,{wallet(1)},A,王五,1,13800000000\n", "gb18030")
    report = read_roster(path, CLASSES)
    assert [(problem.row, problem.kind) for problem in report.problems] == [(1, ProblemKind.EXTRA_COLUMN)]
    assert report.rows[0].wallet == wallet(1)


def test_semicolons_and_tabs_are_read_too(tmp_path: Path) -> None:
    for delimiter in ";\t":
        path = save(tmp_path, f"{HEADER}1,王五,A,{wallet(1)}\n".replace(",", delimiter))
        assert len(read_roster(path, CLASSES).rows) == 1


def test_missing_and_repeated_columns_stop_the_reading(tmp_path: Path) -> None:
    path = save(tmp_path, f"id_number,name,name\n1,王五,{wallet(1)}\n")
    assert kinds(path) == [
        (1, ProblemKind.DUPLICATE_COLUMN),
        (1, ProblemKind.MISSING_COLUMN),
        (1, ProblemKind.MISSING_COLUMN),
    ]


def test_a_file_without_rows_or_header_says_so(tmp_path: Path) -> None:
    assert kinds(save(tmp_path, HEADER + ",,,\n\n")) == [(0, ProblemKind.NO_ROWS)]
    with pytest.raises(RosterFileError, match="no header"):
        read_roster(save(tmp_path, ""), CLASSES)


def test_a_file_that_is_not_there_or_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(RosterFileError, match="No such file"):
        read_roster(tmp_path / "none.csv", CLASSES)
    with pytest.raises(RosterFileError, match="folder"):
        read_roster(tmp_path, CLASSES)


def test_an_unclosed_quotation_mark_is_an_error_of_its_row(tmp_path: Path) -> None:
    path = save(tmp_path, f'{HEADER}1,王五,A,{wallet(1)}\n2,"王六,A,{wallet(2)}\n3,王七,A,{wallet(3)}\n')
    assert kinds(path) == [(3, ProblemKind.MALFORMED_CSV)]


def test_a_hundred_thousand_rows_are_all_judged(tmp_path: Path) -> None:
    lines = [f"N{number},王五,A,{wallet(number)}\n" for number in range(1, 100_001)]
    lines[77_776] = "N77777,王五,A,0x77\n"
    lines[99_999] = f"N5,王五,A,{wallet(100_000)}\n"
    report = read_roster(save(tmp_path, HEADER + "".join(lines)), CLASSES)
    assert report.total == 100_000
    assert len(report.rows) == 99_998
    assert [(problem.row, problem.kind) for problem in report.problems] == [
        (77_778, ProblemKind.MALFORMED_WALLET),
        (100_001, ProblemKind.DUPLICATE_ID),
    ]
