# SPDX-License-Identifier: AGPL-3.0-only
"""Reading, refusing, hashing and encoding a charter."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tongxin.charter import (
    BenefitNumbers,
    Charter,
    CharterError,
    CharterNumbers,
    canonical_json,
    decode,
    document_hash,
    encode,
    load_charter,
    numbers_of,
    pack,
    parse_charter,
    read_document,
    refusals,
    terms_of,
    words_of_terms,
)
from tongxin.charter.rules import LadderStep, Rules
from tongxin.words import VOTE_TERMS, AdmissionForm, BenefitKind

CHARTERS = Path(__file__).parents[3] / "charters"
EXAMPLES = sorted(CHARTERS.glob("*.yaml"))
TEXT = (CHARTERS / "example-immediate.yaml").read_text(encoding="utf-8")
TOKEN, STEWARD = "0x" + 20 * "11", "0x" + 20 * "22"
REMAINDER = "0x" + 20 * "55"
ATTESTORS = ("0x" + 20 * "44", "0x" + 20 * "33")


def ready(name: str = "example-immediate") -> Charter:
    charter = load_charter(CHARTERS / f"{name}.yaml")
    return charter.with_parties(token=TOKEN, steward=STEWARD, attestors=ATTESTORS, remainder=REMAINDER)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# ---- the examples


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_example_can_be_founded_and_reads_back_from_its_document(path: Path) -> None:
    charter = ready(path.stem)
    encoded = encode(charter, 6)
    assert read_document(encoded.document) == charter
    assert encoded.document_hash == keccak(encoded.document)
    assert decode(encoded.words) == numbers_of(charter)


def test_the_facade_cleaners_pay_ordinary_weeks_in_full_and_a_catastrophe_in_part() -> None:
    numbers = numbers_of(ready("facade-cleaners"))
    shares = 500 * sum(numbers.classes) // len(numbers.classes)
    most = numbers.round_cap * shares // 10**6 * 10_000 // (10_000 + numbers.fee)
    largest = max(numbers.benefits[0].amounts)
    assert 3 * largest <= most < 12 * largest
    # Nine accidents a year, each paid in full, stay far below the year's cap.
    assert 9 * largest < numbers.year_cap * shares // 10**6
    assert len(numbers.classes) == 4


# ---- numbers


def test_money_per_full_share_becomes_index_units_exactly() -> None:
    numbers = numbers_of(ready())
    assert numbers.tick_spacing == 10**6 * 10**6 // 1000 // 2
    assert numbers.round_cap == 200 * numbers.tick_spacing
    assert (numbers.min_runway, numbers.max_runway) == (200, 4000)
    assert numbers.juror_pay == 10**6
    assert numbers.zone == 8 * 3600


def test_levels_below_seven_repeat_the_last() -> None:
    assert numbers_of(ready()).benefits[0].levels == (5000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000)


def test_attestors_are_put_in_ascending_order() -> None:
    assert numbers_of(ready()).attestors == ("0x" + 20 * "33", "0x" + 20 * "44")


def test_amounts_beyond_the_precision_of_decimal_stay_exact() -> None:
    text = TEXT.replace("decimals: 6", "decimals: 18").replace('tick_spacing: "0.5"', 'tick_spacing: "0.1"')
    text = text.replace('"1000", "2000"', '"12345678.000000000000000001", "2"')
    numbers = numbers_of(parse_charter(text, "x"))
    assert numbers.benefits[0].amounts[0] == 12345678 * 10**18 + 1


# ---- words


durations = st.integers(0, 2**32 - 1)
addresses = st.integers(0, 2**160 - 1).map(lambda number: f"0x{number:040x}")
bps = st.integers(0, 10_000)


def benefits(classes: int) -> st.SearchStrategy[BenefitNumbers]:
    return st.builds(
        BenefitNumbers,
        kind=st.sampled_from(BenefitKind),
        levels=st.tuples(*[bps] * 7),
        deductible=st.integers(0, 2**88 - 1),
        repeats=st.integers(0, 255),
        interval=durations,
        amounts=st.tuples(*[st.integers(0, 2**88 - 1)] * classes),
        waiting=st.tuples(*[durations] * classes),
    )


@st.composite
def any_numbers(draw: st.DrawFn) -> CharterNumbers:
    base = numbers_of(ready())
    widths = {
        "round_cap": 80, "year_cap": 96, "fee": 16, "call_margin": 16, "carries": 8, "period": 32, "grace": 32,
        "min_runway": 20, "max_runway": 20, "leave_notice": 32, "newcomer": 32, "admission_bps": 16,
        "admission_floor": 32, "filing_window": 32, "attestor_silence": 32, "attestor_quorum": 8, "panel_size": 8,
        "threshold": 16, "access_time": 32, "commit_time": 32, "reveal_time": 32, "cure_time": 32,
        "verdict_notice": 32, "lot_delay": 8, "juror_pay": 80, "juror_bond": 80, "open_quorum_heads": 24,
        "open_quorum_bps": 16, "review_bps": 16, "review_above": 80, "investigator_fee": 80,
        "investigation_time": 32, "claim_cap": 96, "inviters": 8, "entry_fee": 88, "minimum_members": 32,
        "founding_deadline": 40, "floor_heads": 32, "runoff": 32,
        "voting_time": 32, "vote_quorum": 16, "adoption_delay": 32, "execution_time": 32, "majority": 16,
        "wind_down_majority": 16, "proposal_pause": 32,
    }  # fmt: skip
    changes: dict[str, object] = {name: draw(st.integers(0, 2**width - 1)) for name, width in widths.items()}
    for flag in ("called", "immediate", "open_panel", "strict", "waiver"):
        changes[flag] = draw(st.booleans())
    classes = draw(st.lists(st.integers(1, 2**24 - 1), min_size=1, max_size=40))
    changes |= {
        "tick_spacing": draw(st.integers(1, 2**68 - 1)),
        "zone": draw(st.integers(-43_200, 50_400)),
        "classes": tuple(classes),
        "benefits": tuple(draw(st.lists(benefits(len(classes)), min_size=1, max_size=3))),
        "ladder": tuple(draw(st.lists(st.tuples(durations, st.integers(1, 10_000)), max_size=4))),
        "admission": draw(st.sampled_from(AdmissionForm)),
        "investigator": draw(addresses),
        "remainder": draw(addresses),
    }
    return replace(base, **changes)  # type: ignore[arg-type]


@given(any_numbers())
def test_words_hold_every_number(numbers: CharterNumbers) -> None:
    assert decode(pack(numbers)) == numbers


@given(any_numbers(), st.binary(min_size=32, max_size=32))
def test_the_struct_terms_holds_every_number(numbers: CharterNumbers, hashed: bytes) -> None:
    words = pack(numbers)
    read = words_of_terms(
        terms_of(words, hashed),
        token=words.token,
        spacing=words.spacing,
        benefits=words.benefits,
        entitlements=words.entitlements,
    )
    assert read == (words, hashed)


def test_terms_stand_in_the_order_of_the_interface() -> None:
    charter = ready()
    encoded = encode(charter, 6)
    terms, token, spacing = encoded.founding_arguments()
    assert (token, spacing) == (TOKEN, encoded.words.spacing)
    interface = (Path(__file__).parents[3] / "docs" / "spec" / "interface.md").read_text(encoding="utf-8")
    declared = re.search(r"struct Terms: (.*)", interface)
    assert declared is not None
    names = [re.sub(r" \(.*", "", part).split()[0] for part in re.split(r", (?![0-9])", declared[1])]
    assert names == [
        "document_hash", "money", "member", "court", "vote", "shares", "ladder", "steward", "investigator",
        "remainder", "attestors",
    ]  # fmt: skip
    assert isinstance(terms, tuple)
    by_name = dict(zip(names, terms, strict=True))
    assert by_name["document_hash"] == encoded.document_hash
    assert by_name["remainder"] == REMAINDER
    assert VOTE_TERMS.unpack(by_name["vote"]) == {
        "voting_time": 3 * 86_400, "adoption_delay": 15 * 86_400, "execution_time": 7 * 86_400, "quorum": 2000,
        "majority": 6000, "wind_down_majority": 7500, "pause": 86_400,
    }  # fmt: skip
    assert (len(by_name["court"]), len(by_name["shares"])) == (4, 4)


def test_benefits_are_added_in_batches_that_fit_a_transaction() -> None:
    base = numbers_of(ready())
    benefit = replace(base.benefits[0], amounts=(1,) * 40, waiting=(0,) * 40)
    words = pack(replace(base, classes=(1000,) * 40, benefits=(benefit,) * 16))
    batches = list(replace(encode(ready(), 6), words=words).benefit_batches())
    assert [first for first, _, _ in batches] == [0, 7, 14]
    assert sum(len(added) for _, added, _ in batches) == 16
    for _, added, entitlements in batches:
        assert len(added) == len(entitlements)
        assert sum(1 + len(row) for row in entitlements) * 22_100 < 16_700_000


# ---- the document


def test_the_hash_does_not_depend_on_how_the_file_is_written() -> None:
    otherwise = TEXT.replace("leave_notice: 7d", "leave_notice: 168h").replace(
        'round_cap: "100"', 'round_cap: "100.00"'
    )
    otherwise = "# a comment\n" + otherwise.replace('shares: "2"', 'shares: "2.0"').replace("fee: 4%", "fee: 4.00%")
    assert otherwise != TEXT
    first, second = parse_charter(TEXT, "x"), parse_charter(otherwise, "y")
    assert canonical_json(first) == canonical_json(second)


def test_the_hash_depends_on_every_number_and_text() -> None:
    for old, new in (
        ("7d", "8d"),
        ("Every granted claim", "Each granted claim"),
        ("licence: none", "licence: applied"),
    ):
        changed = parse_charter(TEXT.replace(old, new, 1), "x")
        assert document_hash(canonical_json(changed)) != document_hash(canonical_json(parse_charter(TEXT, "x")))


def test_the_hash_of_an_example_is_stable() -> None:
    # A change of the canonical form would make every published charter unreadable; this figure must not move.
    assert (
        document_hash(canonical_json(ready())).hex()
        == "2825cfc78dd2cdc89f4f8b4e85ebc03f01416fce272bf18c79d3a5a71e160893"
    )


def test_the_document_is_sorted_compact_utf8() -> None:
    document = canonical_json(ready())
    rules = json.loads(document)
    assert document == json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert "即时互助" in document.decode()
    assert rules["membership"]["leave_notice"] == "7d"


def test_a_document_in_another_form_is_refused() -> None:
    document = canonical_json(ready())
    with pytest.raises(CharterError, match="not in canonical form"):
        read_document(document.replace(b'"7d"', b'"168h"'))
    with pytest.raises(CharterError, match="is no JSON"):
        read_document(document[:-1])
    with pytest.raises(CharterError, match="no such field"):
        read_document(document.replace(b'"carries"', b'"carry"'))


def test_a_document_that_can_not_be_published_is_refused() -> None:
    long = parse_charter(TEXT.replace("invented, for tests", "invented " * 4000, 1), "x")
    with pytest.raises(CharterError, match="shorten its texts to 32,768"):
        canonical_json(long)


# ---- ready for founding


def test_addresses_are_asked_for_when_a_charter_is_founded() -> None:
    charter = parse_charter(TEXT, "x")
    assert refusals(charter) == []
    with pytest.raises(CharterError) as caught:
        encode(charter, 6)
    assert [fault.path for fault in caught.value.faults] == [
        "token.address",
        "steward",
        "membership.admission.attestors",
        "starting.remainder",
    ]


def test_a_token_of_other_decimals_is_refused() -> None:
    with pytest.raises(CharterError, match="the token on chain has 18 decimals; write 18"):
        encode(ready(), 18)


def test_a_wrong_address_is_refused() -> None:
    for wrong in ("0x1234", "0x" + 40 * "0"):
        with pytest.raises(ValueError, match="address"):
            parse_charter(TEXT, "x").with_parties(token=wrong)


# ---- refusals


REFUSALS = [
    ("F-1", "leave_notice: 7d", "leave_notice: 6d", "membership.leave_notice", "write at least 7d"),
    ("F-2", 'min_runway: "100"', 'min_runway: "99.5"', "membership.min_runway", "at least the round cap 100"),
    ("F-2", 'tick_spacing: "0.5"', 'tick_spacing: "0.05"', "money.round_cap", "write at most 51.2"),
    ("F-2", 'year_cap: "1000"', 'year_cap: "99"', "money.year_cap", "below the round cap 100"),
    ("F-2", 'round_cap: "100"', 'round_cap: "0"', "money.round_cap", "must be above zero"),
    ("P-2", "decimals: 6", "decimals: 18", "money.tick_spacing", "at most 0.295147905179352825"),
    ("F-3", "verdict_notice: 1d", "verdict_notice: 25h", "money.period", "shorter than the verdict notice 25h"),
    ("F-4", 'max_runway: "2000"', 'max_runway: "50"', "membership.max_runway", "below the least runway 100"),
    ("F-4", 'year_cap: "1000"', f'year_cap: "{2**96 // 10**9}"', "membership.max_runway", "exceeds what the index"),
    ("F-5", "panel_size: 5", "panel_size: 4", "court.panel_size", "write 5"),
    ("F-5", 'juror_bond: "12"', 'juror_bond: "10"', "court.juror_bond", "write at least 11"),
    ("F-5", 'juror_bond: "12"', 'juror_bond: "12.000001"', "court.juror_bond", "posted as two halves"),
    ("F-6", "grants: 100%", "grants: 40%", "benefits[0].levels[1].grants", "levels never fall"),
    ("F-6", 'amounts: ["1000", "2000"]', 'amounts: ["0", "0"]', "benefits[0].amounts", "no class has an amount"),
    ("F-7", "jurisdiction: none", 'jurisdiction: " "', "disclosures.jurisdiction", "is missing: whose law applies"),
    ("F-7", "  complaints: none\n", "", "disclosures.complaints", "is missing"),
    ("F-8", "adoption_delay: 15d", "adoption_delay: 13d", "voting.adoption_delay", "write at least 14d"),
    ("P-51", "adoption_delay: 15d", "adoption_delay: 1096d", "voting.adoption_delay", "longer than three years"),
    ("F-8", "wind_down_majority: 75%", "wind_down_majority: 59%", "voting.wind_down_majority", "at least 60%"),
    ("F-9", "runoff: 31d", "runoff: 30d", "starting.runoff", "write at least 31d"),
    ("F-9", "runoff: 31d", "runoff: 397d", "starting.runoff", "write at most 396d"),
    (
        "P-47",
        "minimum_members: 1\n  founding_deadline: 30d",
        "minimum_members: 2\n  founding_deadline: 23h",
        "starting.founding_deadline",
        "the time in which 2 members",
    ),
    ("P-20", "attestor_quorum: 1", "attestor_quorum: 0", "membership.admission.attestor_quorum", "at least 1"),
    ("P-3", 'round_cap: "100"', 'round_cap: "100.3"', "money.round_cap", "no multiple of the tick spacing 0.5"),
    ("P-40", 'amounts: ["1000", "2000"]', 'amounts: ["1000"]', "benefits[0].amounts", "1 entries for 2 classes"),
    ("P-40", 'amounts: ["1000",', 'amounts: ["1000.0000001",', "benefits[0].amounts[0]", "it has 6 decimals"),
    ("P-39", "    repeats: 0", '    deductible: "1"\n    repeats: 0', "benefits[0].deductible", "lump sum has no"),
]


@pytest.mark.parametrize(("rule", "old", "new", "path", "message"), REFUSALS, ids=[f"{r[0]}-{r[3]}" for r in REFUSALS])
def test_what_founding_would_refuse_is_said_with_its_line(
    rule: str, old: str, new: str, path: str, message: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(CharterError, match="can't be used") as caught:
        parse_charter(text, "mutual.yaml")
    faults = {fault.path: fault for fault in caught.value.faults}
    fault = faults[path]
    assert (fault.rule, message in fault.problem) == (rule, True), fault
    leaf = path.rsplit(".", maxsplit=1)[-1].split("[", maxsplit=1)[0]
    written = text.splitlines()[fault.line - 1]
    # A missing field is shown at the group that lacks it.
    assert leaf in written or path.split(".", maxsplit=1)[0] in written


def test_a_ladder_must_rise() -> None:
    for steps in (
        "[{after: 0d, grants: 50%}, {after: 0d, grants: 60%}]",
        "[{after: 0d, grants: 50%}, {after: 1d, grants: 50%}]",
    ):
        with pytest.raises(CharterError, match=r"ladder\[1\] \(F-6\): must come later and grant more"):
            parse_charter(TEXT + f"ladder: {steps}\n", "x")


def test_no_class_or_no_benefit_is_refused() -> None:
    charter = parse_charter(TEXT, "x")
    assert {fault.path for fault in refusals(charter.model_copy(update={"classes": ()}))} >= {"classes"}
    assert {fault.path for fault in refusals(charter.model_copy(update={"benefits": ()}))} == {"benefits"}


# ---- reading


BAD = [
    ("leave_notice: 7d", "leave_notice: 7", "membership.leave_notice", "P-14", "write a whole number and a unit"),
    ("leave_notice: 7d", "leave_notce: 7d", "membership.leave_notce", "", "did you mean 'leave_notice'?"),
    ("fee: 4%", "fee: 12%", "money.fee", "P-5", "write 0% to 10%"),
    ("fee: 4%", "fee: 4", "money.fee", "P-5", "such as 4%"),
    ('round_cap: "100"', "round_cap: 100.5", "money.round_cap", "P-3", "put money in quotes"),
    ("majority: 60%", "majority: 50%", "voting.majority", "P-53", "write 50.01% to 100%"),
    ("quorum: 20%", "quorum: 4.99%", "voting.quorum", "P-50", "write 5% to 100%"),
    ("panel: drawn", "panel: closed", "court.panel", "P-21", "'drawn' or 'open'"),
    ("panel_size: 5", "panel_size: five", "court.panel_size", "P-22", "no whole number"),
    ("waiting: [0d, 0d]", "waiting: [0d, soon]", "benefits[0].waiting[1]", "P-41", "'soon' is no duration"),
    ("  symbol: TSC\n", "", "token.symbol", "", "is missing"),
    ("zh: 轻, en: light", 'zh: "", en: light', "benefits[0].levels[0].meaning.zh", "", "is empty"),
    ("format: 1", "format: 2", "format", "", "write 1 to 1"),
]


@pytest.mark.parametrize(("old", "new", "path", "rule", "message"), BAD, ids=[f"{b[2]}-{i}" for i, b in enumerate(BAD)])
def test_an_error_names_line_field_and_what_would_be_right(
    old: str, new: str, path: str, rule: str, message: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(CharterError) as caught:
        parse_charter(text, "mutual.yaml")
    (fault,) = [fault for fault in caught.value.faults if fault.path == path]
    assert (fault.rule, message in fault.problem) == (rule, True), fault
    assert fault.line == (line_of(text, new) if new else line_of(text, "token:"))
    assert "mutual.yaml: this charter can't be used\n" in str(caught.value)
    assert f"line {fault.line}: {path}" in str(caught.value)


def test_all_errors_are_told_at_once() -> None:
    text = TEXT.replace("fee: 4%", "fee: 12%").replace("grace: 3d", "grace: 100d")
    with pytest.raises(CharterError) as caught:
        parse_charter(text, "x")
    assert [fault.path for fault in caught.value.faults] == ["money.fee", "membership.grace"]
    assert caught.value.details()["faults"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("classes: [", "line 1: this is no YAML"),
        ("- 1", "a charter is a list of named fields"),
        ("", "a charter is a list of named fields"),
        ("format: 1\nformat: 1\n", "line 2: this is no YAML: found duplicate key"),
    ],
)
def test_what_is_no_charter_at_all(text: str, message: str) -> None:
    with pytest.raises(CharterError, match=message):
        parse_charter(text, "x")


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CharterError, match="No such file"):
        load_charter(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Zürich".encode("latin-1"))
    with pytest.raises(CharterError, match="save it as UTF-8"):
        load_charter(tmp_path / "latin.yaml")
    (tmp_path / "large.yaml").write_text("#" * (1 << 20) + "\n", encoding="utf-8")
    with pytest.raises(CharterError, match="larger than a megabyte"):
        load_charter(tmp_path / "large.yaml")


def test_nothing_of_a_charter_can_be_changed_after_reading() -> None:
    charter: Rules = parse_charter(TEXT, "x")
    with pytest.raises(ValueError, match="frozen"):
        charter.format = 2  # type: ignore[attr-defined]
    step = LadderStep.model_validate({"after": "1d", "grants": "50%"})
    assert (step.after, step.grants) == (86_400, 5000)
