# SPDX-License-Identifier: AGPL-3.0-only
"""What is known of five platforms (the table of thirty rules) stands in the encoded numbers of their presets.

`KNOWN` holds the facts by hand, in the units of the chain (a token of six decimals); `UNKNOWN` what was looked for and
not found. A value that a preset departs from must be named under `provenance.differs`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.sdk import CHARTERS, person
from tongxin.charter import Charter, CharterNumbers, decode, encode, load_charter
from tongxin.words import BenefitKind

TOKEN = 10**6
PER_SHARE = 10**9
"""Index units of one token per full share: 10**6 units x SCALE / 1000 thousandths."""
DAY = 86_400
LUMP, BILL, BACK = BenefitKind.LUMP_SUM, BenefitKind.REIMBURSEMENT, BenefitKind.CONTRIBUTION_REFUND

KNOWN: dict[str, dict[str, object]] = {
    "xianghubao": {
        "money.entry_fee": 0,
        "money.funding": "called",
        "classes[0].age.least": 0,
        "classes[0].age.largest": 39,
        "classes[1].age.largest": 59,
        "benefits[0].amounts": (300_000 * TOKEN, 100_000 * TOKEN),
        "benefits[1].amounts": (50_000 * TOKEN, 50_000 * TOKEN),
        "benefits[0].kind": LUMP,
        "benefits[3].kind": BACK,
        "benefits[0].repeats": 1,
        "benefits[0].waiting": (90 * DAY, 90 * DAY),
        "benefits[2].waiting": (0, 0),
        "share_rule": "equal",
        "money.claim_cap": PER_SHARE // 10,
        "money.year_cap": 188 * PER_SHARE,
        "money.fee": 800,
        "membership.grace": 5 * DAY,
        "court.filing_window": 180 * DAY,
        "membership.newcomer": 30 * DAY,
        "court.threshold": 5_000,
        "court.strict": False,
    },
    "kangai": {
        "money.entry_fee": 0,
        "money.funding": "prepaid",
        "classes[0].age.largest": 39,
        "classes[1].age.least": 40,
        "benefits[0].waiting": (180 * DAY, 365 * DAY),
        "benefits[0].kind": LUMP,
        "benefits[0].repeats": 1,
        "benefits[1].kind": BILL,
        "benefits[1].deductible": 10_000 * TOKEN,
        "benefits[1].amounts": (100_000 * TOKEN, 100_000 * TOKEN),
        "benefits[2].kind": BACK,
        "ladder[0].grants": 3_333,
        "ladder[1].grants": 6_667,
        "ladder[2].grants": 10_000,
        "share_rule": "equal",
        "money.fee": 0,
        "court.filing_window": 183 * DAY,
    },
    "e-mutual": {
        "membership.min_runway": 9 * PER_SHARE,
        "money.funding": "prepaid",
        "classes[0].age.least": 1,
        "classes[2].age.largest": 65,
        "benefits[0].amounts": (500_000 * TOKEN, 400_000 * TOKEN, 200_000 * TOKEN),
        "benefits[0].kind": LUMP,
        "benefits[0].waiting": (180 * DAY,) * 3,
        "share_rule": "equal",
        "money.claim_cap": 3 * PER_SHARE,
    },
    "water-drop": {
        "membership.min_runway": 3 * PER_SHARE,
        "money.funding": "prepaid",
        "benefits[0].amounts": (300_000 * TOKEN,),
        "benefits[0].levels[0].grants": 1_667,
        "benefits[0].kind": LUMP,
        "benefits[0].waiting": (180 * DAY,),
        "share_rule": "equal",
        "money.claim_cap": 3 * PER_SHARE,
        "money.fee": 800,
    },
    "quark": {
        "membership.min_runway": 10 * PER_SHARE,
        "money.funding": "prepaid",
        "benefits[0].amounts": (300_000 * TOKEN, 1_200_000 * TOKEN),
        "benefits[0].kind": LUMP,
        "benefits[0].waiting": (DAY, DAY),
        "benefits[1].kind": BILL,
        "benefits[1].repeats": 0,
    },
}
DEPARTED: dict[str, dict[str, str]] = {
    "xianghubao": {
        "money.period": "7th and 21st of a month",
        "court.open_quorum_heads": "1000",
        "starting.minimum_members": "3300000",
        "starting.runoff": "180d",
    },
    "kangai": {"benefits[0].amounts": "50000 to 350000 by plan", "money.period": "15th and last day of a month"},
    "e-mutual": {"ladder": "coefficient by cases helped"},
    "water-drop": {
        "money.period": "monthly",
        "membership.grace": "lapse below a balance of 1",
        "court.investigator": "third party",
    },
    "quark": {"share_rule": "equal", "court.investigator": "third party"},
}
"""What is known and cannot stand in a charter as it was, or does not in a small group."""
UNKNOWN: dict[str, set[str]] = {
    "xianghubao": set(),
    "kangai": {"money.claim_cap", "money.year_cap"},
    "e-mutual": {
        "benefits[0].levels",
        "money.fee",
        "money.period",
        "membership.grace",
        "court.filing_window",
        "money.year_cap",
    },
    "water-drop": {"court.filing_window", "money.year_cap"},
    "quark": {"money.claim_cap", "money.fee", "money.period", "membership.grace", "court.filing_window"},
}
WHOLLY_UNKNOWN = ("concentric", "17-mutual", "gecko", "zebra-club", "national-bodyguard", "public-help")


def encoded(rules: Charter) -> CharterNumbers:
    """The numbers as the chain's words hold them."""
    parties = tuple(sorted((person(f"attestor {number}").address for number in range(2)), key=str.lower))
    named = rules.with_parties(
        token=person("token").address, steward=parties[0], attestors=parties, remainder=parties[0]
    )
    return decode(encode(named, named.token.decimals).words)


