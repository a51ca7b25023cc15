# SPDX-License-Identifier: AGPL-3.0-only
"""One mutual, found by its Fund's address: its contracts, and the flows that take more than one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tongxin.chain.abi import contract_abi
from tongxin.chain.assembly import BALLOT_BATCH, Assembly, Proposal, state_of
from tongxin.chain.beginning import first_block_of
from tongxin.chain.charter import Bounds, Charter
from tongxin.chain.contract import LATEST, Block, NotDeployedError
from tongxin.chain.court import Court
from tongxin.chain.drafting import prepare_version
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import (
    Authorised,
    Cured,
    Enrolled,
    Event,
    Filed,
    Joined,
    Proposed,
    Published,
    RawLog,
    ReaderKeyAnnounced,
    Registered,
    Revoked,
    SeatKeyAnnounced,
    SeatsDrawn,
    VoteCast,
)
from tongxin.chain.founding import Progress, quiet
from tongxin.chain.fund import REGISTER_BATCH, Fund, FundAnnex, FundStages
from tongxin.chain.jury import Jury, panel_key
from tongxin.chain.logs import Header, fetch_events, headers
from tongxin.chain.office import Office
from tongxin.chain.preview import copy_of, most_lost, settled_today
from tongxin.chain.primitives import ZERO_ADDRESS, from_hex, keccak
from tongxin.chain.readers import Authorisation, authorisations_of, reader_key_of, seat_keys_of
from tongxin.chain.records import Awarded, ClaimState, CourtTerms, FundTerms, VoteTerms
from tongxin.chain.reverts import Reverted
from tongxin.chain.structs import Attestation, Ballot, Claim, Filing, Payment
from tongxin.chain.token import Token
from tongxin.chain.transactions import Action, Receipt, Sender, simulate
from tongxin.chain.typed_data import Domain, fund_domain
from tongxin.chain.versions import Version
from tongxin.charter import CharterWords, EncodedCharter
from tongxin.errors import TongxinError
from tongxin.model.ledger import Settlement
from tongxin.model.terms import Terms
from tongxin.units import DAY, SCALE, ceil_div
from tongxin.words import CourtTermsFlag, FundStage, MemberStatus, Stage

__all__ = ["ClaimNotFoundError", "DocumentNotFoundError", "Mutual", "Price", "ProposalNotFoundError"]


class ClaimNotFoundError(TongxinError):
    """The Court has no such claim, or its events do not fit its digest."""

    def __init__(self, c: int, why: str) -> None:
        super().__init__(f"claim {c} cannot be read: {why}; check the number and the endpoint")
        self.claim = c


class ProposalNotFoundError(TongxinError):
    """The Assembly has no such proposal."""

    def __init__(self, p: int) -> None:
        super().__init__(f"there is no proposal {p}; list the proposals to see their numbers")
        self.proposal = p


class DocumentNotFoundError(TongxinError):
    """The document of a draft or version is not to be had from the chain."""

    def __init__(self, slot: int) -> None:
        super().__init__(
            f"the document of draft {slot} is not on the chain: ask for its file, or publish it, which anyone may do"
        )
        self.slot = slot


@dataclass(frozen=True)
class Price:
    """What a purchase costs now, in units: deposit, entry fee when joining, arrears when repairing a lapse."""

    deposit: int
    entry_fee: int = 0
    arrears: int = 0

    @property
    def total(self) -> int:
        """What is pulled."""
        return self.deposit + self.entry_fee + self.arrears


@dataclass(frozen=True)
class Mutual:
    """The contracts of one mutual. Build it with `Mutual.at`."""

    endpoints: Endpoints
    fund: Fund
    charter: Charter
    office: Office
    jury: Jury
    court: Court
    assembly: Assembly
    token: Token

    @classmethod
    def at(cls, endpoints: Endpoints, fund: str) -> Mutual:
        """Finds the contracts from the Fund's address and checks their code.

        Raises:
            AddressError: It is no address.
            NotDeployedError: There is no mutual of this version there.
            EndpointError: No endpoint answers.
        """
        books = Fund(endpoints, fund)
        books.check()
        # Each part of the Fund's code says where the next one stands.
        FundAnnex(endpoints, books.annex()).check()
        FundStages(endpoints, books.stages()).check()
        charter = Charter(endpoints, books.charter())
        office, jury, court, assembly = (
            Office(endpoints, books.office()),
            Jury(endpoints, books.jury()),
            Court(endpoints, books.court()),
            Assembly(endpoints, books.assembly()),
        )
        for part in (charter, Bounds(endpoints, charter.bounds()), office, jury, court, assembly):
            part.check()
        others = (office, jury, court, assembly)
        named = {part.fund() for part in others}, {part.charter() for part in others}
        if named != ({books.address}, {charter.address}) or (court.jury(), charter.assembly()) != (
            jury.address,
            assembly.address,
        ):
            raise NotDeployedError("mutual whose contracts name each other", books.address, endpoints.chain_id)
        return cls(endpoints, books, charter, office, jury, court, assembly, Token(endpoints, books.token()))

    # -- what does not change

    @cached_property
    def spacing(self) -> int:
        """Index units between two ticks (P-2)."""
        return self.fund.spacing()

    @cached_property
    def decimals(self) -> int:
        """Places after the point of the token."""
        return self.token.decimals()

    @cached_property
    def first_block(self) -> int:
        """The block of its first event, the founding's draft, which comes before the Fund.

        Raises:
            FoundingNotShownError: The endpoint does not keep logs as old as that.
            EndpointError: No endpoint answers.
        """
        return first_block_of(self.endpoints, self.charter.address, self.fund.founded())

    @property
    def attestation_domain(self) -> Domain:
        """In which attestors sign attestations and rosters."""
        return fund_domain(self.endpoints.chain_id, self.fund.address)

    def head(self) -> Header:
        """The latest block; contracts judge times by its timestamp."""
        return headers(self.endpoints, [LATEST])[0]

    def addresses(self) -> tuple[str, ...]:
        """The contracts that emit the mutual's events."""
        parts = (self.charter, self.fund, self.office, self.jury, self.court, self.assembly)
        return tuple(part.address for part in parts)

    def events(
        self,
        first: int | None = None,
        last: int | None = None,
        *,
        kinds: Sequence[type[Event]] = (),
        topics: Sequence[bytes | None] = (),
    ) -> Iterator[Event]:
        """The mutual's events in the chain's order, by default from its first block to the latest."""
        start = self.first_block if first is None else first
        end = self.head().number if last is None else last
        return fetch_events(self.endpoints, self.addresses(), start, end, kinds=kinds, topics=topics)

    # -- the rules, by version

    @cached_property
    def _versions(self) -> dict[int, Version]:
        return {}

    def version(self, number: int) -> Version:
        """A version of the charter."""
        return self._versions.setdefault(number, Version(self.charter, number))

    @property
    def in_force(self) -> Version:
        """The version that the Fund applies now."""
        return self.version(self.fund.version())

    def version_of_day(self, day: int) -> Version:
        """The version by which an event on a day is judged (R-96); days are those of the charter's zone.

        Raises:
            NoSuchVersion: The mutual was not yet founded.
        """
        return self.version(self.charter.version_at(self.start_of(day)))

    def start_of(self, day: int) -> int:
        """When a day of the charter's zone begins, in seconds (P-36, which no vote changes)."""
        return day * DAY - self.version(1).court_terms.zone

    @property
    def fund_terms(self) -> FundTerms:
        """Terms of the Fund that are in force."""
        return self.in_force.fund_terms

    @property
    def court_terms(self) -> CourtTerms:
        """Terms of the Court that are in force; a claim is judged by those of its event's day."""
        return self.in_force.court_terms

    @property
    def vote_terms(self) -> VoteTerms:
        """Terms of the Assembly that are in force."""
        return self.in_force.vote_terms

    @property
    def charter_hash(self) -> bytes:
        """What members accept now."""
        return self.in_force.charter_hash

    @property
    def words(self) -> CharterWords:
        """All words of the version in force, as the chain has them."""
        return self.in_force.words

    @property
    def terms(self) -> Terms:
        """The version in force as the model reads it."""
        return self.in_force.terms

    def document(self, slot: int) -> bytes:
        """The document of a draft or version, from the transaction that published it, checked against its hash.

        Raises:
            DocumentNotFoundError: It was not published, or not by a plain transaction.
        """
        form = contract_abi("Charter").function("publish", 2)
        for event in self.events(kinds=(Published,), topics=(slot.to_bytes(32),)):
            sent = self.endpoints.request("eth_getTransactionByHash", event.log.transaction)
            data = from_hex(sent["input"])
            if data[:4] == form.selector:
                document = bytes(form.decode_arguments(data)["document"])
                if isinstance(event, Published) and keccak(document) == event.charter_hash:
                    return document
        raise DocumentNotFoundError(slot)

    def founding_failed(self) -> bool:
        """Whether too few members came together until the founding's deadline (R-106)."""
        deadline = self.fund.founded() + self.version(1).court_terms.founding_deadline
        return self.fund.stage().stage is FundStage.GATHERING and self.head().timestamp >= deadline

    # -- prices

    def runway_tick(self, ticks: int, block: Block = LATEST) -> int:
        """The tick that so many whole ticks of runway from now end on, at most the charter's largest (R-3)."""
        index = self.fund.books(block).index
        furthest = index // self.spacing + self.fund_terms.member.max_runway
        return min(ceil_div(index, self.spacing) + ticks, furthest)

    def join_price(self, class_id: int, tick: int, block: Block = LATEST) -> Price:
        """What joining costs now (R-2, R-36)."""
        index = self.fund.books(block).index
        shares = self.fund_terms.shares[class_id]
        deposit = ceil_div(shares * (tick * self.spacing - index), SCALE)
        return Price(deposit, entry_fee=self.court_terms.entry_fee)

    def top_up_price(self, member_id: bytes, tick: int, block: Block = LATEST) -> Price:
        """What a top-up costs now, arrears included if the runway lapsed (R-2, R-39)."""
        index = self.fund.books(block).index
        member = self.fund.member(member_id, block)
        end = member.tick * self.spacing
        deposit = ceil_div(member.shares * (tick * self.spacing - max(end, index)), SCALE)
        return Price(deposit, arrears=ceil_div(member.shares * max(0, index - end), SCALE))

    def filing_bond(self, day: int) -> int:
        """Units of the bond with which an event on a day is filed (R-64, R-96)."""
        terms = self.version_of_day(day).court_terms
        return 0 if terms.flags & CourtTermsFlag.OPEN else terms.size * terms.juror_pay

    def challenge_bond(self, claim: Claim, panel_size: int) -> int:
        """Units of the bond with which a claim's verdict by a panel of that size is challenged (R-77, R-96)."""
        return (2 * panel_size + 1) * self.version(claim.version).court_terms.juror_pay

    # -- what could happen

    def payable_today(self, due: int, costs: int = 0) -> Settlement:
        """What a claim of `due` units could be paid, were it settled now."""
        head = self.head()
        return settled_today(copy_of(self.fund, self.terms, head.number), due, costs, head.timestamp)

    def awarded(self, member_id: bytes, benefit: int, day: int) -> Awarded:
        """What a member's event on a day may be granted at most (R-97), by the class that the member has now."""
        member, start = self.fund.member(member_id), self.start_of(day)
        return self.charter.awarded(start, benefit, member.class_id, max(0, start - member.joined_at))

    def worst_case(self, member_id: bytes) -> int:
        """Units that a member can lose at most in the next settlement; none after the end."""
        head = self.head()
        if self.fund.stage(head.number).stage is FundStage.ENDED:
            return 0
        ledger = copy_of(self.fund, self.terms, head.number)
        return most_lost(ledger, self.fund.member(member_id, head.number), head.timestamp)

    # -- flows; each sends what is needed first

    def settle_first(self, sender: Sender) -> Receipt | None:
        """Settles the outstanding round if it is closed (R-13), so that other calls go through."""
        head = self.head()
        if not self.fund.books().pending or self.fund.round().closes_at > head.timestamp:
            return None
        return sender.send(self.fund.settle_round())

    def allow(self, sender: Sender, amount: int, spender: str | None = None) -> Receipt | None:
        """Approves `amount` to the Fund, unless as much is approved already."""
        target = self.fund.address if spender is None else spender
        if self.token.allowance(sender.address, target) >= amount:
            return None
        return sender.send(self.token.approve(target, amount))

    def join(
        self,
        sender: Sender,
        attestation: Attestation,
        signatures: Sequence[bytes],
        tick: int,
        *,
        payment: Payment | None = None,
        purpose: str | None = None,
    ) -> Joined:
        """Joins; without a payment by the sender's allowance, which is given first."""
        self.settle_first(sender)
        if payment is None:
            self.allow(sender, self.join_price(attestation.class_id, tick).total)
        action = self.fund.join(attestation, signatures, tick, self.charter_hash, payment or Payment())
        return sender.send(action, purpose).one(Joined)

    def enrol(
        self,
        sender: Sender,
        ids: Sequence[bytes],
        wallets: Sequence[str],
        class_id: int,
        tick: int,
        *,
        issued: int,
        expiry: int,
        signatures: Sequence[bytes],
        purpose: str,
    ) -> list[Enrolled]:
        """Enrols a batch out of the sender's allowance, which is given first; under one purpose never twice."""
        self.settle_first(sender)
        fresh = sum(not member.occupied for member in self.fund.members(ids))
        self.allow(sender, fresh * self.join_price(class_id, tick).total)
        action = self.fund.enrol(ids, wallets, class_id, tick, issued=issued, expiry=expiry, signatures=signatures)
        return sender.send(action, purpose).all(Enrolled)

    def file(
        self, sender: Sender, filing: Filing, *, payment: Payment | None = None, purpose: str | None = None
    ) -> tuple[int, Claim]:
        """Files a claim; without a payment a bond is taken from the sender's allowance, which is given first."""
        self.settle_first(sender)
        if payment is None and not filing.source:
            self.allow(sender, self.filing_bond(filing.day))
        filed = sender.send(self.court.file(filing, payment or Payment()), purpose).one(Filed)
        return filed.c, Claim.of_event(filed)

    # -- votes

    def proposals(self, first: int | None = None) -> list[Proposal]:
        """All proposals made since a block (by default since the beginning), oldest first, as they stand now."""
        made = [event for event in self.events(first, kinds=(Proposed,)) if isinstance(event, Proposed)]
        return self._as_they_stand(made)

    def proposal(self, p: int) -> Proposal:
        """One proposal as it stands now.

        Raises:
            ProposalNotFoundError: There is none.
        """
        found = self.events(kinds=(Proposed,), topics=(p.to_bytes(32),))
        made = [event for event in found if isinstance(event, Proposed)]
        if not made:
            raise ProposalNotFoundError(p)
        return self._as_they_stand(made)[0]

    def _as_they_stand(self, made: Sequence[Proposed]) -> list[Proposal]:
        polls = self.assembly.proposals([event.p for event in made])
        now, running = self.head().timestamp, self.fund.stage().stage is FundStage.RUNNING
        return [
            Proposal(event, poll, state_of(poll, now, running=running)) for event, poll in zip(made, polls, strict=True)
        ]

    def prepare_version(
        self, sender: Sender, rules: EncodedCharter, *, label: str = "", progress: Progress = quiet
    ) -> int:
        """Stores, seals and publishes a draft of the next version; returns its slot. See `drafting.prepare_version`."""
        return prepare_version(sender, self.charter, rules, label=label, progress=progress)

    def relay_votes(self, sender: Sender, p: int, ballots: Sequence[Ballot], *, purpose: str) -> list[VoteCast]:
        """Brings signed votes to the Assembly, under one purpose never twice; returns those that counted (R-100)."""
        batches = [ballots[at : at + BALLOT_BATCH] for at in range(0, len(ballots), BALLOT_BATCH)]
        return [
            cast
            for number, batch in enumerate(batches)
            for cast in sender.send(self.assembly.vote_for(p, batch), f"{purpose}: {number}").all(VoteCast)
        ]

    def execute(self, sender: Sender, p: int, *, purpose: str | None = None) -> Receipt:
        """Does what a proposal decided, after a round that is closed."""
        self.settle_first(sender)
        return sender.send(self.assembly.execute(p), purpose)

    # -- the end

    def register(self, sender: Sender, ids: Sequence[bytes], *, purpose: str) -> list[Registered]:
        """Entitles members to their parts of the surplus (R-109), 200 at a time; returns those newly entitled."""
        batches = [ids[at : at + REGISTER_BATCH] for at in range(0, len(ids), REGISTER_BATCH)]
        return [
            entitled
            for number, batch in enumerate(batches)
            for entitled in sender.send(self.fund.register(batch), f"{purpose}: {number}").all(Registered)
        ]

    # -- who may read

    def seat_keys(self, key: int, *, before: RawLog | None = None) -> dict[int, SeatKeyAnnounced]:
        """The latest key of each seat of a drawn panel, by seat; seats without one are missing.

        Args:
            key: The panel.
            before: Only what was announced before this log, for instance that of the panel's `AccessGranted`.
        """
        found = self._told(self.jury.address, (SeatsDrawn, SeatKeyAnnounced), key.to_bytes(32))
        return seat_keys_of(item for item in found if before is None or item.log.place < before.place)

    def reader_key(self, member_id: bytes) -> ReaderKeyAnnounced | None:
        """Under which key a member reads what others grant; None if none was announced, or it was withdrawn."""
        return reader_key_of(self._told(self.office.address, (ReaderKeyAnnounced,), member_id))

    def authorisations(self, member_id: bytes) -> list[Authorisation]:
        """What a member let others read, oldest first, with what was revoked."""
        return authorisations_of(self._told(self.office.address, (Authorised, Revoked), member_id))

    def _told(self, address: str, kinds: Sequence[type[Event]], topic: bytes) -> Iterator[Event]:
        """A contract's events of some kinds whose first indexed field is `topic`."""
        last = self.head().number
        return fetch_events(self.endpoints, [address], self.first_block, last, kinds=kinds, topics=(topic,))

    # -- claims

    def claim(self, c: int) -> Claim:
        """A claim as it stands, from its events, checked against the Court's digest.

        Raises:
            ClaimNotFoundError: There is none, or the digest differs.
        """
        topic = c.to_bytes(32)
        found = list(
            fetch_events(
                self.endpoints,
                [self.court.address],
                self.first_block,
                self.head().number,
                kinds=(Filed, Cured),
                topics=(topic,),
            )
        )
        filed = [item for item in found if isinstance(item, Filed)]
        if not filed:
            raise ClaimNotFoundError(c, "it was not filed")
        cured = [item.evidence for item in found if isinstance(item, Cured)]
        claim = Claim.of_event(filed[0], cured[-1] if cured else None)
        digest = self.court.digest(claim.event_key())
        if int.from_bytes(digest) != 1 and digest != claim.digest(c) and not self._claimed_again(claim, c, digest):
            raise ClaimNotFoundError(c, "its events do not give the Court's digest")
        return claim

    def _claimed_again(self, claim: Claim, c: int, digest: bytes) -> bool:
        """Whether the same event was filed again later, so that the digest is the later claim's (R-60)."""
        later = self.events(kinds=(Filed,), topics=(None, claim.member_id))
        return any(
            isinstance(item, Filed) and item.c > c and Claim.of_event(item).event_key() == claim.event_key()
            for item in later
        ) and digest != bytes(32)

    def panel_key(self, c: int, state: ClaimState | None = None) -> int:
        """The key of a claim's present panel."""
        state = self.court.state(c) if state is None else state
        return panel_key(c, state.n, is_open=state.open_panel)

    def next_step(self, c: int, claim: Claim) -> Action | None:
        """What anybody can do now to push a claim on; None when it waits for somebody or its time, or is closed."""
        stage = self.court.state(c).stage
        if stage is Stage.LOT:
            steps = [self.court.draw(c, claim)]
        elif stage in {Stage.ACCESS, Stage.CURE}:
            steps = [self.court.time_out(c, claim)]
        elif stage is Stage.VOTING:
            steps = [self.court.conclude(c, claim)]
        elif stage is Stage.NOTICE:
            steps = [self.court.review(c, claim), self.court.settle(c, claim)]
        else:
            steps = []
        return next((step for step in steps if self._passes(step)), None)

    def _passes(self, action: Action) -> bool:
        try:
            simulate(self.endpoints, action, ZERO_ADDRESS)
        except Reverted:
            return False
        return True

    def accept_if_needed(self, sender: Sender, member_id: bytes) -> Receipt | None:
        """Accepts the charter for an enrolled member's wallet, unless it did (R-33)."""
        if self.fund.member(member_id).status & MemberStatus.ACCEPTED:
            return None
        return sender.send(self.fund.accept(member_id, self.charter_hash))
