# SPDX-License-Identifier: AGPL-3.0-only
"""The contracts' packed words as frozen dataclasses with the spec's names (docs/spec/interface.md, Words).

Index values are in 1/SCALE units per thousandth of a share, money in the token's smallest unit, shares in thousandths,
ticks as numbers of the index's ticks, `joined`, `changed`, `left` and `exited` in hours, other times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

from tongxin.chain.primitives import address_of
from tongxin.units import BPS
from tongxin.words import (
    BENEFIT,
    COURT_CHALLENGER,
    COURT_DOCKET,
    COURT_ESCROW,
    COURT_FOUNDING,
    COURT_GRANTS,
    COURT_MONEY,
    COURT_ROLES,
    COURT_STAGES,
    COURT_STATE,
    DRAWN_PANEL,
    DRAWN_VOTES,
    ENTITLEMENT,
    FUND_ADMISSION,
    FUND_BOOKS,
    FUND_DEFERRED,
    FUND_ENDING,
    FUND_HISTORY,
    FUND_MEMBER,
    FUND_ORDER,
    FUND_PAYOUT,
    FUND_PURSE,
    FUND_ROUND,
    FUND_SET_ASIDE,
    FUND_STAGE,
    FUND_TICK,
    FUND_YEARLY,
    LADDER,
    LADDER_STEPS,
    MEMBER_TERMS,
    MONEY_TERMS,
    MOST_SEATS,
    OPEN_PANEL,
    OPEN_VOTES,
    PROPOSAL,
    SEATS,
    SEATS_IN_PANEL,
    SEATS_PER_WORD,
    VOLUNTEER,
    VOTE_TERMS,
    AdmissionForm,
    BenefitKind,
    ChallengerKind,
    ClaimFlag,
    CourtTermsFlag,
    FundStage,
    MemberStatus,
    MoneyFlag,
    PanelFlag,
    PanelKind,
    ProposalKind,
    ProposalStatus,
    Scope,
    Stage,
)

HOUR: Final = 3600
_INCOMPLETE: Final = 8


def _address(number: int) -> str:
    return address_of(number.to_bytes(20))


def _with(fields: dict[str, int], **meant: Any) -> dict[str, Any]:
    """The fields of a word, some of them as what they mean."""
    return {**fields, **meant}


@dataclass(frozen=True)
class Books:
    """The ledger's main word: `index` A, `shares` T, `heads`, whether a round is outstanding, `deposits`.

    `special`: the mutual is not plainly running, see `Fund.stage`; `amended`: a later version was adopted.
    """

    index: int
    shares: int
    heads: int
    special: bool
    amended: bool
    pending: bool
    deposits: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.books`."""
        fields = FUND_BOOKS.unpack(word)
        flags = {name: bool(fields[name]) for name in ("special", "amended", "pending")}
        return cls(**_with(fields, **flags))


@dataclass(frozen=True)
class Life:
    """Where a mutual stands in its life (R-106).

    Times in seconds, 0 where it has not come to that: `started`, since when heads are `below` the floor, `wound_at`,
    and `ends_at`, the earliest end. `version` is that of the charter which the Fund applies.
    """

    stage: FundStage
    started: int
    below_since: int
    wound_at: int
    ends_at: int
    version: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.stage`."""
        fields = FUND_STAGE.unpack(word)
        return cls(**_with(fields, stage=FundStage(fields["stage"])))


@dataclass(frozen=True)
class Ending:
    """The index at the trigger of a wind-down, and the shares entitled to the surplus and already paid (R-109)."""

    index: int
    entitled: int
    paid_out: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.ending`."""
        return cls(**FUND_ENDING.unpack(word))


@dataclass(frozen=True)
class SetAside:
    """The surplus that an ended mutual divides: all of it, and what is left of it (R-110)."""

    total: int
    left: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.set_aside`."""
        return cls(**FUND_SET_ASIDE.unpack(word))


