# SPDX-License-Identifier: AGPL-3.0-only
"""Whoever wants to decide for the others: bought majorities, votes of people who go, double votes, storms, rivals."""

from __future__ import annotations

import boa
import pytest

from attacks.town import DAY, Town
from contracts.mutual import account
from stateful.governance import VOTE
from support.hearing import refused

HONEST = range(12)
BOUGHT = range(12, 26)
HANDED = account("the attacker's steward").address


def test_memberships_bought_for_a_vote_come_too_late(town: Town) -> None:
    """Wants the majority on a proposal that is open: fourteen identities at the price of fourteen entry tickets."""
    before = town.wealth(*BOUGHT)
    p = town.propose(0, kind=6)
    for who in BOUGHT:
        town.join(who)
    town.wait(6 * DAY)
    for who in BOUGHT:
        with refused("assembly: not a settled member's wallet"):
            town.vote(p, [who])
        with refused("assembly: not a settled member's wallet"):
            town.propose(who, town.draft(who, steward=HANDED), 3)
    town.vote(p, [0], support=False)
    town.wait_until(town.times(p)[1])
    with refused("assembly: not passed"):
        town.assembly.execute(p)
    assert town.wealth(*BOUGHT) - before <= 0


def test_memberships_come_in_slowly() -> None:
    """Wants the majority in a week: the weekly cap (R-37) lets in four, whatever the attestor signs."""
    town = Town(members=0, admission_floor=4, admission_bps=0)
    for who in range(4):
        town.join(who)
    for who in range(4, 26):
        with refused("fund: admissions are full this week"):
            town.join(who)
    assert town.heads == 4


def test_a_patient_majority_takes_nothing_from_whoever_leaves(town: Town) -> None:
    """Wants the others' deposits: comes early, waits, votes itself the steward's fee - and everybody else goes."""
    before, honest = town.wealth(*BOUGHT), town.wealth(*HONEST)
    for who in BOUGHT:
        town.join(who)
    town.wait(31 * DAY)
    p = town.propose(12, town.draft(12, steward=HANDED, fee=town.newest.fee + 100))
    town.vote(p, BOUGHT)
    town.vote(p, HONEST[:6], support=False)
    with refused("assembly: too early to execute"):
        town.assembly.execute(p)
    for who in HONEST:
        town.leave(who)
    town.wait_until(town.times(p)[1])
    for who in HONEST:
        town.fund.refund(town.ids[who])
    assert town.assembly.passed(p)
    town.execute(p)
    assert town.wealth(*HONEST) == honest
    assert town.wealth(*BOUGHT) + town.token.balanceOf(HANDED) - before <= 0


def test_a_majority_cannot_move_money(town: Town) -> None:
    """Wants what the fund holds: no proposal names a payee of it, and every number has a ceiling in the code."""
    slot = town.draft(0, fee=town.newest.fee + 100)
    with refused("charter: step of fee too large"):
        town.draft(0, fee=town.newest.fee + 101)
    with refused("charter: only the assembly"):
        town.charter.adopt(slot, sender=town.people[0])
    with refused("fund: not the assembly"):
        town.fund.wind_down(sender=town.people[0])
    before, held = town.wealth(*HONEST), town.token.balanceOf(town.fund.address)
    p = town.propose(0, slot)
    town.vote(p, HONEST)
    town.execute(p)
    q = town.propose(1, int(HANDED, 16), 5)
    town.vote(q, HONEST)
    town.execute(q)
    assert town.assembly.successor() == HANDED
    assert town.wealth(*HONEST) == before
    assert town.token.balanceOf(town.fund.address) == held


def test_whoever_votes_and_leaves_gets_the_own_balance(town: Town) -> None:
    """Wants to burden those who stay: votes a rise of the fee, gives notice the same day, is gone before it begins."""
    before = town.wealth(0)
    p = town.propose(0, town.draft(0, fee=town.newest.fee + 100))
    town.vote(p, [0])
    town.leave(0)
    q = town.propose(1, town.draft(1, fee=town.newest.fee - 100))
    with refused("assembly: not a settled member's wallet"):
        town.vote(q, [0])
    town.wait_until(town.times(p)[0])
    assert not town.assembly.passed(p)
    town.wait_until(town.times(p)[1])
    town.fund.refund(town.ids[0])
    with refused("assembly: not passed"):
        town.assembly.execute(p)
    assert town.wealth(0) - before == 0


def test_a_wallet_votes_once_whatever_memberships_it_holds(town: Town) -> None:
    """Wants six votes: a family's wallet collects five other ids by replacing their wallets."""
    p = town.propose(1, kind=6)
    town.vote(p, [0])
    for who in range(2, 7):
        town.office.replace_wallet(town.ids[who], town.people[0], sender=town.people[who])
        with refused("assembly: has voted"):
            town.assembly.vote(p, town.ids[who], True, sender=town.people[0])
    assert votes(town, p) == (1, 0)


def test_a_membership_votes_once_whatever_its_wallets(town: Town) -> None:
    """Wants as many votes as wallets: votes, replaces the wallet, votes again, directly and by signature."""
    p = town.propose(1, kind=6)
    town.vote(p, [0])
    fresh = account("a fresh wallet")
    town.office.replace_wallet(town.ids[0], fresh.address, sender=town.people[0])
    with refused("assembly: has voted"):
        town.assembly.vote(p, town.ids[0], True, sender=fresh.address)
    values = (p, town.ids[0], True, town.now + DAY)
    signature = town.twin.sign(fresh, ("Tongxin Assembly", town.assembly), "Vote", VOTE, values)
    assert town.assembly.vote_for(p, [(town.ids[0], True, town.now + DAY, signature)]) == 0
    assert votes(town, p) == (1, 0)


