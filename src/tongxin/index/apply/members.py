# SPDX-License-Identifier: AGPL-3.0-only
"""Members come, pay, change and go (docs/spec/membership.md)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tongxin.index.apply.writer import Batch, Fields, Writer, on
from tongxin.index.book import Row
from tongxin.words import FUND_MEMBER, MemberStatus

__all__: list[str] = []


@lru_cache(maxsize=64)
def _record(word: int) -> tuple[int, int, int, int, bool]:
    """Class, shares, tick, hour of joining, accepted: of the lower 96 bits of a member word."""
    parts = FUND_MEMBER.unpack(word)
    accepted = bool(parts["status"] & MemberStatus.ACCEPTED)
    return parts["class_id"], parts["shares"], parts["tick"], parts["joined"], accepted


_UNCHANGED: Final[Row] = {
    "leaving": False,
    "exited": False,
    "stepped_back": False,
    "registered": False,
    "contacts_named": False,
    "left_hour": None,
    "leaves_at": None,
    "exited_hour": None,
    "class_changed_hour": None,
    "order_most": None,
    "order_target": None,
    "contact_a": None,
    "contact_b": None,
    "beneficiary": None,
    "wallet_proposed": None,
    "wallet_ready_at": None,
    "class_requested": None,
    "class_applies_at": None,
    "reader_kind": None,
    "reader_key": None,
}
"""What of a member is as it was on joining."""


def _come(w: Writer, member_id: bytes, wallet: bytes, record: tuple[int, int, int, int, bool], how: str) -> None:
    class_id, shares, tick, joined, accepted = record
    entry = w.entry
    row = {
        **_UNCHANGED,
        "mutual": entry.mutual,
        "member_id": member_id,
        "wallet": wallet,
        "class_id": class_id,
        "shares": shares,
        "tick": tick,
        "joined": joined,
        "how": how,
        "accepted": accepted,
        "first_block": entry.block,
        "changed_block": entry.block,
    }
    w.book.put("members", row)
    _remember(w, row)


def _remember(w: Writer, member: Row) -> None:
    """The record after the present event, into its history."""
    entry = w.entry
    w.book.add(
        "member_history",
        {
            "mutual": entry.mutual,
            "member_id": member["member_id"],
            "block": entry.block,
            "log_index": entry.log_index,
            "event": entry.name,
            "wallet": member["wallet"],
            "class_id": member["class_id"],
            "shares": member["shares"],
            "tick": member["tick"],
            "joined": member["joined"],
            "accepted": member["accepted"],
            "leaving": member["leaving"],
            "exited": member["exited"],
        },
    )


def _is_new(w: Writer, member_id: bytes) -> bool:
    before = w.find("members", member_id)
    return before is None or before["stepped_back"]


@on("Fund", "Joined")
def joined(w: Writer, f: Fields) -> None:
    """R-30 to R-36."""
    member_id, payer = f["member_id"], f["payer"]
    record = f["class_id"], f["shares"], f["tick"], f["joined"], f["accepted"]
    mutual = w.mutual()
    mutual["members"] += _is_new(w, member_id)
    _come(w, member_id, f["wallet"], record, "attested" if f["attested"] else "admitted")
    w.enter(f["tick"], f["shares"])
    w.count_in(f["shares"])
    w.flow("join", "outside", "members", f["price"], party=payer, member_id=member_id)
    w.flow("entry fee", "outside", "surplus", f["entry_fee"], party=payer, member_id=member_id)


@on("Fund", "Enrolled")
def enrolled(w: Writer, f: Fields) -> None:
    """R-35: one of a batch, which `BatchEnrolled` sums up."""
    member_id = f["member_id"]
    record = _record(f["record"])
    if w.batch is None:
        w.batch = Batch(tick=record[2], shares=record[1])
    w.batch.heads += 1
    w.batch.first += _is_new(w, member_id)
    _come(w, member_id, f["wallet"], record, "enrolled")


@on("Fund", "BatchEnrolled")
def batch_enrolled(w: Writer, f: Fields) -> None:
    """R-35: a batch was paid; all in it have the same shares and tick."""
    batch, w.batch = w.batch, None
    if batch is not None:
        w.enter(batch.tick, batch.shares * batch.heads, batch.heads)
        w.count_in(batch.shares * batch.heads, batch.heads)
        w.mutual()["members"] += batch.first
    w.flow("enrolment", "outside", "members", f["price"], party=f["payer"])
    w.flow("entry fee", "outside", "surplus", f["entry_fees"], party=f["payer"])


@on("Fund", "Accepted")
def accepted(w: Writer, f: Fields) -> None:
    """R-33."""
    member = w.change("members", f["member_id"])
    member["accepted"] = True
    _remember(w, member)


@on("Fund", "ToppedUp")
def topped_up(w: Writer, f: Fields) -> None:
    """R-39, also after a lapse."""
    member_id = f["member_id"]
    member = w.change("members", member_id)
    if w.in_force(member):
        w.move(member, f["tick"])
    else:
        member["tick"] = f["tick"]
        w.enter(f["tick"], member["shares"])
        w.count_in(member["shares"])
    w.flow("top-up", "outside", "members", f["price"], party=f["payer"], member_id=member_id)
    w.flow("arrears", "outside", "surplus", f["arrears"], party=f["payer"], member_id=member_id)
    _remember(w, member)


@on("Fund", "BatchToppedUp")
def batch_topped_up(w: Writer, f: Fields) -> None:
    """R-39: the members of the batch were told one by one."""


@on("Fund", "OrderSet")
def order_set(w: Writer, f: Fields) -> None:
    """R-40."""
    member = w.change("members", f["member_id"])
    is_set = f["most_per_period"] > 0
    member["order_most"] = f["most_per_period"] if is_set else None
    member["order_target"] = f["target"] if is_set else None


@on("Fund", "Collected")
def collected(w: Writer, f: Fields) -> None:
    """R-40: a standing order was carried out."""
    member = w.change("members", f["member_id"])
    w.move(member, f["tick"])
    w.flow("standing order", "outside", "members", f["price"], party=member["wallet"], member_id=member["member_id"])
    _remember(w, member)


@on("Fund", "Rejoined")
def rejoined(w: Writer, f: Fields) -> None:
    """R-43. Who paid is not logged."""
    member_id = f["member_id"]
    member = w.change("members", member_id)
    member["tick"] = f["tick"]
    member["joined"] = f["joined"]
    member["class_changed_hour"] = f["joined"]
    member["accepted"] = True
    member["leaving"] = member["exited"] = member["registered"] = False
    member["left_hour"] = member["leaves_at"] = member["exited_hour"] = None
    w.enter(f["tick"], member["shares"])
    w.count_in(member["shares"])
    w.flow("rejoin", "outside", "members", f["price"], member_id=member_id)
    w.flow("arrears", "outside", "surplus", f["arrears"], member_id=member_id)
    _remember(w, member)


@on("Fund", "Left")
def left(w: Writer, f: Fields) -> None:
    """R-46: notice."""
    member = w.change("members", f["member_id"])
    member["leaving"] = True
    member["left_hour"] = f["left"]
    member["leaves_at"] = f["ends"]
    _remember(w, member)


def _go(w: Writer, member: Row) -> None:
    """A runway ends before its tick, if it has not ended."""
    if w.in_force(member):
        w.leave(member["tick"], member["shares"])
        w.count_in(-member["shares"], -1)


@on("Fund", "Refunded")
def refunded(w: Writer, f: Fields) -> None:
    """R-46: the end."""
    member = w.change("members", f["member_id"])
    _go(w, member)
    member["exited"] = True
    member["exited_hour"] = f["exited"]
    w.flow("exit", "members", "outside", f["amount"], party=f["wallet"], member_id=f["member_id"])
    _remember(w, member)


@on("Fund", "SteppedBack")
def stepped_back(w: Writer, f: Fields) -> None:
    """R-107: as if the person had never joined, but for the rows that tell it."""
    member = w.change("members", f["member_id"])
    _go(w, member)
    member["exited"] = member["stepped_back"] = True
    member["order_most"] = member["order_target"] = None
    w.mutual()["members"] -= 1
    w.flow("step back", "members", "outside", f["amount"], party=f["wallet"], member_id=f["member_id"])
    w.flow("entry fee returned", "surplus", "outside", f["entry_fee"], party=f["wallet"], member_id=f["member_id"])
    _remember(w, member)


@on("Fund", "WalletSet")
def wallet_set(w: Writer, f: Fields) -> None:
    """R-47: a standing order and a proposal end with it."""
    member = w.change("members", f["member_id"])
    member["wallet"] = f["wallet"]
    member["accepted"] = f["accepted"]
    member["order_most"] = member["order_target"] = None
    member["wallet_proposed"] = member["wallet_ready_at"] = None
    _remember(w, member)


@on("Fund", "ClassSet")
def class_set(w: Writer, f: Fields) -> None:
    """R-44: in force, at once or after the notice; a request ends with it."""
    member_id = f["member_id"]
    member = w.change("members", member_id)
    before, after = member["shares"], f["shares"]
    w.leave(member["tick"], before)
    w.enter(member["tick"], after)
    w.count_in(after - before, 0)
    member["class_id"] = f["class_id"]
    member["shares"] = after
    member["class_changed_hour"] = f["changed"]
    member["class_requested"] = member["class_applies_at"] = None
    w.flow("class raised", "outside", "members", f["paid"], party=member["wallet"], member_id=member_id)
    w.flow("class lowered", "members", "outside", f["returned"], party=member["wallet"], member_id=member_id)
    _remember(w, member)


@on("Fund", "ContactsFlag")
def contacts_flag(w: Writer, f: Fields) -> None:
    """R-48."""
    w.change("members", f["member_id"])["contacts_named"] = f["on"]


@on("Fund", "HeldFromBalance")
def held_from_balance(w: Writer, f: Fields) -> None:
    """R-64: a filing bond out of the runway; `Filed` tells the claim."""
    member_id = f["member_id"]
    member = w.change("members", member_id)
    w.move(member, f["tick"])
    w.flow("filing bond", "members", "bonds", f["amount"], party=member["wallet"], member_id=member_id)
    w.flow("filing bond change", "members", "due", f["returned"], party=member["wallet"], member_id=member_id)
    _remember(w, member)


@on("Fund", "Registered")
def registered(w: Writer, f: Fields) -> None:
    """R-109."""
    w.change("members", f["member_id"])["registered"] = True
    w.mutual()["entitled_shares"] += f["shares"]


@on("Fund", "PaidOut")
def paid_out(w: Writer, f: Fields) -> None:
    """R-110: balance and part; with the last part the rounding rest becomes surplus."""
    member_id, wallet = f["member_id"], f["wallet"]
    member = w.change("members", member_id)
    _go(w, member)
    member["exited"] = True
    member["exited_hour"] = f["exited"]
    w.flow("pay-out", "members", "outside", f["balance"], party=wallet, member_id=member_id)
    w.flow("part of surplus", "due", "outside", f["part"], party=wallet, member_id=member_id)
    if member["registered"]:
        mutual = w.mutual()
        mutual["shares_paid_out"] += member["shares"]
        mutual["set_aside_left"] -= f["part"]
        if mutual["shares_paid_out"] == mutual["entitled_shares"]:
            w.flow("set aside rest", "due", "surplus", mutual["set_aside_left"])
            mutual["set_aside_left"] = 0
    _remember(w, member)
