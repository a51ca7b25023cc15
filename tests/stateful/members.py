# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - hypothesis passes a rule's arguments by name
"""What people do to the Fund and the Office, as rules of a state machine: members, payers, an attestor, an issuer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

import boa
import pytest
from boa.contracts.base_evm_contract import BoaError
from eth_account.signers.local import LocalAccount
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from contracts.mutual import CHARTER_HASH
from stateful.counts import note
from stateful.twin import NO_PAYMENT, PEOPLE, VOLUNTEERS, Twin, found, number
from tongxin.model import Attestation, ModelRevert, Payment
from tongxin.units import DAY, MemberId

HOUR = 3_600
PAY = Payment()
SOMEBODY = st.integers(0, PEOPLE - 1)
NEWCOMER = st.one_of(SOMEBODY, st.integers(VOLUNTEERS, PEOPLE - 1))
DELTA = st.integers(-2, 60)
FAR = 2**40
SHORT = 2
"""The class whose members came with hardly any runway, so that some lapse."""
ROSTER = "bytes32[] ids,address[] wallets,uint256 class_id,uint256 issued,uint256 expiry"
ATTESTATION = "bytes32 member_id,address wallet,uint256 class_id,uint256 issued,uint256 expiry"
WALLET_CHANGE = "bytes32 member_id,address wallet,uint256 issued,uint256 expiry"
CLASS_CHANGE = "bytes32 member_id,uint256 class_id,uint256 issued,uint256 expiry"


class Members(RuleBasedStateMachine):
    """A mutual of which 22 people are members and volunteers already, and everything that is not the court's."""

    rules_of_charter: ClassVar[dict[str, Any]] = {}
    examples: ClassVar[float] = 1
    """How many examples it runs, as a part of the profile's."""
    base: ClassVar[Twin]

    @classmethod
    def found(cls) -> None:
        """Founds the mutual that every example starts from."""
        cls.base = found(**cls.rules_of_charter)
        people_in(cls.base)

    @classmethod
    def once_each(cls) -> None:
        """Examples that are always run first."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(boa.env.anchor())
        self.twin: Twin = self.base.copy()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            note(self.twin)
            self.stack.close()

    # ---- helpers

    def wallet(self, who: int) -> str:
        return str(self.twin.people[who].address)

    def who(self, who: int) -> int:
        return number(self.wallet(who))

    def key(self, member: int) -> LocalAccount:
        return self.twin.people[member]

    def owner(self, member: int) -> int:
        """Which person holds a member's wallet now; the person of that number where nobody does."""
        record = self.twin.model.membership.members.get(self.twin.ids[member])  # type: ignore[call-overload]
        for person in range(PEOPLE):
            if record is not None and self.who(person) == record.wallet:
                return person
        return member

    def outside(self, member: int) -> int:
        """Somebody who lapsed or left, if there is one; the member otherwise."""
        model = self.twin.model
        members = model.membership.members
        gone = [
            one
            for one, key in enumerate(map(MemberId, self.twin.ids))
            if key in members and not model.membership.in_force(members[key])
        ]
        return gone[member % len(gone)] if gone else member

    def tick(self, delta: int) -> int:
        """A tick so far ahead of the index, or behind it."""
        return max(0, self.twin.model.ledger.index // self.twin.model.terms.spacing + delta)

    @property
    def charter(self) -> bytes:
        """What a member consents to now."""
        return self.twin.model.terms.charter_hash

    def attested(
        self, attestation: Attestation, signer: LocalAccount | None = None
    ) -> tuple[tuple[Any, ...], list[bytes]]:
        values = (
            attestation.member_id,
            "0x" + attestation.wallet.to_bytes(20, "big").hex(),
            attestation.class_id,
            attestation.issued,
            attestation.expiry,
        )
        domain = ("Tongxin Fund", self.twin.fund)
        return values, self.twin.vouched(domain, "Attestation", ATTESTATION, values, signer)

    # ---- time

    @rule(
        seconds=st.sampled_from([1, 60, HOUR, 6 * HOUR, DAY, DAY, 3 * DAY, 8 * DAY, 31 * DAY]),
        blocks=st.integers(1, 12),
    )
    def wait(self, seconds: int, blocks: int) -> None:
        self.twin.wait(seconds, blocks)

    # ---- coming in

    @rule(who=NEWCOMER, delta=DELTA, class_id=st.integers(0, 3), payer=SOMEBODY, forged=st.integers(0, 5))
    def join(self, who: int, delta: int, class_id: int, payer: int, forged: int) -> None:
        twin, now = self.twin, self.twin.now
        good = forged != 0
        attestation = Attestation(twin.ids[who], self.who(who), class_id, now - 1, now + DAY)
        values, signatures = self.attested(attestation, None if good else twin.people[who])
        tick = self.tick(delta)
        twin.both(
            lambda: twin.fund.join(values, signatures, tick, self.charter, NO_PAYMENT, sender=self.wallet(payer)),
            lambda: twin.model.join(attestation, good, tick, self.charter, PAY, self.who(payer), now=now),
        )

    @rule(whos=st.lists(NEWCOMER, max_size=6), delta=DELTA, class_id=st.integers(0, 3), sponsor=SOMEBODY)
    def enrol(self, whos: list[int], delta: int, class_id: int, sponsor: int) -> None:
        twin, now = self.twin, self.twin.now
        ids = [twin.ids[who] for who in whos]
        wallets = [self.wallet(who) for who in whos]
        values = (ids, wallets, class_id, now - 1, now + DAY)
        signatures = twin.vouched(("Tongxin Fund", twin.fund), "Roster", ROSTER, values)
        numbers = [number(wallet) for wallet in wallets]
        tick, actor = self.tick(delta), self.who(sponsor)
        twin.both(
            lambda: twin.fund.enrol(
                ids, wallets, class_id, tick, now - 1, now + DAY, signatures, sender=self.wallet(sponsor)
            ),
            lambda: twin.model.enrol(ids, numbers, class_id, tick, now - 1, now + DAY, True, actor, now=now),
        )

    @rule(who=NEWCOMER, delta=DELTA, inviters=st.lists(SOMEBODY, min_size=1, max_size=2))
    def admit_invited(self, who: int, delta: int, inviters: list[int]) -> None:
        twin, now = self.twin, self.twin.now
        attestation = Attestation(twin.ids[who], self.who(who), 0, now - 1, now + DAY)
        values, _ = self.attested(attestation)
        signatures = [self.attested(attestation, self.key(self.owner(one)))[1][0] for one in inviters]
        names = [twin.ids[one] for one in inviters]
        tick, sender = self.tick(delta), self.wallet(who)
        twin.both(
            lambda: twin.office.admit_invited(values, names, signatures, tick, self.charter, NO_PAYMENT, sender=sender),
            lambda: twin.model.admit_invited(attestation, names, True, tick, self.charter, PAY, self.who(who), now=now),
        )

    @rule(who=NEWCOMER, delta=DELTA)
    def admit_open(self, who: int, delta: int) -> None:
        twin, now = self.twin, self.twin.now
        attestation = Attestation(twin.ids[who], self.who(who), 0, now - 1, now + DAY)
        values, _ = self.attested(attestation)
        tick, sender = self.tick(delta), self.wallet(who)
        twin.both(
            lambda: twin.office.admit_open(values, tick, self.charter, NO_PAYMENT, sender=sender),
            lambda: twin.model.admit_open(attestation, tick, self.charter, PAY, self.who(who), now=now),
        )

    # ---- acts of members, by themselves or relayed

    def act(
        self,
        member: int,
        actor: int,
        form: tuple[str, str, str],
        values: tuple[Any, ...],
        model: Callable[[int], Any],
        *,
        relayed: bool,
    ) -> None:
        """One act of the Fund in its two forms: sent by the actor, or signed by the owner and sent by somebody else.

        `form` is the function's name, the typed struct's name and its fields between member_id and nonce.
        """
        twin, member_id = self.twin, self.twin.ids[member]
        function, struct, fields = form
        if not relayed:
            direct = getattr(twin.fund, function)
            twin.both(
                lambda: direct(member_id, *values, sender=self.wallet(actor)),
                lambda: model(self.who(actor)),
                [member_id],
            )
            return
        signer = self.owner(member)
        nonce, deadline = int(twin.office.nonces(member_id)), twin.now + DAY
        typed = f"bytes32 member_id,{fields}uint256 nonce,uint256 deadline"
        message = (member_id, *values, nonce, deadline)
        signature = twin.sign(self.key(signer), ("Tongxin Office", twin.office), struct, typed, message)
        relay = getattr(twin.office, f"{function}_for")
        twin.both(
            lambda: relay(member_id, *values, deadline, signature, sender=self.wallet(actor)),
            lambda: model(self.who(signer)),
            [member_id],
        )

    @rule(member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 4), relayed=st.booleans(), wrong=st.integers(0, 9))
    def accept(self, member: int, actor: int, own: int, relayed: bool, wrong: int) -> None:
        actor = self.owner(member) if own else actor
        charter = self.charter if wrong else b"\7" * 32
        model = self.twin.model
        self.act(
            member, actor, ("accept", "Accept", "bytes32 charter_hash,"), (charter,),
            lambda who: model.accept(self.twin.ids[member], charter, who), relayed=relayed,
        )  # fmt: skip

    @rule(
        member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 4), relayed=st.booleans(),
        most=st.sampled_from([0, 10**5, 10**6, 10**8]), ticks=st.integers(0, 90),
    )  # fmt: skip
    def set_order(self, member: int, actor: int, own: int, relayed: bool, most: int, ticks: int) -> None:
        actor = self.owner(member) if own else actor
        now, model = self.twin.now, self.twin.model
        self.act(
            member, actor, ("set_order", "SetOrder", "uint256 most_per_period,uint256 target,"), (most, ticks),
            lambda who: model.set_order(self.twin.ids[member], most, ticks, who, now=now), relayed=relayed,
        )  # fmt: skip

    @rule(member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 4), relayed=st.booleans())
    def leave(self, member: int, actor: int, own: int, relayed: bool) -> None:
        actor = self.owner(member) if own else actor
        now, model = self.twin.now, self.twin.model
        self.act(
            member, actor, ("leave", "Leave", ""), (),
            lambda who: model.leave(self.twin.ids[member], who, now=now), relayed=relayed,
        )  # fmt: skip

    @rule(member=SOMEBODY)
    def refund(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        twin.both(lambda: twin.fund.refund(member_id), lambda: twin.model.refund(member_id, now=now), [member_id])

    @rule(member=SOMEBODY, own=st.integers(0, 4))
    def go(self, member: int, own: int) -> None:
        """Notice, its time, and the balance back."""
        self.leave(member, 0, 1, bool(own % 2))
        self.twin.wait(self.twin.model.terms.leave_notice + HOUR, 20)
        self.settle_round()
        self.refund(member)

    @rule(member=SOMEBODY, delta=DELTA, payer=SOMEBODY, own=st.booleans())
    def top_up(self, member: int, delta: int, payer: int, own: bool) -> None:
        member = self.outside(member) if own else member
        twin, now, member_id, tick = self.twin, self.twin.now, self.twin.ids[member], self.tick(delta)
        twin.both(
            lambda: twin.fund.top_up(member_id, tick, NO_PAYMENT, sender=self.wallet(payer)),
            lambda: twin.model.top_up(member_id, tick, PAY, self.who(payer), now=now),
        )

    @rule(members=st.lists(SOMEBODY, max_size=6), delta=DELTA, payer=SOMEBODY)
    def top_up_many(self, members: list[int], delta: int, payer: int) -> None:
        twin, now = self.twin, self.twin.now
        ids = [twin.ids[member] for member in members]
        ticks = [self.tick(delta + place) for place in range(len(members))]
        twin.both(
            lambda: twin.fund.top_up_many(ids, ticks, sender=self.wallet(payer)),
            lambda: twin.model.top_up_many(ids, ticks, self.who(payer), now=now),
        )

    @rule(members=st.lists(SOMEBODY, max_size=8))
    def collect(self, members: list[int]) -> None:
        twin, now = self.twin, self.twin.now
        ids = [twin.ids[member] for member in members]
        twin.both(lambda: twin.fund.collect(ids), lambda: twin.model.collect(ids, now=now))

    @rule(member=SOMEBODY, delta=DELTA, actor=SOMEBODY, own=st.integers(0, 4))
    def rejoin(self, member: int, delta: int, actor: int, own: int) -> None:
        member = self.outside(member) if own > 1 else member
        actor = self.owner(member) if own else actor
        twin, now, member_id, tick = self.twin, self.twin.now, self.twin.ids[member], self.tick(delta)
        twin.both(
            lambda: twin.fund.rejoin(member_id, tick, self.charter, NO_PAYMENT, sender=self.wallet(actor)),
            lambda: twin.model.rejoin(member_id, tick, self.charter, PAY, self.who(actor), now=now),
            [member_id],
        )

    # ---- the Office

    @rule(
        member=SOMEBODY,
        people=st.lists(st.one_of(st.just(-1), SOMEBODY), min_size=3, max_size=3),
        own=st.integers(0, 4),
    )
    def set_contacts(self, member: int, people: list[int], own: int) -> None:
        twin, member_id = self.twin, self.twin.ids[member]
        actor = self.owner(member) if own else people[0] % PEOPLE
        wallets = [self.wallet(one) if one >= 0 else "0x" + 40 * "0" for one in people]
        first, second, third = (number(one) for one in wallets)
        twin.both(
            lambda: twin.office.set_contacts(member_id, *wallets, sender=self.wallet(actor)),
            lambda: twin.model.set_contacts(member_id, first, second, third, self.who(actor)),
        )

    @rule(member=SOMEBODY, to=SOMEBODY, own=st.integers(0, 4))
    def replace_wallet(self, member: int, to: int, own: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        actor = self.owner(member) if own else to
        twin.both(
            lambda: twin.office.replace_wallet(member_id, self.wallet(to), sender=self.wallet(actor)),
            lambda: twin.model.replace_wallet(member_id, self.who(to), self.who(actor), now=now),
        )

    @rule(member=SOMEBODY, to=SOMEBODY, forged=st.integers(0, 5))
    def propose_wallet(self, member: int, to: int, forged: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        values = (member_id, self.wallet(to), now - 1, now + DAY)
        forger = None if forged else twin.people[to]
        signatures = twin.vouched(("Tongxin Office", twin.office), "WalletChange", WALLET_CHANGE, values, forger)
        twin.both(
            lambda: twin.office.propose_wallet(*values, signatures),
            lambda: twin.model.propose_wallet(member_id, self.who(to), now - 1, now + DAY, forged != 0, now=now),
        )

    @rule(member=SOMEBODY, actor=SOMEBODY, own=st.booleans())
    def veto_wallet(self, member: int, actor: int, own: bool) -> None:
        twin, member_id = self.twin, self.twin.ids[member]
        actor = self.owner(member) if own else actor
        twin.both(
            lambda: twin.office.veto_wallet(member_id, sender=self.wallet(actor)),
            lambda: twin.model.veto_wallet(member_id, self.who(actor)),
        )

    @rule(member=SOMEBODY)
    def complete_wallet(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        twin.both(
            lambda: twin.office.complete_wallet(member_id), lambda: twin.model.complete_wallet(member_id, now=now)
        )

    @rule(member=SOMEBODY, class_id=st.integers(0, 3), own=st.integers(0, 4), forged=st.integers(0, 5))
    def change_class(self, member: int, class_id: int, own: int, forged: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        actor = self.owner(member) if own else (member + 1) % PEOPLE
        values = (member_id, class_id, now - 1, now + DAY)
        forger = None if forged else twin.people[actor]
        signatures = twin.vouched(("Tongxin Office", twin.office), "ClassChange", CLASS_CHANGE, values, forger)
        good, who = forged != 0, self.who(actor)
        twin.both(
            lambda: twin.office.change_class(*values, signatures, sender=self.wallet(actor)),
            lambda: twin.model.change_class(member_id, class_id, now - 1, now + DAY, good, who, now=now),
            [member_id],
        )

    @rule(member=SOMEBODY)
    def apply_class(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        twin.both(
            lambda: twin.office.apply_class(member_id),
            lambda: twin.model.apply_class(member_id, now=now),
            [member_id],
        )

    # ---- money that anybody moves

    @rule(amount=st.integers(0, 10**8), payer=SOMEBODY)
    def donate(self, amount: int, payer: int) -> None:
        twin = self.twin
        twin.both(
            lambda: twin.fund.donate(amount, NO_PAYMENT, sender=self.wallet(payer)),
            lambda: twin.model.donate(amount, PAY, self.who(payer)),
        )

    @rule(payee=SOMEBODY)
    def withdraw(self, payee: int) -> None:
        """What waits for somebody: for the person named, or else for anybody."""
        twin = self.twin
        dues = twin.model.ledger.dues
        waiting = [one for one in range(PEOPLE) if dues.get(number(self.wallet(one)))]
        payee = waiting[payee % len(waiting)] if waiting else payee
        twin.both(lambda: twin.fund.withdraw(self.wallet(payee)), lambda: twin.model.withdraw(self.who(payee)))

    @rule()
    def withdraw_fees(self) -> None:
        self.twin.both(self.twin.fund.withdraw_fees, self.twin.model.withdraw_fees)

    @rule()
    def settle_round(self) -> None:
        now = self.twin.now
        self.twin.both(self.twin.fund.settle_round, lambda: self.twin.model.settle_round(now=now))

    @rule(c=st.integers(0, FAR))
    def pay(self, c: int) -> None:
        twin, court = self.twin, str(self.twin.court.address)
        c = c % (twin.model.court.count + 1)
        twin.both(lambda: twin.fund.pay(court, c), lambda: twin.model.pay(number(court), c))

    @rule(c=st.integers(0, FAR))
    def carry(self, c: int) -> None:
        twin, court, now = self.twin, str(self.twin.court.address), self.twin.now
        c = c % (twin.model.court.count + 1)
        twin.both(lambda: twin.fund.carry(court, c), lambda: twin.model.carry(number(court), c, now=now))

    # ---- an issuer that misbehaves

    @rule(amount=st.integers(1, 10**7))
    def stray(self, amount: int) -> None:
        twin = self.twin
        twin.both(lambda: twin.token.mint(twin.fund.address, amount), lambda: twin.model.token.stray(amount))
        twin.both(twin.fund.absorb, twin.model.absorb)

    @rule(part=st.integers(1, 400))
    def seize(self, part: int) -> None:
        """The issuer takes some of the fund's tokens and the loss is apportioned; then all of it is undone."""
        twin, now = self.twin, self.twin.now
        amount = twin.model.token.held * part // 10_000
        if amount == 0:
            return
        kept = copy.deepcopy(twin.model)
        with boa.env.anchor():
            twin.token.seize(twin.fund.address, amount)
            twin.model.token.stray(-amount)
            for _ in range(3):
                try:
                    twin.model.recognise_loss(now=now)
                except ModelRevert:
                    with pytest.raises(BoaError):
                        twin.fund.recognise_loss()
                    break
                twin.fund.recognise_loss()
                twin.compare()
        twin.model = kept

    @rule(who=SOMEBODY, pays=st.booleans(), receives=st.booleans())
    def list_account(self, who: int, pays: bool, receives: bool) -> None:
        """The issuer blocks or unblocks an account."""
        token, account_number = self.twin.model.token, number(self.wallet(who))
        self.twin.token.list_account(self.wallet(who), pays, receives)
        (token.pull_fails.discard if pays else token.pull_fails.add)(account_number)
        (token.push_fails.discard if receives else token.push_fails.add)(account_number)


def people_in(twin: Twin) -> None:
    """Enrols, accepts and seats the first 22 people, on both sides."""
    model, now = twin.model, twin.now
    sponsor = twin.people[0]
    for class_id, first, last in ((0, 0, 12), (1, 12, 18), (2, 18, VOLUNTEERS)):
        ids, people = twin.ids[first:last], twin.people[first:last]
        wallets = [str(person.address) for person in people]
        values = (ids, wallets, class_id, now - 1, now + DAY)
        signatures = twin.vouched(("Tongxin Fund", twin.fund), "Roster", ROSTER, values)
        tick = model.terms.min_runway + (2 if class_id == SHORT else 20 + first)
        sent = (ids, wallets, class_id, tick, now - 1, now + DAY, signatures)
        twin.fund.enrol(*sent, sender=sponsor.address)
        numbers = [number(wallet) for wallet in wallets]
        model.enrol(ids, numbers, class_id, tick, now - 1, now + DAY, True, number(sponsor.address), now=now)
    for member_id, person in zip(twin.ids[:VOLUNTEERS], twin.people, strict=False):
        twin.fund.accept(member_id, CHARTER_HASH, sender=person.address)
        model.accept(member_id, CHARTER_HASH, number(person.address))
    twin.wait(max(DAY, model.terms.newcomer + HOUR), 3)
    for member_id, person in zip(twin.ids[:VOLUNTEERS], twin.people, strict=False):
        twin.jury.volunteer(member_id, NO_PAYMENT, sender=person.address)
        model.volunteer(member_id, PAY, number(person.address), now=twin.now)
    twin.wait(40 * DAY, 300)
    twin.counts.clear()
    twin.compare()
