# SPDX-License-Identifier: AGPL-3.0-only
"""Assembly.vy: who votes (R-98), once and for all (R-100), signed votes in batches, the result (R-101)."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest
from eth_utils.crypto import keccak

from contracts.assembly.voting import (
    ADOPTION_DELAY,
    CHARTER,
    MAJORITY,
    MEMBERS,
    NEWCOMER,
    SUCCESSOR,
    VOTING_TIME,
    WIND_DOWN,
    WIND_DOWN_MAJORITY,
    ballot,
    draft,
    propose,
    tally,
    vote,
)
from support.hearing import DAY, HOUR, SPACING, TOKEN, Mutual, Rules, bits, now, refused, roll

UNSETTLED = "assembly: not a settled member's wallet"

WALLET_CONTRACT = """
#pragma version 0.4.3
answer: bytes4
burns: bool

@deploy
def __init__(answer: bytes4, burns: bool):
    self.answer = answer
    self.burns = burns

@external
def accept(fund: address, member_id: bytes32, charter_hash: bytes32):
    raw_call(fund, abi_encode(member_id, charter_hash, method_id=method_id("accept(bytes32,bytes32)")))

@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[65]) -> bytes4:
    if self.burns:
        wasted: uint256 = 0
        for i: uint256 in range(10_000_000):
            wasted += i
        return method_id("wasted()", output_type=bytes4)
    if convert(slice(signature, 0, 1), uint256) != 7:
        return 0xffffffff
    return self.answer
"""
"""A wallet that takes any signature beginning with 7, or burns whatever gas it gets."""


@pytest.fixture
def p(mutual: Mutual) -> int:
    return propose(mutual, SUCCESSOR, 1)


@pytest.fixture(scope="module")
def _many() -> Mutual:
    return Mutual(Rules(members=60, volunteers=0, newcomer=NEWCOMER))


@pytest.fixture
def many(_many: Mutual) -> Iterator[Mutual]:
    roll()
    with boa.env.anchor():
        yield _many
    roll()


def enrolled(mutual: Mutual, member_id: bytes, wallet: str, *, accept: bool = True, ticks: int = 300) -> None:
    mutual._enrol([member_id], [wallet], 0, ticks)
    if accept:
        mutual.fund.accept(member_id, mutual.hash, sender=wallet)


#


def test_a_vote_is_counted_and_seen(mutual: Mutual, p: int) -> None:
    vote(mutual, p, yes=[1], no=[2])
    event = mutual.event("VoteCast", mutual.assembly)
    assert tuple(event)[1:] == (p, mutual.ids[2], mutual.wallets[2], False)
    vote(mutual, p, yes=[3])
    assert mutual.event("VoteCast", mutual.assembly).support
    assert tally(mutual, p) == (2, 1)
    assert mutual.assembly.cast_by_wallet(mutual.wallets[1], 0) == 1 << p
    assert mutual.assembly.cast_by_member(mutual.ids[1], 0) == 1 << p


def test_a_vote_is_never_changed_or_cast_twice(mutual: Mutual, p: int) -> None:
    vote(mutual, p, yes=[1])
    for support in (True, False):
        with refused("assembly: has voted"):
            mutual.assembly.vote(p, mutual.ids[1], support, sender=mutual.wallets[1])
    assert tally(mutual, p) == (1, 0)


def test_a_replaced_wallet_has_no_second_vote(mutual: Mutual, p: int) -> None:
    vote(mutual, p, yes=[1])
    fresh = str(boa.env.generate_address("fresh"))
    mutual.office.replace_wallet(mutual.ids[1], fresh, sender=mutual.wallets[1])
    with refused("assembly: has voted"):
        mutual.assembly.vote(p, mutual.ids[1], True, sender=fresh)
    with refused(UNSETTLED):
        mutual.assembly.vote(p, mutual.ids[1], True, sender=mutual.wallets[1])


def test_a_second_id_of_a_wallet_has_no_second_vote(mutual: Mutual) -> None:
    second = keccak(text="second id")
    enrolled(mutual, second, mutual.wallets[1])
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    vote(mutual, p, yes=[1])
    with refused("assembly: has voted"):
        mutual.assembly.vote(p, second, True, sender=mutual.wallets[1])
    other = propose(mutual, SUCCESSOR, 2, 2)
    mutual.assembly.vote(other, second, True, sender=mutual.wallets[1])
    with refused("assembly: has voted"):
        vote(mutual, other, yes=[1])


def test_an_id_that_looks_like_a_wallet_silences_nobody(mutual: Mutual) -> None:
    """Where people choose their id, one could choose another's address."""
    lookalike = bytes(12) + bytes.fromhex(mutual.wallets[1][2:])
    wallet = str(boa.env.generate_address("lookalike"))
    enrolled(mutual, lookalike, wallet)
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    mutual.assembly.vote(p, lookalike, False, sender=wallet)
    vote(mutual, p, yes=[1])
    assert tally(mutual, p) == (1, 1)


