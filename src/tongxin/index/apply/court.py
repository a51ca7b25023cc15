# SPDX-License-Identifier: AGPL-3.0-only
"""Claims from filing to closing (docs/spec/court.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import Fields, Writer, on
from tongxin.index.book import Row
from tongxin.words import Stage

__all__: list[str] = []

OPEN_PANEL = 4
"""Added to the key of an open panel."""


def _claim(w: Writer, f: Fields) -> Row:
    w.told_of(f["c"])
    return w.change("claims", f["c"])


@on("Court", "Filed")
def filed(w: Writer, f: Fields) -> None:
    """R-60; the bond was told just before."""
    c = f["c"]
    w.put(
        "claims",
        claim=c,
        member_id=f["member_id"],
        filer=f["filer"],
        wallet=f["wallet"],
        payee=f["payee"],
        contact_a=f["contact_a"],
        contact_b=f["contact_b"],
        benefit=f["benefit"],
        class_id=f["class_id"],
        day=f["day"],
        filed_at=f["filed_at"],
        claimed=f["claimed"],
        base=f["base"],
        version=f["version"],
        pool=f["pool"],
        evidence=f["evidence"],
        seal_key=f["seal_key"],
        summary=f["summary"],
        bond=f["bond"],
        source=f["source"],
        filed_block=w.entry.block,
        stage=int(Stage.LOT),
        panel=8 * c,
        lot_block=f["lot_block"],
        deadline=None,
        level=None,
        due=0,
        call=0,
        costs=0,
        challenges=0,
        cured=False,
        reviewed=False,
        commissioned=False,
        report_hash=None,
        closed_at=None,
        closed_block=None,
        owed=None,
        costs_paid=None,
        pay_per_seat=None,
        rewards=None,
        to_surplus=None,
        paid=0,
        waiting_due=None,
        waiting_round=None,
        carries_left=None,
        changed_block=w.entry.block,
    )
    w.mutual()["claims"] += 1
    for kind in ("bond", "filing bond", "filing bond change"):
        bond = w.last_flow(kind)
        if bond is not None and bond["claim"] is None:
            bond["kind"] = "filing bond" if kind == "bond" else kind
            bond["member_id"], bond["claim"] = f["member_id"], c
    w.told_of(c)


@on("Court", "Drawn")
def drawn(w: Writer, f: Fields) -> None:
    """R-65, R-67: where the lot fills no panel, the open one was told just before."""
    claim = _claim(w, f)
    key = f["key"] if f["filled"] else f["key"] | OPEN_PANEL
    w.change("panels", key)["seed"] = f["seed"]
    claim["panel"] = key
    claim["stage"] = int(Stage.ACCESS if f["filled"] else Stage.VOTING)
    claim["deadline"] = f["deadline"]


@on("Court", "AccessGranted")
def access_granted(w: Writer, f: Fields) -> None:
    """R-68."""
    claim = _claim(w, f)
    claim["stage"] = int(Stage.VOTING)
    claim["deadline"] = f["reveal_by"]
    w.change("panels", f["key"])["keys_hash"] = f["keys_hash"]


@on("Court", "Cured")
def cured(w: Writer, f: Fields) -> None:
    """R-74: a drawn panel waits for access again, an open one votes again."""
    claim = _claim(w, f)
    is_open = w.row("panels", claim["panel"])["is_open"]
    claim["stage"] = int(Stage.VOTING if is_open else Stage.ACCESS)
    claim["cured"] = True
    claim["evidence"] = f["evidence"]
    claim["deadline"] = f["deadline"]


@on("Court", "TimedOut")
def timed_out(w: Writer, f: Fields) -> None:
    """R-68, R-74: `Closed` or `Verdict` follows."""
    w.told_of(f["c"])


@on("Court", "Incomplete")
def incomplete(w: Writer, f: Fields) -> None:
    """R-74."""
    claim = _claim(w, f)
    claim["stage"] = int(Stage.CURE)
    claim["deadline"] = f["deadline"]


@on("Court", "Verdict")
def verdict(w: Writer, f: Fields) -> None:
    """R-76."""
    claim = _claim(w, f)
    claim["stage"] = int(Stage.NOTICE)
    for name in ("level", "due", "call", "costs", "deadline", "lot_block"):
        claim[name] = f[name]


def _to_the_lot(claim: Row, lot_block: int) -> None:
    claim["stage"] = int(Stage.LOT)
    claim["lot_block"] = lot_block
    claim["deadline"] = None


@on("Court", "Redraw")
def redraw(w: Writer, f: Fields) -> None:
    """R-73."""
    _to_the_lot(_claim(w, f), f["lot_block"])


def _next_panel(claim: Row, lot_block: int) -> None:
    """R-77: what the verdict announced is taken back."""
    _to_the_lot(claim, lot_block)
    claim["due"] = claim["call"] = claim["costs"] = 0
    claim["challenges"] += 1
    # an open panel follows an open one, else a drawn one.
    claim["panel"] += 1


@on("Court", "Challenged")
def challenged(w: Writer, f: Fields) -> None:
    """R-77; a bond was told just before."""
    claim = _claim(w, f)
    _next_panel(claim, f["lot_block"])
    w.put(
        "challenges",
        claim=f["c"],
        number=f["n"],
        challenger=f["challenger"],
        kind=f["kind"],
        level=f["level"],
        bond=f["bond"],
        block=w.entry.block,
        log_index=w.entry.log_index,
    )
    bond = w.last_flow("bond")
    if bond is not None:
        bond["kind"], bond["claim"] = "challenge bond", f["c"]


@on("Court", "Reviewed")
def reviewed(w: Writer, f: Fields) -> None:
    """R-78."""
    claim = _claim(w, f)
    claim["reviewed"] = True
    if f["selected"]:
        _next_panel(claim, f["lot_block"])


@on("Court", "Commissioned")
def commissioned(w: Writer, f: Fields) -> None:
    """R-84; `Extended` was told just before."""
    claim = _claim(w, f)
    claim["commissioned"] = True
    claim["deadline"] = w.row("panels", f["key"])["reveal_by"]


@on("Court", "Reported")
def reported(w: Writer, f: Fields) -> None:
    """R-84."""
    _claim(w, f)["report_hash"] = f["report_hash"]


@on("Court", "Closed")
def closed(w: Writer, f: Fields) -> None:
    """R-80 to R-82; settlement and bonds were told just before."""
    c = f["c"]
    claim = _claim(w, f)
    claim["stage"] = int(Stage.GRANTED if f["level"] else Stage.DENIED)
    claim["closed_at"] = w.time
    claim["closed_block"] = w.entry.block
    for name in ("level", "due", "owed", "costs", "costs_paid", "pay_per_seat", "rewards", "to_surplus"):
        claim[name] = f[name]
    challengers = set()
    for number in range(1, claim["challenges"] + 1):
        row = w.find("challenges", c, number)
        if row is not None:
            challengers.add(row["challenger"])
    returned_to = {claim["payee"], claim["filer"]}
    for flow in w.flows:
        if flow["kind"] == "forfeited" and flow["claim"] is None:
            flow["claim"] = c
        if flow["kind"] != "bond released":
            continue
        flow["claim"] = c
        party = flow["party"]
        if party in returned_to:
            flow["kind"] = "filing bond returned"
            # Whoever gets anything after that gets it as a challenger.
            returned_to = set()
        elif party in challengers:
            flow["kind"] = "challenge bond returned"
        else:
            flow["kind"] = "investigator"


@on("Court", "JurorsPaid")
def jurors_paid(w: Writer, f: Fields) -> None:
    """R-83; each was told just before."""
    w.told_of(f["c"])
    w.change("panels", 8 * f["c"] + f["n"])["jurors_paid"] = f["count"]
