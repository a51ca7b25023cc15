# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin vote`: the jurors' commands - volunteer, hidden vote, reveal, retire (R-66 to R-72)."""

import secrets
from typing import Annotated

import typer

from tongxin.chain.events import Committed, Exposed, Retired, Revealed, Volunteered
from tongxin.chain.jury import panel_key
from tongxin.chain.payments import Purpose
from tongxin.chain.primitives import checksum
from tongxin.chain.records import ClaimState, Panel
from tongxin.cli.app import command, group
from tongxin.cli.ballots import Ballot, BallotBox, reason_hash
from tongxin.cli.claims import INCOMPLETE, ClaimArgument, level_name, open_claim, own_seat
from tongxin.cli.output import Answer, instant
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.unreadable import unreadable_secret
from tongxin.words import PanelKind, Stage

SALT_BYTES = 32

MemberOption = Annotated[str | None, typer.Option("--member", help=_("on an open panel: the membership that votes"))]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    votes = group(program, "vote", _("Judge claims: the jurors' commands."))
    command(votes, "volunteer", _("Post the bond and stand for the lot."))(volunteer)
    command(votes, "commit", _("Give a hidden vote on a claim; the salt is kept in the home folder."))(commit)
    command(votes, "reveal", _("Show the hidden vote, from the salt that was kept."))(reveal)
    command(votes, "expose", _("Show a hidden vote that a juror gave away before its time (R-71)."))(expose)
    command(votes, "retire", _("Stand for the lot no longer."))(retire)
    command(votes, "withdraw-bond", _("Take out the bond after retiring."))(withdraw_bond)


def volunteer(
    session: Session,
    member: Annotated[str, typer.Argument(help=_("member id of the juror"))],
    pay: PayWith = Method.ALLOWANCE,
) -> Answer:
    """Volunteers."""
    member_id = session.member_id(member)
    bond = session.court_terms.juror_bond
    session.confirm(_("Post a bond of {bond}?").format(bond=session.money(bond)))
    payment = prepare(session, pay, bond, Purpose.juror_bond(member_id))
    receipt = session.act(session.mutual.jury.volunteer(member_id, payment))
    event = receipt.one(Volunteered)
    rows: list[tuple[str, object]] = [
        (_("number on the list"), event.index),
        (_("bond"), session.money(2 * event.half)),
    ]
    return session.done(receipt, _("Volunteered"), rows, index=event.index, member_id=member_id, bond=2 * event.half)


def commit(
    session: Session,
    number: ClaimArgument,
    *,
    level: Annotated[
        int | None, typer.Option(min=0, max=8, help=_("0 nothing, 1 to 7 the step granted, 8 incomplete"))
    ] = None,
    reason: Annotated[str, typer.Option(help=_("the reason in words; the chain gets its hash"))] = "",
    unreadable: Annotated[
        bool,
        typer.Option(
            "--unreadable",
            help=_("instead of a level: 'incomplete', because the evidence cannot be opened; shows the seat's key"),
        ),
    ] = False,
    member: MemberOption = None,
) -> Answer:
    """Keeps the salt on disk first, then sends the hidden vote."""
    if (level is None) != unreadable or (unreadable and reason):
        raise CommandError(_("give a --level, with a --reason if you like, or --unreadable alone"))
    state = open_claim(session, number, Stage.VOTING)
    key, panel = _panel(session, number, state)
    seat = own_seat(session, panel)
    if panel.kind is PanelKind.OPEN and (member is None or unreadable):
        raise CommandError(_("this panel is open to all members: name yours with --member, and a --level"))
    member_id = bytes(32) if member is None else session.member_id(member)
    secret = unreadable_secret(session, number, key, seat) if unreadable else b""
    if panel.kind is PanelKind.DRAWN and seat not in session.mutual.seat_keys(key):
        session.note(_("your seat announced no key to read the evidence with: tongxin evidence announce"))
    ballot = Ballot(
        panel=key,
        attempt=panel.attempt,
        seat=seat,
        level=INCOMPLETE if level is None else level,
        reason=reason,
        salt=secrets.token_hex(SALT_BYTES),
        shown=secret.hex(),
    )
    if unreadable:
        session.confirm(_("Vote 'incomplete' and show your seat's key to everybody when the vote is shown?"))
    _box(session).keep(ballot)
    receipt = session.act(session.mutual.jury.commit(key, seat, member_id, _hidden(session, ballot)))
    event = receipt.one(Committed)
    now = session.mutual.jury.panel(key) or panel
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("vote"), level_name(ballot.level)),
        (_("reveal from"), instant(now.commit_by)),
        (_("and before"), instant(now.reveal_by)),
        (_("kept in"), _box(session).path),
    ]
    data = {
        "claim": number,
        "panel": key,
        "level": ballot.level,
        "commitment": event.commitment,
        "reveal_by": now.reveal_by,
    }
    return session.done(receipt, _("Hidden vote given; without the kept salt the bond is lost"), rows, **data)


