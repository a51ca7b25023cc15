# SPDX-License-Identifier: AGPL-3.0-only
"""Winding down, the register, the end, paying out, the remainder: R-108 to R-111, I-6, I-12, I-15."""

from __future__ import annotations

from collections.abc import Callable

import boa
import pytest
from eth_utils.crypto import keccak

from contracts.fund.stages import (
    ENDED,
    EXITED,
    PAYEE,
    REGISTERED,
    RUNNING,
    WINDING,
    adopt,
    balance,
    bring_into_force,
    donate,
    ending,
    flags,
    lapse,
    lose,
    run_off,
    set_aside,
    stage,
    wind_down,
)
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
from support.sources import source

QUALIFYING = 90 * DAY
RUNOFF = 61 * DAY
GRACE = 10 * DAY


def wallet(name: str) -> str:
    return str(account(name).address)


def later(seconds: int = QUALIFYING + HOUR) -> None:
    """By default so long that who joined before is entitled."""
    boa.env.time_travel(seconds=seconds)


def floored(floor: int = 2, **changes: object) -> Mutual:
    """A mutual of `floor` members whose floor is that number: ann's runway is 20 ticks, the others' 200."""
    mutual = found(floor_heads=floor, **changes)
    mutual.join("ann", tick=20)
    for number in range(floor - 1):
        mutual.join(f"stayer {number}", tick=200)
    return mutual


def check_all_paid(mutual: Mutual) -> None:
    """R-111: everything but bonds and dues has left, and the dues are what somebody can withdraw."""
    held = balance(mutual, mutual.fund.address)
    assert mutual.books()[1:] == (0, 0, 0, 0)
    assert mutual.purse()[0] == mutual.purse()[2] == 0
    assert held == mutual.purse()[1] + mutual.fund.bonds()


# ---- the trigger


def test_the_assembly_alone_winds_down(prepaid: Mutual) -> None:
    """R-108."""
    prepaid.join("ann", tick=100)
    lapse(prepaid, 7)
    started = stage(prepaid)[1]
    for caller in (prepaid.office, prepaid.court, prepaid.jury, boa.env.eoa):
        with boa.reverts("fund: not the assembly"):
            prepaid.fund.wind_down(sender=caller)
    prepaid.fund.wind_down(sender=prepaid.assembly)
    (wound,) = prepaid.events("WoundDown")
    now = int(boa.env.timestamp)
    assert (wound.by_vote, wound.index, wound.ends_at) == (True, 7 * SPACING, now + RUNOFF)
    assert stage(prepaid) == (WINDING, started, 0, now, now + RUNOFF, 1)
    assert flags(prepaid) == (1, 0)
    assert ending(prepaid) == (7 * SPACING, 0, 0)
    assert int(prepaid.fund.record(keccak(text="ann"))[2]) == 7 * SPACING | 1 << 255
    for act in (
        lambda: prepaid.fund.wind_down(sender=prepaid.assembly),
        prepaid.fund.watch_floor,
        prepaid.fund.adopt,
    ):
        with boa.reverts("fund: not running"):
            act()


def test_a_closed_round_is_settled_before_the_trigger() -> None:
    """R-13, R-108: who is in force at the trigger is known."""
    mutual = found(called=True, immediate=False, min_runway=1)
    mutual.join("ann", tick=100)
    mutual.settle(1, PAYEE, 10**6)
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    for act in (lambda: mutual.fund.wind_down(sender=mutual.assembly), mutual.fund.watch_floor):
        with boa.reverts("fund: settle first"):
            act()
    mutual.fund.settle_round()
    wind_down(mutual)


def test_adoption_ends_with_the_trigger() -> None:
    """R-108."""
    mutual = found()
    bring_into_force(mutual, fee=400)
    wind_down(mutual)
    with boa.reverts("fund: not running"):
        mutual.fund.adopt()


def test_the_run_off_is_the_one_in_use() -> None:
    """R-95, R-108."""
    mutual = found()
    adopt(mutual, runoff=70 * DAY)
    now = wind_down(mutual)
    assert stage(mutual)[4:] == (now + 70 * DAY, 2)


# ---- the floor


