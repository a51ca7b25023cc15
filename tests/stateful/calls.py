# SPDX-License-Identifier: AGPL-3.0-only
"""Every call that changes something, by name, as the compiled contracts list them."""

from __future__ import annotations

from tongxin.artifacts import load

PARTS = (("Fund", "Fund"), ("FundAnnex", "Fund"), ("Office", "Office"), ("Jury", "Jury"), ("Court", "Court"))
"""Artifacts, and the contract at whose address their functions are called."""


def calls() -> frozenset[str]:
    """`Fund.join` and so on."""
    return frozenset(
        f"{contract}.{entry['name']}"
        for artifact, contract in PARTS
        for entry in load(artifact).abi
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    )


CALLS = calls()
ONLY_CONTRACTS = frozenset({
    *(f"Fund.{name}" for name in (
        "admit", "announce", "credit", "forfeit", "hold", "hold_from_balance", "release", "retract", "set_class",
        "set_contacts_flag", "set_wallet", "settle", "wire",
    )),
    *(f"Jury.{name}" for name in (
        "commission", "conclude", "draw", "open_panel", "pay", "slash", "start", "wire",
    )),
})  # fmt: skip
"""Calls that only the mutual's other contracts may make; from anybody else they revert."""
