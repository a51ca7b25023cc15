# SPDX-License-Identifier: AGPL-3.0-only
"""What happens to a verdict in its notice: challenges, escalation, review, and who pays for it."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from support.hearing import (
    ACCESS,
    BEYOND,
    COUNTED,
    DENIED,
    ESCROW,
    GRANTED,
    LOT,
    NO_PAYMENT,
    NOTICE,
    OPEN,
    REVIEWED,
    TOKEN,
    Filed,
    Mutual,
    Rules,
    attempt,
    bits,
    block_hash,
    now,
    refused,
    roll,
)

OUTSIDER = 2  # a member who is not on the bench
PAY = 2 * TOKEN
NEXT_BOND = 7 * PAY


def challenge(mutual: Mutual, filed: Filed, who: str, seat: int = BEYOND) -> None:
    mutual.court.challenge(filed.number, filed.claim, seat, NO_PAYMENT, sender=who)


def granted(mutual: Mutual) -> Filed:
    filed = mutual.file()
    mutual.judge(filed, [7, 7, 0])
    return filed


def denied(mutual: Mutual) -> Filed:
    filed = mutual.file()
    mutual.judge(filed, [0, 0, 7])
    return filed


def finish(mutual: Mutual, filed: Filed) -> Any:
    """Settles, checks that no unit is lost (I-10, I-11), and returns the Closed event."""
    mutual.settle(filed)
    closed = mutual.event("Closed")
    # Bonds, rewards and a report's fee are released; what is due to the payee is not among them.
    released = sum(event.amount for event in mutual.events("Released"))
    assert sum(event.amount for event in mutual.events("Forfeited")) == closed.to_surplus
    state = mutual.state(filed)
    escrow = mutual.court.escrow(filed.number)
    pot = 3 * PAY + bits(escrow, 168, 88) + bits(escrow, 80, 88)
    assert pot + closed.costs_paid == released + state["valid"] * state["amount"] + closed.to_surplus
    mutual.check_conservation([filed])
    for n in range(state["n"] + 1):
        mutual.court.pay_jurors(filed.number, n, sender=mutual.keeper)
    mutual.check_conservation([filed])
    return closed


def test_a_dissenting_juror_reverses_a_grant(mutual: Mutual) -> None:
    filed = granted(mutual)
    assert mutual.state(filed)["flags"] & COUNTED
    jurors = mutual.jurors(filed.key)
    challenge(mutual, filed, mutual.wallets[jurors[2]], 2)
    event = mutual.event("Challenged")
    assert (event.n, event.kind, event.level, event.bond) == (1, 3, 7, 0)
    # the call is retracted, the count taken back.
    assert bits(mutual.fund.yearly(), 48, 96) == 0
    assert mutual.court.grants_of(mutual.ids[0], 0) >> 32 == 0
    state = mutual.state(filed)
    assert (state["stage"], state["n"], state["attempt"], state["level"]) == (LOT, 1, 0, 7)
    assert not state["flags"] & COUNTED
    mutual.judge(filed, [0] * 7)
    assert not set(mutual.jurors(filed.key + 1)) & set(jurors)
    closed = finish(mutual, filed)
    assert mutual.state(filed)["stage"] == DENIED
    assert (closed.owed, closed.costs_paid, closed.rewards, closed.to_surplus) == (10 * PAY, 7 * PAY, 0, 0)


def test_a_juror_who_escalates_and_loses_pays_with_the_bond(mutual: Mutual) -> None:
    filed = granted(mutual)
    loser = mutual.wallets[mutual.jurors(filed.key)[2]]
    challenge(mutual, filed, loser, 2)
    mutual.judge(filed, [7] * 7)
    closed = finish(mutual, filed)
    assert mutual.state(filed)["stage"] == GRANTED
    index = mutual.jury.seat_of(loser) - 1
    assert bits(mutual.jury.volunteers(index), 48, 8) == 0
    # The bond of 20 pays for the panel of seven; members pay nothing.
    assert (closed.owed, closed.costs, closed.to_surplus) == (13 * PAY, 0, 0)


def test_only_a_juror_who_dissented_escalates(mutual: Mutual) -> None:
    filed = granted(mutual)
    jurors = [mutual.wallets[i] for i in mutual.jurors(filed.key)]
    with refused("jury: you voted for the verdict"):
        challenge(mutual, filed, jurors[0], 0)
    with refused("jury: not your seat"):
        challenge(mutual, filed, jurors[0], 2)
    assert attempt(lambda: challenge(mutual, filed, jurors[2], 2))


def test_an_incomplete_vote_does_not_differ_from_a_denial(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [0, 0, 8])
    with refused("jury: you voted for the verdict"):
        challenge(mutual, filed, mutual.wallets[mutual.jurors(filed.key)[2]], 2)


def test_anyone_challenges_with_a_bond(mutual: Mutual) -> None:
    filed = granted(mutual)
    who = mutual.wallets[OUTSIDER]
    before = mutual.balance(who)
    challenge(mutual, filed, who)
    assert before - mutual.balance(who) == NEXT_BOND
    mutual.check_conservation([filed])
    mutual.judge(filed, [0] * 7)
    closed = finish(mutual, filed)
    # the level differs, so the bond goes back; nothing was slashed, so there is no reward.
    assert mutual.balance(who) == before
    assert (closed.owed, closed.costs_paid, closed.rewards) == (NEXT_BOND + 10 * PAY, 7 * PAY, 0)


def test_a_lost_challenge_pays_the_panel_it_called(mutual: Mutual) -> None:
    filed = granted(mutual)
    challenge(mutual, filed, mutual.wallets[OUTSIDER])
    mutual.judge(filed, [7] * 7)
    closed = finish(mutual, filed)
    assert (closed.owed, closed.costs_paid, closed.to_surplus) == (13 * PAY, 3 * PAY, 0)


def test_winners_are_rewarded_from_slashed_bonds_alone(mutual: Mutual) -> None:
    filed = granted(mutual)
    who = mutual.wallets[OUTSIDER]
    before = mutual.balance(who)
    challenge(mutual, filed, who)
    mutual.judge(filed, [0] * 4 + [None] * 3)
    closed = finish(mutual, filed)
    # Pot: bonds 6 + 14, slashed 60. Owed: 14 and seven votes of 2. Slashed 60 are the most that is shared; 52 are left.
    assert (closed.owed, closed.costs, closed.rewards, closed.to_surplus) == (28 * TOKEN, 0, 52 * TOKEN, 0)
    assert mutual.balance(who) - before == 52 * TOKEN


def test_the_claimant_challenges_free_once(mutual: Mutual) -> None:
    filed = denied(mutual)
    claimant = mutual.wallets[0]
    before = mutual.balance(claimant)
    challenge(mutual, filed, claimant)
    assert mutual.balance(claimant) == before
    mutual.judge(filed, [7, 7, 7, 7, 0, 0, 0])
    # Now a member outside challenges the grant, and loses: nothing is final before the notice is over.
    assert mutual.state(filed)["level"] == 7
    challenge(mutual, filed, mutual.wallets[OUTSIDER])
    # The bench of 24 is too small for a panel of 15, so every member may vote.
    mutual.draw(filed)
    assert mutual.state(filed)["flags"] & OPEN
    mutual.open_vote(filed.key + 6, {1: 7, 3: 7, 4: 7, 5: 7})
    mutual.conclude(filed)
    with refused("court: this verdict is final"):
        challenge(mutual, filed, mutual.wallets[OUTSIDER])
    closed = finish(mutual, filed)
    assert mutual.state(filed)["stage"] == GRANTED
    # Pot: 6 + 30. Owed: the bond of 6, ten votes. The rest has no winner's bond slashed to share: it is the members'.
    assert (closed.owed, closed.costs, closed.rewards, closed.to_surplus) == (26 * TOKEN, 0, 0, 10 * TOKEN)


def test_the_claimants_second_challenge_needs_a_bond(mutual: Mutual) -> None:
    filed = denied(mutual)
    claimant = mutual.wallets[0]
    challenge(mutual, filed, claimant)
    mutual.judge(filed, [0] * 7)
    before = mutual.balance(claimant)
    challenge(mutual, filed, claimant)
    assert before - mutual.balance(claimant) == 15 * PAY
    mutual.draw(filed)
    mutual.open_vote(filed.key + 6, {1: 7, 3: 7, 4: 7, 5: 7})
    mutual.conclude(filed)
    finish(mutual, filed)
    # both of the claimant's challenges succeeded; both bonds come back with the due.
    assert mutual.balance(claimant) - before == 1000 * TOKEN + 3 * PAY


def test_a_bonded_challenge_by_the_claimant_is_lost_downwards(mutual: Mutual) -> None:
    filed = denied(mutual)
    claimant = mutual.wallets[0]
    challenge(mutual, filed, claimant)
    mutual.judge(filed, [3] * 7)
    before = mutual.balance(claimant)
    challenge(mutual, filed, claimant)
    mutual.draw(filed)
    mutual.open_vote(filed.key + 6, {1: 1, 3: 1, 4: 1, 5: 1})
    mutual.conclude(filed)
    closed = finish(mutual, filed)
    # Level 1 instead of 3: a fifth of the amount and the filing bond, not the bond of 30.
    assert mutual.balance(claimant) - before == (200 + 6 - 30) * TOKEN
    assert (closed.costs, closed.rewards, closed.to_surplus) == (0, 0, 10 * TOKEN)


def test_a_challenge_by_a_claimant_succeeds_only_upwards(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [3, 3, 3])
    challenge(mutual, filed, mutual.wallets[0])
    mutual.judge(filed, [1] * 4 + [None] * 3)
    closed = finish(mutual, filed)
    assert mutual.state(filed)["level"] == 1
    # Lower is a defeat: sixty slashed units and no reward.
    assert closed.rewards == 0
    assert closed.to_surplus == (6 + 60 - 6 - 14) * TOKEN


def test_the_notice_ends_on_one_side(mutual: Mutual) -> None:
    filed = granted(mutual)
    roll(seconds=mutual.state(filed)["deadline"] - 1 - now())
    assert attempt(lambda: challenge(mutual, filed, mutual.wallets[OUTSIDER]))
    assert not attempt(lambda: mutual.court.settle(filed.number, filed.claim))
    roll(seconds=1)
    with refused("court: not in a notice"):
        challenge(mutual, filed, mutual.wallets[OUTSIDER])
    mutual.court.settle(filed.number, filed.claim)


def test_no_access_for_the_second_panel_is_a_denial_without_refile(mutual: Mutual) -> None:
    filed = granted(mutual)
    who = mutual.wallets[OUTSIDER]
    before = mutual.balance(who)
    challenge(mutual, filed, who)
    mutual.draw(filed)
    roll(seconds=mutual.rules.access)
    mutual.court.time_out(filed.number, filed.claim)
    assert mutual.balance(who) == before
    assert mutual.state(filed)["stage"] == DENIED
    mutual.court.pay_jurors(filed.number, 0)
    mutual.check_conservation([filed])
    with refused("court: this event was claimed before"):
        mutual.file(day=filed.claim[8])


@pytest.mark.parametrize("rules", [Rules(review_bps=10_000)])
def test_a_grant_drawn_for_review_goes_to_a_second_panel(mutual: Mutual) -> None:
    filed = granted(mutual)
    with refused("court: lot not ready"):
        mutual.court.review(filed.number, filed.claim)
    roll(seconds=mutual.rules.notice, blocks=5)
    # no closing before the review was asked for, even after the notice.
    with refused("court: review comes first"):
        mutual.court.settle(filed.number, filed.claim)
    mutual.court.review(filed.number, filed.claim, sender=mutual.keeper)
    assert mutual.event("Reviewed").selected
    state = mutual.state(filed)
    assert (state["stage"], state["n"]) == (LOT, 1)
    mutual.judge(filed, [7] * 7)
    with refused("court: no review is due"):
        mutual.court.review(filed.number, filed.claim)
    closed = finish(mutual, filed)
    assert mutual.state(filed)["stage"] == GRANTED
    assert closed.costs_paid == 10 * PAY


@pytest.mark.parametrize("rules", [Rules(review_bps=3_000)])
def test_the_lot_of_a_review_is_fixed_by_the_block_of_the_verdict(mutual: Mutual) -> None:
    outcomes = []
    for member in range(20):
        filed = mutual.file(member)
        mutual.judge(filed, [7, 7, 0])
        lot_block = mutual.state(filed)["lot_block"]
        roll(blocks=3 + 40 * member)
        mutual.court.review(filed.number, filed.claim)
        selected = mutual.event("Reviewed").selected
        wanted = keccak(_review(block_hash(lot_block), filed.number))
        assert selected == (int.from_bytes(wanted) % 10_000 < 3_000)
        state = mutual.state(filed)
        assert state["flags"] & REVIEWED
        assert state["stage"] == (LOT if selected else NOTICE)
        outcomes.append(selected)
        if len(set(outcomes)) == 2:
            break
    assert len(set(outcomes)) == 2


def _review(lot: bytes, number: int) -> bytes:
    return b"".join([(96).to_bytes(32), lot, number.to_bytes(32), (6).to_bytes(32), b"review".ljust(32, b"\0")])


@pytest.mark.parametrize("rules", [Rules(review_above=500 * TOKEN)])
def test_large_grants_are_reviewed_by_amount(mutual: Mutual) -> None:
    large, small = granted(mutual), mutual.file(1)
    mutual.judge(small, [3, 3, 3])
    for filed, selected in ((large, True), (small, False)):
        roll(blocks=3)
        mutual.court.review(filed.number, filed.claim)
        assert mutual.event("Reviewed").selected is selected
    mutual.settle(small)
    mutual.draw(large)
    assert mutual.state(large)["stage"] == ACCESS


def test_the_investigator_is_paid_for_a_report(mutual: Mutual) -> None:
    # a majority of seats commissions; both deadlines move once; the fee is owed on the report.
    filed = mutual.file()
    mutual.draw(filed)
    mutual.grant(filed)
    jurors = [mutual.wallets[i] for i in mutual.jurors(filed.key)]
    commit_by = bits(mutual.jury.panel(filed.key), 184, 40)
    with refused("jury: not your seat"):
        mutual.court.commission(filed.number, filed.claim, 0, sender=jurors[1])
    with refused("jury: no such seat"):
        mutual.court.commission(filed.number, filed.claim, 3, sender=jurors[1])
    for _ in range(2):
        mutual.court.commission(filed.number, filed.claim, 0, sender=jurors[0])
    assert bits(mutual.jury.panel(filed.key), 184, 40) == commit_by
    with refused("court: no report is awaited"):
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.investigator)
    mutual.court.commission(filed.number, filed.claim, 2, sender=jurors[2])
    panel = mutual.jury.panel(filed.key)
    assert bits(panel, 184, 40) == commit_by + mutual.rules.investigation
    assert bits(panel, 144, 40) == commit_by + mutual.rules.investigation + mutual.rules.reveal
    with refused("court: already commissioned"):
        mutual.court.commission(filed.number, filed.claim, 1, sender=jurors[1])
    with refused("court: not the investigator"):
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.keeper)
    mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.investigator)
    with refused("court: no report is awaited"):
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.investigator)
    mutual.vote(filed.key, [7, 7, 7])
    mutual.conclude(filed)
    mutual.settle(filed)
    closed = mutual.event("Closed")
    assert (closed.owed, closed.costs_paid) == (42 * TOKEN, 36 * TOKEN)
    assert mutual.balance(mutual.investigator) == 30 * TOKEN
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


def test_a_report_after_the_verdict_comes_too_late(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    mutual.grant(filed)
    for seat, juror in enumerate(mutual.jurors(filed.key)[:2]):
        mutual.court.commission(filed.number, filed.claim, seat, sender=mutual.wallets[juror])
    mutual.vote(filed.key, [7, 7, 7])
    mutual.conclude(filed)
    with refused("court: no report is awaited"):
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.investigator)
    # Nor on the next panel, which did not ask.
    challenge(mutual, filed, mutual.wallets[OUTSIDER])
    with refused("court: no report is awaited"):
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=mutual.investigator)
    mutual.judge(filed, [7] * 7)
    assert mutual.state(filed)["flags"] & ESCROW
    mutual.settle(filed)
    assert mutual.balance(mutual.investigator) == 0
