# SPDX-License-Identifier: AGPL-3.0-only
"""The age format: header, stream, keys. Its own vectors are in tests/evidence."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.evidence import age, header, hybrid, stream
from tongxin.evidence.errors import DamagedError, WrongKeyError
from tongxin.evidence.keys import Identity, KeyKind

BORDERS = [0, 1, 15, stream.CHUNK - 1, stream.CHUNK, stream.CHUNK + 1, 2 * stream.CHUNK, 3 * stream.CHUNK - 1]
READER = Identity.from_secret(KeyKind.HYBRID, bytes(range(32)))
OTHER = Identity.from_secret(KeyKind.HYBRID, bytes(32))
SEALED = age.encrypt_bytes(b"what the doctor wrote", READER.recipient)
FILE_KEY = bytes(range(16))

sizes = st.sampled_from(BORDERS) | st.integers(0, 3 * stream.CHUNK)


class Trickle:
    """A source that gives fewer bytes than it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readinto(self, buffer: memoryview, /) -> int:
        return self._data.readinto(buffer[:1021])

    def rest(self) -> bytes:
        return self._data.read()


@given(sizes)
@settings(max_examples=40)
def test_what_was_sealed_is_opened(size: int) -> None:
    data = bytes(size)
    sink = io.BytesIO()
    age.decrypt(Trickle(age.encrypt_bytes(data, READER.recipient)), sink, READER)
    assert sink.getvalue() == data


@pytest.mark.parametrize("size", BORDERS)
def test_each_length_needs_its_chunks_and_no_more(size: int) -> None:
    chunks = max(1, -(-size // stream.CHUNK))
    sink = io.BytesIO()
    stream.seal(Trickle(bytes(size)), sink, FILE_KEY)
    assert len(sink.getvalue()) == 16 + size + chunks * stream.TAG


def test_sealing_twice_gives_nothing_alike() -> None:
    again = age.encrypt_bytes(b"what the doctor wrote", READER.recipient)
    assert again.split(b"\n", 1)[1][:100] != SEALED.split(b"\n", 1)[1][:100]
    assert again[-37:] != SEALED[-37:]


def test_another_key_does_not_open() -> None:
    with pytest.raises(WrongKeyError):
        age.decrypt_bytes(SEALED, OTHER)
    with pytest.raises(WrongKeyError):
        age.decrypt_bytes(SEALED, Identity.generate(KeyKind.X25519))
    with pytest.raises(WrongKeyError):
        age.decrypt_bytes(age.encrypt_bytes(b"", Identity.generate(KeyKind.X25519).recipient), READER)


@given(st.integers(0, len(SEALED) * 8 - 1))
@settings(max_examples=400)
def test_every_flipped_bit_is_noticed(bit: int) -> None:
    damaged = bytearray(SEALED)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises((DamagedError, WrongKeyError)):
        age.decrypt_bytes(bytes(damaged), READER)


@given(st.integers(0, len(SEALED) - 1))
@settings(max_examples=100)
def test_every_cut_is_noticed(length: int) -> None:
    with pytest.raises(DamagedError):
        age.decrypt_bytes(SEALED[:length], READER)


@given(st.binary(min_size=1, max_size=40))
def test_nothing_can_be_appended(more: bytes) -> None:
    with pytest.raises(DamagedError):
        age.decrypt_bytes(SEALED + more, READER)


@given(st.integers(0, 8 * (16 + 3 * (stream.CHUNK + 16)) - 1), st.sampled_from(KeyKind))
@settings(max_examples=60)
def test_a_flipped_bit_in_a_long_stream_is_noticed(bit: int, kind: KeyKind) -> None:
    reader = Identity.from_secret(kind, bytes(range(32)))
    damaged = bytearray(LONG[kind])
    damaged[-1 - bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedError):
        age.decrypt_bytes(bytes(damaged), reader)


LONG = {
    kind: age.encrypt_bytes(bytes(3 * stream.CHUNK), Identity.from_secret(kind, bytes(range(32))).recipient)
    for kind in KeyKind
}


def chunks_of(payload: bytes) -> list[bytes]:
    size = stream.CHUNK + stream.TAG
    return [payload[at : at + size] for at in range(16, len(payload), size)]


@pytest.mark.parametrize("order", [[0, 1], [1, 0, 2], [0, 2], [0, 1, 1, 2], [0, 1, 2, 2], [2], []])
def test_chunks_can_be_neither_dropped_swapped_nor_repeated(order: list[int]) -> None:
    sink = io.BytesIO()
    stream.seal(io.BytesIO(bytes(3 * stream.CHUNK)), sink, FILE_KEY)
    payload = sink.getvalue()
    chunks = chunks_of(payload)
    with pytest.raises(DamagedError):
        stream.open_(io.BytesIO(payload[:16] + b"".join(chunks[i] for i in order)), io.BytesIO(), FILE_KEY)


def test_what_is_released_before_an_error_is_the_beginning_of_what_was_sealed() -> None:
    data = bytes(range(256)) * 10_000
    sink, released = io.BytesIO(), io.BytesIO()
    stream.seal(io.BytesIO(data), sink, FILE_KEY)
    with pytest.raises(DamagedError):
        stream.open_(io.BytesIO(sink.getvalue()[:-1]), released, FILE_KEY)
    assert data.startswith(released.getvalue())
    assert released.getvalue()


arguments = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
stanzas = st.builds(header.Stanza, st.lists(arguments, min_size=1, max_size=4).map(tuple), st.binary(max_size=200))


@given(
    st.lists(stanzas, min_size=1, max_size=5).map(tuple), st.binary(min_size=16, max_size=16), st.binary(max_size=50)
)
def test_a_header_is_read_back_and_its_mac_holds(
    stanzas: tuple[header.Stanza, ...], file_key: bytes, payload: bytes
) -> None:
    source = Trickle(header.write(stanzas, file_key) + payload)
    head = header.read(source)
    assert head.stanzas == stanzas
    assert head.rest + source.rest() == payload
    head.check(file_key)
    with pytest.raises(DamagedError):
        head.check(bytes(16) if file_key != bytes(16) else bytes([1] * 16))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"age-encryption.org/v1",
        b"age-encryption.org/v1\n",
        b"age-encryption.org/v2\n-> X25519 a\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X25519 a\n\n--- " + b"A" * 42 + b"\n",
        b"age-encryption.org/v1\n-> X25519 a\n\n---\n",
        b"age-encryption.org/v1\n-> X25519 a\n\n--- " + b"A" * 42 + b"B\n",
        b"age-encryption.org/v1\n-> X25519  a\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X25519 a\nQQ==\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X25519 a\n" + b"A" * 64 + b"\n--- " + b"A" * 43 + b"\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3Yx\n-----END AGE ENCRYPTED FILE-----\n",
        b"%PDF-1.7" + bytes(1000),
    ],
)
def test_a_header_that_is_malformed_is_refused(text: bytes) -> None:
    with pytest.raises(DamagedError):
        header.read(io.BytesIO(text))


