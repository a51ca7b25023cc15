# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from tongxin import audit
from tongxin.actuary import BandPremium, IncidenceTable, Life, like_premium, load_incidence_table
from tongxin.chain.node import EmbeddedNode
from tongxin.charter import SCALE, Charter, load_charter, numbers_of
from tongxin.demo.agenda import Agenda
from tongxin.demo.clock import GENESIS_TIME, ChainClock
from tongxin.demo.enrolment import enrol_everybody
from tongxin.demo.errors import DemoError
from tongxin.demo.figures import Figures, read_figures
from tongxin.demo.founding import found
from tongxin.demo.narrator import Narrator
from tongxin.demo.papers import Papers
from tongxin.demo.people import KeyRing, Person, people_after
from tongxin.demo.plan import Part, Plan, main_benefit, make_plan, severity_of, table_ages
from tongxin.demo.report import print_audit, print_report
from tongxin.demo.result import Band, DemoResult
from tongxin.demo.script import Script
from tongxin.demo.shipped import shipped
from tongxin.demo.stage import Stage
from tongxin.demo.treasury import Treasury
from tongxin.demo.world import World
from tongxin.roster import TagKey, read_roster

__all__ = ["INCIDENCE_TABLE", "LOSS_RATIO", "run"]

INCIDENCE_TABLE = 1736
LOSS_RATIO = 0.65
"""Assumed part of an insurer's premium that comes back as claims; the rest is expenses, capital and profit."""
MOST_LINES = 40
"""Above so many drawn accidents they are not told one by one."""
FOUNDING_STEPS = 19
MOST_WITH_HISTORY = 2000
"""Above so many members the local chain forgets old states, which it would copy for every block."""
LARGEST_SEED = 2**63
DAYS_PER_YEAR = 365
RUN_OFF_DAYS = 90
"""About how long the last claims take to be filed, judged and paid; only the progress bar needs it."""


def run(
    members: int = 500,
    years: int = 1,
    seed: int = 1,
    *,
    serve: bool = True,
    json_path: Path | None = None,
    console: Console | None = None,
) -> DemoResult:
    """Founds the facade cleaners' mutual on a local chain of its own, lives through years of it, audits it.

    Args:
        members: People to enrol, 100 or more.
        years: Years of drawn accidents, 1 to 10; the script's events happen in the first.
        seed: What accidents, parts and keys are drawn from; the same seed gives the same chain.
        serve: Leave the node running at the end until it is interrupted; never when standard input is no terminal.
        json_path: Where to write the result.
        console: Where to tell it.

    Raises:
        DemoError: It can't be run as asked, or the chain does not hold what it must.
        TongxinError: A part of it failed.
    """
    began = time.monotonic()
    console = console or Console()
    if not 1 <= years <= 10:
        raise DemoError(f"the demo runs 1 to 10 years, not {years}")
    if not 0 <= seed < LARGEST_SEED:
        raise DemoError(f"a seed is a whole number from 0 to {LARGEST_SEED - 1}, not {seed}")
    if json_path is not None and not json_path.parent.is_dir():
        raise DemoError(f"the result can't be written to {json_path}: there is no folder {json_path.parent}")
    company = _assemble(members, years, seed)
    _introduce(console, company)
    with EmbeddedNode(genesis_time=GENESIS_TIME, old_states=members <= MOST_WITH_HISTORY) as node:
        with (
            tempfile.TemporaryDirectory(prefix="tongxin-demo-") as folder,
            ChainClock(node.url) as clock,
            Narrator(console, quiet_drawn=len(company.plan.of(Part.DRAWN)) > MOST_LINES) as narrator,
        ):
            papers = Papers(Path(folder))
            world, script = _play(node.url, clock, narrator, company, papers)
            figures = read_figures(world.mutual, world.member_ids)
            report = audit.run([node.url], world.mutual.fund.address, stores=papers.stores)
        seconds = time.monotonic() - began
        result = _result(world, script, company, figures, audit_ok=report.ok, seconds=seconds)
        print_report(console, result, world.charter.token.symbol, world.charter.token.decimals)
        _explain_premium(console, company)
        print_audit(console, report)
        if json_path is not None:
            json_path.write_text(result.to_json(), encoding="utf-8")
        if serve and sys.stdin.isatty():
            _serve(console, node, world)
    return result


