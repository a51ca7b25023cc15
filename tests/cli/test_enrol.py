# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from support.cli import Founded
from tongxin.chain.events import Enrolled
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.keystore import Keystore

pytestmark = pytest.mark.chain

PRICE = 100 * 10**6
"""Least deposit of one share under the example charter."""


def roster(folder: Path, count: int, *extra: str) -> Path:
    path = folder / "roster.csv"
    rows = [f"N{number},王五,standard,0x{number + 1:040x}" for number in range(count)]
    path.write_text("\n".join(["id_number,name,class,wallet", *rows, *extra]) + "\n", encoding="gb18030")
    return path


def enrolled(founded: Founded) -> Counter[bytes]:
    """How often each id was enrolled."""
    return Counter(event.member_id for event in founded.mutual.events(kinds=(Enrolled,)) if isinstance(event, Enrolled))


def wait_for_heads(founded: Founded, least: int) -> int:
    deadline = time.monotonic() + 60
    while (heads := founded.mutual.fund.books().heads) < least:
        assert time.monotonic() < deadline, "the enrolment does not get on"
        time.sleep(0.01)
    return heads


def test_an_enrolment_killed_in_the_middle_goes_on_without_enrolling_anybody_twice(
    founded: Founded, tmp_path: Path
) -> None:
    people = roster(tmp_path, 400)
    command = ("enrol", people, "--batch-size", "10")
    before = founded.mutual.token.balance_of(founded.world.senders[0].address)
    with founded.cli.start(*command) as process:
        wait_for_heads(founded, 50)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    after_kill = founded.mutual.fund.books().heads
    assert 50 <= after_kill < 400, "the kill came too late to show anything"

    answer = founded.cli.answer(*command)
    assert answer["rows"] == 400
    assert answer["admitted"] + answer["already_members"] == 400
    assert founded.mutual.fund.books().heads == 400
    assert set(enrolled(founded).values()) == {1}
    assert len(enrolled(founded)) == 400
    paid = before - founded.mutual.token.balance_of(founded.world.senders[0].address)
    assert paid == founded.mutual.fund.books().deposits == 400 * PRICE

    again = founded.cli.answer(*command)
    assert (again["admitted"], again["already_members"], again["price"]) == (0, 400, 0)


def test_an_interrupted_enrolment_says_so_in_one_line(founded: Founded, tmp_path: Path) -> None:
    with founded.cli.start("enrol", roster(tmp_path, 400), "--batch-size", "5") as process:
        wait_for_heads(founded, 10)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == ""
    assert errors.splitlines() == ["tongxin: interrupted; the same command goes on where it stopped"]
    assert founded.mutual.fund.books().heads < 400


def test_bad_rows_stop_everything_unless_the_good_ones_are_asked_for(founded: Founded, tmp_path: Path) -> None:
    people = roster(
        tmp_path, 3, f"N1,王五,standard,0x{9:040x}", "N9,王五,no such class,0x12", f"N8,,standard,0x{8:040x}"
    )
    refused = founded.cli.run("enrol", people, code=1)
    assert refused.stdout == ""
    assert "nothing was done; the first, row 5: the same person as in row 3" in refused.stderr.splitlines()[-1]
    shown = json.loads(founded.cli.failure("enrol", people, "--json"))
    assert [(item["row"], item["kind"]) for item in shown["problems"]] == [
        (5, "duplicate_id"),
        (6, "unknown_class"),
        (6, "malformed_wallet"),
        (7, "empty_field"),
    ]
    checked = founded.cli.answer("enrol", people, "--check", code=1)
    assert (checked["rows"], checked["good_rows"], checked["encoding"]) == (6, 3, "gb18030")
    assert founded.mutual.fund.books().heads == 0
    assert founded.cli.answer("enrol", people, "--only-good")["admitted"] == 3
    assert founded.mutual.fund.books().heads == 3


def test_an_enrolment_that_the_payer_cannot_pay_is_not_begun(founded: Founded, tmp_path: Path) -> None:
    line = founded.cli.failure("enrol", roster(tmp_path, 600), "--ticks", "4000")
    assert "enrolling costs 1,200,000.00 TSC" in line
    assert "nothing was done" in line
    assert founded.mutual.fund.books().heads == 0


