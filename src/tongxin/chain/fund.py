# SPDX-License-Identifier: AGPL-3.0-only
"""The Fund: money and register of one mutual (R-1 to R-51), and the stages of its life (R-95, R-105 to R-111)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.records import (
    Admission,
    Books,
    Deferred,
    Ending,
    History,
    Life,
    Member,
    MemberRecord,
    MemberTerms,
    MoneyTerms,
    Order,
    Payout,
    Purse,
    Round,
    SetAside,
    Tick,
    Yearly,
)
from tongxin.chain.structs import Attestation, Payment
from tongxin.chain.transactions import Action

__all__ = [
    "COLLECT_BATCH",
    "ENROL_BATCH",
    "REGISTER_BATCH",
    "TOP_UP_BATCH",
    "Fund",
    "FundAnnex",
    "FundStages",
    "deferral_key",
]

ENROL_BATCH: Final = 500
"""Most ids in one `enrol`."""
TOP_UP_BATCH: Final = 200
"""Most ids in one `top_up_many`."""
COLLECT_BATCH: Final = 100
"""Most ids in one `collect`."""
REGISTER_BATCH: Final = 200
"""Most ids in one `register`."""


def deferral_key(adjudicator: str, claim: int) -> int:
    """Under which the Fund keeps a deferred claim."""
    return int(adjudicator, 16) << 96 | claim


class FundAnnex(Contract):
    """The second part of a Fund's code; it is called at the Fund's address, never at its own."""

    artifact = "FundAnnex"


class FundStages(Contract):
    """The third part of a Fund's code; it is called at the Fund's address, never at its own."""

    artifact = "FundStages"


class Fund(Contract):
    """One mutual's money and members. Money in the token's smallest unit, shares in thousandths."""

    artifact = "Fund"

    # -- membership

    def join(
        self, attestation: Attestation, signatures: Sequence[bytes], tick: int, charter_hash: bytes, payment: Payment
    ) -> Action:
        """Makes a person a member whom attestors vouch for (R-32 to R-37); signatures by rising address."""
        return self._act("join", attestation.abi(), list(signatures), tick, charter_hash, payment.abi())

    def enrol(
        self,
        ids: Sequence[bytes],
        wallets: Sequence[str],
        class_id: int,
        tick: int,
        *,
        issued: int,
        expiry: int,
        signatures: Sequence[bytes],
    ) -> Action:
        """Admits up to 500 under one signature, paid by the sender's allowance (R-35); returns how many."""
        return self._act("enrol", list(ids), list(wallets), class_id, tick, issued, expiry, list(signatures))

    def accept(self, member_id: bytes, charter_hash: bytes) -> Action:
        """The wallet accepts the charter (R-33)."""
        return self._act("accept", member_id, charter_hash)

    def top_up(self, member_id: bytes, tick: int, payment: Payment) -> Action:
        """Lengthens a runway, or restores one within the grace time (R-39)."""
        return self._act("top_up", member_id, tick, payment.abi())

    def top_up_many(self, ids: Sequence[bytes], ticks: Sequence[int]) -> Action:
        """Lengthens up to 200 runways out of the sender's allowance (R-39); returns how many."""
        return self._act("top_up_many", list(ids), list(ticks))

    def set_order(self, member_id: bytes, most_per_period: int, target: int) -> Action:
        """Sets a standing order, or takes it back with 0 (R-40)."""
        return self._act("set_order", member_id, most_per_period, target)

    def collect(self, ids: Sequence[bytes]) -> Action:
        """Carries out up to 100 standing orders (R-40); returns how many."""
        return self._act("collect", list(ids))

    def rejoin(self, member_id: bytes, tick: int, charter_hash: bytes, payment: Payment) -> Action:
        """Brings back a membership that lapsed or was left (R-43)."""
        return self._act("rejoin", member_id, tick, charter_hash, payment.abi())

    def leave(self, member_id: bytes) -> Action:
        """Gives notice (R-46); it cannot be taken back."""
        return self._act("leave", member_id)

    def refund(self, member_id: bytes) -> Action:
        """Pays a leaver's balance once the notice is over (R-46)."""
        return self._act("refund", member_id)

    def step_back(self, member_id: bytes) -> Action:
        """Takes all money out of a mutual that has not started: the wallet, after the deadline anyone (R-107)."""
        return self._act("step_back", member_id)

    # -- the stages of a mutual's life, by anyone

    def adopt(self) -> Action:
        """Applies the charter's newest version (R-95); the Assembly does it when it adopts one."""
        return self._act("adopt")

    def start(self) -> Action:
        """Starts a mutual in which enough members have come together (R-105)."""
        return self._act("start")

    def watch_floor(self) -> Action:
        """Notes that heads are below the charter's floor (R-108)."""
        return self._act("watch_floor")

    def wind_down_by_floor(self) -> Action:
        """Winds down a mutual whose heads stayed below the floor for longer than the grace time (R-108)."""
        return self._act("wind_down_by_floor")

    def register(self, ids: Sequence[bytes]) -> Action:
        """Entitles up to 200 members to their parts of the surplus (R-109); returns how many."""
        return self._act("register", list(ids))

    def end(self) -> Action:
        """Ends a mutual whose claims have run off, and sets the surplus aside (R-110)."""
        return self._act("end")

    def pay_out(self, member_id: bytes) -> Action:
        """Pays balance and part of the surplus to a member of an ended mutual (R-110)."""
        return self._act("pay_out", member_id)

    def sweep_remainder(self) -> Action:
        """Gives what belongs to no member to whom the charter names (P-56, R-107, R-110)."""
        return self._act("sweep_remainder")

    # -- rounds and money

    def settle_round(self) -> Action:
        """Settles the outstanding round once it is closed (R-14)."""
        return self._act("settle_round")

    def pay(self, adjudicator: str, claim: int) -> Action:
        """Pays a claim its part of a settled round (R-14)."""
        return self._act("pay", adjudicator, claim)

    def carry(self, adjudicator: str, claim: int) -> Action:
        """Takes a claim's unpaid rest into a later round (R-15)."""
        return self._act("carry", adjudicator, claim)

    def donate(self, amount: int, payment: Payment) -> Action:
        """Gives to the surplus (R-22)."""
        return self._act("donate", amount, payment.abi())

    def withdraw(self, payee: str) -> Action:
        """Pays out what is due to somebody (R-19)."""
        return self._act("withdraw", payee)

    def withdraw_fees(self) -> Action:
        """Pays the fees to the steward (R-23)."""
        return self._act("withdraw_fees")

    def absorb(self) -> Action:
        """Books stray tokens as surplus (R-20)."""
        return self._act("absorb")

    def recognise_loss(self) -> Action:
        """Shares a shortage of tokens (R-21)."""
        return self._act("recognise_loss")

    # -- by other contracts of the mutual only

    def wire(self, office: str, court: str, jury: str, assembly: str) -> Action:
        """Names the other contracts, once; the Founder only."""
        return self._act("wire", office, court, jury, assembly)

    def wind_down(self) -> Action:
        """Winds down by vote (R-108); the Assembly only."""
        return self._act("wind_down")

    def admit(self, attestation: Attestation, tick: int, charter_hash: bytes, payment: Payment) -> Action:
        """Admits by invitation or openly (R-38); the Office only."""
        return self._act("admit", attestation.abi(), tick, charter_hash, payment.abi())

    def set_wallet(self, member_id: bytes, wallet: str, *, keep_accepted: bool) -> Action:
        """Changes a wallet (R-47); the Office only."""
        return self._act("set_wallet", member_id, wallet, keep_accepted)

    def set_class(self, member_id: bytes, class_id: int, payer: str) -> Action:
        """Changes a class (R-44); the Office only."""
        return self._act("set_class", member_id, class_id, payer)

    def set_contacts_flag(self, member_id: bytes, *, on: bool) -> Action:
        """Notes that contacts are named (R-48); the Office only."""
        return self._act("set_contacts_flag", member_id, on)

    def announce(self, due: int, costs: int) -> Action:
        """Announces a call (R-7); the Court only."""
        return self._act("announce", due, costs)

    def retract(self, call: int) -> Action:
        """Takes a call back (R-7); the Court only."""
        return self._act("retract", call)

    def settle(self, claim: int, payee: str, due: int, costs: int, call: int) -> Action:
        """Settles or defers a claim (R-8 to R-12); the Court only."""
        return self._act("settle", claim, payee, due, costs, call)

    def hold(self, payer: str, amount: int, detail: bytes, member_id: bytes, payment: Payment) -> Action:
        """Takes a bond; Court and Jury only."""
        return self._act("hold", payer, amount, detail, member_id, payment.abi())

    def hold_from_balance(self, member_id: bytes, amount: int) -> Action:
        """Takes a bond out of a balance (R-64); the Court only."""
        return self._act("hold_from_balance", member_id, amount)

    def release(self, to: str, amount: int) -> Action:
        """Pays a bond out; Court and Jury only."""
        return self._act("release", to, amount)

    def credit(self, to: str, amount: int) -> Action:
        """Makes a bond a due; Court and Jury only."""
        return self._act("credit", to, amount)

    def forfeit(self, amount: int) -> Action:
        """Makes a bond surplus; Court and Jury only."""
        return self._act("forfeit", amount)

    # -- what it says

    def books(self, block: Block = LATEST) -> Books:
        """Index, shares and heads in force, deposits."""
        return Books.unpack(self._read("books", block=block))

    def stage(self, block: Block = LATEST) -> Life:
        """Where the mutual stands in its life."""
        return Life.unpack(self._read("stage", block=block))

    def ending(self, block: Block = LATEST) -> Ending:
        """What a wind-down is divided by."""
        return Ending.unpack(self._read("ending", block=block))

    def set_aside(self, block: Block = LATEST) -> SetAside:
        """The surplus that an ended mutual divides."""
        return SetAside.unpack(self._read("set_aside", block=block))

    def version(self, block: Block = LATEST) -> int:
        """The charter's version that the Fund applies."""
        return int(self._read("version", block=block))

    def purse(self, block: Block = LATEST) -> Purse:
        """Surplus, due, fees."""
        return Purse.unpack(self._read("purse", block=block))

    def bonds(self, block: Block = LATEST) -> int:
        """Money held for the court and the jury."""
        return int(self._read("bonds", block=block))

    def yearly(self, block: Block = LATEST) -> Yearly:
        """The rise of the index in the year last written, and open calls."""
        return Yearly.unpack(self._read("yearly", block=block))

    def round(self, block: Block = LATEST) -> Round:
        """The outstanding round, or the last."""
        return Round.unpack(self._read("round", block=block))

    def payout(self, number: int, block: Block = LATEST) -> Payout:
        """What a round paid."""
        return Payout.unpack(self._read("payout", number, block=block))

    def unpaid(self, number: int, block: Block = LATEST) -> int:
        """Units of a settled round that its claims have not got yet."""
        return int(self._read("unpaid", number, block=block))

    def deferred(self, adjudicator: str, claim: int, block: Block = LATEST) -> Deferred:
        """A claim that waits for a round; `payee` is the zero address when there is none."""
        key = deferral_key(adjudicator, claim)
        return Deferred.unpack(self._read("deferred", key, block=block), self.deferred_due(adjudicator, claim, block))

    def deferred_due(self, adjudicator: str, claim: int, block: Block = LATEST) -> int:
        """What a deferred claim asks for."""
        return int(self._read("deferred_due", deferral_key(adjudicator, claim), block=block))

    def tick(self, number: int, block: Block = LATEST) -> Tick:
        """Who ends on a tick."""
        return Tick.unpack(self._read("ticks", number, block=block))

    def ticks(self, numbers: Sequence[int], block: Block = LATEST) -> list[Tick]:
        """Who ends on many ticks, in few requests."""
        return [Tick.unpack(word) for word in self._read_many("ticks", [(number,) for number in numbers], block)]

    def bitmap(self, word: int, block: Block = LATEST) -> int:
        """256 bits of occupied ticks: bit b stands for tick 256 word + b."""
        return int(self._read("bitmap", word, block=block))

    def bitmaps(self, words: Sequence[int], block: Block = LATEST) -> list[int]:
        """Many words of the bitmap, in few requests."""
        return [int(word) for word in self._read_many("bitmap", [(number,) for number in words], block)]

    def member(self, member_id: bytes, block: Block = LATEST) -> Member:
        """A membership; not `occupied` when there is none."""
        return Member.unpack(self._read("members", member_id, block=block))

    def members(self, ids: Sequence[bytes], block: Block = LATEST) -> list[Member]:
        """Many memberships, in few requests."""
        return [Member.unpack(word) for word in self._read_many("members", [(item,) for item in ids], block)]

    def history(self, member_id: bytes, block: Block = LATEST) -> History:
        """The record before a member's last change (R-31)."""
        return History.unpack(self._read("history", member_id, block=block))

    def record(self, member_id: bytes, block: Block = LATEST) -> MemberRecord:
        """All that a day's cover is judged by (R-51)."""
        return MemberRecord.unpack(self._read("record", member_id, block=block))

    def orders(self, member_id: bytes, block: Block = LATEST) -> Order:
        """A member's standing order."""
        return Order.unpack(self._read("orders", member_id, block=block))

    def balance_of(self, member_id: bytes, block: Block = LATEST) -> int:
        """A member's balance (R-1)."""
        return int(self._read("balance_of", member_id, block=block))

    def balances_of(self, ids: Sequence[bytes], block: Block = LATEST) -> list[int]:
        """Many balances, in few requests."""
        return [int(item) for item in self._read_many("balance_of", [(item,) for item in ids], block)]

    def dues(self, payee: str, block: Block = LATEST) -> int:
        """What waits to be withdrawn for somebody."""
        return int(self._read("dues", payee, block=block))

    def admission(self, block: Block = LATEST) -> Admission:
        """This week's admissions."""
        return Admission.unpack(self._read("admission", block=block))

    def money_terms(self, block: Block = LATEST) -> MoneyTerms:
        """Caps, fee, rounds."""
        return MoneyTerms.unpack(self._read("money_terms", block=block))

    def member_terms(self, block: Block = LATEST) -> MemberTerms:
        """Times and limits of membership."""
        return MemberTerms.unpack(self._read("member_terms", block=block))

    def shares_words(self, number: int, block: Block = LATEST) -> int:
        """The packed shares of classes 10 number .. 10 number + 9."""
        return int(self._read("shares_words", number, block=block))

    def attestors(self, address: str, block: Block = LATEST) -> bool:
        """Whether an address is an attestor."""
        return bool(self._read("attestors", address, block=block))

    def token(self, block: Block = LATEST) -> str:
        """The token."""
        return str(self._read("TOKEN", block=block))

    def spacing(self, block: Block = LATEST) -> int:
        """Index units between two ticks (P-2)."""
        return int(self._read("SPACING", block=block))

    def charter(self, block: Block = LATEST) -> str:
        """The Charter's address."""
        return str(self._read("CHARTER", block=block))

    def annex(self, block: Block = LATEST) -> str:
        """Where the second part of the Fund's code stands."""
        return str(self._read("ANNEX", block=block))

    def stages(self, block: Block = LATEST) -> str:
        """Where the third part of the Fund's code stands."""
        return str(self._read("STAGES", block=block))

    def founded(self, block: Block = LATEST) -> int:
        """When the Fund was deployed, in seconds."""
        return int(self._read("FOUNDED", block=block))

    def office(self, block: Block = LATEST) -> str:
        """The Office's address."""
        return str(self._read("office", block=block))

    def court(self, block: Block = LATEST) -> str:
        """The Court's address."""
        return str(self._read("court", block=block))

    def jury(self, block: Block = LATEST) -> str:
        """The Jury's address."""
        return str(self._read("jury", block=block))

    def assembly(self, block: Block = LATEST) -> str:
        """The Assembly's address."""
        return str(self._read("assembly", block=block))
