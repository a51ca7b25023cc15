# SPDX-License-Identifier: AGPL-3.0-only
"""The Fund takes up versions of the charter: R-95, and R-96 for a leaver's notice."""

from __future__ import annotations

from functools import cache
from typing import Any

import boa
import pytest

from contracts.fund.stages import PAYEE, adopt, balance, bring_into_force, donate, flags, lapse, later_hash, stage
from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    HOUR,
    SPACING,
    Mutual,
    account,
    bits,
    ceil_div,
    found,
    fund_interface,
)
from support.sources import source

FIRST, SECOND, THIRD = (account(name).address for name in ("attestor", "second attestor", "third attestor"))


def join(
    mutual: Mutual, name: str, document: bytes, *, class_id: int = 0, tick: int = 20, signer: str = "attestor"
) -> bytes:
    """Like `Mutual.join`, with the charter and the attestor named."""
    attestation = mutual.attestation(name, class_id)
    mutual.give(attestation[1])
    signatures = mutual.attest(attestation, account(signer))
    mutual.fund.join(attestation, signatures, tick, document, BY_ALLOWANCE, sender=attestation[1])
    return attestation[0]


def test_the_founding_version_is_in_use_at_first(prepaid: Mutual) -> None:
    fund = prepaid.fund
    assert fund.version() == stage(prepaid)[5] == 1
    assert flags(prepaid) == (0, 0)
    with boa.reverts("fund: nothing to adopt"):
        fund.adopt()


def test_the_fund_takes_up_the_newest_version() -> None:
    """R-95, I-14."""
    mutual = found(entry_fee=400)
    fund = mutual.fund
    document = bring_into_force(
        mutual,
        round_cap=25 * SPACING,
        year_cap=220 * SPACING,
        fee=600,
        carries=3,
        grace=12 * DAY,
        leave_notice=35 * DAY,
        adoption_delay=45 * DAY,
        min_runway=25,
        max_runway=450,
        admission_floor=800_000,
        filing_window=59 * DAY,
        entry_fee=500,
        floor_heads=3,
        classes=(*mutual.numbers.classes, 2_000),
    )
    before = (fund.money_terms(), fund.member_terms(), fund.shares_words(0))
    assert before[:2] == mutual.charter.fund_terms(1)[:2]
    fund.adopt()
    (adopted,) = mutual.events("Adopted")
    assert (adopted.version, adopted.charter_hash, adopted.owed_steward) == (2, document, 0)
    money, member, shares, in_charter = mutual.charter.fund_terms(2)
    assert (fund.money_terms(), fund.member_terms()) == (money, member)
    assert [fund.shares_words(j) for j in range(4)] == list(shares)
    assert before != (money, member, shares[0])
    assert in_charter == document
    assert fund.version() == stage(mutual)[5] == 2
    assert flags(mutual) == (0, 1)
    assert int(fund.admission()) >> 96 == int.from_bytes(document, "big") % 2**160
    with boa.reverts("fund: nothing to adopt"):
        fund.adopt()


def test_who_joins_or_consents_names_the_new_charter() -> None:
    """R-33, R-95."""
    mutual = found(entry_fee=400)
    sponsored = mutual.attestation("bob")
    fund = mutual.fund
    fund.join(sponsored, mutual.attest(sponsored), 20, CHARTER_HASH, BY_ALLOWANCE, sender=mutual.payer.address)
    document = adopt(mutual, entry_fee=500, min_runway=25, classes=(*mutual.numbers.classes, 2_000))
    with boa.reverts("fund: not the charter in force"):
        join(mutual, "ann", CHARTER_HASH, tick=25)
    with boa.reverts("fund: runway too short"):
        join(mutual, "ann", document, tick=24)
    with boa.reverts("fund: no such class"):
        join(mutual, "ann", document, class_id=4, tick=25)
    for class_id, shares in ((3, 2_000), (0, 1_000)):
        with boa.env.anchor():
            surplus = mutual.purse()[0]
            member_id = join(mutual, "ann", document, class_id=class_id, tick=25)
            assert mutual.member(member_id)[2] == shares
            assert mutual.purse()[0] == surplus + 500
            mutual.check_books()
    with boa.reverts("fund: not the charter in force"):
        fund.accept(sponsored[0], CHARTER_HASH, sender=sponsored[1])
    fund.accept(sponsored[0], document, sender=sponsored[1])
    assert mutual.member(sponsored[0])[5] == 3


