# SPDX-License-Identifier: AGPL-3.0-only
"""Every packed word of `docs/spec/interface.md`, as one table.

A word is a uint256 whose fields lie side by side, the first field in the highest bits. Contracts, charter, model, SDK
and audit agree on these layouts and on nothing else about storage.

    >>> FUND_PURSE.unpack(FUND_PURSE.pack(surplus=5, due=7, fees=0))
    {'surplus': 5, 'due': 7, 'fees': 0}
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from tongxin.errors import TongxinError

WORD_BITS: Final = 256


class WordError(TongxinError, ValueError):
    """A number does not fit its field, or a field is missing, unknown or reserved."""


@dataclass(frozen=True)
class Word:
    """Layout of one packed word: `fields` are (name, bits), from the highest bits down.

    Bits that no field takes are reserved and must be zero; the layout says where by a field named `reserved`.
    """

    name: str
    fields: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        if sum(bits for _, bits in self.fields) != WORD_BITS:
            raise WordError(f"{self.name}: the fields do not add up to {WORD_BITS} bits")

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that carry something, in order."""
        return tuple(field for field, _ in self.fields if field != RESERVED)

    def bits(self, field: str) -> int:
        """Width of one field.

        Raises:
            WordError: The word has no such field.
        """
        for name, bits in self.fields:
            if name == field and name != RESERVED:
                return bits
        raise WordError(f"{self.name} has no field '{field}'; it has {', '.join(self.names)}")

    def largest(self, field: str) -> int:
        """Largest number that a field can hold."""
        return (1 << self.bits(field)) - 1

    def pack(self, **numbers: int) -> int:
        """The word that holds these numbers, one for every field.

        Raises:
            WordError: A field is missing or unknown, or a number is negative or too large for it.
        """
        for field in numbers:
            self.bits(field)
        word = 0
        for field, bits in self.fields:
            number = 0
            if field != RESERVED:
                if field not in numbers:
                    raise WordError(f"{self.name}: '{field}' is missing")
                number = int(numbers[field])
                if not 0 <= number < 1 << bits:
                    raise WordError(
                        f"{self.name}: {field} = {number} does not fit {bits} bits (0 .. {(1 << bits) - 1})"
                    )
            word = word << bits | number
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """The numbers of a word, by field.

        Raises:
            WordError: It is no uint256, or a reserved bit is set.
        """
        if not 0 <= word < 1 << WORD_BITS:
            raise WordError(f"{self.name}: {word} is not a uint256")
        numbers: dict[str, int] = {}
        left = WORD_BITS
        for field, bits in self.fields:
            left -= bits
            number = word >> left & (1 << bits) - 1
            if field != RESERVED:
                numbers[field] = number
            elif number:
                raise WordError(f"{self.name}: reserved bits are set in {word:#066x}")
        return numbers


RESERVED: Final = "reserved"

FUND_BOOKS = Word(
    "Fund.books",
    (
        ("index", 96),
        ("shares", 42),
        ("heads", 28),
        ("special", 1),
        ("amended", 1),
        ("pending", 1),
        ("deposits", 87),
    ),
)
FUND_STAGE = Word(
    "Fund.stage",
    (
        ("stage", 8),
        ("started", 40),
        ("below_since", 40),
        ("wound_at", 40),
        ("ends_at", 40),
        ("version", 16),
        (RESERVED, 72),
    ),
)
FUND_ENDING = Word("Fund.ending", (("index", 96), ("entitled", 44), ("paid_out", 44), (RESERVED, 72)))
FUND_SET_ASIDE = Word("Fund.set_aside", (("total", 88), ("left", 88), (RESERVED, 80)))
FUND_PURSE = Word("Fund.purse", (("surplus", 88), ("due", 88), ("fees", 80)))
FUND_YEARLY = Word("Fund.yearly", (("year", 16), ("raised", 96), ("open_calls", 96), (RESERVED, 48)))
FUND_ROUND = Word("Fund.round", (("number", 32), ("closes_at", 40), ("due", 88), ("call", 96)))
FUND_PAYOUT = Word("Fund.payout", (("due", 88), ("paid", 88), ("left", 48), (RESERVED, 32)))
FUND_DEFERRED = Word("Fund.deferred", (("payee", 160), ("round", 32), ("carries", 8), (RESERVED, 56)))
FUND_TICK = Word("Fund.ticks", (("shares", 44), ("heads", 28), ("stamp", 40), (RESERVED, 144)))
FUND_MEMBER = Word(
    "Fund.members",
    (("wallet", 160), ("tick", 28), ("shares", 24), ("joined", 20), ("class_id", 16), ("status", 8)),
)
FUND_HISTORY = Word(
    "Fund.history",
    (
        ("tick", 28),
        ("shares", 24),
        ("joined", 20),
        ("class_id", 16),
        ("status", 8),
        ("changed", 20),
        ("left", 20),
        ("exited", 20),
        ("notice", 32),
        (RESERVED, 68),
    ),
)
FUND_ORDER = Word(
    "Fund.orders",
    (("most_per_period", 88), ("spent", 88), ("period", 24), ("target", 20), (RESERVED, 36)),
)
FUND_ADMISSION = Word(
    "Fund.admission",
    (("charter_tag", 160), ("week", 16), ("count", 28), ("base", 28), ("last_attested", 20), (RESERVED, 4)),
)