def test_votes_end_with_their_time(mutual: Mutual, p: int) -> None:
    roll(seconds=VOTING_TIME - 1)
    vote(mutual, p, yes=[1])
    roll(seconds=1)
    with refused("assembly: the vote has ended"):
        vote(mutual, p, yes=[2])
    with refused("assembly: the vote has ended"):
        mutual.assembly.vote_for(p, [ballot(mutual, p, 2)])


def test_there_is_no_vote_without_a_proposal_or_after_its_execution(mutual: Mutual, p: int) -> None:
    for nothing in (0, p + 1):
        with refused("assembly: no such proposal"):
            vote(mutual, nothing, yes=[1])
        with refused("assembly: no such proposal"):
            mutual.assembly.vote_for(nothing, [ballot(mutual, nothing, 1)])
    vote(mutual, p, yes=range(MEMBERS))
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    mutual.assembly.execute(p)
    with refused("assembly: already executed"):
        vote(mutual, p, yes=[1])


def test_votes_of_proposals_far_apart_do_not_touch(mutual: Mutual) -> None:
    """Marks lie in words of 256 proposals."""
    first = propose(mutual, SUCCESSOR, 1)
    vote(mutual, first, yes=[1])
    slot = mutual.assembly._storage.count.slot
    boa.env.set_storage(mutual.assembly.address, slot, 256)
    later = propose(mutual, SUCCESSOR, 1, 2)
    assert later == 257
    vote(mutual, later, yes=[1])
    assert tally(mutual, first) == tally(mutual, later) == (1, 0)
    assert mutual.assembly.cast_by_member(mutual.ids[1], 1) == 2


#


def test_only_the_wallet_of_a_settled_member_votes(mutual: Mutual, p: int) -> None:
    with refused(UNSETTLED):
        mutual.assembly.vote(p, mutual.ids[1], True, sender=mutual.wallets[2])
    with refused(UNSETTLED):
        mutual.assembly.vote(p, keccak(b"nobody"), True, sender=mutual.wallets[2])
    assert tally(mutual, p) == (0, 0)


def test_who_joined_after_the_proposal_never_votes_on_it(mutual: Mutual) -> None:
    late, wallet = keccak(text="late"), str(boa.env.generate_address("late"))
    enrolled(mutual, late, wallet)
    joined = bits(mutual.fund.members(late), 24, 20) * HOUR
    # The newcomer's time must be over when the proposal is made, not when the vote is cast.
    roll(seconds=joined + NEWCOMER - 1 - now())
    early = propose(mutual, SUCCESSOR, 1)
    roll(seconds=1)
    just = propose(mutual, SUCCESSOR, 1, 1)
    roll(seconds=DAY)
    with refused(UNSETTLED):
        mutual.assembly.vote(early, late, True, sender=wallet)
    mutual.assembly.vote(just, late, True, sender=wallet)


def test_who_leaves_has_no_vote(mutual: Mutual, p: int) -> None:
    mutual.fund.leave(mutual.ids[1], sender=mutual.wallets[1])
    with refused(UNSETTLED):
        vote(mutual, p, yes=[1])
    assert mutual.assembly.vote_for(p, [ballot(mutual, p, 1)]) == 0


def test_who_has_not_accepted_has_no_vote_yet(mutual: Mutual) -> None:
    member_id, wallet = keccak(text="sponsored"), str(boa.env.generate_address("sponsored"))
    enrolled(mutual, member_id, wallet, accept=False)
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    with refused(UNSETTLED):
        mutual.assembly.vote(p, member_id, True, sender=wallet)
    mutual.fund.accept(member_id, mutual.hash, sender=wallet)
    mutual.assembly.vote(p, member_id, True, sender=wallet)


def test_who_lapsed_has_no_vote(mutual: Mutual) -> None:
    short, wallet = keccak(text="short"), str(boa.env.generate_address("short"))
    enrolled(mutual, short, wallet, ticks=100)
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    shares = (MEMBERS + 1) * 1000
    due = shares * 100 * SPACING // 10**6
    court = mutual.court.address
    call = mutual.fund.announce(due, 0, sender=court)
    mutual.fund.settle(999, mutual.keeper, due, 0, call, sender=court)
    assert mutual.fund.books() >> 160 == 100 * SPACING
    assert due > TOKEN
    with refused(UNSETTLED):
        mutual.assembly.vote(p, short, True, sender=wallet)
    vote(mutual, p, yes=[1])


# Signed votes


