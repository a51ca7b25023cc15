# SPDX-License-Identifier: AGPL-3.0-only
"""Several endpoints of one chain, each asked for everything, the majority believed.

What is compared is the hash of the last block of a range, the headers of the blocks that hold logs, and the logs
themselves. An endpoint that is dead, or does not have the block yet, does not count; nor does one that stands still
while others go on, but for blocks far below its own last one, and only as long as such are not more than half.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Any, Final, Generic, Literal, Self, TypeVar

from tongxin.chain.endpoints import LAG_BLOCKS, EndpointError, NoEndpointError, WrongChainError, rest_seconds
from tongxin.chain.standing import FINALITY
from tongxin.index.decode import WireHeader, WireLog
from tongxin.index.errors import ChainMovedError, DisagreementError, TooMuchError
from tongxin.index.ranges import ANSWERS_AT_ONCE, Span
from tongxin.index.rpc import Endpoint, Refused, TooLate, Unavailable

__all__ = ["STILL_SECONDS", "Block", "Dissent", "Heads", "Heard", "Range", "Source", "State"]

T = TypeVar("T")

STILL_SECONDS: Final = 120
"""How long an endpoint shows no new block, while others do, until it does not count."""
_FINAL: Final = "finalized"

State = Literal["keeps up", "behind", "stands still", "no answer", "another chain"]
"""How an endpoint does; `behind` is more than two blocks below the highest that any endpoint has."""


@dataclass(frozen=True)
class Block:
    """A block of the chain; `time` in seconds since 1970."""

    number: int
    hash: bytes
    parent: bytes
    time: int

    @classmethod
    def of(cls, raw: WireHeader) -> Block:
        """From its header."""
        return cls(
            int(raw.number, 16),
            bytes.fromhex(raw.hash[2:]),
            bytes.fromhex(raw.parent_hash[2:]),
            int(raw.timestamp, 16),
        )


@dataclass(frozen=True)
class Heads:
    """How far the endpoints are.

    Attributes:
        seen: The highest block that any of them has.
        agreed: The highest block that more than half of them have.
        final: Their `finalized` block, the lowest of those named up to `agreed`; None if none names one.
    """

    seen: Block
    agreed: int
    final: int | None


@dataclass(frozen=True)
class Heard:
    """What was last heard of an endpoint.

    Attributes:
        endpoint: Its address without what may be secret in it.
        state: How it does.
        head: Its last block; None if it never told one.
        since: When that block was first heard of, in seconds since 1970.
        what: Why there is no answer.
    """

    endpoint: str
    state: State
    head: int | None
    since: int
    what: str


@dataclass(frozen=True)
class Range:
    """The logs of a range of blocks in the chain's order, with the blocks that hold them and the last one."""

    last: Block
    logs: list[WireLog]
    blocks: dict[int, Block]


@dataclass(frozen=True)
class Dissent:
    """An endpoint that the others contradict."""

    endpoint: str
    block: int
    what: str


@dataclass(eq=False)
class _Asked:
    endpoint: Endpoint
    rest_until: float = 0.0
    failures: int = 0
    failure: str = ""
    wrong: WrongChainError | None = None
    head: int | None = None
    since: float = 0.0
    is_still: bool = False

    def saw(self, head: int, now: float) -> None:
        if head != self.head:
            self.head, self.since = head, now

    def counts_at(self, block: int) -> bool:
        """Whether its word on a block counts: standing still, it may hold last blocks that nobody else has."""
        return not self.is_still or (self.head is not None and block <= self.head - FINALITY)


@dataclass
class _Vote(Generic[T]):
    """What one endpoint answered."""

    asked: _Asked
    answer: T

    @property
    def who(self) -> str:
        return self.asked.endpoint.shown


@dataclass(frozen=True)
class _Prepared:
    """A step that is being read: of which contracts and from which block, and its last block at most."""

    question: tuple[tuple[str, ...], int]
    last: int
    found: Future[Range]


