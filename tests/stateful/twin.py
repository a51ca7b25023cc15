# SPDX-License-Identifier: AGPL-3.0-only
"""The compiled contracts and the model of one mutual, moved together: every call is made on both, every word compared.

A call that the model forbids must revert on the chain, and a call that the model allows must not. After each call each
word that the model knows is read from the contracts' storage, and the invariants I-1 to I-12 are recomputed.
"""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import boa
from boa.contracts.base_evm_contract import BoaError
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from contracts.mutual import CHARTER_HASH, account, charter_numbers
from support.founding import deploy_charter, fund_at
from support.hearing import NO_PAYMENT, roll, source
from tongxin.charter.encoding import pack
from tongxin.model import Addresses, Claim, ModelRevert, Mutual, Terms, violations
from tongxin.model.invariants import Before, i_3
from tongxin.units import Address

PEOPLE = 26
VOLUNTEERS = 22
START = 1_800_000_000
FUND_VIEWS = {
    "books": ("ledger", "books"),
    "purse": ("ledger", "purse"),
    "bonds": ("ledger", "bonds"),
    "yearly": ("ledger", "yearly"),
    "round": ("ledger", "round"),
    "ticks": ("ledger", "ticks"),
    "bitmap": ("ledger", "bitmap"),
    "dues": ("payments", "dues"),
    "admission": ("entrance", "admission"),
    "members": ("register", "members"),
    "history": ("register", "history"),
    "orders": ("register", "orders"),
    "payout": ("rounds", "payout"),
    "unpaid": ("rounds", "unpaid"),
    "deferred": ("rounds", "deferred"),
    "deferred_due": ("rounds", "deferred_due"),
}
JURY_VIEWS = ("panel", "votes", "seats", "volunteers", "half", "commitments")
COURT_VIEWS = ("docket", "state", "award", "escrow", "challenger", "grants_of", "waived_at", "digest")
Key = bytes | int | tuple[Any, ...] | None


def number(address: str) -> Address:
    """An address as the model has it."""
    return Address(int(address, 16))


def address(who: int) -> str:
    """An address as boa has it."""
    return "0x" + who.to_bytes(20, "big").hex()


@cache
def slots(contract: str) -> dict[str, Any]:
    """Where a contract's variables lie."""
    layout: dict[str, Any] = source(contract).compiler_data.storage_layout["storage_layout"]
    return layout


def slot_of(base: int, key: Key) -> int:
    """The slot of an entry of a mapping (Vyper: keccak256 of slot and key, outer key first)."""
    if key is None:
        return base
    if isinstance(key, tuple):
        for part in key:
            base = slot_of(base, part)
        return base
    part = key if isinstance(key, bytes) else key.to_bytes(32, "big")
    return int.from_bytes(keccak(base.to_bytes(32, "big") + part))


class Watched:
    """A contract whose successful calls are counted by name."""

    def __init__(self, contract: Any, title: str, counts: Counter[str]) -> None:
        self.contract = contract
        self.address = contract.address
        self.title = title
        self.counts = counts

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.contract, name)

        def call(*values: Any, **options: Any) -> Any:
            answer = function(*values, **options)
            self.counts[f"{self.title}.{name}"] += 1
            return answer

        return call


