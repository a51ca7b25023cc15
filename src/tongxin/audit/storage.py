# SPDX-License-Identifier: AGPL-3.0-only
"""Storage against the model: every word that a log ever pointed at, and since which block a wrong one is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tongxin.audit.discovery import Parts
from tongxin.audit.reading import Reader, Slot, first_where, slot_of
from tongxin.audit.replay import Touched
from tongxin.audit.report import Findings, Name
from tongxin.audit.sampling import Choice
from tongxin.audit.slots import EFFECTIVE_AT, FIRST, SLOT_AT
from tongxin.chain.endpoints import RequestRefusedError
from tongxin.charter.encoding import SHARES_WORDS
from tongxin.model import Mutual, Terms, packing
from tongxin.model.jury import NO_COMMITMENT
from tongxin.model.view import Words
from tongxin.units import Address, MemberId
from tongxin.words import FUND_MEMBER

__all__ = ["Expected", "accounts", "compare", "expectations", "first_bad_block"]

WALLET_AT: Final = 96
"""The wallet stands in the highest bits of a member's word (R-30)."""
AT_ONCE: Final = 5_000
"""Members whose words are made and compared at once."""
MOST_TRACED: Final = 12
"""Wrong words whose first wrong block is looked for."""

Key = tuple[int | bytes, ...]
_WHERE: Final[dict[str, tuple[Name, str, str]]] = {
    "books": (Name.BOOKS, "Fund", "standing.books"),
    "purse": (Name.BOOKS, "Fund", "ledger.purse"),
    "bonds": (Name.BOOKS, "Fund", "ledger.bonds"),
    "yearly": (Name.BOOKS, "Fund", "ledger.yearly"),
    "round": (Name.BOOKS, "Fund", "ledger.round"),
    "stage": (Name.BOOKS, "Fund", "standing.stage"),
    "ending": (Name.BOOKS, "Fund", "standing.ending"),
    "set_aside": (Name.BOOKS, "Fund", "standing.set_aside"),
    "fund_money": (Name.BOOKS, "Fund", "terms._money"),
    "fund_member": (Name.BOOKS, "Fund", "terms._member"),
    "fund_fifth": (Name.BOOKS, "Fund", "terms._fifth"),
    "fund_shares": (Name.BOOKS, "Fund", "terms._shares"),
    "fund_attestors": (Name.BOOKS, "Fund", "entrance._attestors"),
    "admission": (Name.BOOKS, "Fund", "entrance.admission"),
    "payout": (Name.BOOKS, "Fund", "rounds.payout"),
    "unpaid": (Name.BOOKS, "Fund", "rounds.unpaid"),
    "deferred": (Name.BOOKS, "Fund", "rounds.deferred"),
    "deferred_due": (Name.BOOKS, "Fund", "rounds.deferred_due"),
    "dues": (Name.BOOKS, "Fund", "payments.dues"),
    "ticks": (Name.TICKS, "Fund", "ledger.ticks"),
    "bitmap": (Name.TICKS, "Fund", "ledger.bitmap"),
    "members": (Name.MEMBERS, "Fund", "register.members"),
    "history": (Name.MEMBERS, "Fund", "register.history"),
    "orders": (Name.MEMBERS, "Fund", "register.orders"),
    "docket": (Name.COURT, "Court", "docket"),
    "digest": (Name.COURT, "Court", "digest"),
    "state": (Name.COURT, "Court", "state"),
    "award": (Name.COURT, "Court", "award"),
    "escrow": (Name.COURT, "Court", "escrow"),
    "challenger": (Name.COURT, "Court", "challenger"),
    "grants_of": (Name.COURT, "Court", "grants_of"),
    "waived_at": (Name.COURT, "Court", "waived_at"),
    "panel": (Name.JURY, "Jury", "panel"),
    "votes": (Name.JURY, "Jury", "votes"),
    "seats": (Name.JURY, "Jury", "seats"),
    "commitments": (Name.JURY, "Jury", "commitments"),
    "volunteer_count": (Name.JURY, "Jury", "volunteer_count"),
    "volunteers": (Name.JURY, "Jury", "volunteers"),
    "half": (Name.JURY, "Jury", "half"),
    "membership": (Name.JURY, "Jury", "membership"),
    "seat_of": (Name.JURY, "Jury", "seat_of"),
    "volunteer_of": (Name.JURY, "Jury", "volunteer_of"),
    "voted": (Name.JURY, "Jury", "voted"),
    "exposed": (Name.JURY, "Jury", "exposed"),
    "excluded": (Name.JURY, "Jury", "excluded"),
    "pending_wallet": (Name.OFFICE, "Office", "pending_wallet"),
    "pending_class": (Name.OFFICE, "Office", "pending_class"),
    "nonces": (Name.OFFICE, "Office", "nonces"),
    "contacts": (Name.OFFICE, "Office", "_contacts"),
    "latest": (Name.RULES, "Charter", "latest"),
    "slots": (Name.RULES, "Charter", "drafts"),
    "versions": (Name.RULES, "Charter", "_versions"),
    "drafts": (Name.RULES, "Charter", "_drafts"),
    "terms": (Name.RULES, "Charter", "_terms"),
    "published": (Name.RULES, "Charter", "published"),
    "benefit_count": (Name.RULES, "Charter", "_benefit_count"),
    "benefits": (Name.RULES, "Charter", "_benefits"),
    "entitlements": (Name.RULES, "Charter", "_entitlements"),
    "proposals": (Name.ASSEMBLY, "Assembly", "count"),
    "proposal": (Name.ASSEMBLY, "Assembly", "proposal"),
    "proposer": (Name.ASSEMBLY, "Assembly", "proposer"),
    "subject": (Name.ASSEMBLY, "Assembly", "subject"),
    "cast_by_wallet": (Name.ASSEMBLY, "Assembly", "cast_by_wallet"),
    "cast_by_member": (Name.ASSEMBLY, "Assembly", "cast_by_member"),
    "last_proposed": (Name.ASSEMBLY, "Assembly", "last_proposed"),
    "successor": (Name.ASSEMBLY, "Assembly", "successor"),
}
"""Where each word stands: its check, its contract, its state variable."""
ACCOUNTS: Final = ("books", "purse", "bonds", "yearly", "round", "docket", "stage", "ending", "set_aside")
"""The few words that nearly every call changes, and those that say where the mutual stands in its life."""
BY_VIEW: Final = frozenset(name for name in _WHERE if hasattr(Words, name))
"""Words that the model shows one by one."""
_STORAGE: Final = (
    Name.BOOKS,
    Name.MEMBERS,
    Name.TICKS,
    Name.COURT,
    Name.JURY,
    Name.OFFICE,
    Name.RULES,
    Name.ASSEMBLY,
)


