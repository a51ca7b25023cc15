# SPDX-License-Identifier: AGPL-3.0-only
"""R-90 to R-97 with numbers worked out by hand."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import fields, replace
from typing import Any

import pytest

from support.governing import DRAFTER, OTHER_HASH, adopted, decided, drafted, entitled, voted, with_benefit
from support.mutuals import (
    ATTESTORS,
    CHARTER_HASH,
    FOUNDED,
    SPACING,
    STEWARD,
    STRANGER,
    Village,
    member_id,
    terms,
    wallet,
)
from tongxin.model import Benefit, Entitlement, ModelRevert, Payment, Terms
from tongxin.model.charter import Charter
from tongxin.model.founding import check_benefit, check_entitlements, check_terms
from tongxin.model.invariants import i_14, violations
from tongxin.model.journal import Journal
from tongxin.model.steps import APART, CAPS, FIXED, FREE, STEPS, check_step
from tongxin.model.terms import Step
from tongxin.units import DAY, YEAR, Address, Bps, Index, Seconds, Shares, Units
from tongxin.words import (
    BENEFIT,
    COURT_FOUNDING,
    ENTITLEMENT,
    FUND_ADMISSION,
    FUND_BOOKS,
    FUND_HISTORY,
    FUND_STAGE,
    VOTE_TERMS,
    AdmissionForm,
    ProposalKind,
    Scope,
)

LEVELS = terms().benefits[0].levels


def refused(rule: str) -> AbstractContextManager[object]:
    return pytest.raises(ModelRevert, match=rule)


def village(people: int = 20, **changes: object) -> Village:
    found = Village.found(**changes)
    found.people(people)
    found.wait(31 * DAY)
    return found


def sound(v: Village) -> bool:
    assert violations(v.mutual, v.now) == []
    return True


#


def test_r90_a_draft_is_in_force_for_nobody() -> None:
    v = village()
    base = v.mutual.terms
    slot = v.mutual.draft(replace(base, fee=Bps(900), charter_hash=OTHER_HASH), False, DRAFTER)
    assert slot == 2
    assert v.mutual.charter.draft_at(slot).terms.benefits == base.benefits
    v.mutual.seal(slot, DRAFTER, now=v.now)
    assert v.mutual.terms == base
    assert v.mutual.charter.latest == 1
    with refused("already sealed"):
        v.mutual.seal(slot, DRAFTER, now=v.now)


def test_r90_only_the_drafter_adds_benefits_and_seals() -> None:
    v = village()
    base = v.mutual.terms
    slot = v.mutual.draft(replace(base, charter_hash=OTHER_HASH), True, DRAFTER)
    with refused("R-90"):
        v.mutual.add_benefits(slot, 0, base.benefits, base.entitlements, STRANGER)
    v.mutual.add_benefits(slot, 0, base.benefits[:1], base.entitlements[:1], DRAFTER)
    with refused("out of order"):
        v.mutual.add_benefits(slot, 2, base.benefits[1:2], base.entitlements[1:2], DRAFTER)
    with refused("R-92"):  # two benefits are missing
        v.mutual.seal(slot, DRAFTER, now=v.now)
    v.mutual.add_benefits(slot, 1, base.benefits[1:], base.entitlements[1:], DRAFTER)
    with refused("only the drafter"):
        v.mutual.seal(slot, STRANGER, now=v.now)
    shared = v.mutual.draft(replace(base, charter_hash=OTHER_HASH), False, DRAFTER)
    with refused("R-90"):
        v.mutual.add_benefits(shared, 3, base.benefits[:1], base.entitlements[:1], DRAFTER)
    with refused("no such draft"):
        v.mutual.seal(9, DRAFTER, now=v.now)


@pytest.mark.parametrize(
    ("changes", "scope"),
    [
        ({"attestors": ATTESTORS[:1]}, Scope.ATTESTORS),
        ({"attestor_quorum": 2}, Scope.ATTESTORS),
        ({"steward": Address(0x57F)}, Scope.STEWARD),
        ({"panel_size": 5}, Scope.JUROR_RULES),
        ({"juror_pay": Units(101)}, Scope.JUROR_RULES),
        ({"investigator": Address(0x2F)}, Scope.JUROR_RULES),
        ({"investigation_time": Seconds(5 * DAY)}, Scope.JUROR_RULES),
        ({"claim_cap": Index(0), "fee": Bps(700)}, Scope.OTHER),
        ({"remainder": Address(0xC4B)}, Scope.OTHER),
        ({"inviters": 3}, Scope.OTHER),
        ({"majority": Bps(6_100)}, Scope.OTHER),
        ({"shares": (*terms().shares, Shares(700))}, Scope.OTHER),
        ({"steward": Address(0x57F), "attestors": ATTESTORS[:1]}, Scope.ATTESTORS | Scope.STEWARD),
        ({"steward": Address(0x57F), "newcomer": Seconds(DAY)}, Scope.STEWARD | Scope.OTHER),
    ],
)
def test_r91_the_scope_of_a_draft(changes: dict[str, Any], scope: Scope) -> None:
    v = village()
    slot = drafted(v, **changes)
    draft = v.mutual.charter.draft_at(slot)
    assert (draft.scope, draft.base) == (scope, 1)


def test_r91_the_scope_of_other_benefits_is_anything_else() -> None:
    v = village()
    slot = drafted(v, entitlements=entitled(v, amount=11_000))
    assert v.mutual.charter.draft_at(slot).scope == Scope.OTHER
    slot = drafted(v, benefits=with_benefit(v, 1, deductible=Units(110)))
    assert v.mutual.charter.draft_at(slot).scope == Scope.OTHER


def test_r91_nothing_but_the_document_is_refused() -> None:
    v = village()
    with refused("nothing but the document"):
        drafted(v)
    with refused("nothing but the document"):
        drafted(v, entitlements=v.mutual.terms.entitlements)


F: dict[str, dict[str, Any]] = {
    "F-1": {"leave_notice": Seconds(21 * DAY + 3_599)},  # 1 + 2 + 1 + 3 + 2 x 7 days and an hour
    "F-2": {"year_cap": Index(10 * SPACING - 1)},
    "F-3": {"verdict_notice": Seconds(7 * DAY + 1), "leave_notice": Seconds(50 * DAY)},
    "F-4": {"max_runway": 9},
    "F-5": {"juror_bond": Units(698)},
    "F-6": {"fee": Bps(1_001)},
    "F-8": {"adoption_delay": Seconds(47 * DAY - 1)},
    "F-9": {"runoff": Seconds(61 * DAY - 1)},
}


@pytest.mark.parametrize("rule", sorted(F))
def test_r91_sealing_refuses_what_founding_refuses(rule: str) -> None:
    check_terms(terms())
    with refused(rule):
        check_terms(terms(**F[rule]))
    v = village()
    with refused(rule):
        drafted(v, **F[rule])


@pytest.mark.parametrize(
    ("field", "least", "largest", "with_it"),
    [
        ("fee", 0, 1_000, {}),
        ("carries", 0, 12, {}),
        ("grace", 0, 90 * DAY, {}),
        ("newcomer", 0, 366 * DAY, {}),
        ("admission_bps", 0, 10_000, {}),
        ("admission_floor", 1, 2**32 - 1, {}),
        ("runoff", 61 * DAY, 426 * DAY, {}),
        ("attestor_silence", DAY, 366 * DAY, {}),
        ("attestor_quorum", 1, 2, {}),
        ("lot_delay", 1, 200, {}),
        ("threshold", 1, 10_000, {}),
        ("open_quorum_bps", 0, 10_000, {}),
        ("review_bps", 0, 10_000, {}),
        ("inviters", 1, 5, {}),
        ("voting_time", 3 * DAY, 90 * DAY, {}),
        ("vote_quorum", 500, 10_000, {}),
        ("adoption_delay", 47 * DAY, 3 * 365 * DAY, {}),
        ("execution_time", 7 * DAY, 366 * DAY, {}),
        ("majority", 5_001, 7_500, {}),
        ("wind_down_majority", 6_000, 10_000, {}),
        ("proposal_pause", DAY, 366 * DAY, {}),
        ("founding_deadline", DAY, 3 * 365 * DAY, {"minimum_members": 2}),
        ("zone", -43_200, 50_400, {}),
    ],
)
def test_charter_ranges_at_both_ends(field: str, least: int, largest: int, with_it: dict[str, int]) -> None:
    for number in (least, largest):
        check_terms(terms(**with_it, **{field: number}))
    for number in (least - 1, largest + 1):
        if (number >= 0 and number < 2**32) or field == "zone":
            with pytest.raises(ModelRevert, match="charter:"):
                check_terms(terms(**with_it, **{field: number}))


@pytest.mark.parametrize(("window", "beyond"), [(DAY, DAY - 1), (3 * 365 * DAY, 3 * 365 * DAY + 1)])
def test_p18_filing_window_at_both_ends(window: int, beyond: int) -> None:
    check_terms(terms(filing_window=Seconds(window), runoff=Seconds(window + 2 * DAY)))
    with refused("P-18"):
        check_terms(terms(filing_window=Seconds(beyond), runoff=Seconds(beyond + 2 * DAY)))


def test_charter_parties_that_must_be_there() -> None:
    nobody = Address(0)
    for changes in (
        {"steward": nobody},
        {"investigator": nobody},
        {"remainder": nobody},
        {"attestors": ()},
        {"attestors": ATTESTORS[::-1]},
        {"attestor_quorum": 0},
        {"shares": ()},
        {"shares": (Shares(1_000), Shares(0), Shares(500))},
        {"ladder": (Step(Seconds(DAY), Bps(5_000)), Step(Seconds(DAY), Bps(6_000)))},
        {"ladder": (Step(Seconds(DAY), Bps(5_000)), Step(Seconds(2 * DAY), Bps(5_000)))},
    ):
        with pytest.raises(ModelRevert, match="charter:"):
            check_terms(terms(**changes))
    check_terms(terms(steward=nobody, fee=Bps(0)))
    check_terms(terms(attestor_quorum=0, attestors=(), admission=AdmissionForm.OPEN))


def test_f6_of_benefits() -> None:
    lump = terms().benefits[0]
    for levels in ((0,) * 8, (0, 2, 1, 3, 3, 3, 3, 3), (0, 1, 1, 1, 1, 1, 1, 10_001)):
        with refused("F-6"):
            check_benefit(replace(lump, levels=tuple(Bps(level) for level in levels)))
    row = terms().entitlements[0]
    with refused("F-6"):
        check_entitlements((Entitlement(Units(0), Seconds(DAY)),), terms())
    with refused("P-40"):
        check_entitlements((*row, row[0]), terms())
    with refused("P-41"):
        check_entitlements((Entitlement(Units(1), Seconds(3 * 365 * DAY + 1)),), terms())


#


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": 3_600},
        {"called": True},
        {"immediate": False},
        {"period": Seconds(8 * DAY)},
        {"call_margin": Bps(1_001)},
        {"open_panel": True},
        {"strict": False},
        {"waiver": False},
        {"admission": AdmissionForm.OPEN},
        {"minimum_members": 1},
        {"founding_deadline": Seconds(DAY)},
        {"shares": (Shares(1_001), Shares(500), Shares(2_000))},
        {"shares": (Shares(1_000), Shares(500))},
        {"ladder": (Step(Seconds(DAY), Bps(1_000)),)},
    ],
)
def test_r92_fixed_for_ever(changes: dict[str, Any]) -> None:
    v = village()
    if "shares" in changes:
        changes = changes | {
            "entitlements": tuple(row[: len(changes["shares"])] for row in v.mutual.terms.entitlements)
        }
    with refused("R-92"):
        drafted(v, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"repeats": 3}, {"interval": Seconds(31 * DAY)}, {"levels": (*LEVELS[:2], Bps(5_001), *LEVELS[3:])}, {"kind": 1}],
)
def test_r92_rules_of_a_benefit(changes: dict[str, Any]) -> None:
    v = village()
    with refused("R-92"):
        drafted(v, benefits=with_benefit(v, 0, **changes))


def test_r92_benefits_and_classes_are_appended() -> None:
    v = village()
    base = v.mutual.terms
    fresh = Benefit(base.benefits[0].kind, LEVELS, Units(0), 0, Seconds(0))
    row = tuple(Entitlement(Units(99_999), Seconds(20 * DAY)) for _ in range(4))
    version = adopted(
        v,
        shares=(*base.shares, Shares(4_000)),
        benefits=(*base.benefits, fresh),
        entitlements=(*base.entitlements, row),
    )
    assert version == 2
    assert v.mutual.terms.shares_of(3) == 4_000
    awarded = [v.mutual.charter.awarded(v.now + days * DAY, 3, 3, 0).full for days in (0, 19, 20)]
    assert awarded == [0, 0, 99_999]  # version 1 did not know it
    assert sound(v)


#

STEPPED = [
    # field, value in the small mutual, lowest and highest next value, worked out from the table of the spec
    ("round_cap", 10 * SPACING, 7_500_000, 12_500_000),
    ("year_cap", 50 * SPACING, 37_500_000, 62_500_000),
    ("fee", 800, 700, 900),
    ("carries", 1, 0, 3),
    ("grace", 10 * DAY, 3 * DAY, 17 * DAY),
    ("newcomer", 0, 0, 7 * DAY),
    ("leave_notice", 40 * DAY, 30 * DAY, 50 * DAY),
    ("adoption_delay", 47 * DAY, 47 * DAY * 3 // 4, 47 * DAY * 5 // 4),
    ("execution_time", 14 * DAY, 7 * DAY, 21 * DAY),
    ("proposal_pause", 30 * DAY, 30 * DAY * 3 // 4, 30 * DAY * 5 // 4),
    ("min_runway", 10, 0, 26),
    ("max_runway", 100, 75, 125),
    ("admission_bps", 5_000, 3_750, 6_250),
    ("admission_floor", 1_000, 750, 1_250),
    ("open_quorum_heads", 2, 0, 12),
    ("floor_heads", 0, 0, 10),
    ("filing_window", 60 * DAY, 30 * DAY, 90 * DAY),
    ("attestor_silence", 100 * DAY, 70 * DAY, 130 * DAY),
    ("runoff", 61 * DAY, 31 * DAY, 91 * DAY),
    ("attestor_quorum", 1, 0, 2),
    ("inviters", 2, 1, 3),
    ("access_time", DAY, 0, 2 * DAY),
    ("commit_time", 2 * DAY, DAY, 3 * DAY),
    ("reveal_time", DAY, 0, 2 * DAY),
    ("cure_time", 5 * DAY, 5 * DAY * 3 // 4, 5 * DAY * 5 // 4),
    ("verdict_notice", 3 * DAY, 2 * DAY, 4 * DAY),
    ("investigation_time", 4 * DAY, 3 * DAY, 5 * DAY),
    ("panel_size", 3, 1, 5),
    ("threshold", 5_000, 4_500, 5_500),
    ("open_quorum_bps", 1_000, 500, 1_500),
    ("vote_quorum", 2_000, 1_500, 2_500),
    ("majority", 6_000, 5_500, 6_500),
    ("wind_down_majority", 7_500, 7_000, 8_000),
    ("lot_delay", 5, 0, 25),
    ("juror_pay", 100, 75, 125),
    ("juror_bond", 2_000, 1_500, 2_500),
    ("review_above", 0, 0, 0),
    ("investigator_fee", 500, 375, 625),
    ("claim_cap", 0, 0, 0),
    ("entry_fee", 0, 0, 0),
    ("review_bps", 0, 0, 1_000),
    ("voting_time", 7 * DAY, 4 * DAY, 10 * DAY),
]


@pytest.mark.parametrize(("field", "value", "lowest", "highest"), STEPPED)
def test_r93_at_the_step_and_one_beyond(field: str, value: int, lowest: int, highest: int) -> None:
    base = terms()
    assert getattr(base, field) == value
    for number in (lowest, highest):
        check_step(terms(**{field: number}), base)
    with refused("R-93"):
        check_step(terms(**{field: highest + 1}), base)
    if lowest:
        with refused("R-93"):
            check_step(terms(**{field: lowest - 1}), base)


@pytest.mark.parametrize(("value", "highest"), [(0, 1), (3, 4), (8, 10), (11, 13), (100, 125), (103, 128)])
def test_r93_a_quarter_is_rounded_down(value: int, highest: int) -> None:
    base = terms(juror_pay=Units(value), spacing=Index(1), round_cap=Index(value))
    check_step(replace(base, round_cap=Index(highest)), base)  # at least a tick, of one index unit
    with refused("R-93"):
        check_step(replace(base, round_cap=Index(highest + 1)), base)
    if value:
        check_step(replace(base, juror_pay=Units(value + value // 4)), base)
    with refused("R-93"):
        check_step(replace(base, juror_pay=Units(value + value // 4 + 1)), base)


def test_r93_every_number_has_its_rule() -> None:
    named = [*FIXED, *FREE, *APART, *STEPS, *CAPS]
    assert sorted(named) == sorted(field.name for field in fields(Terms))
    assert {*STEPS, *CAPS} == {field for field, *_ in STEPPED}


def test_r93_ladder() -> None:
    def rungs(after: int, bps: int) -> dict[str, Any]:
        return {"ladder": (Step(Seconds(0), Bps(2_000)), Step(Seconds(after), Bps(bps)))}

    base = terms(**rungs(200 * DAY, 10_000))
    for near in (rungs(250 * DAY, 9_000), rungs(150 * DAY, 10_000)):
        check_step(terms(**near), base)
    for far in (rungs(250 * DAY + 1, 10_000), rungs(200 * DAY, 8_999)):
        with refused("R-93"):
            check_step(terms(**far), base)


def test_r93_amounts_waiting_times_and_cover() -> None:
    v = village()
    base = v.mutual.terms
    for allowed in (
        entitled(v, amount=12_500),
        entitled(v, amount=7_500),
        entitled(v, waiting=60 * DAY),
        entitled(v, waiting=0),
        entitled(v, benefit=1, class_id=1, amount=10**9, waiting=0),  # it was not covered
    ):
        check_step(replace(base, entitlements=allowed), base)
    for far in (
        entitled(v, amount=12_501),
        entitled(v, amount=7_499),
        entitled(v, amount=0),
        entitled(v, waiting=60 * DAY + 1),
    ):
        with refused("R-93"):
            check_step(replace(base, entitlements=far), base)
    check_step(replace(base, benefits=with_benefit(v, 1, deductible=Units(125))), base)
    with refused("R-93"):
        check_step(replace(base, benefits=with_benefit(v, 1, deductible=Units(126))), base)


def test_r93_one_new_attestor_at_most() -> None:
    base = terms()
    check_step(terms(attestors=(ATTESTORS[0], Address(0xA3))), base)
    check_step(terms(attestors=()), base)
    with refused("R-93"):
        check_step(terms(attestors=(Address(0xA3), Address(0xA4))), base)


def test_r93_counts_from_every_version_of_the_last_90_days() -> None:
    v = village()
    adopted(v, fee=Bps(900))
    since = v.now
    v.now = since + 90 * DAY - 1
    with refused("R-93"):  # 800 was in force 90 days ago
        drafted(v, fee=Bps(1_000))
    drafted(v, fee=Bps(800))
    v.now += 1
    drafted(v, fee=Bps(1_000))
    assert sound(v)


#


def test_r94_thirty_days_between_versions_and_no_draft_of_an_older_one() -> None:
    v = village(adoption_delay=Seconds(29 * DAY), leave_notice=Seconds(21 * DAY + 3_600), voting_time=Seconds(7 * DAY))
    slots = [drafted(v, fee=Bps(fee)) for fee in (750, 760)]
    p = decided(v, ProposalKind.CHARTER, slots[0], by=1)
    v.now = v.mutual.assembly.proposal(p).ends - 1
    q = v.mutual.propose(ProposalKind.CHARTER, slots[1], bytes(32), member_id(2), wallet(2), now=v.now)
    voted(v, q, range(1, 6))
    v.now = v.mutual.assembly.proposal(p).from_time
    v.mutual.execute(p, now=v.now)
    v.now = v.mutual.assembly.proposal(q).from_time
    with refused("based on an earlier version"):
        v.mutual.execute(q, now=v.now)
    with refused("based on an earlier version"):
        v.mutual.propose(ProposalKind.CHARTER, slots[1], bytes(32), member_id(3), wallet(3), now=v.now)
    assert v.mutual.charter.latest == 2


def test_r94_the_newest_version_must_be_thirty_days_old() -> None:
    charter = Charter(Journal(), terms(), FOUNDED)
    slot = charter.draft(terms(fee=Bps(750)), False, DRAFTER)
    with refused("not sealed"):
        charter.adopt(slot, FOUNDED + 30 * DAY)
    charter.seal(slot, DRAFTER, FOUNDED)
    with refused("30 days"):
        charter.adopt(slot, FOUNDED + 30 * DAY - 1)
    assert charter.adopt(slot, FOUNDED + 30 * DAY) == 2
    with refused("earlier version"):
        charter.adopt(slot, FOUNDED + 60 * DAY)


def test_r95_the_fund_goes_by_the_new_version() -> None:
    v = village()
    v.mutual.ledger.fees = 77
    v.mutual.token.stray(77)
    before = v.mutual.terms
    adopted(v, fee=Bps(900), steward=Address(0x57F), year_cap=Index(40 * SPACING))
    words = v.mutual.words()
    assert v.mutual.ledger.fees == 0
    assert words.dues(STEWARD) == 77
    assert v.mutual.terms.fee == 900
    assert FUND_BOOKS.unpack(words.books())["amended"] == 1
    assert FUND_BOOKS.unpack(words.books())["special"] == 0
    assert FUND_STAGE.unpack(words.stage())["version"] == 2
    assert FUND_ADMISSION.unpack(words.admission())["charter_tag"] == int.from_bytes(OTHER_HASH[12:])
    attestation = v.attestation(50)
    v.mutual.token.mint(wallet(50), 10**9)
    with refused("R-33"):
        v.mutual.join(attestation, True, 60, CHARTER_HASH, Payment(), wallet(50), now=v.now)
    v.join(50, 60)
    with refused("R-33"):
        v.mutual.accept(member_id(1), CHARTER_HASH, wallet(1))
    with refused("nothing to adopt"):
        v.mutual.adopt(now=v.now)
    assert v.mutual.charter.terms(1) == before
    assert sound(v)


def test_r95_a_closed_round_is_settled_first() -> None:
    v = village(immediate=False)
    slot = drafted(v, fee=Bps(900))
    p = decided(v, ProposalKind.CHARTER, slot)
    v.mutual.settle_claim(0xADD, 1, STRANGER, 100, 0, v.mutual.announce(100, 0), now=v.now - 7 * DAY)
    with refused("R-13"):
        v.mutual.execute(p, now=v.now)
    assert v.mutual.charter.latest == 1  # nothing of the call has happened
    v.mutual.settle_round(now=v.now)
    v.mutual.execute(p, now=v.now)
    assert v.mutual.terms.fee == 900


def test_r95_a_cap_below_what_was_raised_raises_nothing_more() -> None:
    v = village()
    slot = drafted(v, year_cap=Index(38 * SPACING))
    p = decided(v, ProposalKind.CHARTER, slot)
    for _ in range(4):
        v.mutual.ledger.collect(200_000, 10 * SPACING, v.now)  # 40 ticks of 20 members
    assert v.mutual.ledger.year_left(v.now) == 10 * SPACING
    v.mutual.execute(p, now=v.now)
    assert v.mutual.ledger.year_left(v.now) == 0
    assert sound(v)
    assert v.mutual.ledger.year_left(v.mutual.founded + YEAR) == 38 * SPACING


#


def test_r96_the_version_of_a_time() -> None:
    v = village()
    adopted(v, fee=Bps(900))
    charter = v.mutual.charter
    assert charter.version_at(v.now) == 2
    assert charter.version_at(v.now - 1) == 1
    assert charter.version_at(FOUNDED) == 1
    with refused("R-96"):
        charter.version_at(FOUNDED - 1)


def test_r96_a_claim_is_judged_by_the_version_of_its_day() -> None:
    v = village()
    v.volunteers(2, 18)
    slot = drafted(
        v,
        panel_size=5,
        juror_pay=Units(120),
        commit_time=Seconds(3 * DAY),
        verdict_notice=Seconds(4 * DAY),
        fee=Bps(900),
    )
    p = decided(v, ProposalKind.CHARTER, slot)
    day_before = v.today - 1
    v.mutual.execute(p, now=v.now)
    old = v.file(19, day=day_before)
    v.wait(2 * DAY)
    new = v.file(20)
    court = v.mutual.court
    assert [court.record(c).claim.version for c in (old, new)] == [1, 2]
    assert [court.filing_bond(court.record(c)) for c in (old, new)] == [300, 600]
    v.draw(old)
    key = v.vote(old, [4, 4, 4])
    assert v.mutual.jury.panel(key).size == 3
    v.conclude(old)
    assert court.record(old).deadline == v.now + 3 * DAY
    v.settle(old)
    assert v.mutual.ledger.fees == 900  # the fee is the one in force when it is settled
    v.draw(new)
    assert v.mutual.jury.panel(8 * new).size == 5
    v.mutual.grant(new, bytes(32), wallet(20), now=v.now)
    assert v.mutual.jury.panel(8 * new).commit_by == v.now + 3 * DAY
    assert court.size(court.record(old), 1) == 7
    assert court.size(court.record(new), 1) == 11
    assert sound(v)


def test_r96_a_leavers_notice_is_the_one_at_the_notice() -> None:
    v = village()
    slot = drafted(v, leave_notice=Seconds(50 * DAY), adoption_delay=Seconds(57 * DAY))
    p = decided(v, ProposalKind.CHARTER, slot)
    v.mutual.leave(member_id(20), wallet(20), now=v.now)
    v.mutual.execute(p, now=v.now)
    v.mutual.leave(member_id(19), wallet(19), now=v.now)
    left = v.mutual.membership.history_of(member_id(20)).left * 3_600
    assert FUND_HISTORY.unpack(v.mutual.words().history(member_id(20)))["notice"] == 40 * DAY
    assert FUND_HISTORY.unpack(v.mutual.words().history(member_id(19)))["notice"] == 50 * DAY
    with refused("R-46"):
        v.mutual.refund(member_id(20), now=left + 40 * DAY - 1)
    v.mutual.refund(member_id(20), now=left + 40 * DAY)
    with refused("R-46"):
        v.mutual.refund(member_id(19), now=left + 50 * DAY - 1)
    v.mutual.refund(member_id(19), now=left + 50 * DAY)


#


class Rules:
    """A charter whose lump sum for class 0 is changed now and then; days count from the founding."""

    def __init__(self, **changes: Any) -> None:
        self.charter = Charter(Journal(), terms(**changes), FOUNDED)

    def change(self, day: int, benefit: int = 0, class_id: int = 0, **entitlement: int) -> None:
        newest = self.charter.terms(self.charter.latest)
        rows = [list(row) for row in newest.entitlements]
        old = rows[benefit][class_id]
        rows[benefit][class_id] = Entitlement(
            Units(entitlement.get("amount", old.amount)), Seconds(entitlement.get("waiting", old.waiting))
        )
        self.adopt(day, newest, newest.benefits, rows)

    def deductible(self, day: int, amount: int) -> None:
        newest = self.charter.terms(self.charter.latest)
        benefits = list(newest.benefits)
        benefits[1] = replace(benefits[1], deductible=Units(amount))
        self.adopt(day, newest, tuple(benefits), [list(row) for row in newest.entitlements])

    def adopt(
        self, day: int, newest: Terms, benefits: tuple[Benefit, ...], rows: list[list[Entitlement]], **changes: Any
    ) -> None:
        now = FOUNDED + day * DAY
        slot = self.charter.draft(replace(newest, **changes), True, DRAFTER)
        self.charter.add_benefits(slot, 0, benefits, [tuple(row) for row in rows], DRAFTER)
        self.charter.seal(slot, DRAFTER, now)
        self.charter.adopt(slot, now)

    def on(self, day: int, benefit: int = 0, class_id: int = 0, elapsed: int = 10**9) -> tuple[int, int]:
        awarded = self.charter.awarded(FOUNDED + day * DAY, benefit, class_id, elapsed)
        return awarded.full, awarded.waiting // DAY


def test_r97_an_increase_waits() -> None:
    rules = Rules()
    rules.change(100, amount=12_500)
    assert [rules.on(day)[0] for day in (99, 100, 129, 130)] == [10_000, 10_000, 10_000, 12_500]


def test_r97_no_vote_shortens_the_wait_for_what_it_raises() -> None:
    rules = Rules()
    rules.change(100, amount=12_500, waiting=0)
    assert [rules.on(day) for day in (99, 100, 129, 130)] == [(10_000, 30)] * 3 + [(12_500, 0)]


def test_r97_a_decrease_does_not_wait() -> None:
    rules = Rules()
    rules.change(100, amount=7_500)
    assert [rules.on(day)[0] for day in (99, 100, 129, 130)] == [10_000, 7_500, 7_500, 7_500]


def test_r97_walks_back_over_two_raises_and_a_lowering() -> None:
    waits = tuple(tuple(replace(one, waiting=Seconds(60 * DAY)) for one in row) for row in terms().entitlements)
    rules = Rules(entitlements=waits)
    rules.change(100, amount=11_000)  # stands alone from day 160
    rules.change(130, amount=12_500)  # from day 190
    rules.change(160, amount=12_000)  # from day 220
    for day, amount in (
        (100, 10_000),
        (159, 10_000),  # the third version of the day, the second, the first
        (160, 11_000),  # the fourth, the third, the second alone
        (189, 11_000),
        (190, 12_000),  # the fourth and the third
        (220, 12_000),
    ):
        assert rules.on(day)[0] == amount, day


def test_r97_the_longest_waiting_and_the_largest_deductible_count() -> None:
    rules = Rules()
    rules.change(100, waiting=10 * DAY)
    assert [rules.on(day)[1] for day in (99, 129, 130)] == [30, 30, 10]  # the longer of the two
    rules = Rules()
    rules.change(100, waiting=60 * DAY)
    assert [rules.on(day)[1] for day in (99, 100, 160)] == [30, 60, 60]
    rules = Rules()
    rules.deductible(100, 80)
    taken = [rules.charter.awarded(FOUNDED + day * DAY, 1, 0, 0).deductible for day in (99, 129, 130)]
    assert taken == [100, 100, 80]


def test_r97_of_a_contribution_refund_the_shortest_waiting_counts() -> None:
    rules = Rules()
    rules.change(100, benefit=2, waiting=60 * DAY)
    assert [rules.on(day, benefit=2)[1] for day in (99, 159, 160)] == [30, 30, 60]


def test_r97_who_was_not_covered_waits_for_cover() -> None:
    rules = Rules()
    assert rules.on(100, benefit=1, class_id=1) == (0, 30)
    rules.change(100, benefit=1, class_id=1, amount=5_000)
    assert [rules.on(day, benefit=1, class_id=1)[0] for day in (100, 129, 130)] == [0, 0, 5_000]


def test_r97_the_ladder_of_each_version_counts() -> None:
    rungs = (Step(Seconds(10 * DAY), Bps(5_000)), Step(Seconds(100 * DAY), Bps(10_000)))
    rules = Rules(ladder=rungs)
    newest = rules.charter.terms(1)
    raised = (replace(rungs[0], bps=Bps(6_000)), rungs[1])
    rules.adopt(100, newest, newest.benefits, [list(row) for row in newest.entitlements], ladder=raised)
    for day, elapsed, amount in ((129, 9, 0), (129, 10, 5_000), (130, 10, 6_000), (130, 100, 10_000)):
        assert rules.on(day, elapsed=elapsed * DAY)[0] == amount


def test_r97_a_claim_is_worth_what_the_walk_says() -> None:
    v = village()
    adopted(v, entitlements=entitled(v, amount=12_500))
    raised = v.now
    c = v.file(1)
    assert v.mutual.court.record(c).claim.version == 1  # the day began before the version
    v.now = raised + 29 * DAY
    c = v.file(2)
    claim = v.mutual.court.record(c).claim
    assert (claim.version, claim.base) == (2, 10_000)
    v.now = raised + 31 * DAY
    assert v.mutual.court.record(v.file(3)).claim.base == 12_500
    v.join(30, 60)
    v.now += 30 * DAY
    with refused("R-51"):
        v.file(30)
    v.now += DAY
    assert v.mutual.court.record(v.file(30)).claim.base == 12_500
    assert sound(v)


def test_r97_with_a_class_change_the_former_class_counts_too() -> None:
    v = village()
    v.join(30, 60, class_id=1)
    v.wait(31 * DAY)
    v.mutual.token.mint(wallet(30), 10**9)
    v.mutual.change_class(member_id(30), 0, v.now, v.now, True, wallet(30), now=v.now)
    v.wait(DAY)
    assert v.mutual.court.record(v.file(30)).claim.base == 5_000


# Words


def test_words_of_a_version() -> None:
    v = village()
    adopted(v, voting_time=Seconds(8 * DAY), entitlements=entitled(v, amount=9_000))
    words = v.mutual.words()
    assert VOTE_TERMS.unpack(words.vote_terms(1)) == {
        "voting_time": 7 * DAY,
        "adoption_delay": 47 * DAY,
        "execution_time": 14 * DAY,
        "quorum": 2_000,
        "majority": 6_000,
        "wind_down_majority": 7_500,
        "pause": 30 * DAY,
    }
    assert VOTE_TERMS.unpack(words.vote_terms(2))["voting_time"] == 8 * DAY
    assert COURT_FOUNDING.unpack(words.court_terms(2)[3])["runoff"] == 61 * DAY
    assert ENTITLEMENT.unpack(words.class_entitlement(2, 0, 0)) == {"amount": 9_000, "waiting": 30 * DAY}
    assert BENEFIT.unpack(words.benefit_word(1, 0))["level_7"] == 10_000
    assert words.benefit_word(1, 3) == 0
    again = Terms.from_words(
        charter_hash=OTHER_HASH,
        money_terms=words.money_terms(),
        member_terms=words.member_terms(),
        court_terms=words.court_terms(2),
        vote_terms=words.vote_terms(2),
        shares_words=[words.shares_words(j) for j in range(4)],
        benefits=[words.benefit_word(2, benefit) for benefit in range(3)],
        entitlements=[[words.class_entitlement(2, benefit, one) for one in range(3)] for benefit in range(3)],
        ladder=words.ladder(2),
        spacing=SPACING,
        steward=STEWARD,
        investigator=v.mutual.terms.investigator,
        remainder=v.mutual.terms.remainder,
        attestors=ATTESTORS,
    )
    assert again == v.mutual.terms


# I-14


def test_i14_sees_a_version_out_of_bounds_and_terms_of_none() -> None:
    v = village()
    adopted(v, fee=Bps(900))
    assert i_14(v.mutual) == []
    charter = v.mutual.charter
    sealed = charter.drafts[2]
    for changes in ({"fee": Bps(901)}, {"zone": 3_600}, {"runoff": Seconds(0)}):
        charter.drafts[2] = replace(sealed, terms=replace(sealed.terms, **changes))
        v.mutual.ledger.terms = charter.drafts[2].terms
        assert i_14(v.mutual)
    charter.drafts[2] = sealed
    assert i_14(v.mutual)
    v.mutual.ledger.terms = sealed.terms
    assert i_14(v.mutual) == []