def test_below_the_floor_too_long_anyone_winds_down() -> None:
    """R-108."""
    mutual = floored()
    fund = mutual.fund
    with boa.reverts("fund: not below the floor"):
        fund.watch_floor()
    with boa.reverts("fund: the floor is not watched"):
        fund.wind_down_by_floor()
    lapse(mutual, 20)
    with boa.reverts("fund: the floor is not watched"):
        fund.wind_down_by_floor()
    later(3 * DAY)
    fund.watch_floor(sender=wallet("anyone"))
    (watched,) = mutual.events("FloorWatched")
    since = int(boa.env.timestamp)
    assert (watched.since, watched.heads) == (since, 1)
    assert stage(mutual)[2] == since
    assert flags(mutual) == (1, 0)
    later(DAY)
    with boa.reverts("fund: the floor is watched already"):
        fund.watch_floor()
    later(GRACE - DAY)
    with boa.reverts("fund: grace is not over"):
        fund.wind_down_by_floor()
    later(1)
    fund.wind_down_by_floor(sender=wallet("anyone"))
    (wound,) = mutual.events("WoundDown")
    now = int(boa.env.timestamp)
    assert (wound.by_vote, wound.ends_at) == (False, now + RUNOFF)
    assert stage(mutual) == (WINDING, stage(mutual)[1], 0, now, now + RUNOFF, 1)
    with boa.reverts("fund: the floor is not watched"):
        fund.wind_down_by_floor()


def test_without_a_floor_one_member_is_enough(prepaid: Mutual) -> None:
    """P-47, R-108."""
    prepaid.join("ann")
    with boa.reverts("fund: not below the floor"):
        prepaid.fund.watch_floor()


def test_an_empty_mutual_locks_nothing(prepaid: Mutual) -> None:
    """R-108, R-111: without a floor it takes a year, so that nobody ends a mutual that has only just begun."""
    donate(prepaid, 70)
    prepaid.fund.watch_floor()
    with boa.env.anchor():
        prepaid.join("ann")
        (regained,) = prepaid.events("FloorRegained")
        assert (regained.heads, flags(prepaid)) == (1, (0, 0))
    later(YEAR)
    with boa.reverts("fund: grace is not over"):
        prepaid.fund.wind_down_by_floor()
    later(1)
    prepaid.fund.wind_down_by_floor()
    run_off(prepaid)
    prepaid.fund.sweep_remainder()
    check_all_paid(prepaid)


def test_an_empty_mutual_with_a_floor_waits_for_the_grace_time() -> None:
    """R-108."""
    mutual = found(floor_heads=3)
    mutual.fund.watch_floor()
    later(GRACE + 1)
    mutual.fund.wind_down_by_floor()


def by_joining(mutual: Mutual) -> None:
    mutual.join("new")


def by_admission(mutual: Mutual) -> None:
    payer = mutual.payer.address
    attestation = mutual.attestation("new")
    tick = mutual.first_tick()
    mutual.fund.admit(attestation, tick, CHARTER_HASH, BY_ALLOWANCE, payer, sender=mutual.office)


def by_enrolment(mutual: Mutual) -> None:
    now = int(boa.env.timestamp)
    payer = mutual.payer.address
    signatures = mutual.roster_signature([keccak(b"new")], [payer], 0, now, now + DAY)
    tick = mutual.first_tick()
    mutual.fund.enrol([keccak(b"new")], [payer], 0, tick, now, now + DAY, signatures, sender=payer)


def by_repairing_the_lapse(mutual: Mutual) -> None:
    mutual.fund.top_up(keccak(text="ann"), 60, BY_ALLOWANCE, sender=wallet("ann"))


def by_rejoining(mutual: Mutual) -> None:
    later(GRACE + 1)
    mutual.fund.rejoin(keccak(text="ann"), 60, CHARTER_HASH, BY_ALLOWANCE, sender=wallet("ann"))


@pytest.mark.parametrize(
    "regain", [by_joining, by_admission, by_enrolment, by_repairing_the_lapse, by_rejoining], ids=lambda f: f.__name__
)
def test_who_brings_the_heads_back_ends_the_watch(regain: Callable[[Mutual], None]) -> None:
    """R-108: the time below the floor starts anew."""
    mutual = floored()
    lapse(mutual, 20)
    mutual.fund.watch_floor()
    regain(mutual)
    (regained,) = mutual.events("FloorRegained")
    assert regained.heads == 2
    assert stage(mutual)[0::2] == (RUNNING, 0, 0)
    assert flags(mutual) == (0, 0)
    later(GRACE + DAY)
    with boa.reverts("fund: the floor is not watched"):
        mutual.fund.wind_down_by_floor()
    lapse(mutual, 40)
    lapse(mutual, 60)
    mutual.fund.watch_floor()
    with boa.reverts("fund: grace is not over"):
        mutual.fund.wind_down_by_floor()
    mutual.check_books()


