# SPDX-License-Identifier: AGPL-3.0-only
"""What the audit says of evidence: what claims name is there, grants go to drawn seats alone (R-121 to R-127)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tongxin.audit.evidence import check_evidence
from tongxin.audit.report import Check, Findings, Name
from tongxin.chain.events import (
    AccessGranted,
    Closed,
    Cured,
    Event,
    Filed,
    RawLog,
    Revealed,
    SeatKeyAnnounced,
    SeatsDrawn,
    VotingStarted,
)
from tongxin.evidence.grants import Manifest, SeatGrant, wrap
from tongxin.evidence.keys import Identity, KeyKind, Recipient
from tongxin.evidence.sealing import seal
from tongxin.evidence.stores import Stores
from tongxin.evidence.stores.folder import FolderStore
from tongxin.words import SEATS as SEATS_WORD

COURT = "0x" + "c0" * 20
KEY = 8
SEATS = 3


@dataclass
class Story:
    """One claim, its panel of three and the store; `events` is what the chain would say."""

    folder: Path
    events: list[Event] = field(default_factory=list)
    key: Identity = field(default_factory=lambda: Identity.generate(KeyKind.X25519))
    seats: list[Identity] = field(default_factory=lambda: [Identity.generate(KeyKind.X25519) for _ in range(SEATS)])
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.stores = Stores([FolderStore(self.folder / "store")])
        sealed = seal([], self.folder / "document.age", identity=self.key, extra={"letter.txt": b"a letter"})
        self.document = self.stores.put(sealed.path).digest
        self.summary = self.stores.put(b"summary").digest

    def say(self, event: type[Event], /, **fields: Any) -> None:
        named = {name: 0 for name in event.__dataclass_fields__ if name not in {"contract", "log"}}
        log = RawLog(COURT, (), b"", next(self.numbers), "0x", 0)
        self.events.append(event(log=log, **(named | fields)))

    def file(self) -> None:
        digest = self.key.recipient.digest
        self.say(Filed, c=1, evidence=self.document, seal_key=digest, summary=self.summary)
        self.say(SeatsDrawn, key=KEY, w=0, seats=seated(1, 2, 3))

    def announce(self, *, leave_out: int | None = None) -> None:
        for seat, identity in enumerate(self.seats):
            if seat != leave_out:
                self.say(SeatKeyAnnounced, key=KEY, seat=seat, kind=1, public_key=identity.recipient.public_key)

    def grant(self, *, to: dict[int, Recipient] | None = None, key: Identity | None = None, **changes: Any) -> None:
        """The claimant's access; `to` names other recipients, `key` another key, `changes` other fields."""
        entries = []
        for seat, identity in enumerate(self.seats):
            recipient = (to or {}).get(seat, identity.recipient)
            grant = self.stores.put(wrap(key or self.key, recipient)).digest
            entries.append(SeatGrant(seat=seat, recipient=recipient.text, grant="0x" + grant.hex()))
        fields: dict[str, Any] = {
            "chain_id": 1,
            "court": COURT,
            "claim": 1,
            "panel": 0,
            "attempt": 0,
            "document": "0x" + self.document.hex(),
            "seal_key": "0x" + self.key.recipient.digest.hex(),
            "seats": tuple(entries),
        }
        manifest = Manifest(**(fields | changes))
        self.access(self.stores.put(manifest.to_bytes()).digest)

    def access(self, keys_hash: bytes) -> None:
        self.say(VotingStarted, key=KEY, attempt=0)
        self.say(AccessGranted, c=1, key=KEY, keys_hash=keys_hash)

    def complain(self, seat: int) -> None:
        self.say(Revealed, key=KEY, seat=seat, level=8, reason=self.seats[seat].secret, salt=bytes(32))

    def close(self) -> None:
        self.say(Closed, c=1)

    def verdict(self, *, with_stores: bool = True) -> Check:
        findings = Findings()
        check_evidence(self.events, self.stores if with_stores else None, findings, lambda *_: None)
        return next(check for check in findings.checks() if check.name == Name.EVIDENCE)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def usual(story: Story) -> None:
    story.file()
    story.announce()
    story.grant()


def test_a_usual_claim_holds(story: Story) -> None:
    usual(story)
    check = story.verdict()
    assert check.ok, check.detail
    assert "1 documents and 1 manifests there and whole" in check.detail


def test_without_stores_hashes_are_counted_and_that_is_said(story: Story) -> None:
    usual(story)
    check = story.verdict(with_stores=False)
    assert check.ok
    assert "hashes only" in check.detail
    assert "1 claims, 1 accesses" in check.detail


def test_a_claim_that_names_nothing_fails(story: Story) -> None:
    story.say(Filed, c=1, evidence=bytes(32), seal_key=bytes(32), summary=bytes(32))
    assert not story.verdict(with_stores=False).ok


@pytest.mark.parametrize("what", ["document", "summary", "manifest"])
def test_what_is_missing_of_an_open_claim_fails_and_of_a_closed_one_is_counted(story: Story, what: str) -> None:
    usual(story)
    manifest = next(event.keys_hash for event in story.events if isinstance(event, AccessGranted))
    story.stores.delete({"document": story.document, "summary": story.summary, "manifest": manifest}[what])
    assert not story.verdict().ok
    story.close()
    closed = story.verdict()
    assert closed.ok
    assert "1 of closed claims are gone" in closed.detail


def test_a_damaged_document_is_a_missing_one(story: Story) -> None:
    usual(story)
    (path,) = (path for path in (story.folder / "store").rglob(story.document.hex()) if path.is_file())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not story.verdict().ok


