# SPDX-License-Identifier: AGPL-3.0-only
"""Headers of every form up to Prague, hashed anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rlp

from tongxin.chain.primitives import keccak
from tongxin.proof.errors import ProofError
from tongxin.proof.header import BlockHeader, read_header

MAINNET_GENESIS: dict[str, Any] = {
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
}
LATER = {
    "baseFeePerGas": "0x3b9aca00",
    "withdrawalsRoot": "0x" + "33" * 32,
    "blobGasUsed": "0x0",
    "excessBlobGas": "0x0",
    "parentBeaconBlockRoot": "0x" + "44" * 32,
    "requestsHash": "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}


def test_the_genesis_of_the_main_chain_has_its_hash() -> None:
    header = BlockHeader.of_json(MAINNET_GENESIS)
    assert "0x" + header.hash.hex() == MAINNET_GENESIS["hash"]


def test_each_fork_s_fields_are_part_of_the_hash(tmp_path: Path) -> None:
    block = {name: item for name, item in MAINNET_GENESIS.items() if name != "hash"}
    seen = set()
    for name, item in [("", ""), *LATER.items()]:
        if name:
            block[name] = item
        header = BlockHeader.of_json(block)
        seen.add(header.hash)
        path = tmp_path / "block.json"
        path.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "result": block}))
        assert read_header(path) == header
    assert len(seen) == 1 + len(LATER)


def test_the_rlp_of_a_header_is_the_same_header(tmp_path: Path) -> None:
    fields = [
        bytes.fromhex(MAINNET_GENESIS[name][2:]) if len(MAINNET_GENESIS[name]) > 12 or name == "nonce" else number(name)
        for name in list(MAINNET_GENESIS)[:15]
    ]
    path = tmp_path / "header.hex"
    path.write_text("0x" + rlp.encode(fields).hex() + "\n")
    assert read_header(path) == BlockHeader.of_json(MAINNET_GENESIS)
    assert read_header(path).hash == keccak(rlp.encode(fields))


def number(name: str) -> bytes:
    found = int(MAINNET_GENESIS[name], 16)
    return found.to_bytes((found.bit_length() + 7) // 8, "big")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stateRoot": "0x" + "11" * 32}, "they were altered"),
        ({"stateRoot": "0x11"}, "stateRoot has 1 bytes, not 32"),
        ({"gasUsed": "many"}, "gasUsed is no hexadecimal number"),
        ({"requestsHash": "0x" + "55" * 32}, "a field of an earlier fork is missing"),
        ({"timestamp": "0x5"}, "they were altered"),
    ],
)
def test_a_header_that_is_wrong_is_refused(changes: dict[str, str], why: str) -> None:
    with pytest.raises(ProofError, match=why):
        BlockHeader.of_json(MAINNET_GENESIS | changes)


@pytest.mark.parametrize("shown", [None, [], "0x", {"number": "0x1"}])
def test_what_is_no_block_is_refused(shown: object) -> None:
    with pytest.raises(ProofError):
        BlockHeader.of_json(shown)


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "no JSON"), ("zz", "neither"), ("0x80", "no header"), ("0xc0", "no header"), ("0xff", "no header in RLP")],
)
def test_a_file_that_holds_no_header_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "header"
    path.write_text(text)
    with pytest.raises(ProofError, match=why):
        read_header(path)
    with pytest.raises(ProofError, match="can't be read"):
        read_header(tmp_path / "nowhere")
