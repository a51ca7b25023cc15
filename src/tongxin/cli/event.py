# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin attest event` and `check-event`: one event, one claim (R-128).

What names an event is personal data: it is typed at the terminal or read from a file, never an argument, and nothing of
it is written or shown.
"""

import sys
from pathlib import Path
from typing import Annotated, Self

import typer
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tongxin.chain.typed_data import event_use
from tongxin.cli.claims import ClaimArgument, day_of, day_text, standing
from tongxin.cli.event_use import check_event_use, fault_text
from tongxin.cli.output import Answer, fields, listing, stack
from tongxin.cli.papers import EventUsePaper, read_paper, write_paper
from tongxin.cli.sealed_lists import IdentityFile, opener_of
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.roster import EventClaim, EventKey, EventName, EventRegister, Opener, is_sealed

__all__ = ["check", "use"]

STANDARD_INPUT = Path("-")


class Facts(BaseModel):
    """What names an event: a document about it, or a stay in an institution, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: str = ""
    document: str = ""
    id_number: str = ""
    institution: str = ""
    admitted: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        document, stay = (self.issuer, self.document), (self.id_number, self.institution, self.admitted)
        if any(document) != all(document) or any(stay) != all(stay) or not (any(document) or any(stay)):
            raise ValueError("an event is named by a whole document, a whole stay, or both")
        return self

    def names(self) -> list[EventName]:
        """The event's names in normal form, that of the document first.

        Raises:
            EventNameError: One of them cannot name an event.
        """
        found = []
        if self.document:
            found.append(EventName.of_document(self.issuer, self.document))
        if self.id_number:
            found.append(EventName.of_stay(self.id_number, self.institution, self.admitted))
        return found


def use(
    session: Session,
    *,
    benefit: Annotated[int, typer.Option(min=0, help=_("number of the benefit in the charter"))],
    day: Annotated[str, typer.Option(help=_("day of the event as the claim gives it, like 2026-11-22"))],
    out: Annotated[Path, typer.Option(help=_("where to write the signed use; it goes into the sealed evidence"))],
    member: Annotated[
        str | None,
        typer.Option(help=_("member id; or - to be asked for the identity number; left out, who the facts name")),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option("--from", help=_("JSON file, plain or sealed, of what names the event; - for standard input")),
    ] = None,
    identity: IdentityFile = None,
) -> Answer:
    """Signs the use of an event."""
    _check_attestor(session)
    key = EventKey.load(session.event_key_file, lambda: session.password(_("Password of the register's key")))
    told = _asked() if facts is None else _read(facts, opener_of(session, identity))
    member_id = _member(session, member, told)
    claim = EventClaim(
        session.endpoints.chain_id, session.fund_address, member_id, benefit, _covered(session, member_id, benefit, day)
    )
    names = told.names()
    session.confirm(
        _("Use this event for benefit {benefit} on {day}? It can never be used for another claim.").format(
            benefit=benefit, day=day_text(claim.day)
        )
    )
    with EventRegister(session.event_register_file, key) as register:
        used = register.use(claim, names)
    typed = event_use(session.mutual.attestation_domain, member_id, benefit, claim.day, used)
    paper = EventUsePaper(
        chain_id=claim.chain_id,
        fund=claim.fund,
        member_id="0x" + member_id.hex(),
        benefit=benefit,
        day=claim.day,
        use="0x" + used.hex(),
        signer=session.signer.address,
        signature="0x" + session.signer.sign_typed(typed).hex(),
    )
    write_paper(out, paper)
    rows: list[tuple[str, object]] = [
        (_("member id"), paper.member_id),
        (_("benefit"), benefit),
        (_("event"), day_text(claim.day)),
        (_("file"), out),
        (_("next"), _("the claimant seals it with the evidence, under the name event-use.json")),
    ]
    return Answer({"file": str(out), **paper.model_dump()}, fields(_("Event used for this claim"), rows))


