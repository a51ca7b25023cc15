# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin top-up`: lengthen one runway, or many from a treasurer's list with receipts that can be verified (R-39)."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tongxin.chain.events import ToppedUp
from tongxin.chain.fund import TOP_UP_BATCH
from tongxin.chain.payments import Purpose
from tongxin.chain.records import Member
from tongxin.cli.amounts import read_units
from tongxin.cli.app import command
from tongxin.cli.lists import check_problems, problem_data
from tongxin.cli.output import Answer, fields, listing, stack
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.runway import affordable_tick, price_of
from tongxin.cli.sealed_lists import opener_of
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.roster import (
    Contribution,
    Purchase,
    Receipt,
    Receipts,
    TopUpPlan,
    read_contributions,
    read_plan,
    read_receipts,
    write_plan,
    write_receipts,
)
from tongxin.units import SCALE, ceil_div

MOST_SHOWN = 20


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    text = _("Lengthen a member's runway, or those in a treasurer's CSV; or verify receipts.")
    command(program, "top-up", text)(top_up)


def top_up(
    session: Session,
    *,
    member: Annotated[str | None, typer.Argument(help=_("member id"))] = None,
    amount: Annotated[str | None, typer.Option(help=_("tokens to pay at most; buys whole ticks"))] = None,
    ticks: Annotated[int | None, typer.Option(min=1, help=_("ticks to add"))] = None,
    pay: PayWith = Method.ALLOWANCE,
    file: Annotated[
        Path | None, typer.Option("--file", help=_("a treasurer's CSV: member, and amount or ticks"))
    ] = None,
    receipts: Annotated[Path | None, typer.Option(help=_("where to write the receipts of --file"))] = None,
    verify: Annotated[Path | None, typer.Option(help=_("receipts to compare with the chain; nothing is paid"))] = None,
    only_good: Annotated[bool, typer.Option(help=_("use the good rows although others are wrong"))] = False,
) -> Answer:
    """One of three: a member, a list, or receipts to verify."""
    if sum(item is not None for item in (member, file, verify)) != 1:
        raise CommandError(_("name either a member, or a list with --file, or receipts with --verify"))
    if verify is not None:
        return _verify(session, verify)
    if file is not None:
        return _many(session, file, receipts or file.with_suffix(".receipts.json"), only_good=only_good)
    assert member is not None  # noqa: S101 - the only one left of the three
    return _one(session, session.member_id(member), amount, ticks, pay)


