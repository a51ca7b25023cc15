# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin claim`, `draw` and `conclude`: from filing to the last payment (R-60 to R-86)."""

import contextlib
import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.events import Cured, Drawn, Filed
from tongxin.chain.payments import Purpose
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.chain.reverts import Reverted
from tongxin.chain.structs import BondSource, Filing, Payment
from tongxin.chain.transactions import Action, Receipt
from tongxin.cli import investigation
from tongxin.cli.amounts import read_units
from tongxin.cli.app import command, group
from tongxin.cli.claims import (
    PAID_FLAGS,
    ClaimArgument,
    Standing,
    day_of,
    day_text,
    level_name,
    panel_name,
    stage_name,
    standing,
    waits_until,
)
from tongxin.cli.evidence_give import grant_panel
from tongxin.cli.outlook import outlook, worst_case_table
from tongxin.cli.output import Answer, fields, instant, listing, stack
from tongxin.cli.payment import Method, PayWith, prepare
from tongxin.cli.session import CommandError, Session
from tongxin.cli.targets import SEAL_KEY_NAME, SealedFolder, sealed_at
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.book import Book
from tongxin.evidence.errors import SummaryError
from tongxin.evidence.keys import Recipient
from tongxin.evidence.summary import Summary, check_masked
from tongxin.units import BPS
from tongxin.words import BenefitKind, Stage

MOST_STEPS = 16

Evidence = Annotated[
    Path, typer.Option(help=_("the sealed evidence, as `evidence seal` made it; it goes into the stores"))
]


class Bond(StrEnum):
    """Where a filing bond comes from (R-64)."""

    PAYMENT = "payment"
    BALANCE = "balance"
    WAIVER = "waiver"


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    claims = group(program, "claim", _("File a claim and follow it to payment."))
    command(claims, "file", _("File a claim; shows first what could be paid today."))(file)
    command(claims, "status", _("Show where a claim stands and whom it waits for."))(status)
    command(claims, "grant", _("Give the panel access to the evidence, which opens the voting."))(grant)
    command(claims, "cure", _("Complete a claim that the panel found incomplete."))(cure)
    command(claims, "commission", _("Ask for the charter's investigator, as a juror of the panel."))(
        investigation.commission
    )
    command(claims, "report", _("File the investigator's report."))(investigation.report)
    command(claims, "push", _("Do whatever steps of a claim are due; anybody may."))(push)
    command(program, "draw", _("Draw the panel of a claim; anybody may."))(draw)
    command(program, "conclude", _("End the voting on a claim; anybody may."))(conclude)


def file(
    session: Session,
    *,
    member: Annotated[str, typer.Argument(help=_("member id of who was hit"))],
    benefit: Annotated[int, typer.Option(min=0, help=_("number of the benefit in the charter"))],
    day: Annotated[str, typer.Option(help=_("day of the event, like 2026-11-22, in the charter's time zone"))],
    evidence: Evidence,
    summary: Annotated[Path, typer.Option(help=_("the public summary, masked: everybody can read it"))],
    keep_out: Annotated[
        Path | None,
        typer.Option(
            help=_("a file of words that must not stand in the summary, such as names, one a line; it stays here")
        ),
    ] = None,
    claimed: Annotated[str | None, typer.Option(help=_("amount claimed, for reimbursements and refunds"))] = None,
    seal_key: Annotated[
        str | None, typer.Option(help=_("recipient age1... of the document's key, if seal_key.txt is not beside it"))
    ] = None,
    bond: Annotated[Bond, typer.Option(help=_("where the filing bond comes from"))] = Bond.PAYMENT,
    pay: PayWith = Method.ALLOWANCE,
) -> Answer:
    """Files a claim."""
    sealed = sealed_at(evidence)
    filing = Filing(
        member_id=session.member_id(member),
        benefit=benefit,
        day=day_of(day),
        claimed=0 if claimed is None else read_units(session, claimed),
        evidence=sealed.digest,
        seal_key=_seal_key(sealed, seal_key),
        summary=_masked(session, summary, keep_out),
        source=BondSource[bond.name],
    )
    _show_outlook(session, filing)
    vault = Vault(session)
    vault.put(sealed.document, _("Putting the evidence"))
    vault.put(summary, _("Putting the summary"))
    _say_whether_kept(vault, sealed)
    receipt = session.act(session.mutual.court.file(filing, _bond_payment(session, filing, pay)))
    filed = receipt.one(Filed)
    rows: list[tuple[str, object]] = [
        (_("number"), filed.c),
        (_("event"), day_text(filed.day)),
        (_("base amount"), session.money(filed.base)),
        (_("bond"), session.money(filed.bond)),
        (_("payee"), filed.payee),
        (_("panel is drawn after block"), filed.lot_block),
    ]
    return session.done(
        receipt,
        _("Claim filed"),
        rows,
        claim=filed.c,
        member_id=filed.member_id,
        base=filed.base,
        bond=filed.bond,
        payee=filed.payee,
        lot_block=filed.lot_block,
    )


