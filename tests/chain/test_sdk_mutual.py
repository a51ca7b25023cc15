# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual through the SDK alone: founding, joining in three ways, enrolment, a claim from filing to payment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_utils.crypto import keccak

from support.sdk import COIN, DAY, World, founded, person
from tongxin.chain import dev_rpc
from tongxin.chain.contract import NotDeployedError
from tongxin.chain.events import (
    Accepted,
    BatchEnrolled,
    Closed,
    Donated,
    Drafted,
    Enrolled,
    Filed,
    Founded,
    JurorsPaid,
    Left,
    Refunded,
    Settled,
    ToppedUp,
    Transfer,
)
from tongxin.chain.founding import deploy_factory, found
from tongxin.chain.fund import Fund
from tongxin.chain.jury import panel_key
from tongxin.chain.logs import fetch_events
from tongxin.chain.mutual import ClaimNotFoundError, Mutual
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.office import Signed
from tongxin.chain.payments import Purpose, by_allowance, by_authorization, by_permit
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.chain.reverts import (
    LotNotReady,
    MemberIdTaken,
    NotTheActorsSignature,
    NotTheWallet,
    PriceChanged,
    TokenRefused,
    WrongCharter,
)
from tongxin.chain.structs import Filing
from tongxin.chain.transactions import simulate
from tongxin.chain.typed_data import commit, roster
from tongxin.charter import decode, numbers_of
from tongxin.words import MemberStatus, Stage

EVIDENCE = keccak(b"sealed evidence")
SEAL_KEY = keccak(b"seal key")
SUMMARY = keccak(b"masked summary")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with EmbeddedNode() as node, founded(node, tmp_path_factory.mktemp("sdk") / "sent.sqlite") as made:
        yield made


def test_founding_twice_under_one_label_returns_the_same_mutual(world: World) -> None:
    factory = deploy_factory(world.founder)
    before = factory.count()
    charter = world.encoded({})
    listing = found(world.founder, factory, charter)
    assert (listing.fund, listing.done) == (world.mutual.fund.address, True)
    assert factory.count() == before
    other = found(world.founder, factory, charter, label="second")
    assert other.fund != listing.fund
    assert factory.count() == before + 1
    assert decode(world.mutual.words) == numbers_of(world.rules)
    assert world.mutual.charter.published(1)


def test_a_mutual_is_found_by_its_fund_only(world: World) -> None:
    with pytest.raises(NotDeployedError, match="no Fund"):
        Mutual.at(world.endpoints, world.coin.address)
    with pytest.raises(NotDeployedError):
        Fund(world.endpoints, person("nobody").address).books()
    for part in (world.mutual.fund.annex(), world.mutual.fund.stages(), world.mutual.assembly.address):
        code = world.endpoints.request("eth_getCode", part, "latest")
        dev_rpc.set_code(world.node.url, part, bytes.fromhex("60006000fd"))
        with pytest.raises(NotDeployedError, match=part):
            Mutual.at(world.endpoints, world.mutual.fund.address)
        dev_rpc.set_code(world.node.url, part, bytes.fromhex(code[2:]))
    assert Mutual.at(world.endpoints, world.mutual.fund.address).addresses() == world.mutual.addresses()


def test_join_by_allowance(world: World) -> None:
    sender = world.sender("ana")
    item, signatures = world.attested("ana", sender.address)
    tick = world.mutual.runway_tick(500)
    price = world.mutual.join_price(0, tick)
    joined = world.mutual.join(sender, item, signatures, tick, purpose="ana joins")
    assert (joined.member_id, joined.wallet, joined.payer) == (item.member_id, sender.address, sender.address)
    assert (joined.price, joined.entry_fee) == (price.deposit, price.entry_fee)
    assert (joined.accepted, joined.attested) == (True, True)
    member = world.mutual.fund.member(item.member_id)
    assert (member.wallet, member.tick, member.shares) == (sender.address, tick, 1000)
    assert world.mutual.fund.balance_of(item.member_id) == price.deposit
    with pytest.raises(MemberIdTaken, match="top up or rejoin"):
        world.mutual.join(sender, item, signatures, tick)


