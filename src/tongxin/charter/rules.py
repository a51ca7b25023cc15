# SPDX-License-Identifier: AGPL-3.0-only
"""The rules of a mutual as its founders write them: parameters P-1 to P-61 of docs/spec/charter.md.

Every field carries the id of its parameter as its title, its meaning as its description and an example of how it is
written. Values are held as numbers (seconds, basis points, thousandths, exact decimals) and written back as text.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tongxin.charter.quantities import (
    BPS,
    DAY,
    HOUR,
    YEAR,
    Address,
    Duration,
    OptionalAddress,
    Percentage,
    Rate,
    Shares,
    Tokens,
    Whole,
    Zone,
    count,
    east,
    lasting,
    part,
    weight,
)

MOST_CLASSES = 40
MOST_BENEFITS = 16
MOST_LEVELS = 7
MOST_LADDER_STEPS = 4
MOST_ATTESTORS = 8
MOST_JUDGED = 40
LONG = 366 * DAY


def _p(number: int, meaning: str, example: str) -> Any:
    return Field(title=f"P-{number}", description=meaning, examples=[example])


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; members read it before they join")
    return text.strip()


Prose = Annotated[str, AfterValidator(_filled)]


class Rules(BaseModel):
    """Base of every part of a charter: unknown fields are refused, nothing can be changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Rules):
    """Members' text in Chinese and English."""

    zh: Prose
    en: Prose


class Funding(StrEnum):
    """P-8."""

    PREPAID = "prepaid"
    CALLED = "called"


class Rounds(StrEnum):
    """P-9."""

    IMMEDIATE = "immediate"
    PERIOD = "period"


class PanelForm(StrEnum):
    """P-21."""

    DRAWN = "drawn"
    OPEN = "open"


class Kind(StrEnum):
    """Kind of a benefit, P-39."""

    LUMP_SUM = "lump_sum"
    REIMBURSEMENT = "reimbursement"
    CONTRIBUTION_REFUND = "contribution_refund"


class Form(StrEnum):
    """How people come in, P-44."""

    ATTESTOR = "attestor"
    INVITATION = "invitation"
    OPEN = "open"


class Judge(StrEnum):
    """Who judges what no contract can check, P-57."""

    PANEL = "panel"
    ATTESTOR = "attestor"


class ShareRule(StrEnum):
    """How the shares of the classes were set, P-58."""

    STATED = "stated"
    EQUAL = "equal"
    BENEFIT = "benefit"
    RISK = "risk"


class Sex(StrEnum):
    """Sex of a class, where the attestor checks it."""

    FEMALE = "female"
    MALE = "male"


class Token(Rules):
    """The money of the mutual. The address may be left to the moment of founding."""

    symbol: Prose
    decimals: Annotated[Whole, count(0, 36)]
    address: Annotated[OptionalAddress, _p(1, "the ERC-20 the mutual counts in", '"0x..."')] = None


class Money(Rules):
    """What a member can be asked for. Amounts are tokens per full share unless said otherwise."""

    tick_spacing: Annotated[Tokens, _p(2, "cost per full share between two ticks", '"0.50"')]
    round_cap: Annotated[Tokens, _p(3, "most a full share pays in one settlement", '"250"')]
    year_cap: Annotated[Tokens, _p(4, "most a full share pays in one year", '"1800"')]
    claim_cap: Annotated[Tokens, _p(35, "most a full share pays for one claim; 0 = no limit", '"0"')] = Decimal(0)
    entry_fee: Annotated[Tokens, _p(37, "tokens paid once when joining", '"0"')] = Decimal(0)
    fee: Annotated[Percentage, part(0, 1000), _p(5, "management fee on what is paid", "4%")]
    call_margin: Annotated[Percentage, part(0, BPS), _p(6, "how far a settlement may exceed the announced call", "10%")]
    carries: Annotated[Whole, count(0, 12), _p(7, "rounds an uncollected rest is carried", "2")]
    funding: Annotated[Funding, _p(8, "prepaid or called", "prepaid")]
    rounds: Annotated[Rounds, _p(9, "immediate or period", "period")]
    period: Annotated[Duration, lasting(DAY, LONG), _p(10, "length of a round's period", "7d")]


