# SPDX-License-Identifier: AGPL-3.0-only
"""Every call that changes something, by name, as the compiled contracts list them."""

from __future__ import annotations

from tongxin.artifacts import load

PARTS = (
    ("Fund", "Fund"),
    ("FundAnnex", "Fund"),
    ("FundStages", "Fund"),
    ("Office", "Office"),
    ("Jury", "Jury"),
    ("Court", "Court"),
    ("Charter", "Charter"),
    ("Assembly", "Assembly"),
)
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
        "set_contacts_flag", "set_wallet", "settle", "wind_down", "wire",
    )),
    *(f"Jury.{name}" for name in (
        "commission", "conclude", "draw", "open_panel", "pay", "slash", "start", "wire",
    )),
    *(f"Charter.{name}" for name in ("adopt", "wire")),
    "Fund.adopt",
})  # fmt: skip
"""Calls that only the mutual's other contracts may make; from anybody else they revert. `Fund.adopt` is open to anyone,
but the Assembly's execution leaves nothing to adopt."""
GOVERNANCE = frozenset({
    *(f"Fund.{name}" for name in (
        "end", "pay_out", "register", "start", "step_back", "sweep_remainder", "watch_floor", "wind_down_by_floor",
    )),
    "Office.step_back_for",
    *(call for call in CALLS if call.split(".")[0] in {"Charter", "Assembly"}),
})  # fmt: skip
"""Calls that the machines without rules of their own never make."""
