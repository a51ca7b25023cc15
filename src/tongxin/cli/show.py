# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin show`: what stands on the chain, for anybody."""

from typing import Annotated

import typer

from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.cli.app import command, group
from tongxin.cli.claim import claim_answer
from tongxin.cli.claims import ClaimArgument
from tongxin.cli.claims import standing as claim_standing
from tongxin.cli.outlook import outlook, worst_case_table
from tongxin.cli.output import Answer, duration, fields, instant
from tongxin.cli.session import CommandError, Session
from tongxin.cli.stages import at_the_end, stage_text, standing
from tongxin.cli.text import _
from tongxin.cli.transaction import transaction
from tongxin.units import SCALE
from tongxin.words import FundStage, MemberStatus, MoneyFlag

HOUR = 3600

MemberArgument = Annotated[str, typer.Argument(help=_("member id"))]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    shows = group(program, "show", _("Look at a mutual, a member, a claim, a round, a transaction, the worst case."))
    command(shows, "mutual", _("The mutual's accounts and rules in force."))(mutual)
    command(shows, "member", _("A membership: balance, runway, cover."))(member)
    command(shows, "claim", _("A claim: stage, panel, verdict, payment."))(claim)
    command(shows, "round", _("The outstanding round, or a settled one."))(settlement_round)
    command(shows, "transaction", _("What became of a transaction, and how firmly it stands."))(transaction)
    command(shows, "worst-case", _("Most that could be collected and paid today."))(worst_case)