class Admission(Rules):
    """How people come in, and who vouches for them."""

    form: Annotated[Form, _p(44, "attestor, invitation or open", "attestor")]
    inviters: Annotated[Whole, count(1, 5), _p(45, "members who must sign an invitation", "3")]
    admission_bps: Annotated[
        Percentage, part(0, BPS), _p(16, "most admissions per week, of the heads at its start", "10%")
    ]
    admission_floor: Annotated[Whole, count(1, 2**32 - 1), _p(17, "admissions per week always allowed", "200")]
    attestor_silence: Annotated[
        Duration, lasting(DAY, LONG), _p(19, "without an attested admission for so long, invitation takes over", "60d")
    ]
    attestor_quorum: Annotated[Whole, count(0, 5), _p(20, "attestors who must sign", "1")]
    attestors: Annotated[
        tuple[Address, ...], Field(max_length=MOST_ATTESTORS), _p(46, "who vouches for members", '["0x..."]')
    ] = ()


class Membership(Rules):
    """Joining, staying and leaving."""

    min_runway: Annotated[Tokens, _p(12, "least deposit of a full share when joining", '"250"')]
    max_runway: Annotated[Tokens, _p(13, "largest deposit of a full share", '"2000"')]
    grace: Annotated[Duration, lasting(0, 90 * DAY), _p(11, "time to repair a lapse without a gap", "7d")]
    leave_notice: Annotated[Duration, _p(14, "notice of leaving; see F-1", "35d")]
    newcomer: Annotated[Duration, lasting(0, LONG), _p(15, "time before judging, inviting and voting", "30d")]
    admission: Admission


class Investigator(Rules):
    """Whom a panel may commission."""

    address: Annotated[OptionalAddress, _p(34, "the investigator; none when left out", '"0x..."')] = None
    fee: Annotated[Tokens, _p(34, "tokens for one report", '"200"')] = Decimal(0)
    time: Annotated[Duration, lasting(0, 90 * DAY), _p(34, "time for one report", "7d")] = 0


class CourtRules(Rules):
    """How claims are judged."""

    zone: Annotated[Zone, east(-12 * HOUR, 14 * HOUR), _p(36, "time zone in which days are counted", '"+08:00"')]
    filing_window: Annotated[
        Duration, lasting(DAY, 3 * YEAR), _p(18, "time to file after the day of the event", "180d")
    ]
    panel: Annotated[PanelForm, _p(21, "drawn or open", "drawn")]
    panel_size: Annotated[Whole, count(1, 15), _p(22, "seats, an odd number", "5")]
    threshold: Annotated[Percentage, part(1, BPS), _p(23, "part of valid votes that a level needs", "50%")]
    strict: Annotated[bool, _p(24, "more than the threshold instead of at least", "true")]
    access_time: Annotated[Duration, lasting(HOUR, 30 * DAY), _p(25, "time to open the evidence to the panel", "2d")]
    commit_time: Annotated[Duration, lasting(HOUR, 30 * DAY), _p(25, "time to vote", "3d")]
    reveal_time: Annotated[Duration, lasting(HOUR, 30 * DAY), _p(25, "time to show the votes", "1d")]
    cure_time: Annotated[Duration, lasting(HOUR, 90 * DAY), _p(26, "time to complete an incomplete claim", "7d")]
    verdict_notice: Annotated[
        Duration, lasting(HOUR, 90 * DAY), _p(27, "public time after a verdict, also the time of the call", "3d")
    ]
    lot_delay: Annotated[Whole, count(1, 200), _p(28, "blocks from filing to the block that seeds the lot", "10")]
    juror_pay: Annotated[Tokens, _p(29, "tokens per seat for a valid vote", '"8"')]
    juror_bond: Annotated[Tokens, _p(30, "tokens a volunteer posts; see F-5", '"100"')]
    open_quorum_heads: Annotated[Whole, count(1, 2**24 - 1), _p(31, "least valid votes of an open panel", "15")]
    open_quorum_bps: Annotated[Percentage, part(0, BPS), _p(31, "the same, as part of the heads", "3%")]
    review_bps: Annotated[Percentage, part(0, BPS), _p(32, "grants sent to a second panel by lot", "5%")]
    review_above: Annotated[Tokens, _p(32, "tokens above which a grant is always reviewed; 0 = never", '"0"')]
    waiver: Annotated[bool, _p(33, "one filing a year without bond", "true")]
    investigator: Investigator = Investigator()


