# SPDX-License-Identifier: AGPL-3.0-only
"""The audit from end to end: an endpoint and an address in, a verdict per check out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache

from tongxin.audit import acts_assembly, acts_court, acts_fund, acts_jury, acts_office, acts_stages
from tongxin.audit.acts_assembly import describe_versions, describe_votes
from tongxin.audit.acts_stages import describe_stages
from tongxin.audit.bytecode import check_bytecode, check_factory
from tongxin.audit.charter_check import check_charter
from tongxin.audit.discovery import Parts, discover, immutables
from tongxin.audit.evidence import check_evidence
from tongxin.audit.history import History, read_history
from tongxin.audit.outcome import number
from tongxin.audit.proofs import ProvenReader
from tongxin.audit.reading import AuditError, Reader
from tongxin.audit.replay import Replay
from tongxin.audit.report import AuditReport, Findings, Name
from tongxin.audit.sampling import StorageMode, choose
from tongxin.audit.signatures import check_signatures
from tongxin.audit.slots import FIRST, ChainCharter, read_charter
from tongxin.audit.storage import Expected, accounts, compare, first_bad_block, value
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.logs import Header, headers
from tongxin.chain.primitives import checksum, from_hex
from tongxin.chain.token import Token
from tongxin.evidence.stores import Stores
from tongxin.model import Addresses, Mutual, Terms, violations
from tongxin.model.invariants import i_4
from tongxin.model.journal import Table
from tongxin.proof.agreement import alone, by_hash, latest
from tongxin.units import Address

__all__ = ["run"]

Progress = Callable[[str, int, int], None]
CHECKPOINTS = 32
"""Blocks at which the accounts are compared besides the last one, where the endpoint keeps old states."""
HISTORY_CONTRACT = "0x0000F90827F1C53a10cb7A02335B175320002935"
"""EIP-2935: hashes of the last 8,191 blocks."""
REPLAYED = (
    Name.MEMBERSHIP,
    Name.APPORTIONMENT,
    Name.PAYMENTS,
    Name.FEES,
    Name.CLAIMS,
    Name.LOTS,
    Name.VERDICTS,
    Name.BONDS,
    Name.VERSIONS,
    Name.VOTES,
    Name.STAGES,
)
ACTS = (acts_fund, acts_office, acts_jury, acts_court, acts_assembly, acts_stages)
"""The modules that say what each event replays."""


def _quiet(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def run(
    urls: Sequence[str],
    fund: str,
    *,
    progress: Progress | None = None,
    proofs: bool = False,
    block_hash: bytes | None = None,
    storage: StorageMode | None = None,
    stores: Stores | None = None,
) -> AuditReport:
    """Audits a mutual from the chain alone.

    Args:
        urls: Endpoints of its chain; of several, each must show the same logs.
        fund: The mutual's address, its Fund's.
        progress: Called with a stage, how much of it is done, and how much there is.
        proofs: Whether every word of storage and all code must be proven against a block that at least two endpoints
            show alike, or whose hash is given.
        block_hash: The block to audit at, with proofs, if a person vouches for it.
        storage: Whether the words of all members are read or of a sample; see `tongxin.audit.sampling`.
        stores: Where to look for what claims name; without any, their hashes alone are counted.

    Returns:
        A verdict per check. What it does not check is in `tongxin.audit.LIMITS`.

    Raises:
        AuditError: There is no mutual at the address, or the chain changed during the audit.
        AddressError: The address is none.
        EndpointError: No endpoint answers.
        ProofError: With proofs: the endpoints agree on no block, or none proves its state.
    """
    with ExitStack() as closing:
        endpoints = closing.enter_context(Endpoints(list(urls)))
        if not proofs:
            head = headers(endpoints, ["latest"])[0]
            return _Audit(
                Reader(endpoints, head.number), head, checksum(fund), progress or _quiet, storage=storage, stores=stores
            ).report()
        agreement = latest(endpoints) if block_hash is None else by_hash(endpoints, block_hash)
        reader = ProvenReader(endpoints, closing.enter_context(alone(endpoints)), agreement)
        found = agreement.header
        head = Header(found.number, "0x" + found.hash.hex(), "0x" + found.parent.hex(), found.timestamp)
        return _Audit(reader, head, checksum(fund), progress or _quiet, storage=storage, stores=stores).report()


class _Audit:
    """One audit, at the block of its reader."""

    def __init__(
        self,
        reader: Reader,
        head: Header,
        fund: str,
        progress: Progress,
        *,
        storage: StorageMode | None,
        stores: Stores | None,
    ) -> None:
        self.endpoints = reader.endpoints
        self.progress = progress
        self.findings = Findings()
        self.head = head
        self.reader = reader
        self.fund = fund
        self.storage = storage
        self.stores = stores

    def report(self) -> AuditReport:
        """All checks."""
        findings, reader = self.findings, self.reader
        self.progress("contracts", 0, 2)
        parts = discover(reader, self.fund, findings)
        spacing = int.from_bytes(immutables("Charter", reader.code(parts.charter)).get("spacing", b""))
        self.progress("contracts", 1, 2)
        history = read_history(reader, parts, findings, self.progress)
        charter = read_charter(reader, parts, spacing, history.events())
        check_bytecode(reader, parts, charter, self.endpoints.chain_id, findings)
        check_factory(reader, parts, findings)
        self.progress("contracts", 2, 2)
        check_charter(reader, parts, charter, history.events(), findings)
        check_signatures(reader, parts, charter, history, findings)
        check_evidence(history.events(), self.stores, findings, self.progress)
        replay, mutual = self._replay(parts, charter, history)
        self._check_tokens(parts, replay, mutual)
        self._compare_storage(parts, charter, history, replay, mutual)
        self.progress("invariants", 0, 1)
        self._check_invariants(mutual)
        self.progress("invariants", 1, 1)
        if headers(self.endpoints, [self.head.number])[0].hash != self.head.hash:
            raise AuditError("the chain changed its last blocks during the audit; run it again")
        return AuditReport(
            fund=self.fund,
            chain_id=self.endpoints.chain_id,
            first_block=parts.first_block,
            last_block=reader.block,
            events=replay.events_replayed,
            members=len(mutual.membership.members),
            claims=mutual.court.count,
            version=mutual.charter.latest,
            proposals=mutual.assembly.count,
            proven_words=reader.proven,
            checks=findings.checks(),
        )

    def _new_replay(self, parts: Parts, charter: ChainCharter, history: History, findings: Findings) -> Replay:
        addresses = Addresses(jury=Address(number(parts.jury)), court=Address(number(parts.court)))
        drafts = self._drafts(charter, findings)
        mutual = Mutual(
            drafts[FIRST],
            charter.effective_from,
            self.endpoints.chain_id,
            addresses,
            wired=history.wired_at(),
        )
        return Replay(
            mutual,
            fund=self.fund,
            drafts=drafts,
            findings=findings,
            block_hash=cache(self._block_hash),
            has_history=self._has_history,
        )

    @staticmethod
    def _drafts(charter: ChainCharter, findings: Findings) -> dict[int, Terms]:
        """Every sealed slot's numbers for the model."""
        drafts = {}
        for number_of_slot, slot in charter.slots.items():
            try:
                drafts[number_of_slot] = slot.terms
            except ValueError as error:
                if number_of_slot == FIRST:
                    raise AuditError(f"the numbers of the founding make no charter: {error}") from error
                findings.fail(Name.VERSIONS, slot.sealed_in, f"slot {number_of_slot} can't have been sealed: {error}")
        return drafts

    def _block_hash(self, block: int) -> bytes:
        return from_hex(headers(self.endpoints, [block])[0].hash)

    def _has_history(self, lot_block: int, block: int) -> bool:
        """Whether the history contract told the hash of `lot_block` in `block` (R-65)."""
        if block - lot_block <= 256:
            return False
        data = lot_block.to_bytes(32, "big")
        try:
            answer = self.reader.call(HISTORY_CONTRACT, data, block)
        except RequestRefusedError:
            # A revert, or a state that is not kept: a chain that has the contract keeps the last 8,191 blocks.
            return block - lot_block <= 8191 and bool(self.reader.code(HISTORY_CONTRACT))
        return len(answer) == 32 and any(answer)

    # Replay

    def _replay(self, parts: Parts, charter: ChainCharter, history: History) -> tuple[Replay, Mutual]:
        findings, blocks = self.findings, history.blocks()
        replay = self._new_replay(parts, charter, history, findings)
        mutual = replay.mutual
        step = -(-len(blocks) // CHECKPOINTS)
        checkpoints = set(blocks[::step]) if blocks else set()
        wired = history.wired_block()
        checkpoints = {b for b in checkpoints if b >= wired and self.reader.keeps_history(self.fund, b)}
        done = 0
        compared = 0
        index = 0

        def after_block(block: int) -> None:
            nonlocal done, compared, index
            done += 1
            if mutual.ledger.index < index:
                findings.fail(Name.INVARIANTS, block, f"I-3: the index fell from {index} to {mutual.ledger.index}")
            index = mutual.ledger.index
            for violation in i_4(mutual):
                findings.fail(Name.INVARIANTS, block, violation)
            self.progress("replay", done, len(blocks))
            if block not in checkpoints or findings.failed(Name.BOOKS):
                return
            expected = accounts(mutual)
            found = self.reader.words([item.slot(parts) for item in expected], block)
            compared += 1
            for item, word in zip(expected, found, strict=True):
                if word != item.word:
                    text = f"{item.shown()} is {word:#x} at block {block}, the history makes it {item.word:#x}"
                    findings.fail(item.check, block, text)

        replay.run(history, after_block)
        for name in REPLAYED:
            findings.note(name, _counted(name, mutual))
        findings.note(Name.BOOKS, f"accounts as recomputed at {compared} earlier blocks")
        return replay, mutual

    def _check_tokens(self, parts: Parts, replay: Replay, mutual: Mutual) -> None:
        """I-1 and I-5 at the end, against the token itself."""
        replay.finish_tokens()
        token = Token(self.endpoints, parts.token)
        held = token.balance_of(self.fund, self.reader.block)
        if held != replay.held:
            self.findings.fail(
                Name.TOKENS,
                self._token_block(token, replay),
                f"the fund holds {held} units, the token's transfers make it {replay.held}",
            )
        booked = mutual.ledger.booked()
        if held < booked:
            self.findings.fail(Name.TOKENS, None, f"the fund holds {held} units and its books promise {booked} (I-1)")
        self.findings.note(
            Name.TOKENS, f"the fund holds {held} units, its books say {booked}; {held - booked} came without a reason"
        )

    def _token_block(self, token: Token, replay: Replay) -> int | None:
        """The first block at which the fund held something else than what the transfers make it."""
        low, high = 0, len(replay.holdings)
        try:
            while low < high:
                middle = (low + high) // 2
                block, held = replay.holdings[middle]
                if token.balance_of(self.fund, block) == held:
                    low = middle + 1
                else:
                    high = middle
        except RequestRefusedError:
            return None
        return replay.holdings[low][0] if low < len(replay.holdings) else self.reader.block

    # Storage

    def _compare_storage(
        self, parts: Parts, charter: ChainCharter, history: History, replay: Replay, mutual: Mutual
    ) -> None:
        chosen = choose(mutual, replay.touched, self.head.timestamp, self.storage)
        wrong = compare(
            self.reader, parts, mutual, replay.touched, chosen=chosen, findings=self.findings, progress=self.progress
        )
        if not wrong:
            return
        changes = self._changes(parts, charter, history, wrong)
        for item in wrong:
            block = first_bad_block(self.reader, item.slot(parts), changes[item], history.wired_block())
            found = self.reader.word(item.slot(parts))
            self.findings.fail(item.check, block, f"{item.shown()} is {found:#x}, the history makes it {item.word:#x}")

    def _changes(
        self, parts: Parts, charter: ChainCharter, history: History, wrong: list[Expected]
    ) -> dict[Expected, list[tuple[int, int]]]:
        """A second replay that writes down when the wrong words changed."""
        replay = self._new_replay(parts, charter, history, Findings())
        changes: dict[Expected, list[tuple[int, int]]] = {item: [] for item in wrong}

        def after_block(block: int) -> None:
            for item, known in changes.items():
                word = value(replay.mutual, replay.touched, item)
                if not known or word != known[-1][1]:
                    known.append((block, word))

        replay.run(history, after_block)
        return changes

    # Invariants

    def _check_invariants(self, mutual: Mutual) -> None:
        found = violations(mutual, self.head.timestamp)
        for violation in found:
            self.findings.fail(Name.INVARIANTS, None, violation)
        self.findings.note(
            Name.INVARIANTS, "I-1 to I-15 hold at the end, I-4 after every block; the index never fell (I-3)"
        )


def _counted(name: Name, mutual: Mutual) -> str:
    """What a check of the replay went over."""
    court, jury = mutual.court, mutual.jury
    closed = [record for record in court.claims.values() if record.closed]
    said = {
        Name.MEMBERSHIP: f"{len(mutual.membership.members)} memberships",
        Name.APPORTIONMENT: f"index {mutual.ledger.index}, {mutual.rounds.number} rounds",
        Name.PAYMENTS: f"{sum(_paid(mutual))} units to {len(mutual.token.paid)} payees",
        Name.FEES: f"{mutual.ledger.fees} units of fees not yet withdrawn",
        Name.CLAIMS: f"{court.count} claims, {len(closed)} closed",
        Name.LOTS: f"{len(jury.panels)} panels drawn again",
        Name.VERDICTS: f"{len(jury.found)} conclusions",
        Name.BONDS: f"{len(closed)} closings, {mutual.ledger.bonds} units of bonds held",
        Name.VERSIONS: describe_versions(mutual),
        Name.VOTES: describe_votes(mutual),
        Name.STAGES: describe_stages(mutual),
    }
    return said[name]


def _paid(mutual: Mutual) -> list[int]:
    paid: Table[Address, int] = mutual.token.paid
    return list(paid.values())
