# SPDX-License-Identifier: AGPL-3.0-only
"""Breaks the contracts on purpose, one small change at a time, and asks whether the tests notice.

`tools/mutate_contracts.py --mutants 60 --seed 1 --report FILE` draws changes from all contracts, keeps those
that compile to other bytecode than the original and than each other, and runs the tests on each. A mutant that no test
kills is a survivor: either a test is missing, or the change makes no difference that a caller could see, and
docs/testing.md explains why. `--again` judges the survivors of a report once more, when tests were added. Tests read
the contracts' folder from TONGXIN_CONTRACTS.
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
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import boa
import snekmate
from boa.interpret import set_search_paths
from vyper.exceptions import VyperException, VyperInternalException

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"
LIBRARIES = Path(next(iter(snekmate.__path__))).parent
WORKPLACE = ROOT / "build" / "mutants" / "contracts"
"""Always the same folder: the compiler's disk cache then knows the contracts that a mutant leaves alone."""
DEPLOYABLES = ("Fund", "FundAnnex", "FundStages", "Court", "Jury", "Office", "Charter", "Bounds", "Assembly")
TESTS = ROOT / "tests" / "contracts"
FIRST = {
    "Assembly": ("assembly/test_votes", "assembly/test_proposals"),
    "Bounds": ("founding/test_steps", "founding/test_charter"),
    "Charter": ("founding/test_charter", "founding/test_versions", "court/test_court_versions"),
    "Office": ("office/test_memberships", "office/test_readers", "office/test_signed_acts"),
    "Jury": ("court/test_jury", "court/test_court_claim"),
    "Court": ("court/test_court_claim", "court/test_court_challenge", "court/test_court_filing"),
    "Fund": ("fund/test_join", "fund/test_runway"),
    "FundAnnex": ("fund/test_runway", "fund/test_settlement"),
    "FundStages": ("fund/test_ending", "fund/test_starting", "fund/test_versions"),
    "cover": ("court/test_court_filing",),
    "entrance": ("fund/test_join", "office/test_memberships"),
    "later": ("fund/test_settlement", "fund/test_runway"),
    "ledger": ("fund/test_settlement", "fund/test_ledger_property"),
    "payments": ("fund/test_join", "fund/test_hostile_tokens"),
    "register": ("fund/test_runway", "fund/test_office"),
    "rounds": ("fund/test_settlement",),
    "sortition": ("court/test_court_modules", "court/test_jury"),
    "standing": ("fund/test_starting", "fund/test_ending"),
    "terms": ("fund/test_versions", "founding/test_charter"),
    "verdict": ("court/test_court_modules", "court/test_jury"),
    "wiring": ("founding/test_founder", "fund/test_join"),
    "words": ("fund/test_join", "court/test_court_claim"),
}
"""The tests nearest to each file, which are run first."""
FOLDERS = {
    "Assembly": ("assembly",),
    "Bounds": ("founding",),
    "Charter": ("founding", "assembly", "fund", "court"),
    "Office": ("office",),
    "Jury": ("court",),
    "Court": ("court",),
    "Fund": ("fund", "office", "court"),
    "FundAnnex": ("fund", "office", "court"),
    "FundStages": ("fund",),
}
SECONDS = 1_200
"""After so long a mutant counts as killed: something runs for ever."""

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


def bytecode(folder: Path, name: str) -> bytes | None:
    """The deployable's bytecode, or None if it does not compile. The tests find it in the compiler's cache."""
    set_search_paths([str(LIBRARIES), str(folder)])
    try:
        return bytes(boa.load_partial(str(folder / f"{name}.vy")).compiler_data.bytecode)
    except (VyperException, VyperInternalException):
        return None


def changed_user(folder: Path, file: str, originals: dict[str, bytes]) -> tuple[str, bytes] | None:
    """The first deployable whose bytecode a mutant changes; None if it changes none or does not compile."""
    for name in users(file):
        code = bytecode(folder, name)
        if code is None:
            return None
        if code != originals[name]:
            return name, code
    return None


def suites(file: str) -> list[str]:
    """Test files for a mutant of a file, the nearest first, the state machines last."""
    nearest = [TESTS / f"{name}.py" for name in FIRST[Path(file).stem]]
    folders = dict.fromkeys(folder for name in users(file) for folder in FOLDERS[name])
    rest = [path for folder in folders for path in sorted((TESTS / folder).glob("test_*.py"))]
    attacks = sorted((ROOT / "tests" / "attacks").glob("test_*.py"))
    machines = sorted((ROOT / "tests" / "stateful").glob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in dict.fromkeys([*nearest, *rest, *attacks, *machines])]


