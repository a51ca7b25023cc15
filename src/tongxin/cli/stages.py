# SPDX-License-Identifier: AGPL-3.0-only
"""Where a mutual stands in its life, for people, and what its end would mean for a member (R-105 to R-111)."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongxin.chain.records import Life, Member
from tongxin.cli.output import duration, instant
from tongxin.cli.session import Session
from tongxin.cli.text import _
from tongxin.units import DAY, YEAR
from tongxin.words import FundStage, MemberStatus

__all__ = ["Standing", "at_the_end", "entitled", "stage_name", "stage_rows", "stage_text", "standing"]

QUALIFYING = 90 * DAY
"""Who joined later before a wind-down has no part in the surplus (R-109)."""


@dataclass(frozen=True)
class Standing:
    """Where a mutual stands now.

    Attributes:
        life: Its stage and times.
        heads: Members in force.
        needed: Members to start with (P-47).
        start_by: Until when it can start, in seconds.
        failed: Whether it gathered too few until then.
        floor: Fewest members before it can be wound down by anyone (P-47); 0 only when nobody is left.
        floor_until: From when it can be wound down for its floor, in seconds; 0 while that is not watched.
    """

    life: Life
    heads: int
    needed: int
    start_by: int
    failed: bool
    floor: int
    floor_until: int


def standing(session: Session) -> Standing:
    """Looks it up."""
    mutual = session.mutual
    life, terms = mutual.fund.stage(), mutual.court_terms
    wait = mutual.fund_terms.member.grace if terms.floor_heads else YEAR
    return Standing(
        life=life,
        heads=mutual.fund.books().heads,
        needed=terms.minimum_members,
        start_by=mutual.fund.founded() + terms.founding_deadline,
        failed=mutual.founding_failed(),
        floor=terms.floor_heads,
        floor_until=life.below_since + wait if life.below_since else 0,
    )


def stage_name(stage: FundStage) -> str:
    """A stage in words."""
    return {
        FundStage.FOUNDING: _("being founded"),
        FundStage.GATHERING: _("gathering"),
        FundStage.RUNNING: _("running"),
        FundStage.WINDING_DOWN: _("winding down"),
        FundStage.ENDED: _("ended"),
    }[stage]


def stage_text(found: Standing) -> str:
    """The stage in one line."""
    life = found.life
    if found.failed:
        return _("failed: {heads} of {needed} members until {time}").format(
            heads=found.heads, needed=found.needed, time=instant(found.start_by)
        )
    if life.stage is FundStage.GATHERING:
        return _("gathering: {heads} of {needed} members, until {time}").format(
            heads=found.heads, needed=found.needed, time=instant(found.start_by)
        )
    if life.stage is FundStage.RUNNING:
        return _("running since {time}").format(time=instant(life.started))
    if life.stage is FundStage.WINDING_DOWN:
        return _("winding down since {time}, until {end} at least").format(
            time=instant(life.wound_at), end=instant(life.ends_at)
        )
    return stage_name(life.stage)


def stage_rows(session: Session, found: Standing) -> Iterator[tuple[str, object]]:
    """What there is to know and to do at the stage."""
    life = found.life
    yield _("stage"), stage_text(found)
    yield _("members in force"), found.heads
    if life.stage is FundStage.GATHERING:
        yield from _gathering_rows(found)
    elif life.stage is FundStage.RUNNING:
        yield from _running_rows(session, found)
    elif life.stage is FundStage.WINDING_DOWN:
        ending, docket = session.mutual.fund.ending(), session.mutual.court.docket()
        yield _("surplus"), session.money(session.mutual.fund.purse().surplus)
        yield _("shares entitled to it"), f"{ending.entitled / 1000:,.3f}"
        open_claims = docket.lowest_open <= docket.filed
        yield _("claims"), _("some are open: `tongxin claim push`") if open_claims else _("all are closed")
        yield _("next"), _("`tongxin stage register` before the end, then `tongxin stage end`")
    elif life.stage is FundStage.ENDED:
        ending, aside = session.mutual.fund.ending(), session.mutual.fund.set_aside()
        yield _("set aside for those registered"), session.money(aside.total)
        yield _("of it still to be paid"), session.money(aside.left)
        yield _("shares paid"), f"{ending.paid_out / 1000:,.3f} / {ending.entitled / 1000:,.3f}"
        yield _("balances still to be paid"), session.money(session.mutual.fund.books().deposits)
        yield _("next"), _("`tongxin stage pay-out`, then `tongxin stage sweep`")


def _gathering_rows(found: Standing) -> Iterator[tuple[str, object]]:
    if found.failed:
        yield _("next"), _("`tongxin stage step-back` gives everybody all back")
    elif found.heads >= found.needed:
        yield _("next"), _("`tongxin stage start`")
    else:
        yield _("until it starts"), _("nothing is covered; whoever steps back gets all back")


def _running_rows(session: Session, found: Standing) -> Iterator[tuple[str, object]]:
    if found.floor:
        grace = duration(session.fund_terms.member.grace)
        yield _("floor"), _("{count} members, for {time} at most").format(count=found.floor, time=grace)
    if found.life.below_since:
        yield (
            _("below the floor"),
            _("since {time}; anybody can wind it down after {end}").format(
                time=instant(found.life.below_since), end=instant(found.floor_until)
            ),
        )
    elif found.heads < max(found.floor, 1):
        yield _("next"), _("`tongxin stage watch-floor`")


def entitled(member: Member, *, index: int, spacing: int, wound_at: int) -> bool:
    """Whether a member of a mutual that winds down can be registered now (R-109).

    Args:
        member: The member.
        index: The index at the trigger.
        spacing: Index units between two ticks.
        wound_at: The time of the trigger, in seconds.
    """
    taken = MemberStatus.LEAVING | MemberStatus.REGISTERED | MemberStatus.EXITED
    return not member.status & taken and member.in_force(index, spacing) and member.joined_at + QUALIFYING <= wound_at


@dataclass(frozen=True)
class AtTheEnd:
    """What a member would get of the surplus at the end.

    Attributes:
        part: Units, by today's surplus and those who are entitled today.
        text: In words.
    """

    part: int
    text: str


def at_the_end(session: Session, member: Member, *, in_force: bool) -> AtTheEnd:
    """What a wind-down means for a member beside the balance, which always comes back."""
    stage = session.mutual.fund.stage().stage
    if stage is FundStage.ENDED:
        return _after_the_end(session, member)
    if stage is FundStage.WINDING_DOWN:
        return _in_the_wind_down(session, member)
    if stage is FundStage.RUNNING:
        return _if_wound_down_now(session, member, in_force=in_force)
    return AtTheEnd(0, _("the mutual has not started: whoever steps back gets all back"))


def _if_wound_down_now(session: Session, member: Member, *, in_force: bool) -> AtTheEnd:
    fund = session.mutual.fund
    if not in_force or member.status & MemberStatus.LEAVING:
        return AtTheEnd(0, _("the balance; no part of the surplus"))
    if member.joined_at + QUALIFYING > session.now():
        return AtTheEnd(0, _("the balance; a part of the surplus only for those who joined 90 days before"))
    return _about(session, fund.purse().surplus * member.shares // fund.books().shares)


def _in_the_wind_down(session: Session, member: Member) -> AtTheEnd:
    fund = session.mutual.fund
    ending, wound_at = fund.ending(), fund.stage().wound_at
    if member.status & MemberStatus.REGISTERED:
        return _about(session, fund.purse().surplus * member.shares // ending.entitled)
    if entitled(member, index=ending.index, spacing=session.spacing, wound_at=wound_at):
        return AtTheEnd(0, _("the balance, and a part of the surplus once registered: `tongxin stage register`"))
    return AtTheEnd(0, _("the balance; no part of the surplus"))


def _after_the_end(session: Session, member: Member) -> AtTheEnd:
    fund = session.mutual.fund
    if member.status & MemberStatus.EXITED:
        return AtTheEnd(0, _("nothing more is to come"))
    registered = member.status & MemberStatus.REGISTERED
    part = fund.set_aside().total * member.shares // fund.ending().entitled if registered else 0
    told = _("the balance, and {part} of the surplus: `tongxin stage pay-out`")
    return AtTheEnd(part, told.format(part=session.money(part)))


def _about(session: Session, part: int) -> AtTheEnd:
    told = _("the balance, and about {part} of today's surplus")
    return AtTheEnd(part, told.format(part=session.money(part)))
