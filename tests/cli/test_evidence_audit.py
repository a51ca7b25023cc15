# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin audit --store` on a real chain, with evidence that people sealed, granted and judged at their clients."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.case import CLAIMANT, case_of
from support.cli import Founded
from support.inside import Inside, audited, drawn, stores_of
from tongxin.chain.primitives import keccak
from tongxin.cli import claim, evidence_end, evidence_give, evidence_read, evidence_seats, vote
from tongxin.evidence.access import prepare, seat_readers
from tongxin.evidence.given import Given
from tongxin.evidence.grants import Manifest, SeatGrant, wrap
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.keystore import Seat
from tongxin.evidence.shelf import Shelf

pytestmark = pytest.mark.chain
Found = Callable[[Mapping[str, object]], Founded]
PLAIN = b"what happened"
JURORS = (0, 2, 3, 4, 5, 6, 7, 8, 9)


def test_a_grant_to_a_stranger_and_untrue_words_of_jurors_are_found_and_a_document_that_is_gone(
    found_with: Found, tmp_path: Path
) -> None:
    """R-121, R-123, R-126."""
    founded = found_with({"court.panel_size": 3, "court.juror_bond": "14"})
    case = case_of(founded, tmp_path, JURORS)
    world, mutual, stores = founded.world, founded.mutual, stores_of(case)
    claimant = Inside(case, CLAIMANT)
    for number in (CLAIMANT, *JURORS):
        Inside(case, number).key()
    sealed = claimant.seal(PLAIN)
    claimant.file(sealed)
    jurors = drawn(case)
    for juror in jurors:
        juror.do(evidence_seats.announce)

    # The claimant's own program names a stranger's key for seat 1.
    told, state, panel = mutual.claim(1), mutual.court.state(1), mutual.jury.panel(8)
    assert panel is not None
    readers = seat_readers(mutual, Shelf(stores), 8, panel, state.attempt)
    key = claimant.keystore().document(told.evidence)
    assert key is not None
    given = Given(claimant.home / "evidence" / "given")
    ready = prepare(mutual, 1, told, state, readers=readers, key=key, given=given)
    stranger = Identity.generate(KeyKind.X25519).recipient
    grants = {**ready.grants, 1: wrap(key, stranger)}
    wrong = SeatGrant(seat=1, recipient=stranger.text, grant="0x" + hashlib.sha256(grants[1]).hexdigest())
    seats = tuple(wrong if entry.seat == 1 else entry for entry in ready.manifest.seats)
    manifest = Manifest.model_validate({**dict(ready.manifest), "seats": seats})
    for content in (*grants.values(), manifest.to_bytes()):
        stores.put(content)
    world.senders[CLAIMANT].send(mutual.court.grant(1, told, manifest.digest))

    # Seat 1 says truly that it cannot read; seat 2 could, and shows its key all the same.
    jurors[0].do(vote.commit, 1, level=1)
    assert "the wrapped key does not open" in jurors[1].refused(evidence_read.open_, "1", out=tmp_path / "no")
    jurors[1].do(vote.commit, 1, unreadable=True)
    secret = jurors[2].keystore().seat(Seat(31337, mutual.jury.address.lower(), 8, 2))
    assert secret is not None
    salt, sender = keccak(b"salt"), world.senders[jurors[2].number]
    hidden = mutual.jury.commitment(8, panel.attempt, 2, level=8, reason=secret.secret, salt=salt)
    sender.send(mutual.jury.commit(8, 2, bytes(32), hidden))
    jurors[0].do(vote.reveal, 1)
    jurors[1].do(vote.reveal, 1)
    sender.send(mutual.jury.reveal(8, 2, 8, secret.secret, salt))

    done = claimant.terminal.run("audit", *(word for store in case.stores for word in ("--store", store)), code=1)
    said = re.sub(r"\s+", " ", done.stdout)
    assert "the grant of seat 1 is for another key than its juror announced" in said
    assert "true, grant does not open (claim 1, panel 0, seat 1)" in said
    assert "it can be read (claim 1, panel 0, seat 2)" in said
    assert "1 checks FAIL" in said

    for path in case.blob(told.evidence.hex()):
        path.unlink()
    assert "no store has the evidence of claim 1 (and 1 more)" in audited(case)[1]
    # A store that is down says nothing of the claimant.
    case.stores[1].rename(tmp_path / "away")
    case.stores[1].write_bytes(b"no folder")
    assert "could not be looked for" in audited(case)[1]


def test_what_is_forgotten_once_a_claim_is_closed_is_no_failure(founded: Founded, tmp_path: Path) -> None:
    """R-127."""
    case = case_of(founded, tmp_path, (2, 3, 4))
    claimant = Inside(case, CLAIMANT)
    for number in (CLAIMANT, 2, 3, 4):
        Inside(case, number).key()
    claimant.file(claimant.seal(PLAIN))
    (juror,) = drawn(case)
    juror.do(evidence_seats.announce)
    claimant.do(evidence_give.grant, "1")
    juror.do(vote.commit, 1, level=1)
    juror.do(vote.reveal, 1)
    claimant.do(claim.push, 1)
    founded.world.travel(founded.mutual.court_terms.notice + 1)
    assert claimant.do(claim.push, 1)["stage"] == "granted"
    report, said = audited(case)
    assert (report.ok, "1 documents and 1 manifests there and whole" in said) == (True, True)
    document = founded.mutual.claim(1).evidence
    assert claimant.do(evidence_end.forget, claim=1)["remaining"] == []
    for path in case.blob(document.hex()):
        path.unlink()
    report, said = audited(case)
    assert report.ok, [check for check in report.checks if not check.ok]
    assert "1 of closed claims are gone" in said
