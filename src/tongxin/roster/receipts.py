# SPDX-License-Identifier: AGPL-3.0-only
"""Receipts a treasurer hands out: what was paid for whom, and where on the chain anybody can see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tongxin.errors import TongxinError

__all__ = ["Receipt", "Receipts", "ReceiptsError", "read_receipts", "write_receipts"]

Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]


class ReceiptsError(TongxinError):
    """A file of receipts cannot be read or written, or is none."""


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
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(receipts.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ReceiptsError(f"the receipts cannot be written to {path}: {error.strerror}") from error


def read_receipts(path: Path) -> Receipts:
    """Reads receipts.

    Raises:
        ReceiptsError: The file cannot be read, or does not hold receipts.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReceiptsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return Receipts.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ReceiptsError(f"{path} holds no receipts of Tongxin: {where}: {first['msg']}") from error