@dataclass(frozen=True)
class _Company:
    """What is known before the chain is started."""

    charter: Charter
    table: IncidenceTable
    keys: KeyRing
    people: Sequence[Person]
    plan: Plan
    premiums: Sequence[BandPremium]
    years: int
    seed: int


def _assemble(members: int, years: int, seed: int) -> _Company:
    charter = load_charter(shipped("facade-cleaners.yaml"))
    table = load_incidence_table(INCIDENCE_TABLE)
    names = {text: place for place, item in enumerate(charter.classes) for text in (item.label.zh, item.label.en)}
    roster = read_roster(shipped("rosters/facade-cleaners.csv"), names)
    if not roster.is_clean:
        raise DemoError(f"the shipped roster has {len(roster.errors)} bad rows")
    keys = KeyRing(seed)
    ages, accidents, casting = (np.random.default_rng([seed, stream]) for stream in range(3))
    people = people_after(roster.rows, charter.classes, members, keys, ages)
    plan = make_plan(people, charter, table, years=years, accidents=accidents, casting=casting)
    benefit = main_benefit(charter)
    amounts = numbers_of(charter).benefits[benefit].amounts
    part = severity_of(charter.benefits[benefit]).expected_part([it.grants for it in charter.benefits[benefit].levels])
    lives = [
        Life(charter.classes[person.class_id].label.en, age, amounts[person.class_id], part)
        for person, age in zip(people, table_ages(people, table), strict=True)
    ]
    premiums = like_premium(lives, table, loss_ratio=LOSS_RATIO)
    return _Company(charter, table, keys, people, plan, premiums, years, seed)


def _introduce(console: Console, company: _Company) -> None:
    charter = company.charter
    drawn = company.plan.of(Part.DRAWN)
    console.print(f"[bold]{charter.name.en}[/]: {len(company.people):,} members, seed {company.seed}")
    console.print(
        f"{len(drawn)} accidents in {company.years} year(s) are drawn from table {company.table.identity} "
        f"({company.table.name}: claims per man and year, counted after 30 days off work). How severe each is, and on "
        "which day it is filed, is drawn from an illustrative distribution. Lines marked 'scripted' are the script's.",
        highlight=False,
    )
    console.print(
        "Each claim's papers are sealed, given to the drawn jurors and opened by them; the letters are invented. Test "
        "money on a local chain. Not audited by a third party.\n",
        highlight=False,
    )


def _play(url: str, clock: ChainClock, narrator: Narrator, company: _Company, papers: Papers) -> tuple[World, Script]:
    stage = Stage(url, company.keys)
    narrator.chapter("founding", FOUNDING_STEPS)
    charter, mutual, token = found(stage, company.charter, lambda _: narrator.advance())
    tags = TagKey(company.keys.account("attestor").key)
    world = World(
        stage=stage,
        clock=clock,
        agenda=Agenda(),
        narrator=narrator,
        charter=charter,
        numbers=numbers_of(charter),
        mutual=mutual,
        token=token,
        people=company.people,
        member_ids=[tags.member_id(mutual.fund.address, person.id_number) for person in company.people],
        plan=company.plan,
        papers=papers,
    )
    narrator.rule(f"founded at {mutual.fund.address}; charter {world.mutual.charter_hash.hex()[:16]}...")
    treasury = Treasury(world)
    narrator.chapter("enrolling", len(company.people))
    enrol_everybody(world, treasury)
    narrator.rule(f"{len(company.people):,} people attested, enrolled and paid for by the sponsor")
    world.begin_year()
    treasury.set_orders()
    narrator.rule(f"{len(company.plan.cast.savers)} members accept the charter and set standing orders")
    script = Script(world, treasury)
    script.put_down()
    days = company.years * DAYS_PER_YEAR + RUN_OFF_DAYS
    narrator.chapter("living through the days", days)

    def travel(to: int) -> None:
        clock.travel(to)
        narrator.on_day(world.day_of(to))
        narrator.step(min(days, world.day_of(to)))

    world.agenda.run(travel)
    script.take_dues()
    narrator.rule(
        f"{papers.sealed} sealed documents were opened {papers.opened} times by drawn jurors; the "
        f"{papers.destroyed} keys of their seats and the grants are destroyed"
    )
    return world, script


