# SPDX-License-Identifier: AGPL-3.0-only
"""R-1 to R-8 and R-18 to R-25 with numbers worked out by hand: a full share pays 1000 units a tick."""

from __future__ import annotations

import pytest

from support.mutuals import CHARTER_HASH, FOUNDED, SPACING, STEWARD, STRANGER, Village, member_id, wallet
from tongxin.model import ModelRevert, Payment
from tongxin.model.invariants import Before, i_1, i_2, i_3, violations
from tongxin.units import SCALE, YEAR, Address, Index
from tongxin.words import FUND_BOOKS, FUND_TICK

PAYEE = Address(0xFEED)


def settle(village: Village, due: int, costs: int = 0, payee: int = PAYEE, claim: int = 1) -> int:
    call = village.mutual.announce(due, costs)
    return village.mutual.settle_claim(0xADD, claim, payee, due, costs, call, now=village.now)


def test_r1_r2_joining_costs_the_runway_and_gives_it_as_balance() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=25, class_id=1)
    assert village.mutual.ledger.deposits == 10 * 1000 + 25 * 500
    assert village.mutual.balance_of(member_id(1)) == 10_000
    assert village.mutual.balance_of(member_id(2)) == 12_500


def test_r2_rounds_up_and_r1_down() -> None:
    village = Village.found(spacing=Index(1_500), round_cap=Index(15_000), year_cap=Index(15_000))
    village.join(1, tick=11, class_id=1)  # 500 x 11 x 1500 / 10**6 = 8.25
    assert village.mutual.ledger.deposits == 9
    assert village.mutual.balance_of(member_id(1)) == 8


@pytest.mark.parametrize(("tick", "rule"), [(9, "R-3"), (101, "R-3"), (0, "R-4"), (2**28, "R-4")])
def test_r3_r4_runway_limits(tick: int, rule: str) -> None:
    village = Village.found()
    with pytest.raises(ModelRevert) as revert:
        village.join(1, tick)
    assert revert.value.rule == rule


def test_r3_limits_move_with_the_index() -> None:
    village = Village.found()
    village.join(1, tick=60)
    village.mutual.ledger.collect(2_500, 10 * SPACING, village.now)  # A = 2.5 ticks
    village.join(2, tick=13)
    village.join(3, tick=102)
    for tick in (12, 103):
        with pytest.raises(ModelRevert, match="runway too"):
            village.join(4, tick)


def test_r5_collection_below_the_next_tick_moves_only_the_index() -> None:
    village = Village.found()
    village.people(2)
    village.join(3, tick=20, class_id=1)
    ledger = village.mutual.ledger
    assert ledger.collect(1_001, 10 * SPACING, village.now) == 1_001
    # ceil(1001 x 10**6 / 2500) = 400400 exactly
    assert ledger.index == 400_400
    assert ledger.deposits == 130_000 - 1_001
    assert (ledger.shares, ledger.heads) == (2_500, 3)


def test_r5_crosses_a_tick_and_takes_the_rest_from_those_left() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=40)
    ledger = village.mutual.ledger
    # 20000 for both to tick 10; the remaining 3000 from member 2 alone: A = 13 ticks
    assert ledger.collect(23_000, 20 * SPACING, village.now) == 23_000
    assert ledger.index == 13 * SPACING
    assert (ledger.shares, ledger.heads) == (1_000, 1)
    assert FUND_TICK.unpack(village.mutual.words().ticks(10)) == {"shares": 1000, "heads": 1, "stamp": village.now}
    assert village.mutual.words().bitmap(0) == 1 << 40
    assert village.mutual.balance_of(member_id(1)) == 0
    assert village.mutual.balance_of(member_id(2)) == 27_000
    assert violations(village.mutual, village.now) == []


def test_r5_landing_exactly_on_a_tick_crosses_it() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=40)
    assert village.mutual.ledger.collect(20_000, 20 * SPACING, village.now) == 20_000
    assert village.mutual.ledger.index == 10 * SPACING
    assert village.mutual.ledger.heads == 1
    assert village.mutual.ledger.tick(10).stamp == village.now


