# SPDX-License-Identifier: AGPL-3.0-only
"""Code on the chain against the published source: every byte, and every value fixed at deployment."""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi.abi import encode

from tongxin.artifacts import load
from tongxin.audit.discovery import Parts, immutables
from tongxin.audit.reading import Reader, Slot, first_where, slot_of
from tongxin.audit.report import Findings, Name
from tongxin.audit.slots import ChainCharter
from tongxin.chain.endpoints import RequestRefusedError
from tongxin.chain.primitives import address_of, keccak
from tongxin.words import COURT_FOUNDING, COURT_ROLES, MEMBER_TERMS

__all__ = ["check_bytecode", "check_factory"]

PREAMBLE = bytes.fromhex("fe7100")
"""What a blueprint's code begins with (EIP-5202)."""
BLUEPRINTS = {
    "Charter": "CHARTER",
    "Fund": "FUND",
    "FundAnnex": "ANNEX",
    "FundStages": "STAGES",
    "Office": "OFFICE",
    "Jury": "JURY",
    "Court": "COURT",
    "Assembly": "ASSEMBLY",
}
"""What the factory calls the blueprint of each contract."""
_DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


@dataclass(frozen=True)
class _Deployed:
    artifact: str
    address: str
    immutables: dict[str, bytes]


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def _text(text: str) -> bytes:
    """A Vyper string: its length and its bytes. What stands behind them is never read, and is left as it was."""
    return _word(len(text)) + text.encode()


def _domain(prefix: str, name: str, chain_id: int, address: str) -> dict[str, bytes]:
    """The immutables of the EIP-712 domain that a contract keeps."""
    hashed_name, hashed_version = keccak(name.encode()), keccak(b"1")
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    separator = keccak(encode(types, [_DOMAIN, hashed_name, hashed_version, chain_id, address]))
    return {
        f"{prefix}_NAME": _text(name),
        f"{prefix}_VERSION": _text("1"),
        f"{prefix}_HASHED_NAME": hashed_name,
        f"{prefix}_HASHED_VERSION": hashed_version,
        f"{prefix}_CACHED_DOMAIN_SEPARATOR": separator,
        f"{prefix}_CACHED_CHAIN_ID": _word(chain_id),
        f"{prefix}_CACHED_SELF": _address(address),
    }


def _fund(parts: Parts, charter: ChainCharter, chain_id: int, address: str) -> dict[str, bytes]:
    """What the three parts of the Fund's code have in common: the founding version's numbers (R-95)."""
    words = charter.words
    attestors = _word(len(words.attestors)) + b"".join(_address(attestor) for attestor in words.attestors)
    return {
        "terms.TOKEN": _address(words.token),
        "terms.SPACING": _word(words.spacing),
        "terms.CHARTER": _address(parts.charter),
        "terms.FOUNDED": _word(charter.effective_from),
        "terms._MONEY": _word(words.money_terms),
        "terms._MEMBER": _word(words.member_terms),
        "terms._FIFTH": _word(words.court_terms[3]),
        "terms._SHARES": b"".join(_word(word) for word in words.shares_words),
        "wiring._FOUNDER": _address(parts.founder),
        "entrance._ATTESTORS": attestors,
        **_domain("entrance.eip712_domain_separator.", "Tongxin Fund", chain_id, address),
    }


def _expected(parts: Parts, charter: ChainCharter, chain_id: int) -> list[_Deployed]:
    words = charter.words
    others = {"CHARTER": _address(parts.charter), "FUND": _address(parts.fund)}
    separator = "eip712_domain_separator."
    return [
        _Deployed(
            "Charter",
            parts.charter,
            {
                "token": _address(parts.token),
                "spacing": _word(words.spacing),
                "FOUNDER": _address(parts.founder),
                "BOUNDS": _address(parts.bounds),
            },
        ),
        _Deployed("Bounds", parts.bounds, {}),
        _Deployed("Fund", parts.fund, {**_fund(parts, charter, chain_id, parts.fund), "ANNEX": _address(parts.annex)}),
        _Deployed(
            "FundAnnex",
            parts.annex,
            {**_fund(parts, charter, chain_id, parts.annex), "STAGES": _address(parts.stages)},
        ),
        _Deployed("FundStages", parts.stages, _fund(parts, charter, chain_id, parts.stages)),
        _Deployed("Office", parts.office, {**others, **_domain(separator, "Tongxin Office", chain_id, parts.office)}),
        _Deployed(
            "Jury",
            parts.jury,
            {
                **others,
                "OFFICE": _address(parts.office),
                "FOUNDER": _address(parts.founder),
                "SPACING": _word(words.spacing),
                **_domain(separator, "Tongxin Jury", chain_id, parts.jury),
            },
        ),
        _Deployed(
            "Court",
            parts.court,
            {
                **others,
                "OFFICE": _address(parts.office),
                "JURY": _address(parts.jury),
                "SPACING": _word(words.spacing),
                "ZONE": _word(COURT_ROLES.unpack(words.court_terms[2])["zone"]),
                "FIRST": _word(1),
                "TERMS": b"".join(_word(word) for word in words.court_terms),
                "FILING_WINDOW": _word(MEMBER_TERMS.unpack(words.member_terms)["filing_window"]),
                "GATHERED": _word(COURT_FOUNDING.unpack(words.court_terms[3])["minimum_members"] > 1),
            },
        ),
        _Deployed(
            "Assembly",
            parts.assembly,
            {
                **others,
                "SPACING": _word(words.spacing),
                **_domain(separator, "Tongxin Assembly", chain_id, parts.assembly),
            },
        ),
    ]


