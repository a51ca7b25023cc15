# SPDX-License-Identifier: AGPL-3.0-only
"""Lives of small mutuals on a real node, with something of everything that an audit replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from support.sdk import COIN, DAY, World, person
from tongxin.chain.assembly import reason_hash
from tongxin.chain.events import Enrolled, Joined, Proposed
from tongxin.chain.payments import by_allowance
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.chain.structs import BondSource, Claim, Filing, Signed
from tongxin.chain.transactions import Sender
from tongxin.chain.typed_data import roster
from tongxin.words import FundStage, KeyKind, MemberStatus, ProposalKind, Stage

LONG = 2_500
"""Ticks that last through everything; the sponsored workers' runways end on the way."""


@dataclass(frozen=True)
class Case:
    """A charter with some fields changed, how many wait to be drawn, and what happens after the year."""

    charter: str
    changes: Mapping[str, object]
    bench: int
    after: Callable[[Story], None]


@dataclass
class Story:
    """The mutual and who is who in it."""

    world: World
    claimant: tuple[bytes, Sender]
    jurors: dict[str, tuple[bytes, Sender]]

    @property
    def keeper(self) -> Sender:
        """Pushes what anybody may."""
        return self.world.sender("keeper", 0)

    def day(self) -> int:
        """Today, in the charter's zone."""
        return (self.world.now + self.world.mutual.court_terms.zone) // DAY

    def file(self, member: tuple[bytes, Sender], benefit: int = 0, source: BondSource = BondSource.PAYMENT) -> int:
        """A claim for yesterday."""
        member_id, sender = member
        filing = Filing(member_id, benefit, self.day() - 1, 0, keccak(b"e"), keccak(b"k"), keccak(b"s"), source)
        return self.world.mutual.file(sender, filing)[0]

    def push(self, c: int) -> None:
        """The next step of a claim that anybody may take, now."""
        claim = self.world.mutual.claim(c)
        step = self.world.mutual.next_step(c, claim)
        assert step is not None, f"claim {c} waits for somebody"
        self.keeper.send(step)

    def judge(self, c: int, levels: Sequence[int | None]) -> None:
        """A panel from its lot to its conclusion; None stays silent. Levels are repeated if seats are left."""
        mutual = self.world.mutual
        jury = mutual.jury
        self.world.mine(mutual.court_terms.lot_delay + 2)
        self.push(c)
        claim: Claim = mutual.claim(c)
        key = mutual.panel_key(c)
        if mutual.court.state(c).stage == Stage.VOTING:
            self._vote_openly(key, levels[0])
            self.push(c)
            return
        self.announce(key)
        owner = next(s for s in self.world.senders.values() if s.address == claim.wallet)
        owner.send(mutual.court.grant(c, claim, keccak(b"keys")))
        panel = jury.panel(key)
        assert panel is not None
        votes = [levels[seat % len(levels)] for seat in range(panel.size)]
        salts = [keccak(f"{c} {key} {seat}".encode()) for seat in range(panel.size)]
        cast = [(seat, vote) for seat, vote in enumerate(votes) if vote is not None]
        for seat, vote in cast:
            hidden = jury.commitment(key, panel.attempt, seat, level=vote, reason=keccak(b"r"), salt=salts[seat])
            member_id, juror = self.jurors[jury.juror(key, seat)]
            juror.send(jury.commit(key, seat, member_id, hidden))
        if len(cast) < panel.size:
            self.world.wait(mutual.court_terms.commit + 1)
        seats = [seat for seat, _ in cast]
        self.keeper.send(
            jury.reveal_many(key, seats, [v for _, v in cast], [keccak(b"r")] * len(cast), [salts[s] for s in seats])
        )
        self.push(c)

    def announce(self, key: int) -> None:
        """Two jurors of a drawn panel say under which key they read; one of them by a signed act, and twice."""
        mutual = self.world.mutual
        _, first = self.jurors[mutual.jury.juror(key, 0)]
        first.send(mutual.jury.announce(key, 0, KeyKind.X25519, keccak(f"{key} 0".encode())))
        member_id, second = self.jurors[mutual.jury.juror(key, 1)]
        for kind in KeyKind:
            public_key, deadline = keccak(f"{key} 1 {kind}".encode()), self.world.now + DAY
            nonce = mutual.office.nonces(member_id)
            typed = mutual.office.acts().announce_seat(
                member_id, key, 1, kind, public_key, nonce=nonce, deadline=deadline
            )
            signed = Signed(deadline, second.signer.sign_typed(typed))
            self.keeper.send(mutual.office.announce_seat_for(member_id, key, 1, kind, public_key, signed=signed))

    def _vote_openly(self, key: int, level: int | None) -> None:
        """Every juror votes alike on an open panel."""
        jury = self.world.mutual.jury
        assert level is not None
        panel = jury.panel(key)
        assert panel is not None
        salt = keccak(b"open")
        for address, (member_id, juror) in self.jurors.items():
            seat = int(address, 16)
            hidden = jury.commitment(key, panel.attempt, seat, level=level, reason=keccak(b"r"), salt=salt)
            juror.send(jury.commit(key, seat, member_id, hidden))
        self.world.wait(self.world.mutual.court_terms.commit + 1)
        seats = [int(address, 16) for address in self.jurors]
        count = len(seats)
        self.keeper.send(jury.reveal_many(key, seats, [level] * count, [keccak(b"r")] * count, [salt] * count))

    def close(self, c: int, level: int) -> None:
        """The notice passes, a review that the lot asks for confirms the level, and the claim is closed and paid."""
        mutual = self.world.mutual
        while mutual.court.state(c).stage not in {Stage.GRANTED, Stage.DENIED}:
            self.settle_round_if_closed()
            if mutual.court.state(c).stage == Stage.LOT:
                self.judge(c, [level])
            self.world.mine(mutual.court_terms.lot_delay + 2)
            self.world.wait(mutual.court_terms.notice + 1)
            self.settle_round_if_closed()
            self.push(c)
        self.keeper.send(mutual.court.pay_jurors(c, 0))

    def propose(self, place: int, kind: ProposalKind, subject: int) -> int:
        """A juror proposes; the proposal's number."""
        member_id, sender = list(self.jurors.values())[place]
        action = self.world.mutual.assembly.propose(kind, subject, reason_hash(f"why {kind.name}"), member_id)
        return sender.send(action).one(Proposed).p

    def vote(self, p: int, yes: int, no: int = 0) -> None:
        """The first jurors vote: yes by ballots that are relayed, no by themselves."""
        mutual = self.world.mutual
        people = list(self.jurors.values())
        deadline = self.world.now + DAY
        ballots = [
            mutual.assembly.ballot(sender.signer, p, member_id, support=True, deadline=deadline)
            for member_id, sender in people[:yes]
        ]
        if ballots:
            assert len(mutual.relay_votes(self.keeper, p, ballots, purpose=f"votes on {p}")) == yes
        for member_id, sender in people[yes : yes + no]:
            sender.send(mutual.assembly.vote(p, member_id, support=False))

    def execute(self, p: int) -> None:
        """The vote ends, the delay and the newest version's first 30 days pass, and it is done."""
        mutual = self.world.mutual
        settled = mutual.in_force.effective_from + 30 * DAY
        self.world.wait(max(mutual.assembly.proposal(p).execute_from, settled) - self.world.now)
        mutual.execute(self.keeper, p)

    def settle_round_if_closed(self) -> None:
        """R-13."""
        fund = self.world.mutual.fund
        if fund.books().pending and self.world.now >= fund.round().closes_at:
            self.keeper.send(fund.settle_round())


