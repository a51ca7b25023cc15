# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin proposal`: what members propose, vote on and carry out (R-90 to R-104)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text as Line

from tongxin.chain.assembly import Proposal, ProposalState
from tongxin.chain.events import Adopted, Executed, ProposalWithdrawn, Proposed, Published, SuccessorNamed, WoundDown
from tongxin.chain.primitives import checksum
from tongxin.charter import Charter, CharterError, EncodedCharter, canonical_json, document_hash, encode, load_charter
from tongxin.charter.reading import WrittenCharter, load_written
from tongxin.cli import proposal_votes
from tongxin.cli.app import command, group
from tongxin.cli.changes import change_data, changes_view, class_number, compared
from tongxin.cli.membership import OwnMember, own_member
from tongxin.cli.output import Answer, duration, fields, instant, listing, stack
from tongxin.cli.parties import Attestors, Investigator, Parties, Remainder, Steward, with_parties
from tongxin.cli.proposals import (
    UNDECIDED,
    ProposalArgument,
    ReasonOption,
    Reasons,
    Subject,
    against,
    found_proposal,
    kind_name,
    kind_of,
    leave_by,
    state_name,
    subject_of,
    takes_effect,
)
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.units import BPS
from tongxin.words import MemberStatus, ProposalKind, Scope

STEPS = 3
"""Transactions of a draft beside those that add benefits: store, seal, publish."""


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    proposals = group(program, "proposal", _("Change the rules by the members' vote."))
    command(proposals, "make", _("Propose other rules from a charter's file; shows first what changes."))(make)
    command(proposals, "successor", _("Propose another mutual to go to; each member decides alone."))(successor)
    command(proposals, "wind-down", _("Propose to end the mutual and give everybody the money back."))(wind_down)
    command(proposals, "list", _("All proposals and where they stand."))(list_all)
    command(proposals, "show", _("What a proposal changes, its votes, and until when one can be out before."))(show)
    command(proposals, "publish", _("Put the document of a draft on the chain, if its drafter has not; anybody may."))(
        publish
    )
    command(proposals, "vote", _("Vote yes or no, once; --sign writes the vote for somebody to relay."))(
        proposal_votes.vote
    )
    command(proposals, "relay", _("Bring votes that members signed; anybody may."))(proposal_votes.relay)
    command(proposals, "withdraw", _("Take back a proposal of your own."))(withdraw)
    command(proposals, "execute", _("Carry out what was decided, after its delay; anybody may."))(execute)


def make(
    session: Session,
    *,
    file: Annotated[Path, typer.Argument(help=_("the proposed rules, a charter's YAML file"))],
    reason: ReasonOption = "",
    member: OwnMember = None,
    steward: Steward = None,
    attestor: Attestors = None,
    investigator: Investigator = None,
    remainder: Remainder = None,
) -> Answer:
    """Drafts, seals, publishes and proposes; an interrupted call goes on where it stopped.

    Addresses that neither the file nor an option names stay as they are.
    """
    written = load_written(file)
    attestors = tuple(attestor) if attestor else None
    named = with_parties(written.charter, file, Parties(None, steward, attestors, investigator, remainder))
    rules = _completed(named, session.rules())
    scope = _check_changes(session, written, rules)
    encoded = encode(rules, session.decimals)
    reasons = Reasons.given(reason)
    kind = kind_of(scope)
    member_id = own_member(session, member)
    made = _made_before(session, kind, encoded.document_hash)
    if made is not None:
        return _already(session, made)
    _check_may_propose(session, reasons, member_id)
    session.confirm(_("Propose these rules to all members?"))
    slot = _prepare(session, encoded)
    return _propose(session, kind, slot, reasons, member_id)


def _completed(rules: Charter, current: Charter) -> Charter:
    """Rules whose open addresses are those in force."""
    admission = rules.membership.admission
    return rules.with_parties(
        token=rules.token.address or current.token.address,
        steward=rules.steward or current.steward,
        attestors=admission.attestors or current.membership.admission.attestors,
        investigator=rules.court.investigator.address or current.court.investigator.address,
        remainder=rules.starting.remainder or current.starting.remainder,
    )


