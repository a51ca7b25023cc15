# SPDX-License-Identifier: AGPL-3.0-only
"""The audit's reading with proofs: no word and no code is taken that does not follow from an agreed block's hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tongxin.audit.reading import Reader
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.proof.agreement import Agreement, by_number
from tongxin.proof.errors import ProofError
from tongxin.proof.layout import Slot
from tongxin.proof.state import ProvenState

__all__ = ["ProvenReader"]


class ProvenReader(Reader):
    """A reader that proves all it says of storage and code (`eth_getProof`).

    Older blocks are read where several endpoints show the same header and one proves the state; else it is as if the
    endpoint kept no old state. With a block given by hand there is nothing by which to know older headers.

    Args:
        endpoints: Where to ask.
        sources: The same, one by one.
        agreement: The block at which everything is read.
    """

    def __init__(self, endpoints: Endpoints, sources: Sequence[Endpoints], agreement: Agreement) -> None:
        super().__init__(endpoints, agreement.header.number)
        self.agreement = agreement
        self._sources = sources
        self._states: dict[int, ProvenState | None] = {self.block: ProvenState(sources, agreement.header)}

    def _state(self, block: int | None) -> ProvenState:
        number = self.block if block is None else block
        if number not in self._states:
            self._states[number] = self._older(number)
        state = self._states[number]
        if state is None:
            raise RequestRefusedError("eth_getProof", 0, f"the state of block {number} can't be proven")
        return state

    def _older(self, number: int) -> ProvenState | None:
        if self.agreement.by_hand:
            return None
        try:
            return ProvenState(self._sources, by_number(self.endpoints, number).header)
        except ProofError:
            return None

    def _at(self, block: int | None, slots: Sequence[Slot], progress: Callable[[int], None] | None) -> list[int]:
        state = self._state(block)
        try:
            found = state.words(slots, progress)
        except ProofError as error:
            if state.header.number == self.block:
                raise
            raise RequestRefusedError("eth_getProof", 0, str(error)) from error
        self.proven += len(found)
        return found

    def code(self, address: str, block: int | None = None) -> bytes:
        """A contract's code.

        Raises:
            ProofError: Nobody proves it.
            RequestRefusedError: Nobody proves it at an older block.
        """
        state = self._state(block)
        try:
            return state.code(address)
        except ProofError as error:
            if state.header.number == self.block:
                raise
            raise RequestRefusedError("eth_getProof", 0, str(error)) from error

    def word(self, slot: Slot, block: int | None = None) -> int:
        """One storage word; errors as `code`."""
        return self._at(block, [slot], None)[0]

    def words(
        self, slots: Sequence[Slot], block: int | None = None, progress: Callable[[int], None] | None = None
    ) -> list[int]:
        """Many storage words, in order; errors as `code`."""
        return self._at(block, slots, progress)

    def keeps_history(self, address: str, block: int) -> bool:
        """Whether the state of a past block can be proven."""
        try:
            self._at(block, [Slot(address, 0)], None)
        except RequestRefusedError:
            return False
        return True
