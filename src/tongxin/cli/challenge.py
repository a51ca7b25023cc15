# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin challenge`: have a verdict judged again by a larger panel (R-77)."""

from typing import Annotated

import typer

from tongxin.chain.events import Challenged
from tongxin.chain.payments import Purpose
from tongxin.chain.structs import Payment
from tongxin.cli.app import command
from tongxin.cli.claims import ClaimArgument, Standing, level_name, standing
from tongxin.cli.output import Answer
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

NO_SEAT = 2**16


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    text = _("Challenge a verdict in its notice: free for the claimant's first, on the bond for a dissenting juror.")
    command(program, "challenge", text)(challenge)


def challenge(
    session: Session,
    *,
    number: ClaimArgument,
    pay: PayWith = Method.ALLOWANCE,
    as_juror: Annotated[bool, typer.Option(help=_("on the bond of your seat, as a juror who voted otherwise"))] = False,
) -> Answer:
    """Challenges."""
    found = standing(session, number)
    seat = _seat(session, found) if as_juror else NO_SEAT
    bond = 0 if as_juror else _bond(session, found)
    payment = Payment()
    if bond:
        session.confirm(_("Post a bond of {bond}?").format(bond=session.money(bond)))
        actor = session.signer.address
        purpose = Purpose.challenge_bond(found.claim.member_id, number, found.state.n, actor)
        payment = prepare(session, pay, bond, purpose)
    receipt = session.act(session.mutual.court.challenge(number, found.claim, seat, payment))
    event = receipt.one(Challenged)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("verdict challenged"), level_name(event.level)),
        (_("bond"), session.money(event.bond)),
        (_("panel is drawn after block"), event.lot_block),
    ]
    data = {"claim": number, "panel_number": event.n, "level": event.level, "bond": event.bond}
    return session.done(receipt, _("Challenged"), rows, **data)


def _seat(session: Session, found: Standing) -> int:
    """The seat of who acts.

    Raises:
        CommandError: Who acts has none.
    """
    index = session.mutual.jury.index_of(session.signer.address)
    if found.panel is None or index is None or index not in found.panel.seats:
        raise CommandError(
            _("{address} has no seat on the panel that gave the verdict").format(address=session.signer.address)
        )
    return found.panel.seats.index(index)


def _bond(session: Session, found: Standing) -> int:
    """What the challenge costs who acts: the next panel's pay, but for a claimant's first."""
    claimant = session.signer.address in {found.claim.wallet, found.claim.filer}
    if (claimant and not _challenged_before(session, found)) or found.panel is None:
        return 0
    return session.mutual.challenge_bond(found.claim, found.panel.size)


def _challenged_before(session: Session, found: Standing) -> bool:
    court = session.mutual.court
    return any(
        court.challenger(found.number, n).challenger in {found.claim.wallet, found.claim.filer}
        for n in range(1, found.state.n + 1)
    )
