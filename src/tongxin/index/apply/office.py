# SPDX-License-Identifier: AGPL-3.0-only
"""The Office: contacts, wallets, classes, keys and grants of members (docs/spec/membership.md, evidence.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import Fields, Writer, on

__all__: list[str] = []


def _named(address: bytes) -> bytes | None:
    """An address, or nothing for nobody's."""
    return address if any(address) else None


@on("Office", "ContactsSet")
def contacts_set(w: Writer, f: Fields) -> None:
    """R-48."""
    member = w.change("members", f["member_id"])
    for name in ("contact_a", "contact_b", "beneficiary"):
        member[name] = _named(f[name])


@on("Office", "WalletProposed")
def wallet_proposed(w: Writer, f: Fields) -> None:
    """R-47."""
    member = w.change("members", f["member_id"])
    member["wallet_proposed"] = f["wallet"]
    member["wallet_ready_at"] = f["ready_at"]


@on("Office", "WalletVetoed")
def wallet_vetoed(w: Writer, f: Fields) -> None:
    """R-47."""
    member = w.change("members", f["member_id"])
    member["wallet_proposed"] = member["wallet_ready_at"] = None


@on("Office", "ClassRequested")
def class_requested(w: Writer, f: Fields) -> None:
    """R-44."""
    member = w.change("members", f["member_id"])
    member["class_requested"] = f["class_id"]
    member["class_applies_at"] = f["applies_at"]


@on("Office", "ActRelayed")
def act_relayed(w: Writer, f: Fields) -> None:
    """R-50: the act itself is told by the event of whoever carried it out."""


@on("Office", "ReaderKeyAnnounced")
def reader_key_announced(w: Writer, f: Fields) -> None:
    """R-125: kind 0 withdraws the key."""
    member = w.change("members", f["member_id"])
    member["reader_kind"] = f["kind"] or None
    member["reader_key"] = f["public_key"] if f["kind"] else None


@on("Office", "Authorised")
def authorised(w: Writer, f: Fields) -> None:
    """R-124."""
    w.put(
        "grants",
        member_id=f["member_id"],
        document=f["document"],
        reader=f["reader"],
        grant_hash=f["grant"],
        actor=f["actor"],
        authorised_block=w.entry.block,
        revoked_by=None,
        revoked_block=None,
        changed_block=w.entry.block,
    )


@on("Office", "Revoked")
def revoked(w: Writer, f: Fields) -> None:
    """R-124; of what was never authorised there is nothing to revoke."""
    key = f["member_id"], f["document"], f["reader"]
    if w.find("grants", *key) is None:
        return
    grant = w.change("grants", *key)
    grant["revoked_by"] = f["actor"]
    grant["revoked_block"] = w.entry.block