def _check_changes(session: Session, written: WrittenCharter, rules: Charter) -> Scope:
    """Shows what changes; the scope of the draft.

    Raises:
        CharterError: The contracts would refuse the draft (R-91 to R-93); nothing was sent.
    """
    found = against(session, rules)
    if not session.as_json:
        session.err.print(compared(found))
    if found.faults:
        raise CharterError(written.source, written.located(found.faults))
    if not found.changes:
        raise CommandError(_("{file} says what is in force already; nothing was done").format(file=written.source))
    return Scope(int(found.scope))


def _made_before(session: Session, kind: ProposalKind, subject: bytes) -> Proposal | None:
    """An undecided proposal of the same: by a draft's hash, or the subject as 32 bytes."""
    mutual = session.mutual
    for proposal in reversed(mutual.proposals()):
        if proposal.state not in UNDECIDED or proposal.kind is not kind:
            continue
        slot = proposal.draft
        same = proposal.made.subject.to_bytes(32) if slot is None else mutual.charter.draft_of(slot).charter_hash
        if same == subject:
            return proposal
    return None


def _already(session: Session, proposal: Proposal) -> Answer:
    session.note(_("the same is proposed already; nothing was sent"))
    return _shown(session, proposal, None, None)


def _check_may_propose(session: Session, reasons: Reasons, member_id: bytes) -> None:
    """Asks the Assembly, before a draft costs anything, whether this member may propose now (R-98)."""
    probe = session.mutual.assembly.propose(ProposalKind.WIND_DOWN, 0, reasons.digest, member_id)
    session.sender.simulate(probe)


def _prepare(session: Session, encoded: EncodedCharter) -> int:
    """Stores, seals and publishes the draft; its slot."""
    total = STEPS + len(list(encoded.benefit_batches()))
    with session.progress(_("preparing the draft"), total) as done:
        count = 0

        def step(name: str) -> None:
            nonlocal count
            count += 1
            done(count)
            session.note(name)

        return session.mutual.prepare_version(session.sender, encoded, progress=step)


def _propose(session: Session, kind: ProposalKind, subject: int, reasons: Reasons, member_id: bytes) -> Answer:
    assembly = session.mutual.assembly
    # The time of the member's last proposal parts a resumed call from a later proposal of the same.
    purpose = (
        f"propose {assembly.address} {int(kind)} {subject} {member_id.hex()} after {assembly.last_proposed(member_id)}"
    )
    receipt = session.act(assembly.propose(kind, subject, reasons.digest, member_id), purpose)
    answer = _shown(session, session.mutual.proposal(receipt.one(Proposed).p), None, None)
    return Answer({**answer.data, **session.mined(receipt)}, answer.view)


def successor(
    session: Session,
    *,
    address: Annotated[str, typer.Argument(help=_("the Fund of the mutual to go to"))],
    reason: ReasonOption = "",
    member: OwnMember = None,
) -> Answer:
    """Proposes a successor (R-103)."""
    subject = int(checksum(address), 16)
    session.confirm(_("Propose {address} as successor?").format(address=checksum(address)))
    return _proposed(session, ProposalKind.SUCCESSOR, subject, reason, member)


def wind_down(session: Session, *, reason: ReasonOption = "", member: OwnMember = None) -> Answer:
    """Proposes the end (R-103, R-108)."""
    session.confirm(_("Propose to end this mutual?"))
    return _proposed(session, ProposalKind.WIND_DOWN, 0, reason, member)


def _proposed(session: Session, kind: ProposalKind, subject: int, reason: str, member: str | None) -> Answer:
    member_id = own_member(session, member)
    made = _made_before(session, kind, subject.to_bytes(32))
    if made is not None:
        return _already(session, made)
    return _propose(session, kind, subject, Reasons.given(reason), member_id)


def list_all(session: Session) -> Answer:
    """All proposals, the newest first."""
    found = session.mutual.proposals()[::-1]
    columns = (
        _("number"),
        _("about"),
        _("state"),
        _("votes until"),
        _("carried out from"),
        _("in favour"),
        _("against"),
        _("needed"),
    )
    rows = [
        (
            one.number,
            kind_name(one.kind),
            state_name(one.state),
            instant(one.poll.ends),
            instant(one.poll.execute_from),
            one.poll.yes,
            one.poll.no,
            one.poll.needed,
        )
        for one in found
    ]
    title = _("Proposals") if found else _("Nothing was proposed yet")
    return Answer({"proposals": [_data(one) for one in found]}, listing(title, columns, rows, right=3))


