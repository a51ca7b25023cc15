# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.evidence import bech32
from tongxin.evidence.errors import KeyTextError
from tongxin.evidence.keys import Identity, KeyKind, Recipient, kind_for, read_identities

# From the age specification
X25519_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
X25519_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
HYBRID_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
HYBRID_RECIPIENT_BEGINS = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6caq5aapdmwjj"
HYBRID_RECIPIENT_ENDS = "k2ykx3qheyty7saeq0d3fzv49zc0k"
ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l-1"

secrets = st.binary(min_size=32, max_size=32)
kinds = st.sampled_from(KeyKind)


def test_the_specification_s_identities_give_its_recipients() -> None:
    assert Identity.parse(X25519_IDENTITY).recipient.text == X25519_RECIPIENT
    hybrid = Identity.parse(HYBRID_IDENTITY).recipient.text
    assert hybrid.startswith(HYBRID_RECIPIENT_BEGINS)
    assert hybrid.endswith(HYBRID_RECIPIENT_ENDS)


@given(kinds, secrets)
def test_texts_are_read_back(kind: KeyKind, secret: bytes) -> None:
    identity = Identity.from_secret(kind, secret)
    assert Identity.parse(identity.text) == identity
    assert Recipient.parse(f" {identity.recipient}\n") == identity.recipient
    assert identity.recipient.kind is kind


@given(secrets)
def test_what_is_announced_has_32_bytes_and_leads_back_to_the_recipient(secret: bytes) -> None:
    classical = Identity(KeyKind.X25519, secret).recipient
    assert Recipient.x25519(classical.public_key) == classical
    hybrid = Identity(KeyKind.HYBRID, secret).recipient
    assert hybrid.public_key == hashlib.sha256(hybrid.text.encode()).digest() == hybrid.digest


def test_two_identities_are_never_alike() -> None:
    assert len({Identity.generate(kind).secret for kind in KeyKind for _ in range(20)}) == 40


@given(kinds, secrets)
def test_a_secret_is_never_shown_by_accident(kind: KeyKind, secret: bytes) -> None:
    identity = Identity(kind, secret)
    shown = f"{identity} {identity!r} {vars(identity.recipient)}"
    assert identity.text not in shown
    assert secret.hex() not in shown
    assert repr(secret) not in shown


@given(kinds, secrets, st.data())
def test_one_wrong_letter_is_noticed(kind: KeyKind, secret: bytes, data: st.DataObject) -> None:
    identity = Identity(kind, secret)
    for text, parse in ((identity.text, Identity.parse), (identity.recipient.text, Recipient.parse)):
        place = data.draw(st.integers(0, len(text) - 1))
        letters = ALPHABET.replace(text[place].lower(), "")
        other = data.draw(st.sampled_from(letters.upper() if text.isupper() else letters))
        with pytest.raises(KeyTextError):
            parse(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        "age",
        "hello",
        X25519_RECIPIENT.upper(),
        X25519_RECIPIENT[:-1],
        X25519_IDENTITY,
        "age1pq" + X25519_RECIPIENT[3:],
    ],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(KeyTextError):
        Recipient.parse(text)


@pytest.mark.parametrize("text", ["", X25519_IDENTITY.lower(), X25519_IDENTITY[:-1], X25519_RECIPIENT, "Age-Secret"])
def test_what_is_no_identity_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(KeyTextError) as refusal:
        Identity.parse(text)
    assert not text or text not in str(refusal.value)


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        (2**255 - 19).to_bytes(32, "little"),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    ],
)
def test_a_key_that_would_open_to_everybody_is_refused(point: bytes) -> None:
    with pytest.raises(KeyTextError, match="not safe"):
        Recipient.x25519(point)
    mlkem = Identity.generate(KeyKind.HYBRID).recipient.raw[:-32]
    with pytest.raises(KeyTextError, match="not safe"):
        Recipient(bech32.encode("age1pq", mlkem + point))


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33)])
def test_an_announced_key_of_another_length_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyTextError):
        Recipient.x25519(raw)
    with pytest.raises(KeyTextError):
        Identity.from_secret(KeyKind.X25519, raw)


def test_a_key_file_is_read_as_age_keygen_writes_it() -> None:
    text = f"# created: 2026-11-23\n# public key: {X25519_RECIPIENT}\n{X25519_IDENTITY}\n\n{HYBRID_IDENTITY}\n"
    assert [identity.text for identity in read_identities(text)] == [X25519_IDENTITY, HYBRID_IDENTITY]
    with pytest.raises(KeyTextError, match="no secret key"):
        read_identities("# public key: none\n")
    with pytest.raises(KeyTextError):
        read_identities(f"{X25519_IDENTITY}\nsomething else\n")


def test_a_document_key_is_hybrid_if_every_reader_is() -> None:
    classical, hybrid = (Identity.generate(kind).recipient for kind in KeyKind)
    assert kind_for([]) is KeyKind.X25519
    assert kind_for([hybrid, classical]) is KeyKind.X25519
    assert kind_for([hybrid, hybrid]) is KeyKind.HYBRID


@given(st.binary(max_size=100))
def test_bech32_is_read_back(data: bytes) -> None:
    assert bech32.decode(bech32.encode("age", data)) == ("age", data)


@pytest.mark.parametrize(
    "text",
    [
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
        "a12uel5l",
    ],
)
def test_bip_173_s_valid_texts_pass_the_checksum(text: str) -> None:
    prefix, _, symbols = text.rpartition("1")
    values = ["qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(symbol) for symbol in symbols]
    assert bech32._polymod([*bech32._expanded(prefix), *values]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1nwldj5",
        "pzry9x0s0muk",
        "1pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "A1G7SGD8",
        "10a06t8",
        "1qzzfhee",
        "é1abcdefg",
    ],
)
def test_what_is_no_bech32_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bech32|checksum|padding"):
        bech32.decode(text)


def test_padding_that_is_not_zero_is_refused() -> None:
    symbols = [31, 31]
    remainder = bech32._polymod([*bech32._expanded("age"), *symbols, *[0] * 6]) ^ 1
    checksum = [remainder >> 5 * (5 - i) & 31 for i in range(6)]
    text = "age1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in [*symbols, *checksum])
    with pytest.raises(ValueError, match="padding"):
        bech32.decode(text)
