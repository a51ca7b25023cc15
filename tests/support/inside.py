# SPDX-License-Identifier: AGPL-3.0-only
"""Commands of people in a case, called in the test's own process: lives of many steps take seconds so, not minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import pytest
from pydantic import SecretStr

from support.case import CLAIMANT, DAY, HOUR, WORDS, Case
from support.cli import Cli
from tongxin import audit
from tongxin.audit import AuditReport, Name
from tongxin.chain.typed_data import fund_domain
from tongxin.cli import claim, evidence_keys, evidence_read, evidence_seal
from tongxin.cli.output import Answer, plain
from tongxin.cli.session import Session
from tongxin.errors import TongxinError
from tongxin.evidence.keystore import Keystore
from tongxin.evidence.stores import Stores, open_stores
from tongxin.evidence.wallet_key import wallet_identity
from tongxin.settings import Settings

P = ParamSpec("P")


@dataclass(frozen=True)
class Inside:
    """One person of a case, whose reader key comes from the wallet: opening it takes no second of work."""

    case: Case
    number: int

    @property
    def home(self) -> Path:
        return self.case.folder / f"home-{self.number}"

    @property
    def terminal(self) -> Cli:
        """The same person at a terminal."""
        return self.case.person(self.number)

    def keystore(self) -> Keystore:
        """The person's keys."""
        mutual = self.case.founded.mutual
        domain = fund_domain(mutual.endpoints.chain_id, mutual.fund.address)
        signer = self.case.founded.world.senders[self.number].signer
        return Keystore(
            self.home / "evidence",
            lambda: WORDS,
            lambda reader: wallet_identity(signer, domain, reader.rotation, reader.key.kind),
        )

    def do(self, command: Callable[Concatenate[Session, P], Answer], /, *arguments: P.args, **options: P.kwargs) -> Any:
        """What a command answers with `--json`."""
        world = self.case.founded.world
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TONGXIN_PRIVATE_KEY", world.keys[self.number])
            settings = Settings(
                home=self.home,
                rpc=(world.url,),
                mutual=self.case.founded.mutual.fund.address,
                password=SecretStr(WORDS),
                stores=tuple(map(str, self.case.stores)),
            )
            with Session(settings, as_json=True, yes=True) as session:
                return plain(command(session, *arguments, **options).data)

    def refused(
        self, command: Callable[Concatenate[Session, P], Answer], /, *arguments: P.args, **options: P.kwargs
    ) -> str:
        """Why a command is refused."""
        with pytest.raises(TongxinError) as refusal:
            self.do(command, *arguments, **options)
        return str(refusal.value)

    def key(self, *, hybrid: bool = False) -> str:
        """A first reader key; its recipient."""
        self.home.mkdir(exist_ok=True)
        return str(self.do(evidence_keys.new, from_wallet=True, hybrid=hybrid)["recipient"])

    def seal(self, content: bytes) -> Path:
        """A sealed document of one file."""
        count = len(list(self.case.folder.glob("sealed-*")))
        path = self.case.folder / "plain.txt"
        path.write_bytes(content)
        sealed = self.case.folder / f"sealed-{count}"
        self.do(evidence_seal.seal, files=[path], out=sealed)
        return sealed

    def file(self, sealed: Path) -> None:
        """Files claim 1 for the claimant."""
        now = self.case.founded.world.now()
        summary = self.case.folder / "summary.txt"
        summary.write_text("a fall at work", encoding="utf-8")
        self.do(
            claim.file,
            member=self.case.members[CLAIMANT],
            benefit=0,
            day=dt.datetime.fromtimestamp(now - DAY + 8 * HOUR, dt.UTC).date().isoformat(),
            evidence=sealed,
            summary=summary,
        )

    def opened(self, target: str = "1") -> bytes:
        """The file in a document."""
        count = len(list(self.case.folder.glob("opened-*")))
        done = self.do(evidence_read.open_, target, out=self.case.folder / f"opened-{count}")
        return Path(done["files"][0]).read_bytes()


def drawn(case: Case) -> list[Inside]:
    """The panel of claim 1 is drawn; its jurors by seat."""
    case.founded.world.mine(6)
    Inside(case, CLAIMANT).do(claim.draw, 1)
    return jurors(case)


def jurors(case: Case) -> list[Inside]:
    """Who sits on the panel of claim 1 now, by seat."""
    numbers = {sender.address: number for number, sender in enumerate(case.founded.world.senders)}
    seats = Inside(case, CLAIMANT).do(claim.status, 1)["seats"]
    return [Inside(case, numbers[seat["juror"]]) for seat in seats]


def stores_of(case: Case) -> Stores:
    """The case's stores."""
    return open_stores([str(path) for path in case.stores])


def audited(case: Case) -> tuple[AuditReport, str]:
    """The audit with the case's stores, and what it says of evidence."""
    founded = case.founded
    report = audit.run([founded.world.url], founded.mutual.fund.address, stores=stores_of(case))
    return report, next(check.detail for check in report.checks if check.name == Name.EVIDENCE)
