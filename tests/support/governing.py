# SPDX-License-Identifier: AGPL-3.0-only
"""Votes and versions of the small mutual of `support.mutuals`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from support.mutuals import Village, member_id, wallet
from tongxin.model import Benefit, Entitlement, Terms
from tongxin.units import Address, Seconds, Units
from tongxin.words import ProposalKind

DRAFTER = Address(0xD4)
REASON = b"r" * 32
OTHER_HASH = bytes([8]) * 32


def drafted(village: Village, actor: int = DRAFTER, **changes: Any) -> int:
    """A sealed draft of the newest version with some numbers changed; benefits are its own if some are named."""
    mutual = village.mutual
    terms: Terms = replace(mutual.charter.terms(mutual.charter.latest), charter_hash=OTHER_HASH, **changes)
    own = bool({"benefits", "entitlements"} & set(changes))
    slot = mutual.draft(terms, own, actor)
    if own:
        mutual.add_benefits(slot, 0, terms.benefits, terms.entitlements, actor)
    mutual.seal(slot, actor, now=village.now)
    return slot


def entitled(
    village: Village, *, benefit: int = 0, class_id: int = 0, amount: int | None = None, waiting: int | None = None
) -> tuple[tuple[Entitlement, ...], ...]:
    """The newest version's amounts and waiting times, one of them changed."""
    mutual = village.mutual
    rows = [list(row) for row in mutual.charter.terms(mutual.charter.latest).entitlements]
    old = rows[benefit][class_id]
    rows[benefit][class_id] = Entitlement(
        old.amount if amount is None else Units(amount), old.waiting if waiting is None else Seconds(waiting)
    )
    return tuple(tuple(row) for row in rows)


def with_benefit(village: Village, benefit: int, **changes: Any) -> tuple[Benefit, ...]:
    """The newest version's benefits, one of them changed."""
    mutual = village.mutual
    benefits = list(mutual.charter.terms(mutual.charter.latest).benefits)
    benefits[benefit] = replace(benefits[benefit], **changes)
    return tuple(benefits)


def proposed(village: Village, kind: ProposalKind, subject: int = 0, by: int = 1) -> int:
    """A member proposes."""
    return village.mutual.propose(kind, subject, REASON, member_id(by), wallet(by), now=village.now)


def voted(village: Village, p: int, yes: Iterable[int], no: Iterable[int] = ()) -> None:
    """Members vote."""
    for numbers, support in ((yes, True), (no, False)):
        for number in numbers:
            village.mutual.vote(p, member_id(number), support, wallet(number), now=village.now)


def decided(village: Village, kind: ProposalKind, subject: int = 0, voters: int = 5, by: int = 1) -> int:
    """A proposal, its vote with members 1 .. voters all for it, and the time until it can be executed."""
    p = proposed(village, kind, subject, by)
    voted(village, p, range(1, voters + 1))
    village.now = village.mutual.assembly.proposal(p).from_time
    return p


def adopted(village: Village, by: int = 1, **changes: Any) -> int:
    """A version with some numbers changed, drafted, voted on and in force: its number."""
    slot = drafted(village, **changes)
    p = decided(village, ProposalKind.CHARTER, slot, by=by)
    village.mutual.execute(p, now=village.now)
    return village.mutual.charter.latest