def _result(
    world: World, script: Script, company: _Company, figures: Figures, *, audit_ok: bool, seconds: float
) -> DemoResult:
    numbers, holdings = world.numbers, figures.holdings
    premiums = {premium.band: premium for premium in company.premiums}
    bands = []
    for place, band in enumerate(company.charter.classes):
        premium = premiums.get(band.label.en)
        if premium is not None:
            cost = -(-figures.index * numbers.classes[place] // SCALE)
            bands.append(
                Band(band.label.en, premium.heads, numbers.classes[place], cost, premium.expected_aid, premium.premium)
            )
    paid_drawn = sum(amount for claim, amount in figures.paid_of.items() if script.docket.part_of[claim] is Part.DRAWN)
    return DemoResult(
        members=figures.enrolled,
        in_force=figures.heads,
        years=company.years,
        seed=company.seed,
        accidents_drawn=len(company.plan.of(Part.DRAWN)),
        claims_filed=figures.claims_filed,
        claims_refused=script.docket.refused,
        claims_denied=figures.claims_denied,
        claims_paid=figures.claims_paid,
        deposited=figures.deposited,
        collected=figures.collected,
        paid=figures.paid,
        paid_drawn=paid_drawn,
        fees=figures.fees,
        jurors_paid=figures.jurors_paid,
        refunded=figures.refunded,
        surplus=holdings.surplus,
        balances=holdings.balances,
        dust=holdings.dust,
        due=holdings.due,
        bonds=holdings.bonds,
        fees_unpaid=holdings.fees,
        fund_holds=holdings.holds,
        storm_ratio_bps=script.storm_ratio_bps,
        cost_per_member=figures.collected // figures.enrolled,
        days_to_payment_median=figures.days_to_payment_median,
        like_premium=sum(band.heads * band.like_premium for band in bands) // figures.enrolled,
        bands=tuple(bands),
        fund=world.mutual.fund.address,
        charter_hash=world.mutual.charter_hash.hex(),
        blocks=figures.blocks,
        audit_ok=audit_ok,
        seconds=round(seconds, 1),
        proposals=figures.proposals,
        versions=figures.versions,
        granted_before_the_change=script.docket.granted[Part.FRESH],
        granted_after_the_change=script.docket.granted[Part.RAISED],
    )


def _explain_premium(console: Console, company: _Company) -> None:
    console.print(
        f"Like premium = incidence at the age (table {company.table.identity}) x expected part of the amount "
        f"x amount of the class / {LOSS_RATIO:.0%}, an assumed loss ratio; no insurer offers it. "
        "The table knows no storm: compare the premium with the cost without the script's events.",
        highlight=False,
    )


def _serve(console: Console, node: EmbeddedNode, world: World) -> None:
    console.print(
        f"The node answers at {node.url}, the mutual's fund is {world.mutual.fund.address}. "
        "Ctrl-C ends it and forgets the chain.",
        highlight=False,
    )
    try:
        while not node.wait(timeout=1):
            pass
    except KeyboardInterrupt:
        console.print("ended")
