# SPDX-License-Identifier: AGPL-3.0-only
"""Member ids are keyed tags, and their key lies sealed (R-129)."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pyrage
import pytest

from tongxin.evidence import age
from tongxin.roster import TagKey, TagKeyError

FUND = "0x" + "11" * 20
OTHER_FUND = "0x" + "22" * 20


def test_a_tag_is_keyed_and_bound_to_the_mutual(tmp_path: Path) -> None:
    key = TagKey.create(tmp_path / "a.key")
    other = TagKey.create(tmp_path / "b.key")
    tag = key.member_id(FUND, "110105 1949 1231 002x")
    assert tag == key.member_id(FUND, "11010519491231002X")
    assert (
        tag == hmac.new(key.secret, b"tongxin member_id 1\0" + b"\x11" * 20 + b"11010519491231002X", "sha256").digest()
    )
    assert len({tag, other.member_id(FUND, "11010519491231002X"), key.member_id(OTHER_FUND, "11010519491231002X")}) == 3
    assert tag != hashlib.sha256(b"11010519491231002X").digest()


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    key = TagKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert TagKey.load(path) == key
    assert key.secret.hex() not in repr(key)
    with pytest.raises(TagKeyError, match="never be replaced"):
        TagKey.create(path)
    assert TagKey.load(path) == key


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    TagKey.create(path)
    path.chmod(0o640)
    with pytest.raises(TagKeyError, match="chmod 600"):
        TagKey.load(path)


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"\xff\xff"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(TagKeyError, match="no key file"):
        TagKey.load(path)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(TagKeyError, match="attest key"):
        TagKey.load(tmp_path / "a.key")


@pytest.mark.usefixtures("light_scrypt")
def test_a_sealed_key_opens_with_its_password_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    key = TagKey.create(path, "correct horse")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert key.secret.hex().encode() not in path.read_bytes()
    assert TagKey.load(path, lambda: "correct horse") == key
    with pytest.raises(TagKeyError, match="password is wrong") as caught:
        TagKey.load(path, lambda: "battery staple")
    assert "battery" not in str(caught.value)
    with pytest.raises(TagKeyError, match="sealed by a password"):
        TagKey.load(path)


def test_a_sealed_key_is_what_age_makes_of_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    key = TagKey.create(path)
    path.write_bytes(pyrage.passphrase.encrypt(path.read_bytes(), "correct horse"))
    assert TagKey.load(path, lambda: "correct horse") == key


@pytest.mark.usefixtures("light_scrypt")
def test_a_sealed_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.touch(0o600)
    path.write_bytes(age.encrypt_bytes_with_passphrase(b"no key", "correct horse"))
    with pytest.raises(TagKeyError, match="no key file"):
        TagKey.load(path, lambda: "correct horse")


def test_an_empty_password_makes_no_key(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with pytest.raises(TagKeyError, match="password is empty"):
        TagKey.create(path, "")
    assert not path.exists()


def test_a_plain_key_asks_for_no_password(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    key = TagKey.create(path)

    def ask() -> str:
        raise AssertionError("a password was asked for")

    assert TagKey.load(path, ask) == key


def test_without_the_key_no_identity_number_of_a_small_space_is_found() -> None:
    """All numbers are tried in each way that needs no key, and with another mutual's key; with the key one fits."""
    numbers = [f"11010519491231{number:04d}" for number in range(2000)]
    key, other = TagKey(b"\x07" * 32), TagKey(b"\x08" * 32)
    seen = key.member_id(FUND, numbers[777])
    for number in numbers:
        message = b"tongxin member_id 1\0" + b"\x11" * 20 + number.encode()
        assert hashlib.sha256(message).digest() != seen
        assert hmac.new(b"\x11" * 20, number.encode(), "sha256").digest() != seen
        assert hmac.new(b"", message, "sha256").digest() != seen
        assert other.member_id(FUND, number) != seen
        assert TagKey(bytes(32)).member_id(FUND, number) != seen
    assert [number for number in numbers if key.member_id(FUND, number) == seen] == [numbers[777]]


def test_the_ids_of_two_mutuals_do_not_link() -> None:
    """Neither the other mutual's key nor its address turns one id into the other."""
    first, second = TagKey(b"\x07" * 32), TagKey(b"\x08" * 32)
    numbers = [f"11010519491231{number:04d}" for number in range(50)]
    here = {first.member_id(FUND, number) for number in numbers}
    there = {second.member_id(OTHER_FUND, number) for number in numbers}
    assert not here & there
    assert not here & {second.member_id(FUND, number) for number in numbers}
    assert not here & {first.member_id(OTHER_FUND, number) for number in numbers}
