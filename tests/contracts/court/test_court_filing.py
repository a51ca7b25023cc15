# SPDX-License-Identifier: AGPL-3.0-only
"""Who may file what, when, and for how much (R-60 to R-64)."""

from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from support.hearing import (
    DAY,
    FROM_BALANCE,
    HOUR,
    NO_BYTES,
    NO_PAYMENT,
    TOKEN,
    WAIVED,
    Mutual,
    Rules,
    attempt,
    bits,
    now,
    refused,
    roll,
)

BOND = 6 * TOKEN


def test_a_member_files_for_a_past_day(mutual: Mutual) -> None:
    before = mutual.balance(mutual.wallets[0])
    filing = mutual.filing(0)
    number = mutual.court.file(filing, NO_PAYMENT, sender=mutual.wallets[0])
    event = mutual.event("Filed")
    assert (number, event.bond, event.base, event.version, event.pool) == (1, BOND, 1000 * TOKEN, 1, 24)
    assert (event.wallet, event.filer, event.payee) == (mutual.wallets[0],) * 3
    assert mutual.court.claim_count() == 1
    assert before - mutual.balance(mutual.wallets[0]) == BOND


def test_only_the_wallet_or_a_contact_files(mutual: Mutual) -> None:
    filing = mutual.filing(0)
    with refused("court: not the wallet or a contact"):
        mutual.court.file(filing, NO_PAYMENT, sender=mutual.wallets[1])
    with refused("court: not the actor"):
        mutual.court.file(filing, NO_PAYMENT, mutual.wallets[0], sender=mutual.wallets[1])
    # the Office alone names another actor.
    mutual.court.file(filing, NO_PAYMENT, mutual.wallets[0], sender=mutual.office.address)
    with refused("court: member has not accepted the charter"):
        mutual.court.file((keccak(b"nobody"), *filing[1:]), NO_PAYMENT, sender=boa.env.generate_address())


def test_a_contact_files_for_the_beneficiary(mutual: Mutual) -> None:
    # the beneficiary is paid, the filer who posted the bond gets it back.
    contact, beneficiary = mutual.wallets[1], boa.env.generate_address("beneficiary")
    mutual.office.set_contacts(
        mutual.ids[0], contact, boa.env.generate_address("other"), beneficiary, sender=mutual.wallets[0]
    )
    filed = mutual.file(0, sender=contact)
    assert filed.claim[1:4] == (mutual.wallets[0], contact, beneficiary)
    before = mutual.balance(contact)
    mutual.judge(filed, [7, 7, 7])
    mutual.settle(filed)
    assert mutual.balance(beneficiary) == 1000 * TOKEN
    assert mutual.balance(contact) - before == BOND
    # When the wallet files itself, it is paid.
    assert mutual.file(0, 1, claimed=9 * TOKEN).claim[3] == mutual.wallets[0]


def test_days_are_those_of_the_charters_zone(mutual: Mutual) -> None:
    # Zone UTC+8: the day begins at 16:00 UTC.
    roll(seconds=DAY - (now() + 8 * HOUR) % DAY)
    today = (now() + 8 * HOUR) // DAY
    with refused("court: no day of the past"):
        mutual.file(day=today + 1)
    assert attempt(lambda: mutual.file(day=today))
    roll(seconds=-1)
    with refused("court: no day of the past"):
        mutual.file(day=today)
    with refused("court: no day of the past"):
        mutual.file(day=0)


def test_a_claim_is_filed_within_its_window(mutual: Mutual) -> None:
    day = mutual.today() - 1
    end = (day + 1) * DAY - mutual.rules.zone + mutual.rules.filing_window
    roll(seconds=end - 1 - now())
    assert attempt(lambda: mutual.file(day=day))
    roll(seconds=1)
    with refused("court: filed too late"):
        mutual.file(day=day)