def test_one_more_below_the_floor_does_not_end_the_watch() -> None:
    """R-108; and while it is watched members act as ever."""
    mutual = floored(floor=4)
    lapse(mutual, 20)
    stayer = keccak(text="stayer 0")
    mutual.fund.leave(stayer, sender=wallet("stayer 0"))
    later(31 * DAY)
    mutual.fund.refund(stayer)
    assert mutual.books()[2] == 2
    mutual.fund.watch_floor()
    since = stage(mutual)[2]
    mutual.join("new")
    assert not mutual.events("FloorRegained")
    assert (stage(mutual)[2], flags(mutual)) == (since, (1, 0))
    mutual.fund.leave(keccak(text="new"), sender=wallet("new"))
    mutual.fund.set_class(keccak(text="stayer 1"), 2, wallet("stayer 1"), sender=mutual.office)
    mutual.join("newer")
    assert stage(mutual)[2] == 0


def test_a_lower_floor_is_regained_by_the_vote() -> None:
    """R-95, R-108."""
    mutual = found(floor_heads=12)
    mutual.join("bob", tick=100)
    for number in range(5):
        mutual.join(f"member {number}", tick=100)
    bring_into_force(mutual, floor_heads=6)
    mutual.fund.watch_floor()
    mutual.fund.adopt()
    (regained,) = mutual.events("FloorRegained")
    assert regained.heads == 6
    assert (stage(mutual)[2], flags(mutual)) == (0, (0, 1))
    later(GRACE + 1)
    with boa.reverts("fund: the floor is not watched"):
        mutual.fund.wind_down_by_floor()


def test_a_vote_that_leaves_the_floor_above_leaves_the_watch() -> None:
    """R-95, R-108."""
    mutual = found(floor_heads=12)
    mutual.join("bob", tick=100)
    bring_into_force(mutual, floor_heads=6)
    mutual.fund.watch_floor()
    since = stage(mutual)[2]
    mutual.fund.adopt()
    assert (stage(mutual)[2], flags(mutual)) == (since, (1, 1))
    later(GRACE + 1)
    mutual.fund.wind_down_by_floor()
    mutual.fund.register([])
    assert stage(mutual)[5] == 2


# ---- while winding down


def test_what_is_closed_while_winding_down() -> None:
    """R-106, R-108."""
    mutual = found()
    fund = mutual.fund
    lapsed = mutual.join("ann", tick=20)
    bob = mutual.join("bob", tick=200)
    lapse(mutual, 20)
    wind_down(mutual)
    now = int(boa.env.timestamp)
    payer = mutual.payer.address
    roster = ([keccak(b"new")], [payer])
    signatures = mutual.roster_signature(*roster, 0, now, now + DAY)
    attestation = mutual.attestation("new")
    closed: tuple[tuple[str, Callable[[], object]], ...] = (
        ("no joining now", lambda: mutual.join("new")),
        (
            "no joining now",
            lambda: fund.admit(attestation, 60, CHARTER_HASH, BY_ALLOWANCE, payer, sender=mutual.office),
        ),
        ("no joining now", lambda: fund.enrol(*roster, 0, 60, now, now + DAY, signatures, sender=payer)),
        ("no joining now", lambda: fund.top_up(lapsed, 60, BY_ALLOWANCE, sender=wallet("ann"))),
        ("no leaving now", lambda: fund.leave(bob, sender=wallet("bob"))),
        ("no class change now", lambda: fund.set_class(bob, 1, wallet("bob"), sender=mutual.office)),
        ("not gathering", lambda: fund.step_back(bob, sender=wallet("bob"))),
        ("not gathering", fund.start),
        ("the mutual has not ended", lambda: fund.pay_out(bob)),
        ("the mutual has not ended", fund.sweep_remainder),
        ("run-off is not over", fund.end),
    )
    for message, act in closed:
        with boa.reverts(f"fund: {message}"):
            act()
    # What goes on: longer runways, claims, donations, other wallets.
    fund.top_up(bob, 210, BY_ALLOWANCE, sender=wallet("bob"))
    assert fund.top_up_many([bob], [220], sender=wallet("bob")) == 1
    fund.set_order(bob, 10**9, 250, sender=wallet("bob"))
    assert fund.collect([bob]) == 1
    donate(mutual, 5)
    mutual.settle(1, PAYEE, 10**6)
    fund.set_wallet(bob, wallet("new"), True, sender=mutual.office)
    later(GRACE + 1)
    with boa.reverts("fund: no joining now"):
        fund.rejoin(lapsed, 60, CHARTER_HASH, BY_ALLOWANCE, sender=wallet("ann"))
    mutual.check_books()


