# SPDX-License-Identifier: AGPL-3.0-only
"""What events mean for the tables, where the lives on a chain do not come to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from tongxin.index.apply import Writer
from tongxin.index.book import Book, roll_back
from tongxin.index.decode import CONTRACTS, Entry, form
from tongxin.index.errors import IndexingError
from tongxin.index.registry import add_mutual
from tongxin.index.store import Store
from tongxin.index.tables import claims, flows, jurors, members, mutuals, rounds, surplus_changes, ticks
from tongxin.units import SCALE

ID, WALLET, OTHER = b"\1" * 32, b"\2" * 20, b"\3" * 20
COURT = b"\4" * 20
Said = tuple[str, str, Mapping[str, object]]


def word(item: object) -> bytes:
    if isinstance(item, bytes):
        return item.rjust(32, b"\0")
    assert isinstance(item, int)
    return item.to_bytes(32)


class Chain:
    """Events without a chain, one transaction each unless told together."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.block = 0
        fields: dict[str, Any] = {column.name: None for column in mutuals.columns if column.name != "mutual"}
        fields |= {column.name: 0 for column in mutuals.columns if not column.nullable and column.name != "mutual"}
        fields |= {contract.lower(): contract.encode().ljust(20, b".") for contract in CONTRACTS}
        fields |= {
            "token": b"t" * 20,
            "symbol": "T",
            "spacing": SCALE,
            "period": 100,
            "stage": 2,
            "pending_round": False,
        }
        with store.write() as connection:
            add_mutual(connection, fields | {"deposits": 10_000, "surplus": 500})

    def say(self, *said: Said) -> None:
        self.block += 1
        with self.store.write() as connection:
            book = Book(connection, self.store, 0)
            writer = Writer(book, {})
            for number, (contract, name, values) in enumerate(said):
                shape = form(contract, name)
                words = b"".join(word(values[field]) for field, _ in shape.readers)
                place = (1, self.block, number, 1_000 + 10 * self.block, contract, name, bytes([self.block]) * 32, 0)
                writer.tell(Entry(*place, words), shape)
            book.write()

    def rows(self, table: Table) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            query = select(table).order_by(*table.primary_key.columns)
            return [dict(row._mapping) for row in connection.execute(query)]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as store:
        yield Chain(store)


def joined(**changes: object) -> Said:
    values: dict[str, object] = {
        "member_id": ID, "wallet": WALLET, "payer": WALLET, "class_id": 0, "shares": 1_000, "tick": 50, "joined": 1,
        "price": 50_000, "entry_fee": 0, "accepted": True, "attested": True,
    }  # fmt: skip
    return "Fund", "Joined", values | changes


def filed(c: int) -> Said:
    numbers = {name: 0 for name, _ in form("Court", "Filed").readers}
    return "Court", "Filed", {**numbers, "c": c, "member_id": ID, "wallet": WALLET, "payee": WALLET, "filer": WALLET}


def deferred(c: int, due: int) -> Said:
    values = {"adjudicator": COURT, "claim": c, "payee": WALLET, "due": due, "call": 7, "round": 1, "carries": 1}
    return "Fund", "Deferred", values


def paid(c: int, amount: int, rest: int, *, carried: bool) -> Said:
    values = {"adjudicator": COURT, "claim": c, "payee": WALLET, "round": 1, "amount": amount, "rest": rest}
    return "Fund", "Paid", {**values, "carried": carried}


ROUND = {
    "number": 1, "due": 30, "call": 14, "from_surplus": 0, "collected": 21, "paid": 20, "fee": 0, "to_surplus": 1,
    "index": SCALE // 2,
}  # fmt: skip


def test_the_last_claim_of_a_round_leaves_the_rounding_rest_to_the_surplus(chain: Chain) -> None:
    chain.say(joined(), filed(1), filed(2), deferred(1, 15), deferred(2, 15))
    chain.say(("Fund", "RoundSettled", ROUND))
    chain.say(paid(1, 9, 6, carried=True))
    assert [row["unpaid"] for row in chain.rows(rounds)] == [11]
    chain.say(paid(2, 9, 6, carried=False))
    assert [(row["unpaid"], row["claims_left"]) for row in chain.rows(rounds)] == [(0, 0)]
    rest = [row for row in chain.rows(flows) if row["kind"] == "round rest"]
    assert [(row["source"], row["target"], row["amount"]) for row in rest] == [("due", "surplus", 2)]
    assert chain.rows(surplus_changes)[-1]["after"] == 500 + 1 + 2
    assert chain.rows(mutuals)[0]["due"] == 0
    waiting = [(row["waiting_due"], row["waiting_round"], row["carries_left"]) for row in chain.rows(claims)]
    assert waiting == [(6, 0, 1), (None, None, None)]