def test_join_by_permit(world: World) -> None:
    sender = world.sender("ben")
    item, signatures = world.attested("ben", sender.address)
    tick = world.mutual.runway_tick(300)
    total = world.mutual.join_price(0, tick).total
    payment = by_permit(sender.signer, world.coin, world.mutual.fund.address, total, world.now + DAY)
    joined = world.mutual.join(sender, item, signatures, tick, payment=payment)
    assert joined.payer == sender.address
    assert world.coin.allowance(sender.address, world.mutual.fund.address) == 0


def test_join_by_a_signed_payment_that_somebody_else_relays(world: World) -> None:
    payer, relayer = world.sender("cem"), world.sender("relayer", 0)
    item, signatures = world.attested("cem", payer.address)
    tick = world.mutual.runway_tick(300)
    total = world.mutual.join_price(0, tick).total
    purpose = Purpose.join(world.endpoints.chain_id, world.mutual.fund.address, item, tick, world.mutual.charter_hash)
    limit = world.now + DAY
    payment = by_authorization(payer.signer, world.coin, world.mutual.fund.address, total, purpose, valid_before=limit)
    with pytest.raises(PriceChanged):
        world.mutual.join(relayer, item, signatures, tick + 1, payment=payment)
    joined = world.mutual.join(relayer, item, signatures, tick, payment=payment)
    assert (joined.payer, joined.accepted) == (payer.address, True)
    assert world.coin.balance_of(payer.address) == 100_000 * COIN - total


def test_a_signed_act_is_relayed(world: World) -> None:
    member_id, owner = world.member("dora")
    relayer = world.sender("relayer", 0)
    office = world.mutual.office
    nonce, deadline = office.nonces(member_id), world.now + DAY
    typed = office.acts().set_order(member_id, 5 * COIN, 50, nonce=nonce, deadline=deadline)
    forged = Signed(deadline, world.attestor.sign_typed(typed))
    with pytest.raises(NotTheActorsSignature):
        relayer.send(office.set_order_for(member_id, 5 * COIN, 50, forged))
    relayer.send(office.set_order_for(member_id, 5 * COIN, 50, Signed(deadline, owner.signer.sign_typed(typed))))
    order = world.mutual.fund.orders(member_id)
    assert (order.most_per_period, order.target) == (5 * COIN, 50)
    assert office.nonces(member_id) == nonce + 1


def test_enrolment_is_done_once(world: World) -> None:
    sponsor = world.sender("sponsor")
    wallets = [person(f"worker {number}") for number in range(5)]
    ids = [keccak(f"worker {number}".encode()) for number in range(5)]
    tick = world.mutual.runway_tick(200)
    issued, expiry = world.now - 60, world.now + DAY
    addresses = [wallet.address for wallet in wallets]
    typed = roster(world.mutual.attestation_domain, ids, addresses, 1, issued=issued, expiry=expiry)
    signatures = [world.attestor.sign_typed(typed)]
    before = world.coin.balance_of(sponsor.address)

    def enrol(purpose: str) -> list[Enrolled]:
        return world.mutual.enrol(
            sponsor, ids, addresses, 1, tick, issued=issued, expiry=expiry, signatures=signatures, purpose=purpose
        )

    enrolled = enrol("batch 1")
    assert [item.member_id for item in enrolled] == ids
    paid = before - world.coin.balance_of(sponsor.address)
    assert paid == 5 * world.mutual.join_price(1, tick).total
    assert enrol("batch 1") == enrolled
    assert enrol("batch 1 again") == []
    assert before - world.coin.balance_of(sponsor.address) == paid
    member = world.mutual.fund.member(ids[0])
    assert (member.shares, member.class_id, member.wallet) == (2000, 1, addresses[0])
    assert not member.status & MemberStatus.ACCEPTED
    assert enrolled[0].record == (tick << 68 | 2000 << 44 | member.joined << 24 | 1 << 8 | member.status)
    worker = world.sender("worker 0")
    with pytest.raises(WrongCharter, match="accept that one"):
        worker.send(world.mutual.fund.accept(ids[0], bytes(32)))
    receipt = world.mutual.accept_if_needed(worker, ids[0])
    assert receipt is not None
    assert receipt.one(Accepted).member_id == ids[0]
    assert world.mutual.accept_if_needed(worker, ids[0]) is None


