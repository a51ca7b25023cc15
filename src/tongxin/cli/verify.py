# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin verify`: a balance, a membership, a claim, a payment or a receipt, proven from a block's hash."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from tongxin.chain.token import Token
from tongxin.cli.app import command, group
from tongxin.cli.blocks import hash_of_block
from tongxin.cli.claims import ClaimArgument, stage_name
from tongxin.cli.output import Answer, fields, instant, listing, money, stack
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.proof.agreement import Agreement
from tongxin.proof.header import BlockHeader, read_header
from tongxin.proof.receipt import read_receipt
from tongxin.verify import (
    ClaimFacts,
    MemberFacts,
    ProvenMutual,
    ReceiptFacts,
    choose_block,
    open_mutual,
    verify_receipt,
)
from tongxin.verify import claim as prove_claim
from tongxin.verify import membership as prove_membership
from tongxin.verify import payment as prove_payment

MemberArgument = Annotated[str, typer.Argument(help=_("member id"))]
BlockOption = Annotated[
    int | None,
    typer.Option(
        "--block",
        metavar="NUMBER",
        min=0,
        help=_("the block to go by; default: the newest one agreed on"),
    ),
]
HashOption = Annotated[
    str | None,
    typer.Option("--block-hash", metavar="HASH", help=_("hash of a block that you trust; then one endpoint is enough")),
]
HeaderOption = Annotated[
    Path | None,
    typer.Option(
        "--header", metavar="FILE", help=_("a block's header that you trust: JSON of the block, or its RLP in hex")
    ),
]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    verifies = group(program, "verify", _("Prove a fact from a block's hash: no server is trusted."))
    command(verifies, "balance", _("A member's balance."))(balance)
    command(verifies, "membership", _("A membership: in force, class, shares, status."))(membership)
    command(verifies, "claim", _("Where a claim stands."))(claim)
    command(verifies, "payment", _("What was paid for a claim."))(payment)
    command(verifies, "receipt", _("A receipt: whether the chain says the same."))(receipt)


def balance(
    session: Session,
    number: MemberArgument,
    block: BlockOption = None,
    block_hash: HashOption = None,
    header: HeaderOption = None,
) -> Answer:
    """A balance."""
    member_id = session.member_id(number)
    with _opened(session, block, block_hash, header) as mutual:
        facts = prove_membership(mutual, member_id)
        rows: list[tuple[str, object]] = [
            (_("member"), facts.member_id),
            (_("balance"), _money(session, mutual, facts.balance)),
            (_("in force"), _("yes") if facts.in_force else _("no")),
            (_("shares"), f"{facts.shares / 1000:,.3f}"),
            (_("runway ends at tick"), facts.tick),
            (_("cost index"), facts.index),
        ]
        data = {
            "member_id": facts.member_id,
            "balance": facts.balance,
            "in_force": facts.in_force,
            "shares": facts.shares,
            "tick": facts.tick,
            "spacing": mutual.spacing,
            "index": facts.index,
        }
        return _answer(mutual, data, fields(_("Proven balance"), rows))


def membership(
    session: Session,
    number: MemberArgument,
    block: BlockOption = None,
    block_hash: HashOption = None,
    header: HeaderOption = None,
) -> Answer:
    """A membership."""
    member_id = session.member_id(number)
    with _opened(session, block, block_hash, header) as mutual:
        facts = prove_membership(mutual, member_id)
        return _answer(
            mutual, _member_data(facts), fields(_("Proven membership"), _member_rows(session, mutual, facts))
        )


def _member_rows(session: Session, mutual: ProvenMutual, facts: MemberFacts) -> list[tuple[str, object]]:
    return [
        (_("member"), facts.member_id),
        (_("wallet"), facts.wallet),
        (_("in force"), _("yes") if facts.in_force else _("no")),
        (_("class"), facts.class_id),
        (_("shares"), f"{facts.shares / 1000:,.3f}"),
        (_("joined"), instant(facts.joined)),
        (_("status"), ", ".join(_status(facts))),
        (_("balance"), _money(session, mutual, facts.balance)),
        (_("lapsed"), instant(facts.lapsed_at)),
        (_("notice of leaving ends"), instant(facts.leaves_from)),
    ]


def _status(facts: MemberFacts) -> list[str]:
    return [str(bit.name).lower() for bit in facts.status]


def _member_data(facts: MemberFacts) -> dict[str, object]:
    return {
        "member_id": facts.member_id,
        "wallet": facts.wallet,
        "in_force": facts.in_force,
        "class": facts.class_id,
        "shares": facts.shares,
        "joined": facts.joined,
        "status": _status(facts),
        "balance": facts.balance,
        "tick": facts.tick,
        "index": facts.index,
        "lapsed_at": facts.lapsed_at,
        "leaves_from": facts.leaves_from,
    }


def claim(
    session: Session,
    number: ClaimArgument,
    block: BlockOption = None,
    block_hash: HashOption = None,
    header: HeaderOption = None,
) -> Answer:
    """A claim."""
    with _opened(session, block, block_hash, header) as mutual:
        facts = prove_claim(mutual, number)
        return _answer(mutual, _claim_data(facts), _claim_view(session, mutual, facts))


def _claim_data(facts: ClaimFacts) -> dict[str, object]:
    return {
        "claim": facts.number,
        "stage": facts.stage.name.lower(),
        "closed": facts.closed,
        "level": facts.level,
        "filed_at": facts.filed_at,
        "deadline": facts.deadline,
        "waiting": facts.waiting,
        "payee": facts.payee,
        "round": facts.round,
    }


