# SPDX-License-Identifier: AGPL-3.0-only
"""Types that occur everywhere."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Account", "AmountText", "At", "Count", "Digest", "Model", "Page", "RowModel", "StandingWord", "Time"]

AmountText = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,78}$",
        description="A whole number in decimal digits, since it may exceed what JSON numbers hold exactly. Money is in "
        "the token's smallest unit, the cost index and calls in index units (1e-9 of a unit for one thousandth of a "
        "share).",
        examples=["1250000"],
    ),
]
Account = Annotated[
    str, Field(pattern=r"^0x[0-9a-f]{40}$", description="An account or contract, 20 bytes in hexadecimal.")
]
Digest = Annotated[
    str, Field(pattern=r"^0x[0-9a-f]{64}$", description="A hash, an id or a whole word, 32 bytes in hexadecimal.")
]
Time = Annotated[int, Field(ge=0, description="A block's time, in seconds since 1970.")]
Count = Annotated[int, Field(ge=0)]
StandingWord = Literal["seen", "confirmed", "final"]


class Model(BaseModel):
    """Something that is answered; nothing beside its fields."""

    model_config = ConfigDict(extra="forbid")


class RowModel(Model):
    """A row: in which block it came or changed last, and what that block is worth."""

    block: Count = Field(description="The block in which this came or changed last.")
    status: StandingWord = Field(
        description="`seen`: in a block that may still be dropped; `confirmed`: some blocks deep; `final`: for good."
    )


class At(Model):
    """The moment of the index that an answer shows."""

    chain_id: Count | None = Field(description="The chain; null before the first run of the index.")
    block: Count | None = Field(description="The last block that is indexed.")
    hash: Digest | None = Field(description="Its hash.")
    head: Count | None = Field(description="The chain's head when the index last looked.")
    head_time: Time | None = Field(description="The head's time.")
    confirmed: Count | None = Field(description="Up to this block rows are `confirmed`.")
    final: Count | None = Field(description="Up to this block rows are `final`.")


R = TypeVar("R", bound=Model)


class Page(Model, Generic[R]):
    """A part of a list."""

    items: list[R]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
    at: At
