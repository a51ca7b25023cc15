# SPDX-License-Identifier: AGPL-3.0-only
"""Accounts, storage words and code in the state of one block, each proven against the block's state root (EIP-1186)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import rlp
from rlp.exceptions import RLPException
from trie.constants import BLANK_NODE_HASH

from tongxin.chain.endpoints import EndpointError, Endpoints, RequestRefusedError
from tongxin.chain.primitives import from_hex, keccak
from tongxin.proof.errors import ProofError
from tongxin.proof.header import BlockHeader
from tongxin.proof.layout import Slot
from tongxin.proof.merkle import ProvenTrie

__all__ = ["Account", "ProvenState"]

T = TypeVar("T")

SLOTS_AT_ONCE: Final = 128
"""Slots in one `eth_getProof`; clients refuse more than 1,024."""
REQUESTS_AT_ONCE: Final = 8
_NO_CODE: Final = keccak(b"")


@dataclass(frozen=True)
class Account:
    """What the state holds of an address; `balance` in the chain's smallest coin."""

    nonce: int = 0
    balance: int = 0
    storage_root: bytes = bytes(BLANK_NODE_HASH)
    code_hash: bytes = _NO_CODE

    @classmethod
    def of_rlp(cls, encoded: bytes) -> Self:
        """From the state trie; b"" is an address that nobody used.

        Raises:
            ProofError: It is no account.
        """
        if not encoded:
            return cls()
        try:
            nonce, balance, storage_root, code_hash = rlp.decode(encoded)
        except (RLPException, ValueError, TypeError) as error:
            raise ProofError("the state holds no account there") from error
        return cls(int.from_bytes(nonce), int.from_bytes(balance), bytes(storage_root), bytes(code_hash))


class ProvenState:
    """The state after one block.

    Each endpoint is asked by itself, and the next one if an answer proves nothing; who answers need not be trusted.

    Args:
        sources: The endpoints, one by one (`tongxin.proof.agreement.alone`).
        header: The block's header, which the caller trusts.
    """

    def __init__(self, sources: Sequence[Endpoints], header: BlockHeader) -> None:
        self._sources = list(sources)
        self.header = header

    def account(self, address: str) -> Account:
        """An address.

        Raises:
            ProofError: No endpoint proves it.
        """
        return self._asked(lambda source: self._prove(source, [(address, [])])[0][0])

    def code(self, address: str) -> bytes:
        """A contract's code, of the hash that the state holds.

        Raises:
            ProofError: No endpoint shows it.
        """
        wanted = self.account(address).code_hash

        def ask(source: Endpoints) -> bytes:
            code = from_hex(source.request("eth_getCode", address, hex(self.header.number)))
            if keccak(code) != wanted:
                raise ProofError(f"what it shows as the code of {address} has another hash than the state says")
            return code

        return self._asked(ask) if wanted != _NO_CODE else b""

    def words(self, slots: Sequence[Slot], progress: Callable[[int], None] | None = None) -> list[int]:
        """Storage words, in order.

        Raises:
            ProofError: No endpoint proves them.
        """
        by_address: dict[str, list[int]] = defaultdict(list)
        for slot in dict.fromkeys(slots):
            by_address[slot.address].append(slot.number)
        parts = [
            (address, numbers[start : start + SLOTS_AT_ONCE])
            for address, numbers in by_address.items()
            for start in range(0, len(numbers), SLOTS_AT_ONCE)
        ]
        found: dict[Slot, int] = {}
        for start in range(0, len(parts), REQUESTS_AT_ONCE):
            asked = parts[start : start + REQUESTS_AT_ONCE]

            def ask(source: Endpoints, asked: Sequence[tuple[str, list[int]]] = asked) -> list[tuple[Account, Any]]:
                return self._prove(source, asked)

            for (address, numbers), (_, words) in zip(asked, self._asked(ask), strict=True):
                found.update(zip((Slot(address, number) for number in numbers), words, strict=True))
            if progress is not None:
                progress(min(len(found), len(slots)))
        return [found[slot] for slot in slots]

    def word(self, slot: Slot) -> int:
        """One storage word.

        Raises:
            ProofError: No endpoint proves it.
        """
        return self.words([slot])[0]

    def _asked(self, ask: Callable[[Endpoints], T]) -> T:
        why: list[str] = []
        for source in list(self._sources):
            try:
                found = ask(source)
            except RequestRefusedError as error:
                why.append(f"{source.shown[0]}: {error.reason}")
            except (ProofError, EndpointError) as error:
                why.append(f"{source.shown[0]}: {error}")
            else:
                return found
            # Asked last from now on.
            self._sources.remove(source)
            self._sources.append(source)
        raise ProofError(
            f"no endpoint proves the state of block {self.header.number} (0x{self.header.hash.hex()}):"
            f" {'; '.join(why)}. If it no longer keeps that state, choose a newer block"
        )

    def _prove(self, source: Endpoints, asked: Sequence[tuple[str, Sequence[int]]]) -> list[tuple[Account, list[int]]]:
        at = hex(self.header.number)
        answers = source.batch(
            [("eth_getProof", [address, [f"0x{slot:064x}" for slot in slots], at]) for address, slots in asked]
        )
        found = []
        for (address, slots), raw in zip(asked, answers, strict=True):
            if isinstance(raw, RequestRefusedError):
                raise raw
            account_nodes, storage_nodes = _nodes(raw)
            leaf = ProvenTrie(self.header.state_root, account_nodes).get(keccak(from_hex(address)))
            account = Account.of_rlp(leaf)
            storage = ProvenTrie(account.storage_root, storage_nodes)
            found.append((account, [_word(storage.get(keccak(slot.to_bytes(32, "big")))) for slot in slots]))
        return found


def _nodes(raw: Any) -> tuple[list[bytes], list[bytes]]:
    """The nodes of an answer; its plain values are not used, only what the nodes prove."""
    try:
        account = [from_hex(node) for node in raw["accountProof"]]
        return account, [from_hex(node) for part in raw["storageProof"] for node in part["proof"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProofError("its answer is no proof as `eth_getProof` gives it") from error


def _word(encoded: bytes) -> int:
    try:
        return int.from_bytes(rlp.decode(encoded)) if encoded else 0
    except (RLPException, TypeError) as error:
        raise ProofError("the storage holds no word there") from error
