# SPDX-License-Identifier: AGPL-3.0-only
"""Whoever wants to gain when a mutual gathers or ends: fees farmed, floors pushed, exits run for, surpluses shared."""

from __future__ import annotations

from attacks.town import DAY, Town
from contracts.mutual import NOBODY, account
from support.hearing import refused

HONEST = range(12)
BY_ALLOWANCE = (0, NOBODY, 0, 0, 0, bytes(32), 0, bytes(32), bytes(32))
GIFT = 10**9
ENTRY_FEE = 12_345
REMAINDER = account("remainder").address


def gathering(members: int = 4) -> Town:
    return Town(members=members, minimum_members=10, founding_deadline=60 * DAY, entry_fee=ENTRY_FEE)


def test_stepping_back_gives_what_was_paid() -> None:
    """Wants others' entry fees: joins and steps back, again and again."""
    town = gathering()
    before, surplus = town.wealth(5), town.surplus
    for _ in range(4):
        town.join(5)
        town.fund.step_back(town.ids[5], sender=town.people[5])
    assert town.wealth(5) - before == 0
    assert town.surplus == surplus == 4 * ENTRY_FEE


def test_a_sponsor_s_gift_goes_to_the_person_it_was_made_to() -> None:
    """Wants another one's sponsored money: steps back for somebody else while the mutual still gathers."""
    town = gathering()
    sponsor, guest = 0, 8
    paid, before = town.wealth(sponsor), town.wealth(guest)
    town.enrol([guest], sponsor)
    with refused("fund: not the wallet"):
        town.fund.step_back(town.ids[guest], sender=town.people[sponsor])
    town.wait(60 * DAY)
    town.fund.step_back(town.ids[guest], sender=town.people[9])
    assert town.wealth(guest) - before == paid - town.wealth(sponsor)
    assert town.wealth(9) == 10**13


def test_a_mutual_that_failed_is_not_started_later() -> None:
    """Wants to catch people's money in a mutual of few: starts it after its date, or has it vote."""
    town = gathering()
    honest = town.wealth(*range(4))
    with refused("fund: too few members"):
        town.fund.start()
    with refused("assembly: the mutual is not running"):
        town.propose(0, kind=6)
    town.wait(60 * DAY)
    with refused("fund: too late to start"):
        town.fund.start()
    with refused("fund: no joining now"):
        town.join(8)
    for who in range(4):
        town.fund.step_back(town.ids[who], sender=town.people[9])
    assert town.wealth(*range(4)) == honest + 4 * ENTRY_FEE
    assert town.token.balanceOf(town.fund.address) == 0


def test_a_floor_missed_for_a_moment_ends_nothing() -> None:
    """Wants the surplus of a mutual that lives: leaves with friends, has it watched, waits for a day without comers."""
    town = Town(floor_heads=11)
    town.wait(120 * DAY)
    town.fund.donate(GIFT, BY_ALLOWANCE, sender=town.people[20])
    for who in (9, 10, 11):
        town.leave(who)
    town.wait(31 * DAY)
    for who in (9, 10, 11):
        town.fund.refund(town.ids[who])
    town.fund.watch_floor()
    town.wait(10 * DAY)
    with refused("fund: grace is not over"):
        town.fund.wind_down_by_floor()
    town.join(12)
    town.join(13)
    town.wait(DAY)
    with refused("fund: the floor is not watched"):
        town.fund.wind_down_by_floor()
    with refused("fund: not below the floor"):
        town.fund.watch_floor()
    assert town.surplus == GIFT


def test_a_latecomer_has_no_part_of_the_surplus(town: Town) -> None:
    """Wants the largest part of a surplus: joins with five shares when the vote to end the mutual is announced."""
    late = 15
    before = town.wealth(late)
    honest = town.wealth(*HONEST)
    town.fund.donate(GIFT, BY_ALLOWANCE, sender=town.people[20])
    town.wait(30 * DAY)
    p = town.propose(0, kind=6)
    town.join(late, class_id=1)
    town.vote(p, HONEST)
    town.execute(p)
    assert town.fund.register([*(town.ids[who] for who in HONEST), town.ids[late]]) == len(HONEST)
    town.end()
    town.pay_out([*HONEST, late])
    assert town.wealth(late) - before == 0
    assert town.wealth(*HONEST) - honest == GIFT - GIFT % len(HONEST)


