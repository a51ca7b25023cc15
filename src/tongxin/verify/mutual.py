# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual in the state of one block: its contracts are the published source, and every word of it is proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tongxin.audit.bytecode import check_bytecode
from tongxin.audit.discovery import Parts, discover, immutables
from tongxin.audit.proofs import ProvenReader
from tongxin.audit.report import Findings
from tongxin.audit.slots import read_charter
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.primitives import checksum
from tongxin.errors import TongxinError
from tongxin.proof.agreement import Agreement, alone
from tongxin.proof.layout import Slot, slot_of
from tongxin.words import FUND_BOOKS, Word

__all__ = ["ProvenMutual", "VerifyError", "open_mutual"]


class VerifyError(TongxinError):
    """What was to be verified is not so, or is of no mutual of this source."""


@dataclass(frozen=True)
class ProvenMutual:
    """A mutual whose code was compared with the published source.

    Attributes:
        reader: Reads with proofs.
        sources: The endpoints, one by one.
        parts: Where its contracts stand.
        spacing: Index units between two ticks.
    """

    reader: ProvenReader
    sources: tuple[Endpoints, ...]
    parts: Parts
    spacing: int

    @property
    def agreement(self) -> Agreement:
        """The block at which everything is read."""
        return self.reader.agreement

    def word(self, contract: str, variable: str, *keys: int | bytes) -> int:
        """A word of a contract's storage, by the contract's name.

        Raises:
            ProofError: Nobody proves it.
        """
        address: str = getattr(self.parts, contract.lower())
        return self.reader.word(Slot(address, slot_of(contract, variable, *keys)))

    def unpacked(self, layout: Word, variable: str, *keys: int | bytes) -> dict[str, int]:
        """A packed word, by its layout's name of the contract.

        Raises:
            ProofError: Nobody proves it.
        """
        return layout.unpack(self.word(layout.name.partition(".")[0], variable, *keys))

    def books(self) -> dict[str, int]:
        """Fund.books: index, shares, heads and so on."""
        return self.unpacked(FUND_BOOKS, "standing.books")


@contextmanager
def open_mutual(endpoints: Endpoints, fund: str, agreement: Agreement) -> Iterator[ProvenMutual]:
    """The mutual of a Fund at a block.

    Raises:
        VerifyError: Its contracts are not the published source, or do not name one another.
        AuditError: No Fund stands at the address.
        ProofError: Nobody proves its code or storage.
    """
    with alone(endpoints) as sources:
        reader = ProvenReader(endpoints, sources, agreement)
        findings = Findings()
        parts = discover(reader, checksum(fund), findings)
        spacing = int.from_bytes(immutables("Charter", reader.code(parts.charter)).get("spacing", b""))
        charter = read_charter(reader, parts, spacing, ())
        check_bytecode(reader, parts, charter, endpoints.chain_id, findings)
        for check in findings.failures():
            raise VerifyError(f"this is no mutual of the published source: {check.detail}")
        yield ProvenMutual(reader, tuple(sources), parts, spacing)