def test_who_gave_notice_before_leaves_as_ever() -> None:
    """R-108, R-46, I-6."""
    mutual = found()
    ann = mutual.join("ann", tick=100)
    mutual.fund.leave(ann, sender=wallet("ann"))
    wind_down(mutual)
    later(31 * DAY)
    mutual.fund.refund(ann)
    assert mutual.books()[1:] == (0, 0, 0, 0)
    mutual.check_books()


# ---- the register


def test_who_is_entitled() -> None:
    """R-109: in force at the trigger, not leaving, not exited, there for ninety days; once each."""
    mutual = found()
    fund = mutual.fund
    boa.env.time_travel(seconds=HOUR - boa.env.timestamp % HOUR)
    joined = int(boa.env.timestamp)
    ids = {
        name: mutual.join(name, class_id, tick)
        for name, class_id, tick in (
            ("lapsed before", 0, 20),
            ("lapsed after", 1, 40),
            ("stays", 2, 200),
            ("leaves", 0, 200),
            ("left", 0, 200),
        )
    }
    with boa.reverts("fund: not winding down"):
        fund.register([ids["stays"]])
    fund.leave(ids["left"], sender=wallet("left"))
    later(31 * DAY)
    fund.refund(ids["left"])
    boa.env.time_travel(seconds=joined + HOUR - boa.env.timestamp)
    ids["late"] = mutual.join("late", tick=200)
    lapse(mutual, 20)
    fund.leave(ids["leaves"], sender=wallet("leaves"))
    boa.env.time_travel(seconds=joined + QUALIFYING - boa.env.timestamp)
    wind_down(mutual)
    lapse(mutual, 40)
    everybody = [*ids.values(), keccak(b"nobody"), ids["stays"]]
    assert fund.register(everybody, sender=wallet("anyone")) == 2
    registered = mutual.events("Registered")
    assert [(event.member_id, event.shares) for event in registered] == [
        (ids["lapsed after"], 1_500),
        (ids["stays"], 777),
    ]
    assert ending(mutual) == (20 * SPACING, 2_277, 0)
    for name, member_id in ids.items():
        assert bool(mutual.member(member_id)[5] & REGISTERED) == (name in {"lapsed after", "stays"})
    assert fund.register(everybody) == 0
    assert ending(mutual)[1] == 2_277
    run_off(mutual)
    with boa.reverts("fund: not winding down"):
        fund.register([ids["late"]])


def test_ninety_days_count_to_the_second() -> None:
    """R-109."""
    mutual = found()
    boa.env.time_travel(seconds=HOUR - boa.env.timestamp % HOUR)
    ann = mutual.join("ann", tick=200)
    boa.env.time_travel(seconds=QUALIFYING - 1)
    with boa.env.anchor():
        wind_down(mutual)
        later(DAY)
        assert mutual.fund.register([ann]) == 0
    boa.env.time_travel(seconds=1)
    wind_down(mutual)
    assert mutual.fund.register([ann]) == 1


def test_registration_outlives_another_wallet() -> None:
    """R-47, R-109."""
    mutual = found()
    ann = mutual.join("ann", tick=200)
    later()
    donate(mutual, 100)
    wind_down(mutual)
    mutual.fund.register([ann])
    mutual.fund.set_wallet(ann, wallet("new"), False, sender=mutual.office)
    assert mutual.fund.register([ann]) == 0
    run_off(mutual)
    mutual.fund.pay_out(ann)
    assert balance(mutual, wallet("new")) == 20 * 10**6 + 100
    check_all_paid(mutual)


# ---- the end


