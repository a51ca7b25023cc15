# SPDX-License-Identifier: AGPL-3.0-only
"""The events of a step, told to the tables one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tongxin.index.book import Book, Row
from tongxin.index.decode import Entry, Form
from tongxin.index.errors import IndexingError

__all__ = ["HANDLERS", "Batch", "Fields", "Handler", "Writer", "on"]

Fields = dict[str, Any]
Handler = Callable[["Writer", Fields], None]

HANDLERS: Final[dict[tuple[str, str], Handler]] = {}
"""What each event means, by contract and name."""

OUTSIDE: Final = "outside"
_COLUMN: Final = {"members": "deposits", "surplus": "surplus", "due": "due", "fees": "fees", "bonds": "bonds"}
"""Where a mutual's row keeps the sum of each account."""


def on(contract: str, *names: str) -> Callable[[Handler], Handler]:
    """Registers the function that says what an event means."""

    def register(handler: Handler) -> Handler:
        for name in names:
            if (contract, name) in HANDLERS:
                raise IndexingError(f"two functions tell {contract}.{name}")
            HANDLERS[contract, name] = handler
        return handler

    return register


@dataclass
class Batch:
    """Members enrolled together: alike in shares and tick; `first` counts those who were never members before."""

    tick: int
    shares: int
    heads: int = 0
    first: int = 0


class Writer:
    """Tells entries, in the chain's order, to a book.

    Args:
        book: Where rows are kept.
        inputs: What was sent in the transactions that published documents.
    """

    def __init__(self, book: Book, inputs: Mapping[bytes, bytes]) -> None:
        self.book = book
        self.inputs = inputs
        self.entry = Entry(0, 0, 0, 0, "", "", b"", 0, b"")
        self.flows: list[Row] = []
        """Those of the present transaction of the present mutual."""
        self.crossed: list[Row] = []
        """Ticks crossed by a settlement that is still to be logged."""
        self.batch: Batch | None = None
        """Those enrolled since the last batch was told."""
        self._part = 0
        self._claims_told: tuple[int, int, int] | None = None

    def tell(self, entry: Entry, event: Form) -> None:
        """One event."""
        before = self.entry
        if entry.transaction != before.transaction or entry.mutual != before.mutual:
            self.flows = []
            self.crossed = []
        if entry.block != self.book.block:
            self.book.enter(entry.block)
        self.entry = entry
        self._part = 0
        self.book.log(entry)
        HANDLERS[entry.contract, entry.name](self, event.fields(entry.words))

    # -- rows

    @property
    def time(self) -> int:
        """The block's."""
        return self.entry.time

    def find(self, table: str, *key: Any) -> Row | None:
        """A row of the present mutual to look at."""
        return self.book.find(table, self.entry.mutual, *key)

    def row(self, table: str, *key: Any) -> Row:
        """A row of the present mutual that must be there, to look at."""
        return self.book.row(table, self.entry.mutual, *key)

    def change(self, table: str, *key: Any) -> Row:
        """A row of the present mutual, to change."""
        return self.book.change(table, self.entry.mutual, *key)

    def put(self, table: str, **values: Any) -> Row:
        """A new row of the present mutual."""
        return self.book.put(table, {"mutual": self.entry.mutual, **values})

    def add(self, table: str, **values: Any) -> Row:
        """A row that the present log adds."""
        entry = self.entry
        place = {"mutual": entry.mutual, "block": entry.block, "log_index": entry.log_index}
        return self.book.add(table, {**place, **values})

    def mutual(self) -> Row:
        """The present mutual's own row, to change."""
        return self.book.change("mutuals", self.entry.mutual)

    # -- members in force

    def in_force(self, member: Row) -> bool:
        """Whether a member's runway has not ended, and the member is still there."""
        return not member["exited"] and member["tick"] > self.row("mutuals")["index_tick"]

    def enter(self, tick: int, shares: int, heads: int = 1) -> None:
        """Runways of members end at a tick from now on."""
        if self.find("ticks", tick) is None:
            self.put("ticks", tick=tick, shares=0, heads=0, crossed_at=None, changed_block=self.entry.block)
        row = self.change("ticks", tick)
        row["shares"] += shares
        row["heads"] += heads

    def leave(self, tick: int, shares: int) -> None:
        """A member's runway ends there no more."""
        self.enter(tick, -shares, -1)

    def move(self, member: Row, tick: int) -> None:
        """A member in force has another runway end."""
        self.leave(member["tick"], member["shares"])
        self.enter(tick, member["shares"])
        member["tick"] = tick

    def count_in(self, shares: int, heads: int = 1) -> None:
        """Members come into force, or go out of it."""
        mutual = self.mutual()
        mutual["shares"] += shares
        mutual["heads"] += heads

    def raise_index(self, index: int) -> None:
        """The cost index is now this."""
        mutual = self.mutual()
        mutual["cost_index"] = index
        mutual["index_tick"] = index // mutual["spacing"]

    # -- money

    def flow(
        self,
        kind: str,
        source: str,
        target: str,
        amount: int,
        *,
        party: bytes | None = None,
        member_id: bytes | None = None,
        claim: int | None = None,
        round_number: int | None = None,
    ) -> None:
        """Money goes from one account to another; nothing is noted if it is none."""
        if not amount:
            return
        self._book(source, -amount)
        self._book(target, amount)
        row = self.add(
            "flows",
            part=self._part,
            time=self.entry.time,
            kind=kind,
            source=source,
            target=target,
            amount=amount,
            party=party,
            member_id=member_id,
            claim=claim,
            round=round_number,
        )
        self._part += 1
        self.flows.append(row)
        if "surplus" in {source, target}:
            self.add(
                "surplus_changes",
                part=row["part"],
                time=self.entry.time,
                kind=kind,
                incoming=target == "surplus",
                amount=amount,
                after=self.row("mutuals")["surplus"],
            )

    def _book(self, account: str, change: int) -> None:
        column = _COLUMN.get(account)
        if column is None:
            return
        mutual = self.mutual()
        mutual[column] += change
        if mutual[column] < 0:
            raise IndexingError(
                f"the logs up to block {self.entry.block} take more out of '{account}' than was paid in: the endpoint "
                "leaves logs out. Use another endpoint, or several"
            )

    def last_flow(self, kind: str) -> Row | None:
        """The latest flow of a kind in the present transaction."""
        return next((row for row in reversed(self.flows) if row["kind"] == kind), None)

    def refused(self, payee: bytes, amount: int) -> None:
        """R-19: what was just pushed to somebody did not arrive and is owed now."""
        rest = amount
        for row in reversed(self.flows):
            if not rest:
                break
            if row["target"] == OUTSIDE and row["party"] == payee:
                row["target"] = "due"
                self._book("due", row["amount"])
                rest -= row["amount"]
        if rest:
            raise IndexingError(f"block {self.entry.block} owes {amount} units that no payment before it explains")

    # -- claims

    def told_of(self, claim: int) -> None:
        """The present event belongs to a claim's history."""
        entry = self.entry
        mark = (entry.mutual, entry.block, entry.log_index)
        if self._claims_told != mark:
            self._claims_told = mark
            self.add("claim_history", claim=claim, contract=entry.contract, event=entry.name)
