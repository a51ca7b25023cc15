# SPDX-License-Identifier: AGPL-3.0-only
"""R-30 to R-50 with numbers worked out by hand."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from support.mutuals import (
    CHARTER_HASH,
    FOUNDED,
    HOUR,
    SPACING,
    SPONSOR,
    START,
    STRANGER,
    Village,
    member_id,
    wallet,
)
from tongxin.model import Attestation, Entitlement, ModelRevert, Payment
from tongxin.model.invariants import violations
from tongxin.units import DAY, Bps, Index, Seconds, Shares, Units
from tongxin.words import FUND_HISTORY, FUND_MEMBER, FUND_ORDER, AdmissionForm, MemberStatus

S = MemberStatus


def status(village: Village, number: int) -> MemberStatus:
    return village.mutual.membership.member(member_id(number)).status


def refused(rule: str) -> AbstractContextManager[object]:
    return pytest.raises(ModelRevert, match=rule)


def test_r30_record_of_a_new_member() -> None:
    village = Village.found()
    village.now += 1
    village.join(3, tick=20, class_id=2)
    assert FUND_MEMBER.unpack(village.mutual.words().members(member_id(3))) == {
        "wallet": wallet(3),
        "tick": 20,
        "shares": 2_000,
        "joined": START // HOUR + 1,
        "class_id": 2,
        "status": S.OCCUPIED | S.ACCEPTED,
    }


def test_r32_attestations_that_do_not_admit() -> None:
    village = Village.found()
    village.join(1, tick=20)
    good = village.attestation(2)
    village.mutual.token.mint(wallet(2), 10**6)

    def join(attestation: Attestation = good, *, signatures: bool = True, charter: bytes = CHARTER_HASH) -> None:
        village.mutual.join(attestation, signatures, 20, charter, Payment(), wallet(2), now=village.now)

    for attestation in (
        replace(good, issued=village.now + 1),
        replace(good, expiry=village.now - 1),
        replace(good, member_id=member_id(1)),
        replace(good, class_id=3),
        replace(good, wallet=0),
    ):
        with refused("R-32"):
            join(attestation)
    with refused("R-32"):
        join(signatures=False)
    with refused("R-33"):
        join(charter=bytes(32))
    join()


def test_r33_without_the_wallets_consent_a_member_is_not_accepted() -> None:
    village = Village.found()
    village.join(1, tick=20, actor=SPONSOR)
    assert status(village, 1) == S.OCCUPIED
    with refused("R-30"):
        village.mutual.accept(member_id(1), CHARTER_HASH, SPONSOR)
    with refused("R-33"):
        village.mutual.accept(member_id(1), bytes(32), wallet(1))
    village.mutual.accept(member_id(1), CHARTER_HASH, wallet(1))
    assert status(village, 1) == S.OCCUPIED | S.ACCEPTED


def test_r33_r34_an_authorization_of_the_wallet_is_its_consent_and_its_payment() -> None:
    village = Village.found()
    village.mutual.token.mint(wallet(1), 20_000)
    payment = Payment(method=2, payer=wallet(1), amount=20_000)
    for bad in (replace(payment, amount=20_001), replace(payment, good=False)):
        with refused("R-34"):
            village.mutual.join(village.attestation(1), True, 20, CHARTER_HASH, bad, STRANGER, now=village.now)
    village.mutual.join(village.attestation(1), True, 20, CHARTER_HASH, payment, STRANGER, now=village.now)
    assert status(village, 1) & S.ACCEPTED
    assert village.mutual.token.balance_of(wallet(1)) == 0


def enrol(village: Village, numbers: list[int], wallets: list[int] | None = None) -> int:
    return village.mutual.enrol(
        [member_id(n) for n in numbers],
        [wallet(n) for n in numbers] if wallets is None else wallets,
        1,
        20,
        village.now,
        village.now,
        True,
        SPONSOR,
        now=village.now,
    )


def test_r35_a_batch_skips_and_does_not_charge_whom_it_knows() -> None:
    village = Village.found(entry_fee=Units(3))
    village.mutual.token.mint(SPONSOR, 30_009)
    village.join(1, tick=20)
    assert enrol(village, [1, 2, 3, 2, 4, 5], [wallet(n) for n in (1, 2, 3, 2, 4)] + [0]) == 3
    assert village.mutual.token.balance_of(SPONSOR) == 0
    assert village.mutual.ledger.surplus == 3 + 9
    assert status(village, 2) == S.OCCUPIED
    before = village.mutual.words().all()
    assert enrol(village, [1, 2, 3, 4]) == 0
    assert village.mutual.words().all() == before


def test_r37_admissions_of_a_week() -> None:
    village = Village.found(admission_floor=4, admission_bps=Bps(7_500))
    village.people(4)
    with refused("R-37"):
        village.join(5, tick=60)
    village.now += 7 * DAY
    village.mutual.token.mint(SPONSOR, 10**6)
    assert enrol(village, [5, 6, 7, 8]) == 4
    village.now += 7 * DAY  # three quarters of 8 heads
    with refused("R-37"):
        enrol(village, [9, 10, 11, 12, 13, 14, 15])
    assert enrol(village, [9, 10, 11, 12, 13, 14]) == 6


def test_r38_invitation_needs_k_seasoned_members_with_different_wallets() -> None:
    village = Village.found(admission=AdmissionForm.INVITATION, attestor_quorum=0, newcomer=Seconds(10 * DAY))
    with refused("R-32"):
        village.join(1, tick=60)
    for number in (1, 2, 3):
        village.mutual.token.mint(wallet(number), 10**6)
        village.mutual.membership.admit(
            village.attestation(number), 60, CHARTER_HASH, Payment(), wallet(number), village.now
        )

    def invite(inviters: list[int], *, signatures: bool = True) -> None:
        village.mutual.token.mint(wallet(9), 10**6)
        village.mutual.admit_invited(
            village.attestation(9),
            [member_id(n) for n in inviters],
            signatures,
            60,
            CHARTER_HASH,
            Payment(),
            wallet(9),
            now=village.now,
        )

    with refused("may not invite"):
        invite([1, 2])
    village.now += 10 * DAY
    for inviters in ([1], [1, 1]):
        with refused("too few"):
            invite(inviters)
    with refused("not invited"):
        invite([1, 2], signatures=False)
    invite([1, 2])
    assert village.mutual.membership.admission.last_attested == FOUNDED // HOUR


def test_r38_silence_of_the_attestors_opens_invitation() -> None:
    village = Village.found(inviters=1)
    village.people(1)
    args = (village.attestation(2), [member_id(1)], True, 60, CHARTER_HASH, Payment(), wallet(2))
    village.mutual.token.mint(wallet(2), 10**6)
    for later, works in ((100 * DAY, False), (100 * DAY + 1, True)):
        now = START + later
        call = (replace(args[0], issued=now, expiry=now), *args[1:])
        if works:
            village.mutual.admit_invited(*call, now=now)
        else:
            with refused("R-38"):
                village.mutual.admit_invited(*call, now=now)
    with refused("not open"):
        village.mutual.admit_open(village.attestation(3), 60, CHARTER_HASH, Payment(), wallet(3), now=village.now)


def lapse(village: Village, ticks: int) -> None:
    """The index rises so far."""
    ledger = village.mutual.ledger
    while ledger.index < ticks * SPACING:
        ledger.collect(10**9, min(10, ticks - ledger.index // SPACING) * SPACING, village.now)


def test_r39_top_up_in_grace_pays_the_arrears_and_keeps_joined() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=60)
    joined = village.mutual.membership.member(member_id(1)).joined
    lapse(village, 13)
    stamp = village.now
    paid = village.mutual.token.balance_of(STRANGER)
    village.mutual.token.mint(STRANGER, 10_000)
    village.now = stamp + 10 * DAY
    village.mutual.top_up(member_id(1), 20, Payment(), STRANGER, now=village.now)
    assert village.mutual.token.balance_of(STRANGER) == paid  # 3 ticks of arrears, 7 of runway
    assert village.mutual.ledger.surplus == 3_000
    assert village.mutual.membership.member(member_id(1)).joined == joined
    assert village.mutual.balance_of(member_id(1)) == 7_000
    assert violations(village.mutual, village.now) == []


def test_r39_after_grace_only_rejoining() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=60)
    lapse(village, 13)
    village.now += 10 * DAY + 1
    with refused("lapsed, rejoin"):
        village.mutual.top_up(member_id(1), 30, Payment(), wallet(1), now=village.now)


def test_r39_top_up_many_skips_and_charges_the_rest() -> None:
    village = Village.found()
    village.people(2, tick=20)
    village.join(3, tick=10)
    lapse(village, 10)
    village.mutual.token.mint(SPONSOR, 5_000)
    ids = [member_id(n) for n in (1, 2, 3, 4)]
    assert village.mutual.top_up_many(ids, [25, 20, 30, 30], SPONSOR, now=village.now) == 1
    assert village.mutual.token.balance_of(SPONSOR) == 0
    with refused("R-3"):
        village.mutual.top_up_many(ids[:2], [30, 111], SPONSOR, now=village.now)
    assert village.mutual.membership.member(member_id(1)).tick == 25


def test_r40_a_standing_order_fills_to_its_target_within_its_most() -> None:
    village = Village.found()
    village.join(1, tick=10)
    ids = [member_id(1)]
    assert village.mutual.collect(ids, now=village.now) == 0
    with refused("R-30"):
        village.mutual.set_order(ids[0], 2_500, 14, STRANGER, now=village.now)
    village.mutual.set_order(ids[0], 2_500, 14, wallet(1), now=village.now)
    assert village.mutual.collect(ids, now=village.now) == 1  # 2500 pay for two ticks
    assert village.mutual.membership.member(ids[0]).tick == 12
    assert FUND_ORDER.unpack(village.mutual.words().orders(ids[0])) == {
        "most_per_period": 2_500,
        "spent": 2_000,
        "period": 0,
        "target": 14,
    }
    assert village.mutual.collect(ids, now=village.now) == 0
    village.now = FOUNDED + 7 * DAY
    assert village.mutual.collect(ids, now=village.now) == 1
    assert village.mutual.membership.member(ids[0]).tick == 14
    village.mutual.set_order(ids[0], 0, 0, wallet(1), now=village.now)
    assert village.mutual.words().orders(ids[0]) == 0
    assert not status(village, 1) & S.ORDER_SET


def test_r16_r40_a_call_raises_the_target_in_called_funding() -> None:
    for called, tick in ((False, 10), (True, 14)):
        village = Village.found(called=called)
        village.join(1, tick=10)
        village.mutual.set_order(member_id(1), 10**6, 10, wallet(1), now=village.now)
        village.mutual.announce(3_000, 0)  # 3.24 ticks, with margin 3.564: the goal is ceil(13.564)
        village.mutual.collect([member_id(1)], now=village.now)
        assert village.mutual.membership.member(member_id(1)).tick == tick


def test_r40_a_failed_pull_is_skipped() -> None:
    village = Village.found()
    village.people(2, tick=10)
    for number in (1, 2):
        village.mutual.set_order(member_id(number), 10**6, 20, wallet(number), now=village.now)
    village.mutual.token.pull_fails.add(wallet(1))
    assert village.mutual.collect([member_id(1), member_id(2)], now=village.now) == 1
    assert village.mutual.membership.member(member_id(2)).tick == 20


def test_r43_rejoining_within_a_year_pays_arrears_up_to_the_year_cap() -> None:
    for ticks, arrears in ((13, 3_000), (40, 12_000)):
        village = Village.found(year_cap=Index(50 * SPACING), grace=Seconds(0))
        village.join(1, tick=10)
        village.join(2, tick=90)
        lapse(village, ticks)
        object.__setattr__(village.mutual.membership.terms, "year_cap", Index(12 * SPACING))
        village.now += 364 * DAY
        village.mutual.rejoin(member_id(1), 60, CHARTER_HASH, Payment(), wallet(1), now=village.now)
        assert village.mutual.ledger.surplus == arrears
        history = FUND_HISTORY.unpack(village.mutual.words().history(member_id(1)))
        assert (history["tick"], history["changed"]) == (10, village.now // HOUR)
        assert village.mutual.membership.member(member_id(1)).joined == village.now // HOUR
        assert status(village, 1) == S.OCCUPIED | S.ACCEPTED | S.HISTORY_USED


def test_r43_after_a_year_no_arrears_and_never_in_grace_or_in_force() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=90)

    def rejoin(actor: int = wallet(1)) -> None:
        village.mutual.rejoin(member_id(1), 60, CHARTER_HASH, Payment(), actor, now=village.now)

    with refused("in force"):
        rejoin()
    lapse(village, 12)
    village.now += 10 * DAY
    with refused("in grace"):
        rejoin()
    village.now += 355 * DAY
    with refused("R-30"):
        rejoin(STRANGER)
    rejoin()
    assert village.mutual.ledger.surplus == 0


def test_r31_r43_after_an_exit_no_arrears_and_the_history_keeps_the_hours() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=90)
    village.mutual.leave(member_id(1), wallet(1), now=village.now)
    lapse(village, 13)
    village.now += 40 * DAY
    assert village.mutual.refund(member_id(1), now=village.now) == 0
    village.mutual.rejoin(member_id(1), 60, CHARTER_HASH, Payment(), wallet(1), now=village.now)
    assert FUND_HISTORY.unpack(village.mutual.words().history(member_id(1)))["tick"] == 10
    left = village.now // HOUR
    village.mutual.leave(member_id(1), wallet(1), now=village.now)
    village.now += 40 * DAY
    village.mutual.refund(member_id(1), now=village.now)
    history = FUND_HISTORY.unpack(village.mutual.words().history(member_id(1)))
    assert (history["tick"], history["left"], history["exited"]) == (10, left, village.now // HOUR)
    village.mutual.rejoin(member_id(1), 60, CHARTER_HASH, Payment(), wallet(1), now=village.now)
    assert village.mutual.ledger.surplus == 0


def change(village: Village, number: int, class_id: int, issued: int | None = None) -> None:
    at = village.now if issued is None else issued
    village.mutual.change_class(member_id(number), class_id, at, village.now, True, wallet(number), now=village.now)


def test_r44_more_shares_at_once_fewer_after_the_notice() -> None:
    village = Village.found()
    village.join(1, tick=60)
    had = village.mutual.token.balance_of(wallet(1))
    change(village, 1, 2)
    assert village.mutual.token.balance_of(wallet(1)) == had - 60_000
    assert village.mutual.ledger.shares == 2_000
    village.now += 2 * HOUR
    with refused("R-31"):
        change(village, 1, 1)
    village.now += 60 * DAY
    change(village, 1, 1)
    assert village.mutual.ledger.shares == 2_000
    with refused("notice not over"):
        village.mutual.apply_class(member_id(1), now=village.now + 40 * DAY - 1)
    village.mutual.ledger.collect(2_000, 10 * SPACING, village.now)
    village.now += 40 * DAY
    village.mutual.apply_class(member_id(1), now=village.now)
    assert village.mutual.ledger.shares == 500
    assert village.mutual.token.balance_of(wallet(1)) == had - 60_000 + 59 * 1_500
    assert FUND_HISTORY.unpack(village.mutual.words().history(member_id(1)))["shares"] == 2_000
    with refused("nothing requested"):
        village.mutual.apply_class(member_id(1), now=village.now)


def test_r46_leaving_waits_for_the_notice_and_refunds_the_balance() -> None:
    village = Village.found()
    village.people(2)
    with refused("R-30"):
        village.mutual.leave(member_id(1), STRANGER, now=village.now)
    village.now += 5
    village.mutual.leave(member_id(1), wallet(1), now=village.now)
    with refused("already leaving"):
        village.mutual.leave(member_id(1), wallet(1), now=village.now)
    left = FUND_HISTORY.unpack(village.mutual.words().history(member_id(1)))["left"]
    assert left == START // HOUR + 1
    over = left * HOUR + 40 * DAY
    village.mutual.ledger.collect(4_000, 10 * SPACING, village.now)
    with refused("notice not over"):
        village.mutual.refund(member_id(1), now=over - 1)
    had = village.mutual.token.balance_of(wallet(1))
    assert village.mutual.refund(member_id(1), now=over) == 58_000
    assert village.mutual.token.balance_of(wallet(1)) == had + 58_000
    assert status(village, 1) & S.EXITED
    assert village.mutual.balance_of(member_id(1)) == 0
    with refused("already exited"):
        village.mutual.refund(member_id(1), now=over)
    with refused("exited, rejoin"):
        village.mutual.top_up(member_id(1), 70, Payment(), wallet(1), now=over)
    village.mutual.rejoin(member_id(1), 70, CHARTER_HASH, Payment(), wallet(1), now=over)
    assert not status(village, 1) & (S.EXITED | S.LEAVING)
    assert violations(village.mutual, over) == []


def test_r46_an_open_claim_filed_in_the_notice_holds_a_leaver_for_at_most_three_notices() -> None:
    village = Village.found(entitlements=((Entitlement(Units(1_000), Seconds(0)),) * 3,) * 3)
    village.people(2)
    village.mutual.leave(member_id(1), wallet(1), now=village.now)
    village.now += DAY
    village.file(2)
    left = START
    with refused("notice not over"):
        village.mutual.refund(member_id(1), now=left + 120 * DAY - 1)
    assert village.mutual.refund(member_id(1), now=left + 120 * DAY) == 60_000


def test_r46_the_last_refund_sweeps_the_dust() -> None:
    village = Village.found(spacing=Index(1_500), round_cap=Index(30_000), year_cap=Index(30_000))
    village.join(1, tick=11, class_id=1)
    village.mutual.leave(member_id(1), wallet(1), now=village.now)
    assert village.mutual.refund(member_id(1), now=village.now + 40 * DAY) == 8
    assert (village.mutual.ledger.deposits, village.mutual.ledger.surplus) == (0, 1)


def test_r124_r125_who_lets_others_read() -> None:
    village = Village.found()
    village.people(1)
    mutual, key, other = village.mutual, member_id(1), b"\x01" * 32
    mutual.set_contacts(key, 0xC1, 0xC2, 0xBE, wallet(1))
    for actor in (wallet(1), 0xC1, 0xC2):
        mutual.authorise(key, other, other, other, actor)
        mutual.revoke(key, other, other, actor)
    for actor in (0xBE, STRANGER, 0):
        with refused("R-124"):
            mutual.authorise(key, other, other, other, actor)
        with refused("R-124"):
            mutual.revoke(key, other, other, actor)
    none = bytes(32)
    for document, reader, grant in ((none, other, other), (other, none, other), (other, other, none)):
        with refused("hash missing"):
            mutual.authorise(key, document, reader, grant, wallet(1))
    for document, reader in ((none, other), (other, none)):
        with refused("hash missing"):
            mutual.revoke(key, document, reader, wallet(1))
    for kind, public_key in ((1, other), (2, other), (0, bytes(32))):
        mutual.announce_key(key, kind, public_key, wallet(1))
    for kind, public_key in ((3, other), (0, other), (1, bytes(32))):
        with refused("R-125"):
            mutual.announce_key(key, kind, public_key, wallet(1))
    with refused("not the member's wallet"):
        mutual.announce_key(key, 1, other, 0xC1)
    mutual.leave(key, wallet(1), now=village.now)
    village.now += 3 * mutual.terms.leave_notice
    mutual.refund(key, now=village.now)
    assert status(village, 1) & S.EXITED
    mutual.revoke(key, other, other, 0xC1)
    mutual.announce_key(key, 1, other, wallet(1))


def test_r47_wallets_by_themselves_at_once_by_the_attestor_after_a_veto_time() -> None:
    village = Village.found()
    village.people(1)
    village.mutual.set_order(member_id(1), 1, 20, wallet(1), now=village.now)
    village.mutual.replace_wallet(member_id(1), wallet(7), wallet(1), now=village.now)
    assert status(village, 1) & S.ACCEPTED
    assert not status(village, 1) & S.ORDER_SET
    village.mutual.set_contacts(member_id(1), 0xC1, 0, 0xBE, wallet(7))
    assert status(village, 1) & S.CONTACTS_NAMED

    def propose() -> None:
        village.mutual.propose_wallet(member_id(1), wallet(8), village.now, village.now, True, now=village.now)

    propose()
    with refused("neither wallet nor contact"):
        village.mutual.veto_wallet(member_id(1), 0xBE)
    village.mutual.veto_wallet(member_id(1), 0xC1)
    with refused("proposed before"):
        propose()
    village.now += 1
    propose()
    with refused("open to veto"):
        village.mutual.complete_wallet(member_id(1), now=village.now + 30 * DAY - 1)
    village.mutual.complete_wallet(member_id(1), now=village.now + 30 * DAY)
    assert village.mutual.membership.member(member_id(1)).wallet == wallet(8)
    assert not status(village, 1) & S.ACCEPTED


def test_shares_are_those_of_the_class() -> None:
    assert Village.found().mutual.terms.shares_of(2) == Shares(2_000)
    assert Village.found().mutual.terms.shares_of(3) == 0