def test_the_end_waits_for_run_off_rounds_and_claims() -> None:
    """R-110."""
    mutual = found(called=True, immediate=False, min_runway=1)
    fund = mutual.fund
    mutual.join("ann", tick=300)
    with boa.reverts("fund: not winding down"):
        fund.end()
    ends_at = wind_down(mutual) + RUNOFF
    boa.env.time_travel(seconds=ends_at - 1 - boa.env.timestamp)
    mutual.settle(1, PAYEE, 10**6)
    with boa.reverts("fund: run-off is not over"):
        fund.end()
    boa.env.time_travel(seconds=1)
    with boa.reverts("fund: a round is outstanding"):
        fund.end()
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    with boa.reverts("fund: a round is outstanding"):
        fund.end()
    fund.settle_round()
    # A claim of this very second counts as well.
    mutual.open_claims.set_first_open(boa.env.timestamp)
    with boa.reverts("fund: claims are open"):
        fund.end()
    mutual.open_claims.set_first_open(0)
    fund.end(sender=wallet("anyone"))
    (ended,) = mutual.events("Ended")
    assert (ended.set_aside, ended.entitled) == (0, 0)
    assert stage(mutual)[0] == ENDED
    assert stage(mutual)[4] == ends_at
    with boa.reverts("fund: not winding down"):
        fund.end()


def test_the_surplus_is_divided_by_shares_to_the_last_unit() -> None:
    """R-110, R-111, I-12, I-15."""
    mutual = found()
    people = {name: mutual.join(name, class_id, 200) for name, class_id in (("ann", 0), ("bob", 1), ("eve", 2))}
    later()
    unregistered = mutual.join("late", tick=200)
    lapse(mutual, 3)
    donate(mutual, 1_000_001 - mutual.purse()[0])
    wind_down(mutual)
    assert mutual.fund.register(list(people.values())) == 3
    balances = {name: mutual.fund.balance_of(member_id) for name, member_id in people.items()}
    run_off(mutual)
    (ended,) = mutual.events("Ended")
    total = 1_000_001
    assert (ended.set_aside, ended.entitled) == (total, 3_277)
    assert set_aside(mutual) == (total, total)
    assert mutual.purse() == (0, total, 0)
    mutual.check_books()
    left = total
    for name, shares in (("eve", 777), ("ann", 1_000), ("bob", 1_500)):
        before = balance(mutual, wallet(name))
        mutual.fund.pay_out(people[name], sender=wallet("anyone"))
        (paid,) = mutual.events("PaidOut")
        part = total * shares // 3_277
        hour = ceil_div(boa.env.timestamp, HOUR)
        assert (paid.wallet, paid.balance, paid.part, paid.exited) == (wallet(name), balances[name], part, hour)
        assert balance(mutual, wallet(name)) == before + balances[name] + part
        assert mutual.member(people[name])[5] & (EXITED | 8) == EXITED | 8
        assert mutual.history(people[name])[7] == hour
        left -= part
        if name != "bob":
            assert set_aside(mutual) == (total, left)
        mutual.check_books()
        with boa.reverts("fund: member has left"):
            mutual.fund.pay_out(people[name])
    # The rounding rest is the remainder's.
    assert 0 < left < 3
    assert set_aside(mutual) == (total, 0)
    assert mutual.purse() == (left, 0, 0)
    assert ending(mutual)[1:] == (3_277, 3_277)
    mutual.fund.pay_out(unregistered)
    (paid,) = mutual.events("PaidOut")
    assert paid.part == 0
    mutual.fund.sweep_remainder()
    check_all_paid(mutual)
    remainder = mutual.numbers.remainder
    mutual.fund.withdraw(remainder)
    assert balance(mutual, remainder) >= left
    assert balance(mutual, mutual.fund.address) == 0


