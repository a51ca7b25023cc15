# SPDX-License-Identifier: AGPL-3.0-only
"""Calls, settlements, rounds, bonds, dues and surplus (docs/spec/ledger.md)."""

from __future__ import annotations

from tongxin.index.apply.writer import OUTSIDE, Fields, Writer, on
from tongxin.index.book import Row

__all__: list[str] = []


@on("Fund", "Announced")
def announced(w: Writer, f: Fields) -> None:
    """R-7."""
    w.mutual()["open_calls"] += f["call"]


@on("Fund", "Retracted")
def retracted(w: Writer, f: Fields) -> None:
    """R-7."""
    w.mutual()["open_calls"] -= f["call"]


@on("Fund", "TickCrossed")
def tick_crossed(w: Writer, f: Fields) -> None:
    """R-5: logged before the settlement that crossed it."""
    tick = w.change("ticks", f["tick"])
    tick["crossed_at"] = w.time
    w.count_in(-f["shares"], -f["heads"])
    w.crossed.append(
        w.add(
            "crossings",
            time=w.time,
            tick=f["tick"],
            shares=f["shares"],
            heads=f["heads"],
            settlement_log_index=w.entry.log_index,
        )
    )


def _settled(w: Writer, f: Fields, kind: str, **also: object) -> None:
    """R-5, R-8: the apportionment, and the ticks it crossed."""
    before = w.row("mutuals")
    for row in w.crossed:
        row["settlement_log_index"] = w.entry.log_index
    w.add(
        "settlements",
        time=w.time,
        kind=kind,
        claim=also.get("claim"),
        round=also.get("round"),
        payee=also.get("payee"),
        due=f.get("due", f.get("shortage")),
        costs=f.get("costs", 0),
        call=f.get("call", 0),
        from_surplus=f["from_surplus"],
        collected=f["collected"],
        costs_paid=f.get("costs_paid", 0),
        paid=f.get("paid", 0),
        fee=f.get("fee", 0),
        to_surplus=also.get("to_surplus", f.get("to_surplus")),
        index_before=before["cost_index"],
        index_after=f["index"],
        shares_before=before["shares"] + sum(row["shares"] for row in w.crossed),
        shares_after=before["shares"],
        heads_before=before["heads"] + sum(row["heads"] for row in w.crossed),
        heads_after=before["heads"],
        ticks_crossed=len(w.crossed),
    )
    w.crossed = []
    w.raise_index(f["index"])


def _apportioned(w: Writer, f: Fields, *, claim: int | None = None, round_number: int | None = None) -> None:
    """Where a settlement's money came from, and fee and rest."""
    w.flow("from surplus", "surplus", "settlement", f["from_surplus"], claim=claim, round_number=round_number)
    w.flow("apportionment", "members", "settlement", f["collected"], claim=claim, round_number=round_number)
    w.flow("costs", "settlement", "bonds", f.get("costs_paid", 0), claim=claim, round_number=round_number)
    w.flow("fee", "settlement", "fees", f["fee"], claim=claim, round_number=round_number)
    w.flow("rounding", "settlement", "surplus", f["to_surplus"], claim=claim, round_number=round_number)


@on("Fund", "Settled")
def settled(w: Writer, f: Fields) -> None:
    """R-8 to R-11; the push of what is paid follows."""
    number = f["claim"]
    _settled(w, f, "claim", claim=number, payee=f["payee"])
    _apportioned(w, f, claim=number)
    w.flow("claim", "settlement", OUTSIDE, f["paid"], party=f["payee"], claim=number)
    w.mutual()["open_calls"] -= f["call"]
    w.change("claims", number)["paid"] += f["paid"]
    w.told_of(number)


@on("Fund", "RoundSettled")
def round_settled(w: Writer, f: Fields) -> None:
    """R-14."""
    number = f["number"]
    _settled(w, f, "round", round=number)
    _apportioned(w, f, round_number=number)
    w.flow("round", "settlement", "due", f["paid"], round_number=number)
    mutual = w.mutual()
    mutual["open_calls"] -= f["call"]
    mutual["pending_round"] = False
    row = w.change("rounds", number)
    row["settled_at"] = w.time
    row["settled_block"] = w.entry.block
    row["settled_log_index"] = w.entry.log_index
    row["paid"] = row["unpaid"] = f["paid"]


@on("Fund", "LossRecognised")
def loss_recognised(w: Writer, f: Fields) -> None:
    """R-21: what rounding took beyond the shortage comes back to the surplus."""
    back = max(0, f["from_surplus"] + f["collected"] - f["shortage"])
    _settled(w, f, "loss", to_surplus=back)
    w.flow("loss", "surplus", OUTSIDE, f["from_surplus"])
    w.flow("loss", "members", OUTSIDE, f["collected"])
    w.flow("loss", OUTSIDE, "surplus", back)


