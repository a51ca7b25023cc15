# SPDX-License-Identifier: AGPL-3.0-only
"""Block headers, hashed anew: whoever shows one shows all that its hash stands for, or is found out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import rlp
from rlp.exceptions import RLPException

from tongxin.chain.primitives import from_hex, keccak
from tongxin.proof.errors import ProofError

__all__ = ["BlockHeader", "read_header"]

_ALWAYS: Final = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty",
    "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
)  # fmt: skip
_LATER: Final = (
    "baseFeePerGas",  # London, EIP-1559
    "withdrawalsRoot",  # Shanghai, EIP-4895
    "blobGasUsed",  # Cancun, EIP-4844
    "excessBlobGas",
    "parentBeaconBlockRoot",  # Cancun, EIP-4788
    "requestsHash",  # Prague, EIP-7685
)
"""Fields that forks appended, in order; a header has them up to some one."""
_NUMBERS: Final = frozenset(
    ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas")
)
_LENGTHS: Final = {"miner": 20, "logsBloom": 256, "nonce": 8} | dict.fromkeys(
    (
        "parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot", "mixHash", "withdrawalsRoot",
        "parentBeaconBlockRoot", "requestsHash",
    ),
    32,
)  # fmt: skip


@dataclass(frozen=True)
class BlockHeader:
    """A block's header. Hashes are bytes, `timestamp` seconds since 1970; `hash` was computed here."""

    hash: bytes
    parent: bytes
    number: int
    timestamp: int
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes

    @classmethod
    def of_json(cls, raw: Any) -> Self:
        """From `eth_getBlockByHash` or `eth_getBlockByNumber`.

        Raises:
            ProofError: A field is missing or of a wrong form, or the fields do not give the hash that stands beside
                them.
        """
        if not isinstance(raw, dict):
            raise ProofError("this is no block as `eth_getBlockByHash` shows it")
        names = [*_ALWAYS, *(name for name in _LATER if raw.get(name) is not None)]
        found = cls._of_fields([_field(raw, name) for name in names], names)
        said = raw.get("hash")
        if said is not None and str(said).lower() != "0x" + found.hash.hex():
            raise ProofError(
                f"the fields of block {found.number} hash to 0x{found.hash.hex()}, not to {said}: they were altered, or"
                " the chain's headers have a form that this version does not know"
            )
        return found

    @classmethod
    def of_rlp(cls, encoded: bytes) -> Self:
        """From the header's own encoding (`debug_getRawHeader`).

        Raises:
            ProofError: It is no header.
        """
        try:
            items = rlp.decode(encoded)
        except RLPException as error:
            raise ProofError(f"this is no header in RLP ({error})") from error
        names = (*_ALWAYS, *_LATER)
        plain = isinstance(items, list) and all(isinstance(item, bytes) for item in items)
        if not plain or not len(_ALWAYS) <= len(items) <= len(names):
            raise ProofError("this is RLP, but no header of a form that this version knows")
        return cls._of_fields(items, names[: len(items)])

    @classmethod
    def _of_fields(cls, items: list[bytes], names: list[str] | tuple[str, ...]) -> Self:
        if list(names[len(_ALWAYS) :]) != list(_LATER[: len(names) - len(_ALWAYS)]):
            raise ProofError("a field of an earlier fork is missing in the header")
        of = dict(zip(names, items, strict=True))
        for name, length in _LENGTHS.items():
            if name in of and len(of[name]) != length:
                raise ProofError(f"the header's {name} has {len(of[name])} bytes, not {length}")
        return cls(
            hash=keccak(rlp.encode(items)),
            parent=of["parentHash"],
            number=int.from_bytes(of["number"]),
            timestamp=int.from_bytes(of["timestamp"]),
            state_root=of["stateRoot"],
            transactions_root=of["transactionsRoot"],
            receipts_root=of["receiptsRoot"],
        )


def _field(raw: dict[str, Any], name: str) -> bytes:
    try:
        if name in _NUMBERS:
            number = int(raw[name], 16)
            return number.to_bytes((number.bit_length() + 7) // 8, "big")
        return from_hex(raw[name])
    except KeyError:
        raise ProofError(f"the block shown has no field {name}") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProofError(f"the block's {name} is no hexadecimal number") from error


def read_header(path: Path) -> BlockHeader:
    """A header given by hand: a file with the JSON of `eth_getBlockByHash`, or with the header's RLP in hex.

    Raises:
        ProofError: The file can't be read or holds neither.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProofError(f"the header's file {path} can't be read: {error}") from error
    if text.startswith("{"):
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise ProofError(f"{path} is no JSON: {error}") from error
        return BlockHeader.of_json(raw.get("result", raw))
    try:
        return BlockHeader.of_rlp(from_hex(text))
    except ValueError as error:
        raise ProofError(f"{path} holds neither a block's JSON nor a header's RLP in hex") from error
