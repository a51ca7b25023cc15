# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin proposal vote` and `relay`: a member's vote, sent or signed for somebody to bring (R-98, R-100)."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.assembly import BALLOT_BATCH
from tongxin.chain.events import VoteCast
from tongxin.chain.primitives import keccak
from tongxin.chain.structs import Ballot, Signed
from tongxin.cli.attest import check_place
from tongxin.cli.membership import OwnMember, own_member
from tongxin.cli.output import Answer, fields, instant, listing, stack
from tongxin.cli.papers import BallotPaper, read_paper, write_paper
from tongxin.cli.proposals import ProposalArgument, found_proposal, state_name
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

__all__ = ["cast_by", "relay", "vote"]


class Choice(StrEnum):
    """What one can vote."""

    YES = "yes"
    NO = "no"


def vote(
    session: Session,
    *,
    number: ProposalArgument,
    choice: Annotated[Choice, typer.Argument(help=_("yes or no; it can never be changed"))],
    member: OwnMember = None,
    sign: Annotated[
        Path | None, typer.Option(help=_("write the signed vote to this file instead of sending it"))
    ] = None,
) -> Answer:
    """Votes, or signs a vote."""
    proposal = found_proposal(session, number)
    member_id = own_member(session, member)
    support = choice is Choice.YES
    assembly = session.mutual.assembly
    title = _("Vote")
    rows: list[tuple[str, object]] = [(_("proposal"), number), (_("vote"), _("in favour") if support else _("against"))]
    data: dict[str, object] = {"proposal": number, "member_id": member_id, "support": support}
    if sign is None:
        session.confirm(
            _("Vote {choice}? It can never be changed.").format(choice=_("in favour") if support else _("against"))
        )
        receipt = session.act(assembly.vote(number, member_id, support=support))
        return session.done(receipt, title, rows, **data)
    if proposal.poll.ends <= session.now():
        raise CommandError(
            _("proposal {number} is closed to votes: {state}").format(number=number, state=state_name(proposal.state))
        )
    ballot = assembly.ballot(session.signer, number, member_id, support=support, deadline=proposal.poll.ends)
    paper = BallotPaper(
        chain_id=session.endpoints.chain_id,
        fund=session.fund_address,
        proposal=number,
        member_id="0x" + member_id.hex(),
        support=support,
        deadline=ballot.signed.deadline,
        signer=session.signer.address,
        signature="0x" + ballot.signed.signature.hex(),
    )
    write_paper(sign, paper)
    rows += [(_("counts until"), instant(paper.deadline)), (_("file"), sign)]
    data |= {"file": str(sign), "deadline": paper.deadline}
    return Answer(data, fields(_("Signed vote; whoever gets the file can bring it"), rows))


def relay(
    session: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("votes that members signed"))],
) -> Answer:
    """Brings signed votes, 50 in one transaction; what cannot count is skipped and holds nobody up."""
    papers = {file: read_paper(file, BallotPaper) for file in files}
    for paper in papers.values():
        check_place(session, paper)
    numbers = sorted({paper.proposal for paper in papers.values()})
    for number in numbers:
        found_proposal(session, number)
    sent: list[dict[str, object]] = []
    skipped: dict[Path, str] = {}
    counted: list[Path] = []
    with session.progress(_("bringing votes"), len(papers)) as done:
        for number in numbers:
            waiting, why = _sorted(session, {file: item for file, item in papers.items() if item.proposal == number})
            skipped |= why
            for start in range(0, len(waiting), BALLOT_BATCH):
                batch = waiting[start : start + BALLOT_BATCH]
                cast = _send(session, number, [papers[file] for file in batch], sent)
                for file in batch:
                    paper = papers[file]
                    if cast.get(paper.member_id) is paper.support:
                        counted.append(file)
                        # A second file with the same vote is not counted twice.
                        del cast[paper.member_id]
                    else:
                        skipped[file] = _("not the signature of a settled member's wallet, or a second vote")
                done(len(counted) + len(skipped))
    data: dict[str, object] = {
        "counted": [_told(papers[file], file) for file in counted],
        "skipped": [_told(papers[file], file) | {"why": why} for file, why in skipped.items()],
        "sent": sent,
    }
    rows: list[tuple[str, object]] = [
        (_("votes counted"), len(counted)),
        (_("votes skipped"), len(skipped)),
        (_("transactions"), len(sent)),
    ]
    view = fields(_("Votes brought"), rows)
    if not skipped:
        return Answer(data, view)
    shown = listing(_("Skipped"), (_("file"), _("why")), list(skipped.items()))
    # A call given again finds its votes cast: that is no failure.
    done_before = set(skipped.values()) <= {_("this member has voted")}
    return Answer(data, stack(view, shown), code=0 if counted or done_before else 1)


def _sorted(session: Session, papers: dict[Path, BallotPaper]) -> tuple[list[Path], dict[Path, str]]:
    """Those votes on one proposal that can count, and why others cannot."""
    now, assembly = session.now(), session.mutual.assembly
    waiting: list[Path] = []
    why: dict[Path, str] = {}
    for file, paper in papers.items():
        if assembly.member_has_voted(paper.proposal, bytes.fromhex(paper.member_id[2:])):
            why[file] = _("this member has voted")
        elif assembly.wallet_has_voted(paper.proposal, paper.signer):
            why[file] = _("this wallet has voted")
        elif paper.deadline < now:
            why[file] = _("the signature counted until {time}").format(time=instant(paper.deadline))
        else:
            waiting.append(file)
    return waiting, why


def _send(
    session: Session, number: int, batch: Sequence[BallotPaper], sent: list[dict[str, object]]
) -> dict[str, bool]:
    """Sends one batch; the members whose votes counted, with their votes."""
    ballots = [
        Ballot(
            bytes.fromhex(paper.member_id[2:]),
            paper.support,
            Signed(paper.deadline, bytes.fromhex(paper.signature[2:])),
        )
        for paper in batch
    ]
    content = keccak("".join(paper.model_dump_json() for paper in batch).encode()).hex()
    purpose = f"votes on {number} of {session.mutual.assembly.address}: {content}"
    receipt = session.act(session.mutual.assembly.vote_for(number, ballots), purpose)
    cast = {"0x" + event.member_id.hex(): event.support for event in receipt.all(VoteCast)}
    sent.append({"proposal": number, **session.mined(receipt), "counted": len(cast)})
    return cast


def _told(paper: BallotPaper, file: Path) -> dict[str, object]:
    return {
        "file": str(file),
        "proposal": paper.proposal,
        "member_id": paper.member_id,
        "support": paper.support,
    }


def cast_by(session: Session, number: int, member_id: bytes) -> str:
    """How a member voted."""
    (event,) = session.events(VoteCast, (number.to_bytes(32), member_id))
    return (Choice.YES if event.support else Choice.NO).value