MONEY_TERMS = Word(
    "Fund.money_terms",
    (
        ("round_cap", 80),
        ("year_cap", 96),
        ("fee", 16),
        ("margin", 16),
        ("carries", 8),
        ("flags", 8),
        ("period", 32),
    ),
)
MEMBER_TERMS = Word(
    "Fund.member_terms",
    (
        ("grace", 32),
        ("notice", 32),
        ("max_runway", 20),
        ("min_runway", 20),
        ("newcomer", 32),
        ("admission_bps", 16),
        ("admission_floor", 32),
        ("filing_window", 32),
        ("silence", 32),
        ("quorum", 8),
    ),
)
COURT_STAGES = Word(
    "court_terms[0]",
    (
        ("access", 32),
        ("commit", 32),
        ("reveal", 32),
        ("cure", 32),
        ("notice", 32),
        ("size", 8),
        ("threshold", 16),
        ("lot_delay", 8),
        ("flags", 8),
        ("open_quorum_heads", 24),
        ("open_quorum_bps", 16),
        (RESERVED, 16),
    ),
)
COURT_MONEY = Word(
    "court_terms[1]",
    (("juror_pay", 80), ("juror_bond", 80), ("review_bps", 16), ("review_above", 80)),
)
COURT_ROLES = Word(
    "court_terms[2]",
    (
        ("investigator_fee", 80),
        ("investigation_time", 32),
        ("claim_cap", 96),
        ("zone", 32),
        ("inviters", 8),
        ("admission", 8),
    ),
)
COURT_FOUNDING = Word(
    "court_terms[3]",
    (
        ("entry_fee", 88),
        ("minimum_members", 32),
        ("founding_deadline", 40),
        ("floor_heads", 32),
        ("runoff", 32),
        (RESERVED, 32),
    ),
)
VOTE_TERMS = Word(
    "vote_terms",
    (
        ("voting_time", 32),
        ("adoption_delay", 32),
        ("execution_time", 32),
        ("quorum", 16),
        ("majority", 16),
        ("wind_down_majority", 16),
        ("pause", 32),
        (RESERVED, 80),
    ),
)
SHARES_PER_WORD: Final = 10
SHARES_WORD = Word(
    "Charter.shares_word",
    ((RESERVED, 16), *((f"class_{j}", 24) for j in reversed(range(SHARES_PER_WORD)))),
)
BENEFIT = Word(
    "Charter.benefit",
    (
        ("kind", 8),
        *((f"level_{level}", 14) for level in range(7, 0, -1)),
        ("deductible", 88),
        ("repeats", 8),
        ("interval", 32),
        (RESERVED, 22),
    ),
)
ENTITLEMENT = Word("Charter.entitlement", (("amount", 88), ("waiting", 32), (RESERVED, 136)))
LADDER_STEPS: Final = 4
LADDER = Word(
    "Charter.ladder",
    (
        (RESERVED, 64),
        *(field for step in reversed(range(LADDER_STEPS)) for field in ((f"after_{step}", 32), (f"bps_{step}", 16))),
    ),
)

PROPOSAL = Word(
    "Assembly.proposal",
    (
        ("cutoff", 40),
        ("ends", 40),
        ("delay", 32),
        ("execution", 32),
        ("needed", 28),
        ("majority", 14),
        ("yes", 28),
        ("no", 28),
        ("kind", 4),
        ("status", 4),
        (RESERVED, 6),
    ),
)
COURT_DOCKET = Word("Court.docket", (("filed", 48), ("lowest_open", 48), ("lowest_filed_at", 40), (RESERVED, 120)))
COURT_STATE = Word(
    "Court.state",
    (
        ("stage", 4),
        ("n", 4),
        ("attempt", 4),
        ("level", 4),
        ("flags", 16),
        ("deadline", 40),
        ("lot_block", 40),
        ("filed_at", 40),
        ("valid", 8),
        ("amount", 80),
        ("part", 16),
    ),
)
COURT_ESCROW = Word("Court.escrow", (("posted", 88), ("slashed", 88), (RESERVED, 80)))
COURT_CHALLENGER = Word("Court.challenger", (("challenger", 160), ("kind", 8), ("level", 8), ("bond", 80)))
COURT_GRANTS = Word("Court.grants_of", ((RESERVED, 192), ("count", 32), ("last_day", 32)))
MOST_SEATS: Final = 63
SEATS_IN_PANEL: Final = 5
"""Seats whose jurors and votes stand in the panel's own word."""
DRAWN_PANEL = Word(
    "Jury.panel",
    (
        ("size", 8),
        ("kind", 4),
        ("attempt", 4),
        ("flags", 8),
        ("committed", 8),
        ("commit_by", 40),
        ("reveal_by", 40),
        (RESERVED, 4),
        *((f"vote_{seat}", 4) for seat in reversed(range(SEATS_IN_PANEL))),
        *((f"seat_{seat}", 24) for seat in reversed(range(SEATS_IN_PANEL))),
    ),
)
OPEN_PANEL = Word(
    "Jury.panel",
    (
        ("size", 8),
        ("kind", 4),
        ("attempt", 4),
        ("flags", 8),
        (RESERVED, 8),
        ("commit_by", 40),
        ("reveal_by", 40),
        (RESERVED, 20),
        ("heads", 28),
        ("least_votes", 28),
        ("filed_at", 40),
        ("outstanding", 28),
    ),
)
DRAWN_VOTES = Word(
    "Jury.votes",
    ((RESERVED, 24), *((f"vote_{seat}", 4) for seat in reversed(range(SEATS_IN_PANEL, MOST_SEATS)))),
)
OPEN_VOTES = Word("Jury.votes", ((RESERVED, 40), *((f"option_{option}", 24) for option in reversed(range(9)))))
SEATS_PER_WORD: Final = 10
SEATS = Word("Jury.seats", ((RESERVED, 16), *((f"seat_{seat}", 24) for seat in reversed(range(SEATS_PER_WORD)))))
VOLUNTEER = Word("Jury.volunteers", (("wallet", 160), ("out_at", 40), ("halves", 8), (RESERVED, 48)))


