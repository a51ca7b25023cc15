# SPDX-License-Identifier: AGPL-3.0-only
"""Runs the installed `tongxin` in processes of its own, as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
    """A person at a terminal: a home folder, an endpoint, a mutual, a key, a password."""

    home: Path
    url: str | None = None
    mutual: str | None = None
    key: str | None = None
    password: str | None = None

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
        ):
            if item is not None:
                environment[name] = item
        return environment

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
        with self.start(*arguments, hears=said is not None) as process:
            output, errors = process.communicate(said, timeout=SECONDS)
        assert process.returncode == code, f"{arguments} ended with {process.returncode}:\n{output}\n{errors}"
        assert "Traceback" not in output + errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

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