def test_r5_stops_at_the_limit() -> None:
    village = Village.found()
    village.people(2)
    assert village.mutual.ledger.collect(10_000, 3 * SPACING, village.now) == 6_000
    assert village.mutual.ledger.index == 3 * SPACING


def test_r5_rounding_never_favours_a_member() -> None:
    village = Village.found()
    village.people(3)
    ledger = village.mutual.ledger
    ledger.collect(1, 10 * SPACING, village.now)  # ceil(10**6 / 3000) = 334: 1.002 units leave the runways
    assert ledger.index == 334
    assert ledger.deposits == 180_000 - 1
    assert sum(village.mutual.balance_of(member_id(n)) for n in (1, 2, 3)) == 3 * 59_999
    assert i_1(village.mutual) == []


def test_r5_without_members_left_the_dust_is_surplus() -> None:
    village = Village.found(spacing=Index(1_500), round_cap=Index(30_000), year_cap=Index(30_000))
    village.join(1, tick=11, class_id=1)  # 9 paid, 8.25 of runway
    ledger = village.mutual.ledger
    assert ledger.collect(100, 30_000, village.now) == 8
    assert (ledger.deposits, ledger.surplus, ledger.shares, ledger.heads) == (0, 1, 0, 0)


def test_r4_an_emptied_tick_is_crossed_and_stamped_too() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=60)
    village.mutual.top_up(member_id(1), 50, Payment(), wallet(1), now=village.now)
    village.mutual.ledger.collect(24_000, 20 * SPACING, village.now)  # A = 12 ticks
    assert village.mutual.ledger.index == 12 * SPACING
    assert FUND_TICK.unpack(village.mutual.words().ticks(10)) == {"shares": 0, "heads": 0, "stamp": village.now}
    assert village.mutual.ledger.marks.ascending == [50, 60]


def test_r6_the_smallest_cap_holds_and_the_year_restarts() -> None:
    village = Village.found(year_cap=Index(12 * SPACING))
    village.people(1)
    ledger = village.mutual.ledger
    assert ledger.limit(5 * SPACING, village.now) == 5.5 * SPACING
    assert ledger.limit(20 * SPACING, village.now) == 10 * SPACING
    ledger.collect(10_000, 10 * SPACING, village.now)
    assert ledger.limit(20 * SPACING, village.now) == 2 * SPACING
    assert ledger.limit(20 * SPACING, FOUNDED + YEAR) == 10 * SPACING
    ledger.collect(5_000, 10 * SPACING, FOUNDED + YEAR)
    assert (ledger.year, ledger.raised) == (1, 5 * SPACING)


def test_r7_call_is_due_with_fee_and_costs_per_thousandth() -> None:
    village = Village.found()
    assert village.mutual.announce(1_000, 0) == 0
    village.people(2)
    # gross 1001 + ceil(80.08) = 1082; need 1382; ceil(1382 x 10**6 / 2000) = 691000
    assert village.mutual.announce(1_001, 300) == 691_000
    assert village.mutual.announce(10**9, 0) == 10 * SPACING
    assert village.mutual.ledger.open_calls == 691_000 + 10 * SPACING
    village.mutual.retract(691_000)
    assert village.mutual.ledger.open_calls == 10 * SPACING


def test_r8_a_full_settlement() -> None:
    village = Village.found()
    village.people(2)
    assert settle(village, 1_001, costs=300) == 300
    ledger = village.mutual.ledger
    # need 1382 collected exactly; paid 1001, fee floor(80.08) = 80, the rest 1 to the surplus
    assert village.mutual.token.balance_of(PAYEE) == 1_001
    assert (ledger.fees, ledger.surplus, ledger.bonds, ledger.due) == (80, 1, 300, 0)
    assert ledger.deposits == 120_000 - 1_382
    assert ledger.open_calls == 0


def test_r8_surplus_pays_first_and_costs_before_the_claim() -> None:
    village = Village.found()
    village.mutual.token.mint(STRANGER, 1_000)
    village.mutual.donate(1_000, Payment(), STRANGER)
    village.join(1, tick=10)  # 10000 in force; need 10800 + 2000, 1000 of it from the surplus
    assert settle(village, 10_000, costs=2_000) == 2_000
    last = village.mutual.rounds.last
    assert last is not None
    assert (last.from_surplus, last.collected, last.costs_paid) == (1_000, 10_000, 2_000)
    assert (last.paid, last.fee, last.to_surplus) == (8_333, 666, 1)  # 9000 / 1.08 = 8333.3; 666.64


