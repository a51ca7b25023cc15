# SPDX-License-Identifier: AGPL-3.0-only
"""The Court: claims from filing to closing (R-60 to R-86).

The chain keeps a claim's digest only, so that every call after filing brings the `Claim`; `Mutual.claim` finds it.
"""

from __future__ import annotations

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.records import Challenger, ClaimState, Docket, Escrow, Grants
from tongxin.chain.structs import Claim, Filing, Payment
from tongxin.chain.transactions import Action

__all__ = ["Court"]


class Court(Contract):
    """One mutual's claims."""

    artifact = "Court"

    def file(self, filing: Filing, payment: Payment) -> Action:
        """Files a claim (R-60); returns its number. `payment` counts when the bond's source is a payment."""
        return self._act("file", filing.abi(), payment.abi())

    def draw(self, c: int, claim: Claim) -> Action:
        """Draws the panel once the lot's block is past (R-65, R-67)."""
        return self._act("draw", c, claim.abi())

    def grant(self, c: int, claim: Claim, keys_hash: bytes) -> Action:
        """Gives the jurors access (R-68); `keys_hash` is that of the wrapped keys."""
        return self._act("grant", c, claim.abi(), keys_hash)

    def cure(self, c: int, claim: Claim, evidence: bytes) -> Action:
        """Completes an incomplete claim (R-74); from then on the claim carries the new hash."""
        return self._act("cure", c, claim.abi(), evidence)

    def time_out(self, c: int, claim: Claim) -> Action:
        """Ends a stage in which the claimant did not act (R-68, R-74)."""
        return self._act("time_out", c, claim.abi())

    def conclude(self, c: int, claim: Claim) -> Action:
        """Ends a panel's voting (R-72)."""
        return self._act("conclude", c, claim.abi())

    def challenge(self, c: int, claim: Claim, seat: int, payment: Payment) -> Action:
        """Challenges a verdict (R-77); `seat` is the juror's, or 0 for anybody else."""
        return self._act("challenge", c, claim.abi(), seat, payment.abi())

    def review(self, c: int, claim: Claim) -> Action:
        """Decides by lot or amount whether a grant goes to a second panel (R-78)."""
        return self._act("review", c, claim.abi())

    def settle(self, c: int, claim: Claim) -> Action:
        """Closes a claim after its notice (R-80)."""
        return self._act("settle", c, claim.abi())

    def pay_jurors(self, c: int, n: int) -> Action:
        """Credits the jurors of a closed claim's panel (R-83)."""
        return self._act("pay_jurors", c, n)

    def commission(self, c: int, claim: Claim, seat: int) -> Action:
        """A juror wishes an investigation (R-84)."""
        return self._act("commission", c, claim.abi(), seat)

    def report(self, c: int, claim: Claim, report_hash: bytes) -> Action:
        """The investigator reports (R-84)."""
        return self._act("report", c, claim.abi(), report_hash)

    def advance(self) -> Action:
        """Moves the pointer to the lowest open claim (R-85)."""
        return self._act("advance")

    # -- what it says

    def settled_before(self, time: int, block: Block = LATEST) -> bool:
        """Whether every claim filed before a time is closed (R-85)."""
        return bool(self._read("settled_before", time, block=block))

    def claim_count(self, block: Block = LATEST) -> int:
        """How many claims were filed."""
        return int(self._read("claim_count", block=block))

    def docket(self, block: Block = LATEST) -> Docket:
        """How many claims were filed, and the lowest that is open."""
        return Docket.unpack(self._read("docket", block=block))

    def digest(self, event_key: bytes, block: Block = LATEST) -> bytes:
        """The digest of the latest claim for an event (R-63); see `Claim.event_key`."""
        return bytes(self._read("digest", event_key, block=block))

    def state(self, c: int, block: Block = LATEST) -> ClaimState:
        """Where a claim stands."""
        return ClaimState.unpack(self._read("state", c, block=block))

    def award(self, c: int, block: Block = LATEST) -> int:
        """The due of a claim that the claim cap cut; else 0."""
        return int(self._read("award", c, block=block))

    def escrow(self, c: int, block: Block = LATEST) -> Escrow:
        """Challengers' bonds and slashed bonds of a claim."""
        return Escrow.unpack(self._read("escrow", c, block=block))

    def challenger(self, c: int, n: int, block: Block = LATEST) -> Challenger:
        """Who brought a claim before its panel n."""
        return Challenger.unpack(self._read("challenger", c, n, block=block))

    def grants_of(self, member_id: bytes, benefit: int, block: Block = LATEST) -> Grants:
        """What a member was granted of a benefit (R-61)."""
        return Grants.unpack(self._read("grants_of", member_id, benefit, block=block))

    def waived_at(self, member_id: bytes, block: Block = LATEST) -> int:
        """When a member last filed without bond, in seconds; 0 never."""
        return int(self._read("waived_at", member_id, block=block))

    def charter(self, block: Block = LATEST) -> str:
        """The Charter's address."""
        return str(self._read("CHARTER", block=block))

    def fund(self, block: Block = LATEST) -> str:
        """The Fund's address."""
        return str(self._read("FUND", block=block))

    def office(self, block: Block = LATEST) -> str:
        """The Office's address."""
        return str(self._read("OFFICE", block=block))

    def jury(self, block: Block = LATEST) -> str:
        """The Jury's address."""
        return str(self._read("JURY", block=block))
