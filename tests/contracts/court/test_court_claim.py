# SPDX-License-Identifier: AGPL-3.0-only
"""Claims from filing to closing, with every way they can go."""

from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from support.hearing import (
    ACCESS,
    CURE,
    CURED,
    DAY,
    DENIED,
    GRANTED,
    INCOMPLETE,
    LOT,
    NO_ACCESS,
    NO_BYTES,
    NO_PAYMENT,
    NOTICE,
    OPEN,
    REDRAWN,
    REFILE,
    SPACING,
    TOKEN,
    VOTING,
    Filed,
    Mutual,
    Rules,
    attempt,
    bits,
    now,
    refused,
    roll,
)
from support.sources import source


def test_a_granted_claim_is_paid(mutual: Mutual) -> None:
    # bond back, due paid, three jurors paid from bond and round.
    filed = mutual.file()
    jurors = 3 * 2 * TOKEN
    before = mutual.balance(mutual.wallets[0])
    mutual.judge(filed, [7, 7, 3])
    verdict = mutual.event("Verdict")
    assert (verdict.level, verdict.due, verdict.costs) == (7, 1000 * TOKEN, jurors)
    assert mutual.state(filed)["amount"] == verdict.call == bits(mutual.fund.yearly(), 48, 96)
    mutual.settle(filed)
    closed = mutual.event("Closed")
    assert (closed.owed, closed.costs, closed.costs_paid) == (2 * jurors, jurors, jurors)
    assert (closed.pay_per_seat, closed.rewards, closed.to_surplus) == (2 * TOKEN, 0, 0)
    assert mutual.state(filed)["stage"] == GRANTED
    assert mutual.balance(mutual.wallets[0]) - before == 1000 * TOKEN + 6 * TOKEN
    assert bits(mutual.fund.yearly(), 48, 96) == 0
    mutual.check_conservation([filed])
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])
    for juror in mutual.jurors(filed.key):
        assert mutual.fund.dues(mutual.wallets[juror]) == 2 * TOKEN
    with refused("court: nothing to pay"):
        mutual.court.pay_jurors(filed.number, 0)


def test_a_denied_claim_pays_its_jurors_from_the_bond(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [0, 0, 7])
    assert mutual.event("Verdict").call == 0
    mutual.settle(filed)
    closed = mutual.event("Closed")
    assert (closed.owed, closed.costs, closed.pay_per_seat, closed.to_surplus) == (6 * TOKEN, 0, 2 * TOKEN, 0)
    assert mutual.state(filed)["stage"] == DENIED
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])
    # an event is judged once.
    with refused("court: this event was claimed before"):
        mutual.file(day=filed.claim[8])
    with refused("court: the notice is not over"):
        mutual.court.settle(filed.number, filed.claim)


def test_every_step_is_refused_before_its_stage(mutual: Mutual) -> None:
    filed = mutual.file()
    number, claim = filed.number, filed.claim
    with refused("court: lot not ready"):
        mutual.court.draw(number, claim)
    roll(blocks=mutual.rules.lot_delay)
    with refused("court: lot not ready"):
        mutual.court.draw(number, claim)
    with refused("court: not in the time for access"):
        mutual.grant(filed)
    with refused("court: not voting"):
        mutual.conclude(filed)
    with refused("court: not in the time to cure"):
        mutual.cure(filed)
    with refused("court: not waiting for the claimant"):
        mutual.court.time_out(number, claim)
    with refused("court: not in a notice"):
        mutual.court.challenge(number, claim, 0, NO_PAYMENT)
    with refused("court: no review is due"):
        mutual.court.review(number, claim)
    with refused("court: the notice is not over"):
        mutual.court.settle(number, claim)
    with refused("court: the claim is open"):
        mutual.court.pay_jurors(number, 0)
    mutual.draw(filed)
    with refused("court: not waiting for the lot"):
        mutual.court.draw(number, claim)


