# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin bench evidence`, with a small file: that it measures, not how fast anything is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from support.age_program import missing
from support.cli import PROGRAM
from tongxin.bench import evidence
from tongxin.bench.errors import BenchError

NAMES = {f"{by}_{act}_{kind}" for by in ("tongxin", "age") for act in ("seal", "open") for kind in ("x25519", "hybrid")}


def test_both_programs_are_measured_with_both_kinds_of_keys(tmp_path: Path) -> None:
    assert not missing(), missing()
    file = tmp_path / "figures.json"
    command: list[str | Path] = [PROGRAM, "bench", "evidence", "--size", "2MB", "--json", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tongxin") == done.stdout.count("x25519") == 4
    figures = json.loads(file.read_text())
    assert figures["size_mb"] == 2
    for name in NAMES:
        assert figures[f"{name}_mb_per_s"] > 0
        # age may be done with 2 MB before its memory is looked at, which then counts as 0.
        assert (0 if "age" in name else 1) <= figures[f"{name}_rss_mb"] < 500
        assert figures[f"{name}_cpu_ms"] > 0


def test_a_program_that_fails_is_said_to_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "age"
    broken.write_text("#!/bin/sh\necho no such recipient >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: str(broken))
    with pytest.raises(BenchError, match="age failed: no such recipient"):
        evidence.measure(1_000_000, lambda *_: None)


def test_without_age_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: None)
    with pytest.raises(BenchError, match="make setup"):
        evidence.measure(1_000_000, lambda *_: None)


@pytest.mark.parametrize(("text", "size"), [("1GB", 10**9), ("250 mb", 250 * 10**6), ("5000000", 5_000_000)])
def test_a_size_is_read(text: str, size: int) -> None:
    assert evidence.size_of(text) == size


@pytest.mark.parametrize("text", ["", "0", "999999", "1 TB", "-1GB", "1.5GB"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BenchError, match="size"):
        evidence.size_of(text)
