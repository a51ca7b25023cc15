# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin-receipt/1`: one event of a mutual as JSON that anybody can check against the chain.

{"format": "tongxin-receipt/1", "chain_id": 1, "block_number": 1, "block_hash": "0x...", "transaction": "0x...",
 "log_index": 0, "contract": "0x...", "event": "Paid", "fields": {"claim": "7", "payee": "0x...", "amount": "1250000"}}

Numbers in `fields` are decimal strings, since many programs read JSON numbers as floating point; addresses are in
EIP-55 form, other bytes in 0x-hex. `log_index` counts within the block. The receipt says nothing that is not on the
chain: it is a pointer, and `tongxin verify receipt FILE` looks there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from tongxin.chain.events import EVENTS, Event
from tongxin.chain.primitives import AddressError, checksum, from_hex
from tongxin.proof.errors import ProofError

__all__ = ["FORMAT", "KINDS", "Receipt", "ReceiptError", "read_receipt"]

FORMAT: Final = "tongxin-receipt/1"
KINDS: Final = frozenset(name for contract, name in EVENTS if contract == "Fund")
"""The events of which there are receipts: the Fund's, through which all money goes."""
_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_NAMES: Final = frozenset(
    (
        "format", "chain_id", "block_number", "block_hash", "transaction", "log_index", "contract", "event", "fields",
    )
)  # fmt: skip


class ReceiptError(ProofError):
    """A file is no receipt."""


@dataclass(frozen=True)
class Receipt:
    """One event and where it stands; `fields` as in the JSON form."""

    chain_id: int
    block_number: int
    block_hash: str
    transaction: str
    log_index: int
    contract: str
    event: str
    fields: dict[str, str | bool]

    @classmethod
    def of_event(cls, chain_id: int, block_hash: bytes, event: Event) -> Self:
        """The receipt of an event as the chain logged it.

        Raises:
            ReceiptError: There are no receipts of such events.
        """
        name = type(event).__name__
        if name not in KINDS or event.contract != "Fund":
            raise ReceiptError(f"there are no receipts of {name}: it is no event of a Fund")
        return cls(
            chain_id=chain_id,
            block_number=event.log.block,
            block_hash="0x" + block_hash.hex(),
            transaction=event.log.transaction,
            log_index=event.log.index,
            contract=event.log.address,
            event=name,
            fields={part.name: _shown(getattr(event, part.name)) for part in fields(event) if part.name != "log"},
        )

    @classmethod
    def of_dict(cls, raw: Any) -> Self:
        """From JSON.

        Raises:
            ReceiptError: It is no receipt; the message names the field.
        """
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise ReceiptError(f'this is no receipt: its "format" must be "{FORMAT}"')
        if raw.keys() != _NAMES:
            odd = sorted(raw.keys() ^ _NAMES)
            raise ReceiptError(f"the receipt's fields are not those of {FORMAT}: {', '.join(odd)} missing or unknown")
        for name in ("chain_id", "block_number", "log_index"):
            if type(raw[name]) is not int or raw[name] < 0:
                raise ReceiptError(f'the receipt\'s "{name}" must be a number, 0 or more')
        for name in ("block_hash", "transaction"):
            if not isinstance(raw[name], str) or not _HASH.fullmatch(raw[name]):
                raise ReceiptError(f'the receipt\'s "{name}" must be 0x and 64 hexadecimal digits, letters small')
        try:
            contract = checksum(str(raw["contract"]))
        except AddressError as error:
            raise ReceiptError(f'the receipt\'s "contract": {error}') from error
        if not isinstance(raw["event"], str) or raw["event"] not in KINDS:
            raise ReceiptError(f"the receipt is of an event {raw['event']}, which no Fund has")
        said = raw["fields"]
        plain = isinstance(said, dict) and all(isinstance(item, str | bool) for item in said.values())
        if not plain:
            raise ReceiptError('the receipt\'s "fields" must be texts, or true or false')
        return cls(
            chain_id=raw["chain_id"],
            block_number=raw["block_number"],
            block_hash=raw["block_hash"],
            transaction=raw["transaction"],
            log_index=raw["log_index"],
            contract=contract,
            event=raw["event"],
            fields=said,
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "block_number": self.block_number,
            "block_hash": self.block_hash,
            "transaction": self.transaction,
            "log_index": self.log_index,
            "contract": self.contract,
            "event": self.event,
            "fields": dict(self.fields),
        }

    @property
    def block(self) -> bytes:
        """The block's hash."""
        return from_hex(self.block_hash)


def _shown(item: object) -> str | bool:
    if isinstance(item, bool):
        return item
    return "0x" + item.hex() if isinstance(item, bytes) else str(item)


def read_receipt(path: Path) -> Receipt:
    """A receipt from a file.

    Raises:
        ReceiptError: It can't be read, or is no receipt.
    """
    try:
        return Receipt.of_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ReceiptError(f"the receipt {path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ReceiptError(f"{path} is no JSON: {error}") from error
