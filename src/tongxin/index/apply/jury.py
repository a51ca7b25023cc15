# SPDX-License-Identifier: AGPL-3.0-only
"""The bench, panels, seats and votes (docs/spec/court.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import Fields, Writer, on
from tongxin.index.book import Row
from tongxin.index.errors import IndexingError
from tongxin.words import SEATS_IN_PANEL, SEATS_PER_WORD, Stage

__all__: list[str] = []

_SEAT = 24
"""Bits of a seat in a packed word."""


def _panel(w: Writer, f: Fields) -> Row:
    w.told_of(f["key"] // 8)
    return w.change("panels", f["key"])


# The bench


@on("Jury", "CourtNamed")
def court_named(w: Writer, f: Fields) -> None:
    """The founding's; the mutual's row names the Court."""


@on("Jury", "Volunteered")
def volunteered(w: Writer, f: Fields) -> None:
    """R-66; the bond was told just before."""
    w.put(
        "jurors",
        volunteer=f["index"],
        wallet=f["wallet"],
        member_id=f["member_id"],
        half=f["half"],
        out_at=None,
        dismissed=False,
        slashed=0,
        withdrawn=0,
        volunteered_block=w.entry.block,
        changed_block=w.entry.block,
    )
    bond = w.last_flow("bond")
    if bond is not None:
        bond["kind"], bond["member_id"] = "juror bond", f["member_id"]


@on("Jury", "Retired")
def retired(w: Writer, f: Fields) -> None:
    """R-66."""
    w.change("jurors", f["index"])["out_at"] = f["out_at"]


@on("Jury", "Dismissed")
def dismissed(w: Writer, f: Fields) -> None:
    """R-66."""
    juror = w.change("jurors", f["index"])
    juror["out_at"] = f["out_at"]
    juror["dismissed"] = True


@on("Jury", "BondWithdrawn")
def bond_withdrawn(w: Writer, f: Fields) -> None:
    """R-66; what was released was told just before."""
    juror = w.change("jurors", f["index"])
    juror["withdrawn"] = f["amount"]
    bond = w.last_flow("bond released")
    if bond is not None:
        bond["kind"], bond["member_id"] = "juror bond returned", juror["member_id"]


@on("Jury", "Slashed")
def slashed(w: Writer, f: Fields) -> None:
    """R-71, R-72, R-82: who has nothing left of the bond is out."""
    juror = w.change("jurors", f["index"])
    juror["slashed"] += f["amount"]
    if juror["out_at"] is None and juror["slashed"] == 2 * juror["half"]:
        juror["out_at"] = w.time
    w.told_of(f["key"] // 8)


# Panels


def _form(w: Writer, key: int, attempt: int, *, is_open: bool) -> Row:
    """A panel as it begins, or begins again."""
    w.told_of(key // 8)
    before = w.find("panels", key)
    return w.put(
        "panels",
        panel=key,
        claim=key // 8,
        number=key % 4,
        is_open=is_open,
        attempt=attempt,
        seed=None if before is None else before["seed"],
        seats=0,
        keys_hash=None if before is None else before["keys_hash"],
        commit_by=None,
        reveal_by=None,
        reveals_open=False,
        least_votes=None,
        heads=None,
        status=None,
        level=None,
        valid=None,
        slashed=None,
        concluded_at=None,
        jurors_paid=None,
        drawn_block=w.entry.block,
        changed_block=w.entry.block,
    )


@on("Jury", "SeatsDrawn")
def seats_drawn(w: Writer, f: Fields) -> None:
    """R-67: word 0 holds the seats of the panel's own word, the others ten each."""
    key, word_number, attempt, packed = f["key"], f["w"], f["attempt"], f["seats"]
    panel = _form(w, key, attempt, is_open=False) if word_number == 0 else _panel(w, f)
    first = 0 if word_number == 0 else SEATS_IN_PANEL + SEATS_PER_WORD * (word_number - 1)
    count = SEATS_IN_PANEL if word_number == 0 else SEATS_PER_WORD
    for place in range(count):
        number = (packed >> _SEAT * place) & ((1 << _SEAT) - 1)
        if not number:
            break
        juror = w.row("jurors", number - 1)
        w.put(
            "seats",
            panel=key,
            seat=first + place,
            attempt=attempt,
            volunteer=number - 1,
            juror=juror["wallet"],
            member_id=juror["member_id"],
            drawn_block=w.entry.block,
        )
        panel["seats"] += 1