@dataclass(frozen=True)
class Expected:
    """A word as the model has it. `offset` counts slots from the variable's own."""

    view: str
    key: Key
    word: int
    offset: int = 0

    @property
    def check(self) -> Name:
        """The check to which it belongs."""
        return _WHERE[self.view][0]

    def slot(self, parts: Parts) -> Slot:
        """Where it stands."""
        _, contract, variable = _WHERE[self.view]
        address: str = getattr(parts, contract.lower())
        return Slot(address, slot_of(contract, variable, *self.key) + self.offset)

    def shown(self) -> str:
        """Its name for a person."""
        keys = "".join(f"[0x{key.hex()}]" if isinstance(key, bytes) else f"[{key}]" for key in self.key)
        _, contract, variable = _WHERE[self.view]
        return f"{contract}.{variable.rpartition('.')[2]}{keys}" + (f" + {self.offset}" if self.offset else "")


def _key(key: object) -> Key:
    """A key of `Words.all` as the keys of a mapping, outermost first."""
    if key is None:
        return ()
    if isinstance(key, tuple):
        return tuple(part for part in key if isinstance(part, int | bytes))
    return (key,) if isinstance(key, int | bytes) else ()


def accounts(mutual: Mutual) -> list[Expected]:
    """The words of `ACCOUNTS`."""
    words = mutual.words()
    return [Expected(view, (), int(getattr(words, view)())) for view in ACCOUNTS]


def expectations(mutual: Mutual, touched: Touched) -> Iterator[Expected]:
    """Every word that is or was anything else than zero, but those of members."""
    for (view, key), word in mutual.words().all(members=()).items():
        yield Expected(view, _key(key), word)
    yield from _cleared(mutual, touched)
    yield from _court_and_jury(mutual, touched)
    yield from _office(mutual, touched)
    yield from _fund_terms(mutual)
    yield from _charter(mutual, touched)
    yield from _assembly(mutual)


