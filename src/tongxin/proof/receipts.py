# SPDX-License-Identifier: AGPL-3.0-only
"""What a block's transactions logged, proven against its header: all receipts and all transactions are encoded anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import rlp

from tongxin.chain.endpoints import EndpointError, Endpoints
from tongxin.chain.events import RawLog
from tongxin.chain.primitives import address_of, from_hex, keccak
from tongxin.proof.errors import ProofError
from tongxin.proof.header import BlockHeader
from tongxin.proof.merkle import list_root

__all__ = ["ProvenTransaction", "encode_receipt", "encode_transaction", "proven_transactions"]

_SIGNATURE: Final = ("yParity", "r", "s")
_FORMS: Final[dict[int, tuple[str, ...]]] = {
    0: ("nonce", "gasPrice", "gas", "to", "value", "input", "v", "r", "s"),
    1: ("chainId", "nonce", "gasPrice", "gas", "to", "value", "input", "accessList", *_SIGNATURE),
    2: (
        "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input", "accessList",
        *_SIGNATURE,
    ),
    3: (
        "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input", "accessList",
        "maxFeePerBlobGas", "blobVersionedHashes", *_SIGNATURE,
    ),
    4: (
        "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input", "accessList",
        "authorizationList", *_SIGNATURE,
    ),
}  # fmt: skip
"""The fields of each type of transaction: legacy, EIP-2930, EIP-1559, EIP-4844, EIP-7702."""


@dataclass(frozen=True)
class ProvenTransaction:
    """A transaction of a proven block: its hash in 0x-hex, its logs with their places in the block."""

    hash: str
    logs: tuple[RawLog, ...]


def encode_receipt(raw: dict[str, Any]) -> bytes:
    """A receipt as the receipts trie has it, from `eth_getBlockReceipts` (EIP-658, EIP-2718).

    Raises:
        KeyError, TypeError, ValueError: A field is missing or of a wrong form.
    """
    kind = int(raw.get("type") or "0x0", 16)
    logs = [
        [from_hex(log["address"]), [from_hex(topic) for topic in log["topics"]], from_hex(log["data"])]
        for log in raw["logs"]
    ]
    body = rlp.encode(
        [int(raw["status"], 16), int(raw["cumulativeGasUsed"], 16), from_hex(raw["logsBloom"]), logs],
    )
    return bytes(body) if kind == 0 else bytes([kind]) + body


def encode_transaction(raw: dict[str, Any]) -> bytes:
    """A transaction as the transactions trie has it, from `eth_getBlockByHash`.

    Raises:
        ProofError: It is of a type that this version does not know.
        KeyError, TypeError, ValueError: A field is missing or of a wrong form.
    """
    kind = int(raw.get("type") or "0x0", 16)
    if kind not in _FORMS:
        raise ProofError(f"the block holds a transaction of type {kind}, which this version does not know")
    body = rlp.encode([_part(raw, name) for name in _FORMS[kind]])
    return bytes(body) if kind == 0 else bytes([kind]) + body


def _part(raw: dict[str, Any], name: str) -> object:
    if name == "to":
        return from_hex(raw["to"] or "0x")
    if name == "input":
        return from_hex(raw["input"])
    if name == "accessList":
        return [
            [from_hex(item["address"]), [from_hex(key) for key in item["storageKeys"]]] for item in raw["accessList"]
        ]
    if name == "blobVersionedHashes":
        return [from_hex(item) for item in raw[name]]
    if name == "authorizationList":
        return [
            [
                int(item["chainId"], 16),
                from_hex(item["address"]),
                *(int(item[part], 16) for part in ("nonce", *_SIGNATURE)),
            ]
            for item in raw[name]
        ]
    return int(raw[name], 16)


def proven_transactions(sources: Sequence[Endpoints], header: BlockHeader) -> list[ProvenTransaction]:
    """All transactions of a block and what they logged.

    Args:
        sources: The endpoints, one by one; the next is asked if one's answer proves nothing.
        header: The block's header, which the caller trusts.

    Raises:
        ProofError: No endpoint shows transactions and receipts of which the header's roots are made.
    """
    why = []
    for source in sources:
        try:
            return _proven(source, header)
        except (ProofError, EndpointError) as error:
            why.append(f"{source.shown[0]}: {error}")
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            why.append(f"{source.shown[0]}: what it shows is no receipt or transaction ({type(error).__name__})")
    raise ProofError(f"no endpoint proves the receipts of block {header.number}: {'; '.join(why)}")


def _proven(source: Endpoints, header: BlockHeader) -> list[ProvenTransaction]:
    at = "0x" + header.hash.hex()
    block = source.request("eth_getBlockByHash", at, True)
    receipts = source.request("eth_getBlockReceipts", at)
    if block is None or receipts is None:
        raise ProofError("it does not show that block")
    encoded = [encode_transaction(raw) for raw in block["transactions"]]
    if list_root(encoded) != header.transactions_root:
        raise ProofError("the transactions it shows are not those of the header's transactionsRoot")
    if list_root([encode_receipt(raw) for raw in receipts]) != header.receipts_root:
        raise ProofError("the receipts it shows are not those of the header's receiptsRoot")
    found = []
    place = 0
    for transaction, receipt in zip(encoded, receipts, strict=True):
        item = "0x" + keccak(transaction).hex()
        logs = tuple(
            RawLog(
                address=address_of(from_hex(log["address"])),
                topics=tuple(from_hex(topic) for topic in log["topics"]),
                data=from_hex(log["data"]),
                block=header.number,
                transaction=item,
                index=place + offset,
            )
            for offset, log in enumerate(receipt["logs"])
        )
        place += len(logs)
        found.append(ProvenTransaction(item, logs))
    return found
