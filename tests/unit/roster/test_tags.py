# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

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
