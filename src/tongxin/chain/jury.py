# SPDX-License-Identifier: AGPL-3.0-only
"""The Jury: volunteers and their bonds, panels, hidden votes (R-66 to R-75)."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.records import Panel, Volunteer
from tongxin.chain.structs import Payment
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import Domain, commitment, jury_domain
from tongxin.words import SEATS_IN_PANEL, SEATS_PER_WORD

__all__ = ["Jury", "panel_key"]

_MOST_ATTEMPTS = 4


def panel_key(claim: int, n: int, *, is_open: bool = False) -> int:
    """The key of a claim's panel: 8 c + n + 4 open (docs/spec/court.md)."""
    return 8 * claim + n + 4 * is_open


class Jury(Contract):
    """Jurors, panels and votes of one mutual. Level 8 is 'incomplete'."""

    artifact = "Jury"

    def typed_domain(self) -> Domain:
        """The domain in which jurors sign commitments."""
        return jury_domain(self.endpoints.chain_id, self.address)

    def commitment(self, key: int, attempt: int, seat: int, *, level: int, reason: bytes, salt: bytes) -> bytes:
        """A hidden vote (R-69). Keep level, reason and salt before it is sent: without them it cannot be revealed."""
        return commitment(
            self.endpoints.chain_id, self.address, key, attempt, seat, level=level, reason=reason, salt=salt
        )

    # -- volunteers

    def volunteer(self, member_id: bytes, payment: Payment) -> Action:
        """Posts a juror's bond (R-66); returns the juror's index."""
        return self._act("volunteer", member_id, payment.abi())

    def retire(self) -> Action:
        """Leaves the list (R-66)."""
        return self._act("retire")

    def withdraw_bond(self, index: int) -> Action:
        """Pays out what is left of a retired juror's bond (R-66)."""
        return self._act("withdraw_bond", index)

    def dismiss(self, index: int) -> Action:
        """Takes a juror off the list whose membership ended (R-66)."""
        return self._act("dismiss", index)

    # -- votes

    def announce(self, key: int, seat: int, kind: int, public_key: bytes) -> Action:
        """Announces under which one-time key (a `KeyKind`) a seat of a drawn panel reads the evidence (R-122)."""
        return self._act("announce", key, seat, kind, public_key)

    def commit(self, key: int, seat: int, member_id: bytes, hidden: bytes) -> Action:
        """Gives a hidden vote (R-69). On an open panel `seat` is the wallet as a number."""
        return self._act("commit", key, seat, member_id, hidden)

    def commit_for(
        self, key: int, seats: Sequence[int], commitments: Sequence[bytes], signatures: Sequence[bytes]
    ) -> Action:
        """Gives several seats' hidden votes by their jurors' signatures (R-69)."""
        return self._act("commit_for", key, list(seats), list(commitments), list(signatures))

    def reveal(self, key: int, seat: int, level: int, reason: bytes, salt: bytes) -> Action:
        """Shows a hidden vote (R-70)."""
        return self._act("reveal", key, seat, level, reason, salt)

    def reveal_many(
        self,
        key: int,
        seats: Sequence[int],
        levels: Sequence[int],
        reasons: Sequence[bytes],
        salts: Sequence[bytes],
    ) -> Action:
        """Shows several hidden votes (R-70)."""
        return self._act("reveal_many", key, list(seats), list(levels), list(reasons), list(salts))

    def expose(self, key: int, seat: int, level: int, reason: bytes, salt: bytes) -> Action:
        """Shows that a juror gave its secret away before reveals open (R-71)."""
        return self._act("expose", key, seat, level, reason, salt)

    # -- by other contracts of the mutual only

    def wire(self, court: str) -> Action:
        """Names the Court, once; the Founder only."""
        return self._act("wire", court)

    def draw(
        self,
        key: int,
        attempt: int,
        seed: bytes,
        *,
        size: int,
        pool: int,
        filed_at: int,
        excluded: Sequence[str],
    ) -> Action:
        """Draws a panel (R-67); the Court only."""
        return self._act("draw", key, attempt, seed, size, pool, filed_at, list(excluded))

    def start(self, key: int, attempt: int, commit_by: int, reveal_by: int) -> Action:
        """Opens voting on a drawn panel; the Court only."""
        return self._act("start", key, attempt, commit_by, reveal_by)

    def open_panel(
        self,
        key: int,
        attempt: int,
        commit_by: int,
        reveal_by: int,
        *,
        quorum_heads: int,
        quorum_bps: int,
        filed_at: int,
        excluded: Sequence[str],
    ) -> Action:
        """Opens an open panel (R-75); the Court only."""
        return self._act(
            "open_panel",
            key,
            attempt,
            commit_by,
            reveal_by,
            quorum_heads,
            quorum_bps,
            filed_at,
            list(excluded),
        )

    def conclude(self, key: int, threshold: int, *, strict: bool, may_cure: bool) -> Action:
        """Counts a panel (R-72); the Court only."""
        return self._act("conclude", key, threshold, strict, may_cure)

    def commission(self, key: int, seat: int, actor: str, time: int) -> Action:
        """Notes a juror's wish for an investigation (R-84); the Court only."""
        return self._act("commission", key, seat, actor, time)

    def slash(self, index: int, key: int) -> Action:
        """Takes a juror's bond; the Court only."""
        return self._act("slash", index, key)

    def pay(self, key: int, each: int) -> Action:
        """Credits a panel's jurors (R-83); the Court only."""
        return self._act("pay", key, each)

    # -- what it says

    def panel(self, key: int, block: Block = LATEST) -> Panel | None:
        """A panel with its seats and votes; None when it was never formed."""
        word = int(self._read("panel", key, block=block))
        votes = int(self._read("votes", key, block=block))
        size = word >> 248
        later = -(-max(0, size - SEATS_IN_PANEL) // SEATS_PER_WORD)
        seats = [int(item) for item in self._read_many("seats", [(key, number) for number in range(later)], block)]
        return Panel.unpack(word, votes, seats)

    def votes(self, key: int, block: Block = LATEST) -> int:
        """The packed votes beyond those in the panel's word."""
        return int(self._read("votes", key, block=block))

    def seats(self, key: int, number: int, block: Block = LATEST) -> int:
        """The packed seats 5 + 10 number .. 14 + 10 number."""
        return int(self._read("seats", key, number, block=block))

    def commitments(self, key: int, attempt: int, seat: int, block: Block = LATEST) -> bytes:
        """A seat's hidden vote; zero when there is none or it was revealed."""
        return bytes(self._read("commitments", _MOST_ATTEMPTS * key + attempt, seat, block=block))

    def volunteers(self, index: int, block: Block = LATEST) -> Volunteer:
        """A juror by index."""
        word = int(self._read("volunteers", index, block=block))
        return Volunteer.unpack(word, self.half(index, block), self.membership(index, block))

    def half(self, index: int, block: Block = LATEST) -> int:
        """Units of one half of a juror's bond."""
        return int(self._read("half", index, block=block))

    def membership(self, index: int, block: Block = LATEST) -> bytes:
        """The membership that a juror volunteered with."""
        return bytes(self._read("membership", index, block=block))

    def index_of(self, wallet: str, block: Block = LATEST) -> int | None:
        """A wallet's index on the list, or None."""
        number = int(self._read("seat_of", wallet, block=block))
        return number - 1 if number else None

    def index_of_member(self, member_id: bytes, block: Block = LATEST) -> int | None:
        """A member's latest index on the list, or None (R-66)."""
        number = int(self._read("volunteer_of", member_id, block=block))
        return number - 1 if number else None

    def voted(self, key: int, attempt: int, member_id: bytes, block: Block = LATEST) -> str:
        """The wallet that votes for a member on an open panel (R-75); the zero address while none does."""
        return str(self._read("voted", _MOST_ATTEMPTS * key + attempt, member_id, block=block))

    def volunteer_count(self, block: Block = LATEST) -> int:
        """How many ever volunteered."""
        return int(self._read("volunteer_count", block=block))

    def excluded(self, key: int, wallet: str, block: Block = LATEST) -> bool:
        """Whether a wallet may not vote on an open panel."""
        return bool(self._read("excluded", key, wallet, block=block))

    def commissions(self, key: int, block: Block = LATEST) -> int:
        """Mask of the seats that wish an investigation."""
        return int(self._read("commissions", key, block=block))

    def exposed(self, key: int, block: Block = LATEST) -> int:
        """Units lost by exposures that are not yet booked."""
        return int(self._read("exposed", key, block=block))

    def juror(self, key: int, seat: int, block: Block = LATEST) -> str:
        """The wallet that sits on a seat; the zero address when it is empty."""
        return str(self._read("juror", key, seat, block=block))

    def vote_of(self, key: int, seat: int, block: Block = LATEST) -> int | None:
        """The level that a seat voted for, or None."""
        vote = int(self._read("vote_of", key, seat, block=block))
        return vote - 1 if vote else None

    def dissenter(self, key: int, seat: int, actor: str, level: int, block: Block = LATEST) -> int:
        """The index of a juror whose vote differs from a level (R-77).

        Raises:
            Reverted: It is none.
        """
        return int(self._read("dissenter", key, seat, actor, level, block=block))

    def charter(self, block: Block = LATEST) -> str:
        """The Charter's address."""
        return str(self._read("CHARTER", block=block))

    def fund(self, block: Block = LATEST) -> str:
        """The Fund's address."""
        return str(self._read("FUND", block=block))

    def office(self, block: Block = LATEST) -> str:
        """The Office's address."""
        return str(self._read("OFFICE", block=block))

    def court(self, block: Block = LATEST) -> str:
        """The Court's address."""
        return str(self._read("court", block=block))
