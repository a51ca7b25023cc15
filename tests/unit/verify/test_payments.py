# SPDX-License-Identifier: AGPL-3.0-only
"""What a proven log says of a payment: delivered, booked as a due, or neither."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tongxin.chain.events import Event, Owed, RawLog, Refunded, Transfer
from tongxin.chain.logs import decode_log, topic_of
from tongxin.chain.primitives import address_of
from tongxin.proof.header import BlockHeader
from tongxin.proof.receipt import Receipt, ReceiptError
from tongxin.proof.receipts import ProvenTransaction
from tongxin.verify import VerifyError, payments

FUND, TOKEN, PAYEE, OTHER = (address_of(bytes([number]) * 20) for number in (1, 2, 3, 4))
HEADER = BlockHeader(b"h" * 32, b"p" * 32, 9, 1_000, b"s" * 32, b"t" * 32, b"r" * 32)
HASH = "0x" + "11" * 32
AMOUNT = 250


def word(item: int | str) -> bytes:
    return (int(item, 16) if isinstance(item, str) else item).to_bytes(32, "big")


def log(address: str, kind: type[Event], indexed: list[bytes], plain: list[int], index: int) -> RawLog:
    return RawLog(address, (topic_of(kind), *indexed), b"".join(map(word, plain)), 9, HASH, index)


REFUNDED = log(FUND, Refunded, [b"m" * 32, word(PAYEE)], [AMOUNT, 5], 0)


def transfer(sender: str, receiver: str, amount: int) -> RawLog:
    return log(TOKEN, Transfer, [word(sender), word(receiver)], [amount], 1)


def owed(payee: str, amount: int) -> RawLog:
    return log(FUND, Owed, [word(payee)], [amount], 1)


def facts(monkeypatch: pytest.MonkeyPatch, *logs: RawLog) -> payments.ReceiptFacts:
    monkeypatch.setattr(payments, "proven_transactions", lambda _sources, _header: [ProvenTransaction(HASH, logs)])
    mutual: Any = SimpleNamespace(sources=(), parts=SimpleNamespace(fund=FUND, token=TOKEN), word=lambda *_keys: AMOUNT)
    event = decode_log(REFUNDED)
    assert event is not None
    return payments._facts(mutual, Receipt.of_event(1, HEADER.hash, event), HEADER)


def test_a_transfer_beside_the_log_is_a_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    found = facts(monkeypatch, REFUNDED, transfer(FUND, PAYEE, AMOUNT))
    assert (found.payee, found.amount, found.delivered) == (PAYEE, AMOUNT, True)


def test_a_push_that_the_token_refused_is_a_due(monkeypatch: pytest.MonkeyPatch) -> None:
    found = facts(monkeypatch, REFUNDED, owed(PAYEE, AMOUNT))
    assert (found.amount, found.delivered, found.due) == (AMOUNT, False, AMOUNT)


@pytest.mark.parametrize(
    "beside",
    [
        transfer(OTHER, PAYEE, AMOUNT),
        transfer(FUND, OTHER, AMOUNT),
        transfer(FUND, PAYEE, AMOUNT - 1),
        owed(OTHER, AMOUNT),
        owed(PAYEE, AMOUNT - 1),
    ],
)
def test_neither_is_refused(monkeypatch: pytest.MonkeyPatch, beside: RawLog) -> None:
    with pytest.raises(VerifyError, match="neither moves them nor books them"):
        facts(monkeypatch, REFUNDED, beside)


def test_there_are_receipts_of_the_fund_s_events_alone() -> None:
    event = decode_log(transfer(FUND, PAYEE, 1))
    assert event is not None
    with pytest.raises(ReceiptError, match="no event of a Fund"):
        Receipt.of_event(1, HEADER.hash, event)


@pytest.mark.parametrize(
    ("name", "item", "why"),
    [
        ("chain_id", True, "chain_id"),
        ("log_index", -1, "log_index"),
        ("block_hash", "0x12", "block_hash"),
        ("transaction", "0x" + "AA" * 32, "letters small"),
        ("contract", "0x12", "contract"),
        ("event", ["Paid"], "no Fund has"),
        ("event", "Transfer", "no Fund has"),
        ("fields", {"amount": 5}, "must be texts"),
        ("format", "tongxin-receipt/2", "must be"),
    ],
)
def test_a_receipt_with_a_wrong_field_names_it(name: str, item: object, why: str) -> None:
    event = decode_log(REFUNDED)
    assert event is not None
    whole = Receipt.of_event(1, HEADER.hash, event).as_dict()
    assert Receipt.of_dict(whole).as_dict() == whole
    with pytest.raises(ReceiptError, match=why):
        Receipt.of_dict(whole | {name: item})
    with pytest.raises(ReceiptError, match="missing or unknown"):
        Receipt.of_dict(whole | {"note": "x"})
