# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""One mutual: every external function of Fund, Office, Jury, Court, Charter and Assembly under its own name.

Parameters are those of docs/spec/interface.md with these differences. `actor` is who acts, already authenticated: the
signer of a signed form, or the sender. The Assembly's `withdraw` is `withdraw_proposal` here, the Jury's `announce`
`announce_seat`. `signatures` is a truth: whether enough of the right people signed. `now` (and `block_number` where
blocks count) is the block of the call.
Claims are kept here, so only their number `c` is given.
A call that a rule forbids raises `ModelRevert` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tongxin.model.assembly import Assembly, Ballot
from tongxin.model.charter import Charter
from tongxin.model.court import Court, Filing
from tongxin.model.ending import Ending
from tongxin.model.journal import Journal
from tongxin.model.jury import Jury
from tongxin.model.ledger import Ledger, Settlement
from tongxin.model.lot import Blocks
from tongxin.model.membership import Attestation, Membership, Payment
from tongxin.model.office import Office
from tongxin.model.reverts import require
from tongxin.model.rounds import Rounds
from tongxin.model.stages import Stages
from tongxin.model.terms import Benefit, Entitlement, Terms
from tongxin.model.token import Token
from tongxin.model.view import Words
from tongxin.units import Address, Index, Units
from tongxin.words import Scope

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Addresses:
    """Where the contracts of this mutual stand, as numbers."""

    jury: Address
    court: Address


