# SPDX-License-Identifier: AGPL-3.0-only
"""Payments: a log proven from the block's receipts, the token's transfer beside it, and what the storage says since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tongxin.chain.endpoints import EndpointError, Endpoints
from tongxin.chain.events import Event, Owed, Paid, RawLog, Settled, Transfer
from tongxin.chain.logs import LogError, decode_log, fetch_logs
from tongxin.proof.agreement import Agreement, by_number
from tongxin.proof.errors import ProofError
from tongxin.proof.header import BlockHeader
from tongxin.proof.receipt import Receipt
from tongxin.proof.receipts import ProvenTransaction, proven_transactions
from tongxin.verify.mutual import ProvenMutual, VerifyError, open_mutual
from tongxin.verify.statements import ClaimFacts, claim

__all__ = ["PaymentFacts", "ReceiptFacts", "payment", "verify_receipt"]

_PAYS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "Settled": ("payee", ("paid",)),
    "Paid": ("payee", ("amount",)),
    "Withdrawn": ("payee", ("amount",)),
    "Refunded": ("wallet", ("amount",)),
    "SteppedBack": ("wallet", ("amount", "entry_fee")),
    "PaidOut": ("wallet", ("balance", "part")),
    "FeesWithdrawn": ("steward", ("amount",)),
}
"""The events by which the fund pays: who, and the fields whose sum is paid."""


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt's log proves.

    Attributes:
        receipt: The receipt.
        block: The block it stands in.
        payee: Who was paid; empty if the event pays nobody.
        amount: Units paid.
        delivered: Whether the token's transfer stands in the same transaction. If not, the amount was booked as a due
            of the payee (R-19).
        due: What the fund owes the payee by its storage, at the block of the state.
    """

    receipt: Receipt
    block: BlockHeader
    payee: str
    amount: int
    delivered: bool
    due: int


@dataclass(frozen=True)
class PaymentFacts:
    """What was paid for a claim: its state, and a proven receipt per payment."""

    claim: ClaimFacts
    receipts: tuple[ReceiptFacts, ...]

    @property
    def amount(self) -> int:
        """Units paid in all."""
        return sum(item.amount for item in self.receipts)


def payment(mutual: ProvenMutual, number: int) -> PaymentFacts:
    """Every payment for a claim that the endpoints show, each proven by its block's receipts.

    Which logs to look at is an endpoint's word; what they say is proven, and that nothing waits is proven by storage.

    Raises:
        VerifyError: The claim is not closed, or a payment shown is none.
        ProofError, DisagreementError: A block or its receipts can't be proven.
    """
    facts = claim(mutual, number)
    if not facts.closed:
        raise VerifyError(f"claim {number} is not closed at block {mutual.reader.block}: nothing is paid yet")
    topics = (bytes.fromhex(mutual.parts.court[2:]).rjust(32, b"\0"), number.to_bytes(32, "big"))
    logs = fetch_logs(
        mutual.reader.endpoints,
        [mutual.parts.fund],
        mutual.parts.first_block,
        mutual.reader.block,
        kinds=(Settled, Paid),
        topics=topics,
    )
    receipts = []
    for log in logs:
        event = decode_log(log)
        pays = _payee_and_amount(event) if event is not None else ("", 0)
        if event is None or not pays[1]:
            continue
        header = _header_at(mutual, log.block)
        receipt = Receipt.of_event(mutual.reader.endpoints.chain_id, header.hash, event)
        receipts.append(_facts(mutual, receipt, header))
    return PaymentFacts(facts, tuple(receipts))


def _header_at(mutual: ProvenMutual, number: int) -> BlockHeader:
    """The header of a block at or before the block of the state, by agreement or by its chain of parents."""
    own = mutual.agreement
    if number == own.header.number:
        return own.header
    if not own.by_hand:
        return by_number(mutual.reader.endpoints, number).header
    return _ancestor(mutual.sources, own.header, number)


_MOST_PARENTS: Final = 8_192
_PARENTS_AT_ONCE: Final = 100


def _ancestor(sources: tuple[Endpoints, ...], head: BlockHeader, number: int) -> BlockHeader:
    """An older block of the same chain, each header's parent hash followed from the one given by hand."""
    if head.number - number > _MOST_PARENTS:
        raise ProofError(
            f"block {number} is {head.number - number} blocks before the one given by hand, too far to follow;"
            " name two endpoints that agree instead"
        )
    why = []
    for source in sources:
        header = head
        try:
            while header.number > number:
                last = max(number, header.number - _PARENTS_AT_ONCE)
                wanted = range(header.number - 1, last - 1, -1)
                for raw in source.batch([("eth_getBlockByNumber", [hex(item), False]) for item in wanted]):
                    parent = BlockHeader.of_json(raw)
                    if parent.hash != header.parent:
                        raise ProofError(f"the block {header.number - 1} it shows is not the parent of the next one")
                    header = parent
        except (EndpointError, ProofError) as error:
            why.append(f"{source.shown[0]}: {error}")
            continue
        return header
    raise ProofError(f"nobody shows the blocks from {number} to {head.number}: {'; '.join(why)}")


