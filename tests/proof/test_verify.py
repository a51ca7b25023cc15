# SPDX-License-Identifier: AGPL-3.0-only
"""Proofs of a real mutual: what is true is proven, and whoever shows something else is found out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.audit_story import CASES, Story, live
from support.cli import Cli
from support.rpc_proxy import REFUSED, Lie, lying_endpoint
from support.sdk import founded
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import Collected, Event, Paid, PaidOut, Refunded, Settled, Withdrawn
from tongxin.chain.node import EmbeddedNode
from tongxin.proof.errors import DisagreementError, ProofError
from tongxin.proof.header import BlockHeader, read_header
from tongxin.proof.layout import slot_of
from tongxin.proof.receipt import Receipt, ReceiptError, read_receipt
from tongxin.verify import VerifyError, choose_block, claim, membership, open_mutual, payment, verify_receipt
from tongxin.words import FUND_MEMBER, MemberStatus, Stage

pytestmark = pytest.mark.chain


@dataclass
class Place:
    """A mutual that lived, and two endpoints that show it."""

    story: Story
    urls: tuple[str, str]

    @property
    def fund(self) -> str:
        return self.story.world.mutual.fund.address


@pytest.fixture(scope="module", params=CASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    journal = tmp_path_factory.mktemp("proof") / "sent.sqlite"
    case = CASES[request.param]
    with EmbeddedNode(hardfork="prague") as node, founded(node, journal, case.charter, case.changes) as world:
        lived = live(world, case.bench)
        case.after(lived)
        dev_rpc.mine(node.url, 1)
        with lying_endpoint(node.url, lambda _method, _params, result: result) as second:
            yield Place(lived, (node.url, second))


in_one_mutual = pytest.mark.parametrize("place", ["example-immediate"], indirect=True)
in_rounds = pytest.mark.parametrize("place", ["facade-cleaners"], indirect=True)


@contextmanager
def with_liar(place: Place, lie: Lie, *, honest: int = 1) -> Iterator[Endpoints]:
    """A liar that is asked first, and honest endpoints."""
    with lying_endpoint(place.urls[0], lie) as liar, Endpoints([liar, *place.urls[:honest]]) as endpoints:
        yield endpoints


def events(place: Place, kind: type[Event]) -> list[Any]:
    return list(place.story.world.mutual.events(kinds=(kind,)))


def receipt_of(place: Place, event: Event) -> Receipt:
    raw = dev_rpc.request(place.urls[0], "eth_getBlockByNumber", hex(event.log.block), False)
    return Receipt.of_event(31337, BlockHeader.of_json(raw).hash, event)


def test_a_membership_and_its_balance_are_proven(place: Place) -> None:
    fund = place.story.world.mutual.fund
    with Endpoints(place.urls) as endpoints, open_mutual(endpoints, place.fund, choose_block(endpoints)) as mutual:
        for member_id, _sender in [place.story.claimant, *place.story.jurors.values()]:
            facts = membership(mutual, member_id)
            record = fund.record(member_id)
            assert facts.balance == fund.balance_of(member_id)
            assert facts.in_force == (
                record.member.in_force(record.index, mutual.spacing) and not facts.status & MemberStatus.EXITED
            )
            assert (facts.wallet, facts.class_id, facts.shares) == (
                record.member.wallet,
                record.member.class_id,
                record.member.shares,
            )


def test_that_somebody_is_no_member_and_a_claim_is_none_is_proven_too(place: Place) -> None:
    with Endpoints(place.urls) as endpoints, open_mutual(endpoints, place.fund, choose_block(endpoints)) as mutual:
        with pytest.raises(VerifyError, match="the storage proves that the record is empty"):
            membership(mutual, b"\x07" * 32)
        with pytest.raises(VerifyError, match="no claim 99"):
            claim(mutual, 99)


def test_what_was_paid_for_each_claim_is_proven(place: Place) -> None:
    shown = events(place, Settled) + events(place, Paid)
    with Endpoints(place.urls) as endpoints, open_mutual(endpoints, place.fund, choose_block(endpoints)) as mutual:
        for number in (1, 2, 3):
            facts = payment(mutual, number)
            paid = [event for event in shown if event.claim == number]
            assert facts.claim.stage is Stage.GRANTED
            carried = [event.rest for event in paid if isinstance(event, Paid) and event.carried]
            assert facts.claim.waiting == sum(carried[-1:])
            assert facts.amount == sum(event.amount if isinstance(event, Paid) else event.paid for event in paid) > 0
            assert all(item.delivered for item in facts.receipts)


def test_a_receipt_of_every_kind_of_payment_is_true(place: Place) -> None:
    kinds = [kind for kind in (Settled, Paid, Withdrawn, Refunded, PaidOut, Collected) if events(place, kind)]
    assert len(kinds) >= 4
    with Endpoints(place.urls) as endpoints:
        now = choose_block(endpoints)
        for kind in kinds:
            receipt = receipt_of(place, events(place, kind)[0])
            facts = verify_receipt(endpoints, Receipt.of_dict(json.loads(json.dumps(receipt.as_dict()))), None, now)
            assert facts.delivered is (facts.amount > 0)
            assert bool(facts.amount) is (kind is not Collected) or kind is Settled


@in_one_mutual
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fields": {"amount": "1"}}, "does not say what the chain does"),
        ({"event": "Withdrawn"}, "the receipt says Withdrawn"),
        ({"log_index": 50}, "has no log 50"),
        ({"transaction": "0x" + "11" * 32}, "belongs to transaction"),
        ({"block_hash": "0x" + "11" * 32}, "the receipt is false"),
        ({"contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3"}, "its code is not a Fund's"),
        ({"chain_id": 1}, "of chain 1"),
    ],
)
def test_a_tampered_receipt_is_refused(place: Place, changes: dict[str, Any], why: str) -> None:
    receipt = receipt_of(place, events(place, Refunded)[0])
    fields = receipt.fields | changes.pop("fields", {})
    with Endpoints(place.urls) as endpoints, pytest.raises(Exception, match=why) as caught:
        verify_receipt(endpoints, replace(receipt, fields=fields, **changes), None, choose_block(endpoints))
    assert caught.type.__name__ in {"VerifyError", "AuditError"}


@in_one_mutual
def test_a_lying_endpoint_cannot_prove_a_balance_that_is_not(place: Place) -> None:
    member_id = place.story.claimant[0]
    slot = f"0x{slot_of('Fund', 'register.members', member_id):064x}"

    def richer(method: str, _params: list[Any], result: Any) -> Any:
        if method != "eth_getProof":
            return result
        for part in result["storageProof"]:
            if int(part["key"], 16) == int(slot, 16):
                word = FUND_MEMBER.unpack(int(part["value"], 16)) | {"tick": 9_999}
                old, new = part["value"][2:], f"{FUND_MEMBER.pack(**word):x}"
                part["value"] = "0x" + new
                part["proof"] = [node.replace(old, new) for node in part["proof"]]
        return result

    block = dev_rpc.request(place.urls[0], "eth_getBlockByNumber", "latest", False)
    with lying_endpoint(place.urls[0], richer) as liar, Endpoints(liar) as endpoints:
        agreement = choose_block(endpoints, block_hash=bytes.fromhex(block["hash"][2:]))
        with open_mutual(endpoints, place.fund, agreement) as mutual, pytest.raises(ProofError, match="altered"):
            membership(mutual, member_id)
    # An honest endpoint beside it is asked next.
    with with_liar(place, richer) as endpoints, open_mutual(endpoints, place.fund, choose_block(endpoints)) as mutual:
        assert membership(mutual, member_id).balance == place.story.world.mutual.fund.balance_of(member_id)


def _other_root(method: str, _params: list[Any], result: Any) -> Any:
    if method == "eth_getBlockByNumber" and result:
        return result | {"stateRoot": "0x" + "22" * 32}
    return result


def _other_block(method: str, _params: list[Any], result: Any) -> Any:
    """A block that is whole in itself, and another one."""
    if method == "eth_getBlockByNumber" and result:
        forged = {name: item for name, item in result.items() if name != "hash"} | {"stateRoot": "0x" + "22" * 32}
        return forged | {"hash": "0x" + BlockHeader.of_json(forged).hash.hex()}
    return result


def _old(method: str, _params: list[Any], result: Any) -> Any:
    return hex(int(result, 16) - 100) if method == "eth_blockNumber" else result


@in_one_mutual
@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (_other_root, "shows a false block"),
        (_other_block, "do not show the same block"),
        (_old, "it shows an old state"),
    ],
)
def test_one_of_three_endpoints_that_disagrees_stops_it(place: Place, lie: Lie, why: str) -> None:
    with with_liar(place, lie, honest=2) as endpoints, pytest.raises(DisagreementError, match=why):
        choose_block(endpoints)


@in_one_mutual
def test_one_endpoint_alone_is_not_believed(place: Place) -> None:
    twice = [place.urls[0], place.urls[0] + "/"]
    with Endpoints(twice) as endpoints, pytest.raises(DisagreementError, match="one alone could invent it"):
        choose_block(endpoints)


@in_one_mutual
def test_a_hash_or_a_header_given_by_hand_stands_for_the_endpoints(place: Place, tmp_path: Path) -> None:
    block = dev_rpc.request(place.urls[0], "eth_getBlockByNumber", "latest", False)
    path = tmp_path / "block.json"
    path.write_text(json.dumps(block))
    wanted = bytes.fromhex(block["hash"][2:])
    with Endpoints(place.urls[0]) as endpoints:
        by_hash = choose_block(endpoints, block_hash=wanted)
        by_file = choose_block(endpoints, header=read_header(path))
        assert by_hash == by_file
        assert by_hash.by_hand
        with pytest.raises(ProofError, match="no endpoint shows the block"):
            choose_block(endpoints, block_hash=b"\x01" * 32)
        with pytest.raises(DisagreementError, match="one of them is wrong"):
            choose_block(endpoints, block_hash=b"\x01" * 32, header=read_header(path))
        # A payment in an older block is reached over the parents' hashes.
        with open_mutual(endpoints, place.fund, by_hash) as mutual:
            assert payment(mutual, 1).amount > 0


@in_one_mutual
def test_an_endpoint_that_keeps_no_old_state_says_so(place: Place) -> None:
    def pruned(method: str, params: list[Any], result: Any) -> Any:
        return REFUSED if method == "eth_getProof" and int(params[2], 16) < 50 else result

    with ExitStack() as closing:
        urls = [closing.enter_context(lying_endpoint(url, pruned)) for url in place.urls]
        endpoints = closing.enter_context(Endpoints(urls))
        agreement = choose_block(endpoints, number=40)
        with pytest.raises(ProofError, match=r"missing trie node.*choose a newer block"):
            closing.enter_context(open_mutual(endpoints, place.fund, agreement))


@in_one_mutual
def test_other_code_at_the_address_is_no_mutual(place: Place) -> None:
    url = place.urls[0]
    snapshot = dev_rpc.request(url, "evm_snapshot")
    code = dev_rpc.request(url, "eth_getCode", place.fund, "latest")
    dev_rpc.request(url, "anvil_setCode", place.fund, code[:200] + "00" + code[202:])
    dev_rpc.mine(url, 1)
    try:
        with (
            Endpoints(place.urls) as endpoints,
            pytest.raises(VerifyError, match="differs from the published source"),
            open_mutual(endpoints, place.fund, choose_block(endpoints)),
        ):
            pass
    finally:
        dev_rpc.request(url, "evm_revert", snapshot)


@in_one_mutual
@pytest.mark.parametrize("method", ["eth_getBlockReceipts", "eth_getBlockByHash"])
def test_receipts_or_transactions_that_were_altered_prove_nothing(place: Place, method: str) -> None:
    def lie(asked: str, _params: list[Any], result: Any) -> Any:
        if asked != method:
            return result
        if method == "eth_getBlockReceipts":
            return [one | {"cumulativeGasUsed": "0x1"} for one in result]
        return result | {"transactions": [one | {"value": "0x1"} for one in result["transactions"]]}

    receipt = receipt_of(place, events(place, Refunded)[0])
    root = "receiptsRoot" if method == "eth_getBlockReceipts" else "transactionsRoot"
    with ExitStack() as closing:
        urls = [closing.enter_context(lying_endpoint(url, lie)) for url in place.urls]
        endpoints = closing.enter_context(Endpoints(urls))
        with pytest.raises(ProofError, match=root):
            verify_receipt(endpoints, receipt, None, choose_block(endpoints))


@in_rounds
def test_at_the_command_line(place: Place, tmp_path: Path) -> None:
    cli = Cli(tmp_path, mutual=place.fund)
    rpc = [part for url in place.urls for part in ("--rpc", url)]
    member = "0x" + place.story.claimant[0].hex()
    fund = place.story.world.mutual.fund
    answer = cli.answer("verify", "balance", member, *rpc)
    assert (answer["ok"], answer["balance"]) == (True, fund.balance_of(place.story.claimant[0]))
    assert len(answer["state"]["endpoints"]) == 2
    assert cli.answer("verify", "membership", member, *rpc)["wallet"] == place.story.claimant[1].address
    assert cli.answer("verify", "claim", "1", *rpc)["stage"] == "granted"
    paid = cli.answer("verify", "payment", "1", *rpc)
    assert paid["paid"] == sum(event.amount for event in events(place, Paid) if event.claim == 1)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(paid["payments"][0]["receipt"]))
    assert cli.answer("verify", "receipt", path, *rpc)["delivered"] is True
    assert "已证明" in cli.run("verify", "payment", "1", *rpc, "--lang", "zh").stdout
    path.write_text(path.read_text().replace('"amount": "', '"amount": "9'))
    assert "does not say what the chain does" in cli.failure("verify", "receipt", path, *rpc)
    assert "one alone could invent it" in cli.failure("verify", "balance", member, "--rpc", place.urls[0])
    assert "no hash of a block" in cli.failure("verify", "balance", member, *rpc, "--block-hash", "0x12")


def test_a_file_that_is_no_receipt_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    for text, why in (
        ("{", "no JSON"),
        ("[]", 'its "format" must be'),
        ('{"format": "tongxin-receipt/1"}', "missing or unknown"),
    ):
        path.write_text(text)
        with pytest.raises(ReceiptError, match=why):
            read_receipt(path)
    with pytest.raises(ReceiptError, match="can't be read"):
        read_receipt(tmp_path / "nowhere.json")
