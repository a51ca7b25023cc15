# SPDX-License-Identifier: AGPL-3.0-only
"""What the Office changes in the register: R-31, R-44, R-47, R-48."""

from __future__ import annotations

from collections.abc import Callable

import boa
from eth_utils.crypto import keccak

from contracts.mutual import DAY, HOUR, NOBODY, SPACING, Mutual, account, ceil_div

PAYEE = account("payee").address


def test_only_the_office_changes_records(prepaid: Mutual) -> None:
    ann = prepaid.join("ann")
    for caller in (account("ann").address, prepaid.court, prepaid.jury):
        acts: tuple[Callable[..., object], ...] = (
            lambda who: prepaid.fund.set_wallet(ann, PAYEE, True, sender=who),
            lambda who: prepaid.fund.set_class(ann, 1, PAYEE, sender=who),
            lambda who: prepaid.fund.set_contacts_flag(ann, True, sender=who),
        )
        for act in acts:
            with boa.reverts("fund: not the office"):
                act(caller)


def test_another_wallet_takes_over(prepaid: Mutual) -> None:
    """R-47, R-40: acceptance stays only with a replacement by the wallet itself; the order ends either way."""
    ann = prepaid.join("ann")
    old, new = account("ann").address, account("new").address
    prepaid.fund.set_order(ann, 10**6, 30, sender=old)
    with boa.reverts("fund: wallet missing"):
        prepaid.fund.set_wallet(ann, NOBODY, True, sender=prepaid.office)
    with boa.reverts("fund: no such member"):
        prepaid.fund.set_wallet(keccak(b"nobody"), new, True, sender=prepaid.office)
    before = prepaid.member(ann)
    for keep, status in ((True, 1 | 2), (False, 1)):
        with boa.env.anchor():
            prepaid.fund.set_wallet(ann, new, keep, sender=prepaid.office)
            (event,) = prepaid.events("WalletSet")
            assert (event.wallet, event.accepted) == (new, keep)
            assert prepaid.member(ann) == (int(new, 16), *before[1:5], status)
            assert prepaid.fund.orders(ann) == 0
            prepaid.give(new)
            assert prepaid.fund.collect([ann]) == 0
            with boa.reverts("fund: not the wallet"):
                prepaid.fund.leave(ann, sender=old)
            prepaid.fund.leave(ann, sender=new)


def test_contacts_are_flagged(prepaid: Mutual) -> None:
    """R-48."""
    ann = prepaid.join("ann")
    prepaid.fund.set_contacts_flag(ann, True, sender=prepaid.office)
    (event,) = prepaid.events("ContactsFlag")
    assert event.on
    assert prepaid.member(ann)[5] == 1 | 2 | 32
    prepaid.fund.set_contacts_flag(ann, False, sender=prepaid.office)
    assert prepaid.member(ann)[5] == 1 | 2
    with boa.reverts("fund: no such member"):
        prepaid.fund.set_contacts_flag(keccak(b"nobody"), True, sender=prepaid.office)


def test_more_shares_are_paid_for(prepaid: Mutual) -> None:
    """R-31, R-44."""
    ann = prepaid.join("ann")
    prepaid.settle(1, PAYEE, 10**5)
    payer = prepaid.payer.address
    before, old = prepaid.token.balanceOf(payer), prepaid.member(ann)
    prepaid.fund.set_class(ann, 1, payer, sender=prepaid.office)
    (event,) = prepaid.events("ClassSet")
    paid = ceil_div(500 * (20 * SPACING - prepaid.index), 10**6)
    hour = ceil_div(boa.env.timestamp, HOUR)
    assert (event.class_id, event.shares, event.changed, event.paid, event.returned) == (1, 1500, hour, paid, 0)
    assert before - prepaid.token.balanceOf(payer) == paid
    assert prepaid.member(ann) == (old[0], 20, 1500, old[3], 1, 1 | 2 | 8)
    assert prepaid.history(ann) == (20, 1000, old[3], 0, 3, hour, 0, 0)
    assert prepaid.tick(20)[:2] == (1500, 1)
    assert prepaid.books()[1:3] == (1500, 1)
    prepaid.check_books()


def test_fewer_shares_are_returned(prepaid: Mutual) -> None:
    """R-25, R-44."""
    ann = prepaid.join("ann")
    prepaid.settle(1, PAYEE, 12_345)
    wallet = account("ann").address
    before = prepaid.token.balanceOf(wallet)
    prepaid.fund.set_class(ann, 2, wallet, sender=prepaid.office)
    (event,) = prepaid.events("ClassSet")
    returned = 223 * (20 * SPACING - prepaid.index) // 10**6
    assert (event.shares, event.paid, event.returned) == (777, 0, returned)
    assert prepaid.token.balanceOf(wallet) == before + returned
    assert prepaid.tick(20)[:2] == (777, 1)
    assert prepaid.books()[1:3] == (777, 1)
    prepaid.check_books()


def test_a_class_change_has_its_conditions(prepaid: Mutual) -> None:
    """R-31, R-44."""
    ann, bob = prepaid.join("ann"), prepaid.join("bob")
    office, payer = prepaid.office, prepaid.payer.address
    with boa.reverts("fund: no such class"):
        prepaid.fund.set_class(ann, 3, payer, sender=office)
    with boa.reverts("fund: not in force"):
        prepaid.fund.set_class(keccak(b"nobody"), 1, payer, sender=office)
    prepaid.fund.leave(bob, sender=account("bob").address)
    with boa.reverts("fund: already leaving"):
        prepaid.fund.set_class(bob, 1, payer, sender=office)
    prepaid.fund.set_class(ann, 1, payer, sender=office)
    changed = prepaid.history(ann)[5] * HOUR
    boa.env.time_travel(seconds=changed + 60 * DAY - boa.env.timestamp)
    with boa.reverts("fund: changed too recently"):
        prepaid.fund.set_class(ann, 0, payer, sender=office)
    boa.env.time_travel(seconds=1)
    prepaid.fund.set_class(ann, 0, payer, sender=office)
