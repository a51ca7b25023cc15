# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin attest`: what an attestor does - keep the tag key, and vouch for a person by signature (R-32)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain import typed_data
from tongxin.chain.structs import Attestation
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, fields, instant
from tongxin.cli.papers import AttestationPaper, ChangePaper, Paper, PaperError, SignedBy, read_paper, write_paper
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.roster import TagKey

DAY = 86_400

Member = Annotated[str, typer.Option("--member", help=_("member id, or identity number where the tag key is at hand"))]
ClassNumber = Annotated[int, typer.Option("--class", min=0, help=_("number of the class in the charter"))]
Out = Annotated[Path, typer.Option(help=_("where to write the attestation"))]
Days = Annotated[int, typer.Option("--days", min=1, max=365, help=_("how long the signature counts"))]

AsMember = Annotated[str | None, typer.Option(help=_("sign as an inviting member with that member id (R-38)"))]

SignedPaper = AttestationPaper | ChangePaper


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    attest = group(program, "attest", _("Vouch for people: the attestor's commands."))
    command(attest, "key", _("Make the secret key from which this mutual's member ids are computed."))(key)
    command(attest, "tag", _("Show the member id of an identity number."))(tag)
    command(attest, "sign", _("Vouch for one person; writes an attestation to hand over."))(sign)
    command(attest, "wallet", _("Vouch for a member's new wallet when the old one is lost."))(change_wallet)
    command(attest, "class", _("Vouch for a member's new class."))(change_class)
    command(attest, "cosign", _("Add another attestor's or an inviting member's signature to an attestation."))(cosign)


def key(session: Session) -> Answer:
    """Makes the tag key of the mutual."""
    path = session.tag_key_file
    TagKey.create(path)
    rows = [
        (_("key file"), path),
        (_("advice"), _("keep a copy in a safe place: without it nobody can tell who is a member already")),
    ]
    return Answer({"key_file": str(path)}, fields(_("New tag key"), rows))


def tag(
    session: Session,
    id_number: Annotated[
        str | None, typer.Argument(help=_("the identity number; left out, it is asked for and not shown"))
    ] = None,
) -> Answer:
    """Shows a member id."""
    number = id_number or str(typer.prompt(_("Identity number"), hide_input=True, err=True))
    found = TagKey.load(session.tag_key_file).member_id(session.mutual.fund.address, number)
    return Answer({"member_id": found}, "0x" + found.hex())


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