def test_the_member_id_is_that_of_the_tag_command(founded: Founded, tmp_path: Path) -> None:
    founded.cli.run("enrol", roster(tmp_path, 1))
    tag = founded.cli.answer("attest", "tag", said="n 0\n")["member_id"]
    assert [item.hex() for item in enrolled(founded)] == [tag[2:]] == [founded.tag("N0").hex()]
    assert founded.cli.answer("attest", "tag", "-", said="N0\n")["member_id"] == tag
    assert founded.cli.answer("show", "member", "-", said="N0\n")["balance"] == PRICE


def test_an_identity_number_is_never_an_argument_and_never_repeated(founded: Founded, tmp_path: Path) -> None:
    number = "11010519491231002X"
    wallet = f"0x{9:040x}"
    written = ("--wallet", wallet, "--class", "0", "--out", tmp_path / "paper.json")
    for command in (
        ("attest", "tag", number),
        ("attest", "sign", "--member", number, *written),
        ("show", "member", number),
        ("show", "member", f"0x{number}"),
        ("top-up", number, "--ticks", "1"),
    ):
        refused = founded.cli.failure(*command)
        assert "never an argument" in refused
        assert number not in refused
    assert not (tmp_path / "paper.json").exists()
    assert "there is none on standard input" in founded.cli.failure("attest", "tag")


def test_a_sealed_roster_is_enrolled_and_nothing_of_it_stays_in_plain_text(founded: Founded, tmp_path: Path) -> None:
    plain = roster(tmp_path, 2, f"11010519491231002X,欧阳娜娜,standard,0x{7:040x}", f"N9,欧阳娜娜,no class,0x{8:040x}")
    sealed = tmp_path / "roster.age"
    pair, other = (Identity.generate(KeyKind.X25519) for _ in range(2))
    for name, identity in (("own.key", pair), ("other.key", other)):
        (tmp_path / name).write_text(f"# a comment\n{identity.text}\n", encoding="ascii")
    own = ("--identity", tmp_path / "own.key")
    foreign = ("--identity", tmp_path / "other.key")
    to = ("--reader", pair.recipient.text)
    assert "no reader key" in founded.cli.failure("attest", "seal-roster", plain, "--out", sealed)
    refused = founded.cli.failure("attest", "seal-roster", plain, "--out", sealed, *to, *foreign, "--destroy")
    assert "none of your keys opens" in refused
    assert plain.exists(), "a plain list goes only after the sealed one was read back"
    sealed.unlink()
    done = founded.cli.answer("attest", "seal-roster", plain, "--out", sealed, *to, *own, "--destroy")
    assert (done["reader"], done["destroyed"]) == (pair.recipient.text, True)
    assert not plain.exists()

    assert "none of your keys opens" in founded.cli.failure("enrol", sealed, *foreign)
    answer = founded.cli.run("enrol", sealed, *own, "--only-good", "--json")
    assert json.loads(answer.stdout)["admitted"] == 3
    assert founded.mutual.fund.member(founded.tag("11010519491231002X")).occupied
    told = (answer.stdout + answer.stderr).encode()
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"age-encryption.org" in left
    for secret in ("11010519491231002X", "欧阳娜娜"):
        assert secret.encode() not in told + left
        assert secret.encode("gb18030") not in left


def test_the_attestors_own_reader_key_opens_the_roster(founded: Founded, tmp_path: Path) -> None:
    cli = founded.cli.using(password="correct horse")
    store = Keystore(cli.home / "evidence", lambda: "correct horse")
    store.create(KeyKind.HYBRID, "correct horse")
    plain, sealed = roster(tmp_path, 1), tmp_path / "roster.age"
    assert not cli.answer("attest", "seal-roster", plain, "--out", sealed)["destroyed"]
    assert plain.exists()
    store.create(KeyKind.X25519, "correct horse")
    assert cli.answer("enrol", sealed)["admitted"] == 1, "an older reader key still opens"


def test_a_sealed_tag_key_enrols_and_needs_its_password(founded: Founded, tmp_path: Path) -> None:
    key = founded.cli.home / "keys" / f"{founded.mutual.fund.address.lower()}.key"
    key.unlink()
    cli = founded.cli.using(password="correct horse")
    assert cli.answer("attest", "key")["sealed"]
    people = roster(tmp_path, 1)
    assert "a password is needed" in founded.cli.failure("enrol", people)
    assert "password is wrong" in cli.using(password="battery staple").failure("enrol", people)
    assert cli.answer("enrol", people)["admitted"] == 1
    assert "never be replaced" in cli.failure("attest", "key", "--plain")
