# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from support.cli import Founded
from tongxin.chain.journal import Journal
from tongxin.chain.transactions import Sender
from tongxin.roster import Purchase, TopUpPlan, write_plan

pytestmark = pytest.mark.chain


def members(founded: Founded, count: int) -> list[str]:
    """Some of the funded accounts as members, with a deposit of 100 coins each."""
    return ["0x" + founded.joined(number).hex() for number in range(1, count + 1)]


def test_a_treasurers_list_is_paid_once_and_its_receipts_stand_on_the_chain(founded: Founded, tmp_path: Path) -> None:
    first, second, third = members(founded, 3)
    amounts = tmp_path / "march.csv"
    amounts.write_text(f"member,amount\n{first},10\nJ2,12.60\n{third},0.75\n", encoding="utf-8")
    answer = founded.cli.answer("top-up", "--file", amounts)
    receipts = tmp_path / "march.receipts.json"
    assert answer["receipts_file"] == str(receipts)
    # Half a coin a tick: 20, 25 and 1 whole ticks; what buys no whole tick is not taken.
    assert [(item["member_id"], item["price"]) for item in answer["receipts"]] == [
        (first, 10_000_000),
        (second, 12_500_000),
        (third, 500_000),
    ]
    assert founded.mutual.fund.balance_of(bytes.fromhex(first[2:])) == 110_000_000
    assert "was paid" in founded.cli.failure("top-up", "--file", amounts)
    assert founded.mutual.fund.balance_of(bytes.fromhex(first[2:])) == 110_000_000

    assert founded.cli.answer("top-up", "--verify", receipts) == {
        "verified": True,
        "receipts": 3,
        "paid": 23_000_000,
        "wrong": [],
    }
    forged = json.loads(receipts.read_text(encoding="utf-8"))
    forged["receipts"][1]["price"] += 1
    forged["receipts"][2]["block"] -= 1
    receipts.write_text(json.dumps(forged), encoding="utf-8")
    wrong = founded.cli.answer("top-up", "--verify", receipts, code=1)
    assert not wrong["verified"]
    assert [item["receipt"] for item in wrong["wrong"]] == [2, 3]


def test_a_payment_that_was_killed_before_its_receipts_is_not_made_again(founded: Founded, tmp_path: Path) -> None:
    first, second = members(founded, 2)
    listed = tmp_path / "may.csv"
    listed.write_text(f"member,amount\n{first},10\n{second},10\n", encoding="utf-8")
    home, fund, sponsor = founded.cli.home, founded.mutual.fund, founded.world.senders[0]
    purchases = [
        Purchase(member_id=member, tick=fund.member(bytes.fromhex(member[2:])).tick + 20, price=10_000_000)
        for member in (first, second)
    ]
    plan = TopUpPlan(
        run="killed",
        list_digest=hashlib.sha256(listed.read_bytes()).hexdigest(),
        chain_id=31337,
        fund=fund.address,
        payer=sponsor.address,
        purchases=tuple(purchases),
    )
    write_plan(tmp_path / "may.receipts.json.plan", plan)
    action = fund.top_up_many(
        [bytes.fromhex(item.member_id[2:]) for item in purchases], [item.tick for item in purchases]
    )
    founded.mutual.allow(sponsor, 20_000_000)
    with Journal(home / "sent.sqlite3") as journal:
        sent = Sender(founded.world.endpoints, sponsor.signer, journal).send(action, "top-up killed 0")

    answer = founded.cli.answer("top-up", "--file", listed)
    assert {item["transaction"] for item in answer["receipts"]} == {sent.hash}
    assert answer["price"] == 20_000_000
    assert [fund.balance_of(bytes.fromhex(member[2:])) for member in (first, second)] == [110_000_000, 110_000_000]
    assert not (tmp_path / "may.receipts.json.plan").exists()


def test_a_list_with_a_wrong_row_pays_for_nobody(founded: Founded, tmp_path: Path) -> None:
    (member,) = members(founded, 1)
    stranger = "0x" + "77" * 32
    listed = tmp_path / "list.csv"
    listed.write_text(f"member,amount\n{member},10\n{stranger},10\n", encoding="utf-8")
    assert "row 3: nobody is a member under this id" in founded.cli.failure("top-up", "--file", listed)
    listed.write_text(f"member,amount\n{member},ten\n", encoding="utf-8")
    assert "row 2: '…' is no positive amount" in founded.cli.run("top-up", "--file", listed, code=1).stderr
    assert founded.mutual.fund.balance_of(bytes.fromhex(member[2:])) == 100_000_000
    assert not (tmp_path / "list.receipts.json").exists()


def test_one_member_is_topped_up_by_each_way_to_pay(founded: Founded) -> None:
    (member,) = members(founded, 1)
    for method, balance in (("allowance", 101), ("permit", 102), ("authorization", 103)):
        answer = founded.cli.answer("top-up", member, "--ticks", "2", "--pay", method)
        assert (answer["price"], answer["arrears"]) == (1_000_000, 0)
        assert founded.mutual.fund.balance_of(bytes.fromhex(member[2:])) == balance * 10**6
    assert "buys no whole tick; the least is 0.50 TSC" in founded.cli.failure("top-up", member, "--amount", "0.4")