def test_a_class_of_a_later_version_is_none_before() -> None:
    mutual = found()
    bring_into_force(mutual, classes=(*mutual.numbers.classes, 2_000))
    with boa.reverts("fund: no such class"):
        mutual.join("ann", class_id=3)
    mutual.fund.adopt()
    join(mutual, "ann", later_hash(2), class_id=3)


def test_other_attestors_vouch() -> None:
    """R-32, R-95."""
    mutual = found(attestors=(FIRST,))
    document = adopt(mutual, attestors=(SECOND,))
    assert (mutual.fund.attestors(FIRST), mutual.fund.attestors(SECOND)) == (False, True)
    with boa.reverts("fund: not an attestor's signature"):
        join(mutual, "ann", document, signer="attestor")
    join(mutual, "ann", document, signer="second attestor")
    # One attestor a step, against every version of the last 90 days.
    boa.env.time_travel(seconds=90 * DAY)
    both = tuple(sorted((SECOND, THIRD)))
    document = adopt(mutual, attestors=both, attestor_quorum=2)
    with boa.reverts("fund: too few attestations"):
        join(mutual, "bob", document, signer="third attestor")
    attestation = mutual.attestation("bob")
    mutual.give(attestation[1])
    signers = sorted((account("second attestor"), account("third attestor")), key=lambda signer: signer.address)
    signatures = mutual.attest(attestation, *signers)
    mutual.fund.join(attestation, signatures, 20, document, BY_ALLOWANCE, sender=attestation[1])
    assert mutual.fund.version() == 3


def test_a_batch_is_enrolled_under_the_new_numbers() -> None:
    """R-35, R-37: fee, runway and admissions are those in use."""
    mutual = found(entry_fee=400, admission_floor=40, admission_bps=0)
    adopt(mutual, entry_fee=500, min_runway=24, admission_floor=30)
    now = int(boa.env.timestamp)
    ids = [number.to_bytes(32, "big") for number in range(1, 32)]
    wallets = [boa.env.generate_address() for _ in ids]

    def enrol(count: int, tick: int) -> None:
        signatures = mutual.roster_signature(ids[:count], wallets[:count], 0, now, now + DAY)
        payer = mutual.payer.address
        mutual.fund.enrol(ids[:count], wallets[:count], 0, tick, now, now + DAY, signatures, sender=payer)

    with boa.reverts("fund: runway too short"):
        enrol(30, 23)
    with boa.reverts("fund: admissions are full this week"):
        enrol(31, 24)
    enrol(30, 24)
    assert mutual.purse()[0] == 30 * 500
    mutual.check_books()


def test_runways_follow_the_new_limits() -> None:
    """R-3, R-39, R-40."""
    mutual = found()
    ann = mutual.join("ann", tick=60)
    wallet = account("ann").address
    mutual.fund.set_order(ann, 10**9, 450, sender=wallet)
    mutual.fund.collect([ann])
    assert mutual.member(ann)[1] == 400
    adopt(mutual, max_runway=420)
    with boa.reverts("fund: runway too long"):
        mutual.fund.top_up(ann, 421, BY_ALLOWANCE, sender=wallet)
    with boa.reverts("fund: runway too long"):
        mutual.fund.top_up_many([ann], [421], sender=wallet)
    mutual.fund.collect([ann])
    assert mutual.member(ann)[1] == 420
    adopt(mutual, max_runway=380)
    assert mutual.fund.collect([ann]) == 0
    lapse(mutual, 20)
    with boa.reverts("fund: runway too long"):
        mutual.fund.top_up(ann, 421, BY_ALLOWANCE, sender=wallet)
    mutual.check_books()


def test_grace_is_the_one_in_use() -> None:
    """R-39, R-43."""
    mutual = found()
    mutual.join("bob", tick=100)
    ann = mutual.join("ann", tick=20)
    document = adopt(mutual, grace=4 * DAY)
    lapse(mutual, 20)
    wallet = account("ann").address
    boa.env.time_travel(seconds=4 * DAY)
    with boa.env.anchor():
        mutual.fund.top_up(ann, 50, BY_ALLOWANCE, sender=wallet)
    with boa.reverts("fund: in grace, top up"):
        mutual.fund.rejoin(ann, 50, document, BY_ALLOWANCE, sender=wallet)
    boa.env.time_travel(seconds=1)
    with boa.reverts("fund: lapsed, rejoin"):
        mutual.fund.top_up(ann, 50, BY_ALLOWANCE, sender=wallet)
    with boa.reverts("fund: not the charter in force"):
        mutual.fund.rejoin(ann, 50, CHARTER_HASH, BY_ALLOWANCE, sender=wallet)
    mutual.fund.rejoin(ann, 50, document, BY_ALLOWANCE, sender=wallet)
    mutual.check_books()