def check_bytecode(reader: Reader, parts: Parts, charter: ChainCharter, chain_id: int, findings: Findings) -> None:
    """Code and immutables of the mutual's contracts, and the code that checks its charter."""
    expected = _expected(parts, charter, chain_id)
    for deployed in expected:
        code = reader.code(deployed.address)
        why = _difference(deployed, code)
        if why is not None:
            block = _changed_at(reader, deployed, parts.first_block)
            findings.fail(Name.BYTECODE, block, f"{deployed.artifact} at {deployed.address}: {why}")
    compiler = load("Fund").compiler
    findings.note(
        Name.BYTECODE,
        f"{len(expected)} contracts are the published source, {compiler['name']} {compiler['version']},"
        " with every immutable as the charter says",
    )


def _difference(deployed: _Deployed, code: bytes) -> str | None:
    compiled = load(deployed.artifact)
    if not code:
        return "there is no code"
    if len(code) != compiled.deployed_bytes:
        return f"its code has {len(code)} bytes, the published source has {compiled.deployed_bytes}"
    for place, (found, wanted) in enumerate(zip(code, compiled.runtime, strict=False)):
        if found != wanted:
            return f"its code differs from the published source at byte {place}"
    for name, value in immutables(deployed.artifact, code).items():
        wanted_value = deployed.immutables[name]
        if not value.startswith(wanted_value):
            return f"its immutable {name} is 0x{value[: len(wanted_value)].hex()}, not 0x{wanted_value.hex()}"
    return None


def _changed_at(reader: Reader, deployed: _Deployed, first_block: int) -> int | None:
    """The block in which code that was right at first was changed; None if it never was, or no endpoint remembers."""

    def is_bad(block: int) -> bool:
        return _difference(deployed, reader.code(deployed.address, block)) is not None

    try:
        start = next(
            (block for block in range(first_block, first_block + 32) if reader.code(deployed.address, block)), None
        )
        if start is None or is_bad(start):
            return start
        return first_where(is_bad, start, reader.block)
    except RequestRefusedError:
        return None


def check_factory(reader: Reader, parts: Parts, findings: Findings) -> None:
    """The Founder, its blueprints, the contract that checks charters, and that it lists the mutual."""
    code = reader.code(parts.founder)
    if not code:
        findings.fail(
            Name.FACTORY, None, f"{parts.founder} wired the contracts and is no factory: nothing lists this mutual"
        )
        return
    if not load("Founder").is_code_of(code):
        findings.fail(Name.FACTORY, None, f"the factory at {parts.founder} is not the published source")
        return
    fixed = immutables("Founder", code)
    for artifact, part in BLUEPRINTS.items():
        address = address_of(fixed[f"{part}_BLUEPRINT"])
        if reader.code(address) != PREAMBLE + load(artifact).bytecode:
            findings.fail(Name.FACTORY, None, f"the blueprint of {artifact} at {address} is not the published source")
    if address_of(fixed["BOUNDS"]) != parts.bounds:
        findings.fail(Name.FACTORY, None, f"the factory's charters are not checked by {parts.bounds}")
    if not _is_listed(reader, parts):
        findings.fail(
            Name.FACTORY, None, f"the factory at {parts.founder} does not list this mutual with these contracts"
        )
    findings.note(
        Name.FACTORY,
        f"founder {parts.founder} and {len(BLUEPRINTS)} blueprints are the published source; it lists the mutual",
    )


def _is_listed(reader: Reader, parts: Parts) -> bool:
    count = reader.word(Slot(parts.founder, slot_of("Founder", "count")))
    wanted = [parts.charter, parts.fund, parts.office, parts.jury, parts.court, parts.assembly]
    bases = [slot_of("Founder", "mutuals", number) for number in range(1, count + 1)]
    funds = reader.words([Slot(parts.founder, base + 1) for base in bases])
    for base, fund in zip(bases, funds, strict=True):
        if fund == int(parts.fund, 16):
            words = reader.words([Slot(parts.founder, base + place) for place in range(8)])
            return words[:6] == [int(address, 16) for address in wanted] and words[7] == 1
    return False
