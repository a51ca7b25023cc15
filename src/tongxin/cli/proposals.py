# SPDX-License-Identifier: AGPL-3.0-only
"""A proposal for people: what it is about, where it stands, what it changes, and until when one can be out before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.assembly import Proposal, ProposalState, reason_hash
from tongxin.charter import Charter, CharterError, decode, numbers_of
from tongxin.charter.changes import Comparison, compare
from tongxin.charter.steps import STEP_DAYS
from tongxin.cli.output import instant
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.units import DAY
from tongxin.words import ProposalKind, Scope

__all__ = [
    "ProposalArgument",
    "ReasonOption",
    "Reasons",
    "Subject",
    "against",
    "found_proposal",
    "kind_name",
    "kind_of",
    "leave_by",
    "state_name",
    "subject_of",
    "takes_effect",
]

UNDECIDED = {ProposalState.OPEN, ProposalState.WAITING, ProposalState.EXECUTABLE}

ProposalArgument = Annotated[int, typer.Argument(min=1, help=_("number of the proposal"))]
ReasonOption = Annotated[
    str, typer.Option("--reason", help=_("the reasons, as a text file or in words; the chain gets their hash"))
]


@dataclass(frozen=True)
class Reasons:
    """The reasons for a proposal; the chain knows their hash only."""

    text: str

    @property
    def digest(self) -> bytes:
        """What stands on the chain; zero where no reasons are given."""
        return reason_hash(self.text) if self.text else bytes(32)

    @classmethod
    def given(cls, named: str) -> "Reasons":
        """The text of a file of that name, else the words themselves.

        Raises:
            CommandError: The file cannot be read.
        """
        path = Path(named)
        try:
            return cls(path.read_text(encoding="utf-8") if named and path.is_file() else named)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("{path} cannot be read: {reason}").format(path=path, reason=error)) from error


@dataclass(frozen=True)
class Subject:
    """The rules that a proposal would adopt, against those that they follow.

    Attributes:
        comparison: What changes; None when the draft's document cannot be read from the chain.
        fits: Whether the published document says what the contracts would apply.
    """

    comparison: Comparison | None
    fits: bool


def found_proposal(session: Session, number: int) -> Proposal:
    """A proposal as it stands.

    Raises:
        CommandError: There is none of that number.
    """
    count = session.mutual.assembly.count()
    if number > count:
        raise CommandError(_("there is no proposal {number}; {count} were made").format(number=number, count=count))
    return session.mutual.proposal(number)


def kind_of(scope: Scope) -> ProposalKind:
    """What a draft of that scope is voted on as (R-99)."""
    return {
        Scope.ATTESTORS: ProposalKind.ATTESTORS,
        Scope.STEWARD: ProposalKind.STEWARD,
        Scope.JUROR_RULES: ProposalKind.JUROR_RULES,
    }.get(scope, ProposalKind.CHARTER)


def against(session: Session, rules: Charter) -> Comparison:
    """What rules would change if they followed those in force, and why the contracts would refuse that (R-91 to R-93).

    Raises:
        CommandError: A version that counts is not published.
    """
    mutual = session.mutual
    newest = mutual.in_force.number
    since = session.now() - STEP_DAYS * DAY
    recent = []
    for number in range(newest - 1, 0, -1):
        if mutual.version(number + 1).effective_from < since:
            break
        recent.append(session.rules(mutual.version(number).slot))
    return compare(session.rules(), rules, recent=recent)


def subject_of(session: Session, proposal: Proposal, class_id: int | None) -> Subject | None:
    """What a proposal changes; None when it is not about the rules.

    Raises:
        CommandError: The document of the version that it is based on is not published.
    """
    slot = proposal.draft
    if slot is None:
        return None
    charter = session.mutual.charter
    try:
        rules = session.rules(slot)
    except (CommandError, CharterError):
        return Subject(None, fits=False)
    base = session.rules(session.mutual.version(charter.draft_of(slot).base).slot)
    fits = numbers_of(rules) == decode(charter.slot_words(slot))
    known = class_id if class_id is not None and class_id < len(base.classes) else None
    return Subject(compare(base, rules, class_id=known), fits)


def leave_by(session: Session, proposal: Proposal) -> int:
    """Until when notice can be given so that it ends before the proposal can take effect, in seconds."""
    return proposal.poll.execute_from - session.fund_terms.member.notice


def takes_effect(session: Session, proposal: Proposal) -> str:
    """When a proposal takes effect, in words."""
    if proposal.state is ProposalState.EXECUTED:
        if proposal.draft is None:
            return _("it was carried out")
        charter = session.mutual.charter
        for number in range(charter.latest(), 0, -1):
            if session.mutual.version(number).slot == proposal.draft:
                since = instant(session.mutual.version(number).effective_from)
                return _("since {time}, as version {number}").format(time=since, number=number)
    if proposal.state not in UNDECIDED:
        return _("never")
    first, last = instant(proposal.poll.execute_from), instant(proposal.poll.expires)
    return _("if it passes, once anybody carries it out: from {first}, before {last}").format(first=first, last=last)


def kind_name(kind: ProposalKind) -> str:
    """What a proposal is about, in words."""
    return {
        ProposalKind.CHARTER: _("rules"),
        ProposalKind.ATTESTORS: _("attestors"),
        ProposalKind.STEWARD: _("steward"),
        ProposalKind.JUROR_RULES: _("juror rules"),
        ProposalKind.SUCCESSOR: _("successor"),
        ProposalKind.WIND_DOWN: _("wind-down"),
    }[kind]


def state_name(state: ProposalState) -> str:
    """Where a proposal stands, in words."""
    return {
        ProposalState.OPEN: _("open to votes"),
        ProposalState.FAILED: _("failed"),
        ProposalState.WAITING: _("passed, waits for its delay"),
        ProposalState.EXECUTABLE: _("passed, to be carried out"),
        ProposalState.EXECUTED: _("carried out"),
        ProposalState.WITHDRAWN: _("withdrawn"),
        ProposalState.EXPIRED: _("expired: nobody carried it out in time"),
        ProposalState.VOID: _("void: the mutual no longer runs"),
    }[state]