def live(world: World, bench: int) -> Story:  # noqa: PLR0915 - one story
    """People come, pay, are ill, judge, leave. With a `bench` below 33 a challenge goes to everybody.

    A mutual that gathers first starts once they are there, after one of them has thought better of it.
    """
    mutual, fund, office = world.mutual, world.mutual.fund, world.mutual.office
    claimant = world.member("fay", LONG)
    jurors = {}
    for number in range(bench):
        member_id, sender = world.member(f"juror {number}", LONG)
        jurors[sender.address] = (member_id, sender)
    story = Story(world, claimant, jurors)
    if fund.stage().stage is FundStage.GATHERING:
        hesitant_id, hesitant = world.member("hal", LONG)
        hesitant.send(fund.step_back(hesitant_id))
        story.keeper.send(fund.start())

    sponsor = world.sender("sponsor")
    wallets = [person(f"worker {number}") for number in range(5)]
    ids = [keccak(f"worker {number}".encode()) for number in range(5)]
    issued, expiry = world.now - 60, world.now + DAY
    addresses = [wallet.address for wallet in wallets]
    typed = roster(mutual.attestation_domain, ids, addresses, 1, issued=issued, expiry=expiry)
    signatures = [world.attestor.sign_typed(typed)]
    tick = mutual.runway_tick(400)
    mutual.enrol(
        sponsor, ids, addresses, 1, tick, issued=issued, expiry=expiry, signatures=signatures, purpose="workers"
    )
    world.sender("worker 0").send(fund.accept(ids[0], mutual.charter_hash))
    mutual.allow(sponsor, 10_000 * COIN)
    sponsor.send(fund.top_up_many(ids[:3], [tick + 5, tick + 6, tick + 7]))

    saver_id, saver = world.member("saver", LONG)
    saver.send(fund.set_order(saver_id, 100 * COIN, LONG + 10))
    mutual.allow(saver, 100 * COIN)
    story.keeper.send(fund.collect([saver_id, ids[0]]))
    saver.send(office.set_contacts(saver_id, addresses[0], ZERO_ADDRESS, addresses[1]))
    saver.send(office.replace_wallet(saver_id, addresses[4]))
    let_read(world, saver_id, contact=world.sender("worker 0"), wallet=world.sender("worker 4"))
    mutual.allow(sponsor, 50 * COIN)
    sponsor.send(fund.donate(50 * COIN, by_allowance()))
    sponsor.send(world.coin.transfer(fund.address, 12_345))
    story.keeper.send(fund.absorb())

    leaver_id, leaver = world.member("edi", LONG)
    left_at = world.now
    leaver.send(fund.leave(leaver_id))

    world.wait(fund.member_terms().newcomer + 7_200)
    for member_id, sender in jurors.values():
        mutual.allow(sender, mutual.court_terms.juror_bond)
        sender.send(mutual.jury.volunteer(member_id, by_allowance()))
    waiting = mutual.terms.entitlement(0, 0).waiting
    world.wait(waiting + 2 * DAY)

    first = story.file(claimant)
    story.judge(first, [2, 2, 2, 1, None])
    story.close(first, 2)
    second = story.file((ids[0], world.senders["worker 0"]))
    story.judge(second, [0, 0, 0, 1, 1])
    claim = mutual.claim(second)
    key = mutual.panel_key(second)
    seat = next(seat for seat in range(5) if mutual.jury.vote_of(key, seat) == 1)
    _, juror = jurors[mutual.jury.juror(key, seat)]
    juror.send(mutual.court.challenge(second, claim, seat, by_allowance()))
    story.settle_round_if_closed()
    story.judge(second, [1])
    story.close(second, 1)
    if not mutual.terms.immediate:
        world.wait(fund.money_terms().period + 1)
        story.settle_round_if_closed()
        for c in (first, second):
            story.keeper.send(fund.pay(mutual.court.address, c))
    rest = left_at + 3 * fund.member_terms().notice + 3_601 - world.now
    if rest > 0:
        world.wait(rest)
    story.keeper.send(fund.refund(leaver_id))
    if fund.purse().fees:
        story.keeper.send(fund.withdraw_fees())
    credited = next(a for a in jurors if fund.dues(a))
    story.keeper.send(fund.withdraw(credited))
    return story


