# SPDX-License-Identifier: AGPL-3.0-only
"""One event, one claim, over two mutuals on one chain whose attestor is the same (R-128)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.cli import Founded, typed_at_a_terminal
from tongxin.chain.founding import found
from tongxin.chain.mutual import Mutual
from tongxin.chain.primitives import keccak
from tongxin.chain.structs import Filing
from tongxin.chain.typed_data import event_use
from tongxin.charter import encode, load_charter
from tongxin.cli.event_use import EventUseFault, check_event_use
from tongxin.cli.papers import EventUsePaper, read_paper
from tongxin.roster import TagKey

pytestmark = pytest.mark.chain

DAY = 86_400
ZONE = 8 * 3600
VICTIM = 1
FACTS = {
    "issuer": "北京大学第三医院",
    "document": "BYSY-2026(7) 00123",
    "id_number": f"J{VICTIM}",
    "institution": "北京大学第三医院",
    "admitted": "2026-11-20",
}
SAME_WRITTEN_OTHERWISE = {"id_number": f" j {VICTIM}", "institution": "北京大学 第三医院", "admitted": "2026年11月20日"}


@dataclass(frozen=True)
class Victim:
    """A member of a mutual who files a claim there."""

    founded: Founded
    member_id: bytes
    day: int

    @property
    def date(self) -> str:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=self.day)).isoformat()

    def file(self) -> int:
        filing = Filing(self.member_id, 0, self.day, 0, keccak(b"e"), bytes(32), keccak(b"s"))
        return self.founded.mutual.file(self.founded.world.senders[VICTIM], filing)[0]

    def event(self, out: Path, *more: str | Path) -> tuple[str | Path, ...]:
        """The attestor's command for this victim's claim."""
        return ("attest", "event", "--benefit", "0", "--day", self.date, "--out", out, *more)

    def check(self, paper: EventUsePaper, c: int) -> tuple[EventUseFault, ...]:
        return check_event_use(paper, self.founded.mutual, self.founded.mutual.claim(c))


@pytest.fixture
def here(founded: Founded) -> Victim:
    return Victim(founded, founded.joined(VICTIM), 0)


@pytest.fixture
def victims(founded: Founded, charter: Path) -> tuple[Victim, Victim]:
    """The same person in two mutuals, of one attestor who has one home folder."""
    world, attestor = founded.world, founded.world.senders[0]
    rules = load_charter(charter).with_parties(
        token=world.token, steward=attestor.address, attestors=(attestor.address,), remainder="0x" + "22" * 20
    )
    listing = found(attestor, world.factory, encode(rules, 6), label=f"another than {founded.mutual.fund.address}")
    mutual = Mutual.at(world.endpoints, listing.fund)
    TagKey.create(founded.cli.home / "keys" / f"{listing.fund.lower()}.key")
    other = Founded(world, founded.cli.using(mutual=listing.fund), mutual)
    ids = [item.joined(VICTIM) for item in (founded, other)]
    founded.cli.run("attest", "key", "--events", "--plain")
    world.travel(5 * DAY)
    world.mine(1)
    day = (world.now() + ZONE) // DAY - 1
    return Victim(founded, ids[0], day), Victim(other, ids[1], day)


def written(folder: Path, facts: dict[str, str], name: str = "facts.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    return path


def test_an_event_claimed_in_one_mutual_is_refused_in_another(victims: tuple[Victim, Victim], tmp_path: Path) -> None:
    one, two = victims
    assert one.founded.mutual.fund.address != two.founded.mutual.fund.address
    assert one.member_id != two.member_id, "the ids of one person in two mutuals do not link"
    facts, same = written(tmp_path, FACTS), written(tmp_path, SAME_WRITTEN_OTHERWISE, "same.json")
    first, second = tmp_path / "event-use.json", tmp_path / "second.json"
    made = one.founded.cli.answer(*one.event(first, "--from", facts))
    assert made["member_id"] == "0x" + one.member_id.hex()
    claims = one.file(), two.file()
    assert one.founded.cli.answer("attest", "check-event", first, str(claims[0]))["good"]

    refused = two.founded.cli.failure(*two.event(second, "--member", "0x" + two.member_id.hex(), "--from", same))
    assert "used for another claim already" in refused
    for secret in (one.founded.mutual.fund.address.lower(), one.member_id.hex(), FACTS["document"], "第三医院"):
        assert secret not in refused.lower()
    assert not second.exists()

    again = one.founded.cli.answer(*one.event(tmp_path / "again.json", "--from", facts))
    assert (again["use"], again["signature"]) == (made["use"], made["signature"]), "to repeat the same is allowed"

    another = written(tmp_path, {**SAME_WRITTEN_OTHERWISE, "admitted": "2026-11-21"}, "another.json")
    elsewhere = two.founded.cli.answer(*two.event(second, "--from", another))
    assert elsewhere["use"] != made["use"]
    found = one.check(read_paper(second, EventUsePaper), claims[0])
    assert found == (EventUseFault.OTHER_MUTUAL, EventUseFault.OTHER_MEMBER, EventUseFault.BAD_SIGNATURE)
    assert two.check(read_paper(second, EventUsePaper), claims[1]) == ()


def test_nothing_that_names_the_event_is_written_or_shown(victims: tuple[Victim, Victim]) -> None:
    one, _two = victims
    home = one.founded.cli.home
    out = home / "event-use.json"
    said = json.dumps(FACTS, ensure_ascii=False)
    done = one.founded.cli.run(*one.event(out, "--from", "-"), said=said)
    wrong = one.founded.cli.run(*one.event(out, "--from", "-"), said=said.replace("admitted", "entered"), code=1)
    assert "names no event" in wrong.stderr
    left = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"tongxin-event-use/1" in left
    shown = done.stdout + done.stderr + wrong.stdout + wrong.stderr
    for secret in ("第三医院", "BYSY", "00123", "2026-11-20"):
        assert secret in said
        assert secret not in shown
        assert secret.encode() not in left


def test_a_use_that_could_not_serve_its_claim_is_refused_before_the_event_is_used(
    victims: tuple[Victim, Victim], tmp_path: Path
) -> None:
    one, two = victims
    cli, out = one.founded.cli, tmp_path / "event-use.json"
    facts = written(tmp_path, FACTS)
    stranger = written(tmp_path, {**FACTS, "id_number": "J9"}, "stranger.json")
    own = ("--member", "0x" + one.member_id.hex())
    refusals = [
        (cli, one.event(out, "--from", stranger, *own), "another person"),
        (cli, one.event(out, "--from", stranger), "nobody is a member"),
        (cli, one.event(out, "--from", facts, "--member", "0x" + two.member_id.hex()), "another person"),
        (cli, one.event(out, "--from", facts, "--day", "1999-01-01"), "no version in force then"),
        (cli, one.event(out, "--from", facts, "--benefit", "200"), "grant this member nothing"),
        (cli, one.event(out, "--from", facts, "--day", "2026-13-01"), "no date"),
        (cli, one.event(out, "--from", facts, "--member", "J1"), "never an argument"),
        (cli, one.event(out), "what names the event?"),
        (cli.using(key=one.founded.world.keys[5]), one.event(out, "--from", facts), "no attestor"),
    ]
    for person, command, reason in refusals:
        assert reason in person.failure(*command)
    assert not out.exists()
    two.founded.cli.run(*two.event(out, "--from", facts))


def test_without_the_registers_key_nothing_is_signed(here: Victim, tmp_path: Path) -> None:
    refused = here.founded.cli.failure(*here.event(tmp_path / "x.json", "--from", written(tmp_path, FACTS)))
    assert "tongxin attest key --events" in refused


def test_jurors_see_what_is_wrong_with_a_use(victims: tuple[Victim, Victim], tmp_path: Path) -> None:
    one, _two = victims
    out = tmp_path / "event-use.json"
    one.founded.cli.run(*one.event(out, "--from", written(tmp_path, FACTS)))
    c = one.file()
    good = read_paper(out, EventUsePaper)
    assert one.check(good, c) == ()
    changed = {
        "member_id": ("0x" + "ab" * 32, EventUseFault.OTHER_MEMBER),
        "benefit": (7, EventUseFault.OTHER_BENEFIT),
        "day": (good.day + 1, EventUseFault.OTHER_DAY),
        "chain_id": (5, EventUseFault.OTHER_MUTUAL),
    }
    for name, (content, fault) in changed.items():
        assert fault in one.check(good.model_copy(update={name: content}), c)
    for name in ("use", "signature"):
        for content in ("0x" + "00" * (32 if name == "use" else 65), "0x" + "ff" * (32 if name == "use" else 65)):
            assert one.check(good.model_copy(update={name: content}), c) == (EventUseFault.BAD_SIGNATURE,)

    mutual, forger = one.founded.mutual, one.founded.world.senders[VICTIM].signer
    typed = event_use(mutual.attestation_domain, one.member_id, good.benefit, good.day, bytes.fromhex(good.use[2:]))
    signed = {"signer": forger.address, "signature": "0x" + forger.sign_typed(typed).hex()}
    assert one.check(good.model_copy(update=signed), c) == (EventUseFault.NO_ATTESTOR,)
    borrowed = good.model_copy(update={**signed, "signer": good.signer})
    assert one.check(borrowed, c) == (EventUseFault.BAD_SIGNATURE,)
    out.write_text(borrowed.model_dump_json(), encoding="utf-8")
    shown = one.founded.cli.answer("attest", "check-event", out, str(c), code=1)
    assert [item["kind"] for item in shown["faults"]] == ["bad_signature"]


def test_what_is_signed_is_the_struct_of_the_specification(here: Victim) -> None:
    typed = event_use(here.founded.mutual.attestation_domain, here.member_id, 3, 5, b"\x01" * 32)
    struct = ",".join(f"{kind} {name}" for name, kind in typed.fields)
    assert struct == "address fund,bytes32 member_id,uint256 benefit,uint256 day,bytes32 use"
    members = here.member_id + (3).to_bytes(32, "big") + (5).to_bytes(32, "big") + b"\x01" * 32
    fund = bytes(12) + bytes.fromhex(here.founded.mutual.fund.address[2:])
    kind = keccak(b"EventUse(address fund,bytes32 member_id,uint256 benefit,uint256 day,bytes32 use)")
    assert typed.struct_hash() == keccak(kind + fund + members)


def test_two_terminals_at_once_get_the_event_for_one_claim(victims: tuple[Victim, Victim], tmp_path: Path) -> None:
    facts = written(tmp_path, FACTS)
    processes = [
        victim.founded.cli.start(*victim.event(tmp_path / f"{place}.json", "--from", facts))
        for place, victim in enumerate(victims)
    ]
    codes = []
    for process in processes:
        with process:
            process.communicate(timeout=120)
        codes.append(process.returncode)
    assert sorted(codes) == [0, 1]
    assert [(tmp_path / f"{place}.json").exists() for place in (0, 1)] == [code == 0 for code in codes]


def test_a_person_at_the_terminal_is_asked_and_the_identity_number_is_not_shown(
    victims: tuple[Victim, Victim], tmp_path: Path
) -> None:
    one, _two = victims
    out = tmp_path / "event-use.json"
    answers = [FACTS["document"], FACTS["issuer"], FACTS["institution"], FACTS["id_number"], FACTS["admitted"], "y"]
    shown = typed_at_a_terminal(one.founded.cli, one.event(out), answers)
    assert FACTS["document"] in shown, "a terminal shows what is typed"
    assert FACTS["id_number"] not in shown
    again = written(tmp_path, FACTS)
    by_file = one.founded.cli.answer(*one.event(tmp_path / "again.json", "--from", again))
    assert read_paper(out, EventUsePaper).use == by_file["use"]