def test_class_changes_follow_the_filing_window_in_use() -> None:
    """R-31."""
    mutual = found()
    ann = mutual.join("ann", tick=100)
    payer = account("ann").address
    mutual.fund.set_class(ann, 1, payer, sender=mutual.office)
    adopt(mutual, filing_window=45 * DAY)
    changed = mutual.history(ann)[5] * HOUR
    boa.env.time_travel(seconds=changed + 45 * DAY - boa.env.timestamp)
    with boa.reverts("fund: changed too recently"):
        mutual.fund.set_class(ann, 0, payer, sender=mutual.office)
    boa.env.time_travel(seconds=1)
    mutual.fund.set_class(ann, 0, payer, sender=mutual.office)


def test_settle_first() -> None:
    """R-13."""
    mutual = found(called=True, immediate=False, min_runway=1)
    mutual.join("ann", tick=100)
    bring_into_force(mutual, fee=400)
    mutual.settle(1, PAYEE, 10**6)
    closes = mutual.round()[1]
    with boa.env.anchor():
        # An open round does not stand in the way.
        mutual.fund.adopt()
    boa.env.time_travel(seconds=closes - boa.env.timestamp)
    with boa.reverts("fund: settle first"):
        mutual.fund.adopt()
    mutual.fund.settle_round()
    mutual.fund.adopt()


def test_a_round_that_is_open_is_settled_with_its_call_and_the_new_numbers() -> None:
    """R-95, R-96: the call stands, fee and caps are those at the settlement."""
    mutual = found(called=True, immediate=False, min_runway=1)
    mutual.join("ann", tick=100)
    bring_into_force(mutual, fee=600, round_cap=15 * SPACING)
    call = mutual.fund.announce(10**6, 0, sender=mutual.court)
    assert call == ceil_div((10**6 + 50_000) * 10**6, 1_000)
    mutual.fund.settle(1, PAYEE, 10**6, 0, call, sender=mutual.court)
    mutual.fund.adopt()
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    mutual.fund.settle_round()
    (settled,) = mutual.events("RoundSettled")
    assert settled.call == call
    # What 6 per cent need is 1.06 tokens, within the call and its margin of a tenth.
    assert (settled.collected, settled.paid, settled.fee) == (1_060_000, 10**6, 60_000)
    mutual.fund.pay(mutual.court, 1)
    assert balance(mutual, PAYEE) == 10**6
    # The next one is bound by the new cap per round.
    mutual.settle(2, PAYEE, 10**7)
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    start = mutual.index
    mutual.fund.settle_round()
    assert mutual.index - start == 15 * SPACING
    mutual.check_books()


def test_fees_earned_before_are_the_old_stewards() -> None:
    """R-23, R-95."""
    mutual = found()
    mutual.join("ann", tick=100)
    old, new = mutual.numbers.steward, account("new steward").address
    bring_into_force(mutual, steward=new)
    mutual.settle(1, PAYEE, 10**6)
    assert mutual.purse()[2] == 50_000
    with boa.env.anchor():
        mutual.fund.withdraw_fees()
        assert (balance(mutual, old), balance(mutual, new)) == (50_000, 0)
    mutual.fund.adopt()
    (adopted,) = mutual.events("Adopted")
    assert adopted.owed_steward == mutual.fund.dues(old) == mutual.purse()[1] == 50_000
    assert mutual.purse()[2] == 0
    mutual.check_books()
    mutual.settle(2, PAYEE, 2 * 10**5)
    mutual.fund.withdraw_fees()
    (paid,) = mutual.events("FeesWithdrawn")
    assert (paid.steward, paid.amount) == (new, 10_000)
    mutual.fund.withdraw(old)
    assert (balance(mutual, old), balance(mutual, new)) == (50_000, 10_000)
    mutual.check_books()


def lowered_year_cap(*, called: bool) -> Mutual:
    """Raised 40 ticks this year, and then the cap of the year falls to 31."""
    mutual = found(year_cap=41 * SPACING, called=called, immediate=not called, min_runway=20)
    mutual.join("ann", tick=300)
    bring_into_force(mutual, year_cap=31 * SPACING)
    lapse(mutual, 20)
    lapse(mutual, 40)
    assert mutual.yearly()[1] == 40 * SPACING
    mutual.fund.adopt()
    return mutual