def test_a_registered_member_who_lapsed_since_is_paid_the_part() -> None:
    """R-109, R-110."""
    mutual = found()
    ann = mutual.join("ann", tick=20)
    bob = mutual.join("bob", tick=200)
    later()
    wind_down(mutual)
    mutual.fund.register([ann, bob])
    lapse(mutual, 20)
    donate(mutual, 101)
    surplus = mutual.purse()[0]
    run_off(mutual)
    mutual.fund.pay_out(ann)
    (paid,) = mutual.events("PaidOut")
    assert (paid.balance, paid.part) == (0, surplus // 2)
    assert mutual.books()[2] == 1
    mutual.fund.pay_out(bob)
    if mutual.purse()[0] > 0:
        mutual.fund.sweep_remainder()
    check_all_paid(mutual)


def test_with_nobody_registered_all_surplus_is_the_remainders() -> None:
    """R-110."""
    mutual = found()
    ann = mutual.join("ann", tick=200)
    leaver = mutual.join("leaver", tick=200)
    mutual.fund.leave(leaver, sender=wallet("leaver"))
    donate(mutual, 500)
    wind_down(mutual)
    run_off(mutual)
    assert set_aside(mutual) == (0, 0)
    assert mutual.purse() == (500, 0, 0)
    mutual.fund.sweep_remainder()
    mutual.fund.pay_out(ann)
    # The end needs no notice: every claim is closed.
    mutual.fund.pay_out(leaver)
    check_all_paid(mutual)


def test_who_left_with_notice_may_be_refunded_after_the_end_too() -> None:
    """R-46, R-110."""
    mutual = found()
    leaver = mutual.join("leaver", tick=200)
    mutual.fund.leave(leaver, sender=wallet("leaver"))
    wind_down(mutual)
    run_off(mutual)
    mutual.fund.refund(leaver)
    with boa.reverts("fund: member has left"):
        mutual.fund.pay_out(leaver)
    with boa.reverts("fund: no such member"):
        mutual.fund.pay_out(keccak(b"nobody"))
    check_all_paid(mutual)


def test_after_the_end_nothing_is_bought_or_raised() -> None:
    """R-110."""
    mutual = found(fee=0, carries=2)
    fund = mutual.fund
    ann = mutual.join("ann", tick=200)
    lapsed = mutual.join("lapsed", tick=20)
    fund.set_order(ann, 10**9, 300, sender=wallet("ann"))
    lapse(mutual, 20)
    # Five tokens for one member: three are left to be carried.
    mutual.settle(1, PAYEE, 5 * 10**6)
    assert fund.deferred_due(int(mutual.court, 16) << 96 | 1) == 3 * 10**6
    wind_down(mutual)
    run_off(mutual)
    closed: tuple[Callable[[], object], ...] = (
        lambda: fund.top_up(ann, 210, BY_ALLOWANCE, sender=wallet("ann")),
        lambda: fund.top_up(lapsed, 210, BY_ALLOWANCE, sender=wallet("ann")),
        lambda: fund.top_up_many([ann], [210], sender=wallet("ann")),
        lambda: fund.collect([ann]),
        lambda: fund.carry(mutual.court, 1),
    )
    for act in closed:
        with boa.reverts("fund: the mutual has ended"):
            act()
    with boa.reverts("fund: no joining now"):
        mutual.join("new")
    with boa.reverts("fund: no leaving now"):
        fund.leave(ann, sender=wallet("ann"))
    with boa.reverts("fund: no class change now"):
        fund.set_class(ann, 1, wallet("ann"), sender=mutual.office)
    fund.pay_out(ann)
    with boa.reverts("fund: no joining now"):
        fund.rejoin(ann, 210, CHARTER_HASH, BY_ALLOWANCE, sender=wallet("ann"))
    check_all_paid(mutual)


def test_a_round_settled_before_the_end_is_paid_and_its_rest_extinguished() -> None:
    """R-14, R-110."""
    mutual = found(called=True, immediate=False, min_runway=1, fee=0)
    ann = mutual.join("ann", tick=300)
    later()
    wind_down(mutual)
    mutual.fund.register([ann])
    boa.env.time_travel(seconds=RUNOFF - 8 * DAY)
    for claim in (1, 2, 3):
        mutual.settle(claim, PAYEE, 10**6 + claim)
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    mutual.fund.settle_round()
    run_off(mutual)
    mutual.fund.pay_out(ann)
    for claim in (3, 1, 2):
        mutual.fund.pay(mutual.court, claim)
        (paid,) = mutual.events("Paid")
        assert paid.rest > 0
        assert not paid.carried
        with boa.reverts("fund: the mutual has ended"):
            mutual.fund.carry(mutual.court, claim)
        mutual.check_books()
    # The round's rounding rest reached the surplus after the end.
    assert mutual.purse()[0] > 0
    mutual.fund.sweep_remainder()
    check_all_paid(mutual)


def test_bonds_and_stray_tokens_find_their_way_after_the_end() -> None:
    """R-20, R-82, R-111."""
    mutual = found()
    payer = mutual.payer.address
    ann = mutual.join("ann", tick=200)
    mutual.fund.hold(payer, 300, b"\0" * 32, ann, BY_ALLOWANCE, sender=mutual.jury)
    wind_down(mutual)
    run_off(mutual)
    mutual.fund.pay_out(ann)
    mutual.token.mint(mutual.fund.address, 40)
    mutual.fund.absorb()
    mutual.fund.forfeit(100, sender=mutual.court)
    mutual.fund.sweep_remainder()
    (swept,) = mutual.events("RemainderSwept")
    assert (swept.remainder, swept.amount) == (mutual.numbers.remainder, 140)
    check_all_paid(mutual)
    mutual.fund.release(payer, 200, sender=mutual.jury)
    mutual.fund.withdraw(mutual.numbers.remainder)
    assert balance(mutual, mutual.fund.address) == 0


def test_a_bond_from_the_balance_takes_no_part_of_the_surplus() -> None:
    """R-64, R-109: shares count, not the runway that is left."""
    mutual = found()
    ann, bob = mutual.join("ann", tick=200), mutual.join("bob", tick=200)
    later()
    donate(mutual, 100)
    wind_down(mutual)
    mutual.fund.register([ann])
    mutual.fund.hold_from_balance(ann, 10**6, sender=mutual.court)
    mutual.fund.hold_from_balance(bob, 10**6, sender=mutual.court)
    mutual.fund.register([bob])
    run_off(mutual)
    for member_id in (ann, bob):
        mutual.fund.pay_out(member_id)
        (paid,) = mutual.events("PaidOut")
        assert (paid.balance, paid.part) == (19 * 10**6, 50)
    check_all_paid(mutual)


def test_the_remainder_is_that_of_the_version_in_use() -> None:
    """P-56, R-95."""
    mutual = found()
    ann = mutual.join("ann", tick=200)
    adopt(mutual, remainder=wallet("another charity"))
    donate(mutual, 70)
    wind_down(mutual)
    run_off(mutual)
    mutual.fund.sweep_remainder()
    assert mutual.fund.dues(wallet("another charity")) == 70
    mutual.fund.pay_out(ann)
    with boa.reverts("fund: nothing to sweep"):
        mutual.fund.sweep_remainder()
    check_all_paid(mutual)


def test_a_wallet_that_cannot_be_paid_holds_up_nobody() -> None:
    """R-19, R-110."""
    token = source("mocks/BlacklistToken").deploy()
    mutual = found(token=token)
    ann, bob = mutual.join("ann", tick=200), mutual.join("bob", tick=200)
    later()
    donate(mutual, 100)
    wind_down(mutual)
    mutual.fund.register([ann, bob])
    run_off(mutual)
    token.set_blacklisted(wallet("ann"), True)
    for member_id in (ann, bob):
        mutual.fund.pay_out(member_id)
    assert mutual.fund.dues(wallet("ann")) == mutual.purse()[1] == 20 * 10**6 + 50
    check_all_paid(mutual)
    token.set_blacklisted(wallet("ann"), False)
    mutual.fund.withdraw(wallet("ann"))
    assert balance(mutual, mutual.fund.address) == 0


def test_a_loss_after_the_end_falls_on_who_is_not_paid_yet() -> None:
    """R-21: what is set aside is a due, and dues are not reduced."""
    mutual = found()
    ann = mutual.join("ann", tick=200)
    later()
    donate(mutual, 100)
    wind_down(mutual)
    mutual.fund.register([ann])
    run_off(mutual)
    lose(mutual, 10**6)
    mutual.fund.pay_out(ann)
    (paid,) = mutual.events("PaidOut")
    assert (paid.balance, paid.part) == (19 * 10**6, 100)
    check_all_paid(mutual)


def test_many_are_registered_in_batches() -> None:
    """R-109: two hundred a call."""
    mutual = found()
    now = int(boa.env.timestamp)
    ids = [number.to_bytes(32, "big") for number in range(1, 251)]
    wallets = [boa.env.generate_address() for _ in ids]
    signatures = mutual.roster_signature(ids, wallets, 0, now, now + DAY)
    mutual.fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, sender=mutual.payer.address)
    later()
    wind_down(mutual)
    assert mutual.fund.register(ids[:200]) == 200
    assert mutual.fund.register(ids[50:]) == 50
    assert ending(mutual)[1] == 250_000
