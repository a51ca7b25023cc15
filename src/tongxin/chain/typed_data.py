# SPDX-License-Identifier: AGPL-3.0-only
"""Every EIP-712 message of Tongxin, and the payment signatures of the token, as functions that build them.

Nothing here signs: `Signer.sign_typed` does. Numbers are the chain's own: ticks, hours, seconds, the token's smallest
unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_account.messages import encode_typed_data

from tongxin.chain.primitives import keccak

__all__ = ["Domain", "TypedData"]

_DOMAIN_FIELDS: Final = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@dataclass(frozen=True)
class Domain:
    """Where a signature counts: one contract of one chain."""

    name: str
    version: str
    chain_id: int
    contract: str


@dataclass(frozen=True)
class TypedData:
    """One message: `fields` are name and type in the order of the struct, `message` their values."""

    domain: Domain
    primary_type: str
    fields: tuple[tuple[str, str], ...]
    message: Mapping[str, Any]

    def full(self) -> dict[str, Any]:
        """As `eth_signTypedData_v4` takes it, bytes as bytes."""
        return {
            "types": {
                "EIP712Domain": [{"name": name, "type": kind} for name, kind in _DOMAIN_FIELDS.items()],
                self.primary_type: [{"name": name, "type": kind} for name, kind in self.fields],
            },
            "primaryType": self.primary_type,
            "domain": {
                "name": self.domain.name,
                "version": self.domain.version,
                "chainId": self.domain.chain_id,
                "verifyingContract": self.domain.contract,
            },
            "message": dict(self.message),
        }

    def struct_hash(self) -> bytes:
        """keccak-256 of the encoded struct, 32 bytes."""
        return bytes(encode_typed_data(full_message=self.full()).body)

    def digest(self) -> bytes:
        """What is signed: 32 bytes over domain and struct."""
        encoded = encode_typed_data(full_message=self.full())
        return keccak(b"\x19" + encoded.version + encoded.header + encoded.body)