def let_read(world: World, member_id: bytes, *, contact: Sender, wallet: Sender) -> None:
    """A member's reader keys, and grants on record: by the wallet and by a contact, one of them taken back (R-124)."""
    office, nothing = world.mutual.office, bytes(32)
    document, reader, other = keccak(b"document"), keccak(b"reader"), keccak(b"another reader")
    for kind, public_key in ((KeyKind.X25519, keccak(b"x25519")), (0, nothing), (KeyKind.HYBRID, keccak(b"hybrid"))):
        wallet.send(office.announce_key(member_id, kind, public_key))
    wallet.send(office.authorise(member_id, document, reader, keccak(b"grant")))
    contact.send(office.authorise(member_id, document, other, keccak(b"another grant")))
    contact.send(office.revoke(member_id, document, reader))


def decide(story: Story) -> None:
    """Votes: one improves a benefit, one fails, one is taken back; another steward, another attestor, a successor."""
    world, mutual = story.world, story.world.mutual
    author = world.sender("author", 0)
    # Anybody may draft what could never be sealed.
    rules = world.encoded({})
    author.send(mutual.charter.draft((rules.document_hash, 2**256 - 1, *rules.terms()[2:]), own_benefits=True))
    changes: dict[str, object] = {"money.fee": "5%", "benefits.0.amounts": ["1250", "2000"]}
    better = mutual.prepare_version(author, world.encoded(changes))
    larger = mutual.prepare_version(author, world.encoded({"court.panel_size": 3}))
    p = story.propose(0, ProposalKind.CHARTER, better)
    fails = story.propose(1, ProposalKind.JUROR_RULES, larger)
    taken_back = story.propose(2, ProposalKind.WIND_DOWN, 0)
    story.vote(p, 10, 2)
    story.vote(fails, 2, 9)
    story.vote(taken_back, 1)
    proposer_id, proposer = list(story.jurors.values())[2]
    assert mutual.assembly.proposer(taken_back)[1] == proposer_id
    proposer.send(mutual.assembly.withdraw(taken_back))
    story.execute(p)

    # An event in the improvement's waiting time is granted as before it.
    world.wait(2 * DAY)
    c = story.file(story.claimant)
    assert (mutual.claim(c).version, mutual.claim(c).base) == (2, 1_000 * COIN)
    story.judge(c, [2])
    story.close(c, 2)
    assert mutual.fund.purse().fees

    changes["steward"] = world.sender("another steward", 0).address
    world.wait(12 * DAY)
    p = story.propose(0, ProposalKind.STEWARD, mutual.prepare_version(author, world.encoded(changes)))
    story.vote(p, 12)
    story.execute(p)
    another = person("another attestor")
    changes["membership.admission.attestors"] = [another.address]
    world.wait(12 * DAY)
    p = story.propose(0, ProposalKind.ATTESTORS, mutual.prepare_version(author, world.encoded(changes)))
    named = story.propose(1, ProposalKind.SUCCESSOR, int(person("successor").address, 16))
    story.vote(p, 12)
    story.vote(named, 12, 1)
    story.execute(p)
    world.wait(max(1, mutual.assembly.proposal(named).execute_from - world.now))
    mutual.execute(story.keeper, named)
    world.attestor = another
    world.member("newcomer", LONG)


