# SPDX-License-Identifier: AGPL-3.0-only
"""R-60 to R-86 with numbers worked out by hand: three seats of 100 units, bonds of 2000."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from support.mutuals import ADDRESSES, INVESTIGATOR, SPONSOR, STRANGER, Village, member_id, wallet
from tongxin.model import Blocks, Filing, ModelRevert, Payment
from tongxin.model.court import Challenger, event_key
from tongxin.model.invariants import i_8, i_9, i_10, i_11, violations
from tongxin.model.lot import lot_seed, reviewed_by_lot
from tongxin.units import DAY, Address, Bps, Index, Units
from tongxin.words import COURT_STATE, DRAWN_PANEL, OPEN_PANEL, VOLUNTEER, ChallengerKind, ClaimFlag, Stage

JURORS = range(2, 12)
CLAIMANT = 1
NOBODY = 2**256 - 1


def refused(rule: str) -> AbstractContextManager[object]:
    return pytest.raises(ModelRevert, match=rule)


def village(jurors: int = 10, people: int = 20, **changes: object) -> Village:
    """Twenty covered members, ten of them volunteers; every full share pays 1000 units a tick."""
    found = Village.found(**changes)
    found.people(people)
    found.volunteers(2, 1 + jurors)
    found.wait(31 * DAY)
    return found


def state(v: Village, c: int) -> dict[str, int]:
    return COURT_STATE.unpack(v.mutual.words().state(c))


def money(v: Village, who: int) -> int:
    return v.mutual.token.balance_of(Address(who)) + v.mutual.words().dues(who)


def sound(v: Village) -> bool:
    assert violations(v.mutual, v.now) == []
    return True


def seats(v: Village, key: int) -> list[int]:
    return [v.mutual.jury.juror(key, seat) for seat in range(v.mutual.jury.panel(key).size)]


def test_r60_to_r64_filing_fixes_the_claim() -> None:
    v = village()
    had = money(v, wallet(CLAIMANT))
    c = v.file(CLAIMANT)
    assert c == 1
    assert money(v, wallet(CLAIMANT)) == had - 300
    claim = v.mutual.court.record(c).claim
    assert (claim.base, claim.class_id, claim.payee, claim.pool) == (10_000, 0, wallet(CLAIMANT), 10)
    assert state(v, c)["stage"] == Stage.LOT
    assert state(v, c)["lot_block"] == v.block + 5
    key = event_key(member_id(CLAIMANT), 0, v.today)
    assert v.mutual.words().digest(key) == claim.digest(1)
    assert sound(v)


def test_r60_what_cannot_be_filed() -> None:
    v = village()
    with refused("R-60"):
        v.file(CLAIMANT, benefit=3)
    with refused("R-60"):
        v.file(CLAIMANT, day=v.today + 1)
    with refused("R-51"):
        v.file(CLAIMANT, day=v.today - 10)
    with refused("R-62"):
        v.file(CLAIMANT, benefit=1, claimed=100)
    filing = Filing(member_id(1), 0, v.today, 0, bytes(32), bytes(32), bytes(32), 0)
    with refused("neither wallet nor contact"):
        v.mutual.file(filing, Payment(), STRANGER, now=v.now, block_number=v.block)
    v.file(CLAIMANT)
    with refused("judged before"):
        v.file(CLAIMANT)
    day = v.today
    v.now = (day + 1) * DAY + 60 * DAY - 1
    v.file(2, day=day)
    v.now += 1
    with refused("filed too late"):
        v.file(3, day=day)


def test_r33_who_has_not_accepted_cannot_file() -> None:
    v = Village.found()
    v.join(1, 60, actor=SPONSOR)
    v.wait(31 * DAY)
    with refused("R-33"):
        v.file(1)


def test_r122_the_juror_of_a_drawn_seat_announces_a_key() -> None:
    v = village()
    public_key = b"\x01" * 32
    c = v.file(CLAIMANT)
    with refused("no such panel"):
        v.mutual.announce_seat(8 * c, 0, 1, public_key, wallet(2))
    v.draw(c)
    mine, other = seats(v, 8 * c)[:2]
    for kind in (1, 2, 1):
        v.mutual.announce_seat(8 * c, 0, kind, public_key, mine)
    for seat, kind, key, actor in (
        (0, 1, public_key, other),
        (0, 1, public_key, wallet(CLAIMANT)),
        (0, 0, public_key, mine),
        (0, 3, public_key, mine),
        (0, 1, bytes(32), mine),
    ):
        with refused("R-122"):
            v.mutual.announce_seat(8 * c, seat, kind, key, actor)
    with refused("no such seat"):
        v.mutual.announce_seat(8 * c, 3, 1, public_key, mine)
    # A bench too small opens the panel: no seat, no key.
    open_court = village(jurors=2)
    d = open_court.file(CLAIMANT)
    open_court.draw(d)
    with refused("not a drawn panel"):
        open_court.mutual.announce_seat(8 * d + 4, wallet(2), 1, public_key, wallet(2))


def test_r75_a_wallet_of_two_members_votes_for_the_one_it_first_named() -> None:
    v = village(jurors=2)
    c = v.file(CLAIMANT)
    v.draw(c)
    key, family, own, other = 8 * c + 4, wallet(5), 0x77, 0x78
    vote = b"\x01" * 32
    v.mutual.replace_wallet(member_id(6), family, wallet(6), now=v.now)
    for number in (5, 6):
        v.mutual.commit(key, family, member_id(number), vote, family, now=v.now)
    v.mutual.replace_wallet(member_id(6), own, family, now=v.now)
    v.mutual.commit(key, own, member_id(6), vote, own, now=v.now)
    v.mutual.replace_wallet(member_id(5), other, family, now=v.now)
    with refused("this member has voted"):
        v.mutual.commit(key, other, member_id(5), vote, other, now=v.now)
    assert v.mutual.jury.panel(key).outstanding == 2


def test_r48_a_contact_files_and_the_beneficiary_is_paid() -> None:
    v = village()
    v.mutual.set_contacts(member_id(1), STRANGER, 0, 0xBE, wallet(1))
    v.mutual.token.mint(STRANGER, 300)
    filing = Filing(member_id(1), 0, v.today, 0, bytes(32), bytes(32), bytes(32), 0)
    c = v.mutual.file(filing, Payment(), STRANGER, now=v.now, block_number=v.block)
    v.draw(c)
    v.vote(c, [4, 4, 4])
    v.conclude(c)
    v.settle(c)
    assert money(v, 0xBE) == 10_000
    assert money(v, STRANGER) == 300  # the bond goes back to the contact who posted it
    assert sound(v)


def test_r64_from_the_balance_whole_ticks_are_freed() -> None:
    v = village()
    had = money(v, wallet(CLAIMANT))
    c = v.file(CLAIMANT, source=1)
    assert v.mutual.membership.member(member_id(CLAIMANT)).tick == 59  # 1000 free, 300 held, 700 due
    assert money(v, wallet(CLAIMANT)) == had + 700
    assert v.mutual.ledger.dues[wallet(CLAIMANT)] == 700
    assert state(v, c)["flags"] == ClaimFlag.BOND_FROM_BALANCE
    assert sound(v)


def test_r64_a_tick_of_runway_must_remain() -> None:
    v = Village.found(juror_pay=Units(20_000))
    v.people(1)
    with refused("balance too small"):
        v.mutual.membership.hold_from_balance(member_id(1), 60_000, v.now)
    with refused("balance too small"):
        v.mutual.membership.hold_from_balance(member_id(1), 59_001, v.now)
    v.mutual.membership.hold_from_balance(member_id(1), 59_000, v.now)
    assert v.mutual.balance_of(member_id(1)) == 1_000


def test_r64_one_filing_a_year_is_waived() -> None:
    v = village()
    had = money(v, wallet(CLAIMANT))
    c = v.file(CLAIMANT, source=2)
    assert money(v, wallet(CLAIMANT)) == had
    assert state(v, c)["flags"] == ClaimFlag.WAIVED
    v.wait(DAY)
    with refused("waiver used"):
        v.file(CLAIMANT, source=2)
    v.wait(364 * DAY)
    v.file(CLAIMANT, source=2)


def test_r65_the_seed_and_where_its_block_hash_comes_from() -> None:
    hashes = {number: number.to_bytes(32, "big") for number in (100, 356, 612)}
    assert Blocks(hashes).lot_hash(100, 101) == hashes[100]
    assert Blocks(hashes).lot_hash(100, 356) == hashes[100]
    assert Blocks(hashes).lot_hash(100, 357) == hashes[356]
    assert Blocks(hashes).lot_hash(100, 612) == hashes[356]
    assert Blocks(hashes).lot_hash(100, 613) == hashes[612]
    assert Blocks(hashes, history=True).lot_hash(100, 613) == hashes[100]
    with refused("R-65"):
        Blocks(hashes).lot_hash(100, 100)
    plain = encode(["bytes32", "uint256", "uint256"], [hashes[100], 8, 1])
    assert lot_seed(hashes[100], 8, 1) == keccak(plain)


def test_r67_the_seats_are_those_of_the_lot() -> None:
    v = village()
    c = v.file(2)  # a volunteer himself: index 0
    with refused("lot not ready"):
        v.mutual.draw(c, now=v.now, block_number=v.block + 5)
    lot_block = v.block + 5
    v.draw(c)
    seed = keccak(encode(["bytes32", "uint256", "uint256"], [lot_block.to_bytes(32, "big"), 8 * c, 0]))
    expected: list[int] = []
    i = 0
    while len(expected) < 3:
        index = int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, i]))) % 10
        if index != 0 and index not in expected:
            expected.append(index)
        i += 1
    assert list(v.mutual.jury.panel(8 * c).seats) == expected
    panel = DRAWN_PANEL.unpack(v.mutual.words().panel(8 * c))
    assert [panel[f"seat_{seat}"] for seat in range(3)] == [index + 1 for index in expected]
    assert state(v, c)["stage"] == Stage.ACCESS


def test_r67_nobody_sits_on_a_claim_that_concerns_them() -> None:
    v = village()
    for number in JURORS:
        c = v.file(number)
        v.draw(c)
        assert wallet(number) not in seats(v, 8 * c)


def test_r67_too_small_a_pool_makes_an_open_panel() -> None:
    v = village(jurors=8)
    c = v.file(CLAIMANT)
    v.draw(c)
    assert state(v, c)["flags"] & ClaimFlag.OPEN_NOW
    panel = OPEN_PANEL.unpack(v.mutual.words().panel(8 * c + 4))
    assert (panel["heads"], panel["least_votes"], panel["commit_by"]) == (20, 2, v.now + 2 * DAY)
    assert v.mutual.words().panel(8 * c) == 0


def test_r66_retired_volunteers_sit_only_on_older_claims() -> None:
    v = village()
    before = v.file(CLAIMANT)
    v.wait(1)
    for number in JURORS:
        v.mutual.retire(wallet(number), now=v.now)
    after = v.file(13)
    v.draw(before)
    v.draw(after)
    assert not state(v, before)["flags"] & ClaimFlag.OPEN_NOW
    assert state(v, after)["flags"] & ClaimFlag.OPEN_NOW
    with refused("already out"):
        v.mutual.retire(wallet(2), now=v.now)
    with refused("bond locked"):
        v.mutual.withdraw_bond(0, now=v.now)
    out_at = VOLUNTEER.unpack(v.mutual.words().volunteers(0))["out_at"]
    had = money(v, wallet(2))
    assert v.mutual.withdraw_bond(0, now=out_at + 120 * DAY) == 2_000
    assert money(v, wallet(2)) == had + 2_000
    assert v.mutual.volunteer(member_id(2), Payment(), wallet(2), now=v.now) == 10
    with refused("already a volunteer"):
        v.mutual.volunteer(member_id(2), Payment(), wallet(2), now=v.now)


def test_r66_dismissing_whoever_is_no_longer_in_force() -> None:
    v = village()
    with refused("in force"):
        v.mutual.dismiss(0, now=v.now)
    ledger = v.mutual.ledger
    while ledger.heads:
        ledger.collect(10**9, 10**8, v.now)
    v.mutual.dismiss(0, now=v.now)
    assert VOLUNTEER.unpack(v.mutual.words().volunteers(0))["out_at"] == v.now


def test_a_grant_is_paid_and_the_bond_comes_back() -> None:
    v = village()
    had = money(v, wallet(CLAIMANT))
    c = v.to_notice(CLAIMANT, [2, 3, 0])  # two of three reach level 2: half of 10000
    assert state(v, c) | {"stage": 5, "level": 2, "part": 5_000, "valid": 3} == state(v, c)
    # due 5000, gross 5400, owed 300 + 300, pot 300: costs 300; (5700 x 10**6) / 20000
    assert state(v, c)["amount"] == 285_000
    with refused("notice is not over"):
        v.mutual.settle(c, now=v.mutual.court.record(c).deadline - 1)
    v.settle(c)
    assert money(v, wallet(CLAIMANT)) == had + 5_000
    assert v.mutual.ledger.fees == 400
    assert state(v, c)["stage"] == Stage.GRANTED
    assert state(v, c)["amount"] == 100
    paid = [money(v, who) for who in seats(v, 8 * c)]
    assert v.mutual.pay_jurors(c, 0) == 3
    assert [money(v, who) for who in seats(v, 8 * c)] == [before + 100 for before in paid]
    assert v.mutual.ledger.bonds == 20_000
    with refused("jurors are paid"):
        v.mutual.pay_jurors(c, 0)
    assert v.mutual.words().grants_of(member_id(CLAIMANT), 0) == (1 << 32) + v.mutual.court.record(c).claim.day
    assert sound(v)


def test_r82_a_denial_keeps_the_bond_for_the_jurors() -> None:
    v = village()
    had = money(v, wallet(CLAIMANT))
    c = v.to_notice(CLAIMANT, [0, 0, 4])
    v.settle(c)
    assert state(v, c)["stage"] == Stage.DENIED
    assert money(v, wallet(CLAIMANT)) == had - 300
    v.mutual.pay_jurors(c, 0)
    assert v.mutual.ledger.index == 0
    assert v.mutual.ledger.bonds == 20_000
    assert sound(v)


def test_r82_what_members_cannot_pay_is_missing_from_the_jurors_pay() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [0, 0, 0], source=2)
    ledger = v.mutual.ledger
    object.__setattr__(v.mutual.terms, "year_cap", Index(10_000))  # 20000 thousandths x 0.01 = 200 units
    v.settle(c)
    assert state(v, c)["amount"] == 66
    assert ledger.surplus == 2
    assert i_10(v.mutual) == i_11(v.mutual) == []


def test_r61_repeats_and_interval() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [4, 4, 4])
    day = v.mutual.court.record(c).claim.day
    v.settle(c)
    with refused("R-61"):
        v.file(CLAIMANT, day=day + 1)
    v.now = (day + 30) * DAY
    v.to_notice(CLAIMANT, [4, 4, 4], day=day + 30)
    v.now = (day + 60) * DAY
    with refused("R-61"):
        v.file(CLAIMANT, day=day + 60)
    assert sound(v)


def test_r61_a_verdict_that_would_exceed_the_limit_is_a_denial() -> None:
    v = village()
    first, second = v.file(CLAIMANT), v.file(CLAIMANT, benefit=1, claimed=500)
    third = v.file(3)
    v.wait(DAY)
    late = v.file(CLAIMANT)  # a day later: too soon once the first is granted
    for c in (first, second, third, late):
        v.draw(c)
        v.vote(c, [4, 4, 4])
        v.conclude(c)
    assert [state(v, c)["level"] for c in (first, second, third, late)] == [4, 4, 4, 0]
    assert sound(v)


def test_r68_without_access_it_is_denied_and_refiled_once() -> None:
    v = village()
    c = v.file(CLAIMANT)
    v.draw(c)
    day = v.mutual.court.record(c).claim.day
    with refused("not the claimant"):
        v.mutual.grant(c, bytes(32), STRANGER, now=v.now)
    with refused("time is not over"):
        v.mutual.time_out(c, now=v.now + DAY - 1, block_number=v.block)
    v.now += DAY
    with refused("access time is over"):
        v.mutual.grant(c, bytes(32), wallet(CLAIMANT), now=v.now)
    v.mutual.time_out(c, now=v.now, block_number=v.block)
    assert state(v, c)["stage"] == Stage.DENIED
    assert v.mutual.ledger.surplus == 300
    again = v.file(CLAIMANT, day=day)
    assert state(v, again)["flags"] == ClaimFlag.REFILE
    v.draw(again)
    v.now += DAY
    v.mutual.time_out(again, now=v.now, block_number=v.block)
    with refused("judged before"):
        v.file(CLAIMANT, day=day)
    assert sound(v)


def voting(v: Village, c: int) -> int:
    v.draw(c)
    v.mutual.grant(c, bytes(32), wallet(CLAIMANT), now=v.now)
    return 8 * c


def commit(v: Village, key: int, seat: int, level: int, salt: bytes = b"x" * 32) -> None:
    jury = v.mutual.jury
    opening = jury.commitment(key, jury.panel(key).attempt, seat, level, bytes(32), salt)
    v.mutual.commit(key, seat, b"", opening, jury.juror(key, seat), now=v.now)


def reveal(v: Village, key: int, seat: int, level: int, salt: bytes = b"x" * 32) -> None:
    v.mutual.reveal(key, seat, level, bytes(32), salt, now=v.now)


def test_r69_the_commitment_binds_everything() -> None:
    jury = village().mutual.jury
    types = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32"]
    where = ADDRESSES.jury.to_bytes(20, "big")
    plain = encode(types, [1, where, 8, 2, 1, 4, b"r" * 32, b"s" * 32])
    assert jury.commitment(8, 2, 1, 4, b"r" * 32, b"s" * 32) == keccak(plain)


def test_r69_r70_committing_and_revealing_in_their_times() -> None:
    v = village()
    c = v.file(CLAIMANT)
    key = voting(v, c)
    with refused("not your seat"):
        v.mutual.commit(key, 0, b"", b"c" * 32, STRANGER, now=v.now)
    commit(v, key, 0, 7)
    commit(v, key, 0, 4)
    with refused("too early"):
        reveal(v, key, 0, 4)
    with refused("still voting"):
        v.conclude(c)
    commit(v, key, 1, 4)
    v.now += 2 * DAY
    with refused("too late to commit"):
        commit(v, key, 2, 4)
    with refused("not what was committed"):
        reveal(v, key, 0, 7)
    reveal(v, key, 0, 4)
    with refused("not what was committed"):
        reveal(v, key, 0, 4)
    with refused("still voting"):
        v.conclude(c)
    v.now += DAY
    with refused("too late to reveal"):
        reveal(v, key, 1, 4)


def test_r70_the_last_commitment_opens_reveals_at_once() -> None:
    v = village()
    c = v.file(CLAIMANT)
    key = voting(v, c)
    for seat in range(3):
        commit(v, key, seat, 4)
    panel = DRAWN_PANEL.unpack(v.mutual.words().panel(key))
    assert (panel["flags"], panel["reveal_by"], panel["committed"]) == (1, v.now + DAY, 3)
    with refused("too late to commit"):
        commit(v, key, 0, 1)
    reveal(v, key, 0, 4)
    reveal(v, key, 1, 4)
    v.conclude(c)  # two of three for level 4: the third can't change it and is not slashed
    assert state(v, c)["level"] == 4
    assert v.mutual.court.record(c).slashed == 0
    with refused("too late to reveal"):
        reveal(v, key, 2, 4)
    assert sound(v)


def test_r71_an_exposed_vote_is_void_and_costs_half_the_bond() -> None:
    v = village()
    c = v.file(CLAIMANT)
    key = voting(v, c)
    commit(v, key, 0, 4)
    with refused("your own seat"):
        v.mutual.expose(key, 0, 4, bytes(32), b"x" * 32, seats(v, key)[0], now=v.now)
    v.mutual.expose(key, 0, 4, bytes(32), b"x" * 32, STRANGER, now=v.now)
    assert v.mutual.jury.volunteers[v.mutual.jury.panel(key).seats[0]].halves == 1
    assert i_11(v.mutual) == []
    with refused("exposed"):
        commit(v, key, 0, 4)
    for seat in (1, 2):
        commit(v, key, seat, 4)
    for seat in (1, 2):
        reveal(v, key, seat, 4)
    v.conclude(c)
    assert v.mutual.court.record(c).slashed == 1_000
    assert state(v, c)["flags"] & ClaimFlag.ESCROW_USED
    v.settle(c)
    assert v.mutual.ledger.surplus >= 1_000 - 200
    assert sound(v)


def test_r72_the_silent_lose_their_bond_and_the_claim_its_costs() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [4, 4, None])
    silent = v.mutual.jury.panel(8 * c).seats[2]
    volunteer = VOLUNTEER.unpack(v.mutual.words().volunteers(silent))
    assert (volunteer["halves"], volunteer["out_at"]) == (0, v.now)
    assert v.mutual.court.record(c).slashed == 2_000
    v.settle(c)
    # owed 300 + 200, pot 300 + 2000: no costs, 1800 to the surplus
    assert v.mutual.court.record(c).closing == (2_300, 0, 300, 200, 0, 0, 1_800)
    assert sound(v)


def test_r73_without_a_majority_silent_seats_are_redrawn_then_the_panel_is_open() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [4, None, None])
    assert state(v, c) | {"stage": Stage.LOT, "attempt": 1, "valid": 1} == state(v, c)
    first = v.mutual.jury.panel(8 * c).seats
    v.draw(c)
    again = v.mutual.jury.panel(8 * c)
    assert again.seats[0] == first[0]
    assert not set(again.seats[1:]) & set(first)
    v.mutual.grant(c, bytes(32), wallet(CLAIMANT), now=v.now)
    with refused("your vote stands"):
        commit(v, 8 * c, 0, 0)
    v.now += 2 * DAY
    v.conclude(c)  # nobody committed: still one vote of three
    assert state(v, c)["stage"] == Stage.VOTING
    assert state(v, c)["flags"] & ClaimFlag.OPEN_NOW
    assert state(v, c)["attempt"] == 0
    ballot_open(v, c, {15: 2, 16: 2, 17: 0})
    v.conclude(c)
    assert (state(v, c)["level"], state(v, c)["valid"]) == (2, 1)
    v.settle(c)
    assert v.mutual.pay_jurors(c, 0) == 1
    assert sound(v)


def ballot_open(v: Village, c: int, levels: dict[int, int]) -> None:
    jury = v.mutual.jury
    key = v.mutual.court.key(c, v.mutual.court.record(c))
    attempt = jury.panel(key).attempt
    for number, level in levels.items():
        opening = jury.commitment(key, attempt, wallet(number), level, bytes(32), b"x" * 32)
        v.mutual.commit(key, wallet(number), member_id(number), opening, wallet(number), now=v.now)
    v.now = jury.panel(key).commit_by
    for number, level in levels.items():
        v.mutual.reveal(key, wallet(number), level, bytes(32), b"x" * 32, now=v.now)


def test_r75_open_panels_exclude_the_claimant_and_need_their_quorum() -> None:
    v = village(open_panel=True, jurors=0)
    c = v.file(CLAIMANT)
    v.draw(c)
    with refused("excluded"):
        ballot_open(v, c, {CLAIMANT: 4})
    v.join(30, 60)
    ballot_open(v, c, {2: 4})
    v.conclude(c)  # one vote, two are needed
    assert (state(v, c)["stage"], state(v, c)["level"]) == (Stage.NOTICE, 0)
    v.mutual.challenge(c, NOBODY, Payment(), wallet(CLAIMANT), now=v.now, block_number=v.block)
    v.draw(c)
    panel = OPEN_PANEL.unpack(v.mutual.words().panel(8 * c + 5))
    assert panel["least_votes"] == 2 * 3  # 21 heads: ceil(2.1), doubled
    ballot_open(v, c, dict.fromkeys(range(2, 8), 3))
    v.conclude(c)
    assert state(v, c)["level"] == 3
    assert i_8(v.mutual) == i_9(v.mutual) == []
    v.mutual.challenge(c, NOBODY, Payment(), wallet(9), now=v.now, block_number=v.block)
    v.draw(c)
    v.now += 3 * DAY
    v.conclude(c)  # nobody votes: the level challenged stands
    assert state(v, c)["level"] == 3
    v.settle(c)
    assert sound(v)


def test_r74_incomplete_cured_and_voted_anew() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [8, 8, 4])
    assert (state(v, c)["stage"], state(v, c)["deadline"]) == (Stage.CURE, v.now + 5 * DAY)
    v.mutual.cure(c, b"n" * 32, wallet(CLAIMANT), now=v.now)
    claim = v.mutual.court.record(c).claim
    assert v.mutual.words().digest(claim.event_key()) == claim.digest(c)
    assert (claim.evidence, state(v, c)["attempt"], state(v, c)["valid"]) == (b"n" * 32, 1, 3)
    v.vote(c, [8, 8, 4])
    v.conclude(c)
    assert (state(v, c)["stage"], state(v, c)["level"], state(v, c)["valid"]) == (Stage.NOTICE, 0, 3)
    v.settle(c)
    assert sound(v)


def test_r74_not_cured_is_a_verdict_that_can_be_challenged() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [8, 8, 4])
    v.now += 5 * DAY
    with refused("cure time is over"):
        v.mutual.cure(c, b"n" * 32, wallet(CLAIMANT), now=v.now)
    v.mutual.time_out(c, now=v.now, block_number=v.block)
    assert (state(v, c)["stage"], state(v, c)["level"]) == (Stage.NOTICE, 0)


def test_r77_r79_the_claimant_challenges_free_and_wins() -> None:
    v = village(jurors=25, people=30)
    c = v.to_notice(CLAIMANT, [0, 0, 4])
    v.mutual.challenge(c, NOBODY, Payment(), wallet(CLAIMANT), now=v.now, block_number=v.block)
    assert v.mutual.court.challengers[c, 1] == (wallet(CLAIMANT), ChallengerKind.CLAIMANT_FREE, 0, 0)
    v.draw(c)
    assert v.mutual.jury.panel(8 * c + 1).size == 7
    assert not set(v.mutual.jury.panel(8 * c).seats) & set(v.mutual.jury.panel(8 * c + 1).seats)
    had = money(v, wallet(CLAIMANT))
    v.vote(c, [4] * 6 + [None])
    v.conclude(c)
    v.settle(c)
    # bond 300 back, 10000 granted, and all of the rest that was slashed: pot 2300 - owed (300 + 9 x 100)
    assert money(v, wallet(CLAIMANT)) == had + 300 + 10_000 + 1_100
    assert (v.mutual.pay_jurors(c, 0), v.mutual.pay_jurors(c, 1)) == (3, 6)
    assert sound(v)


@pytest.mark.parametrize(
    ("kind", "final", "succeeds"),
    [(1, 3, True), (1, 2, False), (2, 1, False), (3, 1, True), (4, 3, True), (4, 2, False), (0, 3, False)],
)
def test_r79_what_counts_as_success(kind: int, final: int, *, succeeds: bool) -> None:
    assert Challenger(STRANGER, kind, 2, 0).succeeds(final) is succeeds


def test_r77_a_stranger_challenges_a_grant_with_a_bond_and_loses_it() -> None:
    v = village(jurors=25, people=30)
    c = v.to_notice(CLAIMANT, [4, 4, 4])
    v.mutual.token.mint(STRANGER, 700)
    v.mutual.challenge(c, NOBODY, Payment(), STRANGER, now=v.now, block_number=v.block)
    assert v.mutual.ledger.open_calls == 0
    assert v.mutual.words().grants_of(member_id(CLAIMANT), 0) >> 32 == 0
    assert state(v, c)["amount"] == state(v, c)["part"] == 0
    v.draw(c)
    v.vote(c, [4] * 7)
    v.conclude(c)
    v.settle(c)
    assert money(v, STRANGER) == 0
    # owed 300 + 10 x 100, pot 300 + 700: costs 300
    assert v.mutual.court.record(c).closing == (1_000, 300, 300, 1_000, 0, 0, 0)
    assert sound(v)


def test_r77_a_dissenting_juror_escalates_with_the_bond_already_posted() -> None:
    v = village(jurors=25, people=30)
    c = v.to_notice(CLAIMANT, [4, 4, 0])
    agrees, dissents = seats(v, 8 * c)[0], seats(v, 8 * c)[2]
    with refused("no dissent"):
        v.mutual.challenge(c, 0, Payment(), agrees, now=v.now, block_number=v.block)
    had = money(v, dissents)
    v.mutual.challenge(c, 2, Payment(), dissents, now=v.now, block_number=v.block)
    assert money(v, dissents) == had
    assert v.mutual.court.challengers[c, 1].kind == ChallengerKind.JUROR
    v.draw(c)
    v.vote(c, [4] * 7)
    v.conclude(c)
    v.settle(c)  # wrong: the whole bond goes to the pot
    assert v.mutual.jury.volunteers[v.mutual.jury.panel(8 * c).seats[2]].halves == 0
    assert v.mutual.court.record(c).closing == (2_300, 0, 300, 1_000, 0, 0, 1_000)
    assert sound(v)


def test_r77_at_most_two_challenges_and_only_in_the_notice() -> None:
    v = village(jurors=60, people=70)
    c = v.to_notice(CLAIMANT, [0, 0, 0])

    def challenge() -> None:
        v.mutual.challenge(c, NOBODY, Payment(), wallet(CLAIMANT), now=v.now, block_number=v.block)

    deadline = v.mutual.court.record(c).deadline
    with refused("notice is over"):
        v.mutual.challenge(c, NOBODY, Payment(), wallet(CLAIMANT), now=deadline, block_number=v.block)
    challenge()
    v.draw(c)
    v.vote(c, [0] * 7)
    v.conclude(c)
    challenge()
    assert v.mutual.court.challengers[c, 2] == (wallet(CLAIMANT), ChallengerKind.CLAIMANT_BONDED, 0, 1_500)
    v.draw(c)
    assert v.mutual.words().seats(8 * c + 2, 0) > 0
    v.vote(c, [0] * 15)
    v.conclude(c)
    with refused("challenged twice"):
        challenge()
    v.settle(c)
    assert sound(v)


def test_r78_large_grants_go_to_a_second_panel() -> None:
    v = village(jurors=25, people=30, review_above=Units(5_000))
    small = v.to_notice(CLAIMANT, [2, 2, 2])
    with refused("review first"):
        v.settle(small)
    v.wait(0, 6)
    v.mutual.review(small, block_number=v.block)
    v.mutual.settle(small, now=v.now)
    large = v.to_notice(3, [4, 4, 4])
    with refused("lot not ready"):
        v.mutual.review(large, block_number=v.block)
    v.wait(0, 6)
    v.mutual.review(large, block_number=v.block)
    assert state(v, large) | {"stage": Stage.LOT, "n": 1, "level": 4} == state(v, large)
    v.draw(large)
    v.mutual.grant(large, bytes(32), wallet(3), now=v.now)
    v.ballot(8 * large + 1, [4] * 7)
    v.conclude(large)
    v.settle(large)
    with refused("not at this stage"):
        v.mutual.review(large, block_number=v.block)
    assert sound(v)


def test_r78_the_share_by_lot() -> None:
    chosen = sum(reviewed_by_lot(bytes(32), c, 2_000) for c in range(1, 1_001))
    assert 150 < chosen < 250
    drawn = int.from_bytes(keccak(encode(["string", "bytes32", "uint256"], ["review", bytes(32), 5]))) % 10_000
    assert not reviewed_by_lot(bytes(32), 5, drawn)
    assert reviewed_by_lot(bytes(32), 5, drawn + 1)


def test_r84_a_majority_commissions_the_investigator_once() -> None:
    v = village()
    c = v.file(CLAIMANT)
    key = voting(v, c)
    commit_by = v.mutual.jury.panel(key).commit_by
    v.mutual.commission(c, 0, seats(v, key)[0], now=v.now)
    with refused("commissioned already"):
        v.mutual.commission(c, 0, seats(v, key)[0], now=v.now)
    with refused("not commissioned"):
        v.mutual.report(c, bytes(32), INVESTIGATOR)
    v.mutual.commission(c, 1, seats(v, key)[1], now=v.now)
    assert v.mutual.jury.panel(key).commit_by == commit_by + 4 * DAY
    with refused("can't be commissioned"):
        v.mutual.commission(c, 2, seats(v, key)[2], now=v.now)
    with refused("not the investigator"):
        v.mutual.report(c, bytes(32), STRANGER)
    v.mutual.report(c, bytes(32), INVESTIGATOR)
    v.ballot(key, [4, 4, 4])
    v.conclude(c)
    v.settle(c)
    assert money(v, INVESTIGATOR) == 500
    assert sound(v)


def test_r85_the_pointer_passes_closed_claims() -> None:
    v = village()
    first = v.to_notice(CLAIMANT, [0, 0, 0])
    filed = v.mutual.court.record(first).claim.filed_at
    second = v.to_notice(3, [0, 0, 0])
    v.settle(second)
    assert v.mutual.settled_before(filed)
    assert not v.mutual.settled_before(filed + 1)
    v.mutual.settle(first, now=v.now)
    assert v.mutual.settled_before(v.now)
    assert v.mutual.court.lowest_open == 3


def test_i11_and_i9_see_a_wrong_account_and_a_wrong_verdict() -> None:
    v = village()
    c = v.to_notice(CLAIMANT, [4, 4, 0])
    rule, counts, conclusion = v.mutual.jury.found[8 * c]
    v.mutual.jury.found[8 * c] = (rule, counts, conclusion._replace(level=0))
    assert i_9(v.mutual) != []
    v.mutual.ledger.bonds += 1
    assert i_11(v.mutual) != []


def test_the_parts_of_a_threshold() -> None:
    v = village(threshold=Bps(6_667), strict=False)
    c = v.to_notice(CLAIMANT, [4, 4, 0])  # two thirds are 6666.7
    assert state(v, c)["level"] == 0
