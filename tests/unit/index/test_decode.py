# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import msgspec
import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.chain.abi import contract_abi, type_of
from tongxin.chain.events import EVENTS, RawLog
from tongxin.chain.logs import decode_log
from tongxin.index.apply import HANDLERS
from tongxin.index.decode import CONTRACTS, WireLog, fields, form, forms, some_fields
from tongxin.index.errors import LogFormError

VALUES = {
    "address": st.binary(min_size=20, max_size=20),
    "bool": st.booleans(),
    "bytes32": st.binary(min_size=32, max_size=32),
    "uint256": st.integers(0, 2**256 - 1),
}


def wire(contract: str, name: str, values: dict[str, object]) -> WireLog:
    """A log as an endpoint gives it, encoded by another library."""
    inputs = contract_abi(contract).events[name]["inputs"]
    words = {item["name"]: encode([type_of(item)], [values[item["name"]]]) for item in inputs}
    topics = [form(contract, name).topic]
    topics += ["0x" + words[item["name"]].hex() for item in inputs if item["indexed"]]
    data = "0x" + b"".join(words[item["name"]] for item in inputs if not item["indexed"]).hex()
    return WireLog("0x" + "11" * 20, topics, data, "0x10", "0x" + "22" * 32, "0x" + "33" * 32, "0x0", "0x1")


def every_event() -> list[tuple[str, str]]:
    return [(contract, name) for contract in CONTRACTS for name in contract_abi(contract).events]


def test_every_event_of_every_contract_has_its_place_in_the_tables() -> None:
    missing = set(every_event()) - set(HANDLERS)
    assert not missing, "a new event needs a function in tongxin.index.apply"
    assert not set(HANDLERS) - set(every_event()), "no contract logs this any more"


def test_the_contracts_are_all_that_log_for_a_mutual() -> None:
    elsewhere = {"Founder", "StableCoin"}
    assert {contract for contract, _ in EVENTS} - elsewhere == set(CONTRACTS)


@settings(deadline=None, max_examples=20)
@given(st.data())
@pytest.mark.parametrize(("contract", "name"), every_event())
def test_fields_are_those_that_were_logged(contract: str, name: str, data: st.DataObject) -> None:
    inputs = contract_abi(contract).events[name]["inputs"]
    values = {item["name"]: data.draw(VALUES[type_of(item)]) for item in inputs}
    log = wire(contract, name, values)
    words = form(contract, name).words(log)
    assert fields(contract, name, words) == values
    wanted = data.draw(st.lists(st.sampled_from([*values, "no_field_of_any"]), unique=True))
    assert some_fields(contract, name, words, wanted) == {field: values[field] for field in wanted if field in values}


def test_fields_agree_with_the_typed_events() -> None:
    member_id = bytes(range(32))
    values = {"member_id": member_id, "left": 480_000, "ends": 1_800_000_000}
    log = wire("Fund", "Left", values)
    topics = tuple(bytes.fromhex(topic[2:]) for topic in log.topics)
    event = decode_log(RawLog("0x" + "11" * 20, topics, bytes.fromhex(log.data[2:]), 16, "0x", 1))
    assert {name: getattr(event, name) for name in values} == fields("Fund", "Left", form("Fund", "Left").words(log))


@pytest.mark.parametrize("change", ["data", "topic"])
def test_a_log_of_the_wrong_length_is_refused(change: str) -> None:
    log = wire("Fund", "Left", {"member_id": bytes(32), "left": 1, "ends": 2})
    if change == "data":
        log.data += "00"
    else:
        log.topics.append("0x" + "00" * 32)
    with pytest.raises(LogFormError, match="log 1 of block 16 is no Left"):
        form("Fund", "Left").words(log)


def test_topics_of_a_contract_are_told_apart() -> None:
    for contract in CONTRACTS:
        assert len(forms(contract)) == len(contract_abi(contract).events)


def test_json_of_an_endpoint_is_read_whatever_else_it_holds() -> None:
    raw = b"""[{"address":"0xAA","topics":["0x01"],"data":"0x","blockNumber":"0x1","blockHash":"0x2",
        "transactionHash":"0x3","transactionIndex":"0x4","logIndex":"0x5","removed":false,"blockTimestamp":"0x6"}]"""
    log = msgspec.json.decode(raw, type=list[WireLog])[0]
    assert (log.address, log.block_number, log.transaction_index, log.log_index) == ("0xAA", "0x1", "0x4", "0x5")
