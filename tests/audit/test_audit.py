# SPDX-License-Identifier: AGPL-3.0-only
"""The audit of real mutuals on a real node: clean ones pass, and every kind of tampering is found, where it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import snekmate
from eth_utils.crypto import keccak

from support.audit_story import CASES, Story, live
from support.rpc_proxy import REFUSED, Lie, lying_endpoint, of_logs
from support.sdk import COIN, DAY, founded
from support.sdk import changed as with_changes
from tongxin import audit
from tongxin.artifacts import load
from tongxin.audit import AuditReport, Name
from tongxin.audit.reading import slot_of
from tongxin.chain import dev_rpc
from tongxin.chain.events import (
    Adopted,
    Authorised,
    Committed,
    Concluded,
    Drafted,
    DraftSealed,
    Drawn,
    Ended,
    Event,
    Executed,
    Filed,
    FloorRegained,
    Held,
    Joined,
    Paid,
    PaidOut,
    Proposed,
    Published,
    ReaderKeyAnnounced,
    Registered,
    RemainderSwept,
    Revealed,
    Revoked,
    Sealed,
    SeatKeyAnnounced,
    SeatsDrawn,
    Settled,
    Started,
    SteppedBack,
    ToppedUp,
    Transfer,
    VoteCast,
    WoundDown,
)
from tongxin.chain.logs import fetch_events, topic_of
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.payments import by_allowance
from tongxin.charter import EncodedCharter, encode, read_document, terms_of
from tongxin.proof.errors import DisagreementError, ProofError
from tongxin.words import PROPOSAL, ProposalKind

pytestmark = pytest.mark.chain
CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.fixture(scope="module", params=CASES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    journal = tmp_path_factory.mktemp("audit") / "sent.sqlite"
    case = CASES[request.param]
    with EmbeddedNode() as node, founded(node, journal, case.charter, case.changes) as world:
        lived = live(world, case.bench)
        case.after(lived)
        yield lived


@pytest.fixture(scope="module")
def biased_jury(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Runtime code, without immutables, of a Jury whose lot always begins with the first volunteers."""
    folder = tmp_path_factory.mktemp("biased") / "contracts"
    shutil.copytree(CONTRACTS, folder)
    module = folder / "modules" / "sortition.vy"
    honest = "return convert(keccak256(abi_encode(seed, i)), uint256) % pool"
    text = module.read_text(encoding="ascii")
    assert honest in text
    module.write_text(text.replace(honest, "return i % pool"), encoding="ascii")
    compiler = load("Jury").compiler
    libraries = Path(next(iter(snekmate.__path__))).parent
    compiled = subprocess.run(
        [
            str(Path(sys.executable).parent / "vyper"),
            *("-f", "bytecode_runtime", "-p", str(folder), "-p", str(libraries)),
            *("--evm-version", compiler["evm_version"]),
            str(folder / "Jury.vy"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return bytes.fromhex(compiled.stdout.strip()[2:])


in_one_mutual = pytest.mark.parametrize("story", ["example-immediate"], indirect=True)
"""Where both mutuals would show the same, and where rules were changed."""
in_the_ended_mutual = pytest.mark.parametrize("story", ["facade-cleaners"], indirect=True)
"""Where a wind-down went to its end."""
MONEY = 1
LADDER = 12
"""Places in the struct Terms of the Charter."""


@contextmanager
def undone(story: Story) -> Iterator[str]:
    """The node's address; what is done to its state is taken back."""
    url = story.world.node.url
    snapshot = dev_rpc.request(url, "evm_snapshot")
    try:
        yield url
    finally:
        story.world.go_back(snapshot)


def audited(story: Story, urls: Sequence[str] = ()) -> AuditReport:
    return audit.run(urls or [story.world.node.url], story.world.mutual.fund.address)


def audited_through(story: Story, lie: Lie) -> AuditReport:
    with lying_endpoint(story.world.node.url, lie) as url:
        return audited(story, [url])


def failing(report: AuditReport) -> set[str]:
    return {check.name for check in report.checks if not check.ok}


def first(story: Story, kind: type[Event], place: int = 0) -> Any:
    """The event of that kind at a place in the history."""
    return every(story, kind)[place]


def every(story: Story, kind: type[Event]) -> list[Any]:
    """All events of that kind."""
    return list(story.world.mutual.events(kinds=(kind,)))


def changed(event: Event, word: int, change: int) -> Lie:
    """One word of one log's data (-1: hidden), in logs and receipts alike."""

    def lie(log: dict[str, Any]) -> dict[str, Any] | None:
        if (int(log["blockNumber"], 16), int(log["logIndex"], 16)) != (event.log.block, event.log.index):
            return log
        if word < 0:
            return None
        data = bytearray.fromhex(log["data"][2:])
        part = slice(32 * word, 32 * word + 32)
        data[part] = (int.from_bytes(data[part]) + change).to_bytes(32, "big")
        return log | {"data": "0x" + data.hex()}

    return of_logs(lie)


def both(one: Lie, other: Lie) -> Lie:
    """Two lies at once."""
    return lambda method, params, result: other(method, params, one(method, params, result))


def word_of(kind: type[Event], name: str) -> int:
    """The place of a field in the data of an event's logs."""
    entry = next(item for item in _abi(kind.contract) if item["type"] == "event" and item["name"] == kind.__name__)
    plain = [item["name"] for item in entry["inputs"] if not item["indexed"]]
    return plain.index(name)


def _abi(contract: str) -> list[dict[str, Any]]:
    parts = ("Fund", "FundAnnex", "FundStages") if contract == "Fund" else (contract,)
    return [entry for name in parts for entry in load(name).abi]


def test_a_clean_mutual_passes_every_check(story: Story) -> None:
    stages: list[tuple[str, int, int]] = []
    report = audit.run(
        [story.world.node.url],
        story.world.mutual.fund.address,
        progress=lambda stage, done, total: stages.append((stage, done, total)),
    )
    assert failing(report) == set()
    assert report.ok
    assert report.first_bad_block is None
    assert report.claims == story.world.mutual.court.claim_count()
    assert report.members >= 30
    assert [check.name for check in report.checks] == list(Name)
    assert {stage for stage, _, _ in stages} == {
        "contracts", "logs", "replay", "storage", "invariants",
    }  # fmt: skip
    for stage in {stage for stage, _, _ in stages}:
        done, total = [(done, total) for name, done, total in stages if name == stage][-1]
        assert done == total, stage


@in_one_mutual
def test_several_honest_endpoints_agree(story: Story) -> None:
    url = story.world.node.url
    with lying_endpoint(url, lambda _method, _params, result: result) as other:
        assert audited(story, [url, other]).ok


@in_one_mutual
def test_a_second_endpoint_that_hides_a_log_is_found(story: Story) -> None:
    event = first(story, Joined, 3)
    with lying_endpoint(story.world.node.url, changed(event, -1, 0)) as other:
        report = audited(story, [story.world.node.url, other])
    assert failing(report) == {Name.LOGS}
    assert report.first_bad_block == event.log.block


# Falsified logs


@in_one_mutual
def test_a_log_that_differs_from_its_receipt_is_found(story: Story) -> None:
    event = first(story, Joined, 2)
    whole = changed(event, word_of(Joined, "price"), 1)

    def only_logs(method: str, params: list[Any], result: Any) -> Any:
        return whole(method, params, result) if method == "eth_getLogs" else result

    report = audited_through(story, only_logs)
    assert {Name.LOGS, Name.MEMBERSHIP} <= failing(report)
    assert report.check(Name.LOGS).first_bad_block == event.log.block
    assert report.check(Name.MEMBERSHIP).first_bad_block == event.log.block


def test_a_price_falsified_everywhere_is_found_by_the_model_alone(story: Story) -> None:
    event = first(story, ToppedUp)
    report = audited_through(story, changed(event, word_of(ToppedUp, "price"), -1))
    assert failing(report) == {Name.MEMBERSHIP}
    assert report.first_bad_block == event.log.block


@in_one_mutual
def test_a_log_hidden_everywhere_is_found(story: Story) -> None:
    event = first(story, Held, 4)
    report = audited_through(story, changed(event, -1, 0))
    assert Name.BONDS in failing(report)
    assert report.first_bad_block == event.log.block


def test_a_transaction_hidden_everywhere_is_found_in_storage(story: Story) -> None:
    event = first(story, ToppedUp, -1)

    def lie(log: dict[str, Any]) -> dict[str, Any] | None:
        return None if log["transactionHash"] == event.log.transaction else log

    report = audited_through(story, of_logs(lie))
    assert {Name.MEMBERS, Name.TICKS, Name.TOKENS} <= failing(report)
    assert report.check(Name.MEMBERS).first_bad_block == event.log.block
    assert report.check(Name.TICKS).first_bad_block == event.log.block


@in_one_mutual
def test_a_foreign_log_at_a_contract_is_found(story: Story) -> None:
    event = first(story, ToppedUp)

    def lie(log: dict[str, Any]) -> dict[str, Any] | None:
        if (int(log["blockNumber"], 16), int(log["logIndex"], 16)) != (event.log.block, event.log.index):
            return log
        return log | {"topics": ["0x" + keccak(b"Gift(address)").hex(), *log["topics"][1:]]}

    report = audited_through(story, of_logs(lie))
    assert Name.LOGS in failing(report)
    assert report.first_bad_block == event.log.block


# Changed storage


def tampered(
    story: Story, artifact: str, variable: str, keys: Sequence[int | bytes], change: int, *, offset: int = 0
) -> AuditReport:
    """The audit after a slot of a contract was changed in a block of its own, and two more blocks."""
    mutual = story.world.mutual
    address: str = getattr(mutual, artifact.lower()).address
    slot = slot_of(artifact, variable, *keys) + offset
    with undone(story) as url:
        word = int(dev_rpc.request(url, "eth_getStorageAt", address, hex(slot), "latest"), 16)
        dev_rpc.mine(url)
        at = mutual.head().number
        dev_rpc.set_storage_at(url, address, slot, (word + change).to_bytes(32, "big"))
        dev_rpc.mine(url, 2)
        report = audited(story)
    assert report.first_bad_block == at
    return report


def test_a_changed_runway_is_found(story: Story) -> None:
    report = tampered(story, "Fund", "register.members", [story.claimant[0]], 1 << 68)
    assert failing(report) == {Name.MEMBERS}


def test_changed_books_are_found(story: Story) -> None:
    assert failing(tampered(story, "Fund", "standing.books", [], 1)) == {Name.BOOKS}


@in_one_mutual
def test_a_due_that_nobody_owes_is_found(story: Story) -> None:
    juror = next(address for address in story.jurors if story.world.mutual.fund.dues(address))
    assert failing(tampered(story, "Fund", "payments.dues", [int(juror, 16)], 1)) == {Name.BOOKS}


@in_one_mutual
def test_a_changed_tick_is_found(story: Story) -> None:
    tick = story.world.mutual.fund.member(story.claimant[0]).tick
    assert failing(tampered(story, "Fund", "ledger.ticks", [tick], 1 << 184)) == {Name.TICKS}


@in_one_mutual
def test_a_changed_claim_is_found(story: Story) -> None:
    assert failing(tampered(story, "Court", "state", [1], 1)) == {Name.COURT}


@in_one_mutual
def test_a_changed_volunteer_is_found(story: Story) -> None:
    assert failing(tampered(story, "Jury", "volunteers", [0], 1 << 48)) == {Name.JURY}


# A biased lot


def test_a_seat_replaced_in_logs_and_storage_is_found(story: Story) -> None:
    event = first(story, SeatsDrawn)
    key = event.key
    jury = story.world.mutual.jury
    panel = jury.panel(key)
    assert panel is not None
    free = next(index for index in range(jury.volunteer_count()) if index not in panel.seats)
    change = free - (panel.seats[0] or 0)
    slot = hex(slot_of("Jury", "panel", key))
    in_logs = changed(event, word_of(SeatsDrawn, "seats"), change)

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getStorageAt" and params[0] == jury.address and params[1] == slot and int(result, 16):
            return f"0x{int(result, 16) + change:064x}"
        return in_logs(method, params, result)

    report = audited_through(story, lie)
    assert Name.LOTS in failing(report)
    assert report.check(Name.LOTS).first_bad_block == event.log.block


@in_one_mutual
def test_a_panel_drawn_by_biased_code_is_found(story: Story, biased_jury: bytes) -> None:
    """The Jury's code is exchanged for a build that draws other seats, and put back after the draw."""
    world, mutual = story.world, story.world.mutual
    jury = mutual.jury
    honest = jury.code()
    fixed = honest[len(load("Jury").runtime) :]
    with undone(story) as url:
        story.settle_round_if_closed()
        c = story.file(next(iter(story.jurors.values())))
        world.mine(mutual.court_terms.lot_delay + 2)
        dev_rpc.set_code(url, jury.address, biased_jury + fixed)
        story.push(c)
        at = mutual.head().number
        during = audited(story)
        dev_rpc.set_code(url, jury.address, honest)
        after = audited(story)
    assert {Name.LOTS, Name.BYTECODE} <= failing(during)
    assert Name.BYTECODE not in failing(after)
    assert after.check(Name.LOTS).first_bad_block == at
    assert after.first_bad_block == at


@in_one_mutual
def test_a_falsified_seed_is_found(story: Story) -> None:
    event = first(story, Drawn)
    report = audited_through(story, changed(event, word_of(Drawn, "seed"), 1))
    assert failing(report) == {Name.LOTS}
    assert report.first_bad_block == event.log.block


# Votes


def test_a_vote_that_does_not_open_its_commitment_is_found(story: Story) -> None:
    event = first(story, Revealed)
    report = audited_through(story, changed(event, word_of(Revealed, "level"), -1))
    assert Name.VERDICTS in failing(report)
    assert report.first_bad_block == event.log.block


def test_a_verdict_against_the_votes_is_found(story: Story) -> None:
    event = first(story, Concluded)
    report = audited_through(story, changed(event, word_of(Concluded, "level"), 1))
    assert failing(report) == {Name.VERDICTS}
    assert report.first_bad_block == event.log.block


@in_one_mutual
def test_a_hidden_commitment_is_found(story: Story) -> None:
    event = first(story, Committed)
    report = audited_through(story, changed(event, -1, 0))
    assert Name.VERDICTS in failing(report)
    assert report.first_bad_block is not None


# Keys and readers


@pytest.mark.parametrize(
    ("field", "change"),
    [("attempt", 1), ("kind", 2), ("public_key", -int.from_bytes(keccak(f"{8} 0".encode())))],
)
def test_what_a_seat_key_s_log_falsifies_is_found(story: Story, field: str, change: int) -> None:
    """Another attempt, a kind that does not exist, an empty key."""
    event = first(story, SeatKeyAnnounced)
    assert (event.key, event.kind) == (8, 1)
    report = audited_through(story, changed(event, word_of(SeatKeyAnnounced, field), change))
    assert failing(report) == {Name.CLAIMS}
    assert report.first_bad_block == event.log.block


def test_a_key_announced_for_another_s_seat_is_found(story: Story) -> None:
    event, other = first(story, SeatKeyAnnounced), first(story, SeatKeyAnnounced, 1)
    assert event.juror != other.juror
    report = audited_through(story, changed_topic(event, 3, "0x" + other.juror[2:].lower().rjust(64, "0")))
    assert failing(report) == {Name.CLAIMS}
    assert report.first_bad_block == event.log.block
    assert "not your seat" in report.check(Name.CLAIMS).detail


@pytest.mark.parametrize("kind", [Authorised, Revoked])
def test_a_grant_by_somebody_without_a_say_is_found(story: Story, kind: type[Event]) -> None:
    event = first(story, kind)
    report = audited_through(story, changed(event, word_of(kind, "actor"), 1))
    assert failing(report) == {Name.MEMBERSHIP}
    assert report.first_bad_block == event.log.block
    assert "neither wallet nor contact" in report.check(Name.MEMBERSHIP).detail


def test_a_reader_key_that_cannot_have_been_announced_is_found(story: Story) -> None:
    event = first(story, ReaderKeyAnnounced, 1)
    assert event.kind == 0
    report = audited_through(story, changed(event, word_of(ReaderKeyAnnounced, "kind"), 1))
    assert failing(report) == {Name.MEMBERSHIP}
    assert report.first_bad_block == event.log.block


# A payment short by one unit


def payment_of(story: Story) -> tuple[Event, Transfer]:
    """The event that says what a claim was paid, and the token's transfer of it."""
    world = story.world
    paid = first(story, Settled if world.mutual.terms.immediate else Paid)
    amount = paid.paid if isinstance(paid, Settled) else paid.amount
    transfers = fetch_events(world.endpoints, [world.coin.address], paid.log.block, paid.log.block, kinds=(Transfer,))
    moved = next(
        item
        for item in transfers
        if isinstance(item, Transfer) and (item.amount, item.sender) == (amount, world.mutual.fund.address)
    )
    return paid, moved


def test_a_payment_short_by_a_unit_in_the_fund_s_own_log_is_found(story: Story) -> None:
    paid, _ = payment_of(story)
    word = word_of(type(paid), "paid" if isinstance(paid, Settled) else "amount")
    report = audited_through(story, changed(paid, word, -1))
    assert failing(report) == {Name.PAYMENTS}
    assert report.first_bad_block == paid.log.block


def test_a_transfer_short_by_a_unit_is_found(story: Story) -> None:
    paid, moved = payment_of(story)
    report = audited_through(story, changed(moved, 0, -1))
    assert failing(report) == {Name.TOKENS}
    assert report.first_bad_block == paid.log.block


def test_a_payment_short_by_a_unit_everywhere_is_found(story: Story) -> None:
    paid, moved = payment_of(story)
    word = word_of(type(paid), "paid" if isinstance(paid, Settled) else "amount")
    one, other = changed(paid, word, -1), changed(moved, 0, -1)
    report = audited_through(story, both(one, other))
    assert {Name.PAYMENTS, Name.TOKENS} <= failing(report)
    assert report.first_bad_block == paid.log.block


@in_one_mutual
def test_a_token_balance_short_by_a_unit_is_found(story: Story) -> None:
    token, fund = story.world.coin, story.world.mutual.fund.address
    slot = _balance_slot(story)
    with undone(story) as url:
        held = token.balance_of(fund)
        dev_rpc.mine(url)
        dev_rpc.set_storage_at(url, token.address, slot, (held - 1).to_bytes(32, "big"))
        dev_rpc.mine(url, 2)
        assert token.balance_of(fund) == held - 1
        report = audited(story)
    assert failing(report) == {Name.TOKENS}


def _balance_slot(story: Story) -> int:
    name = next(item.name for item in load("StableCoin").storage if item.name.endswith("balanceOf"))
    return slot_of("StableCoin", name, int(story.world.mutual.fund.address, 16))


# Other code


PARTS = ("fund", "annex", "stages", "charter", "bounds", "office", "jury", "court", "assembly")


@in_one_mutual
@pytest.mark.parametrize("part", PARTS)
def test_other_bytecode_is_found(story: Story, part: str) -> None:
    address = _address(story, part)
    with undone(story) as url:
        dev_rpc.mine(url)
        at = story.world.mutual.head().number
        code = bytearray.fromhex(dev_rpc.request(url, "eth_getCode", address, "latest")[2:])
        # The last byte before the immutables: no call that the audit makes runs it.
        code[len(load(_artifact(part)).runtime) - 1] ^= 1
        dev_rpc.set_code(url, address, bytes(code))
        dev_rpc.mine(url, 2)
        report = audited(story)
    assert failing(report) == {Name.BYTECODE}
    assert report.first_bad_block == at


def _artifact(part: str) -> str:
    return {"annex": "FundAnnex", "stages": "FundStages"}.get(part, part.capitalize())


def _address(story: Story, part: str) -> str:
    mutual = story.world.mutual
    inner = {"annex": mutual.fund.annex, "stages": mutual.fund.stages, "bounds": mutual.charter.bounds}
    return inner[part]() if part in inner else str(getattr(mutual, part).address)


@in_one_mutual
def test_another_immutable_is_found(story: Story) -> None:
    address = story.world.mutual.court.address
    compiled = load("Court")
    place = next(item for item in compiled.immutables if item.name == "FILING_WINDOW")
    with undone(story) as url:
        code = bytearray.fromhex(dev_rpc.request(url, "eth_getCode", address, "latest")[2:])
        code[len(compiled.runtime) + place.offset + place.length - 1] ^= 1
        dev_rpc.set_code(url, address, bytes(code))
        report = audited(story)
    assert failing(report) == {Name.BYTECODE}
    assert "FILING_WINDOW" in report.check(Name.BYTECODE).detail


@in_one_mutual
@pytest.mark.parametrize(("part", "variable"), [("charter", "assembly"), ("jury", "court")])
def test_a_contract_that_obeys_another_one_is_found(story: Story, part: str, variable: str) -> None:
    with undone(story) as url:
        stranger = int(story.keeper.address, 16).to_bytes(32, "big")
        dev_rpc.set_storage_at(url, _address(story, part), slot_of(_artifact(part), variable), stranger)
        report = audited(story)
    assert failing(report) == {Name.CONTRACTS}
    assert f"obeys {story.keeper.address}" in report.check(Name.CONTRACTS).detail


# The charter


@in_one_mutual
def test_an_admission_that_no_attestor_signed_is_found(story: Story) -> None:
    event = first(story, Joined, 1)

    def lie(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionByHash" and result and result["hash"] == event.log.transaction:
            call = bytearray.fromhex(result["input"][2:])
            call[4 + 31 + 32] ^= 1  # a letter of the attested wallet
            return result | {"input": "0x" + call.hex()}
        return result

    report = audited_through(story, lie)
    assert failing(report) == {Name.SIGNATURES}
    assert report.first_bad_block == event.log.block


# Versions


def changed_topic(event: Event, place: int, topic: str) -> Lie:
    """One topic of one log, in logs and receipts alike."""

    def lie(log: dict[str, Any]) -> dict[str, Any] | None:
        if (int(log["blockNumber"], 16), int(log["logIndex"], 16)) != (event.log.block, event.log.index):
            return log
        topics = list(log["topics"])
        topics[place] = topic
        return log | {"topics": topics}

    return of_logs(lie)


def slot_of_version(story: Story, version: int) -> int:
    return story.world.mutual.charter.slot_of(version)


@in_one_mutual
@pytest.mark.parametrize("version", [1, 2])
def test_a_version_whose_stored_number_was_changed_is_found(story: Story, version: int) -> None:
    report = tampered(story, "Charter", "_terms", [slot_of_version(story, version)], 1 << 32, offset=MONEY)
    assert failing(report) == {Name.RULES}
    assert "_terms" in report.check(Name.RULES).detail


@in_one_mutual
@pytest.mark.parametrize(
    ("variable", "keys"),
    [("_entitlements", (0, 1)), ("_benefits", (0,)), ("_drafts", ()), ("published", ()), ("_benefit_count", ())],
)
def test_a_changed_word_of_a_version_is_found(story: Story, variable: str, keys: tuple[int, ...]) -> None:
    slot = slot_of_version(story, 2)
    assert failing(tampered(story, "Charter", variable, [slot, *keys], 1)) == {Name.RULES}


@in_one_mutual
def test_a_version_that_begins_earlier_is_found(story: Story) -> None:
    assert failing(tampered(story, "Charter", "_versions", [2], -(1 << 80))) == {Name.RULES}


@in_one_mutual
@pytest.mark.parametrize("version", [1, 4])
def test_without_old_states_a_changed_number_is_found_by_the_document(story: Story, version: int) -> None:
    """No endpoint has to remember: what was published says what the numbers were."""
    charter = story.world.mutual.charter
    slot = slot_of("Charter", "_terms", slot_of_version(story, version)) + LADDER
    now: list[str] = []

    def forgetful(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getStorageAt":
            now[:] = now or [params[2]]
            return REFUSED if params[2] != now[0] else result
        return result

    with undone(story) as url:
        dev_rpc.set_storage_at(url, charter.address, slot, (1 << 16 | 5_000).to_bytes(32, "big"))
        report = audited_through(story, forgetful)
    assert Name.CHARTER in failing(report)
    assert "ladder" in report.check(Name.CHARTER).detail
    assert report.check(Name.CHARTER).first_bad_block is None


@in_one_mutual
def test_a_version_beyond_the_largest_step_is_found(story: Story) -> None:
    """Storage, in every state, says a fee 300 basis points above the one before (R-93)."""
    event = first(story, DraftSealed, 1)
    charter = story.world.mutual.charter
    place = f"0x{slot_of('Charter', '_terms', event.slot) + MONEY:x}"

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getStorageAt" and (params[0], params[1]) == (charter.address, place) and int(result, 16):
            return f"0x{int(result, 16) + (200 << 64):064x}"
        return result

    report = audited_through(story, lie)
    assert {Name.VERSIONS, Name.CHARTER} <= failing(report)
    assert report.check(Name.VERSIONS).first_bad_block == event.log.block
    assert "R-93" in report.check(Name.VERSIONS).detail


@in_one_mutual
@pytest.mark.parametrize(
    ("kind", "field", "place"),
    [
        (DraftSealed, "scope", 1),
        (DraftSealed, "base", 2),
        (Sealed, "effective_from", 1),
        (Adopted, "owed_steward", 1),
        (Adopted, "charter_hash", 0),
        (Drafted, "own_benefits", 2),
    ],
)
def test_what_a_version_s_log_falsifies_is_found(story: Story, kind: type[Event], field: str, place: int) -> None:
    event = first(story, kind, place)
    report = audited_through(story, changed(event, word_of(kind, field), -1))
    assert Name.VERSIONS in failing(report)
    assert report.check(Name.VERSIONS).first_bad_block is not None
    assert report.check(Name.VERSIONS).first_bad_block >= event.log.block


@in_one_mutual
@pytest.mark.parametrize("variable", ["terms._money", "terms._member", "terms._fifth", "entrance._attestors"])
def test_terms_of_the_fund_that_differ_from_the_version_are_found(story: Story, variable: str) -> None:
    assert failing(tampered(story, "Fund", variable, [], 1, offset=variable == "entrance._attestors")) == {Name.BOOKS}


def adopted(story: Story, slot: int, *, days: int = 12) -> int:
    """A vote that begins so many days from now brings a slot into force; the block."""
    story.world.wait(days * DAY)
    p = story.propose(0, ProposalKind.CHARTER, slot)
    story.vote(p, 12)
    story.execute(p)
    return story.world.mutual.head().number


def next_version(story: Story) -> EncodedCharter:
    """The rules in force with one more carry."""
    mutual = story.world.mutual
    document = read_document(mutual.document(slot_of_version(story, mutual.charter.latest())))
    return encode(with_changes(document, {"money.carries": 2}), story.world.coin.decimals())


@in_one_mutual
def test_a_version_that_nobody_published_is_found(story: Story) -> None:
    charter, author = story.world.mutual.charter, story.world.sender("author", 0)
    with undone(story):
        rules = next_version(story)
        slot = author.send(charter.draft(rules.terms(), own_benefits=False)).one(Drafted).slot
        author.send(charter.seal(slot))
        p = story.propose(3, ProposalKind.CHARTER, slot)
        proposed = audited(story)
        at = adopted(story, slot)
        report = audited(story)
    assert proposed.ok
    assert f"nobody published what proposals {p} would change" in proposed.check(Name.CHARTER).detail
    assert failing(report) == {Name.CHARTER}
    assert report.first_bad_block == at


@in_one_mutual
def test_a_version_whose_document_says_other_numbers_is_found(story: Story) -> None:
    charter, author = story.world.mutual.charter, story.world.sender("author", 0)
    with undone(story):
        rules = next_version(story)
        words = replace(rules.words, money_terms=rules.words.money_terms - (1 << 64))  # a basis point of the fee
        terms = terms_of(words, rules.document_hash)
        slot = author.send(charter.draft(terms, own_benefits=False)).one(Drafted).slot
        at = author.send(charter.seal(slot)).block
        author.send(charter.publish(slot, rules.document))
        p = story.propose(3, ProposalKind.CHARTER, slot)
        proposed = audited(story)
        adopted(story, slot)
        report = audited(story)
    assert proposed.ok
    assert f"beware of proposal {p}: money_terms" in proposed.check(Name.CHARTER).detail
    assert failing(report) == {Name.CHARTER}
    assert "money_terms" in report.check(Name.CHARTER).detail
    assert report.first_bad_block == at


@in_one_mutual
def test_a_version_adopted_too_soon_after_the_last_is_found(story: Story) -> None:
    """The endpoint shows a block's time a minute earlier than it was."""
    author, mutual = story.world.sender("author", 0), story.world.mutual
    with undone(story):
        at = adopted(story, mutual.prepare_version(author, next_version(story), label="early"), days=6)

        def lie(method: str, _params: list[Any], result: Any) -> Any:
            if method == "eth_getBlockByNumber" and int(result["number"], 16) == at:
                return result | {"timestamp": hex(int(result["timestamp"], 16) - 60)}
            return result

        honest, report = audited(story), audited_through(story, lie)
    assert honest.ok
    assert report.check(Name.VERSIONS).first_bad_block == at
    assert "R-94" in report.check(Name.VERSIONS).detail


@in_one_mutual
def test_a_document_that_a_wallet_contract_published_is_read(story: Story) -> None:
    event = first(story, Published, -1)

    def lie(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionByHash" and result and result["hash"] == event.log.transaction:
            call = "0x6a761202" + 8 * "00" + result["input"][2:] + 28 * "00"
            return result | {"to": story.keeper.address, "input": call}
        return result

    assert audited_through(story, lie).ok


@in_one_mutual
def test_a_document_hidden_by_who_published_first_is_published_again(story: Story) -> None:
    charter, author = story.world.mutual.charter, story.world.sender("author", 0)
    event = first(story, Published, -1)

    def hidden(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionByHash" and result and result["hash"] == event.log.transaction:
            return result | {"input": "0x6a761202"}
        return result

    with undone(story):
        unreadable = audited_through(story, hidden)
        author.send(charter.publish(event.slot, story.world.mutual.document(event.slot)))
        again = audited_through(story, hidden)
    assert failing(unreadable) == {Name.CHARTER}
    assert again.ok


@in_one_mutual
def test_an_increase_that_does_not_wait_is_found(story: Story) -> None:
    """R-97: the third claim's event lies in the waiting time of version 2, which raised the amount by a quarter."""
    event = first(story, Filed, 2)
    assert event.version == 2
    report = audited_through(story, changed(event, word_of(Filed, "base"), 250 * COIN))
    assert failing(report) == {Name.CLAIMS}
    assert report.first_bad_block == event.log.block


# Votes on the rules


@in_one_mutual
def test_a_vote_counted_twice_is_found(story: Story) -> None:
    one, two = first(story, VoteCast, 0), first(story, VoteCast, 1)
    as_one = changed_topic(two, 2, "0x" + one.member_id.hex())
    wallet = changed_topic(two, 3, "0x" + one.wallet[2:].lower().rjust(64, "0"))
    report = audited_through(
        story, lambda method, params, result: wallet(method, params, as_one(method, params, result))
    )
    assert {Name.VOTES, Name.ASSEMBLY} <= failing(report)
    assert report.first_bad_block == two.log.block
    assert "has voted" in report.check(Name.VOTES).detail


@in_one_mutual
def test_a_vote_of_somebody_without_one_is_found(story: Story) -> None:
    """The newcomer joined after the proposal."""
    event, newcomer = first(story, VoteCast, 2), first(story, Joined, -1)
    member = changed_topic(event, 2, "0x" + newcomer.member_id.hex())
    wallet = changed_topic(event, 3, "0x" + newcomer.wallet[2:].lower().rjust(64, "0"))
    report = audited_through(
        story, lambda method, params, result: wallet(method, params, member(method, params, result))
    )
    assert Name.VOTES in failing(report)
    assert report.check(Name.VOTES).first_bad_block == event.log.block


@in_one_mutual
def test_a_vote_turned_round_is_found_in_the_tally(story: Story) -> None:
    event = first(story, VoteCast)
    report = audited_through(story, changed(event, word_of(VoteCast, "support"), -1))
    assert failing(report) == {Name.ASSEMBLY}
    assert report.first_bad_block == event.log.block


@in_one_mutual
def test_an_execution_without_its_votes_is_found(story: Story) -> None:
    """Most votes are hidden everywhere, so what was executed did not pass."""
    executed = first(story, Executed)
    hidden = {(item.log.block, item.log.index) for item in (first(story, VoteCast, place) for place in range(8))}

    def lie(log: dict[str, Any]) -> dict[str, Any] | None:
        return None if (int(log["blockNumber"], 16), int(log["logIndex"], 16)) in hidden else log

    report = audited_through(story, of_logs(lie))
    assert {Name.VOTES, Name.ASSEMBLY} <= failing(report)
    assert report.check(Name.VOTES).first_bad_block == executed.log.block
    assert "not passed" in report.check(Name.VOTES).detail


@in_one_mutual
@pytest.mark.parametrize("field", ["cutoff", "ends", "execute_from", "expires", "needed", "majority", "heads"])
def test_what_a_proposal_s_log_falsifies_is_found(story: Story, field: str) -> None:
    event = first(story, Proposed)
    report = audited_through(story, changed(event, word_of(Proposed, field), 1))
    assert failing(report) == {Name.VOTES}
    assert report.first_bad_block == event.log.block


@in_one_mutual
@pytest.mark.parametrize("field", ["yes", "no", "needed", "ends"])
def test_a_changed_tally_is_found(story: Story, field: str) -> None:
    change = PROPOSAL.pack(**dict.fromkeys(PROPOSAL.names, 0) | {field: 1})
    assert failing(tampered(story, "Assembly", "proposal", [2], change)) == {Name.ASSEMBLY}


@in_one_mutual
@pytest.mark.parametrize("variable", ["cast_by_wallet", "cast_by_member"])
def test_a_vote_taken_out_of_the_records_is_found(story: Story, variable: str) -> None:
    event = first(story, VoteCast)
    key = event.member_id if variable == "cast_by_member" else int(event.wallet, 16)
    assert failing(tampered(story, "Assembly", variable, [key, 0], -(1 << event.p))) == {Name.ASSEMBLY}


@in_one_mutual
def test_another_successor_is_found(story: Story) -> None:
    assert failing(tampered(story, "Assembly", "successor", [], 1)) == {Name.ASSEMBLY}


# The end


@in_the_ended_mutual
def test_a_part_of_the_surplus_short_by_a_unit_is_found(story: Story) -> None:
    event = next(item for item in every(story, PaidOut) if item.part)
    report = audited_through(story, changed(event, word_of(PaidOut, "part"), -1))
    assert failing(report) == {Name.STAGES}
    assert report.first_bad_block == event.log.block


@in_the_ended_mutual
def test_a_part_of_the_surplus_paid_short_by_a_unit_is_found(story: Story) -> None:
    event = next(item for item in every(story, PaidOut) if item.part)
    world = story.world
    transfers = fetch_events(world.endpoints, [world.coin.address], event.log.block, event.log.block, kinds=(Transfer,))
    moved = next(item for item in transfers if isinstance(item, Transfer) and item.receiver == event.wallet)
    one, other = changed(event, word_of(PaidOut, "part"), -1), changed(moved, 0, -1)
    report = audited_through(story, both(one, other))
    assert failing(report) == {Name.STAGES, Name.TOKENS}
    assert report.first_bad_block == event.log.block


@in_the_ended_mutual
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (Started, "heads"),
        (SteppedBack, "amount"),
        (WoundDown, "ends_at"),
        (Registered, "shares"),
        (Ended, "set_aside"),
        (PaidOut, "balance"),
        (RemainderSwept, "amount"),
    ],
)
def test_what_a_stage_s_log_falsifies_is_found(story: Story, kind: type[Event], field: str) -> None:
    event = first(story, kind)
    report = audited_through(story, changed(event, word_of(kind, field), 1))
    assert failing(report) == {Name.STAGES}
    assert report.first_bad_block == event.log.block


@in_the_ended_mutual
@pytest.mark.parametrize("variable", ["standing.stage", "standing.ending", "standing.set_aside"])
def test_a_changed_stage_is_found(story: Story, variable: str) -> None:
    assert failing(tampered(story, "Fund", variable, [], 1 << 88)) == {Name.BOOKS}


def test_a_mutual_below_its_floor_is_audited_to_its_end(tmp_path: Path) -> None:
    changes = {"starting.floor_heads": 2}
    with EmbeddedNode() as node, founded(node, tmp_path / "sent.sqlite", changes=changes) as world:
        fund, anyone = world.mutual.fund, world.sender("anyone")
        ana, _ = world.member("ana")
        anyone.send(fund.watch_floor())
        ben, wallet = world.member("ben")
        wallet.send(fund.leave(ben))
        world.wait(8 * DAY)
        anyone.send(fund.refund(ben))
        anyone.send(fund.watch_floor())
        world.wait(3 * DAY + 1)
        anyone.send(fund.wind_down_by_floor())
        world.wait(fund.stage().ends_at - world.now)
        anyone.send(fund.end())
        anyone.send(fund.pay_out(ana))
        report = audit.run([node.url], fund.address)
        assert failing(report) == set()
        assert report.check(Name.STAGES).detail.startswith("ended")
        regained = next(iter(world.mutual.events(kinds=(FloorRegained,))))
        with lying_endpoint(node.url, changed(regained, word_of(FloorRegained, "heads"), 1)) as url:
            report = audit.run([url], fund.address)
        assert failing(report) == {Name.STAGES}
        assert report.first_bad_block == regained.log.block


def test_a_founding_that_failed_is_audited(tmp_path: Path) -> None:
    changes = {"starting.minimum_members": 3, "money.entry_fee": "3"}
    with EmbeddedNode() as node, founded(node, tmp_path / "sent.sqlite", changes=changes) as world:
        fund, anyone = world.mutual.fund, world.sender("anyone")
        ids = [world.member(name)[0] for name in ("ana", "ben")]
        world.mutual.allow(anyone, COIN)
        anyone.send(fund.donate(COIN, by_allowance()))
        world.wait(30 * DAY + 1)
        for member_id in ids:
            anyone.send(fund.step_back(member_id))
        anyone.send(fund.sweep_remainder())
        report = audit.run([node.url], fund.address)
        assert failing(report) == set()
        assert report.check(Name.STAGES).detail == "gathering"


# The command


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TONGXIN_")}
    return subprocess.run(
        [str(Path(sys.executable).parent / "tongxin"), "audit", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )


@in_one_mutual
def test_the_command_says_each_verdict_and_fails_if_one_does(story: Story, tmp_path: Path) -> None:
    where = ("--rpc", story.world.node.url, "--mutual", story.world.mutual.fund.address, "--home", str(tmp_path))
    clean = _command(*where)
    assert clean.returncode == 0, clean.stderr
    assert "Every check holds." in clean.stdout
    assert all(name in clean.stdout for name in Name)
    assert "Not audited by a third party" in clean.stdout
    slot = slot_of("Fund", "ledger.bonds")
    with undone(story) as url:
        dev_rpc.set_storage_at(url, story.world.mutual.fund.address, slot, bytes(32))
        broken = _command(*where, "--json")
    assert broken.returncode == 1
    answer = json.loads(broken.stdout)
    assert answer["ok"] is False
    assert [check["name"] for check in answer["checks"] if not check["ok"]] == [Name.BOOKS]


@in_one_mutual
def test_an_address_without_a_mutual_is_refused(story: Story, tmp_path: Path) -> None:
    where = ("--rpc", story.world.node.url, "--mutual", story.world.coin.address, "--home", str(tmp_path))
    refused = _command(*where)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "Fund" in refused.stderr


def test_topics_of_events_are_those_of_the_artifacts() -> None:
    """What the falsifications above rest on."""
    assert topic_of(Transfer) == keccak(b"Transfer(address,address,uint256)")


@in_one_mutual
def test_a_lie_about_a_slot_is_found_by_proofs_alone(story: Story) -> None:
    fund = story.world.mutual.fund.address
    bonds = slot_of("Fund", "ledger.bonds")
    with undone(story) as url:
        right = dev_rpc.request(url, "eth_getStorageAt", fund, hex(bonds), "latest")
        dev_rpc.request(url, "anvil_setStorageAt", fund, f"0x{bonds:064x}", "0x" + "77".zfill(64))
        dev_rpc.mine(url, 1)
        head = dev_rpc.request(url, "eth_blockNumber")

        def lie(method: str, params: list[Any], result: Any) -> Any:
            asked = method == "eth_getStorageAt" and (int(params[1], 16), params[2]) == (bonds, head)
            return right if asked else result

        with lying_endpoint(url, lie) as one, lying_endpoint(url, lie) as other:
            believed = audit.run([one, other], fund)
            proven = audit.run([one, other], fund, proofs=True)
    assert believed.ok
    assert failing(proven) == {Name.BOOKS}


@in_one_mutual
def test_an_audit_with_proofs_holds_and_says_what_it_proved(story: Story) -> None:
    url = story.world.node.url
    dev_rpc.mine(url, 1)
    block = dev_rpc.request(url, "eth_getBlockByNumber", "latest", False)
    with lying_endpoint(url, lambda _method, _params, result: result) as second:
        agreed = audit.run([url, second], story.world.mutual.fund.address, proofs=True)
    by_hand = audit.run(
        [url], story.world.mutual.fund.address, proofs=True, block_hash=bytes.fromhex(block["hash"][2:])
    )
    for report in (agreed, by_hand):
        assert report.ok, failing(report)
        assert report.proven_words > 400
    assert "at 0 earlier blocks" in by_hand.check(Name.BOOKS).detail
    assert "at 0 earlier blocks" not in agreed.check(Name.BOOKS).detail
    assert audited(story).proven_words == 0


@in_one_mutual
def test_an_endpoint_whose_proofs_prove_nothing_stops_the_audit(story: Story) -> None:
    def lie(method: str, _params: list[Any], result: Any) -> Any:
        return result | {"storageProof": []} if method == "eth_getProof" else result

    url = story.world.node.url
    dev_rpc.mine(url, 1)
    with lying_endpoint(url, lie) as one, lying_endpoint(url, lie) as other, pytest.raises(ProofError, match="altered"):
        audit.run([one, other], story.world.mutual.fund.address, proofs=True)
    with pytest.raises(DisagreementError, match="one alone could invent it"):
        audit.run([url], story.world.mutual.fund.address, proofs=True)
