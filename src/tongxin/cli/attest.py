# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin attest`: what an attestor does - keep keys and roster, vouch for people (R-32) and for events (R-128)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain import typed_data
from tongxin.chain.structs import Attestation
from tongxin.cli import event
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, fields, instant
from tongxin.cli.papers import AttestationPaper, ChangePaper, Paper, PaperError, SignedBy, read_paper, write_paper
from tongxin.cli.sealed_lists import IdentityFile, opener_of, own_recipient, sealer_to
from tongxin.cli.session import ASK, CommandError, Session
from tongxin.cli.text import _
from tongxin.evidence.keys import Recipient
from tongxin.roster import EventKey, TagKey, destroy_plain, seal_file

DAY = 86_400

Member = Annotated[str, typer.Option("--member", help=_("member id; or - and the identity number is asked for"))]
ClassNumber = Annotated[int, typer.Option("--class", min=0, help=_("number of the class in the charter"))]
Out = Annotated[Path, typer.Option(help=_("where to write the attestation"))]
Days = Annotated[int, typer.Option("--days", min=1, max=365, help=_("how long the signature counts"))]

AsMember = Annotated[str | None, typer.Option(help=_("sign as an inviting member with that member id (R-38)"))]
Plain = Annotated[bool, typer.Option("--plain", help=_("leave the key file unsealed, readable by you alone"))]
OfEvents = Annotated[
    bool, typer.Option("--events", help=_("the key of the register of events, one for all mutuals you serve (R-128)"))
]

SignedPaper = AttestationPaper | ChangePaper


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    attest = group(program, "attest", _("Vouch for people: the attestor's commands."))
    command(attest, "key", _("Make the secret key of this mutual's member ids, or of the register of events."))(key)
    command(attest, "tag", _("Show the member id of an identity number."))(tag)
    command(attest, "sign", _("Vouch for one person; writes an attestation to hand over."))(sign)
    command(attest, "wallet", _("Vouch for a member's new wallet when the old one is lost."))(change_wallet)
    command(attest, "class", _("Vouch for a member's new class."))(change_class)
    command(attest, "cosign", _("Add another attestor's or an inviting member's signature to an attestation."))(cosign)
    command(attest, "seal-roster", _("Seal a roster or another list, so that it lies on no disk in plain text."))(
        seal_roster
    )
    command(attest, "event", _("Sign the use of an event for one claim; refused if it was used before."))(event.use)
    command(attest, "check-event", _("Check a signed use of an event against a claim, as its jurors do."))(event.check)


def key(session: Session, *, events: OfEvents = False, plain: Plain = False) -> Answer:
    """Makes the tag key of the mutual, or the key of the register of events."""
    path = session.event_key_file if events else session.tag_key_file
    password = None if plain else session.new_password(_("Password for the new key"))
    if events:
        EventKey.create(path, password)
        advice = _("keep copies of it and of the register in a safe place: without the two a used event looks new")
    else:
        TagKey.create(path, password)
        advice = _("keep a copy in a safe place: without it nobody can tell who is a member already")
    rows = [
        (_("key file"), path),
        (_("sealed"), _("no: who copies the file has the key") if plain else _("by the password")),
        (_("advice"), advice),
    ]
    return Answer({"key_file": str(path), "sealed": not plain}, fields(_("New key"), rows))


def tag(
    session: Session,
    asked: Annotated[
        str, typer.Argument(metavar="-", help=_("nothing but -: the identity number is asked for, never an argument"))
    ] = ASK,
) -> Answer:
    """Shows a member id."""
    found = session.member_id(asked)
    return Answer({"member_id": found}, "0x" + found.hex())


def seal_roster(
    session: Session,
    *,
    file: Annotated[Path, typer.Argument(help=_("the plain list"))],
    out: Annotated[Path, typer.Option(help=_("where to write the sealed list"))],
    reader: Annotated[
        str | None, typer.Option(help=_("who can open it: age1... or age1pq1...; by default your own reader key"))
    ] = None,
    identity: IdentityFile = None,
    destroy: Annotated[
        bool, typer.Option("--destroy", help=_("read the sealed list back, then overwrite and remove the plain one"))
    ] = False,
) -> Answer:
    """Seals a list."""
    to = own_recipient(session) if reader is None else Recipient.parse(reader)
    if destroy:
        session.confirm(_("Destroy {path} once it is sealed?").format(path=file))
    seal_file(file, out, sealer_to(to))
    if destroy:
        destroy_plain(file, out, opener_of(session, identity))
        plain = _("overwritten and removed; a flash disk, snapshots and backups may keep it: look there too")
    else:
        plain = _("still there: destroy it, or give --destroy")
    rows = [(_("sealed list"), out), (_("opened by"), to.text), (_("plain list"), plain)]
    data: dict[str, object] = {"file": str(out), "reader": to.text, "destroyed": destroy}
    return Answer(data, fields(_("Sealed list"), rows))


