# SPDX-License-Identifier: AGPL-3.0-only
"""Statements that follow from storage alone: a membership with its balance, and where a claim stands."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.chain.primitives import address_of
from tongxin.model.rounds import claim_key
from tongxin.units import HOUR, SCALE
from tongxin.verify.mutual import ProvenMutual, VerifyError
from tongxin.words import (
    COURT_DOCKET,
    COURT_STATE,
    FUND_DEFERRED,
    FUND_HISTORY,
    FUND_MEMBER,
    FUND_TICK,
    ClaimFlag,
    MemberStatus,
    Stage,
)

__all__ = ["ClaimFacts", "MemberFacts", "claim", "membership"]


@dataclass(frozen=True)
class MemberFacts:
    """A membership at a block (R-30).

    Attributes:
        member_id: Whose.
        wallet: The wallet that controls it.
        class_id: The class.
        shares: Thousandths.
        joined: From when on it counts, in seconds since 1970.
        status: The bits of the record.
        in_force: Whether the runway is not used up and nobody left (I-7).
        tick: Where the runway ends.
        index: The cost index A.
        balance: Units of the token (R-1).
        lapsed_at: When the index reached the tick, in seconds; 0: it has not.
        leaves_from: When the notice of leaving is over, in seconds; 0: none was given.
    """

    member_id: bytes
    wallet: str
    class_id: int
    shares: int
    joined: int
    status: MemberStatus
    in_force: bool
    tick: int
    index: int
    balance: int
    lapsed_at: int
    leaves_from: int


def membership(mutual: ProvenMutual, member_id: bytes) -> MemberFacts:
    """A membership and its balance, `floor(s (X - A) / SCALE)` while in force, else 0 (R-1).

    Raises:
        VerifyError: It is proven that nobody is a member under this id.
        ProofError: Nobody proves it.
    """
    record = mutual.unpacked(FUND_MEMBER, "register.members", member_id)
    status = MemberStatus(record["status"])
    if not status & MemberStatus.OCCUPIED:
        raise VerifyError(
            f"nobody is a member under 0x{member_id.hex()} at block {mutual.reader.block}: the storage proves that the"
            " record is empty"
        )
    index = mutual.books()["index"]
    end = record["tick"] * mutual.spacing
    in_force = end > index and not status & MemberStatus.EXITED
    history = mutual.unpacked(FUND_HISTORY, "register.history", member_id)
    return MemberFacts(
        member_id=member_id,
        wallet=address_of(record["wallet"].to_bytes(32, "big")),
        class_id=record["class_id"],
        shares=record["shares"],
        joined=record["joined"] * HOUR,
        status=status,
        in_force=in_force,
        tick=record["tick"],
        index=index,
        balance=record["shares"] * (end - index) // SCALE if in_force else 0,
        lapsed_at=mutual.unpacked(FUND_TICK, "ledger.ticks", record["tick"])["stamp"] if end <= index else 0,
        leaves_from=history["left"] * HOUR + history["notice"] if status & MemberStatus.LEAVING else 0,
    )


@dataclass(frozen=True)
class ClaimFacts:
    """A claim at a block (interface.md, Court.state).

    Attributes:
        number: Its number.
        stage: Where it stands.
        level: The level of the verdict, once there is one.
        filed_at: Seconds since 1970.
        deadline: Of the present stage, in seconds.
        flags: What happened on the way.
        waiting: Units that are granted and wait for a round or for being carried (R-12, R-15).
        payee: Who gets them; empty if nothing waits.
        round: The round that they wait for; 0 if they wait to be carried.
    """

    number: int
    stage: Stage
    level: int
    filed_at: int
    deadline: int
    flags: ClaimFlag
    waiting: int
    payee: str
    round: int

    @property
    def closed(self) -> bool:
        """Whether nothing can change the verdict any more."""
        return self.stage in {Stage.GRANTED, Stage.DENIED}


def claim(mutual: ProvenMutual, number: int) -> ClaimFacts:
    """Where a claim stands, and what of it still waits to be paid.

    Raises:
        VerifyError: It is proven that there is no such claim.
        ProofError: Nobody proves it.
    """
    filed = mutual.unpacked(COURT_DOCKET, "docket")["filed"]
    state = mutual.unpacked(COURT_STATE, "state", number)
    if not 0 < number <= filed or state["stage"] == Stage.NONE:
        raise VerifyError(f"there is no claim {number} at block {mutual.reader.block}: {filed} were filed")
    key = claim_key(int(mutual.parts.court, 16), number)
    entry = mutual.unpacked(FUND_DEFERRED, "rounds.deferred", key)
    waiting = mutual.word("Fund", "rounds.deferred_due", key)
    return ClaimFacts(
        number=number,
        stage=Stage(state["stage"]),
        level=state["level"],
        filed_at=state["filed_at"],
        deadline=state["deadline"],
        flags=ClaimFlag(state["flags"]),
        waiting=waiting,
        payee=address_of(entry["payee"].to_bytes(32, "big")) if waiting else "",
        round=entry["round"],
    )
