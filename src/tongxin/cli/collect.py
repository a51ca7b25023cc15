# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin order` and `collect`: standing orders (R-40)."""

from typing import Annotated

import typer

from tongxin.chain.events import Collected, OrderSet
from tongxin.chain.fund import COLLECT_BATCH
from tongxin.cli.amounts import read_units
from tongxin.cli.app import command
from tongxin.cli.output import Answer, fields
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    command(program, "order", _("Set a membership's standing order, or take it back with --most 0."))(order)
    command(program, "collect", _("Carry out standing orders; anybody may."))(collect)


def order(
    session: Session,
    member: Annotated[str, typer.Argument(help=_("member id"))],
    most: Annotated[str, typer.Option(help=_("most tokens in one period; 0 takes the order back"))],
    target: Annotated[int, typer.Option(min=0, help=_("runway to keep, in ticks"))] = 0,
    periods: Annotated[int, typer.Option(min=1, help=_("for how many periods the token's allowance is to last"))] = 12,
) -> Answer:
    """Sets a standing order; the wallet itself only. The mutual must be allowed to take what the order says."""
    member_id = session.member_id(member)
    units = 0 if most == "0" else read_units(session, most)
    receipt = session.act(session.mutual.fund.set_order(member_id, units, target))
    event = receipt.one(OrderSet)
    if units:
        session.allow(units * periods)
    rows: list[tuple[str, object]] = [
        (_("most in one period"), session.money(event.most_per_period)),
        (_("runway to keep"), _("{count} ticks").format(count=event.target)),
        (_("allowed to be taken"), session.money(session.mutual.token.allowance(receipt.sender, session.fund_address))),
    ]
    return session.done(
        receipt,
        _("Standing order"),
        rows,
        member_id=member_id,
        most_per_period=event.most_per_period,
        target=event.target,
    )


def collect(
    session: Session,
    member: Annotated[
        list[str] | None, typer.Argument(help=_("member ids; left out, all with a standing order"))
    ] = None,
) -> Answer:
    """Carries out standing orders in batches of 100."""
    fund = session.mutual.fund
    if member:
        ids = [session.member_id(text) for text in member]
    else:
        ids = list(dict.fromkeys(event.member_id for event in session.events(OrderSet) if event.most_per_period))
    if not ids:
        raise CommandError(_("nobody has a standing order; nothing was done"))
    moved: list[dict[str, object]] = []
    with session.progress(_("collecting"), len(ids)) as done:
        for start in range(0, len(ids), COLLECT_BATCH):
            part = ids[start : start + COLLECT_BATCH]
            receipt = session.act(fund.collect(part))
            where = session.mined(receipt)
            moved += [
                {"member_id": event.member_id, "tick": event.tick, "price": event.price, **where}
                for event in receipt.all(Collected)
            ]
            done(start + len(part))
    price = sum(int(str(item["price"])) for item in moved)
    rows: list[tuple[str, object]] = [
        (_("orders looked at"), len(ids)),
        (_("members topped up"), len(moved)),
        (_("collected"), session.money(price)),
    ]
    data: dict[str, object] = {"looked_at": len(ids), "topped_up": len(moved), "price": price, "collected": moved}
    return Answer(data, fields(_("Collected"), rows))