def _claim_view(session: Session, mutual: ProvenMutual, facts: ClaimFacts) -> RenderableType:
    rows: list[tuple[str, object]] = [
        (_("claim"), facts.number),
        (_("stage"), stage_name(facts.stage)),
        (_("final"), _("yes") if facts.closed else _("no")),
        (_("level"), facts.level),
        (_("filed"), instant(facts.filed_at)),
        (_("still waits to be paid"), _money(session, mutual, facts.waiting)),
    ]
    if facts.waiting:
        rows += [(_("payee"), facts.payee), (_("round"), facts.round or _("to be carried"))]
    return fields(_("Proven claim"), rows)


def payment(
    session: Session,
    number: ClaimArgument,
    block: BlockOption = None,
    block_hash: HashOption = None,
    header: HeaderOption = None,
) -> Answer:
    """What was paid for a claim."""
    with _opened(session, block, block_hash, header) as mutual:
        facts = prove_payment(mutual, number)
        table = listing(
            _("Proven payments: {amount} in all").format(amount=_money(session, mutual, facts.amount)),
            (_("block"), _("event"), _("payee"), _("how"), _("amount")),
            [
                (item.block.number, item.receipt.event, item.payee, _how(item), _money(session, mutual, item.amount))
                for item in facts.receipts
            ],
            right=1,
        )
        data = _claim_data(facts.claim) | {
            "paid": facts.amount,
            "payments": [_receipt_data(item) for item in facts.receipts],
        }
        return _answer(mutual, data, stack(_claim_view(session, mutual, facts.claim), table))


def receipt(
    session: Session,
    file: Annotated[Path, typer.Argument(help=_("the receipt, a JSON file"))],
    block_hash: HashOption = None,
    header: HeaderOption = None,
) -> Answer:
    """A receipt."""
    given = read_receipt(file)
    wanted = session.settings.mutual
    if wanted is not None and wanted.lower() != given.contract.lower():
        raise CommandError(
            _("the receipt is of the mutual {found}, not of {wanted}").format(found=given.contract, wanted=wanted)
        )
    by_hand = _by_hand(session, block_hash, header)
    now = choose_block(session.endpoints) if by_hand is None else Agreement(by_hand, (), {})
    facts = verify_receipt(session.endpoints, given, by_hand, now)
    rows: list[tuple[str, object]] = [
        (_("mutual"), given.contract),
        (_("event"), given.event),
        *given.fields.items(),
        (_("block"), f"{facts.block.number} ({instant(facts.block.timestamp)})"),
        (_("transaction"), given.transaction),
    ]
    if facts.amount:
        rows += [(_("payee"), facts.payee), (_("amount in units"), facts.amount), (_("how"), _how(facts))]
        rows += [(_("the fund still owes the payee, in units"), facts.due)]
    said = fields(_("The receipt is true"), rows)
    data = {"ok": True, **_receipt_data(facts), "state": _rests_on(now)}
    return Answer(data, stack(said, _foundation(now)))


def _receipt_data(facts: ReceiptFacts) -> dict[str, object]:
    return {
        "receipt": facts.receipt.as_dict(),
        "payee": facts.payee,
        "amount": facts.amount,
        "delivered": facts.delivered,
        "due": facts.due,
    }


def _how(facts: ReceiptFacts) -> str:
    return _("sent to the payee") if facts.delivered else _("booked as a due, to be withdrawn")


@contextlib.contextmanager
def _opened(session: Session, block: int | None, block_hash: str | None, header: Path | None) -> Iterator[ProvenMutual]:
    """The mutual at the block that was chosen."""
    fund = session.settings.mutual
    if fund is None:
        raise CommandError(_("which mutual? Name its address with --mutual ADDRESS, or set TONGXIN_MUTUAL"))
    agreement = choose_block(
        session.endpoints,
        number=block,
        block_hash=_hash(block_hash),
        header=None if header is None else read_header(header),
    )
    with open_mutual(session.endpoints, fund, agreement) as mutual:
        yield mutual


def _by_hand(session: Session, block_hash: str | None, header: Path | None) -> BlockHeader | None:
    if block_hash is None and header is None:
        return None
    given = None if header is None else read_header(header)
    return choose_block(session.endpoints, block_hash=_hash(block_hash), header=given).header


def _hash(text: str | None) -> bytes | None:
    return None if text is None else hash_of_block(text)


def _money(session: Session, mutual: ProvenMutual, units: int) -> str:
    """Units are what is proven; how many make a token is the token's own word."""
    token = Token(session.endpoints, mutual.parts.token)
    return _("{units} units ({shown})").format(units=units, shown=money(units, token.decimals(), token.symbol()))


def _answer(mutual: ProvenMutual, data: dict[str, object], view: RenderableType) -> Answer:
    agreement = mutual.agreement
    fund: dict[str, object] = {"ok": True, "fund": mutual.parts.fund}
    return Answer(fund | data | {"state": _rests_on(agreement)}, stack(view, _foundation(agreement)))


def _rests_on(agreement: Agreement) -> dict[str, object]:
    header = agreement.header
    return {
        "block_number": header.number,
        "block_hash": header.hash,
        "timestamp": header.timestamp,
        "by_hand": agreement.by_hand,
        "endpoints": list(agreement.shown_by),
        "silent": agreement.silent,
    }


def _foundation(agreement: Agreement) -> RenderableType:
    """What the proof rests on."""
    header = agreement.header
    rows: list[tuple[str, object]] = [
        (_("block"), f"{header.number} ({instant(header.timestamp)})"),
        (_("hash"), header.hash),
        (
            _("vouched for by"),
            _("you, who gave it by hand") if agreement.by_hand else _enumerated(agreement.shown_by),
        ),
    ]
    rows += [(_("did not answer"), f"{url}: {why}") for url, why in agreement.silent.items()]
    return fields(_("It rests on"), rows)


def _enumerated(items: Sequence[str]) -> str:
    return ", ".join(items)
