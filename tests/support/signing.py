# SPDX-License-Identifier: AGPL-3.0-only
"""Signs the typed structs of docs/spec/interface.md, read from that page, so that page and contracts can't differ."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import boa
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "interface.md"
_FIELD = r"(?:bytes32|address|uint256|bool|Attestation|Filing)(?:\[\])? \w+"
_STRUCT = re.compile(rf"\b([A-Z]\w+)\(({_FIELD}(?:,{_FIELD})*)\)")

Fields = list[dict[str, str]]


@cache
def structs() -> dict[str, Fields]:
    """Every typed struct of the page, by name."""
    found: dict[str, Fields] = {}
    for name, fields in _STRUCT.findall(SPEC.read_text(encoding="utf-8")):
        members = [dict(zip(("type", "name"), field.split(" "), strict=True)) for field in fields.split(",")]
        assert found.get(name, members) == members, f"{name} stands on the page in two forms"
        found[name] = members
    return found


def types_of(struct: str) -> dict[str, Fields]:
    """A struct with those it contains."""
    nested = [field["type"] for field in structs()[struct] if field["type"] in structs()]
    return {name: structs()[name] for name in (struct, *nested)}


def type_hash(struct: str) -> bytes:
    """EIP-712: the struct, then those it contains."""
    return keccak(
        text="".join(
            f"{name}({','.join(field['type'] + ' ' + field['name'] for field in fields)})"
            for name, fields in types_of(struct).items()
        )
    )


def _typed(name: str, contract: str, struct: str, message: dict[str, Any]) -> SignableMessage:
    domain = {"name": name, "version": "1", "chainId": boa.env.evm.patch.chain_id, "verifyingContract": contract}
    return encode_typed_data(domain, types_of(struct), message)


def digest(name: str, contract: str, struct: str, message: dict[str, Any]) -> bytes:
    """What a wallet signs: one struct in the domain of a contract of the project."""
    typed = _typed(name, contract, struct, message)
    return keccak(b"\x19" + typed.version + typed.header + typed.body)


def sign(signer: LocalAccount, name: str, contract: str, struct: str, message: dict[str, Any]) -> bytes:
    """An account's signature of one struct in the domain of a contract of the project."""
    return bytes(signer.sign_message(_typed(name, contract, struct, message)).signature)
