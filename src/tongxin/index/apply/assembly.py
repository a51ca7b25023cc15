# SPDX-License-Identifier: AGPL-3.0-only
"""Proposals and votes on them (docs/spec/governance.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import Fields, Writer, on
from tongxin.words import ProposalStatus

__all__: list[str] = []


@on("Assembly", "Proposed")
def proposed(w: Writer, f: Fields) -> None:
    """R-99."""
    w.put(
        "proposals",
        proposal=f["p"],
        kind=f["kind"],
        proposer=f["proposer"],
        member_id=f["member_id"],
        subject=f["subject"].to_bytes(32),
        reason=f["reason"],
        cutoff=f["cutoff"],
        ends=f["ends"],
        execute_from=f["execute_from"],
        expires=f["expires"],
        needed=f["needed"],
        majority=f["majority"],
        heads=f["heads"],
        yes=0,
        no=0,
        status=int(ProposalStatus.MADE),
        made_at=w.time,
        made_block=w.entry.block,
        closed_at=None,
        changed_block=w.entry.block,
    )


@on("Assembly", "VoteCast")
def vote_cast(w: Writer, f: Fields) -> None:
    """R-100."""
    w.put(
        "ballots",
        proposal=f["p"],
        member_id=f["member_id"],
        wallet=f["wallet"],
        support=f["support"],
        block=w.entry.block,
        log_index=w.entry.log_index,
    )
    w.change("proposals", f["p"])["yes" if f["support"] else "no"] += 1


def _close(w: Writer, p: int, status: ProposalStatus) -> None:
    proposal = w.change("proposals", p)
    proposal["status"] = int(status)
    proposal["closed_at"] = w.time


@on("Assembly", "ProposalWithdrawn")
def proposal_withdrawn(w: Writer, f: Fields) -> None:
    """R-102."""
    _close(w, f["p"], ProposalStatus.WITHDRAWN)


@on("Assembly", "Executed")
def executed(w: Writer, f: Fields) -> None:
    """R-103."""
    _close(w, f["p"], ProposalStatus.EXECUTED)


@on("Assembly", "SuccessorNamed")
def successor_named(w: Writer, f: Fields) -> None:
    """R-103."""
    w.mutual()["successor"] = f["successor"]
