# SPDX-License-Identifier: AGPL-3.0-only
"""An index of whole lives says what the contracts say, in both databases, and the same however it was made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from index.against_chain import check
from index.conftest import Lived, dumped, following
from tongxin.chain.events import Authorised, Revoked
from tongxin.chain.primitives import from_hex
from tongxin.index.decode import CONTRACTS
from tongxin.index.store import Store
from tongxin.index.tables import events, flows, grants, mutuals

pytestmark = pytest.mark.chain


def test_every_row_agrees_with_the_contracts(lived: Lived, database: str) -> None:
    with Store(database) as store, following(store, [lived.node.url]) as follower:
        assert follower.follow(lived.funds) == 2
        done = follower.catch_up()
        with store.read() as connection:
            assert done.events == connection.execute(select(func.count()).select_from(events)).scalar()
        compared = Counter[str]()
        for mutual in lived.mutuals:
            compared += check(store, mutual)
    assert set(compared) == {"members", "ticks", "claims", "panels", "jurors", "rounds", "proposals", "versions"}


def test_nothing_that_the_mutuals_logged_is_left_out(lived: Lived, database: str) -> None:
    with Store(database) as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
        with store.read() as connection:
            for mutual in lived.mutuals:
                number = connection.execute(
                    select(mutuals.c.mutual).where(mutuals.c.fund == from_hex(mutual.fund.address))
                ).scalar_one()
                query = select(events).where(events.c.mutual == number).order_by(events.c.block, events.c.log_index)
                rows = connection.execute(query).all()
                found = [(row.block, row.log_index, row.contract, row.name, row.transaction) for row in rows]
                wanted = [
                    (item.log.block, item.log.index, item.contract, type(item).__name__, from_hex(item.log.transaction))
                    for item in mutual.events(first=0)
                ]
                assert found == wanted


def test_both_databases_and_every_size_of_step_give_the_same_dump(
    lived: Lived, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    dumps = []
    for number, (span, aim) in enumerate([(32, 20_000), (1, 1), (7, 3)]):
        with (
            Store(f"sqlite:///{tmp_path}/{number}.sqlite") as store,
            following(store, [lived.node.url], first_span=span, aim=aim) as follower,
        ):
            follower.follow(lived.funds)
            follower.catch_up()
            dumps.append(dumped(store))
    make = request.getfixturevalue("postgres")
    with Store(make()) as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
        dumps.append(dumped(store))
    assert len(dumps[0].splitlines()) > 2_000
    assert dumps.count(dumps[0]) == 4


def test_mutuals_named_later_and_in_another_order_give_the_same_dump(lived: Lived, tmp_path: Path) -> None:
    dumps = []
    for number, order in enumerate((lived.funds, lived.funds[::-1])):
        with (
            Store(f"sqlite:///{tmp_path}/{number}.sqlite") as store,
            following(store, [lived.node.url]) as follower,
        ):
            if number == 0:
                follower.follow(order)
                follower.catch_up()
            else:
                for fund in order:
                    assert follower.follow([fund]) == 1
                    follower.catch_up()
                assert follower.follow(order) == 0
            dumps.append(dumped(store))
    assert dumps[0] == dumps[1]


def test_what_everybody_paid_and_got_is_told_by_kind(lived: Lived, tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
        with store.read() as connection:
            rows = connection.execute(select(flows.c.kind, flows.c.source, flows.c.target)).all()
    kinds = Counter(kind for kind, _, _ in rows)
    assert not {"bond", "bond released"} & set(kinds), "a bond that no event explains"
    told = {
        "join", "enrolment", "top-up", "standing order", "donation", "absorbed", "exit", "step back", "from surplus",
        "apportionment", "costs", "claim", "fee", "rounding", "round", "juror bond", "filing bond",
        "filing bond returned", "juror pay", "forfeited", "fees", "fees owed", "set aside", "part of surplus",
        "pay-out", "remainder", "withdrawal",
    }  # fmt: skip
    assert told <= set(kinds), told - set(kinds)


def test_grants_are_kept_with_their_revocation(lived: Lived, tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
        with store.read() as connection:
            rows = connection.execute(select(grants)).all()
    said: dict[tuple[bytes, bytes, bytes], bool] = {}
    for mutual in lived.mutuals:
        for item in mutual.events(kinds=(Authorised, Revoked)):
            assert isinstance(item, Authorised | Revoked)
            said[item.member_id, item.document, item.reader] = isinstance(item, Revoked)
    assert set(said.values()) == {True, False}, "the story has a grant of each kind"
    assert {(row.member_id, row.document, row.reader): row.revoked_block is not None for row in rows} == said


def test_the_contracts_that_are_read_are_all_of_a_mutual(lived: Lived) -> None:
    for mutual in lived.mutuals:
        assert len(mutual.addresses()) == len(CONTRACTS)