@dataclass(frozen=True)
class Purse:
    """Three of the fund's accounts."""

    surplus: int
    due: int
    fees: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.purse`."""
        return cls(**FUND_PURSE.unpack(word))


@dataclass(frozen=True)
class Yearly:
    """How far the index rose in a year of the ledger, and the calls that are announced."""

    year: int
    raised: int
    open_calls: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.yearly`."""
        return cls(**FUND_YEARLY.unpack(word))


@dataclass(frozen=True)
class Round:
    """The outstanding round, or the last."""

    number: int
    closes_at: int
    due: int
    call: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.round`."""
        return cls(**FUND_ROUND.unpack(word))


@dataclass(frozen=True)
class Payout:
    """What a settled round pays; `left` counts its claims not yet paid."""

    due: int
    paid: int
    left: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.payout`."""
        return cls(**FUND_PAYOUT.unpack(word))


@dataclass(frozen=True)
class Deferred:
    """A claim that waits for a round, or to be carried when `round` is 0; `due` is what it asks for."""

    payee: str
    round: int
    carries: int
    due: int

    @classmethod
    def unpack(cls, word: int, due: int) -> Self:
        """From `Fund.deferred` and `Fund.deferred_due`."""
        fields = FUND_DEFERRED.unpack(word)
        return cls(_address(fields["payee"]), fields["round"], fields["carries"], due)


@dataclass(frozen=True)
class Tick:
    """Who ends on a tick, and when the index reached it (0: not yet)."""

    shares: int
    heads: int
    stamp: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.ticks`."""
        return cls(**FUND_TICK.unpack(word))


@dataclass(frozen=True)
class Member:
    """One membership (R-30); `joined` in hours."""

    wallet: str
    tick: int
    shares: int
    joined: int
    class_id: int
    status: MemberStatus

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.members`."""
        fields = FUND_MEMBER.unpack(word)
        return cls(
            _address(fields["wallet"]),
            fields["tick"],
            fields["shares"],
            fields["joined"],
            fields["class_id"],
            MemberStatus(fields["status"]),
        )

    @property
    def occupied(self) -> bool:
        """Whether there is, or was, such a member."""
        return bool(self.status & MemberStatus.OCCUPIED)

    def in_force(self, index: int, spacing: int) -> bool:
        """Whether the runway ends above the index."""
        return self.tick * spacing > index and not self.status & MemberStatus.EXITED

    @property
    def joined_at(self) -> int:
        """When duties began, in seconds."""
        return self.joined * HOUR


@dataclass(frozen=True)
class History:
    """The record before the last change (R-31), and the hours of change, notice of leaving and exit.

    `notice` is the notice of leaving in seconds that was in force when it was given (R-96).
    """

    tick: int
    shares: int
    joined: int
    class_id: int
    status: MemberStatus
    changed: int
    left: int
    exited: int
    notice: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.history`."""
        fields = FUND_HISTORY.unpack(word)
        return cls(**_with(fields, status=MemberStatus(fields["status"])))


@dataclass(frozen=True)
class MemberRecord:
    """All that a day's cover is judged by (R-51)."""

    member: Member
    history: History
    index: int
    tick: Tick
    history_tick: Tick

    @classmethod
    def unpack(cls, words: tuple[int, int, int, int, int]) -> Self:
        """From `Fund.record`."""
        member, history, index, tick, history_tick = words
        # Bit 255 only tells the Court to look at the mutual's stage too.
        index &= (1 << 255) - 1
        return cls(Member.unpack(member), History.unpack(history), index, Tick.unpack(tick), Tick.unpack(history_tick))


@dataclass(frozen=True)
class Order:
    """A standing order (R-40): 0 in `most_per_period` is none."""

    most_per_period: int
    spent: int
    period: int
    target: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.orders`."""
        return cls(**FUND_ORDER.unpack(word))


@dataclass(frozen=True)
class Admission:
    """This week's admissions (R-37), the charter that is accepted by its last 20 bytes, and whether all is founded."""

    charter_tag: int
    week: int
    count: int
    base: int
    last_attested: int
    founded: bool

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.admission`; its last bit says that founding is not over."""
        return cls(**FUND_ADMISSION.unpack(word >> 1 << 1), founded=not word & 1)


@dataclass(frozen=True)
class MoneyTerms:
    """P-3 to P-10."""

    round_cap: int
    year_cap: int
    fee: int
    margin: int
    carries: int
    flags: MoneyFlag
    period: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.money_terms`."""
        fields = MONEY_TERMS.unpack(word)
        return cls(**_with(fields, flags=MoneyFlag(fields["flags"])))


@dataclass(frozen=True)
class MemberTerms:
    """P-11 to P-20."""

    grace: int
    notice: int
    max_runway: int
    min_runway: int
    newcomer: int
    admission_bps: int
    admission_floor: int
    filing_window: int
    silence: int
    quorum: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Fund.member_terms`."""
        return cls(**MEMBER_TERMS.unpack(word))