def mutual(session: Session) -> Answer:
    """The mutual."""
    here = session.mutual
    books, purse, bonds = here.fund.books(), here.fund.purse(), here.fund.bonds()
    holds = here.token.balance_of(here.fund.address)
    owed = books.deposits + purse.surplus + purse.due + purse.fees + bonds
    terms = session.fund_terms
    docket, rules, successor = here.court.docket(), here.in_force, here.assembly.successor()
    money = session.money
    life = standing(session)
    rows: list[tuple[str, object]] = [
        (_("stage"), stage_text(life)),
        (_("version in force"), rules.number),
        (_("in force since"), instant(rules.effective_from)),
        (_("members in force"), books.heads),
        (_("shares in force"), f"{books.shares / 1000:,.3f}"),
        (_("deposits"), money(books.deposits)),
        (_("surplus"), money(purse.surplus)),
        (_("due to payees"), money(purse.due)),
        (_("bonds held"), money(bonds)),
        (_("fees"), money(purse.fees)),
        (_("the fund holds"), money(holds)),
        (
            _("holds at least what it owes"),
            _("yes") if holds >= owed else _("NO: {amount} short").format(amount=money(owed - holds)),
        ),
        (_("cost of one share so far"), money(books.index * 1000 // SCALE)),
        (_("claims filed"), docket.filed),
        (
            _("rounds"),
            _("each claim at once") if terms.money.flags & MoneyFlag.IMMEDIATE else duration(terms.money.period),
        ),
        (_("notice of leaving"), duration(terms.member.notice)),
        (_("successor"), _("none") if successor == ZERO_ADDRESS else successor),
        (_("charter"), f"0x{terms.charter_hash.hex()}"),
        (_("token"), here.token.address),
        (_("court"), here.court.address),
        (_("jury"), here.jury.address),
        (_("office"), here.office.address),
        (_("assembly"), here.assembly.address),
    ]
    data: dict[str, object] = {
        "fund": here.fund.address,
        "charter": here.charter.address,
        "office": here.office.address,
        "jury": here.jury.address,
        "court": here.court.address,
        "assembly": here.assembly.address,
        "stage": life.life.stage.name.lower(),
        "version": rules.number,
        "effective_from": rules.effective_from,
        "successor": None if successor == ZERO_ADDRESS else successor,
        "token": here.token.address,
        "members": books.heads,
        "shares": books.shares,
        "index": books.index,
        "deposits": books.deposits,
        "surplus": purse.surplus,
        "due": purse.due,
        "fees": purse.fees,
        "bonds": bonds,
        "fund_holds": holds,
        "claims_filed": docket.filed,
        "charter_hash": terms.charter_hash,
    }
    return Answer(data, fields(_("Mutual {address}").format(address=here.fund.address), rows))


def member(session: Session, number: MemberArgument) -> Answer:
    """A membership."""
    member_id = session.member_id(number)
    record = session.mutual.fund.record(member_id)
    found, index = record.member, record.index
    if not found.occupied:
        raise CommandError(_("nobody is a member under {member}").format(member="0x" + member_id.hex()))
    in_force = found.in_force(index, session.spacing)
    runway = max(0, found.tick * session.spacing - index)
    balance = session.mutual.fund.balance_of(member_id)
    worst = outlook(session, found.shares, runway)
    order = session.mutual.fund.orders(member_id)
    end = at_the_end(session, found, in_force=in_force)
    ended = session.mutual.fund.stage().stage is FundStage.ENDED
    states = [
        (_("in force"), in_force and not ended),
        (_("to be paid out"), ended and not found.status & MemberStatus.EXITED),
        (_("lapsed"), not in_force and not ended and not found.status & MemberStatus.EXITED),
        (_("has not accepted the charter"), not found.status & MemberStatus.ACCEPTED),
        (_("leaving"), bool(found.status & MemberStatus.LEAVING)),
        (_("has left"), bool(found.status & MemberStatus.EXITED)),
    ]
    rows: list[tuple[str, object]] = [
        (_("state"), ", ".join(name for name, holds in states if holds)),
        (_("wallet"), found.wallet),
        (_("class"), found.class_id),
        (_("share"), f"{found.shares / 1000:g}"),
        (_("balance now"), session.money(balance)),
        (_("most you can lose in the next settlement"), session.money(worst.largest_loss)),
        (_("runway left"), session.money(found.shares * runway // SCALE)),
        (_("member since"), instant(found.joined_at)),
        (_("if the mutual winds down"), end.text),
        (_("standing order"), session.money(order.most_per_period) if order.most_per_period else _("none")),
    ]
    data: dict[str, object] = {
        "member_id": member_id,
        "wallet": found.wallet,
        "class_id": found.class_id,
        "shares": found.shares,
        "tick": found.tick,
        "balance": balance,
        "in_force": in_force,
        "accepted": bool(found.status & MemberStatus.ACCEPTED),
        "leaving": bool(found.status & MemberStatus.LEAVING),
        "exited": bool(found.status & MemberStatus.EXITED),
        "joined": found.joined_at,
        "largest_loss": worst.largest_loss,
        "registered": bool(found.status & MemberStatus.REGISTERED),
        "part_at_the_end": end.part,
        "lapsed_at": record.tick.stamp if not in_force else 0,
        "order_most_per_period": order.most_per_period,
        "order_target": order.target,
    }
    return Answer(data, fields(_("Member 0x{member}").format(member=member_id.hex()), rows))


def claim(session: Session, number: ClaimArgument) -> Answer:
    """A claim."""
    return claim_answer(session, claim_standing(session, number))


def settlement_round(
    session: Session,
    number: Annotated[
        int | None, typer.Argument(min=1, help=_("number; left out, the outstanding or last round"))
    ] = None,
) -> Answer:
    """A round."""
    fund = session.mutual.fund
    last = fund.round()
    if not last.number:
        raise CommandError(_("no round was opened yet"))
    chosen = number or last.number
    if chosen > last.number:
        raise CommandError(_("there is no round {number}; the last is {last}").format(number=chosen, last=last.number))
    outstanding = chosen == last.number and fund.books().pending
    payout = fund.payout(chosen)
    due = last.due if outstanding else payout.due
    rows: list[tuple[str, object]] = [
        (_("state"), _("outstanding") if outstanding else _("settled")),
        (_("due"), session.money(due)),
        (_("claims not yet paid"), payout.left),
    ]
    if outstanding:
        rows.append((_("closes"), instant(last.closes_at)))
    else:
        rows.append((_("paid out"), session.money(payout.paid)))
    data: dict[str, object] = {
        "round": chosen,
        "outstanding": outstanding,
        "closes_at": last.closes_at if chosen == last.number else 0,
        "due": due,
        "paid": payout.paid,
        "claims_left": payout.left,
        "unpaid": fund.unpaid(chosen),
    }
    return Answer(data, fields(_("Round {number}").format(number=chosen), rows))


def worst_case(
    session: Session,
    number: Annotated[str | None, typer.Option("--member", help=_("for this member"))] = None,
) -> Answer:
    """The worst case, for a member or for anybody."""
    shares = runway = 0
    if number is not None:
        record = session.mutual.fund.record(session.member_id(number))
        shares = record.member.shares
        runway = max(0, record.member.tick * session.spacing - record.index)
    found = outlook(session, shares, runway)
    data: dict[str, object] = {"rise": found.rise, "largest_loss": found.largest_loss, "payable": found.payable}
    return Answer(data, worst_case_table(session, found, shares))
