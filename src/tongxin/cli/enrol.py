# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin enrol`: a roster becomes members, paid by a sponsor; an interrupted batch resumes (R-35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain import typed_data
from tongxin.chain.events import BatchEnrolled
from tongxin.chain.fund import ENROL_BATCH
from tongxin.chain.keys import Signer
from tongxin.charter import load_charter
from tongxin.cli.app import command
from tongxin.cli.lists import check_problems, problem_data
from tongxin.cli.output import Answer, fields, stack
from tongxin.cli.sealed_lists import IdentityFile, opener_of
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.errors import TongxinError
from tongxin.roster import Batch, RosterReport, plan_batches, read_roster
from tongxin.units import BPS

SIGNATURE_SECONDS = 7 * 86_400
WEEK = 604_800


class EnrolmentStoppedError(TongxinError):
    """An enrolment stopped in the middle; `admitted` are on the chain, `left` wait for the next run."""

    def __init__(self, admitted: int, left: int, reason: str) -> None:
        super().__init__(
            _(
                "{admitted} people were enrolled and {left} were not: {reason}. The same command goes on from here"
            ).format(admitted=admitted, left=left, reason=reason.rstrip("."))
        )
        self.admitted = admitted
        self.left = left


@dataclass(frozen=True)
class Plan:
    """What is to be sent.

    Attributes:
        batches: All parts of the roster.
        fresh: How many of each part are not members yet.
        tick: Where everybody's runway is to end.
        price: What the fresh ones cost, in units.
    """

    batches: tuple[Batch, ...]
    fresh: tuple[int, ...]
    tick: int
    price: int


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    command(
        program, "enrol", _("Enrol everybody in a roster (CSV), paid by who acts; can be interrupted and resumed.")
    )(enrol)


def enrol(
    session: Session,
    *,
    roster: Annotated[
        Path, typer.Argument(help=_("CSV with the columns id_number, name, class, wallet; plain or sealed"))
    ],
    ticks: Annotated[
        int | None, typer.Option(min=1, help=_("length of everybody's runway; by default the charter's least"))
    ] = None,
    charter: Annotated[
        Path | None, typer.Option(help=_("the charter's file; by default the one published on chain"))
    ] = None,
    attestor: Annotated[
        list[str] | None, typer.Option(metavar="SPEC", help=_("who vouches, if not who pays; may be repeated"))
    ] = None,
    only_good: Annotated[bool, typer.Option(help=_("enrol the good rows although others are wrong"))] = False,
    check: Annotated[bool, typer.Option(help=_("read the roster, show what is wrong, and do nothing"))] = False,
    encoding: Annotated[str | None, typer.Option(help=_("utf-8 or gb18030; by default detected"))] = None,
    identity: IdentityFile = None,
    batch_size: Annotated[int, typer.Option(min=1, max=ENROL_BATCH, help=_("people in one transaction"))] = ENROL_BATCH,
) -> Answer:
    """Reads, checks, plans, asks, sends."""
    report = read_roster(roster, _classes(session, charter), encoding, opener_of(session, identity))
    check_problems(session, roster, report.problems, report.total, only_good=only_good or check)
    if check:
        return _checked(report)
    key = session.tag_key
    ids = [key.member_id(session.mutual.fund.address, row.id_number) for row in report.rows]
    plan = _plan(session, plan_batches(report.rows, ids, batch_size), ticks)
    _check_week(session, sum(plan.fresh))
    balance = session.mutual.token.balance_of(session.signer.address)
    if balance < plan.price:
        raise CommandError(
            _("enrolling costs {price}, and {payer} has {balance}; nothing was done").format(
                price=session.money(plan.price), payer=session.signer.address, balance=session.money(balance)
            )
        )
    session.confirm(
        _("Enrol {count} people for {price}?").format(count=sum(plan.fresh), price=session.money(plan.price))
    )
    signers = [session.open(spec) for spec in attestor] if attestor else [session.signer]
    return _send(session, report, plan, signers)


def _classes(session: Session, file: Path | None) -> dict[str, int]:
    charter = load_charter(file) if file is not None else session.rules()
    names: dict[str, int] = {}
    for place, item in enumerate(charter.classes):
        names |= {item.label.zh: place, item.label.en: place, str(place): place}
    return names


