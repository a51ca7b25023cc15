# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Iterator, Sequence

from tongxin.chain.events import BatchToppedUp, Collected
from tongxin.charter import SCALE
from tongxin.demo.world import World

__all__ = ["FULL_RUNWAY_BPS", "Treasury"]

COLLECT_BATCH = 100
TOP_UP_BATCH = 200
FULL_RUNWAY_BPS = 20_000
"""What the sponsor and the standing orders fill a runway to, in basis points of the least runway."""
REFILL_BELOW_BPS = 11_000
"""The sponsor tops up when less than this part of a round's cap is left."""
UNLIMITED = 2**256 - 1


class Treasury:
    """Keeps runways filled: those of the savers by their standing orders, the others' by the sponsor (R-39, R-40)."""

    def __init__(self, world: World) -> None:
        self._world = world
        cast = world.plan.cast
        own = {*cast.savers, *cast.forgetful}
        self._sponsored = [number for number in range(len(world.people)) if number not in own]
        self._filled_to = 0

    @property
    def full_runway(self) -> int:
        """Ticks of a full runway."""
        numbers = self._world.numbers
        return min(numbers.min_runway * FULL_RUNWAY_BPS // 10_000, numbers.max_runway)

    def sponsor_filled_to(self, tick: int) -> None:
        """The runways that the sponsor keeps end here."""
        self._filled_to = tick

    def leave_out(self, person: int) -> None:
        """The sponsor no longer tops up somebody who leaves."""
        if person in self._sponsored:
            self._sponsored.remove(person)

    def set_orders(self) -> None:
        """Each saver gets tokens, accepts the charter and sets a standing order, which is then carried out."""
        world = self._world
        fund, token, numbers = world.mutual.fund, world.token, world.numbers
        dearest = max(numbers.classes)
        most = self.full_runway * numbers.tick_spacing * dearest // SCALE
        for person in world.plan.cast.savers:
            wallet = world.wallet(person)
            world.stage.push(token.mint(wallet.address, 10 * most))
            world.stage.act(wallet, token.approve(fund.address, UNLIMITED))
            world.accept(person)
            world.stage.act(wallet, fund.set_order(world.member_ids[person], most, self.full_runway))
        self.collect()

    def collect(self) -> tuple[int, int]:
        """Carries out the standing orders; returns how many members moved and the units they paid."""
        moved = paid = 0
        for ids in self._batches(self._world.plan.cast.savers, COLLECT_BATCH):
            receipt = self._world.stage.push(self._world.mutual.fund.collect(ids))
            orders = receipt.all(Collected)
            moved += len(orders)
            paid += sum(order.price for order in orders)
        return moved, paid

    def top_up_if_low(self) -> tuple[int, int]:
        """The sponsor fills the runways when they are low; returns how many members moved and the units paid."""
        world = self._world
        numbers = world.numbers
        index = world.mutual.fund.books().index
        if (self._filled_to * numbers.tick_spacing - index) * 10_000 > numbers.round_cap * REFILL_BELOW_BPS:
            return 0, 0
        tick = -(-index // numbers.tick_spacing) + self.full_runway
        sponsor = world.stage.keys.account("sponsor")
        moved = paid = 0
        for ids in self._batches(self._sponsored, TOP_UP_BATCH):
            receipt = world.stage.act(sponsor, world.mutual.fund.top_up_many(ids, [tick] * len(ids)))
            for batch in receipt.all(BatchToppedUp):
                moved += batch.count
                paid += batch.price
        self._filled_to = tick
        return moved, paid

    def _batches(self, people: Sequence[int], size: int) -> Iterator[list[bytes]]:
        for start in range(0, len(people), size):
            yield [self._world.member_ids[person] for person in people[start : start + size]]
