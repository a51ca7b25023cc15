# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.cli.session import CommandError
from tongxin.cli.targets import SealedFolder, read_target, word_of
from tongxin.cli.text import shown
from tongxin.evidence import age
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.sealing import digest_of

KEY = Identity.generate(KeyKind.X25519)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """What `evidence seal` writes."""
    (tmp_path / "document.age").write_bytes(age.encrypt_bytes(b"plain", KEY.recipient))
    (tmp_path / "seal_key.txt").write_text(KEY.recipient.text + "\n", encoding="ascii")
    (tmp_path / "x.grant.age").write_bytes(age.encrypt_bytes(b"key", KEY.recipient))
    return tmp_path


def test_a_claim_a_hash_and_a_folder_are_told_apart(sealed: Path) -> None:
    document = sealed / "document.age"
    found = SealedFolder(document, digest_of(document), KEY.recipient, (sealed / "x.grant.age",))
    assert read_target("12") == 12
    assert read_target("0x" + "ab" * 32) == read_target("AB" * 32) == bytes.fromhex("ab" * 32)
    assert read_target("1" * 64) == bytes.fromhex("1" * 64)
    assert read_target(str(sealed)) == read_target(str(document)) == found


def test_a_sealed_file_of_another_name_stands_alone(sealed: Path) -> None:
    other = (sealed / "document.age").rename(sealed / "other.age")
    assert read_target(str(other)) == SealedFolder(other, digest_of(other), None, ())


@pytest.mark.parametrize("text", ["0", "-1", "nothing here"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        read_target(text)


def test_a_plain_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "document.age").write_bytes(b"plain")
    with pytest.raises(CommandError, match="is not sealed"):
        read_target(str(tmp_path))


def test_a_text_that_is_no_hash_is_refused() -> None:
    with pytest.raises(CommandError, match="no hash"):
        word_of("0x12")


def test_signs_that_steer_a_terminal_are_made_visible() -> None:
    assert shown("伤情\n\x1b[2Jdone\u202e") == "伤情\n\ufffd[2Jdone\ufffd"
