# SPDX-License-Identifier: AGPL-3.0-only
"""Charter.vy and Bounds.vy: what founding refuses (F-1 to F-6, F-8, F-9 and every range), publishing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import boa
import pytest
from eth_account import Account

from support.founding import NOBODY, deploy_charter, example, words_on_chain
from support.hearing import DAY, HOUR, refused
from tongxin.charter import CharterNumbers, decode, encode, numbers_of, pack
from tongxin.words import ENTITLEMENT

ATTESTORS = tuple(sorted((Account.from_key(bytes([i]) * 32).address for i in (1, 2)), key=lambda a: int(a, 16)))
TOKEN = "0x" + 20 * "7c"
HASH = b"\x07" * 32


@cache
def founder() -> str:
    return str(boa.env.generate_address("founder"))


def token() -> str:
    """An address with code: the charter never calls its token."""
    boa.env.set_code(TOKEN, b"\x00")
    return TOKEN


def base() -> CharterNumbers:
    return numbers_of(example("example-immediate", token(), ATTESTORS[:1]))


def begun(numbers: CharterNumbers) -> Any:
    return deploy_charter(pack(numbers), HASH, founder())


def add_benefits(charter: Any, numbers: CharterNumbers) -> None:
    words = pack(numbers)
    rows = [list(row) for row in words.entitlements]
    charter.add_benefits(1, 0, list(words.benefits), rows, sender=founder())


def sealed(numbers: CharterNumbers) -> Any:
    charter = begun(numbers)
    add_benefits(charter, numbers)
    charter.seal(1, sender=founder())
    return charter


def test_an_accepted_charter_is_in_force_and_reads_back_as_it_was_written() -> None:
    numbers = base()
    charter = sealed(numbers)
    assert charter.current() == 1
    assert charter.version_at(int(boa.env.timestamp)) == 1
    assert charter.charter_hash(1) == HASH
    assert decode(words_on_chain(charter)) == numbers


BEYOND_INDEX: dict[str, object] = {
    "tick_spacing": 2**68 - 1,
    "round_cap": 2**68 - 1,
    "year_cap": 2**96 - 1,
    "min_runway": 1,
}

REFUSALS: list[tuple[str, dict[str, object], str]] = [
    ("P-1", {"token": "0x" + 40 * "5"}, "charter: token has no code"),
    ("P-2", {"tick_spacing": 0}, "charter: tick spacing out of range"),
    ("P-2", {"tick_spacing": 2**68}, "charter: tick spacing out of range"),
    ("F-2", {"round_cap": 0}, "charter: round cap is no whole number of ticks"),
    ("F-2", {"round_cap": 200 * 500_000_000 + 1}, "charter: round cap is no whole number of ticks"),
    ("F-2", {"round_cap": 1025 * 500_000_000, "min_runway": 1025}, "charter: round cap above 1024 ticks"),
    ("F-2", {"year_cap": 199 * 500_000_000}, "charter: year cap below round cap"),
    ("F-2", {"min_runway": 199}, "charter: prepaid runway below round cap"),
    ("F-3", {"verdict_notice": DAY + 1, "leave_notice": 30 * DAY}, "charter: period below verdict notice"),
    ("F-1", {"leave_notice": 6 * DAY + HOUR - 1}, "charter: notice shorter than the path of a claim"),
    ("F-4", {"max_runway": 199}, "charter: least runway out of range"),
    ("F-4", {"min_runway": 0, "called": True}, "charter: least runway out of range"),
    ("F-4", BEYOND_INDEX, "charter: runway and caps exceed the index"),
    ("F-5", {"panel_size": 4}, "charter: panel size must be odd, 1 to 15"),
    ("F-5", {"panel_size": 17, "juror_pay": 0}, "charter: panel size must be odd, 1 to 15"),
    ("F-5", {"juror_bond": 10_999_998}, "charter: juror bond below the next panel's pay"),
    ("F-5", {"juror_bond": 12_000_001}, "charter: juror bond is odd"),
    ("F-6", {"fee": 1001}, "charter: fee above a tenth"),
    ("F-6", {"classes": ()}, "charter: no class"),
    ("F-6", {"classes": (1000, 0, 2000)}, "charter: a gap between classes"),
    ("F-6", {"ladder": ((0, 5000), (0, 6000))}, "charter: ladder not rising"),
    ("F-6", {"ladder": ((0, 5000), (DAY, 5000))}, "charter: ladder not rising"),
    ("F-6", {"ladder": ((0, 5000), (DAY, 0), (2 * DAY, 6000))}, "charter: ladder not rising"),
    ("F-6", {"ladder": ((0, 10_001),)}, "charter: ladder not rising"),
    ("P-6", {"call_margin": 10_001}, "charter: call margin above 100 per cent"),
    ("P-7", {"carries": 13}, "charter: more than 12 carries"),
    ("P-10", {"period": 367 * DAY, "leave_notice": 800 * DAY}, "charter: period out of range"),
    ("P-11", {"grace": 90 * DAY + 1}, "charter: grace above 90 days"),
    ("P-15", {"newcomer": 366 * DAY + 1}, "charter: newcomer time above 366 days"),
    ("P-16", {"admission_bps": 10_001}, "charter: admissions above 100 per cent"),
    ("P-17", {"admission_floor": 0}, "charter: admission floor is zero"),
    ("P-18", {"filing_window": DAY - 1}, "charter: filing window out of range"),
    ("P-19", {"attestor_silence": 366 * DAY + 1}, "charter: attestor silence out of range"),
    ("P-20", {"attestor_quorum": 2}, "charter: quorum above the attestors"),
    ("P-20", {"attestor_quorum": 0}, "charter: attestors without a quorum"),
    ("P-20", {"attestor_quorum": 0, "admission": 1}, "charter: attestors without a quorum"),
    ("P-44", {"admission": 3}, "charter: unknown form of admission"),
    ("P-23", {"threshold": 0}, "charter: threshold out of range"),
    ("P-23", {"threshold": 10_001}, "charter: threshold out of range"),
    ("P-25", {"access_time": HOUR - 1}, "charter: a stage of the panel out of range"),
    ("P-25", {"reveal_time": 31 * DAY, "leave_notice": 90 * DAY}, "charter: a stage of the panel out of range"),
    ("P-26", {"cure_time": 91 * DAY}, "charter: cure time out of range"),
    ("P-27", {"verdict_notice": HOUR - 1}, "charter: verdict notice out of range"),
    ("P-28", {"lot_delay": 201}, "charter: lot delay out of range"),
    ("P-31", {"open_quorum_heads": 0}, "charter: open quorum is zero"),
    ("P-31", {"open_quorum_bps": 10_001}, "charter: open quorum above 100 per cent"),
    ("P-32", {"review_bps": 10_001}, "charter: review above 100 per cent"),
    ("P-34", {"investigator_fee": 1}, "charter: fee without an investigator"),
    ("P-36", {"zone": -43_201}, "charter: time zone out of range"),
    ("P-43", {"steward": NOBODY}, "charter: fee without a steward"),
    ("P-45", {"inviters": 6}, "charter: inviters out of range"),
    ("P-46", {"attestors": ATTESTORS[::-1]}, "charter: attestors not ascending"),
    ("P-46", {"attestors": (ATTESTORS[0], ATTESTORS[0])}, "charter: attestors not ascending"),
    ("P-47", {"minimum_members": 2, "founding_deadline": DAY - 1}, "charter: founding deadline out of range"),
    ("P-47", {"minimum_members": 2, "founding_deadline": 3 * 365 * DAY + 1}, "charter: founding deadline out of range"),
    ("P-49", {"voting_time": 3 * DAY - 1}, "charter: voting time out of range"),
    ("P-49", {"voting_time": 90 * DAY + 1}, "charter: voting time out of range"),
    ("P-50", {"vote_quorum": 499}, "charter: vote quorum out of range"),
    ("P-50", {"vote_quorum": 10_001}, "charter: vote quorum out of range"),
    ("F-8", {"leave_notice": 30 * DAY, "adoption_delay": 37 * DAY - 1}, "charter: adoption before a leaver is out"),
    ("P-51", {"adoption_delay": 3 * 365 * DAY + 1}, "charter: adoption delay above three years"),
    ("P-52", {"execution_time": 7 * DAY - 1}, "charter: execution time out of range"),
    ("P-52", {"execution_time": 366 * DAY + 1}, "charter: execution time out of range"),
    ("P-53", {"majority": 5_000, "wind_down_majority": 7_500}, "charter: majority out of range"),
    ("P-53", {"majority": 10_001}, "charter: majority out of range"),
    ("F-8", {"majority": 7_500, "wind_down_majority": 7_499}, "charter: wind-down majority out of range"),
    ("P-54", {"wind_down_majority": 10_001}, "charter: wind-down majority out of range"),
    ("P-55", {"proposal_pause": DAY - 1}, "charter: proposal pause out of range"),
    ("P-55", {"proposal_pause": 366 * DAY + 1}, "charter: proposal pause out of range"),
    ("F-9", {"filing_window": 60 * DAY, "runoff": 61 * DAY - 1}, "charter: run-off below the filing window"),
    ("F-9", {"filing_window": 60 * DAY, "runoff": 426 * DAY + 1}, "charter: run-off a year too long"),
    ("F-9", {"remainder": NOBODY}, "charter: no remainder"),
]


@pytest.mark.parametrize(
    ("rule", "changes", "message"),
    REFUSALS,
    ids=[f"{rule}-{next(iter(c))}-{i}" for i, (rule, c, _) in enumerate(REFUSALS)],
)
def test_founding_is_refused_with_its_reason(rule: str, changes: dict[str, object], message: str) -> None:
    assert rule
    charter = begun(replace(base(), **changes))  # type: ignore[arg-type]
    if "classes" not in changes:
        add_benefits(charter, base())
    with refused(message):
        charter.seal(1, sender=founder())
    assert charter.latest() == 0


ENDS_OF_RANGES: list[tuple[str, dict[str, object]]] = [
    ("P-11", {"grace": 90 * DAY}),
    ("P-15", {"newcomer": 366 * DAY}),
    ("P-16", {"admission_bps": 10_000}),
    ("P-17", {"admission_floor": 1}),
    ("P-18", {"filing_window": DAY}),
    ("P-19", {"attestor_silence": DAY}),
    ("P-19", {"attestor_silence": 366 * DAY}),
    ("P-23", {"threshold": 1}),
    ("P-23", {"threshold": 10_000}),
    ("P-25", {"access_time": HOUR}),
    ("P-25", {"reveal_time": 30 * DAY, "leave_notice": 90 * DAY, "adoption_delay": 97 * DAY}),
    ("P-26", {"cure_time": 90 * DAY}),
    ("P-27", {"verdict_notice": HOUR}),
    ("P-28", {"lot_delay": 200}),
    ("P-31", {"open_quorum_heads": 1}),
    ("P-31", {"open_quorum_bps": 10_000}),
    ("P-32", {"review_bps": 10_000}),
    ("P-47", {"minimum_members": 2, "founding_deadline": DAY}),
    ("P-47", {"minimum_members": 1, "founding_deadline": 0}),
    ("P-49", {"voting_time": 3 * DAY}),
    ("P-49", {"voting_time": 90 * DAY}),
    ("P-50", {"vote_quorum": 500}),
    ("P-50", {"vote_quorum": 10_000}),
    ("F-8", {"leave_notice": 30 * DAY, "adoption_delay": 37 * DAY}),
    ("P-51", {"adoption_delay": 3 * 365 * DAY}),
    ("P-52", {"execution_time": 7 * DAY}),
    ("P-52", {"execution_time": 366 * DAY}),
    ("P-53", {"majority": 5_001, "wind_down_majority": 5_001}),
    ("P-54", {"majority": 10_000, "wind_down_majority": 10_000}),
    ("P-55", {"proposal_pause": DAY}),
    ("P-55", {"proposal_pause": 366 * DAY}),
    ("F-9", {"filing_window": 60 * DAY, "runoff": 61 * DAY}),
    ("F-9", {"filing_window": 60 * DAY, "runoff": 426 * DAY}),
]


@pytest.mark.parametrize(
    ("rule", "changes"), ENDS_OF_RANGES, ids=[f"{r}-{i}" for i, (r, _) in enumerate(ENDS_OF_RANGES)]
)
def test_both_ends_of_a_range_are_allowed(rule: str, changes: dict[str, object]) -> None:
    assert rule
    assert sealed(replace(base(), **changes)).latest() == 1  # type: ignore[arg-type]


def test_a_charter_without_benefit_is_refused() -> None:
    charter = begun(base())
    with refused("charter: no benefit"):
        charter.seal(1, sender=founder())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amounts": (0, 0)}, "charter: a benefit without any amount"),
        (
            {"levels": (10_000, 9999, 10_000, 10_000, 10_000, 10_000, 10_000)},
            "charter: levels falling or above 100 per cent",
        ),
        ({"levels": (0, 0, 0, 0, 0, 0, 10_001)}, "charter: levels falling or above 100 per cent"),
        ({"levels": (0,) * 7}, "charter: a benefit that grants nothing"),
        ({"kind": 3}, "charter: unknown kind of benefit"),
        ({"waiting": (3 * 365 * DAY + 1, 0)}, "charter: waiting above three years"),
        ({"amounts": (1, 1, 1), "waiting": (0, 0, 0)}, "charter: amount for a class without shares"),
    ],
)
def test_a_bad_benefit_is_refused(changes: dict[str, object], message: str) -> None:
    numbers = base()
    broken = replace(numbers.benefits[0], **changes)  # type: ignore[arg-type]
    with refused(message):
        add_benefits(begun(numbers), replace(numbers, benefits=(broken,)))


def test_benefits_are_added_in_order_and_only_before_sealing() -> None:
    numbers = base()
    charter = begun(numbers)
    words = pack(numbers)
    with refused("charter: benefits out of order"):
        charter.add_benefits(1, 1, list(words.benefits), [list(words.entitlements[0])], sender=founder())
    with refused("charter: benefits and amounts differ in number"):
        charter.add_benefits(1, 0, list(words.benefits), [], sender=founder())
    add_benefits(charter, numbers)
    charter.seal(1, sender=founder())
    with refused("charter: already sealed"):
        charter.add_benefits(1, 1, list(words.benefits), [list(words.entitlements[0])], sender=founder())
    with refused("charter: already sealed"):
        charter.seal(1, sender=founder())


def test_nobody_but_the_founder_adds_benefits_or_seals() -> None:
    numbers = base()
    charter = begun(numbers)
    with refused("charter: only its drafter"):
        charter.add_benefits(1, 0, [1], [[ENTITLEMENT.pack(amount=1, waiting=0)]])
    add_benefits(charter, numbers)
    with refused("charter: only its drafter"):
        charter.seal(1)


def test_nothing_is_in_force_before_sealing() -> None:
    charter = begun(base())
    with refused("charter: no version in force then"):
        charter.current()
    for read in (charter.charter_hash, charter.fund_terms, charter.court_terms):
        with refused("charter: no such version"):
            read(1)


def test_no_version_is_in_force_before_its_time_and_no_other_exists() -> None:
    charter = sealed(base())
    with refused("charter: no version in force then"):
        charter.version_at(int(boa.env.timestamp) - 1)
    with refused("charter: no such version"):
        charter.class_entitlement(2, 0, 0)
    with refused("charter: no such version"):
        charter.benefit_word(2, 0)


def test_only_the_drafted_document_is_published() -> None:
    encoded = encode(example("example-immediate", token(), ATTESTORS[:1]), 6)
    charter = deploy_charter(encoded.words, encoded.document_hash, founder())
    with refused("charter: another document was drafted"):
        charter.publish(1, encoded.document + b" ")
    with refused("charter: no such draft"):
        charter.publish(2, encoded.document)
    assert not charter.published(1)
    charter.publish(1, encoded.document, sender=boa.env.generate_address())
    (event,) = charter.get_logs()
    assert (event.slot, event.charter_hash) == (1, encoded.document_hash)
    assert charter.published(1)
    # Again, for whoever cannot read the input of the first time.
    charter.publish(1, encoded.document)
    assert len(charter.get_logs()) == 1


def test_the_largest_charter_fits() -> None:
    numbers = base()
    shares = tuple(range(1000, 1040))
    benefit = replace(numbers.benefits[0], amounts=(10**9,) * 40, waiting=(DAY,) * 40)
    charter = sealed(replace(numbers, classes=shares, benefits=(benefit,) * 16))
    assert charter.class_entitlement(1, 15, 39) == ENTITLEMENT.pack(amount=10**9, waiting=DAY)
    assert charter.benefit_count(1) == 16
    assert charter.benefit_word(1, 15) > 0
    assert charter.benefit_word(1, 16) == 0


def test_a_seventeenth_benefit_is_refused() -> None:
    numbers = base()
    full = replace(numbers, benefits=numbers.benefits * 16)
    charter = begun(full)
    add_benefits(charter, full)
    words = pack(numbers)
    with refused("charter: more than 16 benefits"):
        charter.add_benefits(1, 16, list(words.benefits), [list(words.entitlements[0])], sender=founder())
