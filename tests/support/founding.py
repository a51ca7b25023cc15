# SPDX-License-Identifier: AGPL-3.0-only
"""Founds mutuals in titanoboa's chain through the real Founder, from the example charters of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boa.contracts.abi.abi_contract import ABIContractFactory
from vyper.compiler.output import build_abi_output

from support.hearing import source
from tongxin.charter import Charter, CharterWords, EncodedCharter, load_charter

CHARTERS = Path(__file__).parents[2] / "charters"
PARTS = ("Charter", "Fund", "Office", "Jury", "Court", "FundAnnex")
STEWARD = "0x" + 20 * "5e"
NOBODY = "0x" + 40 * "0"


def example(name: str, token: str, attestors: tuple[str, ...]) -> Charter:
    """One of the project's charters, with the addresses of a test chain."""
    charter = load_charter(CHARTERS / f"{name}.yaml")
    return charter.with_parties(token=token, steward=STEWARD, attestors=attestors)


def deploy_founder() -> Any:
    """The Founder with the blueprints of the six contracts of a mutual."""
    return source("Founder").deploy(*(source(part).deploy_as_blueprint().address for part in PARTS))


def fund_at(address: str) -> Any:
    """A Fund with all it can do: its own functions and those of its annex, which it runs on its own storage."""
    abi = [entry for part in ("Fund", "FundAnnex") for entry in build_abi_output(source(part).compiler_data)]
    return ABIContractFactory("Fund", [e for i, e in enumerate(abi) if e not in abi[:i]]).at(address)


def deploy_charter(words: CharterWords, document_hash: bytes, founder: str) -> Any:
    """A charter that obeys an account instead of the Founder; without benefits, not sealed."""
    arguments = EncodedCharter(words, b"", document_hash).founding_arguments()
    return source("Charter").deploy(founder, *arguments)


def words_on_chain(charter: Any, benefits: int, classes: int) -> CharterWords:
    """All words of a sealed charter, read through its getters."""
    money, member, shares, _ = charter.fund_terms(1)
    entries = [[charter.entitlement(1, b, c) for c in range(classes)] for b in range(benefits)]
    return CharterWords(
        money_terms=money,
        member_terms=member,
        court_terms=tuple(charter.court_terms(1)),
        shares_words=tuple(shares),
        steward=charter.steward(),
        investigator=charter.investigator(),
        token=charter.token(),
        spacing=charter.spacing(),
        attestors=tuple(charter.attestors(i) for i in range(charter.attestor_count())),
        ladder=entries[0][0][2],
        benefits=tuple(row[0][0] for row in entries),
        entitlements=tuple(tuple(entry[1] for entry in row) for row in entries),
    )
