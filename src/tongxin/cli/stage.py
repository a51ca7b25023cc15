# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin stage`: how a mutual starts, fails to, and ends; nearly all of it by anyone (R-105 to R-111)."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from tongxin.chain.events import (
    Ended,
    FloorWatched,
    PaidOut,
    Registered,
    RemainderSwept,
    Started,
    SteppedBack,
    WoundDown,
)
from tongxin.chain.fund import REGISTER_BATCH
from tongxin.chain.primitives import keccak
from tongxin.chain.transactions import Action, Receipt
from tongxin.cli.app import command, group
from tongxin.cli.membership import everybody
from tongxin.cli.output import Answer, fields, instant, listing, stack
from tongxin.cli.session import CommandError, Session
from tongxin.cli.stages import Standing, entitled, stage_rows, stage_text, standing
from tongxin.cli.text import _
from tongxin.words import FundStage, MemberStatus

AT_ONCE = 50
"""Transactions under way at a time."""

Ids = Annotated[list[str] | None, typer.Option("--id", help=_("member id; may be repeated; by default everybody"))]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    stages = group(program, "stage", _("How a mutual starts and how it ends."))
    command(stages, "show", _("Where the mutual stands in its life, and what comes next."))(show)
    command(stages, "start", _("Start a mutual in which enough members came together; anybody may."))(start)
    command(stages, "step-back", _("Take everything out of a mutual that has not started."))(step_back)
    command(stages, "watch-floor", _("Note that there are fewer members than the floor; anybody may."))(watch_floor)
    command(stages, "wind-down", _("Wind down a mutual that stayed below its floor; anybody may."))(wind_down)
    command(stages, "register", _("Note who has a part in the surplus of a mutual that winds down; anybody may."))(
        register
    )
    command(stages, "end", _("End a mutual whose claims have run off; anybody may."))(end)
    command(stages, "pay-out", _("Pay everybody what is theirs after the end; anybody may."))(pay_out)
    command(stages, "sweep", _("Give what belongs to nobody to whom the charter names; anybody may."))(sweep)


def show(session: Session) -> Answer:
    """The stage."""
    found = standing(session)
    return Answer(_data(found), fields(_("Stage"), list(stage_rows(session, found))))


def _data(found: Standing) -> dict[str, object]:
    life = found.life
    return {
        "stage": life.stage.name.lower(),
        "version": life.version,
        "members": found.heads,
        "members_needed": found.needed,
        "start_by": found.start_by if life.stage is FundStage.GATHERING else 0,
        "failed": found.failed,
        "started": life.started,
        "floor": found.floor,
        "below_since": life.below_since,
        "wind_down_after": found.floor_until,
        "wound_at": life.wound_at,
        "ends_at": life.ends_at,
    }


def start(session: Session) -> Answer:
    """Starts (R-105)."""
    receipt = session.act(session.mutual.fund.start())
    event = receipt.one(Started)
    rows: list[tuple[str, object]] = [(_("members in force"), event.heads), (_("cover"), _("from now on"))]
    return session.done(receipt, _("The mutual runs"), rows, members=event.heads)


def step_back(
    session: Session,
    member: Annotated[
        list[str] | None, typer.Argument(help=_("member ids; left out, everybody, once the mutual failed to start"))
    ] = None,
) -> Answer:
    """Steps back: one's own membership, after the deadline anybody's (R-107)."""
    purpose = f"step back {session.fund_address}"
    if member:
        ids = [session.member_id(text) for text in member]
        # Who joins again can step back again.
        purpose += f" after block {session.mutual.head().number}"
    else:
        found = standing(session)
        if not found.failed:
            raise CommandError(
                _("{stage}: name your member id; everybody steps back only from a mutual that failed").format(
                    stage=stage_text(found)
                )
            )
        ids = [member_id for member_id, _member in everybody(session)]
    if not ids:
        raise CommandError(_("nobody is left to pay; nothing was done"))
    session.confirm(_("Take {count} memberships out of the mutual?").format(count=len(ids)))
    receipts, refused = _each(session, _("stepping back"), purpose, ids, session.mutual.fund.step_back)
    paid: list[dict[str, object]] = []
    depth = session.depth()
    for receipt in receipts:
        event = receipt.one(SteppedBack)
        paid.append(
            {
                "member_id": event.member_id,
                "wallet": event.wallet,
                "amount": event.amount,
                "entry_fee": event.entry_fee,
                **session.mined(receipt, depth),
            }
        )
    total = sum(int(str(item["amount"])) + int(str(item["entry_fee"])) for item in paid)
    return _paid(session, _("Stepped back"), paid, total, refused)


