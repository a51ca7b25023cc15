# SPDX-License-Identifier: AGPL-3.0-only
"""A list lies sealed and is opened in memory alone (R-129)."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from tongxin.roster import (
    RosterFileError,
    SealedFileError,
    destroy_plain,
    is_sealed,
    read_contributions,
    read_roster,
    seal_file,
)

WALLET = f"0x{9:040x}"
ROSTER = f"id_number,name,class,wallet\n11010519491231002X,欧阳娜娜,A,{WALLET}\n"
PAIR = pyrage.x25519.Identity.generate()


def sealer(raw: bytes) -> bytes:
    return bytes(pyrage.encrypt(raw, [PAIR.to_public()]))


def opener(raw: bytes) -> bytes:
    return bytes(pyrage.decrypt(raw, [PAIR]))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="gb18030")
    return path


@pytest.fixture
def sealed(plain: Path) -> Path:
    path = plain.with_name("roster.csv.age")
    seal_file(plain, path, sealer)
    return path


def test_a_sealed_roster_reads_as_the_plain_one_and_nothing_else_is_written(plain: Path, sealed: Path) -> None:
    report = read_roster(sealed, {"A": 0}, opener=opener)
    assert report == read_roster(plain, {"A": 0})
    assert report.rows[0].name == "欧阳娜娜"
    assert sorted(path.name for path in plain.parent.iterdir()) == ["roster.csv", "roster.csv.age"]


def test_a_sealed_file_is_private_and_tells_nothing(plain: Path, sealed: Path) -> None:
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert is_sealed(sealed.read_bytes())
    assert not is_sealed(plain.read_bytes())
    for secret in (b"11010519491231002X", "欧阳娜娜".encode("gb18030"), WALLET.encode()):
        assert secret in plain.read_bytes()
        assert secret not in sealed.read_bytes()


def test_a_sealed_list_of_payments_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"member,amount\n0x{'ab' * 32},5\n", encoding="utf-8")
    sealed = tmp_path / "list.age"
    seal_file(path, sealed, sealer)
    assert read_contributions(sealed, 6, opener=opener).rows[0].amount == 5_000_000


def test_without_a_key_a_sealed_roster_is_refused_with_the_reason(sealed: Path) -> None:
    with pytest.raises(RosterFileError, match="sealed"):
        read_roster(sealed, {"A": 0})


def test_an_armoured_file_is_recognised(tmp_path: Path, plain: Path) -> None:
    path = tmp_path / "roster.asc"
    path.write_bytes(pyrage.encrypt(plain.read_bytes(), [PAIR.to_public()], armored=True))
    with pytest.raises(RosterFileError, match="sealed"):
        read_roster(path, {"A": 0})


def test_sealing_replaces_nothing(plain: Path, sealed: Path) -> None:
    before = sealed.read_bytes()
    with pytest.raises(SealedFileError, match="exists already"):
        seal_file(plain, sealed, sealer)
    with pytest.raises(SealedFileError, match="sealed already"):
        seal_file(sealed, plain.with_name("twice.age"), sealer)
    with pytest.raises(SealedFileError, match="No such file"):
        seal_file(plain.with_name("none.csv"), plain.with_name("none.age"), sealer)
    with pytest.raises(SealedFileError, match="cannot be written"):
        seal_file(plain, plain.parent / "no" / "folder.age", sealer)
    assert sealed.read_bytes() == before


def test_the_plain_file_is_overwritten_before_it_goes(plain: Path, sealed: Path) -> None:
    other_name = plain.with_name("same-file")
    other_name.hardlink_to(plain)
    destroy_plain(plain, sealed, opener)
    assert not plain.exists()
    assert other_name.read_bytes() == bytes(len(ROSTER.encode("gb18030")))
    assert read_roster(sealed, {"A": 0}, opener=opener).total == 1


def test_a_link_goes_with_the_file_it_names(plain: Path, sealed: Path) -> None:
    link = plain.with_name("link.csv")
    link.symlink_to(plain)
    destroy_plain(link, sealed, opener)
    assert not plain.exists()
    assert not link.is_symlink()


def test_a_plain_file_stays_while_the_sealed_one_is_not_the_same(plain: Path, sealed: Path) -> None:
    plain.write_text(ROSTER + "one,more,A,0x1\n", encoding="gb18030")
    with pytest.raises(SealedFileError, match="nothing was destroyed"):
        destroy_plain(plain, sealed, opener)
    with pytest.raises(pyrage.DecryptError):
        destroy_plain(plain, sealed, lambda raw: bytes(pyrage.decrypt(raw, [pyrage.x25519.Identity.generate()])))
    assert plain.read_text(encoding="gb18030").endswith("one,more,A,0x1\n")
