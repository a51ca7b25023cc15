# SPDX-License-Identifier: AGPL-3.0-only
"""The chain drops blocks: exactly their rows go, and the rest is as if it had been read for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from index.against_chain import check
from index.conftest import dumped, following
from support.audit_story import CASES, Story, live
from support.sdk import DAY, World, founded
from tongxin.chain import dev_rpc
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.payments import by_allowance
from tongxin.index.errors import ReorganisationTooDeepError
from tongxin.index.status import heights, standing
from tongxin.index.store import Store
from tongxin.index.tables import CANONICAL, TECHNICAL, claims, members, undo

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A mutual in the middle of its life, with a challenge that goes to everybody; tests go on from there and back."""
    case = CASES["example-immediate"]
    folder = tmp_path_factory.mktemp("story")
    with EmbeddedNode() as node, founded(node, folder / "sent", case.charter, case.changes) as world:
        yield live(world, 24)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as opened:
        yield opened


@pytest.fixture
def back(story: Story) -> Iterator[None]:
    """Every test leaves the chain as it was."""
    snapshot = dev_rpc.request(story.world.node.url, "evm_snapshot")
    yield
    story.world.go_back(snapshot)


@pytest.fixture
def newly_founded(tmp_path: Path) -> Iterator[World]:
    """A mutual without members, on a chain of its own."""
    case = CASES["example-immediate"]
    with EmbeddedNode() as node, founded(node, tmp_path / "sent", case.charter, case.changes) as world:
        yield world


def drop(world: World, blocks: int) -> None:
    """The last blocks are replaced by empty ones."""
    dev_rpc.request(world.node.url, "anvil_reorg", blocks, [])


def fresh(world: World, tmp_path: Path, name: str = "fresh") -> str:
    """The dump of an index that never saw anything else."""
    with (
        Store(f"sqlite:///{tmp_path}/{name}.sqlite") as store,
        following(store, [world.node.url]) as follower,
    ):
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        return dumped(store)


def agrees(store: Store, world: World, tmp_path: Path, name: str = "fresh") -> None:
    check(store, Mutual.at(world.endpoints, world.mutual.fund.address))
    assert dumped(store) == fresh(world, tmp_path, name)


@pytest.mark.usefixtures("back")
def test_what_a_dropped_block_said_is_taken_back(story: Story, store: Store, tmp_path: Path) -> None:
    world = story.world
    with following(store, [world.node.url]) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        before = dumped(store)
        head = world.mutual.head().number
        world.member("late")
        story.file(story.claimant)
        follower.catch_up()
        assert dumped(store) != before
        drop(world, world.mutual.head().number - head)
        done = follower.catch_up()
        assert done.dropped == 1
        assert dumped(store) == before
        agrees(store, world, tmp_path)


@pytest.mark.usefixtures("back")
def test_another_course_of_things_is_followed(story: Story, store: Store, tmp_path: Path) -> None:
    world, url = story.world, story.world.node.url
    fork = dev_rpc.request(url, "evm_snapshot")
    with following(store, [url]) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        c = story.file(story.claimant)
        story.judge(c, [2])
        world.member("first course")
        follower.catch_up()
        with store.read() as connection:
            stages = [row.stage for row in connection.execute(select(claims).where(claims.c.claim == c))]
        assert stages == [world.mutual.court.state(c).stage]
        world.go_back(fork)
        world.wait(DAY)
        member_id, sender = story.claimant
        world.mutual.allow(sender, 1_000_000)
        sender.send(world.mutual.fund.donate(1_000_000, by_allowance()))
        sender.send(world.mutual.fund.leave(member_id))
        world.member("second course")
        done = follower.catch_up()
        assert done.dropped == 1
        agrees(store, world, tmp_path)


@pytest.mark.usefixtures("back")
@pytest.mark.parametrize("stage", ["enrolment", "vote", "settlement"])
def test_in_the_middle_of_a_step_of_the_court_or_a_batch(
    story: Story, store: Store, tmp_path: Path, stage: str
) -> None:
    """Read block by block, dropped in the middle, read again: as deep as what happened since."""
    world = story.world
    with following(store, [world.node.url], first_span=1, aim=1) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        if stage == "enrolment":
            for number in range(6):
                world.member(f"one of a batch {number}")
                follower.catch_up()
            depth = 9
        else:
            c = story.file(story.claimant)
            follower.catch_up()
            story.judge(c, [2, 2, 1])
            follower.catch_up()
            depth = 4
            if stage == "settlement":
                story.close(c, 2)
                follower.catch_up()
                depth = 6
        drop(world, depth)
        assert follower.catch_up().dropped == 1
        agrees(store, world, tmp_path)
        drop(world, 2 * depth)
        assert follower.catch_up().dropped == 1
        agrees(store, world, tmp_path, "again")