def _join_round(w: Writer, f: Fields, payee: bytes, earliest: int, *, carried: bool) -> None:
    """R-12, R-15: a claim's due joins the outstanding round, or opens one that closes at a boundary."""
    number, claim = f["round"], f["claim"]
    mutual = w.mutual()
    if not mutual["pending_round"]:
        founded, period = mutual["founded"], mutual["period"]
        closes_at = founded + -((founded - earliest) // period) * period
        w.put(
            "rounds",
            number=number,
            closes_at=closes_at,
            due=0,
            call=0,
            claims=0,
            claims_left=0,
            settled_at=None,
            settled_block=None,
            settled_log_index=None,
            paid=None,
            unpaid=None,
            opened_block=w.entry.block,
            changed_block=w.entry.block,
        )
        mutual["pending_round"] = True
        mutual["last_round"] = number
    row = w.change("rounds", number)
    row["due"] += f["due"]
    row["call"] += f["call"]
    row["claims"] += 1
    row["claims_left"] += 1
    w.put(
        "round_claims",
        round=number,
        claim=claim,
        payee=payee,
        due=f["due"],
        call=f["call"],
        carried=carried,
        paid=None,
        rest=None,
        rest_waits=None,
        paid_at=None,
        joined_block=w.entry.block,
        changed_block=w.entry.block,
    )


def _wait(claim: Row, due: int | None, round_number: int | None, carries: int | None) -> None:
    claim["waiting_due"], claim["waiting_round"], claim["carries_left"] = due, round_number, carries


@on("Fund", "Deferred")
def deferred(w: Writer, f: Fields) -> None:
    """R-12; with round 0 the rest of an immediate settlement, which waits for a carry (R-9)."""
    _wait(w.change("claims", f["claim"]), f["due"], f["round"], f["carries"])
    if f["round"]:
        _join_round(w, f, f["payee"], w.time + 1, carried=False)
    w.told_of(f["claim"])


@on("Fund", "Carried")
def carried(w: Writer, f: Fields) -> None:
    """R-15; its call is announced anew."""
    claim = w.change("claims", f["claim"])
    _wait(claim, f["due"], f["round"], claim["carries_left"] - 1)
    mutual = w.mutual()
    mutual["open_calls"] += f["call"]
    _join_round(w, f, claim["payee"], w.time + mutual["period"], carried=True)
    w.told_of(f["claim"])


@on("Fund", "Paid")
def paid(w: Writer, f: Fields) -> None:
    """R-14: with the last claim of a round the rounding rest becomes surplus."""
    number, claim_number = f["round"], f["claim"]
    w.flow("claim", "due", OUTSIDE, f["amount"], party=f["payee"], claim=claim_number, round_number=number)
    row = w.change("rounds", number)
    row["claims_left"] -= 1
    row["unpaid"] -= f["amount"]
    if not row["claims_left"]:
        w.flow("round rest", "due", "surplus", row["unpaid"], round_number=number)
        row["unpaid"] = 0
    part = w.change("round_claims", number, claim_number)
    part["paid"] = f["amount"]
    part["rest"] = f["rest"]
    part["rest_waits"] = f["carried"]
    part["paid_at"] = w.time
    claim = w.change("claims", claim_number)
    claim["paid"] += f["amount"]
    if f["carried"]:
        _wait(claim, f["rest"], 0, claim["carries_left"])
    else:
        _wait(claim, None, None, None)
    w.told_of(claim_number)


@on("Fund", "Held")
def held(w: Writer, f: Fields) -> None:
    """A bond; the event that follows says whose (`Filed`, `Challenged`, `Volunteered`)."""
    w.flow("bond", OUTSIDE, "bonds", f["amount"], party=f["payer"])


@on("Fund", "Released")
def released(w: Writer, f: Fields) -> None:
    """Out of the bonds; the event that follows says why (`Closed`, `BondWithdrawn`)."""
    w.flow("bond released", "bonds", OUTSIDE, f["amount"], party=f["to"])


@on("Fund", "Credited")
def credited(w: Writer, f: Fields) -> None:
    """R-83: juror pay; `JurorPaid` follows with the claim."""
    w.flow("juror pay", "bonds", "due", f["amount"], party=f["to"])


@on("Fund", "Forfeited")
def forfeited(w: Writer, f: Fields) -> None:
    """R-82; `Closed` follows with the claim."""
    w.flow("forfeited", "bonds", "surplus", f["amount"])


@on("Fund", "Owed")
def owed(w: Writer, f: Fields) -> None:
    """R-19."""
    w.refused(f["payee"], f["amount"])


@on("Fund", "Withdrawn")
def withdrawn(w: Writer, f: Fields) -> None:
    """R-19."""
    w.flow("withdrawal", "due", OUTSIDE, f["amount"], party=f["payee"])


@on("Fund", "FeesWithdrawn")
def fees_withdrawn(w: Writer, f: Fields) -> None:
    """R-23."""
    w.flow("fees", "fees", OUTSIDE, f["amount"], party=f["steward"])


@on("Fund", "Donated")
def donated(w: Writer, f: Fields) -> None:
    """R-22."""
    w.flow("donation", OUTSIDE, "surplus", f["amount"], party=f["payer"])


@on("Fund", "Absorbed")
def absorbed(w: Writer, f: Fields) -> None:
    """R-20."""
    w.flow("absorbed", OUTSIDE, "surplus", f["amount"])


@on("Fund", "DustSwept")
def dust_swept(w: Writer, f: Fields) -> None:
    """R-5."""
    w.flow("dust", "members", "surplus", f["amount"])


@on("Fund", "RemainderSwept")
def remainder_swept(w: Writer, f: Fields) -> None:
    """R-107, R-110."""
    w.flow("remainder", "surplus", "due", f["amount"], party=f["remainder"])
