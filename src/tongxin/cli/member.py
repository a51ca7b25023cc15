# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin member` and `donate`: contacts, wallets, classes (R-44, R-47, R-48), and gifts to all (R-22)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.events import ClassRequested, ClassSet, ContactsSet, Donated, WalletProposed, WalletSet, WalletVetoed
from tongxin.chain.payments import Purpose
from tongxin.chain.primitives import ZERO_ADDRESS, checksum
from tongxin.chain.transactions import Receipt
from tongxin.cli.amounts import read_units
from tongxin.cli.app import command, group
from tongxin.cli.attest import check_place, signatures_of
from tongxin.cli.output import Answer, instant
from tongxin.cli.papers import ChangePaper, read_paper
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.units import SCALE, ceil_div

MemberArgument = Annotated[str, typer.Argument(help=_("member id"))]
ChangeFile = Annotated[Path, typer.Argument(help=_("what the attestor signed and handed over"))]


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    members = group(program, "member", _("Change a membership: contacts, wallet, class."))
    command(members, "contacts", _("Name who may file in your place, and who is paid then."))(contacts)
    command(members, "wallet", _("Hand your membership to another wallet of yours, at once."))(wallet)
    command(members, "propose-wallet", _("Start replacing a lost wallet; it may be vetoed for 30 days."))(propose)
    command(members, "veto-wallet", _("Stop the replacement of a wallet; the old wallet or a contact."))(veto)
    command(members, "complete-wallet", _("Complete a replacement that nobody vetoed; anybody may."))(complete)
    command(members, "class", _("Change the class as an attestor vouched; fewer shares wait for the notice."))(change)
    command(members, "apply-class", _("Apply a change to fewer shares once its notice is over; anybody may."))(apply)
    command(program, "donate", _("Give to all members: the surplus pays claims first."))(donate)


def contacts(
    session: Session,
    member: MemberArgument,
    contact: Annotated[list[str] | None, typer.Option(help=_("wallet of a contact; at most two"))] = None,
    beneficiary: Annotated[str | None, typer.Option(help=_("who is paid when a contact files"))] = None,
) -> Answer:
    """Names contacts and a beneficiary; what is left out is nobody."""
    named = [checksum(address) for address in contact or []]
    if len(named) > 2:
        raise CommandError(_("at most two contacts"))
    member_id = session.member_id(member)
    first, second = (*named, ZERO_ADDRESS, ZERO_ADDRESS)[:2]
    payee = ZERO_ADDRESS if beneficiary is None else checksum(beneficiary)
    receipt = session.act(session.mutual.office.set_contacts(member_id, first, second, payee))
    event = receipt.one(ContactsSet)
    rows: list[tuple[str, object]] = [
        (_("contacts"), ", ".join(named) or _("none")),
        (_("beneficiary"), _("none") if beneficiary is None else event.beneficiary),
    ]
    return session.done(
        receipt, _("Contacts"), rows, member_id=member_id, contacts=named, beneficiary=event.beneficiary
    )


def wallet(
    session: Session,
    member: MemberArgument,
    address: Annotated[str, typer.Argument(help=_("the new wallet"))],
) -> Answer:
    """Replaces the wallet by itself."""
    member_id = session.member_id(member)
    session.confirm(_("Hand this membership to {address}?").format(address=checksum(address)))
    return _wallet_set(session, session.act(session.mutual.office.replace_wallet(member_id, checksum(address))))


def propose(session: Session, file: ChangeFile) -> Answer:
    """Starts the replacement that attestors signed."""
    paper = _read(session, file)
    if paper.wallet is None:
        raise CommandError(_("{file} is about a class, not a wallet").format(file=file))
    action = session.mutual.office.propose_wallet(
        bytes.fromhex(paper.member_id[2:]),
        checksum(paper.wallet),
        issued=paper.issued,
        expiry=paper.expiry,
        signatures=signatures_of(paper),
    )
    receipt = session.act(action)
    event = receipt.one(WalletProposed)
    rows: list[tuple[str, object]] = [
        (_("the new wallet"), event.wallet),
        (_("can be completed from"), instant(event.ready_at)),
    ]
    data = {"member_id": event.member_id, "wallet": event.wallet, "ready_at": event.ready_at}
    return session.done(receipt, _("Replacement of a wallet begun"), rows, **data)


