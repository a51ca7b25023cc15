# SPDX-License-Identifier: AGPL-3.0-only
"""Gathering, starting, stepping back: R-105, R-106, R-107."""

from __future__ import annotations

import boa
import pytest
from eth_utils.crypto import keccak

from contracts.fund.stages import (
    GATHERING,
    RUNNING,
    balance,
    bring_into_force,
    donate,
    flags,
    lapse,
    lose,
    stage,
)
from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    HOUR,
    SPACING,
    WEEK,
    Mutual,
    account,
    bits,
    found,
)
from support.sources import source

ENTRY_FEE = 1_000


@pytest.fixture(scope="module")
def gathering() -> Mutual:
    """A mutual that needs three members within thirty days and asks an entry fee."""
    return found(minimum_members=3, founding_deadline=30 * DAY, entry_fee=ENTRY_FEE)


def fail(mutual: Mutual) -> None:
    """Lets the deadline pass."""
    boa.env.time_travel(seconds=mutual.fund.FOUNDED() + 30 * DAY - boa.env.timestamp)


@pytest.mark.parametrize("minimum", [0, 1])
def test_without_a_minimum_a_mutual_runs_from_the_wiring_on(minimum: int) -> None:
    """R-105."""
    mutual = found(minimum_members=minimum)
    assert stage(mutual) == (RUNNING, int(boa.env.timestamp), 0, 0, 0, 1)
    assert flags(mutual) == (0, 0)
    with boa.reverts("fund: not gathering"):
        mutual.fund.start()


def test_with_a_minimum_it_gathers_first(gathering: Mutual) -> None:
    """R-105, R-106: people join, nobody leaves or rejoins."""
    assert stage(gathering) == (GATHERING, 0, 0, 0, 0, 1)
    assert flags(gathering) == (1, 0)
    fund = gathering.fund
    ann = gathering.join("ann")
    assert flags(gathering) == (1, 0)
    assert fund.record(ann)[2] == 1 << 255
    with boa.reverts("fund: no leaving now"):
        fund.leave(ann, sender=account("ann").address)
    fund.top_up(ann, 30, BY_ALLOWANCE, sender=account("ann").address)
    now = int(boa.env.timestamp)
    ids, wallets = [keccak(b"one"), keccak(b"two")], [boa.env.generate_address() for _ in range(2)]
    signatures = gathering.roster_signature(ids, wallets, 0, now, now + DAY)
    payer = gathering.payer.address
    assert fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, sender=payer) == 2
    fund.admit(gathering.attestation("bob"), 20, CHARTER_HASH, BY_ALLOWANCE, payer, sender=gathering.office)
    assert gathering.books()[2] == 4
    gathering.check_books()


def test_a_lapsed_member_cannot_rejoin_while_gathering(gathering: Mutual) -> None:
    """R-106; a loss alone can let somebody lapse so early."""
    gathering.join("bob", tick=100)
    ann = gathering.join("ann", tick=20)
    lose(gathering, 2 * ENTRY_FEE)
    lapse(gathering, 20)
    wallet = account("ann").address
    with boa.env.anchor():
        gathering.fund.top_up(ann, 50, BY_ALLOWANCE, sender=wallet)
        assert gathering.books()[2] == 2
    boa.env.time_travel(seconds=11 * DAY)
    with boa.reverts("fund: no joining now"):
        gathering.fund.rejoin(ann, 50, CHARTER_HASH, BY_ALLOWANCE, sender=wallet)
    gathering.fund.step_back(ann, sender=wallet)
    assert gathering.fund.members(ann) == 0
    gathering.check_books()


def test_it_starts_once_enough_are_in_force(gathering: Mutual) -> None:
    """R-105."""
    ann = gathering.join("ann")
    gathering.join("bob")
    with boa.reverts("fund: too few members"):
        gathering.fund.start()
    gathering.join("eve")
    boa.env.time_travel(seconds=5 * DAY)
    gathering.fund.start(sender=account("anyone").address)
    (started,) = gathering.events("Started")
    assert started.heads == 3
    assert stage(gathering) == (RUNNING, int(boa.env.timestamp), 0, 0, 0, 1)
    assert flags(gathering) == (0, 0)
    assert gathering.fund.record(ann)[2] == 0
    with boa.reverts("fund: not gathering"):
        gathering.fund.start()
    with boa.reverts("fund: not gathering"):
        gathering.fund.step_back(ann, sender=account("ann").address)
    gathering.fund.leave(ann, sender=account("ann").address)
    gathering.join("sam")
    boa.env.time_travel(seconds=60 * DAY)
    with boa.reverts("fund: the mutual has not ended"):
        gathering.fund.sweep_remainder()
    gathering.join("tom")


