# SPDX-License-Identifier: AGPL-3.0-only
"""Calls, settlement, rounds, carries, bonds: R-5 to R-15, R-17, R-19 to R-23, I-4."""

from __future__ import annotations

from collections.abc import Callable

import boa
from eth_utils.crypto import keccak

from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    HOUR,
    NOBODY,
    SPACING,
    YEAR,
    Mutual,
    account,
    ceil_div,
    found,
)

PAYEE = account("payee").address
TICK = 1000 * SPACING // 10**6
"""Units that one tick of one full share is worth."""


def test_only_the_court_announces_and_settles(prepaid: Mutual) -> None:
    """I-5."""
    fund = prepaid.fund
    for caller in (boa.env.eoa, prepaid.office, prepaid.jury):
        acts: tuple[Callable[..., object], ...] = (
            lambda who: fund.announce(1, 0, sender=who),
            lambda who: fund.retract(0, sender=who),
            lambda who: fund.settle(1, PAYEE, 1, 0, 0, sender=who),
            lambda who: fund.hold_from_balance(keccak(b"x"), 1, sender=who),
        )
        for act in acts:
            with boa.reverts("fund: not the court"):
                act(caller)
    for caller in (boa.env.eoa, prepaid.office):
        more: tuple[Callable[..., object], ...] = (
            lambda who: fund.hold(who, 1, b"", b"", BY_ALLOWANCE, sender=who),
            lambda who: fund.release(who, 1, sender=who),
            lambda who: fund.credit(who, 1, sender=who),
            lambda who: fund.forfeit(1, sender=who),
        )
        for act in more:
            with boa.reverts("fund: not the court or jury"):
                act(caller)


def test_a_call_is_what_one_thousandth_will_pay(prepaid: Mutual) -> None:
    """R-7, I-12."""
    court = prepaid.court
    assert prepaid.fund.announce(10**6, 0, sender=court) == 0
    prepaid.join("ann")
    prepaid.join("bob", class_id=2)
    call = prepaid.fund.announce(1_000_001, 77, sender=court)
    (event,) = prepaid.events("Announced")
    assert event.call == call == ceil_div((1_000_001 + 50_001 + 77) * 10**6, 1777)
    assert prepaid.yearly() == (0, 0, call)
    huge = prepaid.fund.announce(2**87 - 1, 0, sender=court)
    assert huge == 20 * SPACING
    assert prepaid.yearly()[2] == call + huge
    for due, costs in ((2**87, 0), (0, 2**87), (2**256 - 1, 0)):
        with boa.reverts("fund: amount too large"):
            prepaid.fund.announce(due, costs, sender=court)
    prepaid.fund.retract(huge, sender=court)
    assert prepaid.yearly()[2] == call
    with boa.reverts("fund: no such call"):
        prepaid.fund.retract(call + 1, sender=court)


def test_settlement_shares_due_fee_and_costs(prepaid: Mutual) -> None:
    """R-5, R-8, I-1, I-4."""
    ann, bob = prepaid.join("ann"), prepaid.join("bob", class_id=1)
    due, costs = 1_000_001, 5_003
    call = prepaid.fund.announce(due, costs, sender=prepaid.court)
    assert prepaid.fund.settle(7, PAYEE, due, costs, call, sender=prepaid.court) == costs
    (event,) = prepaid.events("Settled")
    need = due + 50_001 + costs
    assert event.index == call == ceil_div(need * 10**6, 2500)
    assert event.collected == 2500 * call // 10**6
    assert (event.due, event.costs, event.call, event.claim, event.payee) == (due, costs, call, 7, PAYEE)
    assert (event.paid, event.fee, event.costs_paid) == (due, 50_000, costs)
    assert event.to_surplus == event.collected - costs - due - 50_000
    assert prepaid.token.balanceOf(PAYEE) == due
    assert prepaid.fund.bonds() == costs
    assert prepaid.purse() == (event.to_surplus, 0, 50_000)
    assert prepaid.yearly() == (0, call, 0)
    assert prepaid.fund.balance_of(ann) == 1000 * (20 * SPACING - call) // 10**6
    assert prepaid.fund.balance_of(bob) == 1500 * (20 * SPACING - call) // 10**6
    prepaid.check_books()


