# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin leave`, `refund` and `withdraw`: money back to who it belongs to (R-19, R-46)."""

from typing import Annotated

import typer

from tongxin.chain.events import Left, Refunded, Withdrawn
from tongxin.cli.app import command
from tongxin.cli.output import Answer, instant
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

HOUR = 3600

MemberArgument = Annotated[str, typer.Argument(help=_("member id"))]


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    command(program, "leave", _("Give notice of leaving; it cannot be taken back."))(leave)
    command(program, "refund", _("Pay back the balance of a member whose notice is over; anybody may."))(refund)
    command(program, "withdraw", _("Pay out what waits for a payee, such as a juror's pay; anybody may."))(withdraw)


def leave(session: Session, member: MemberArgument) -> Answer:
    """Gives notice."""
    member_id = session.member_id(member)
    balance = session.mutual.fund.balance_of(member_id)
    session.confirm(_("Leave for good? The balance is {balance}.").format(balance=session.money(balance)))
    receipt = session.act(session.mutual.fund.leave(member_id))
    event = receipt.one(Left)
    rows: list[tuple[str, object]] = [
        (_("notice ends"), instant(event.ends)),
        (_("covered and sharing until then"), _("yes")),
        (_("balance now"), session.money(balance)),
        (_("next"), _("`tongxin refund` once the notice is over")),
    ]
    return session.done(receipt, _("Notice of leaving"), rows, member_id=member_id, ends=event.ends, balance=balance)


def refund(session: Session, member: MemberArgument) -> Answer:
    """Refunds a leaver."""
    member_id = session.member_id(member)
    receipt = session.act(session.mutual.fund.refund(member_id))
    event = receipt.one(Refunded)
    rows: list[tuple[str, object]] = [
        (_("paid back"), session.money(event.amount)),
        (_("to"), event.wallet),
    ]
    return session.done(receipt, _("Refund"), rows, member_id=member_id, wallet=event.wallet, amount=event.amount)


def withdraw(
    session: Session,
    payee: Annotated[str | None, typer.Argument(help=_("address; left out, who acts"))] = None,
) -> Answer:
    """Pays out a due."""
    address = payee or session.signer.address
    waiting = session.mutual.fund.dues(address)
    if not waiting:
        raise CommandError(_("nothing waits for {payee}").format(payee=address))
    receipt = session.act(session.mutual.fund.withdraw(address))
    event = receipt.one(Withdrawn)
    rows: list[tuple[str, object]] = [(_("paid out"), session.money(event.amount)), (_("to"), event.payee)]
    return session.done(receipt, _("Withdrawal"), rows, payee=event.payee, amount=event.amount)
