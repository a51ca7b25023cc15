# SPDX-License-Identifier: AGPL-3.0-only
"""Drafts and versions of the charter (docs/spec/governance.md)."""

from __future__ import annotations

from tongxin.chain.abi import AbiError, contract_abi
from tongxin.chain.primitives import keccak
from tongxin.index.apply.writer import Fields, Writer, on

__all__: list[str] = []

_PUBLISH = 2
"""Arguments of `publish`."""


@on("Charter", "Drafted")
def drafted(w: Writer, f: Fields) -> None:
    """R-90."""
    w.put(
        "drafts",
        slot=f["slot"],
        drafter=f["drafter"],
        charter_hash=f["charter_hash"],
        own_benefits=f["own_benefits"],
        benefits=0,
        sealed=False,
        base=None,
        scope=None,
        published_block=None,
        document=None,
        version=None,
        drafted_block=w.entry.block,
        changed_block=w.entry.block,
    )


@on("Charter", "BenefitsAdded")
def benefits_added(w: Writer, f: Fields) -> None:
    """R-90."""
    w.change("drafts", f["slot"])["benefits"] += f["count"]


@on("Charter", "DraftSealed")
def draft_sealed(w: Writer, f: Fields) -> None:
    """R-91."""
    draft = w.change("drafts", f["slot"])
    draft["sealed"] = True
    draft["base"] = f["base"]
    draft["scope"] = f["scope"]


@on("Charter", "Sealed")
def sealed(w: Writer, f: Fields) -> None:
    """A version is in force."""
    w.put(
        "versions",
        version=f["version"],
        slot=f["slot"],
        charter_hash=f["charter_hash"],
        effective_from=f["effective_from"],
        sealed_block=w.entry.block,
        adopted_block=None,
        changed_block=w.entry.block,
    )
    w.change("drafts", f["slot"])["version"] = f["version"]
    if f["version"] == 1:
        w.mutual()["charter_hash"] = f["charter_hash"]


@on("Charter", "Published")
def published(w: Writer, f: Fields) -> None:
    """The document of a draft, from the transaction's input if it was a plain call."""
    draft = w.change("drafts", f["slot"])
    if draft["published_block"] is None:
        draft["published_block"] = w.entry.block
    if draft["document"] is None:
        draft["document"] = _document(w.inputs.get(w.entry.transaction, b""), f["charter_hash"])


def _document(sent: bytes, charter_hash: bytes) -> bytes | None:
    """What was published, if the input shows it and it has the hash."""
    try:
        document = bytes(contract_abi("Charter").function("publish", _PUBLISH).decode_arguments(sent)["document"])
    except AbiError:
        return None
    return document if keccak(document) == charter_hash else None


@on("Charter", "AssemblyNamed")
def assembly_named(w: Writer, f: Fields) -> None:
    """The founding's; the mutual's row names the Assembly."""