@on("Jury", "PanelOpened")
def panel_opened(w: Writer, f: Fields) -> None:
    """R-75: also when a redrawn panel failed, which the Court does not log."""
    key = f["key"]
    panel = _form(w, key, f["attempt"], is_open=True)
    for name in ("commit_by", "reveal_by", "least_votes", "heads"):
        panel[name] = f[name]
    claim = w.change("claims", key // 8)
    claim["panel"] = key
    claim["stage"] = int(Stage.VOTING)
    claim["deadline"] = f["reveal_by"]


@on("Jury", "VotingStarted")
def voting_started(w: Writer, f: Fields) -> None:
    """R-68."""
    panel = _panel(w, f)
    for name in ("attempt", "commit_by", "reveal_by"):
        panel[name] = f[name]
    panel["reveals_open"] = False


@on("Jury", "RevealsOpened")
def reveals_opened(w: Writer, f: Fields) -> None:
    """R-69."""
    panel = _panel(w, f)
    panel["reveals_open"] = True
    panel["reveal_by"] = f["reveal_by"]


@on("Jury", "Extended")
def extended(w: Writer, f: Fields) -> None:
    """R-84."""
    panel = _panel(w, f)
    panel["commit_by"] = f["commit_by"]
    panel["reveal_by"] = f["reveal_by"]


@on("Jury", "Concluded")
def concluded(w: Writer, f: Fields) -> None:
    """R-72."""
    panel = _panel(w, f)
    for name in ("attempt", "status", "level", "valid", "slashed"):
        panel[name] = f[name]
    panel["concluded_at"] = w.time


# Votes


def _seated(w: Writer, panel: Row, seat: int) -> bytes:
    """The wallet of a seat: on an open panel its number is the wallet, else who was drawn last."""
    if panel["is_open"]:
        return seat.to_bytes(20)
    for attempt in range(panel["attempt"], -1, -1):
        row = w.find("seats", panel["panel"], seat, attempt)
        if row is not None:
            return bytes(row["juror"])
    raise IndexingError(f"a vote was given for seat {seat} of panel {panel['panel']}, which nobody was drawn for")


def _vote(w: Writer, panel: Row, juror: bytes) -> Row:
    """A juror's latest vote, to change."""
    for attempt in range(panel["attempt"], -1, -1):
        if w.find("votes", panel["panel"], attempt, juror) is not None:
            return w.change("votes", panel["panel"], attempt, juror)
    raise IndexingError(f"a vote on panel {panel['panel']} was shown that was never given")


@on("Jury", "Committed")
def committed(w: Writer, f: Fields) -> None:
    """R-69: a later commitment replaces an earlier one."""
    w.told_of(f["key"] // 8)
    panel = w.row("panels", f["key"])
    w.put(
        "votes",
        panel=f["key"],
        attempt=panel["attempt"],
        juror=f["juror"],
        seat=None if panel["is_open"] else f["seat"],
        member_id=f["member_id"] if any(f["member_id"]) else None,
        commitment=f["commitment"],
        committed_at=w.time,
        level=None,
        reason=None,
        salt=None,
        revealed_at=None,
        exposed_by=None,
        paid=0,
        changed_block=w.entry.block,
    )


def _show(w: Writer, f: Fields) -> Row:
    w.told_of(f["key"] // 8)
    panel = w.row("panels", f["key"])
    vote = _vote(w, panel, _seated(w, panel, f["seat"]))
    for name in ("level", "reason", "salt"):
        vote[name] = f[name]
    return vote


@on("Jury", "Revealed")
def revealed(w: Writer, f: Fields) -> None:
    """R-70."""
    _show(w, f)["revealed_at"] = w.time


@on("Jury", "Exposed")
def exposed(w: Writer, f: Fields) -> None:
    """R-71: void, and not revealed."""
    _show(w, f)["exposed_by"] = f["by"]


@on("Jury", "InvestigatorAsked")
def investigator_asked(w: Writer, f: Fields) -> None:
    """R-84."""
    w.told_of(f["key"] // 8)


@on("Jury", "JurorPaid")
def juror_paid(w: Writer, f: Fields) -> None:
    """R-83; the due was told just before."""
    claim = f["key"] // 8
    w.told_of(claim)
    _vote(w, w.row("panels", f["key"]), f["juror"])["paid"] += f["amount"]
    pay = w.last_flow("juror pay")
    if pay is not None:
        pay["claim"] = claim


@on("Jury", "SeatKeyAnnounced")
def seat_key_announced(w: Writer, f: Fields) -> None:
    """R-122."""
    w.told_of(f["key"] // 8)
    w.add(
        "seat_keys",
        panel=f["key"],
        seat=f["seat"],
        attempt=f["attempt"],
        juror=f["juror"],
        kind=f["kind"],
        public_key=f["public_key"],
    )
