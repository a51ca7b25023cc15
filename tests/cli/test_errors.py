# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from support.cli import Cli, Founded, World
from tongxin.chain.mutual import Mutual

pytestmark = pytest.mark.chain

NOBODY = "0x" + "11" * 20


def test_a_call_without_what_it_needs_says_what_is_missing(tmp_path: Path, world: World) -> None:
    cli = Cli(home=tmp_path)
    assert "start one with `tongxin node`" in cli.using(mutual=NOBODY).failure("show", "mutual")
    assert "--mutual ADDRESS" in cli.using(url=world.url).failure("show", "mutual")
    assert "who acts?" in cli.failure("key", "address")
    assert "No such command" in cli.failure("no-such-command", code=2)
    assert "--level" in cli.failure("vote", "commit", "1")


def test_a_dead_endpoint_a_wrong_chain_and_a_wrong_address_are_told_apart(tmp_path: Path, world: World) -> None:
    cli = Cli(home=tmp_path, mutual=NOBODY)
    assert "127.0.0.1:1" in cli.failure("show", "mutual", "--rpc", "http://127.0.0.1:1")
    assert "no address of an endpoint" in cli.failure("--rpc", "127.0.0.1", "show", "mutual")
    assert "there is no Fund" in cli.failure("show", "mutual", "--rpc", world.url)
    (tmp_path / "settings.toml").write_text("chain_id = 1\n", encoding="utf-8")
    assert "31337" in cli.failure("show", "mutual", "--rpc", world.url)
    (tmp_path / "settings.toml").write_text("chain_id = 'one'\n", encoding="utf-8")
    assert "chain_id" in cli.failure("show", "mutual")
    (tmp_path / "settings.toml").write_text("password = 'secret'\n", encoding="utf-8")
    assert "TONGXIN_PASSWORD" in cli.failure("show", "mutual")


def test_another_endpoint_serves_when_the_first_is_dead(founded: Founded) -> None:
    cli = founded.cli.using(url=None)
    answer = cli.answer("show", "mutual", "--rpc", "http://127.0.0.1:1", "--rpc", founded.world.url)
    assert answer["members"] == 0
    assert answer["fund"] == founded.mutual.fund.address


def test_a_mutual_is_founded_from_a_charter_and_its_attestor_gets_a_key(
    world: World, charter: Path, tmp_path: Path
) -> None:
    cli = Cli(home=tmp_path, url=world.url, key=world.keys[0])
    attestor = world.senders[0].address
    assert "--token ADDRESS" in cli.failure("found", charter)
    parties = ("--token", world.token, "--steward", attestor, "--attestor", attestor, "--remainder", NOBODY)
    assert "starting.remainder" in cli.failure("found", charter, *parties[:-2])
    answer = cli.answer("found", charter, *parties)
    mutual = Mutual.at(world.endpoints, answer["mutual"])
    assert "0x" + mutual.charter_hash.hex() == answer["charter_hash"]
    assert mutual.charter.published(1)
    assert (answer["assembly"], mutual.charter.remainder(1)) == (mutual.assembly.address, NOBODY)
    assert cli.answer("found", charter, *parties)["mutual"] == answer["mutual"], "founding twice goes on with the same"
    keyless = cli.using(mutual=answer["mutual"])
    assert "a password is needed" in keyless.failure("attest", "key")
    made = keyless.using(password="correct horse").answer("attest", "key")
    assert made["sealed"]
    assert Path(made["key_file"]).stat().st_mode & 0o777 == 0o600


def test_bad_files_are_refused_in_one_line(founded: Founded, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "no header" in founded.cli.failure("enrol", empty)
    assert "No such file" in founded.cli.failure("enrol", tmp_path / "none.csv")
    assert "can't be read" in founded.cli.failure("found", tmp_path)
    assert "holds no Receipts" in founded.cli.failure("top-up", "--verify", empty)
    assert "not the file" in founded.cli.failure("join", empty)


def test_a_refusal_of_the_contract_comes_with_advice_and_for_programs_as_json(founded: Founded) -> None:
    line = founded.cli.failure("settle", "round")
    assert "[fund: no round is outstanding]" in line
    told = json.loads(founded.cli.failure("settle", "round", "--json"))
    assert (told["error"], told["reason"]) == ("NoRoundOutstanding", "fund: no round is outstanding")


def test_keys_come_from_keystores_and_never_from_arguments(founded: Founded, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n", encoding="utf-8")
    (tmp_path / "settings.toml").write_text(f"password_file = '{password}'\n", encoding="utf-8")
    cli = Cli(home=tmp_path, url=founded.world.url)
    address = cli.answer("key", "new", "juror.json")["address"]
    assert cli.answer("--key-file", "juror.json", "key", "address") == {"address": address}
    assert "not overwritten" in cli.failure("key", "new", "juror.json")
    password.write_text("wrong\n", encoding="utf-8")
    assert "does not open the keystore" in cli.failure("key", "address", "--key-file", "juror.json")
    line = cli.failure("key", "address", "--signer", founded.world.keys[0])
    assert "never" in line
    assert founded.world.keys[0] not in line


def test_texts_are_chinese_when_asked_for(founded: Founded) -> None:
    shown = founded.cli.run("show", "mutual", "--lang", "zh").stdout
    assert "有效成员" in shown
    assert "互助" in founded.cli.run("--lang", "zh", "--help").stdout
    assert "申请" in founded.cli.failure("claim", "status", "7", "--lang", "zh")
    assert "没有等待结算的轮次" in founded.cli.failure("settle", "round", "--lang", "zh")


def test_the_node_keeps_its_chain_and_its_coin_over_a_restart(tmp_path: Path, world: World) -> None:
    cli = Cli(home=tmp_path, key=world.keys[0])
    tokens = []
    for _run in range(2):
        with cli.start("node", "--port", "0", "--json") as node:
            assert node.stdout is not None
            text = ""
            while not text.endswith("}\n"):
                text += node.stdout.readline()
            started = json.loads(text)
            tokens.append(started["token"])
            made = cli.answer("mint", world.senders[0].address, "5", "--token", started["token"])
            assert made["amount"] == 5_000_000
            node.send_signal(signal.SIGINT)
            node.communicate(timeout=60)
        assert node.returncode == 0
    assert tokens[0] == tokens[1]
