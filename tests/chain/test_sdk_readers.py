# SPDX-License-Identifier: AGPL-3.0-only
"""Seat keys, reader keys and grants through the SDK, by the hand of each and by relayed acts (R-122, R-124, R-125)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_utils.crypto import keccak

from support.sdk import COIN, DAY, World, founded
from tongxin.chain.events import AccessGranted, SeatKeyAnnounced
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.payments import by_allowance
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.chain.reverts import (
    HashMissing,
    KeyAndKindDiffer,
    NoSuchKeyKind,
    NotADrawnPanel,
    NotTheActorsSignature,
    NotTheWallet,
    NotTheWalletOrContact,
    NotYourSeat,
    SeatKeyMissing,
)
from tongxin.chain.structs import Filing, Signed
from tongxin.chain.transactions import Sender
from tongxin.chain.typed_data import TypedData
from tongxin.words import KeyKind

DOCUMENT, READER, OTHER, GRANT = (keccak(text=text) for text in ("document", "reader", "another reader", "grant"))
NOTHING = bytes(32)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with EmbeddedNode() as node, founded(node, tmp_path_factory.mktemp("readers") / "sent.sqlite") as made:
        yield made


def signed(signer: Sender, typed: TypedData) -> Signed:
    return Signed(int(typed.message["deadline"]), signer.signer.sign_typed(typed))


def test_a_member_has_one_reader_key_at_a_time(world: World) -> None:
    member_id, owner = world.member("ada")
    office, relayer = world.mutual.office, world.sender("relayer", 0)
    assert world.mutual.reader_key(member_id) is None
    owner.send(office.announce_key(member_id, KeyKind.X25519, READER))
    first = world.mutual.reader_key(member_id)
    assert first is not None
    assert (first.kind, first.public_key) == (KeyKind.X25519, READER)
    ends = {"nonce": office.nonces(member_id), "deadline": world.now + DAY}
    typed = office.acts().announce_key(member_id, KeyKind.HYBRID, OTHER, **ends)
    relayer.send(office.announce_key_for(member_id, KeyKind.HYBRID, OTHER, signed(owner, typed)))
    second = world.mutual.reader_key(member_id)
    assert second is not None
    assert (second.kind, second.public_key) == (KeyKind.HYBRID, OTHER)
    assert first.log.place < second.log.place
    with pytest.raises(NotTheActorsSignature):
        relayer.send(office.announce_key_for(member_id, KeyKind.HYBRID, OTHER, signed(owner, typed)))
    with pytest.raises(NotTheWallet):
        relayer.send(office.announce_key(member_id, KeyKind.X25519, READER))
    with pytest.raises(NoSuchKeyKind):
        owner.send(office.announce_key(member_id, 3, READER))
    with pytest.raises(KeyAndKindDiffer):
        owner.send(office.announce_key(member_id, 0, READER))
    owner.send(office.announce_key(member_id, 0, NOTHING))
    assert world.mutual.reader_key(member_id) is None


def test_what_a_member_let_others_read_and_took_back(world: World) -> None:
    member_id, owner = world.member("ben")
    other_id, _ = world.member("cem")
    contact, relayer = world.sender("contact", 0), world.sender("relayer", 0)
    office = world.mutual.office
    assert world.mutual.authorisations(member_id) == []
    owner.send(office.authorise(member_id, DOCUMENT, READER, GRANT))
    with pytest.raises(NotTheWalletOrContact):
        contact.send(office.authorise(member_id, DOCUMENT, OTHER, GRANT))
    owner.send(office.set_contacts(member_id, contact.address, ZERO_ADDRESS, ZERO_ADDRESS))

    ends = {"nonce": office.nonces(member_id), "deadline": world.now + DAY}
    typed = office.acts().authorise(member_id, DOCUMENT, OTHER, GRANT, **ends)
    by_contact = signed(contact, typed)
    relayer.send(office.authorise_for(member_id, DOCUMENT, OTHER, GRANT, signer=contact.address, signed=by_contact))
    ends["nonce"] = office.nonces(member_id)
    typed = office.acts().revoke(member_id, DOCUMENT, READER, **ends)
    relayer.send(office.revoke_for(member_id, DOCUMENT, READER, signer=owner.address, signed=signed(owner, typed)))
    mine, theirs = world.mutual.authorisations(member_id)
    assert (mine.granted.reader, mine.granted.actor) == (READER, owner.address)
    assert not mine.stands
    assert mine.revoked is not None
    assert (mine.revoked.document, mine.revoked.actor) == (DOCUMENT, owner.address)
    assert (theirs.granted.reader, theirs.granted.actor, theirs.stands) == (OTHER, contact.address, True)
    with pytest.raises(HashMissing):
        contact.send(office.revoke(member_id, DOCUMENT, NOTHING))
    contact.send(office.revoke(member_id, DOCUMENT, OTHER))
    assert not any(item.stands for item in world.mutual.authorisations(member_id))
    assert world.mutual.authorisations(other_id) == []


def test_jurors_announce_the_keys_of_their_seats_before_access_is_granted(world: World) -> None:
    mutual, jury, office = world.mutual, world.mutual.jury, world.mutual.office
    claimant_id, claimant = world.member("fay")
    jurors = {}
    for number in range(16):
        member_id, sender = world.member(f"juror {number}")
        jurors[sender.address] = (member_id, sender)
    world.wait(3_600)
    for member_id, sender in jurors.values():
        mutual.allow(sender, mutual.court_terms.juror_bond)
        sender.send(jury.volunteer(member_id, by_allowance()))
    world.wait(2 * DAY)
    day = (world.now + mutual.court_terms.zone) // DAY - 1
    c, claim = mutual.file(claimant, Filing(claimant_id, 0, day, 0, DOCUMENT, READER, OTHER))
    assert claim.base == 1000 * COIN
    key, keeper = mutual.panel_key(c), world.sender("keeper", 0)
    with pytest.raises(NotADrawnPanel):
        claimant.send(jury.announce(key, 0, KeyKind.X25519, READER))
    world.mine(6)
    keeper.send(mutual.court.draw(c, claim))
    assert mutual.seat_keys(key) == {}

    _, first = jurors[jury.juror(key, 0)]
    member_id, second = jurors[jury.juror(key, 3)]
    first.send(jury.announce(key, 0, KeyKind.X25519, READER))
    with pytest.raises(NotYourSeat):
        first.send(jury.announce(key, 3, KeyKind.X25519, READER))
    with pytest.raises(SeatKeyMissing):
        first.send(jury.announce(key, 0, KeyKind.X25519, NOTHING))
    ends = {"nonce": office.nonces(member_id), "deadline": world.now + DAY}
    typed = office.acts().announce_seat(member_id, key, 3, KeyKind.HYBRID, OTHER, **ends)
    action = office.announce_seat_for(member_id, key, 3, KeyKind.HYBRID, OTHER, signed=signed(second, typed))
    said = keeper.send(action).one(SeatKeyAnnounced)
    assert (said.juror, said.attempt) == (second.address, 0)
    granted = claimant.send(mutual.court.grant(c, claim, GRANT)).one(AccessGranted)
    first.send(jury.announce(key, 0, KeyKind.X25519, DOCUMENT))

    before, now = mutual.seat_keys(key, before=granted.log), mutual.seat_keys(key)
    assert {seat: (item.kind, item.public_key) for seat, item in before.items()} == {0: (1, READER), 3: (2, OTHER)}
    assert {seat: (item.kind, item.public_key) for seat, item in now.items()} == {0: (1, DOCUMENT), 3: (2, OTHER)}
    assert before[3] == now[3] == said
    assert before[0].log.place < granted.log.place < now[0].log.place