@dataclass(frozen=True)
class CourtTerms:
    """P-21 to P-37, P-44, P-45, P-47; `zone` in seconds east of UTC."""

    access: int
    commit: int
    reveal: int
    cure: int
    notice: int
    size: int
    threshold: int
    lot_delay: int
    flags: CourtTermsFlag
    open_quorum_heads: int
    open_quorum_bps: int
    juror_pay: int
    juror_bond: int
    review_bps: int
    review_above: int
    investigator_fee: int
    investigation_time: int
    claim_cap: int
    zone: int
    inviters: int
    admission: AdmissionForm
    entry_fee: int
    minimum_members: int
    founding_deadline: int
    floor_heads: int
    runoff: int

    @classmethod
    def unpack(cls, words: tuple[int, int, int, int]) -> Self:
        """From `Charter.court_terms`."""
        stages, roles = COURT_STAGES.unpack(words[0]), COURT_ROLES.unpack(words[2])
        return cls(
            **_with(stages, flags=CourtTermsFlag(stages["flags"])),
            **_with(COURT_MONEY.unpack(words[1])),
            **_with(roles, zone=roles["zone"] - 86_400, admission=AdmissionForm(roles["admission"])),
            **_with(COURT_FOUNDING.unpack(words[3])),
        )


@dataclass(frozen=True)
class FundTerms:
    """What the Fund takes from a version of the charter; `shares` by class, 0 where there is no class."""

    money: MoneyTerms
    member: MemberTerms
    shares: tuple[int, ...]
    charter_hash: bytes


@dataclass(frozen=True)
class VoteTerms:
    """P-49 to P-55: times in seconds, quorum and majorities in basis points."""

    voting_time: int
    adoption_delay: int
    execution_time: int
    quorum: int
    majority: int
    wind_down_majority: int
    pause: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Charter.vote_terms`."""
        return cls(**VOTE_TERMS.unpack(word))


@dataclass(frozen=True)
class Benefit:
    """One benefit (P-39); `levels[0]` is what level 1 grants, in basis points."""

    kind: BenefitKind
    levels: tuple[int, ...]
    deductible: int
    repeats: int
    interval: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Charter.benefit`."""
        fields = BENEFIT.unpack(word)
        levels = tuple(fields[f"level_{level}"] for level in range(1, 8))
        return cls(BenefitKind(fields["kind"]), levels, fields["deductible"], fields["repeats"], fields["interval"])


@dataclass(frozen=True)
class Entitlement:
    """Full amount and waiting time of a benefit for a class (P-40, P-41)."""

    amount: int
    waiting: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Charter.entitlement`."""
        return cls(**ENTITLEMENT.unpack(word))


Ladder = tuple[tuple[int, int], ...]
"""Steps as (seconds after joining, part of the amount in basis points) (P-42)."""


def ladder_of(word: int) -> Ladder:
    """From `Charter.ladder`, without the unused steps."""
    ladder = LADDER.unpack(word)
    steps = ((ladder[f"after_{step}"], ladder[f"bps_{step}"]) for step in range(LADDER_STEPS))
    return tuple(step for step in steps if step[1] > 0)


