# SPDX-License-Identifier: AGPL-3.0-only
"""Joining, enrolment, consent: R-2 to R-4, R-30, R-32 to R-38."""

from __future__ import annotations

from collections.abc import Callable

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    HOUR,
    NOBODY,
    SPACING,
    WEEK,
    Mutual,
    account,
    ceil_div,
    found,
    fund_interface,
)
from support.sources import source
from tongxin.words import AdmissionForm

ATTESTATION_TYPEHASH = keccak(
    text="Attestation(bytes32 member_id,address wallet,uint256 class_id,uint256 issued,uint256 expiry)"
)


def join_detail(attestation: tuple[bytes, str, int, int, int], charter_hash: bytes = CHARTER_HASH) -> bytes:
    """What the nonce of an authorisation binds when joining (R-34)."""
    kinds = ["bytes32", "bytes32", "address", "uint256", "uint256", "uint256"]
    struct_hash = keccak(encode(kinds, [ATTESTATION_TYPEHASH, *attestation]))
    return keccak(encode(["bytes32", "bytes32"], [struct_hash, charter_hash]))


def test_join_records_the_member_and_books_the_price(prepaid: Mutual) -> None:
    """R-2, R-4, R-30, R-33, I-1, I-2."""
    member_id = prepaid.join("ann", class_id=2, tick=25)
    (joined,) = prepaid.events("Joined")
    hour = ceil_div(boa.env.timestamp, HOUR)
    wallet = account("ann").address
    assert prepaid.member(member_id) == (int(wallet, 16), 25, 777, hour, 2, 1 | 2)
    assert prepaid.tick(25) == (777, 1, 0)
    price = ceil_div(777 * 25 * SPACING, 10**6)
    assert prepaid.books() == (0, 777, 1, 0, price)
    assert prepaid.fund.bitmap(0) == 1 << 25
    assert prepaid.fund.balance_of(member_id) == price
    assert joined.price == price
    assert (joined.wallet, joined.payer, joined.accepted, joined.attested) == (wallet, wallet, True, True)
    prepaid.check_books()


def test_price_rounds_up_and_balance_down() -> None:
    """R-1, R-2, R-25: the fund never gives away a fraction."""
    mutual = found(tick_spacing=10**5 + 1, round_cap=20 * (10**5 + 1), year_cap=200 * (10**5 + 1))
    attestation = mutual.attestation("ann", 2)
    mutual.give(attestation[1])
    mutual.fund.join(attestation, mutual.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    exact = 777 * 20 * (10**5 + 1)
    assert exact % 10**6 != 0
    assert mutual.books()[4] == exact // 10**6 + 1
    assert mutual.fund.balance_of(attestation[0]) == exact // 10**6


def test_a_taken_id_cannot_join_again(prepaid: Mutual) -> None:
    """R-32, I-7."""
    prepaid.join("ann")
    attestation = prepaid.attestation("ann", wallet=account("bob").address)
    with boa.reverts("fund: member_id is taken"):
        prepaid.fund.join(
            attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=prepaid.payer.address
        )


def test_joining_needs_an_attestors_signature_of_exactly_this(prepaid: Mutual) -> None:
    """R-32."""
    good = prepaid.attestation("ann")
    signatures = prepaid.attest(good)
    prepaid.give(good[1])
    for index, other in enumerate((keccak(b"x"), account("bob").address, 1, good[3] - 1, good[4] + 1)):
        changed = (*good[:index], other, *good[index + 1 :])
        with boa.reverts("fund: not an attestor's signature"):
            prepaid.fund.join(changed, signatures, 20, CHARTER_HASH, BY_ALLOWANCE, sender=good[1])
    with boa.reverts("fund: too few attestations"):
        prepaid.fund.join(good, [], 20, CHARTER_HASH, BY_ALLOWANCE, sender=good[1])
    with boa.reverts("fund: not an attestor's signature"):
        prepaid.fund.join(good, [b""], 20, CHARTER_HASH, BY_ALLOWANCE, sender=good[1])
    with boa.reverts("fund: not an attestor's signature"):
        prepaid.fund.join(
            good, prepaid.attest(good, account("stranger")), 20, CHARTER_HASH, BY_ALLOWANCE, sender=good[1]
        )
    prepaid.fund.join(good, signatures, 20, CHARTER_HASH, BY_ALLOWANCE, sender=good[1])


def test_an_attestation_of_another_fund_or_chain_is_refused(prepaid: Mutual) -> None:
    """R-32: replay over chains and mutuals."""
    attestation = prepaid.attestation("ann")
    prepaid.give(attestation[1])
    for change in ({"chainId": 999}, {"verifyingContract": prepaid.token.address}, {"name": "Tongxin Office"}):
        signatures = prepaid.attest(attestation, domain=prepaid.domain() | change)
        with boa.reverts("fund: not an attestor's signature"):
            prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])


