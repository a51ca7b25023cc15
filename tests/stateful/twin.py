# SPDX-License-Identifier: AGPL-3.0-only
"""The compiled contracts and the model of one mutual, moved together: every call is made on both, every word compared.

A call that the model forbids must revert on the chain, and a call that the model allows must not. After each call each
word that the model knows is read from the contracts' storage, and the invariants I-1 to I-15 are recomputed.
"""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import boa
from boa.contracts.base_evm_contract import BoaError
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from contracts.mutual import CHARTER_HASH, account, charter_numbers
from stateful import storage
from stateful.storage import VIEWS, Key
from support.founding import deploy_founder, fund_at
from support.hearing import NO_PAYMENT, roll
from support.sources import source
from tongxin.charter.encoding import pack, terms_of
from tongxin.charter.numbers import CharterNumbers
from tongxin.model import Addresses, Claim, Draft, ModelRevert, Mutual, Terms, packing, violations
from tongxin.model.invariants import Before, i_3
from tongxin.units import Address

PEOPLE = 26
VOLUNTEERS = 22
START = 1_800_000_000


def number(address: str) -> Address:
    """An address as the model has it."""
    return Address(int(address, 16))


def address(who: int) -> str:
    """An address as boa has it."""
    return "0x" + who.to_bytes(20, "big").hex()


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
    assembly: Any
    numbers: CharterNumbers
    model: Mutual
    people: list[LocalAccount]
    ids: list[bytes]
    attestors: dict[int, LocalAccount]
    """Everybody who is or may become one, by address."""
    counts: Counter[str]
    drafts: dict[int, Draft] = field(default_factory=dict)
    """Slots of the charter as they were last compared."""

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
            reverted = reason_of(error)
        assert why is not None or reverted is None, f"the contract reverted where the model goes on: {reverted}"
        assert why is None or reverted is not None, f"the contract went on where the model says: {why}"
        self.compare()
        broken = i_3(before, self.model, acting) + violations(self.model, self.now)
        assert not broken, broken
        return why is None

    # ---- comparing

    def word(self, view: str, key: Key) -> int:
        """The word behind one of the model's views."""
        contract = getattr(self, VIEWS[view].lower())
        return storage.read(contract, storage.slot_of(storage.base_of(view), key))

    def compare(self) -> None:
        """Every word the model knows, and the token."""
        words: dict[tuple[str, Key], int] = dict(self.model.words().all())
        words |= {("digest", key): int.from_bytes(digest) for key, digest in self.model.court.digests.items()}
        words |= {("commitments", key): int.from_bytes(one) for key, one in self.model.jury.commitments.items()}
        assembly, charter = self.model.assembly, self.model.charter
        words |= {("subject", p): proposal.subject for p, proposal in assembly.proposals.items()}
        words |= {("count", None): assembly.count, ("successor", None): assembly.successor}
        words |= {("latest", None): charter.latest, ("drafts", None): charter.slots}
        found = {at: self.word(*at) for at in words}
        wrong = {at: (hex(found[at]), hex(word)) for at, word in words.items() if found[at] != word}
        assert not wrong, f"chain and model differ (chain, model): {wrong}"
        self.compare_charter()
        assert self.tokens(number(str(self.fund.address))) == self.model.token.held
        for who, balance in self.model.token.balances.items():
            assert self.tokens(who) == balance, hex(who)

    def compare_charter(self, *, again: bool = False) -> None:
        """Versions, the drafts that are new or changed (`again`: every one), and the terms the Fund goes by (R-95)."""
        charter = self.model.charter
        for version, (slot, effective_from) in charter.versions.items():
            assert storage.charter_version(self.charter, version) == (effective_from, slot), version
        for slot, draft in charter.drafts.items():
            if again or self.drafts.get(slot) is not draft:
                chain = storage.charter_slot(self.charter, slot, len(draft.terms.shares))
                model = slot_of_model(draft)
                wrong = {name: (chain[name], one) for name, one in model.items() if chain[name] != one}
                assert not wrong, f"chain and model differ in slot {slot} (chain, model): {wrong}"
                self.drafts[slot] = draft
        terms = self.model.terms
        adopted = (
            packing.money_terms(terms),
            packing.member_terms(terms),
            packing.court_terms(terms)[3],
            *(packing.shares_word(terms, j) for j in range(4)),
            *terms.attestors,
        )
        amended = self.model.stages.version > 1
        assert storage.fund_terms(self.fund) == (adopted if amended else (0,) * 7)

    def tokens(self, who: int) -> int:
        """What an account holds."""
        balances = storage.slots("mocks/FaultyToken")["balanceOf"]["slot"]
        return storage.read(self.token, storage.slot_of(balances, who))

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

    def vouched(
        self,
        domain: tuple[str, Any],
        name: str,
        fields: str,
        values: Sequence[Any],
        forger: LocalAccount | None = None,
    ) -> list[bytes]:
        """The signatures of as many attestors as the charter in force asks for, or one of somebody else."""
        terms = self.model.terms
        signers = [self.attestors[one] for one in terms.attestors[: terms.attestor_quorum]]
        return [self.sign(signer, domain, name, fields, values) for signer in ([forger] if forger else signers)]

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
            self.assembly,
            self.numbers,
            copy.deepcopy(self.model),
            self.people,
            self.ids,
            self.attestors,
            self.counts,
        )


