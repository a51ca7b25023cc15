# SPDX-License-Identifier: AGPL-3.0-only
"""A claim with sealed evidence at the terminal: a claimant, jurors, two stores."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.cli import Cli, Founded
from tongxin.chain.structs import Payment
from tongxin.evidence.keystore import Keystore

DAY = 86_400
HOUR = 3_600
CLAIMANT = 1
WORDS = "correct horse"


@dataclass(frozen=True)
class Case:
    """A mutual with jurors on the list, a claimant who is a member, and two stores."""

    founded: Founded
    folder: Path
    members: dict[int, str]

    @property
    def stores(self) -> list[Path]:
        return [self.folder / "store-a", self.folder / "store-b"]

    def person(self, number: int) -> Cli:
        made = self.founded.person(number, self.folder / f"home-{number}")
        return made.using(password=WORDS, stores=",".join(map(str, self.stores)))

    @property
    def claimant(self) -> Cli:
        return self.person(CLAIMANT)

    def filed(self, sealed: Path) -> dict[str, Any]:
        """Claim 1, filed with a public summary."""
        day = dt.datetime.fromtimestamp(self.founded.world.now() - DAY + 8 * HOUR, dt.UTC).date()
        summary = self.folder / "summary.txt"
        summary.write_text("a fall at work", encoding="utf-8")
        filing = ("--benefit", "0", "--day", day.isoformat(), "--evidence", sealed, "--summary", summary)
        return self.claimant.answer("claim", "file", self.members[CLAIMANT], *filing)

    def drawn(self, sealed: Path) -> list[Cli]:
        """Claim 1 is filed and its panel drawn; the jurors by seat."""
        self.filed(sealed)
        self.founded.world.mine(6)
        self.claimant.run("draw", "1")
        numbers = {sender.address: number for number, sender in enumerate(self.founded.world.senders)}
        seats = self.claimant.answer("claim", "status", "1")["seats"]
        return [self.person(numbers[seat["juror"]]) for seat in seats]

    def keep(self) -> Keystore:
        """The claimant's keys."""
        return Keystore(self.claimant.home / "evidence", lambda: WORDS)

    def blob(self, digest: str) -> list[Path]:
        """The copies of a blob in the stores."""
        name = digest.removeprefix("0x")
        return [path for store in self.stores if (path := store / name[:2] / name).exists()]


def case_of(founded: Founded, folder: Path, jurors: tuple[int, ...]) -> Case:
    world, mutual = founded.world, founded.mutual
    ids = {number: founded.joined(number) for number in (CLAIMANT, *jurors)}
    world.travel(HOUR)
    bond = mutual.court_terms.juror_bond
    for number in jurors:
        mutual.allow(world.senders[number], bond)
        world.senders[number].send(mutual.jury.volunteer(ids[number], Payment()))
    world.travel(3 * DAY)
    return Case(founded, folder, {number: "0x" + member.hex() for number, member in ids.items()})