def test_attestations_hold_in_their_time_only(prepaid: Mutual) -> None:
    """R-32."""
    member_id, wallet, class_id, issued, expiry = prepaid.attestation("ann")
    prepaid.give(wallet)
    future = (member_id, wallet, class_id, issued + HOUR, expiry)
    with boa.reverts("fund: attestation is of the future"):
        prepaid.fund.join(future, prepaid.attest(future), 20, CHARTER_HASH, BY_ALLOWANCE, sender=wallet)
    good = (member_id, wallet, class_id, issued, expiry)
    boa.env.time_travel(seconds=DAY + 1)
    with boa.reverts("fund: attestation has expired"):
        prepaid.fund.join(good, prepaid.attest(good), 20, CHARTER_HASH, BY_ALLOWANCE, sender=wallet)


@pytest.fixture(scope="session")
def quorum_of_two() -> Mutual:
    names = sorted((account(f"{order}attestor").address for order in ("", "second ", "third ")), key=str.lower)
    return found(attestor_quorum=2, attestors=tuple(names))


def test_a_quorum_takes_different_attestors_in_order(quorum_of_two: Mutual) -> None:
    """R-32."""
    mutual = quorum_of_two
    first, second, third = mutual.attestors
    attestation = mutual.attestation("ann")
    mutual.give(attestation[1])

    def join(*signers: object) -> None:
        signatures = mutual.attest(attestation, *signers)  # type: ignore[arg-type]
        mutual.fund.join(attestation, signatures, 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])

    with boa.reverts("fund: too few attestations"):
        join(first)
    for wrong in ((first, first), (second, first), (first, account("stranger")), (first, second, second)):
        with boa.reverts("fund: not an attestor's signature"):
            join(*wrong)
    with boa.env.anchor():
        join(first, third)
    join(first, second, third)
    assert all(mutual.fund.attestors(name.address) for name in (first, second, third))
    assert not mutual.fund.attestors(NOBODY)


def test_a_contract_can_be_an_attestor() -> None:
    """R-32, EIP-1271."""
    owner = account("contract's owner")
    contract = boa.loads(
        f"""
#pragma version 0.4.3
@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[65]) -> bytes4:
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    assert ecrecover(digest, v, r, s) == {owner.address}
    return 0x1626ba7e
"""
    )
    mutual = found(attestors=(contract.address,))
    attestation = mutual.attestation("ann")
    mutual.give(attestation[1])
    with boa.reverts("fund: not an attestor's signature"):
        mutual.fund.join(
            attestation,
            mutual.attest(attestation, account("stranger")),
            20,
            CHARTER_HASH,
            BY_ALLOWANCE,
            sender=attestation[1],
        )
    mutual.fund.join(
        attestation, mutual.attest(attestation, owner), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1]
    )


def test_runway_stays_within_the_charter(prepaid: Mutual) -> None:
    """R-3: 20 to 400 ticks ahead of an index between two ticks."""
    prepaid.join("ann", tick=100)
    prepaid.settle(1, account("payee").address, 10**5 // 2)
    assert 0 < prepaid.index < SPACING
    attestation = prepaid.attestation("bob")
    prepaid.give(attestation[1])
    signatures = prepaid.attest(attestation)

    def join(tick: int) -> None:
        prepaid.fund.join(attestation, signatures, tick, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])

    with boa.reverts("fund: runway too short"):
        join(20)
    with boa.reverts("fund: runway too long"):
        join(401)
    for far in (2**28, 2**256 - 1):
        with boa.reverts("fund: runway too long"):
            join(far)
    with boa.env.anchor():
        join(21)
        assert prepaid.fund.balance_of(attestation[0]) == 1000 * (21 * SPACING - prepaid.index) // 10**6
    join(400)