def watch_floor(session: Session) -> Answer:
    """Watches the floor (R-108)."""
    receipt = session.act(session.mutual.fund.watch_floor())
    event = receipt.one(FloorWatched)
    until = standing(session).floor_until
    rows: list[tuple[str, object]] = [
        (_("members in force"), event.heads),
        (_("below the floor since"), instant(event.since)),
        (_("can be wound down after"), instant(until)),
    ]
    data = {"members": event.heads, "since": event.since, "wind_down_after": until}
    return session.done(receipt, _("The floor is watched"), rows, **data)


def wind_down(session: Session) -> Answer:
    """Winds down by the floor (R-108); by vote it is `tongxin proposal wind-down`."""
    session.confirm(_("Begin the end of this mutual? It cannot be taken back."))
    receipt = session.act(session.mutual.fund.wind_down_by_floor())
    event = receipt.one(WoundDown)
    rows: list[tuple[str, object]] = [
        (_("earliest end"), instant(event.ends_at)),
        (_("next"), _("`tongxin stage register` before the end, then `tongxin stage end`")),
    ]
    return session.done(receipt, _("The mutual winds down"), rows, ends_at=event.ends_at)


def register(session: Session, named: Ids = None) -> Answer:
    """Registers in batches of 200; who is not entitled, or is registered, is left out (R-109)."""
    fund = session.mutual.fund
    life = fund.stage()
    if life.stage is not FundStage.WINDING_DOWN:
        found = standing(session)
        raise CommandError(
            _("{stage}: parts of the surplus are noted only while it winds down").format(stage=stage_text(found))
        )
    if named:
        wanted = [session.member_id(text) for text in named]
        people = list(zip(wanted, fund.members(wanted), strict=True))
    else:
        people = everybody(session)
    index = fund.ending().index
    ids = [
        member_id
        for member_id, member in people
        if entitled(member, index=index, spacing=session.spacing, wound_at=life.wound_at)
    ]
    noted: list[Registered] = []
    transactions: list[dict[str, object]] = []
    with session.progress(_("registering"), len(ids)) as done:
        for at in range(0, len(ids), REGISTER_BATCH):
            batch = ids[at : at + REGISTER_BATCH]
            receipt = session.act(fund.register(batch), f"register {fund.address} {keccak(b''.join(batch)).hex()}")
            noted += receipt.all(Registered)
            transactions.append(session.mined(receipt))
            done(at + len(batch))
    ending = fund.ending()
    rows: list[tuple[str, object]] = [
        (_("members looked at"), len(people)),
        (_("registered now"), len(noted)),
        (_("shares entitled to the surplus"), f"{ending.entitled / 1000:,.3f}"),
    ]
    data: dict[str, object] = {
        "looked_at": len(people),
        "registered": [{"member_id": event.member_id, "shares": event.shares} for event in noted],
        "entitled_shares": ending.entitled,
        "transactions": transactions,
    }
    return Answer(data, fields(_("Registered for the surplus"), rows))


def end(session: Session) -> Answer:
    """Ends (R-110); settles and moves on first what stands before it."""
    session.confirm(_("End the mutual? Who is not registered by now has no part in the surplus."))
    mutual = session.mutual
    mutual.settle_first(session.sender)
    while True:
        docket = mutual.court.docket()
        if docket.lowest_open > docket.filed or not mutual.court.state(docket.lowest_open).closed:
            break
        session.act(mutual.court.advance())
    receipt = session.act(mutual.fund.end())
    event = receipt.one(Ended)
    rows: list[tuple[str, object]] = [
        (_("set aside for those registered"), session.money(event.set_aside)),
        (_("shares entitled to it"), f"{event.entitled / 1000:,.3f}"),
        (_("next"), _("`tongxin stage pay-out`, then `tongxin stage sweep`")),
    ]
    data = {"set_aside": event.set_aside, "entitled_shares": event.entitled}
    return session.done(receipt, _("The mutual has ended"), rows, **data)


