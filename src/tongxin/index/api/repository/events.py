# SPDX-License-Identifier: AGPL-3.0-only
"""The logs themselves, and receipts of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from tongxin.chain.primitives import address_of
from tongxin.index.api.errors import NotFoundError
from tongxin.index.api.models.money import Event
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.decode import fields
from tongxin.index.tables import blocks, events
from tongxin.proof.receipt import KINDS, Receipt

__all__ = ["all_events", "event_fields", "receipt_of"]


def event_fields(row: Record, _given: Any) -> Record:
    """The fields of an event, decoded."""
    found = fields(row["contract"], row["event"], bytes(row["words"]))
    return {"fields": {name: _plain(item) for name, item in found.items()}}


def _plain(item: Any) -> str | bool:
    if isinstance(item, bool):
        return item
    return "0x" + item.hex() if isinstance(item, bytes) else str(item)


EVENTS = Listing(
    "events",
    Shape(
        Event, columns_of(events, without=("name",)) | {"event": events.c.name}, block="block", computed=event_fields
    ),
    key=("block", "log_index"),
)
BLOCK_EVENTS = Listing("block-events", EVENTS.shape, key=("log_index",))


def all_events(mutual: Known, block: int | None) -> Rows:
    """Every log of a mutual's contracts, or those of one block."""
    query = select(*EVENTS.shape.selected()).where(events.c.mutual == mutual.number)
    return Rows(EVENTS, query) if block is None else Rows(BLOCK_EVENTS, query.where(events.c.block == block))


def receipt_of(connection: Connection, chain_id: int, mutual: Known, block: int, log_index: int) -> Receipt:
    """The receipt of an event of a Fund.

    Raises:
        NotFoundError: There is no such log, or it is not the Fund's.
    """
    query = (
        select(events.c.contract, events.c.name, events.c.transaction, events.c.words, blocks.c.hash)
        .join(blocks, blocks.c.number == events.c.block)
        .where(events.c.mutual == mutual.number, events.c.block == block, events.c.log_index == log_index)
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"this mutual has no log {log_index} in block {block}")
    if row.contract != "Fund" or row.name not in KINDS:
        raise NotFoundError(f"log {log_index} of block {block} is of the {row.contract}; receipts are of Funds")
    said = fields(row.contract, row.name, bytes(row.words))
    return Receipt(
        chain_id=chain_id,
        block_number=block,
        block_hash="0x" + bytes(row.hash).hex(),
        transaction="0x" + bytes(row.transaction).hex(),
        log_index=log_index,
        contract=address_of(mutual.fund),
        event=row.name,
        fields={name: _as_in_receipts(item) for name, item in said.items()},
    )


_ADDRESS_BYTES = 20


def _as_in_receipts(item: Any) -> str | bool:
    """Addresses are in EIP-55 form there."""
    if isinstance(item, bytes) and len(item) == _ADDRESS_BYTES:
        return address_of(item)
    return _plain(item)