def test_a_class_must_exist(prepaid: Mutual) -> None:
    """P-38."""
    for class_id in (3, 39, 40, 2**255):
        attestation = prepaid.attestation("ann", class_id)
        with boa.reverts("fund: no such class"):
            prepaid.fund.join(
                attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1]
            )


def test_a_member_has_a_wallet(prepaid: Mutual) -> None:
    """R-32."""
    attestation = prepaid.attestation("ann", wallet=NOBODY)
    with boa.reverts("fund: wallet missing"):
        prepaid.fund.join(
            attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=prepaid.payer.address
        )


@pytest.mark.parametrize(
    ("shares", "heads", "deposits", "message"),
    [
        (2**42 - 1000, 1, 0, "fund: mutual is full"),
        (1, 2**28 - 1, 0, "fund: mutual is full"),
        (1, 1, 2**87 - 2_000_000, "fund: deposits are full"),
    ],
)
def test_no_field_of_the_books_overflows(prepaid: Mutual, shares: int, heads: int, deposits: int, message: str) -> None:
    """A field that is full refuses; it never spills into its neighbour."""
    layout = source("Fund").compiler_data.storage_layout["storage_layout"]
    slot = layout["standing"]["books"]["slot"]
    boa.env.set_storage(prepaid.fund.address, slot, shares << 118 | heads << 90 | deposits)
    assert prepaid.books() == (0, shares, heads, 0, deposits)
    attestation = prepaid.attestation("ann")
    prepaid.give(attestation[1])
    with boa.reverts(message):
        prepaid.fund.join(
            attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1]
        )
    room = (shares - 1, heads - 1, max(0, deposits - 1))
    boa.env.set_storage(prepaid.fund.address, slot, room[0] << 118 | room[1] << 90 | room[2])
    prepaid.fund.join(attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    assert prepaid.books() == (0, room[0] + 1000, room[1] + 1, 0, room[2] + prepaid.price(1000, 20))


def test_somebody_else_can_pay_and_the_wallet_accepts_later(prepaid: Mutual) -> None:
    """R-33."""
    attestation = prepaid.attestation("ann")
    payer = prepaid.payer.address
    with boa.reverts("fund: not the charter in force"):
        prepaid.fund.join(attestation, prepaid.attest(attestation), 20, keccak(b"other"), BY_ALLOWANCE, sender=payer)
    prepaid.fund.join(attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, sender=payer)
    (joined,) = prepaid.events("Joined")
    assert (joined.payer, joined.accepted) == (payer, False)
    assert prepaid.member(attestation[0])[5] == 1
    with boa.reverts("fund: not the wallet"):
        prepaid.fund.accept(attestation[0], CHARTER_HASH, sender=payer)
    with boa.reverts("fund: not the charter in force"):
        prepaid.fund.accept(attestation[0], keccak(b"other"), sender=attestation[1])
    prepaid.fund.accept(attestation[0], CHARTER_HASH, sender=attestation[1])
    assert len(prepaid.events("Accepted")) == 1
    assert prepaid.member(attestation[0])[5] == 1 | 2
    prepaid.fund.accept(attestation[0], CHARTER_HASH, sender=attestation[1])
    assert not prepaid.events("Accepted")
    with boa.reverts("fund: no such member"):
        prepaid.fund.accept(keccak(b"nobody"), CHARTER_HASH, sender=attestation[1])


def test_nobody_acts_for_others_but_the_office(prepaid: Mutual) -> None:
    """R-50: an actor who is not the caller comes from the Office alone."""
    attestation = prepaid.attestation("ann")
    prepaid.give(attestation[1])
    arguments = (attestation, prepaid.attest(attestation), 20, CHARTER_HASH, BY_ALLOWANCE, attestation[1])
    for caller in (boa.env.eoa, prepaid.court, prepaid.jury, prepaid.payer.address):
        with boa.reverts("fund: not the actor"):
            prepaid.fund.join(*arguments, sender=caller)
    prepaid.fund.join(*arguments, sender=prepaid.office)
    assert prepaid.member(attestation[0])[5] == 1 | 2
    assert prepaid.token.balanceOf(attestation[1]) == 10**12 - prepaid.books()[4]


def test_join_by_authorization_accepts_and_binds(prepaid: Mutual) -> None:
    """R-33, R-34: relayed by a stranger, paid and accepted by the wallet."""
    ann = account("ann")
    prepaid.give(ann.address, approve=False)
    attestation = prepaid.attestation("ann")
    signatures = prepaid.attest(attestation)
    price = prepaid.price(1000, 20)
    detail = join_detail(attestation)
    payment = prepaid.authorization(ann, price, "join", attestation[0], 20, detail)

    # Another tick, amount, salt, action, detail, chain: nothing of it can be changed.
    cheap = prepaid.authorization(ann, price - 1, "join", attestation[0], 20, detail)
    with boa.reverts("fund: authorization is not the price"):
        prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, cheap)
    other_salt = (*payment[:5], keccak(b"other salt"), *payment[6:])
    for wrong in (
        other_salt,
        prepaid.authorization(ann, price, "top_up", attestation[0], 20, detail),
        prepaid.authorization(ann, price, "join", keccak(b"other"), 20, detail),
        prepaid.authorization(ann, price, "join", attestation[0], 21, detail),
        prepaid.authorization(ann, price, "join", attestation[0], 20, join_detail(attestation, keccak(b"other"))),
        prepaid.authorization(ann, price, "join", attestation[0], 20, detail, chain_id=999),
    ):
        with boa.reverts("stablecoin: invalid signature"):
            prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, wrong)

    prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, payment)
    (joined,) = prepaid.events("Joined")
    assert (joined.payer, joined.accepted) == (ann.address, True)
    assert prepaid.token.balanceOf(ann.address) == 10**12 - price
    prepaid.check_books()
    with boa.reverts("fund: not the wallet"):
        prepaid.fund.leave(attestation[0])