def test_below_a_lowered_year_cap_nothing_more_is_raised() -> None:
    """R-6, R-95."""
    mutual = lowered_year_cap(called=False)
    start = mutual.index
    call = mutual.fund.announce(10**6, 0, sender=mutual.court)
    assert mutual.fund.settle(1, PAYEE, 10**6, 5, call, sender=mutual.court) == 0
    assert mutual.round()[2] == 10**6
    assert mutual.fund.settle(2, PAYEE, 0, 7, 0, sender=mutual.court) == 0
    with boa.env.anchor():
        mutual.token.burn(10**5, sender=mutual.fund.address)
        mutual.fund.recognise_loss()
        assert mutual.index == start
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    mutual.fund.settle_round()
    (settled,) = mutual.events("RoundSettled")
    assert (settled.collected, settled.paid) == (0, 0)
    assert mutual.index == start
    mutual.fund.pay(mutual.court, 1)
    mutual.fund.carry(mutual.court, 1)
    mutual.check_books()
    # In the next year of the ledger the new cap counts.
    boa.env.time_travel(seconds=366 * DAY)
    mutual.fund.settle_round()
    assert mutual.index > start
    mutual.check_books()


def test_a_round_under_a_lowered_year_cap() -> None:
    """R-6, R-14."""
    mutual = lowered_year_cap(called=True)
    donate(mutual, 1_000)
    mutual.settle(1, PAYEE, 10**6)
    boa.env.time_travel(seconds=mutual.round()[1] - boa.env.timestamp)
    start = mutual.index
    mutual.fund.settle_round()
    (settled,) = mutual.events("RoundSettled")
    assert mutual.index == start
    assert (settled.from_surplus, settled.collected, settled.paid) == (1_000, 0, 952)
    mutual.check_books()


def test_arrears_are_bounded_by_the_year_cap_in_use() -> None:
    """R-43."""
    mutual = found(year_cap=40 * SPACING, grace=0)
    mutual.join("bob", tick=400)
    ann = mutual.join("ann", tick=20)
    bring_into_force(mutual, year_cap=32 * SPACING)
    for tick in (20, 40):
        lapse(mutual, tick)
    mutual.fund.adopt()
    boa.env.time_travel(seconds=340 * DAY)
    lapse(mutual, 60)
    mutual.fund.rejoin(ann, 200, later_hash(2), BY_ALLOWANCE, sender=account("ann").address)
    (rejoined,) = mutual.events("Rejoined")
    assert rejoined.arrears == 32 * SPACING * 1_000 // 10**6


def test_a_leaver_keeps_the_notice_of_that_day() -> None:
    """R-46, R-96."""
    mutual = found()
    ann, bob = mutual.join("ann", tick=100), mutual.join("bob", tick=100)
    bring_into_force(mutual, leave_notice=37 * DAY, adoption_delay=45 * DAY)
    mutual.fund.leave(ann, sender=account("ann").address)
    word = int(mutual.fund.history(ann))
    assert bits(word, 96, 20, 20, 20, 32)[2:] == (mutual.history(ann)[6], 0, 30 * DAY)
    mutual.fund.adopt()
    mutual.fund.leave(bob, sender=account("bob").address)
    (left,) = mutual.events("Left")
    assert left.ends == mutual.history(bob)[6] * HOUR + 37 * DAY
    ends = mutual.history(ann)[6] * HOUR + 30 * DAY
    boa.env.time_travel(seconds=ends - 1 - boa.env.timestamp)
    with boa.reverts("fund: notice is not over"):
        mutual.fund.refund(ann)
    boa.env.time_travel(seconds=1)
    mutual.fund.refund(ann)
    with boa.reverts("fund: notice is not over"):
        mutual.fund.refund(bob)
    # With a claim open, three notices as they were given.
    mutual.open_claims.set_first_open(1)
    boa.env.time_travel(seconds=mutual.history(bob)[6] * HOUR + 3 * 37 * DAY - 1 - boa.env.timestamp)
    with boa.reverts("fund: earlier claims are open"):
        mutual.fund.refund(bob)
    boa.env.time_travel(seconds=1)
    mutual.fund.refund(bob)
    mutual.check_books()