class Age(Rules):
    """Ages of a class in completed years, both included; the attestor checks them."""

    least: Annotated[Whole, count(0, 130)]
    largest: Annotated[Whole, count(0, 130)]


class Class(Rules):
    """One class of members (P-38); its id is its position. The attestor checks age and sex where they are given."""

    label: Text
    shares: Annotated[Shares, weight(1, 2**24 - 1), _p(38, "weight in every apportionment", '"1.25"')]
    age: Age | None = None
    sex: Sex | None = None
    migrates_to: Annotated[
        Whole | None, _p(59, "number of the class to which a member moves who outgrows this one's ages", "1")
    ] = None
    expected: Annotated[
        Annotated[Percentage, part(0, BPS)] | None,
        _p(60, "part of the members expected in this class; for warnings only", "25%"),
    ] = None


class Level(Rules):
    """One step of a benefit: what it means and the part of the amount that it grants."""

    grants: Annotated[Percentage, part(0, BPS), _p(39, "part of the amount", "40%")]
    meaning: Text


class Benefit(Rules):
    """What members can claim (P-39 to P-41); its id is its position. Per-class lists follow the order of classes."""

    label: Text
    text: Text
    kind: Annotated[Kind, _p(39, "lump_sum, reimbursement or contribution_refund", "lump_sum")]
    levels: Annotated[
        tuple[Level, ...],
        Field(min_length=1, max_length=MOST_LEVELS),
        _p(39, "from the lowest step to the highest; at most seven", "- {grants: 100%, meaning: {zh: ..., en: ...}}"),
    ]
    deductible: Annotated[Tokens, _p(39, "tokens a member bears; reimbursements and refunds only", '"200"')] = Decimal(
        0
    )
    repeats: Annotated[Whole, count(0, 255), _p(39, "largest number of grants to one member; 0 = no limit", "0")]
    interval: Annotated[
        Duration, lasting(0, 2**32 - 1), _p(39, "least time between the days of two granted events", "0d")
    ]
    amounts: Annotated[tuple[Tokens, ...], _p(40, "full amount in tokens for each class; 0 = not covered", '["50000"]')]
    waiting: Annotated[
        tuple[Annotated[Duration, lasting(0, 3 * YEAR)], ...], _p(41, "waiting time for each class", "[7d]")
    ]
    incidence: Annotated[
        tuple[Rate, ...],
        _p(58, "for each class, how many full amounts a member is expected to claim in a year", '["0.0018"]'),
    ] = ()


class LadderStep(Rules):
    """From `after` on, counted from joining, a member may claim this part of an amount (P-42)."""

    after: Annotated[Duration, lasting(0, 2**32 - 1), _p(42, "time since joining", "0d")]
    grants: Annotated[Percentage, part(1, BPS), _p(42, "part of the amount", "50%")]


class Voting(Rules):
    """How members change the rules (docs/spec/governance.md)."""

    voting_time: Annotated[Duration, lasting(3 * DAY, 90 * DAY), _p(49, "how long a vote is open", "14d")]
    quorum: Annotated[
        Percentage, part(500, BPS), _p(50, "least votes, yes and no, as part of the heads at the proposal", "20%")
    ]
    adoption_delay: Annotated[Duration, _p(51, "from the end of the vote to the change; see F-8", "45d")]
    execution_time: Annotated[
        Duration, lasting(7 * DAY, LONG), _p(52, "how long a passed proposal can be executed", "30d")
    ]
    majority: Annotated[Percentage, part(5001, BPS), _p(53, "part of the votes that changes the rules", "60%")]
    wind_down_majority: Annotated[
        Percentage, part(5001, BPS), _p(54, "part of the votes that winds down or names a successor", "75%")
    ]
    proposal_pause: Annotated[Duration, lasting(DAY, LONG), _p(55, "between two proposals of one member", "30d")]