def test_a_grant_to_a_seat_that_announced_no_key_fails(story: Story) -> None:
    story.file()
    story.announce(leave_out=1)
    story.grant()
    assert "seat 1, which had announced no key" in story.verdict().detail


def test_a_key_announced_after_the_access_does_not_count(story: Story) -> None:
    story.file()
    story.announce(leave_out=2)
    story.grant()
    story.say(SeatKeyAnnounced, key=KEY, seat=2, kind=1, public_key=story.seats[2].recipient.public_key)
    assert not story.verdict().ok


def test_a_grant_to_somebody_who_was_not_drawn_fails(story: Story) -> None:
    story.file()
    story.announce()
    story.grant(to={0: Identity.generate(KeyKind.X25519).recipient})
    assert "seat 0 is for another key" in story.verdict().detail


def seated(*places: int) -> int:
    """What a draw logs: index + 1 of the volunteer on each seat."""
    return sum(place << SEATS_WORD.bits("seat_0") * seat for seat, place in enumerate(places))


def test_a_new_draw_forgets_the_keys_of_those_who_lost_their_seats(story: Story) -> None:
    story.file()
    story.announce()
    story.say(SeatsDrawn, key=KEY, w=0, attempt=1, seats=seated(1, 4, 3))
    story.grant()
    check = story.verdict()
    assert not check.ok
    assert "seat 1, which had announced no key" in check.detail
    assert "more" not in check.detail


def test_hybrid_keys_are_compared_by_their_hash(story: Story) -> None:
    story.seats = [Identity.generate(KeyKind.HYBRID) for _ in range(SEATS)]
    usual(story)
    assert story.verdict().ok


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"claim": 2}, "another panel"),
        ({"panel": 1}, "another panel"),
        ({"attempt": 1}, "another panel"),
        ({"court": "0x" + "c1" * 20}, "another panel"),
        ({"document": "0x" + "11" * 32}, "another document"),
        ({"seal_key": "0x" + "11" * 32}, "another document key"),
    ],
)
def test_a_manifest_of_something_else_fails(story: Story, changes: dict[str, Any], said: str) -> None:
    story.file()
    story.announce()
    story.grant(**changes)
    check = story.verdict()
    assert not check.ok
    assert said in check.detail


def test_a_manifest_that_is_none_fails(story: Story) -> None:
    story.file()
    story.announce()
    story.access(story.stores.put(b"no manifest").digest)
    assert not story.verdict().ok


def test_after_a_cure_the_new_document_is_asked_for(story: Story) -> None:
    usual(story)
    sealed = seal([], story.folder / "second.age", identity=story.key, extra={"more.txt": b"more"})
    story.say(Cured, c=1, evidence=sealed.digest)
    assert "evidence of claim 1" in story.verdict().detail
    story.stores.put(sealed.path)
    assert story.verdict().ok


def test_a_juror_is_judged_by_the_document_of_the_access_and_not_by_that_of_a_later_cure(story: Story) -> None:
    usual(story)
    story.complain(1)
    sealed = seal([], story.folder / "second.age", identity=story.key, extra={"more.txt": b"more"})
    story.say(Cured, c=1, evidence=story.stores.put(sealed.path).digest)
    assert "could not be read: it can be read" in story.verdict().detail
    story.stores.delete(story.document)
    check = story.verdict()
    assert check.ok
    assert "could not be read: cannot be told any more" in check.detail


def test_a_juror_who_got_no_manifest_at_all_told_the_truth(story: Story) -> None:
    story.file()
    story.announce()
    story.access(story.stores.put(b"no manifest").digest)
    story.complain(1)
    check = story.verdict()
    assert "this is no manifest" in check.detail
    assert "true, no manifest (claim 1, panel 0, seat 1)" in check.detail


def test_a_store_that_is_down_is_said_to_be_and_proves_nothing(story: Story) -> None:
    usual(story)
    story.complain(1)
    down = story.folder / "down"
    down.write_bytes(b"no folder")
    story.stores = Stores([FolderStore(story.folder / "empty"), FolderStore(down)])
    check = story.verdict()
    assert not check.ok
    assert "could not be looked for" in check.detail
    assert str(down) in check.detail
    assert "no store has" not in check.detail
    assert "could not be read" not in check.detail


def broken(story: Story) -> None:
    story.grant(key=Identity.generate(KeyKind.X25519))


def whole(story: Story) -> None:
    story.grant()


@pytest.mark.parametrize(("access", "said"), [(broken, "true, another key in the grant"), (whole, "it can be read")])
def test_a_juror_who_says_unreadable_is_checked(story: Story, access: Callable[[Story], None], said: str) -> None:
    """R-126: the secret shown with the vote lets anybody try."""
    story.file()
    story.announce()
    access(story)
    story.complain(1)
    assert f"1 votes said that the evidence could not be read: {said}" in story.verdict().detail


def test_what_was_forgotten_since_cannot_be_told_any_more(story: Story) -> None:
    usual(story)
    story.complain(1)
    story.close()
    story.stores.delete(story.document)
    assert "cannot be told any more" in story.verdict().detail


def test_a_vote_with_another_reason_is_no_complaint(story: Story) -> None:
    usual(story)
    story.say(Revealed, key=KEY, seat=1, level=8, reason=b"\x07" * 32, salt=bytes(32))
    story.say(Revealed, key=KEY, seat=1, level=0, reason=story.seats[1].secret, salt=bytes(32))
    assert "could not be read" not in story.verdict().detail
