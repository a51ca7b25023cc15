# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web3.types import Wei

from support.contracts import accounts, at, connect, deploy, events, read, send
from tongxin.chain import dev_rpc
from tongxin.chain.node import (
    CHAIN_ID,
    EmbeddedNode,
    NodeError,
    NodeInUseError,
    dev_accounts,
    find_anvil,
    running_node,
)

YEAR = 365 * 86_400


def wait_until(condition: Any, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} seconds for: {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    assert Path("/proc/self/stat").exists(), "this test reads /proc, so it needs Linux"
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", maxsplit=1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def block(url: str, number: str = "latest") -> dict[str, Any]:
    found: dict[str, Any] = dev_rpc.request(url, "eth_getBlockByNumber", number, False)
    return found


# --- a chain in memory


def test_answers_on_the_loopback_address_with_the_fixed_chain_id(node: EmbeddedNode) -> None:
    assert node.url.startswith("http://127.0.0.1:")
    assert connect(node.url).eth.chain_id == CHAIN_ID


def test_funds_the_accounts_whose_keys_it_publishes(node: EmbeddedNode) -> None:
    addresses = [account.address for account in dev_accounts()]
    assert addresses == accounts(connect(node.url))
    assert addresses[0] == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_a_chain_in_memory_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with EmbeddedNode() as running:
        pid = running.pid
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []
    assert not is_running(pid)


def test_the_same_genesis_time_gives_the_same_blocks() -> None:
    hashes = []
    for _ in range(2):
        with EmbeddedNode(genesis_time=1_700_000_000) as running:
            dev_rpc.set_next_block_timestamp(running.url, 1_700_000_100)
            dev_rpc.mine(running.url)
            assert block(running.url)["timestamp"] == hex(1_700_000_100)
            hashes.append(block(running.url)["hash"])
    assert hashes[0] == hashes[1]


def test_a_memory_chain_has_no_checkpoint(node: EmbeddedNode) -> None:
    with pytest.raises(NodeError, match="in memory"):
        node.checkpoint()


# --- what only a local chain can be asked


@pytest.fixture
def own_node() -> Iterator[EmbeddedNode]:
    with EmbeddedNode() as running:
        yield running


def test_mining_at_will(own_node: EmbeddedNode) -> None:
    w3 = connect(own_node.url)
    dev_rpc.set_automine(own_node.url, False)
    for _ in range(3):
        w3.eth.send_transaction({"from": accounts(w3)[0], "to": accounts(w3)[1], "value": Wei(1)})
    assert w3.eth.block_number == 0
    dev_rpc.mine(own_node.url)
    assert w3.eth.block_number == 1
    assert len(w3.eth.get_block(1)["transactions"]) == 3
    dev_rpc.mine(own_node.url, 5)
    assert w3.eth.block_number == 6
    dev_rpc.set_automine(own_node.url, True)
    sent = w3.eth.send_transaction({"from": accounts(w3)[0], "to": accounts(w3)[1], "value": Wei(1)})
    assert w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["blockNumber"] == 7


def test_moving_the_clock(own_node: EmbeddedNode) -> None:
    before = dev_rpc.block_time(own_node.url)
    dev_rpc.increase_time(own_node.url, YEAR)
    assert before + YEAR <= dev_rpc.block_time(own_node.url) <= before + YEAR + 60
    target = dev_rpc.block_time(own_node.url) + 1000
    dev_rpc.set_next_block_timestamp(own_node.url, target)
    dev_rpc.mine(own_node.url)
    assert dev_rpc.block_time(own_node.url) == target
    assert target <= dev_rpc.clock(own_node.url) <= target + 60
    with pytest.raises(dev_rpc.RpcError):
        dev_rpc.set_next_block_timestamp(own_node.url, target - 1)


def test_writing_the_state(own_node: EmbeddedNode) -> None:
    w3 = connect(own_node.url)
    address = "0x00000000000000000000000000000000000000AA"
    dev_rpc.set_balance(own_node.url, address, 123)
    dev_rpc.set_code(own_node.url, address, bytes.fromhex("6001"))
    dev_rpc.set_storage_at(own_node.url, address, 7, (9).to_bytes(32, "big"))
    checksummed = w3.to_checksum_address(address)
    assert w3.eth.get_balance(checksummed) == 123
    assert w3.eth.get_code(checksummed).hex() == "6001"
    assert int.from_bytes(w3.eth.get_storage_at(checksummed, 7), "big") == 9
    with pytest.raises(ValueError, match="32 bytes, not 2"):
        dev_rpc.set_storage_at(own_node.url, address, 7, b"12")


def test_an_error_of_the_endpoint_names_the_method(node: EmbeddedNode) -> None:
    with pytest.raises(dev_rpc.RpcError, match="no_such_method") as raised:
        dev_rpc.request(node.url, "no_such_method")
    assert raised.value.code == -32601


# --- a chain kept on disk


def test_a_restart_keeps_blocks_balances_logs_and_the_clock(tmp_path: Path) -> None:
    state = tmp_path / "chain"
    with EmbeddedNode(state) as first:
        w3 = connect(first.url)
        owner, other = accounts(w3)[:2]
        coin = deploy(w3, "StableCoin", "Test Yuan", "TCNY")
        minted = send(coin, "mint", other, 5_000_000, sender=owner)
        dev_rpc.increase_time(first.url, YEAR)
        last = block(first.url)
    for _ in range(2):
        with EmbeddedNode(state) as again:
            w3 = connect(again.url)
            coin = at(w3, "StableCoin", coin.address)
            assert block(again.url) == last
            assert block(again.url, hex(minted["blockNumber"]))["hash"] == minted["blockHash"].to_0x_hex()
            assert read(coin, "balanceOf", other) == 5_000_000
            found = w3.eth.get_logs({"address": coin.address, "fromBlock": 0, "toBlock": "latest"})
            assert [entry["transactionHash"] for entry in found].count(minted["transactionHash"]) == 1
            receipt = w3.eth.get_transaction_receipt(minted["transactionHash"])
            assert events(coin, "Transfer", receipt)[0]["value"] == 5_000_000
            assert dev_rpc.clock(again.url) >= int(last["timestamp"], 16)
    with EmbeddedNode(state) as again:
        coin = at(connect(again.url), "StableCoin", coin.address)
        send(coin, "mint", other, 1, sender=owner)
        assert dev_rpc.block_time(again.url) >= int(last["timestamp"], 16)
        assert read(coin, "balanceOf", other) == 5_000_001


def test_a_clock_that_lags_behind_the_machines_keeps_its_distance(tmp_path: Path) -> None:
    state = tmp_path / "chain"
    with EmbeddedNode(state, genesis_time=1_700_000_000) as first:
        dev_rpc.mine(first.url)
    with EmbeddedNode(state) as again:
        dev_rpc.mine(again.url)
        assert 1_700_000_000 <= dev_rpc.block_time(again.url) <= 1_700_000_600


def test_a_killed_node_restarts_from_its_last_checkpoint(tmp_path: Path) -> None:
    state = tmp_path / "chain"
    with EmbeddedNode(state) as first:
        w3 = connect(first.url)
        dev_rpc.mine(first.url, 3)
        dev_rpc.set_balance(first.url, accounts(w3)[1], 77)
        first.checkpoint()
        kept = block(first.url)
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait(10)
        assert not first.is_alive
    with EmbeddedNode(state) as again:
        assert block(again.url) == kept
        w3 = connect(again.url)
        assert w3.eth.get_balance(accounts(w3)[1]) == 77


def test_checkpoints_are_written_without_being_asked_for(tmp_path: Path) -> None:
    with EmbeddedNode(tmp_path) as first:
        dev_rpc.mine(first.url, 4)
        wait_until(lambda: first._checkpointed_block == 4, "the first checkpoint")
        dev_rpc.mine(first.url, 4)
        wait_until(lambda: first._checkpointed_block == 8, "the second checkpoint")
        os.kill(first.pid, signal.SIGKILL)
    with EmbeddedNode(tmp_path) as again:
        assert int(block(again.url)["number"], 16) == 8


def test_an_exit_state_cut_short_never_replaces_the_checkpoint(tmp_path: Path) -> None:
    state = tmp_path / "chain"
    with EmbeddedNode(state) as first:
        dev_rpc.mine(first.url, 3)
        kept = block(first.url)
    (state / "exit.json").write_bytes(b'{"block":{"number":"0x9"')
    with EmbeddedNode(state) as again:
        assert block(again.url) == kept
    assert not (state / "exit.json").exists()


def test_a_damaged_chain_is_refused_and_left_alone(tmp_path: Path) -> None:
    damaged = tmp_path / "state.json.gz"
    damaged.write_bytes(b"not gzip")
    with pytest.raises(NodeError, match="damaged"):
        EmbeddedNode(tmp_path).start()
    assert damaged.read_bytes() == b"not gzip"


def test_one_folder_has_one_node(tmp_path: Path) -> None:
    assert running_node(tmp_path) is None
    with EmbeddedNode(tmp_path) as first:
        found = running_node(tmp_path)
        assert found is not None
        assert (found.url, found.pid) == (first.url, first.pid)
        with pytest.raises(NodeInUseError) as raised:
            EmbeddedNode(tmp_path).start()
        assert raised.value.url == first.url
    assert running_node(tmp_path) is None


def test_a_stale_note_of_a_running_node_is_ignored(tmp_path: Path) -> None:
    note = {"url": "http://127.0.0.1:1", "pid": os.getpid()}
    (tmp_path / "node.json").write_text(json.dumps(note), encoding="utf-8")
    (tmp_path / "anvil.lock").touch()
    (tmp_path / "owner.lock").touch()
    assert running_node(tmp_path) is None
    with EmbeddedNode(tmp_path) as running:
        assert running_node(tmp_path) is not None
        assert dev_rpc.clock(running.url) > 0


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NodeError, match=f"port {port} is in use"):
            EmbeddedNode(tmp_path, port=port).start()
    with EmbeddedNode(tmp_path, port=port) as running:
        assert running.url.endswith(f":{port}")