def test_a_call_brings_the_claim_as_it_was_filed(mutual: Mutual) -> None:
    # no field of the claim can be changed, nor another claim's number be used.
    filed, other = mutual.file(), mutual.file(1)
    roll(blocks=5)
    for position, part in enumerate(filed.claim):
        changed = list(filed.claim)
        changed[position] = keccak(text="other") if isinstance(part, bytes) else mutual.keeper
        if isinstance(part, int):
            changed[position] = part + 1
        with refused("court: not this claim"):
            mutual.court.draw(filed.number, tuple(changed))
    with refused("court: not this claim"):
        mutual.court.draw(other.number, filed.claim)
    event = keccak(encode(["bytes32", "uint256", "uint256"], [filed.claim[0], filed.claim[6], filed.claim[8]]))
    fields = ["bytes32"] + ["address"] * 5 + ["uint256"] * 8 + ["bytes32"] * 3
    types = f"({','.join(fields)})"
    assert mutual.court.digest(event) == keccak(encode(["uint256", types], [filed.number, filed.claim]))


def test_access_is_given_by_the_claimant_in_time(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    with refused("court: not the claimant"):
        mutual.court.grant(filed.number, filed.claim, NO_BYTES, sender=mutual.keeper)
    with refused("court: not the actor"):
        mutual.court.grant(filed.number, filed.claim, NO_BYTES, mutual.wallets[0], sender=mutual.keeper)
    # the deadline has one side.
    deadline = mutual.state(filed)["deadline"]
    roll(seconds=deadline - 1 - now())
    assert attempt(lambda: mutual.grant(filed))
    with refused("court: the claimant still has time"):
        mutual.court.time_out(filed.number, filed.claim)
    roll(seconds=1)
    with refused("court: not in the time for access"):
        mutual.grant(filed)
    mutual.court.time_out(filed.number, filed.claim, sender=mutual.keeper)
    # nobody voted, so the bond belongs to all members.
    assert mutual.event("Closed").to_surplus == 6 * TOKEN
    state = mutual.state(filed)
    assert state["stage"] == DENIED
    assert state["flags"] & NO_ACCESS
    mutual.check_conservation([filed])
    with refused("court: nothing to pay"):
        mutual.court.pay_jurors(filed.number, 0)


def test_a_denial_for_want_of_access_is_refiled_once(mutual: Mutual) -> None:
    filed = mutual.file()
    day = filed.claim[8]
    for flags in (0, REFILE):
        assert mutual.state(filed)["flags"] & REFILE == flags
        mutual.draw(filed)
        with refused("court: this event was claimed before"):
            mutual.file(day=day)
        roll(seconds=mutual.rules.access)
        mutual.court.time_out(filed.number, filed.claim)
        if not flags:
            filed = mutual.file(day=day)
    with refused("court: this event was claimed before"):
        mutual.file(day=day)


def test_an_incomplete_claim_is_cured_once(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [INCOMPLETE, INCOMPLETE, 7])
    assert mutual.state(filed)["stage"] == CURE
    with refused("court: not the claimant"):
        mutual.court.cure(filed.number, filed.claim, NO_BYTES, sender=mutual.keeper)
    cured = mutual.cure(filed)
    with refused("court: not this claim"):
        mutual.grant(filed)
    assert mutual.state(cured)["stage"] == ACCESS
    assert mutual.state(cured)["flags"] & CURED
    jurors = mutual.jurors(cured.key)
    mutual.grant(cured)
    assert mutual.jurors(cured.key) == jurors
    assert all(mutual.jury.vote_of(cured.key, seat) == 0 for seat in range(3))
    # after a cure incomplete is no verdict any more; it counts as 0.
    mutual.vote(cured.key, [INCOMPLETE, INCOMPLETE, 7])
    mutual.conclude(cured)
    state = mutual.state(cured)
    assert (state["stage"], state["level"], state["valid"]) == (NOTICE, 0, 3)
    mutual.settle(cured)
    mutual.pay_jurors(cured)
    mutual.check_conservation([cured])


def test_a_claim_that_is_not_cured_is_denied_with_its_notice(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [INCOMPLETE, INCOMPLETE, 7])
    with refused("court: the claimant still has time"):
        mutual.court.time_out(filed.number, filed.claim)
    roll(seconds=mutual.rules.cure)
    with refused("court: not in the time to cure"):
        mutual.cure(filed)
    mutual.court.time_out(filed.number, filed.claim)
    state = mutual.state(filed)
    assert (state["stage"], state["level"], state["valid"]) == (NOTICE, 0, 3)
    mutual.settle(filed)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


def test_no_access_after_a_cure_is_final_and_the_jurors_are_paid(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [INCOMPLETE, INCOMPLETE, 7])
    cured = mutual.cure(filed)
    roll(seconds=mutual.rules.access)
    mutual.court.time_out(cured.number, cured.claim)
    assert mutual.event("Closed").pay_per_seat == 2 * TOKEN
    mutual.pay_jurors(cured)
    mutual.check_conservation([cured])
    with refused("court: this event was claimed before"):
        mutual.file(day=filed.claim[8])


def test_silent_jurors_lose_their_bonds_and_are_redrawn(mutual: Mutual) -> None:
    # the vote that was cast stays, its juror too.
    filed = mutual.file()
    mutual.draw(filed)
    mutual.grant(filed)
    jurors = mutual.jurors(filed.key)
    mutual.vote(filed.key, [7, None, None])
    mutual.conclude(filed)
    state = mutual.state(filed)
    assert (state["stage"], state["attempt"], state["valid"]) == (LOT, 1, 1)
    assert state["flags"] & REDRAWN
    mutual.check_conservation([filed])
    for juror in jurors[1:]:
        index = mutual.jury.seat_of(mutual.wallets[juror]) - 1
        assert bits(mutual.jury.volunteers(index), 48, 8) == 0
        assert bits(mutual.jury.volunteers(index), 56, 40) == now()
        with refused("jury: no bond left"):
            mutual.jury.withdraw_bond(index)
    mutual.draw(filed)
    redrawn = mutual.jurors(filed.key)
    assert redrawn[0] == jurors[0]
    assert not set(redrawn[1:]) & set(jurors)
    mutual.grant(filed)
    assert mutual.state(filed)["valid"] == 0
    with refused("jury: this seat has voted"):
        mutual.commit(filed.key, 0, 0)
    mutual.commit(filed.key, 1, 7)
    mutual.commit(filed.key, 2, 0)
    mutual.reveal(filed.key, 1, 7)
    mutual.reveal(filed.key, 2, 0)
    mutual.conclude(filed)
    assert mutual.state(filed)["level"] == 7
    mutual.settle(filed)
    closed = mutual.event("Closed")
    # Two bonds of 20 in the pot: no costs to the members, the rest is theirs.
    assert (closed.owed, closed.costs, closed.rewards, closed.to_surplus) == (12 * TOKEN, 0, 0, 34 * TOKEN)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


def test_a_panel_silent_twice_becomes_open(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [7, None, None])
    mutual.draw(filed)
    mutual.grant(filed)
    roll(seconds=mutual.rules.commit + mutual.rules.reveal)
    mutual.conclude(filed)
    state = mutual.state(filed)
    assert (state["stage"], state["attempt"], state["valid"]) == (VOTING, 0, 1)
    assert state["flags"] & OPEN
    key = filed.key + 4
    panel = mutual.jury.panel(key)
    assert (bits(panel, 96, 28), bits(panel, 68, 28)) == (32, 4)
    mutual.open_vote(key, {1: 5, 2: 5, 3: 5, 4: 0})
    mutual.conclude(filed)
    assert mutual.state(filed)["level"] == 5
    mutual.settle(filed)
    closed = mutual.event("Closed")
    # The one drawn juror who voted is paid; open votes are not.
    assert (closed.owed, closed.pay_per_seat) == (8 * TOKEN, 2 * TOKEN)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


def test_an_open_panel_without_quorum_denies(mutual: Mutual) -> None:
    filed = mutual.file()
    for _ in range(2):
        mutual.judge(filed, [None, None, None])
    with refused("jury: votes can still be cast"):
        mutual.conclude(filed)
    mutual.open_vote(filed.key + 4, {1: 7, 2: 7, 3: 7})
    # All who committed have revealed, so nothing is waited for.
    mutual.conclude(filed)
    state = mutual.state(filed)
    assert (state["stage"], state["level"]) == (NOTICE, 0)
    mutual.settle(filed)
    mutual.check_conservation([filed])


@pytest.mark.parametrize("rules", [Rules(flags=2)])
def test_a_mutual_with_open_panels(mutual: Mutual) -> None:
    # no bond, no draw; and an incomplete claim is cured with all votes anew.
    filed = mutual.file()
    assert mutual.event("Filed").bond == 0
    with refused("court: lot not ready"):
        mutual.court.draw(filed.number, filed.claim)
    mutual.draw(filed)
    key = filed.key + 4
    assert mutual.key(filed) == key
    mutual.open_vote(key, {1: INCOMPLETE, 2: INCOMPLETE, 3: INCOMPLETE, 4: 7})
    mutual.conclude(filed)
    cured = mutual.cure(filed)
    assert mutual.state(cured)["stage"] == VOTING
    assert mutual.jury.votes(key) == 0
    mutual.open_vote(key, {1: 7, 2: 7, 3: 7, 4: 7})
    mutual.conclude(cured)
    # an open verdict is challenged before an open panel with twice the quorum.
    mutual.court.challenge(cured.number, cured.claim, 2**256 - 1, NO_PAYMENT, sender=mutual.wallets[9])
    mutual.draw(cured)
    assert bits(mutual.jury.panel(key + 1), 68, 28) == 8
    mutual.open_vote(key + 1, dict.fromkeys(range(1, 8), 0))
    mutual.conclude(cured)
    # seven of eight: without a quorum the challenged level stands.
    assert mutual.state(cured)["level"] == 7
    mutual.settle(cured)
    assert mutual.event("Closed").to_surplus == 14 * TOKEN
    mutual.check_conservation([cured])


def test_a_failing_push_delays_nobody(mutual: Mutual) -> None:
    # the payee's tokens wait as a due. A token that refuses stands in for a blocked payee.
    filed = mutual.file()
    mutual.judge(filed, [7, 7, 7])
    broken = boa.loads("# pragma version 0.4.3\n@external\ndef __default__():\n    raise 'no'\n")
    code = boa.env.evm.get_code(mutual.token.address)
    roll(seconds=mutual.rules.notice)
    boa.env.set_code(mutual.token.address, boa.env.evm.get_code(broken.address))
    mutual.court.settle(filed.number, filed.claim)
    boa.env.set_code(mutual.token.address, code)
    assert mutual.fund.dues(mutual.wallets[0]) == 1006 * TOKEN
    mutual.fund.withdraw(mutual.wallets[0], sender=mutual.keeper)
    mutual.check_conservation([filed])


@pytest.mark.parametrize("rules", [Rules(claim_cap=SPACING)])
def test_the_claim_cap_cuts_the_due(mutual: Mutual) -> None:
    # P-35, R-62: at most ten tokens of each of 32 whole shares.
    filed = mutual.file()
    mutual.judge(filed, [7, 7, 7])
    assert mutual.event("Verdict").due == mutual.court.award(filed.number) == 320 * TOKEN
    small = mutual.file(1)
    mutual.judge(small, [1, 1, 1])
    assert mutual.event("Verdict").due == 200 * TOKEN
    assert mutual.court.award(small.number) == 0
    mutual.court.challenge(filed.number, filed.claim, 2**256 - 1, NO_PAYMENT, sender=mutual.wallets[3])
    assert mutual.court.award(filed.number) == 0


def test_settled_before_follows_the_lowest_open_claim(mutual: Mutual) -> None:
    # closing out of order never lets the pointer pass an open claim.
    claims: list[Filed] = []
    for member in range(4):
        claims.append(mutual.file(member))
        roll(seconds=100, blocks=1)
    times = [claim.claim[9] for claim in claims]
    assert mutual.court.settled_before(times[0])
    assert not mutual.court.settled_before(times[0] + 1)
    for claim in (claims[1], claims[2], claims[0], claims[3]):
        mutual.draw(claim)
    roll(seconds=mutual.rules.access)
    for closed, reached in ((1, times[0]), (2, times[0]), (0, times[3])):
        mutual.court.time_out(claims[closed].number, claims[closed].claim)
        assert mutual.court.settled_before(reached)
        assert not mutual.court.settled_before(reached + 1)
        mutual.court.advance(sender=mutual.keeper)
        assert not mutual.court.settled_before(reached + 1)
    mutual.court.time_out(claims[3].number, claims[3].claim)
    assert mutual.court.settled_before(2**40)
    late = mutual.file(5)
    assert mutual.court.settled_before(late.claim[9])
    assert not mutual.court.settled_before(late.claim[9] + 1)


def test_anybody_moves_the_pointer_past_many_closed_claims(mutual: Mutual) -> None:
    # 64 in one call. Seventy claims closed out of order are written into the storage.
    count, denied = 70, 7
    layout = source("Court").compiler_data.storage_layout["storage_layout"]
    first = mutual.file(0)
    boa.env.evm.set_storage(
        mutual.court.address, layout["docket"]["slot"], count << 208 | 1 << 160 | first.claim[9] << 120
    )
    for claim in range(1, count + 1):
        slot = keccak(layout["state"]["slot"].to_bytes(32) + claim.to_bytes(32))
        boa.env.evm.set_storage(mutual.court.address, int.from_bytes(slot), denied << 252 | claim << 104)
    for lowest, filed_at in ((65, 65), (71, 0)):
        mutual.court.advance(sender=mutual.keeper)
        assert mutual.court.docket() == count << 208 | lowest << 160 | filed_at << 120


def test_costs_that_cannot_be_collected_reduce_the_jurors_pay(mutual: Mutual) -> None:
    # bonds first, the investigator, then jurors in equal parts. Here no member is left in force.
    filed = mutual.file()
    mutual.judge(filed, [7, 7, 7])
    roll(seconds=mutual.rules.notice)
    books = mutual.fund.books()
    slot = mutual_storage_slot(mutual, books)
    boa.env.evm.set_storage(mutual.fund.address, slot, books & ~((2**44 - 1) << 116))
    mutual.court.settle(filed.number, filed.claim)
    closed = mutual.event("Closed")
    assert (closed.costs, closed.costs_paid) == (6 * TOKEN, 0)
    # The bond goes back whole, so nothing is left for jurors.
    assert (closed.pay_per_seat, closed.to_surplus) == (0, 0)


def mutual_storage_slot(mutual: Mutual, books: int) -> int:
    for slot in range(64):
        if boa.env.evm.get_storage(mutual.fund.address, slot) == books:
            return slot
    raise AssertionError("books not found")


def test_times_move_only_forward(mutual: Mutual) -> None:
    # nothing waits for a person without an end: from each stage anybody gets on after the deadline.
    filed = mutual.file()
    roll(seconds=400 * DAY, blocks=100_000)
    mutual.court.draw(filed.number, filed.claim, sender=mutual.keeper)
    roll(seconds=400 * DAY)
    mutual.court.time_out(filed.number, filed.claim, sender=mutual.keeper)
    assert mutual.state(filed)["stage"] == DENIED
