# SPDX-License-Identifier: AGPL-3.0-only
"""Every function, event and reason of the compiled contracts has its place in the SDK."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tongxin.artifacts import load, names
from tongxin.chain import founding, reverts
from tongxin.chain.abi import contract_abi
from tongxin.chain.assembly import Assembly
from tongxin.chain.charter import Charter
from tongxin.chain.contract import Contract
from tongxin.chain.court import Court
from tongxin.chain.events import EVENTS
from tongxin.chain.founder import Founder
from tongxin.chain.fund import Fund
from tongxin.chain.jury import Jury
from tongxin.chain.logs import field_name
from tongxin.chain.office import Office
from tongxin.chain.reverts import Reverted
from tongxin.chain.token import StableCoin, Token

CONTRACTS = Path(__file__).parents[3] / "contracts"
WRAPPERS: dict[str, type[Contract]] = {
    "Assembly": Assembly,
    "Charter": Charter,
    "Court": Court,
    "Founder": Founder,
    "Fund": Fund,
    "Jury": Jury,
    "Office": Office,
    "StableCoin": StableCoin,
}
# Code that only other contracts run.
NOT_CALLED = {"Bounds", "FundAnnex", "FundStages"}
# Functions of the test stablecoin's library that no flow of a mutual needs.
NOT_WRAPPED = {
    "StableCoin": {
        "CANCEL_AUTHORIZATION_TYPEHASH",
        "RECEIVE_WITH_AUTHORIZATION_TYPEHASH",
        "TRANSFER_WITH_AUTHORIZATION_TYPEHASH",
    }
}
REASON = re.compile(r'"([a-z_]+: [^"\n]+)"')
PYTHON_TYPES = {"address": "str", "bool": "bool", "bytes32": "bytes"}


def sources() -> list[Path]:
    return sorted([*CONTRACTS.glob("*.vy"), *(CONTRACTS / "modules").glob("*.vy")])


def reasons_in_sources() -> dict[str, str]:
    return {reason: path.name for path in sources() for reason in REASON.findall(path.read_text(encoding="ascii"))}


def called(wrapper: type[Contract]) -> set[tuple[str, int | None]]:
    """The names that a wrapper's methods pass to `_act` and `_read`, with the number of arguments where it is fixed."""
    found: set[tuple[str, int | None]] = set()
    for kind in inspect.getmro(wrapper):
        if not issubclass(kind, Contract):
            continue
        for node in ast.walk(ast.parse(inspect.getsource(kind))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr not in {"_act", "_read", "_read_many"} or not node.args:
                continue
            if isinstance(node.args[0], ast.Constant):
                fixed = node.func.attr != "_read_many" and not any(isinstance(a, ast.Starred) for a in node.args)
                found.add((str(node.args[0].value), len(node.args) - 1 if fixed else None))
    return found


def test_the_contracts_are_all_there() -> None:
    deployables = {path.stem for path in CONTRACTS.glob("*.vy")}
    assert deployables == (set(WRAPPERS) - {"StableCoin"}) | NOT_CALLED
    assert deployables <= set(names())


@pytest.mark.parametrize("contract", sorted(WRAPPERS))
def test_every_function_has_a_method_that_calls_it(contract: str) -> None:
    abi = contract_abi(contract)
    found = called(WRAPPERS[contract])
    blueprints = {name for name in abi.functions if name.endswith("_BLUEPRINT")}
    if contract == "Founder":
        assert blueprints
        found |= {(name, 0) for name in blueprints}
    missing = set(abi.functions) - {name for name, _ in found} - NOT_WRAPPED.get(contract, set())
    assert not missing
    shared = {name for name, _ in called(Contract)}
    unknown = {name for name, _ in found} - set(abi.functions) - shared
    assert not unknown
    for name, arguments in found:
        if name in abi.functions and arguments is not None:
            assert arguments in abi.functions[name], f"{contract}.{name} with {arguments} arguments"


@pytest.mark.parametrize("contract", sorted(WRAPPERS))
def test_every_event_has_a_class_with_its_fields(contract: str) -> None:
    abi = contract_abi(contract)
    assert {name for owner, name in EVENTS if owner == contract} == set(abi.events)
    for name, entry in abi.events.items():
        expected = [(field_name(item["name"]), PYTHON_TYPES.get(item["type"], "int")) for item in entry["inputs"]]
        found = [(item.name, item.type) for item in fields(EVENTS[contract, name]) if item.name != "log"]
        assert found == expected, f"{contract}.{name}"


def test_no_two_events_have_the_same_first_topic() -> None:
    signatures = [
        (name, tuple(item["type"] for item in contract_abi(contract).events[name]["inputs"]))
        for contract, name in EVENTS
    ]
    assert len(set(signatures)) == len(signatures)


def test_every_reason_has_a_class_and_every_class_a_reason() -> None:
    found = reasons_in_sources()
    assert len(found) > 200
    mapped = set(Reverted._by_reason)
    assert not sorted(set(found) - mapped)
    assert not sorted(mapped - set(found))


def test_reasons_say_what_happened_and_what_to_do() -> None:
    for kind in Reverted.__subclasses__():
        assert kind.__doc__, kind
        assert kind.advice != Reverted.advice, kind
        assert re.fullmatch(r"[A-Z][^\n]*\.", kind.__doc__), kind
        assert getattr(reverts, kind.__name__) is kind


def test_a_reason_becomes_its_class_with_data() -> None:
    error = Reverted.of("fund: settle first", "Fund.join")
    assert type(error) is reverts.SettleFirst
    assert str(error) == (
        "A closed round waits to be settled: call settle_round (anyone may), then try again "
        "[fund: settle first] (Fund.join)"
    )
    assert error.details() == {
        "error": "SettleFirst",
        "message": str(error),
        "reason": "fund: settle first",
        "call": "Fund.join",
    }
    assert type(Reverted.of("something: new")) is Reverted
    assert type(Reverted.of("erc20: insufficient allowance")) is reverts.TokenRefused


def test_what_a_call_returned_becomes_an_error() -> None:
    text = bytes.fromhex("08c379a0") + (32).to_bytes(32) + (18).to_bytes(32) + b"fund: settle first".ljust(32, b"\0")
    assert type(reverts.of_data(text)) is reverts.SettleFirst
    assert type(reverts.of_data(bytes.fromhex("4e487b71") + (0x11).to_bytes(32))) is reverts.OutOfRange
    for data in (b"", b"\x01\x02", text[:40]):
        assert type(reverts.of_data(data)) is reverts.RefusedWithoutReason


def test_the_token_class_needs_no_more_than_the_standards() -> None:
    erc20 = {
        "name",
        "symbol",
        "decimals",
        "totalSupply",
        "balanceOf",
        "allowance",
        "transfer",
        "transferFrom",
        "approve",
    }
    erc2612 = {"permit", "nonces", "DOMAIN_SEPARATOR"}
    erc3009 = {
        "authorizationState",
        "transferWithAuthorization",
        "receiveWithAuthorization",
        "cancelAuthorization",
    }
    assert {name for name, _ in called(Token)} == erc20 | erc2612 | erc3009 | {"eip712Domain"}


def test_parts_of_the_fund_agree_where_several_have_a_function() -> None:
    def forms(name: str) -> dict[str, Any]:
        return {
            f"{entry['name']}/{len(entry['inputs'])}": [entry["inputs"], entry["outputs"]]
            for entry in load(name).abi
            if entry["type"] == "function"
        }

    parts = [forms(name) for name in ("Fund", "FundAnnex", "FundStages")]
    assert all(parts)
    for one, other in combinations(parts, 2):
        for name in set(one) & set(other):
            assert one[name] == other[name]


@pytest.mark.parametrize("part", founding._PARTS)
def test_every_part_of_a_mutual_fits_its_blueprint(part: str) -> None:
    """A blueprint is code on the chain, so that creation code is bounded like deployed code (EIP-170, EIP-5202)."""
    assert len(founding._PREAMBLE + load(part).bytecode) <= 24_576
    action = founding.blueprint(part)
    assert action.to is None
    assert action.data[10:] == founding._PREAMBLE + load(part).bytecode