def test_surplus_pays_first(prepaid: Mutual) -> None:
    """R-8, R-22."""
    prepaid.join("ann")
    prepaid.fund.donate(10**6, BY_ALLOWANCE, sender=prepaid.payer.address)
    assert prepaid.purse()[0] == 10**6
    prepaid.settle(1, PAYEE, 900_000)
    (event,) = prepaid.events("Settled")
    assert (event.from_surplus, event.collected, event.paid, prepaid.index) == (945_000, 0, 900_000, 0)
    prepaid.settle(2, PAYEE, 900_000)
    (event,) = prepaid.events("Settled")
    assert (event.from_surplus, event.collected, event.paid) == (55_000, 890_000, 900_000)
    prepaid.check_books()


def test_a_settlement_never_exceeds_call_and_margin(prepaid: Mutual) -> None:
    """R-6, I-4: members lapsed after the announcement, so the claimant shares what may be collected."""
    prepaid.join("ann")
    for number in range(9):
        prepaid.join(f"m{number}")
    due = 10 * TICK
    call = prepaid.fund.announce(due, 0, sender=prepaid.court)
    boa.env.time_travel(seconds=HOUR)
    for number in range(9):
        prepaid.fund.leave(keccak(text=f"m{number}"), sender=account(f"m{number}").address)
    boa.env.time_travel(seconds=31 * DAY)
    for number in range(9):
        prepaid.fund.refund(keccak(text=f"m{number}"))
    prepaid.fund.settle(1, PAYEE, due, 0, call, sender=prepaid.court)
    (event,) = prepaid.events("Settled")
    limit = call * 11_000 // 10_000
    assert event.index == limit
    assert event.collected == 1000 * limit // 10**6
    assert event.paid == event.collected * 10_000 // 10_500
    assert event.paid + event.fee + event.to_surplus == event.collected
    # The rest waits to be carried.
    (deferred,) = prepaid.events("Deferred")
    assert (deferred.due, deferred.round, deferred.carries) == (due - event.paid, 0, 2)
    prepaid.check_books()


def test_the_round_cap_bounds_every_settlement(prepaid: Mutual) -> None:
    """R-6, P-3: and a rest without carries is extinguished."""
    prepaid.join("ann", tick=100)
    prepaid.settle(1, PAYEE, 1000 * TICK)
    assert prepaid.index == 20 * SPACING
    assert prepaid.token.balanceOf(PAYEE) == 20 * TICK * 10_000 // 10_500
    mutual = found(carries=0)
    mutual.join("ann", tick=100)
    mutual.settle(1, PAYEE, 1000 * TICK)
    assert not mutual.events("Deferred")
    assert mutual.fund.deferred(int(mutual.court, 16) << 96 | 1) == 0


def test_landing_on_a_tick_crosses_it(prepaid: Mutual) -> None:
    """R-5, I-2."""
    prepaid.join("ann", tick=20)
    prepaid.join("bob", tick=40)
    with boa.env.anchor():
        prepaid.fund.settle(1, PAYEE, 0, 40 * TICK - 1, 0, sender=prepaid.court)
        assert prepaid.index == 20 * SPACING - 500
        assert prepaid.books()[1:3] == (2000, 2)
        assert not prepaid.events("TickCrossed")
    prepaid.fund.settle(1, PAYEE, 0, 40 * TICK, 0, sender=prepaid.court)
    (event,) = prepaid.events("TickCrossed")
    assert (event.tick, event.shares, event.heads) == (20, 1000, 1)
    assert prepaid.index == 20 * SPACING
    assert prepaid.books()[1:3] == (1000, 1)
    assert prepaid.tick(20) == (1000, 1, boa.env.timestamp)
    assert prepaid.fund.bitmap(0) == 1 << 40


