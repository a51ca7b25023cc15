# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin join`, `accept` and `rejoin`: becoming a member by one's own act (R-32, R-33, R-38, R-43)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.events import Joined, Rejoined
from tongxin.chain.payments import Purpose
from tongxin.cli.app import command
from tongxin.cli.attest import attestation_of, check_place, signatures_of
from tongxin.cli.outlook import outlook, worst_case_table
from tongxin.cli.output import Answer, instant
from tongxin.cli.papers import AttestationPaper, read_paper
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.runway import price_of
from tongxin.cli.session import CommandError, Session
from tongxin.cli.stages import stage_text, standing
from tongxin.cli.text import _
from tongxin.units import SCALE, YEAR, ceil_div
from tongxin.words import AdmissionForm, FundStage, MemberStatus

HOUR = 3600

Ticks = Annotated[int | None, typer.Option(min=1, help=_("length of the runway; by default the charter's least"))]
MemberArgument = Annotated[str, typer.Argument(help=_("member id"))]


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    command(program, "join", _("Become a member with an attestation; shows the worst case first."))(join)
    command(program, "accept", _("Accept the charter for a membership that somebody else paid."))(accept)
    command(program, "rejoin", _("Bring back a membership that lapsed or was left."))(rejoin)


def join(
    session: Session,
    file: Annotated[Path, typer.Argument(help=_("the attestation that the attestor handed over"))],
    ticks: Ticks = None,
    pay: PayWith = Method.ALLOWANCE,
) -> Answer:
    """Joins by an attestation, an invitation or openly, as the charter has it."""
    paper = read_paper(file, AttestationPaper)
    check_place(session, paper)
    attestation = attestation_of(paper)
    fund = session.mutual.fund
    terms = session.fund_terms
    if attestation.class_id >= len(terms.shares) or not terms.shares[attestation.class_id]:
        raise CommandError(_("the charter has no class {number}").format(number=attestation.class_id))
    shares = terms.shares[attestation.class_id]
    index = fund.books().index
    tick = session.mutual.runway_tick(ticks or terms.member.min_runway)
    price = session.mutual.join_price(attestation.class_id, tick).total
    _show_terms(session, shares, tick * session.spacing - index, price)
    purpose = Purpose.join(session.endpoints.chain_id, fund.address, attestation, tick, terms.charter_hash)
    payment = prepare(session, pay, price, purpose)
    if session.court_terms.admission is AdmissionForm.OPEN:
        action = session.mutual.office.admit_open(attestation, tick, terms.charter_hash, payment)
    elif any(item.member_id for item in paper.signatures):
        inviters = sorted(paper.signatures, key=lambda item: item.member_id or "")
        action = session.mutual.office.admit_invited(
            attestation,
            [bytes.fromhex((item.member_id or "0x")[2:]) for item in inviters],
            [bytes.fromhex(item.signature[2:]) for item in inviters],
            tick,
            terms.charter_hash,
            payment=payment,
        )
    else:
        action = fund.join(attestation, signatures_of(paper), tick, terms.charter_hash, payment)
    receipt = session.act(action)
    joined = receipt.one(Joined)
    rows: list[tuple[str, object]] = [
        (_("member id"), joined.member_id),
        (_("class"), joined.class_id),
        (_("paid"), session.money(joined.price + joined.entry_fee)),
        (_("member since"), instant(joined.joined * HOUR)),
    ]
    return session.done(
        receipt,
        _("Welcome"),
        rows,
        member_id=joined.member_id,
        wallet=joined.wallet,
        class_id=joined.class_id,
        tick=joined.tick,
        price=joined.price,
        entry_fee=joined.entry_fee,
        accepted=joined.accepted,
    )


def accept(
    session: Session, member: Annotated[list[str], typer.Argument(help=_("member ids of the wallet"))]
) -> Answer:
    """Accepts the charter in force, for one membership or a family's."""
    done: list[dict[str, object]] = []
    for text in member:
        member_id = session.member_id(text)
        receipt = session.act(session.mutual.fund.accept(member_id, session.fund_terms.charter_hash))
        done.append({"member_id": member_id, **session.mined(receipt)})
    data: dict[str, object] = {"charter_hash": session.fund_terms.charter_hash, "accepted": done}
    return Answer(data, _("accepted charter 0x{hash}").format(hash=session.fund_terms.charter_hash.hex()))


def rejoin(session: Session, member: MemberArgument, ticks: Ticks = None, pay: PayWith = Method.ALLOWANCE) -> Answer:
    """Reactivates a membership; arrears of a lapse within a year are paid too."""
    member_id = session.member_id(member)
    fund = session.mutual.fund
    record = fund.record(member_id)
    if not record.member.occupied:
        raise CommandError(_("nobody is a member under {member}").format(member=member))
    terms = session.fund_terms
    tick = session.mutual.runway_tick(ticks or terms.member.min_runway)
    shares = record.member.shares
    price = price_of(shares, record.index, tick, session.spacing)
    lapsed = not record.member.status & MemberStatus.EXITED
    if lapsed and session.now() - record.tick.stamp < YEAR:
        missed = record.index - record.member.tick * session.spacing
        price += min(ceil_div(shares * missed, SCALE), ceil_div(shares * terms.money.year_cap, SCALE))
    _show_terms(session, shares, tick * session.spacing - record.index, price)
    payment = prepare(session, pay, price, Purpose.rejoin(member_id, tick, terms.charter_hash))
    receipt = session.act(fund.rejoin(member_id, tick, terms.charter_hash, payment))
    event = receipt.one(Rejoined)
    rows: list[tuple[str, object]] = [
        (_("paid"), session.money(event.price + event.arrears)),
        (_("of it arrears"), session.money(event.arrears)),
        (_("member since"), instant(event.joined * HOUR)),
    ]
    return session.done(
        receipt, _("Back again"), rows, member_id=member_id, tick=event.tick, price=event.price, arrears=event.arrears
    )


def _show_terms(session: Session, shares: int, runway: int, price: int) -> None:
    """The worst case and the charter, before anything is agreed (R-24)."""
    found = outlook(session, shares, runway)
    if not session.as_json:
        session.err.print(worst_case_table(session, found, shares))
    stage = standing(session)
    if stage.life.stage is FundStage.GATHERING:
        session.note(stage_text(stage))
        session.note(_("Until it starts nothing is covered, and whoever steps back gets all back."))
    session.note(_("charter 0x{hash}").format(hash=session.fund_terms.charter_hash.hex()))
    session.confirm(_("Pay {price} and accept this charter?").format(price=session.money(price)))