def wind_down(story: Story) -> None:
    """A vote ends the mutual, what happened before is still judged; the surplus is divided and everybody paid.

    The remainder goes to whom the charter names.
    """
    world, mutual, fund = story.world, story.world.mutual, story.world.mutual.fund
    p = story.propose(0, ProposalKind.WIND_DOWN, 0)
    story.vote(p, 12, 1)
    story.execute(p)
    came = mutual.events(kinds=(Joined, Enrolled))
    everybody = [event.member_id for event in came if isinstance(event, Joined | Enrolled)]
    everybody = [member_id for member_id in everybody if fund.member(member_id).occupied]
    mutual.register(story.keeper, everybody, purpose="register all")
    late = story.file(story.claimant)
    story.judge(late, [1, 1, 1, 0, None])
    story.close(late, 1)
    world.wait(fund.money_terms().period + 1)
    story.settle_round_if_closed()
    story.keeper.send(fund.pay(mutual.court.address, late))
    sponsor = world.sender("sponsor")
    mutual.allow(sponsor, COIN + 3)
    sponsor.send(fund.donate(COIN + 3, by_allowance()))
    world.wait(fund.stage().ends_at - world.now)
    story.keeper.send(fund.end())
    for member_id in everybody:
        if not fund.member(member_id).status & MemberStatus.EXITED:
            story.keeper.send(fund.pay_out(member_id))
    story.keeper.send(fund.sweep_remainder())
    story.keeper.send(fund.withdraw(person("remainder").address))


CASES = {
    "example-immediate": Case("example-immediate", {"benefits.0.waiting": ["5d", "5d"]}, 36, decide),
    "facade-cleaners": Case("facade-cleaners", {"starting.minimum_members": 20}, 24, wind_down),
}
"""Below 33 on the bench a challenge goes to an open panel. One mutual changes its rules, the other gathers and ends."""
