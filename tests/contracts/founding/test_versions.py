# SPDX-License-Identifier: AGPL-3.0-only
"""Charter.vy: drafts (R-90), sealing and scope (R-91 to R-93), adoption (R-94), and what counts for an event (R-97)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import boa
import pytest
from boa.dealer import patch_sload
from eth_utils.crypto import keccak

from contracts.mutual import account, charter_numbers, sealed_charter
from support.founding import words_on_chain
from support.hearing import DAY, refused
from support.sources import source
from tongxin.charter import BenefitNumbers, CharterNumbers, pack, terms_of
from tongxin.words import BenefitKind

HASH = keccak(b"founding")
PEOPLE = tuple(sorted((account(f"attestor {i}").address for i in range(5)), key=lambda a: int(a, 16)))
ATTESTORS, STEWARD, JURORS, REST = 1, 2, 4, 8


def benefit(
    amounts: Sequence[int] = (4_000, 8_000),
    waiting: Sequence[int] = (30 * DAY, 30 * DAY),
    deductible: int = 0,
    kind: BenefitKind = BenefitKind.REIMBURSEMENT,
) -> BenefitNumbers:
    return BenefitNumbers(
        kind=kind,
        levels=(10_000,) * 7,
        deductible=deductible,
        repeats=0,
        interval=0,
        amounts=tuple(amounts),
        waiting=tuple(waiting),
    )


def roll(seconds: int) -> None:
    boa.env.time_travel(seconds=seconds)


def now() -> int:
    return int(boa.env.timestamp)


@dataclass
class Rules:
    """A charter alone, with accounts in the places of Founder and Assembly."""

    numbers: CharterNumbers
    charter: Any = None
    founder: str = field(default_factory=lambda: str(boa.env.generate_address("founder")))
    assembly: str = field(default_factory=lambda: str(boa.env.generate_address("assembly")))
    drafter: str = field(default_factory=lambda: str(boa.env.generate_address("drafter")))

    def __post_init__(self) -> None:
        self.charter = sealed_charter(pack(self.numbers), self.founder, HASH)
        self.charter.wire(self.assembly, sender=self.founder)

    def draft(self, numbers: CharterNumbers, *, own: bool = False, document_hash: bytes = HASH) -> int:
        """A draft that is not sealed yet."""
        words = pack(numbers)
        slot = self.charter.draft(terms_of(words, document_hash), own, sender=self.drafter)
        if own:
            rows = [list(row) for row in words.entitlements]
            self.charter.add_benefits(slot, 0, list(words.benefits), rows, sender=self.drafter)
        return int(slot)

    def seal(self, numbers: CharterNumbers, *, own: bool = False) -> int:
        slot = self.draft(numbers, own=own)
        self.charter.seal(slot, sender=self.drafter)
        return slot

    def adopt(self, numbers: CharterNumbers, *, own: bool = False) -> int:
        """Sealed and adopted at once; gives the version."""
        slot = self.seal(numbers, own=own)
        return int(self.charter.adopt(slot, sender=self.assembly))

    def scope(self, slot: int) -> int:
        return int(self.charter.draft_of(slot)[2])


@pytest.fixture
def numbers() -> CharterNumbers:
    return charter_numbers(
        token=source("mocks/StableCoin").deploy("Test Dollar", "TUSD").address,
        classes=(1000, 2000),
        benefits=(benefit(),),
        attestors=PEOPLE[:2],
        juror_pay=10**6,
        juror_bond=22 * 10**6,
        entry_fee=4_000,
        adoption_delay=60 * DAY,
        investigator=account("investigator").address,
        investigator_fee=4_000,
        investigation_time=DAY,
    )


@pytest.fixture
def rules(numbers: CharterNumbers) -> Rules:
    return Rules(numbers)


#


def test_anyone_drafts_once_the_mutual_is_founded(rules: Rules, numbers: CharterNumbers) -> None:
    words = pack(numbers)
    fresh = source("Charter").deploy(rules.founder, rules.charter.BOUNDS(), words.token, words.spacing)
    terms = terms_of(words, HASH)
    with refused("charter: only the founder"):
        fresh.draft(terms, True, sender=rules.drafter)
    with refused("charter: a founding has benefits of its own"):
        fresh.draft(terms, False, sender=rules.founder)
    assert fresh.draft(terms, True, sender=rules.founder) == 1
    with refused("charter: not sealed"):
        fresh.draft(terms, True, sender=rules.drafter)
    with refused("charter: only its drafter"):
        fresh.seal(1, sender=rules.drafter)


def test_a_draft_is_kept_as_it_was_given_and_is_in_force_for_nobody(rules: Rules, numbers: CharterNumbers) -> None:
    changed = replace(numbers, fee=600)
    slot = rules.draft(changed, document_hash=keccak(b"second"))
    (event,) = rules.charter.get_logs()
    assert (event.slot, event.drafter, event.charter_hash, event.own_benefits) == (
        2,
        rules.drafter,
        keccak(b"second"),
        False,
    )
    assert slot == rules.charter.drafts() == 2
    assert rules.charter.draft_of(slot) == (rules.drafter, 0, 0, False, keccak(b"second"))
    assert tuple(rules.charter.slot_terms(slot)) == terms_of(pack(changed), keccak(b"second"))
    assert rules.charter.latest() == rules.charter.current() == 1
    assert words_on_chain(rules.charter) == pack(numbers)


def test_a_draft_without_benefits_of_its_own_has_those_of_the_newest_version(
    rules: Rules, numbers: CharterNumbers
) -> None:
    slot = rules.draft(replace(numbers, fee=600))
    words = pack(numbers)
    assert rules.charter.slot_benefit_count(slot) == 1
    assert rules.charter.slot_benefit(slot, 0) == words.benefits[0]
    assert rules.charter.slot_entitlement(slot, 0, 1) == words.entitlements[0][1]
    with refused("charter: the draft shares its benefits"):
        rules.charter.add_benefits(slot, 1, [], [], sender=rules.drafter)
    # A later draft shares what version 2 brought, an earlier one keeps what it began with.
    roll(30 * DAY)
    rules.adopt(replace(numbers, benefits=(benefit((5_000, 8_000)),)), own=True)
    later = rules.draft(replace(numbers, fee=600))
    assert rules.charter.slot_entitlement(later, 0, 0) >> 168 == 5_000
    assert rules.charter.slot_entitlement(slot, 0, 0) >> 168 == 4_000


def test_only_the_drafter_completes_and_seals_a_draft_once(rules: Rules, numbers: CharterNumbers) -> None:
    words = pack(numbers)
    stranger = boa.env.generate_address()
    slot = rules.charter.draft(terms_of(pack(replace(numbers, fee=600)), HASH), True, sender=rules.drafter)
    batch = (list(words.benefits), [list(row) for row in words.entitlements])
    with refused("charter: only its drafter"):
        rules.charter.add_benefits(slot, 0, *batch, sender=stranger)
    with refused("charter: no benefit"):
        rules.charter.seal(slot, sender=rules.drafter)
    rules.charter.add_benefits(slot, 0, *batch, sender=rules.drafter)
    with refused("charter: only its drafter"):
        rules.charter.seal(slot, sender=stranger)
    rules.charter.seal(slot, sender=rules.drafter)
    with refused("charter: already sealed"):
        rules.charter.seal(slot, sender=rules.drafter)
    with refused("charter: already sealed"):
        rules.charter.add_benefits(slot, 1, *batch, sender=rules.drafter)
    for read in (rules.charter.draft_of, rules.charter.slot_terms, rules.charter.slot_benefit_count):
        for nothing in (0, slot + 1):
            with refused("charter: no such draft"):
                read(nothing)


#


SCOPES: list[tuple[dict[str, object], int]] = [
    ({"attestors": PEOPLE[:3]}, ATTESTORS),
    ({"attestors": PEOPLE[:1]}, ATTESTORS),
    ({"attestor_quorum": 2}, ATTESTORS),
    ({"steward": account("another").address}, STEWARD),
    ({"access_time": 2 * DAY, "leave_notice": 30 * DAY}, JURORS),
    ({"lot_delay": 11}, JURORS),
    ({"threshold": 6_200}, JURORS),
    ({"open_quorum_heads": 4}, JURORS),
    ({"juror_pay": 10**6 - 1}, JURORS),
    ({"juror_bond": 24 * 10**6}, JURORS),
    ({"review_bps": 1}, JURORS),
    ({"investigator": account("another").address}, JURORS),
    ({"investigator_fee": 5_000}, JURORS),
    ({"investigation_time": 2 * DAY}, JURORS),
    ({"fee": 501}, REST),
    ({"grace": 11 * DAY}, REST),
    ({"inviters": 2}, REST),
    ({"entry_fee": 3_000}, REST),
    ({"vote_quorum": 2_001}, REST),
    ({"classes": (1000, 2000, 3000)}, REST),
    ({"remainder": account("another").address}, REST),
    ({"attestors": PEOPLE[:3], "steward": account("another").address}, ATTESTORS | STEWARD),
    ({"lot_delay": 11, "fee": 501}, JURORS | REST),
]


@pytest.mark.parametrize(("changes", "scope"), SCOPES, ids=["-".join(changes) for changes, _ in SCOPES])
def test_the_scope_says_what_a_draft_changes(
    rules: Rules, numbers: CharterNumbers, changes: dict[str, object], scope: int
) -> None:
    changed = replace(numbers, **changes)  # type: ignore[arg-type]
    slot = rules.seal(changed)
    (event,) = rules.charter.get_logs()
    assert (event.slot, event.base, event.scope) == (slot, 1, scope)
    assert rules.charter.draft_of(slot)[1:4] == (1, scope, True)
    # Benefits that are added but say the same change nothing.
    assert rules.scope(rules.seal(replace(changed, benefits=(*numbers.benefits,)), own=True)) == scope


@pytest.mark.parametrize(
    "benefits",
    [
        (benefit((4_001, 8_000)),),
        (benefit((4_000, 8_000), (31 * DAY, 30 * DAY)),),
        (benefit(), benefit()),
    ],
)
def test_other_benefits_are_anything_else(
    rules: Rules, numbers: CharterNumbers, benefits: tuple[BenefitNumbers, ...]
) -> None:
    assert rules.scope(rules.seal(replace(numbers, benefits=benefits), own=True)) == REST


@pytest.mark.parametrize("own", [False, True])
def test_a_draft_that_changes_nothing_but_the_document_is_refused(
    rules: Rules, numbers: CharterNumbers, own: bool
) -> None:
    slot = rules.draft(numbers, own=own, document_hash=keccak(b"other words"))
    with refused("charter: nothing but the document changes"):
        rules.charter.seal(slot, sender=rules.drafter)


def test_a_later_draft_is_refused_like_a_founding(rules: Rules, numbers: CharterNumbers) -> None:
    rules.seal(replace(numbers, leave_notice=37 * DAY, adoption_delay=60 * DAY))
    slot = rules.draft(replace(numbers, leave_notice=37 * DAY, adoption_delay=44 * DAY - 1))
    with refused("charter: adoption before a leaver is out"):
        rules.charter.seal(slot, sender=rules.drafter)


#


def refuses(rules: Rules, numbers: CharterNumbers, message: str, *, own: bool = False) -> None:
    slot = rules.draft(numbers, own=own)
    with refused(message):
        rules.charter.seal(slot, sender=rules.drafter)


def test_sealing_refuses_what_is_fixed_and_steps_that_are_too_large(rules: Rules, numbers: CharterNumbers) -> None:
    refuses(rules, replace(numbers, call_margin=0), "charter: call margin is fixed")
    refuses(rules, replace(numbers, fee=601), "charter: step of fee too large")
    refuses(rules, replace(numbers, classes=(1000, 2001)), "charter: shares of a class are fixed")
    refuses(rules, replace(numbers, attestors=PEOPLE[1:4]), "charter: more than one new attestor")


def test_benefits_are_appended_never_removed(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    two = replace(numbers, benefits=(benefit(), benefit((7, 0), (0, 0))))
    assert rules.adopt(two, own=True) == 2
    assert rules.charter.benefit_count(1) == 1
    assert rules.charter.benefit_count(2) == 2
    refuses(rules, numbers, "charter: a benefit was removed", own=True)
    refuses(rules, replace(numbers, benefits=two.benefits[::-1]), "charter: step of an amount too large", own=True)


def test_a_benefit_keeps_its_rules_and_moves_slowly(rules: Rules, numbers: CharterNumbers) -> None:
    def other(one: BenefitNumbers) -> CharterNumbers:
        return replace(numbers, benefits=(one,))

    levels = replace(benefit(), levels=(9_999, *(10_000,) * 6))
    refuses(rules, other(levels), "charter: rules of a benefit are fixed", own=True)
    refuses(rules, other(benefit((5_001, 8_000))), "charter: step of an amount too large", own=True)
    refuses(rules, other(benefit((4_000, 0))), "charter: a covered class uncovered", own=True)
    refuses(rules, other(benefit(deductible=1)), "charter: step of deductible too large", own=True)
    slow = benefit((5_000, 6_000), (60 * DAY, 0))
    assert rules.scope(rules.seal(other(slow), own=True)) == REST


def test_a_new_class_and_an_uncovered_one_may_become_covered(rules: Rules, numbers: CharterNumbers) -> None:
    rules = Rules(replace(numbers, benefits=(benefit((4_000, 0), (0, 0)),)))
    more = replace(numbers, classes=(1000, 2000, 5), benefits=(benefit((4_000, 10**9, 10**9), (0, 0, 0)),))
    assert rules.scope(rules.seal(more, own=True)) == REST


def test_steps_add_up_over_ninety_days(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    assert rules.adopt(replace(numbers, fee=600)) == 2
    second = now()
    roll(30 * DAY)
    refuses(rules, replace(numbers, fee=601), "charter: step of fee too large")
    roll(second + 90 * DAY - 1 - now())
    refuses(rules, replace(numbers, fee=700), "charter: step of fee too large")
    # Version 1 was in force until version 2 came, so from then on only version 2 counts.
    roll(1)
    assert rules.adopt(replace(numbers, fee=700)) == 3


def test_steps_of_benefits_and_attestors_add_up_too(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    second = replace(numbers, benefits=(benefit((5_000, 8_000)),), attestors=PEOPLE[:3])
    rules.adopt(second, own=True)
    roll(60 * DAY)
    more = replace(second, benefits=(benefit((5_250, 8_000)),))
    refuses(rules, more, "charter: step of an amount too large", own=True)
    refuses(rules, replace(second, attestors=PEOPLE[:4]), "charter: more than one new attestor")
    roll(30 * DAY)
    assert rules.adopt(replace(more, attestors=PEOPLE[:4]), own=True) == 3


def test_three_versions_in_ninety_days_are_all_looked_at(rules: Rules, numbers: CharterNumbers) -> None:
    for fee in (590, 595, 598):
        roll(30 * DAY)
        rules.adopt(replace(numbers, fee=fee))
    # Version 1 (500) ended 60 days ago.
    refuses(rules, replace(numbers, fee=601), "charter: step of fee too large")
    assert rules.seal(replace(numbers, fee=600))
    # An older version's benefits are compared although newer ones share a slot.
    refuses(
        rules, replace(numbers, fee=600, benefits=(benefit((5_001, 8_000)),)), "charter: step of an amount", own=True
    )


#


def test_only_the_assembly_adopts_what_is_sealed_upon_the_newest_version(rules: Rules, numbers: CharterNumbers) -> None:
    slot = rules.draft(replace(numbers, fee=600))
    stale = rules.seal(replace(numbers, fee=550))
    roll(30 * DAY)
    with refused("charter: the draft is not sealed"):
        rules.charter.adopt(slot, sender=rules.assembly)
    with refused("charter: the draft is not sealed"):
        rules.charter.adopt(99, sender=rules.assembly)
    rules.charter.seal(slot, sender=rules.drafter)
    for nobody in (rules.founder, rules.drafter):
        with refused("charter: only the assembly"):
            rules.charter.adopt(slot, sender=nobody)
    assert rules.charter.adopt(slot, sender=rules.assembly) == 2
    (event,) = rules.charter.get_logs()
    assert (event.version, event.slot, event.charter_hash, event.effective_from) == (2, slot, HASH, now())
    roll(30 * DAY)
    for old in (stale, slot, 1):
        with refused("charter: based on an earlier version"):
            rules.charter.adopt(old, sender=rules.assembly)


def test_thirty_days_lie_between_two_versions(rules: Rules, numbers: CharterNumbers) -> None:
    for fee in (550, 600):
        slot = rules.seal(replace(numbers, fee=fee))
        roll(rules.charter.effective_from(rules.charter.latest()) + 30 * DAY - 1 - now())
        with refused("charter: 30 days between two versions"):
            rules.charter.adopt(slot, sender=rules.assembly)
        roll(1)
        rules.charter.adopt(slot, sender=rules.assembly)


def test_the_assembly_is_named_once_by_the_founder(rules: Rules) -> None:
    with refused("charter: only the founder"):
        rules.charter.wire(rules.drafter, sender=rules.drafter)
    with refused("charter: already wired"):
        rules.charter.wire(rules.drafter, sender=rules.founder)


def test_each_version_reads_as_it_was_adopted(rules: Rules, numbers: CharterNumbers) -> None:
    founded = now()
    second = replace(
        numbers,
        fee=600,
        attestors=PEOPLE[1:3],
        steward=PEOPLE[0],
        investigator=PEOPLE[1],
        remainder=PEOPLE[2],
        classes=(1000, 2000, 3000),
        benefits=(benefit((5_000, 8_000, 1)[:3], (0, 30 * DAY, 0)), benefit((1, 0, 0), (0, 0, 0))),
    )
    roll(30 * DAY)
    rules.adopt(second, own=True)
    adopted = now()
    third = replace(second, fee=550)
    roll(90 * DAY)
    rules.adopt(third)
    for version, one in ((1, numbers), (2, second), (3, third)):
        words = pack(one)
        assert words_on_chain(rules.charter, version) == words
        assert rules.charter.fund_terms(version) == (
            words.money_terms,
            words.member_terms,
            list(words.shares_words),
            HASH,
        )
        assert tuple(rules.charter.court_terms(version)) == words.court_terms
        assert rules.charter.vote_terms(version) == words.vote_terms
        assert rules.charter.ladder(version) == words.ladder
        assert rules.charter.steward(version) == one.steward
        assert rules.charter.investigator(version) == one.investigator
        assert rules.charter.remainder(version) == one.remainder
        assert tuple(rules.charter.attestors(version)) == one.attestors
        assert rules.charter.charter_hash(version) == HASH
        assert rules.charter.slot_of(version) == version
    assert [rules.charter.version_at(time) for time in (founded, adopted - 1, adopted, now() - 1, now())] == [
        1,
        1,
        2,
        2,
        3,
    ]
    with refused("charter: no version in force then"):
        rules.charter.version_at(founded - 1)
    for read in (rules.charter.steward, rules.charter.vote_terms, rules.charter.slot_of, rules.charter.benefit_count):
        for nothing in (0, 4):
            with refused("charter: no such version"):
                read(nothing)
    assert rules.charter.effective_from(4) == 0


#


def awarded(rules: Rules, time: int, class_id: int = 0, elapsed: int = 0, benefit_id: int = 0) -> tuple[int, ...]:
    """Version, deductible, amount, waiting."""
    version, word, amount, waiting = rules.charter.awarded(time, benefit_id, class_id, elapsed)
    assert word & ~(2**88 - 1 << 62) == rules.charter.benefit_word(version, benefit_id) & ~(2**88 - 1 << 62)
    return version, word >> 62 & (2**88 - 1), amount, waiting


def test_one_version_stands_alone(numbers: CharterNumbers) -> None:
    rules = Rules(replace(numbers, benefits=(benefit(deductible=7),), ladder=((0, 2500), (100 * DAY, 10_000))))
    assert awarded(rules, now(), 1) == (1, 7, 2_000, 30 * DAY)
    assert awarded(rules, now(), 1, 100 * DAY - 1) == (1, 7, 2_000, 30 * DAY)
    assert awarded(rules, now(), 1, 100 * DAY) == (1, 7, 8_000, 30 * DAY)
    assert awarded(rules, now(), 2)[2] == 0
    assert awarded(rules, now(), 0, 0, 1)[2] == 0
    with refused("charter: no version in force then"):
        awarded(rules, now() - 1)


def test_an_increase_waits_and_a_decrease_does_not(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    rules.adopt(replace(numbers, benefits=(benefit((5_000, 6_000)),)), own=True)
    adopted = now()
    assert awarded(rules, adopted - 1) == (1, 0, 4_000, 30 * DAY)
    for time in (adopted, adopted + 30 * DAY - 1):
        assert awarded(rules, time) == (2, 0, 4_000, 30 * DAY)
        assert awarded(rules, time, 1) == (2, 0, 6_000, 30 * DAY)
    assert awarded(rules, adopted + 30 * DAY) == (2, 0, 5_000, 30 * DAY)
    assert awarded(rules, adopted + 30 * DAY, 1) == (2, 0, 6_000, 30 * DAY)


def test_a_shorter_waiting_and_a_smaller_deductible_wait_too(numbers: CharterNumbers) -> None:
    rules = Rules(replace(numbers, benefits=(benefit(deductible=4_000, waiting=(60 * DAY, 60 * DAY)),)))
    roll(30 * DAY)
    easier = benefit(deductible=3_000, waiting=(40 * DAY, 90 * DAY))
    rules.adopt(replace(numbers, benefits=(easier,)), own=True)
    adopted = now()
    assert awarded(rules, adopted) == (2, 4_000, 4_000, 60 * DAY)
    # The longer of the two waiting times counts, so that no vote shortens the wait for what it raises.
    assert awarded(rules, adopted + 60 * DAY - 1) == (2, 4_000, 4_000, 60 * DAY)
    assert awarded(rules, adopted + 60 * DAY) == (2, 3_000, 4_000, 40 * DAY)
    # A longer waiting time counts at once.
    assert awarded(rules, adopted, 1) == (2, 4_000, 8_000, 90 * DAY)
    assert awarded(rules, adopted + 90 * DAY, 1) == (2, 3_000, 8_000, 90 * DAY)


def test_a_contribution_refund_has_the_shorter_waiting_while_it_waits(numbers: CharterNumbers) -> None:
    refund = benefit(kind=BenefitKind.CONTRIBUTION_REFUND)
    rules = Rules(replace(numbers, benefits=(refund,)))
    roll(30 * DAY)
    rules.adopt(replace(numbers, benefits=(replace(refund, waiting=(60 * DAY, 10 * DAY)),)), own=True)
    assert awarded(rules, now()) == (2, 0, 4_000, 30 * DAY)
    assert awarded(rules, now() + 60 * DAY) == (2, 0, 4_000, 60 * DAY)
    assert awarded(rules, now(), 1) == (2, 0, 8_000, 10 * DAY)


def test_what_was_not_covered_before_waits_for_all_of_it(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    second = benefit((100, 0), (20 * DAY, 0))
    rules.adopt(replace(numbers, benefits=(benefit(), second), classes=(1000, 2000)), own=True)
    adopted = now()
    assert awarded(rules, adopted + 20 * DAY - 1, 0, 0, 1)[2] == 0
    assert awarded(rules, adopted + 20 * DAY, 0, 0, 1)[2] == 100
    assert awarded(rules, adopted + 20 * DAY, 1, 0, 1)[2] == 0


def test_without_waiting_time_an_increase_counts_at_once(numbers: CharterNumbers) -> None:
    rules = Rules(replace(numbers, benefits=(benefit(waiting=(0, 0)),)))
    roll(30 * DAY)
    rules.adopt(replace(numbers, benefits=(benefit((5_000, 8_000), (0, 0)),)), own=True)
    assert awarded(rules, now()) == (2, 0, 5_000, 0)


def test_a_vote_that_ends_the_waiting_waits_for_what_it_raises(rules: Rules, numbers: CharterNumbers) -> None:
    roll(30 * DAY)
    rules.adopt(replace(numbers, benefits=(benefit((5_000, 8_000), (0, 30 * DAY)),)), own=True)
    adopted = now()
    assert awarded(rules, adopted + 30 * DAY - 1) == (2, 0, 4_000, 30 * DAY)
    assert awarded(rules, adopted + 30 * DAY) == (2, 0, 5_000, 0)


def test_versions_are_walked_back_to_the_first_that_stands_alone(numbers: CharterNumbers) -> None:
    waiting = (80 * DAY, 80 * DAY)
    rules = Rules(replace(numbers, benefits=(benefit((4_000, 8_000), waiting, 4_000),)))
    starts = [now()]
    for amount, deductible in ((4_900, 3_300), (4_400, 3_200), (4_950, 3_100)):
        roll(30 * DAY)
        rules.adopt(replace(numbers, benefits=(benefit((amount, 8_000), waiting, deductible),)), own=True)
        starts.append(now())
    last = starts[3]
    # At its start versions 2 to 4 are younger than 80 days, so version 1 counts as well.
    assert awarded(rules, last) == (4, 4_000, 4_000, 80 * DAY)
    # 80 days after version 2 began it stands alone.
    assert awarded(rules, starts[1] + 80 * DAY - 1) == (4, 4_000, 4_000, 80 * DAY)
    assert awarded(rules, starts[1] + 80 * DAY) == (4, 3_300, 4_400, 80 * DAY)
    assert awarded(rules, starts[2] + 80 * DAY) == (4, 3_200, 4_400, 80 * DAY)
    assert awarded(rules, starts[3] + 80 * DAY) == (4, 3_100, 4_950, 80 * DAY)
    # An event of the time of version 3 is judged by that.
    assert awarded(rules, last - 1) == (3, 4_000, 4_000, 80 * DAY)


def test_each_version_has_its_own_ladder(numbers: CharterNumbers) -> None:
    rules = Rules(replace(numbers, ladder=((0, 5_000),)))
    roll(30 * DAY)
    rules.adopt(replace(numbers, ladder=((0, 6_000),), benefits=(benefit((4_800, 8_000)),)), own=True)
    assert awarded(rules, now())[2] == 2_000
    assert awarded(rules, now() + 30 * DAY)[2] == 2_880


def test_an_award_of_the_only_version_reads_five_slots(rules: Rules) -> None:
    """Latest version, its word, benefit, entitlement, ladder: what a charter without votes needed, or less."""
    with patch_sload() as reads:
        rules.charter.awarded(now(), 0, 0, 0)
    assert len(set(reads.trace)) == 5
