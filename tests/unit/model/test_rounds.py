# SPDX-License-Identifier: AGPL-3.0-only
"""R-9 to R-16 with numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.mutuals import FOUNDED, SPACING, Village, member_id, wallet
from tongxin.model import ModelRevert, Payment
from tongxin.units import DAY, Address, Index
from tongxin.words import FUND_DEFERRED, FUND_PAYOUT, FUND_ROUND

COURT = 0xADD
ALICE, BOB = Address(0xA11CE), Address(0xB0B)


def close(village: Village, claim: int, payee: int, due: int, costs: int = 0) -> int:
    call = village.mutual.announce(due, costs)
    return village.mutual.settle_claim(COURT, claim, payee, due, costs, call, now=village.now)


def key(claim: int) -> int:
    return (COURT << 96) + claim


def test_r10_r12_r14_a_period_round_pays_all_in_one_ratio() -> None:
    village = Village.found(immediate=False, carries=0)
    village.join(1, tick=10)
    village.join(2, tick=10)
    assert close(village, 1, ALICE, 10_001, costs=50) == 50
    assert close(village, 2, BOB, 20_000) == 0
    words = village.mutual.words()
    assert FUND_ROUND.unpack(words.round())["closes_at"] == FOUNDED + 7 * DAY
    assert FUND_PAYOUT.unpack(words.payout(1)) == {"due": 0, "paid": 0, "left": 2}
    with pytest.raises(ModelRevert, match="still open"):
        village.mutual.settle_round(now=FOUNDED + 7 * DAY - 1)
    with pytest.raises(ModelRevert, match="not settled"):
        village.mutual.pay(COURT, 1)
    village.now = FOUNDED + 7 * DAY
    figures = village.mutual.settle_round(now=village.now)
    # 19950 are left (50 went to the costs): paid = floor(19950 / 1.08), fee = floor(paid x 8 %)
    assert (figures.collected, figures.paid, figures.fee, figures.to_surplus) == (19_950, 18_472, 1_477, 1)
    assert village.mutual.ledger.heads == 0
    assert village.mutual.pay(COURT, 2) == 12_314  # floor(20000 x 18472 / 30001)
    assert village.mutual.pay(COURT, 1) == 6_157
    assert village.mutual.ledger.surplus == 1 + 1  # the odd unit of the round follows
    assert village.mutual.ledger.due == 0
    assert words.deferred(key(1)) == words.deferred(key(2)) == 0
    with pytest.raises(ModelRevert, match="nothing to pay"):
        village.mutual.pay(COURT, 1)


def test_r14_the_order_of_paying_changes_nothing() -> None:
    amounts = []
    for order in ((1, 2, 3), (3, 1, 2)):
        village = Village.found(immediate=False)
        village.people(1, tick=10)
        for claim, due in ((1, 3_333), (2, 7_777), (3, 5_551)):
            close(village, claim, 0x100 + claim, due)
        village.mutual.settle_round(now=FOUNDED + 7 * DAY)
        amounts.append({claim: village.mutual.pay(COURT, claim) for claim in order})
    assert amounts[0] == amounts[1]


def test_r13_a_closed_round_must_be_settled_first() -> None:
    village = Village.found(immediate=False)
    village.people(2)
    close(village, 1, ALICE, 1_000)
    village.now = FOUNDED + 7 * DAY
    calls: list[Callable[[], object]] = [
        lambda: village.join(3, 60),
        lambda: village.mutual.top_up(member_id(1), 70, Payment(), wallet(1), now=village.now),
        lambda: village.mutual.top_up_many([member_id(1)], [70], wallet(1), now=village.now),
        lambda: village.mutual.collect([member_id(1)], now=village.now),
        lambda: village.mutual.leave(member_id(1), wallet(1), now=village.now),
        lambda: village.mutual.refund(member_id(1), now=village.now),
        lambda: village.mutual.replace_wallet(member_id(1), wallet(9), wallet(1), now=village.now),
        lambda: close(village, 2, BOB, 0),
        lambda: village.mutual.carry(COURT, 1, now=village.now),
        lambda: village.mutual.membership.hold_from_balance(member_id(1), 1, village.now),
    ]
    for call in calls:
        with pytest.raises(ModelRevert) as revert:
            call()
        assert revert.value.rule == "R-13"
    village.mutual.settle_round(now=village.now)
    village.join(3, 60)


def test_r9_when_the_year_cap_binds_only_the_costs_are_settled_now() -> None:
    village = Village.found(year_cap=Index(12 * SPACING))
    village.join(1, tick=60)
    village.mutual.ledger.collect(10_000, 10 * SPACING, village.now)
    # two ticks of the year are left; a due of 1900 needs 2052 / 1000 ticks
    assert close(village, 1, ALICE, 1_900, costs=0) == 0
    assert village.mutual.rounds.pending
    assert village.mutual.ledger.index == 10 * SPACING
    assert village.mutual.ledger.open_calls == 2_052_000
    village.mutual.settle_round(now=FOUNDED + 7 * DAY)
    assert village.mutual.ledger.index == 12 * SPACING
    assert village.mutual.pay(COURT, 1) == 1_851  # floor(2000 / 1.08)


def test_r9_below_the_cap_it_is_settled_at_once() -> None:
    village = Village.found(year_cap=Index(12 * SPACING))
    village.join(1, tick=60)
    village.mutual.ledger.collect(10_000, 10 * SPACING, village.now)
    close(village, 1, ALICE, 1_851)  # gross 2000: exactly what the year leaves
    assert not village.mutual.rounds.pending
    assert village.mutual.token.balance_of(ALICE) == 1_851


def test_r15_a_rest_is_carried_once() -> None:
    village = Village.found(carries=1)
    village.join(1, tick=60)
    close(village, 1, ALICE, 20_000)  # the round cap gives 10000: floor(10000 / 1.08) = 9259
    assert village.mutual.token.balance_of(ALICE) == 9_259
    words = village.mutual.words()
    assert FUND_DEFERRED.unpack(words.deferred(key(1))) == {"payee": ALICE, "round": 0, "carries": 1}
    assert words.deferred_due(key(1)) == 10_741
    assert village.mutual.carry(COURT, 1, now=village.now) == 10 * SPACING  # 11601 / 1000 ticks, capped
    # the first boundary at or after now + 7 d is the second one
    assert village.mutual.rounds.closes_at == FOUNDED + 14 * DAY
    assert FUND_DEFERRED.unpack(words.deferred(key(1))) == {"payee": ALICE, "round": 1, "carries": 0}
    with pytest.raises(ModelRevert, match="nothing to carry"):
        village.mutual.carry(COURT, 1, now=village.now)
    village.mutual.settle_round(now=FOUNDED + 14 * DAY)
    # the surplus has the odd unit of the first settlement: 10001 / 1.08 = 9260.2
    assert village.mutual.pay(COURT, 1) == 9_260
    assert words.deferred(key(1)) == words.deferred_due(key(1)) == 0


def test_r15_a_carried_claim_does_not_join_a_round_that_closes_within_a_period() -> None:
    village = Village.found(year_cap=Index(21 * SPACING), carries=1)
    village.join(1, tick=60)
    close(village, 1, ALICE, 20_000)
    close(village, 2, BOB, 20_000)
    close(village, 3, BOB, 1_900)  # the year leaves one tick: deferred to the period's round
    assert village.mutual.rounds.closes_at == FOUNDED + 7 * DAY
    with pytest.raises(ModelRevert, match="carry later"):
        village.mutual.carry(COURT, 1, now=village.now)
    village.mutual.settle_round(now=FOUNDED + 7 * DAY)
    village.mutual.carry(COURT, 1, now=FOUNDED + 7 * DAY)
    assert village.mutual.rounds.closes_at == FOUNDED + 14 * DAY
    village.mutual.carry(COURT, 2, now=FOUNDED + 7 * DAY)  # closes exactly a period later: may join
    assert village.mutual.rounds.payouts[2].left == 2


def test_r11_costs_beyond_the_limit_are_not_deferred() -> None:
    village = Village.found(immediate=False)
    village.join(1, tick=10)
    assert close(village, 1, ALICE, 0, costs=12_000) == 10_000
    assert not village.mutual.rounds.pending


def test_r14_nothing_outstanding() -> None:
    village = Village.found()
    with pytest.raises(ModelRevert, match="no round"):
        village.mutual.settle_round(now=village.now)