def test_r18_a_failed_pull_changes_nothing() -> None:
    village = Village.found(entry_fee=5)
    village.join(1, tick=10)
    before = village.mutual.words().all()
    village.mutual.token.pull_fails.add(wallet(2))
    with pytest.raises(ModelRevert, match="R-18"):
        village.join(2, tick=10)
    assert village.mutual.words().all() == before


def test_r19_a_failed_push_is_due_and_can_be_withdrawn() -> None:
    village = Village.found()
    village.people(2)
    village.mutual.token.push_fails.add(PAYEE)
    settle(village, 1_000)
    assert village.mutual.words().dues(PAYEE) == 1_000
    assert village.mutual.ledger.due == 1_000
    with pytest.raises(ModelRevert, match="push failed"):
        village.mutual.withdraw(PAYEE)
    assert village.mutual.words().dues(PAYEE) == 1_000
    village.mutual.token.push_fails.clear()
    assert village.mutual.withdraw(PAYEE) == 1_000
    assert village.mutual.ledger.due == 0
    with pytest.raises(ModelRevert, match="nothing due"):
        village.mutual.withdraw(PAYEE)


def test_r20_absorb_books_stray_units() -> None:
    village = Village.found()
    village.people(1)
    with pytest.raises(ModelRevert, match="nothing to absorb"):
        village.mutual.absorb()
    village.mutual.token.stray(77)
    assert village.mutual.absorb() == 77
    assert village.mutual.ledger.surplus == 77


def test_r21_a_loss_takes_the_surplus_then_the_members() -> None:
    village = Village.found()
    village.people(2)
    village.mutual.token.stray(50)
    village.mutual.absorb()
    village.mutual.token.stray(-1_050)
    assert village.mutual.recognise_loss(now=village.now) == 1_050
    assert village.mutual.ledger.surplus == 0
    assert village.mutual.ledger.index == SPACING // 2
    assert village.mutual.token.held == village.mutual.ledger.booked()
    with pytest.raises(ModelRevert, match="no loss"):
        village.mutual.recognise_loss(now=village.now)


def test_r23_fees_go_to_the_steward() -> None:
    village = Village.found()
    village.people(2)
    with pytest.raises(ModelRevert, match="no fees"):
        village.mutual.withdraw_fees()
    settle(village, 10_000)
    assert village.mutual.withdraw_fees() == 800
    assert village.mutual.token.balance_of(STEWARD) == 800


def test_r17_without_members_the_surplus_pays_and_the_rest_is_carried_or_extinguished() -> None:
    for carries, waits in ((1, 4_000), (0, 0)):
        village = Village.found(carries=carries)
        village.mutual.token.mint(STRANGER, 6_480)
        village.mutual.donate(6_480, Payment(), STRANGER)
        settle(village, 10_000)
        assert village.mutual.token.balance_of(PAYEE) == 6_000
        assert village.mutual.words().deferred_due((0xADD << 96) + 1) == waits


def test_i3_sees_lost_runway_and_i2_a_wrong_total() -> None:
    village = Village.found()
    village.people(2)
    before = Before.of(village.mutual)
    ledger = village.mutual.ledger
    members = village.mutual.membership.members
    taken = next(iter(members))
    members[taken] = members[taken]._replace(tick=members[taken].tick.__class__(50))
    assert i_3(before, village.mutual) != []
    assert i_3(before, village.mutual, {taken}) == []
    assert i_2(village.mutual) != []
    ledger.deposits -= 20_000
    assert i_1(village.mutual) != []


def test_books_word_holds_the_ledger() -> None:
    village = Village.found()
    village.people(2)
    assert FUND_BOOKS.unpack(village.mutual.words().books()) == {
        "index": 0,
        "shares": 2_000,
        "heads": 2,
        "special": 0,
        "amended": 0,
        "pending": 0,
        "deposits": 120_000,
    }
    assert village.mutual.words().admission() >> 96 == int.from_bytes(CHARTER_HASH) & (1 << 160) - 1
    assert SCALE == SPACING
