# SPDX-License-Identifier: AGPL-3.0-only
"""Breaks the contracts on purpose, one small change at a time, and asks whether the tests notice.

`tools/mutate_contracts.py --mutants 60 --seed 1 --report FILE` draws changes from all contracts, keeps those
that compile to other bytecode than the original and than each other, and runs the tests on each. A mutant that no test
kills is a survivor: either a test is missing, or the change makes no difference that a caller could see, and
docs/testing.md explains why. Tests read the contracts' folder from TONGXIN_CONTRACTS.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"
DEPLOYABLES = ("Charter", "Fund", "FundAnnex", "Office", "Jury", "Court")
SUITES = {
    "Charter": ("tests/contracts/founding", "tests/contracts/fund", "tests/contracts/court"),
    "Office": ("tests/contracts/office",),
    "Jury": ("tests/contracts/court",),
    "Court": ("tests/contracts/court",),
    "Fund": ("tests/contracts/fund", "tests/contracts/court"),
    "FundAnnex": ("tests/contracts/fund", "tests/contracts/court"),
}
LAST = ("tests/stateful",)

RULES: tuple[tuple[str, str], ...] = (
    (r" >= ", " > "),
    (r" <= ", " < "),
    (r" > ", " >= "),
    (r" < ", " <= "),
    (r" == ", " != "),
    (r" != ", " == "),
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r" \* ", " + "),
    (r" // ", " * "),
    (r" \+= ", " -= "),
    (r" -= ", " += "),
    (r" and ", " or "),
    (r" or ", " and "),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bnot ", ""),
    (r"\bTrue\b", "False"),
    (r"\bFalse\b", "True"),
    (r"\b_ceil_div\(", "_floor_div("),
    (r"^(\s+)(assert|words\._fail|self\.|extcall|ledger\.|payments\._push|wiring\._)\b.*[^,(]$", r"\1pass"),
)
SKIPPED = re.compile(r"^\s*(#|log |event |from |import |uses:|initializes:|exports:|@|def |struct |flag |interface )")
FLOOR_DIV = (
    "\n\n@internal\n@pure\ndef _floor_div(a: uint256, b: uint256) -> uint256:\n"
    '    """\n    @dev Only in mutants: rounds the other way.\n    """\n    return a // b\n'
)


@dataclass(frozen=True)
class Mutant:
    """One changed line."""

    file: str
    line: int
    before: str
    after: str


@dataclass(frozen=True)
class Verdict:
    """What the tests said of a mutant; `killed_by` is empty for a survivor."""

    mutant: Mutant
    killed_by: str
    seconds: float


def code_lines(source: str) -> Iterator[tuple[int, str]]:
    """Lines that hold statements, numbered from 1; no docstrings, declarations or events."""
    in_text = False
    in_declaration = False
    for number, line in enumerate(source.splitlines(), 1):
        quotes = line.count('"""')
        if in_text or quotes:
            in_text = in_text != (quotes % 2 == 1)
            continue
        if line and not line[0].isspace():
            in_declaration = line.startswith(("event ", "struct ", "interface ", "exports:", "flag ", "def "))
        if line.startswith(")") or line.rstrip().endswith(("):", ":")):
            in_declaration = in_declaration and not line.rstrip().endswith((":",))
        if in_declaration or not line.strip() or SKIPPED.match(line) or not line[0].isspace():
            continue
        yield number, line


def candidates(path: Path) -> list[Mutant]:
    """Every change that a rule can make to a file."""
    found: dict[tuple[int, str], Mutant] = {}
    for number, line in code_lines(path.read_text()):
        for pattern, replacement in RULES:
            for match in re.finditer(pattern, line):
                if line[: match.start()].count('"') % 2:
                    continue
                changed = line[: match.start()] + match.expand(replacement) + line[match.end() :]
                mutant = Mutant(str(path.relative_to(CONTRACTS)), number, line.strip(), changed.strip())
                if changed != line:
                    found.setdefault((number, changed), mutant)
    return list(found.values())


