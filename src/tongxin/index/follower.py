# SPDX-License-Identifier: AGPL-3.0-only
"""Follows the chain: step by step, each step one transaction, back where the chain went back.

What an index holds is a function of the blocks up to its positions and of nothing else, so that it may be killed at any
moment: the next step begins where the last whole one ended.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from tongxin.chain.endpoints import Endpoints, NoEndpointError, WrongChainError
from tongxin.chain.primitives import address_of, from_hex
from tongxin.chain.standing import CONFIRMATIONS, FINALITY
from tongxin.index.apply import Writer
from tongxin.index.book import Book, forget_undo, roll_back
from tongxin.index.decode import CONTRACTS, Entry, Form, WireLog, forms
from tongxin.index.errors import (
    ChainMovedError,
    DisagreementError,
    IndexingError,
    LogFormError,
    ReorganisationTooDeepError,
)
from tongxin.index.ranges import Span
from tongxin.index.registry import (
    add_founder,
    add_mutual,
    describe,
    founded_after,
    founders_of,
    listed_by,
    renew_mutual,
)
from tongxin.index.source import Block, Dissent, Heads, Range, Source
from tongxin.index.status import heard_of
from tongxin.index.store import Store
from tongxin.index.tables import (
    CANONICAL,
    TECHNICAL,
    blocks,
    chain,
    dissents,
    founders,
    heard,
    mutuals,
    positions,
    waypoints,
)

__all__ = ["Follower", "Indexed", "Progress", "index_once"]

_FUND: Final = CONTRACTS.index("Fund")
_PATIENCE: Final = 5
"""How often a step is tried again because the chain moved under it."""

Progress = Callable[[int, int, int], None]
"""Called with blocks done, blocks to do, and events so far."""

Table = dict[str, tuple[int, dict[str, Form]]]
"""Whose address it is, and what it logs: by address in lower-case hex."""


@dataclass
class Indexed:
    """What was done: `events` told, `seconds` taken, `steps`, `dropped` rollbacks, `block` of the head."""

    events: int = 0
    seconds: float = 0.0
    steps: int = 0
    dropped: int = 0
    block: int = 0

    @property
    def events_per_second(self) -> float:
        """The speed."""
        return self.events / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class _View:
    """What the database says before a step."""

    positions: dict[int, int]
    final: int
    newest: tuple[int, bytes] | None
    hashes: dict[int, bytes] = field(repr=False)


class Follower:
    """Brings an index up to the chain.

    Args:
        store: The index.
        source: The endpoints, each for itself.
        endpoints: The same, for what is asked of one of them.
        confirmations: Blocks below the head that are confirmed.
        finality: Blocks below the head that are final, where no endpoint names its finalized block.
        span: How many blocks to ask for at once.
    """

    def __init__(
        self,
        store: Store,
        source: Source,
        endpoints: Endpoints,
        *,
        confirmations: int = CONFIRMATIONS,
        finality: int = FINALITY,
        span: Span | None = None,
    ) -> None:
        if confirmations < 0 or finality < confirmations:
            raise IndexingError("a block is final no sooner than confirmed: name depths like 12 and 64")
        self._store = store
        self._source = source
        self._endpoints = endpoints
        self._confirmations = confirmations
        self._finality = finality
        self._span = span or Span()
        self._table: Table = {}
        self._addresses: dict[int, list[str]] = {}
        self._first_blocks: dict[int, int] = {}
        self._is_reminded = False

    # -- what is followed

    def follow(self, funds: Sequence[str], founder: str | None = None) -> int:
        """Follows mutuals by their Funds, and those that a factory lists; how many are new.

        Raises:
            NotDeployedError: There is none.
            EndpointError: No endpoint answers.
            StoreError: The database fails.
        """
        rows = [describe(self._endpoints, fund) for fund in funds]
        with self._store.write() as connection:
            added = sum(add_mutual(connection, row) for row in rows)
            if founder is not None:
                add_founder(connection, from_hex(founder))
        return added + self.look_for_listed()

    def look_for_listed(self) -> int:
        """Follows what the followed factories listed since; how many are new. Errors as `follow`."""
        with self._store.read() as connection:
            known = [bytes(row.fund) for row in connection.execute(select(mutuals.c.fund))]
            factories = founders_of(connection)
        found = [fund for factory in factories for fund in listed_by(self._endpoints, factory, known)]
        rows = [describe(self._endpoints, fund) for fund in found]
        if not rows:
            return 0
        with self._store.write() as connection:
            return sum(add_mutual(connection, row) for row in rows)

    def begin_anew(self) -> None:
        """Empties the index, but goes on following the same mutuals. Errors as `follow`."""
        with self._store.read() as connection:
            funds = [address_of(bytes(row.fund)) for row in connection.execute(select(mutuals.c.fund))]
        rows = [describe(self._endpoints, fund) for fund in funds]
        with self._store.write() as connection:
            for table in (*CANONICAL, *TECHNICAL):
                if table is not founders:
                    connection.execute(table.delete())
            for row in rows:
                add_mutual(connection, row)
        self._addresses.clear()

    # -- steps

    def catch_up(self, progress: Progress | None = None) -> Indexed:
        """Steps until the head is reached.

        Raises:
            DisagreementError: The endpoints show different chains.
            ReorganisationTooDeepError: A final block was dropped.
            EndpointError: No endpoint answers, or all serve another chain.
            StoreError: The database fails.
        """
        done = Indexed()
        began = time.perf_counter()
        tries = 0
        while True:
            try:
                more = self.step(done, progress)
            except (DisagreementError, NoEndpointError):
                with self._store.write() as connection:
                    self._note_heard(connection)
                raise
            except ChainMovedError:
                tries += 1
                if tries > _PATIENCE:
                    raise
                continue
            tries = 0
            done.seconds = time.perf_counter() - began
            if not more:
                return done

    def step(self, done: Indexed, progress: Progress | None = None) -> bool:
        """One step, noted in `done`; False if there was nothing to do. Errors as `catch_up`, and `ChainMovedError`."""
        if not self._is_reminded:
            with self._store.read() as connection:
                self._source.remember(heard_of(connection))
            self._is_reminded = True
        heads = self._source.heads()
        view = self._view()
        if view.newest is not None and not self._is_there(*view.newest):
            self._go_back(view)
            done.dropped += 1
            return True
        if not view.positions:
            raise IndexingError(
                "no mutual is followed: name one with --fund ADDRESS, or a factory with --founder ADDRESS"
            )
        start = min(view.positions.values())
        target = heads.seen.number
        final = self._final(heads, view)
        if start >= target:
            with self._store.write() as connection:
                self._note(connection, heads, final)
            done.block = target
            return False
        group = sorted(number for number, block in view.positions.items() if block == start)
        others = [block for block in view.positions.values() if block > start]
        limit = min([target, *others])
        addresses = self._addresses_of(group)
        found = self._source.step(addresses, start + 1, limit, self._span)
        if start in view.hashes and not self._is_there(start, view.hashes[start]):
            raise ChainMovedError(f"block {start}")
        last = found.last.number
        if last < limit:
            self._source.prepare(addresses, last + 1, limit, self._span)
        with _uncollected():
            self._write(heads, final, view, group, found)
        done.events += len(found.logs)
        done.steps += 1
        done.block = last
        if progress is not None:
            first = min(self._first_blocks.values())
            progress(last - first + 1, target - first + 1, done.events)
        return True

    def _final(self, heads: Heads, view: _View) -> int:
        named = heads.final if heads.final is not None else heads.agreed - self._finality
        return max(named, view.final, 0)

    def _view(self) -> _View:
        with self._store.read() as connection:
            stored = connection.execute(select(chain)).first()
            if stored is not None and stored.chain_id != self._source.chain_id:
                raise WrongChainError("the endpoint", stored.chain_id, self._source.chain_id)
            at = {row.mutual: row.block for row in connection.execute(select(positions))}
            hashes = {row.number: bytes(row.hash) for row in connection.execute(select(waypoints))}
            if set(at) != set(self._addresses):
                self._learn(connection)
        newest = max(hashes.items()) if hashes else None
        return _View(at, 0 if stored is None else stored.final, newest, hashes)

    def _learn(self, connection: Connection) -> None:
        """The addresses of the mutuals that are followed."""
        self._table.clear()
        self._addresses.clear()
        self._first_blocks.clear()
        for row in connection.execute(select(mutuals)):
            named = {contract: "0x" + bytes(getattr(row, contract.lower())).hex() for contract in CONTRACTS}
            self._addresses[row.mutual] = list(named.values())
            self._first_blocks[row.mutual] = row.first_block
            for contract, address in named.items():
                self._table[address] = row.mutual, forms(contract)

    def _addresses_of(self, group: Sequence[int]) -> list[str]:
        return [address for number in group for address in self._addresses[number]]

    def _is_there(self, number: int, block_hash: bytes) -> bool:
        """Whether the chain still has a block."""
        found = self._source.block(number)
        return found is not None and found.hash == block_hash

    # -- one transaction

    def _write(self, heads: Heads, final: int, view: _View, group: Sequence[int], found: Range) -> None:
        entries = self._sorted_in(found)
        inputs = self._inputs(entries)
        with self._store.write() as connection:
            now = {row.mutual: row.block for row in connection.execute(select(positions))}
            if now != view.positions:
                raise ChainMovedError("another program wrote the index meanwhile")
            book = Book(connection, self._store, final)
            for number in group:
                members = [
                    entry.words[form.member_at : form.member_at + 32]
                    for entry, form in entries
                    if entry.mutual == number and form.member_at is not None
                ]
                book.expect("members", number, members)
            writer = Writer(book, inputs)
            for entry, form in entries:
                writer.tell(entry, form)
            book.write()
            book.write_blocks([_row_of(block) for block in found.blocks.values()])
            last = found.last
            if last.number not in view.hashes:
                connection.execute(waypoints.insert().values(number=last.number, hash=last.hash))
            connection.execute(positions.update().where(positions.c.mutual.in_(group)).values(block=last.number))
            self._note(connection, heads, final)
            forget_undo(connection, final)

    def _sorted_in(self, found: Range) -> list[tuple[Entry, Form]]:
        """The logs as entries, each with its form."""
        dated = {hex(number): block for number, block in found.blocks.items()}
        table = self._table
        entries = []
        shown, transaction, transaction_index = "", b"", 0
        for log in found.logs:
            mutual, known = table[log.address]
            form = known.get(log.topics[0]) if log.topics else None
            if form is None:
                raise LogFormError(_unknown(log))
            block = dated[log.block_number]
            if log.transaction_hash != shown:
                shown = log.transaction_hash
                transaction = bytes.fromhex(shown[2:])
                transaction_index = int(log.transaction_index, 16)
            entry = Entry(
                mutual,
                block.number,
                int(log.log_index, 16),
                block.time,
                form.contract,
                form.name,
                transaction,
                transaction_index,
                form.words(log),
            )
            entries.append((entry, form))
        return entries

    def _inputs(self, entries: Sequence[tuple[Entry, Form]]) -> dict[bytes, bytes]:
        """What was sent in the transactions that published documents."""
        wanted = [entry.transaction for entry, form in entries if form.name == "Published"]
        wanted = list(dict.fromkeys(wanted))
        return dict(zip(wanted, self._source.inputs(wanted), strict=True)) if wanted else {}

    def _note(self, connection: Connection, heads: Heads, final: int) -> None:
        """The chain's heights, and who dissented."""
        values = {
            "head": heads.seen.number,
            "confirmed": max(0, heads.agreed - self._confirmations, final),
            "final": final,
            "head_time": heads.seen.time,
        }
        stored = connection.execute(select(chain)).first()
        if stored is None:
            connection.execute(chain.insert().values(chain_id=self._source.chain_id, **values))
        elif (stored.head, stored.confirmed, stored.final) != (values["head"], values["confirmed"], values["final"]):
            connection.execute(chain.update().values(**values))
        while self._source.dissents:
            _note_dissent(connection, self._source.dissents.pop(0))
        self._note_heard(connection)

    def _note_heard(self, connection: Connection) -> None:
        """How the endpoints of this run do, in place of those of earlier ones."""
        now = self._source.heard()
        if sorted(now, key=lambda item: item.endpoint) != heard_of(connection):
            connection.execute(heard.delete())
            connection.execute(heard.insert(), [vars(item) for item in now])

    # -- back

    def _go_back(self, view: _View) -> None:
        """Takes back the rows of all blocks that the chain no longer has."""
        with self._store.read() as connection:
            later = connection.execute(select(blocks).where(blocks.c.number > view.final)).all()
            newest_final = select(blocks).where(blocks.c.number <= view.final).order_by(blocks.c.number.desc()).limit(1)
            held = {row.number: bytes(row.hash) for row in [*later, *connection.execute(newest_final)]}
        known = sorted({**held, **view.hashes}.items(), reverse=True)
        kept = next((number for number, block_hash in known if self._is_there(number, block_hash)), None)
        if kept is None:
            lowest = known[-1][0]
            if lowest <= view.final:
                raise ReorganisationTooDeepError(lowest)
            kept = view.final
        with self._store.read() as connection:
            unfounded = founded_after(connection, kept)
        renewed = {number: describe(self._endpoints, self._addresses[number][_FUND]) for number in unfounded}
        with self._store.write() as connection:
            now = {row.mutual: row.block for row in connection.execute(select(positions))}
            if now != view.positions:
                raise ChainMovedError("another program wrote the index meanwhile")
            roll_back(connection, self._store, kept)
            for number, row in renewed.items():
                renew_mutual(connection, number, row)
        self._addresses.clear()


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage among the many thousand rows of a step, none of which is garbage before its end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _row_of(block: Block) -> tuple[int, bytes, bytes, int]:
    return block.number, block.hash, block.parent, block.time


