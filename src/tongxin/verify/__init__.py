# SPDX-License-Identifier: AGPL-3.0-only
"""What a person wants to know of a mutual, proven from a block's hash: no index, no server, no trust in an endpoint.

with open_mutual(endpoints, fund, agreement) as mutual:
    membership(mutual, member_id)
"""

from tongxin.verify.block import choose_block
from tongxin.verify.mutual import ProvenMutual, VerifyError, open_mutual
from tongxin.verify.payments import PaymentFacts, ReceiptFacts, payment, verify_receipt
from tongxin.verify.statements import ClaimFacts, MemberFacts, claim, membership

__all__ = [
    "ClaimFacts",
    "MemberFacts",
    "PaymentFacts",
    "ProvenMutual",
    "ReceiptFacts",
    "VerifyError",
    "choose_block",
    "claim",
    "membership",
    "open_mutual",
    "payment",
    "verify_receipt",
]
