# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.cli import Founded

pytestmark = pytest.mark.chain

DAY = 86_400
Found = Callable[[Mapping[str, object]], Founded]


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
    founded.cli.run("attest", "class", "--member", "-", "--class", "1", "--out", paper, said="J1\n")
    founded.world.travel(31 * DAY)
    assert "expired" in owner.failure("member", "class", paper)
    founded.cli.run("attest", "class", "--member", "-", "--class", "1", "--out", paper, said="J1\n")
    changed = owner.answer("member", "class", paper)
    assert (changed["class_id"], changed["paid"], changed["returned"]) == (1, 100_000_000, 0)
    assert founded.mutual.fund.balance_of(tag) == 200_000_000
    given = owner.answer("donate", "5")
    assert given["amount"] == founded.mutual.fund.purse().surplus == 5_000_000


def test_a_lost_wallet_is_replaced_after_thirty_days(founded: Founded, tmp_path: Path) -> None:
    member_id = "0x" + founded.joined(1).hex()
    latter = founded.world.senders[6].address
    paper = tmp_path / "wallet.json"
    founded.cli.run("attest", "wallet", "--member", member_id, "--wallet", latter, "--out", paper)
    stranger = founded.person(8, tmp_path / "stranger")
    assert "[office: " in stranger.failure("member", "complete-wallet", member_id)
    stranger.run("member", "propose-wallet", paper)
    assert "[office: " in stranger.failure("member", "complete-wallet", member_id)
    founded.world.travel(30 * DAY)
    assert stranger.answer("member", "complete-wallet", member_id)["wallet"] == latter
    owner = founded.person(6, tmp_path / "owner")
    assert not owner.answer("show", "member", member_id)["accepted"]
    assert owner.answer("accept", member_id)["accepted"][0]["member_id"] == member_id


def test_members_invite_a_person(found_with: Found, tmp_path: Path) -> None:
    founded = found_with({"membership.admission.form": "invitation"})
    inviters = [(founded.person(number, tmp_path / f"home-{number}"), founded.joined(number)) for number in (1, 2)]
    founded.world.travel(3_600)
    tag = "0x" + "ab" * 32
    paper = tmp_path / "invitation.json"
    (first, first_id), (second, second_id) = inviters
    wallet = founded.world.senders[3].address
    written = ("--member", tag, "--wallet", wallet, "--class", "1", "--out", paper, "--as-member")
    first.run("attest", "sign", *written, "0x" + first_id.hex())
    person = founded.person(3, tmp_path / "person")
    refused = person.run("join", paper, code=1)
    assert "[office: too few inviters]" in refused.stderr
    second.run("attest", "cosign", paper, "--as-member", "0x" + second_id.hex())
    joined = person.answer("join", paper)
    assert (joined["member_id"], joined["class_id"], joined["accepted"]) == (tag, 1, True)


def test_anybody_joins_an_open_mutual(found_with: Found, tmp_path: Path) -> None:
    founded = found_with({"membership.admission.form": "open"})
    person = founded.person(3, tmp_path / "person")
    paper = tmp_path / "open.json"
    wallet = founded.world.senders[3].address
    person.run("attest", "sign", "--member", "0x" + "cd" * 32, "--wallet", wallet, "--class", "0", "--out", paper)
    assert person.answer("join", paper)["wallet"] == wallet