def test_the_last_one_out_leaves_dust_to_the_surplus() -> None:
    """R-5, R-25."""
    spacing = 10**5 + 1
    mutual = found(tick_spacing=spacing, round_cap=20 * spacing, year_cap=200 * spacing, fee=0)
    for name in ("ann", "bob"):
        attestation = mutual.attestation(name, 2)
        mutual.give(attestation[1])
        mutual.fund.join(attestation, mutual.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    mutual.settle(1, PAYEE, 10**6)
    (dust,) = mutual.events("DustSwept")
    (event,) = mutual.events("Settled")
    assert dust.amount > 0
    assert mutual.books()[1:] == (0, 0, 0, 0)
    assert mutual.purse()[0] == dust.amount + event.to_surplus
    mutual.check_books()


def test_without_members_the_surplus_pays_what_it_can(prepaid: Mutual) -> None:
    """R-17."""
    prepaid.fund.donate(105, BY_ALLOWANCE, sender=prepaid.payer.address)
    prepaid.settle(1, PAYEE, 200)
    (event,) = prepaid.events("Settled")
    assert (event.from_surplus, event.paid, event.fee) == (105, 100, 5)
    prepaid.check_books()


def test_many_ticks_are_crossed_in_one_settlement() -> None:
    """R-4, R-5, P-3: a spammer occupies every tick; the settlement still ends, in one transaction."""
    mutual = found(round_cap=1024 * SPACING, year_cap=2048 * SPACING, min_runway=1024, max_runway=2100)
    size = 500
    now = int(boa.env.timestamp)
    for batch in range(2):
        ids = [keccak(text=f"{batch} {number}") for number in range(size)]
        wallets = [boa.env.generate_address() for _ in range(size)]
        signatures = mutual.roster_signature(ids, wallets, 0, now, now + DAY)
        mutual.fund.enrol(ids, wallets, 0, 1024, now, now + DAY, signatures, sender=mutual.payer.address)
        for start in range(0, size, 200):
            part = ids[start : start + 200]
            ticks = [1025 + batch * size + start + number for number in range(len(part))]
            mutual.fund.top_up_many(part, ticks, sender=mutual.payer.address)
    mutual.settle(1, PAYEE, 10**15)
    assert mutual.index == 1024 * SPACING
    assert mutual.books()[2] == 1000
    mutual.settle(2, PAYEE, 10**15)
    crossed = mutual.events("TickCrossed")
    assert [event.tick for event in crossed] == list(range(1025, 2025))
    assert mutual.index == 2024 * SPACING
    assert mutual.books()[1:] == (0, 0, 0, 0)
    assert all(mutual.fund.bitmap(place) == 0 for place in range(5, 8))
    mutual.check_books()


def test_the_year_cap_defers_the_claim_and_settles_its_costs() -> None:
    """R-9, R-11, R-12."""
    mutual = found(year_cap=30 * SPACING, max_runway=1000)
    mutual.join("ann", tick=200)
    mutual.settle(1, PAYEE, 18 * TICK)
    before = mutual.token.balanceOf(PAYEE)
    call = mutual.fund.announce(15 * TICK, 3 * TICK, sender=mutual.court)
    assert mutual.fund.settle(2, PAYEE, 15 * TICK, 3 * TICK, call, sender=mutual.court) == 3 * TICK
    (settled,) = mutual.events("Settled")
    (deferred,) = mutual.events("Deferred")
    assert (settled.due, settled.paid, settled.call, settled.costs_paid) == (0, 0, 0, 3 * TICK)
    closes_at = mutual.fund.FOUNDED() + 7 * DAY
    assert (deferred.due, deferred.call, deferred.round, deferred.carries) == (15 * TICK, call, 1, 2)
    assert mutual.round() == (1, closes_at, 15 * TICK, call)
    assert mutual.books()[3] == 1
    assert mutual.yearly() == (0, 219 * SPACING // 10, call)
    assert mutual.token.balanceOf(PAYEE) == before
    with boa.reverts("fund: claim is deferred already"):
        mutual.fund.settle(2, PAYEE, 15 * TICK, 0, call, sender=mutual.court)
    # In the new year all of it can be collected.
    boa.env.time_travel(seconds=YEAR)
    mutual.fund.settle_round()
    assert mutual.yearly()[0] == 1
    mutual.fund.pay(mutual.court, 2)
    assert mutual.token.balanceOf(PAYEE) == before + 15 * TICK
    mutual.check_books()


def test_a_year_cap_that_is_just_enough_defers_nothing() -> None:
    """R-9: it binds only if less is left than the claim needs."""
    mutual = found(year_cap=30 * SPACING, max_runway=1000, fee=0)
    mutual.join("ann", tick=200)
    mutual.settle(1, PAYEE, 18 * TICK)
    with boa.env.anchor():
        mutual.settle(2, PAYEE, 12 * TICK + 1)
        assert len(mutual.events("Deferred")) == 1
    mutual.settle(2, PAYEE, 12 * TICK)
    assert mutual.token.balanceOf(PAYEE) == 30 * TICK
    assert mutual.yearly()[1] == 30 * SPACING


def close_round(mutual: Mutual) -> None:
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)


def test_a_round_pays_all_claims_the_same_ratio(period: Mutual) -> None:
    """R-10, R-12, R-14: in any order of calling."""
    period.join("ann", tick=200)
    dues = {1: 8 * TICK + 1, 2: 9 * TICK, 3: 11 * TICK + 7}
    payees = {claim: account(f"payee {claim}").address for claim in dues}
    for claim, due in dues.items():
        period.settle(claim, payees[claim], due)
    total = sum(dues.values())
    assert period.round()[2] == total
    with boa.reverts("fund: round is not settled"):
        period.fund.pay(period.court, 1)
    with boa.reverts("fund: round is not closed"):
        period.fund.settle_round()
    close_round(period)
    period.fund.settle_round()
    (event,) = period.events("RoundSettled")
    assert event.index == 20 * SPACING
    paid = event.paid
    assert paid == 20 * TICK * 10_000 // 10_500 < total
    assert period.purse()[1] == paid
    assert period.fund.payout(1) == total << 168 | paid << 80 | 3 << 32
    assert period.yearly()[2] == 0
    with boa.reverts("fund: no round is outstanding"):
        period.fund.settle_round()

    results = []
    for order in ((1, 2, 3), (3, 1, 2)):
        with boa.env.anchor():
            for claim in order:
                period.fund.pay(period.court, claim)
                with boa.reverts("fund: claim is in no round"):
                    period.fund.pay(period.court, claim)
            results.append([period.token.balanceOf(payees[claim]) for claim in dues])
            assert period.fund.unpaid(1) == 0
            assert period.purse()[1] == 0
            assert period.purse()[0] == event.to_surplus + paid - sum(results[-1])
            period.check_books()
    assert results[0] == results[1] == [due * paid // total for due in dues.values()]


def test_settle_first(period: Mutual) -> None:
    """R-13: nobody dodges a closed round."""
    ann = period.join("ann", tick=100)
    bob = period.join("bob", tick=100)
    wallet = account("ann").address
    period.fund.leave(bob, sender=account("bob").address)
    boa.env.time_travel(seconds=91 * DAY)
    period.settle(1, PAYEE, TICK)
    close_round(period)
    attestation = period.attestation("eve")
    now = int(boa.env.timestamp)
    ids, wallets = [keccak(b"one")], [account("one").address]
    roster = period.roster_signature(ids, wallets, 0, now, now + DAY)
    fund, payer, court, office = period.fund, period.payer.address, period.court, period.office
    signatures = period.attest(attestation)
    acts: dict[str, Callable[[], object]] = {
        "join": lambda: fund.join(attestation, signatures, 50, CHARTER_HASH, BY_ALLOWANCE, sender=payer),
        "admit": lambda: fund.admit(attestation, 50, CHARTER_HASH, BY_ALLOWANCE, payer, sender=office),
        "enrol": lambda: fund.enrol(ids, wallets, 0, 50, now, now + DAY, roster, sender=payer),
        "top_up": lambda: fund.top_up(ann, 150, BY_ALLOWANCE, sender=payer),
        "top_up_many": lambda: fund.top_up_many([ann], [150], sender=payer),
        "collect": lambda: fund.collect([ann]),
        "leave": lambda: fund.leave(ann, sender=wallet),
        "refund": lambda: fund.refund(bob),
        "rejoin": lambda: fund.rejoin(ann, 150, CHARTER_HASH, BY_ALLOWANCE, sender=wallet),
        "set_wallet": lambda: fund.set_wallet(ann, payer, True, sender=office),
        "set_class": lambda: fund.set_class(ann, 1, wallet, sender=office),
        "hold_from_balance": lambda: fund.hold_from_balance(ann, 1, sender=court),
        "settle": lambda: fund.settle(2, PAYEE, 0, 0, 0, sender=court),
    }
    for name, act in acts.items():
        with boa.reverts("fund: settle first"):
            act()
            raise AssertionError(name)
    fund.settle_round()
    for name, act in acts.items():
        if name != "rejoin":
            with boa.env.anchor():
                act()
    with boa.reverts("fund: still in force"):
        acts["rejoin"]()


def test_a_rest_is_carried_as_often_as_the_charter_says(period: Mutual) -> None:
    """R-15."""
    period.join("ann", tick=200)
    due = 100 * TICK
    period.settle(1, PAYEE, due)
    key = int(period.court, 16) << 96 | 1
    with boa.reverts("fund: nothing to carry"):
        period.fund.carry(period.court, 1)
    for number in (1, 2, 3):
        close_round(period)
        with boa.reverts("fund: settle first"):
            period.fund.carry(period.court, 1)
        period.fund.settle_round()
        amount = period.events("RoundSettled")[0].paid
        # What rounding left over in the round before is in the surplus, and pays first.
        assert 20 * TICK * 10_000 // 10_500 <= amount <= 20 * TICK * 10_000 // 10_500 + 1
        before = period.token.balanceOf(PAYEE)
        period.fund.pay(period.court, 1)
        (event,) = period.events("Paid")
        assert event.amount == amount == period.token.balanceOf(PAYEE) - before
        due -= amount
        assert (event.rest, event.carried, event.round) == (due, number < 3, number)
        if number < 3:
            assert period.fund.deferred_due(key) == due
            period.fund.carry(period.court, 1)
            (carried,) = period.events("Carried")
            assert (carried.due, carried.call, carried.round) == (due, 20 * SPACING, number + 1)
            assert period.yearly()[2] == carried.call
            assert boa.env.timestamp + 7 * DAY <= period.round()[1] < boa.env.timestamp + 14 * DAY
            assert (period.round()[1] - period.fund.FOUNDED()) % (7 * DAY) == 0
    assert (period.fund.deferred(key), period.fund.deferred_due(key)) == (0, 0)
    with boa.reverts("fund: nothing to carry"):
        period.fund.carry(period.court, 1)
    period.check_books()


def test_a_carry_joins_only_a_round_a_period_away(period: Mutual) -> None:
    """R-15."""
    period.join("ann", tick=200)
    period.settle(1, PAYEE, 100 * TICK)
    close_round(period)
    period.fund.settle_round()
    period.fund.pay(period.court, 1)
    with boa.env.anchor():
        boa.env.time_travel(seconds=DAY)
        period.settle(2, PAYEE, TICK)
        with boa.reverts("fund: round closes too soon"):
            period.fund.carry(period.court, 1)
    boa.env.time_travel(seconds=DAY)
    period.fund.carry(period.court, 1)
    closes_at = period.round()[1]
    period.settle(2, PAYEE, TICK)
    assert period.round()[:2] == (2, closes_at)
    assert period.fund.payout(2) >> 32 & (2**48 - 1) == 2


def test_an_immediate_rest_can_be_carried(prepaid: Mutual) -> None:
    """R-9, R-15."""
    prepaid.join("ann", tick=300)
    prepaid.settle(1, PAYEE, 30 * TICK)
    rest = 30 * TICK - prepaid.token.balanceOf(PAYEE)
    prepaid.fund.carry(prepaid.court, 1)
    close_round(prepaid)
    prepaid.fund.settle_round()
    prepaid.fund.pay(prepaid.court, 1)
    (event,) = prepaid.events("Paid")
    assert (event.amount, event.rest) == (rest, 0)
    assert prepaid.token.balanceOf(PAYEE) == 30 * TICK
    prepaid.check_books()


def test_claim_numbers_and_payees_are_checked(prepaid: Mutual) -> None:
    court = prepaid.court
    for claim in (2**96, 2**256 - 1):
        with boa.reverts("fund: no such claim"):
            prepaid.fund.settle(claim, PAYEE, 1, 0, 0, sender=court)
        with boa.reverts("fund: no such claim"):
            prepaid.fund.pay(court, claim)
    with boa.reverts("fund: amount too large"):
        prepaid.fund.settle(1, PAYEE, 2**87, 0, 0, sender=court)
    with boa.reverts("fund: payee missing"):
        prepaid.fund.settle(1, NOBODY, 1, 0, 0, sender=court)
    with boa.reverts("fund: no such call"):
        prepaid.fund.settle(1, PAYEE, 1, 0, 1, sender=court)
    with boa.reverts("fund: claim is in no round"):
        prepaid.fund.pay(court, 1)


def test_bonds_are_held_released_credited_forfeited(prepaid: Mutual) -> None:
    """R-34, R-64, R-82, I-11."""
    fund, jury, court, payer = prepaid.fund, prepaid.jury, prepaid.court, prepaid.payer
    fund.hold(payer.address, 1_000, b"\0" * 32, b"\0" * 32, BY_ALLOWANCE, sender=jury)
    (held,) = prepaid.events("Held")
    assert (held.payer, held.amount, fund.bonds()) == (payer.address, 1_000, 1_000)
    member_id, filing = keccak(b"ann"), keccak(b"filing")
    bond = prepaid.authorization(payer, 500, "bond", member_id, 0, filing)
    with boa.reverts("stablecoin: invalid signature"):
        fund.hold(PAYEE, 500, keccak(b"other filing"), member_id, bond, sender=court)
    fund.hold(PAYEE, 500, filing, member_id, bond, sender=court)
    assert fund.bonds() == 1_500
    with boa.reverts():
        fund.release(PAYEE, 1_501, sender=court)
    fund.release(PAYEE, 600, sender=court)
    assert prepaid.token.balanceOf(PAYEE) == 600
    fund.credit(PAYEE, 500, sender=jury)
    assert (fund.dues(PAYEE), prepaid.purse()[1]) == (500, 500)
    fund.forfeit(300, sender=court)
    assert prepaid.purse()[0] == 300
    assert fund.bonds() == 100
    prepaid.check_books()
    fund.withdraw(PAYEE)
    assert prepaid.token.balanceOf(PAYEE) == 1_100
    assert (fund.dues(PAYEE), prepaid.purse()[1]) == (0, 0)
    with boa.reverts("fund: nothing due"):
        fund.withdraw(PAYEE)
    prepaid.check_books()


def test_a_bond_from_the_balance_cuts_whole_ticks(prepaid: Mutual) -> None:
    """R-64."""
    ann = prepaid.join("ann", class_id=1)
    prepaid.settle(1, PAYEE, 10_000)
    each = 1500 * SPACING // 10**6
    wallet = account("ann").address
    deposits = prepaid.books()[4]
    prepaid.fund.hold_from_balance(ann, 2 * each + 1, sender=prepaid.court)
    (event,) = prepaid.events("HeldFromBalance")
    assert (event.tick, event.amount, event.returned) == (17, 2 * each + 1, each - 1)
    assert prepaid.member(ann)[1] == 17
    assert prepaid.tick(17)[:2] == (1500, 1)
    assert prepaid.tick(20)[:2] == (0, 0)
    assert prepaid.books()[4] == deposits - 3 * each
    assert (prepaid.fund.bonds(), prepaid.fund.dues(wallet)) == (2 * each + 1, each - 1)
    prepaid.check_books()
    # 17 ticks less what the claim took: at least one whole tick must remain.
    for amount in (16 * each, 17 * each, 2**87 - 1):
        with boa.reverts("fund: balance too small"):
            prepaid.fund.hold_from_balance(ann, amount, sender=prepaid.court)
    with boa.reverts("fund: amount too large"):
        prepaid.fund.hold_from_balance(ann, 2**87, sender=prepaid.court)
    with boa.reverts("fund: not in force"):
        prepaid.fund.hold_from_balance(keccak(b"nobody"), 1, sender=prepaid.court)
    prepaid.fund.hold_from_balance(ann, 15 * each, sender=prepaid.court)
    assert prepaid.member(ann)[1] == 2


def test_fees_go_to_the_steward_only(prepaid: Mutual) -> None:
    """R-23."""
    with boa.reverts("fund: no fees"):
        prepaid.fund.withdraw_fees()
    prepaid.join("ann")
    prepaid.settle(1, PAYEE, 10**6)
    prepaid.fund.withdraw_fees()
    (event,) = prepaid.events("FeesWithdrawn")
    assert (event.steward, event.amount) == (account("steward").address, 50_000)
    assert prepaid.token.balanceOf(account("steward").address) == 50_000
    prepaid.check_books()


def test_stray_tokens_become_surplus(prepaid: Mutual) -> None:
    """R-20."""
    prepaid.join("ann")
    with boa.reverts("fund: nothing to absorb"):
        prepaid.fund.absorb()
    prepaid.token.mint(prepaid.fund.address, 77)
    prepaid.fund.absorb()
    assert prepaid.purse()[0] == 77
    with boa.reverts("fund: nothing to absorb"):
        prepaid.fund.absorb()


def test_donations(prepaid: Mutual) -> None:
    """R-22, R-34."""
    payer = prepaid.payer
    for amount in (0, 2**87, 2**256 - 1):
        with boa.reverts("fund: amount out of range"):
            prepaid.fund.donate(amount, BY_ALLOWANCE, sender=payer.address)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.donate(5, BY_ALLOWANCE, payer.address, sender=PAYEE)
    payment = prepaid.authorization(payer, 5, "donate", b"\0" * 32, 0, b"\0" * 32)
    prepaid.fund.donate(5, payment, sender=PAYEE)
    (event,) = prepaid.events("Donated")
    assert (event.payer, event.amount, prepaid.purse()[0]) == (payer.address, 5, 5)