def reveal(session: Session, number: ClaimArgument) -> Answer:
    """Finds the ballot that fits the commitment on chain, and shows it."""
    state = open_claim(session, number, Stage.VOTING)
    key, panel = _panel(session, number, state)
    seat = own_seat(session, panel)
    jury = session.mutual.jury
    hidden = jury.commitments(key, panel.attempt, seat)
    if hidden == bytes(32):
        raise CommandError(_("no hidden vote of {address} waits on this panel").format(address=session.signer.address))
    for ballot in _box(session).ballots(key, panel.attempt, seat):
        if _hidden(session, ballot) == hidden:
            break
    else:
        raise CommandError(_("{path} does not hold the salt of this vote").format(path=_box(session).path))
    salt = bytes.fromhex(ballot.salt)
    receipt = session.act(jury.reveal(key, seat, ballot.level, ballot.reason_word, salt))
    event = receipt.one(Revealed)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("vote"), level_name(event.level)),
        (_("reason"), ballot.reason),
    ]
    return session.done(
        receipt, _("Vote shown"), rows, claim=number, panel=key, level=event.level, reason=ballot.reason
    )


def expose(
    session: Session,
    *,
    number: ClaimArgument,
    juror: Annotated[str, typer.Option(help=_("wallet of the juror who gave the vote away"))],
    level: Annotated[int, typer.Option(min=0, max=8, help=_("the level that was given away"))],
    salt: Annotated[str, typer.Option(help=_("the salt that was given away, 0x and 64 hexadecimal digits"))],
    reason: Annotated[str, typer.Option(help=_("the reason in words, if there is one"))] = "",
) -> Answer:
    """Voids the vote; the juror loses half the bond."""
    state = open_claim(session, number, Stage.VOTING)
    key, panel = _panel(session, number, state)
    seat = _seat_of(session, key, panel, checksum(juror))
    given = reason_hash(reason)
    receipt = session.act(session.mutual.jury.expose(key, seat, level, given, _salt(salt)))
    event = receipt.one(Exposed)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("juror"), checksum(juror)),
        (_("lost from the bond"), session.money(event.amount)),
    ]
    data = {"claim": number, "panel": key, "seat": event.seat, "level": event.level, "amount": event.amount}
    return session.done(receipt, _("The vote is void"), rows, **data)


def _seat_of(session: Session, key: int, panel: Panel, wallet: str) -> int:
    if panel.kind is PanelKind.OPEN:
        return int(wallet, 16)
    for seat in range(panel.size):
        if session.mutual.jury.juror(key, seat) == wallet:
            return seat
    raise CommandError(_("{address} has no seat on the panel that votes now").format(address=wallet))


def _salt(text: str) -> bytes:
    try:
        salt = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        salt = b""
    if len(salt) != SALT_BYTES:
        raise CommandError(_("the salt must be 0x and 64 hexadecimal digits"))
    return salt


def retire(session: Session) -> Answer:
    """Retires."""
    receipt = session.act(session.mutual.jury.retire())
    event = receipt.one(Retired)
    wait = 3 * session.fund_terms.member.notice
    rows: list[tuple[str, object]] = [(_("bond can be taken out from"), instant(event.out_at + wait))]
    return session.done(receipt, _("Retired"), rows, index=event.index, out_at=event.out_at)


def withdraw_bond(session: Session) -> Answer:
    """Takes out what is left of the bond."""
    index = session.mutual.jury.index_of(session.signer.address)
    if index is None:
        raise CommandError(_("{address} is not on the jurors' list").format(address=session.signer.address))
    receipt = session.act(session.mutual.jury.withdraw_bond(index))
    return session.done(receipt, _("Bond taken out"), [(_("number on the list"), index)], index=index)


def _panel(session: Session, number: int, state: ClaimState) -> tuple[int, Panel]:
    key = panel_key(number, state.n, is_open=state.open_panel)
    panel = session.mutual.jury.panel(key)
    if panel is None:
        raise CommandError(_("claim {number} has no panel yet").format(number=number))
    return key, panel


def _hidden(session: Session, ballot: Ballot) -> bytes:
    """The commitment to a ballot."""
    return session.mutual.jury.commitment(
        ballot.panel,
        ballot.attempt,
        ballot.seat,
        level=ballot.level,
        reason=ballot.reason_word,
        salt=bytes.fromhex(ballot.salt),
    )


def _box(session: Session) -> BallotBox:
    return BallotBox(session.settings.home / "ballots", session.endpoints.chain_id, session.mutual.jury.address)
