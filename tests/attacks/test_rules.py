# SPDX-License-Identifier: AGPL-3.0-only
"""Whoever wants to gain by a change of the rules: benefits, jurors' terms, attestors, the notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attacks.town import AMOUNT, DAY, HOUR, WAITING, Town
from contracts.mutual import NOBODY, account, bits
from support.hearing import refused
from tongxin.charter.numbers import BenefitNumbers
from tongxin.words import BenefitKind

HONEST = range(12)
FLOOD = range(12, 26)
OTHER = "second attestor"


def raised(town: Town, **changes: Any) -> dict[str, Any]:
    """The benefit with other numbers, as a change of a draft."""
    return {"benefits": (replace(town.newest.benefits[0], **changes),)}


MORE = tuple(amount * 5 // 4 for amount in (AMOUNT, 5 * AMOUNT))
LESS = tuple(amount * 3 // 4 for amount in (AMOUNT, 5 * AMOUNT))


def test_a_benefit_raised_by_those_who_will_claim_it(town: Town) -> None:
    """Wants a quarter more for an illness that is known already: it counts after a fresh waiting time only (R-97)."""
    town.change(0, HONEST, **raised(town, amounts=MORE))
    day = town.today()
    town.wait(DAY)
    assert town.base(town.file(0, day)) - AMOUNT == 0
    town.wait(WAITING - 2 * DAY)
    assert town.base(town.file(1)) - AMOUNT == 0
    town.wait(3 * DAY)
    assert town.base(town.file(2)) == MORE[0]


def test_a_wait_shortened_together_with_a_rise(town: Town) -> None:
    """Wants the rise at once: the same vote ends the waiting time. The longer of the two counts (R-97)."""
    town.change(0, HONEST, **raised(town, amounts=MORE, waiting=(0, 0)))
    town.wait(2 * DAY)
    assert town.base(town.file(0)) - AMOUNT == 0


def test_a_rise_in_two_votes_waits_twice(town: Town) -> None:
    """Wants more than a quarter: a second vote before the 90 days of the first are over (R-93)."""
    town.change(0, HONEST, **raised(town, amounts=MORE))
    with refused("charter: step of an amount too large"):
        town.draft(1, **raised(town, amounts=tuple(amount * 5 // 4 for amount in MORE)))
    town.wait(90 * DAY)
    town.change(1, HONEST, **raised(town, amounts=tuple(amount * 5 // 4 for amount in MORE)))
    town.wait(2 * DAY)
    assert town.base(town.file(0)) == MORE[0]


def test_a_benefit_made_up_for_one_s_own_loss(town: Town) -> None:
    """Wants cover for what happened: votes in a benefit that covers it. No event before a waiting time of it counts."""
    made_up = BenefitNumbers(BenefitKind.LUMP_SUM, (10_000,) * 7, 0, 0, 0, (AMOUNT,) * 2, (WAITING,) * 2)
    town.change(0, HONEST, benefits=(*town.newest.benefits, made_up))
    before, day = town.wealth(0), town.today()
    town.wait(2 * DAY)
    for event in (day - 3, day, day + 1):
        papers = (bytes(32), bytes(32), bytes(32))
        filing = (town.ids[0], 1, event, AMOUNT, *papers, 0)
        payment = (0, NOBODY, 0, 0, 0, bytes(32), 0, bytes(32), bytes(32))
        with refused("court: "):
            town.court.file(filing, payment, sender=town.people[0])
    assert town.wealth(0) - before == 0


def test_a_benefit_cut_after_somebody_s_event(town: Town) -> None:
    """Wants to pay less for an illness that is known: the version of the event's day judges it (R-96)."""
    p = town.propose(0, town.draft(0, **raised(town, amounts=LESS)))
    town.vote(p, HONEST)
    town.wait_until(town.times(p)[1] - HOUR)
    filed = town.file(5)
    day = town.today() - 2
    town.execute(p)
    late = town.file(6, day)
    assert (town.base(filed), town.base(late)) == (AMOUNT, AMOUNT)
    assert (filed.claim[12], late.claim[12]) == (1, 1)
    town.wait(3 * DAY)
    assert town.base(town.file(7)) == LESS[0]


def test_a_class_cannot_be_voted_out_of_cover(town: Town) -> None:
    """Wants to be rid of the dear ones: takes their class out of a benefit, or a benefit away (R-92)."""
    with refused("charter: a covered class uncovered"):
        town.draft(0, **raised(town, amounts=(AMOUNT, 0)))
    town.change(0, HONEST, benefits=(*town.newest.benefits, town.newest.benefits[0]))
    with refused("charter: a benefit was removed"):
        town.draft(1, benefits=town.newest.benefits[:1])