def test_who_left_twice_has_the_notice_of_the_last_time() -> None:
    """R-31: leaving writes its own fields anew."""
    mutual = found()
    ann = mutual.join("ann", tick=100)
    wallet = account("ann").address
    mutual.fund.leave(ann, sender=wallet)
    document = adopt(mutual, leave_notice=23 * DAY)
    boa.env.time_travel(seconds=DAY)
    mutual.fund.refund(ann)
    mutual.fund.rejoin(ann, 100, document, BY_ALLOWANCE, sender=wallet)
    mutual.fund.leave(ann, sender=wallet)
    assert bits(int(mutual.fund.history(ann)), 96, 20, 20, 20, 32)[4] == 23 * DAY


UNSOUND = """
#pragma version 0.4.3
TOKEN: immutable(address)
SPACING: immutable(uint256)
money: public(uint256)
member: public(uint256)
latest: public(uint256)

@deploy
def __init__(token: address, spacing: uint256, money: uint256, member: uint256):
    TOKEN = token
    SPACING = spacing
    self.money = money
    self.member = member
    self.latest = 1

@external
def change(money: uint256, member: uint256):
    self.money = money
    self.member = member
    self.latest += 1

@external
@view
def token() -> address:
    return TOKEN

@external
@view
def spacing() -> uint256:
    return SPACING

@external
@view
def fund_terms(version: uint256) -> (uint256, uint256, uint256[4], bytes32):
    return self.money, self.member, [convert(1000, uint256), 0, 0, 0], empty(bytes32)

@external
@view
def court_terms(version: uint256) -> uint256[4]:
    return empty(uint256[4])

@external
@view
def charter_hash(version: uint256) -> bytes32:
    return empty(bytes32)

@external
@view
def attestors(version: uint256) -> DynArray[address, 8]:
    return []
"""
"""A charter that checks nothing."""


@cache
def unsound() -> Any:
    return boa.loads_partial(UNSOUND)


def money_word(round_cap: int = 20, year_cap: int = 200, fee: int = 500, period: int = 7 * DAY) -> int:
    return round_cap * SPACING << 176 | year_cap * SPACING << 80 | fee << 64 | 3 << 32 | period


WRONG_NUMBERS = [
    ({"round_cap": 0}, 0, "fund: round cap out of range"),
    ({"round_cap": 1_025, "year_cap": 2_000}, 0, "fund: round cap out of range"),
    ({"year_cap": 19}, 0, "fund: year cap below round cap"),
    ({"fee": 1_001}, 0, "fund: fee out of range"),
    ({"period": 0}, 0, "fund: no period"),
    ({}, 1, "fund: quorum above attestors"),
]


@pytest.mark.parametrize(("numbers", "quorum", "message"), WRONG_NUMBERS)
def test_whatever_the_charter_says_the_bounds_hold(
    prepaid: Mutual, numbers: dict[str, int], quorum: int, message: str
) -> None:
    """R-6, R-23: when founding, and when a version is taken up."""
    parts = [source(name).deploy_as_blueprint().address for name in ("FundAnnex", "FundStages")]
    founder = boa.env.eoa
    charter = unsound().deploy(prepaid.token.address, SPACING, money_word(**numbers), quorum)
    with boa.reverts(message):
        source("Fund").deploy(charter.address, founder, *parts)
    charter = unsound().deploy(prepaid.token.address, SPACING, money_word(), 0)
    deployed = source("Fund").deploy(charter.address, founder, *parts)
    fund = fund_interface().at(deployed.address)
    fund.wire(*(boa.env.generate_address() for _ in range(4)))
    charter.change(money_word(**numbers), quorum)
    with boa.reverts(message):
        fund.adopt()
    assert fund.version() == 1


@pytest.mark.parametrize("spacing", [0, 2**68])
def test_a_fund_needs_a_spacing_that_fits(prepaid: Mutual, spacing: int) -> None:
    """P-2."""
    parts = [source(name).deploy_as_blueprint().address for name in ("FundAnnex", "FundStages")]
    charter = unsound().deploy(prepaid.token.address, spacing, money_word(), 0)
    with boa.reverts("fund: spacing out of range"):
        source("Fund").deploy(charter.address, boa.env.eoa, *parts)


def test_a_fund_needs_a_token() -> None:
    """P-1."""
    parts = [source(name).deploy_as_blueprint().address for name in ("FundAnnex", "FundStages")]
    charter = unsound().deploy(PAYEE, SPACING, money_word(), 0)
    with boa.reverts("fund: token has no code"):
        source("Fund").deploy(charter.address, boa.env.eoa, *parts)
