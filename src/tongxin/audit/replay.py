# SPDX-License-Identifier: AGPL-3.0-only
"""The replay: every transaction's events, in order, as calls of the model, and what the model says about each.

In what a call logs there is one event from which the call can be told (its *lead*); the others must follow from the
model. Which call it is says the table `ACTS`, one function per lead. Only what a person decided is taken from the
lead: every amount, number, date and seat is the model's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongxin.audit.bulk import EnrolledRun
from tongxin.audit.history import History, Transaction
from tongxin.audit.outcome import NO_LOG, Outcome, check_of, differences, number, text
from tongxin.audit.reading import AuditError
from tongxin.audit.report import Findings, Name
from tongxin.audit.slots import FIRST
from tongxin.chain.events import (
    Absorbed,
    Enrolled,
    Event,
    Filed,
    FloorRegained,
    Joined,
    LossRecognised,
    Owed,
    ToppedUp,
    Transfer,
)
from tongxin.model import ModelRevert, Mutual, Terms
from tongxin.model.journal import Table
from tongxin.units import Address

__all__ = ["BlockHash", "Replay", "Touched"]

BlockHash = Callable[[int], bytes]
PURSE = 1 << 120
"""What every payer has in the model, in which only the fund's side is replayed."""


@dataclass(frozen=True)
class Touched:
    """Keys of words that may have become zero again, so that the model no longer has them."""

    payees: set[int]
    deferred: set[int]
    orders: set[bytes]
    pending: set[bytes]
    nonces: Counter[bytes]
    excluded: set[tuple[int, int]]
    published: set[int]
    benefits_in: dict[int, int]
    """The slot that holds each slot's benefits."""
    acted: dict[bytes, int]
    """When something last happened to a member besides being admitted, in seconds since 1970."""
    claimed: set[bytes]
    """Who ever filed a claim."""