def check(
    session: Session,
    file: Annotated[Path, typer.Argument(help=_("the signed use, as it lay in the evidence"))],
    number: ClaimArgument,
) -> Answer:
    """Checks a signed use of an event."""
    paper = read_paper(file, EventUsePaper)
    faults = check_event_use(paper, session.mutual, standing(session, number).claim)
    data: dict[str, object] = {
        "claim": number,
        "signer": paper.signer,
        "good": not faults,
        "faults": [{"kind": fault.value, "text": fault_text(fault)} for fault in faults],
    }
    verdict = _("not for this claim") if faults else _("signed by an attestor, for this claim and no other")
    rows: list[tuple[str, object]] = [(_("claim"), number), (_("signed by"), paper.signer), (_("verdict"), verdict)]
    view = fields(_("Use of an event"), rows)
    if not faults:
        return Answer(data, view)
    return Answer(data, stack(view, listing(_("What is wrong"), ("",), [(fault_text(one),) for one in faults])), code=1)


def _check_attestor(session: Session) -> None:
    """Before an event is used up, makes sure that the signature will count."""
    attestors = session.mutual.charter.attestors(session.mutual.in_force.number)
    if session.signer.address.lower() not in {address.lower() for address in attestors}:
        raise CommandError(
            _("{address} is no attestor of this mutual; nothing was signed").format(address=session.signer.address)
        )


def _member(session: Session, member: str | None, told: Facts) -> bytes:
    """Whose claim it is; if the facts name a person, it must be that one."""
    named = None
    if told.id_number and (member is None or session.tag_key_file.exists()):
        named = session.tag_key.member_id(session.fund_address, told.id_number)
    if member is None:
        if named is None:
            raise CommandError(_("whose claim is it? Name the member with --member"))
        return named
    member_id = session.member_id(member)
    if named not in {None, member_id}:
        raise CommandError(_("the facts name another person than --member; nothing was signed"))
    return member_id


def _covered(session: Session, member_id: bytes, benefit: int, day: str) -> int:
    """The day's number, if the charter grants anything for it: a mistyped use could not be taken back."""
    number = day_of(day)
    if not session.mutual.fund.member(member_id).occupied:
        raise CommandError(_("nobody is a member under {member}").format(member="0x" + member_id.hex()))
    if not session.mutual.awarded(member_id, benefit, number).amount:
        raise CommandError(
            _("the rules of {day} grant this member nothing under benefit {benefit}; nothing was signed").format(
                day=day_text(number), benefit=benefit
            )
        )
    return number


def _asked() -> Facts:
    """Asks a person at the terminal; the identity number is not shown."""
    if not sys.stdin.isatty():
        raise CommandError(_("what names the event? Give a file with --from FILE, or --from - and standard input"))

    def ask(text: str, *, hidden: bool = False) -> str:
        return str(typer.prompt(text, default="", show_default=False, hide_input=hidden, err=True)).strip()

    document = ask(_("Number of the document about the event, empty if there is none"))
    issuer = ask(_("Who issued it: official code, or name as on the stamp")) if document else ""
    institution = ask(_("Institution to which the person was admitted, empty if none"))
    person = ask(_("Identity number"), hidden=True) if institution else ""
    admitted = ask(_("Day of admission, like 2026-11-22")) if institution else ""
    return _facts(
        {
            "document": document,
            "issuer": issuer,
            "institution": institution,
            "id_number": person,
            "admitted": admitted,
        }
    )


def _read(path: Path, opener: Opener) -> Facts:
    try:
        raw = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error
    return _facts(opener(raw) if is_sealed(raw) else raw)


def _facts(given: bytes | dict[str, str]) -> Facts:
    """What was told, checked; no message repeats any of it."""
    try:
        return Facts.model_validate(given) if isinstance(given, dict) else Facts.model_validate_json(given)
    except ValidationError:
        raise CommandError(
            _(
                "this names no event: a JSON object with the texts `issuer` and `document`, or `id_number`, "
                "`institution` and `admitted`, or all five, is needed; nothing was signed"
            )
        ) from None
