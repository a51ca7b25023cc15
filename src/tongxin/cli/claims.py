# SPDX-License-Identifier: AGPL-3.0-only
"""A claim for people: its stage, whom it waits for, and which step is due."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

import typer

from tongxin.chain.jury import panel_key
from tongxin.chain.records import ClaimState, Panel
from tongxin.chain.structs import Claim
from tongxin.cli.output import instant
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.words import ClaimFlag, PanelKind, Stage

__all__ = [
    "INCOMPLETE",
    "PAID_FLAGS",
    "ClaimArgument",
    "Standing",
    "day_of",
    "day_text",
    "level_name",
    "open_claim",
    "open_claim_number",
    "own_seat",
    "panel_name",
    "stage_name",
    "standing",
    "waits_until",
]

INCOMPLETE = 8
PAID_FLAGS = (ClaimFlag.PANEL_0_PAID, ClaimFlag.PANEL_1_PAID, ClaimFlag.PANEL_2_PAID)
"""What says, by panel, that its jurors were credited."""

ClaimArgument = Annotated[int, typer.Argument(min=1, help=_("number of the claim"))]


@dataclass(frozen=True)
class Standing:
    """All that there is to know of a claim now."""

    number: int
    claim: Claim
    state: ClaimState
    panel: Panel | None
    key: int


def standing(session: Session, number: int) -> Standing:
    """Looks a claim up.

    Raises:
        CommandError: There is no claim of that number.
    """
    open_claim_number(session, number)
    state = session.mutual.court.state(number)
    key = panel_key(number, state.n, is_open=state.open_panel)
    return Standing(number, session.mutual.claim(number), state, session.mutual.jury.panel(key), key)


def open_claim_number(session: Session, number: int) -> None:
    """Makes sure that a claim exists.

    Raises:
        CommandError: It does not.
    """
    count = session.mutual.court.claim_count()
    if number > count:
        raise CommandError(_("there is no claim {number}; {count} were filed").format(number=number, count=count))


def open_claim(session: Session, number: int, stage: Stage) -> ClaimState:
    """The state of a claim that must be in a stage.

    Raises:
        CommandError: It is in another.
    """
    open_claim_number(session, number)
    state = session.mutual.court.state(number)
    if state.stage is not stage:
        raise CommandError(
            _("claim {number} is at the stage '{now}', and this needs '{needed}'").format(
                number=number, now=stage_name(state.stage), needed=stage_name(stage)
            )
        )
    return state


def stage_name(stage: Stage) -> str:
    """A stage in words."""
    return {
        Stage.NONE: _("none"),
        Stage.LOT: _("waiting for the draw"),
        Stage.ACCESS: _("waiting for the claimant to give access"),
        Stage.VOTING: _("voting"),
        Stage.CURE: _("waiting for the claimant to complete it"),
        Stage.NOTICE: _("notice: may be challenged"),
        Stage.GRANTED: _("closed, granted"),
        Stage.DENIED: _("closed, denied"),
    }[stage]


def level_name(level: int) -> str:
    """A level in words."""
    if level == INCOMPLETE:
        return _("incomplete")
    return _("level {number}").format(number=level) if level else _("nothing")


def waits_until(found: Standing) -> str:
    """Until when the present stage lasts at most."""
    if found.state.stage is Stage.LOT:
        return _("block {number}").format(number=found.state.lot_block)
    if found.state.stage is Stage.VOTING and found.panel is not None:
        return _("votes until {commit}, shown until {reveal}").format(
            commit=instant(found.panel.commit_by), reveal=instant(found.panel.reveal_by)
        )
    return instant(found.state.deadline)


def panel_name(panel: Panel) -> str:
    """A panel's form and size."""
    if panel.kind is PanelKind.OPEN:
        return _("open to all members, at least {count} votes").format(count=panel.least_votes)
    return _("{count} seats by lot").format(count=panel.size)


def own_seat(session: Session, panel: Panel) -> int:
    """The seat of who acts; on an open panel the wallet as a number.

    Raises:
        CommandError: Who acts has none.
    """
    if panel.kind is PanelKind.OPEN:
        return int(session.signer.address, 16)
    index = session.mutual.jury.index_of(session.signer.address)
    if index is None or index not in panel.seats:
        raise CommandError(
            _("{address} has no seat on the panel that votes now").format(address=session.signer.address)
        )
    return panel.seats.index(index)


def day_of(text: str) -> int:
    """The day number of a date in the charter's zone.

    Raises:
        CommandError: It is no date.
    """
    try:
        return dt.date.fromisoformat(text).toordinal() - dt.date(1970, 1, 1).toordinal()
    except ValueError as error:
        raise CommandError(_("'{text}' is no date; write it like 2026-11-22").format(text=text)) from error


def day_text(day: int) -> str:
    """A day number as a date."""
    return dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + day).isoformat()
