# SPDX-License-Identifier: AGPL-3.0-only
"""What befalls the keys of seats and documents when panels change, keys are lost, and others act for a member."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.case import CLAIMANT, Case, case_of
from support.cli import Founded
from support.inside import Inside, audited, drawn, stores_of
from tongxin.chain.events import AccessGranted
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.cli import (
    challenge,
    claim,
    evidence_end,
    evidence_give,
    evidence_keys,
    evidence_list,
    evidence_read,
    evidence_seats,
    vote,
)
from tongxin.evidence.grants import MOST_MANIFEST_BYTES, Manifest
from tongxin.evidence.keys import KeyKind
from tongxin.evidence.shelf import Shelf

pytestmark = pytest.mark.chain
Found = Callable[[Mapping[str, object]], Founded]
FIRST, SECOND = b"the first document", b"the first document and the second"
ALL = (0, 2, 3, 4, 5, 6, 7, 8, 9)


def manifest_of(founded: Founded, shelf: Shelf) -> Manifest:
    """The manifest of the last access."""
    access = [event for event in founded.mutual.events(kinds=(AccessGranted,)) if isinstance(event, AccessGranted)]
    raw = shelf.read(access[-1].keys_hash, MOST_MANIFEST_BYTES)
    assert raw is not None
    return Manifest.parse(raw)


def test_votes_that_stand_after_a_redraw_need_no_key_and_a_cure_brings_another_document(
    found_with: Found, tmp_path: Path
) -> None:
    """R-73, R-74, R-122, R-123."""
    founded = found_with({"court.panel_size": 3, "court.juror_bond": "14"})
    case = case_of(founded, tmp_path, ALL)
    world, mutual, shelf = founded.world, founded.mutual, Shelf(stores_of(case))
    claimant = Inside(case, CLAIMANT)
    for number in (CLAIMANT, *ALL):
        Inside(case, number).key()
    claimant.file(claimant.seal(FIRST))
    first, *silent = drawn(case)
    for juror in (first, *silent):
        juror.do(evidence_seats.announce)
    assert claimant.do(evidence_give.grant, "1")["seats"] == [0, 1, 2]
    first.do(vote.commit, 1, level=8)
    world.travel(mutual.court_terms.commit + 1)
    first.do(vote.reveal, 1)
    world.travel(mutual.court_terms.reveal + 1)
    assert claimant.do(claim.push, 1)["stage"] == "lot"

    kept, *fresh = drawn(case)
    assert kept.number == first.number
    assert not {juror.number for juror in fresh} & {juror.number for juror in silent}
    assert "wait for the keys of seats 1 (" in claimant.refused(evidence_give.grant, "1")
    assert kept.do(evidence_seats.announce)["seats"][0]["transaction"] is None
    for juror in fresh:
        juror.do(evidence_seats.announce)
    done = claimant.do(evidence_give.grant, "1")
    assert (done["seats"], done["without"]) == ([1, 2], [])
    manifest = manifest_of(founded, shelf)
    assert (manifest.attempt, [entry.seat for entry in manifest.seats]) == (1, [1, 2])
    assert [juror.opened() for juror in fresh] == [FIRST, FIRST]
    # Whose vote stands reads on by the access under which it was given, and is told of no fault of the claimant's.
    assert kept.opened() == FIRST
    assert "you sit on this panel no longer" in silent[0].refused(evidence_read.open_, "1", out=tmp_path / "no")
    assert "has no seat on the panel" in silent[0].refused(evidence_seats.announce, 1)

    for juror in fresh:
        juror.do(vote.commit, 1, level=8)
    for juror in fresh:
        juror.do(vote.reveal, 1)
    assert claimant.do(claim.push, 1)["stage"] == "cure"
    claimant.do(claim.cure, 1, claimant.seal(SECOND))
    # The seats keep their keys, and all of them vote anew.
    done = claimant.do(evidence_give.grant, "1")
    assert (done["seats"], done["without"]) == ([0, 1, 2], [])
    assert [juror.opened() for juror in (kept, *fresh)] == [SECOND] * 3
    assert claimant.opened() == SECOND
    for juror in (kept, *fresh):
        juror.do(vote.commit, 1, level=1)
    for juror in (kept, *fresh):
        juror.do(vote.reveal, 1)
    assert claimant.do(claim.push, 1)["stage"] == "notice"
    report, said = audited(case)
    assert report.ok, [check for check in report.checks if not check.ok]
    assert "1 claims, 3 accesses of drawn panels" in said
    assert "1 documents and 3 manifests there and whole" in said


def test_a_contact_files_and_grants_a_second_panel_gets_its_own_and_the_member_takes_it_back(
    found_with: Found, tmp_path: Path
) -> None:
    """R-77, R-123, R-124: the contact never sealed anything, and reads by the member's grant."""
    founded = found_with({"court.juror_bond": "14"})
    case = case_of(founded, tmp_path, ALL)
    world, mutual, shelf = founded.world, founded.mutual, Shelf(stores_of(case))
    member, contact = Inside(case, CLAIMANT), Inside(case, 9)
    recipients = {number: Inside(case, number).key() for number in (CLAIMANT, *ALL)}
    member_id = bytes.fromhex(case.members[CLAIMANT][2:])
    wallets = [sender.address for sender in world.senders]
    world.senders[CLAIMANT].send(mutual.office.set_contacts(member_id, wallets[9], ZERO_ADDRESS, ZERO_ADDRESS))

    sealed = member.seal(FIRST)
    assert "say whose it is" in member.refused(evidence_give.grant, str(sealed), reader=[recipients[9]])
    member.do(evidence_give.grant, str(sealed), reader=[recipients[9]], member=case.members[CLAIMANT])
    contact.file(sealed)
    (juror,) = drawn(case)
    assert juror.number not in {CLAIMANT, 9}
    juror.do(evidence_seats.announce)
    stranger = next(number for number in ALL if number not in {juror.number, 9})
    assert "nobody granted it" in Inside(case, stranger).refused(evidence_give.grant, "1")
    assert contact.do(evidence_give.grant, "1")["seats"] == [0]
    first = manifest_of(founded, shelf)
    assert juror.opened() == FIRST

    juror.do(vote.commit, 1, level=0)
    juror.do(vote.reveal, 1)
    assert member.do(claim.push, 1)["stage"] == "notice"
    assert member.do(challenge.challenge, number=1)["panel_number"] == 1
    second = drawn(case)
    assert len(second) == 3
    assert not {juror.number, CLAIMANT, 9} & {item.number for item in second}
    for item in second:
        item.do(evidence_seats.announce)
    assert contact.do(evidence_give.grant, "1")["seats"] == [0, 1, 2]
    manifest = manifest_of(founded, shelf)
    assert manifest.panel == 1
    assert {entry.recipient for entry in manifest.seats}.isdisjoint({entry.recipient for entry in first.seats})
    assert [item.opened() for item in second] == [FIRST] * 3
    assert juror.opened() == FIRST
    friend = Inside(case, next(number for number in ALL if number not in {9, *(i.number for i in (juror, *second))}))
    given = contact.do(evidence_give.grant, "1", reader=[recipients[friend.number]])["granted"][0]
    assert friend.opened() == FIRST
    report, said = audited(case)
    assert report.ok, [check for check in report.checks if not check.ok]
    assert "2 accesses of drawn panels, 2 grants by members themselves" in said

    # The member's own wallet takes back what the contact gave, without the contact's machine.
    taken = member.do(evidence_end.revoke, "1", reader=[recipients[friend.number]])
    assert (taken["remaining"], [item["grant"] for item in taken["deleted"]]) == ([], [given["grant"]])
    assert case.blob(given["grant"]) == []
    assert "revoked" in friend.refused(evidence_read.open_, "1", out=tmp_path / "no")
    seat = first.seats[0]
    taken = member.do(evidence_end.revoke, "1", reader=[seat.recipient])
    assert ([item["transaction"] for item in taken["deleted"]], case.blob(seat.grant)) == ([None], [])
    assert "no store has the wrapped key" in juror.refused(evidence_read.open_, "1", out=tmp_path / "no")


