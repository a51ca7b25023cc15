# SPDX-License-Identifier: AGPL-3.0-only
"""Which block to go by: one that several endpoints show alike, or one whose hash somebody gave by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tongxin.chain.endpoints import EndpointError, Endpoints, RequestRefusedError
from tongxin.proof.errors import DisagreementError, ProofError
from tongxin.proof.header import BlockHeader

__all__ = ["LEAST_AGREEING", "MOST_BEHIND", "Agreement", "alone", "by_hash", "by_number", "latest"]

LEAST_AGREEING: Final = 2
"""Endpoints that must show the same block; one alone could invent it."""
MOST_BEHIND: Final = 64
"""Blocks that an endpoint may be behind the foremost one."""


@dataclass(frozen=True)
class Agreement:
    """A block to go by.

    Attributes:
        header: Its header.
        shown_by: The endpoints that show it, without what may be secret in their addresses; empty if given by hand.
        silent: Endpoints that did not answer, and why.
    """

    header: BlockHeader
    shown_by: tuple[str, ...]
    silent: dict[str, str]

    @property
    def by_hand(self) -> bool:
        """Whether a person answers for the hash."""
        return not self.shown_by


@contextmanager
def alone(endpoints: Endpoints) -> Iterator[list[Endpoints]]:
    """Each different endpoint by itself, without the others standing in for it."""
    chain_id = endpoints.chain_id
    urls = dict.fromkeys(url.rstrip("/") for url in endpoints.urls)
    opened = [Endpoints([url], chain_id=chain_id) for url in urls]
    try:
        yield opened
    finally:
        for one in opened:
            one.close()


def by_hash(endpoints: Endpoints, wanted: bytes) -> Agreement:
    """The block with a hash that somebody vouches for; any endpoint may show it.

    Raises:
        ProofError: No endpoint shows a block that has this hash.
    """
    why: dict[str, str] = {}
    with alone(endpoints) as singles:
        for one in singles:
            try:
                raw = one.request("eth_getBlockByHash", "0x" + wanted.hex(), False)
                if raw is None:
                    why[one.shown[0]] = "it knows no such block"
                    continue
                header = BlockHeader.of_json(raw)
            except (EndpointError, ProofError) as error:
                why[one.shown[0]] = str(error)
                continue
            if header.hash == wanted:
                return Agreement(header, (), {})
            why[one.shown[0]] = f"it shows another block, with hash 0x{header.hash.hex()}"
    raise ProofError(f"no endpoint shows the block 0x{wanted.hex()}: {_listed(why)}; check the hash and the chain")


def latest(endpoints: Endpoints) -> Agreement:
    """The newest block that all endpoints have and show alike.

    Raises:
        DisagreementError: They do not agree, one is far behind, or fewer than two answer.
    """
    with alone(endpoints) as singles:
        heads: dict[str, int] = {}
        silent: dict[str, str] = {}
        for one in singles:
            try:
                heads[one.shown[0]] = int(one.request("eth_blockNumber"), 16)
            except (EndpointError, TypeError, ValueError) as error:
                silent[one.shown[0]] = str(error)
        if not heads:
            raise DisagreementError(f"no endpoint answers: {_listed(silent)}")
        foremost = max(heads.values())
        for shown, number in heads.items():
            if foremost - number > MOST_BEHIND:
                raise DisagreementError(
                    f"{shown} is at block {number}, {foremost - number} behind the others: it shows an old state;"
                    " leave it out, or choose a block with --block"
                )
        return _agreed(singles, min(heads.values()))


def by_number(endpoints: Endpoints, number: int) -> Agreement:
    """A block by its number, that all endpoints show alike.

    Raises:
        DisagreementError: They do not agree, or fewer than two show it.
    """
    with alone(endpoints) as singles:
        return _agreed(singles, number)


def _agreed(singles: Sequence[Endpoints], number: int) -> Agreement:
    found: dict[BlockHeader, list[str]] = defaultdict(list)
    silent: dict[str, str] = {}
    for one in singles:
        shown = one.shown[0]
        try:
            raw = one.request("eth_getBlockByNumber", hex(number), False)
        except RequestRefusedError as error:
            silent[shown] = error.reason
            continue
        except EndpointError as error:
            silent[shown] = str(error)
            continue
        if raw is None:
            silent[shown] = f"it has no block {number}"
            continue
        try:
            header = BlockHeader.of_json(raw)
        except ProofError as error:
            raise DisagreementError(f"{shown} shows a false block {number}: {error}") from error
        if header.number != number:
            raise DisagreementError(f"{shown} was asked for block {number} and shows block {header.number}")
        found[header].append(shown)
    if len(found) > 1:
        said = "; ".join(f"{', '.join(who)}: 0x{header.hash.hex()}" for header, who in found.items())
        raise DisagreementError(
            f"the endpoints do not show the same block {number} ({said}): one of them is wrong, or the chain's last"
            " blocks are changing; ask endpoints that you know, or choose an older block with --block"
        )
    agreeing = next(iter(found.values()), [])
    if len(agreeing) < LEAST_AGREEING:
        rest = f" ({_listed(silent)})" if silent else ""
        raise DisagreementError(
            f"{len(agreeing)} endpoint shows block {number}{rest}; one alone could invent it: name a second one of"
            " another operator with --rpc, or give the hash of a block that you trust with --block-hash"
        )
    return Agreement(next(iter(found)), tuple(agreeing), silent)


def _listed(why: dict[str, str]) -> str:
    return "; ".join(f"{url}: {reason}" for url, reason in why.items())