def reason_of(error: BoaError) -> str:
    """Why a contract reverted, frame by frame: boa's own text decodes arguments too, and can't where a list lies."""
    frames = error.stack_trace
    return "; ".join(frame if isinstance(frame, str) else str(frame.pretty_vm_reason) for frame in frames)


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


def slot_of_model(draft: Draft) -> dict[str, Any]:
    """A draft of the model as `storage.charter_slot` reads it; slot 1 is drafted by the Founder."""
    terms = draft.terms
    found = {
        "base": draft.base,
        "scope": int(draft.scope),
        "sealed": draft.sealed,
        "document": int.from_bytes(terms.charter_hash),
        "words": (
            packing.money_terms(terms),
            packing.member_terms(terms),
            *packing.court_terms(terms),
            packing.vote_terms(terms),
            *(packing.shares_word(terms, j) for j in range(4)),
            packing.ladder(terms),
        ),
        "parties": (terms.steward, terms.investigator, terms.remainder),
        "attestors": terms.attestors,
        "benefits": tuple(packing.benefit_word(one) for one in terms.benefits),
        "entitlements": tuple(
            tuple(
                packing.entitlement_word(terms.entitlement(benefit, class_id)) for class_id in range(len(terms.shares))
            )
            for benefit in range(len(terms.benefits))
        ),
    }
    return found | ({"drafter": draft.drafter} if draft.drafter else {})


def found(**changes: Any) -> Twin:
    """Founds a mutual on both sides, on the chain through the Founder; nobody is in it yet."""
    if int(boa.env.evm.patch.timestamp) < START:
        roll(seconds=START - int(boa.env.evm.patch.timestamp), blocks=1)
    token = source("mocks/FaultyToken").deploy()
    numbers = charter_numbers(token=str(token.address), **changes)
    words = pack(numbers)
    founder = deploy_founder()
    with boa.env.prank(boa.env.generate_address("who founds")):
        mutual = founder.begin(terms_of(words, CHARTER_HASH), token.address, words.spacing)
        founder.add_benefits(mutual, 0, list(words.benefits), [list(row) for row in words.entitlements])
        founder.deploy_fund(mutual)
        founder.deploy_office(mutual)
        founder.deploy_jury(mutual)
        founder.deploy_court(mutual)
        founder.deploy_assembly(mutual)
    places = dict(zip(CONTRACTS, founder.mutuals(mutual), strict=False))
    contracts = {name: fund_at(where) if name == "Fund" else source(name).at(where) for name, where in places.items()}
    model = Mutual(
        Terms.of_charter(words, CHARTER_HASH),
        int(boa.env.evm.patch.timestamp),
        int(boa.env.evm.patch.chain_id),
        Addresses(jury=number(str(places["Jury"])), court=number(str(places["Court"]))),
    )
    people = [account(f"person {i}") for i in range(PEOPLE)]
    ids = [keccak(text=f"id {i}") for i in range(PEOPLE)]
    counts: Counter[str] = Counter()
    watched: dict[str, Any] = {name.lower(): Watched(contract, name, counts) for name, contract in contracts.items()}
    twin = Twin(
        token=token,
        **watched,
        numbers=numbers,
        model=model,
        people=people,
        ids=ids,
        attestors={number(one.address): one for one in (account(name) for name in ATTESTORS)},
        counts=counts,
    )
    twin.wait(0, 1)
    for person in people:
        token.mint(person.address, 10**13)
        model.token.mint(number(person.address), 10**13)
        token.approve(places["Fund"], 2**256 - 1, sender=person.address)
    return twin


ATTESTORS = ("attestor", "second attestor", "third attestor", "fourth attestor")
CONTRACTS = ("Charter", "Fund", "Office", "Jury", "Court", "Assembly")
"""As the Founder lists them."""
NO_SIGNATURES: list[bytes] = []
__all__ = ["NO_PAYMENT", "NO_SIGNATURES", "PEOPLE", "VOLUNTEERS", "Twin", "address", "found", "number"]
