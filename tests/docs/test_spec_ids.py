# SPDX-License-Identifier: AGPL-3.0-only
"""Every rule and invariant of docs/spec stands in the contracts, in the model and in a test, under its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs" / "spec"
RULE = re.compile(r"\*\*(R-\d+) ")
INVARIANT = re.compile(r"\*\*(I-\d+)\*\*")
CITED = re.compile(r"\b([RI])-(\d+)(?:(?: to |\.\.)[RI]-(\d+))?")
# What each side need not hold, and why.
ELSEWHERE = {
    "contracts": {
        "R-24": "a preview, computed by the client",
        "R-25": "a bound on what R-1, R-2 and R-8 already do",
        "R-42": "what crossing a tick (R-4, R-5) means for a member",
        "R-49": "nothing forbids it",
        "I-12": "a sum that no function keeps",
        "R-120": "how clients seal; the chain sees the hash of the result",
        "R-126": "to the court an incomplete vote like any other (R-72); who looks into the stores tells if it is true",
        "R-127": "what a client deletes from its disk and the stores; the chain knows the revocations (R-124)",
        "R-128": "attestors keep it, off the chain",
        "R-129": "attestors keep it, off the chain",
        "I-16": "what leaves a machine is the clients' affair",
    },
    "src/tongxin/model": {
        "R-24": "a preview, computed by the client",
        "R-49": "nothing forbids it",
        "R-50": "signatures are not modelled",
        "R-120": "how clients seal; the chain sees the hash of the result",
        "R-126": "to the court an incomplete vote like any other (R-72); who looks into the stores tells if it is true",
        "R-127": "what a client deletes from its disk and the stores; the chain knows the revocations (R-124)",
        "R-128": "attestors keep it, off the chain",
        "R-129": "attestors keep it, off the chain",
        "I-16": "what leaves a machine is the clients' affair",
    },
}


def defined() -> list[str]:
    """The ids that the spec defines, in order."""
    found: list[str] = []
    for page in sorted(SPEC.glob("*.md")):
        text = page.read_text()
        found += RULE.findall(text) + INVARIANT.findall(text)
    return found


def cited(folder: str, endings: tuple[str, ...], *, ranges: bool = True) -> set[str]:
    """The ids named in a folder's files, with those between the ends of ranges like `R-1 to R-6` or without."""
    ids: set[str] = set()
    for path in (ROOT / folder).rglob("*"):
        if path.suffix not in endings or path == Path(__file__):
            continue
        for letter, first, last in CITED.findall(path.read_text()):
            numbers = range(int(first), int(last or first) + 1) if ranges else (int(first), int(last or first))
            ids.update(f"{letter}-{number}" for number in numbers)
    return ids


def test_the_spec_defines_each_id_once() -> None:
    ids = defined()
    assert len(ids) == len(set(ids))
    assert {"R-1", "R-51", "R-86", "I-1", "I-12"} <= set(ids)


@pytest.mark.parametrize("folder", ["contracts", "src/tongxin/model", "tests"])
def test_each_id_is_cited(folder: str) -> None:
    missing = set(defined()) - cited(folder, (".vy", ".vyi", ".py")) - set(ELSEWHERE.get(folder, {}))
    assert not missing, f"{folder} cites no {sorted(missing, key=lambda one: (one[0], int(one[2:])))}"


def test_nothing_cites_an_id_that_the_spec_lacks() -> None:
    known = set(defined())
    for folder in ("contracts", "src", "tests", "docs"):
        unknown = cited(folder, (".vy", ".vyi", ".py", ".md"), ranges=False) - known
        assert not unknown, f"{folder} cites {sorted(unknown)}"