def judge(file: str) -> str:
    """The first test that fails on the mutated contracts, or nothing."""
    environment = {**os.environ, "TONGXIN_CONTRACTS": str(WORKPLACE), "HYPOTHESIS_PROFILE": "mutation"}
    quiet = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    command = [sys.executable, "-m", "pytest", *quiet, *suites(file)]
    try:
        run = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"still running after {SECONDS} s"
    if run.returncode == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)
    return failed.group(1) if failed else f"pytest's exit code {run.returncode}"


def place(mutant: Mutant | None) -> None:
    """Puts the contracts into the workplace, with a mutant's change."""
    shutil.rmtree(WORKPLACE, ignore_errors=True)
    shutil.copytree(CONTRACTS, WORKPLACE)
    if mutant is not None:
        write(WORKPLACE, mutant)


def draw(count: int, seed: int, only: str) -> Iterator[Mutant]:
    """Changes in an order drawn by the seed, spread over the files, or of some lines of one: `Charter:400-430`."""
    only, _, lines = only.partition(":")
    first, _, last = (lines or "1-1000000").partition("-")
    randomness = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    files = [CONTRACTS / f"{name}.vy" for name in DEPLOYABLES] + sorted((CONTRACTS / "modules").glob("*.vy"))
    pools = [
        pool
        for path in files
        if only in path.name
        and (pool := [mutant for mutant in candidates(path) if int(first) <= mutant.line <= int(last)])
    ]
    for pool in pools:
        randomness.shuffle(pool)
    weights = [len(pool) for pool in pools]
    for _ in range(20 * count):
        pool = randomness.choices(pools, weights)[0]
        if pool:
            yield pool.pop()


def told(number: int, verdict: Verdict) -> None:
    """One line of progress."""
    mutant = verdict.mutant
    fate = "killed  " if verdict.killed_by else "SURVIVED"
    print(f"{number:3} {fate} {mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}", flush=True)


def save(report: Path, verdicts: list[Verdict]) -> None:
    """Writes the report."""
    report.write_text(json.dumps([asdict(each) for each in verdicts], indent=1) + "\n")


def load(report: Path) -> list[Verdict]:
    """Reads a report."""
    return [
        Verdict(Mutant(**each["mutant"]), each["killed_by"], each["seconds"]) for each in json.loads(report.read_text())
    ]


def fresh(count: int, seed: int, only: str, report: Path) -> list[Verdict]:
    """Judges new mutants."""
    place(None)
    originals: dict[str, bytes] = {}
    for name in DEPLOYABLES:
        code = bytecode(WORKPLACE, name)
        if code is None:
            raise SystemExit(f"{name} itself does not compile")
        originals[name] = code
    seen: set[bytes] = set()
    verdicts: list[Verdict] = []
    for mutant in draw(count, seed, only):
        if len(verdicts) >= count:
            break
        started = time.monotonic()
        place(mutant)
        found = changed_user(WORKPLACE, mutant.file, originals)
        if found is None or found[1] in seen:
            continue
        seen.add(found[1])
        verdicts.append(Verdict(mutant, judge(mutant.file), round(time.monotonic() - started, 1)))
        told(len(verdicts), verdicts[-1])
        save(report, verdicts)
    return verdicts


def again(report: Path) -> list[Verdict]:
    """Judges the survivors of a report once more; a mutant whose line has changed since is an error."""
    verdicts = load(report)
    for number, verdict in enumerate(verdicts):
        if verdict.killed_by:
            continue
        mutant = verdict.mutant
        line = (CONTRACTS / mutant.file).read_text().splitlines()[mutant.line - 1].strip()
        if line != mutant.before:
            raise SystemExit(f"{mutant.file}:{mutant.line} is now `{line}`: draw new mutants")
        started = time.monotonic()
        place(mutant)
        verdicts[number] = Verdict(mutant, judge(mutant.file), round(time.monotonic() - started, 1))
        told(number + 1, verdicts[number])
        save(report, verdicts)
    return verdicts


def main() -> int:
    """Runs the mutants and writes the report after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument(
        "--only", default="", help="only files whose name contains this, or lines of them: NAME:FIRST-LAST"
    )
    parser.add_argument("--again", action="store_true", help="judge the report's survivors once more")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.again:
        verdicts = again(arguments.report)
    else:
        verdicts = fresh(arguments.mutants, arguments.seed, arguments.only, arguments.report)
    killed = sum(1 for each in verdicts if each.killed_by)
    print(f"{len(verdicts)} mutants, {killed} killed, {len(verdicts) - killed} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