def _show_outlook(session: Session, filing: Filing) -> None:
    """What could be paid today, and what the filing risks (R-24)."""
    member = session.mutual.fund.member(filing.member_id)
    if not member.occupied:
        raise CommandError(_("nobody is a member under {member}").format(member="0x" + filing.member_id.hex()))
    terms = session.mutual.awarded(filing.member_id, filing.benefit, filing.day)
    if not terms.amount:
        raise CommandError(
            _("the rules of {day} grant class {number} nothing under benefit {benefit}").format(
                day=day_text(filing.day), number=member.class_id, benefit=filing.benefit
            )
        )
    if terms.benefit.kind is not BenefitKind.LUMP_SUM and not filing.claimed:
        raise CommandError(_("this benefit pays a part of what you claim: say how much with --claimed"))
    found = outlook(session)
    if not session.as_json:
        session.err.print(worst_case_table(session, found, 0))
        levels = [
            (number, f"{part / 100:g} %", session.money(terms.amount * part // BPS))
            for number, part in enumerate(terms.benefit.levels, 1)
        ]
        columns = (_("level"), _("part"), _("at most"))
        title = _("What the panel can grant by version {number} of the rules").format(number=terms.version)
        session.err.print(listing(title, columns, levels, right=2))
    bond = session.money(session.mutual.filing_bond(filing.day))
    session.confirm(_("File this claim? A bond of {bond} comes back if it is granted.").format(bond=bond))


def _bond_payment(session: Session, filing: Filing, pay: Method) -> Payment:
    bond = session.mutual.filing_bond(filing.day)
    if filing.source is not BondSource.PAYMENT or not bond:
        return Payment()
    return prepare(session, pay, bond, Purpose.filing_bond(filing, session.signer.address))


def status(session: Session, number: ClaimArgument) -> Answer:
    """Shows a claim."""
    return claim_answer(session, standing(session, number))


def claim_answer(session: Session, found: Standing) -> Answer:
    """A claim's standing as an answer; also what `show claim` says."""
    state, claim, panel = found.state, found.claim, found.panel
    due = claim.base * state.part // BPS
    rows: list[tuple[str, object]] = [
        (_("stage"), stage_name(state.stage)),
        (_("until"), waits_until(found)),
        (_("member id"), claim.member_id),
        (_("event"), day_text(claim.day)),
        (_("judged by version"), claim.version),
        (_("filed"), instant(claim.filed_at)),
        (_("base amount"), session.money(claim.base)),
        (_("payee"), claim.payee),
        (_("panel"), panel_name(panel) if panel is not None else _("not drawn yet")),
    ]
    if state.stage in {Stage.NOTICE, Stage.GRANTED, Stage.DENIED}:
        rows += [(_("verdict"), level_name(state.level)), (_("due"), session.money(due))]
    deferred = session.mutual.fund.deferred(session.mutual.court.address, found.number)
    waiting = deferred.payee != ZERO_ADDRESS
    if waiting:
        where = _("round {number}").format(number=deferred.round) if deferred.round else _("waits to be carried")
        rows.append((_("still to be paid"), f"{session.money(deferred.due)} ({where})"))
    announced: list[int] = []
    if state.stage is Stage.ACCESS:
        announced = sorted(session.mutual.seat_keys(found.key))
        rows.append((_("seats that announced a key"), ", ".join(map(str, announced)) or "-"))
        rows.append((_("next"), _("jurors: `tongxin evidence announce`; then the claimant: `tongxin claim grant`")))
    seats = [] if panel is None else _seats(session, found)
    data: dict[str, object] = {
        "claim": found.number,
        "stage": state.stage.name.lower(),
        "panel_number": state.n,
        "attempt": state.attempt,
        "level": state.level,
        "deadline": state.deadline,
        "lot_block": state.lot_block,
        "base": claim.base,
        "due": due,
        "deferred": deferred.due if waiting else 0,
        "round": deferred.round if waiting else 0,
        "member_id": claim.member_id,
        "payee": claim.payee,
        "day": day_text(claim.day),
        "filed_at": claim.filed_at,
        "version": claim.version,
        "evidence": claim.evidence,
        "summary": claim.summary,
        "commit_by": 0 if panel is None else panel.commit_by,
        "reveal_by": 0 if panel is None else panel.reveal_by,
        "seats": [{"seat": seat, "juror": juror, "vote": vote} for seat, juror, vote in seats],
        "announced": announced,
    }
    view = fields(_("Claim {number}").format(number=found.number), rows)
    if not seats:
        return Answer(data, view)
    shown = [(seat, juror, _("hidden or none") if vote is None else level_name(vote)) for seat, juror, vote in seats]
    return Answer(data, stack(view, listing(_("Seats"), (_("seat"), _("juror"), _("vote")), shown)))


def _seats(session: Session, found: Standing) -> list[tuple[int, str, int | None]]:
    assert found.panel is not None  # noqa: S101 - callers looked
    jury = session.mutual.jury
    return [
        (seat, jury.volunteers(index).wallet, found.panel.votes[seat])
        for seat, index in enumerate(found.panel.seats)
        if index is not None
    ]


def grant(session: Session, number: ClaimArgument) -> Answer:
    """Gives access."""
    return grant_panel(session, number)


def cure(session: Session, number: ClaimArgument, evidence: Evidence) -> Answer:
    """Completes a claim."""
    found = standing(session, number)
    sealed = sealed_at(evidence)
    if any(item.document == sealed.digest for item in Book(session.mutual).documents(claim=number)):
        raise CommandError(_("this document was filed already: seal all files anew, the new ones among them"))
    vault = Vault(session)
    session.sender.estimate(session.mutual.court.cure(number, found.claim, sealed.digest))
    vault.put(sealed.document, _("Putting the evidence"))
    _say_whether_kept(vault, sealed)
    receipt = session.act(session.mutual.court.cure(number, found.claim, sealed.digest))
    event = receipt.one(Cured)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("next"), _("give access again before {time}").format(time=instant(event.deadline))),
    ]
    data = {"claim": number, "evidence": event.evidence, "deadline": event.deadline}
    return session.done(receipt, _("Claim completed"), rows, **data)