def test_top_up_donate_leave_and_refund(world: World) -> None:
    member_id, sender = world.member("edi", ticks=200)
    fund = world.mutual.fund
    tick = fund.member(member_id).tick + 10
    price = world.mutual.top_up_price(member_id, tick)
    world.mutual.allow(sender, price.total)
    topped = sender.send(fund.top_up(member_id, tick, by_allowance())).one(ToppedUp)
    assert (topped.price, topped.arrears) == (price.deposit, price.arrears)
    with pytest.raises(TokenRefused, match="allowance"):
        sender.send(fund.donate(7 * COIN, by_allowance()))
    world.mutual.allow(sender, 7 * COIN)
    surplus = fund.purse().surplus
    assert sender.send(fund.donate(7 * COIN, by_allowance())).one(Donated).amount == 7 * COIN
    assert fund.purse().surplus == surplus + 7 * COIN
    with pytest.raises(NotTheWallet):
        world.sender("relayer", 0).send(fund.leave(member_id))
    left = sender.send(fund.leave(member_id), purpose="edi leaves").one(Left)
    balance = fund.balance_of(member_id)
    world.wait(left.ends - world.now)
    refunded = sender.send(fund.refund(member_id)).one(Refunded)
    assert (refunded.amount, refunded.wallet) == (balance, sender.address)


