# SPDX-License-Identifier: AGPL-3.0-only
"""Sealing and opening at the terminal where there is no chain: wrong keys, wrong words, nothing plain leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.cli import Cli
from tongxin.evidence.keys import Identity, KeyKind

PLAIN = "张三 110101199003071234".encode()
pytestmark = pytest.mark.chain  # no socket is opened; it marks what takes processes of its own


@pytest.fixture
def owner(tmp_path: Path) -> Cli:
    """Somebody with a reader key."""
    made = somebody(tmp_path, "owner")
    made.run("evidence", "key", "new")
    return made


def somebody(folder: Path, name: str) -> Cli:
    home = folder / name
    home.mkdir()
    return Cli(home, password="correct horse", stores=str(folder / "store"))


def plain(folder: Path) -> Path:
    path = folder / "病历.txt"
    path.write_bytes(PLAIN)
    return path


def test_a_sealed_file_opens_for_its_readers_alone(owner: Cli, tmp_path: Path) -> None:
    reader = somebody(tmp_path, "reader")
    recipient = reader.answer("evidence", "key", "new")["recipient"]
    sealed = owner.answer("evidence", "seal", plain(tmp_path), "--reader", recipient, "--out", tmp_path / "sealed")
    assert list(sealed["grants"].values()) == [recipient]
    for path in (tmp_path / "sealed").iterdir():
        assert PLAIN not in path.read_bytes()
        assert "病历" not in path.name
    opened = reader.answer("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "read")
    assert Path(opened["files"][0]).read_bytes() == PLAIN
    assert "overwritten" in reader.failure("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "read")
    wrong = owner.using(password="battery staple")
    failure = wrong.failure("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "never")
    assert "passphrase does not open" in failure
    assert "battery" not in failure
    stranger = somebody(tmp_path, "stranger")
    stranger.run("evidence", "key", "new")
    assert "no key at hand" in stranger.failure("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "never")
    assert not (tmp_path / "never").exists()
    damaged = tmp_path / "sealed" / "document.age"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert "no key at hand" in owner.failure("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "never")


def test_nothing_plain_is_put_and_nothing_is_sealed_that_nobody_could_open(owner: Cli, tmp_path: Path) -> None:
    file = plain(tmp_path)
    assert "is not sealed" in owner.failure("evidence", "put", file)
    stranger = somebody(tmp_path, "stranger")
    assert "evidence key new" in stranger.failure("evidence", "seal", file, "--out", tmp_path / "none")
    assert "nobody could ever open" in stranger.failure(
        "evidence", "seal", file, "--out", tmp_path / "none", "--no-keep"
    )
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "store").exists()
    reader = Identity.generate(KeyKind.HYBRID)
    to_reader = ("--reader", reader.recipient.text)
    assert "evidence key new" in stranger.failure(
        "evidence", "seal", file, "--out", tmp_path / "none", "--keep", *to_reader
    )
    alone = stranger.run("evidence", "seal", file, "--out", tmp_path / "alone", *to_reader)
    assert "only the readers can open it" in alone.stderr
    done = stranger.answer("evidence", "seal", file, "--out", tmp_path / "sealed", "--no-keep", *to_reader)
    assert (done["kind"], done["kept"]) == (2, False)
    put = stranger.answer("evidence", "put", tmp_path / "sealed")
    assert [item["stores"][0]["state"] for item in put["blobs"]] == ["stored", "stored"]
    assert "exists" in owner.failure("evidence", "seal", file, "--out", tmp_path / "sealed")


def test_a_key_is_rotated_and_a_lost_one_gets_a_neighbour(owner: Cli, tmp_path: Path) -> None:
    owner.run("evidence", "seal", plain(tmp_path), "--out", tmp_path / "sealed")
    assert "already" in owner.failure("evidence", "key", "new")
    rotated = owner.answer("evidence", "key", "rotate", "--destroy-older")
    assert (rotated["number"], rotated["moved"], rotated["shut"], rotated["destroyed"]) == (2, 1, 0, [1])
    owner.run("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "opened")
    forgetful = owner.using(password="battery staple")
    assert "passphrase does not open" in forgetful.failure("evidence", "key", "rotate")
    made = forgetful.answer("evidence", "key", "new", "--lost")
    assert (made["number"], len(made["shut"])) == (3, 1)
    forgetful.run("evidence", "seal", plain(tmp_path), "--out", tmp_path / "sealed-again")
    forgetful.run("evidence", "open", tmp_path / "sealed-again", "--out", tmp_path / "opened-again")
    owner.run("evidence", "open", tmp_path / "sealed", "--out", tmp_path / "opened-once-more")
    shown = json.loads(owner.run("evidence", "key", "show", "--json").stdout)
    assert [item["number"] for item in shown["readers"]] == [2, 3]


def test_a_document_is_forgotten_without_a_chain(owner: Cli, tmp_path: Path) -> None:
    reader = Identity.generate(KeyKind.X25519).recipient.text
    sealed = owner.answer("evidence", "seal", plain(tmp_path), "--reader", reader, "--out", tmp_path / "sealed")
    owner.run("evidence", "put", tmp_path / "sealed")
    assert "say what to forget" in owner.failure("evidence", "forget")
    done = owner.answer("evidence", "forget", tmp_path / "sealed")
    assert sorted(path.name for path in (tmp_path / "sealed").iterdir()) == ["document.age", "seal_key.txt"]
    assert (done["destroyed"], done["kept"], len(done["deleted"]), done["remaining"]) == ([sealed["digest"]], [], 1, [])
    assert len([path for path in (tmp_path / "store").rglob("*") if path.is_file()]) == 1
    assert "no key at hand" in owner.failure("evidence", "open", sealed["digest"], "--out", tmp_path / "none")
    assert "is not yours" in owner.failure("evidence", "forget", tmp_path / "sealed")


def test_a_reader_is_taken_back_without_a_chain(owner: Cli, tmp_path: Path) -> None:
    one, other = (Identity.generate(KeyKind.X25519).recipient.text for _count in range(2))
    sealed = tmp_path / "sealed"
    owner.run("evidence", "seal", plain(tmp_path), "--reader", one, "--reader", other, "--out", sealed)
    owner.run("evidence", "put", sealed)
    done = owner.answer("evidence", "revoke", sealed, "--reader", one)
    assert (len(done["deleted"]), done["remaining"]) == (1, [])
    # The wrapped key beside the document goes too, or the next `put` would bring it back.
    assert [path.name for path in sealed.glob("*.grant.age")] == [f"{other[-12:]}.grant.age"]
    assert len([path for path in (tmp_path / "store").rglob("*") if path.is_file()]) == 2
    assert "was not granted this document" in owner.failure("evidence", "revoke", sealed, "--reader", one)
