# SPDX-License-Identifier: AGPL-3.0-only
"""How a price is paid (R-34): by allowance, by permit (EIP-2612) or by a signed authorization (EIP-3009).

An authorization is bound by its nonce to one act of one membership on one fund and chain, so that whoever relays it can
turn it to nothing else. The payer of a permit is who acts; the payer of an authorization is who signed it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tongxin.chain.keys import Signer
from tongxin.chain.primitives import ZERO_HASH, abi_encode, keccak
from tongxin.chain.structs import Attestation, Filing, Payment, PaymentMethod
from tongxin.chain.token import Token
from tongxin.chain.typed_data import (
    Authorization,
    fund_domain,
    join_detail,
    payment_nonce,
    permit,
    receive_authorization,
    split_signature,
)

__all__ = ["Purpose", "by_allowance", "by_authorization", "by_permit"]


@dataclass(frozen=True)
class Purpose:
    """What a signed payment is bound to: an act, a membership, a tick and further details (R-34)."""

    action: str
    member_id: bytes = ZERO_HASH
    tick: int = 0
    detail: bytes = ZERO_HASH

    @classmethod
    def join(cls, chain_id: int, fund: str, attestation: Attestation, tick: int, charter_hash: bytes) -> Purpose:
        """Joining; by such a payment the payer consents to the charter too (R-33)."""
        detail = join_detail(fund_domain(chain_id, fund), attestation, charter_hash)
        return cls("join", attestation.member_id, tick, detail)

    @classmethod
    def top_up(cls, member_id: bytes, tick: int) -> Purpose:
        """Lengthening a runway."""
        return cls("top_up", member_id, tick)

    @classmethod
    def rejoin(cls, member_id: bytes, tick: int, charter_hash: bytes) -> Purpose:
        """Coming back."""
        return cls("rejoin", member_id, tick, charter_hash)

    @classmethod
    def donate(cls) -> Purpose:
        """Giving to the surplus."""
        return cls("donate")

    @classmethod
    def filing_bond(cls, filing: Filing, actor: str) -> Purpose:
        """The bond of a claim that `actor` files."""
        return cls("bond", filing.member_id, 0, filing.bond_detail(actor))

    @classmethod
    def challenge_bond(cls, member_id: bytes, c: int, n: int, actor: str) -> Purpose:
        """The bond of a challenge before panel n + 1 by `actor`; `member_id` is the claim's."""
        detail = keccak(abi_encode(["uint256", "uint256", "address"], [c, n + 1, actor]))
        return cls("bond", member_id, 0, detail)

    @classmethod
    def juror_bond(cls, member_id: bytes) -> Purpose:
        """The bond of a volunteer."""
        return cls("bond", member_id)


def by_allowance() -> Payment:
    """Out of what the payer has approved to the Fund."""
    return Payment()


def by_permit(signer: Signer, token: Token, fund: str, amount: int, deadline: int) -> Payment:
    """Out of an allowance that is given by signature in the same transaction; the signer is who acts.

    Args:
        signer: The payer.
        token: Must have EIP-2612 and say its domain (EIP-5267).
        fund: Who may take it.
        amount: What is approved.
        deadline: Until when, in seconds.
    """
    typed = permit(token.domain(), signer.address, fund, amount, nonce=token.nonces(signer.address), deadline=deadline)
    v, r, s = split_signature(signer.sign_typed(typed))
    return Payment(PaymentMethod.PERMIT, signer.address, amount, 0, deadline, ZERO_HASH, v, r, s)


def by_authorization(
    signer: Signer,
    token: Token,
    fund: str,
    amount: int,
    purpose: Purpose,
    *,
    valid_before: int,
    valid_after: int = 0,
    salt: bytes | None = None,
) -> Payment:
    """By the signer's authorization, which anyone may relay.

    Args:
        signer: The payer.
        token: Must have EIP-3009 and say its domain (EIP-5267).
        fund: Who takes it.
        amount: Exactly the price.
        purpose: What it is bound to.
        valid_before: Until when, in seconds.
        valid_after: From when on, in seconds.
        salt: 32 bytes; None takes random ones.
    """
    salt = secrets.token_bytes(32) if salt is None else salt
    nonce = payment_nonce(
        token.endpoints.chain_id,
        fund,
        purpose.action,
        purpose.member_id,
        purpose.tick,
        detail=purpose.detail,
        salt=salt,
    )
    authorization = Authorization(signer.address, fund, amount, valid_after, valid_before, nonce)
    v, r, s = split_signature(signer.sign_typed(receive_authorization(token.domain(), authorization)))
    return Payment(PaymentMethod.AUTHORIZATION, signer.address, amount, valid_after, valid_before, salt, v, r, s)