def verify_receipt(endpoints: Endpoints, receipt: Receipt, by_hand: BlockHeader | None, now: Agreement) -> ReceiptFacts:
    """Whether a receipt is true: the log is in the block, the contract is a Fund of the published source.

    Args:
        endpoints: Where to look.
        receipt: The receipt.
        by_hand: The header of the receipt's block, if a person vouches for it; else endpoints must agree on it.
        now: The block at which the contract's code and the payee's due are read.

    Raises:
        VerifyError: The receipt says what is not so.
        DisagreementError: The endpoints do not agree on the block.
        ProofError: Its receipts can't be proven.
    """
    if receipt.chain_id != endpoints.chain_id:
        raise VerifyError(
            f"the receipt is of chain {receipt.chain_id}, the endpoints serve chain {endpoints.chain_id}: name"
            " endpoints of the receipt's chain"
        )
    header = by_number(endpoints, receipt.block_number).header if by_hand is None else by_hand
    if header.hash != receipt.block or header.number != receipt.block_number:
        raise VerifyError(
            f"the receipt names block {receipt.block_number} with hash {receipt.block_hash}; the chain's block"
            f" {header.number} has the hash 0x{header.hash.hex()}: the receipt is false, or of blocks that were undone"
        )
    with open_mutual(endpoints, receipt.contract, now) as mutual:
        return _facts(mutual, receipt, header)


def _facts(mutual: ProvenMutual, receipt: Receipt, header: BlockHeader) -> ReceiptFacts:
    transaction, log = _log_of(proven_transactions(mutual.sources, header), receipt)
    event = _event_of(log, receipt)
    payee, amount = _payee_and_amount(event)
    delivered = bool(amount) and _delivered(transaction, mutual, payee, amount)
    if amount and not delivered and not _owed(transaction, mutual, payee, amount):
        raise VerifyError(
            f"{receipt.event} says that {payee} gets {amount} units, but transaction {transaction.hash} neither moves"
            " them nor books them as a due"
        )
    due = mutual.word("Fund", "payments.dues", int(payee, 16)) if payee else 0
    return ReceiptFacts(receipt, header, payee, amount, delivered, due)


def _log_of(transactions: list[ProvenTransaction], receipt: Receipt) -> tuple[ProvenTransaction, RawLog]:
    for transaction in transactions:
        for log in transaction.logs:
            if log.index == receipt.log_index:
                if transaction.hash != receipt.transaction:
                    raise VerifyError(
                        f"log {receipt.log_index} of block {receipt.block_number} belongs to transaction"
                        f" {transaction.hash}, not to {receipt.transaction} as the receipt says"
                    )
                return transaction, log
    raise VerifyError(f"block {receipt.block_number} has no log {receipt.log_index}: the receipt is false")


def _event_of(log: RawLog, receipt: Receipt) -> Event:
    """The event of the log, which must be the receipt's in every field."""
    if log.address != receipt.contract:
        raise VerifyError(f"log {log.index} is of {log.address}, not of {receipt.contract} as the receipt says")
    try:
        event = decode_log(log)
    except LogError as error:
        raise VerifyError(str(error)) from error
    if event is None or event.contract != "Fund":
        raise VerifyError(f"log {log.index} is no event of a Fund, and no {receipt.event} as the receipt says")
    true = Receipt.of_event(receipt.chain_id, receipt.block, event)
    if true.event != receipt.event:
        raise VerifyError(f"the log is {true.event}, the receipt says {receipt.event}")
    if true.fields != receipt.fields:
        names = sorted(true.fields.keys() | receipt.fields.keys())
        wrong = [name for name in names if true.fields.get(name) != receipt.fields.get(name)]
        said = "; ".join(
            f"{name} is {true.fields.get(name, 'not there')}, the receipt says {receipt.fields.get(name, 'nothing')}"
            for name in wrong
        )
        raise VerifyError(f"the receipt does not say what the chain does: {said}")
    return event


def _payee_and_amount(event: Event) -> tuple[str, int]:
    pays = _PAYS.get(type(event).__name__)
    if pays is None:
        return "", 0
    payee, parts = pays
    amount = sum(getattr(event, part) for part in parts)
    return (getattr(event, payee), amount) if amount else ("", 0)


def _delivered(transaction: ProvenTransaction, mutual: ProvenMutual, payee: str, amount: int) -> bool:
    for log in transaction.logs:
        event = decode_log(log) if log.address == mutual.parts.token else None
        if isinstance(event, Transfer) and (event.sender, event.receiver, event.amount) == (
            mutual.parts.fund,
            payee,
            amount,
        ):
            return True
    return False


def _owed(transaction: ProvenTransaction, mutual: ProvenMutual, payee: str, amount: int) -> bool:
    for log in transaction.logs:
        event = decode_log(log) if log.address == mutual.parts.fund else None
        if isinstance(event, Owed) and (event.payee, event.amount) == (payee, amount):
            return True
    return False