@dataclass(frozen=True)
class Awarded:
    """What an event may be granted at most, by the version of its day and the wait for increases (R-96, R-97).

    `benefit.deductible` and `waiting` are the largest, `amount` (units) the smallest of the versions that count
    together; `amount` is 0 where the event is not covered.
    """

    version: int
    benefit: Benefit
    amount: int
    waiting: int

    @classmethod
    def unpack(cls, words: tuple[int, int, int, int]) -> Self:
        """From `Charter.awarded`."""
        version, benefit, amount, waiting = words
        return cls(version, Benefit.unpack(benefit), amount, waiting)


@dataclass(frozen=True)
class Draft:
    """A draft of a version (R-90): who made it, the version it is based on and what it changes, once sealed."""

    slot: int
    drafter: str
    base: int
    scope: Scope
    sealed: bool
    charter_hash: bytes


@dataclass(frozen=True)
class Poll:
    """A proposal as the Assembly keeps it (R-99): votes and the numbers fixed at its creation.

    `cutoff` and `ends` in seconds, `delay` from the end to the earliest execution, `execution` from there to the
    expiry, `needed` votes of either kind, `majority` in basis points of the votes.
    """

    cutoff: int
    ends: int
    delay: int
    execution: int
    needed: int
    majority: int
    yes: int
    no: int
    kind: ProposalKind
    status: ProposalStatus

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Assembly.proposal`."""
        fields = PROPOSAL.unpack(word)
        kind, status = ProposalKind(fields["kind"]), ProposalStatus(fields["status"])
        return cls(**_with(fields, kind=kind, status=status))

    @property
    def execute_from(self) -> int:
        """The earliest execution, in seconds."""
        return self.ends + self.delay

    @property
    def expires(self) -> int:
        """From when on it cannot be executed any more, in seconds."""
        return self.execute_from + self.execution

    @property
    def passes(self) -> bool:
        """Whether the votes cast so far suffice (R-101)."""
        cast = self.yes + self.no
        return cast >= self.needed and self.yes * BPS >= cast * self.majority


@dataclass(frozen=True)
class Docket:
    """How many claims were filed, and the lowest that is open (R-85)."""

    filed: int
    lowest_open: int
    lowest_filed_at: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Court.docket`."""
        return cls(**COURT_DOCKET.unpack(word))


@dataclass(frozen=True)
class ClaimState:
    """Where a claim stands. `n` is its panel (0 first), `deadline` when the stage ends, `amount` the call in the notice
    and the pay per seat after closing, `part` the granted part of the base in basis points.
    """

    stage: Stage
    n: int
    attempt: int
    level: int
    flags: ClaimFlag
    deadline: int
    lot_block: int
    filed_at: int
    valid: int
    amount: int
    part: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Court.state`."""
        fields = COURT_STATE.unpack(word)
        return cls(**_with(fields, stage=Stage(fields["stage"]), flags=ClaimFlag(fields["flags"])))

    @property
    def closed(self) -> bool:
        """Whether the claim is final."""
        return self.stage in {Stage.GRANTED, Stage.DENIED}

    @property
    def open_panel(self) -> bool:
        """Whether the present panel is open."""
        return bool(self.flags & ClaimFlag.OPEN_NOW)


