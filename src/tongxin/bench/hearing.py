# SPDX-License-Identifier: AGPL-3.0-only
"""A claim from filing to payment, each transaction measured."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount

from tongxin.bench.errors import BenchError
from tongxin.bench.fixed import has_zero, word
from tongxin.bench.membership import member_account, member_id
from tongxin.bench.stage import Stage
from tongxin.chain import dev_rpc
from tongxin.chain.events import Filed, Settled, TickCrossed, Verdict
from tongxin.chain.jury import panel_key
from tongxin.chain.keys import KeySigner
from tongxin.chain.payments import by_allowance
from tongxin.chain.primitives import from_hex
from tongxin.chain.structs import Claim, Filing
from tongxin.chain.typed_data import commit
from tongxin.model.lot import candidates, lot_seed
from tongxin.words import KeyKind

__all__ = ["ClaimGas", "Hearings"]

BENEFIT: Final = 0
FULL: Final = 2
"""The level that grants the whole sum."""
ATTEMPT: Final = 0
MOST_LOTS: Final = 200


@dataclass(frozen=True)
class ClaimGas:
    """Receipt gas of one claim's transactions, and how many ticks its settlement crossed.

    Votes are one number for each transaction: five, or one where they were brought together. Seat keys are announced
    where votes are cast one by one.
    """

    file: int
    draw: int
    keys: tuple[int, ...]
    grant: int
    commits: tuple[int, ...]
    reveals: tuple[int, ...]
    conclude: int
    settle: int
    crossed: int

    @property
    def total(self) -> int:
        """Everybody's transactions from filing to payment, but for the jurors' keys."""
        steps = (self.file, self.draw, self.grant, *self.commits, *self.reveals, self.conclude, self.settle)
        return sum(steps)


@dataclass(frozen=True)
class _Ballot:
    seat: int
    juror: LocalAccount
    reason: bytes
    salt: bytes
    hidden: bytes
    signature: bytes


@dataclass
class Hearings:
    """The claims of one member, each for another day.

    Attributes:
        stage: Where they are heard.
        claimant: The member's number.
        bench: The volunteers by index.
        distinct: Whether lots that name somebody twice are drawn again, so that a drawing costs the same each time.
    """

    stage: Stage
    claimant: int
    bench: tuple[LocalAccount, ...] = ()
    distinct: bool = True

    def volunteer(self, number: int) -> int:
        """A member posts a juror's bond, approved exactly."""
        who = member_account(number)
        self.stage.fund(who.address, 100)
        self.stage.approve(who, self.stage.mutual.court_terms.juror_bond)
        receipt = self.stage.act(who, self.stage.mutual.jury.volunteer(member_id(number), by_allowance()))
        self.bench = (*self.bench, who)
        return receipt.gas_used

    def hear(self, *, batched: bool) -> ClaimGas:
        """A claim for yesterday, filed on a fresh day, granted in full by all jurors, settled after its notice.

        Args:
            batched: Whether one transaction brings all commitments, and one all reveals.

        Raises:
            BenchError: It was not paid in full at once.
        """
        stage, mutual = self.stage, self.stage.mutual
        stage.next_day()
        file_gas, c, claim, lot_block = self._file()
        self._await_lot(lot_block, panel_key(c, 0), claim.pool)
        draw = stage.push(mutual.court.draw(c, claim))
        keys = () if batched else self._announce(panel_key(c, 0))
        grant = stage.act(member_account(self.claimant), mutual.court.grant(c, claim, word(f"keys {c}")))
        commits, reveals = self._vote(panel_key(c, 0), batched=batched)
        concluded = stage.push(mutual.court.conclude(c, claim))
        stage.travel(concluded.one(Verdict).deadline)
        settled = stage.push(mutual.court.settle(c, claim))
        if settled.one(Settled).paid != claim.base:
            raise BenchError(f"claim {c} was paid {settled.one(Settled).paid} of {claim.base} units")
        return ClaimGas(
            file_gas,
            draw.gas_used,
            keys,
            grant.gas_used,
            commits,
            reveals,
            concluded.gas_used,
            settled.gas_used,
            len(settled.all(TickCrossed)),
        )

    def pay_jurors(self) -> int:
        """The jurors of the latest claim are credited."""
        court = self.stage.mutual.court
        return self.stage.push(court.pay_jurors(court.claim_count(), 0)).gas_used

    def let_read(self) -> tuple[int, int, int]:
        """The claimant announces a reader key, lets somebody read a document, and takes that back."""
        stage, office = self.stage, self.stage.mutual.office
        who, tag = member_account(self.claimant), member_id(self.claimant)
        document, reader, grant = word("document"), word("reader"), word("grant")
        announced = stage.act(who, office.announce_key(tag, KeyKind.X25519, word("reader key")))
        authorised = stage.act(who, office.authorise(tag, document, reader, grant))
        revoked = stage.act(who, office.revoke(tag, document, reader))
        return announced.gas_used, authorised.gas_used, revoked.gas_used

    def _announce(self, key: int) -> tuple[int, ...]:
        """Each juror announces the key of the own seat."""
        jury = self.stage.mutual.jury
        return tuple(
            self.stage.act(juror, jury.announce(key, seat, KeyKind.X25519, word(f"seat key {key} {seat}"))).gas_used
            for seat, juror in self._seated(key)
        )

    def _seated(self, key: int) -> list[tuple[int, LocalAccount]]:
        panel = self.stage.mutual.jury.panel(key)
        if panel is None:
            raise BenchError("no panel was drawn")
        return [(seat, self.bench[index]) for seat, index in enumerate(panel.seats) if index is not None]

    def _file(self) -> tuple[int, int, Claim, int]:
        stage, mutual = self.stage, self.stage.mutual
        who = member_account(self.claimant)
        day = stage.day(stage.now) - 1
        filing = Filing(
            member_id=member_id(self.claimant),
            benefit=BENEFIT,
            day=day,
            claimed=0,
            evidence=word(f"evidence {day}"),
            seal_key=word(f"seal key {day}"),
            summary=word(f"summary {day}"),
        )
        stage.approve(who, mutual.filing_bond(day))
        receipt = stage.act(who, mutual.court.file(filing, by_allowance()))
        filed = receipt.one(Filed)
        return receipt.gas_used, filed.c, Claim.of_event(filed), filed.lot_block

    def _await_lot(self, lot_block: int, key: int, pool: int) -> None:
        """Mines up to the lot; its blocks are mined anew, later, until a distinct one names nobody twice.

        Raises:
            BenchError: Every lot named somebody twice.
        """
        stage = self.stage
        seats = stage.mutual.court_terms.size
        for later in range(1, MOST_LOTS + 1):
            before = dev_rpc.request(stage.url, "evm_snapshot") if self.distinct else None
            stage.travel(stage.now + later)
            ahead = lot_block - int(dev_rpc.request(stage.url, "eth_blockNumber"), 16)
            dev_rpc.mine(stage.url, ahead)
            if not self.distinct:
                return
            block = dev_rpc.request(stage.url, "eth_getBlockByNumber", hex(lot_block), False)
            seed = lot_seed(from_hex(block["hash"]), key, ATTEMPT)
            if len(set(itertools.islice(candidates(seed, pool, seats), seats))) == seats:
                return
            dev_rpc.request(stage.url, "evm_revert", before)
        raise BenchError(f"{MOST_LOTS} lots each named one of the {pool} volunteers twice")

    # -- votes

    def _vote(self, key: int, *, batched: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
        stage, jury = self.stage, self.stage.mutual.jury
        ballots = [self._ballot(key, seat, juror) for seat, juror in self._seated(key)]
        seats = [ballot.seat for ballot in ballots]
        if batched:
            hidden = [ballot.hidden for ballot in ballots]
            commit_all = stage.push(jury.commit_for(key, seats, hidden, [ballot.signature for ballot in ballots]))
            reasons, salts = [ballot.reason for ballot in ballots], [ballot.salt for ballot in ballots]
            reveal_all = stage.push(jury.reveal_many(key, seats, [FULL] * len(seats), reasons, salts))
            return (commit_all.gas_used,), (reveal_all.gas_used,)
        commits = [stage.act(item.juror, jury.commit(key, item.seat, bytes(32), item.hidden)) for item in ballots]
        reveals = [stage.act(item.juror, jury.reveal(key, item.seat, FULL, item.reason, item.salt)) for item in ballots]
        return tuple(item.gas_used for item in commits), tuple(item.gas_used for item in reveals)

    def _ballot(self, key: int, seat: int, juror: LocalAccount) -> _Ballot:
        """A vote whose commitment and signature have no zero byte: who sits is drawn and must not change the gas."""
        jury = self.stage.mutual.jury
        reason = word(f"reason {key} {seat}")
        signer = KeySigner(juror)
        for number in itertools.count():
            salt = word(f"salt {key} {seat} {juror.address} {number}")
            hidden = jury.commitment(key, ATTEMPT, seat, level=FULL, reason=reason, salt=salt)
            if has_zero(hidden):
                continue
            signature = signer.sign_typed(commit(jury.typed_domain(), key, ATTEMPT, seat, hidden))
            if not has_zero(signature):
                break
        return _Ballot(seat, juror, reason, salt, hidden, signature)
