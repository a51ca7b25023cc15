# SPDX-License-Identifier: AGPL-3.0-only
"""Topping up, standing orders, leaving, refund, rejoining: R-3, R-39, R-40, R-42, R-43, R-46."""

from __future__ import annotations

from collections.abc import Callable

import boa
from eth_utils.crypto import keccak

from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    HOUR,
    SPACING,
    YEAR,
    Mutual,
    account,
    ceil_div,
    found,
)

PAYEE = account("payee").address
NOTICE = 30 * DAY


def spend(mutual: Mutual, ticks: float, claim: int = 1) -> None:
    """Raises the index by so many ticks through a claim (without a fee in the sum: the fee is part of the need)."""
    shares = mutual.books()[1]
    need = int(shares * ticks * SPACING) // 10**6
    mutual.settle(claim, PAYEE, need * 10_000 // 10_500)


def test_top_up_costs_the_distance(prepaid: Mutual) -> None:
    """R-2, R-3, R-39: by anyone, forward only, not beyond the largest runway."""
    ann = prepaid.join("ann")
    spend(prepaid, 1.5)
    before = prepaid.books()[4]
    payer = prepaid.payer.address
    for tick in (19, 20):
        with boa.reverts("fund: tick is not ahead"):
            prepaid.fund.top_up(ann, tick, BY_ALLOWANCE, sender=payer)
    with boa.reverts("fund: runway too long"):
        prepaid.fund.top_up(ann, 402, BY_ALLOWANCE, sender=payer)
    with boa.reverts("fund: runway too short"):
        prepaid.fund.top_up(ann, 1, BY_ALLOWANCE, sender=payer)
    with boa.reverts("fund: no such member"):
        prepaid.fund.top_up(keccak(b"nobody"), 50, BY_ALLOWANCE, sender=payer)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.top_up(ann, 50, BY_ALLOWANCE, payer, sender=PAYEE)
    prepaid.fund.top_up(ann, 401, BY_ALLOWANCE, sender=payer)
    (event,) = prepaid.events("ToppedUp")
    price = 1000 * 381 * SPACING // 10**6
    assert (event.payer, event.tick, event.price, event.arrears) == (payer, 401, price, 0)
    assert prepaid.books()[4] == before + price
    assert prepaid.tick(20)[:2] == (0, 0)
    assert prepaid.tick(401)[:2] == (1000, 1)
    assert prepaid.member(ann)[1] == 401
    prepaid.check_books()


def test_top_up_by_authorization_binds_member_and_tick(prepaid: Mutual) -> None:
    """R-34."""
    ann, bob = prepaid.join("ann"), prepaid.join("bob")
    price = 1000 * 10 * SPACING // 10**6
    payment = prepaid.authorization(prepaid.payer, price, "top_up", ann, 30, b"\0" * 32)
    with boa.reverts("stablecoin: invalid signature"):
        prepaid.fund.top_up(bob, 30, payment)
    prepaid.fund.top_up(ann, 30, payment)
    with boa.reverts():
        prepaid.fund.top_up(ann, 30, payment)


def test_a_lapse_in_grace_is_repaired_with_arrears(prepaid: Mutual) -> None:
    """R-39, R-42."""
    ann, bob = prepaid.join("ann", tick=20), prepaid.join("bob", tick=100)
    spend(prepaid, 20)
    assert prepaid.index == 20 * SPACING
    assert prepaid.tick(20) == (1000, 1, boa.env.timestamp)
    assert prepaid.books()[1:3] == (1000, 1)
    spend(prepaid, 2, claim=2)
    joined = prepaid.member(ann)[3]
    surplus = prepaid.purse()[0]
    boa.env.time_travel(seconds=10 * DAY)
    with boa.env.anchor():
        boa.env.time_travel(seconds=1)
        with boa.reverts("fund: lapsed, rejoin"):
            prepaid.fund.top_up(ann, 30, BY_ALLOWANCE, sender=account("ann").address)
    prepaid.fund.top_up(ann, 30, BY_ALLOWANCE, sender=account("ann").address)
    (event,) = prepaid.events("ToppedUp")
    arrears = ceil_div(1000 * (prepaid.index - 20 * SPACING), 10**6)
    assert (event.arrears, event.price) == (arrears, prepaid.price(1000, 30))
    assert prepaid.purse()[0] == surplus + arrears
    assert prepaid.books()[1:3] == (2000, 2)
    assert prepaid.member(ann)[3] == joined
    assert prepaid.tick(20)[:2] == (1000, 1)
    assert prepaid.fund.balance_of(bob) > 0
    prepaid.check_books()


def test_top_up_many_skips_without_charging(prepaid: Mutual) -> None:
    """R-39."""
    ann, bob, eve = prepaid.join("ann"), prepaid.join("bob", class_id=1), prepaid.join("eve", tick=50)
    payer = prepaid.payer.address
    before = prepaid.token.balanceOf(payer)
    ids = [ann, bob, eve, keccak(b"nobody"), ann, ann]
    ticks = [30, 30, 50, 30, 30, 40]
    assert prepaid.fund.top_up_many(ids, ticks, sender=payer) == 3
    (batch,) = prepaid.events("BatchToppedUp")
    price = (1000 * 20 + 1500 * 10) * SPACING // 10**6
    assert (batch.payer, batch.count, batch.price) == (payer, 3, price)
    assert len(prepaid.events("ToppedUp")) == 3
    assert before - prepaid.token.balanceOf(payer) == price
    assert [prepaid.tick(tick)[:2] for tick in (20, 30, 40, 50)] == [(0, 0), (1500, 1), (1000, 1), (1000, 1)]
    prepaid.check_books()
    with boa.reverts("fund: runway too long"):
        prepaid.fund.top_up_many([ann], [401], sender=payer)
    with boa.reverts("fund: ids and ticks differ"):
        prepaid.fund.top_up_many([ann], [], sender=payer)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.top_up_many([ann], [50], payer, sender=PAYEE)


def test_an_order_is_the_wallets_own(prepaid: Mutual) -> None:
    """R-40: off until the wallet sets it."""
    ann = prepaid.join("ann")
    wallet = account("ann").address
    assert prepaid.fund.collect([ann]) == 0
    with boa.reverts("fund: not the wallet"):
        prepaid.fund.set_order(ann, 10**6, 30, sender=prepaid.payer.address)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.set_order(ann, 10**6, 30, wallet, sender=prepaid.payer.address)
    for most, target in ((2**88, 30), (1, 2**20), (2**256 - 1, 1)):
        with boa.reverts("fund: order out of range"):
            prepaid.fund.set_order(ann, most, target, sender=wallet)
    prepaid.fund.set_order(ann, 10**6, 30, sender=wallet)
    (event,) = prepaid.events("OrderSet")
    assert (event.most_per_period, event.target) == (10**6, 30)
    assert prepaid.member(ann)[5] == 1 | 2 | 16
    prepaid.fund.set_order(ann, 0, 30, sender=wallet)
    assert prepaid.member(ann)[5] == 1 | 2
    assert prepaid.fund.orders(ann) == 0
    assert prepaid.fund.collect([ann]) == 0
    assert prepaid.member(ann)[1] == 20


def test_collect_moves_to_the_target_within_the_most_per_period(prepaid: Mutual) -> None:
    """R-40."""
    ann, bob = prepaid.join("ann"), prepaid.join("bob", class_id=1)
    each = 1000 * SPACING // 10**6
    prepaid.fund.set_order(ann, 10 * each, 25, sender=account("ann").address)
    prepaid.fund.set_order(bob, 4 * each, 25, sender=account("bob").address)
    spend(prepaid, 0.5)
    assert prepaid.fund.collect([ann, bob, keccak(b"nobody"), ann]) == 2
    events = prepaid.events("Collected")
    # Ann reaches index 0.5 + target 25, rounded up to a tick; Bob pays 1.5 a tick and stops at 4.
    assert [(event.tick, event.price) for event in events] == [(26, 6 * each), (22, 3 * each)]
    prepaid.check_books()
    spend(prepaid, 3, claim=2)
    assert prepaid.fund.collect([ann, bob]) == 1
    assert prepaid.member(ann)[1] == 29
    spend(prepaid, 3, claim=3)
    # One left of ten in this period.
    assert prepaid.fund.collect([ann]) == 1
    assert prepaid.member(ann)[1] == 30
    assert prepaid.fund.collect([ann]) == 0
    with boa.env.anchor():
        # The wallet's own new order starts with nothing spent.
        prepaid.fund.set_order(ann, 10 * each, 25, sender=account("ann").address)
        assert prepaid.fund.collect([ann]) == 1
    boa.env.time_travel(seconds=7 * DAY)
    assert prepaid.fund.collect([ann]) == 1
    assert prepaid.member(ann)[1] == 32
    prepaid.check_books()


def test_collect_stops_at_the_largest_runway() -> None:
    """R-3, R-40."""
    mutual = found(max_runway=30)
    ann = mutual.join("ann")
    mutual.fund.set_order(ann, 2**88 - 1, 2**20 - 1, sender=account("ann").address)
    assert mutual.fund.collect([ann]) == 1
    assert mutual.member(ann)[1] == 30


def test_collect_reaches_the_open_calls_when_called(period: Mutual) -> None:
    """R-16, R-40: target + ceil(open calls x (1 + margin))."""
    ann = period.join("ann", tick=5)
    period.fund.set_order(ann, 10**9, 5, sender=account("ann").address)
    assert period.fund.collect([ann]) == 0
    call = period.fund.announce(10**6, 0, sender=period.court)
    assert call == ceil_div(1_050_000 * 10**6, 1000)
    goal = ceil_div(5 * SPACING + ceil_div(call * 11_000, 10_000), SPACING)
    assert period.fund.collect([ann]) == 1
    assert period.member(ann)[1] == goal
    period.check_books()


def test_a_failing_order_is_skipped_and_loses_nobody_elses(prepaid: Mutual) -> None:
    """R-40, R-18."""
    ann, bob = prepaid.join("ann"), prepaid.join("bob")
    for name, member_id in (("ann", ann), ("bob", bob)):
        prepaid.fund.set_order(member_id, 10**9, 30, sender=account(name).address)
    prepaid.token.approve(prepaid.fund.address, 0, sender=account("ann").address)
    assert prepaid.fund.collect([ann, bob]) == 1
    assert (prepaid.member(ann)[1], prepaid.member(bob)[1]) == (20, 30)
    prepaid.check_books()


def leaving(mutual: Mutual, name: str) -> bytes:
    member_id = mutual.join(name)
    mutual.fund.leave(member_id, sender=account(name).address)
    return member_id


def test_leaving_takes_the_wallet_and_cannot_be_taken_back(prepaid: Mutual) -> None:
    """R-31, R-46."""
    ann = prepaid.join("ann")
    wallet = account("ann").address
    with boa.reverts("fund: not the wallet"):
        prepaid.fund.leave(ann, sender=prepaid.payer.address)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.leave(ann, wallet, sender=prepaid.payer.address)
    with boa.reverts("fund: not leaving"):
        prepaid.fund.refund(ann)
    prepaid.fund.leave(ann, sender=wallet)
    (event,) = prepaid.events("Left")
    hour = ceil_div(boa.env.timestamp, HOUR)
    assert (event.left, event.ends) == (hour, hour * HOUR + NOTICE)
    assert prepaid.member(ann)[5] == 1 | 2 | 4 | 8
    assert prepaid.history(ann)[6] == hour
    with boa.reverts("fund: already leaving"):
        prepaid.fund.leave(ann, sender=wallet)
    assert prepaid.books()[1:3] == (1000, 1)


def test_refund_waits_for_the_notice_and_pays_the_balance(prepaid: Mutual) -> None:
    """R-1, R-46, I-6: the member goes on sharing during the notice."""
    bob = prepaid.join("bob")
    ann = leaving(prepaid, "ann")
    ends = prepaid.history(ann)[6] * HOUR + NOTICE
    spend(prepaid, 3.25)
    boa.env.time_travel(seconds=ends - 1 - boa.env.timestamp)
    with boa.reverts("fund: notice is not over"):
        prepaid.fund.refund(ann)
    boa.env.time_travel(seconds=1)
    balance = prepaid.fund.balance_of(ann)
    held = prepaid.token.balanceOf(account("ann").address)
    assert balance == 1000 * (20 * SPACING - prepaid.index) // 10**6
    prepaid.fund.refund(ann)
    (event,) = prepaid.events("Refunded")
    assert (event.wallet, event.amount) == (account("ann").address, balance)
    assert event.exited == ceil_div(boa.env.timestamp, HOUR) == prepaid.history(ann)[7]
    assert prepaid.token.balanceOf(account("ann").address) == held + balance
    assert prepaid.member(ann)[5] == 1 | 2 | 4 | 8 | 128
    assert prepaid.books()[1:3] == (1000, 1)
    assert prepaid.tick(20)[:2] == (1000, 1)
    assert prepaid.fund.balance_of(ann) == 0
    assert prepaid.fund.balance_of(bob) == balance
    prepaid.check_books()
    acts: tuple[Callable[..., object], ...] = (
        lambda: prepaid.fund.refund(ann),
        lambda: prepaid.fund.top_up(ann, 50, BY_ALLOWANCE, sender=prepaid.payer.address),
    )
    for act in acts:
        with boa.reverts("fund: member has left"):
            act()
    with boa.reverts("fund: not in force"):
        prepaid.fund.leave(ann, sender=account("ann").address)


def test_refund_waits_for_earlier_claims_three_notices_at_most(prepaid: Mutual) -> None:
    """R-46, I-6."""
    ann = leaving(prepaid, "ann")
    left = prepaid.history(ann)[6] * HOUR
    prepaid.open_claims.set_first_open(left + NOTICE - 1)
    boa.env.time_travel(seconds=left + NOTICE - boa.env.timestamp)
    with boa.reverts("fund: earlier claims are open"):
        prepaid.fund.refund(ann)
    with boa.env.anchor():
        prepaid.open_claims.set_first_open(left + NOTICE)
        prepaid.fund.refund(ann)
    boa.env.time_travel(seconds=left + 3 * NOTICE - 1 - boa.env.timestamp)
    with boa.reverts("fund: earlier claims are open"):
        prepaid.fund.refund(ann)
    boa.env.time_travel(seconds=1)
    prepaid.fund.refund(ann)


def test_who_lapsed_while_leaving_gets_nothing_and_owes_nothing(prepaid: Mutual) -> None:
    """R-42, R-46."""
    ann = leaving(prepaid, "ann")
    prepaid.join("bob", tick=100)
    spend(prepaid, 20)
    boa.env.time_travel(seconds=NOTICE + HOUR)
    books = prepaid.books()
    prepaid.fund.refund(ann)
    (event,) = prepaid.events("Refunded")
    assert event.amount == 0
    assert prepaid.books() == books


def rejoin(mutual: Mutual, member_id: bytes, name: str, tick: int) -> None:
    mutual.fund.rejoin(member_id, tick, CHARTER_HASH, BY_ALLOWANCE, sender=account(name).address)


def test_rejoining_after_grace_pays_arrears(prepaid: Mutual) -> None:
    """R-31, R-43."""
    ann = prepaid.join("ann")
    prepaid.join("bob", tick=300)
    with boa.reverts("fund: still in force"):
        rejoin(prepaid, ann, "ann", 50)
    spend(prepaid, 20)
    boa.env.time_travel(seconds=10 * DAY)
    with boa.reverts("fund: in grace, top up"):
        rejoin(prepaid, ann, "ann", 50)
    boa.env.time_travel(seconds=1)
    spend(prepaid, 10, claim=2)
    old = prepaid.member(ann)
    with boa.reverts("fund: not the wallet"):
        rejoin(prepaid, ann, "bob", 50)
    with boa.reverts("fund: no such member"):
        rejoin(prepaid, keccak(b"nobody"), "bob", 50)
    with boa.reverts("fund: not the charter in force"):
        prepaid.fund.rejoin(ann, 50, keccak(b"other"), BY_ALLOWANCE, sender=account("ann").address)
    with boa.reverts("fund: runway too short"):
        rejoin(prepaid, ann, "ann", 49)
    surplus = prepaid.purse()[0]
    rejoin(prepaid, ann, "ann", 60)
    (event,) = prepaid.events("Rejoined")
    hour = ceil_div(boa.env.timestamp, HOUR)
    arrears = ceil_div(1000 * (prepaid.index - 20 * SPACING), 10**6)
    assert (event.tick, event.joined, event.price, event.arrears) == (60, hour, prepaid.price(1000, 60), arrears)
    assert prepaid.purse()[0] == surplus + arrears
    assert prepaid.member(ann) == (int(account("ann").address, 16), 60, 1000, hour, 0, 1 | 2 | 8)
    assert prepaid.history(ann) == (20, 1000, old[3], 0, old[5], hour, 0, 0)
    assert prepaid.books()[1:3] == (2000, 2)
    prepaid.check_books()


def test_a_year_after_the_lapse_there_are_no_arrears(prepaid: Mutual) -> None:
    """R-43."""
    ann = prepaid.join("ann")
    prepaid.join("bob", tick=300)
    spend(prepaid, 20)
    boa.env.time_travel(seconds=YEAR)
    spend(prepaid, 5, claim=2)
    rejoin(prepaid, ann, "ann", 60)
    (event,) = prepaid.events("Rejoined")
    assert event.arrears == 0


def test_arrears_are_bounded_by_the_year_cap() -> None:
    """R-43."""
    mutual = found(year_cap=30 * SPACING, max_runway=2_000)
    ann = mutual.join("ann")
    mutual.join("bob", tick=1_000)
    boa.env.time_travel(seconds=200 * DAY)
    spend(mutual, 20)
    spend(mutual, 10, claim=2)
    boa.env.time_travel(seconds=166 * DAY)
    spend(mutual, 20, claim=3)
    spend(mutual, 10, claim=4)
    assert mutual.index > 59 * SPACING
    rejoin(mutual, ann, "ann", 100)
    (event,) = mutual.events("Rejoined")
    assert event.arrears == 1000 * 30 * SPACING // 10**6


def test_rejoining_after_an_exit(prepaid: Mutual) -> None:
    """R-31, R-43: no arrears for who had not lapsed; history keeps the hours of notice and exit."""
    prepaid.join("bob", tick=300)
    ann = leaving(prepaid, "ann")
    boa.env.time_travel(seconds=NOTICE + HOUR)
    prepaid.fund.refund(ann)
    left, exited = prepaid.history(ann)[6:]
    boa.env.time_travel(seconds=2 * HOUR)
    spend(prepaid, 20)
    assert prepaid.books()[2] == 1
    rejoin(prepaid, ann, "ann", 60)
    (event,) = prepaid.events("Rejoined")
    assert event.arrears == 0
    assert prepaid.member(ann)[5] == 1 | 2 | 8
    assert prepaid.history(ann)[5:] == (event.joined, left, exited)
    assert prepaid.books()[1:3] == (2000, 2)
    # A second exit writes its own hour and leaves the rest.
    prepaid.fund.leave(ann, sender=account("ann").address)
    boa.env.time_travel(seconds=NOTICE + HOUR)
    prepaid.fund.refund(ann)
    assert prepaid.history(ann)[:6] == (20, 1000, *prepaid.history(ann)[2:5], event.joined)
    assert prepaid.history(ann)[7] == ceil_div(boa.env.timestamp, HOUR)
    prepaid.check_books()


def test_the_last_refund_leaves_dust_to_the_surplus() -> None:
    """R-5: T = 0 implies deposits = 0."""
    spacing = 10**5 + 1
    mutual = found(tick_spacing=spacing, round_cap=20 * spacing, year_cap=200 * spacing)
    attestation = mutual.attestation("ann", 2)
    mutual.give(attestation[1])
    mutual.fund.join(attestation, mutual.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    mutual.fund.leave(attestation[0], sender=attestation[1])
    boa.env.time_travel(seconds=NOTICE + HOUR)
    mutual.fund.refund(attestation[0])
    (dust,) = mutual.events("DustSwept")
    assert dust.amount == 1
    assert mutual.books() == (0, 0, 0, 0, 0)
    assert mutual.purse() == (1, 0, 0)
    mutual.check_books()


def test_the_record_answers_in_one_call(prepaid: Mutual) -> None:
    """R-51."""
    ann = prepaid.join("ann")
    prepaid.join("bob", tick=300)
    assert prepaid.fund.record(ann) == (prepaid.fund.members(ann), 0, 0, prepaid.fund.ticks(20), 0)
    spend(prepaid, 20)
    boa.env.time_travel(seconds=11 * DAY)
    rejoin(prepaid, ann, "ann", 60)
    assert prepaid.fund.record(ann) == (
        prepaid.fund.members(ann),
        prepaid.fund.history(ann),
        20 * SPACING,
        prepaid.fund.ticks(60),
        prepaid.fund.ticks(20),
    )
