# SPDX-License-Identifier: AGPL-3.0-only
"""I-16: what a person typed, sealed or was told stays on the machine. Planted words are searched in all that leaves it.

Every command of a claim's life runs in processes that are watched: their requests to the chain pass a recorder, the
programs they start are noted, and files that they remove are kept as they were.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.case import Case, case_of
from support.cli import Cli, Founded
from support.rpc_proxy import lying_endpoint
from tongxin.chain import dev_rpc

pytestmark = pytest.mark.chain

NAME = "欧阳晓燕"
NUMBER = "11010519491231002X"
ILLNESS = "急性淋巴细胞白血病"
FILE = "出院小结 欧阳晓燕.txt"
PLACE = "Ward 7, Hospital of the Invented City"
PASSPHRASE = "a passphrase that is planted too"
REASON = "the diagnosis is one that the charter names"
PLAIN = f"{NAME} {NUMBER}\n{ILLNESS}\n{PLACE}\n"
WATCH = Path(__file__).parents[1] / "support" / "watch"


def written(word: str) -> Iterator[bytes]:
    """A word as it may be written by whoever lets it slip."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        raw = word.encode(encoding)
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        # Inside a longer text base64 shows one of three forms; of each the part that does not depend on its neighbours.
        for lead in range(3):
            coded = base64.b64encode(b"\0" * lead + raw)
            yield coded[4 if lead else 0 : -4]
            yield coded[4 if lead else 0 : -4].replace(b"+", b"-").replace(b"/", b"_")
    yield json.dumps(word)[1:-1].encode()
    yield urllib.parse.quote(word).encode()


@dataclass
class Search:
    """The planted words in all their forms."""

    words: dict[str, str]
    forms: list[tuple[str, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.forms = [(what, form) for what, word in self.words.items() for form in {*written(word)} if len(form) >= 6]

    def found(self, content: bytes) -> set[str]:
        """Which of the words stand in it."""
        return {what for what, form in self.forms if form in content}


@dataclass(frozen=True)
class Watched(Case):
    """A case in which everybody's processes are watched, and their requests to the chain recorded."""

    url: str = ""

    @property
    def watch(self) -> Path:
        return self.folder / "watch"

    def person(self, number: int) -> Cli:
        scratch = self.folder / "scratch"
        for folder in (self.watch, scratch):
            folder.mkdir(exist_ok=True)
        variables = {
            "PYTHONPATH": str(WATCH),
            "TONGXIN_TEST_WATCH": str(self.watch),
            "TONGXIN_TEST_ROOT": str(self.folder),
            "TMPDIR": str(scratch),
        }
        person = super().person(number).using(url=self.url, password=PASSPHRASE)
        return person.using(variables=tuple(variables.items()), is_watched=True)

    def removed(self) -> Iterator[tuple[Path, bytes]]:
        """The files that were removed, with what stood in them."""
        for note in self.watch.glob("removed-*.path"):
            yield Path(note.read_text(encoding="utf-8")), note.with_suffix("").read_bytes()


@pytest.fixture
def sent() -> list[bytes]:
    """The requests to the chain."""
    return []


@pytest.fixture
def case(founded: Founded, tmp_path: Path, sent: list[bytes]) -> Iterator[Watched]:
    def record(method: str, params: list[Any], result: Any) -> Any:
        sent.append(json.dumps([method, params], ensure_ascii=False).encode())
        return result

    with lying_endpoint(founded.world.url, record) as url:
        plain = case_of(founded, tmp_path, (2, 3, 4))
        yield Watched(plain.founded, plain.folder, plain.members, url)


def test_nothing_personal_leaves_the_machines_in_a_claims_life(
    case: Watched, sent: list[bytes], tmp_path: Path
) -> None:
    papers, opened, read = tmp_path / "papers", tmp_path / "opened", tmp_path / "read"
    papers.mkdir()
    (papers / FILE).write_text(PLAIN, encoding="utf-8")
    claimant, reader = case.claimant, case.person(5)
    recipient = reader.answer("evidence", "key", "new")["recipient"]
    claimant.run("evidence", "key", "new")
    sealed = tmp_path / "sealed"
    document = claimant.answer("evidence", "seal", papers / FILE, "--out", sealed)["document"]
    (juror,) = case.drawn(sealed)
    juror.run("evidence", "announce")
    claimant.run("claim", "grant", "1")
    juror.run("evidence", "open", "1", "--out", opened)
    assert (opened / FILE).read_text(encoding="utf-8") == PLAIN
    juror.run("vote", "commit", "1", "--level", "1", "--reason", REASON)
    juror.run("vote", "reveal", "1")
    claimant.run("evidence", "grant", document, "--reader", recipient)
    reader.run("evidence", "open", document, "--out", read)
    refused = [
        case.person(6).failure("evidence", "open", "1", "--out", tmp_path / "no"),
        reader.using(password="wrong").failure("evidence", "open", document, "--out", tmp_path / "no"),
        reader.failure("evidence", "open", document, "--out", read),
    ]
    claimant.run("evidence", "revoke", document, "--reader", recipient)
    claimant.run("evidence", "forget", document, "--yes")

    secrets = {"name": NAME, "number": NUMBER, "illness": ILLNESS, "place": PLACE, "file": FILE}
    secrets |= {"reason": REASON, "passphrase": PASSPHRASE, "key": "AGE-SECRET-KEY-"}
    search = Search(secrets)
    assert search.found(PLAIN.encode()) == {"name", "number", "illness", "place"}
    assert len(sent) > 100
    assert {what for body in sent for what in search.found(body)} == set(), "requests to the chain"
    state = dev_rpc.request(case.founded.world.url, "anvil_dumpState")
    assert search.found(json.dumps(state).encode()) == set(), "the chain"
    # The last one tells the reader on the own terminal which file is in the way.
    assert search.found("\n".join(refused[:2]).encode()) == set(), "error messages"
    started = case.watch / "started.txt"
    assert search.found(started.read_bytes() if started.exists() else b"") == set(), "arguments of programs"

    own = {papers / FILE, opened / FILE, read / FILE}
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path not in own]
    left = [path for path in others if case.watch not in path.parents]
    assert any(store in path.parents for store in case.stores for path in left)
    for path in left:
        # A juror's reason waits on the own machine, of which only the juror reads it, until the vote is shown.
        allowed = {"reason"} if path.parent == juror.home / "ballots" else set()
        assert search.found(path.read_bytes()) <= allowed, path
        assert search.found(os.fsencode(path.relative_to(tmp_path))) == set(), path
    removed = list(case.removed())
    assert removed
    for path, content in removed:
        if not {opened, read} & {*path.parents}:
            assert search.found(content) == set(), path


@pytest.mark.parametrize("slip", [NAME, NUMBER, f"x{ILLNESS}", f"yy{ILLNESS}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gb18030"])
def test_the_search_finds_what_slips(slip: str, encoding: str) -> None:
    search = Search({"name": NAME, "number": NUMBER, "illness": ILLNESS})
    raw = slip.encode(encoding)
    # Of a short word in a short encoding base64 leaves too few letters to look for.
    coded = [base64.b64encode(b"before " + raw + b" after")] if encoding == "utf-8" else []
    for content in (raw, raw.hex().encode(), *coded):
        assert search.found(b"other " + content + b" text"), content
    assert not search.found(b"a harmless text of some length")