def _data(one: Proposal) -> dict[str, object]:
    return {
        "proposal": one.number,
        "kind": one.kind.name.lower(),
        "state": one.state.value,
        "draft": one.draft,
        "successor": one.successor,
        "proposer": one.made.proposer,
        "member_id": one.made.member_id,
        "reason": one.made.reason,
        "yes": one.poll.yes,
        "no": one.poll.no,
        "needed": one.poll.needed,
        "majority": one.poll.majority,
        "heads": one.made.heads,
        "passes": one.poll.passes,
        "ends": one.poll.ends,
        "execute_from": one.poll.execute_from,
        "expires": one.poll.expires,
    }


def show(
    session: Session,
    *,
    number: ProposalArgument,
    member: Annotated[str | None, typer.Option(help=_("tell it to this member: the own class and vote"))] = None,
    class_: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help=_("tell it to members of this class: its number or name")),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help=_("a text file or words: checks that these are the reasons given"))
    ] = None,
) -> Answer:
    """A proposal."""
    proposal = found_proposal(session, number)
    if reason is not None and Reasons.given(reason).digest != proposal.made.reason:
        raise CommandError(_("these are not the reasons given for proposal {number}").format(number=number))
    class_id = class_number(session.rules(), class_)
    member_id = None if member is None else session.member_id(member)
    if member_id is not None and class_id is None:
        class_id = session.mutual.fund.member(member_id).class_id
    return _shown(session, proposal, class_id, member_id)


def _shown(session: Session, proposal: Proposal, class_id: int | None, member_id: bytes | None) -> Answer:
    subject = subject_of(session, proposal, class_id)
    data = _data(proposal)
    if subject is not None:
        changes = subject.comparison.changes if subject.comparison is not None else ()
        data |= {
            "changes": [change_data(one) for one in changes],
            "document_read": subject.comparison is not None,
            "document_fits": subject.fits,
        }
        if proposal.state in UNDECIDED:
            data["leave_by"] = leave_by(session, proposal)
    if member_id is not None:
        data["vote"] = _vote_of(session, proposal, member_id)
    view = fields(
        _("Proposal {number}").format(number=proposal.number), _rows(session, proposal, subject, data.get("vote"))
    )
    return Answer(data, stack(view, *_told(subject)))


def _told(subject: Subject | None) -> Iterator[RenderableType]:
    """What changes, or the warning that nobody can know it."""
    if subject is None:
        return
    if subject.comparison is not None:
        yield changes_view(subject.comparison)
    if not subject.fits:
        missing = _("THE DRAFT'S DOCUMENT CANNOT BE READ FROM THE CHAIN: do not vote for what nobody can read.")
        wrong = _("THE DOCUMENT DOES NOT SAY WHAT THE CONTRACTS WOULD APPLY: do not vote for it.")
        yield Line(missing if subject.comparison is None else wrong, style="red bold")


def _rows(session: Session, proposal: Proposal, subject: Subject | None, vote: object) -> Iterator[tuple[str, object]]:
    poll, made = proposal.poll, proposal.made
    yield _("about"), kind_name(proposal.kind)
    yield _("state"), state_name(proposal.state)
    if proposal.successor is not None:
        yield _("successor"), proposal.successor
    if proposal.draft is not None:
        yield _("draft"), proposal.draft
    yield _("proposed by"), made.proposer
    yield _("member id"), made.member_id
    yield _("hash of the reasons"), made.reason if any(made.reason) else _("none given")
    yield _("yes / no"), f"{poll.yes} / {poll.no}"
    yield (
        _("to pass"),
        _("at least {count} votes of {heads} members, {part} of them yes").format(
            count=poll.needed, heads=made.heads, part=f"{poll.majority * 100 / BPS:g} %"
        ),
    )
    yield _("votes until"), instant(poll.ends)
    yield _("takes effect"), takes_effect(session, proposal)
    if subject is not None and proposal.state in UNDECIDED:
        yield (
            _("to be out before"),
            _("give notice by {time}; the notice is {length}").format(
                time=instant(leave_by(session, proposal)), length=duration(session.fund_terms.member.notice)
            ),
        )
    if proposal.kind is ProposalKind.SUCCESSOR:
        yield _("what it means"), _("each member decides alone whether to go; nothing moves by itself")
    if proposal.kind is ProposalKind.WIND_DOWN:
        yield (
            _("what it means"),
            _("nobody joins or leaves; when claims for earlier events have run off, balances and surplus are paid"),
        )
    if vote is not None:
        yield _("your vote"), _vote_name(str(vote))


