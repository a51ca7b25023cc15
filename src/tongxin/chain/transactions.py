# SPDX-License-Identifier: AGPL-3.0-only
"""Sending: estimate, price, number, sign, write down, send, wait, replace when stuck.

Every transaction is written to the journal before it is sent. Who names a *purpose* ("enrol 2026-11 batch 7") can be
killed at any moment and send again under the same purpose: what was mined is found, what was not is sent again as it
was signed. The same purpose is never mined twice. What was mined and is gone, as after a reorganisation of the chain,
is sent again as it was signed before anything else of the account is.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import time
import uuid
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tongxin.chain.abi import contract_abi
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.events import Event, RawLog
from tongxin.chain.journal import Entry, Journal, State
from tongxin.chain.keys import Signer, SignerError, Transaction, signed_fields
from tongxin.chain.logs import decode_logs
from tongxin.chain.primitives import checksum, from_hex, keccak
from tongxin.chain.reverts import RefusedWithoutReason, Reverted, revert_of
from tongxin.chain.typed_data import TypedData
from tongxin.errors import TongxinError

__all__ = [
    "Action",
    "FeeLimitError",
    "NoFundsError",
    "Outcome",
    "Receipt",
    "Sender",
    "TransactionChangedError",
    "TransactionError",
    "TransactionLostError",
    "TransactionPendingError",
    "restore",
    "simulate",
]

GAS_MARGIN_BPS: Final = 2_500
"""Added to an estimate: a settlement may cross more ticks than when it was estimated. Unused gas is not paid."""
LARGEST_GAS: Final = 1 << 24
"""Most gas that one transaction may have on many chains (EIP-7825)."""
LEAST_TIP: Final = 1
RAISE_BPS: Final = 12_500
"""A replacement's fees in basis points of the replaced one's; nodes ask for at least 11,000."""
LOOK_AGAIN_SECONDS: Final = (0.05, 1.0)
"""Before a nonce is called taken, the endpoint is asked again after each of these: it may answer the parts of a batch
in any order, and behind one address may stand nodes that differ."""
_NO_REFUSAL: Final = ("already known", "already imported", "known transaction", "nonce too low")
"""What nodes answer when they have a transaction already; whether another took its nonce is found while waiting."""
SEND_AGAIN_SECONDS: Final = 3.0
"""While one waits, the node is given the transaction again after this long: it may be another node by now."""
LATELY_SECONDS: Final = 86_400.0
"""What was sent longer ago than this is not looked after without being asked for: it is final on every chain."""
POLL_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

E = TypeVar("E", bound=Event)


class TransactionError(TongxinError):
    """A transaction could not be sent or did not do what it should."""


class NoFundsError(TransactionError):
    """The account cannot pay for the transaction's gas."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__(f"{address} has too little of the chain's coin to pay for gas: send it some ({text})")
        self.address = address


class FeeLimitError(TransactionError):
    """The chain asks for more per gas than the limit that was set."""

    def __init__(self, asked: int, limit: int) -> None:
        super().__init__(
            f"the chain asks for {asked} wei per gas, above the limit of {limit}; wait, or raise the limit"
        )
        self.asked = asked
        self.limit = limit


class TransactionPendingError(TransactionError):
    """A transaction was sent and not mined in the time allowed; sending again under its purpose goes on waiting."""

    def __init__(self, purpose: str, tx_hash: str, seconds: float) -> None:
        super().__init__(
            f"{tx_hash} was sent and is not mined after {seconds:.0f} seconds; it may still be: "
            f"send again under the same purpose '{purpose}' to go on waiting"
        )
        self.purpose = purpose
        self.tx_hash = tx_hash


class TransactionLostError(TransactionError):
    """Another transaction of the account took the nonce of this one, which therefore never happens."""

    def __init__(self, purpose: str, nonce: int) -> None:
        super().__init__(
            f"another transaction of this account took nonce {nonce}, so '{purpose}' was not done; send it again, "
            "and use the account from one journal only"
        )
        self.purpose = purpose
        self.nonce = nonce


