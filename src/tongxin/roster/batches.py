# SPDX-License-Identifier: AGPL-3.0-only
"""An enrolment in parts, each one transaction; the same roster gives the same parts.

Each part has a purpose, under which the chain client sends nothing twice, over restarts too: a killed enrolment that is
begun again finds what was mined and goes on with the rest. (The contract skips occupied ids besides, R-35.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.roster.members import RosterRow

__all__ = ["Batch", "plan_batches"]


@dataclass(frozen=True)
class Batch:
    """Members who are enrolled by one transaction: one class, one tick, one signature.

    Attributes:
        class_id: Position in the charter.
        ids: Member ids.
        wallets: Addresses in lower case, one for each id.
    """

    class_id: int
    ids: tuple[bytes, ...]
    wallets: tuple[str, ...]

    def purpose(self, fund: str) -> str:
        """What names this part of the enrolment in that mutual, and no other."""
        text = json.dumps([fund.lower(), self.class_id, [item.hex() for item in self.ids], self.wallets])
        return "enrol " + hashlib.sha256(text.encode()).hexdigest()


def plan_batches(rows: Sequence[RosterRow], ids: Sequence[bytes], most: int) -> tuple[Batch, ...]:
    """Splits a roster into batches of at most `most` people of one class each.

    Args:
        rows: Who.
        ids: Their member ids, in the same order.
        most: Largest batch.
    """
    by_class: dict[int, list[tuple[bytes, str]]] = {}
    for row, member_id in zip(rows, ids, strict=True):
        by_class.setdefault(row.class_id, []).append((member_id, row.wallet))
    return tuple(
        Batch(class_id, tuple(item[0] for item in part), tuple(item[1] for item in part))
        for class_id, people in sorted(by_class.items())
        for part in (people[start : start + most] for start in range(0, len(people), most))
    )
