# SPDX-License-Identifier: AGPL-3.0-only
"""Runs `tongxin` in processes of its own, as a person would."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.warm import warm_program
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founder import Founder
from tongxin.chain.mutual import Mutual
from tongxin.chain.structs import Attestation
from tongxin.chain.transactions import Sender
from tongxin.chain.typed_data import attestation
from tongxin.roster import TagKey

PROGRAM = Path(sys.executable).parent / "tongxin"
SECONDS = 120.0
INHERITED = ("PATH", "TMPDIR", "COVERAGE_PROCESS_START")


@dataclass(frozen=True)
class Cli:
    """A person at a terminal: a home folder, an endpoint, a mutual, a key, a password, stores, further variables."""

    home: Path
    url: str | None = None
    mutual: str | None = None
    key: str | None = None
    password: str | None = None
    stores: str | None = None
    variables: tuple[tuple[str, str], ...] = ()
    is_watched: bool = False
    """Commands are started one by one, so that what a test loads into new processes sees them."""

    def using(self, **changes: Any) -> Cli:
        """The same person with something else set."""
        return replace(self, **changes)

    def environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {"TONGXIN_HOME": str(self.home), "HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        for name, item in (
            ("TONGXIN_RPC", self.url),
            ("TONGXIN_MUTUAL", self.mutual),
            ("TONGXIN_PRIVATE_KEY", self.key),
            ("TONGXIN_PASSWORD", self.password),
            ("TONGXIN_STORES", self.stores),
        ):
            if item is not None:
                environment[name] = item
        return environment | dict(self.variables)

    def start(self, *arguments: str | Path, hears: bool = False) -> subprocess.Popen[str]:
        """Begins a command and leaves it running; it hears nothing on standard input unless that is asked for."""
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.PIPE if hears else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, code: int = 0, said: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, which must be this exit code; `said` is what it hears on standard input."""
        if self.is_watched:
            with self.start(*arguments, hears=said is not None) as process:
                output, errors = process.communicate(said, timeout=SECONDS)
            done = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
        else:
            line = [str(PROGRAM), *map(str, arguments)]
            done = warm_program().run(line, self.environment(), self.home, said, SECONDS)
        assert done.returncode == code, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def answer(self, *arguments: str | Path, code: int = 0, said: str | None = None) -> dict[str, Any]:
        """The JSON answer of a command."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json", code=code, said=said).stdout)
        return found

    def failure(self, *arguments: str | Path, code: int = 1, said: str | None = None) -> str:
        """The one line with which a command fails; it prints nothing else."""
        done = self.run(*arguments, code=code, said=said)
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]


def typed_at_a_terminal(cli: Cli, arguments: Sequence[str | Path], answers: Sequence[str]) -> str:
    """Runs a command at a terminal of its own; each answer is typed when the program asks. Returns what was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        env=cli.environment(),
        cwd=cli.home,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = ""
        waiting = list(answers)
        while part := _read_terminal(ours):
            shown += part
            if waiting and shown.endswith(": "):
                os.write(ours, waiting.pop(0).encode() + b"\n")
        process.wait(SECONDS)
    os.close(ours)
    assert process.returncode == 0, shown
    assert waiting == []
    return shown


def _read_terminal(descriptor: int) -> str:
    """What came next; nothing once the program has ended."""
    try:
        return os.read(descriptor, 65536).decode()
    except OSError:
        return ""


@dataclass(frozen=True)
class World:
    """A chain with a test stablecoin of which the funded accounts have a million each, and a factory."""

    url: str
    endpoints: Endpoints
    factory: Founder
    token: str
    keys: tuple[str, ...]
    senders: tuple[Sender, ...]

    def travel(self, seconds: int) -> None:
        dev_rpc.increase_time(self.url, seconds)

    def mine(self, blocks: int) -> None:
        dev_rpc.mine(self.url, blocks)

    def now(self) -> int:
        return dev_rpc.block_time(self.url)


@dataclass(frozen=True)
class Founded:
    """A mutual and its attestor, who also pays, at the terminal."""

    world: World
    cli: Cli
    mutual: Mutual

    def person(self, number: int, home: Path) -> Cli:
        """Another of the funded accounts, with a home folder of its own."""
        home.mkdir(exist_ok=True)
        return self.cli.using(key=self.world.keys[number], home=home)

    def evidence(self, person: Cli, folder: Path, content: bytes = b"what happened") -> Path:
        """A file of a person's, sealed into a new folder at the person's terminal."""
        if not (person.home / "evidence").exists():
            person.run("evidence", "key", "new")
        folder.mkdir(parents=True)
        plain = folder / "plain.txt"
        plain.write_bytes(content)
        person.run("evidence", "seal", plain, "--out", folder / "sealed")
        return folder / "sealed"

    def tag(self, id_number: str) -> bytes:
        """The member id of an identity number."""
        fund = self.mutual.fund.address
        return TagKey.load(self.cli.home / "keys" / f"{fund.lower()}.key").member_id(fund, id_number)

    def joined(self, number: int, ticks: int = 200) -> bytes:
        """One of the funded accounts becomes a member through the SDK."""
        now = self.mutual.head().timestamp
        sender = self.world.senders[number]
        item = Attestation(self.tag(f"J{number}"), sender.address, 0, now, now + 3600)
        signed = self.world.senders[0].signer.sign_typed(attestation(self.mutual.attestation_domain, item))
        self.mutual.join(sender, item, [signed], self.mutual.runway_tick(ticks))
        return item.member_id