def sign(
    session: Session,
    *,
    member: Member,
    wallet: Annotated[str, typer.Option(help=_("the person's wallet"))],
    class_id: ClassNumber,
    out: Out,
    days: Days = 30,
    as_member: AsMember = None,
) -> Answer:
    """Signs an attestation, as an attestor or as an inviting member."""
    issued = session.now()
    paper = AttestationPaper(
        chain_id=session.endpoints.chain_id,
        fund=session.mutual.fund.address,
        member_id="0x" + session.member_id(member).hex(),
        wallet=wallet,
        class_id=class_id,
        issued=issued,
        expiry=issued + days * DAY,
    )
    return _signed(session, paper, out, as_member)


def change_wallet(
    session: Session,
    member: Member,
    wallet: Annotated[str, typer.Option(help=_("the person's new wallet"))],
    out: Out,
    days: Days = 30,
) -> Answer:
    """Signs the replacement of a lost wallet."""
    return _signed(session, _change(session, member, days, wallet=wallet), out, None)


def change_class(session: Session, member: Member, class_id: ClassNumber, out: Out, days: Days = 30) -> Answer:
    """Signs a change of class."""
    return _signed(session, _change(session, member, days, class_id=class_id), out, None)


def _change(
    session: Session, member: str, days: int, *, wallet: str | None = None, class_id: int | None = None
) -> ChangePaper:
    issued = session.now()
    return ChangePaper(
        chain_id=session.endpoints.chain_id,
        fund=session.fund_address,
        member_id="0x" + session.member_id(member).hex(),
        wallet=wallet,
        class_id=class_id,
        issued=issued,
        expiry=issued + days * DAY,
    )


def cosign(
    session: Session,
    file: Annotated[Path, typer.Argument(help=_("the attestation"))],
    as_member: AsMember = None,
) -> Answer:
    """Adds a signature."""
    paper: SignedPaper
    try:
        paper = read_paper(file, AttestationPaper)
    except PaperError:
        paper = read_paper(file, ChangePaper)
    check_place(session, paper)
    if any(item.signer.lower() == session.signer.address.lower() for item in paper.signatures):
        raise CommandError(_("{address} has signed this attestation already").format(address=session.signer.address))
    return _signed(session, paper, file, as_member)


def attestation_of(paper: AttestationPaper) -> Attestation:
    """The struct that is signed and sent."""
    return Attestation(bytes.fromhex(paper.member_id[2:]), paper.wallet, paper.class_id, paper.issued, paper.expiry)


def signatures_of(paper: SignedPaper) -> list[bytes]:
    """The signatures by rising address, as the contracts ask for them."""
    ordered = sorted(paper.signatures, key=lambda item: item.signer.lower())
    return [bytes.fromhex(item.signature[2:]) for item in ordered]


def check_place(session: Session, paper: Paper) -> None:
    """Makes sure that a paper is of this chain and mutual.

    Raises:
        CommandError: It is not.
    """
    here = (session.endpoints.chain_id, session.mutual.fund.address.lower())
    if (paper.chain_id, paper.fund.lower()) != here:
        raise CommandError(
            _("the file is for the mutual {fund} on chain {chain}, not for this one").format(
                fund=paper.fund, chain=paper.chain_id
            )
        )


def _typed(session: Session, paper: SignedPaper) -> typed_data.TypedData:
    """What is signed."""
    if isinstance(paper, AttestationPaper):
        return typed_data.attestation(session.mutual.attestation_domain, attestation_of(paper))
    domain = session.mutual.office.acts().domain
    member_id = bytes.fromhex(paper.member_id[2:])
    if paper.wallet is not None:
        return typed_data.wallet_change(domain, member_id, paper.wallet, issued=paper.issued, expiry=paper.expiry)
    return typed_data.class_change(domain, member_id, paper.class_id or 0, issued=paper.issued, expiry=paper.expiry)


def _signed(session: Session, paper: SignedPaper, out: Path, as_member: str | None) -> Answer:
    signed = SignedBy(
        signer=session.signer.address,
        signature="0x" + session.signer.sign_typed(_typed(session, paper)).hex(),
        member_id=None if as_member is None else "0x" + session.member_id(as_member).hex(),
    )
    paper = paper.model_copy(update={"signatures": (*paper.signatures, signed)})
    write_paper(out, paper)
    rows: list[tuple[str, object]] = [(_("member id"), paper.member_id)]
    if paper.wallet is not None:
        rows.append((_("wallet"), paper.wallet))
    if paper.class_id is not None:
        rows.append((_("class"), paper.class_id))
    rows += [
        (_("valid until"), instant(paper.expiry)),
        (_("signatures"), len(paper.signatures)),
        (_("file"), out),
    ]
    return Answer({"file": str(out), **paper.model_dump(exclude_none=True)}, fields(_("Attestation"), rows))