def test_an_authorization_by_somebody_else_does_not_accept(prepaid: Mutual) -> None:
    """R-33: consent is the wallet's own."""
    attestation = prepaid.attestation("ann")
    payment = prepaid.authorization(
        prepaid.payer, prepaid.price(1000, 20), "join", attestation[0], 20, join_detail(attestation)
    )
    prepaid.fund.join(attestation, prepaid.attest(attestation), 20, CHARTER_HASH, payment)
    assert prepaid.member(attestation[0])[5] == 1


def test_join_by_permit(prepaid: Mutual) -> None:
    """R-34: the permit is tried, then the allowance decides."""
    ann = account("ann")
    prepaid.give(ann.address, approve=False)
    attestation = prepaid.attestation("ann")
    signatures = prepaid.attest(attestation)
    with boa.reverts():
        prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, BY_ALLOWANCE, sender=ann.address)
    permit = prepaid.permit(ann, prepaid.price(1000, 20))
    with boa.env.anchor():
        prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, permit, sender=ann.address)
        assert prepaid.token.balanceOf(ann.address) == 10**12 - prepaid.price(1000, 20)
    # Somebody submits the permit first; joining works all the same.
    prepaid.token.permit(ann.address, prepaid.fund.address, permit[2], permit[4], *permit[6:])
    prepaid.fund.join(attestation, signatures, 20, CHARTER_HASH, permit, sender=ann.address)
    bob = prepaid.attestation("bob")
    with boa.reverts():
        prepaid.fund.join(bob, prepaid.attest(bob), 20, CHARTER_HASH, permit, sender=account("bob").address)


def test_a_permit_of_another_cannot_make_them_pay(prepaid: Mutual) -> None:
    """R-34: methods 0 and 1 take from the actor, whoever is named as payer."""
    attestation = prepaid.attestation("ann")
    thief = account("thief").address
    with boa.reverts():
        prepaid.fund.join(
            attestation,
            prepaid.attest(attestation),
            20,
            CHARTER_HASH,
            prepaid.permit(prepaid.payer, 10**9),
            sender=thief,
        )
    with boa.reverts("fund: no such payment method"):
        prepaid.fund.join(
            attestation,
            prepaid.attest(attestation),
            20,
            CHARTER_HASH,
            (3, *BY_ALLOWANCE[1:]),
            sender=prepaid.payer.address,
        )