def of_members(mutual: Mutual, touched: Touched, members: Iterable[bytes]) -> Iterator[Expected]:
    """Record, history and standing order of members, zero or not."""
    words, membership = mutual.words(), mutual.membership
    alike: dict[tuple[int, ...], int] = {}
    for member_id in map(MemberId, members):
        member = membership.members.get(member_id)
        if member is None:
            yield Expected("members", (member_id,), 0)
        else:
            rest = member[1:]
            if rest not in alike:
                alike[rest] = FUND_MEMBER.pack(**member._replace(wallet=Address(0))._asdict())
            yield Expected("members", (member_id,), member.wallet << WALLET_AT | alike[rest])
        yield Expected("history", (member_id,), words.history(member_id) if member_id in membership.history else 0)
        # Whoever set an order and ended it has a word that the model no longer knows.
        if member is None or member_id in membership.orders or member_id not in touched.orders:
            yield Expected("orders", (member_id,), words.orders(member_id))


def _cleared(mutual: Mutual, touched: Touched) -> Iterator[Expected]:
    """Words of the fund that became zero again."""
    rounds = mutual.rounds
    for payee in touched.payees:
        if Address(payee) not in mutual.ledger.dues:
            yield Expected("dues", (payee,), 0)
    for key in touched.deferred:
        if key not in rounds.deferred:
            yield Expected("deferred", (key,), 0)
            yield Expected("deferred_due", (key,), 0)


def _court_and_jury(mutual: Mutual, touched: Touched) -> Iterator[Expected]:
    jury, court = mutual.jury, mutual.court
    for event_key, digest in court.digests.items():
        yield Expected("digest", (event_key,), int.from_bytes(digest))
    for (slot, seat), commitment in jury.commitments.items():
        yield Expected("commitments", (slot, seat), int.from_bytes(commitment or NO_COMMITMENT))
    yield Expected("volunteer_count", (), jury.count)
    for index, volunteer in jury.volunteers.items():
        yield Expected("membership", (index,), int.from_bytes(volunteer.member_id))
    for wallet, index in jury.numbers.items():
        yield Expected("seat_of", (wallet,), index + 1)
    for key in jury.panels:
        yield Expected("exposed", (key,), jury.exposed.get(key, 0))
    for key, voter in touched.excluded:
        yield Expected("excluded", (key, voter), 1)


def _office(mutual: Mutual, touched: Touched) -> Iterator[Expected]:
    office = mutual.office
    for member_id in touched.pending:
        proposal = office.proposals.get(MemberId(member_id))
        request = office.requests.get(MemberId(member_id))
        pending_wallet = 0 if proposal is None else proposal.wallet << 96 | proposal.ready_at << 56
        pending_class = 0 if request is None else request.class_id << 240 | request.applies_at << 200
        yield Expected("pending_wallet", (member_id,), pending_wallet)
        yield Expected("pending_class", (member_id,), pending_class)
    for member_id, nonce in touched.nonces.items():
        yield Expected("nonces", (member_id,), nonce)
    for member_id, named in office.contacts.items():
        for offset, who in enumerate(named):
            yield Expected("contacts", (member_id,), who, offset)


def _fund_terms(mutual: Mutual) -> Iterator[Expected]:
    """R-95: what the Fund goes by once a later version than the founding's was adopted."""
    words, terms = mutual.words(), mutual.terms
    amended = mutual.stages.version > FIRST
    yield Expected("fund_money", (), words.money_terms() if amended else 0)
    yield Expected("fund_member", (), words.member_terms() if amended else 0)
    yield Expected("fund_fifth", (), packing.court_terms(terms)[3] if amended else 0)
    for j in range(SHARES_WORDS):
        yield Expected("fund_shares", (), words.shares_words(j) if amended else 0, j)
    attestors = terms.attestors if amended else ()
    for offset, word in enumerate((len(attestors), *attestors)):
        yield Expected("fund_attestors", (), word, offset)


def _charter(mutual: Mutual, touched: Touched) -> Iterator[Expected]:
    """R-90 to R-94. Of a draft that was never sealed only whose it is."""
    charter = mutual.charter
    yield Expected("latest", (), charter.latest)
    yield Expected("slots", (), charter.slots)
    for version, (slot, effective_from) in charter.versions.items():
        word = effective_from << EFFECTIVE_AT | slot << SLOT_AT | touched.benefits_in[slot]
        yield Expected("versions", (version,), word)
    for slot, draft in charter.drafts.items():
        about = (draft.drafter, draft.base, int(draft.scope), int(draft.sealed), touched.benefits_in[slot])
        for offset, word in enumerate(about):
            # The factory, whose address is no part of the model, drafted the first one.
            if slot != FIRST or offset:
                yield Expected("drafts", (slot,), word, offset)
        yield Expected("published", (slot,), int(slot in touched.published))
        if draft.sealed:
            for offset, word in enumerate(_terms(draft.terms)):
                yield Expected("terms", (slot,), word, offset)
            yield from _benefits(slot, draft.terms, own=touched.benefits_in[slot] == slot)