def test_cover_begins_with_the_first_whole_day(mutual: Mutual) -> None:
    first = -(-(mutual.joined_hour() * HOUR + mutual.rules.zone) // DAY)
    assert attempt(lambda: mutual.file(day=first))
    with refused("court: not covered on that day"):
        mutual.file(day=first - 1)


@pytest.mark.parametrize("rules", [Rules(waiting=5 * DAY)])
def test_the_waiting_time_and_its_refund(mutual: Mutual) -> None:
    first = -(-(mutual.joined_hour() * HOUR + 5 * DAY + mutual.rules.zone) // DAY)
    assert attempt(lambda: mutual.file(day=first))
    with refused("court: still in the waiting time"):
        mutual.file(day=first - 1)
    # Benefit 2 refunds contributions for what happens in its waiting time of 20 days, and only then.
    end = -(-(mutual.joined_hour() * HOUR + 20 * DAY + mutual.rules.zone) // DAY)
    roll(seconds=20 * DAY)
    assert attempt(lambda: mutual.file(benefit=2, day=end - 1, claimed=9 * TOKEN))
    with refused("court: the waiting time is over"):
        mutual.file(benefit=2, day=end, claimed=9 * TOKEN)


def test_a_benefit_that_does_not_exist_covers_nothing(mutual: Mutual) -> None:
    with refused("court: nothing is covered"):
        mutual.file(benefit=3)


@pytest.mark.parametrize(
    ("claimed", "base"), [(5 * TOKEN + 1, 1), (105 * TOKEN, 100 * TOKEN), (900 * TOKEN, 400 * TOKEN)]
)
def test_reimbursement_is_what_exceeds_the_deductible_up_to_the_amount(mutual: Mutual, claimed: int, base: int) -> None:
    assert mutual.file(benefit=1, claimed=claimed).claim[11] == base


@pytest.mark.parametrize("claimed", [0, 5 * TOKEN])
def test_nothing_above_the_deductible_is_no_claim(mutual: Mutual, claimed: int) -> None:
    with refused("court: nothing is covered"):
        mutual.file(benefit=1, claimed=claimed)


@pytest.mark.parametrize("rules", [Rules(ladder=(3 * DAY << 16 | 3333) | (8 * DAY << 16 | 10_000) << 48)])
def test_the_ladder_raises_the_amount_with_time(mutual: Mutual) -> None:
    joined = mutual.joined_hour() * HOUR
    first, second = (-(-(joined + days * DAY + mutual.rules.zone) // DAY) for days in (3, 8))
    with refused("court: nothing is covered"):
        mutual.file(day=first - 1)
    for day, base in ((first, 333_300_000), (second - 1, 333_300_000), (second, 1000 * TOKEN)):
        with boa.env.anchor():
            assert mutual.file(day=day).claim[11] == base


def test_grants_are_limited_in_number_and_distance(mutual: Mutual) -> None:
    # P-39 of benefit 0: two grants to a member, thirty days apart. R-61: counted from the verdict on.
    first, second = mutual.file(), mutual.file(day=mutual.today() - 2)
    mutual.judge(first, [7, 7, 7])
    assert mutual.court.grants_of(mutual.ids[0], 0) == 1 << 32 | first.claim[8]
    with refused("court: too many grants, or too soon"):
        mutual.file(day=mutual.today() - 3)
    # What was filed before is judged, but a grant too soon is a denial.
    mutual.judge(second, [7, 7, 7])
    assert mutual.state(second)["level"] == 0
    roll(seconds=30 * DAY)
    third = mutual.file(day=first.claim[8] + 30)
    mutual.judge(third, [7, 7, 7])
    roll(seconds=40 * DAY)
    with refused("court: too many grants, or too soon"):
        mutual.file()
    # Another benefit and another member have their own count.
    mutual.file(benefit=1, claimed=10 * TOKEN)
    mutual.file(1)


def test_a_grant_taken_back_no_longer_counts(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.judge(filed, [7, 7, 7])
    mutual.court.challenge(filed.number, filed.claim, 99, NO_PAYMENT, sender=mutual.wallets[2])
    mutual.file(day=mutual.today() - 2)


def test_the_bond_can_come_from_the_balance(mutual: Mutual) -> None:
    # one tick of a whole share is ten tokens; what is freed beyond the bond of six is a due.
    wallet = mutual.wallets[0]
    held, tick = mutual.balance(wallet), bits(mutual.fund.members(mutual.ids[0]), 68, 28)
    filed = mutual.file(source=1)
    assert mutual.state(filed)["flags"] & FROM_BALANCE
    assert mutual.balance(wallet) == held
    assert bits(mutual.fund.members(mutual.ids[0]), 68, 28) == tick - 1
    assert mutual.fund.dues(wallet) == 4 * TOKEN
    mutual.check_conservation([filed])
    mutual.judge(filed, [7, 7, 7])
    mutual.settle(filed)
    assert mutual.balance(wallet) - held == 1006 * TOKEN


def test_one_filing_a_year_is_waived(mutual: Mutual) -> None:
    filed = mutual.file(source=2)
    assert mutual.state(filed)["flags"] & WAIVED
    assert mutual.account("bonds") == mutual.halves()
    with refused("court: one waiver a year"):
        mutual.file(0, 1, claimed=9 * TOKEN, source=2)
    mutual.judge(filed, [0, 0, 0])
    mutual.settle(filed)
    # Without a bond the members pay the jurors.
    closed = mutual.event("Closed")
    assert (closed.owed, closed.costs_paid) == (BOND, BOND)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])
    roll(seconds=filed.claim[9] + 365 * DAY - 1 - now())
    with refused("court: one waiver a year"):
        mutual.file(source=2)
    roll(seconds=1)
    mutual.file(source=2)


def test_no_other_source_of_a_bond(mutual: Mutual) -> None:
    with refused("court: no such source"):
        mutual.file(source=3)


@pytest.mark.parametrize("rules", [Rules(flags=2)])
def test_without_a_bond_the_waiver_is_not_used_up(mutual: Mutual) -> None:
    filed = mutual.file(source=2)
    assert not mutual.state(filed)["flags"] & WAIVED
    assert mutual.court.waived_at(mutual.ids[0]) == 0


def test_a_bond_signed_for_one_filing_pays_no_other(mutual: Mutual) -> None:
    # the nonce binds action, member, filing and actor, so that nobody turns a payment to another purpose.
    stranger = Account.from_key(keccak(b"sponsor"))
    mutual.token.mint(stranger.address, BOND)
    filing = mutual.filing(0)
    salt = keccak(b"salt")
    filing_type = "(bytes32,uint256,uint256,uint256,bytes32,bytes32,bytes32,uint256)"
    detail = keccak(encode([filing_type, "address"], [filing, mutual.wallets[0]]))
    nonce = keccak(
        encode(
            ["uint256", "address", "bytes32", "bytes32", "uint256", "bytes32", "bytes32"],
            [boa.env.evm.patch.chain_id, mutual.fund.address, keccak(b"bond"), mutual.ids[0], 0, detail, salt],
        )
    )
    names = ("from", "to", "value", "validAfter", "validBefore")
    signed = stranger.sign_message(
        encode_typed_data(
            {
                "name": "Test Yuan",
                "version": "1",
                "chainId": boa.env.evm.patch.chain_id,
                "verifyingContract": mutual.token.address,
            },
            {
                "ReceiveWithAuthorization": [
                    *({"name": name, "type": "address" if name in names[:2] else "uint256"} for name in names),
                    {"name": "nonce", "type": "bytes32"},
                ]
            },
            dict(zip((*names, "nonce"), (stranger.address, mutual.fund.address, BOND, 0, 2**40, nonce), strict=True)),
        )
    )
    payment = (2, stranger.address, BOND, 0, 2**40, salt, signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32))
    mutual.office.set_contacts(
        mutual.ids[0], mutual.wallets[1], mutual.wallets[1], mutual.wallets[1], sender=mutual.wallets[0]
    )
    other = (*filing[:6], NO_BYTES, filing[7])
    assert not attempt(lambda: mutual.court.file(other, payment, sender=mutual.wallets[0]))
    assert not attempt(lambda: mutual.court.file(filing, payment, sender=mutual.wallets[1]))
    mutual.court.file(filing, payment, sender=mutual.wallets[0])
    assert mutual.balance(stranger.address) == 0


@pytest.mark.parametrize("rules", [Rules(waiting=5 * DAY)])
def test_an_increase_covers_only_after_a_fresh_waiting_time(mutual: Mutual) -> None:
    # until then the smaller amount of the two classes; before the change the earlier record.
    roll(seconds=-now() % HOUR)
    issued, expiry = now() - 1, now() + DAY
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
                *({"name": name, "type": "uint256"} for name in ("class_id", "issued", "expiry")),
            ]
        },
        {"member_id": mutual.ids[0], "class_id": 1, "issued": issued, "expiry": expiry},
    )
    signature = mutual.attestor.sign_message(typed).signature
    mutual.office.change_class(mutual.ids[0], 1, issued, expiry, [signature], sender=mutual.wallets[0])
    changed = now()
    # The first days that begin after the change, and after the waiting time from the change.
    first, full = (-(-(changed + wait + mutual.rules.zone) // DAY) for wait in (0, 5 * DAY))
    roll(seconds=10 * DAY)
    for day, class_id, base in ((first - 1, 0, 1000), (first, 1, 1000), (full - 1, 1, 1000), (full, 1, 2000)):
        with boa.env.anchor():
            claim = mutual.file(day=day).claim
            assert (claim[7], claim[11]) == (class_id, base * TOKEN)