class MemberStatus(IntFlag):
    """Bits of `status` in a member's record (R-30)."""

    OCCUPIED = 1
    ACCEPTED = 2
    LEAVING = 4
    HISTORY_USED = 8
    ORDER_SET = 16
    CONTACTS_NAMED = 32
    REGISTERED = 64
    EXITED = 128


class FundStage(IntEnum):
    """Where a mutual stands in its life (R-106); being founded until its contracts know each other."""

    FOUNDING = 0
    GATHERING = 1
    RUNNING = 2
    WINDING_DOWN = 3
    ENDED = 4


class Scope(IntFlag):
    """What a draft changes (R-91); a bit for each kind of proposal that may change no more than this (R-99)."""

    ATTESTORS = 1
    STEWARD = 2
    JUROR_RULES = 4
    OTHER = 8


class ProposalKind(IntEnum):
    """What a vote is about (R-99)."""

    CHARTER = 1
    ATTESTORS = 2
    STEWARD = 3
    JUROR_RULES = 4
    SUCCESSOR = 5
    WIND_DOWN = 6


class ProposalStatus(IntEnum):
    """What the Assembly notes of a proposal; the rest follows from votes and time."""

    MADE = 0
    WITHDRAWN = 1
    EXECUTED = 2


class MoneyFlag(IntFlag):
    """Bits of `flags` in `Fund.money_terms`."""

    CALLED = 1
    IMMEDIATE = 2


class CourtTermsFlag(IntFlag):
    """Bits of `flags` in `court_terms[0]`."""

    STRICT = 1
    OPEN = 2
    WAIVER = 4


class ClaimFlag(IntFlag):
    """Bits of `flags` in `Court.state`."""

    CURED = 1
    WAIVED = 2
    BOND_FROM_BALANCE = 4
    REVIEWED = 8
    INVESTIGATOR_OWED = 16
    REFILE = 32
    NO_ACCESS = 64
    REPEATS_COUNTED = 128
    REDRAWN = 256
    PANEL_0_PAID = 512
    PANEL_1_PAID = 1024
    PANEL_2_PAID = 2048
    AWARD_CUT = 4096
    OPEN_NOW = 8192
    COMMISSIONED = 16384
    ESCROW_USED = 32768


class Stage(IntEnum):
    """Where a claim stands (`Court.state`)."""

    NONE = 0
    LOT = 1
    ACCESS = 2
    VOTING = 3
    CURE = 4
    NOTICE = 5
    GRANTED = 6
    DENIED = 7


class BenefitKind(IntEnum):
    """What a benefit pays (P-39)."""

    LUMP_SUM = 0
    REIMBURSEMENT = 1
    CONTRIBUTION_REFUND = 2


class AdmissionForm(IntEnum):
    """How people come in (P-44)."""

    ATTESTOR = 0
    INVITATION = 1
    OPEN = 2


class PanelFlag(IntFlag):
    """Bits of `flags` in `Jury.panel`."""

    REVEALS_OPEN = 1
    EXPOSURES_TO_BOOK = 2
    FOUND_INCOMPLETE = 4


class KeyKind(IntEnum):
    """Form of a public key that is announced (R-122, R-125): the key itself, or the hash of a hybrid recipient."""

    X25519 = 1
    HYBRID = 2


class ChallengerKind(IntEnum):
    """Who challenged a verdict (R-77)."""

    REVIEW = 0
    CLAIMANT_FREE = 1
    CLAIMANT_BONDED = 2
    JUROR = 3
    ANYONE = 4


class PanelKind(IntEnum):
    """Form of a panel that sits."""

    DRAWN = 1
    OPEN = 2
