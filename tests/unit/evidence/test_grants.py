# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import json

import pytest

from tongxin.evidence import age
from tongxin.evidence.errors import DamagedError, ManifestError, WrongKeyError
from tongxin.evidence.grants import (
    MOST_GRANT_BYTES,
    MOST_MANIFEST_BYTES,
    Manifest,
    NoKeyInsideError,
    SeatGrant,
    unwrap,
    wrap,
)
from tongxin.evidence.keys import Identity, KeyKind

READER = Identity.generate(KeyKind.X25519)
HASH = "0x" + "ab" * 32


@pytest.mark.parametrize("reader_kind", KeyKind)
@pytest.mark.parametrize("document_kind", KeyKind)
def test_a_grant_gives_the_document_key_to_its_reader_alone(reader_kind: KeyKind, document_kind: KeyKind) -> None:
    key, reader = Identity.generate(document_kind), Identity.generate(reader_kind)
    grant = wrap(key, reader.recipient)
    assert unwrap(grant, reader) == key
    assert key.text.encode() not in grant
    with pytest.raises(WrongKeyError):
        unwrap(grant, Identity.generate(reader_kind))
    with pytest.raises(DamagedError):
        unwrap(grant[:-1], reader)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\xff", READER.recipient.text.encode(), b"AGE-SECRET-KEY-1QQQQ"],
    ids=["nothing", "a word", "no text", "a recipient", "half a key"],
)
def test_a_grant_without_a_key_is_said_to_hold_none(content: bytes) -> None:
    with pytest.raises(NoKeyInsideError) as refusal:
        unwrap(age.encrypt_bytes(content, READER.recipient), READER)
    assert not content or content.decode(errors="replace") not in str(refusal.value)


def test_a_huge_grant_is_refused_before_it_is_opened() -> None:
    with pytest.raises(NoKeyInsideError, match="longer"):
        unwrap(bytes(MOST_GRANT_BYTES + 1), READER)


def manifest(**changes: object) -> Manifest:
    kinds = (KeyKind.X25519, KeyKind.HYBRID)
    seats = tuple(
        SeatGrant(seat=seat, recipient=Identity.generate(kind).recipient.text, grant=HASH)
        for seat, kind in enumerate(kinds)
    )
    told = {
        "chain_id": 31337,
        "court": "0x" + "Cd" * 20,
        "claim": 7,
        "panel": 9,
        "attempt": 0,
        "document": HASH,
        "seal_key": HASH,
        "copies": ("ipfs:bafy123",),
        "seats": seats,
    }
    return Manifest.model_validate(told | changes)


def test_a_manifest_is_read_back_and_named_by_its_hash() -> None:
    written = manifest()
    data = written.to_bytes()
    assert Manifest.parse(data) == written
    assert Manifest.parse(data).to_bytes() == data
    assert written.digest == hashlib.sha256(data).digest()
    assert b" " not in data
    assert json.loads(data)["format"] == "tongxin-access/1"


def test_a_seat_finds_its_own() -> None:
    written = manifest()
    assert written.for_seat(1) == written.seats[1]
    assert written.for_seat(2) is None


def changed(**changes: object) -> bytes:
    return json.dumps(json.loads(manifest().to_bytes()) | changes).encode()


def without(field: str) -> bytes:
    told = json.loads(manifest().to_bytes())
    del told[field]
    return json.dumps(told).encode()


SEAT = {"seat": 0, "recipient": READER.recipient.text, "grant": HASH}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "beginning"),
        (b"[]", "beginning"),
        (b"\xff", "beginning"),
        (b'{"format":"tongxin-access/1"}', "chain_id"),
        (changed(format="tongxin-access/2"), "format"),
        (without("format"), "format"),
        (changed(claim=-1), "claim"),
        (changed(claim="7"), "claim"),
        (changed(claim=1 << 256), "claim"),
        (changed(court="0x12"), "court"),
        (changed(document=HASH[:-1]), "document"),
        (changed(document=HASH.upper()), "document"),
        (changed(copies=["http://x/ y"]), "copies.0"),
        (changed(copies=["/etc/passwd"]), "copies.0"),
        (changed(copies=["ipfs:a"] * 17), "copies"),
        (changed(name="Zhang San"), "name"),
        (changed(seats=[SEAT | {"name": "Zhang San"}]), "seats.0.name"),
        (changed(seats=[SEAT | {"recipient": "age1"}]), "seats.0"),
        (changed(seats=[SEAT, SEAT]), "beginning"),
        (changed(seats=[SEAT | {"seat": 1}, SEAT]), "beginning"),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes, where: str) -> None:
    with pytest.raises(ManifestError, match=where) as refusal:
        Manifest.parse(data)
    assert "Zhang" not in str(refusal.value)


def test_a_huge_manifest_is_refused_before_it_is_read() -> None:
    with pytest.raises(ManifestError, match="longer"):
        Manifest.parse(b" " * (MOST_MANIFEST_BYTES + 1))
