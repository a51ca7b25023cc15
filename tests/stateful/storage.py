# SPDX-License-Identifier: AGPL-3.0-only
"""Words of compiled contracts, read from their storage by name and key."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import boa
from eth_utils.crypto import keccak

from support.sources import source

FUND_VIEWS = {
    "books": ("standing", "books"),
    "stage": ("standing", "stage"),
    "ending": ("standing", "ending"),
    "set_aside": ("standing", "set_aside"),
    "purse": ("ledger", "purse"),
    "bonds": ("ledger", "bonds"),
    "yearly": ("ledger", "yearly"),
    "round": ("ledger", "round"),
    "ticks": ("ledger", "ticks"),
    "bitmap": ("ledger", "bitmap"),
    "dues": ("payments", "dues"),
    "admission": ("entrance", "admission"),
    "members": ("register", "members"),
    "history": ("register", "history"),
    "orders": ("register", "orders"),
    "payout": ("rounds", "payout"),
    "unpaid": ("rounds", "unpaid"),
    "deferred": ("rounds", "deferred"),
    "deferred_due": ("rounds", "deferred_due"),
}
JURY_VIEWS = ("panel", "votes", "seats", "volunteers", "half", "commitments", "volunteer_of", "voted")
COURT_VIEWS = ("docket", "state", "award", "escrow", "challenger", "grants_of", "waived_at", "digest")
ASSEMBLY_VIEWS = ("proposal", "cast_by_wallet", "cast_by_member", "last_proposed", "count", "successor", "subject")
CHARTER_VIEWS = ("latest", "drafts")
VIEWS = {
    **dict.fromkeys(FUND_VIEWS, "Fund"),
    **dict.fromkeys(JURY_VIEWS, "Jury"),
    **dict.fromkeys(COURT_VIEWS, "Court"),
    **dict.fromkeys(ASSEMBLY_VIEWS, "Assembly"),
    **dict.fromkeys(CHARTER_VIEWS, "Charter"),
}
"""The contract that holds a word."""
Key = bytes | int | tuple[Any, ...] | None


@cache
def slots(contract: str) -> dict[str, Any]:
    """Where a contract's variables lie."""
    layout: dict[str, Any] = source(contract).compiler_data.storage_layout["storage_layout"]
    return layout


@lru_cache(maxsize=200_000)
def slot_of(base: int, key: Key) -> int:
    """The slot of an entry of a mapping (Vyper: keccak256 of slot and key, outer key first)."""
    if key is None:
        return base
    if isinstance(key, tuple):
        for part in key:
            base = slot_of(base, part)
        return base
    part = key if isinstance(key, bytes) else key.to_bytes(32, "big")
    return int.from_bytes(keccak(base.to_bytes(32, "big") + part))


@cache
def base_of(view: str) -> int:
    """The first slot of the variable behind one of the model's views."""
    contract = VIEWS[view]
    if contract == "Fund":
        module, name = FUND_VIEWS[view]
        return int(slots("Fund")[module][name]["slot"])
    return int(slots(contract)[view]["slot"])


def read(contract: Any, slot: int) -> int:
    """One word."""
    return int.from_bytes(boa.env.evm.get_storage_slot(contract.address, slot))


def charter_slot(charter: Any, slot: int, classes: int) -> dict[str, Any]:
    """A charter's slot as it lies in storage, entitlements of so many classes among it."""
    layout = slots("Charter")

    def at(name: str, key: Key, place: int = 0) -> int:
        return read(charter, slot_of(layout[name]["slot"], key) + place)

    benefits_in = at("_drafts", slot, 4)
    benefits = range(at("_benefit_count", benefits_in))
    return {
        "drafter": at("_drafts", slot),
        "base": at("_drafts", slot, 1),
        "scope": at("_drafts", slot, 2),
        "sealed": bool(at("_drafts", slot, 3)),
        "document": at("_terms", slot),
        "words": tuple(at("_terms", slot, place) for place in range(1, 13)),
        "parties": tuple(at("_terms", slot, place) for place in range(13, 16)),
        "attestors": tuple(at("_terms", slot, 17 + place) for place in range(at("_terms", slot, 16))),
        "benefits": tuple(at("_benefits", (benefits_in, benefit)) for benefit in benefits),
        "entitlements": tuple(
            tuple(at("_entitlements", (benefits_in, benefit, class_id)) for class_id in range(classes))
            for benefit in benefits
        ),
    }


def charter_version(charter: Any, version: int) -> tuple[int, int]:
    """When a version came into force, and its slot."""
    word = read(charter, slot_of(slots("Charter")["_versions"]["slot"], version))
    return word >> 80, word >> 40 & (1 << 40) - 1


def fund_terms(fund: Any) -> tuple[int, ...]:
    """T0, T1, T5, the class shares and the attestors of the version that a Fund last adopted; zeros before."""
    layout = slots("Fund")
    places = [layout["terms"][name]["slot"] for name in ("_money", "_member", "_fifth", "_shares")]
    places += [places[-1] + place for place in (1, 2, 3)]
    first = layout["entrance"]["_attestors"]["slot"]
    attestors = [first + 1 + place for place in range(read(fund, first))]
    return tuple(read(fund, place) for place in (*places, *attestors))
