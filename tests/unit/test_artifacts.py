# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import compile_contracts
from compile_contracts import ARTIFACTS, LIBRARIES, ROOT, CompileError, compile_contract, deployables, main
from tongxin.artifacts import UnknownContractError, load, names

CONTRACTS = {path.stem: path for path in deployables()}


def test_there_is_one_artifact_for_each_contract() -> None:
    assert set(names()) == set(CONTRACTS), "run `make compile`"


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_compiling_again_gives_the_committed_bytes(name: str) -> None:
    path = ARTIFACTS / f"{name}.json"
    committed = path.read_text(encoding="ascii") if path.exists() else "{}"
    text = compile_contract(CONTRACTS[name]).text
    if text != committed:
        new, old = json.loads(text), json.loads(committed)
        changed = sorted(key for key in new.keys() | old.keys() if new.get(key) != old.get(key)) or ["the layout"]
        pytest.fail(f"{name} is out of date ({', '.join(changed)}): run `make compile` and commit the artifact")


@pytest.mark.parametrize("name", names())
def test_an_artifact_names_every_source_and_no_path_of_this_machine(name: str) -> None:
    text = (ARTIFACTS / f"{name}.json").read_text(encoding="ascii")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    for source, digest in load(name).sources.items():
        base = LIBRARIES if source.startswith("snekmate/") else ROOT
        assert hashlib.sha256((base / source).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", names())
def test_a_contract_fits_the_chains_limits(name: str) -> None:
    artifact = load(name)
    assert 0 < artifact.deployed_bytes <= 24_576
    assert 0 < len(artifact.bytecode) <= 49_152
    assert artifact.compiler == {
        "evm_version": "cancun",
        "name": "vyper",
        "optimize": artifact.compiler["optimize"],
        "version": "0.4.3",
    }


def test_an_unknown_contract_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownContractError, match=r"'Stablecoin'.*StableCoin.*make compile"):
        load("Stablecoin")


def test_immutables_are_read_from_deployed_code() -> None:
    coin = load("StableCoin")
    deployed = bytearray(coin.runtime + bytes(coin.immutables_bytes))
    at = next(item for item in coin.immutables if item.name == "erc20.decimals")
    deployed[len(coin.runtime) + at.offset + 31] = 6
    assert coin.is_code_of(bytes(deployed))
    assert coin.immutables_of(bytes(deployed))["erc20.decimals"] == (6).to_bytes(32, "big")
    deployed[10] ^= 1
    assert not coin.is_code_of(bytes(deployed))
    assert not coin.is_code_of(coin.runtime)
    with pytest.raises(ValueError, match="not the code of StableCoin"):
        coin.immutables_of(bytes(deployed))


def test_storage_is_found_by_name() -> None:
    coin = load("StableCoin")
    slots = [item.slot for item in coin.storage]
    assert slots == sorted(slots)
    assert coin.slot_of("erc20.totalSupply") in slots
    with pytest.raises(KeyError, match="no state variable 'totalSupply'"):
        coin.slot_of("totalSupply")


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A repository of its own for the compiler script, with one small contract."""
    contracts, artifacts = tmp_path / "contracts", tmp_path / "artifacts"
    (contracts / "mocks").mkdir(parents=True)
    artifacts.mkdir()
    for name, value in (("ROOT", tmp_path), ("CONTRACTS", contracts), ("ARTIFACTS", artifacts)):
        monkeypatch.setattr(compile_contracts, name, value)
    source = contracts / "Purse.vy"
    source.write_text(
        "#pragma version 0.4.3\namount: public(uint256)\nLIMIT: immutable(uint256)\n\n"
        "@deploy\ndef __init__():\n    LIMIT = 3\n",
        encoding="ascii",
    )
    return SimpleNamespace(contracts=contracts, artifacts=artifacts, source=source)


def test_main_writes_artifacts_and_removes_stale_ones(
    workshop: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.artifacts / "Gone.json").write_text("{}", encoding="ascii")
    assert main(["--json"]) == 0
    assert [path.name for path in workshop.artifacts.iterdir()] == ["Purse.json"]
    written = json.loads((workshop.artifacts / "Purse.json").read_text(encoding="ascii"))
    assert written["contract"] == "contracts/Purse.vy"
    assert written["compiler"]["optimize"] == "gas"
    assert written["immutables"] == {"LIMIT": {"length": 32, "offset": 0, "type": "uint256"}}
    sizes = json.loads(capsys.readouterr().out)
    assert sizes["Purse"]["code"] == len(written["runtime_bytecode"]) // 2 - 1 + 32


def test_a_contract_may_choose_its_optimiser(workshop: SimpleNamespace) -> None:
    text = workshop.source.read_text(encoding="ascii")
    workshop.source.write_text(text.replace("0.4.3\n", "0.4.3\n#pragma optimize codesize\n"), encoding="ascii")
    assert json.loads(compile_contract(workshop.source).text)["compiler"]["optimize"] == "codesize"


def test_a_contract_may_not_choose_another_chain(workshop: SimpleNamespace) -> None:
    text = workshop.source.read_text(encoding="ascii")
    workshop.source.write_text(text.replace("0.4.3\n", "0.4.3\n#pragma evm-version prague\n"), encoding="ascii")
    with pytest.raises(CompileError, match="Purse: settings conflict"):
        compile_contract(workshop.source)


@pytest.mark.parametrize(("limit", "number"), [("MAX_RUNTIME_BYTES", "EIP-170"), ("MAX_INITCODE_BYTES", "EIP-5202")])
def test_a_contract_too_large_is_refused(
    workshop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, limit: str, number: str
) -> None:
    monkeypatch.setattr(compile_contracts, limit, 60)
    with pytest.raises(CompileError, match=rf"Purse: .*{number}"):
        compile_contract(workshop.source)


def test_a_source_the_compiler_may_break_is_refused(workshop: SimpleNamespace) -> None:
    text = workshop.source.read_text(encoding="ascii")
    workshop.source.write_text(text.replace("= 3", "= 3 if True else 4"), encoding="ascii")
    with pytest.raises(CompileError, match=r"contracts/Purse\.vy:7: ternary"):
        compile_contract(workshop.source)


def test_two_contracts_of_one_name_are_refused(workshop: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    (workshop.contracts / "mocks" / "Purse.vy").write_bytes(workshop.source.read_bytes())
    assert main([]) == 1
    assert "two contracts have this name" in capsys.readouterr().err


def test_a_contract_that_is_not_there_is_refused(workshop: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["Purs"]) == 1
    assert "no such contract: Purs" in capsys.readouterr().err
    assert list(workshop.artifacts.iterdir()) == []
