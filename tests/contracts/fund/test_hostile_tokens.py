# SPDX-License-Identifier: AGPL-3.0-only
"""Tokens that cheat: the books stay true, and nobody's payment holds up others (R-18, R-19, R-21, I-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boa
import pytest
from eth_utils.crypto import keccak

from contracts.mutual import (
    BY_ALLOWANCE,
    CHARTER_HASH,
    DAY,
    SPACING,
    Mutual,
    account,
    found,
    fund_interface,
)
from support.sources import source

PAYEE = account("payee").address
HONEST, MOVES_NOTHING, RETURNS_FALSE = 1, 2, 4


def on_token(name: str, *arguments: Any) -> Mutual:
    return found(token=source(f"mocks/{name}").deploy(*arguments))


@pytest.fixture(scope="session")
def lying() -> Mutual:
    return on_token("LyingToken")


@pytest.mark.parametrize("mode", [MOVES_NOTHING, RETURNS_FALSE])
def test_what_was_not_paid_is_not_booked(lying: Mutual, mode: int) -> None:
    """R-18."""
    lying.token.set_mode(mode)
    with boa.reverts():
        lying.join("ann")
    with boa.reverts():
        lying.fund.donate(5, BY_ALLOWANCE, sender=lying.payer.address)


def test_a_batch_of_orders_skips_a_refusal_and_rejects_a_lie(lying: Mutual) -> None:
    """R-18, R-40."""
    ann = lying.join("ann")
    lying.fund.set_order(ann, 10**9, 30, sender=account("ann").address)
    lying.token.set_mode(RETURNS_FALSE)
    assert lying.fund.collect([ann]) == 0
    assert lying.member(ann)[1] == 20
    lying.token.set_mode(MOVES_NOTHING)
    with boa.reverts("fund: wrong amount received"):
        lying.fund.collect([ann])
    lying.token.set_mode(HONEST)
    assert lying.fund.collect([ann]) == 1


def test_a_refused_push_becomes_a_due(lying: Mutual) -> None:
    """R-19: the settlement stands; a withdrawal that fails reverts."""
    ann = lying.join("ann")
    call = lying.fund.announce(10**6, 0, sender=lying.court)
    lying.token.set_mode(RETURNS_FALSE)
    lying.fund.settle(1, PAYEE, 10**6, 0, call, sender=lying.court)
    (owed,) = lying.events("Owed")
    assert (owed.payee, owed.amount) == (PAYEE, 10**6)
    assert (lying.fund.dues(PAYEE), lying.purse()[1]) == (10**6, 10**6)
    lying.check_books()
    with boa.reverts("fund: token transfer failed"):
        lying.fund.withdraw(PAYEE)
    lying.token.set_mode(HONEST)
    lying.fund.withdraw(PAYEE)
    assert lying.token.balanceOf(PAYEE) == 10**6
    lying.check_books()
    assert lying.fund.balance_of(ann) > 0


def test_a_token_that_takes_a_fee_is_refused() -> None:
    """R-18."""
    mutual = on_token("FeeToken", 100)
    with boa.reverts("fund: wrong amount received"):
        mutual.join("ann")
    with boa.reverts("fund: wrong amount received"):
        mutual.fund.hold(mutual.payer.address, 10**6, b"\0" * 32, b"\0" * 32, BY_ALLOWANCE, sender=mutual.jury)


def test_a_blacklisted_member_holds_up_nobody() -> None:
    """R-19, I-6."""
    mutual = on_token("BlacklistToken")
    ann = mutual.join("ann")
    mutual.join("bob")
    wallet = account("ann").address
    mutual.fund.leave(ann, sender=wallet)
    boa.env.time_travel(seconds=31 * DAY)
    blacklist(mutual.token, wallet, on=True)
    balance = mutual.fund.balance_of(ann)
    mutual.fund.refund(ann)
    assert mutual.fund.dues(wallet) == balance == mutual.purse()[1]
    mutual.check_books()
    with boa.reverts("fund: token transfer failed"):
        mutual.fund.withdraw(wallet)
    blacklist(mutual.token, wallet, on=False)
    mutual.fund.withdraw(wallet)
    mutual.check_books()


def blacklist(token: Any, who: str, *, on: bool) -> None:
    token.set_blacklisted(who, on)


def test_a_token_without_return_value_works() -> None:
    """R-18, R-19."""
    mutual = on_token("NoReturnToken")
    mutual.join("ann")
    mutual.settle(1, PAYEE, 10**6)
    assert mutual.token.balanceOf(PAYEE) == 10**6
    mutual.check_books()


def test_no_call_gets_in_while_another_runs() -> None:
    """One lock covers every function that changes state, in the Fund and in its annex."""
    mutual = on_token("ReentrantToken")
    ann = mutual.join("ann")
    mutual.give(mutual.token.address)
    interface = fund_interface()
    fund = interface.at(mutual.fund.address)
    calls = {
        "withdraw": fund.withdraw.prepare_calldata(PAYEE),
        "donate": fund.donate.prepare_calldata(5, BY_ALLOWANCE),
        "refund": fund.refund.prepare_calldata(ann),
        "top_up_many": fund.top_up_many.prepare_calldata([ann], [30]),
        "collect": fund.collect.prepare_calldata([ann]),
        "absorb": fund.absorb.prepare_calldata(),
        "recognise_loss": fund.recognise_loss.prepare_calldata(),
        "settle_round": fund.settle_round.prepare_calldata(),
        "withdraw_fees": fund.withdraw_fees.prepare_calldata(),
    }
    for data in calls.values():
        mutual.token.set_callback(mutual.fund.address, data, 1)
        mutual.fund.top_up(ann, mutual.member(ann)[1] + 1, BY_ALLOWANCE, sender=mutual.payer.address)
        assert [event.success for event in mutual.events("CalledBack")] == [False]
        mutual.check_books()


def test_a_loss_is_shared_within_the_caps(prepaid: Mutual) -> None:
    """R-21: the token's issuer took some away; surplus first, then the members, by at most the round cap."""
    with boa.reverts("fund: no shortage"):
        prepaid.fund.recognise_loss()
    prepaid.join("ann", tick=100)
    prepaid.fund.donate(10**5, BY_ALLOWANCE, sender=prepaid.payer.address)
    prepaid.token.burn(5 * 10**6, sender=prepaid.fund.address)
    prepaid.fund.recognise_loss()
    (event,) = prepaid.events("LossRecognised")
    assert (event.shortage, event.from_surplus, event.collected) == (5 * 10**6, 10**5, 2 * 10**6)
    assert prepaid.index == event.index == 20 * SPACING
    prepaid.fund.recognise_loss()
    prepaid.fund.recognise_loss()
    (event,) = prepaid.events("LossRecognised")
    assert (event.shortage, event.collected) == (900_000, 900_000)
    prepaid.check_books()
    with boa.reverts("fund: no shortage"):
        prepaid.fund.recognise_loss()