def _checked(report: RosterReport) -> Answer:
    data: dict[str, object] = {
        "clean": report.is_clean,
        "rows": report.total,
        "good_rows": len(report.rows),
        "encoding": report.encoding,
        "problems": problem_data(report.problems),
    }
    rows = [
        (_("rows"), report.total),
        (_("good rows"), len(report.rows)),
        (_("errors"), len(report.errors)),
        (_("warnings"), len(report.warnings)),
        (_("encoding"), report.encoding),
    ]
    return Answer(data, fields(_("Roster, read only"), rows), code=0 if report.is_clean else 1)


def _plan(session: Session, batches: tuple[Batch, ...], ticks: int | None) -> Plan:
    mutual = session.mutual
    tick = mutual.runway_tick(ticks or session.fund_terms.member.min_runway)
    fresh = []
    price = 0
    with session.progress(_("looking who is a member"), sum(len(batch.ids) for batch in batches)) as done:
        seen = 0
        for batch in batches:
            count = sum(not member.occupied for member in mutual.fund.members(batch.ids))
            fresh.append(count)
            price += count * mutual.join_price(batch.class_id, tick).total
            seen += len(batch.ids)
            done(seen)
    return Plan(batches, tuple(fresh), tick, price)


def _check_week(session: Session, wanted: int) -> None:
    """Stops before anything is done if the charter admits fewer people this week (R-37)."""
    terms = session.fund_terms.member
    admission = session.mutual.fund.admission()
    week = session.now() // WEEK
    base, count = (
        (admission.base, admission.count) if admission.week == week else (session.mutual.fund.books().heads, 0)
    )
    left = max(terms.admission_floor, base * terms.admission_bps // BPS) - count
    if wanted > left:
        raise CommandError(
            _(
                "the charter admits {left} more people this week and the roster has {wanted} new ones; split the roster"
            ).format(left=max(left, 0), wanted=wanted)
        )


def _send(session: Session, report: RosterReport, plan: Plan, signers: Sequence[Signer]) -> Answer:
    if plan.price:
        session.allow(plan.price)
    sent: list[dict[str, object]] = []
    admitted = skipped = price = 0
    total = sum(len(batch.ids) for batch in plan.batches)
    with session.progress(_("enrolling"), total) as done:
        for batch, fresh in zip(plan.batches, plan.fresh, strict=True):
            if fresh == 0:
                skipped += len(batch.ids)
                continue
            try:
                part = _send_batch(session, batch, plan.tick, signers)
            except TongxinError as error:
                if not admitted:
                    raise
                raise EnrolmentStoppedError(admitted, total - admitted - skipped, str(error)) from error
            sent.append(part.data)
            admitted += part.admitted
            skipped += part.skipped
            price += part.price
            done(admitted + skipped)
    data: dict[str, object] = {
        "rows": report.total,
        "admitted": admitted,
        "already_members": skipped,
        "price": price,
        "tick": plan.tick,
        "batches": sent,
        "problems": problem_data(report.problems),
    }
    rows: list[tuple[str, object]] = [
        (_("enrolled"), admitted),
        (_("members before"), skipped),
        (_("paid"), session.money(price)),
        (_("transactions"), len(sent)),
        (_("next"), _("each wallet accepts the charter with `tongxin accept`, then votes and claims")),
    ]
    return Answer(data, stack(fields(_("Enrolment"), rows)))


@dataclass(frozen=True)
class _Sent:
    admitted: int
    skipped: int
    price: int
    data: dict[str, object]


def _send_batch(session: Session, batch: Batch, tick: int, signers: Sequence[Signer]) -> _Sent:
    mutual = session.mutual
    issued = session.now()
    expiry = issued + SIGNATURE_SECONDS
    typed = typed_data.roster(
        mutual.attestation_domain, batch.ids, batch.wallets, batch.class_id, issued=issued, expiry=expiry
    )
    ordered = sorted(signers, key=lambda signer: signer.address.lower())
    signatures = [signer.sign_typed(typed) for signer in ordered]
    action = mutual.fund.enrol(
        batch.ids, batch.wallets, batch.class_id, tick, issued=issued, expiry=expiry, signatures=signatures
    )
    receipt = session.act(action, batch.purpose(mutual.fund.address))
    found = receipt.all(BatchEnrolled)
    count, paid = (found[0].count, found[0].price + found[0].entry_fees) if found else (0, 0)
    skipped = len(batch.ids) - count
    return _Sent(
        count,
        skipped,
        paid,
        {
            "class_id": batch.class_id,
            "admitted": count,
            "already_members": skipped,
            "price": paid,
            **session.mined(receipt),
        },
    )