@dataclass(frozen=True)
class Escrow:
    """Challengers' bonds and what was slashed on a claim's panels."""

    posted: int
    slashed: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Court.escrow`."""
        return cls(**COURT_ESCROW.unpack(word))


@dataclass(frozen=True)
class Challenger:
    """Who challenged a verdict, which level, with what bond (a juror: the volunteer's index instead)."""

    challenger: str
    kind: ChallengerKind
    level: int
    bond: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Court.challenger`."""
        fields = COURT_CHALLENGER.unpack(word)
        return cls(_address(fields["challenger"]), ChallengerKind(fields["kind"]), fields["level"], fields["bond"])


@dataclass(frozen=True)
class Grants:
    """How often a member was granted a benefit, and the last granted day (R-61)."""

    count: int
    last_day: int

    @classmethod
    def unpack(cls, word: int) -> Self:
        """From `Court.grants_of`."""
        return cls(**COURT_GRANTS.unpack(word))


@dataclass(frozen=True)
class Panel:
    """A panel: `seats` and `votes` of a drawn one (volunteer's index or None, level or None), `counts` of an open one.

    Level 8 is 'incomplete'; `counts[o]` are the votes for option o, 0 .. 8. `heads`, `least_votes` and `outstanding`
    (hidden votes not yet shown) are those of an open panel, 0 on a drawn one.
    """

    kind: PanelKind
    size: int
    attempt: int
    flags: PanelFlag
    commit_by: int
    reveal_by: int
    committed: int
    seats: tuple[int | None, ...]
    votes: tuple[int | None, ...]
    counts: tuple[int, ...]
    heads: int
    least_votes: int
    filed_at: int
    outstanding: int

    @classmethod
    def unpack(cls, word: int, votes: int, seats: list[int]) -> Self | None:
        """From `Jury.panel`, `Jury.votes` and `Jury.seats`; None when the panel was never formed."""
        if word == 0:
            return None
        if word >> 244 & 15 == PanelKind.OPEN:
            return cls._open(word, votes)
        fields = DRAWN_PANEL.unpack(word)
        size = fields["size"]
        found = [fields[f"seat_{seat}"] for seat in range(SEATS_IN_PANEL)]
        cast = [fields[f"vote_{seat}"] for seat in range(SEATS_IN_PANEL)]
        for packed in seats:
            later = SEATS.unpack(packed)
            found += [later[f"seat_{seat}"] for seat in range(SEATS_PER_WORD)]
        later = DRAWN_VOTES.unpack(votes)
        cast += [later[f"vote_{seat}"] for seat in range(SEATS_IN_PANEL, MOST_SEATS)]
        return cls(
            kind=PanelKind.DRAWN,
            size=size,
            attempt=fields["attempt"],
            flags=PanelFlag(fields["flags"]),
            commit_by=fields["commit_by"],
            reveal_by=fields["reveal_by"],
            committed=fields["committed"],
            seats=tuple(number - 1 if number else None for number in found[:size]),
            votes=tuple(number - 1 if number else None for number in cast[:size]),
            counts=(),
            heads=0,
            least_votes=0,
            filed_at=0,
            outstanding=0,
        )

    @classmethod
    def _open(cls, word: int, votes: int) -> Self:
        fields = OPEN_PANEL.unpack(word)
        options = OPEN_VOTES.unpack(votes)
        return cls(
            kind=PanelKind.OPEN,
            size=0,
            attempt=fields["attempt"],
            flags=PanelFlag(fields["flags"]),
            commit_by=fields["commit_by"],
            reveal_by=fields["reveal_by"],
            committed=0,
            seats=(),
            votes=(),
            counts=tuple(options[f"option_{option}"] for option in range(_INCOMPLETE + 1)),
            heads=fields["heads"],
            least_votes=fields["least_votes"],
            filed_at=fields["filed_at"],
            outstanding=fields["outstanding"],
        )


@dataclass(frozen=True)
class Volunteer:
    """A juror: halves of the bond that are left, the units of one half, and since when no more in the lot (0: is)."""

    wallet: str
    out_at: int
    halves: int
    half: int
    member_id: bytes

    @classmethod
    def unpack(cls, word: int, half: int, member_id: bytes) -> Self:
        """From `Jury.volunteers`, `Jury.half` and `Jury.membership`."""
        fields = VOLUNTEER.unpack(word)
        return cls(_address(fields["wallet"]), fields["out_at"], fields["halves"], half, member_id)


@dataclass(frozen=True)
class Contacts:
    """Whom a member named (R-48); the zero address is nobody."""

    contact_a: str
    contact_b: str
    beneficiary: str