# --- finding the program


def test_the_program_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "anvil"
    monkeypatch.setenv("TONGXIN_ANVIL", str(program))
    with pytest.raises(NodeError, match="TONGXIN_ANVIL"):
        find_anvil()
    program.touch(mode=0o755)
    assert find_anvil() == program


def test_a_program_that_ends_at_once_is_reported_with_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho no such option >&2\nexit 3\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setenv("TONGXIN_ANVIL", str(program))
    with pytest.raises(NodeError, match=r"exit code 3[\s\S]*no such option"):
        EmbeddedNode().start()


# --- run by a process of its own, as `tongxin node` does

OWNER = """
import pathlib, sys
from tongxin.chain.node import run_node
run_node(pathlib.Path(sys.argv[1]), port=0, on_ready=lambda node: print(node.url, node.pid, flush=True))
"""


def start_owner(state: Path) -> tuple[subprocess.Popen[str], str, int]:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(state)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    line = owner.stdout.readline()
    assert line, "the owner printed nothing"
    url, pid = line.split()
    return owner, url, int(pid)


def end(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.wait()
    assert owner.stdout is not None
    owner.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_node_with_its_state_written(tmp_path: Path, number: signal.Signals) -> None:
    owner, url, pid = start_owner(tmp_path)
    try:
        dev_rpc.mine(url, 6)
        last = block(url)
        owner.send_signal(number)
        assert owner.wait(60) == 0
        assert not is_running(pid)
    finally:
        end(owner)
    with EmbeddedNode(tmp_path) as again:
        assert block(again.url) == last


def test_an_owner_killed_outright_takes_its_node_along_and_loses_nothing(tmp_path: Path) -> None:
    owner, url, pid = start_owner(tmp_path)
    try:
        dev_rpc.mine(url, 6)
        last = block(url)
        owner.kill()
        owner.wait()
        with EmbeddedNode(tmp_path) as again:
            assert not is_running(pid)
            assert block(again.url) == last
    finally:
        end(owner)


def test_a_start_waits_for_the_node_of_a_killed_owner_to_write_its_state(tmp_path: Path) -> None:
    owner, url, pid = start_owner(tmp_path)
    try:
        dev_rpc.mine(url, 6)
        last = block(url)
        os.kill(pid, signal.SIGSTOP)
        owner.kill()
        owner.wait()
        orphan = running_node(tmp_path)
        assert orphan is not None
        assert orphan.pid == pid
        resume = threading.Timer(0.5, os.kill, (pid, signal.SIGCONT))
        resume.start()
        with EmbeddedNode(tmp_path) as again:
            assert not resume.is_alive()
            assert block(again.url) == last
    finally:
        end(owner)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_an_interrupt_from_the_keyboard_reaches_the_owner_alone(node: EmbeddedNode) -> None:
    assert os.getpgid(node.pid) != os.getpgid(0)


def test_an_owner_whose_node_is_killed_fails_with_the_reason(tmp_path: Path) -> None:
    owner, _, pid = start_owner(tmp_path)
    try:
        os.kill(pid, signal.SIGKILL)
        assert owner.wait(60) != 0
    finally:
        end(owner)
