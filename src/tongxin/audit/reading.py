# SPDX-License-Identifier: AGPL-3.0-only
"""Storage and code as the chain shows them: slots of a contract's variables, many at once, now or at a past block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.primitives import from_hex
from tongxin.errors import TongxinError
from tongxin.proof.layout import Slot, element, slot_of

__all__ = ["AuditError", "Reader", "Slot", "element", "first_where", "slot_of"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

CHUNK = 1_000


class AuditError(TongxinError):
    """The audit cannot be carried out: not a finding about the mutual, but about what it was given."""


def first_where(is_bad: Callable[[int], bool], low: int, high: int) -> int:
    """The first block in low + 1 .. high that is bad, if `low` is good, `high` is bad and bad stays bad."""
    while high - low > 1:
        middle = (low + high) // 2
        if is_bad(middle):
            high = middle
        else:
            low = middle
    return high


class Reader:
    """Reads at one block, so that everything belongs together.

    Args:
        endpoints: Where to read.
        block: The last block of the audit.
    """

    proven = 0
    """Words of storage that were proven."""

    def __init__(self, endpoints: Endpoints, block: int) -> None:
        self.endpoints = endpoints
        self.block = block

    def code(self, address: str, block: int | None = None) -> bytes:
        """A contract's code."""
        return from_hex(self.endpoints.request("eth_getCode", address, hex(self.block if block is None else block)))

    def word(self, slot: Slot, block: int | None = None) -> int:
        """One storage word.

        Raises:
            RequestRefusedError: The endpoint does not keep the state of that block.
        """
        at = hex(self.block if block is None else block)
        return int(self.endpoints.request("eth_getStorageAt", slot.address, hex(slot.number), at), 16)

    def words(
        self, slots: Sequence[Slot], block: int | None = None, progress: Callable[[int], None] | None = None
    ) -> list[int]:
        """Many storage words, in order.

        Raises:
            RequestRefusedError: The endpoint does not keep the state of that block.
        """
        at = hex(self.block if block is None else block)
        found: list[int] = []
        for start in range(0, len(slots), CHUNK):
            part = slots[start : start + CHUNK]
            for answer in self.endpoints.batch(
                [("eth_getStorageAt", [slot.address, hex(slot.number), at]) for slot in part]
            ):
                if isinstance(answer, RequestRefusedError):
                    raise answer
                found.append(int(answer, 16))
            if progress is not None:
                progress(len(found))
        return found

    def call(self, address: str, data: bytes, block: int | None = None) -> bytes:
        """What a call returns."""
        at = hex(self.block if block is None else block)
        return from_hex(self.endpoints.request("eth_call", {"to": address, "data": "0x" + data.hex()}, at))

    def keeps_history(self, address: str, block: int) -> bool:
        """Whether the endpoint can tell the state of a past block."""
        try:
            self.endpoints.request("eth_getStorageAt", address, "0x0", hex(block))
        except RequestRefusedError:
            return False
        return True

    def transactions(self, hashes: Iterable[str]) -> dict[str, dict[str, str]]:
        """Transactions by hash; those that the endpoint does not show are left out."""
        asked = list(hashes)
        found = self.endpoints.batch([("eth_getTransactionByHash", [item]) for item in asked])
        return {item: raw for item, raw in zip(asked, found, strict=True) if isinstance(raw, dict)}
