# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tongxin.chain.events import BatchEnrolled
from tongxin.chain.fund import ENROL_BATCH
from tongxin.chain.keys import KeySigner
from tongxin.chain.typed_data import fund_domain, roster
from tongxin.demo.errors import DemoError
from tongxin.demo.treasury import UNLIMITED, Treasury
from tongxin.demo.world import DAY, World

__all__ = ["enrol_everybody"]

WEEK = 7 * DAY
BPS = 10_000
SPONSORS_UNITS = 2**80
"""Test money, more than any demo needs."""


def enrol_everybody(world: World, treasury: Treasury) -> None:
    """The attestor signs batches of the roster, the sponsor pays; no more a week than the charter admits (R-35, R-37).

    The mutual gathers until the charter's least number has come, and then starts (R-105).

    The sponsor pays a full runway for everybody but savers and forgetful, who begin with the least.

    Raises:
        DemoError: The fund admitted another number than there are people.
    """
    stage, fund, numbers = world.stage, world.mutual.fund, world.numbers
    sponsor, attestor = stage.keys.account("sponsor"), KeySigner(stage.keys.account("attestor"))
    stage.push(world.token.mint(sponsor.address, SPONSORS_UNITS))
    stage.act(sponsor, world.token.approve(fund.address, UNLIMITED))
    domain = fund_domain(stage.endpoints.chain_id, fund.address)
    week, heads_then, admitted_this_week, admitted = -1, 0, 0, 0
    started = numbers.minimum_members <= 1
    for class_id, runway, people in _groups(world, treasury):
        waiting = people
        while waiting:
            now = world.clock.now
            if now // WEEK != week:
                week, heads_then, admitted_this_week = now // WEEK, admitted, 0
            room = max(numbers.admission_floor, heads_then * numbers.admission_bps // BPS) - admitted_this_week
            if room == 0:
                world.clock.travel((week + 1) * WEEK)
                continue
            batch, waiting = waiting[: min(ENROL_BATCH, room)], waiting[min(ENROL_BATCH, room) :]
            ids = [world.member_ids[person] for person in batch]
            wallets = [world.wallet(person).address for person in batch]
            issued, expiry = now, now + DAY
            signature = attestor.sign_typed(roster(domain, ids, wallets, class_id, issued=issued, expiry=expiry))
            action = fund.enrol(ids, wallets, class_id, runway, issued=issued, expiry=expiry, signatures=[signature])
            receipt = stage.act(sponsor, action)
            count = receipt.one(BatchEnrolled).count
            admitted += count
            admitted_this_week += count
            world.narrator.step(admitted)
            if admitted >= numbers.minimum_members and not started:
                started = True
                stage.push(fund.start())
                world.narrator.rule(
                    f"{numbers.minimum_members} were to come together first and {admitted} are here: the mutual starts"
                )
    if admitted != len(world.people):
        raise DemoError(f"the fund admitted {admitted} of {len(world.people)} people")
    treasury.sponsor_filled_to(treasury.full_runway)


def _groups(world: World, treasury: Treasury) -> Iterator[tuple[int, int, list[int]]]:
    """Class, runway in ticks, and people of each kind; before the first claim a runway of n ticks ends on tick n."""
    cast = world.plan.cast
    short = {*cast.savers, *cast.forgetful}
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for person in world.people:
        runway = world.numbers.min_runway if person.number in short else treasury.full_runway
        groups[person.class_id, runway].append(person.number)
    for (class_id, runway), people in sorted(groups.items()):
        yield class_id, runway, people