@dataclass
class Twin:
    """A founded mutual, twice."""

    token: Any
    charter: Any
    fund: Any
    office: Any
    jury: Any
    court: Any
    model: Mutual
    people: list[LocalAccount]
    ids: list[bytes]
    attestor: LocalAccount
    counts: Counter[str]

    # ---- time

    @property
    def now(self) -> int:
        return int(boa.env.evm.patch.timestamp)

    @property
    def height(self) -> int:
        return int(boa.env.evm.patch.block_number)

    def wait(self, seconds: int, blocks: int) -> None:
        """Time passes on both sides."""
        roll(seconds=seconds, blocks=blocks)
        for block in range(self.height - 256, self.height):
            self.model.blocks.hashes[block] = hashlib.sha256(str(block).encode()).digest()

    # ---- acting on both

    def both(self, on_chain: Callable[[], Any], in_model: Callable[[], Any], acting: Sequence[bytes] = ()) -> bool:
        """Makes one call on both sides and compares everything.

        Returns:
            Whether the rules allowed it.
        """
        before = Before.of(self.model)
        self.counts["calls"] += 1
        why = None
        try:
            in_model()
        except ModelRevert as revert:
            why = str(revert)
        reverted = None
        try:
            on_chain()
        except BoaError as error:
            reverted = str(error)
        assert why is not None or reverted is None, f"the contract reverted where the model goes on: {reverted}"
        assert why is None or reverted is not None, f"the contract went on where the model says: {why}"
        self.compare()
        assert not i_3(before, self.model, acting)
        assert not violations(self.model, self.now)
        return why is None

    # ---- comparing

    def storage(self, contract: Any, base: int, key: Key) -> int:
        """A word of a contract's storage."""
        return int.from_bytes(boa.env.evm.get_storage_slot(contract.address, slot_of(base, key)))

    def word(self, view: str, key: Key) -> int:
        """The word behind one of the model's views."""
        if view in FUND_VIEWS:
            module, name = FUND_VIEWS[view]
            return self.storage(self.fund, slots("Fund")[module][name]["slot"], key)
        if view in JURY_VIEWS:
            return self.storage(self.jury, slots("Jury")[view]["slot"], key)
        assert view in COURT_VIEWS, view
        return self.storage(self.court, slots("Court")[view]["slot"], key)

    def compare(self) -> None:
        """Every word the model knows, and the token."""
        words: dict[tuple[str, Key], int] = dict(self.model.words().all())
        words |= {("digest", key): int.from_bytes(digest) for key, digest in self.model.court.digests.items()}
        words |= {("commitments", key): int.from_bytes(one) for key, one in self.model.jury.commitments.items()}
        found = {at: self.word(*at) for at in words}
        wrong = {at: (hex(found[at]), hex(word)) for at, word in words.items() if found[at] != word}
        assert not wrong, f"chain and model differ (chain, model): {wrong}"
        assert self.tokens(number(str(self.fund.address))) == self.model.token.held
        for who, balance in self.model.token.balances.items():
            assert self.tokens(who) == balance, hex(who)

    def tokens(self, who: int) -> int:
        """What an account holds."""
        return self.storage(self.token, slots("mocks/FaultyToken")["balanceOf"]["slot"], who)

    # ---- what people sign

    def sign(  # noqa: PLR0917 - in the order of what is signed
        self,
        signer: LocalAccount,
        domain: tuple[str, Any],
        name: str,
        fields: str,
        values: Sequence[Any],
        inner: tuple[str, str] = ("", ""),
    ) -> bytes:
        """An EIP-712 signature; `fields` as in a Solidity struct: `bytes32 id,uint256 tick`.

        `inner` is a struct's name and fields if the first value is a struct.
        """
        title, contract = domain
        data = {
            "name": title,
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": contract.address,
        }
        types = {name: typed(fields)}
        message = named(fields, values)
        if inner[0]:
            types[inner[0]] = typed(inner[1])
            first = next(iter(message))
            message[first] = named(inner[1], message[first])
        return bytes(signer.sign_message(encode_typed_data(data, types, message)).signature)

    def claim(self, c: int) -> tuple[Any, ...]:
        """A claim as the Court's functions take it, made from the model's."""
        return claim_tuple(self.model.court.record(c).claim)

    def copy(self) -> Twin:
        """The same contracts with a model of one's own; the chain is put back by whoever anchors it."""
        return Twin(
            self.token,
            self.charter,
            self.fund,
            self.office,
            self.jury,
            self.court,
            copy.deepcopy(self.model),
            self.people,
            self.ids,
            self.attestor,
            self.counts,
        )


def typed(fields: str) -> list[dict[str, str]]:
    """A struct's fields as EIP-712 lists them."""
    return [{"type": kind, "name": field} for kind, field in (one.split(" ") for one in fields.split(","))]


def named(fields: str, values: Sequence[Any]) -> dict[str, Any]:
    """A struct's values under their names."""
    return dict(zip((field["name"] for field in typed(fields)), values, strict=True))


def claim_tuple(claim: Claim) -> tuple[Any, ...]:
    """A model's claim as the ABI has it."""
    people = (claim.wallet, claim.filer, claim.payee, claim.contact_a, claim.contact_b)
    return (
        claim.member_id,
        *(address(who) for who in people),
        claim.benefit,
        claim.class_id,
        claim.day,
        claim.filed_at,
        claim.claimed,
        claim.base,
        claim.version,
        claim.pool,
        claim.evidence,
        claim.seal_key,
        claim.summary,
    )


def found(**changes: Any) -> Twin:
    """Founds a mutual on both sides; nobody is in it yet."""
    if int(boa.env.evm.patch.timestamp) < START:
        roll(seconds=START - int(boa.env.evm.patch.timestamp), blocks=1)
    token = source("mocks/FaultyToken").deploy()
    numbers = charter_numbers(token=str(token.address), **changes)
    words = pack(numbers)
    founder = boa.env.generate_address("founder")
    charter = deploy_charter(words, CHARTER_HASH, founder)
    with boa.env.prank(founder):
        charter.add_benefits(0, words.benefits, words.entitlements)
        charter.seal()
    annex = source("FundAnnex").deploy_as_blueprint()
    fund = fund_at(source("Fund").deploy(charter.address, founder, annex.address).address)
    office = source("Office").deploy(fund.address, charter.address)
    jury = source("Jury").deploy(charter.address, fund.address, office.address, founder)
    court = source("Court").deploy(charter.address, fund.address, office.address, jury.address)
    jury.wire(court.address, sender=founder)
    fund.wire(office.address, court.address, jury.address, sender=founder)
    model = Mutual(
        Terms.of_charter(words, CHARTER_HASH),
        int(boa.env.evm.patch.timestamp),
        int(boa.env.evm.patch.chain_id),
        Addresses(jury=number(str(jury.address)), court=number(str(court.address))),
    )
    people = [account(f"person {i}") for i in range(PEOPLE)]
    ids = [keccak(text=f"id {i}") for i in range(PEOPLE)]
    counts: Counter[str] = Counter()
    twin = Twin(
        token,
        charter,
        Watched(fund, "Fund", counts),
        Watched(office, "Office", counts),
        Watched(jury, "Jury", counts),
        Watched(court, "Court", counts),
        model,
        people,
        ids,
        account("attestor"),
        counts,
    )
    twin.wait(0, 1)
    for person in people:
        token.mint(person.address, 10**13)
        model.token.mint(number(person.address), 10**13)
        token.approve(fund.address, 2**256 - 1, sender=person.address)
    return twin


NO_SIGNATURES: list[bytes] = []
__all__ = ["NO_PAYMENT", "NO_SIGNATURES", "PEOPLE", "VOLUNTEERS", "Twin", "address", "found", "number"]
