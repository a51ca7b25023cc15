# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin settle`: closing claims, settling rounds, paying and carrying; anybody may (R-13 to R-15, R-80, R-83)."""

import typer

from tongxin.chain.events import Carried, JurorsPaid, Paid, RoundSettled
from tongxin.cli.app import command, group
from tongxin.cli.claim import claim_answer
from tongxin.cli.claims import PAID_FLAGS, ClaimArgument, open_claim_number, standing
from tongxin.cli.output import Answer
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    settles = group(program, "settle", _("Close claims, settle rounds, pay; anybody may."))
    command(settles, "claim", _("Close a claim after its notice."))(claim)
    command(settles, "round", _("Settle the round that is closed."))(settle_round)
    command(settles, "pay", _("Pay a claim its part of a settled round."))(pay)
    command(settles, "carry", _("Take a claim's unpaid rest into a later round."))(carry)
    command(settles, "jurors", _("Credit the jurors of a closed claim."))(jurors)


def claim(session: Session, number: ClaimArgument) -> Answer:
    """Closes a claim."""
    receipt = session.act(session.mutual.court.settle(number, standing(session, number).claim))
    answer = claim_answer(session, standing(session, number))
    return Answer({**answer.data, **session.mined(receipt)}, answer.view)


def settle_round(session: Session) -> Answer:
    """Settles the closed round."""
    receipt = session.act(session.mutual.fund.settle_round())
    event = receipt.one(RoundSettled)
    rows: list[tuple[str, object]] = [
        (_("round"), event.number),
        (_("due"), session.money(event.due)),
        (_("from the surplus"), session.money(event.from_surplus)),
        (_("collected"), session.money(event.collected)),
        (_("paid out"), session.money(event.paid)),
        (_("fee"), session.money(event.fee)),
    ]
    data = {
        "round": event.number,
        "due": event.due,
        "from_surplus": event.from_surplus,
        "collected": event.collected,
        "paid": event.paid,
        "fee": event.fee,
        "index": event.index,
    }
    return session.done(receipt, _("Round settled"), rows, **data)


def pay(session: Session, number: ClaimArgument) -> Answer:
    """Pays a claim."""
    open_claim_number(session, number)
    receipt = session.act(session.mutual.fund.pay(session.mutual.court.address, number))
    event = receipt.one(Paid)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("paid"), session.money(event.amount)),
        (_("to"), event.payee),
        (_("rest"), session.money(event.rest)),
    ]
    data = {"claim": number, "paid": event.amount, "payee": event.payee, "rest": event.rest, "carried": event.carried}
    return session.done(receipt, _("Paid"), rows, **data)


def carry(session: Session, number: ClaimArgument) -> Answer:
    """Carries a rest."""
    open_claim_number(session, number)
    receipt = session.act(session.mutual.fund.carry(session.mutual.court.address, number))
    event = receipt.one(Carried)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("due"), session.money(event.due)),
        (_("round"), event.round),
    ]
    return session.done(receipt, _("Carried"), rows, claim=number, due=event.due, round=event.round)


def jurors(session: Session, number: ClaimArgument) -> Answer:
    """Credits the jurors of every panel that has not been paid; they take it with `tongxin withdraw`."""
    found = standing(session, number)
    done: list[dict[str, object]] = []
    unpaid = [n for n in range(found.state.n + 1) if not found.state.flags & PAID_FLAGS[n]]
    if not unpaid:
        raise CommandError(_("the jurors of claim {number} were credited already").format(number=number))
    for n in unpaid:
        receipt = session.act(session.mutual.court.pay_jurors(number, n))
        event = receipt.one(JurorsPaid)
        done.append(
            {
                "panel_number": n,
                "each": event.each,
                "count": event.count,
                **session.mined(receipt),
            }
        )
    total = sum(int(str(item["each"])) * int(str(item["count"])) for item in done)
    text = _("{total} credited to the jurors; each takes it with `tongxin withdraw`").format(total=session.money(total))
    return Answer({"claim": number, "panels": done, "total": total}, text)