class Starting(Rules):
    """When the mutual starts and when it winds down (P-47), and who receives what belongs to no member then (P-56)."""

    minimum_members: Annotated[Whole, count(0, 2**32 - 1), _p(47, "least members to start", "300")]
    founding_deadline: Annotated[Duration, _p(47, "time from founding to reach them", "180d")]
    floor_heads: Annotated[Whole, count(0, 2**32 - 1), _p(47, "heads below which it winds down; 0 = never", "100")]
    runoff: Annotated[Duration, lasting(0, 2**32 - 1), _p(47, "time in which claims run off; see F-9", "181d")]
    remainder: Annotated[
        OptionalAddress, _p(56, "receives what belongs to no member when all is over, such as a charity", '"0x..."')
    ] = None


class Judged(Rules):
    """A rule that no contract can check, and who judges it (P-57)."""

    by: Judge
    zh: Prose
    en: Prose


class Known(Rules):
    """A value of the platform that a preset follows."""

    field: Prose
    value: Prose
    source: Prose
    verified: bool = True


class Difference(Rules):
    """Where a preset departs from its platform, and why."""

    field: Prose
    why: Text


class Provenance(Rules):
    """Where the values of a preset come from (P-61). Fields that it does not name are the preset's own."""

    platform: Text
    known: tuple[Known, ...] = ()
    unknown: tuple[Prose, ...] = ()
    differs: tuple[Difference, ...] = ()


class Disclosures(Rules):
    """What everybody may know before joining (P-48); founding refuses when one is missing (F-7)."""

    founder: Annotated[str, _p(48, "who founds the mutual", "...")] = ""
    steward: Annotated[str, _p(48, "who runs its services for the fee", "...")] = ""
    attestors: Annotated[str, _p(48, "who vouches for members, and how", "...")] = ""
    investigators: Annotated[str, _p(48, "who investigates, or none", "none")] = ""
    jurisdiction: Annotated[str, _p(48, "whose law applies", "...")] = ""
    licence: Annotated[str, _p(48, "insurance licence, or none", "none")] = ""
    complaints: Annotated[str, _p(48, "where to complain", "...")] = ""
    audit: Annotated[str, _p(48, "who audited the contracts", "not audited by a third party")] = ""


class Charter(Rules):
    """The whole charter of a mutual."""

    format: Annotated[Whole, count(1, 1)]
    name: Text
    text: Text
    token: Token
    steward: Annotated[OptionalAddress, _p(43, "receives the fee", '"0x..."')] = None
    money: Money
    membership: Membership
    court: CourtRules
    classes: Annotated[tuple[Class, ...], Field(max_length=MOST_CLASSES), _p(38, "classes of members", "- ...")]
    benefits: Annotated[tuple[Benefit, ...], Field(max_length=MOST_BENEFITS), _p(39, "benefits", "- ...")]
    ladder: Annotated[
        tuple[LadderStep, ...], Field(max_length=MOST_LADDER_STEPS), _p(42, "part of the amount by time", "[]")
    ] = ()
    share_rule: Annotated[
        ShareRule, _p(58, "stated, equal, benefit (by amount) or risk (by amount and incidence)", "equal")
    ] = ShareRule.STATED
    judged: Annotated[
        tuple[Judged, ...],
        Field(max_length=MOST_JUDGED),
        _p(57, "what only a panel or an attestor can judge", "- {by: panel, zh: ..., en: ...}"),
    ] = ()
    voting: Annotated[Voting, Field(title="P-49 to P-55", description="how members change the rules")]
    starting: Starting
    disclosures: Disclosures
    provenance: Annotated[Provenance | None, Field(title="P-61", description="whose rules a preset follows")] = None

    def with_parties(
        self,
        *,
        token: str | None = None,
        steward: str | None = None,
        attestors: tuple[str, ...] | None = None,
        investigator: str | None = None,
        remainder: str | None = None,
    ) -> Self:
        """This charter with the addresses that are known only on a given chain; those left out stay as written.

        Raises:
            pydantic.ValidationError: An address is no address.
        """
        document = self.model_dump(mode="json")
        if token is not None:
            document["token"]["address"] = token
        if steward is not None:
            document["steward"] = steward
        if attestors is not None:
            document["membership"]["admission"]["attestors"] = list(attestors)
        if investigator is not None:
            document["court"]["investigator"]["address"] = investigator
        if remainder is not None:
            document["starting"]["remainder"] = remainder
        return type(self).model_validate(document)
