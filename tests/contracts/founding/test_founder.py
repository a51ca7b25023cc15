# SPDX-License-Identifier: AGPL-3.0-only
"""Founder.vy: a whole founding from an example charter, its order, and who may push it."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_account import Account

from support.founding import NOBODY, PARTS, deploy_founder, example, fund_at, words_on_chain
from support.hearing import NO_BYTES, NO_PAYMENT, refused
from support.sources import source
from tongxin.charter import EncodedCharter, decode, encode, numbers_of

ATTESTOR = Account.from_key(b"\x01" * 32).address
STEPS = ("deploy_fund", "deploy_office", "deploy_jury", "deploy_court", "deploy_assembly")
MOST_GAS = 16_700_000
"""A transaction of more is refused by the chain (EIP-7825)."""


@pytest.fixture(scope="session")
def token() -> Any:
    return source("mocks/StableCoin").deploy("Test Yuan", "TCNY")


@pytest.fixture(scope="session")
def founder() -> Any:
    return deploy_founder()


@pytest.fixture(scope="session")
def beginner() -> str:
    return str(boa.env.generate_address("beginner"))


def encoded(name: str, token: Any) -> EncodedCharter:
    return encode(example(name, token.address, (ATTESTOR,)), 6)


def begin(founder: Any, beginner: str, charter: EncodedCharter) -> int:
    id_ = founder.begin(*charter.founding_arguments(), sender=beginner)
    for batch in charter.benefit_batches():
        founder.add_benefits(id_, *batch, sender=beginner)
    return int(id_)


@pytest.mark.parametrize("name", ["facade-cleaners", "example-immediate", "example-called"])
def test_a_mutual_is_founded_from_its_charter(founder: Any, beginner: str, token: Any, name: str) -> None:
    charter = encoded(name, token)
    id_ = begin(founder, beginner, charter)
    for step in STEPS:
        assert not founder.mutuals(id_)[7]
        getattr(founder, step)(id_, sender=beginner)
    (founded,) = [log for log in founder.get_logs() if type(log).__name__ == "Founded"]
    address, fund, office, jury, court, assembly, begun_by, done = founder.mutuals(id_)
    assert (founded.id, founded.fund, founded.charter_hash) == (id_, fund, charter.document_hash)
    assert (begun_by, done, founder.count()) == (beginner, True, id_)
    money = fund_at(fund)
    assert (money.office(), money.court(), money.jury(), money.assembly()) == (office, court, jury, assembly)
    assert (money.TOKEN(), money.CHARTER()) == (token.address, address)
    assert money.money_terms() == charter.words.money_terms
    assert source("Jury").at(jury).court() == court
    rules = source("Charter").at(address)
    assert (rules.assembly(), rules.BOUNDS(), rules.FOUNDER()) == (assembly, founder.BOUNDS(), founder.address)
    voting = source("Assembly").at(assembly)
    assert (voting.CHARTER(), voting.FUND()) == (address, fund)
    # What the chain holds is the published document (the audit's check).
    on_chain = words_on_chain(rules)
    assert on_chain == charter.words
    assert decode(on_chain) == numbers_of(example(name, token.address, (ATTESTOR,)))


def test_each_step_fits_a_transaction(founder: Any, beginner: str, token: Any) -> None:
    id_ = begin(founder, beginner, encoded("facade-cleaners", token))
    for step in STEPS:
        getattr(founder, step)(id_, sender=beginner)
        assert founder.call_trace().gas_used + 21_000 + 16 * 68 < MOST_GAS, step


def test_two_mutuals_share_nothing(founder: Any, beginner: str, token: Any) -> None:
    charter = encoded("example-immediate", token)
    ids = [begin(founder, beginner, charter) for _ in range(2)]
    for id_ in ids:
        for step in STEPS:
            getattr(founder, step)(id_, sender=beginner)
    first, second = (founder.mutuals(id_) for id_ in ids)
    assert not set(first[:6]) & set(second[:6])


def test_nobody_but_the_beginner_pushes_a_founding(founder: Any, beginner: str, token: Any) -> None:
    charter = encoded("example-immediate", token)
    id_ = founder.begin(*charter.founding_arguments(), sender=beginner)
    batch = next(charter.benefit_batches())
    stranger = boa.env.generate_address("stranger")
    with refused("founder: another one began it"):
        founder.add_benefits(id_, *batch, sender=stranger)
    founder.add_benefits(id_, *batch, sender=beginner)
    for step in STEPS:
        with refused("founder: another one began it"):
            getattr(founder, step)(id_, sender=stranger)
        with refused("founder: no such mutual"):
            getattr(founder, step)(id_ + 1, sender=beginner)
        getattr(founder, step)(id_, sender=beginner)


def test_steps_are_taken_once_and_in_order(founder: Any, beginner: str, token: Any) -> None:
    charter = encoded("example-immediate", token)
    id_ = begin(founder, beginner, charter)
    with refused("founder: deploy the fund first"):
        founder.deploy_office(id_, sender=beginner)
    with refused("founder: deploy the office first"):
        founder.deploy_jury(id_, sender=beginner)
    with refused("founder: deploy the jury first"):
        founder.deploy_court(id_, sender=beginner)
    with refused("founder: deploy the court first"):
        founder.deploy_assembly(id_, sender=beginner)
    for step, message in (
        ("deploy_fund", "founder: the fund is there"),
        ("deploy_office", "founder: the office is there"),
        ("deploy_jury", "founder: the jury is there"),
        ("deploy_court", "founder: the court is there"),
        ("deploy_assembly", "founder: the mutual is founded"),
    ):
        getattr(founder, step)(id_, sender=beginner)
        with refused(message):
            getattr(founder, step)(id_, sender=beginner)


def test_a_charter_that_founding_refuses_stops_before_the_fund(founder: Any, beginner: str, token: Any) -> None:
    charter = encoded("example-immediate", token)
    id_ = founder.begin(*charter.founding_arguments(), sender=beginner)
    with refused("charter: no benefit"):
        founder.deploy_fund(id_, sender=beginner)
    assert founder.mutuals(id_)[1] == NOBODY


def test_a_half_founded_mutual_takes_no_money(founder: Any, beginner: str, token: Any) -> None:
    id_ = begin(founder, beginner, encoded("example-immediate", token))
    founder.deploy_fund(id_, sender=beginner)
    fund = fund_at(founder.mutuals(id_)[1])
    giver = boa.env.generate_address("giver")
    token.mint(giver, 10**9)
    token.approve(fund.address, 10**9, sender=giver)
    with refused("fund: not founded yet"):
        fund.donate(10**6, NO_PAYMENT, sender=giver)
    attestation = (b"\x01" * 32, giver, 0, int(boa.env.timestamp), int(boa.env.timestamp) + 60)
    with refused("fund: not founded yet"):
        fund.join(attestation, [], 300, NO_BYTES, NO_PAYMENT, sender=giver)


def test_only_blueprints_are_taken(token: Any) -> None:
    blueprint = source("Charter").deploy_as_blueprint().address
    bounds = source("Bounds").deploy().address
    with refused("founder: not a blueprint"):
        source("Founder").deploy(*(blueprint for _ in PARTS[1:]), token.address, bounds)
    with refused("founder: bounds have no code"):
        source("Founder").deploy(*(blueprint for _ in PARTS), boa.env.generate_address())
