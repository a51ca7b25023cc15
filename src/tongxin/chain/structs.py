# SPDX-License-Identifier: AGPL-3.0-only
"""The structs that calls carry (docs/spec/interface.md, Structs)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tongxin.chain.events import Filed
from tongxin.chain.primitives import ZERO_ADDRESS, ZERO_HASH, abi_encode, keccak

__all__ = ["Attestation", "Ballot", "BondSource", "Claim", "Filing", "Payment", "PaymentMethod", "Signed"]


class PaymentMethod(IntEnum):
    """How a price is paid (R-34)."""

    ALLOWANCE = 0
    PERMIT = 1
    AUTHORIZATION = 2


class BondSource(IntEnum):
    """Where a filing bond comes from (R-64)."""

    PAYMENT = 0
    BALANCE = 1
    WAIVER = 2


@dataclass(frozen=True)
class Attestation:
    """Who belongs, with which wallet, in which class; `issued` and `expiry` in seconds (R-32)."""

    member_id: bytes
    wallet: str
    class_id: int
    issued: int
    expiry: int

    def abi(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.member_id, self.wallet, self.class_id, self.issued, self.expiry)


@dataclass(frozen=True)
class Payment:
    """How a price is paid; `Payment()` is by the actor's allowance. Built by `tongxin.chain.payments`."""

    method: PaymentMethod = PaymentMethod.ALLOWANCE
    payer: str = ZERO_ADDRESS
    amount: int = 0
    valid_after: int = 0
    valid_before: int = 0
    salt: bytes = ZERO_HASH
    v: int = 0
    r: bytes = ZERO_HASH
    s: bytes = ZERO_HASH

    def abi(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (
            int(self.method),
            self.payer,
            self.amount,
            self.valid_after,
            self.valid_before,
            self.salt,
            self.v,
            self.r,
            self.s,
        )


@dataclass(frozen=True)
class Signed:
    """The end of every signed act: until when it may be relayed, in seconds, and the signature."""

    deadline: int
    signature: bytes

    def abi(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.deadline, self.signature)


@dataclass(frozen=True)
class Ballot:
    """A member's signed vote (R-100), for `Assembly.vote_for`."""

    member_id: bytes
    support: bool
    signed: Signed

    def abi(self) -> tuple[Any, ...]:
        """As the Assembly takes it."""
        return (self.member_id, self.support, *self.signed.abi())


_FILING_TYPES = ["bytes32", "uint256", "uint256", "uint256", "bytes32", "bytes32", "bytes32", "uint256"]
_CLAIM_TYPES = [
    "bytes32",
    *["address"] * 5,
    *["uint256"] * 8,
    *["bytes32"] * 3,
]


@dataclass(frozen=True)
class Filing:
    """What a claimant files: `day` is a day number of the charter's zone, `claimed` in units (0 for a lump sum).

    `evidence` is the hash of the sealed evidence, `seal_key` the public key it is sealed under, `summary` the hash of
    the masked public summary; all made by the claimant.
    """

    member_id: bytes
    benefit: int
    day: int
    claimed: int
    evidence: bytes
    seal_key: bytes
    summary: bytes
    source: BondSource = BondSource.PAYMENT

    def abi(self) -> tuple[Any, ...]:
        """As the Court takes it."""
        return (
            self.member_id,
            self.benefit,
            self.day,
            self.claimed,
            self.evidence,
            self.seal_key,
            self.summary,
            int(self.source),
        )

    def bond_detail(self, actor: str) -> bytes:
        """What a bond paid by EIP-3009 is bound to: keccak256(abi.encode(filing, actor))."""
        return keccak(abi_encode([f"({','.join(_FILING_TYPES)})", "address"], [self.abi(), actor]))


@dataclass(frozen=True)
class Claim:
    """A filed claim; the chain keeps its digest and every later call brings it along (R-63)."""

    member_id: bytes
    wallet: str
    filer: str
    payee: str
    contact_a: str
    contact_b: str
    benefit: int
    class_id: int
    day: int
    filed_at: int
    claimed: int
    base: int
    version: int
    pool: int
    evidence: bytes
    seal_key: bytes
    summary: bytes

    def abi(self) -> tuple[Any, ...]:
        """As the Court takes it."""
        return (
            self.member_id,
            self.wallet,
            self.filer,
            self.payee,
            self.contact_a,
            self.contact_b,
            self.benefit,
            self.class_id,
            self.day,
            self.filed_at,
            self.claimed,
            self.base,
            self.version,
            self.pool,
            self.evidence,
            self.seal_key,
            self.summary,
        )

    def digest(self, c: int) -> bytes:
        """keccak256(abi.encode(c, Claim)), as the Court keeps it."""
        return keccak(abi_encode(["uint256", f"({','.join(_CLAIM_TYPES)})"], [c, self.abi()]))

    def event_key(self) -> bytes:
        """The key of the event that is judged: keccak256(abi.encode(member_id, benefit, day))."""
        return keccak(abi_encode(["bytes32", "uint256", "uint256"], [self.member_id, self.benefit, self.day]))

    @classmethod
    def of_event(cls, filed: Filed, evidence: bytes | None = None) -> Claim:
        """From the event of its filing; `evidence` is the newer hash if it was cured since (R-74)."""
        return cls(
            member_id=filed.member_id,
            wallet=filed.wallet,
            filer=filed.filer,
            payee=filed.payee,
            contact_a=filed.contact_a,
            contact_b=filed.contact_b,
            benefit=filed.benefit,
            class_id=filed.class_id,
            day=filed.day,
            filed_at=filed.filed_at,
            claimed=filed.claimed,
            base=filed.base,
            version=filed.version,
            pool=filed.pool,
            evidence=filed.evidence if evidence is None else evidence,
            seal_key=filed.seal_key,
            summary=filed.summary,
        )
