# SPDX-License-Identifier: AGPL-3.0-only
"""What an audit found: one verdict per check, and the first block where it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

__all__ = ["LIMITS", "MEANING", "AuditReport", "Check", "Findings", "Name"]


class Name(StrEnum):
    """The checks, in the order in which they are reported."""

    CONTRACTS = "contracts"
    BYTECODE = "bytecode"
    FACTORY = "factory"
    CHARTER = "charter"
    LOGS = "logs"
    SIGNATURES = "signatures"
    MEMBERSHIP = "membership"
    APPORTIONMENT = "apportionment"
    PAYMENTS = "payments"
    FEES = "fees"
    CLAIMS = "claims"
    LOTS = "lots"
    VERDICTS = "verdicts"
    BONDS = "bonds"
    EVIDENCE = "evidence"
    VERSIONS = "versions"
    VOTES = "votes"
    STAGES = "stages"
    TOKENS = "tokens"
    BOOKS = "storage: books"
    MEMBERS = "storage: members"
    TICKS = "storage: ticks"
    COURT = "storage: court"
    JURY = "storage: jury"
    OFFICE = "storage: office"
    RULES = "storage: charter"
    ASSEMBLY = "storage: assembly"
    INVARIANTS = "invariants"


MEANING: Final[dict[Name, str]] = {
    Name.CONTRACTS: "the mutual's contracts name one another and no others",
    Name.BYTECODE: "each contract's code and immutables are those of the published source",
    Name.FACTORY: "the factory and its blueprints are those of the published source, and list this mutual",
    Name.CHARTER: "every version's document is published, has its hash, passes F-1 to F-9 and says the numbers",
    Name.LOGS: "every log is one of ours, in its receipt, and none of a receipt is missing",
    Name.SIGNATURES: "attestors signed every admission that is called an attested one",
    Name.MEMBERSHIP: "who joined, paid, moved, left, let others read: every price, arrear and refund recomputed",
    Name.APPORTIONMENT: "calls, collections, index and lapses of every settlement and round recomputed",
    Name.PAYMENTS: "what every claim, leaver and payee got recomputed",
    Name.FEES: "every fee and its withdrawal recomputed",
    Name.CLAIMS: "filing, seat keys, access, challenges and deadlines of every claim follow from the rules",
    Name.LOTS: "every panel and review drawn again from the block hashes",
    Name.VERDICTS: "every vote opens its commitment, every verdict follows from the votes",
    Name.BONDS: "bonds, costs, juror pay and rewards of every claim recomputed",
    Name.EVIDENCE: "what claims name is in the stores, and only drawn jurors were given a claim's key",
    Name.VERSIONS: "every version and sealed draft within F-1 to F-9, R-92 and R-93, adopted by R-94, applied by R-95",
    Name.VOTES: "who could vote, every vote, quorum, majority and time of every proposal recomputed",
    Name.STAGES: "start, floor, wind-down, register, end and every part of the surplus recomputed",
    Name.TOKENS: "every token that came or left has its reason, and the fund holds what its books say",
    Name.BOOKS: "accounts, calls, rounds, dues, admissions, stage and the Fund's terms in storage are those recomputed",
    Name.MEMBERS: "every member's record, history and standing order in storage are those recomputed",
    Name.TICKS: "every tick and bitmap word in storage is the one recomputed",
    Name.COURT: "every word of every claim in storage is the one recomputed",
    Name.JURY: "every panel, vote, commitment and volunteer in storage is the one recomputed",
    Name.OFFICE: "contacts, pending changes and nonces in storage are those recomputed",
    Name.RULES: "every number of every version and sealed draft in storage is the one that was sealed",
    Name.ASSEMBLY: "every proposal, tally and vote in storage is the one recomputed",
    Name.INVARIANTS: "I-1 to I-15 hold in the state recomputed",
}

LIMITS: Final = (
    "Whether an event happened, what the evidence says and whether attestors were right: nobody can see it on chain.",
    "Signatures to relayers and inviters, of votes, class and wallet changes, and who sent what: left to the code.",
    "That the endpoint shows the true chain: name several endpoints of different operators, or use your own node.",
    "The token's own code and its issuer.",
    "Reasons of proposals, of which the chain has the hash alone, and drafts that were never sealed.",
    "A slot that no log ever pointed at is not read.",
    "Not audited by a third party: this is the project's own audit program.",
)
"""What the audit does not check."""


@dataclass(frozen=True)
class Check:
    """One verdict. `first_bad_block` is None when the check holds or its failure has no block."""

    name: str
    ok: bool
    detail: str
    first_bad_block: int | None = None


@dataclass(frozen=True)
class AuditReport:
    """The verdicts of one audit.

    Attributes:
        fund: The mutual's Fund.
        chain_id: The chain's number.
        first_block: The block of the founding.
        last_block: The block at which storage was read.
        events: Events replayed.
        members: Memberships there ever were.
        claims: Claims filed.
        version: The charter's version in force.
        proposals: Proposals made.
        proven_words: Words of storage that were proven against the block's hash; 0 without proofs.
        checks: One verdict per check, in order.
    """

    fund: str
    chain_id: int
    first_block: int
    last_block: int
    events: int
    members: int
    claims: int
    version: int
    proposals: int
    proven_words: int
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def first_bad_block(self) -> int | None:
        """The earliest block where a check fails: later failures may follow from that one."""
        return min((check.first_bad_block for check in self.checks if check.first_bad_block is not None), default=None)

    def check(self, name: Name) -> Check:
        """The verdict of one check."""
        return next(check for check in self.checks if check.name == name)

    def as_dict(self) -> dict[str, object]:
        """The report for `--json`."""
        return {
            "ok": self.ok,
            "fund": self.fund,
            "chain_id": self.chain_id,
            "first_block": self.first_block,
            "last_block": self.last_block,
            "events": self.events,
            "members": self.members,
            "claims": self.claims,
            "version": self.version,
            "proposals": self.proposals,
            "proven_words": self.proven_words,
            "first_bad_block": self.first_bad_block,
            "checks": [
                {
                    "name": check.name,
                    "ok": check.ok,
                    "detail": check.detail,
                    "first_bad_block": check.first_bad_block,
                }
                for check in self.checks
            ],
            "not_checked": list(LIMITS),
        }


@dataclass
class _Found:
    """What is known of one check so far."""

    failures: list[tuple[int | None, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


class Findings:
    """Collects failures and notes while the checks run."""

    def __init__(self) -> None:
        self._found: dict[Name, _Found] = {name: _Found() for name in Name}
        self._ran: set[Name] = set()

    def fail(self, name: Name, block: int | None, text: str) -> None:
        """A check fails at a block (None: no block can be named)."""
        self._ran.add(name)
        self._found[name].failures.append((block, text))

    def note(self, name: Name, text: str) -> None:
        """A check ran; what it covered."""
        self._ran.add(name)
        self._found[name].notes.append(text)

    def tell(self, name: Name, text: str) -> None:
        """What is to be said with the verdict, whether the check holds or fails."""
        self._found[name].told.append(text)

    def failed(self, name: Name) -> bool:
        """Whether a check has failed so far."""
        return bool(self._found[name].failures)

    def failures(self) -> tuple[Check, ...]:
        """The checks that have failed so far."""
        return tuple(self._check(name) for name in Name if self.failed(name))

    def checks(self) -> tuple[Check, ...]:
        """The verdicts; a check that could not run fails."""
        return tuple(self._check(name) for name in Name)

    def _check(self, name: Name) -> Check:
        found = self._found[name]
        if name not in self._ran:
            return Check(name, ok=False, detail="not run, because an earlier check failed")
        if not found.failures:
            return Check(name, ok=True, detail="; ".join([*found.notes, *found.told]) or MEANING[name])
        first = min(found.failures, key=lambda item: (item[0] is None, item[0] or 0))
        more = len(found.failures) - 1
        text = first[1] + (f" (and {more} more)" if more else "")
        return Check(name, ok=False, detail="; ".join([text, *found.told]), first_bad_block=first[0])