def test_the_other_parts_alone_can_touch_nothing(prepaid: Mutual) -> None:
    """Called directly, they act on their own empty storage."""
    ann = prepaid.join("ann")
    prepaid.fund.donate(1_000, BY_ALLOWANCE, sender=prepaid.payer.address)
    attacker = account("attacker").address
    annex = prepaid.fund.ANNEX()
    for part in (annex, fund_interface().at(annex).STAGES()):
        alone = fund_interface().at(part)
        acts: tuple[Callable[..., object], ...] = (
            lambda it: it.settle_round(sender=attacker),
            lambda it: it.withdraw_fees(sender=attacker),
            lambda it: it.pay(prepaid.court, 1, sender=attacker),
            lambda it: it.hold_from_balance(ann, 1, sender=attacker),
            lambda it: it.forfeit(1, sender=attacker),
            lambda it: it.rejoin(ann, 50, CHARTER_HASH, BY_ALLOWANCE, sender=attacker),
            lambda it: it.set_wallet(ann, attacker, True, sender=attacker),
            lambda it: it.wire(attacker, attacker, attacker, attacker, sender=attacker),
            lambda it: it.step_back(ann, sender=attacker),
            lambda it: it.adopt(sender=attacker),
            lambda it: it.wind_down(sender=attacker),
            lambda it: it.end(sender=attacker),
            lambda it: it.pay_out(ann, sender=attacker),
            lambda it: it.sweep_remainder(sender=attacker),
        )
        for act in acts:
            with boa.reverts():
                act(alone)
    prepaid.check_books()


def test_all_parts_lay_out_storage_alike() -> None:
    """The Fund runs the code of the other two on its own storage."""
    names = ("Fund", "FundAnnex", "FundStages")
    own, annex, stages = (source(name).compiler_data.storage_layout["storage_layout"] for name in names)
    # The name by which a part imports a module is its own.
    stages["register"] = stages.pop("registry")
    assert own == annex == stages
    assert own["register"]


def test_an_unknown_function_reverts(prepaid: Mutual) -> None:
    """What no part has, nobody can call."""
    for data in (b"", b"\x12", keccak(text="sweep(address)")[:4] + b"\0" * 32):
        assert boa.env.execute_code(prepaid.fund.address, data=data).is_error