def test_a_header_without_end_is_not_read_for_ever() -> None:
    class Endless:
        given = 0

        def readinto(self, buffer: memoryview, /) -> int:
            buffer[:] = b"A" * len(buffer)
            if not self.given:
                buffer[:22] = b"age-encryption.org/v1\n"
            self.given += len(buffer)
            return len(buffer)

    source = Endless()
    with pytest.raises(DamagedError, match="longer"):
        header.read(source)
    assert source.given < 2 * header.MOST_BYTES


@pytest.mark.parametrize(
    "stanza",
    [
        header.Stanza((hybrid.STANZA,), bytes(32)),
        header.Stanza((hybrid.STANZA, "AA"), bytes(32)),
        header.Stanza((hybrid.STANZA, header.encode_base64(bytes(1120)), "AA"), bytes(32)),
        header.Stanza((hybrid.STANZA, header.encode_base64(bytes(1120))), bytes(31)),
        header.Stanza((hybrid.STANZA, header.encode_base64(bytes(1120))), bytes(32)),
    ],
)
def test_a_hybrid_stanza_that_is_malformed_is_refused(stanza: header.Stanza) -> None:
    with pytest.raises(DamagedError):
        hybrid.unwrap(stanza, READER)


def test_stanzas_of_others_are_passed_over() -> None:
    wrapped = [hybrid.wrap(FILE_KEY, reader.recipient) for reader in (OTHER, READER)]
    grease = header.Stanza(("grease", "x"), b"abc")
    sink = io.BytesIO(header.write((grease, *wrapped), FILE_KEY))
    sink.seek(0, io.SEEK_END)
    stream.seal(io.BytesIO(b"for two"), sink, FILE_KEY)
    assert [age.decrypt_bytes(sink.getvalue(), reader) for reader in (OTHER, READER)] == [b"for two"] * 2


@pytest.mark.parametrize("kind", KeyKind)
def test_what_a_source_or_sink_raises_comes_out_unchanged(kind: KeyKind) -> None:
    class Broken:
        def readinto(self, _buffer: memoryview, /) -> int:
            raise KeyboardInterrupt

        def write(self, _block: object, /) -> int:
            raise OSError(28, "No space left on device")

    reader = Identity.from_secret(kind, bytes(range(32)))
    with pytest.raises(KeyboardInterrupt):
        age.encrypt(Broken(), io.BytesIO(), reader.recipient)
    with pytest.raises(OSError, match="No space") as refusal:
        age.encrypt(io.BytesIO(bytes(200000)), Broken(), reader.recipient)
    assert refusal.value.errno == 28
    with pytest.raises(OSError, match="No space"):
        age.decrypt(io.BytesIO(LONG[kind]), Broken(), reader)
    with pytest.raises(KeyboardInterrupt):
        age.decrypt(Broken(), io.BytesIO(), reader)


def test_a_passphrase_seals_and_opens() -> None:
    sealed = age.encrypt_bytes_with_passphrase(b"key", "correct horse")
    assert age.decrypt_bytes_with_passphrase(sealed, "correct horse") == b"key"
    with pytest.raises(WrongKeyError, match="passphrase"):
        age.decrypt_bytes_with_passphrase(sealed, "wrong horse")
    with pytest.raises(DamagedError):
        age.decrypt_bytes_with_passphrase(SEALED, "correct horse")
