# SPDX-License-Identifier: AGPL-3.0-only
"""What is handed from one person to another as a file: attestations, changes, votes, with their signatures."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tongxin.cli.text import _
from tongxin.errors import TongxinError

__all__ = [
    "AttestationPaper",
    "BallotPaper",
    "ChangePaper",
    "EventUsePaper",
    "Paper",
    "PaperError",
    "SignedBy",
    "read_paper",
    "write_paper",
]

Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern=r"^0x[0-9a-f]{130}$")]


class PaperError(TongxinError):
    """A file that one person gives another is missing, damaged or of another kind."""


class Paper(BaseModel):
    """Base of all papers: where it counts, and nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain_id: int
    fund: Address


class SignedBy(BaseModel):
    """One signature; `member_id` is set when a member signs an invitation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signer: Address
    signature: Signature
    member_id: Word | None = None


class AttestationPaper(Paper):
    """Somebody vouches that a person belongs, is unique, and is in a class (R-32)."""

    format: Literal["tongxin-attestation/1"] = "tongxin-attestation/1"
    member_id: Word
    wallet: Address
    class_id: Annotated[int, Field(ge=0)]
    issued: int
    expiry: int
    signatures: tuple[SignedBy, ...] = ()


class ChangePaper(Paper):
    """Attestors vouch for a person's new wallet (R-47) or new class (R-44); one of the two is set."""

    format: Literal["tongxin-change/1"] = "tongxin-change/1"
    member_id: Word
    wallet: Address | None = None
    class_id: Annotated[int, Field(ge=0)] | None = None
    issued: int
    expiry: int
    signatures: tuple[SignedBy, ...] = ()

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.wallet is None) == (self.class_id is None):
            raise ValueError("a change names either a wallet or a class")
        return self


class BallotPaper(Paper):
    """A member's vote on a proposal (R-100); `deadline` in seconds is the last at which it can be brought."""

    format: Literal["tongxin-ballot/1"] = "tongxin-ballot/1"
    proposal: Annotated[int, Field(ge=1)]
    member_id: Word
    support: bool
    deadline: int
    signer: Address
    signature: Signature


class EventUsePaper(Paper):
    """An attestor's signature that an event was used for one claim (R-128); it goes into the sealed evidence."""

    format: Literal["tongxin-event-use/1"] = "tongxin-event-use/1"
    member_id: Word
    benefit: Annotated[int, Field(ge=0)]
    day: Annotated[int, Field(ge=0)]
    use: Word
    signer: Address
    signature: Signature


T = TypeVar("T", bound=Paper)


def write_paper(path: Path, paper: Paper) -> None:
    """Writes a paper, replacing the file only when the new one is whole.

    Raises:
        PaperError: It cannot be written.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(paper.model_dump_json(indent=1, exclude_none=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise PaperError(_("{path} cannot be written: {reason}").format(path=path, reason=error.strerror)) from error


def read_paper(path: Path, kind: type[T]) -> T:
    """Reads a paper of a kind.

    Raises:
        PaperError: It cannot be read, or is of another kind.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PaperError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PaperError(
            _("{path} is not the file that is needed here: {where}: {reason}").format(
                path=path, where=where or "-", reason=first["msg"]
            )
        ) from error
