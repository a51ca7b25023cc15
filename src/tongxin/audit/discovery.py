# SPDX-License-Identifier: AGPL-3.0-only
"""From the Fund's address to all contracts of the mutual, by code and storage alone."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.artifacts import load
from tongxin.audit.reading import AuditError, Reader, Slot, slot_of
from tongxin.audit.report import Findings, Name
from tongxin.chain.logs import Header, headers
from tongxin.chain.primitives import ZERO_ADDRESS, address_of

__all__ = ["Parts", "discover", "first_block_since", "immutables"]


@dataclass(frozen=True)
class Parts:
    """Where everything stands. `founder` is who could wire, the factory or an account; `founded` seconds since 1970."""

    fund: str
    annex: str
    stages: str
    charter: str
    bounds: str
    office: str
    jury: str
    court: str
    assembly: str
    token: str
    founder: str
    founded: int
    first_block: int

    def contracts(self) -> dict[str, str]:
        """The contracts whose logs are replayed, by address."""
        return {
            self.charter: "Charter",
            self.fund: "Fund",
            self.office: "Office",
            self.jury: "Jury",
            self.court: "Court",
            self.assembly: "Assembly",
        }


def immutables(artifact: str, code: bytes) -> dict[str, bytes]:
    """The immutables at the end of a contract's code, whatever stands before them; empty if it is too short."""
    compiled = load(artifact)
    if len(code) < compiled.immutables_bytes:
        return {}
    tail = code[len(code) - compiled.immutables_bytes :]
    return {item.name: tail[item.offset : item.offset + item.length] for item in compiled.immutables}


def discover(reader: Reader, fund: str, findings: Findings) -> Parts:
    """All parts of the mutual, and whether they name one another.

    Raises:
        AuditError: No Fund stands at the address.
    """
    code = reader.code(fund)
    fixed = immutables("Fund", code)
    if not fixed:
        raise AuditError(
            f"there is no Fund at {fund}: check the address of the mutual and that the endpoint serves its chain"
        )
    office, court, jury, assembly = (
        address_of(reader.word(Slot(fund, slot_of("Fund", f"wiring.{name}"))).to_bytes(32, "big"))
        for name in ("office", "court", "jury", "assembly")
    )
    founded = int.from_bytes(fixed["terms.FOUNDED"])
    annex = address_of(fixed["ANNEX"])
    charter = address_of(fixed["terms.CHARTER"])
    parts = Parts(
        fund=fund,
        annex=annex,
        stages=_named(reader, "FundAnnex", annex, "STAGES"),
        charter=charter,
        bounds=_named(reader, "Charter", charter, "BOUNDS"),
        office=office,
        jury=jury,
        court=court,
        assembly=assembly,
        token=address_of(fixed["terms.TOKEN"]),
        founder=address_of(fixed["wiring._FOUNDER"]),
        founded=founded,
        first_block=first_block_since(reader, founded),
    )
    if ZERO_ADDRESS in {office, court, jury, assembly}:
        raise AuditError(f"the mutual of {fund} is only half founded: finish `tongxin found` first")
    _check_names(reader, parts, findings)
    return parts


def _named(reader: Reader, artifact: str, address: str, name: str) -> str:
    """The address that a contract keeps in an immutable; nobody's if its code has none."""
    fixed = immutables(artifact, reader.code(address))
    return address_of(fixed[name]) if name in fixed else ZERO_ADDRESS


def _check_names(reader: Reader, parts: Parts, findings: Findings) -> None:
    """Each contract's immutables and storage name the others."""
    expected = {
        "Office": (parts.office, {"FUND": parts.fund, "CHARTER": parts.charter}),
        "Jury": (parts.jury, {"FUND": parts.fund, "CHARTER": parts.charter, "OFFICE": parts.office}),
        "Court": (
            parts.court,
            {"FUND": parts.fund, "CHARTER": parts.charter, "OFFICE": parts.office, "JURY": parts.jury},
        ),
        "Assembly": (parts.assembly, {"FUND": parts.fund, "CHARTER": parts.charter}),
    }
    for artifact, (address, names) in expected.items():
        fixed = immutables(artifact, reader.code(address))
        for name, wanted in names.items():
            found = address_of(fixed[name]) if name in fixed else "nobody"
            if found != wanted:
                findings.fail(Name.CONTRACTS, None, f"{artifact} at {address} names {found} as {name}, not {wanted}")
    for artifact, address, name, wanted in (
        ("Jury", parts.jury, "court", parts.court),
        ("Charter", parts.charter, "assembly", parts.assembly),
    ):
        named = address_of(reader.word(Slot(address, slot_of(artifact, name))).to_bytes(32, "big"))
        if named != wanted:
            who = name.capitalize()
            findings.fail(Name.CONTRACTS, None, f"the {artifact} at {address} obeys {named}, not the {who} {wanted}")
    if not reader.code(parts.token):
        findings.fail(Name.CONTRACTS, None, f"there is no token at {parts.token}")
    findings.note(
        Name.CONTRACTS,
        f"charter {parts.charter}, office {parts.office}, jury {parts.jury}, court {parts.court},"
        f" assembly {parts.assembly}, annex {parts.annex}, stages {parts.stages}, bounds {parts.bounds},"
        f" token {parts.token}",
    )


def first_block_since(reader: Reader, time: int) -> int:
    """The first block with at least this time, by halving; block times never fall."""

    def header(number: int) -> Header:
        return headers(reader.endpoints, [number])[0]

    low, high = 0, reader.block
    if header(high).timestamp < time:
        raise AuditError("the Fund says that it was founded after the chain's last block: its code is not a Fund's")
    while low < high:
        middle = (low + high) // 2
        if header(middle).timestamp < time:
            low = middle + 1
        else:
            high = middle
    return low