def test_it_starts_before_the_deadline_and_not_later(gathering: Mutual) -> None:
    """R-105."""
    for name in ("ann", "bob", "eve"):
        gathering.join(name)
    fail(gathering)
    with boa.reverts("fund: too late to start"):
        gathering.fund.start()
    boa.env.time_travel(seconds=-1)
    gathering.fund.start()


def test_nobody_joins_a_mutual_that_failed(gathering: Mutual) -> None:
    """R-106."""
    fund = gathering.fund
    fail(gathering)
    with boa.env.anchor():
        boa.env.time_travel(seconds=-1)
        gathering.join("bob")
    with boa.reverts("fund: no joining now"):
        gathering.join("bob")
    now = int(boa.env.timestamp)
    payer = gathering.payer.address
    signatures = gathering.roster_signature([keccak(b"one")], [payer], 0, now, now + DAY)
    with boa.reverts("fund: no joining now"):
        fund.enrol([keccak(b"one")], [payer], 0, 40, now, now + DAY, signatures, sender=payer)
    with boa.reverts("fund: no joining now"):
        fund.admit(gathering.attestation("bob"), 40, CHARTER_HASH, BY_ALLOWANCE, payer, sender=gathering.office)


def test_a_lapse_is_not_repaired_after_the_deadline() -> None:
    """R-106, R-39."""
    mutual = found(minimum_members=3, founding_deadline=5 * DAY)
    mutual.join("bob", tick=100)
    ann = mutual.join("ann", tick=20)
    lapse(mutual, 20)
    boa.env.time_travel(seconds=mutual.fund.FOUNDED() + 5 * DAY - 1 - boa.env.timestamp)
    with boa.env.anchor():
        mutual.fund.top_up(ann, 40, BY_ALLOWANCE, sender=account("ann").address)
    boa.env.time_travel(seconds=1)
    with boa.reverts("fund: no joining now"):
        mutual.fund.top_up(ann, 40, BY_ALLOWANCE, sender=account("ann").address)


