# SPDX-License-Identifier: AGPL-3.0-only
"""The vectors that come with the age format: what must open, what must be refused, and where."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable

import pytest

from support.age_program import Vector, missing, vectors
from tongxin.evidence import age, header, stream
from tongxin.evidence.errors import DamagedError, WrongKeyError
from tongxin.evidence.keys import Identity, KeyKind

ANY_KEY = Identity.generate(KeyKind.X25519).text
VECTORS = vectors()
REFUSALS = {
    "no match": WrongKeyError,
    "header failure": DamagedError,
    "HMAC failure": DamagedError,
    "payload failure": DamagedError,
}


def test_all_vectors_are_there() -> None:
    assert not missing(), missing()
    assert len(VECTORS) > 140


def opened(vector: Vector) -> bytes:
    """What comes out under the first of the vector's keys that fits."""
    if phrases := vector.told.get("passphrase"):
        return age.decrypt_bytes_with_passphrase(vector.sealed, phrases[0])
    error: Exception | None = None
    for text in vector.told.get("identity", [ANY_KEY]):
        try:
            return age.decrypt_bytes(vector.sealed, Identity.parse(text))
        except WrongKeyError as refusal:
            error = refusal
    assert error
    raise error


def every(vectors: Iterable[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", [pytest.param(vector, id=vector.name) for vector in vectors])


@every(vector for vector in VECTORS if vector.binary)
def test_a_vector_opens_or_is_refused_as_it_must_be(vector: Vector) -> None:
    if vector.name == "scrypt_uppercase":  # its stanza is of no known kind, which is all that we say of it
        with pytest.raises(DamagedError):
            opened(vector)
    elif vector.expect == "success":
        assert hashlib.sha256(opened(vector)).hexdigest() == vector.told["payload"][0]
    else:
        with pytest.raises(REFUSALS[vector.expect]):
            opened(vector)


@every(vector for vector in VECTORS if not vector.binary)
def test_armour_is_refused(vector: Vector) -> None:
    with pytest.raises(DamagedError):
        opened(vector)


@every(
    vector for vector in VECTORS if vector.expect in {"success", "HMAC failure", "payload failure"} and vector.binary
)
def test_our_own_header_and_stream_do_the_same_whatever_wraps_the_file_key(vector: Vector) -> None:
    file_key = bytes.fromhex(vector.told["file key"][0])
    if vector.expect == "success":
        assert hashlib.sha256(opened_by_file_key(vector.sealed, file_key)).hexdigest() == vector.told["payload"][0]
    else:
        with pytest.raises(DamagedError):
            opened_by_file_key(vector.sealed, file_key)


def opened_by_file_key(sealed: bytes, file_key: bytes) -> bytes:
    source, sink = io.BytesIO(sealed), io.BytesIO()
    head = header.read(source)
    head.check(file_key)
    stream.open_(io.BytesIO(head.rest + source.read()), sink, file_key)
    return sink.getvalue()
