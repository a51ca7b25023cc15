# SPDX-License-Identifier: AGPL-3.0-only
"""Founds mutuals in titanoboa's chain through the real Founder, from the example charters of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boa.contracts.abi.abi_contract import ABIContractFactory
from vyper.compiler.output import build_abi_output

from support.sources import source
from tongxin.charter import Charter, CharterWords, EncodedCharter, load_charter, words_of_terms

CHARTERS = Path(__file__).parents[2] / "charters"
PARTS = ("Charter", "Fund", "FundAnnex", "FundStages", "Office", "Jury", "Court", "Assembly")
"""The blueprints of a mutual, in the order in which the Founder takes them."""
STEWARD = "0x" + 20 * "5e"
REMAINDER = "0x" + 20 * "4e"
NOBODY = "0x" + 40 * "0"


def example(name: str, token: str, attestors: tuple[str, ...]) -> Charter:
    """One of the project's charters, with the addresses of a test chain."""
    charter = load_charter(CHARTERS / f"{name}.yaml")
    return charter.with_parties(token=token, steward=STEWARD, attestors=attestors, remainder=REMAINDER)


def deploy_founder() -> Any:
    """The Founder with the blueprints of a mutual's contracts and the Bounds."""
    blueprints = [source(part).deploy_as_blueprint().address for part in PARTS]
    return source("Founder").deploy(*blueprints, source("Bounds").deploy().address)


def fund_at(address: str) -> Any:
    """A Fund with all it can do: its own functions and those of the contracts whose code it runs on its own storage."""
    abi = [
        entry for part in ("Fund", "FundAnnex", "FundStages") for entry in build_abi_output(source(part).compiler_data)
    ]
    return ABIContractFactory("Fund", [e for i, e in enumerate(abi) if e not in abi[:i]]).at(address)


def deploy_charter(words: CharterWords, document_hash: bytes, founder: str) -> Any:
    """A charter that obeys an account instead of the Founder; slot 1 without benefits, not sealed."""
    charter = source("Charter").deploy(founder, source("Bounds").deploy(), words.token, words.spacing)
    charter.draft(EncodedCharter(words, b"", document_hash).terms(), True, sender=founder)
    return charter


def words_on_chain(charter: Any, version: int = 1) -> CharterWords:
    """All words of a version, read through the charter's getters."""
    slot = charter.slot_of(version)
    terms = charter.slot_terms(slot)
    shares = terms[5]
    classes = sum(1 for j in range(40) if shares[j // 10] >> 24 * (j % 10) & (2**24 - 1))
    benefits = range(charter.benefit_count(version))
    words, _ = words_of_terms(
        terms,
        token=charter.token(),
        spacing=charter.spacing(),
        benefits=[charter.benefit_word(version, b) for b in benefits],
        entitlements=[[charter.class_entitlement(version, b, c) for c in range(classes)] for b in benefits],
    )
    return words