def _one(session: Session, member_id: bytes, amount: str | None, ticks: int | None, pay: Method) -> Answer:
    if (amount is None) == (ticks is None):
        raise CommandError(_("say how much: either --amount TOKENS or --ticks NUMBER"))
    record = session.mutual.fund.record(member_id)
    member, index = record.member, record.index
    _check_occupied(member, member_id)
    in_force = member.in_force(index, session.spacing)
    start = member.tick * session.spacing if in_force else index
    arrears = 0 if in_force else ceil_div(member.shares * (index - member.tick * session.spacing), SCALE)
    if amount is not None:
        units = read_units(session, amount)
        tick = affordable_tick(member.shares, start, max(0, units - arrears), session.spacing)
        if tick * session.spacing <= start:
            least = price_of(member.shares, start, start // session.spacing + 1, session.spacing) + arrears
            raise CommandError(
                _("{amount} buys no whole tick; the least is {least}").format(
                    amount=session.money(units), least=session.money(least)
                )
            )
    else:
        tick = start // session.spacing + (ticks or 0)
    price = price_of(member.shares, start, tick, session.spacing) + arrears
    session.confirm(_("Pay {price}?").format(price=session.money(price)))
    payment = prepare(session, pay, price, Purpose.top_up(member_id, tick))
    receipt = session.act(session.mutual.fund.top_up(member_id, tick, payment))
    event = receipt.one(ToppedUp)
    rows: list[tuple[str, object]] = [
        (_("paid"), session.money(event.price + event.arrears)),
        (_("of it arrears"), session.money(event.arrears)),
        (_("balance now"), session.money(session.mutual.fund.balance_of(member_id))),
    ]
    data = {"member_id": member_id, "tick": event.tick, "price": event.price, "arrears": event.arrears}
    return session.done(receipt, _("Topped up"), rows, **data)


def _many(session: Session, file: Path, receipts: Path, *, only_good: bool) -> Answer:
    tag = None
    if session.tag_key_file.exists():
        key = session.tag_key

        def tag(number: str) -> bytes:
            return key.member_id(session.mutual.fund.address, number)

    report = read_contributions(file, session.decimals, tag, opener=opener_of(session))
    check_problems(session, file, report.problems, report.total, only_good=only_good)
    if receipts.exists():
        raise CommandError(
            _("{path} exists: this list was paid. Name another file with --receipts to pay it again").format(
                path=receipts
            )
        )
    plan_file = receipts.with_name(receipts.name + ".plan")
    refused: list[tuple[int, str]] = []
    if plan_file.exists():
        plan = _resumed(session, plan_file, file)
    else:
        plan, refused = _planned(session, file, report.rows, only_good=only_good)
        write_plan(plan_file, plan)
    written = _pay_many(session, plan)
    write_receipts(receipts, written)
    plan_file.unlink()
    paid = sum(item.price for item in written.receipts)
    data: dict[str, object] = {
        "rows": report.total,
        "topped_up": len(written.receipts),
        "not_topped_up": len(plan.purchases) - len(written.receipts),
        "price": paid,
        "receipts_file": str(receipts),
        "refused": [{"row": row, "reason": reason} for row, reason in refused],
        "problems": problem_data(report.problems),
        **written.model_dump(),
    }
    rows: list[tuple[str, object]] = [
        (_("members"), len(written.receipts)),
        (_("paid"), session.money(paid)),
        (_("receipts"), receipts),
    ]
    return Answer(data, stack(fields(_("Topped up"), rows), _receipts_view(session, written)))


def _resumed(session: Session, plan_file: Path, file: Path) -> TopUpPlan:
    """What an interrupted run of the same list had planned."""
    plan = read_plan(plan_file)
    here = (session.endpoints.chain_id, session.mutual.fund.address, session.signer.address, _digest(file))
    if (plan.chain_id, plan.fund, plan.payer, plan.list_digest) != here:
        raise CommandError(
            _(
                "{path} is left of an interrupted payment of another list, mutual or payer; finish that one first"
            ).format(path=plan_file)
        )
    session.note(_("going on where an earlier run stopped"))
    return plan


def _planned(
    session: Session, file: Path, rows: Sequence[Contribution], *, only_good: bool
) -> tuple[TopUpPlan, list[tuple[int, str]]]:
    """What is to be paid, agreed with the person; and the rows that cannot be."""
    purchases, refused = _buy(session, rows)
    if refused and not only_good:
        row, reason = refused[0]
        raise CommandError(
            _("{path}: {count} rows cannot be topped up, nothing was done; the first, row {row}: {reason}").format(
                path=file, count=len(refused), row=row, reason=reason
            )
        )
    total = sum(item.price for item in purchases)
    balance = session.mutual.token.balance_of(session.signer.address)
    if balance < total:
        raise CommandError(
            _("this costs {price}, and {payer} has {balance}; nothing was done").format(
                price=session.money(total), payer=session.signer.address, balance=session.money(balance)
            )
        )
    session.confirm(_("Top up {count} members for {price}?").format(count=len(purchases), price=session.money(total)))
    plan = TopUpPlan(
        run=uuid.uuid4().hex,
        list_digest=_digest(file),
        chain_id=session.endpoints.chain_id,
        fund=session.mutual.fund.address,
        payer=session.signer.address,
        purchases=tuple(purchases),
    )
    return plan, refused


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _buy(session: Session, rows: Sequence[Contribution]) -> tuple[list[Purchase], list[tuple[int, str]]]:
    """What every row buys, and why the others buy nothing."""
    index = session.mutual.fund.books().index
    largest = index // session.spacing + session.fund_terms.member.max_runway
    bought: list[Purchase] = []
    refused: list[tuple[int, str]] = []
    members = session.mutual.fund.members([row.member_id for row in rows])
    for row, member in zip(rows, members, strict=True):
        start = member.tick * session.spacing
        if not member.occupied:
            refused.append((row.row, _("nobody is a member under this id")))
            continue
        if not member.in_force(index, session.spacing):
            refused.append((row.row, _("the membership has lapsed; top it up alone, or rejoin")))
            continue
        if row.ticks is not None:
            tick = member.tick + row.ticks
        else:
            tick = affordable_tick(member.shares, start, row.amount or 0, session.spacing)
        if tick <= member.tick:
            refused.append((row.row, _("the amount buys no whole tick")))
        elif tick > largest:
            refused.append((row.row, _("beyond the charter's largest runway")))
        else:
            price = price_of(member.shares, start, tick, session.spacing)
            bought.append(Purchase(member_id="0x" + row.member_id.hex(), tick=tick, price=price))
    return bought, refused


def _pay_many(session: Session, plan: TopUpPlan) -> Receipts:
    fund = session.mutual.fund
    session.allow(sum(item.price for item in plan.purchases))
    receipts: list[Receipt] = []
    with session.progress(_("topping up"), len(plan.purchases)) as done:
        for start in range(0, len(plan.purchases), TOP_UP_BATCH):
            part = plan.purchases[start : start + TOP_UP_BATCH]
            action = fund.top_up_many(
                [bytes.fromhex(item.member_id[2:]) for item in part], [item.tick for item in part]
            )
            receipt = session.act(action, f"top-up {plan.run} {start}")
            receipts += [
                Receipt(
                    member_id="0x" + event.member_id.hex(),
                    tick=event.tick,
                    price=event.price,
                    transaction=receipt.hash,
                    block=receipt.block,
                )
                for event in receipt.all(ToppedUp)
            ]
            done(start + len(part))
    return Receipts(chain_id=plan.chain_id, fund=plan.fund, payer=plan.payer, receipts=tuple(receipts))


def _verify(session: Session, file: Path) -> Answer:
    """Compares receipts with the chain: the transaction, its block, and what it says of the member."""
    receipts = read_receipts(file)
    if receipts.chain_id != session.endpoints.chain_id:
        raise CommandError(
            _("the receipts are of chain {there}, and this is chain {here}").format(
                there=receipts.chain_id, here=session.endpoints.chain_id
            )
        )
    wrong: list[tuple[int, str, str]] = []
    seen: set[tuple[str, str]] = set()
    with session.progress(_("comparing with the chain"), len(receipts.receipts)) as done:
        for place, receipt in enumerate(receipts.receipts):
            reason = _compare(session, receipts, receipt)
            if (receipt.transaction, receipt.member_id) in seen:
                reason = _("the same payment is listed twice")
            seen.add((receipt.transaction, receipt.member_id))
            if reason is not None:
                wrong.append((place + 1, receipt.member_id, reason))
            done(place + 1)
    data: dict[str, object] = {
        "verified": not wrong,
        "receipts": len(receipts.receipts),
        "paid": sum(item.price for item in receipts.receipts),
        "wrong": [{"receipt": place, "member_id": member, "reason": reason} for place, member, reason in wrong],
    }
    if wrong:
        view = listing(
            _("Receipts that the chain does not bear out"), (_("receipt"), _("member id"), _("reason")), wrong
        )
        return Answer(data, view, code=1)
    rows: list[tuple[str, object]] = [
        (_("receipts"), len(receipts.receipts)),
        (_("payer"), receipts.payer),
        (_("mutual"), receipts.fund),
    ]
    return Answer(data, fields(_("Every receipt stands on the chain"), rows))


def _compare(session: Session, receipts: Receipts, receipt: Receipt) -> str | None:
    """What is wrong with a receipt, or None."""
    found = session.receipt(receipt.transaction)
    if found is None or not found.succeeded:
        return _("there is no such transaction")
    if found.block != receipt.block:
        return _("the transaction is in block {block}").format(block=found.block)
    events = [
        event
        for event in found.all(ToppedUp)
        if event.log.address.lower() == receipts.fund.lower() and "0x" + event.member_id.hex() == receipt.member_id
    ]
    if not events:
        return _("the transaction pays nothing for this member")
    event = events[0]
    if event.payer.lower() != receipts.payer.lower():
        return _("it was paid by {payer}").format(payer=event.payer)
    if (event.tick, event.price) != (receipt.tick, receipt.price):
        return _("the chain says tick {tick} for {price}").format(tick=event.tick, price=session.money(event.price))
    return None


def _receipts_view(session: Session, receipts: Receipts) -> Table:
    shown = [(item.member_id, session.money(item.price), item.transaction) for item in receipts.receipts[:MOST_SHOWN]]
    if len(receipts.receipts) > MOST_SHOWN:
        shown.append((_("{count} more in the file").format(count=len(receipts.receipts) - MOST_SHOWN), "", ""))
    return listing(_("Receipts"), (_("member id"), _("paid"), _("transaction")), shown)


def _check_occupied(member: Member, member_id: bytes) -> None:
    if not member.occupied:
        raise CommandError(_("nobody is a member under {member}").format(member="0x" + member_id.hex()))
