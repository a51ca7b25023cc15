# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.cli import Founded
from tongxin.chain.structs import Payment

pytestmark = pytest.mark.chain

DAY = 86_400
COIN = 10**6
REMAINDER = "0x" + "22" * 20
Found = Callable[[Mapping[str, object]], Founded]
SMALL = {"starting.minimum_members": 2, "starting.floor_heads": 2, "money.entry_fee": "3"}


def test_a_mutual_gathers_starts_and_ends_below_its_floor(found_with: Found, tmp_path: Path) -> None:  # noqa: PLR0915
    founded = found_with(SMALL)
    world, mutual, anyone = founded.world, founded.mutual, founded.cli
    ana = founded.person(1, tmp_path / "ana")
    ana_id = "0x" + founded.joined(1).hex()
    shown = anyone.answer("stage", "show")
    assert (shown["stage"], shown["members"], shown["members_needed"]) == ("gathering", 1, 2)
    assert "gathering: 1 of 2 members" in anyone.run("show", "mutual").stdout
    assert "[fund: too few members]" in anyone.failure("stage", "start")
    assert ana.answer("show", "member", ana_id)["in_force"]
    assert "name your member id" in anyone.failure("stage", "step-back")
    assert "not the wallet" in anyone.failure("stage", "step-back", ana_id)
    back = ana.answer("stage", "step-back", ana_id)
    assert [(item["amount"], item["entry_fee"], item["status"]) for item in back["paid"]] == [
        (100 * COIN, 3 * COIN, "seen")
    ]
    assert founded.mutual.fund.books().heads == 0
    founded.joined(1)
    ben, paper = founded.person(2, tmp_path / "ben"), tmp_path / "ben.json"
    wallet = world.senders[2].address
    anyone.run("attest", "sign", "--member", "-", "--wallet", wallet, "--class", "0", "--out", paper, said="J2\n")
    told = ben.run("join", paper).stderr
    assert "gathering: 1 of 2 members" in told
    assert "nothing is covered" in told
    ben_id = "0x" + founded.tag("J2").hex()
    assert ana.answer("stage", "start")["members"] == 2
    assert anyone.answer("stage", "show")["stage"] == "running"
    assert "[fund: not gathering]" in ana.failure("stage", "step-back", ana_id)

    assert "90 days" in ana.run("show", "member", ana_id).stdout
    world.travel(91 * DAY)
    assert ana.answer("show", "member", ana_id)["part_at_the_end"] == 3 * COIN
    assert "[fund: not below the floor]" in anyone.failure("stage", "watch-floor")
    ben.run("leave", ben_id)
    world.travel(7 * DAY + 3_600)
    anyone.run("refund", ben_id)
    assert "[fund: the floor is not watched]" in anyone.failure("stage", "wind-down")
    watched = anyone.answer("stage", "watch-floor")
    assert watched["wind_down_after"] == watched["since"] + 3 * DAY
    assert "[fund: grace is not over]" in anyone.failure("stage", "wind-down")
    assert "running since" in anyone.failure("stage", "register")
    world.travel(3 * DAY + 1)
    ends_at = anyone.answer("stage", "wind-down")["ends_at"]
    assert anyone.answer("stage", "show")["ends_at"] == ends_at
    assert "once registered" in ana.run("show", "member", ana_id).stdout
    assert "winding down" in anyone.failure("stage", "pay-out")

    noted = anyone.answer("stage", "register")
    assert [item["member_id"] for item in noted["registered"]] == [ana_id]
    assert [item["status"] for item in noted["transactions"]] == ["seen"]
    assert (noted["looked_at"], noted["entitled_shares"]) == (2, 1_000)
    assert anyone.answer("stage", "register", "--id", ana_id)["registered"] == []
    assert ana.answer("show", "member", ana_id)["part_at_the_end"] == 6 * COIN
    assert "[fund: run-off is not over]" in anyone.failure("stage", "end")
    world.travel(ends_at - world.now())
    assert anyone.answer("stage", "end")["set_aside"] == 6 * COIN
    assert "[fund: nothing to sweep]" in anyone.failure("stage", "sweep")
    assert "to be paid out" in ana.run("show", "member", ana_id).stdout
    before = mutual.token.balance_of(world.senders[1].address)
    paid = anyone.answer("stage", "pay-out")
    assert [(item["member_id"], item["amount"], item["part"], item["status"]) for item in paid["paid"]] == [
        (ana_id, 100 * COIN, 6 * COIN, "seen")
    ]
    assert mutual.token.balance_of(world.senders[1].address) - before == 106 * COIN
    assert "nobody is left" in anyone.failure("stage", "pay-out")
    assert "[fund: member has left]" in anyone.failure("stage", "pay-out", "--id", ana_id)
    assert anyone.answer("stage", "show")["stage"] == "ended"
    assert mutual.token.balance_of(mutual.fund.address) == 0


def test_everybody_gets_all_back_when_too_few_came_together(found_with: Found, tmp_path: Path) -> None:
    founded = found_with(SMALL | {"starting.minimum_members": 3})
    world, mutual, anyone = founded.world, founded.mutual, founded.person(7, tmp_path / "anyone")
    for number in (1, 2):
        founded.joined(number)
    mutual.allow(world.senders[5], 5 * COIN)
    world.senders[5].send(mutual.fund.donate(5 * COIN, Payment()))
    assert "[fund: the mutual may still start]" in anyone.failure("stage", "sweep")
    world.travel(30 * DAY)
    assert anyone.answer("stage", "show")["failed"]
    assert "[fund: too late to start]" in anyone.failure("stage", "start")
    back = anyone.answer("stage", "step-back")
    assert (len(back["paid"]), back["total"], back["refused"]) == (2, 206 * COIN, [])
    assert "nobody is left" in anyone.failure("stage", "step-back")
    swept = anyone.answer("stage", "sweep")
    assert (swept["amount"], swept["remainder"].lower()) == (5 * COIN, REMAINDER)
    assert anyone.answer("withdraw", swept["remainder"])["amount"] == 5 * COIN
    assert mutual.token.balance_of(mutual.fund.address) == 0
