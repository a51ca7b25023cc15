# SPDX-License-Identifier: AGPL-3.0-only
"""Whoever was granted access needs nothing but `age` and `tar`; and what `age` seals is opened here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.age_program import AGE, AGE_KEYGEN, missing, run
from tongxin.evidence import age
from tongxin.evidence.grants import unwrap, wrap
from tongxin.evidence.keys import Identity, KeyKind, Recipient, kind_for, read_identities
from tongxin.evidence.sealing import open_document, seal

BORDERS = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 1_000_003]
OPTIONS = {KeyKind.X25519: (), KeyKind.HYBRID: ("-pq",)}


@pytest.fixture(autouse=True)
def age_is_there() -> None:
    assert not missing(), missing()


@pytest.fixture(params=list(KeyKind))
def kind(request: pytest.FixtureRequest) -> KeyKind:
    kind: KeyKind = request.param
    return kind


@pytest.fixture
def reader(tmp_path: Path, kind: KeyKind) -> Path:
    """A key file that `age-keygen` made."""
    run(AGE_KEYGEN, *OPTIONS[kind], "-o", tmp_path / "reader.key")
    return tmp_path / "reader.key"


def test_age_keygen_and_we_agree_on_keys(reader: Path, kind: KeyKind) -> None:
    (identity,) = read_identities(reader.read_text())
    told = run(AGE_KEYGEN, "-y", reader).decode().strip()
    assert identity.kind is kind
    assert Recipient.parse(told) == identity.recipient
    ours = Identity.generate(kind)
    assert run(AGE_KEYGEN, "-y", given=ours.text.encode()).decode().strip() == ours.recipient.text


@pytest.mark.parametrize("size", BORDERS)
def test_a_reader_gets_the_file_back_with_age_and_tar(tmp_path: Path, reader: Path, size: int) -> None:
    """The commands of the guide, as they stand there."""
    scan = tmp_path / "出院小结.pdf"
    scan.write_bytes(os.urandom(size))
    recipient = Recipient.parse(run(AGE_KEYGEN, "-y", reader).decode())
    key = Identity.generate(kind_for([recipient]))
    out = tmp_path / "out"
    seal([scan], out / "document.age", identity=key)
    (out / "x.grant.age").write_bytes(wrap(key, recipient))
    (tmp_path / "read").mkdir()
    done = subprocess.run(  # noqa: S602, what a person types
        "age -d -i ../reader.key ../out/x.grant.age > doc.key && age -d -i doc.key ../out/document.age | tar x",  # noqa: S607
        shell=True,
        cwd=tmp_path / "read",
        env=os.environ | {"PATH": f"{AGE.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "read" / scan.name).read_bytes() == scan.read_bytes()


@pytest.mark.parametrize("size", BORDERS)
def test_what_age_seals_is_opened_here(tmp_path: Path, reader: Path, size: int) -> None:
    data = os.urandom(size)
    recipient = run(AGE_KEYGEN, "-y", reader).decode().strip()
    run(AGE, "-r", recipient, "-o", tmp_path / "data.age", given=data)
    (identity,) = read_identities(reader.read_text())
    assert age.decrypt_bytes((tmp_path / "data.age").read_bytes(), identity) == data


@pytest.mark.parametrize("size", BORDERS)
def test_age_opens_what_is_sealed_here(tmp_path: Path, reader: Path, size: int) -> None:
    data = os.urandom(size)
    (identity,) = read_identities(reader.read_text())
    (tmp_path / "data.age").write_bytes(age.encrypt_bytes(data, identity.recipient))
    assert run(AGE, "-d", "-i", reader, tmp_path / "data.age") == data


def test_a_document_and_grant_made_by_hand_are_opened_here(tmp_path: Path, reader: Path, kind: KeyKind) -> None:
    (tmp_path / "a.pdf").write_bytes(b"first")
    (tmp_path / ("出院" * 20 + ".pdf")).write_bytes(b"second")
    tar = subprocess.run(
        ["tar", "-c", "--", "a.pdf", "出院" * 20 + ".pdf"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    run(AGE_KEYGEN, *OPTIONS[kind], "-o", tmp_path / "doc.key")
    run(
        AGE,
        "-r",
        run(AGE_KEYGEN, "-y", tmp_path / "doc.key").decode().strip(),
        "-o",
        tmp_path / "document.age",
        given=tar,
    )
    secret = read_identities((tmp_path / "doc.key").read_text())[0]
    run(AGE, "-r", run(AGE_KEYGEN, "-y", reader).decode().strip(), "-o", tmp_path / "g.age", given=secret.text.encode())
    (identity,) = read_identities(reader.read_text())
    opened = open_document(
        tmp_path / "document.age", unwrap((tmp_path / "g.age").read_bytes(), identity), tmp_path / "read"
    )
    assert [path.read_bytes() for path in opened] == [b"first", b"second"]


def test_age_refuses_what_we_sealed_when_it_was_changed(tmp_path: Path, reader: Path) -> None:
    (identity,) = read_identities(reader.read_text())
    sealed = bytearray(age.encrypt_bytes(bytes(1000), identity.recipient))
    sealed[-1] ^= 1
    (tmp_path / "data.age").write_bytes(sealed)
    run(AGE, "-d", "-i", reader, tmp_path / "data.age", works=False)


def test_age_opens_a_file_of_more_than_256_chunks(tmp_path: Path, reader: Path) -> None:
    """More than one byte of the chunk counter holds."""
    (identity,) = read_identities(reader.read_text())
    data = bytes(257 * 65536 + 1)
    (tmp_path / "data.age").write_bytes(age.encrypt_bytes(data, identity.recipient))
    assert run(AGE, "-d", "-i", reader, tmp_path / "data.age") == data
