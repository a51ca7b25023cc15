# SPDX-License-Identifier: AGPL-3.0-only
"""A whole mutual in titanoboa's chain, with real contracts, for tests of Court and Jury.

`Mutual` founds one from a few numbers, enrols people, fills the bench and drives claims through their stages. Times are
absolute seconds; money is in units of a token of six decimals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boa
import pytest
from boa.contracts.abi.abi_contract import ABIContractFactory
from boa.contracts.base_evm_contract import BoaError
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from vyper.compiler.output import build_abi_output

from support.sources import source

HOUR = 3600
DAY = 86_400
TOKEN = 10**6
SCALE = 10**6
SPACING = 10 * TOKEN * SCALE // 1000  # ten tokens per full share
NOBODY = "0x" + "00" * 20
NO_BYTES = bytes(32)
NO_PAYMENT = (0, NOBODY, 0, 0, 0, NO_BYTES, 0, NO_BYTES, NO_BYTES)
VOID = b"\xff" * 32
BEYOND = 2**256 - 1  # the seat of somebody who is no juror

LOT, ACCESS, VOTING, CURE, NOTICE, GRANTED, DENIED = range(1, 8)
CURED, WAIVED, FROM_BALANCE, REVIEWED, FEE_OWED, REFILE, NO_ACCESS, COUNTED, REDRAWN = (2**i for i in range(9))
CAPPED, OPEN, COMMISSIONED, ESCROW = 4096, 8192, 16384, 32768
STRICT, OPEN_PANELS, WAIVER = 1, 2, 4
INCOMPLETE = 8


def pack(*fields: tuple[int, int]) -> int:
    """A word from (number, bits), the most significant first; together exactly 256 bits."""
    word = width = 0
    for number, bits in fields:
        assert 0 <= number < 2**bits, (number, bits)
        word = word << bits | number
        width += bits
    assert width == 256, width
    return word


def bits(word: int, offset: int, width: int) -> int:
    return word >> offset & (1 << width) - 1


def roll(seconds: int = 0, blocks: int = 0) -> None:
    """Moves time and height on; every block's hash is the SHA-256 of its number, so that lots can be recomputed."""
    evm = boa.env.evm.patch
    evm.timestamp += seconds
    evm.block_number += blocks
    evm.prev_hashes = [block_hash(evm.block_number - 1 - i) for i in range(256)]