def test_a_signed_vote_is_worth_nothing_elsewhere(town: Town) -> None:
    """Wants to use somebody's signed vote again: elsewhere, turned round, for another member, twice."""
    p, q = town.propose(0, kind=6), town.propose(1, kind=6)
    deadline = town.now + DAY
    values = (p, town.ids[3], True, deadline)
    signature = town.twin.sign(account("person 3"), ("Tongxin Assembly", town.assembly), "Vote", VOTE, values)
    ballot = (town.ids[3], True, deadline, signature)
    assert town.assembly.vote_for(q, [ballot]) == 0
    assert town.assembly.vote_for(p, [(town.ids[3], False, deadline, signature), (town.ids[4], *ballot[1:])]) == 0
    assert town.assembly.vote_for(p, [ballot, ballot]) == 1
    assert town.assembly.vote_for(p, [ballot]) == 0
    assert (votes(town, p), votes(town, q)) == ((1, 0), (0, 0))


def test_people_whom_a_sponsor_enrolled_do_not_vote_for_it() -> None:
    """Wants an employer's majority: enrols its people, who have agreed to nothing yet."""
    town = Town(members=2)
    town.enrol(range(2, 20), 0)
    town.wait(31 * DAY)
    p = town.propose(0, kind=6)
    for who in range(2, 20):
        with refused("assembly: not a settled member's wallet"):
            town.vote(p, [who])
        with refused("assembly: not a settled member's wallet"):
            town.assembly.vote(p, town.ids[who], True, sender=town.people[0])
    assert votes(town, p) == (0, 0)


def test_a_storm_of_proposals_passes_nothing(town: Town) -> None:
    """Wants the one that nobody notices: proposes all day. One per pause and person, none without a quorum."""
    made = [town.propose(0, kind=6)]
    for _ in range(3):
        with refused("assembly: proposed too recently"):
            town.propose(0, kind=6)
    made += [town.propose(who, kind=6) for who in (1, 2, 3)]
    honest = town.propose(5, town.draft(5, fee=town.newest.fee - 50))
    for p in made:
        town.vote(p, [0, 1])
    town.vote(honest, HONEST[4:])
    before = town.wealth(0, 1, 2, 3)
    town.wait_until(max(town.times(p)[1] for p in (*made, honest)))
    for p in made:
        with refused("assembly: not passed"):
            town.assembly.execute(p)
    town.assembly.execute(honest)
    assert int(town.charter.latest()) == 2
    assert town.wealth(0, 1, 2, 3) - before <= 0


def test_one_vote_costs_as_much_among_many_proposals(town: Town) -> None:
    """Wants votes to become too dear: what a vote and a result cost depends on no number of proposals (R-101)."""
    first = town.propose(0, kind=6)
    town.vote(first, [1])
    alone = town.assembly._computation.get_gas_used()
    for who in range(2, 8):
        town.propose(who, kind=6)
    last = town.propose(8, kind=6)
    town.vote(last, [9])
    assert town.assembly._computation.get_gas_used() == pytest.approx(alone, rel=0.01)


def test_a_sealed_draft_is_what_was_voted_on(town: Town) -> None:
    """Wants another change than the one voted on: the drafter alters the draft after the vote."""
    slot = town.draft(0, fee=town.newest.fee - 50)
    terms = town.charter.slot_terms(slot)
    p = town.propose(0, slot)
    town.vote(p, HONEST)
    with boa.env.prank(town.people[0]):
        with refused("charter: already sealed"):
            town.charter.add_benefits(slot, 0, [], [])
        with refused("charter: already sealed"):
            town.charter.seal(slot)
    town.execute(p)
    assert town.charter.slot_terms(town.charter.slot_of(2)) == terms


def test_of_two_rival_drafts_the_second_is_stale(town: Town) -> None:
    """Wants to undo a decision in the same week: a rival draft on the same version that passes as well."""
    agreed = town.propose(0, town.draft(0, fee=town.newest.fee - 50))
    rival = town.propose(1, town.draft(1, steward=HANDED), 3)
    for p in (agreed, rival):
        town.vote(p, HONEST)
    town.execute(agreed)
    with refused("charter: based on an earlier version"):
        town.assembly.execute(rival)
    town.wait(29 * DAY)
    with refused("charter: based on an earlier version"):
        town.assembly.execute(rival)
    with refused("assembly: based on an earlier version"):
        town.propose(2, int(town.assembly.subject(rival)), 3)
    assert town.charter.steward(town.charter.latest()) != HANDED


def test_nothing_is_executed_out_of_its_time(town: Town) -> None:
    """Wants surprise: executes before the delay that lets people go, or long after everybody forgot."""
    p = town.propose(0, town.draft(0, steward=HANDED), 3)
    town.vote(p, HONEST)
    _, first, expiry = town.times(p)
    town.wait_until(first - 1)
    with refused("assembly: too early to execute"):
        town.assembly.execute(p)
    town.wait_until(expiry)
    with refused("assembly: expired"):
        town.assembly.execute(p)
    assert town.charter.latest() == 1


def votes(town: Town, p: int) -> tuple[int, int]:
    """Yes and no."""
    word = town.assembly.proposal(p)
    return word >> 42 & (1 << 28) - 1, word >> 14 & (1 << 28) - 1
