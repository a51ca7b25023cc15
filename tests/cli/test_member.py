# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from support.cli import Founded

pytestmark = pytest.mark.chain

DAY = 86_400


def test_contacts_and_wallets_change_by_their_owner_or_after_the_veto_time(founded: Founded, tmp_path: Path) -> None:
    world = founded.world
    member_id = "0x" + founded.joined(1).hex()
    owner = founded.person(1, tmp_path / "owner")
    contact, second, third = (world.senders[number].address for number in (4, 5, 6))
    named = owner.answer("member", "contacts", member_id, "--contact", contact)
    assert named["contacts"] == [contact]
    assert owner.answer("member", "wallet", member_id, second)["wallet"] == second
    assert "not the wallet" in owner.failure("leave", member_id)

    paper = tmp_path / "wallet.json"
    founded.cli.run("attest", "wallet", "--member", member_id, "--wallet", third, "--out", paper)
    ready = founded.cli.answer("member", "propose-wallet", paper)["ready_at"]
    assert ready >= world.now() + 30 * DAY - 60
    assert "about a wallet" in owner.failure("member", "class", paper)
    assert founded.person(4, tmp_path / "contact").answer("member", "veto-wallet", member_id)["by"] == contact
    founded.cli.failure("member", "complete-wallet", member_id)
    assert founded.mutual.fund.member(bytes.fromhex(member_id[2:])).wallet == second


def test_a_class_changes_at_once_upwards_and_after_the_notice_downwards(founded: Founded, tmp_path: Path) -> None:
    tag = founded.joined(1)
    owner = founded.person(1, tmp_path / "owner")
    paper = tmp_path / "class.json"
    founded.cli.run("attest", "class", "--member", "J1", "--class", "1", "--out", paper)
    founded.world.travel(31 * DAY)
    assert "expired" in owner.failure("member", "class", paper)
    founded.cli.run("attest", "class", "--member", "J1", "--class", "1", "--out", paper)
    changed = owner.answer("member", "class", paper)
    assert (changed["class_id"], changed["paid"], changed["returned"]) == (1, 100_000_000, 0)
    assert founded.mutual.fund.balance_of(tag) == 200_000_000
    given = owner.answer("donate", "5")
    assert given["amount"] == founded.mutual.fund.purse().surplus == 5_000_000