def draw(session: Session, number: ClaimArgument) -> Answer:
    """Draws."""
    found = standing(session, number)
    receipt = session.act(session.mutual.court.draw(number, found.claim))
    event = receipt.one(Drawn)
    now = standing(session, number)
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("panel"), panel_name(now.panel) if now.panel is not None else "-"),
        (_("stage"), stage_name(now.state.stage)),
        (_("until"), instant(event.deadline)),
    ]
    data = {"claim": number, "panel": event.key, "seed": event.seed, "filled": event.filled, "deadline": event.deadline}
    return session.done(receipt, _("Drawn"), rows, **data)


def conclude(session: Session, number: ClaimArgument) -> Answer:
    """Concludes."""
    found = standing(session, number)
    receipt = session.act(session.mutual.court.conclude(number, found.claim))
    return _after(session, receipt, number)


def _after(session: Session, receipt: Receipt, number: int) -> Answer:
    answer = claim_answer(session, standing(session, number))
    return Answer({**answer.data, **session.mined(receipt)}, answer.view)


def push(session: Session, number: ClaimArgument) -> Answer:
    """Does the due steps, one after the other, until the claim waits for somebody or for a time."""
    steps: list[dict[str, object]] = []
    reason = ""
    for _count in range(MOST_STEPS):
        found = standing(session, number)
        for name, action in _candidates(session, found):
            try:
                session.sender.estimate(action)
            except Reverted as error:
                reason = error.reason
                continue
            receipt = session.act(action)
            steps.append({"step": name, **session.mined(receipt)})
            break
        else:
            break
    answer = claim_answer(session, standing(session, number))
    done = listing(
        _("Steps done") if steps else _("No step is due now"),
        (_("step"), _("transaction")),
        [(item["step"], item["transaction"]) for item in steps],
    )
    return Answer({**answer.data, "steps": steps, "waits_for": reason}, stack(done, answer.view))