def held(rules: Charter, field: str) -> Any:
    """What the encoded charter holds in a field; ages stand in the document alone."""
    numbers = encoded(rules)
    benefit = re.fullmatch(r"benefits\[(\d)\]\.(\w+)(?:\[(\d)\]\.grants)?", field)
    if benefit:
        content = getattr(numbers.benefits[int(benefit[1])], benefit[2])
        return content if benefit[3] is None else content[int(benefit[3])]
    if match := re.fullmatch(r"ladder\[(\d)\]\.grants", field):
        return numbers.ladder[int(match[1])][1]
    if match := re.fullmatch(r"classes\[(\d)\]\.age\.(least|largest)", field):
        return getattr(rules.classes[int(match[1])].age, match[2])
    meant = {
        "share_rule": "equal" if len(set(numbers.classes)) == 1 else "not equal",
        "money.funding": "called" if numbers.called else "prepaid",
        "membership.min_runway": numbers.min_runway * numbers.tick_spacing,
    }
    return meant[field] if field in meant else getattr(numbers, field.rpartition(".")[2])


@pytest.mark.parametrize("name", KNOWN)
def test_known_values_stand_in_the_encoded_numbers(name: str) -> None:
    rules = load_charter(CHARTERS / f"{name}.yaml")
    for field, fact in KNOWN[name].items():
        assert held(rules, field) == fact, field


@pytest.mark.parametrize("name", KNOWN)
def test_provenance_names_what_is_known_what_differs_and_what_is_unknown(name: str) -> None:
    provenance = load_charter(CHARTERS / f"{name}.yaml").provenance
    assert provenance is not None
    known = {one.field: one.value for one in provenance.known}
    differing = {one.field for one in provenance.differs}
    assert set(known) == set(KNOWN[name]) | set(DEPARTED[name])
    assert {field: known[field] for field in DEPARTED[name]} == DEPARTED[name]
    assert set(DEPARTED[name]) <= differing
    assert set(provenance.unknown) >= UNKNOWN[name]


@pytest.mark.parametrize("name", WHOLLY_UNKNOWN)
def test_a_platform_of_which_nothing_is_known_claims_nothing(name: str) -> None:
    rules = load_charter(CHARTERS / f"{name}.yaml")
    assert rules.provenance is not None
    assert not rules.provenance.known
    groups = {one.partition(".")[0].partition("[")[0] for one in rules.provenance.unknown}
    assert groups == {
        "money",
        "membership",
        "classes",
        "benefits",
        "ladder",
        "share_rule",
        "court",
        "judged",
        "voting",
        "starting",
    }