def test_a_round_closes_at_the_first_boundary_after_it_was_opened(chain: Chain) -> None:
    chain.say(joined(), filed(1), deferred(1, 15))
    assert [row["closes_at"] for row in chain.rows(rounds)] == [1_100]


def test_what_the_token_refused_to_pay_is_owed_and_did_not_leave(chain: Chain) -> None:
    exit_ = ("Fund", "Refunded", {"member_id": ID, "wallet": WALLET, "amount": 50_000, "exited": 2})
    chain.say(joined())
    chain.say(exit_, ("Fund", "Owed", {"payee": WALLET, "amount": 50_000}))
    assert [(row["kind"], row["target"]) for row in chain.rows(flows)] == [("join", "members"), ("exit", "due")]
    assert chain.rows(mutuals)[0]["due"] == 50_000


def test_a_debt_that_no_payment_explains_is_not_believed(chain: Chain) -> None:
    chain.say(joined())
    with pytest.raises(IndexingError, match="no payment before it explains"):
        chain.say(("Fund", "Owed", {"payee": OTHER, "amount": 5}))


def test_more_than_was_paid_in_cannot_go_out(chain: Chain) -> None:
    with pytest.raises(IndexingError, match="leaves logs out"):
        chain.say(("Fund", "Withdrawn", {"payee": OTHER, "amount": 5}))


def test_a_top_up_after_a_lapse_brings_the_member_back_and_the_arrears_to_the_surplus(chain: Chain) -> None:
    chain.say(joined(tick=3))
    crossed = ("Fund", "TickCrossed", {"tick": 3, "shares": 1_000, "heads": 1})
    loss = {"shortage": 100, "from_surplus": 0, "collected": 100, "index": 3 * SCALE}
    chain.say(crossed, ("Fund", "LossRecognised", loss))
    assert (chain.rows(mutuals)[0]["heads"], chain.rows(ticks)[0]["crossed_at"]) == (0, 1_020)
    chain.say(("Fund", "ToppedUp", {"member_id": ID, "payer": OTHER, "tick": 9, "price": 40, "arrears": 2}))
    assert (chain.rows(mutuals)[0]["heads"], chain.rows(mutuals)[0]["surplus"]) == (1, 502)
    assert [(row["tick"], row["heads"]) for row in chain.rows(ticks)] == [(3, 1), (9, 1)]


def test_a_wallet_that_was_proposed_can_be_vetoed_and_a_class_requested(chain: Chain) -> None:
    chain.say(joined())
    chain.say(("Office", "WalletProposed", {"member_id": ID, "wallet": OTHER, "ready_at": 9}))
    assert chain.rows(members)[0]["wallet_proposed"] == OTHER
    chain.say(("Office", "WalletVetoed", {"member_id": ID, "by": WALLET}))
    assert chain.rows(members)[0]["wallet_proposed"] is None
    chain.say(("Office", "ClassRequested", {"member_id": ID, "class_id": 2, "applies_at": 99}))
    assert chain.rows(members)[0]["class_requested"] == 2
    values = {"member_id": ID, "class_id": 2, "shares": 400, "changed": 5, "paid": 0, "returned": 10}
    chain.say(("Fund", "ClassSet", values))
    row = chain.rows(members)[0]
    assert (row["class_id"], row["shares"], row["class_requested"]) == (2, 400, None)
    assert (chain.rows(mutuals)[0]["shares"], chain.rows(ticks)[0]["shares"]) == (400, 400)


def test_a_juror_without_any_bond_left_is_out(chain: Chain) -> None:
    chain.say(joined(), filed(1))
    chain.say(("Jury", "Volunteered", {"index": 0, "wallet": WALLET, "member_id": ID, "half": 10}))
    chain.say(("Jury", "Slashed", {"index": 0, "key": 8, "amount": 10}))
    assert chain.rows(jurors)[0]["out_at"] is None
    chain.say(("Jury", "Slashed", {"index": 0, "key": 8, "amount": 10}))
    assert chain.rows(jurors)[0]["out_at"] == 1_040


def test_any_number_of_blocks_can_be_taken_back(chain: Chain) -> None:
    said: list[tuple[Said, ...]] = [
        (joined(),),
        (filed(1), deferred(1, 30)),
        (("Fund", "RoundSettled", ROUND),),
        (paid(1, 20, 10, carried=True),),
        (("Office", "ClassRequested", {"member_id": ID, "class_id": 2, "applies_at": 99}),),
    ]

    def everything() -> list[list[dict[str, Any]]]:
        return [chain.rows(table) for table in (mutuals, members, claims, rounds, flows, ticks, surplus_changes)]

    states = [everything()]
    for block in said:
        chain.say(*block)
        states.append(everything())
    for kept in range(len(said), -1, -1):
        with chain.store.write() as connection:
            roll_back(connection, chain.store, kept)
        assert everything() == states[kept]