def test_jurors_who_raise_their_pay_in_the_middle_of_a_claim(town: Town) -> None:
    """Wants more for the vote already asked for: jurors vote themselves a quarter more while their claim is open."""
    town.bench(HONEST)
    town.wait(DAY)
    p = town.propose(6, town.draft(6, juror_pay=125_000, juror_bond=1_250_000, verdict_notice=DAY + HOUR), 4)
    town.vote(p, HONEST)
    town.wait_until(town.times(p)[1])
    filed = town.file(0)
    town.wait(60, 4)
    town.court.draw(filed.number, filed.claim)
    deadline = town.deadline(filed)
    town.assembly.execute(p)
    assert town.deadline(filed) == deadline
    town.court.grant(filed.number, filed.claim, bytes(32), sender=filed.claim[2])
    town.panel_votes(filed, 7)
    assert town.deadline(filed) == town.now + DAY
    town.settle(filed)
    jurors = [town.people.index(town.jury.juror(8 * filed.number, seat)) for seat in range(3)]
    before = town.wealth(*jurors)
    town.court.pay_jurors(filed.number, 0)
    assert town.wealth(*jurors) - before == 3 * 10**5


def test_a_captured_attestor_is_replaced_while_it_floods(town: Town) -> None:
    """Wants the mutual: an attestor admits its own people up to the weekly cap while the members replace it.

    None of them votes on the replacement, none is covered, and nobody comes in by it afterwards.
    """
    before, honest = town.wealth(*FLOOD), town.wealth(*HONEST)
    p = town.propose(0, town.draft(0, attestors=(account(OTHER).address,)), 2)
    for who in FLOOD[:10]:
        town.join(who)
    town.vote(p, HONEST)
    for who in FLOOD[:10]:
        with refused("assembly: not a settled member's wallet"):
            town.vote(p, [who], support=False)
        with refused("court: "):
            town.file(who)
    town.execute(p)
    with refused("not an attestor"):
        town.join(FLOOD[10])
    town.join(FLOOD[10], attestor=OTHER)
    assert town.wealth(*FLOOD) - before <= 0
    assert town.wealth(*HONEST) == honest


def test_a_majority_installs_its_own_attestors_one_by_one(town: Town) -> None:
    """Wants to decide who comes in: two new attestors at once, or a second one within 90 days (R-93)."""
    known = town.newest.attestors
    first, second = (account(name).address for name in (OTHER, "third attestor"))

    def sorted_by_number(*who: str) -> tuple[str, ...]:
        return tuple(sorted(who, key=lambda one: int(one, 16)))

    with refused("charter: more than one new attestor"):
        town.draft(0, attestors=sorted_by_number(first, second))
    town.change(0, HONEST, kind=2, attestors=sorted_by_number(*known, first))
    with refused("charter: more than one new attestor"):
        town.draft(1, attestors=sorted_by_number(first, second))


def test_a_notice_lengthened_holds_nobody_who_gave_it(town: Town) -> None:
    """Wants to hold a leaver's money: the notice becomes a week longer after it was given (R-96)."""
    p = town.propose(0, town.draft(0, leave_notice=37 * DAY + DAY // 2, adoption_delay=44 * DAY + DAY // 2))
    town.vote(p, HONEST)
    town.wait_until(town.times(p)[1] - HOUR)
    before = town.wealth(5)
    town.leave(5)
    given = bits(town.fund.history(town.ids[5]), 28, 24, 20, 16, 8, 20, 20)[6] * HOUR
    town.execute(p)
    town.leave(6)
    town.wait_until(given + 30 * DAY)
    town.fund.refund(town.ids[5])
    with refused("fund: notice is not over"):
        town.fund.refund(town.ids[6])
    assert town.wealth(5) == before


def test_small_steps_are_measured_together(town: Town) -> None:
    """Wants a tenth for itself in a month: one percentage point a vote, but against every version of 90 days (R-93)."""
    fee = town.newest.fee
    town.change(0, HONEST, fee=fee + 100)
    with refused("charter: step of fee too large"):
        town.draft(1, fee=fee + 101)
    town.wait(31 * DAY)
    with refused("charter: step of fee too large"):
        town.draft(1, fee=fee + 200)
    town.wait(60 * DAY)
    town.draft(1, fee=fee + 200)
    with refused("charter: fee above a tenth"):
        town.draft(1, fee=1_001)


def test_what_was_promised_for_ever_stays(town: Town) -> None:
    """Wants to take out the floor under the members: margin, period, calls, form of panel and of admission (R-92)."""
    numbers = town.newest
    for changes in (
        {"call_margin": numbers.call_margin + 1},
        {"period": numbers.period + DAY},
        {"called": True},
        {"immediate": False},
        {"open_panel": True},
        {"strict": not numbers.strict},
        {"zone": numbers.zone + HOUR},
        {"classes": (1_001, 5_000)},
        {"minimum_members": 2},
    ):
        with refused("charter: "):
            town.draft(0, **changes)
