# SPDX-License-Identifier: AGPL-3.0-only
"""Evidence sealed in Python opens in the browser and the other way round; age and tar open both (R-120 to R-123)."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from browser.conftest import Side
from support import age_program
from tongxin.evidence import age, bech32, grants, sealing
from tongxin.evidence.errors import EvidenceError, KeyTextError
from tongxin.evidence.keys import Identity, KeyKind, Recipient
from tongxin.evidence.padding import padded

CONTENT = {
    "体检报告 2026.txt": "血压 120/80\n".encode() * 20_000,
    "scan.png": bytes(range(256)) * 300,
    "empty": b"",
    f"{'long ' * 25}name.pdf": b"%PDF",
    "../ä/nul.TXT": b"x" * 512,
}
CLEANED = ["体检报告 2026.txt", "scan.png", "empty", f"{'long ' * 25}name.pdf", "_ä_nul.TXT"]
KINDS = [pytest.param(kind, id=kind.name.lower()) for kind in KeyKind]
LARGE_MIB = 128
TAR = shutil.which("tar") or "tar"


def told(name: str, content: bytes) -> list[object]:
    return [name, len(content), f"0x{hashlib.sha256(content).hexdigest()}"]


def by_python(side: Side, key: Identity) -> sealing.Sealed:
    """The content sealed in Python, into the folder that is served."""
    source = side.folder / "source"
    source.mkdir()
    paths = []
    for name, content in CONTENT.items():
        if "/" not in name:
            (source / name).write_bytes(content)
            paths.append(source / name)
    extra = {name: content for name, content in CONTENT.items() if "/" in name}
    return sealing.seal(paths, side.folder / "document.age", identity=key, extra=extra)


def by_page(side: Side, key: Identity) -> dict[str, object]:
    """The content sealed by the library, into the same folder."""
    for number, content in enumerate(CONTENT.values()):
        (side.folder / f"in-{number}").write_bytes(content)
    given = {"server": side.server, "key": key.text, "names": list(CONTENT), "out": "document.age"}
    answer = side.call("seal", given)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_what_python_sealed_opens_in_the_browser(side: Side, kind: KeyKind) -> None:
    key = Identity.generate(kind)
    sealed = by_python(side, key)
    given = {"server": side.server, "key": key.text, "document": "document.age", "digest": f"0x{sealed.digest.hex()}"}
    assert side.call("open", given) == [
        told(name, content) for name, content in zip(CLEANED, CONTENT.values(), strict=True)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_browser_sealed_opens_in_python(side: Side, kind: KeyKind, tmp_path: Path) -> None:
    key = Identity.generate(kind)
    answer = by_page(side, key)
    document = side.folder / "document.age"
    digest = hashlib.sha256(document.read_bytes()).digest()
    assert answer == {
        "digest": f"0x{digest.hex()}",
        "size": document.stat().st_size,
        "content_size": sum(map(len, CONTENT.values())),
        "files": CLEANED,
    }
    paths = sealing.open_document(document, key, tmp_path / "out", digest=digest)
    assert [(path.name, path.read_bytes()) for path in paths] == list(zip(CLEANED, CONTENT.values(), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_browser_sealed_and_granted_opens_with_age_and_tar(side: Side, kind: KeyKind, tmp_path: Path) -> None:
    key, reader = Identity.generate(kind), Identity.generate(kind)
    by_page(side, key)
    side.call("wrap", {"server": side.server, "key": key.text, "reader": reader.recipient.text, "out": "x.grant.age"})
    (tmp_path / "reader.key").write_text(reader.text)
    opened = age_program.run(age_program.AGE, "-d", "-i", tmp_path / "reader.key", side.folder / "x.grant.age")
    assert opened == f"{key.text}\n".encode()
    (tmp_path / "doc.key").write_bytes(opened)
    archive = age_program.run(age_program.AGE, "-d", "-i", tmp_path / "doc.key", side.folder / "document.age")
    done = subprocess.run([TAR, "x", "-C", tmp_path], input=archive, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    for name, content in zip(CLEANED, CONTENT.values(), strict=True):
        assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("kind", KINDS)
def test_what_age_sealed_opens_in_the_browser(side: Side, kind: KeyKind, tmp_path: Path) -> None:
    key = Identity.generate(kind)
    (tmp_path / "报告.txt").write_text("hello")
    archive = subprocess.run([TAR, "c", "-C", tmp_path, "报告.txt"], capture_output=True, check=True).stdout
    sealed = age_program.run(age_program.AGE, "-r", key.recipient.text, given=archive)
    (side.folder / "by-age").write_bytes(sealed)
    given = {"server": side.server, "key": key.text, "document": "by-age", "digest": told("", sealed)[2]}
    assert side.call("open", given) == [told("报告.txt", b"hello")]


def test_both_write_the_same_archive_to_the_byte(side: Side) -> None:
    key = Identity.generate(KeyKind.X25519)
    by_page(side, key)
    sides = [io.BytesIO(), io.BytesIO()]
    age.decrypt(io.BytesIO((side.folder / "document.age").read_bytes()), sides[0], key)
    (side.folder / "document.age").unlink()
    age.decrypt(io.BytesIO(by_python(side, key).path.read_bytes()), sides[1], key)
    assert sides[0].getvalue() == sides[1].getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader_kind", KINDS)
def test_grants_open_on_the_other_side(side: Side, kind: KeyKind, reader_kind: KeyKind) -> None:
    key, reader = Identity.generate(kind), Identity.generate(reader_kind)
    given = {"server": side.server, "key": key.text, "reader": reader.recipient.text, "out": "theirs"}
    digest = side.call("wrap", given)
    theirs = (side.folder / "theirs").read_bytes()
    assert digest == told("", theirs)[2]
    assert grants.unwrap(theirs, reader) == key
    (side.folder / "ours").write_bytes(grants.wrap(key, reader.recipient))
    assert side.call("unwrap", {"server": side.server, "grant": "ours", "reader": reader.text}) == key.text


@pytest.mark.parametrize("kind", KINDS)
def test_keys_and_what_is_announced_of_them_are_the_same(side: Side, kind: KeyKind) -> None:
    for key in (Identity.generate(kind), Identity.parse(side.call("newKey", int(kind)))):
        assert side.call("describe", key.text) == {
            "kind": int(kind),
            "secret": f"0x{key.secret.hex()}",
            "again": key.text,
            "recipient": key.recipient.text,
            "digest": f"0x{key.recipient.digest.hex()}",
            "public_key": f"0x{key.recipient.public_key.hex()}",
            "announced": key.recipient.text if kind is KeyKind.X25519 else None,
        }


def test_both_take_and_refuse_the_same_recipients(side: Side) -> None:
    texts = [Identity.generate(kind).recipient.text for kind in KeyKind]
    texts += [text.upper() for text in texts] + [text[:-1] for text in texts] + [f"{texts[0]}q", "", "age1", "AGE1"]
    for point in (0, 1, (1 << 255) - 19, (1 << 255) - 20, 1 << 255):
        raw = point.to_bytes(32, "little")
        texts.append(bech32.encode("age", raw))
    hybrid = Identity.generate(KeyKind.HYBRID).recipient.raw
    texts += [
        bech32.encode("age1pq", hybrid[:1184] + bytes(32)),
        bech32.encode("age1pq", b"\xff" * 1152 + hybrid[1152:]),
    ]
    assert side.call("recipients", texts) == [_python_takes(text) for text in texts]


def test_lengths_are_padded_alike(side: Side) -> None:
    draw = random.Random(20)
    lengths = [0, 1, 65_535, 65_536, 65_537, *(2**power + step for power in range(17, 46) for step in (-1, 0, 1, 513))]
    lengths += [draw.randrange(1 << draw.randrange(17, 46)) for _count in range(500)]
    assert side.call("padded", lengths) == [padded(length) for length in lengths]


def test_manifests_are_the_same_to_the_byte(side: Side) -> None:
    seats = tuple(
        grants.SeatGrant(seat=seat, recipient=Identity.generate(kind).recipient.text, grant=f"0x{seat:064x}")
        for seat, kind in ((0, KeyKind.X25519), (1, KeyKind.HYBRID), (12, KeyKind.X25519))
    )
    manifest = grants.Manifest(
        chain_id=31337,
        court="0x5FbDB2315678afecb367f032d93F642f64180aa3",
        claim=2**53 - 1,
        panel=4,
        attempt=2,
        document=f"0x{'ab' * 32}",
        seal_key=f"0x{'cd' * 32}",
        copies=("ipfs:bafybeigdyr", 'odd:"\\/~'),
        seats=seats,
    )
    (side.folder / "manifest").write_bytes(json.dumps(json.loads(manifest.to_bytes()), indent=2).encode())
    digest = side.call("manifest", {"server": side.server, "name": "manifest", "out": "again"})
    assert (side.folder / "again").read_bytes() == manifest.to_bytes()
    assert digest == f"0x{manifest.digest.hex()}"


def test_both_read_and_refuse_the_same_manifests(side: Side) -> None:
    good: dict[str, Any] = {
        "format": "tongxin-access/1",
        "chain_id": 1,
        "court": f"0x{'1' * 40}",
        "claim": 1,
        "panel": 1,
        "attempt": 0,
        "document": f"0x{'a' * 64}",
        "seal_key": f"0x{'b' * 64}",
        "copies": [],
        "seats": [],
    }
    recipient = Identity.generate(KeyKind.X25519).recipient.text
    entry = {"seat": 1, "recipient": recipient, "grant": f"0x{'c' * 64}"}
    wrong: tuple[Any, ...] = (None, -1, 1.0, "x", "1", [], {}, [None], True, f"0x{'A' * 64}")
    variants = [
        good,
        *({name: told for name, told in good.items() if name != left_out} for left_out in good),
        *(good | {name: told} for name in good for told in wrong),
        *(good | {"seats": [entry | {name: told}]} for name in entry for told in wrong),
        good | {"stranger": 1},
        good | {"seats": [entry]},
        good | {"seats": [entry, entry]},
        good | {"seats": [entry | {"stranger": 1}]},
        good | {"seats": [entry | {"recipient": f"{recipient}\n"}]},
        good | {"copies": ["a:b"] * 16},
        good | {"copies": ["a:b"] * 17},
        good | {"copies": ["a:" + "b" * 254]},
        good | {"copies": ["a:" + "b" * 255]},
        good | {"copies": ["a:b\n"]},
        good | {"copies": ["a:1.5e3"]},
    ]
    text = json.dumps(good)
    texts = [json.dumps(variant) for variant in variants]
    texts += [f" {text}\n", f"\ufeff{text}", f"{text},", text[:-1], f"[{text}]", "", "null", "NaN"]
    texts += [text.replace('"claim": 1', f'"claim": {told}') for told in ("1e0", "-0", "01", "+1", "1.", "NaN", "0x1")]
    texts += [text.replace('"claim": 1', '"claim": 1, "claim": 2')]
    taken = [_python_reads(text.encode()) for text in texts]
    assert any(taken)
    assert dict(zip(texts, side.call("readable", texts), strict=True)) == dict(zip(texts, taken, strict=True))


def test_the_browser_says_why_a_document_does_not_open(side: Side) -> None:
    key, other = (Identity.generate(KeyKind.HYBRID) for _count in range(2))
    sealed = by_python(side, key)
    whole = sealed.path.read_bytes()
    (side.folder / "damaged").write_bytes(whole[:-1])
    right = f"0x{sealed.digest.hex()}"
    given = {"server": side.server, "key": key.text, "document": "document.age", "digest": right}
    for change, code in (
        ({}, "none"),
        ({"key": other.text}, "EvidenceError wrong-key"),
        ({"document": "damaged"}, "EvidenceError digest"),
        ({"document": "damaged", "digest": told("", whole[:-1])[2]}, "EvidenceError damaged"),
    ):
        assert side.call("refusal", given | change) == code


def test_the_pages_of_these_tests_run_under_a_policy_that_is_enforced(
    browser: Browser, pages: tuple[Path, str]
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{pages[1]}/index.html")
        page.evaluate(
            "() => { document.body.append(Object.assign(document.createElement('script'), { text: 'a = 1' })); }"
        )
        assert page.evaluate("() => [typeof a, isSecureContext]") == ["undefined", True]


def test_a_large_file_streams_through_the_page(browser: Browser, page: Page) -> None:
    """The process of the page grows by less than it would if it held a file and its sealed form.

    When the browser gives memory back is its own affair; a page that held the file would do so every time.
    """
    assert any(_grows(browser, page) < 2 * (LARGE_MIB << 20) for _attempt in range(3))


def _grows(browser: Browser, page: Page) -> int:
    """By how many bytes the process of the page grows while a large file is sealed and opened."""
    processes = _renderers(browser)
    page.evaluate(
        f"async () => {{ window.large = (await import('/interop.mjs')).large({{ mebibytes: {LARGE_MIB} }}); }}"
    )
    before = _start_peak(processes)
    size, content_size = page.evaluate("() => large.seal()")
    assert content_size == LARGE_MIB << 20
    assert size > content_size
    assert page.evaluate("() => large.open()") == ["scan.bin", LARGE_MIB << 20, True]
    return _peak(processes) - before


def _renderers(browser: Browser) -> list[Path]:
    """The folders of /proc of the processes that run pages."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [Path("/proc") / str(process["id"]) for process in processes if process["type"] == "renderer"]


def _start_peak(processes: list[Path]) -> int:
    """Bytes in memory now; the peaks are counted anew (proc_pid_clear_refs(5))."""
    for process in processes:
        (process / "clear_refs").write_text("5")
    return sum(_status(process, "VmRSS") for process in processes)


def _peak(processes: list[Path]) -> int:
    return sum(_status(process, "VmHWM") for process in processes)


def _status(process: Path, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", (process / "status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) << 10


def _python_takes(text: str) -> bool:
    try:
        return Recipient(text).text == text
    except KeyTextError:
        return False


def _python_reads(data: bytes) -> bool:
    try:
        grants.Manifest.parse(data)
    except EvidenceError:
        return False
    return True