def veto(session: Session, member: MemberArgument) -> Answer:
    """Vetoes a replacement."""
    receipt = session.act(session.mutual.office.veto_wallet(session.member_id(member)))
    event = receipt.one(WalletVetoed)
    return session.done(
        receipt, _("Replacement stopped"), [(_("member id"), event.member_id)], member_id=event.member_id, by=event.by
    )


def complete(session: Session, member: MemberArgument) -> Answer:
    """Completes a replacement."""
    return _wallet_set(session, session.act(session.mutual.office.complete_wallet(session.member_id(member))))


def _wallet_set(session: Session, receipt: Receipt) -> Answer:
    event = receipt.one(WalletSet)
    rows: list[tuple[str, object]] = [(_("member id"), event.member_id), (_("wallet"), event.wallet)]
    data = {"member_id": event.member_id, "wallet": event.wallet, "accepted": event.accepted}
    return session.done(receipt, _("Wallet replaced"), rows, **data)


def change(session: Session, file: ChangeFile) -> Answer:
    """Changes the class: at once for as many or more shares, after the notice for fewer."""
    paper = _read(session, file)
    if paper.class_id is None:
        raise CommandError(_("{file} is about a wallet, not a class").format(file=file))
    member_id = bytes.fromhex(paper.member_id[2:])
    _allow_more_shares(session, member_id, paper.class_id)
    action = session.mutual.office.change_class(
        member_id, paper.class_id, issued=paper.issued, expiry=paper.expiry, signatures=signatures_of(paper)
    )
    receipt = session.act(action)
    waiting = receipt.all(ClassRequested)
    if not waiting:
        return _class_set(session, receipt)
    rows: list[tuple[str, object]] = [
        (_("class"), waiting[0].class_id),
        (_("can be applied from"), instant(waiting[0].applies_at)),
    ]
    data = {"member_id": member_id, "class_id": waiting[0].class_id, "applies_at": waiting[0].applies_at}
    return session.done(receipt, _("Change of class requested"), rows, **data)


def apply(session: Session, member: MemberArgument) -> Answer:
    """Applies a decrease."""
    return _class_set(session, session.act(session.mutual.office.apply_class(session.member_id(member))))


def _class_set(session: Session, receipt: Receipt) -> Answer:
    event = receipt.one(ClassSet)
    rows: list[tuple[str, object]] = [
        (_("class"), event.class_id),
        (_("share"), f"{event.shares / 1000:g}"),
        (_("paid"), session.money(event.paid)),
        (_("paid back"), session.money(event.returned)),
    ]
    data = {"member_id": event.member_id, "class_id": event.class_id, "paid": event.paid, "returned": event.returned}
    return session.done(receipt, _("Class changed"), rows, **data)


def _allow_more_shares(session: Session, member_id: bytes, class_id: int) -> None:
    """Lets the mutual take what the deposit of further shares costs (R-44)."""
    record = session.mutual.fund.record(member_id)
    shares = session.fund_terms.shares[class_id] if class_id < len(session.fund_terms.shares) else 0
    runway = record.member.tick * session.spacing - record.index
    price = ceil_div(max(0, shares - record.member.shares) * max(0, runway), SCALE)
    if price:
        session.confirm(_("Pay {price}?").format(price=session.money(price)))
        session.allow(price)


def donate(
    session: Session,
    amount: Annotated[str, typer.Argument(help=_("tokens"))],
    pay: PayWith = Method.ALLOWANCE,
) -> Answer:
    """Gives to the surplus."""
    units = read_units(session, amount)
    session.confirm(_("Give {amount} for good?").format(amount=session.money(units)))
    payment = prepare(session, pay, units, Purpose.donate())
    receipt = session.act(session.mutual.fund.donate(units, payment))
    event = receipt.one(Donated)
    return session.done(
        receipt, _("Thank you"), [(_("given"), session.money(event.amount))], payer=event.payer, amount=event.amount
    )


def _read(session: Session, file: Path) -> ChangePaper:
    paper = read_paper(file, ChangePaper)
    check_place(session, paper)
    return paper
