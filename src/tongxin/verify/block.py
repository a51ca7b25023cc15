# SPDX-License-Identifier: AGPL-3.0-only
"""Which block a proof goes back to, as a person chose it."""

from __future__ import annotations

from tongxin.chain.endpoints import Endpoints
from tongxin.proof.agreement import Agreement, by_hash, by_number, latest
from tongxin.proof.errors import DisagreementError
from tongxin.proof.header import BlockHeader

__all__ = ["choose_block"]


def choose_block(
    endpoints: Endpoints,
    *,
    number: int | None = None,
    block_hash: bytes | None = None,
    header: BlockHeader | None = None,
) -> Agreement:
    """The block to go by: a header or a hash given by hand, else a number or the newest that endpoints agree on.

    Raises:
        DisagreementError: What was given contradicts itself, or the endpoints one another.
        ProofError: Nobody shows the block.
    """
    if header is not None:
        if block_hash is not None and header.hash != block_hash:
            raise DisagreementError(
                f"the header given has the hash 0x{header.hash.hex()}, not 0x{block_hash.hex()}: one of them is wrong"
            )
        agreed = Agreement(header, (), {})
    elif block_hash is not None:
        agreed = by_hash(endpoints, block_hash)
    elif number is not None:
        return by_number(endpoints, number)
    else:
        return latest(endpoints)
    if number is not None and agreed.header.number != number:
        raise DisagreementError(
            f"the block given by hand is number {agreed.header.number}, not {number}: one of them is wrong"
        )
    return agreed
