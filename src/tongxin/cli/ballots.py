# SPDX-License-Identifier: AGPL-3.0-only
"""The jurors' own copies of their hidden votes: whoever loses the salt cannot reveal, and loses the bond (R-72)."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tongxin.chain.primitives import keccak
from tongxin.cli.text import _
from tongxin.errors import TongxinError

__all__ = ["Ballot", "BallotBox", "BallotError", "reason_hash"]


class BallotError(TongxinError):
    """A hidden vote cannot be kept or found."""


@dataclass(frozen=True)
class Ballot:
    """One hidden vote.

    Attributes:
        panel: The panel's key.
        attempt: Which vote of the panel (R-73, R-74).
        seat: The seat; on an open panel the wallet as a number.
        level: 0 none, 1 to 7, 8 incomplete.
        reason: The juror's reason in words; the chain gets its hash.
        salt: 256 secret bits, in hex.
        shown: The 32 bytes that the chain gets as the reason instead of a hash of words, in hex (R-126); else empty.
    """

    panel: int
    attempt: int
    seat: int
    level: int
    reason: str
    salt: str
    shown: str = ""

    @property
    def reason_word(self) -> bytes:
        """What the chain gets as the reason: what is shown, the hash of the words, or nothing."""
        if self.shown:
            return bytes.fromhex(self.shown)
        return reason_hash(self.reason)


def reason_hash(reason: str) -> bytes:
    """Hash of a reason in words; 32 zero bytes for none."""
    return keccak(reason.encode()) if reason else bytes(32)


class BallotBox:
    """A file of ballots that only its owner can read; nothing in it is ever changed.

    Args:
        folder: Where it lies; it is made when missing.
        chain_id: The chain's id.
        jury: Address of the Jury.
    """

    def __init__(self, folder: Path, chain_id: int, jury: str) -> None:
        self.path = folder / f"{chain_id}-{jury.lower()}.jsonl"

    def keep(self, ballot: Ballot) -> None:
        """Writes a ballot; it is on the disk when this returns.

        Raises:
            BallotError: It cannot be written; then the vote must not be sent.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write("\n" + json.dumps(asdict(ballot), ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise BallotError(
                _("the vote cannot be kept in {path} ({reason}), so it was not sent").format(
                    path=self.path, reason=error.strerror
                )
            ) from error

    def ballots(self, panel: int, attempt: int, seat: int) -> list[Ballot]:
        """The ballots kept for a seat in one vote, the newest first."""
        found = [item for item in self._all() if (item.panel, item.attempt, item.seat) == (panel, attempt, seat)]
        return found[::-1]

    def _all(self) -> Iterator[Ballot]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise BallotError(_("the kept votes in {path} cannot be read").format(path=self.path)) from error
        for line in lines:
            try:
                yield Ballot(**json.loads(line))
            except (ValueError, TypeError):
                # An empty line, or one that a crash cut off before its vote was sent.
                continue