def test_a_seat_whose_key_is_lost_announces_another_and_is_granted_anew(founded: Founded, tmp_path: Path) -> None:
    """R-122, R-123; every key is a hybrid one, whose text lies in the stores."""
    case = case_of(founded, tmp_path, (2, 3, 4))
    mutual = founded.mutual
    claimant = Inside(case, CLAIMANT)
    for number in (CLAIMANT, 2, 3, 4):
        Inside(case, number).key(hybrid=True)
    claimant.file(claimant.seal(FIRST))
    (juror,) = drawn(case)
    seats = juror.home / "evidence" / "seats"
    juror.do(evidence_seats.announce)
    lost = mutual.seat_keys(8)[0]
    assert lost.kind == KeyKind.HYBRID
    (text,) = {path.read_text() for path in case.blob(lost.public_key.hex())}
    assert text.startswith("age1pq1")

    # Lost before access: the next announcement draws another, which alone is granted to.
    shutil.rmtree(seats)
    juror.do(evidence_seats.announce)
    second = mutual.seat_keys(8)[0]
    assert second.public_key != lost.public_key
    # Its text is in no store: the claimant is told, and waits.
    (content,) = {path.read_bytes() for path in case.blob(second.public_key.hex())}
    for path in case.blob(second.public_key.hex()):
        path.unlink()
    assert f"no store has the hybrid key {second.public_key.hex()}" in claimant.refused(evidence_give.grant, "1")
    stores_of(case).put(content)
    assert claimant.do(evidence_give.grant, "1")["seats"] == [0]
    assert manifest_of(founded, Shelf(stores_of(case))).seats[0].recipient == content.decode()
    assert juror.opened() == FIRST

    # Lost after access: announced anew, granted anew; nobody is told that the claimant is to blame.
    shutil.rmtree(seats)
    assert juror.do(evidence_seats.announce, 1)["seats"][0]["transaction"]
    assert "--again" in juror.refused(evidence_read.open_, "1", out=tmp_path / "no")
    assert juror.do(evidence_seats.announce, 1)["seats"][0]["transaction"] is None
    assert juror.do(evidence_seats.announce, 1, again=True)["seats"][0]["transaction"]
    assert claimant.do(evidence_give.grant, "1")["late"] == [0]
    assert claimant.do(evidence_give.grant, "1")["late"] == []
    assert juror.opened() == FIRST
    assert "later" in juror.refused(vote.commit, 1, unreadable=True)
    report, _said = audited(case)
    assert report.ok, [check for check in report.checks if not check.ok]