def _vote_of(session: Session, proposal: Proposal, member_id: bytes) -> str:
    """Yes or no as cast; else `open` if the member may vote, `none` if not (R-98)."""
    assembly = session.mutual.assembly
    if assembly.member_has_voted(proposal.number, member_id):
        return proposal_votes.cast_by(session, proposal.number, member_id)
    record = session.mutual.fund.record(member_id)
    member = record.member
    settled = (
        member.in_force(record.index, session.spacing)
        and bool(member.status & MemberStatus.ACCEPTED)
        and not member.status & MemberStatus.LEAVING
        and member.joined_at <= proposal.poll.cutoff
    )
    return "open" if settled and proposal.state is ProposalState.OPEN else "none"


def _vote_name(vote: str) -> str:
    return {
        "yes": _("in favour"),
        "no": _("against"),
        "open": _("not cast yet; you may vote"),
        "none": _("not cast, and you may not vote on this"),
    }[vote]


def publish(
    session: Session,
    slot: Annotated[int, typer.Argument(min=1, help=_("number of the draft"))],
    file: Annotated[Path, typer.Argument(help=_("the rules of the draft, a charter's YAML file"))],
) -> Answer:
    """Publishes; addresses that the file leaves open are those in force."""
    charter = session.mutual.charter
    count = charter.drafts()
    if slot > count:
        raise CommandError(_("there is no draft {slot}; {count} were made").format(slot=slot, count=count))
    document = canonical_json(_completed(load_charter(file), session.rules()))
    if document_hash(document) != charter.draft_of(slot).charter_hash:
        raise CommandError(_("{file} is not the document of draft {slot}").format(file=file, slot=slot))
    receipt = session.act(charter.publish(slot, document))
    event = receipt.one(Published)
    rows: list[tuple[str, object]] = [(_("draft"), slot), (_("hash"), event.charter_hash)]
    return session.done(receipt, _("Document published"), rows, draft=slot, charter_hash=event.charter_hash)


def withdraw(session: Session, number: ProposalArgument) -> Answer:
    """Takes a proposal back (R-102)."""
    found_proposal(session, number)
    receipt = session.act(session.mutual.assembly.withdraw(number))
    event = receipt.one(ProposalWithdrawn)
    return session.done(receipt, _("Proposal withdrawn"), [(_("number"), event.p)], proposal=event.p)


def execute(session: Session, number: ProposalArgument) -> Answer:
    """Carries a proposal out (R-103)."""
    found_proposal(session, number)
    receipt = session.act(session.mutual.assembly.execute(number))
    event = receipt.one(Executed)
    kind = ProposalKind(event.kind)
    rows: list[tuple[str, object]] = [(_("number"), number), (_("about"), kind_name(kind))]
    data: dict[str, object] = {"proposal": number, "kind": kind.name.lower()}
    if kind is ProposalKind.SUCCESSOR:
        address = receipt.one(SuccessorNamed).successor
        rows.append((_("successor"), address))
        data["successor"] = address
    elif kind is ProposalKind.WIND_DOWN:
        ends_at = receipt.one(WoundDown).ends_at
        rows.append((_("earliest end"), instant(ends_at)))
        data["ends_at"] = ends_at
    else:
        adopted = receipt.one(Adopted)
        rows += [(_("version in force"), adopted.version), (_("charter"), f"0x{adopted.charter_hash.hex()}")]
        data |= {"version": adopted.version, "charter_hash": adopted.charter_hash}
    return session.done(receipt, _("Carried out"), rows, **data)
