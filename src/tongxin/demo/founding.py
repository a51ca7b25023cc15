# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Callable

from tongxin.chain.founding import deploy_factory, deploy_stablecoin
from tongxin.chain.founding import found as found_on_chain
from tongxin.chain.mutual import Mutual
from tongxin.chain.token import StableCoin
from tongxin.charter import Charter, encode
from tongxin.demo.stage import Stage

__all__ = ["found"]


def found(stage: Stage, charter: Charter, progress: Callable[[str], None]) -> tuple[Charter, Mutual, StableCoin]:
    """Deploys the test stablecoin and the factory, and founds the mutual through it.

    Args:
        stage: Who acts; its operator deploys and may mint the test money.
        charter: The rules, without addresses.
        progress: Called with the name of each step before it.

    Returns:
        The charter with the addresses of this chain, the mutual's contracts and its money.
    """
    sender = stage.sender(stage.operator)
    progress("test stablecoin")
    token = StableCoin(stage.endpoints, deploy_stablecoin(sender, "Test Stablecoin", charter.token.symbol))
    complete = charter.with_parties(
        token=token.address,
        steward=stage.keys.account("steward").address,
        attestors=(stage.keys.account("attestor").address,),
        remainder=stage.keys.account("charity").address,
    )
    listing = found_on_chain(
        sender, deploy_factory(sender, progress), encode(complete, token.decimals()), progress=progress
    )
    return complete, Mutual.at(stage.endpoints, listing.fund), token