def _candidates(session: Session, found: Standing) -> Iterator[tuple[str, Action]]:
    """The steps that anybody may do at a claim's stage; the contract decides which are due."""
    court, fund = session.mutual.court, session.mutual.fund
    number, claim, stage = found.number, found.claim, found.state.stage
    if stage is Stage.LOT:
        yield "draw", court.draw(number, claim)
    elif stage in {Stage.ACCESS, Stage.CURE}:
        yield "time_out", court.time_out(number, claim)
    elif stage is Stage.VOTING:
        yield "conclude", court.conclude(number, claim)
    elif stage is Stage.NOTICE:
        yield "review", court.review(number, claim)
        yield "settle", court.settle(number, claim)
    else:
        for n in range(found.state.n + 1):
            if not found.state.flags & PAID_FLAGS[n]:
                yield "pay_jurors", court.pay_jurors(number, n)
        deferred = fund.deferred(court.address, number)
        if deferred.payee != ZERO_ADDRESS:
            if deferred.round:
                yield "settle_round", fund.settle_round()
                yield "pay", fund.pay(court.address, number)
            else:
                yield "carry", fund.carry(court.address, number)


def _seal_key(sealed: SealedFolder, text: str | None) -> bytes:
    """Hash of the recipient of the document's key (R-121)."""
    if text is not None:
        return Recipient.parse(text).digest
    if sealed.seal_key is None:
        raise CommandError(
            _("{name} does not lie beside {path}: name the document key's recipient with --seal-key").format(
                name=SEAL_KEY_NAME, path=sealed.document
            )
        )
    return sealed.seal_key.digest


def _masked(session: Session, path: Path, keep_out: Path | None) -> bytes:
    """Hash of the public summary; a text is searched for what looks personal before it goes anywhere."""
    content = _read(path)
    words = [] if keep_out is None else _text(keep_out).split("\n")
    try:
        texts = [content.decode("utf-8")]
    except UnicodeDecodeError as error:
        if keep_out is not None:
            raise CommandError(
                _("{path} is no text in UTF-8, so it cannot be searched for the words in {words}").format(
                    path=path, words=keep_out
                )
            ) from error
        session.note(
            _("{path} is no text, so it was not searched for personal data: make sure that none is in it").format(
                path=path
            )
        )
        texts = []
    with contextlib.suppress(SummaryError):
        texts.append(Summary.parse(content).text)
    for text in texts:
        check_masked(text, words)
    return hashlib.sha256(content).digest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(_("{path} is no text in UTF-8").format(path=path)) from error


def _say_whether_kept(vault: Vault, sealed: SealedFolder) -> None:
    """Whoever files without the document's key cannot give the panel access, and loses the claim by it (R-68)."""
    if sealed.digest not in vault.keystore.documents():
        vault.session.note(
            _(
                "the key of this document is not in your keystore: whoever sealed it must give the panel access, "
                "or grant it to you"
            )
        )
