# SPDX-License-Identifier: AGPL-3.0-only
"""The mutual in pure Python: exact, deterministic, without I/O, written from docs/spec alone.

`Mutual` is the entry. Tests run it beside the contracts and compare every word; the audit replays the chain through it.
"""

from __future__ import annotations

from tongxin.model.assembly import Ballot, Proposal
from tongxin.model.charter import Awarded, Draft
from tongxin.model.court import Claim, ClaimRecord, Filing
from tongxin.model.invariants import violations
from tongxin.model.ledger import Settlement
from tongxin.model.lot import Blocks
from tongxin.model.membership import Attestation, History, Member, Order, Payment
from tongxin.model.mutual import Addresses, Mutual
from tongxin.model.reverts import ModelRevert
from tongxin.model.terms import Benefit, Entitlement, Step, Terms
from tongxin.model.view import Words

__all__ = [
    "Addresses",
    "Attestation",
    "Awarded",
    "Ballot",
    "Benefit",
    "Blocks",
    "Claim",
    "ClaimRecord",
    "Draft",
    "Entitlement",
    "Filing",
    "History",
    "Member",
    "ModelRevert",
    "Mutual",
    "Order",
    "Payment",
    "Proposal",
    "Settlement",
    "Step",
    "Terms",
    "Words",
    "violations",
]