def test_a_claim_from_filing_to_payment(world: World) -> None:  # noqa: PLR0915 - one story
    mutual, court, jury = world.mutual, world.mutual.court, world.mutual.jury
    claimant_id, claimant = world.member("fay")
    jurors = {}
    for number in range(16):
        member_id, sender = world.member(f"juror {number}")
        jurors[sender.address] = (member_id, sender)
    world.wait(3_600)
    for member_id, sender in jurors.values():
        mutual.allow(sender, mutual.court_terms.juror_bond)
        sender.send(jury.volunteer(member_id, by_allowance()))
    assert jury.volunteer_count() == 16
    assert [jury.index_of_member(member_id) for member_id, _ in jurors.values()] == list(range(16))
    assert jury.index_of_member(claimant_id) is None
    world.wait(2 * DAY)
    day = (world.now + mutual.court_terms.zone) // DAY
    filing = Filing(claimant_id, 0, day - 1, 0, EVIDENCE, SEAL_KEY, SUMMARY)
    c, claim = mutual.file(claimant, filing)
    assert mutual.claim(c) == claim
    assert (claim.payee, claim.base) == (claimant.address, 1000 * COIN)
    with pytest.raises(ClaimNotFoundError):
        mutual.claim(c + 1)
    with pytest.raises(LotNotReady, match="a few blocks later"):
        simulate(world.endpoints, court.draw(c, claim), ZERO_ADDRESS)
    assert mutual.next_step(c, claim) is None
    world.mine(6)
    keeper = world.sender("keeper", 0)
    step = mutual.next_step(c, claim)
    assert step is not None
    keeper.send(step)
    key = mutual.panel_key(c)
    assert key == panel_key(c, 0)
    claimant.send(court.grant(c, claim, keccak(b"wrapped keys")))
    panel = jury.panel(key)
    assert panel is not None
    assert panel.size == 5
    assert len({seat for seat in panel.seats if seat is not None}) == 5
    seats = range(5)
    levels, salts = [2, 2, 2, 1, 0], [keccak(f"salt {seat}".encode()) for seat in seats]
    reasons = [keccak(b"reason")] * 5
    hidden = [
        jury.commitment(key, panel.attempt, seat, level=levels[seat], reason=reasons[seat], salt=salts[seat])
        for seat in seats
    ]
    member_id, first = jurors[jury.juror(key, 0)]
    first.send(jury.commit(key, 0, member_id, hidden[0]))
    signatures = [
        jurors[jury.juror(key, seat)][1].signer.sign_typed(
            commit(jury.typed_domain(), key, panel.attempt, seat, hidden[seat])
        )
        for seat in seats[1:]
    ]
    keeper.send(jury.commit_for(key, list(seats[1:]), hidden[1:], signatures))
    keeper.send(jury.reveal(key, 0, levels[0], reasons[0], salts[0]))
    assert jury.vote_of(key, 0) == 2
    keeper.send(jury.reveal_many(key, list(seats[1:]), levels[1:], reasons[1:], salts[1:]))
    step = mutual.next_step(c, claim)
    assert step is not None
    keeper.send(step)
    state = court.state(c)
    assert (state.stage, state.level, state.valid) == (Stage.NOTICE, 2, 5)
    panel = jury.panel(key)
    assert panel is not None
    assert panel.votes == (2, 2, 2, 1, 0)

    could = mutual.payable_today(claim.base, costs=0)
    most = mutual.worst_case(claimant_id)
    before, balance = world.coin.balance_of(claimant.address), mutual.fund.balance_of(claimant_id)
    assert mutual.next_step(c, claim) is None
    world.wait(mutual.court_terms.notice)
    step = mutual.next_step(c, claim)
    assert step is not None
    receipt = keeper.send(step, purpose=f"settle {c}")
    settled, closed = receipt.one(Settled), receipt.one(Closed)
    assert (closed.level, closed.due, settled.paid) == (2, claim.base, could.paid)
    assert settled.paid == claim.base
    bond = mutual.filing_bond(filing.day)
    assert world.coin.balance_of(claimant.address) == before + settled.paid + bond
    assert 0 < balance - mutual.fund.balance_of(claimant_id) <= most
    assert court.state(c).stage is Stage.GRANTED
    paid = keeper.send(court.pay_jurors(c, 0)).one(JurorsPaid)
    assert (paid.each, paid.count) == (mutual.court_terms.juror_pay, 5)
    assert mutual.fund.dues(first.address) == paid.each
    assert mutual.claim(c) == claim
    assert mutual.next_step(c, claim) is None


def test_events_come_in_order_and_decoded(world: World) -> None:
    found = list(world.mutual.events())
    places = [(item.log.block, item.log.index) for item in found]
    assert places == sorted(places)
    assert {type(item) for item in found} >= {Filed, Settled, BatchEnrolled, Enrolled}
    filed = list(world.mutual.events(kinds=(Filed,), topics=((1).to_bytes(32),)))
    assert [item.c for item in filed if isinstance(item, Filed)] == [1]
    assert isinstance(found[0], Drafted)
    assert found[0].slot == 1
    assert world.mutual.first_block == found[0].log.block < found[-1].log.block
    head = world.mutual.head().number
    transfers = fetch_events(world.endpoints, [world.coin.address], 0, head, kinds=(Transfer,))
    held = 0
    for item in transfers:
        assert isinstance(item, Transfer)
        held += item.amount * (
            (item.receiver == world.mutual.fund.address) - (item.sender == world.mutual.fund.address)
        )
    assert held == world.coin.balance_of(world.mutual.fund.address)
    factory = deploy_factory(world.founder)
    listed = list(fetch_events(world.endpoints, [factory.address], 0, head, kinds=(Founded,)))
    assert world.mutual.fund.address in {item.fund for item in listed if isinstance(item, Founded)}