def test_stepping_back_undoes_the_joining(gathering: Mutual) -> None:
    """R-107: balance and entry fee go to the wallet, and nothing is left of the record."""
    fund = gathering.fund
    wallet = account("ann").address
    gathering.give(wallet)
    before = balance(gathering, wallet)
    ann = gathering.join("ann", tick=50)
    gathering.join("bob", tick=50)
    paid = before + 10**12 - balance(gathering, wallet)
    assert paid == gathering.price(1_000, 50) + ENTRY_FEE
    fund.set_order(ann, 10**6, 60, sender=wallet)
    fund.set_class(ann, 2, wallet, sender=gathering.office)
    fund.set_contacts_flag(ann, True, sender=gathering.office)
    with boa.reverts("fund: not the wallet"):
        fund.step_back(ann, sender=account("bob").address)
    with boa.reverts("fund: not the actor"):
        fund.step_back(ann, wallet, sender=account("bob").address)
    with boa.reverts("fund: no such member"):
        fund.step_back(keccak(b"nobody"), sender=wallet)
    fund.step_back(ann, wallet, sender=gathering.office)
    (back,) = gathering.events("SteppedBack")
    assert (back.member_id, back.wallet) == (ann, wallet)
    assert (back.amount, back.entry_fee) == (777 * 50 * SPACING // 10**6, ENTRY_FEE)
    assert (fund.members(ann), fund.history(ann), fund.orders(ann)) == (0, 0, 0)
    assert gathering.books()[1:3] == (1_000, 1)
    assert gathering.tick(50) == (1_000, 1, 0)
    assert balance(gathering, wallet) == before + 10**12
    assert gathering.purse()[0] == ENTRY_FEE
    gathering.check_books()
    with boa.reverts("fund: no such member"):
        fund.step_back(ann, sender=wallet)
    gathering.join("ann", tick=30)


def test_after_the_deadline_anyone_sends_everybody_back(gathering: Mutual) -> None:
    """R-107, R-111."""
    people = [gathering.join(name) for name in ("ann", "bob")]
    anyone = account("anyone").address
    boa.env.time_travel(seconds=gathering.fund.FOUNDED() + 30 * DAY - 1 - boa.env.timestamp)
    with boa.reverts("fund: not the wallet"):
        gathering.fund.step_back(people[0], sender=anyone)
    boa.env.time_travel(seconds=1)
    donate(gathering, 77)
    with boa.reverts("fund: the mutual may still start"):
        gathering.fund.sweep_remainder()
    for member_id in people:
        gathering.fund.step_back(member_id, sender=anyone)
    gathering.check_books()
    assert gathering.books()[1:] == (0, 0, 0, 0)
    remainder = gathering.numbers.remainder
    gathering.fund.sweep_remainder(sender=anyone)
    (swept,) = gathering.events("RemainderSwept")
    assert (swept.remainder, swept.amount) == (remainder, 77)
    with boa.reverts("fund: nothing to sweep"):
        gathering.fund.sweep_remainder()
    assert gathering.purse() == (0, 77, 0)
    gathering.fund.withdraw(remainder)
    assert balance(gathering, gathering.fund.address) == 0


def test_an_empty_mutual_that_may_still_start_keeps_its_surplus(gathering: Mutual) -> None:
    """R-107."""
    donate(gathering, 77)
    boa.env.time_travel(seconds=gathering.fund.FOUNDED() + 30 * DAY - 1 - boa.env.timestamp)
    with boa.reverts("fund: the mutual may still start"):
        gathering.fund.sweep_remainder()
    boa.env.time_travel(seconds=1)
    gathering.fund.sweep_remainder()


def test_joining_and_stepping_back_again_and_again_gains_nothing(gathering: Mutual) -> None:
    """R-107, R-25: neither an entry fee nor a rounding can be farmed."""
    donate(gathering, 10 * ENTRY_FEE)
    gathering.join("bob")
    wallet = account("ann").address
    gathering.give(wallet)
    before, surplus = balance(gathering, wallet), gathering.purse()[0]
    for turn in range(4):
        ann = gathering.join("ann", class_id=2, tick=21 + turn)
        gathering.fund.step_back(ann, sender=wallet)
        assert balance(gathering, wallet) <= before + (turn + 1) * 10**12
        assert gathering.purse()[0] == surplus
        gathering.check_books()


def test_the_entry_fee_comes_back_as_far_as_the_surplus_holds_it(gathering: Mutual) -> None:
    """R-107."""
    ann = gathering.join("ann")
    lose(gathering, 400)
    wallet = account("ann").address
    gathering.fund.step_back(ann, sender=wallet)
    (back,) = gathering.events("SteppedBack")
    assert (back.amount, back.entry_fee) == (gathering.price(1_000, 20), 600)
    assert gathering.purse() == (0, 0, 0)
    gathering.check_books()


def test_who_stepped_back_leaves_the_weeks_place_to_others() -> None:
    """R-37, R-107: nobody can use up the admissions of a week by coming and going."""
    mutual = found(minimum_members=3, founding_deadline=60 * DAY, admission_floor=2, admission_bps=0)
    week = boa.env.timestamp // WEEK * WEEK + WEEK
    boa.env.time_travel(seconds=week + HOUR - boa.env.timestamp)
    wallet = account("ann").address
    for _ in range(4):
        mutual.fund.step_back(mutual.join("ann"), sender=wallet)
    mutual.join("bob")
    ann = mutual.join("ann")
    with boa.reverts("fund: admissions are full this week"):
        mutual.join("eve")
    boa.env.time_travel(seconds=WEEK)
    # An admission of an earlier week frees no place in this one.
    mutual.join("eve")
    mutual.fund.step_back(ann, sender=wallet)
    mutual.join("sam")
    with boa.reverts("fund: admissions are full this week"):
        mutual.join("tom")
    assert bits(int(mutual.fund.admission()), 160, 16, 28)[2] == 2


def test_a_payment_back_that_fails_becomes_a_due() -> None:
    """R-19, R-107."""
    token = source("mocks/BlacklistToken").deploy()
    mutual = found(token=token, minimum_members=2, founding_deadline=30 * DAY)
    ann = mutual.join("ann")
    wallet = account("ann").address
    token.set_blacklisted(wallet, True)
    mutual.fund.step_back(ann, sender=wallet)
    assert mutual.fund.dues(wallet) == mutual.purse()[1] == mutual.price(1_000, 20)
    mutual.check_books()


def test_no_version_is_taken_up_while_gathering() -> None:
    """R-95, R-98."""
    mutual = found(minimum_members=3, founding_deadline=90 * DAY)
    bring_into_force(mutual, fee=400)
    with boa.reverts("fund: not running"):
        mutual.fund.adopt()
    with boa.reverts("fund: not running"):
        mutual.fund.wind_down(sender=mutual.assembly)
    with boa.reverts("fund: not running"):
        mutual.fund.watch_floor()
    for name in ("ann", "bob", "eve"):
        mutual.join(name)
    mutual.fund.start()
    mutual.fund.adopt()
