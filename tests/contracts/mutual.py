# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual on titanoboa for tests of contracts: the real Charter and Fund, a token, accounts that can sign.

Office, Jury and Assembly are plain accounts here and the Court answers one question only, so that a test can act as
them.
Fixtures stand in conftest.py.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from support.sources import source
from tongxin.charter.encoding import CharterWords, pack, terms_of
from tongxin.charter.numbers import BenefitNumbers, CharterNumbers
from tongxin.words import AdmissionForm, BenefitKind

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import boa

SCALE = 10**6
HOUR = 3_600
DAY = 86_400
WEEK = 604_800
YEAR = 31_536_000
NOBODY = "0x" + 40 * "0"
CHARTER_HASH = keccak(b"the charter of the test mutual")
SPACING = 10**8
"""A tenth of a token per full share and tick, at six decimals."""

QUIET_COURT = """
#pragma version 0.4.3
first_open: public(uint256)

@external
def set_first_open(time: uint256):
    self.first_open = time

@external
@view
def settled_before(time: uint256) -> bool:
    return self.first_open == 0 or self.first_open >= time
"""
"""Says that no claim is open, or that the first open one was filed at a time that the test sets."""

Payment = tuple[int, str, int, int, int, bytes, int, bytes, bytes]
BY_ALLOWANCE: Payment = (0, NOBODY, 0, 0, 0, b"\0" * 32, 0, b"\0" * 32, b"\0" * 32)


def account(name: str) -> LocalAccount:
    """A signing account that depends on its name alone."""
    signer: LocalAccount = Account.from_key(keccak(text=name))
    return signer


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def bits(word: int, *widths: int) -> tuple[int, ...]:
    """The fields of a packed word, from the most significant."""
    fields = []
    place = 256
    for width in widths:
        place -= width
        fields.append((word >> place) & ((1 << width) - 1))
    return tuple(fields)


