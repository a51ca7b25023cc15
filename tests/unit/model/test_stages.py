# SPDX-License-Identifier: AGPL-3.0-only
"""R-105 to R-111: starting, stepping back, winding down, dividing what is left."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.governing import adopted, decided, drafted
from support.mutuals import (
    ADDRESSES,
    FOUNDED,
    REMAINDER,
    SPACING,
    SPONSOR,
    STRANGER,
    Village,
    member_id,
    wallet,
)
from tongxin.model import ModelRevert, Mutual, Payment
from tongxin.model.invariants import i_6, i_12, i_15, violations
from tongxin.units import DAY, HOUR, Address, Index, Seconds, Shares, Units
from tongxin.words import (
    FUND_BOOKS,
    FUND_ENDING,
    FUND_SET_ASIDE,
    FUND_STAGE,
    FundStage,
    MemberStatus,
    ProposalKind,
)

PAYEE = Address(0xFEED)
DEADLINE = FOUNDED + 90 * DAY


def refused(rule: str) -> AbstractContextManager[object]:
    return pytest.raises(ModelRevert, match=rule)


def gathering(people: int = 0, **changes: object) -> Village:
    """A mutual that needs three members within ninety days."""
    found = Village.found(minimum_members=3, founding_deadline=Seconds(90 * DAY), **changes)
    found.people(people)
    return found


def running(people: int = 20, **changes: object) -> Village:
    found = Village.found(**changes)
    found.people(people)
    found.wait(91 * DAY)
    return found


def wound(v: Village, voters: int = 5) -> Village:
    """Its members vote it down."""
    p = decided(v, ProposalKind.WIND_DOWN, voters=voters)
    v.mutual.execute(p, now=v.now)
    return v


def ended(v: Village) -> Village:
    v.now = v.mutual.stages.ends_at
    v.mutual.end(now=v.now)
    return v


def money(v: Village, who: int) -> int:
    return v.mutual.token.balance_of(Address(who)) + v.mutual.words().dues(who)


def stage(v: Village) -> dict[str, int]:
    return FUND_STAGE.unpack(v.mutual.words().stage())


def special(v: Village) -> int:
    return FUND_BOOKS.unpack(v.mutual.words().books())["special"]


def sound(v: Village) -> bool:
    assert violations(v.mutual, v.now) == []
    return True


#


@pytest.mark.parametrize("minimum", [0, 1])
def test_r105_with_nobody_to_wait_for_it_runs_from_the_wiring_on(minimum: int) -> None:
    v = Village.found(minimum_members=minimum)
    expected = {"stage": 2, "started": FOUNDED, "below_since": 0, "wound_at": 0, "ends_at": 0, "version": 1}
    assert stage(v) == expected
    assert special(v) == 0
    later = Mutual(v.mutual.terms, FOUNDED, 1, ADDRESSES, wired=FOUNDED + 7)
    assert later.stages.started == FOUNDED + 7


def test_r105_gathering_until_enough_have_come() -> None:
    v = gathering(2)
    assert (stage(v)["stage"], stage(v)["started"], special(v)) == (FundStage.GATHERING, 0, 1)
    with refused("too few"):
        v.mutual.start(now=v.now)
    v.join(3, 60)
    with refused("too late"):
        v.mutual.start(now=DEADLINE)
    v.mutual.start(now=DEADLINE - 1)
    assert (stage(v)["stage"], stage(v)["started"], special(v)) == (FundStage.RUNNING, DEADLINE - 1, 0)
    with refused("not gathering"):
        v.mutual.start(now=DEADLINE - 1)
    assert sound(v)


def test_r105_no_event_before_the_start_is_covered() -> None:
    v = gathering(3)
    v.now += 40 * DAY
    with refused("R-51"):
        v.file(1)
    v.mutual.start(now=v.now)
    with refused("R-51"):  # the day began before
        v.file(1)
    v.now += DAY
    v.file(1)
    with refused("R-51"):
        v.file(2, day=v.today - 1)


def test_r106_who_can_come_while_it_gathers() -> None:
    v = gathering(2)
    with refused("no leaving now"):
        v.mutual.leave(member_id(1), wallet(1), now=v.now)
    v.mutual.token.mint(SPONSOR, 10**9)
    v.now = DEADLINE - 1
    ids = [member_id(10), member_id(11)]
    v.mutual.enrol(ids, [wallet(10), wallet(11)], 0, 60, v.now, v.now, True, SPONSOR, now=v.now)
    v.now += 1
    with refused("R-106"):
        v.join(12, 60)
    with refused("R-106"):
        v.mutual.enrol([member_id(13)], [wallet(13)], 0, 60, v.now, v.now, True, SPONSOR, now=v.now)
    v.mutual.top_up(member_id(1), 70, Payment(), SPONSOR, now=v.now)


def test_r106_no_rejoining_while_it_gathers() -> None:
    v = gathering(2)
    v.mutual.ledger.collect(200_000, 10**9, v.now)  # a loss of the token, say
    v.now += 20 * DAY
    with refused("R-106"):
        v.mutual.rejoin(member_id(1), 80, v.mutual.terms.charter_hash, Payment(), wallet(1), now=v.now)
    assert v.mutual.step_back(member_id(1), wallet(1), now=v.now) == 0


def test_r107_stepping_back_and_joining_again() -> None:
    v = gathering(entry_fee=Units(500))
    v.join(1, 60)
    had = money(v, wallet(1))
    v.mutual.set_order(member_id(1), 1_000, 60, wallet(1), now=v.now)
    v.mutual.set_contacts(member_id(1), STRANGER, 0, 0, wallet(1))
    admitted = v.mutual.membership.admission.admitted
    with refused("not the member's wallet"):
        v.mutual.step_back(member_id(1), STRANGER, now=v.now)
    assert v.mutual.step_back(member_id(1), wallet(1), now=v.now) == 60_500
    assert money(v, wallet(1)) == had + 60_500
    words = v.mutual.words()
    assert [words.members(member_id(1)), words.history(member_id(1)), words.orders(member_id(1))] == [0, 0, 0]
    assert words.all()["members", member_id(1)] == 0
    assert v.mutual.membership.admission.admitted == admitted - 1
    assert (v.mutual.ledger.heads, v.mutual.ledger.shares, v.mutual.ledger.booked()) == (0, 0, 0)
    with refused("no such member"):
        v.mutual.step_back(member_id(1), wallet(1), now=v.now)
    assert sound(v)
    v.join(1, 70)
    assert v.mutual.membership.member(member_id(1)).status == MemberStatus.OCCUPIED | MemberStatus.ACCEPTED
    assert v.mutual.balance_of(member_id(1)) == 70_000
    assert sound(v)


def test_r107_the_place_of_an_earlier_week_is_gone() -> None:
    v = gathering(2)
    v.now += 7 * DAY
    v.join(3, 60)
    assert v.mutual.membership.admission.admitted == 1
    v.mutual.step_back(member_id(1), wallet(1), now=v.now)
    assert v.mutual.membership.admission.admitted == 1
    v.mutual.step_back(member_id(3), wallet(3), now=v.now)
    assert v.mutual.membership.admission.admitted == 0


def test_r107_the_entry_fee_comes_back_as_far_as_the_surplus_holds_it() -> None:
    v = gathering(entry_fee=Units(500))
    v.people(2)
    v.mutual.token.stray(-700)  # the token's issuer took something
    v.mutual.recognise_loss(now=v.now)
    assert v.mutual.ledger.surplus == 300
    assert v.mutual.step_back(member_id(1), wallet(1), now=v.now) == 60_300
    assert v.mutual.step_back(member_id(2), wallet(2), now=v.now) == 60_000
    assert sound(v)


def test_r107_after_the_deadline_anyone_sends_everybody_home() -> None:
    v = gathering(entry_fee=Units(500))
    v.people(2)
    v.mutual.token.mint(SPONSOR, 40)
    v.mutual.donate(40, Payment(), SPONSOR)
    v.now = DEADLINE
    with refused("not over"):
        v.mutual.sweep_remainder(now=v.now)
    for number in (1, 2):
        v.mutual.step_back(member_id(number), STRANGER, now=v.now)
    assert v.mutual.sweep_remainder(now=v.now) == 40
    assert v.mutual.words().dues(REMAINDER) == 40
    v.mutual.withdraw(REMAINDER)
    assert (v.mutual.token.held, v.mutual.ledger.booked()) == (0, 0)
    with refused("nothing left"):
        v.mutual.sweep_remainder(now=v.now)
    assert sound(v)


def test_r107_an_empty_mutual_that_may_still_start_keeps_its_surplus() -> None:
    v = gathering()
    v.mutual.token.mint(SPONSOR, 40)
    v.mutual.donate(40, Payment(), SPONSOR)
    with refused("not over"):
        v.mutual.sweep_remainder(now=DEADLINE - 1)
    v.mutual.sweep_remainder(now=DEADLINE)


def test_r107_only_while_gathering() -> None:
    v = running()
    with refused("not gathering"):
        v.mutual.step_back(member_id(1), wallet(1), now=v.now)
    with refused("not over"):
        v.mutual.sweep_remainder(now=v.now)


def test_r66_a_volunteer_who_stepped_back_is_dismissed() -> None:
    v = gathering(2)
    v.wait(HOUR)
    v.volunteers(1, 1)
    with refused("membership in force"):
        v.mutual.dismiss(0, now=v.now)
    v.mutual.step_back(member_id(1), wallet(1), now=v.now)
    v.mutual.dismiss(0, now=v.now)
    assert sound(v)


#


def lapsing(**changes: object) -> Village:
    """Five members and a floor of four; two of them end at tick 10."""
    v = Village.found(floor_heads=4, grace=Seconds(10 * DAY), **changes)
    v.people(3)
    v.join(4, 10)
    v.join(5, 10)
    v.wait(91 * DAY)
    return v


def test_r108_the_floor_touched_and_regained() -> None:
    v = lapsing()
    with refused("not below"):
        v.mutual.watch_floor(now=v.now)
    v.mutual.ledger.collect(50_000, 10**9, v.now)  # ticks 10 is reached: three are left
    with refused("not watched"):
        v.mutual.wind_down_by_floor(now=v.now)
    v.mutual.watch_floor(now=v.now)
    since = v.now
    assert (stage(v)["below_since"], special(v)) == (since, 1)
    with refused("watched already"):
        v.mutual.watch_floor(now=v.now)
    v.mutual.top_up(member_id(4), 40, Payment(), wallet(4), now=v.now)
    assert (stage(v)["below_since"], special(v)) == (0, 0)
    with refused("not below"):
        v.mutual.watch_floor(now=v.now)
    with refused("not watched"):
        v.mutual.wind_down_by_floor(now=since + 11 * DAY)
    assert sound(v)


@pytest.mark.parametrize("act", ["join", "enrol", "rejoin"])
def test_r108_every_way_back_to_the_floor(act: str) -> None:
    v = lapsing()
    v.mutual.ledger.collect(50_000, 10**9, v.now)
    v.mutual.watch_floor(now=v.now)
    if act == "join":
        v.join(6, 60)
    elif act == "enrol":
        v.mutual.token.mint(SPONSOR, 10**9)
        v.mutual.enrol([member_id(6)], [wallet(6)], 0, 60, v.now, v.now, True, SPONSOR, now=v.now)
    else:
        v.now += 11 * DAY
        charter_hash = v.mutual.terms.charter_hash
        v.mutual.rejoin(member_id(4), 60, charter_hash, Payment(), wallet(4), now=v.now)
    assert stage(v)["below_since"] == 0


def test_r108_a_vote_may_lower_the_floor_to_the_heads() -> None:
    v = lapsing()
    slot = drafted(v, floor_heads=3)
    p = decided(v, ProposalKind.CHARTER, slot)
    v.mutual.ledger.collect(50_000, 10**9, v.now)
    v.mutual.watch_floor(now=v.now)
    v.mutual.execute(p, now=v.now)
    assert stage(v)["below_since"] == 0
    assert sound(v)


def test_r108_longer_than_the_grace_time_below_the_floor() -> None:
    v = lapsing()
    v.mutual.ledger.collect(50_000, 10**9, v.now)
    v.mutual.watch_floor(now=v.now)
    since = v.now
    with refused("grace is not over"):
        v.mutual.wind_down_by_floor(now=since + 10 * DAY)
    v.now = since + 10 * DAY + 1
    v.mutual.wind_down_by_floor(now=v.now)
    assert stage(v) == {
        "stage": FundStage.WINDING_DOWN,
        "started": FOUNDED,
        "below_since": 0,
        "wound_at": v.now,
        "ends_at": v.now + 61 * DAY,
        "version": 1,
    }
    assert FUND_ENDING.unpack(v.mutual.words().ending()) == {"index": 10 * SPACING, "entitled": 0, "paid_out": 0}
    with refused("R-108"):
        v.mutual.wind_down_by_floor(now=v.now)
    assert sound(v)


def test_r108_without_a_floor_an_empty_mutual_ends_after_a_year() -> None:
    v = running(2, year_cap=Index(70 * SPACING))
    with refused("not below"):
        v.mutual.watch_floor(now=v.now)
    v.mutual.ledger.collect(120_000, 10**9, v.now)
    assert v.mutual.ledger.heads == 0
    v.mutual.watch_floor(now=v.now)
    since = v.now
    with refused("grace is not over"):
        v.mutual.wind_down_by_floor(now=since + 365 * DAY)
    v.now = since + 365 * DAY + 1
    v.mutual.wind_down_by_floor(now=v.now)
    assert sound(v)


def test_r108_without_a_floor_one_who_comes_back_ends_the_watch() -> None:
    v = running(1)
    v.mutual.ledger.collect(60_000, 10**9, v.now)
    v.mutual.watch_floor(now=v.now)
    v.mutual.top_up(member_id(1), 90, Payment(), wallet(1), now=v.now)
    assert stage(v)["below_since"] == 0


def test_r108_what_a_wind_down_stops() -> None:
    v = running()
    v.join(21, 10)
    v.join(22, 60)
    v.now += 91 * DAY
    p = decided(v, ProposalKind.WIND_DOWN)
    v.mutual.leave(member_id(20), wallet(20), now=v.now)
    v.mutual.ledger.collect(220_000, 10**9, v.now)
    v.mutual.execute(p, now=v.now)
    charter_hash = v.mutual.terms.charter_hash
    acts: tuple[Callable[[], object], ...] = (
        lambda: v.join(30, 60),
        lambda: v.mutual.rejoin(member_id(21), 60, charter_hash, Payment(), wallet(21), now=v.now + 11 * DAY),
        lambda: v.mutual.top_up(member_id(21), 60, Payment(), wallet(21), now=v.now),
        lambda: v.mutual.change_class(member_id(1), 2, v.now, v.now, True, wallet(1), now=v.now),
        lambda: v.mutual.change_class(member_id(1), 1, v.now, v.now, True, wallet(1), now=v.now),
        lambda: v.mutual.leave(member_id(1), wallet(1), now=v.now),
        lambda: v.mutual.watch_floor(now=v.now),
        lambda: v.mutual.adopt(now=v.now),
    )
    for act in acts:
        with pytest.raises(ModelRevert, match=r"R-10[68]"):
            act()
    v.mutual.top_up(member_id(1), 70, Payment(), wallet(1), now=v.now)
    left = v.mutual.membership.history_of(member_id(20)).left * HOUR
    assert v.mutual.refund(member_id(20), now=left + 40 * DAY) == 50_000
    assert sound(v)


def test_r108_leave_before_wind_down_after() -> None:
    """Who gave notice before the trigger leaves as ever and has no part in the surplus."""
    v = running(3)
    v.mutual.token.mint(SPONSOR, 1_000)
    v.mutual.donate(1_000, Payment(), SPONSOR)
    p = decided(v, ProposalKind.WIND_DOWN, voters=3)
    v.mutual.leave(member_id(3), wallet(3), now=v.now)
    v.mutual.execute(p, now=v.now)
    assert v.mutual.register([member_id(3), member_id(1)]) == 1
    v.now = v.mutual.membership.history_of(member_id(3)).left * HOUR + 40 * DAY
    assert v.mutual.refund(member_id(3), now=v.now) == 60_000
    ended(v)
    with refused("already exited"):
        v.mutual.pay_out(member_id(3), now=v.now)
    assert v.mutual.pay_out(member_id(1), now=v.now) == 61_000
    assert v.mutual.pay_out(member_id(2), now=v.now) == 60_000
    assert v.mutual.ledger.booked() == 0
    assert sound(v)


def test_r108_events_before_the_trigger_are_filed_until_the_run_off_ends() -> None:
    v = wound(running())
    trigger, last_day = v.now, v.today  # the last day that began before the trigger
    assert trigger % DAY
    v.now += DAY
    with refused("R-51"):
        v.file(1, day=last_day + 1)
    v.now = (last_day + 61) * DAY - 1
    v.file(1, day=last_day)
    assert v.now < v.mutual.stages.ends_at == trigger + 61 * DAY


def test_r108_a_day_that_begins_with_the_trigger_is_not_covered() -> None:
    v = running()
    v.now = (v.today + 1) * DAY
    v.mutual.stages.wind_down(v.now)
    with refused("R-51"):
        v.file(1)
    v.file(1, day=v.today - 1)


def test_r108_nothing_is_filed_once_the_run_off_is_over() -> None:
    v = wound(running(filing_window=Seconds(60 * DAY), runoff=Seconds(61 * DAY)))
    last_day = v.today
    object.__setattr__(v.mutual.terms, "filing_window", Seconds(90 * DAY))  # as under an earlier version
    v.now = v.mutual.stages.ends_at
    with refused("R-108"):
        v.file(1, day=last_day)
    v.now -= 1
    v.file(1, day=last_day)


def test_r108_the_round_that_is_closed_is_settled_first() -> None:
    v = running(immediate=False)
    p = decided(v, ProposalKind.WIND_DOWN)
    v.mutual.settle_claim(0xADD, 1, PAYEE, 100, 0, v.mutual.announce(100, 0), now=v.now - 7 * DAY)
    with refused("R-13"):
        v.mutual.execute(p, now=v.now)
    v.mutual.settle_round(now=v.now)
    v.mutual.execute(p, now=v.now)


#


def test_r109_who_is_entitled() -> None:
    v = Village.found()
    v.people(4)
    v.join(5, 60, actor=STRANGER)  # not accepted
    v.join(6, 10)
    v.now += 91 * DAY
    p = decided(v, ProposalKind.WIND_DOWN, voters=4)
    v.join(7, 60)  # less than 90 days
    v.mutual.leave(member_id(4), wallet(4), now=v.now)
    with refused("not winding down"):
        v.mutual.register([member_id(1)])
    v.mutual.execute(p, now=v.now)
    v.mutual.ledger.collect(70_000, 10**9, v.now)  # member 6 lapses after the trigger
    every = [member_id(number) for number in range(1, 9)]
    assert v.mutual.register([*every, member_id(1)]) == 5  # 1, 2, 3, 5 and 6
    assert v.mutual.register(every) == 0
    assert FUND_ENDING.unpack(v.mutual.words().ending())["entitled"] == 5_000
    assert v.mutual.membership.member(member_id(6)).status & MemberStatus.REGISTERED
    with refused("bad batch"):
        v.mutual.register([member_id(1)] * 201)
    assert sound(v)


def test_r109_ninety_days_to_the_second() -> None:
    v = Village.found()
    v.join(1, 60)
    v.join(2, 60)
    joined = v.mutual.membership.member(member_id(1)).joined * HOUR
    v.now = joined + 90 * DAY - 1
    v.mutual.stages.wind_down(v.now)
    assert v.mutual.register([member_id(1)]) == 0
    late = Village.found()
    late.join(1, 60)
    late.mutual.stages.wind_down(joined + 90 * DAY)
    assert late.mutual.register([member_id(1)]) == 1


def test_r109_lapsed_before_the_trigger() -> None:
    v = running(2)
    v.join(3, 10)
    v.now += 91 * DAY
    v.mutual.ledger.collect(30_000, 10**9, v.now)
    v.mutual.stages.wind_down(v.now)
    assert v.mutual.register([member_id(3)]) == 0


#


def test_r110_the_surplus_by_shares_and_the_rest_to_the_remainder() -> None:
    """1000 units over 1000 + 500 + 2000 thousandths: 285, 142 and 571; the last 2 belong to the remainder."""
    v = Village.found()
    for number, class_id in ((1, 0), (2, 1), (3, 2)):
        v.join(number, 60, class_id)
    v.now += 91 * DAY
    v.mutual.token.mint(SPONSOR, 2_000)
    v.mutual.donate(1_000, Payment(), SPONSOR)
    wound(v, voters=3)
    assert v.mutual.register([member_id(number) for number in (1, 2, 3)]) == 3
    had = [money(v, wallet(number)) for number in (1, 2, 3)]
    ended(v)
    assert FUND_SET_ASIDE.unpack(v.mutual.words().set_aside()) == {"total": 1_000, "left": 1_000}
    assert (v.mutual.ledger.surplus, v.mutual.ledger.due) == (0, 1_000)
    assert i_12(v.mutual) == []
    v.mutual.donate(7, Payment(), SPONSOR)
    for number in (2, 3, 1):
        v.mutual.pay_out(member_id(number), now=v.now)
        assert sound(v)
    gained = [money(v, wallet(number)) - had[number - 1] for number in (1, 2, 3)]
    assert gained == [60_000 + 285, 30_000 + 142, 120_000 + 571]
    assert FUND_SET_ASIDE.unpack(v.mutual.words().set_aside()) == {"total": 1_000, "left": 0}
    assert FUND_ENDING.unpack(v.mutual.words().ending()) == {"index": 0, "entitled": 3_500, "paid_out": 3_500}
    assert v.mutual.sweep_remainder(now=v.now) == 9
    v.mutual.withdraw(REMAINDER)
    assert (v.mutual.token.held, v.mutual.ledger.booked()) == (0, 0)
    with refused("already exited"):
        v.mutual.pay_out(member_id(1), now=v.now)
    exited = v.mutual.membership.history_of(member_id(1)).exited
    assert exited * HOUR >= v.now
    assert sound(v)


def test_r110_nobody_registered_all_belongs_to_the_remainder() -> None:
    v = running(2)
    v.mutual.token.mint(SPONSOR, 1_000)
    v.mutual.donate(1_000, Payment(), SPONSOR)
    ended(wound(v, voters=2))
    assert v.mutual.ledger.surplus == 1_000
    assert v.mutual.pay_out(member_id(1), now=v.now) == 60_000
    assert v.mutual.sweep_remainder(now=v.now) == 1_000
    assert v.mutual.pay_out(member_id(2), now=v.now) == 60_000
    assert (v.mutual.ledger.deposits, v.mutual.ledger.surplus) == (0, 0)
    assert sound(v)


def test_r110_who_lapsed_after_registering_is_paid_the_part() -> None:
    v = running(2)
    v.join(3, 10)
    v.now += 91 * DAY
    v.mutual.token.mint(SPONSOR, 900)
    v.mutual.donate(900, Payment(), SPONSOR)
    wound(v, voters=2)
    assert v.mutual.register([member_id(number) for number in (1, 2, 3)]) == 3
    v.mutual.ledger.collect(30_000, 10**9, v.now)
    v.mutual.ledger.due += 30_000
    v.mutual.ledger.owe(PAYEE, Units(30_000))
    ended(v)
    assert v.mutual.pay_out(member_id(3), now=v.now) == 300
    assert v.mutual.pay_out(member_id(1), now=v.now) == 50_300
    assert sound(v)


def test_r110_a_failed_push_is_owed() -> None:
    v = ended(wound(running(2), voters=2))
    v.mutual.token.push_fails.add(wallet(1))
    v.mutual.pay_out(member_id(1), now=v.now)
    assert v.mutual.words().dues(wallet(1)) == 60_000
    assert sound(v)


def test_r110_when_it_can_end() -> None:
    v = wound(running())
    v.wait()
    c = v.file(1, day=v.today - 1)
    v.draw(c)
    with refused("run-off"):
        v.mutual.end(now=v.mutual.stages.ends_at - 1)
    v.now = v.mutual.stages.ends_at
    with refused("claims are open"):
        v.mutual.end(now=v.now)
    assert i_6(v.mutual, v.now) == []
    v.now += 200 * DAY  # nobody voted on the open panel
    v.conclude(c)
    v.settle(c)
    v.mutual.end(now=v.now)
    with refused("not winding down"):
        v.mutual.end(now=v.now)
    with refused("not winding down"):
        v.mutual.register([member_id(1)])
    assert sound(v)


def test_r110_not_while_a_round_is_outstanding_and_carries_are_extinguished() -> None:
    v = running(2, immediate=False, carries=2)
    wound(v, voters=2)
    v.now = v.mutual.stages.ends_at - 1
    call = v.mutual.announce(60_000, 0)
    v.mutual.settle_claim(0xADD, 1, PAYEE, 60_000, 0, call, now=v.now)
    v.mutual.settle_claim(0xADD, 2, PAYEE, 60_000, 0, v.mutual.announce(60_000, 0), now=v.now)
    v.now = v.mutual.rounds.closes_at
    with refused("round outstanding"):
        v.mutual.end(now=v.now)
    v.mutual.settle_round(now=v.now)
    v.mutual.pay(0xADD, 1)
    v.mutual.end(now=v.now)
    with refused("R-110"):
        v.mutual.carry(0xADD, 1, now=v.now)
    v.mutual.pay(0xADD, 2)
    with refused("nothing to carry|has ended"):
        v.mutual.carry(0xADD, 2, now=v.now)
    assert v.mutual.words().deferred((0xADD << 96) + 2) == 0
    assert sound(v)


def test_r110_nothing_comes_in_after_the_end() -> None:
    v = ended(wound(running(2), voters=2))
    v.mutual.token.mint(SPONSOR, 10**6)
    for act in (
        lambda: v.mutual.top_up(member_id(1), 90, Payment(), SPONSOR, now=v.now),
        lambda: v.mutual.top_up_many([member_id(1)], [90], SPONSOR, now=v.now),
        lambda: v.mutual.collect([member_id(1)], now=v.now),
    ):
        with refused("has ended"):
            act()
    with refused("R-106"):
        v.join(9, 60)


def test_r110_only_after_the_end() -> None:
    v = wound(running(2), voters=2)
    with refused("not ended"):
        v.mutual.pay_out(member_id(1), now=v.now)
    with refused("not over"):
        v.mutual.sweep_remainder(now=v.now)


@settings(max_examples=40)
@given(
    classes=st.lists(st.integers(1, 2**24 - 1), min_size=1, max_size=6),
    surplus=st.integers(0, 10**6),
    spacing=st.sampled_from([1, 7, 1_500, SPACING]),
    registered=st.sets(st.integers(1, 6)),
    collected=st.integers(0, 10**6),
    order=st.randoms(),
)
def test_r111_every_unit_reaches_its_payee(  # noqa: PLR0917 - drawn by name
    classes: list[int],
    surplus: int,
    spacing: int,
    registered: set[int],
    collected: int,
    order: random.Random,
) -> None:
    """Whoever is registered, whatever the order of paying: in the end the fund holds nothing."""
    row = ((Village.found().mutual.terms.entitlements[0][0],) * len(classes),)
    v = Village.found(
        shares=tuple(Shares(shares) for shares in classes),
        entitlements=row * 3,
        spacing=spacing,
        round_cap=10 * spacing,
        year_cap=50 * spacing,
    )
    people = range(1, len(classes) + 1)
    for number in people:
        v.mutual.token.mint(wallet(number), 10**12)
        v.join(number, 60, number - 1)
    v.now += 91 * DAY
    v.mutual.token.mint(SPONSOR, surplus)
    if surplus:
        v.mutual.donate(surplus, Payment(), SPONSOR)
    v.mutual.stages.wind_down(v.now)
    entitled = sorted(registered & set(people))
    v.mutual.register([member_id(number) for number in entitled])
    got = v.mutual.ledger.collect(collected, 10 * spacing, v.now)
    if got:
        v.mutual.ledger.due += got
        v.mutual.ledger.owe(PAYEE, got)
    ended(v)
    aside = v.mutual.stages.set_aside
    paid = list(people)
    order.shuffle(paid)
    for number in paid:
        balance = v.mutual.balance_of(member_id(number))
        part = v.mutual.pay_out(member_id(number), now=v.now) - balance
        if number in entitled:
            assert part == aside * classes[number - 1] // sum(classes[one - 1] for one in entitled)
        else:
            assert part == 0
    assert sound(v)
    if v.mutual.ledger.surplus:
        v.mutual.sweep_remainder(now=v.now)
    for who in list(v.mutual.ledger.dues):
        v.mutual.withdraw(who)
    assert (v.mutual.token.held, v.mutual.ledger.booked()) == (0, 0)
    assert i_15(v.mutual) == []


# I-6 and I-15


def test_i6_everybody_can_go_in_every_stage() -> None:
    for v in (gathering(2), running(2), wound(running(2), voters=2), ended(wound(running(2), voters=2))):
        assert i_6(v.mutual, v.now) == []
    v = wound(running(2), voters=2)
    v.mutual.ending.settled_before = lambda _: False
    assert len(i_6(v.mutual, v.now)) == 2


def test_i15_sees_stages_that_go_back_and_money_left_behind() -> None:
    v = ended(wound(running(2), voters=2))
    assert i_15(v.mutual) == []
    for number in (1, 2):
        v.mutual.pay_out(member_id(number), now=v.now)
    assert i_15(v.mutual) == []
    stages = v.mutual.stages
    passed = stages.passed
    stages.passed = (*passed, FundStage.RUNNING)
    assert i_15(v.mutual)
    stages.passed = passed
    v.mutual.ledger.deposits = 1
    assert i_15(v.mutual)
    v.mutual.ledger.deposits = 0
    stages.set_aside_left = 1
    assert i_15(v.mutual)
    stages.set_aside_left = 0
    stages.shares_paid = 1
    assert i_15(v.mutual)
    stages.shares_paid = 0
    stages.entitled = 1
    assert i_15(v.mutual)


def test_r108_versions_and_stages_together() -> None:
    v = running()
    adopted(v, runoff=Seconds(70 * DAY))
    wound(v)
    assert stage(v)["ends_at"] == v.now + 70 * DAY