def _unknown(log: WireLog) -> str:
    return (
        f"log {int(log.log_index, 16)} of block {int(log.block_number, 16)} by {log.address} is no event of our "
        "contracts: the endpoint shows what they cannot log. Use another endpoint, or several"
    )


def _note_dissent(connection: Connection, dissent: Dissent) -> None:
    known = connection.execute(select(dissents).where(dissents.c.endpoint == dissent.endpoint)).first()
    if known is None:
        connection.execute(
            dissents.insert().values(
                endpoint=dissent.endpoint,
                first_block=dissent.block,
                last_block=dissent.block,
                times=1,
                what=dissent.what,
            )
        )
    else:
        connection.execute(
            dissents.update()
            .where(dissents.c.endpoint == dissent.endpoint)
            .values(last_block=dissent.block, times=known.times + 1, what=dissent.what)
        )


def index_once(
    urls: Sequence[str],
    database: str,
    funds: Sequence[str],
    *,
    founder: str | None = None,
    chain_id: int | None = None,
    progress: Progress | None = None,
) -> Indexed:
    """Indexes mutuals up to the chain's head; what was done, with events and seconds.

    Raises:
        TongxinError: As `Follower.follow` and `Follower.catch_up`.
    """
    with (
        Store(database) as store,
        Source(urls, chain_id=chain_id) as source,
        Endpoints(urls, chain_id=chain_id) as endpoints,
    ):
        follower = Follower(store, source, endpoints)
        follower.follow(funds, founder)
        return follower.catch_up(progress)