def test_nobody_is_registered_or_paid_twice(town: Town) -> None:
    """Wants two parts: is registered twice in a call and in two, is paid twice, joins anew in between."""
    town.fund.donate(GIFT, BY_ALLOWANCE, sender=town.people[20])
    before = town.wealth(0)
    town.wait(30 * DAY)
    town.wind_down(0, HONEST)
    assert town.fund.register([town.ids[0]] * 5) == 1
    assert town.fund.register([town.ids[who] for who in HONEST]) == len(HONEST) - 1
    town.end()
    town.pay_out([0])
    with refused("fund: member has left"):
        town.pay_out([0])
    with refused("fund: no joining now"):
        town.fund.rejoin(town.ids[0], 100, town.hash, BY_ALLOWANCE, sender=town.people[0])
    assert town.wealth(0) - before == GIFT // len(HONEST)


def test_an_old_majority_shares_the_surplus_by_the_rules(town: Town) -> None:
    """Wants the surplus for itself: nine of twelve end the mutual. Each gets a twelfth; the minority as well."""
    town.fund.donate(GIFT, BY_ALLOWANCE, sender=town.people[20])
    before = town.wealth(*range(9))
    town.wait(30 * DAY)
    p = town.propose(0, kind=6)
    town.vote(p, range(8))
    town.vote(p, range(9, 12), support=False)
    assert not town.assembly.passed(p)
    town.vote(p, [8])
    town.execute(p)
    town.fund.register([town.ids[who] for who in HONEST])
    town.end()
    town.pay_out(HONEST)
    assert town.wealth(*range(9)) - before <= 9 * (GIFT // 12)


def test_nobody_runs_for_the_exit(town: Town) -> None:
    """Wants to be gone before the last claims are paid: gives notice when the wind-down begins. All share alike."""
    town.bench(HONEST)
    town.wait(DAY)
    p = town.propose(0, kind=6)
    town.vote(p, HONEST)
    town.wait_until(town.times(p)[1] - 2 * DAY)
    filed = town.file(0)
    town.execute(p)
    runners = (1, 2, 3)
    before = town.wealth(*runners)
    for who in runners:
        with refused("fund: no leaving now"):
            town.leave(who)
    town.close(filed)
    town.end()
    town.pay_out(HONEST)
    index = town.fund.books() >> 160
    assert index > 0
    assert town.wealth(*runners) - before == -3 * -(-1_000 * index // 10**6)


def test_a_late_claim_delays_the_end_and_no_more(town: Town) -> None:
    """Wants to keep everybody's money: files on the last day of the run-off and does nothing more. Anyone goes on."""
    town.bench(HONEST)
    town.wait(DAY)
    honest = town.wealth(*range(1, 12))
    town.wind_down(0, HONEST)
    ends = town.fund.stage() >> 88 & (1 << 40) - 1
    event = town.today() - 1
    town.wait_until(ends - 3 * DAY)
    with refused("court: "):
        town.file(0, town.today())
    filed = town.file(0, event)
    town.wait_until(ends)
    with refused("fund: claims are open"):
        town.fund.end()
    town.wait(60, 4)
    town.court.draw(filed.number, filed.claim)
    town.wait_until(town.deadline(filed))
    town.court.time_out(filed.number, filed.claim)
    town.fund.end()
    town.pay_out(HONEST)
    assert town.now - ends < 3 * DAY
    assert town.wealth(*range(1, 12)) >= honest


def test_what_is_left_reaches_the_named_payee_and_nobody_else(town: Town) -> None:
    """Wants what belongs to nobody: nobody registers, and somebody sweeps the surplus. It goes to P-56."""
    town.fund.donate(GIFT, BY_ALLOWANCE, sender=town.people[20])
    before = town.wealth(*range(26))
    with refused("fund: the mutual has not ended"):
        town.fund.sweep_remainder(sender=town.people[15])
    town.wind_down(0, HONEST)
    town.end()
    with refused("fund: not winding down"):
        town.fund.register([town.ids[0]])
    town.pay_out(HONEST)
    town.fund.sweep_remainder(sender=town.people[15])
    town.fund.withdraw(REMAINDER, sender=town.people[15])
    assert town.token.balanceOf(REMAINDER) == GIFT
    assert town.wealth(*range(26)) - before == 0
    assert town.token.balanceOf(town.fund.address) == 0