class Replay:
    """One run through a history.

    Args:
        mutual: The model, as founded.
        fund: The Fund's address.
        drafts: The numbers of every sealed slot of the charter.
        findings: Where failures go.
        block_hash: The hash of a block.
        has_history: Whether, in a block, the chain's history contract told the hash of an older block (R-65).
    """

    def __init__(
        self,
        mutual: Mutual,
        *,
        fund: str,
        drafts: Mapping[int, Terms],
        findings: Findings,
        block_hash: BlockHash,
        has_history: Callable[[int, int], bool],
    ) -> None:
        self.mutual = mutual
        self.fund = number(fund)
        self.drafts = drafts
        self.findings = findings
        self.block_hash = block_hash
        self.has_history = has_history
        self.touched = Touched(set(), set(), set(), set(), Counter(), set(), set(), {FIRST: FIRST}, {}, set())
        self.block = 0
        self.now = 0
        self.group: list[Event] = []
        """The events before the lead that no call has claimed yet, and the rest of the transaction."""
        self.events_replayed = 0
        self.held = 0
        """What the fund holds by the token's transfers alone."""
        self.holdings: list[tuple[int, int]] = []
        """The same after each block with transfers."""
        self._paid = Table[Address, int](mutual.journal)
        self.topped_up: list[ToppedUp] = []
        """Top-ups of the present transaction, of which batches report the sum."""
        self._class_changes = 0
        self._unexplained: list[tuple[int, int, str]] = []

    def run(self, history: History, after_block: Callable[[int], None] | None = None) -> None:
        """All transactions; `after_block` is called with each block once all of it is replayed."""
        last = None
        for transaction in history.transactions:
            if last is not None and transaction.block != last and after_block is not None:
                after_block(last)
            last = transaction.block
            self._transaction(transaction)
        if last is not None and after_block is not None:
            after_block(last)
        self.mutual.token.paid = self._paid

    # One transaction

    def _transaction(self, transaction: Transaction) -> None:
        self.block, self.now = transaction.block, transaction.time
        self.topped_up.clear()
        self._note_members(transaction)
        token = self.mutual.token
        token.push_fails = {Address(number(event.payee)) for event in transaction.events if isinstance(event, Owed)}
        pulled: Counter[str] = Counter()
        anybody = 0
        pushed: Counter[str] = Counter()
        place = 0
        while place < len(transaction.events):
            at = next((i for i in range(place, len(transaction.events)) if type(transaction.events[i]) in ACTS), None)
            if at is None:
                self._orphans(transaction.events[place:])
                break
            lead = transaction.events[at]
            self.group = transaction.events[place:]
            if isinstance(lead, Absorbed | LossRecognised):
                self._take_stock(transaction, lead)
            token.paid = Table(self.mutual.journal)
            outcome = self._act(lead)
            for payee, amount in token.paid.items():
                pushed[text(payee)] += amount
                self._paid[payee] = self._paid.get(payee, 0) + amount
            if outcome is None:
                # What one call did is unknown now, and so is where the next one begins.
                break
            for payer, amount in outcome.pulled:
                if payer is None:
                    anybody += amount
                else:
                    pulled[payer] += amount
            found = self.group[: len(outcome.events)]
            if not self._compare(outcome.events, found):
                break
            place += len(found)
        self._compare_transfers(transaction, pulled, anybody, pushed)

    def _compare(self, expected: list[Event], found: list[Event]) -> bool:
        """What a call logged against what it should have; whether at least the kinds are the same."""
        if expected != found:
            expected, found = _one_by_one(expected), _one_by_one(found)
            for name, why in differences(expected, found):
                self.findings.fail(name, self.block, why)
            if Counter(type(event) for event in found) != Counter(type(event) for event in expected):
                return False
        self.events_replayed += sum(len(event) if isinstance(event, EnrolledRun) else 1 for event in found)
        return True

    def _note_members(self, transaction: Transaction) -> None:
        """Whose records a sample of the storage may not leave out."""
        for event in transaction.events:
            member_id = getattr(event, "member_id", None)
            if isinstance(member_id, bytes) and not isinstance(event, Joined | Enrolled):
                self.touched.acted[member_id] = transaction.time
                if isinstance(event, Filed):
                    self.touched.claimed.add(member_id)

    def _orphans(self, events: list[Event]) -> None:
        for event in _one_by_one(events):
            kind = type(event).__name__
            self.findings.fail(check_of(kind), self.block, f"{kind} belongs to no call: what led to it is not shown")

    def _act(self, lead: Event) -> Outcome | None:
        """Replay the call of a lead; None if the rules forbid it."""
        try:
            with self.mutual.journal.call():
                return self._outcome(lead)
        except ModelRevert as revert:
            kind, rule = type(lead).__name__, revert.rule
            why = f"{kind} although the rules forbid it: {revert}"
        except (LookupError, ValueError, ArithmeticError) as error:
            # The log names what does not exist, or numbers that no contract takes.
            kind, rule = type(lead).__name__, ""
            why = f"{kind} says what cannot be ({type(error).__name__}: {error})"
        self.findings.fail(check_of(kind, rule), self.block, why)
        return None

    def _outcome(self, lead: Event) -> Outcome:
        stages = self.mutual.stages
        watched = stages.below_since
        outcome = ACTS[type(lead)](self, lead)
        if watched and stages.running and not stages.below_since:
            # whichever act brought the heads back.
            outcome.events.append(FloorRegained(log=NO_LOG, heads=self.mutual.ledger.heads))
        return outcome

    # For the acts

    def fund_purse(self, payer: str) -> None:
        """Gives a payer all it could need."""
        self.mutual.token.balances[Address(number(payer))] = PURSE

    def change_class(self, member_id: bytes, class_id: int, wallet: int) -> None:
        """R-44. When the attestors signed is not logged; each signature is taken for a new one."""
        self._class_changes += 1
        self.mutual.change_class(
            member_id,
            class_id,
            self.now,
            self.now + self._class_changes,
            True,
            wallet,
            now=self.now,
        )

    def seen(self, kind: type[Event]) -> list[Event]:
        """The events of one kind in what is left of the transaction."""
        return [event for event in self.group if isinstance(event, kind)]

    # Tokens

    def _take_stock(self, transaction: Transaction, lead: Absorbed | LossRecognised) -> None:
        """Before the fund compares its books with its tokens, the model gets what the transfers say it holds."""
        arrived = sum(
            self._signed(transfer) for transfer in transaction.transfers if transfer.log.index < lead.log.index
        )
        self.mutual.token.held = self.held + arrived
        if isinstance(lead, LossRecognised):
            for block, amount, payee in self._unexplained:
                self.findings.note(
                    Name.TOKENS, f"block {block}: {amount} units went to {payee} without the fund; recognised as a loss"
                )
            self._unexplained.clear()

    def _signed(self, transfer: Transfer) -> int:
        if transfer.sender == transfer.receiver:
            return 0
        return transfer.amount if number(transfer.receiver) == self.fund else -transfer.amount

    def _compare_transfers(
        self, transaction: Transaction, pulled: Counter[str], anybody: int, pushed: Counter[str]
    ) -> None:
        """I-5: what came and went in a transaction against what its calls pulled and pushed."""
        came: Counter[str] = Counter()
        went: Counter[str] = Counter()
        for transfer in transaction.transfers:
            if transfer.sender != transfer.receiver:
                comes = number(transfer.receiver) == self.fund
                (came if comes else went)[transfer.sender if comes else transfer.receiver] += transfer.amount
        self._note_holdings(came.total() - went.total())
        due = pulled.total() + anybody
        short = [payer for payer, amount in pulled.items() if came[payer] < amount]
        if short or came.total() < due:
            who = ", ".join(f"{payer} paid {came[payer]} of {pulled[payer]}" for payer in short)
            said = f"{came.total()} units arrived in transaction {transaction.hash}, {due} were due"
            self.findings.fail(Name.TOKENS, self.block, f"{said}: {who}" if who else said)
        for payee in went.keys() | pushed.keys():
            if went[payee] < pushed[payee]:
                said = f"{payee} should have got {pushed[payee]} units, {went[payee]} left the fund"
                self.findings.fail(Name.TOKENS, self.block, said)
            elif went[payee] > pushed[payee]:
                self._unexplained.append((self.block, went[payee] - pushed[payee], payee))

    def _note_holdings(self, change: int) -> None:
        if change:
            self.held += change
            if self.holdings and self.holdings[-1][0] == self.block:
                self.holdings.pop()
            self.holdings.append((self.block, self.held))

    def finish_tokens(self) -> None:
        """Tokens that left without a reason and were not recognised as a loss."""
        for block, amount, payee in self._unexplained:
            self.findings.fail(Name.TOKENS, block, f"{amount} units left the fund to {payee} without a reason (I-5)")


def _one_by_one(events: list[Event]) -> list[Event]:
    """The same with every run of enrolments as its events."""
    return [one for event in events for one in (event.events() if isinstance(event, EnrolledRun) else [event])]


Act = Callable[[Replay, Event], Outcome]
ACTS: dict[type[Event], Act] = {}


def act(kind: type[Event]) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Registers the function that replays the calls led by an event."""

    def register(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        if kind in ACTS:
            raise AuditError(f"two functions replay {kind.__name__}")
        ACTS[kind] = function
        return function

    return register