class Source:
    """All endpoints of a chain.

    Args:
        urls: Their addresses.
        chain_id: The chain that is wanted; without it the first that answers decides.
        timeout: Seconds to wait for one answer.

    Raises:
        EndpointError: An address cannot be one, or none is named.
    """

    def __init__(self, urls: Sequence[str], *, chain_id: int | None = None, timeout: float = 30.0) -> None:
        if not urls:
            raise EndpointError("no endpoint is named; give at least one address, like http://127.0.0.1:8545")
        self._asked = [_Asked(Endpoint(url, timeout)) for url in dict.fromkeys(urls)]
        times: Counter[str] = Counter()
        for asked in self._asked:
            shown = asked.endpoint.shown
            times[shown] += 1
            if times[shown] > 1:  # only what is not shown tells them apart
                asked.endpoint.shown = f"{shown} ({times[shown]})"
        self._chain_id = chain_id
        self._threads = ThreadPoolExecutor(max_workers=2 * len(self._asked), thread_name_prefix="endpoint")
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._prepared: _Prepared | None = None
        self.dissents: list[Dissent] = []
        """Found since the last time somebody emptied this."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self._threads.shutdown(wait=True)
        for asked in self._asked:
            asked.endpoint.close()

    @property
    def chain_id(self) -> int:
        """Number of the chain; errors as `heads`."""
        return self._poll(lambda endpoint: endpoint.check(None))[0].answer

    def heads(self) -> Heads:
        """How far they are.

        Raises:
            NoEndpointError: None answers.
            WrongChainError: All serve another chain.
        """

        def look(endpoint: Endpoint) -> tuple[Block, int | None]:
            latest = Block.of(endpoint.ask("eth_getBlockByNumber", "latest", False, kind=WireHeader))
            try:
                final = endpoint.find("eth_getBlockByNumber", _FINAL, False, kind=WireHeader)
            except Refused:
                return latest, None
            return latest, None if final is None else int(final.number, 16)

        votes = self._poll(look)
        now = time.time()
        for vote in votes:
            vote.asked.saw(vote.answer[0].number, now)
        _set_aside([vote.asked for vote in votes], now - STILL_SECONDS)
        counted = [vote.answer for vote in votes if not vote.asked.is_still]
        ranked = sorted((latest.number for latest, _ in counted), reverse=True)
        agreed = ranked[len(ranked) // 2]
        finals = [final for _, final in counted if final is not None]
        return Heads(
            seen=max((latest for latest, _ in counted), key=lambda block: block.number),
            agreed=agreed,
            final=min([*finals, agreed]) if finals else None,
        )

    def remember(self, heard: Iterable[Heard]) -> None:
        """Takes over what an earlier run heard of the same endpoints, and since when."""
        earlier = {item.endpoint: item for item in heard}
        for asked in self._asked:
            found = earlier.get(asked.endpoint.shown)
            if found is not None and asked.head is None:
                asked.head, asked.since = found.head, found.since

    def heard(self) -> list[Heard]:
        """What was last heard of each endpoint."""
        furthest = max((item.head for item in self._asked if item.head is not None), default=0)

        def state(item: _Asked) -> State:
            if item.wrong is not None:
                return "another chain"
            if item.failure:
                return "no answer"
            if item.is_still:
                return "stands still"
            return "behind" if item.head is not None and furthest - item.head > LAG_BLOCKS else "keeps up"

        return [
            Heard(item.endpoint.shown, state(item), item.head, int(item.since), str(item.wrong or item.failure))
            for item in self._asked
        ]

    def block(self, number: int) -> Block | None:
        """A block by its number, or None if no endpoint has it.

        Raises:
            NoEndpointError: None answers.
            DisagreementError: No majority shows the same.
        """

        def look(endpoint: Endpoint) -> Block | None:
            raw = endpoint.find("eth_getBlockByNumber", hex(number), False, kind=WireHeader)
            return None if raw is None else Block.of(raw)

        return self._agree(look, lambda block: block.hash.hex(), number, f"block {number}")

    def step(self, addresses: Sequence[str], first: int, last: int, span: Span) -> Range:
        """The logs of contracts from block `first` on, of as many blocks up to `last` as a step of the index holds.

        Args:
            addresses: The contracts, in lower-case hex.
            first: The first block.
            last: The last block there may be.
            span: How many blocks to ask for at once; it learns from the answers.

        Raises:
            ChainMovedError: The blocks changed meanwhile, or are gone.
            DisagreementError: No majority shows the same.
            NoEndpointError: None answers.
        """
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            if prepared.question == (tuple(addresses), first) and prepared.last <= last:
                return prepared.found.result()
            wait([prepared.found])
        return self._gather(addresses, first, last, span)

    def prepare(self, addresses: Sequence[str], first: int, last: int, span: Span) -> None:
        """Begins to read the step for which `step` will be called next, while something else is done."""
        found = self._ahead.submit(self._gather, addresses, first, last, span)
        self._prepared = _Prepared((tuple(addresses), first), last, found)

    def _gather(self, addresses: Sequence[str], first: int, last: int, span: Span) -> Range:
        parts = [self._answer(addresses, first, last, span)]
        while (
            parts[-1].last.number < last
            and len(parts) < ANSWERS_AT_ONCE
            and sum(len(part.logs) for part in parts) < span.aim
        ):
            parts.append(self._answer(addresses, parts[-1].last.number + 1, last, span))
        for part in parts[:-1]:
            found = self.block(part.last.number)
            if found is None or found.hash != part.last.hash:
                raise ChainMovedError(f"block {part.last.number}")
        logs = [log for part in parts for log in part.logs]
        return Range(parts[-1].last, logs, {number: block for part in parts for number, block in part.blocks.items()})

    def _answer(self, addresses: Sequence[str], first: int, last: int, span: Span) -> Range:
        """As many blocks as the endpoints answer for at once."""
        while True:
            end = min(first + span.blocks - 1, last)
            try:
                found = self.logs(addresses, first, end)
            except TooMuchError as error:
                span.refused(end - first + 1, large=error.large)
            else:
                span.answered(end - first + 1, len(found.logs))
                return found

    def logs(self, addresses: Sequence[str], first: int, last: int) -> Range:
        """The logs of contracts from block `first` to `last`, both included.

        Raises:
            TooMuchError: That is too much at once.
            ChainMovedError: The blocks changed meanwhile, or are gone.
            DisagreementError: No majority shows the same.
            NoEndpointError: None answers.
        """
        found = self._agree(
            lambda endpoint: _read(endpoint, addresses, first, last),
            _fingerprint,
            last,
            f"the logs of blocks {first} to {last}",
        )
        if found is None:
            raise ChainMovedError(f"there is no block {last} any more")
        return found

    def inputs(self, transactions: Sequence[bytes]) -> list[bytes]:
        """What was sent in transactions, in order; empty where no endpoint shows it.

        Whoever asks checks what it gets against a hash of the chain.
        """

        def look(endpoint: Endpoint) -> list[bytes]:
            calls = [("eth_getTransactionByHash", ("0x" + item.hex(),)) for item in transactions]
            answers = endpoint.find_many(calls, kind=dict[str, Any])
            return [bytes.fromhex(str(raw["input"])[2:]) if raw else b"" for raw in answers]

        shown = [vote.answer for vote in self._poll(look)]
        return [next((item for item in same if item), b"") for same in zip(*shown, strict=True)]

    # -- asking

    def _poll(self, question: Callable[[Endpoint], T], block: int | None = None) -> list[_Vote[T]]:
        """Every endpoint's answer, of those whose word on a block counts if it is about one.

        Those without an answer are left out, and asked again later.
        """
        now = time.monotonic()
        usable = [asked for asked in self._asked if asked.wrong is None and (block is None or asked.counts_at(block))]
        awake = [asked for asked in usable if asked.rest_until <= now] or usable
        votes = [vote for vote in self._threads.map(lambda asked: self._put(asked, question), awake) if vote]
        if not votes:
            wrong = [asked.wrong for asked in self._asked if asked.wrong is not None]
            if len(wrong) == len(self._asked):
                raise wrong[0]
            raise NoEndpointError(
                {asked.endpoint.shown: str(asked.wrong) if asked.wrong else asked.failure for asked in self._asked}
            )
        return votes

    def _put(self, asked: _Asked, question: Callable[[Endpoint], T]) -> _Vote[T] | None:
        try:
            found = asked.endpoint.check(self._chain_id)
            if self._chain_id is None:
                self._chain_id = found
            answer = question(asked.endpoint)
        except WrongChainError as error:
            asked.wrong = error
        except (Unavailable, Refused) as error:
            asked.failure = str(error)
            asked.rest_until = time.monotonic() + rest_seconds(asked.failures)
            asked.failures += 1
            asked.endpoint.failed()
        else:
            asked.rest_until = 0.0
            asked.failures = 0
            asked.failure = ""
            return _Vote(asked, answer)
        return None

    def _agree(
        self, question: Callable[[Endpoint], T | None], key: Callable[[T], str], block: int, what: str
    ) -> T | None:
        """The answer of the majority of those that have one."""
        votes = self._poll(question, block)
        if len(votes) == 1:
            return votes[0].answer
        groups: dict[str, list[_Vote[T]]] = defaultdict(list)
        for vote in votes:
            if vote.answer is not None:
                groups[key(vote.answer)].append(_Vote(vote.asked, vote.answer))
        if not groups:
            return None
        largest = max(groups.values(), key=len)
        total = sum(map(len, groups.values()))
        if len(largest) * 2 <= total:
            said = {vote.who: f"{mark[:16]}..." for mark, alike in groups.items() for vote in alike}
            raise DisagreementError(what, said)
        for alike in groups.values():
            if alike is not largest:
                self.dissents += [Dissent(vote.who, block, f"shows other contents of {what}") for vote in alike]
        return largest[0].answer


def _set_aside(answering: Sequence[_Asked], long_ago: float) -> None:
    """Finds those that stand still since `long_ago` while others go on; more than half are never set aside."""
    known = [(item, item.head) for item in answering if item.head is not None]
    furthest = max(head for _, head in known)
    behind = [item for item, head in known if furthest - head > LAG_BLOCKS]
    moved = max(item.since for item, _ in known if item not in behind)
    still = [item for item in behind if item.since <= long_ago and item.since < moved]
    for item in answering:
        item.is_still = item in still and 2 * len(still) <= len(answering)


def _read(endpoint: Endpoint, addresses: Sequence[str], first: int, last: int) -> Range | None:
    """One endpoint's logs, each checked against the header of its block."""
    end = endpoint.find("eth_getBlockByNumber", hex(last), False, kind=WireHeader)
    if end is None:
        return None
    wanted = {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
    try:
        logs = endpoint.ask("eth_getLogs", wanted, kind=list[WireLog])
    except (Refused, TooLate) as error:
        if last > first:
            raise TooMuchError(
                f"{endpoint.shown} refused blocks {first} to {last}: {error}", large=isinstance(error, TooLate)
            ) from error
        raise Unavailable(f"it does not show the logs of block {first}: {error}") from error
    for log in logs:
        log.address = log.address.lower()
    places = [_place(log) for log in logs]
    if any(later < earlier for earlier, later in pairwise(places)):
        logs.sort(key=_place)
        places.sort()
    numbers = list(dict.fromkeys(log.block_number for log in logs))
    calls = [("eth_getBlockByNumber", (number, False)) for number in [*numbers, hex(last)]]
    *held, again = endpoint.find_many(calls, kind=WireHeader)
    if again is None or again.hash != end.hash:
        raise ChainMovedError(f"block {last}")
    hashes = {number: header.hash for number, header in zip(numbers, held, strict=True) if header is not None}
    known = set(addresses)
    for log in logs:
        if hashes.get(log.block_number) != log.block_hash:
            raise ChainMovedError(f"block {int(log.block_number, 16)}")
        if log.address not in known:
            raise Unavailable("it shows logs that were not asked for")
    _check_places(places, first, last)
    blocks = [Block.of(header) for header in held if header is not None]
    return Range(Block.of(end), logs, {block.number: block for block in blocks})


def _check_places(places: Sequence[tuple[int, int]], first: int, last: int) -> None:
    """Whether logs stand, in order, in the blocks that were asked for, each once."""
    if len(set(places)) < len(places):
        raise Unavailable("it shows logs twice")
    if places and not first <= places[0][0] <= places[-1][0] <= last:
        raise Unavailable("it shows logs of other blocks than asked for")


def _place(log: WireLog) -> tuple[int, int]:
    return int(log.block_number, 16), int(log.log_index, 16)


def _fingerprint(found: Range) -> str:
    """The same for the same contents."""
    digest = hashlib.sha256(found.last.hash)
    for block in found.blocks.values():
        digest.update(block.hash + block.time.to_bytes(8))
    for log in found.logs:
        parts = (log.address, *log.topics, log.data, log.block_hash, log.transaction_hash, log.log_index)
        digest.update("".join(parts).lower().encode())
    return digest.hexdigest()