def test_a_reader_key_is_announced_changed_and_withdrawn(founded: Founded, tmp_path: Path) -> None:
    """R-124, R-125."""
    case = case_of(founded, tmp_path, (2,))
    claimant, reader, member = Inside(case, CLAIMANT), Inside(case, 2), case.members[2]
    for person in (claimant, reader):
        person.key(hybrid=True)
    claimant.file(claimant.seal(FIRST))
    reader.do(evidence_keys.announce, member)
    old = claimant.do(evidence_give.grant, "1", reader=[member])["granted"][0]
    reader.do(evidence_keys.rotate, from_wallet=True, rotation=2)
    nothing_sent = {"transaction": None, "block": None, "status": None}
    assert claimant.do(evidence_give.grant, "1", reader=[member])["granted"][0] == {**old, **nothing_sent}
    reader.do(evidence_keys.announce, member)
    new = claimant.do(evidence_give.grant, "1", reader=[member])["granted"][0]
    assert (new["recipient"] != old["recipient"], new["transaction"] is not None) == (True, True)
    document = claimant.do(evidence_list.list_)["documents"][0]["document"]
    assert reader.opened(document) == FIRST
    for path in case.blob(new["grant"]):
        path.unlink()
    assert reader.opened(document) == FIRST  # by the older key, which is kept
    reader.do(evidence_keys.rotate, from_wallet=True, rotation=3, destroy_older=True)
    assert "no key at hand" in reader.refused(evidence_read.open_, document, out=tmp_path / "no")
    reader.do(evidence_keys.announce, member)
    reader.do(evidence_keys.announce, member, withdraw=True)
    assert "announced no reader key" in claimant.refused(evidence_give.grant, "1", reader=[member])
    # The member's id stands for every key ever announced.
    taken = claimant.do(evidence_end.revoke, "1", reader=[member])
    assert {item["grant"] for item in taken["deleted"]} == {old["grant"], new["grant"]}
    report, _said = audited(case)
    assert report.ok, [check for check in report.checks if not check.ok]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("受伤的是 张 三".encode(), "word 1 of those to be kept out"),
        (b"it was in Elm-Road 5", "word 3 of those to be kept out"),
        (b'{"benefit":"fall","format":"tongxin-summary/1","month":"2026-11","text":"\\u5f20\\u4e09"}', "word 1 of"),
        ("受伤的是张三".encode("gb18030"), "is no text in UTF-8, so it cannot be searched"),
        (b"call 139 1234 5678", "a long number"),
    ],
)
def test_a_summary_with_what_is_to_be_kept_out_of_it_goes_nowhere(
    founded: Founded, tmp_path: Path, content: bytes, why: str
) -> None:
    case = Case(founded, tmp_path, {})
    claimant, words, summary = Inside(case, CLAIMANT), tmp_path / "words.txt", tmp_path / "summary.txt"
    claimant.key()
    words.write_bytes("张三\r\n\r\nElm Road 5\r\n".encode())
    summary.write_bytes(content)
    said = claimant.refused(
        claim.file,
        member="0x" + "11" * 32,
        benefit=0,
        day="2026-11-20",
        evidence=claimant.seal(FIRST),
        summary=summary,
        keep_out=words,
    )
    assert why in said
    assert not any(store.exists() for store in case.stores)
