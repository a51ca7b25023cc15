# SPDX-License-Identifier: AGPL-3.0-only
"""R-126: a juror who could not read can show it, and nobody can say so falsely."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tongxin.evidence import age
from tongxin.evidence.errors import OpenError
from tongxin.evidence.grants import Manifest, SeatGrant, wrap
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.sealing import seal
from tongxin.evidence.unreadable import Access, Finding, examine


def hashed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass
class Case:
    """A claim that was granted to one seat, as the chain and the stores have it."""

    seat_key: Identity
    access: Access
    manifest: bytes
    grant: bytes
    document: Path

    def with_grant(self, grant: bytes) -> Case:
        """The claimant named this grant."""
        written = Manifest.parse(self.manifest)
        seats = (written.seats[0].model_copy(update={"grant": f"0x{hashed(grant).hex()}"}),)
        manifest = written.model_copy(update={"seats": seats}).to_bytes()
        return replace(self, grant=grant, manifest=manifest, access=replace(self.access, keys_hash=hashed(manifest)))

    def finding(self) -> Finding:
        return examine(self.access, self.seat_key, manifest=self.manifest, grant=self.grant, document=self.document)


@pytest.fixture(params=list(KeyKind))
def case(tmp_path: Path, request: pytest.FixtureRequest) -> Case:
    seat_key, document_key = Identity.generate(request.param), Identity.generate(request.param)
    (tmp_path / "scan.pdf").write_bytes(b"scan" * 30_000)
    sealed = seal([tmp_path / "scan.pdf"], tmp_path / "document.age", identity=document_key)
    grant = wrap(document_key, seat_key.recipient)
    manifest = Manifest(
        chain_id=1,
        court="0x" + "00" * 20,
        claim=1,
        panel=2,
        attempt=0,
        document=f"0x{sealed.digest.hex()}",
        seal_key=f"0x{document_key.recipient.digest.hex()}",
        seats=(SeatGrant(seat=3, recipient=seat_key.recipient.text, grant=f"0x{hashed(grant).hex()}"),),
    ).to_bytes()
    access = Access(
        seat=3,
        announced=seat_key.recipient.public_key,
        keys_hash=hashed(manifest),
        evidence=sealed.digest,
        seal_key=document_key.recipient.digest,
    )
    return Case(seat_key, access, manifest, grant, sealed.path)


def test_what_was_granted_rightly_is_readable(case: Case) -> None:
    assert case.finding() is Finding.READABLE
    assert not Finding.READABLE.unreadable


def test_the_secret_shown_with_a_vote_gives_the_same_answer(case: Case) -> None:
    shown = Identity.from_secret(case.seat_key.kind, case.seat_key.secret)
    assert replace(case, seat_key=shown).finding() is Finding.READABLE


def test_a_secret_that_was_not_announced_proves_nothing(case: Case) -> None:
    finding = replace(case, seat_key=Identity.generate(case.seat_key.kind)).finding()
    assert finding is Finding.NOT_THE_SEAT_KEY
    assert not finding.unreadable


def test_a_manifest_that_is_lost_other_or_none(case: Case) -> None:
    broken = b"{}"
    for other in (
        examine(case.access, case.seat_key, manifest=None, grant=case.grant, document=case.document),
        replace(case, manifest=case.manifest + b" ").finding(),
        replace(case, manifest=broken, access=replace(case.access, keys_hash=hashed(broken))).finding(),
    ):
        assert other is Finding.NO_MANIFEST
        assert other.unreadable


def test_a_seat_that_the_manifest_leaves_out(case: Case) -> None:
    assert replace(case, access=replace(case.access, seat=4)).finding() is Finding.NOT_NAMED


def test_a_grant_that_is_lost_or_altered(case: Case) -> None:
    lost = examine(case.access, case.seat_key, manifest=case.manifest, grant=None, document=case.document)
    assert lost is Finding.NO_GRANT
    assert replace(case, grant=case.grant + b"!").finding() is Finding.GRANT_DIFFERS


def test_a_grant_that_does_not_open(case: Case) -> None:
    other = wrap(Identity.generate(KeyKind.X25519), Identity.generate(KeyKind.X25519).recipient)
    for grant in (other, case.grant[:-1], b"garbage"):
        assert case.with_grant(grant).finding() is Finding.GRANT_SHUT


def test_a_grant_that_holds_no_key_or_another(case: Case) -> None:
    to_seat = case.seat_key.recipient
    assert case.with_grant(age.encrypt_bytes(b"no key", to_seat)).finding() is Finding.NO_KEY
    assert case.with_grant(wrap(Identity.generate(KeyKind.X25519), to_seat)).finding() is Finding.OTHER_KEY


def test_a_document_that_is_lost_or_another(case: Case) -> None:
    lost = examine(case.access, case.seat_key, manifest=case.manifest, grant=case.grant, document=None)
    assert lost is Finding.NO_DOCUMENT
    case.document.write_bytes(b"another")
    assert case.finding() is Finding.NO_DOCUMENT
    case.document.unlink()
    assert case.finding() is Finding.NO_DOCUMENT


@pytest.mark.parametrize("content", [b"no archive" * 10_000, None])
def test_a_document_that_does_not_open(case: Case, content: bytes | None) -> None:
    stranger = Identity.generate(KeyKind.X25519).recipient
    key = age.decrypt_bytes(case.grant, case.seat_key).decode()
    mine = Identity.parse(key).recipient
    data = age.encrypt_bytes(content or b"", mine if content else stranger)
    case.document.write_bytes(data)
    finding = replace(case, access=replace(case.access, evidence=hashed(data))).finding()
    assert finding is Finding.DOCUMENT_UNREADABLE
    assert finding.unreadable


def test_a_document_that_this_machine_cannot_read_proves_nothing(case: Case) -> None:
    case.document.unlink()
    case.document.mkdir()
    with pytest.raises(OpenError):
        case.finding()
