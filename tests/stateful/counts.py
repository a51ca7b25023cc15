# SPDX-License-Identifier: AGPL-3.0-only
"""Counts of what an example went through."""

from __future__ import annotations

from stateful.twin import Twin
from tongxin.words import ClaimFlag, MemberStatus, Stage

FLAGS = tuple(flag for flag in ClaimFlag)


def note(twin: Twin) -> None:
    """Adds what an example's claims and members came to."""
    counts = twin.counts
    counts["sequences"] += 1
    for record in twin.model.court.claims.values():
        counts["claims"] += 1
        counts[f"claim {Stage(record.stage).name.lower()}"] += 1
        counts[f"claim on panel {record.n}"] += 1
        for flag in FLAGS:
            if record.flags & flag:
                counts[f"claim {str(flag.name).lower()}"] += 1
    members = twin.model.membership
    for member in members.members.values():
        if member.status & MemberStatus.EXITED:
            counts["member exited"] += 1
        elif not members.in_force(member):
            counts["member lapsed"] += 1