def _terms(terms: Terms) -> list[int]:
    """The struct Terms, word by word."""
    return [
        int.from_bytes(terms.charter_hash),
        packing.money_terms(terms),
        packing.member_terms(terms),
        *packing.court_terms(terms),
        packing.vote_terms(terms),
        *(packing.shares_word(terms, j) for j in range(SHARES_WORDS)),
        packing.ladder(terms),
        terms.steward,
        terms.investigator,
        terms.remainder,
        len(terms.attestors),
        *terms.attestors,
    ]


def _benefits(slot: int, terms: Terms, *, own: bool) -> Iterator[Expected]:
    yield Expected("benefit_count", (slot,), len(terms.benefits) if own else 0)
    for benefit, rules in enumerate(terms.benefits if own else ()):
        yield Expected("benefits", (slot, benefit), packing.benefit_word(rules))
        for class_id, entitlement in enumerate(terms.entitlements[benefit]):
            yield Expected("entitlements", (slot, benefit, class_id), packing.entitlement_word(entitlement))


def _assembly(mutual: Mutual) -> Iterator[Expected]:
    assembly = mutual.assembly
    yield Expected("proposals", (), assembly.count)
    yield Expected("successor", (), assembly.successor)
    for p, proposal in assembly.proposals.items():
        yield Expected("proposer", (p,), proposal.proposer)
        yield Expected("proposer", (p,), int.from_bytes(proposal.member_id), 1)
        yield Expected("subject", (p,), proposal.subject)


def compare(
    reader: Reader,
    parts: Parts,
    mutual: Mutual,
    touched: Touched,
    *,
    chosen: Choice,
    findings: Findings,
    progress: Callable[[str, int, int], None],
) -> list[Expected]:
    """Reads words at the audit's last block; returns the expectations that were not met.

    All words but those of members are read, and the words of the members chosen.
    """
    counts: Counter[Name] = Counter()
    wrong: list[Expected] = []
    total = len(chosen.members) + 1
    done = 0

    def check(expected: Sequence[Expected]) -> None:
        found = reader.words([item.slot(parts) for item in expected])
        for item, word in zip(expected, found, strict=True):
            counts[item.check] += 1
            if word != item.word:
                wrong.append(item)
                if len(wrong) > MOST_TRACED:
                    text = f"{item.shown()} is {word:#x}, the history makes it {item.word:#x}"
                    findings.fail(item.check, None, text)

    check(list(expectations(mutual, touched)))
    for start in range(0, len(chosen.members), AT_ONCE):
        portion = chosen.members[start : start + AT_ONCE]
        check(list(of_members(mutual, touched, portion)))
        done += len(portion)
        progress("storage", done, total)
    progress("storage", total, total)
    for name in _STORAGE:
        said = f"{counts[name]} words as recomputed at block {reader.block}"
        findings.note(name, f"{said}{chosen.said}" if name == Name.MEMBERS else said)
    return wrong[:MOST_TRACED]


def value(mutual: Mutual, touched: Touched, wanted: Expected) -> int:
    """The word of an expectation in the model as it is now, found anew."""
    if wanted.view in BY_VIEW:
        word = getattr(mutual.words(), wanted.view)(*wanted.key)
        return int.from_bytes(word) if isinstance(word, bytes) else int(word)
    same = (wanted.view, wanted.key, wanted.offset)
    return next((item.word for item in expectations(mutual, touched) if (item.view, item.key, item.offset) == same), 0)


def first_bad_block(reader: Reader, slot: Slot, changes: Sequence[tuple[int, int]], first_block: int) -> int | None:
    """The first block at which a word is not what the history makes it.

    Args:
        reader: Where to read.
        slot: Where it stands.
        changes: Block and value of each change of the word in the replay, in order.
        first_block: Where to begin: the end of the founding.

    Returns:
        The block, or None if the endpoint does not keep old states.
    """

    def is_bad(block: int) -> bool:
        right = 0
        for changed, word in changes:
            if changed > block:
                break
            right = word
        return reader.word(slot, block) != right

    try:
        if is_bad(first_block):
            return first_block
        return first_where(is_bad, first_block, reader.block)
    except RequestRefusedError:
        return None