class TransactionChangedError(TransactionError):
    """A reorganisation of the chain turned a transaction that was done into a refused one, or the other way round."""

    def __init__(self, tx_hash: str, *, is_done: bool) -> None:
        before, now = ("refused", "done") if is_done else ("done", "refused")
        super().__init__(
            f"{tx_hash} was {before} before the chain was reorganised and is {now} now: "
            "look at what stands on the chain, then act again"
        )
        self.tx_hash = tx_hash
        self.is_done = is_done


@dataclass(frozen=True)
class Action:
    """A call that changes the chain, not yet sent: what a contract class's acting method returns."""

    contract: str
    function: str
    to: str | None
    data: bytes

    @property
    def name(self) -> str:
        """As in `Fund.join`."""
        return f"{self.contract}.{self.function}"


@dataclass(frozen=True)
class Receipt:
    """A mined transaction. `gas_used` is the receipt's, intrinsic gas included; `fee` in wei."""

    hash: str
    block: int
    sender: str
    to: str | None
    contract_address: str | None
    succeeded: bool
    gas_used: int
    fee: int
    logs: tuple[RawLog, ...] = field(repr=False)

    @property
    def events(self) -> list[Event]:
        """The events of Tongxin's contracts and of the token, in order."""
        return decode_logs(self.logs)

    def all(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        """The only event of a kind.

        Raises:
            TransactionError: There is none, or there are several.
        """
        found = self.all(kind)
        if len(found) != 1:
            raise TransactionError(f"{self.hash} should have one event {kind.__name__} and has {len(found)}")
        return found[0]

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> Receipt:
        """From `eth_getTransactionReceipt`."""
        return cls(
            hash=raw["transactionHash"],
            block=int(raw["blockNumber"], 16),
            sender=checksum(raw["from"]),
            to=checksum(raw["to"]) if raw.get("to") else None,
            contract_address=checksum(raw["contractAddress"]) if raw.get("contractAddress") else None,
            succeeded=int(raw["status"], 16) == 1,
            gas_used=int(raw["gasUsed"], 16),
            fee=int(raw["gasUsed"], 16) * int(raw.get("effectiveGasPrice", "0x0"), 16),
            logs=tuple(RawLog.of_json(item) for item in raw["logs"]),
        )


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: a receipt, or the error that kept it from happening."""

    purpose: str
    receipt: Receipt | None
    error: TongxinError | None


class _Taken:
    """A transaction's nonce was taken by another one."""


@dataclass(frozen=True)
class _Prices:
    most: int
    tip: int

    def raised(self, replaced: _Prices) -> _Prices:
        """Enough to replace another transaction, and never less than now asked."""
        most = -(-replaced.most * RAISE_BPS // 10_000)
        tip = -(-replaced.tip * RAISE_BPS // 10_000)
        return _Prices(max(self.most, most), max(self.tip, tip))


class Sender:
    """One account on one chain, sending through a journal.

    Args:
        endpoints: Where to send.
        signer: Who signs.
        journal: What was sent before; two processes of one account must share it.
        timeout: Seconds to wait for a transaction to be mined.
        replace_after: Seconds after which a transaction that is not mined is sent again with higher fees.
        most_per_gas: Largest fee per gas in wei; None is no limit.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        signer: Signer,
        journal: Journal,
        *,
        timeout: float = 300.0,
        replace_after: float = 60.0,
        most_per_gas: int | None = None,
    ) -> None:
        self.endpoints = endpoints
        self.signer = signer
        self._journal = journal
        self._timeout = timeout
        self._replace_after = replace_after
        self._most_per_gas = most_per_gas
        self._chain = ""

    @property
    def address(self) -> str:
        """The account's checksum address."""
        return self.signer.address

    def estimate(self, action: Action) -> int:
        """Gas that the action would need now, with the margin that `send` adds.

        Raises:
            Reverted: The contract would refuse it.
            NoFundsError: The account cannot pay for it.
        """
        return self._gas_of(self._request_estimate(action), action)

    def simulate(self, action: Action, block: int | str = "latest") -> Any:
        """What the action would return now, without sending it.

        Raises:
            Reverted: The contract would refuse it.
        """
        return simulate(self.endpoints, action, self.address, block)

    def send(self, action: Action, purpose: str | None = None, *, gas: int | None = None) -> Receipt:
        """Sends and waits until it is mined.

        Args:
            action: What to do.
            purpose: Under the same purpose nothing is done twice, over restarts too; None is always new.
            gas: The gas limit; None estimates it, which finds a refusal before anything is sent.

        Raises:
            Reverted: The contract refuses it; when found by the estimate, nothing was sent.
            TransactionPendingError: It is not mined in time.
            TransactionLostError: Something else took its nonce.
            TransactionChangedError: What was done before is refused after a reorganisation, or done that was refused.
            NoFundsError, FeeLimitError, EndpointError, SignerError, JournalError: As they say.
        """
        purpose = purpose or uuid.uuid4().hex
        self.restore({purpose})
        with self._journal.exclusive():
            earlier = self._resume(purpose)
            if isinstance(earlier, Receipt):
                return earlier
            entry = self._start(action, purpose, gas) if earlier is None else earlier
        return self._wait(entry, action)

    def send_many(
        self,
        actions: Iterable[tuple[str, Action]],
        *,
        gas: int | None = None,
        batch: int = 200,
        after_batch: Callable[[], None] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[Outcome]:
        """Sends many actions of this account, `batch` at a time, each under its purpose.

        Args:
            actions: Purpose and action of each; purposes must differ.
            gas: The gas limit of each; None estimates each, against the state before its batch.
            batch: How many are under way at once; each batch is mined before the next is begun.
            after_batch: Called once a batch is sent, as to mine on a local chain that does not mine by itself.
            progress: Called with the number done after each batch.

        Returns:
            An outcome per action, in order; a refusal of one does not keep the others from being done.

        Raises:
            TransactionPendingError, TransactionChangedError: As of `send`.
            EndpointError, SignerError, JournalError: The batch under way may be done in part; purposes make it safe to
                begin anew.
        """
        outcomes: list[Outcome] = []
        pending: list[tuple[str, Action]] = []

        def flush() -> None:
            outcomes.extend(self._send_batch(pending, gas, after_batch))
            pending.clear()
            if progress is not None:
                progress(len(outcomes))

        for item in actions:
            pending.append(item)
            if len(pending) == batch:
                flush()
        if pending:
            flush()
        return outcomes

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The receipt of a mined transaction, or None where the endpoint does not have it (yet)."""
        (raw,) = self.endpoints.batch([("eth_getTransactionReceipt", [tx_hash])])
        return Receipt.of_json(raw) if isinstance(raw, dict) else None

    # -- one transaction

    def _start(self, action: Action, purpose: str, gas: int | None) -> Entry:
        if gas is None:
            gas = self.estimate(action)
        entry = self._signed((action.data, action.to), purpose, next(self._free_nonces()), gas, self._prices())
        self._send_new([entry])
        return entry

    def _signed(self, call: tuple[bytes, str | None], purpose: str, nonce: int, gas: int, prices: _Prices) -> Entry:
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.endpoints.chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": prices.most,
            "maxPriorityFeePerGas": prices.tip,
            "value": 0,
            "data": "0x" + call[0].hex(),
        }
        if call[1] is not None:
            transaction["to"] = call[1]
        raw = self.signer.sign_transaction(transaction)
        return Entry("0x" + keccak(raw).hex(), nonce, purpose, raw, State.OPEN)

    def restore(self, wanted: Container[str] = ()) -> list[str]:
        """Sends again what was mined and is gone, and waits for it, but for what serves the purposes `wanted` now.

        An endpoint that is behind shows the same picture; then it is waited for until it is as far.

        Returns:
            The hashes of all that was gone.

        Raises:
            TransactionChangedError: What was done before is refused now, or done that was refused.
            TransactionPendingError: One is not mined in time.
            NoFundsError, EndpointError, JournalError: As they say.
        """
        with self._journal.exclusive():
            chain = self._chain_key()
            gone = self._journal.mined_from(chain, self.address, self._mined_count())
            if not gone:
                return []
            self._journal.mark([item.hash for item in gone], State.OPEN)
            self._send_again(gone)
        self._expect_again(item for item in gone if item.purpose not in wanted)
        return [item.hash for item in gone]

    def _expect_again(self, gone: Iterable[Entry]) -> None:
        """Waits until what was gone is mined again, with what came of it before."""
        for item in gone:
            receipt = self._mined(item)
            if receipt.succeeded != (item.state is State.MINED):
                raise TransactionChangedError(receipt.hash, is_done=receipt.succeeded)

    def _resume(self, purpose: str) -> Receipt | Entry | None:
        """What is left of an earlier try: its receipt, or the transaction that can still be mined (sent again)."""
        entries = self._journal.of_purpose(self._chain_key(), self.address, purpose)
        alive = [item for item in entries if item.state in {State.OPEN, State.MINED}]
        dropped = [item for item in entries if item.state is State.DROPPED]
        if not alive:
            return self._done_after_all(dropped)
        nonces = {item.nonce for item in alive}
        found = self._look([*alive, *(item for item in dropped if item.nonce in nonces)])
        if isinstance(found, _Taken):
            if any(item.state is State.MINED for item in alive):
                raise TransactionError(
                    f"'{purpose}' was done by {alive[-1].hash}, but the endpoint does not have its receipt any more; "
                    "ask an endpoint that keeps old receipts"
                )
            self._journal.mark([item.hash for item in alive], State.DROPPED)
            return None
        if found is not None:
            receipt, entry = found
            self._note(receipt, entry)
            return receipt if receipt.succeeded else None
        self._send_open_again(purpose)
        self._send_again([alive[-1]])
        return alive[-1]

    def _done_after_all(self, dropped: Sequence[Entry]) -> Receipt | None:
        """The receipt of one that a node refused, or that lost its nonce, and that another node mined even so."""
        answers = self.endpoints.batch([("eth_getTransactionReceipt", [item.hash]) for item in dropped])
        for item, answer in zip(dropped, answers, strict=True):
            if isinstance(answer, dict) and (receipt := Receipt.of_json(answer)).succeeded:
                self._note(receipt, item)
                return receipt
        return None

    def _look(self, entries: Sequence[Entry]) -> tuple[Receipt, Entry] | _Taken | None:
        """The receipt of whichever of these was mined, or that their nonce went to another transaction, or None."""
        for pause in (*LOOK_AGAIN_SECONDS, None):
            # One request, so that one endpoint answers: the count first, because blocks only add receipts.
            count, *receipts = self.endpoints.batch(
                [
                    ("eth_getTransactionCount", [self.address, "latest"]),
                    *(("eth_getTransactionReceipt", [item.hash]) for item in entries),
                ]
            )
            for raw, entry in zip(receipts, entries, strict=True):
                if isinstance(raw, dict):
                    return Receipt.of_json(raw), entry
            # A node that still indexes refuses receipts of what it has: that says nothing of whose the nonce is.
            if any(isinstance(answer, RequestRefusedError) for answer in (count, *receipts)):
                return None
            if max(item.nonce for item in entries) >= int(count, 16):
                return None
            if pause is not None:
                time.sleep(pause)
        return _Taken()

    def _wait(self, entry: Entry, action: Action) -> Receipt:
        receipt = self._mined(entry)
        if not receipt.succeeded:
            raise self._why(receipt, action)
        return receipt

    def _mined(self, entry: Entry) -> Receipt:
        """Waits until one of those that serve an entry's purpose with its nonce is mined, refused or not."""
        began = time.monotonic()
        replaced_at = sent_at = began
        polls = 0
        gone: dict[str, Entry] = {}
        while True:
            rivals = self._journal.of_nonce(self._chain_key(), self.address, entry.nonce)
            same = [item for item in rivals if item.purpose == entry.purpose] or [entry]
            live = [item for item in same if item.state is not State.DROPPED] or [entry]
            found = self._look(same)
            if isinstance(found, _Taken):
                self._journal.mark([item.hash for item in same], State.DROPPED)
                raise TransactionLostError(entry.purpose, entry.nonce)
            if found is not None:
                self._note(*found)
                self._expect_again(gone.values())
                return found[0]
            now = time.monotonic()
            if now - began > self._timeout:
                raise TransactionPendingError(entry.purpose, entry.hash, now - began)
            if now - replaced_at > self._replace_after:
                replaced_at = sent_at = now
                self._replace(live[-1])
            elif now - sent_at > SEND_AGAIN_SECONDS:
                sent_at = now
                # A reorganisation may have undone what this one's nonce comes after.
                undone = self._journal.mined_from(self._chain_key(), self.address, self._mined_count())
                gone |= {item.hash: item for item in undone if item.nonce < entry.nonce}
                self._broadcast([*gone.values(), live[-1]])
            time.sleep(POLL_SECONDS[min(polls, len(POLL_SECONDS) - 1)])
            polls += 1

    def _replace(self, entry: Entry) -> None:
        """Sends the same with higher fees under the same nonce."""
        signed = signed_fields(entry.raw)
        former = _Prices(signed["maxFeePerGas"], signed["maxPriorityFeePerGas"])
        with self._journal.exclusive():
            prices = self._prices().raised(former)
            if self._most_per_gas is not None and prices.most > self._most_per_gas:
                return
            call = bytes(signed["data"]), checksum(bytes(signed["to"]).hex()) if signed["to"] else None
            replacement = self._signed(call, entry.purpose, entry.nonce, signed["gas"], prices)
            # The first one is still there: if the replacement is refused, it goes on waiting.
            with contextlib.suppress(TransactionError):
                self._send_new([replacement])

    def _note(self, receipt: Receipt, entry: Entry) -> None:
        """Writes what became of a nonce; rivals of the mined one are dropped."""
        rivals = self._journal.of_nonce(self._chain_key(), self.address, entry.nonce)
        self._journal.mark([item.hash for item in rivals if item.hash != entry.hash], State.DROPPED)
        self._journal.mark([entry.hash], State.MINED if receipt.succeeded else State.REVERTED)
        self.endpoints.saw(receipt.block)

    # -- many

    def _send_batch(
        self, items: Sequence[tuple[str, Action]], gas: int | None, after_batch: Callable[[], None] | None
    ) -> list[Outcome]:
        if len({purpose for purpose, _ in items}) < len(items):
            raise TransactionError("two of the actions have the same purpose, so that one of them would not be done")
        self.restore({purpose for purpose, _ in items})
        outcomes: dict[str, Outcome] = {}
        live: list[tuple[Entry, Action]] = []
        with self._journal.exclusive():
            fresh: list[tuple[str, Action]] = []
            for purpose, action in items:
                earlier = self._resume(purpose)
                if isinstance(earlier, Receipt):
                    outcomes[purpose] = Outcome(purpose, earlier, None)
                elif earlier is not None:
                    live.append((earlier, action))
                else:
                    fresh.append((purpose, action))
            limits = self._limits([action for _, action in fresh], gas)
            entries: list[Entry] = []
            nonces = self._free_nonces()
            prices = self._prices()
            for (purpose, action), limit in zip(fresh, limits, strict=True):
                if isinstance(limit, TongxinError):
                    outcomes[purpose] = Outcome(purpose, None, limit)
                    continue
                entry = self._signed((action.data, action.to), purpose, next(nonces), limit, prices)
                entries.append(entry)
                live.append((entry, action))
            self._send_new(entries)
        if after_batch is not None and live:
            after_batch()
        outcomes.update(self._collect(live))
        return [outcomes[purpose] for purpose, _ in items]

    def _limits(self, actions: Sequence[Action], gas: int | None) -> list[int | TongxinError]:
        if gas is not None:
            return [gas] * len(actions)
        answers = self.endpoints.batch([("eth_estimateGas", [self._call(action)]) for action in actions])
        limits: list[int | TongxinError] = []
        for answer, action in zip(answers, actions, strict=True):
            try:
                limits.append(self._gas_of(answer, action))
            except (Reverted, TransactionError) as error:
                limits.append(error)
        return limits

    def _collect(self, live: Sequence[tuple[Entry, Action]]) -> list[tuple[str, Outcome]]:
        answers = self.endpoints.batch([("eth_getTransactionReceipt", [entry.hash]) for entry, _ in live])
        done: list[tuple[str, Outcome]] = []
        mined: dict[State, list[str]] = {State.MINED: [], State.REVERTED: []}
        for (entry, action), answer in zip(live, answers, strict=True):
            if isinstance(answer, dict):
                receipt = Receipt.of_json(answer)
                mined[State.MINED if receipt.succeeded else State.REVERTED].append(entry.hash)
                error = None if receipt.succeeded else self._why(receipt, action)
                done.append((entry.purpose, Outcome(entry.purpose, receipt if error is None else None, error)))
                continue
            try:
                done.append((entry.purpose, Outcome(entry.purpose, self._wait(entry, action), None)))
            except (Reverted, TransactionLostError) as error:
                done.append((entry.purpose, Outcome(entry.purpose, None, error)))
        for state, hashes in mined.items():
            self._journal.mark(hashes, state)
        return done

    # -- the chain

    def _chain_key(self) -> str:
        self._chain = self._chain or _chain_key(self.endpoints)
        return self._chain

    def _mined_count(self) -> int:
        return int(self.endpoints.request("eth_getTransactionCount", self.address, "latest"), 16)

    def _free_nonces(self) -> Iterator[int]:
        """The nonces that neither the chain, the node nor the journal has given away, from the lowest up."""
        waiting = {item.nonce for item in self._send_open_again()}
        first = int(self.endpoints.request("eth_getTransactionCount", self.address, "pending"), 16)
        return (nonce for nonce in itertools.count(first) if nonce not in waiting)

    def _send_open_again(self, but: str | None = None) -> list[Entry]:
        """The journal's transactions that are not mined yet; those that the node forgot are sent again.

        One that the node will not have any more is given up, but for those of the purpose `but`.
        """
        entries = self._journal.open_entries(self._chain_key(), self.address)
        if not entries:
            return []
        mined = self._mined_count()
        waiting = [item for item in entries if item.nonce >= mined]
        self._resolve([item for item in entries if item.nonce < mined])
        answers = self.endpoints.batch([("eth_getTransactionByHash", [item.hash]) for item in waiting])
        lost = [item for item, answer in zip(waiting, answers, strict=True) if not isinstance(answer, dict)]
        kept = [item for item in waiting if item not in lost]
        for item in lost:
            if self._broadcast([item]) and item.purpose != but:
                self._journal.mark([item.hash], State.DROPPED)
            else:
                kept.append(item)
        return kept

    def _resolve(self, entries: Sequence[Entry]) -> None:
        """Notes what became of transactions whose nonces are taken."""
        answers = self.endpoints.batch([("eth_getTransactionReceipt", [item.hash]) for item in entries])
        for item, answer in zip(entries, answers, strict=True):
            if isinstance(answer, dict):
                self._journal.mark([item.hash], State.MINED if int(answer["status"], 16) else State.REVERTED)
            elif answer is None and isinstance(self._look([item]), _Taken):
                self._journal.mark([item.hash], State.DROPPED)

    def _send_new(self, entries: Sequence[Entry]) -> None:
        """Writes signed transactions down and sends them.

        Raises:
            NoFundsError: The account cannot pay for one.
            TransactionError: The node refuses one; those that it refuses are given up.
        """
        self._journal.add(self._chain_key(), self.address, entries)
        if refused := self._broadcast(entries):
            self._journal.mark([item.hash for item, _ in refused], State.DROPPED)
            reason = refused[0][1]
            if _lacks_coin(reason):
                raise NoFundsError(self.address, reason.reason) from reason
            raise TransactionError(f"the node refused the transaction: {reason.reason}") from reason

    def _send_again(self, entries: Sequence[Entry]) -> None:
        """Sends what was sent before; that one node refuses it does not mean that no other mines it.

        Raises:
            NoFundsError: The account cannot pay for one.
        """
        for _, reason in self._broadcast(entries):
            if _lacks_coin(reason):
                raise NoFundsError(self.address, reason.reason) from reason

    def _broadcast(self, entries: Sequence[Entry]) -> list[tuple[Entry, RequestRefusedError]]:
        """Sends signed transactions; returns those that are refused. One that is known or mined already is not."""
        answers = self.endpoints.batch([("eth_sendRawTransaction", ["0x" + item.raw.hex()]) for item in entries])
        return [
            (item, answer)
            for item, answer in zip(entries, answers, strict=True)
            if isinstance(answer, RequestRefusedError)
            and not any(text in answer.reason.lower() for text in _NO_REFUSAL)
        ]

    def _prices(self) -> _Prices:
        block, tip = self.endpoints.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("eth_maxPriorityFeePerGas", [])]
        )
        if isinstance(block, RequestRefusedError) or block is None:
            raise TransactionError("the endpoint does not show its latest block")
        if "baseFeePerGas" not in block:
            raise TransactionError("this chain has no base fee (EIP-1559); it is not supported")
        asked = LEAST_TIP if isinstance(tip, RequestRefusedError) else max(int(tip, 16), LEAST_TIP)
        base = int(block["baseFeePerGas"], 16)
        most = 2 * base + asked
        if self._most_per_gas is not None:
            if base + asked > self._most_per_gas:
                raise FeeLimitError(base + asked, self._most_per_gas)
            most = min(most, self._most_per_gas)
        return _Prices(most, asked)

    def _call(self, action: Action) -> dict[str, str]:
        call = {"from": self.address, "data": "0x" + action.data.hex()}
        return call if action.to is None else call | {"to": action.to}

    def _request_estimate(self, action: Action) -> Any:
        try:
            return self.endpoints.request("eth_estimateGas", self._call(action))
        except RequestRefusedError as error:
            return error

    def _gas_of(self, answer: Any, action: Action) -> int:
        if isinstance(answer, RequestRefusedError):
            raise self._understood(answer, action.name) from answer
        needed = int(answer, 16)
        return max(needed, min(needed * (10_000 + GAS_MARGIN_BPS) // 10_000, LARGEST_GAS))

    def _understood(self, error: RequestRefusedError, call: str) -> TongxinError:
        reverted = revert_of(error, call)
        if reverted is not None:
            return reverted
        if _lacks_coin(error):
            return NoFundsError(self.address, error.reason)
        return TransactionError(f"{call} cannot be estimated: {error.reason}")

    def _why(self, receipt: Receipt, action: Action) -> Reverted:
        """Why a mined transaction was refused, found by calling it again on the state before its block."""
        try:
            self.simulate(action, receipt.block - 1)
        except Reverted as error:
            return error
        except TongxinError:
            return RefusedWithoutReason("the node cannot tell why", f"{action.name}, {receipt.hash}")
        reason = "it ran out of gas, or another transaction came first"
        return RefusedWithoutReason(reason, f"{action.name}, {receipt.hash}")


def restore(endpoints: Endpoints, journal: Journal, *, seconds: float) -> list[str]:
    """Sends again what a reorganisation undid of all that a journal's accounts did lately; no key is needed for that.

    Args:
        endpoints: The chain.
        journal: What was sent.
        seconds: How long to wait for each to be mined again.

    Returns:
        The hashes of what was undone; errors as of `Sender.restore`.
    """
    lately = journal.senders(since=time.time() - LATELY_SECONDS)
    chain = _chain_key(endpoints) if lately else ""
    undone: list[str] = []
    for address in (sender for found, sender in lately if found == chain):
        undone += Sender(endpoints, _NoKey(address), journal, timeout=seconds, replace_after=math.inf).restore()
    return undone


@dataclass(frozen=True)
class _NoKey:
    """An account whose key is not at hand: what it signed before can be sent again, and nothing new."""

    address: str

    def sign_transaction(self, transaction: Transaction) -> bytes:
        raise SignerError(f"the key of {self.address} is not at hand, so {transaction} is not signed")

    def sign_typed(self, typed: TypedData) -> bytes:
        raise SignerError(f"the key of {self.address} is not at hand, so {typed} is not signed")


def _chain_key(endpoints: Endpoints) -> str:
    """Chain number and first block: a local chain begun anew has the same number and is another chain."""
    first = endpoints.request("eth_getBlockByNumber", "0x0", False)
    return f"{endpoints.chain_id}:{first['hash'] if first else ''}"


def _lacks_coin(refusal: RequestRefusedError) -> bool:
    return "insufficient funds" in refusal.reason.lower()


def simulate(endpoints: Endpoints, action: Action, sender: str, block: int | str = "latest") -> Any:
    """What an action of an account would return at a block, without sending it.

    Raises:
        Reverted: The contract would refuse it.
        EndpointError: No endpoint answers.
    """
    call = {"from": sender, "data": "0x" + action.data.hex()} | ({"to": action.to} if action.to is not None else {})
    try:
        answer = endpoints.request("eth_call", call, hex(block) if isinstance(block, int) else block)
    except RequestRefusedError as error:
        raise (revert_of(error, action.name) or error) from error
    form = contract_abi(action.contract).function_of(action.data)
    return from_hex(answer) if form is None else form.decode(from_hex(answer))
