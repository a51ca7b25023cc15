# SPDX-License-Identifier: AGPL-3.0-only
"""One event, one claim: names in normal form, and the register (R-128)."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from tongxin.roster import (
    EventClaim,
    EventKey,
    EventName,
    EventNameError,
    EventRegister,
    EventRegisterError,
    EventUsedError,
    TagKeyError,
)
from tongxin.roster.event_names import normal_date, normal_text

FUND = "0x" + "11" * 20
OTHER_FUND = "0x" + "22" * 20
CLAIM = EventClaim(chain_id=31337, fund=FUND, member_id=b"\x01" * 32, benefit=0, day=20_780)
KEY = EventKey(b"\x07" * 32)
PERSON = "11010519491231002X"
REPORT = EventName.of_document("北京市公安局朝阳分局", "京公交认字\u30142026\u3015第00123号")
STAY = EventName.of_stay(PERSON, "北京大学第三医院", "2026-11-20")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register" / "events.sqlite3"


# -- names


@pytest.mark.parametrize(
    "variant",
    [
        "京公交认字[2026]第00123号",
        "京公交认字\uff082026\uff09第00123号",
        " 京公交认字 \u30142026\u3015 第 00123 号 ",
        "京公交认字\u3014\uff12\uff10\uff12\uff16\u3015第\uff10\uff10\uff11\uff12\uff13号",
        "京公交认字-2026-第00123号",
        "京公交认字\u3000\u200b【2026】第00123号\ufeff",
    ],
)
def test_a_document_number_written_in_other_ways_is_the_same(variant: str) -> None:
    assert EventName.of_document("北京市公安局 朝阳分局", variant) == REPORT


@pytest.mark.parametrize(
    "other",
    [
        "京公交认字\u30142026\u3015第00124号",
        "京公交认字\u30142025\u3015第00123号",
        "京公交认字\u301420\u3015第2600123号",
    ],
)
def test_another_document_number_is_another_event(other: str) -> None:
    assert KEY.tag(EventName.of_document("北京市公安局朝阳分局", other)) != KEY.tag(REPORT)


@pytest.mark.parametrize(
    ("one", "normal"),
    [
        ("ab-12", "ab-12"),
        ("AB \u2014 12", "ab-12"),
        ("(AB)/12.", "ab-12"),
        ("\uff21\uff22\uff0d\uff11\uff12", "ab-12"),
        ("a b\t1\n2", "ab12"),
        ("Straße 1", "strasse1"),
        ("\U0001d400\U0001d401 1", "ab1"),
        ("1\u200b2\u00ad3", "123"),
        ("1-23", "1-23"),
        ("12-3", "12-3"),
    ],
)
def test_the_normal_form_of_a_text(one: str, normal: str) -> None:
    assert normal_text(one, "number") == normal
    assert normal_text(normal, "number") == normal


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-07",
        "2026-3-7",
        "2026/03/07",
        "2026.3.7",
        "20260307",
        "2026年3月7日",
        "2026年03月07",
        " 2026 - 03 - 07 ",
        "\uff12\uff10\uff12\uff16\uff0f\uff10\uff13\uff0f\uff10\uff17",
    ],
)
def test_a_day_written_in_other_ways_is_the_same(written: str) -> None:
    assert normal_date(written) == "2026-03-07"
    assert EventName.of_stay(PERSON, "x", written) == EventName.of_stay(PERSON, "X", "2026-03-07")


@pytest.mark.parametrize("text", ["", "7.3.2026", "03/07/2026", "26-03-07", "2026-13-01", "2026-02-30", "2026-03/07"])
def test_a_day_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(EventNameError, match="year first") as caught:
        normal_date(text)
    assert not text or text not in str(caught.value)


def test_a_person_is_the_same_with_spaces_and_small_letters() -> None:
    assert EventName.of_stay(" 110105 19491231 002x", "北京大学第三医院", "2026-11-20") == STAY


def test_a_stay_of_another_person_place_or_day_is_another_event() -> None:
    others = [
        EventName.of_stay("110105194912310021", "北京大学第三医院", "2026-11-20"),
        EventName.of_stay(PERSON, "北京大学第一医院", "2026-11-20"),
        EventName.of_stay(PERSON, "北京大学第三医院", "2026-11-21"),
    ]
    assert len({KEY.tag(name) for name in (STAY, *others)}) == 4


@pytest.mark.parametrize(("issuer", "number"), [("", "1"), ("x", " "), ("x", "\u2014/()"), ("\u200b", "1")])
def test_a_name_without_letters_or_digits_is_refused(issuer: str, number: str) -> None:
    with pytest.raises(EventNameError, match="missing"):
        EventName.of_document(issuer, number)


def test_no_part_can_be_shifted_into_the_next() -> None:
    assert EventName.of_document("a\x1fb", "c").encoded() != EventName.of_document("a", "b\x1fc").encoded()
    assert EventName.of_document("ab", "c").encoded() != EventName.of_document("a", "bc").encoded()


def test_neither_a_name_nor_a_key_is_shown_by_accident() -> None:
    shown = repr([STAY, REPORT, KEY])
    for secret in (PERSON, "第三医院", "00123", KEY.secret.hex(), repr(KEY.secret)):
        assert secret not in shown


# -- the register


def test_an_event_is_used_once_whatever_the_mutual_person_or_benefit(path: Path) -> None:
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [STAY])
        for other in (
            replace(CLAIM, fund=OTHER_FUND, member_id=b"\x02" * 32),
            replace(CLAIM, benefit=1),
            replace(CLAIM, day=CLAIM.day + 1),
            replace(CLAIM, member_id=b"\x02" * 32),
            replace(CLAIM, chain_id=1),
        ):
            with pytest.raises(EventUsedError) as caught:
                register.use(other, [STAY])
            told = str(caught.value)
            assert FUND not in told
            assert OTHER_FUND not in told
            assert "01" * 8 not in told


def test_the_same_use_can_be_repeated_over_restarts(path: Path) -> None:
    with EventRegister(path, KEY) as register:
        first = register.use(CLAIM, [STAY])
    with EventRegister(path, KEY) as register:
        assert register.use(CLAIM, [STAY]) == first


def test_the_use_is_that_of_the_specification_and_does_not_link_two_mutuals(path: Path) -> None:
    tag = hmac.new(KEY.secret, b"tongxin event 1\0" + STAY.encoded(), "sha256").digest()
    with EventRegister(path, KEY) as register:
        used = register.use(CLAIM, [STAY])
    assert used == hmac.new(tag, b"\x11" * 20, "sha256").digest()
    with EventRegister(path.with_name("another.sqlite3"), KEY) as register:
        elsewhere = register.use(replace(CLAIM, fund=OTHER_FUND), [STAY])
    assert elsewhere != used


def test_an_event_with_two_names_is_used_up_under_both(path: Path) -> None:
    other = replace(CLAIM, fund=OTHER_FUND)
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [REPORT, STAY])
        for names in ([STAY], [REPORT], [EventName.of_document("x", "1"), STAY]):
            with pytest.raises(EventUsedError):
                register.use(other, names)
        register.use(other, [EventName.of_document("x", "1")])


def test_a_refused_use_uses_nothing_up(path: Path) -> None:
    fresh = EventName.of_document("x", "1")
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [STAY])
        with pytest.raises(EventUsedError):
            register.use(replace(CLAIM, fund=OTHER_FUND), [fresh, STAY])
        register.use(replace(CLAIM, benefit=3), [fresh])


def test_a_use_without_a_name_is_refused(path: Path) -> None:
    with EventRegister(path, KEY) as register, pytest.raises(EventRegisterError, match="nothing names"):
        register.use(CLAIM, [])


def test_another_key_is_refused_for_every_event_would_look_new(path: Path) -> None:
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [STAY])
    with pytest.raises(EventRegisterError, match="another key"):
        EventRegister(path, EventKey(b"\x08" * 32))
    with EventRegister(path, KEY) as register, pytest.raises(EventUsedError):
        register.use(replace(CLAIM, benefit=1), [STAY])


def test_the_files_are_private_and_hold_no_personal_data(path: Path) -> None:
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [STAY, REPORT])
        files = [item for item in path.parent.iterdir() if item.suffix != ".lock"]
        assert path in files
        assert len(files) > 1, "the write-ahead log is looked at too"
        content = b"".join(item.read_bytes() for item in files)
        assert all(item.stat().st_mode & 0o777 == 0o600 for item in files)
    assert KEY.tag(STAY) in content, "the search looks where the register writes"
    planted = [PERSON, PERSON.lower(), "北京大学第三医院", "00123", "2026-11-20", "朝阳"]
    for secret in [item.encode() for item in planted] + [CLAIM.member_id, b"\x11" * 20, KEY.secret]:
        assert secret not in content


def test_a_damaged_register_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with pytest.raises(EventRegisterError, match="cannot be used"):
        EventRegister(path, KEY)


def _race(folder: Path, benefit: int, gate: multiprocessing.synchronize.Barrier, told: Path) -> None:
    won = 0
    for number in range(20):
        gate.wait(60)
        with EventRegister(folder / f"{number}.sqlite3", KEY) as register, contextlib.suppress(EventUsedError):
            register.use(replace(CLAIM, benefit=benefit), [STAY])
            won += 1
    told.write_text(str(won), encoding="ascii")


def test_of_two_processes_one_gets_the_event(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(2)
    told = [tmp_path / "first", tmp_path / "second"]
    processes = [
        context.Process(target=_race, args=(tmp_path / "registers", place, gate, file))
        for place, file in enumerate(told)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert sum(int(file.read_text(encoding="ascii")) for file in told) == 20


# -- its key


@pytest.mark.usefixtures("light_scrypt")
def test_the_key_of_the_register_lies_sealed_or_plain(tmp_path: Path) -> None:
    plain, sealed = tmp_path / "plain.key", tmp_path / "sealed.key"
    assert EventKey.create(plain) == EventKey.load(plain)
    key = EventKey.create(sealed, "correct horse")
    assert key.secret.hex().encode() not in sealed.read_bytes()
    assert EventKey.load(sealed, lambda: "correct horse") == key
    with pytest.raises(TagKeyError, match="attest key --events"):
        EventKey.load(tmp_path / "none.key")


def test_without_the_key_a_small_space_of_stays_reveals_nothing(path: Path) -> None:
    """All candidates are tried in each way that needs no key, and with a wrong key; with the key one fits."""
    candidates = [EventName.of_stay(f"{number:018d}", "医院", "2026-11-20") for number in range(500)]
    with EventRegister(path, KEY) as register:
        register.use(CLAIM, [candidates[123]])
        seen = b"".join(item.read_bytes() for item in path.parent.iterdir())
    for candidate in candidates:
        text = candidate.encoded()
        assert hashlib.sha256(text).digest() not in seen
        assert hmac.new(b"", text, "sha256").digest() not in seen
        assert hmac.new(b"\x11" * 20, text, "sha256").digest() not in seen
        assert EventKey(bytes(32)).tag(candidate) not in seen
    assert [number for number, item in enumerate(candidates) if KEY.tag(item) in seen] == [123]