def test_entry_fee_goes_to_the_surplus() -> None:
    """R-36."""
    mutual = found(entry_fee=12_345)
    mutual.join("ann")
    (joined,) = mutual.events("Joined")
    assert joined.entry_fee == 12_345
    assert mutual.purse() == (12_345, 0, 0)
    ids = [keccak(b"one"), keccak(b"two")]
    wallets = [account("one").address, account("two").address]
    now = int(boa.env.timestamp)
    signatures = mutual.roster_signature(ids, wallets, 0, now, now + DAY)
    mutual.fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, sender=mutual.payer.address)
    assert mutual.purse() == (3 * 12_345, 0, 0)
    mutual.check_books()


def test_admissions_of_a_week_are_capped() -> None:
    """R-37: at most the floor, or the part of the heads of the week's first admission."""
    mutual = found(admission_floor=3, admission_bps=5_000)
    for number in range(3):
        mutual.join(f"m{number}")
    with boa.reverts("fund: admissions are full this week"):
        mutual.join("one too many")
    wallets = [account(f"e{number}").address for number in range(4)]
    for week, most in ((1, 3), (2, 3), (3, 4)):
        boa.env.time_travel(seconds=WEEK)
        now = int(boa.env.timestamp)
        batch = [keccak(text=f"{week} {number}") for number in range(most)]
        signatures = mutual.roster_signature(batch, wallets[:most], 0, now, now + DAY)
        mutual.fund.enrol(batch, wallets[:most], 0, 20, now, now + DAY, signatures, sender=mutual.payer.address)
        with boa.reverts("fund: admissions are full this week"):
            mutual.join(f"too many in week {week}")
    assert mutual.books()[2] == 13


def test_attested_admissions_are_stamped_and_others_not(prepaid: Mutual) -> None:
    """R-37, R-38."""

    def stamp() -> int:
        return int(prepaid.fund.admission() >> 4) & (2**20 - 1)

    founded = stamp()
    boa.env.time_travel(seconds=5 * HOUR)
    attestation = prepaid.attestation("ann")
    prepaid.give(attestation[1])
    with boa.reverts("fund: not the office"):
        prepaid.fund.admit(attestation, 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    prepaid.fund.admit(attestation, 20, CHARTER_HASH, BY_ALLOWANCE, attestation[1], sender=prepaid.office)
    (joined,) = prepaid.events("Joined")
    assert (joined.attested, joined.accepted) == (False, True)
    assert stamp() == founded
    prepaid.join("bob")
    assert stamp() == int(boa.env.timestamp) // HOUR


def test_without_attestors_nobody_is_attested() -> None:
    """R-32, R-38: an open mutual is entered through the Office alone."""
    mutual = found(attestors=(), attestor_quorum=0, admission=AdmissionForm.OPEN)
    attestation = mutual.attestation("ann")
    mutual.give(attestation[1])
    with boa.reverts("fund: no attestor admits here"):
        mutual.fund.join(attestation, [], 20, CHARTER_HASH, BY_ALLOWANCE, sender=attestation[1])
    now = int(boa.env.timestamp)
    with boa.reverts("fund: no attestor admits here"):
        mutual.fund.enrol([attestation[0]], [attestation[1]], 0, 20, now, now + DAY, [], sender=attestation[1])
    mutual.fund.admit(attestation, 20, CHARTER_HASH, BY_ALLOWANCE, attestation[1], sender=mutual.office)


def test_enrol_admits_a_batch_once(prepaid: Mutual) -> None:
    """R-35: occupied, doubled and walletless rows are skipped and cost nothing."""
    taken = prepaid.join("ann")
    before = prepaid.token.balanceOf(prepaid.payer.address)
    ids = [keccak(b"one"), taken, keccak(b"two"), keccak(b"two"), keccak(b"three")]
    wallets: list[str] = [account(name).address for name in ("one", "ann", "two", "two", "three")]
    wallets[4] = NOBODY
    now = int(boa.env.timestamp)
    signatures = prepaid.roster_signature(ids, wallets, 1, now, now + DAY)
    arguments = (ids, wallets, 1, 30, now, now + DAY, signatures)
    assert prepaid.fund.enrol(*arguments, sender=prepaid.payer.address) == 2
    enrolled = prepaid.events("Enrolled")
    (batch,) = prepaid.events("BatchEnrolled")
    price = prepaid.price(1500, 30)
    assert (batch.count, batch.skipped, batch.price, batch.entry_fees) == (2, 3, 2 * price, 0)
    assert [event.wallet for event in enrolled] == [wallets[0], wallets[2]]
    assert all(event.record == prepaid.fund.members(ids[0]) & (2**96 - 1) for event in enrolled)
    assert prepaid.member(ids[2]) == (int(wallets[2], 16), 30, 1500, ceil_div(now, HOUR), 1, 1)
    assert prepaid.fund.members(ids[4]) == 0
    assert prepaid.tick(30) == (3000, 2, 0)
    assert before - prepaid.token.balanceOf(prepaid.payer.address) == 2 * price
    prepaid.check_books()

    assert prepaid.fund.enrol(*arguments, sender=prepaid.payer.address) == 0
    assert before - prepaid.token.balanceOf(prepaid.payer.address) == 2 * price
    prepaid.check_books()


def test_enrol_takes_only_what_was_signed(prepaid: Mutual) -> None:
    """R-35."""
    ids, wallets = [keccak(b"one"), keccak(b"two")], [account("one").address, account("two").address]
    now = int(boa.env.timestamp)
    signatures = prepaid.roster_signature(ids, wallets, 0, now, now + DAY)
    payer = prepaid.payer.address
    for wrong in (
        (ids[:1], wallets[:1], 0),
        (ids, wallets[::-1], 0),
        (ids[::-1], wallets, 0),
        (ids, wallets, 1),
    ):
        with boa.reverts("fund: not an attestor's signature"):
            prepaid.fund.enrol(*wrong, 20, now, now + DAY, signatures, sender=payer)
    with boa.reverts("fund: ids and wallets differ"):
        prepaid.fund.enrol(ids, wallets[:1], 0, 20, now, now + DAY, signatures, sender=payer)
    with boa.reverts("fund: runway too short"):
        prepaid.fund.enrol(ids, wallets, 0, 19, now, now + DAY, signatures, sender=payer)
    with boa.reverts("fund: not the actor"):
        prepaid.fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, payer, sender=account("x").address)
    boa.env.time_travel(seconds=DAY + 1)
    with boa.reverts("fund: attestation has expired"):
        prepaid.fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, sender=payer)