def block_hash(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def now() -> int:
    return int(boa.env.evm.patch.timestamp)


def height() -> int:
    return int(boa.env.evm.patch.block_number)


@contextmanager
def refused(message: str) -> Iterator[None]:
    """Fails unless the block reverts with that message."""
    with pytest.raises(BoaError) as caught:
        yield
    # Frame by frame: boa's own text also decodes arguments, and can't where a struct holds a list.
    frames = caught.value.stack_trace
    reasons = [frame if isinstance(frame, str) else str(frame.pretty_vm_reason) for frame in frames]
    assert any(message in reason for reason in reasons), reasons


@dataclass(frozen=True)
class Rules:
    """The charter's numbers that tests of the court vary."""

    size: int = 3
    threshold: int = 5000
    flags: int = STRICT | WAIVER
    lot_delay: int = 2
    quorum_heads: int = 3
    quorum_bps: int = 1000
    juror_pay: int = 2 * TOKEN
    juror_bond: int = 20 * TOKEN
    review_bps: int = 0
    review_above: int = 0
    investigator_fee: int = 30 * TOKEN
    claim_cap: int = 0
    zone: int = 8 * HOUR
    ladder: int = 0
    waiting: int = 0
    newcomer: int = 0
    inviters: int = 1
    immediate: bool = True
    volunteers: int = 24
    members: int = 32
    classes: tuple[int, ...] = (1000, 2000)
    # Starting and ending (P-47): a mutual that needs more members than it has goes on gathering. The run-off follows
    # from the filing window where it is not given.
    minimum_members: int = 0
    founding_deadline: int = 0
    floor_heads: int = 0
    runoff: int = 0
    # Benefit and class without an amount.
    uncovered: tuple[tuple[int, int], ...] = ()
    # Lump sum; reimbursement with a deductible; refund of contributions.
    benefits: tuple[tuple[int, int, int, int], ...] = ((0, 0, 2, 30 * DAY), (1, 5 * TOKEN, 0, 0), (2, 0, 0, 0))
    amounts: tuple[int, ...] = (1000 * TOKEN, 400 * TOKEN, 50 * TOKEN)
    levels: tuple[int, ...] = (2000, 4000, 5000, 6000, 8000, 9000, 10000)

    access: int = DAY
    commit: int = DAY
    reveal: int = DAY
    cure: int = 2 * DAY
    notice: int = 3 * DAY
    filing_window: int = 90 * DAY
    investigation: int = 2 * DAY
    leave_notice: int = 30 * DAY
    grace: int = 10 * DAY


@dataclass
class Filed:
    """A claim on the chain: its number and the struct that every later call brings."""

    number: int
    claim: tuple[Any, ...]

    @property
    def key(self) -> int:
        return 8 * self.number


class Mutual:
    """A founded mutual with members, a bench, and somebody who acts as the Founder."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        roll(blocks=1)
        if now() < 1_800_000_000:
            roll(seconds=1_800_000_000 - now())
        self.founder = boa.env.generate_address("founder")
        self.keeper = boa.env.generate_address("keeper")
        self.investigator = boa.env.generate_address("investigator")
        self.remainder = boa.env.generate_address("remainder")
        self.attestor = Account.from_key("0x" + "a7" * 32)
        self.token = source("mocks/StableCoin").deploy("Test Yuan", "TCNY")
        self._found()
        self.keys = [Account.from_key(keccak(text=f"member {i}")) for i in range(self.rules.members)]
        self.wallets = [key.address for key in self.keys]
        self.ids = [keccak(text=f"id {i}") for i in range(self.rules.members)]
        roll(seconds=2 * DAY)
        self._enrol(self.ids, self.wallets, 0)
        if 1 < self.rules.minimum_members <= self.rules.members:
            # Two days in which the mutual still gathers.
            roll(seconds=2 * DAY)
            self.fund.start()
        for member_id, wallet in zip(self.ids, self.wallets, strict=True):
            self.fund.accept(member_id, self.hash, sender=wallet)
            self.purse(wallet)
        # The claimants of tests are members 0 to 5; the bench is made of the last ones.
        roll(seconds=self.rules.newcomer + HOUR, blocks=300)
        self.bench = list(range(self.rules.members - self.rules.volunteers, self.rules.members))
        for i in self.bench:
            self.jury.volunteer(self.ids[i], NO_PAYMENT, sender=self.wallets[i])
        roll(seconds=10 * DAY, blocks=300)

    @property
    def hash(self) -> bytes:
        """What a member consents to now."""
        return bytes(self.charter.charter_hash(self.charter.current()))

    def terms(
        self, rules: Rules, *, investigator: str | None = None, attestors: Sequence[str] | None = None
    ) -> tuple[Any, ...]:
        """The numbers of a charter, as the Charter takes them, without benefits."""
        money = pack(
            (100 * SPACING, 80),
            (1000 * SPACING, 96),
            (500, 16),
            (0, 16),
            (1, 8),
            (2 * rules.immediate, 8),
            (7 * DAY, 32),
        )
        member = pack(
            (rules.grace, 32),
            (rules.leave_notice, 32),
            (1000, 20),
            (100, 20),
            (rules.newcomer, 32),
            (0, 16),
            (1000, 32),
            (rules.filing_window, 32),
            (30 * DAY, 32),
            (1, 8),
        )
        court = [
            pack(
                (rules.access, 32),
                (rules.commit, 32),
                (rules.reveal, 32),
                (rules.cure, 32),
                (rules.notice, 32),
                (rules.size, 8),
                (rules.threshold, 16),
                (rules.lot_delay, 8),
                (rules.flags, 8),
                (rules.quorum_heads, 24),
                (rules.quorum_bps, 16),
                (0, 16),
            ),
            pack((rules.juror_pay, 80), (rules.juror_bond, 80), (rules.review_bps, 16), (rules.review_above, 80)),
            pack(
                (rules.investigator_fee, 80),
                (rules.investigation, 32),
                (rules.claim_cap, 96),
                (rules.zone + DAY, 32),
                (rules.inviters, 8),
                (0, 8),
            ),
            pack(
                (0, 88),
                (rules.minimum_members, 32),
                (rules.founding_deadline, 40),
                (rules.floor_heads, 32),
                (rules.runoff or rules.filing_window + DAY, 32),
                (0, 32),
            ),
        ]
        vote = pack(
            (7 * DAY, 32),
            (rules.leave_notice + 7 * DAY, 32),
            (30 * DAY, 32),
            (2_000, 16),
            (6_667, 16),
            (7_500, 16),
            (30 * DAY, 32),
            (0, 80),
        )
        named = [self.attestor.address] if attestors is None else sorted(attestors, key=str.lower)
        return (
            keccak(text=f"{rules} {investigator} {attestors}"),
            money,
            member,
            court,
            vote,
            [sum(s << 24 * j for j, s in enumerate(rules.classes)), 0, 0, 0],
            rules.ladder,
            self.founder,
            investigator or self.investigator,
            self.remainder,
            named,
        )

    def benefits(self, rules: Rules) -> tuple[list[int], list[list[int]]]:
        """Benefit words, and entitlement words by benefit and class."""
        words, entitlements = [], []
        for b, ((kind, deductible, repeats, interval), amount) in enumerate(
            zip(rules.benefits, rules.amounts, strict=True)
        ):
            levels = [(bps, 14) for bps in reversed(rules.levels)]
            words.append(pack((kind, 8), *levels, (deductible, 88), (repeats, 8), (interval, 32), (0, 22)))
            waiting = rules.waiting if kind != 2 else 20 * DAY
            entitlements.append(
                [
                    0 if (b, j) in rules.uncovered else pack((amount * (j + 1), 88), (waiting, 32), (0, 136))
                    for j in range(len(rules.classes))
                ]
            )
        return words, entitlements

    def amend(self, rules: Rules, *, investigator: str | None = None, attestors: Sequence[str] | None = None) -> int:
        """A new version in force from now on: drafted, sealed and adopted as by a vote. Gives its number."""
        numbers = self.terms(rules, investigator=investigator, attestors=attestors)
        slot = self.charter.draft(numbers, True, sender=self.keeper)
        self.charter.add_benefits(slot, 0, *self.benefits(rules), sender=self.keeper)
        self.charter.seal(slot, sender=self.keeper)
        version = self.charter.adopt(slot, sender=self.assembly.address)
        self.fund.adopt(sender=self.assembly.address)
        return int(version)

    def _found(self) -> None:
        self.charter = source("Charter").deploy(
            self.founder, source("Bounds").deploy().address, self.token.address, SPACING
        )
        with boa.env.prank(self.founder):
            slot = self.charter.draft(self.terms(self.rules), True)
            self.charter.add_benefits(slot, 0, *self.benefits(self.rules))
            self.charter.seal(slot)
        annex, stages = (source(name).deploy_as_blueprint() for name in ("FundAnnex", "FundStages"))
        deployed = source("Fund").deploy(self.charter.address, self.founder, annex.address, stages.address)
        # The Fund runs its annexes' code on its own storage, so all of it is called at the Fund.
        abi: list[dict[str, Any]] = []
        for name in ("Fund", "FundAnnex", "FundStages"):
            abi += [entry for entry in build_abi_output(source(name).compiler_data) if entry not in abi]
        self.fund = ABIContractFactory("Fund", abi).at(deployed.address)
        self.office = source("Office").deploy(self.fund.address, self.charter.address)
        self.jury = source("Jury").deploy(self.charter.address, self.fund.address, self.office.address, self.founder)
        self.court = source("Court").deploy(
            self.charter.address, self.fund.address, self.office.address, self.jury.address
        )
        self.assembly = source("Assembly").deploy(self.charter.address, self.fund.address)
        self.jury.wire(self.court.address, sender=self.founder)
        self.charter.wire(self.assembly.address, sender=self.founder)
        self.fund.wire(
            self.office.address, self.court.address, self.jury.address, self.assembly.address, sender=self.founder
        )

    def _enrol(self, ids: Sequence[bytes], wallets: Sequence[str], class_id: int, ticks: int = 300) -> None:
        issued, expiry = now() - 1, now() + DAY
        typed = encode_typed_data(
            {
                "name": "Tongxin Fund",
                "version": "1",
                "chainId": boa.env.evm.patch.chain_id,
                "verifyingContract": self.fund.address,
            },
            {
                "Roster": [
                    {"name": "ids", "type": "bytes32[]"},
                    {"name": "wallets", "type": "address[]"},
                    {"name": "class_id", "type": "uint256"},
                    {"name": "issued", "type": "uint256"},
                    {"name": "expiry", "type": "uint256"},
                ]
            },
            {"ids": list(ids), "wallets": list(wallets), "class_id": class_id, "issued": issued, "expiry": expiry},
        )
        signature = self.attestor.sign_message(typed).signature
        sponsor = boa.env.generate_address("sponsor")
        self.purse(sponsor, 10**9 * TOKEN)
        self.fund.enrol(list(ids), list(wallets), class_id, ticks, issued, expiry, [signature], sender=sponsor)

    def purse(self, wallet: str, amount: int = 10_000 * TOKEN) -> None:
        """Gives a wallet tokens and lets the Fund take them."""
        self.token.mint(wallet, amount)
        self.token.approve(self.fund.address, 2**256 - 1, sender=wallet)

    # Claims

    def joined_hour(self) -> int:
        """The hour of joining of all members (R-30)."""
        return bits(self.fund.members(self.ids[0]), 24, 20)

    def today(self) -> int:
        return (now() + self.rules.zone) // DAY

    def filing(
        self, member: int, benefit: int = 0, *, day: int | None = None, claimed: int = 0, source: int = 0
    ) -> Any:
        return (
            self.ids[member],
            benefit,
            self.today() - 1 if day is None else day,
            claimed,
            keccak(text="evidence"),
            keccak(text="seal"),
            keccak(text="summary"),
            source,
        )

    def file(
        self,
        member: int = 0,
        benefit: int = 0,
        *,
        day: int | None = None,
        claimed: int = 0,
        source: int = 0,
        sender: str | None = None,
    ) -> Filed:
        """Files a claim by the member's wallet, or by another sender."""
        filing = self.filing(member, benefit, day=day, claimed=claimed, source=source)
        number = self.court.file(filing, NO_PAYMENT, sender=sender or self.wallets[member])
        return Filed(number, self._claim_of(number))

    def _claim_of(self, number: int) -> tuple[Any, ...]:
        event = self.event("Filed")
        assert event.c == number
        return (
            event.member_id,
            event.wallet,
            event.filer,
            event.payee,
            event.contact_a,
            event.contact_b,
            event.benefit,
            event.class_id,
            event.day,
            event.filed_at,
            event.claimed,
            event.base,
            event.version,
            event.pool,
            event.evidence,
            event.seal_key,
            event.summary,
        )

    def event(self, name: str, contract: Any = None) -> Any:
        """The last event of that name in the last transaction."""
        found = self.events(name, contract)
        assert found, f"no {name}"
        return found[-1]

    def events(self, name: str, contract: Any = None) -> list[Any]:
        return [event for event in (contract or self.court).get_logs() if type(event).__name__ == name]

    def draw(self, filed: Filed) -> None:
        roll(blocks=self.rules.lot_delay + 1, seconds=60)
        self.court.draw(filed.number, filed.claim, sender=self.keeper)

    def grant(self, filed: Filed) -> None:
        self.court.grant(filed.number, filed.claim, keccak(text="keys"), sender=filed.claim[2])

    def jurors(self, key: int) -> list[int]:
        """The members on a drawn panel, by seat."""
        size = bits(self.jury.panel(key), 248, 8)
        return [self.wallets.index(self.jury.juror(key, seat)) for seat in range(size)]

    def commitment(self, key: int, seat: int, vote: tuple[int, bytes, bytes]) -> bytes:
        attempt = bits(self.jury.panel(key), 240, 4)
        return keccak(
            encode(
                ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32"],
                [boa.env.evm.patch.chain_id, self.jury.address, key, attempt, seat, *vote],
            )
        )

    def ballot(self, seat: int, level: int) -> tuple[int, bytes, bytes]:
        """Level, reason and salt of a seat's vote."""
        return level, keccak(text="reason"), keccak(text=f"salt {seat} {level}")

    def commit(self, key: int, seat: int, level: int) -> None:
        juror = self.jury.juror(key, seat)
        self.jury.commit(key, seat, NO_BYTES, self.commitment(key, seat, self.ballot(seat, level)), sender=juror)

    def reveal(self, key: int, seat: int, level: int) -> None:
        self.jury.reveal(key, seat, *self.ballot(seat, level), sender=self.keeper)

    def vote(self, key: int, levels: Sequence[int | None]) -> None:
        """Every seat commits and reveals its level; None stays silent. Ends as early as it can."""
        for seat, level in enumerate(levels):
            if level is not None:
                self.commit(key, seat, level)
        if any(level is None for level in levels):
            roll(seconds=max(0, bits(self.jury.panel(key), 184, 40) - now()))
        for seat, level in enumerate(levels):
            if level is not None:
                self.reveal(key, seat, level)

    def open_commit(self, key: int, member: int, level: int) -> None:
        """A member commits on an open panel."""
        seat = int(self.wallets[member], 16)
        commitment = self.commitment(key, seat, self.ballot(seat, level))
        self.jury.commit(key, seat, self.ids[member], commitment, sender=self.wallets[member])

    def open_reveal(self, key: int, member: int, level: int) -> None:
        self.reveal(key, int(self.wallets[member], 16), level)

    def open_vote(self, key: int, levels: dict[int, int]) -> None:
        """Members commit and reveal on an open panel."""
        for member, level in levels.items():
            self.open_commit(key, member, level)
        roll(seconds=bits(self.jury.panel(key), 184, 40) - now())
        for member, level in levels.items():
            self.open_reveal(key, member, level)

    def pay_jurors(self, filed: Filed) -> None:
        for n in range(self.state(filed)["n"] + 1):
            self.court.pay_jurors(filed.number, n, sender=self.keeper)

    def judge(self, filed: Filed, levels: Sequence[int | None]) -> None:
        """From a lot to the conclusion of the drawn panel."""
        self.draw(filed)
        self.grant(filed)
        self.vote(self.key(filed), levels)
        self.conclude(filed)

    def conclude(self, filed: Filed) -> None:
        self.court.conclude(filed.number, filed.claim, sender=self.keeper)

    def settle(self, filed: Filed) -> None:
        roll(seconds=max(0, self.state(filed)["deadline"] - now()))
        self.court.settle(filed.number, filed.claim, sender=self.keeper)

    def state(self, filed: Filed) -> dict[str, int]:
        word = self.court.state(filed.number)
        fields = (
            ("stage", 4),
            ("n", 4),
            ("attempt", 4),
            ("level", 4),
            ("flags", 16),
            ("deadline", 40),
            ("lot_block", 40),
            ("filed_at", 40),
            ("valid", 8),
            ("amount", 80),
            ("part", 16),
        )
        state, offset = {}, 256
        for name, width in fields:
            offset -= width
            state[name] = bits(word, offset, width)
        return state

    def key(self, filed: Filed) -> int:
        state = self.state(filed)
        return filed.key + state["n"] + 4 * bool(state["flags"] & OPEN)

    def cure(self, filed: Filed) -> Filed:
        evidence = keccak(text="completed")
        self.court.cure(filed.number, filed.claim, evidence, sender=filed.claim[2])
        return replace(filed, claim=(*filed.claim[:14], evidence, *filed.claim[15:]))

    # Money

    def account(self, name: str) -> int:
        """One account of the Fund."""
        if name == "bonds":
            return int(self.fund.bonds())
        offset, width = {"surplus": (168, 88), "due": (80, 88), "fees": (0, 80)}[name]
        return bits(self.fund.purse(), offset, width)

    def halves(self) -> int:
        """What the bench has posted and not lost, in units."""
        count = self.jury.volunteer_count()
        return sum(bits(self.jury.volunteers(i), 48, 8) * self.jury.half(i) for i in range(count))

    def balance(self, wallet: str) -> int:
        return int(self.token.balanceOf(wallet))

    def check_conservation(self, filed: Sequence[Filed] = ()) -> None:
        """I-1 and I-11, with the pots of the claims that are given and still open."""
        pots = 0
        for one in filed:
            state = self.state(one)
            if state["stage"] >= GRANTED:
                for n in range(state["n"] + 1):
                    if not state["flags"] & 512 << n:
                        votes = sum(self.jury.vote_of(one.key + n, seat) > 0 for seat in range(63))
                        pots += votes * state["amount"]
                continue
            if not state["flags"] & WAIVED and not self.rules.flags & OPEN_PANELS:
                pots += self.rules.size * self.rules.juror_pay
            escrow = self.court.escrow(one.number)
            pots += bits(escrow, 168, 88) + bits(escrow, 80, 88)
        exposed = sum(self.jury.exposed(one.key + n) for one in filed for n in range(3))
        assert self.account("bonds") == self.halves() + pots + exposed
        deposits = bits(self.fund.books(), 0, 87)
        parts = sum(self.account(name) for name in ("bonds", "surplus", "due", "fees"))
        assert self.balance(self.fund.address) == deposits + parts


def attempt(act: Callable[[], Any]) -> bool:
    """Whether an act is possible now; leaves no trace."""
    with boa.env.anchor():
        try:
            act()
        except BoaError:
            return False
        return True