def write(folder: Path, mutant: Mutant) -> None:
    """Applies a mutant to a copy of the contracts."""
    path = folder / mutant.file
    lines = path.read_text().splitlines(keepends=True)
    line = lines[mutant.line - 1]
    lines[mutant.line - 1] = line[: len(line) - len(line.lstrip())] + mutant.after + "\n"
    path.write_text("".join(lines))
    if "_floor_div(" in mutant.after:
        words = folder / "modules" / "words.vy"
        words.write_text(words.read_text() + FLOOR_DIV)


def users(file: str) -> list[str]:
    """The deployables that a file's code goes into."""
    name = Path(file).stem
    if name in DEPLOYABLES:
        return [name]
    found = []
    for deployable in DEPLOYABLES:
        seen: set[str] = set()
        waiting = [CONTRACTS / f"{deployable}.vy"]
        while waiting:
            text = waiting.pop().read_text()
            for module in re.findall(r"^from modules import (\w+)", text, re.MULTILINE):
                if module not in seen:
                    seen.add(module)
                    waiting.append(CONTRACTS / "modules" / f"{module}.vy")
        if name in seen:
            found.append(deployable)
    return found


def bytecode(folder: Path, name: str) -> str | None:
    """The deployable's bytecode, or None if it does not compile."""
    command = [sys.executable, "-m", "vyper.cli.vyper_compile", "-f", "bytecode", "-p", str(folder), "-p", site()]
    run = subprocess.run([*command, str(folder / f"{name}.vy")], capture_output=True, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else None


def site() -> str:
    """Where snekmate is installed."""
    import snekmate  # noqa: PLC0415 - only the compiler needs it

    return str(Path(next(iter(snekmate.__path__))).parent)


def judge(folder: Path, names: list[str]) -> str:
    """The first test that fails on the mutated contracts, or nothing."""
    suites = list(dict.fromkeys(suite for name in names for suite in SUITES[name]))
    environment = {**os.environ, "TONGXIN_CONTRACTS": str(folder), "HYPOTHESIS_PROFILE": "mutation"}
    for group in (suites, [suite for suite in LAST if (ROOT / suite).is_dir()]):
        if not group:
            continue
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *group]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            failed = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)
            return failed.group(1) if failed else f"{group[0]} (exit {run.returncode})"
    return ""


def draw(count: int, seed: int) -> Iterator[Mutant]:
    """Changes in an order drawn by the seed, spread evenly over the files."""
    randomness = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    files = [CONTRACTS / f"{name}.vy" for name in DEPLOYABLES] + sorted((CONTRACTS / "modules").glob("*.vy"))
    pools = [pool for path in files if (pool := candidates(path))]
    for pool in pools:
        randomness.shuffle(pool)
    weights = [len(pool) for pool in pools]
    for _ in range(20 * count):
        pool = randomness.choices(pools, weights)[0]
        if pool:
            yield pool.pop()


def main() -> int:
    """Runs the mutants and writes the report after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--only", default="", help="only files whose name contains this")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    originals = {name: bytecode(CONTRACTS, name) for name in DEPLOYABLES}
    if None in originals.values():
        print("the contracts themselves do not compile")
        return 2
    seen: set[str] = set()
    verdicts: list[Verdict] = []
    for mutant in draw(arguments.mutants, arguments.seed):
        if len(verdicts) >= arguments.mutants:
            break
        if arguments.only not in mutant.file:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "contracts"
            shutil.copytree(CONTRACTS, folder)
            write(folder, mutant)
            names = users(mutant.file)
            codes = [bytecode(folder, name) for name in names]
            changed = [name for name, code in zip(names, codes, strict=True) if code != originals[name]]
            fingerprint = "".join(code or "" for code in codes)
            if None in codes or not changed or fingerprint in seen:
                continue
            seen.add(fingerprint)
            verdict = Verdict(mutant, judge(folder, changed), round(time.monotonic() - started, 1))
        verdicts.append(verdict)
        print(
            f"{len(verdicts):3} {'killed  ' if verdict.killed_by else 'SURVIVED'} {mutant.file}:{mutant.line}  ", end=""
        )
        print(f"{mutant.before}  ->  {mutant.after}", flush=True)
        arguments.report.write_text(json.dumps([asdict(each) for each in verdicts], indent=1) + "\n")
    killed = sum(1 for each in verdicts if each.killed_by)
    print(f"{len(verdicts)} mutants, {killed} killed, {len(verdicts) - killed} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