def test_signed_votes_are_counted_and_bad_ones_skipped(mutual: Mutual, p: int) -> None:
    vote(mutual, p, yes=[1])
    good = ballot(mutual, p, 2, support=False)
    ballots = [
        ballot(mutual, p, 1),  # has voted
        good,
        good,  # twice in one batch
        ballot(mutual, p, 3, key=mutual.keys[4]),  # signed by another
        ballot(mutual, p, 4, deadline=now() - 1),  # too late
        (mutual.ids[5], True, now() + DAY, b""),  # no signature
        (mutual.ids[6], True, now() + DAY, b"\xff" * 65),  # a malformed one
        (*ballot(mutual, p, 7)[:3], ballot(mutual, p, 7)[3][:64]),  # a shortened one
        (keccak(b"nobody"), True, now() + DAY, bytes(65)),
        (*ballot(mutual, p + 1, 8),),  # for another proposal
        (mutual.ids[9], False, *ballot(mutual, p, 9)[2:]),  # turned round
        ballot(mutual, p, 10, deadline=now()),
    ]
    assert mutual.assembly.vote_for(p, ballots, sender=mutual.keeper) == 2
    cast = mutual.events("VoteCast", mutual.assembly)
    assert [(event.member_id, event.wallet, event.support) for event in cast] == [
        (mutual.ids[2], mutual.wallets[2], False),
        (mutual.ids[10], mutual.wallets[10], True),
    ]
    assert tally(mutual, p) == (2, 1)


def test_a_signed_vote_is_not_replayed(mutual: Mutual, p: int) -> None:
    signed = ballot(mutual, p, 1)
    assert mutual.assembly.vote_for(p, [signed]) == 1
    assert mutual.assembly.vote_for(p, [signed]) == 0
    # Nor as its twin, which the same key's signature has on the curve.
    member_id, support, deadline, signature = signed
    n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = n - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    assert mutual.assembly.vote_for(p, [(member_id, support, deadline, twin)]) == 0
    other = propose(mutual, SUCCESSOR, 1, 2)
    assert mutual.assembly.vote_for(other, [signed]) == 0
    assert tally(mutual, p) == (1, 0)
    assert tally(mutual, other) == (0, 0)


def test_fifty_votes_fit_a_transaction(many: Mutual) -> None:
    p = propose(many, SUCCESSOR, 1)
    assert many.assembly.vote_for(p, [ballot(many, p, i) for i in range(50)]) == 50
    assert many.assembly.call_trace().gas_used < 16_700_000
    assert tally(many, p) == (50, 0)


def contract_wallet(mutual: Mutual, name: str, *, answer: bytes = b"\x16\x26\xba\x7e", burns: bool = False) -> bytes:
    """A member whose wallet is a contract."""
    wallet = boa.loads(WALLET_CONTRACT, answer, burns)
    member_id: bytes = keccak(text=name)
    enrolled(mutual, member_id, wallet.address, accept=False)
    wallet.accept(mutual.fund.address, member_id, mutual.hash)
    return member_id


def test_wallets_that_are_contracts_sign_by_eip_1271(mutual: Mutual) -> None:
    signs, refuses = contract_wallet(mutual, "signs"), contract_wallet(mutual, "no", answer=b"\x16\x26\xba\x7f")
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    ballots = [(member_id, True, now() + DAY, b"\x07" + bytes(9)) for member_id in (signs, refuses)]
    assert mutual.assembly.vote_for(p, ballots) == 1
    assert mutual.event("VoteCast", mutual.assembly).member_id == signs
    assert mutual.assembly.vote_for(p, [(refuses, True, now() + DAY, b"\x08")]) == 0


def test_a_wallet_that_burns_gas_holds_up_nobody(mutual: Mutual) -> None:
    burner = contract_wallet(mutual, "burner", burns=True)
    roll(seconds=NEWCOMER + HOUR)
    p = propose(mutual, SUCCESSOR, 1)
    ballots = [(burner, True, now() + DAY, b"\x07"), ballot(mutual, p, 1)]
    assert mutual.assembly.vote_for(p, ballots, gas=2_000_000) == 1
    assert tally(mutual, p) == (1, 0)


#


def test_gas_of_a_vote_does_not_grow_with_members(mutual: Mutual, many: Mutual) -> None:
    spent = []
    for one in (mutual, many):
        p = propose(one, SUCCESSOR, 1)
        vote(one, p, yes=[1])
        vote(one, p, yes=[2])
        spent.append(one.assembly.call_trace().gas_used)
    assert spent[0] == spent[1]


@pytest.mark.parametrize(
    ("yes", "no"),
    [(0, 0), (1, 0), (2, 0), (3, 0), (0, 3), (2, 1), (3, 1), (3, 3), (4, 2), (5, 2), (6, 2), (9, 3), (8, 4)],
)
@pytest.mark.parametrize("kind", [CHARTER, WIND_DOWN])
def test_a_result_needs_enough_votes_and_enough_of_them_yes(mutual: Mutual, kind: int, yes: int, no: int) -> None:
    subject = draft(mutual, fee=1) if kind == CHARTER else 0
    p = propose(mutual, kind, subject)
    vote(mutual, p, yes=range(yes), no=range(yes, yes + no))
    majority = MAJORITY if kind == CHARTER else WIND_DOWN_MAJORITY
    enough = yes + no >= 3 and yes * 10_000 >= (yes + no) * majority
    assert mutual.assembly.passed(p) == enough
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    if enough:
        mutual.assembly.execute(p)
    else:
        with refused("assembly: not passed"):
            mutual.assembly.execute(p)