@pytest.mark.usefixtures("back")
def test_several_in_a_row_and_back_to_the_first_course(story: Story, store: Store, tmp_path: Path) -> None:
    world, url = story.world, story.world.node.url
    with following(store, [url], first_span=3) as follower:
        follower.follow([world.mutual.fund.address])
        for number in range(4):
            world.member(f"number {number}")
            follower.catch_up()
            drop(world, 1 + number)
            follower.catch_up()
            agrees(store, world, tmp_path, f"fresh {number}")


@pytest.mark.usefixtures("back")
def test_a_shorter_chain_is_followed_at_once(story: Story, store: Store, tmp_path: Path) -> None:
    world, url = story.world, story.world.node.url
    snapshot = dev_rpc.request(url, "evm_snapshot")
    world.member("soon gone")
    world.mine(10)
    with following(store, [url]) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        assert dev_rpc.request(url, "evm_revert", snapshot)
        follower.catch_up()
        found = heights(store)
        assert found is not None
        assert found.head == world.mutual.head().number
        agrees(store, world, tmp_path)


@pytest.mark.usefixtures("back")
def test_a_reorganisation_while_nobody_looked_is_noticed_by_the_next_run(
    story: Story, store: Store, tmp_path: Path
) -> None:
    world = story.world
    world.member("nobody looked")
    with following(store, [world.node.url]) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
    drop(world, 2)
    world.mine(30)
    with following(store, [world.node.url]) as follower:
        assert follower.catch_up().dropped == 1
    agrees(store, world, tmp_path)


def test_deeper_than_final_it_stops_and_says_so_and_can_begin_anew(
    newly_founded: World, store: Store, tmp_path: Path
) -> None:
    world = newly_founded
    world.mine(30)
    world.member("final")
    world.mine(70)
    with following(store, [world.node.url]) as follower:
        follower.follow([world.mutual.fund.address])
        follower.catch_up()
        before = dumped(store)
        drop(world, 80)
        with pytest.raises(ReorganisationTooDeepError, match="tongxin index rebuild"):
            follower.catch_up()
        assert dumped(store) == before
        follower.begin_anew()
        follower.catch_up()
        agrees(store, world, tmp_path)


def test_rows_are_seen_then_confirmed_then_final_and_keep_no_undo_then(newly_founded: World, store: Store) -> None:
    world = newly_founded
    with following(store, [world.node.url]) as follower:
        follower.follow([world.mutual.fund.address])
        member_id, _ = world.member("status")
        said = []
        for blocks in (0, 12, 60):
            if blocks:
                world.mine(blocks)
            follower.catch_up()
            found = heights(store)
            assert found is not None
            with store.read() as connection:
                row = connection.execute(select(members).where(members.c.member_id == member_id)).one()
                kept = connection.execute(
                    select(func.count()).select_from(undo).where(undo.c.block == row.first_block)
                ).scalar_one()
            said.append((standing(row.first_block, found), kept > 0))
    assert said == [("seen", True), ("confirmed", True), ("final", False)]


def test_a_founding_that_is_dropped_and_mined_again_is_read_again(tmp_path: Path, store: Store) -> None:
    case = CASES["example-immediate"]
    with EmbeddedNode() as node:
        snapshot = dev_rpc.request(node.url, "evm_snapshot")
        with founded(node, tmp_path / "one", case.charter, case.changes) as world:
            fund = world.mutual.fund.address
            world.member("in the first")
            with following(store, [node.url]) as follower:
                follower.follow([fund])
                follower.catch_up()
        assert dev_rpc.request(node.url, "evm_revert", snapshot)
        dev_rpc.increase_time(node.url, DAY)
        with founded(node, tmp_path / "two", case.charter, case.changes) as world:
            assert world.mutual.fund.address == fund
            world.member("in the second")
            with following(store, [node.url]) as follower:
                follower.catch_up()
            agrees(store, world, tmp_path)


def test_every_table_is_put_back_or_belongs_to_this_database_alone() -> None:
    assert not set(CANONICAL) & set(TECHNICAL)
