# SPDX-License-Identifier: AGPL-3.0-only
"""A treasurer's papers: what is to be paid for whom, and receipts that anybody can compare with the chain.

The plan lies on disk before the first payment and goes when the receipts are written: who is interrupted begins the
same command again, and nobody is paid for twice.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tongxin.errors import TongxinError

__all__ = [
    "Purchase",
    "Receipt",
    "Receipts",
    "ReceiptsError",
    "TopUpPlan",
    "read_plan",
    "read_receipts",
    "write_plan",
    "write_receipts",
]

Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]


class ReceiptsError(TongxinError):
    """A file of receipts cannot be read or written, or is none."""


class Purchase(BaseModel):
    """One member's part of a plan: the tick to be reached and what it costs, in the token's smallest units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    member_id: Word
    tick: Annotated[int, Field(ge=0)]
    price: Annotated[int, Field(ge=0)]


class TopUpPlan(BaseModel):
    """What a list was found to mean when it was first read.

    Attributes:
        run: A random name; payments are sent under it, each once.
        list_digest: SHA-256 of the list, in hex.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["tongxin-top-up-plan/1"] = "tongxin-top-up-plan/1"
    run: str
    list_digest: str
    chain_id: int
    fund: Address
    payer: Address
    purchases: tuple[Purchase, ...]


class Receipt(BaseModel):
    """One payment for one member.

    Attributes:
        member_id: For whom.
        tick: Where the runway ends since.
        price: What was paid, in the token's smallest units.
        transaction: The transaction's hash.
        block: Its block's number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    member_id: Word
    tick: Annotated[int, Field(ge=0)]
    price: Annotated[int, Field(ge=0)]
    transaction: Word
    block: Annotated[int, Field(ge=0)]


class Receipts(BaseModel):
    """Receipts of one mutual on one chain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["tongxin-receipts/1"] = "tongxin-receipts/1"
    chain_id: int
    fund: Address
    payer: Address
    receipts: tuple[Receipt, ...]


def write_receipts(path: Path, receipts: Receipts) -> None:
    """Writes receipts, replacing the file only when the new one is whole.

    Raises:
        ReceiptsError: The file cannot be written.
    """
    _write(path, receipts)


def read_receipts(path: Path) -> Receipts:
    """Reads receipts.

    Raises:
        ReceiptsError: The file cannot be read, or does not hold receipts.
    """
    return _read(path, Receipts)


def write_plan(path: Path, plan: TopUpPlan) -> None:
    """Writes a plan; it is on the disk when this returns, for its owner alone: a list's hash lets one try short lists.

    Raises:
        ReceiptsError: The file cannot be written.
    """
    _write(path, plan, mode=0o600)


def read_plan(path: Path) -> TopUpPlan:
    """Reads a plan.

    Raises:
        ReceiptsError: The file cannot be read, or does not hold a plan.
    """
    return _read(path, TopUpPlan)


T = TypeVar("T", bound=BaseModel)


def _write(path: Path, content: BaseModel, mode: int = 0o666) -> None:
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(content.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ReceiptsError(f"{path} cannot be written: {error.strerror}") from error


def _read(path: Path, kind: type[T]) -> T:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReceiptsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ReceiptsError(f"{path} holds no {kind.__name__} of Tongxin: {where}: {first['msg']}") from error
