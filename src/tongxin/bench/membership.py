# SPDX-License-Identifier: AGPL-3.0-only
"""What members do, measured: coming in, lengthening a runway, standing orders, leaving."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eth_account.signers.local import LocalAccount

from tongxin.bench.errors import BenchError
from tongxin.bench.fixed import account, somebody, word
from tongxin.bench.stage import COIN, DAY, GAS_LIMIT, HOUR, Stage
from tongxin.chain import dev_rpc, typed_data
from tongxin.chain.events import BatchEnrolled
from tongxin.chain.fund import ENROL_BATCH
from tongxin.chain.payments import Purpose, by_allowance, by_authorization
from tongxin.chain.structs import Attestation, Payment
from tongxin.chain.transactions import Action, Receipt
from tongxin.units import ceil_div

__all__ = [
    "FURTHER",
    "MEMBERS_TICK",
    "STANDING",
    "TENTH",
    "UNLIMITED",
    "Register",
    "member_account",
    "member_id",
]

MEMBERS_TICK: Final = 1_000
"""Where the runways of all but a few members end."""
FURTHER: Final = 1_010
"""Where runways end that were lengthened."""
STANDING: Final = 2**96 - 1
"""An allowance that is there for good, and counted down."""
UNLIMITED: Final = 2**256 - 1
"""An allowance that the token does not count down."""
CLASS: Final = 0
TENTH: Final = 1
"""A class with a tenth of a share."""
KEYED: Final = 250
"""The first members have keys, because they act."""


def member_id(number: int) -> bytes:
    """The tag of a member."""
    return word(f"member {number}")


def member_account(number: int) -> LocalAccount:
    """The wallet of one of the members who act."""
    return account(f"member {number}")


@dataclass
class Register:
    """The members of the bench's mutual, by number in the order of coming.

    Attributes:
        stage: Where they are.
        count: How many ever came by enrolment.
        enrolled_in: Seconds that enrolments took, from the attestor's signature to the receipt.
        batch_gas: Gas of the latest batch of the largest size.
    """

    stage: Stage
    count: int = 0
    enrolled_in: float = 0.0
    batch_gas: int | None = None
    _sponsor: LocalAccount = field(default_factory=lambda: account("sponsor"))

    def open(self, coins: int = 10**9) -> None:
        """The sponsor has money and approves it."""
        self.stage.fund(self._sponsor.address, coins)
        self.stage.approve(self._sponsor, STANDING)

    def enrol(
        self,
        count: int,
        tick: int = MEMBERS_TICK,
        class_id: int = CLASS,
        done: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """The sponsor enrols as many, in batches as large as can be.

        Raises:
            BenchError: The Fund did not take all of them.
        """
        left = count
        while left:
            size = min(left, ENROL_BATCH)
            self._enrol_batch(size, tick, class_id)
            left -= size
            done(self.count)

    def enrol_together(self, parts: Sequence[tuple[int, int, int]]) -> None:
        """The sponsor enrols several batches in one block, each of some people of one class on one tick.

        Args:
            parts: People, tick and class of each batch.

        Raises:
            BenchError: The Fund did not take all of them.
        """
        stage, issued, actions = self.stage, self.stage.now, []
        for size, tick, class_id in parts:
            actions.append((f"enrol from {self.count}", self._enrolment(size, tick, class_id, issued)))
            self.count += size
        dev_rpc.set_automine(stage.url, enabled=False)
        try:
            outcomes = stage.sender(self._sponsor).send_many(
                actions, gas=GAS_LIMIT, batch=len(actions), after_batch=lambda: dev_rpc.mine(stage.url)
            )
        finally:
            dev_rpc.set_automine(stage.url, enabled=True)
        for (size, _, _), outcome in zip(parts, outcomes, strict=True):
            if outcome.receipt is None:
                raise BenchError(f"a batch was not enrolled: {outcome.error}")
            _check(outcome.receipt, size)

    def _enrolment(self, size: int, tick: int, class_id: int, issued: int) -> Action:
        """The next people in the order of coming, under one signature."""
        numbers = range(self.count, self.count + size)
        ids = [member_id(number) for number in numbers]
        wallets = [self._wallet(number) for number in numbers]
        mutual, expiry = self.stage.mutual, issued + DAY
        typed = typed_data.roster(mutual.attestation_domain, ids, wallets, class_id, issued=issued, expiry=expiry)
        signature = self.stage.attestor.sign_typed(typed)
        return mutual.fund.enrol(ids, wallets, class_id, tick, issued=issued, expiry=expiry, signatures=[signature])

    def _enrol_batch(self, size: int, tick: int, class_id: int) -> None:
        issued = self.stage.now
        began = time.perf_counter()
        receipt = self.stage.act(self._sponsor, self._enrolment(size, tick, class_id, issued))
        self.enrolled_in += time.perf_counter() - began
        _check(receipt, size)
        self.count += size
        if size == ENROL_BATCH:
            self.batch_gas = receipt.gas_used

    @staticmethod
    def _wallet(number: int) -> str:
        return member_account(number).address if number < KEYED else somebody(str(number))

    def accept(self, number: int) -> int:
        """A sponsored member's wallet accepts the charter."""
        mutual = self.stage.mutual
        return self.stage.act(
            member_account(number), mutual.fund.accept(member_id(number), mutual.charter_hash)
        ).gas_used

    # -- coming in one by one

    def join(self, name: str, tick: int) -> int:
        """Somebody joins whose wallet has approved exactly the price."""
        who = account(name)
        self.stage.fund(who.address, 10_000)
        attestation, signatures = self._attested(name, who)
        self.stage.approve(who, self._price(tick))
        return self.stage.act(who, self._join(attestation, signatures, tick, by_allowance())).gas_used

    def join_relayed(self, name: str, tick: int) -> int:
        """Somebody without the chain's coin joins: the wallet signs an EIP-3009 payment, another sends it."""
        who = account(name)
        self.stage.fund(who.address, 10_000)
        mutual = self.stage.mutual
        attestation, signatures = self._attested(name, who)
        purpose = Purpose.join(
            self.stage.endpoints.chain_id, mutual.fund.address, attestation, tick, mutual.charter_hash
        )
        payment = by_authorization(
            self.stage.sender(who).signer,
            self.stage.coin,
            mutual.fund.address,
            self._price(tick),
            purpose,
            valid_before=attestation.expiry,
            salt=word(f"payment {name}"),
        )
        return self.stage.push(self._join(attestation, signatures, tick, payment)).gas_used

    def _attested(self, name: str, who: LocalAccount) -> tuple[Attestation, list[bytes]]:
        issued = self.stage.now
        item = Attestation(word(f"id {name}"), who.address, CLASS, issued, issued + DAY)
        typed = typed_data.attestation(self.stage.mutual.attestation_domain, item)
        return item, [self.stage.attestor.sign_typed(typed)]

    def _join(self, item: Attestation, signatures: Sequence[bytes], tick: int, payment: Payment) -> Action:
        return self.stage.mutual.fund.join(item, signatures, tick, self.stage.mutual.charter_hash, payment)

    def _price(self, tick: int) -> int:
        return self.stage.mutual.join_price(CLASS, tick).total

    # -- lengthening

    def top_up(self, name: str, tick: int) -> int:
        """Somebody who joined lengthens the own runway; the wallet has approved exactly the price."""
        who, tag = account(name), word(f"id {name}")
        self.stage.approve(who, self.stage.mutual.top_up_price(tag, tick).total)
        return self.stage.act(who, self.stage.mutual.fund.top_up(tag, tick, by_allowance())).gas_used

    def order(self, number: int, allowance: int) -> int:
        """A member sets a standing order that reaches the further tick, with money for it."""
        mutual, who = self.stage.mutual, member_account(number)
        self.stage.fund(who.address, 1_000)
        self.stage.approve(who, allowance)
        passed = ceil_div(mutual.fund.books().index, mutual.spacing)
        action = mutual.fund.set_order(member_id(number), 1_000 * COIN, FURTHER - passed)
        return self.stage.act(who, action).gas_used

    def collect(self, numbers: Sequence[int]) -> int:
        """Collects standing orders; gas for each.

        Raises:
            BenchError: One was not collected.
        """
        fund = self.stage.mutual.fund
        receipt = self.stage.push(fund.collect([member_id(number) for number in numbers]))
        if {member.tick for member in fund.members([member_id(number) for number in numbers])} != {FURTHER}:
            raise BenchError("a standing order was not collected to its target")
        return ceil_div(receipt.gas_used, len(numbers))

    # -- leaving

    def step_back(self, name: str) -> int:
        """Somebody who joined a mutual that still gathers takes everything back, into a wallet that holds tokens."""
        return self.stage.act(account(name), self.stage.mutual.fund.step_back(word(f"id {name}"))).gas_used

    def leave(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Members give notice, wait, and are paid their balance, into wallets that hold tokens already.

        Returns:
            Gas of the last notice and of the last refund.
        """
        fund = self.stage.mutual.fund
        notices = [self.stage.act(member_account(number), fund.leave(member_id(number))) for number in numbers]
        self.stage.travel(self.stage.now + self.stage.mutual.fund_terms.member.notice + HOUR)
        refunds = [self.stage.push(fund.refund(member_id(number))) for number in numbers]
        return notices[-1].gas_used, refunds[-1].gas_used


def _check(receipt: Receipt, size: int) -> None:
    count = receipt.one(BatchEnrolled).count
    if count != size:
        raise BenchError(f"the fund took {count} of a batch of {size}")
