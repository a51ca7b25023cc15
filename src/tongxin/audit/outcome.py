# SPDX-License-Identifier: AGPL-3.0-only
"""What a replayed call should have logged and moved, and how a model's numbers read as an event's fields."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from tongxin.audit.report import Name
from tongxin.chain.events import Event, RawLog
from tongxin.chain.primitives import ZERO_ADDRESS, address_of

__all__ = ["NO_LOG", "Outcome", "differences", "number", "text"]

NO_LOG: Final = RawLog(ZERO_ADDRESS, (), b"", 0, "", 0)
"""An expected event stands nowhere on the chain; two events are compared without their places."""

_FIELDS: Final[dict[tuple[str, str], Name]] = {
    ("Settled", "fee"): Name.FEES,
    ("Settled", "paid"): Name.PAYMENTS,
    ("Settled", "payee"): Name.PAYMENTS,
    ("Settled", "costs"): Name.BONDS,
    ("Settled", "costs_paid"): Name.BONDS,
    ("RoundSettled", "fee"): Name.FEES,
    ("RoundSettled", "paid"): Name.PAYMENTS,
    ("Drawn", "deadline"): Name.CLAIMS,
    ("Verdict", "call"): Name.APPORTIONMENT,
    ("Verdict", "costs"): Name.BONDS,
    ("Executed", "R-94"): Name.VERSIONS,
    ("Executed", "R-95"): Name.VERSIONS,
    ("Executed", "R-108"): Name.STAGES,
}
"""Fields that belong to another check than their event, and rules that forbid it."""

_EVENTS: Final[dict[Name, tuple[str, ...]]] = {
    Name.APPORTIONMENT: (
        "Settled", "RoundSettled", "TickCrossed", "DustSwept", "Announced", "Retracted", "Deferred", "Carried",
        "LossRecognised", "Absorbed",
    ),
    Name.PAYMENTS: ("Paid", "Owed", "Withdrawn", "Refunded"),
    Name.FEES: ("FeesWithdrawn",),
    Name.LOTS: ("SeatsDrawn", "Drawn", "Reviewed"),
    Name.VERDICTS: (
        "Committed", "RevealsOpened", "Revealed", "Exposed", "Concluded", "Verdict", "Incomplete", "Redraw",
    ),
    Name.BONDS: (
        "Held", "HeldFromBalance", "Released", "Credited", "Forfeited", "Slashed", "JurorPaid", "JurorsPaid", "Closed",
        "BondWithdrawn", "Volunteered", "Retired", "Dismissed",
    ),
    Name.CLAIMS: (
        "Filed", "SeatKeyAnnounced", "AccessGranted", "Cured", "TimedOut", "Challenged", "PanelOpened", "VotingStarted",
        "InvestigatorAsked", "Extended", "Commissioned", "Reported",
    ),
    Name.VERSIONS: (
        "Drafted", "BenefitsAdded", "DraftSealed", "Sealed", "Published", "AssemblyNamed", "Adopted",
    ),
    Name.VOTES: ("Proposed", "VoteCast", "ProposalWithdrawn", "Executed", "SuccessorNamed"),
    Name.STAGES: (
        "Started", "SteppedBack", "FloorWatched", "FloorRegained", "WoundDown", "Registered", "Ended", "PaidOut",
        "RemainderSwept",
    ),
}  # fmt: skip
_CHECKS: Final = {event: name for name, events in _EVENTS.items() for event in events}


def check_of(event: str, part: str = "") -> Name:
    """The check to which an event, a field of it, or a rule that forbids it, belongs."""
    return _FIELDS.get((event, part)) or _CHECKS.get(event, Name.MEMBERSHIP)


def number(address: str) -> int:
    """An event's address as the model has it."""
    return int(address, 16)


def text(address: int) -> str:
    """A model's address as events have it."""
    return address_of(address.to_bytes(32, "big"))


@dataclass
class Outcome:
    """What a call should have logged, in any order, and the tokens it pulled: (payer, units), None for any payer."""

    events: list[Event]
    pulled: list[tuple[str | None, int]] = field(default_factory=list)


def differences(expected: list[Event], found: list[Event]) -> list[tuple[Name, str]]:
    """What logged events say otherwise than expected ones; empty if they are the same, in any order."""
    missing = list(expected)
    unexpected = []
    for event in found:
        if event in missing:
            missing.remove(event)
        else:
            unexpected.append(event)
    result = []
    for event in unexpected:
        kind = type(event).__name__
        twin = next((item for item in missing if type(item) is type(event)), None)
        if twin is None:
            result.append((check_of(kind), f"{kind} does not follow from the rules: {_shown(event)}"))
            continue
        missing.remove(twin)
        for part in fields(event):
            said, right = getattr(event, part.name), getattr(twin, part.name)
            if part.name != "log" and said != right:
                result.append(
                    (check_of(kind, part.name), f"{kind} says {part.name} = {_plain(said)}, it is {_plain(right)}")
                )
    result += [
        (check_of(type(event).__name__), f"{type(event).__name__} is missing: {_shown(event)}") for event in missing
    ]
    return result


def _plain(item: object) -> str:
    return "0x" + item.hex() if isinstance(item, bytes) else str(item)


def _shown(event: Event) -> str:
    parts = [f"{part.name} {_plain(getattr(event, part.name))}" for part in fields(event) if part.name != "log"]
    return ", ".join(parts)