def _call(function: Callable[Concatenate[Mutual, P], R]) -> Callable[Concatenate[Mutual, P], R]:
    """All of a call stands, or nothing of it."""

    @wraps(function)
    def run(mutual: Mutual, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with mutual.journal.call():
            return function(mutual, *args, **kwargs)

    return run


class Mutual:
    """A mutual from its founding on; its parts are public attributes."""

    def __init__(
        self, terms: Terms, founded: int, chain_id: int, addresses: Addresses, *, wired: int | None = None
    ) -> None:
        """`founded` is when the Fund was deployed, `wired` when it was told of the other contracts, if not at once."""
        self.founded = founded
        self.journal = Journal()
        self.blocks = Blocks()
        self.token = Token(self.journal)
        self.charter = Charter(self.journal, terms, founded)
        self.ledger = Ledger(self.journal, terms, self.token, founded)
        self.stages = Stages(self.journal, self.ledger, founded if wired is None else wired)
        self.rounds = Rounds(self.journal, self.ledger, self.stages)
        self.membership = Membership(self.journal, self.ledger, self.rounds, self.stages, self.settled_before)
        self.ending = Ending(self.journal, self.membership, self.settled_before)
        self.office = Office(self.journal, self.membership)
        self.jury = Jury(self.journal, self.membership, chain_id, addresses.jury)
        self.court = Court(
            self.journal,
            self.charter,
            self.membership,
            self.rounds,
            self.office,
            self.jury,
            self.blocks,
            addresses.court,
        )
        self.assembly = Assembly(self.journal, self.charter, self.membership, self._adopt, self._wind_down)

    @property
    def terms(self) -> Terms:
        """Those the Fund goes by (R-95)."""
        return self.ledger.terms

    def words(self) -> Words:
        """The state as packed words."""
        return Words(self)

    def balance_of(self, member_id: bytes) -> Units:
        """R-1: a member's balance, 0 after a lapse or an exit."""
        member = self.membership.member(member_id)
        if not self.membership.in_force(member):
            return Units(0)
        return self.ledger.balance(member.shares, member.tick)

    # Fund

    @_call
    def join(
        self,
        attestation: Attestation,
        signatures: bool,  # noqa: FBT001 - stands where the contract takes the signatures
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        actor: int,
        *,
        now: int,
    ) -> None:
        """R-32 to R-37."""
        self.membership.join(attestation, signatures, tick, charter_hash, payment, actor, now)

    @_call
    def enrol(
        self,
        ids: Sequence[bytes],
        wallets: Sequence[int],
        class_id: int,
        tick: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - as in join
        actor: int,
        *,
        now: int,
    ) -> int:
        """R-35."""
        return self.membership.enrol(ids, wallets, class_id, tick, issued, expiry, signatures, actor, now)

    @_call
    def accept(self, member_id: bytes, charter_hash: bytes, actor: int) -> None:
        """R-33."""
        self.membership.accept(member_id, charter_hash, actor)

    @_call
    def top_up(self, member_id: bytes, tick: int, payment: Payment, actor: int, *, now: int) -> None:
        """R-39."""
        self.membership.top_up(member_id, tick, payment, actor, now)

    @_call
    def top_up_many(self, ids: Sequence[bytes], ticks: Sequence[int], actor: int, *, now: int) -> int:
        """R-39."""
        return self.membership.top_up_many(ids, ticks, actor, now)

    @_call
    def set_order(self, member_id: bytes, most_per_period: int, target: int, actor: int, *, now: int) -> None:
        """R-40."""
        self.membership.set_order(member_id, most_per_period, target, actor, now)

    @_call
    def collect(self, ids: Sequence[bytes], *, now: int) -> int:
        """R-40."""
        return self.membership.collect(ids, now)

    @_call
    def rejoin(
        self, member_id: bytes, tick: int, charter_hash: bytes, payment: Payment, actor: int, *, now: int
    ) -> None:
        """R-43."""
        self.membership.rejoin(member_id, tick, charter_hash, payment, actor, now)

    @_call
    def leave(self, member_id: bytes, actor: int, *, now: int) -> None:
        """R-46."""
        self.membership.leave(member_id, actor, now)

    @_call
    def refund(self, member_id: bytes, *, now: int) -> Units:
        """R-46."""
        return self.membership.refund(member_id, now)

    @_call
    def donate(self, amount: int, payment: Payment, actor: int) -> None:
        """R-22."""
        require(amount, "R-22", "fund: nothing donated")
        self.token.pull(payment.payer_of(Address(actor), amount), amount)
        self.ledger.surplus += amount

    @_call
    def withdraw(self, payee: int) -> Units:
        """R-19."""
        return self.ledger.withdraw(Address(payee))

    @_call
    def withdraw_fees(self) -> Units:
        """R-23."""
        return self.ledger.withdraw_fees()

    @_call
    def settle_round(self, *, now: int) -> Settlement:
        """R-14."""
        return self.rounds.settle_round(now)

    @_call
    def pay(self, adjudicator: int, claim: int) -> Units:
        """R-14."""
        return self.rounds.pay(Address(adjudicator), claim)

    @_call
    def carry(self, adjudicator: int, claim: int, *, now: int) -> int:
        """R-15."""
        return self.rounds.carry(Address(adjudicator), claim, now)

    @_call
    def absorb(self) -> Units:
        """R-20."""
        return self.ledger.absorb()

    @_call
    def recognise_loss(self, *, now: int) -> Units:
        """R-21."""
        return self.ledger.recognise_loss(now)

    def _wind_down(self, now: int) -> None:
        self.rounds.settle_first(now)
        self.stages.wind_down(now)

    def _adopt(self, now: int) -> None:
        self.rounds.settle_first(now)
        require(self.stages.running, "R-108", "fund: not running")
        require(self.charter.latest > self.stages.version, "R-95", "fund: nothing to adopt")
        self.ledger.change_terms(self.charter.terms(self.charter.latest))
        self.stages.version = self.charter.latest
        self.stages.heads_changed()

    @_call
    def adopt(self, *, now: int) -> None:
        """R-95."""
        self._adopt(now)

    @_call
    def start(self, *, now: int) -> None:
        """R-105."""
        self.rounds.settle_first(now)
        self.stages.start(now)

    @_call
    def step_back(self, member_id: bytes, actor: int, *, now: int) -> Units:
        """R-107."""
        return self.ending.step_back(member_id, actor, now)

    @_call
    def watch_floor(self, *, now: int) -> None:
        """R-108."""
        self.rounds.settle_first(now)
        self.stages.watch_floor(now)

    @_call
    def wind_down_by_floor(self, *, now: int) -> None:
        """R-108."""
        self.rounds.settle_first(now)
        self.stages.wind_down_by_floor(now)

    @_call
    def register(self, ids: Sequence[bytes]) -> int:
        """R-109."""
        return self.ending.register(ids)

    @_call
    def end(self, *, now: int) -> None:
        """R-110."""
        self.ending.end(now)

    @_call
    def pay_out(self, member_id: bytes, *, now: int) -> Units:
        """R-110."""
        return self.ending.pay_out(member_id, now)

    @_call
    def sweep_remainder(self, *, now: int) -> Units:
        """R-107 and R-110."""
        return self.ending.sweep_remainder(now)

    # Charter

    @_call
    def draft(self, terms: Terms, own_benefits: bool, actor: int) -> int:  # noqa: FBT001 - as the contract has it
        """R-90."""
        return self.charter.draft(terms, own_benefits, actor)

    @_call
    def add_benefits(
        self,
        slot: int,
        first: int,
        benefits: Sequence[Benefit],
        entitlements: Sequence[tuple[Entitlement, ...]],
        actor: int,
    ) -> None:
        """R-90."""
        self.charter.add_benefits(slot, first, benefits, entitlements, actor)

    @_call
    def seal(self, slot: int, actor: int, *, now: int) -> Scope:
        """R-91 to R-93."""
        return self.charter.seal(slot, actor, now)

    # Assembly

    @_call
    def propose(self, kind: int, subject: int, reason: bytes, member_id: bytes, actor: int, *, now: int) -> int:
        """R-98 and R-99."""
        return self.assembly.propose(kind, subject, reason, member_id, actor, now)

    @_call
    def vote(self, p: int, member_id: bytes, support: bool, actor: int, *, now: int) -> None:  # noqa: FBT001 - as above
        """R-100."""
        self.assembly.vote(p, member_id, support, actor, now)

    @_call
    def vote_for(self, p: int, ballots: Sequence[Ballot], *, now: int) -> int:
        """R-100."""
        return self.assembly.vote_for(p, ballots, now)

    @_call
    def withdraw_proposal(self, p: int, actor: int, *, now: int) -> None:
        """R-102: the Assembly's `withdraw`."""
        self.assembly.withdraw(p, actor, now)

    @_call
    def execute(self, p: int, *, now: int) -> None:
        """R-103."""
        self.assembly.execute(p, now)

    # Fund, for an adjudicator other than this court (tests of the fund alone)

    @_call
    def announce(self, due: int, costs: int) -> Index:
        """R-7."""
        return self.ledger.announce(due, costs)

    @_call
    def retract(self, call: int) -> None:
        """R-7."""
        self.ledger.retract(call)

    @_call
    def settle_claim(
        self, adjudicator: int, claim: int, payee: int, due: int, costs: int, call: int, *, now: int
    ) -> Units:
        """R-9 and R-10: the Fund's `settle`, called by an adjudicator."""
        return self.rounds.settle(Address(adjudicator), claim, Address(payee), due, costs, call, now)

    # Office

    @_call
    def set_contacts(self, member_id: bytes, contact_a: int, contact_b: int, beneficiary: int, actor: int) -> None:
        """R-48."""
        self.office.set_contacts(member_id, contact_a, contact_b, beneficiary, actor)

    @_call
    def replace_wallet(self, member_id: bytes, wallet: int, actor: int, *, now: int) -> None:
        """R-47."""
        self.office.replace_wallet(member_id, wallet, actor, now)

    @_call
    def propose_wallet(
        self,
        member_id: bytes,
        wallet: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - as in join
        *,
        now: int,
    ) -> None:
        """R-47."""
        self.office.propose_wallet(member_id, wallet, issued, expiry, signatures, now)

    @_call
    def veto_wallet(self, member_id: bytes, actor: int) -> None:
        """R-47."""
        self.office.veto_wallet(member_id, actor)

    @_call
    def complete_wallet(self, member_id: bytes, *, now: int) -> None:
        """R-47."""
        self.office.complete_wallet(member_id, now)

    @_call
    def change_class(
        self,
        member_id: bytes,
        class_id: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - as in join
        actor: int,
        *,
        now: int,
    ) -> None:
        """R-44."""
        self.office.change_class(member_id, class_id, issued, expiry, signatures, actor, now)

    @_call
    def apply_class(self, member_id: bytes, *, now: int) -> None:
        """R-44."""
        self.office.apply_class(member_id, now)

    @_call
    def admit_invited(
        self,
        attestation: Attestation,
        inviters: Sequence[bytes],
        signatures: bool,  # noqa: FBT001 - as in join
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        actor: int,
        *,
        now: int,
    ) -> None:
        """R-38."""
        self.office.admit_invited(attestation, inviters, signatures, tick, charter_hash, payment, actor, now)

    @_call
    def admit_open(
        self, attestation: Attestation, tick: int, charter_hash: bytes, payment: Payment, actor: int, *, now: int
    ) -> None:
        """R-38."""
        self.office.admit_open(attestation, tick, charter_hash, payment, actor, now)

    @_call
    def announce_key(self, member_id: bytes, kind: int, public_key: bytes, actor: int) -> None:
        """R-125."""
        self.office.announce_key(member_id, kind, public_key, actor)

    @_call
    def authorise(self, member_id: bytes, document: bytes, reader: bytes, grant: bytes, actor: int) -> None:
        """R-124."""
        self.office.authorise(member_id, document, reader, grant, actor)

    @_call
    def revoke(self, member_id: bytes, document: bytes, reader: bytes, actor: int) -> None:
        """R-124."""
        self.office.revoke(member_id, document, reader, actor)

    # Jury

    @_call
    def announce_seat(self, key: int, seat: int, kind: int, public_key: bytes, actor: int) -> None:
        """R-122: the Jury's `announce`."""
        self.jury.announce(key, seat, kind, public_key, actor)

    @_call
    def volunteer(self, member_id: bytes, payment: Payment, actor: int, *, now: int) -> int:
        """R-66."""
        return self.jury.volunteer(member_id, payment, actor, now)

    @_call
    def retire(self, actor: int, *, now: int) -> None:
        """R-66."""
        self.jury.retire(actor, now)

    @_call
    def withdraw_bond(self, index: int, *, now: int) -> Units:
        """R-66."""
        return self.jury.withdraw_bond(index, now)

    @_call
    def dismiss(self, index: int, *, now: int) -> None:
        """R-66."""
        self.jury.dismiss(index, now)

    @_call
    def commit(self, key: int, seat: int, member_id: bytes, commitment: bytes, actor: int, *, now: int) -> None:
        """R-69."""
        self.jury.commit(key, seat, member_id, commitment, actor, now)

    @_call
    def reveal(self, key: int, seat: int, level: int, reason: bytes, salt: bytes, *, now: int) -> None:
        """R-70."""
        self.jury.reveal(key, seat, level, reason, salt, now)

    @_call
    def expose(self, key: int, seat: int, level: int, reason: bytes, salt: bytes, actor: int, *, now: int) -> None:
        """R-71."""
        self.jury.expose(key, seat, level, reason, salt, actor, now)

    # Court

    @_call
    def file(self, filing: Filing, payment: Payment, actor: int, *, now: int, block_number: int) -> int:
        """R-60 to R-64."""
        return self.court.file(filing, payment, actor, now, block_number)

    @_call
    def draw(self, c: int, *, now: int, block_number: int) -> None:
        """R-67."""
        self.court.draw(c, now, block_number)

    @_call
    def grant(self, c: int, keys_hash: bytes, actor: int, *, now: int) -> None:
        """R-68."""
        self.court.grant(c, keys_hash, actor, now)

    @_call
    def cure(self, c: int, evidence: bytes, actor: int, *, now: int) -> None:
        """R-74."""
        self.court.cure(c, evidence, actor, now)

    @_call
    def time_out(self, c: int, *, now: int, block_number: int) -> None:
        """R-68 and R-74."""
        self.court.time_out(c, now, block_number)

    @_call
    def conclude(self, c: int, *, now: int, block_number: int) -> None:
        """R-72."""
        self.court.conclude(c, now, block_number)

    @_call
    def challenge(self, c: int, seat: int, payment: Payment, actor: int, *, now: int, block_number: int) -> None:
        """R-77."""
        self.court.challenge(c, seat, payment, actor, now, block_number)

    @_call
    def review(self, c: int, *, block_number: int) -> None:
        """R-78."""
        self.court.review(c, block_number)

    @_call
    def settle(self, c: int, *, now: int) -> None:
        """R-80: the Court's `settle`."""
        self.court.settle(c, now)

    @_call
    def pay_jurors(self, c: int, n: int) -> int:
        """R-83."""
        return self.court.pay_jurors(c, n)

    @_call
    def commission(self, c: int, seat: int, actor: int, *, now: int) -> None:
        """R-84."""
        self.court.commission(c, seat, actor, now)

    @_call
    def report(self, c: int, report_hash: bytes, actor: int) -> None:
        """R-84."""
        self.court.report(c, report_hash, actor)

    @_call
    def advance(self) -> None:
        """R-85."""
        self.court.advance()

    def settled_before(self, time: int) -> bool:
        """R-85."""
        return self.court.settled_before(time)