def test_a_roster_of_five_hundred_fits(prepaid: Mutual) -> None:
    """R-35."""
    ids = [keccak(text=f"member {number}") for number in range(500)]
    wallets = [boa.env.generate_address() for _ in range(500)]
    now = int(boa.env.timestamp)
    signatures = prepaid.roster_signature(ids, wallets, 0, now, now + DAY)
    payer = prepaid.payer.address
    assert prepaid.fund.enrol(ids, wallets, 0, 20, now, now + DAY, signatures, sender=payer) == 500
    assert prepaid.books() == (0, 500_000, 500, 0, 500 * prepaid.price(1000, 20))
    prepaid.check_books()


def test_wiring_happens_once_and_by_the_founder(prepaid: Mutual) -> None:
    others = [boa.env.generate_address() for _ in range(4)]
    with boa.reverts("fund: already wired"):
        prepaid.fund.wire(*others)
    with boa.reverts("fund: not the founder"):
        prepaid.fund.wire(*others, sender=prepaid.office)
    parts = (source(name).deploy_as_blueprint().address for name in ("FundAnnex", "FundStages"))
    deployed = source("Fund").deploy(prepaid.charter.address, boa.env.eoa, *parts)
    unwired = fund_interface().at(deployed.address)
    for missing in range(4):
        with boa.reverts("fund: address missing"):
            unwired.wire(*others[:missing], NOBODY, *others[missing + 1 :])
    giver = prepaid.payer.address
    attestation = prepaid.attestation("ann")
    now = int(boa.env.timestamp)
    acts: tuple[Callable[[], object], ...] = (
        lambda: unwired.join(attestation, [], 20, CHARTER_HASH, BY_ALLOWANCE, sender=giver),
        lambda: unwired.enrol([], [], 0, 20, now, now, [], sender=giver),
        lambda: unwired.donate(5, BY_ALLOWANCE, sender=giver),
    )
    for act in acts:
        with boa.reverts("fund: not founded yet"):
            act()
    unwired.wire(*others)
    (wired,) = [log for log in unwired.get_logs() if type(log).__name__ == "Wired"]
    assert (wired.office, wired.court, wired.jury, wired.assembly) == tuple(others)
    assert (unwired.office(), unwired.court(), unwired.jury(), unwired.assembly()) == tuple(others)
