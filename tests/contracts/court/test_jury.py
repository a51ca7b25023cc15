# SPDX-License-Identifier: AGPL-3.0-only
"""The bench, the lot and the votes (R-65 to R-75), with jurors who try what pays."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from support.hearing import (
    ACCESS,
    DAY,
    HOUR,
    NO_BYTES,
    NO_PAYMENT,
    NOTICE,
    OPEN,
    TOKEN,
    VOID,
    VOTING,
    Filed,
    Mutual,
    Rules,
    attempt,
    bits,
    block_hash,
    now,
    refused,
    roll,
)

HALF = 10 * TOKEN


def lot(mutual: Mutual, filed: Filed, seats: int, skip: set[int], attempts: int = 0) -> list[int]:
    """R-67 by hand: the members whom the present lot names, in order of seats; `skip` are members."""
    state = mutual.state(filed)
    drawn = [block_hash(state["lot_block"]), filed.key + state["n"], attempts]
    seed = keccak(encode(["bytes32", "uint256", "uint256"], drawn))
    seated: list[int] = []
    for i in range(16 * seats):
        index = int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, i]))) % filed.claim[13]
        person = mutual.bench[index]
        if person not in seated and person not in skip:
            seated.append(person)
        if len(seated) == seats:
            break
    return seated


def voting(mutual: Mutual, member: int = 0) -> Filed:
    filed = mutual.file(member)
    mutual.draw(filed)
    mutual.grant(filed)
    return filed


# The bench


def test_a_member_volunteers_with_a_bond(mutual: Mutual) -> None:
    before = mutual.balance(mutual.wallets[1])
    index = mutual.jury.volunteer(mutual.ids[1], NO_PAYMENT, sender=mutual.wallets[1])
    assert index == 24
    assert before - mutual.balance(mutual.wallets[1]) == 2 * HALF
    assert (mutual.jury.half(index), mutual.jury.volunteer_count()) == (HALF, 25)
    mutual.check_conservation()
    with refused("jury: already on the bench"):
        mutual.jury.volunteer(mutual.ids[1], NO_PAYMENT, sender=mutual.wallets[1])
    with refused("jury: not a settled member in force"):
        mutual.jury.volunteer(mutual.ids[1], NO_PAYMENT, sender=mutual.wallets[2])
    with refused("jury: not the actor"):
        mutual.jury.volunteer(mutual.ids[2], NO_PAYMENT, mutual.wallets[2], sender=mutual.wallets[3])


def test_who_is_leaving_cannot_volunteer(mutual: Mutual) -> None:
    mutual.fund.leave(mutual.ids[1], sender=mutual.wallets[1])
    with refused("jury: not a settled member in force"):
        mutual.jury.volunteer(mutual.ids[1], NO_PAYMENT, sender=mutual.wallets[1])


def test_one_person_holds_one_place_whatever_the_wallet(mutual: Mutual) -> None:
    # who volunteers again with a new wallet leaves the place taken with the old one, bond and all.
    person = mutual.bench[0]
    old, new = mutual.wallets[person], boa.env.generate_address("new")
    mutual.purse(new)
    before = mutual.file()
    mutual.office.replace_wallet(mutual.ids[person], new, sender=old)
    roll(seconds=60)
    assert mutual.jury.volunteer(mutual.ids[person], NO_PAYMENT, sender=new) == 24
    retired = mutual.event("Retired", mutual.jury)
    assert (retired.index, retired.out_at) == (0, now())
    assert bits(mutual.jury.volunteers(0), 56, 40) == now()
    assert bits(mutual.jury.volunteers(24), 56, 40) == 0
    assert mutual.jury.volunteer_of(mutual.ids[person]) == 25
    mutual.check_conservation([before])
    with refused("jury: not on the bench"):
        mutual.jury.dismiss(0)
    with refused("jury: already out"):
        mutual.jury.retire(sender=old)
    # The bond stays where it is for three notices, and goes to the wallet that posted it.
    out_at = now()
    roll(seconds=3 * mutual.rules.leave_notice - 1)
    with refused("jury: bond is still locked"):
        mutual.jury.withdraw_bond(0)
    roll(seconds=1)
    had = mutual.balance(old)
    mutual.jury.withdraw_bond(0)
    assert mutual.balance(old) - had == 2 * HALF
    assert now() - out_at == 3 * mutual.rules.leave_notice


def test_of_two_places_of_one_person_the_lot_knows_one(mutual: Mutual) -> None:
    # Everybody on the bench volunteers a second time with a new wallet: a lot names nobody by the old one.
    for person in mutual.bench:
        new = boa.env.generate_address(f"new {person}")
        mutual.purse(new)
        mutual.office.replace_wallet(mutual.ids[person], new, sender=mutual.wallets[person])
        mutual.jury.volunteer(mutual.ids[person], NO_PAYMENT, sender=new)
    roll(seconds=60)
    filed = mutual.file()
    assert filed.claim[13] == 48
    mutual.draw(filed)
    for seat in range(3):
        assert mutual.jury.seat_of(mutual.jury.juror(filed.key, seat)) > 24


def test_a_place_that_ended_before_is_not_ended_again(mutual: Mutual) -> None:
    person = mutual.bench[0]
    new = boa.env.generate_address("new")
    mutual.purse(new)
    mutual.jury.retire(sender=mutual.wallets[person])
    out_at = now()
    roll(seconds=DAY)
    mutual.office.replace_wallet(mutual.ids[person], new, sender=mutual.wallets[person])
    mutual.jury.volunteer(mutual.ids[person], NO_PAYMENT, sender=new)
    assert mutual.events("Retired", mutual.jury) == []
    assert bits(mutual.jury.volunteers(0), 56, 40) == out_at


@pytest.mark.parametrize("rules", [Rules(newcomer=30 * DAY)])
def test_newcomers_do_not_judge(mutual: Mutual) -> None:
    wallet = boa.env.generate_address("newcomer")
    mutual._enrol([keccak(b"newcomer")], [wallet], 0)
    mutual.fund.accept(keccak(b"newcomer"), mutual.hash, sender=wallet)
    mutual.purse(wallet)
    ready = -(-now() // HOUR) * HOUR + 30 * DAY
    roll(seconds=ready - 1 - now())
    with refused("jury: not a settled member in force"):
        mutual.jury.volunteer(keccak(b"newcomer"), NO_PAYMENT, sender=wallet)
    roll(seconds=1)
    mutual.jury.volunteer(keccak(b"newcomer"), NO_PAYMENT, sender=wallet)


def test_a_bond_is_locked_for_three_notices(mutual: Mutual) -> None:
    wallet = mutual.wallets[mutual.bench[0]]
    with refused("jury: bond is still locked"):
        mutual.jury.withdraw_bond(0)
    with refused("jury: not on the bench"):
        mutual.jury.retire(sender=mutual.keeper)
    mutual.jury.retire(sender=wallet)
    with refused("jury: already out"):
        mutual.jury.retire(sender=wallet)
    with refused("jury: already on the bench"):
        mutual.jury.volunteer(mutual.ids[mutual.bench[0]], NO_PAYMENT, sender=wallet)
    roll(seconds=3 * mutual.rules.leave_notice - 1)
    with refused("jury: bond is still locked"):
        mutual.jury.withdraw_bond(0)
    roll(seconds=1)
    before = mutual.balance(wallet)
    mutual.jury.withdraw_bond(0, sender=mutual.keeper)
    assert mutual.balance(wallet) - before == 2 * HALF
    with refused("jury: no bond left"):
        mutual.jury.withdraw_bond(0)
    mutual.check_conservation()
    assert mutual.jury.volunteer(mutual.ids[mutual.bench[0]], NO_PAYMENT, sender=wallet) == 24


def test_who_is_no_member_any_more_is_dismissed(mutual: Mutual) -> None:
    with refused("jury: membership is in force"):
        mutual.jury.dismiss(0)
    person = mutual.bench[0]
    mutual.office.replace_wallet(mutual.ids[person], boa.env.generate_address("new"), sender=mutual.wallets[person])
    mutual.jury.dismiss(0, sender=mutual.keeper)
    assert bits(mutual.jury.volunteers(0), 56, 40) == now()
    with refused("jury: not on the bench"):
        mutual.jury.dismiss(0)
    with refused("jury: not on the bench"):
        mutual.jury.dismiss(24)


def test_only_the_court_empanels(mutual: Mutual) -> None:
    forged: list[tuple[str, tuple[Any, ...]]] = [
        ("draw", (8, 0, NO_BYTES, 3, 24, 0, [mutual.keeper] * 5)),
        ("start", (8, 0, 1, 2)),
        ("open_panel", (12, 0, 1, 2, 1, 0, 0, [mutual.keeper] * 5)),
        ("conclude", (8, 5000, True, True)),
        ("commission", (8, 0, mutual.keeper, 1)),
        ("slash", (0, 8)),
        ("pay", (8, 1)),
    ]
    for function, arguments in forged:
        with refused("jury: not the court"):
            getattr(mutual.jury, function)(*arguments)
    with refused("jury: already wired"):
        mutual.jury.wire(mutual.keeper, sender=mutual.founder)
    with refused("jury: not the founder"):
        mutual.jury.wire(mutual.keeper, sender=mutual.keeper)


# The lot


def test_the_lot_can_be_recomputed(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    assert mutual.jurors(filed.key) == lot(mutual, filed, 3, set())


def test_the_lot_is_the_same_whenever_it_is_drawn(mutual: Mutual) -> None:
    # neither waiting nor what jurors do after the filing changes it.
    filed = mutual.file()
    wanted = lot(mutual, filed, 3, set())
    for wait in (3, 100, 256):
        with boa.env.anchor():
            roll(blocks=wait - 1, seconds=60)
            mutual.jury.retire(sender=mutual.wallets[wanted[0]])
            mutual.jury.volunteer(mutual.ids[1], NO_PAYMENT, sender=mutual.wallets[1])
            roll(blocks=1)
            mutual.court.draw(filed.number, filed.claim)
            assert mutual.jurors(filed.key) == wanted


def test_who_retired_before_the_filing_is_not_drawn(mutual: Mutual) -> None:
    out = mutual.bench[4:12]
    for person in out:
        mutual.jury.retire(sender=mutual.wallets[person])
    filed = mutual.file()
    mutual.draw(filed)
    assert mutual.jurors(filed.key) == lot(mutual, filed, 3, set(out))


@pytest.mark.parametrize("rules", [Rules(volunteers=9, members=12)])
def test_the_claimant_and_contacts_never_sit(mutual: Mutual) -> None:
    # I-8: among nine, two contacts and the claimant leave six for a panel of three and its successor of seven.
    claimant, first, second = mutual.bench[:3]
    mutual.office.set_contacts(
        mutual.ids[claimant],
        mutual.wallets[first],
        mutual.wallets[second],
        mutual.wallets[0],
        sender=mutual.wallets[claimant],
    )
    for _ in range(4):
        with boa.env.anchor():
            filed = mutual.file(claimant)
            mutual.draw(filed)
            assert mutual.jurors(filed.key) == lot(mutual, filed, 3, {claimant, first, second})
        roll(blocks=1)


@pytest.mark.parametrize("rules", [Rules(volunteers=8, members=12)])
def test_a_bench_too_small_opens_the_panel(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    assert not mutual.event("Drawn").filled
    assert mutual.state(filed)["stage"] == VOTING
    assert mutual.key(filed) == filed.key + 4
    # R-64: the bond was posted for a drawn panel; nobody is paid, so it is the members' or the claimant's.
    mutual.open_vote(filed.key + 4, {1: 7, 2: 7, 3: 7})
    mutual.conclude(filed)
    mutual.settle(filed)
    assert mutual.event("Closed").owed == 6 * TOKEN
    mutual.check_conservation([filed])


def test_a_bench_of_retired_people_opens_the_panel(mutual: Mutual) -> None:
    for person in mutual.bench[2:]:
        mutual.jury.retire(sender=mutual.wallets[person])
    filed = mutual.file()
    mutual.draw(filed)
    assert mutual.state(filed)["flags"] & OPEN
    assert mutual.jury.panel(filed.key) == 0


# Seat keys


def test_a_juror_announces_the_key_of_the_own_seat(mutual: Mutual) -> None:
    filed = mutual.file()
    key, public_key = filed.key, keccak(text="x25519")
    with refused("jury: not a drawn panel"):
        mutual.jury.announce(key, 0, 1, public_key, sender=mutual.wallets[0])
    mutual.draw(filed)
    jurors = [mutual.wallets[i] for i in mutual.jurors(key)]
    before = (mutual.jury.panel(key), mutual.jury.votes(key))
    for seat, kind in ((0, 1), (2, 2), (0, 1)):
        mutual.jury.announce(key, seat, kind, public_key, sender=jurors[seat])
        said = mutual.event("SeatKeyAnnounced", mutual.jury)
        assert (said.key, said.seat, said.juror, said.attempt) == (key, seat, jurors[seat], 0)
        assert (said.kind, said.public_key) == (kind, public_key)
    for wallet in (jurors[1], mutual.wallets[0]):
        with refused("jury: not your seat"):
            mutual.jury.announce(key, 0, 1, public_key, sender=wallet)
    for wallet in (mutual.keeper, mutual.court.address):
        with refused("jury: not the actor"):
            mutual.jury.announce(key, 0, 1, public_key, jurors[0], sender=wallet)
    for seat in (3, 2**256 - 1):
        with refused("jury: no such seat"):
            mutual.jury.announce(key, seat, 1, public_key, sender=jurors[0])
    for kind in (0, 3):
        with refused("jury: no such kind of key"):
            mutual.jury.announce(key, 0, kind, public_key, sender=jurors[0])
    with refused("jury: key missing"):
        mutual.jury.announce(key, 0, 1, NO_BYTES, sender=jurors[0])
    assert before == (mutual.jury.panel(key), mutual.jury.votes(key))


@pytest.mark.parametrize("rules", [Rules(size=7, juror_bond=30 * TOKEN)])
def test_a_seat_is_announced_by_who_sits_there_after_a_redraw(mutual: Mutual) -> None:
    filed = voting(mutual)
    key, public_key = filed.key, keccak(text="x25519")
    before = mutual.jurors(key)
    mutual.jury.announce(key, 6, 1, public_key, sender=mutual.wallets[before[6]])
    mutual.vote(key, [None, 7, None, None, None, 7, None])
    mutual.conclude(filed)
    mutual.draw(filed)
    after = mutual.jurors(key)
    with refused("jury: not your seat"):
        mutual.jury.announce(key, 6, 1, public_key, sender=mutual.wallets[before[6]])
    mutual.jury.announce(key, 6, 1, public_key, sender=mutual.wallets[after[6]])
    said = mutual.event("SeatKeyAnnounced", mutual.jury)
    assert (said.juror, said.attempt) == (mutual.wallets[after[6]], 1)


@pytest.mark.parametrize("rules", [Rules(flags=2)])
def test_nobody_announces_a_key_to_an_open_panel(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    assert mutual.state(filed)["stage"] == VOTING
    for key in (filed.key, filed.key + OPEN):
        with refused("jury: not a drawn panel"):
            mutual.jury.announce(key, int(mutual.wallets[1], 16), 1, keccak(text="x25519"), sender=mutual.wallets[1])


# Hidden votes


def test_a_vote_is_cast_by_the_wallet_of_the_seat_in_time(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    key = filed.key
    with refused("jury: not in the time to commit"):
        mutual.commit(key, 0, 7)
    mutual.grant(filed)
    jurors = [mutual.wallets[i] for i in mutual.jurors(key)]
    vote = mutual.commitment(key, 0, mutual.ballot(0, 7))
    with refused("jury: not your seat"):
        mutual.jury.commit(key, 0, NO_BYTES, vote, sender=jurors[1])
    with refused("jury: not the actor"):
        mutual.jury.commit(key, 0, NO_BYTES, vote, jurors[0], sender=jurors[1])
    with refused("jury: no such seat"):
        mutual.jury.commit(key, 3, NO_BYTES, vote, sender=jurors[0])
    for wrong in (NO_BYTES, VOID):
        with refused("jury: not a commitment"):
            mutual.jury.commit(key, 0, NO_BYTES, wrong, sender=jurors[0])
    mutual.commit(key, 0, 3)
    mutual.commit(key, 0, 7)
    with refused("jury: not in the time to reveal"):
        mutual.reveal(key, 0, 7)
    commit_by, reveal_by = (bits(mutual.jury.panel(key), offset, 40) for offset in (184, 144))
    roll(seconds=commit_by - 1 - now())
    assert attempt(lambda: mutual.commit(key, 1, 7))
    assert not attempt(lambda: mutual.reveal(key, 0, 7))
    roll(seconds=1)
    with refused("jury: not in the time to commit"):
        mutual.commit(key, 1, 7)
    with refused("jury: not that vote"):
        mutual.reveal(key, 0, 3)
    roll(seconds=reveal_by - 1 - now())
    assert attempt(lambda: mutual.reveal(key, 0, 7))
    with refused("jury: nothing to reveal"):
        mutual.reveal(key, 1, 7)
    roll(seconds=1)
    with refused("jury: not in the time to reveal"):
        mutual.reveal(key, 0, 7)


def test_a_vote_counts_once(mutual: Mutual) -> None:
    filed = voting(mutual)
    mutual.vote(filed.key, [7, None, None])
    with refused("jury: nothing to reveal"):
        mutual.reveal(filed.key, 0, 7)
    assert mutual.jury.vote_of(filed.key, 0) == 8
    assert mutual.jury.vote_of(filed.key, 1) == mutual.jury.vote_of(filed.key, 3) == 0


def test_reveals_open_when_all_have_committed(mutual: Mutual) -> None:
    # from then on no vote can be changed, so that nobody waits for another's vote before casting the last.
    filed = voting(mutual)
    key = filed.key
    for seat in range(3):
        assert bits(mutual.jury.panel(key), 232, 8) == 0
        mutual.commit(key, seat, 7)
    assert bits(mutual.jury.panel(key), 232, 8) == 1
    assert bits(mutual.jury.panel(key), 144, 40) == now() + mutual.rules.reveal
    with refused("jury: all have committed"):
        mutual.commit(key, 0, 0)
    mutual.reveal(key, 0, 7)
    roll(seconds=mutual.rules.reveal)
    with refused("jury: not in the time to reveal"):
        mutual.reveal(key, 1, 7)


def test_a_commitment_copied_to_another_seat_cannot_be_revealed(mutual: Mutual) -> None:
    filed = voting(mutual)
    key = filed.key
    stolen = mutual.commitment(key, 0, mutual.ballot(0, 7))
    mutual.commit(key, 0, 7)
    mutual.jury.commit(key, 1, NO_BYTES, stolen, sender=mutual.jury.juror(key, 1))
    mutual.commit(key, 2, 7)
    with refused("jury: not that vote"):
        mutual.jury.reveal(key, 1, *mutual.ballot(0, 7))


def test_a_level_above_eight_cannot_be_revealed(mutual: Mutual) -> None:
    filed = voting(mutual)
    for seat in range(3):
        mutual.commit(filed.key, seat, 9)
    with refused("jury: no such level"):
        mutual.reveal(filed.key, 0, 9)


def signed(mutual: Mutual, key: int, seat: int, commitment: bytes, attempts: int = 0) -> bytes:
    juror = mutual.keys[mutual.jurors(key)[seat]]
    typed = encode_typed_data(
        {
            "name": "Tongxin Jury",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": mutual.jury.address,
        },
        {
            "Commit": [
                {"name": "panel", "type": "uint256"},
                {"name": "attempt", "type": "uint256"},
                {"name": "seat", "type": "uint256"},
                {"name": "commitment", "type": "bytes32"},
            ]
        },
        {"panel": key, "attempt": attempts, "seat": seat, "commitment": commitment},
    )
    return bytes(juror.sign_message(typed).signature)


def test_signed_votes_are_brought_together(mutual: Mutual) -> None:
    filed = voting(mutual)
    key = filed.key
    seats = [0, 1, 2]
    votes = [mutual.commitment(key, seat, mutual.ballot(seat, 7)) for seat in seats]
    signatures = [signed(mutual, key, seat, vote) for seat, vote in zip(seats, votes, strict=True)]
    for wrong in (signatures[::-1], [signed(mutual, key, seat, votes[seat], 1) for seat in seats]):
        with refused("jury: not the juror's signature"):
            mutual.jury.commit_for(key, seats, votes, wrong)
    with refused("jury: lists differ in length"):
        mutual.jury.commit_for(key, seats, votes[:2], signatures)
    # A juror's own commitment stands: an old signature never takes its place.
    mutual.commit(key, 1, 3)
    mutual.jury.commit_for(key, seats, votes, signatures, sender=mutual.keeper)
    assert mutual.jury.commitments(4 * key, 1) == mutual.commitment(key, 1, mutual.ballot(1, 3))
    levels = [7, 3, 7]
    ballots = [mutual.ballot(seat, level) for seat, level in zip(seats, levels, strict=True)]
    mutual.reveal(key, 0, 7)
    # A seat revealed meanwhile is skipped.
    mutual.jury.reveal_many(key, seats, levels, [b[1] for b in ballots], [b[2] for b in ballots], sender=mutual.keeper)
    assert [mutual.jury.vote_of(key, seat) for seat in seats] == [8, 4, 8]
    mutual.conclude(filed)
    assert mutual.state(filed)["stage"] == NOTICE


def test_a_salt_shown_too_early_costs_half_the_bond(mutual: Mutual) -> None:
    filed = voting(mutual)
    key = filed.key
    juror = mutual.jury.juror(key, 0)
    index = mutual.jury.seat_of(juror) - 1
    mutual.commit(key, 0, 7)
    with refused("jury: nobody exposes themselves"):
        mutual.jury.expose(key, 0, *mutual.ballot(0, 7), sender=juror)
    with refused("jury: not that vote"):
        mutual.jury.expose(key, 0, *mutual.ballot(0, 6))
    mutual.jury.expose(key, 0, *mutual.ballot(0, 7), sender=mutual.keeper)
    assert bits(mutual.jury.volunteers(index), 48, 8) == 1
    mutual.check_conservation([filed])
    with refused("jury: vote was exposed"):
        mutual.commit(key, 0, 3)
    with refused("jury: not that vote"):
        mutual.jury.expose(key, 0, *mutual.ballot(0, 7), sender=mutual.keeper)
    mutual.commit(key, 1, 7)
    mutual.commit(key, 2, 7)
    with refused("jury: reveals are open"):
        mutual.jury.expose(key, 1, *mutual.ballot(1, 7), sender=mutual.keeper)
    with refused("jury: not that vote"):
        mutual.reveal(key, 0, 7)
    mutual.reveal(key, 1, 7)
    mutual.reveal(key, 2, 7)
    # Nobody is waited for: two of three are a majority.
    mutual.conclude(filed)
    assert mutual.event("Concluded").slashed == HALF
    assert mutual.state(filed)["level"] == 7
    mutual.settle(filed)
    closed = mutual.event("Closed")
    assert (closed.owed, closed.costs, closed.to_surplus) == (10 * TOKEN, 0, 6 * TOKEN)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


# The end of a panel


def test_a_panel_ends_when_nothing_can_change_its_result(mutual: Mutual) -> None:
    # two of three want seven; the third can only agree or be outvoted. It loses nothing, and cannot vote late.
    filed = voting(mutual)
    key = filed.key
    for seat in range(3):
        mutual.commit(key, seat, 7)
    mutual.reveal(key, 0, 7)
    with refused("jury: votes are still coming"):
        mutual.conclude(filed)
    mutual.reveal(key, 1, 7)
    mutual.conclude(filed)
    state = mutual.state(filed)
    assert (state["level"], state["valid"]) == (7, 2)
    index = mutual.jury.seat_of(mutual.jury.juror(key, 2)) - 1
    assert bits(mutual.jury.volunteers(index), 48, 8) == 2
    with refused("jury: not in the time to reveal"):
        mutual.reveal(key, 2, 7)
    mutual.settle(filed)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


def test_who_did_not_commit_loses_the_bond_however_early_the_end(mutual: Mutual) -> None:
    filed = voting(mutual)
    with refused("jury: votes can still be cast"):
        mutual.conclude(filed)
    mutual.vote(filed.key, [7, 7, None])
    mutual.conclude(filed)
    assert mutual.event("Concluded").slashed == 2 * HALF


def test_who_does_not_reveal_loses_the_bond_at_the_end(mutual: Mutual) -> None:
    filed = voting(mutual)
    for seat in range(3):
        mutual.commit(filed.key, seat, (7, 3, 0)[seat])
    mutual.reveal(filed.key, 0, 7)
    mutual.reveal(filed.key, 1, 3)
    with refused("jury: votes are still coming"):
        mutual.conclude(filed)
    roll(seconds=mutual.rules.reveal)
    mutual.conclude(filed)
    assert mutual.event("Concluded").slashed == 2 * HALF
    assert mutual.state(filed)["level"] == 3


@pytest.mark.parametrize("rules", [Rules(size=7, juror_bond=30 * TOKEN)])
def test_a_wide_panel_keeps_every_seat_and_vote(mutual: Mutual) -> None:
    # Seats 5 and 6 lie outside the panel word.
    filed = mutual.file()
    mutual.draw(filed)
    jurors = mutual.jurors(filed.key)
    assert jurors == lot(mutual, filed, 7, set())
    mutual.grant(filed)
    mutual.vote(filed.key, [1, 2, 3, None, None, None, 7])
    assert [mutual.jury.vote_of(filed.key, seat) for seat in range(7)] == [2, 3, 4, 0, 0, 0, 8]
    mutual.conclude(filed)
    # Four of seven: at least level 2 is wanted by three of four.
    assert mutual.state(filed)["level"] == 2
    mutual.settle(filed)
    mutual.pay_jurors(filed)
    for seat, juror in enumerate(jurors):
        assert mutual.fund.dues(mutual.wallets[juror]) == (0 if seat in {3, 4, 5} else 2 * TOKEN)
    mutual.check_conservation([filed])


@pytest.mark.parametrize("rules", [Rules(size=7, juror_bond=30 * TOKEN)])
def test_a_wide_panel_is_redrawn_around_the_votes_that_stand(mutual: Mutual) -> None:
    filed = mutual.file()
    mutual.draw(filed)
    mutual.grant(filed)
    before = mutual.jurors(filed.key)
    mutual.vote(filed.key, [None, 7, None, None, None, 7, None])
    mutual.conclude(filed)
    mutual.draw(filed)
    after = mutual.jurors(filed.key)
    assert (after[1], after[5]) == (before[1], before[5])
    fresh = [person for seat, person in enumerate(after) if seat not in {1, 5}]
    assert fresh == lot(mutual, filed, 5, set(before), attempts=1)
    mutual.grant(filed)
    for seat in (0, 2, 3, 4, 6):
        mutual.commit(filed.key, seat, 0)
    for seat in (0, 2, 3, 4, 6):
        mutual.reveal(filed.key, seat, 0)
    mutual.conclude(filed)
    state = mutual.state(filed)
    assert (state["level"], state["valid"]) == (0, 7)
    mutual.settle(filed)
    mutual.pay_jurors(filed)
    mutual.check_conservation([filed])


# Open panels


@pytest.mark.parametrize("rules", [Rules(flags=2)])
def test_an_open_panel_has_one_vote_for_each_eligible_wallet(mutual: Mutual) -> None:
    mutual.office.set_contacts(
        mutual.ids[0], mutual.wallets[1], mutual.wallets[1], mutual.wallets[1], sender=mutual.wallets[0]
    )
    late = boa.env.generate_address("late")
    mutual.fund.leave(mutual.ids[2], sender=mutual.wallets[2])
    filed = mutual.file()
    roll(seconds=1)
    mutual._enrol([keccak(b"late")], [late], 0)
    mutual.fund.accept(keccak(b"late"), mutual.hash, sender=late)
    roll(seconds=HOUR)
    mutual.draw(filed)
    key = filed.key + 4
    for outsider in (0, 1, 2):
        with refused("jury: not a voter of this panel"):
            mutual.open_commit(key, outsider, 7)
    vote = keccak(b"vote")
    with refused("jury: not a voter of this panel"):
        mutual.jury.commit(key, int(late, 16), keccak(b"late"), vote, sender=late)
    with refused("jury: not a voter of this panel"):
        mutual.jury.commit(key, int(mutual.wallets[4], 16), mutual.ids[3], vote, sender=mutual.wallets[3])
    with refused("jury: not a voter of this panel"):
        mutual.jury.commit(key, int(mutual.wallets[3], 16), mutual.ids[4], vote, sender=mutual.wallets[3])
    mutual.open_commit(key, 3, 0)
    mutual.open_commit(key, 3, 7)
    assert bits(mutual.jury.panel(key), 0, 28) == 1
    for voter in (4, 5, 6, 7, 8):
        mutual.open_commit(key, voter, 7)
    # A vote that was given away is void here too; there is no bond to lose.
    seat = int(mutual.wallets[8], 16)
    with refused("jury: nobody exposes themselves"):
        mutual.jury.expose(key, seat, *mutual.ballot(seat, 7), sender=mutual.wallets[8])
    mutual.jury.expose(key, seat, *mutual.ballot(seat, 7), sender=mutual.keeper)
    assert bits(mutual.jury.panel(key), 0, 28) == 5
    with refused("jury: vote was exposed"):
        mutual.open_commit(key, 8, 7)
    with refused("jury: not in the time to commit"):
        mutual.jury.commit_for(key, [seat], [vote], [b"\0" * 65])
    roll(seconds=mutual.rules.commit)
    for voter in (3, 4, 5, 6):
        mutual.open_reveal(key, voter, 7)
    # One outstanding vote cannot change four for seven.
    mutual.conclude(filed)
    assert mutual.state(filed)["level"] == 7
    with refused("jury: not in the time to reveal"):
        mutual.open_reveal(key, 7, 7)


@pytest.mark.parametrize("rules", [Rules(flags=2)])
class TestOneVotePerMember:
    """R-75: a member votes once, with whichever wallet."""

    def opened(self, mutual: Mutual) -> int:
        filed = mutual.file()
        mutual.draw(filed)
        return filed.key + 4

    def commit(self, mutual: Mutual, key: int, member: int, wallet: str, level: int = 7) -> None:
        seat = int(wallet, 16)
        commitment = mutual.commitment(key, seat, mutual.ballot(seat, level))
        mutual.jury.commit(key, seat, mutual.ids[member], commitment, sender=wallet)

    def test_a_member_with_a_new_wallet_votes_no_second_time(self, mutual: Mutual) -> None:
        key = self.opened(mutual)
        old, new = mutual.wallets[3], boa.env.generate_address("new")
        self.commit(mutual, key, 3, old)
        committed = mutual.event("Committed", mutual.jury)
        assert (committed.juror, committed.member_id) == (old, mutual.ids[3])
        assert mutual.jury.voted(4 * key, mutual.ids[3]) == old
        # Replacing one's own commitment stays possible.
        self.commit(mutual, key, 3, old, 0)
        mutual.office.replace_wallet(mutual.ids[3], new, sender=old)
        with refused("jury: this member has voted"):
            self.commit(mutual, key, 3, new)
        assert bits(mutual.jury.panel(key), 0, 28) == 1
        # Who had not voted does so with the new wallet.
        another = boa.env.generate_address("another")
        mutual.office.replace_wallet(mutual.ids[4], another, sender=mutual.wallets[4])
        self.commit(mutual, key, 4, another)
        assert bits(mutual.jury.panel(key), 0, 28) == 2

    def test_an_exposed_vote_is_not_cast_again_with_another_wallet(self, mutual: Mutual) -> None:
        key = self.opened(mutual)
        old, new = mutual.wallets[3], boa.env.generate_address("new")
        self.commit(mutual, key, 3, old)
        mutual.jury.expose(key, int(old, 16), *mutual.ballot(int(old, 16), 7), sender=mutual.keeper)
        mutual.office.replace_wallet(mutual.ids[3], new, sender=old)
        with refused("jury: this member has voted"):
            self.commit(mutual, key, 3, new)

    def test_a_wallet_of_two_members_votes_for_one_of_them(self, mutual: Mutual) -> None:
        # the other member is free to vote with a wallet of its own.
        key = self.opened(mutual)
        family, own = mutual.wallets[3], boa.env.generate_address("own")
        mutual.office.replace_wallet(mutual.ids[4], family, sender=mutual.wallets[4])
        self.commit(mutual, key, 3, family)
        self.commit(mutual, key, 4, family, 0)
        assert bits(mutual.jury.panel(key), 0, 28) == 1
        assert mutual.jury.voted(4 * key, mutual.ids[4]) == "0x" + 40 * "0"
        mutual.office.replace_wallet(mutual.ids[4], own, sender=family)
        self.commit(mutual, key, 4, own)
        # The family's wallet cannot take over a vote that is cast.
        mutual.office.replace_wallet(mutual.ids[4], family, sender=own)
        with refused("jury: this member has voted"):
            self.commit(mutual, key, 4, family, 1)
        assert bits(mutual.jury.panel(key), 0, 28) == 2

    def test_a_cure_lets_every_member_vote_anew(self, mutual: Mutual) -> None:
        filed = mutual.file()
        mutual.draw(filed)
        key = filed.key + 4
        voters = (3, 4, 5, 6)
        mutual.open_vote(key, dict.fromkeys(voters, 8))
        mutual.conclude(filed)
        new = boa.env.generate_address("new")
        mutual.office.replace_wallet(mutual.ids[3], new, sender=mutual.wallets[3])
        mutual.cure(filed)
        self.commit(mutual, key, 3, new)
        assert mutual.jury.voted(4 * key + 1, mutual.ids[3]) == new


def test_nobody_sits_twice_in_a_claim(mutual: Mutual) -> None:
    filed = voting(mutual)
    mutual.vote(filed.key, [7, 7, None])
    mutual.conclude(filed)
    mutual.court.challenge(filed.number, filed.claim, 99, NO_PAYMENT, sender=mutual.wallets[1])
    mutual.draw(filed)
    assert mutual.state(filed)["stage"] == ACCESS
    first = set(mutual.jurors(filed.key))
    assert mutual.jurors(filed.key + 1) == lot(mutual, filed, 7, first)