def charter_numbers(**changes: object) -> CharterNumbers:
    """A small charter that founding accepts, with any number changed."""
    base = CharterNumbers(
        token=NOBODY,
        tick_spacing=SPACING,
        round_cap=20 * SPACING,
        year_cap=200 * SPACING,
        fee=500,
        call_margin=1_000,
        carries=2,
        called=False,
        immediate=True,
        period=7 * DAY,
        grace=10 * DAY,
        min_runway=20,
        max_runway=400,
        leave_notice=30 * DAY,
        newcomer=0,
        admission_bps=1_000,
        admission_floor=1_000_000,
        filing_window=60 * DAY,
        attestor_silence=30 * DAY,
        attestor_quorum=1,
        open_panel=False,
        panel_size=5,
        threshold=6_667,
        strict=False,
        access_time=DAY,
        commit_time=DAY,
        reveal_time=DAY,
        cure_time=DAY,
        verdict_notice=DAY,
        lot_delay=10,
        juror_pay=10**6,
        juror_bond=22 * 10**6,
        open_quorum_heads=3,
        open_quorum_bps=0,
        review_bps=0,
        review_above=0,
        waiver=False,
        investigator=NOBODY,
        investigator_fee=0,
        investigation_time=0,
        claim_cap=0,
        zone=8 * HOUR,
        entry_fee=0,
        classes=(1_000, 1_500, 777),
        benefits=(
            BenefitNumbers(
                kind=BenefitKind.LUMP_SUM,
                levels=(10_000,) * 7,
                deductible=0,
                repeats=0,
                interval=0,
                amounts=(10**9,) * 3,
                waiting=(30 * DAY,) * 3,
            ),
        ),
        ladder=(),
        steward=account("steward").address,
        admission=AdmissionForm.ATTESTOR,
        inviters=1,
        attestors=(account("attestor").address,),
        minimum_members=1,
        founding_deadline=0,
        floor_heads=0,
        runoff=61 * DAY,
        voting_time=7 * DAY,
        vote_quorum=2_000,
        adoption_delay=37 * DAY,
        execution_time=30 * DAY,
        majority=6_667,
        wind_down_majority=7_500,
        proposal_pause=30 * DAY,
        remainder=account("remainder").address,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@cache
def quiet_court() -> Any:
    return boa.loads_partial(QUIET_COURT)


@cache
def fund_interface() -> Any:
    """The ABI that a Fund has at its address: its own and those of the two contracts whose code it runs."""
    parts = [source(name).compiler_data for name in ("Fund", "FundAnnex", "FundStages")]
    abi: list[dict[str, Any]] = []
    for part in parts:
        abi += [entry for entry in part_abi(part) if entry not in abi and entry["type"] != "constructor"]
    return boa.loads_abi(json.dumps(abi), name="Fund")


def part_abi(part: Any) -> list[dict[str, Any]]:
    from vyper.compiler.output import build_abi_output  # noqa: PLC0415 - a compiler is loaded only for contract tests

    output: list[dict[str, Any]] = build_abi_output(part)
    return output


@dataclass
class Mutual:
    """One founded mutual and what a test needs to act in it."""

    token: Any
    charter: Any
    fund: Any
    numbers: CharterNumbers
    office: str
    court: str
    jury: str
    assembly: str
    attestors: list[LocalAccount]
    open_claims: Any
    payer: LocalAccount = field(default_factory=lambda: account("payer"))

    # ---- the ledger, read

    @property
    def index(self) -> int:
        return int(self.fund.books()) >> 160

    def books(self) -> tuple[int, ...]:
        """Index, shares, heads, pending, deposits."""
        index, shares, heads, _, _, pending, deposits = bits(self.fund.books(), 96, 42, 28, 1, 1, 1, 87)
        return index, shares, heads, pending, deposits

    def purse(self) -> tuple[int, ...]:
        """Surplus, due, fees."""
        return bits(self.fund.purse(), 88, 88, 80)

    def yearly(self) -> tuple[int, ...]:
        """Year, raised, open calls."""
        return bits(self.fund.yearly(), 16, 96, 96)

    def round(self) -> tuple[int, ...]:
        """Number, closes at, due, call."""
        return bits(self.fund.round(), 32, 40, 88, 96)

    def member(self, member_id: bytes) -> tuple[int, ...]:
        """Wallet, tick, shares, joined, class, status."""
        return bits(self.fund.members(member_id), 160, 28, 24, 20, 16, 8)

    def history(self, member_id: bytes) -> tuple[int, ...]:
        """Tick, shares, joined, class, status, changed, left, exited."""
        return bits(self.fund.history(member_id), 28, 24, 20, 16, 8, 20, 20, 20)

    def tick(self, tick: int) -> tuple[int, ...]:
        """Shares, heads, stamp."""
        return bits(self.fund.ticks(tick), 44, 28, 40)

    def first_tick(self) -> int:
        """The nearest tick that who joins now may buy."""
        return ceil_div(self.index, SPACING) + self.numbers.min_runway

    def price(self, shares: int, tick: int) -> int:
        return ceil_div(shares * (tick * SPACING - self.index), SCALE)

    def check_books(self) -> None:
        """I-1 with nothing stray: the token balance is exactly what the accounts say."""
        deposits = self.books()[4]
        assert self.token.balanceOf(self.fund.address) == deposits + sum(self.purse()) + self.fund.bonds()

    # ---- signatures

    def domain(self, name: str = "Tongxin Fund") -> dict[str, Any]:
        chain_id = boa.env.evm.patch.chain_id
        return {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": self.fund.address}

    def attest(
        self, attestation: tuple[Any, ...], *signers: LocalAccount, domain: dict[str, Any] | None = None
    ) -> list[bytes]:
        names = ("member_id", "wallet", "class_id", "issued", "expiry")
        types = {
            "Attestation": [
                {"name": name, "type": kind}
                for name, kind in zip(names, ("bytes32", "address", "uint256", "uint256", "uint256"), strict=True)
            ]
        }
        message = encode_typed_data(domain or self.domain(), types, dict(zip(names, attestation, strict=True)))
        return [bytes(signer.sign_message(message).signature) for signer in signers or (self.attestors[0],)]

    def roster_signature(
        self, ids: list[bytes], wallets: Sequence[str], class_id: int, issued: int, expiry: int
    ) -> list[bytes]:
        types = {
            "Roster": [
                {"name": "ids", "type": "bytes32[]"},
                {"name": "wallets", "type": "address[]"},
                {"name": "class_id", "type": "uint256"},
                {"name": "issued", "type": "uint256"},
                {"name": "expiry", "type": "uint256"},
            ]
        }
        message = encode_typed_data(
            self.domain(),
            types,
            {"ids": ids, "wallets": wallets, "class_id": class_id, "issued": issued, "expiry": expiry},
        )
        return [bytes(self.attestors[0].sign_message(message).signature)]

    def authorization(  # noqa: PLR0917 - the fields that the nonce binds, in their order
        self,
        signer: LocalAccount,
        amount: int,
        action: str,
        member_id: bytes,
        tick: int,
        detail: bytes,
        *,
        chain_id: int | None = None,
    ) -> Payment:
        """A payment by EIP-3009 whose nonce binds it to one act (R-34)."""
        salt = keccak(b"salt")
        nonce = keccak(
            encode(
                ["uint256", "address", "bytes32", "bytes32", "uint256", "bytes32", "bytes32"],
                [
                    boa.env.evm.patch.chain_id if chain_id is None else chain_id,
                    self.fund.address,
                    keccak(text=action),
                    member_id,
                    tick,
                    detail,
                    salt,
                ],
            )
        )
        before = int(boa.env.timestamp) + DAY
        names = ("from", "to", "value", "validAfter", "validBefore", "nonce")
        kinds = ("address", "address", "uint256", "uint256", "uint256", "bytes32")
        types = {
            "ReceiveWithAuthorization": [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
        }
        message = dict(zip(names, (signer.address, self.fund.address, amount, 0, before, nonce), strict=True))
        signed = signer.sign_message(encode_typed_data(self.token_domain(), types, message))
        return (2, signer.address, amount, 0, before, salt, signed.v, word(signed.r), word(signed.s))

    def permit(self, signer: LocalAccount, amount: int) -> Payment:
        """A payment by EIP-2612."""
        deadline = int(boa.env.timestamp) + DAY
        names = ("owner", "spender", "value", "nonce", "deadline")
        kinds = ("address", "address", "uint256", "uint256", "uint256")
        types = {"Permit": [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]}
        nonce = self.token.nonces(signer.address)
        message = dict(zip(names, (signer.address, self.fund.address, amount, nonce, deadline), strict=True))
        signed = signer.sign_message(encode_typed_data(self.token_domain(), types, message))
        return (1, signer.address, amount, 0, deadline, b"\0" * 32, signed.v, word(signed.r), word(signed.s))

    def token_domain(self) -> dict[str, Any]:
        return {
            "name": "Test Dollar",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": self.token.address,
        }

    # ---- acts

    def give(self, to: str, amount: int = 10**12, *, approve: bool = True) -> None:
        """Mints tokens, and lets the fund take them."""
        self.token.mint(to, amount)
        if approve:
            self.token.approve(self.fund.address, 2**256 - 1, sender=to)

    def attestation(self, name: str, class_id: int = 0, wallet: str | None = None) -> tuple[bytes, str, int, int, int]:
        now = int(boa.env.timestamp)
        return (keccak(text=name), wallet or account(name).address, class_id, now, now + DAY)

    def join(self, name: str, class_id: int = 0, tick: int | None = None) -> bytes:
        """A person joins with their own wallet, paying by allowance."""
        attestation = self.attestation(name, class_id)
        wallet = attestation[1]
        self.give(wallet)
        self.fund.join(
            attestation,
            self.attest(attestation),
            self.first_tick() if tick is None else tick,
            CHARTER_HASH,
            BY_ALLOWANCE,
            sender=wallet,
        )
        return attestation[0]

    def settle(self, claim: int, payee: str, due: int, costs: int = 0) -> int:
        """Announces and settles a claim, as the Court does."""
        call = self.fund.announce(due, costs, sender=self.court) if due else 0
        return int(self.fund.settle(claim, payee, due, costs, call, sender=self.court))

    def events(self, name: str) -> list[Any]:
        """The events of one kind that the last call on the fund logged."""
        return [log for log in self.fund.get_logs(strict=False) if type(log).__name__ == name]


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def sealed_charter(words: CharterWords, founder: str, document_hash: bytes = CHARTER_HASH) -> Any:
    """A charter that obeys an account instead of the Founder, with version 1 in force."""
    charter = source("Charter").deploy(founder, source("Bounds").deploy(), words.token, words.spacing)
    with boa.env.prank(founder):
        slot = charter.draft(terms_of(words, document_hash), True)
        charter.add_benefits(slot, 0, list(words.benefits), [list(row) for row in words.entitlements])
        charter.seal(slot)
    return charter


def found(token: Any = None, **changes: object) -> Mutual:
    """Founds a mutual with the numbers of `charter_numbers`, on the test stablecoin or another token."""
    money = token or source("mocks/StableCoin").deploy("Test Dollar", "TUSD")
    numbers = charter_numbers(token=money.address, **changes)
    founder = boa.env.eoa
    charter = sealed_charter(pack(numbers), founder)
    annex, stages = (source(name).deploy_as_blueprint() for name in ("FundAnnex", "FundStages"))
    deployed = source("Fund").deploy(charter.address, founder, annex.address, stages.address)
    fund = fund_interface().at(deployed.address)
    office, jury, assembly = (boa.env.generate_address(alias) for alias in ("office", "jury", "assembly"))
    open_claims = quiet_court().deploy()
    court = open_claims.address
    charter.wire(assembly, sender=founder)
    fund.wire(office, court, jury, assembly)
    attestors = [account(name) for name in ("attestor", "second attestor", "third attestor", "payer")]
    known: dict[str, LocalAccount] = {signer.address: signer for signer in attestors}
    mutual = Mutual(
        token=money,
        charter=charter,
        fund=fund,
        numbers=numbers,
        office=office,
        court=court,
        jury=jury,
        assembly=assembly,
        open_claims=open_claims,
        attestors=[known[name] for name in numbers.attestors if name in known],
    )
    mutual.give(mutual.payer.address)
    return mutual