def pay_out(session: Session, named: Ids = None) -> Answer:
    """Pays out: everybody that has not been paid, or those named (R-110)."""
    if session.mutual.fund.stage().stage is not FundStage.ENDED:
        found = standing(session)
        raise CommandError(_("{stage}: everybody is paid only after the end").format(stage=stage_text(found)))
    purpose = f"pay out {session.fund_address}"
    if named:
        ids = [session.member_id(text) for text in named]
        # Who was paid is told so, instead of shown the old receipt.
        purpose += f" after block {session.mutual.head().number}"
    else:
        ids = [member_id for member_id, member in everybody(session) if not member.status & MemberStatus.EXITED]
    if not ids:
        raise CommandError(_("nobody is left to pay; nothing was done"))
    receipts, refused = _each(session, _("paying out"), purpose, ids, session.mutual.fund.pay_out)
    paid: list[dict[str, object]] = []
    depth = session.depth()
    for receipt in receipts:
        event = receipt.one(PaidOut)
        paid.append(
            {
                "member_id": event.member_id,
                "wallet": event.wallet,
                "amount": event.balance,
                "part": event.part,
                **session.mined(receipt, depth),
            }
        )
    total = sum(int(str(item["amount"])) + int(str(item["part"])) for item in paid)
    return _paid(session, _("Paid out"), paid, total, refused)


def sweep(session: Session) -> Answer:
    """Sweeps; the payee then takes it with `tongxin withdraw` (R-110)."""
    receipt = session.act(session.mutual.fund.sweep_remainder())
    event = receipt.one(RemainderSwept)
    rows: list[tuple[str, object]] = [
        (_("amount"), session.money(event.amount)),
        (_("waits for"), event.remainder),
        (_("next"), _("`tongxin withdraw {address}`").format(address=event.remainder)),
    ]
    data = {"amount": event.amount, "remainder": event.remainder}
    return session.done(receipt, _("The remainder"), rows, **data)


def _each(
    session: Session, text: str, purpose: str, ids: Sequence[bytes], action: Callable[[bytes], Action]
) -> tuple[list[Receipt], dict[bytes, str]]:
    """One transaction per member, many at a time; the receipts, and why others were refused.

    Raises:
        TongxinError: The only one was refused.
    """
    actions = [(f"{purpose}: {item.hex()}", action(item)) for item in ids]
    receipts: list[Receipt] = []
    refused: dict[bytes, str] = {}
    with session.progress(text, len(ids)) as done:
        outcomes = session.sender.send_many(actions, batch=AT_ONCE, progress=done)
    for member_id, outcome in zip(ids, outcomes, strict=True):
        if outcome.receipt is not None:
            receipts.append(outcome.receipt)
        elif outcome.error is not None:
            if len(ids) == 1:
                raise outcome.error
            refused[member_id] = str(outcome.error)
    return receipts, refused


def _paid(session: Session, title: str, paid: list[dict[str, object]], total: int, refused: dict[bytes, str]) -> Answer:
    rows: list[tuple[str, object]] = [
        (_("members paid"), len(paid)),
        (_("paid in all"), session.money(total)),
        (_("refused"), len(refused)),
    ]
    data: dict[str, object] = {
        "paid": paid,
        "total": total,
        "refused": [{"member_id": member_id, "why": why} for member_id, why in refused.items()],
    }
    view = fields(title, rows)
    if not refused:
        return Answer(data, view)
    shown = [("0x" + member_id.hex(), why) for member_id, why in refused.items()]
    return Answer(data, stack(view, listing(_("Refused"), (_("member id"), _("why")), shown)), code=1)
