# SPDX-License-Identifier: AGPL-3.0-only
"""A claim is judged by the version of its day (R-96, R-97), from the start to the end of a mutual (R-51, R-108)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import boa
import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from support.hearing import (
    ACCESS,
    CAPPED,
    DAY,
    GRANTED,
    HOUR,
    NO_PAYMENT,
    NOTICE,
    SCALE,
    TOKEN,
    VOTING,
    Filed,
    Mutual,
    Rules,
    attempt,
    bits,
    now,
    refused,
    roll,
)

WAITING = 10 * DAY
PLAIN = Rules(waiting=WAITING)
LUMP, BILL = 0, 1


def amounts(lump: int, bill: int = 400) -> tuple[int, ...]:
    return (lump * TOKEN, bill * TOKEN, 50 * TOKEN)


def first_day(mutual: Mutual, time: int) -> int:
    """The first day that begins at or after a time."""
    return -(-(time + mutual.rules.zone) // DAY)


def amended(mutual: Mutual, rules: Rules, **changes: str) -> int:
    """When a new version came into force: thirty days after the one before at the earliest (R-94)."""
    latest = mutual.charter.effective_from(mutual.charter.latest())
    roll(seconds=max(0, latest + 30 * DAY - now()))
    mutual.amend(rules, **changes)
    return now()


def bases(mutual: Mutual, days: tuple[int, ...], benefit: int = LUMP, claimed: int = 0) -> list[tuple[int, int]]:
    """Version and base, in tokens, of claims for each of the days."""
    found = []
    for day in days:
        with boa.env.anchor():
            claim = mutual.file(benefit=benefit, day=day, claimed=claimed).claim
            found.append((claim[12], claim[11] // TOKEN))
    return found


@pytest.mark.parametrize("rules", [PLAIN])
class TestAmounts:
    def test_an_increase_covers_only_events_after_a_fresh_waiting_time(self, mutual: Mutual) -> None:
        since = amended(mutual, replace(PLAIN, amounts=amounts(1250)))
        first, full = first_day(mutual, since), first_day(mutual, since + WAITING)
        roll(seconds=20 * DAY)
        wanted = [(1, 1000), (2, 1000), (2, 1000), (2, 1250)]
        assert bases(mutual, (first - 1, first, full - 1, full)) == wanted

    def test_a_decrease_holds_from_its_day_and_leaves_earlier_events_alone(self, mutual: Mutual) -> None:
        roll(seconds=5 * DAY)
        filed = mutual.file()
        since = amended(mutual, replace(PLAIN, amounts=amounts(750)))
        first = first_day(mutual, since)
        roll(seconds=2 * DAY)
        assert bases(mutual, (first - 1, first)) == [(1, 1000), (2, 750)]
        # What was filed before is paid as it was.
        mutual.judge(filed, [7, 7, 7])
        before = mutual.balance(mutual.wallets[0])
        mutual.settle(filed)
        assert mutual.balance(mutual.wallets[0]) - before == 1006 * TOKEN

    def test_two_increases_in_a_row_each_wait(self, mutual: Mutual) -> None:
        # The waiting time of the second increase begins while that of the first still runs.
        slow = replace(PLAIN, waiting=40 * DAY)
        amended(mutual, slow)
        second = amended(mutual, replace(slow, amounts=amounts(1100)))
        third = amended(mutual, replace(slow, amounts=amounts(1200)))
        days = [first_day(mutual, time) for time in (second, third, second + 40 * DAY, third + 40 * DAY)]
        roll(seconds=45 * DAY)
        wanted = [(3, 1000), (4, 1000), (4, 1000), (4, 1100), (4, 1100), (4, 1200)]
        assert bases(mutual, (days[0], days[1], days[2] - 1, days[2], days[3] - 1, days[3])) == wanted

    def test_up_and_down_again_is_never_more_than_the_smallest(self, mutual: Mutual) -> None:
        slow = replace(PLAIN, waiting=40 * DAY)
        amended(mutual, replace(slow, amounts=amounts(900)))
        since = amended(mutual, slow)
        days = [first_day(mutual, time) for time in (since, since + 40 * DAY)]
        roll(seconds=45 * DAY)
        assert bases(mutual, (days[0], days[1] - 1, days[1])) == [(3, 900), (3, 900), (3, 1000)]

    def test_a_class_change_and_a_vote_each_wait(self, mutual: Mutual) -> None:
        # together: the smaller of two classes, each as it stands after the votes.
        since = amended(mutual, replace(PLAIN, amounts=amounts(1250)))
        roll(seconds=3 * DAY)
        change_class(mutual)
        changed = now()
        days = [first_day(mutual, time) for time in (changed, since + WAITING, changed + WAITING)]
        roll(seconds=20 * DAY)
        wanted = [(2, 1000), (2, 1000), (2, 1250), (2, 1250), (2, 2500)]
        assert bases(mutual, (days[0], days[1] - 1, days[1], days[2] - 1, days[2])) == wanted


def change_class(mutual: Mutual) -> None:
    """Member 0 moves to class 1, on the hour."""
    roll(seconds=-now() % HOUR)
    issued, expiry = now() - 1, now() + DAY
    names = ("class_id", "issued", "expiry")
    typed = encode_typed_data(
        {
            "name": "Tongxin Office",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": mutual.office.address,
        },
        {
            "ClassChange": [
                {"name": "member_id", "type": "bytes32"},
                *({"name": name, "type": "uint256"} for name in names),
            ]
        },
        {"member_id": mutual.ids[0], "class_id": 1, "issued": issued, "expiry": expiry},
    )
    signature = mutual.attestor.sign_message(typed).signature
    mutual.office.change_class(mutual.ids[0], 1, issued, expiry, [signature], sender=mutual.wallets[0])


LONG = Rules(waiting=200 * DAY)


@pytest.mark.parametrize("rules", [LONG])
def test_a_shorter_waiting_time_counts_once_the_longer_has_passed_since_the_vote(mutual: Mutual) -> None:
    since = amended(mutual, replace(LONG, waiting=150 * DAY))
    late, wallet, joined = latecomer(mutual)
    old, new = (first_day(mutual, since + waiting) for waiting in (LONG.waiting, 150 * DAY))
    assert first_day(mutual, joined + 150 * DAY) < old - 1 < first_day(mutual, joined + LONG.waiting)
    roll(seconds=205 * DAY)
    ready = first_day(mutual, mutual.joined_hour() * HOUR + LONG.waiting)
    with refused("court: still in the waiting time"):
        mutual.file(day=max(new, ready - 1))
    assert bases(mutual, (ready,)) == [(2, 1000)]
    for day, is_possible in ((old - 1, False), (old, True)):
        filing = (late, *mutual.filing(0, day=day)[1:])
        assert attempt(partial(mutual.court.file, filing, NO_PAYMENT, sender=wallet)) is is_possible


def latecomer(mutual: Mutual) -> tuple[bytes, str, int]:
    """Somebody who joins now: id, wallet, the time of joining."""
    late = keccak(b"late")
    wallet = boa.env.generate_address("late")
    mutual._enrol([late], [wallet], 0)
    mutual.fund.accept(late, mutual.hash, sender=wallet)
    mutual.purse(wallet)
    return late, wallet, bits(mutual.fund.members(late), 24, 20) * HOUR


@pytest.mark.parametrize("rules", [PLAIN])
def test_a_longer_waiting_time_holds_at_once(mutual: Mutual) -> None:
    late, wallet, joined = latecomer(mutual)
    roll(seconds=12 * DAY)
    since = amended(mutual, replace(PLAIN, waiting=40 * DAY))
    old, new = (first_day(mutual, joined + waiting) for waiting in (WAITING, 40 * DAY))
    first = first_day(mutual, since)
    assert old < first < new
    roll(seconds=40 * DAY)
    for day, is_possible in ((old - 1, False), (old, True), (first, False), (new - 1, False), (new, True)):
        filing = (late, *mutual.filing(0, day=day)[1:])
        assert attempt(partial(mutual.court.file, filing, NO_PAYMENT, sender=wallet)) is is_possible


@pytest.mark.parametrize("rules", [PLAIN])
def test_a_new_benefit_waits_for_everybody(mutual: Mutual) -> None:
    more = replace(PLAIN, benefits=(*PLAIN.benefits, (0, 0, 0, 0)), amounts=(*PLAIN.amounts, 70 * TOKEN))
    since = amended(mutual, more)
    full = first_day(mutual, since + WAITING)
    roll(seconds=20 * DAY)
    for day in (first_day(mutual, since) - 1, first_day(mutual, since), full - 1):
        with refused("court: nothing is covered"):
            mutual.file(benefit=3, day=day)
    assert bases(mutual, (full,), benefit=3) == [(2, 70)]


@pytest.mark.parametrize("rules", [replace(PLAIN, uncovered=((BILL, 0),))])
def test_a_class_that_becomes_covered_waits(mutual: Mutual) -> None:
    since = amended(mutual, PLAIN)
    full = first_day(mutual, since + WAITING)
    roll(seconds=20 * DAY)
    with refused("court: nothing is covered"):
        mutual.file(benefit=BILL, day=full - 1, claimed=50 * TOKEN)
    assert bases(mutual, (full,), BILL, 50 * TOKEN) == [(2, 45)]


def with_deductible(tokens: int) -> Rules:
    lump, bill, refund = PLAIN.benefits
    return replace(PLAIN, benefits=(lump, (bill[0], tokens * TOKEN, *bill[2:]), refund))


@pytest.mark.parametrize("rules", [with_deductible(20)])
def test_a_lower_deductible_waits_and_a_higher_one_does_not(mutual: Mutual) -> None:
    for deductible, wanted in ((16, [(1, 80), (2, 80), (2, 80), (2, 84)]), (25, [(1, 80), (2, 75), (2, 75), (2, 75)])):
        with boa.env.anchor():
            since = amended(mutual, with_deductible(deductible))
            first, full = first_day(mutual, since), first_day(mutual, since + WAITING)
            roll(seconds=20 * DAY)
            assert bases(mutual, (first - 1, first, full - 1, full), BILL, 100 * TOKEN) == wanted


STEPS = replace(PLAIN, ladder=(3 * DAY << 16 | 5000) | (400 * DAY << 16 | 10_000) << 48)


@pytest.mark.parametrize("rules", [STEPS])
def test_a_better_ladder_waits(mutual: Mutual) -> None:
    since = amended(mutual, replace(STEPS, ladder=(3 * DAY << 16 | 6000) | (400 * DAY << 16 | 10_000) << 48))
    first, full = first_day(mutual, since), first_day(mutual, since + WAITING)
    roll(seconds=20 * DAY)
    assert bases(mutual, (first - 1, first, full - 1, full)) == [(1, 500), (2, 500), (2, 500), (2, 600)]


# The procedure of a claim

SLOWER = replace(
    PLAIN,
    size=5,
    threshold=5500,
    lot_delay=12,
    juror_bond=24 * TOKEN,
    access=2 * DAY,
    commit=2 * DAY,
    reveal=2 * DAY,
    cure=3 * DAY,
    notice=3 * DAY + 18 * HOUR,
    investigation=3 * DAY,
    filing_window=120 * DAY,
)


def deadlines(mutual: Mutual, filed: Filed, rules: Rules) -> None:
    """Drives a claim to a verdict and compares each deadline, seat and vote with the rules that should hold."""
    state = mutual.state(filed)
    assert state["lot_block"] == boa.env.evm.patch.block_number + rules.lot_delay
    roll(blocks=rules.lot_delay + 1)
    mutual.court.draw(filed.number, filed.claim)
    assert (mutual.state(filed)["stage"], mutual.state(filed)["deadline"]) == (ACCESS, now() + rules.access)
    mutual.grant(filed)
    panel = mutual.jury.panel(filed.key)
    assert bits(panel, 248, 8) == rules.size
    assert bits(panel, 184, 40) == now() + rules.commit
    assert bits(panel, 144, 40) == now() + rules.commit + rules.reveal
    mutual.vote(filed.key, [7] * rules.size)
    mutual.conclude(filed)
    assert (mutual.state(filed)["stage"], mutual.state(filed)["deadline"]) == (NOTICE, now() + rules.notice)


@pytest.mark.parametrize("rules", [PLAIN])
class TestProcedure:
    def test_times_and_seats_are_those_of_the_events_day(self, mutual: Mutual) -> None:
        first = first_day(mutual, amended(mutual, SLOWER))
        roll(seconds=2 * DAY, blocks=300)
        for member, (day, rules) in enumerate(((first - 1, PLAIN), (first, SLOWER))):
            filed = mutual.file(member, day=day)
            assert mutual.event("Filed").bond == rules.size * rules.juror_pay
            deadlines(mutual, filed, rules)
            mutual.settle(filed)
            mutual.pay_jurors(filed)

    def test_an_open_claim_goes_on_as_it_began(self, mutual: Mutual) -> None:
        roll(seconds=20 * DAY)
        filed = mutual.file()
        mutual.draw(filed)
        mutual.grant(filed)
        assert mutual.state(filed)["stage"] == VOTING
        amended(mutual, replace(SLOWER, threshold=5000))
        # A vote of a third of the panel in a panel of three.
        mutual.vote(filed.key, [7, 7, 0])
        mutual.conclude(filed)
        assert mutual.state(filed)["deadline"] == now() + PLAIN.notice
        assert mutual.state(filed)["level"] == 7
        mutual.settle(filed)
        mutual.pay_jurors(filed)
        mutual.check_conservation([filed])

    def test_an_event_is_filed_within_the_window_of_its_day(self, mutual: Mutual) -> None:
        first = first_day(mutual, amended(mutual, replace(PLAIN, filing_window=120 * DAY)))
        start = (first - 1) * DAY - mutual.rules.zone
        roll(seconds=start + DAY + 90 * DAY - 1 - now())
        assert attempt(lambda: mutual.file(day=first - 1))
        roll(seconds=1)
        with refused("court: filed too late"):
            mutual.file(day=first - 1)
        # The next day is one of the new version, with a window thirty days longer.
        roll(seconds=31 * DAY - 1)
        assert attempt(lambda: mutual.file(day=first))
        roll(seconds=1)
        with refused("court: filed too late"):
            mutual.file(day=first)


SHARES = 32 * 1000
CAP = 100 * TOKEN * SCALE // SHARES


@pytest.mark.parametrize("rules", [replace(PLAIN, claim_cap=CAP)])
def test_the_claim_cap_is_that_of_the_events_day(mutual: Mutual) -> None:
    first = first_day(mutual, amended(mutual, replace(PLAIN, claim_cap=CAP * 5 // 4)))
    roll(seconds=2 * DAY, blocks=300)
    for day, cap in ((first - 1, CAP), (first, CAP * 5 // 4)):
        filed = mutual.file(0 if day < first else 1, day=day)
        mutual.judge(filed, [7, 7, 7])
        assert mutual.state(filed)["flags"] & CAPPED
        assert mutual.court.award(filed.number) == cap * SHARES // SCALE


@pytest.mark.parametrize("rules", [PLAIN])
def test_each_claim_has_the_investigator_of_its_version(mutual: Mutual) -> None:
    other = boa.env.generate_address("other investigator")
    first = first_day(mutual, amended(mutual, PLAIN, investigator=other))
    roll(seconds=2 * DAY, blocks=300)
    for day, named, not_named in ((first - 1, mutual.investigator, other), (first, other, mutual.investigator)):
        filed = mutual.file(0 if day < first else 1, day=day)
        mutual.draw(filed)
        mutual.grant(filed)
        for seat, juror in enumerate(mutual.jurors(filed.key)[:2]):
            mutual.court.commission(filed.number, filed.claim, seat, sender=mutual.wallets[juror])
        with refused("court: not the investigator"):
            mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=not_named)
        mutual.court.report(filed.number, filed.claim, keccak(b"report"), sender=named)
        mutual.vote(filed.key, [7, 7, 7])
        mutual.conclude(filed)
        before = mutual.balance(named)
        mutual.settle(filed)
        assert mutual.balance(named) - before == 30 * TOKEN


# Starting and ending


@pytest.mark.parametrize("rules", [Rules(minimum_members=20, founding_deadline=40 * DAY)])
def test_nothing_is_covered_before_the_mutual_started(mutual: Mutual) -> None:
    started = bits(mutual.fund.stage(), 208, 40)
    first = first_day(mutual, started)
    assert mutual.joined_hour() * HOUR <= (first - 1) * DAY - mutual.rules.zone
    with refused("court: the mutual had not started"):
        mutual.file(day=first - 1)
    assert mutual.file(day=first).claim[11] == 1000 * TOKEN


@pytest.mark.parametrize("rules", [Rules(minimum_members=33, founding_deadline=40 * DAY)])
def test_nothing_is_covered_while_the_mutual_gathers(mutual: Mutual) -> None:
    with refused("court: the mutual had not started"):
        mutual.file()


@pytest.mark.parametrize("rules", [Rules(floor_heads=33)])
def test_a_mutual_below_its_floor_goes_on_covering(mutual: Mutual) -> None:
    mutual.fund.watch_floor()
    assert bits(mutual.fund.stage(), 168, 40) == now()
    assert mutual.file().claim[11] == 1000 * TOKEN


BEFORE = Rules(filing_window=120 * DAY)


@pytest.mark.parametrize("rules", [BEFORE])
class TestWindDown:
    def test_events_before_the_trigger_are_covered_and_later_ones_not(self, mutual: Mutual) -> None:
        filed = mutual.file(1)
        mutual.fund.wind_down(sender=mutual.assembly.address)
        first = first_day(mutual, now())
        roll(seconds=3 * DAY, blocks=300)
        for day in (first, first + 1):
            with refused("court: the mutual was winding down"):
                mutual.file(day=day)
        # claims are judged and paid as ever.
        late = mutual.file(day=first - 1)
        for one in (filed, late):
            mutual.judge(one, [7, 7, 7])
            mutual.settle(one)
            mutual.pay_jurors(one)
            assert mutual.state(one)["stage"] == GRANTED
        mutual.check_conservation([filed, late])

    def test_a_day_that_begins_with_the_trigger_is_not_covered(self, mutual: Mutual) -> None:
        roll(seconds=-(now() + mutual.rules.zone) % DAY)
        mutual.fund.wind_down(sender=mutual.assembly.address)
        day = mutual.today()
        roll(seconds=DAY)
        with refused("court: the mutual was winding down"):
            mutual.file(day=day)
        assert attempt(lambda: mutual.file(day=day - 1))

    def test_nothing_is_filed_after_the_end(self, mutual: Mutual) -> None:
        # The window of the event's day is longer than the run-off that a vote shortened.
        amended(mutual, replace(BEFORE, filing_window=90 * DAY))
        mutual.fund.wind_down(sender=mutual.assembly.address)
        day = first_day(mutual, now()) - 1
        ends_at = bits(mutual.fund.stage(), 88, 40)
        assert ends_at == now() + 91 * DAY
        roll(seconds=ends_at - 1 - now())
        assert attempt(lambda: mutual.file(day=day))
        roll(seconds=1)
        with refused("court: the mutual has ended"):
            mutual.file(day=day)
