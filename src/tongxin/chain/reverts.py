# SPDX-License-Identifier: AGPL-3.0-only
"""An error class per reason that a contract gives when it refuses a call: what happened, and what to do.

Each class names the reasons of the contracts' sources that it stands for; a test reads the sources and fails when a
reason has no class here. Nothing on the chain changed when one of these is raised.

    try:
        sender.send(fund.leave(member_id))
    except SettleFirst:
        sender.send(fund.settle_round())
"""

# ruff: noqa: N818 - a refusal is named by its reason, as in `except SettleFirst`

from __future__ import annotations

import inspect
from typing import ClassVar

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from tongxin.chain.endpoints import RequestRefusedError
from tongxin.chain.primitives import from_hex
from tongxin.errors import TongxinError

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


class Reverted(TongxinError):
    """The contract refused the call."""

    reasons: ClassVar[tuple[str, ...]] = ()
    advice: ClassVar[str] = "read the reason, and the rule it names in docs/spec"
    _by_reason: ClassVar[dict[str, type[Reverted]]] = {}

    def __init_subclass__(cls, reasons: tuple[str, ...] = (), advice: str = "", **rest: object) -> None:
        super().__init_subclass__(**rest)
        cls.reasons = reasons
        cls.advice = advice or cls.advice
        for reason in reasons:
            if reason in Reverted._by_reason:
                raise TypeError(f"two classes for the reason '{reason}'")
            Reverted._by_reason[reason] = cls

    def __init__(self, reason: str, call: str = "") -> None:
        where = f" ({call})" if call else ""
        super().__init__(f"{self.happened()}: {self.advice} [{reason or 'no reason given'}]{where}")
        self.reason = reason
        self.call = call

    @classmethod
    def happened(cls) -> str:
        """What happened, without the reason and the advice."""
        return inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " ").rstrip(".")

    @staticmethod
    def of(reason: str, call: str = "") -> Reverted:
        """The error for a reason; one that no class stands for becomes a plain `Reverted`."""
        kind = Reverted._by_reason.get(reason)
        if kind is None and reason.startswith(("erc20:", "eip712:", "ownable:", "ERC20", "mock:")):
            kind = TokenRefused
        return (kind or Reverted)(reason, call)


class TokenRefused(Reverted, advice="look at the payer's balance, allowance, signature and at the token's own rules"):
    """The token refused the payment."""


class OutOfRange(Reverted, advice="a number is too large or too small for the contract; check the arguments"):
    """The contract's arithmetic or a list went out of its range."""


class RefusedWithoutReason(Reverted, advice="check the contract's address, the arguments and the gas limit"):
    """The contract refused the call without a reason."""


class SettleFirst(Reverted, reasons=("fund: settle first",), advice="call settle_round (anyone may), then try again"):
    """A closed round waits to be settled."""


class NotTheActor(
    Reverted,
    reasons=(
        "fund: not the actor",
        "court: not the actor",
        "jury: not the actor",
    ),
    advice="send from the acting wallet, or relay the act signed by it through the Office",
):
    """Only the Office may act for somebody else."""


class NotTheWallet(
    Reverted,
    reasons=(
        "fund: not the wallet",
        "office: not the member's wallet",
    ),
    advice="use the wallet that the membership shows, or replace it first (R-47)",
):
    """Only the membership's own wallet may do this."""


class NotTheWalletOrContact(
    Reverted,
    reasons=(
        "court: not the wallet or a contact",
        "office: not the wallet or a contact",
    ),
    advice="use one of these wallets",
):
    """Only the member's wallet or a named contact may do this."""


class NotTheCourt(
    Reverted,
    reasons=(
        "fund: not the court",
        "jury: not the court",
    ),
    advice="use the Court's function for it",
):
    """Only the mutual's Court may call this."""


class NotTheCourtOrJury(Reverted, reasons=("fund: not the court or jury",), advice="use their functions"):
    """Only the mutual's Court and Jury may call this."""


class NotTheOffice(Reverted, reasons=("fund: not the office",), advice="use the Office's function for it"):
    """Only the mutual's Office may call this."""


class NotTheFounder(
    Reverted,
    reasons=(
        "fund: not the founder",
        "jury: not the founder",
        "charter: only the founder",
    ),
    advice="nothing is to be done; wiring happens once",
):
    """Only the factory may do this, while it founds the mutual."""


class AlreadyWired(
    Reverted,
    reasons=(
        "charter: already wired",
        "fund: already wired",
        "jury: already wired",
    ),
    advice="nothing is to be done",
):
    """The mutual's contracts were already named."""


class AddressMissing(Reverted, reasons=("fund: address missing",), advice="name the contract"):
    """An address is the zero address."""


class AdmissionsFull(
    Reverted,
    reasons=("fund: admissions are full this week",),
    advice="try again after the week's end (Thursday 0:00 UTC)",
):
    """This week's admissions are used up (R-37)."""


class AlreadyLeaving(
    Reverted,
    reasons=("fund: already leaving", "office: already leaving"),
    advice="wait for the end of the notice, then call refund",
):
    """Notice of leaving was given before."""


class AmountOutOfRange(
    Reverted,
    reasons=(
        "fund: amount out of range",
        "fund: amount too large",
    ),
    advice="check the amount and its decimals",
):
    """An amount is zero or too large."""


class AttestationExpired(Reverted, reasons=("fund: attestation has expired",), advice="ask the attestor for a new one"):
    """The attestation is past its expiry."""


class AttestationOfTheFuture(
    Reverted, reasons=("fund: attestation is of the future",), advice="check the attestor's clock, or wait"
):
    """The attestation is issued later than now."""


class PriceChanged(
    Reverted,
    reasons=("fund: authorization is not the price",),
    advice="read the price again and sign a payment of that amount",
):
    """The signed payment is not exactly the price now."""


class BalanceTooSmall(Reverted, reasons=("fund: balance too small",), advice="pay from the wallet, or top up first"):
    """The balance cannot give so much and keep a tick of runway."""


class ChangedTooRecently(
    Reverted,
    reasons=("fund: changed too recently", "office: changed too recently"),
    advice="wait until the filing window after the last change has passed",
):
    """The membership changed within the filing window, which its history still needs (R-31)."""


class ClaimDeferredAlready(
    Reverted, reasons=("fund: claim is deferred already",), advice="wait for its round, then call pay"
):
    """The claim waits for a round already."""


class ClaimInNoRound(
    Reverted, reasons=("fund: claim is in no round",), advice="carry it first, or look whether it was paid"
):
    """The claim is in no round."""


class BooksFull(
    Reverted,
    reasons=(
        "fund: deposits are full",
        "fund: index is full",
        "fund: mutual is full",
        "fund: purse is full",
        "fund: year is full",
        "fund: too many calls",
        "fund: round is full",
        "fund: runway too long",
        "fund: time is out of range",
    ),
    advice="use a smaller amount or a shorter runway; if a mutual has outgrown its books, found a successor",
):
    """A number would outgrow the field that the books have for it."""


class EarlierClaimsOpen(
    Reverted,
    reasons=("fund: earlier claims are open",),
    advice="push them on and try again, or wait until three times the notice have passed",
):
    """Claims filed before the notice ended are still open (R-46)."""


class ListsDiffer(
    Reverted,
    reasons=(
        "fund: ids and ticks differ",
        "fund: ids and wallets differ",
        "jury: lists differ in length",
        "office: a signature for each inviter",
    ),
    advice="give one entry of each list for each row",
):
    """Lists that belong together have different lengths."""


class InGrace(
    Reverted,
    reasons=("fund: in grace, top up",),
    advice="top up instead of rejoining; it is cheaper and keeps the waiting time",
):
    """The lapse is still in its grace time."""


class Lapsed(Reverted, reasons=("fund: lapsed, rejoin",), advice="rejoin; waiting times start anew (R-43)"):
    """The membership lapsed and its grace time is over."""


class MemberHasLeft(Reverted, reasons=("fund: member has left",), advice="rejoin (R-43)"):
    """The member has left and was refunded."""


class MemberIdTaken(
    Reverted,
    reasons=("fund: member_id is taken",),
    advice="top up or rejoin that one; ask the attestor if it is not yours",
):
    """There is a membership under this id already (R-32)."""


class NoAttestorAdmits(
    Reverted,
    reasons=(
        "fund: no attestor admits here",
        "office: no attestor signs here",
    ),
    advice="join by invitation or openly, as its charter says",
):
    """This mutual has no attestors."""


class NoFees(Reverted, reasons=("fund: no fees",), advice="nothing is to be done"):
    """No fees wait for the steward."""


class TermsOutOfRange(
    Reverted,
    reasons=(
        "fund: no period",
        "fund: fee out of range",
        "fund: round cap out of range",
        "fund: spacing out of range",
        "fund: year cap below round cap",
        "fund: quorum above attestors",
        "fund: token has no code",
        "charter: token has no code",
    ),
    advice="correct the charter; `tongxin charter check` says which parameter",
):
    """The charter's terms cannot be used by a Fund."""


class NoRoundOutstanding(Reverted, reasons=("fund: no round is outstanding",), advice="nothing is to be done"):
    """No round waits."""


class NoShortage(Reverted, reasons=("fund: no shortage",), advice="nothing is to be done"):
    """The fund holds at least what its books say."""


class NoSuchCall(Reverted, reasons=("fund: no such call",), advice="nothing is to be done; the Court keeps its calls"):
    """No call of that size is announced."""


class NoSuchClaim(
    Reverted,
    reasons=(
        "fund: no such claim",
        "court: not this claim",
    ),
    advice="read the claim again from its event of filing, with the newest evidence hash",
):
    """This is not the claim under that number."""


class NoSuchClass(
    Reverted,
    reasons=(
        "fund: no such class",
        "office: no such class",
    ),
    advice="choose a class of the charter",
):
    """The charter has no such class."""


class NoSuchMember(
    Reverted,
    reasons=(
        "fund: no such member",
        "office: no such member",
    ),
    advice="check the id; it is the attestor's tag, not an address",
):
    """There is no membership under this id."""


class NoSuchPaymentMethod(Reverted, reasons=("fund: no such payment method",), advice="choose one of them"):
    """A payment is by allowance (0), permit (1) or authorization (2)."""


class NotAnAttestorsSignature(
    Reverted,
    reasons=(
        "fund: not an attestor's signature",
        "office: not an attestor's signature",
    ),
    advice="check chain, contract and data that were signed, and sort by the attestors' addresses",
):
    """A signature is not of an attestor, is over something else, or signatures are not by rising address."""


class TooFewAttestors(
    Reverted,
    reasons=(
        "fund: too few attestations",
        "office: too few attestors",
    ),
    advice="ask further attestors",
):
    """Fewer attestors signed than the charter asks for (P-20)."""


class NotInForce(
    Reverted, reasons=("fund: not in force", "office: not in force"), advice="top up within the grace time, or rejoin"
):
    """The membership is not in force."""


class NotLeaving(Reverted, reasons=("fund: not leaving",), advice="call leave first"):
    """No notice of leaving was given."""


class WrongCharter(
    Reverted,
    reasons=("fund: not the charter in force",),
    advice="read the charter that is in force, and accept that one",
):
    """The hash is not that of the charter in force (R-33)."""


class NothingDue(Reverted, reasons=("fund: nothing due",), advice="nothing is to be done"):
    """Nothing waits for this payee."""


class NothingToAbsorb(Reverted, reasons=("fund: nothing to absorb",), advice="nothing is to be done"):
    """The fund holds no stray tokens."""


class NothingToCarry(Reverted, reasons=("fund: nothing to carry",), advice="nothing is to be done"):
    """The claim has no rest that waits to be carried."""


class NoticeNotOver(
    Reverted,
    reasons=(
        "fund: notice is not over",
        "office: the notice is not over",
    ),
    advice="try again after its end",
):
    """The notice is not over."""


class OrderOutOfRange(Reverted, reasons=("fund: order out of range",), advice="choose a smaller amount or target"):
    """A standing order's number is too large."""


class PayeeMissing(Reverted, reasons=("fund: payee missing",), advice="name the payee"):
    """The payee is the zero address."""


class RoundClosesTooSoon(Reverted, reasons=("fund: round closes too soon",), advice="try again after it is settled"):
    """The outstanding round closes within a period (R-15)."""


class RoundNotClosed(Reverted, reasons=("fund: round is not closed",), advice="try again after it closes"):
    """The round's period is not over."""


class RoundNotSettled(
    Reverted, reasons=("fund: round is not settled",), advice="call settle_round once the round is closed"
):
    """The claim's round is not settled."""


class RunwayTooShort(Reverted, reasons=("fund: runway too short",), advice="choose a tick further ahead"):
    """The runway bought is shorter than the charter's least (R-3)."""


class StillInForce(Reverted, reasons=("fund: still in force",), advice="top up instead of rejoining"):
    """The membership is in force."""


class TickNotAhead(Reverted, reasons=("fund: tick is not ahead",), advice="choose a later tick"):
    """The tick is not ahead of the runway's end."""


class TransferFailed(
    Reverted,
    reasons=("fund: token transfer failed",),
    advice="look at the payer's balance and allowance, and whether the token blocks an account",
):
    """The token refused the transfer."""


class WrongAmountReceived(
    Reverted,
    reasons=("fund: wrong amount received",),
    advice="this token cannot be used by a mutual: it takes fees or lies",
):
    """The token delivered another amount than was paid (R-18)."""


class WalletMissing(
    Reverted,
    reasons=(
        "fund: wallet missing",
        "office: wallet missing",
    ),
    advice="name the wallet",
):
    """The wallet is the zero address."""


class InviterNewcomer(
    Reverted, reasons=("office: an inviter is a newcomer",), advice="choose an inviter who has been a member longer"
):
    """An inviter joined too recently (P-15)."""


class InviterNotAccepted(
    Reverted, reasons=("office: an inviter is leaving or has not accepted",), advice="choose another inviter"
):
    """An inviter is leaving or has not accepted the charter."""


class InviterNotInForce(Reverted, reasons=("office: an inviter is not in force",), advice="choose another inviter"):
    """An inviter's membership is not in force."""


class InvitersShareWallet(
    Reverted, reasons=("office: inviters need different wallets",), advice="choose inviters with different wallets"
):
    """Two inviters have the same wallet."""


class TooFewInviters(Reverted, reasons=("office: too few inviters",), advice="ask further members"):
    """Fewer members invite than the charter asks for (P-45)."""


class NotTheInvitersSignature(
    Reverted,
    reasons=("office: not the inviter's signature",),
    advice="let the inviter sign the attestation in the Fund's domain",
):
    """A signature is not of the inviter's wallet."""


class AdmissionNotOpen(
    Reverted, reasons=("office: admission is not open",), advice="join by attestation or invitation"
):
    """This mutual is not open to everybody."""


class AdmissionOpen(Reverted, reasons=("office: admission is open",), advice="use admit_open"):
    """This mutual is open to everybody."""


class AttestorsAdmit(Reverted, reasons=("office: attestors admit here",), advice="ask an attestor"):
    """Attestors admit here, and are not silent."""


class NoSuchKeyKind(
    Reverted,
    reasons=("jury: no such kind of key", "office: no such kind of key"),
    advice="use 1 for X25519 or 2 for hybrid; a member withdraws a reader key with kind 0",
):
    """There is no such kind of public key (R-122, R-125)."""


class KeyAndKindDiffer(
    Reverted,
    reasons=("office: key and kind do not go together",),
    advice="announce a key with its kind, or an empty key with kind 0 to withdraw it",
):
    """Kind 0 has no public key, and every other kind has one (R-125)."""


class HashMissing(
    Reverted, reasons=("office: hash missing",), advice="name the hashes of document, reader and wrapped key"
):
    """A hash that the act needs is empty (R-124)."""


class NoClassRequested(Reverted, reasons=("office: no class was requested",), advice="request one first"):
    """No change of class waits."""


class SharesFallNoMore(Reverted, reasons=("office: the shares fall no more",), advice="ask for a new change of class"):
    """The membership changed since fewer shares were requested (R-44)."""


class NoWalletProposed(
    Reverted, reasons=("office: no wallet was proposed",), advice="let an attestor propose one first"
):
    """No replacement of the wallet waits."""


class NotTheActorsSignature(
    Reverted,
    reasons=("office: not the actor's signature",),
    advice="sign it anew with the nonce that the Office shows, on this chain",
):
    """The signed act is not signed by that wallet, or something in it differs."""


class ChangeExpired(Reverted, reasons=("office: the change has expired",), advice="ask for a new one"):
    """The attestors' change is past its expiry."""


class ChangeOfTheFuture(
    Reverted, reasons=("office: the change is of the future",), advice="check their clock, or wait"
):
    """The attestors' change is issued later than now."""


class ChangeUsed(
    Reverted, reasons=("office: the change was used", "office: a later proposal exists"), advice="ask for a new one"
):
    """The attestors' change was used before, or a later one was."""


class SignedActExpired(
    Reverted,
    reasons=("office: the signed act has expired", "assembly: the signature is too old"),
    advice="sign it anew",
):
    """The signed act is past its deadline."""


class VetoTimeNotOver(
    Reverted, reasons=("office: the veto time is not over",), advice="try again when the 30 days are over"
):
    """The wallet or a contact may still veto."""


class AlreadyCommissioned(Reverted, reasons=("court: already commissioned",), advice="nothing is to be done"):
    """The investigator was asked before."""


class FiledTooLate(Reverted, reasons=("court: filed too late",), advice="nothing can be done on the chain"):
    """The filing window after the event's day is over (P-18)."""


class LotNotReady(Reverted, reasons=("court: lot not ready",), advice="try again a few blocks later"):
    """The block that seeds the lot is not past (R-65)."""


class NotAccepted(Reverted, reasons=("court: member has not accepted the charter",), advice="call accept first"):
    """The wallet has not accepted the charter (R-33)."""


class NoPastDay(Reverted, reasons=("court: no day of the past",), advice="check the day number in the charter's zone"):
    """The event's day is in the future or before day 1."""


class NoPanelVoting(
    Reverted, reasons=("court: no drawn panel is voting",), advice="this is possible only while one is"
):
    """No drawn panel is committing votes."""


class NoReportAwaited(Reverted, reasons=("court: no report is awaited",), advice="nothing is to be done"):
    """No report is awaited for this claim."""


class NoReviewDue(Reverted, reasons=("court: no review is due",), advice="call settle after the notice"):
    """The claim needs no review."""


class NoSuchSource(Reverted, reasons=("court: no such source",), advice="choose one of them"):
    """A bond is from payment (0), balance (1) or waiver (2)."""


class NoWaiver(
    Reverted, reasons=("court: no waiver in this charter",), advice="pay the bond, or take it from the balance"
):
    """The charter waives no filing bond."""


class NotCovered(
    Reverted,
    reasons=("court: not covered on that day",),
    advice="check day, class and cover; a lapse may be repaired within its grace time",
):
    """The member was not covered on that day (R-51)."""


class NotInNotice(Reverted, reasons=("court: not in a notice",), advice="look at its stage"):
    """The claim is not in its notice."""


class NotInAccessTime(
    Reverted, reasons=("court: not in the time for access",), advice="look at the claim's stage and deadline"
):
    """Access is not awaited now."""


class NotInCureTime(
    Reverted, reasons=("court: not in the time to cure",), advice="look at the claim's stage and deadline"
):
    """Completing is not awaited now."""


class NotTheClaimant(Reverted, reasons=("court: not the claimant",), advice="use one of these wallets"):
    """Only the claim's wallet or filer may do this."""


class NotTheInvestigator(Reverted, reasons=("court: not the investigator",), advice="use the investigator's account"):
    """Only the charter's investigator may report."""


class NotVoting(Reverted, reasons=("court: not voting",), advice="look at its stage"):
    """The claim is not in its voting."""


class NotWaitingForClaimant(
    Reverted, reasons=("court: not waiting for the claimant",), advice="look at the claim's stage"
):
    """No stage waits for the claimant."""


class NotWaitingForLot(Reverted, reasons=("court: not waiting for the lot",), advice="look at its stage"):
    """The claim does not wait for a lot."""


class NothingCovered(
    Reverted, reasons=("court: nothing is covered",), advice="check benefit, class, amount claimed and deductible"
):
    """The charter pays nothing for this benefit, class and claim (R-62)."""


class NothingToPay(Reverted, reasons=("court: nothing to pay",), advice="nothing is to be done"):
    """This panel's jurors get nothing, or were paid."""


class OneWaiverAYear(
    Reverted, reasons=("court: one waiver a year",), advice="pay the bond, or take it from the balance"
):
    """The member's waiver of this year is used."""


class ReviewFirst(Reverted, reasons=("court: review comes first",), advice="call review, then settle"):
    """The grant must be reviewed first (R-78)."""


class InWaitingTime(
    Reverted, reasons=("court: still in the waiting time",), advice="this benefit cannot be claimed for that day"
):
    """The event is inside the waiting time."""


class NoInvestigator(Reverted, reasons=("court: the charter names no investigator",), advice="nothing is to be done"):
    """The charter names no investigator."""


class ClaimOpen(Reverted, reasons=("court: the claim is open",), advice="call settle first"):
    """The claim is not closed."""


class ClaimantHasTime(Reverted, reasons=("court: the claimant still has time",), advice="try again after the deadline"):
    """The claimant's time is not over."""


class CourtNoticeNotOver(Reverted, reasons=("court: the notice is not over",), advice="try again after its end"):
    """The verdict's notice is not over."""


class PanelWasOpen(Reverted, reasons=("court: the panel was open",), advice="nothing is to be done"):
    """Nobody is paid on an open panel."""


class WaitingTimeOver(Reverted, reasons=("court: the waiting time is over",), advice="claim the regular benefit"):
    """This benefit is only for events inside the waiting time."""


class EventClaimedBefore(
    Reverted,
    reasons=("court: this event was claimed before",),
    advice="one event is judged once; a denial for want of access may be refiled once",
):
    """This event was claimed before (R-60)."""


class VerdictFinal(
    Reverted, reasons=("court: this verdict is final",), advice="wait for the end of the notice, then settle"
):
    """The claim was challenged or reviewed twice (R-77)."""


class TooManyGrants(
    Reverted, reasons=("court: too many grants, or too soon",), advice="check when the benefit can be claimed again"
):
    """The charter's limit of grants or their interval is reached (R-61)."""


class AllCommitted(
    Reverted,
    reasons=(
        "jury: all have committed",
        "jury: reveals are open",
    ),
    advice="reveal",
):
    """All seats have committed, and reveals are open."""


class AlreadyVolunteer(Reverted, reasons=("jury: already on the bench",), advice="nothing is to be done"):
    """The wallet is a volunteer already."""


class AlreadyOut(Reverted, reasons=("jury: already out",), advice="nothing is to be done"):
    """The juror is off the list already."""


class BondLocked(Reverted, reasons=("jury: bond is still locked",), advice="try again later"):
    """The bond is locked until three notices after retiring (R-66)."""


class MembershipInForce(
    Reverted, reasons=("jury: membership is in force",), advice="a juror is dismissed only when it ended"
):
    """The juror's membership is in force."""


class NoBondLeft(
    Reverted, reasons=("jury: no bond left",), advice="volunteer again from another wallet, if the charter allows"
):
    """Nothing of the bond is left."""


class NoSuchLevel(Reverted, reasons=("jury: no such level",), advice="choose one of them"):
    """A level is 0 to 7, or 8 for incomplete."""


class NoSuchSeat(Reverted, reasons=("jury: no such seat",), advice="check panel key and seat"):
    """The panel has no such seat."""


class NoVoteOnSeat(Reverted, reasons=("jury: no vote on this seat",), advice="only a juror who voted may do this"):
    """The seat has no vote that counts."""


class NobodyExposesThemselves(
    Reverted, reasons=("jury: nobody exposes themselves",), advice="reveal it when reveals open"
):
    """A juror cannot expose the own vote."""


class NotACommitment(Reverted, reasons=("jury: not a commitment",), advice="compute it as R-69 says"):
    """This value cannot be a commitment."""


class NotASettledMember(Reverted, reasons=("jury: not a settled member in force",), advice="check the membership"):
    """Jurors are members in force who accepted, are no newcomers and are not leaving (R-66)."""


class NotAVoter(
    Reverted,
    reasons=("jury: not a voter of this panel",),
    advice="it must be in force, accepted, no newcomer at filing, not leaving, and not the claim's own side",
):
    """This membership may not vote on the panel."""


class NotInCommitTime(Reverted, reasons=("jury: not in the time to commit",), advice="look at the panel's times"):
    """Votes cannot be committed now."""


class NotInRevealTime(Reverted, reasons=("jury: not in the time to reveal",), advice="look at the panel's times"):
    """Votes cannot be shown now."""


class NotAVolunteer(Reverted, reasons=("jury: not on the bench",), advice="volunteer first"):
    """The wallet is no volunteer."""


class NotThatVote(
    Reverted, reasons=("jury: not that vote",), advice="use those that were kept when committing, for this attempt"
):
    """Level, reason and salt do not give the commitment."""


class NotTheJurorsSignature(
    Reverted,
    reasons=("jury: not the juror's signature",),
    advice="let the juror sign this panel, attempt and seat anew",
):
    """A signature is not of the seat's juror."""


class NotADrawnPanel(
    Reverted, reasons=("jury: not a drawn panel",), advice="wait for the draw; on an open panel nobody announces a key"
):
    """No panel was drawn by lot under this key."""


class SeatKeyMissing(
    Reverted, reasons=("jury: key missing",), advice="announce a key of 32 bytes that are not all zero"
):
    """The seat's public key is empty."""


class NotYourSeat(Reverted, reasons=("jury: not your seat",), advice="check the seats of the panel"):
    """The wallet does not sit on that seat."""


class NothingToReveal(Reverted, reasons=("jury: nothing to reveal",), advice="nothing is to be done"):
    """The seat has no commitment that waits."""


class BenchFull(Reverted, reasons=("jury: the bench is full",), advice="nothing can be done on the chain"):
    """There are as many volunteers as seats can number."""


class SeatHasVoted(Reverted, reasons=("jury: this seat has voted",), advice="nothing is to be done"):
    """The seat's vote already stands."""


class MemberHasVoted(
    Reverted,
    reasons=("jury: this member has voted",),
    advice="nothing is to be done; the vote of the earlier wallet stands",
):
    """Another wallet of this member has voted on the panel (R-75)."""


class VoteExposed(Reverted, reasons=("jury: vote was exposed",), advice="this seat cannot vote any more"):
    """The commitment was voided by exposure (R-71)."""


class VotesStillComing(
    Reverted,
    reasons=(
        "jury: votes are still coming",
        "jury: votes can still be cast",
    ),
    advice="try again after the panel's deadline",
):
    """The panel can still change its result."""


class DissenterAgrees(
    Reverted, reasons=("jury: you voted for the verdict",), advice="challenge as anybody, with a bond"
):
    """A juror may challenge with the bond posted only a verdict it voted against."""


class NotABlueprint(Reverted, reasons=("founder: not a blueprint",), advice="deploy the blueprints first"):
    """An address holds no blueprint."""


class BoundsMissing(Reverted, reasons=("founder: bounds have no code",), advice="deploy the Bounds contract first"):
    """The address of the bounds holds no code."""


class AnotherBeganIt(
    Reverted, reasons=("founder: another one began it",), advice="use that account, or begin a new mutual"
):
    """Another account began founding this mutual."""


class NotFoundedYet(Reverted, reasons=("fund: not founded yet",), advice="take the remaining founding steps first"):
    """The mutual is half founded: its Fund takes no money yet."""


class NoSuchMutual(Reverted, reasons=("founder: no such mutual",), advice="check the number"):
    """The factory has no mutual of this number."""


class PartMissing(
    Reverted,
    reasons=(
        "founder: deploy the court first",
        "founder: deploy the fund first",
        "founder: deploy the jury first",
        "founder: deploy the office first",
    ),
    advice="take the steps in order; founding resumes where it stopped",
):
    """An earlier part of the mutual is missing."""


class PartThere(
    Reverted,
    reasons=(
        "founder: the court is there",
        "founder: the fund is there",
        "founder: the jury is there",
        "founder: the mutual is founded",
        "founder: the office is there",
    ),
    advice="go on with the next step",
):
    """This part of the mutual was deployed before."""


class UnknownKind(
    Reverted,
    reasons=("assembly: unknown kind",),
    advice="choose 1 rules, 2 attestors, 3 steward, 4 jurors' rules, 5 successor or 6 wind-down",
):
    """There is no such kind of proposal (R-99)."""


class WindDownHasNoSubject(
    Reverted, reasons=("assembly: a wind-down has no subject",), advice="propose it with subject 0"
):
    """A wind-down is about no draft and no address (R-99)."""


class NotAnAddress(Reverted, reasons=("assembly: not an address",), advice="name the address of the successor's Fund"):
    """The successor is no address (R-99)."""


class DraftChangesMore(
    Reverted,
    reasons=("assembly: the draft changes something else",),
    advice="propose it as a change of the rules (kind 1)",
):
    """The draft changes something besides what this kind of proposal is about (R-99)."""


class NotASettledVoter(
    Reverted,
    reasons=("assembly: not a settled member's wallet",),
    advice="it must be in force, accepted, not leaving, and past the new-member time when the proposal was made",
):
    """This wallet has no vote with this membership (R-98)."""


class ProposedTooRecently(
    Reverted, reasons=("assembly: proposed too recently",), advice="wait for the charter's pause, or ask another member"
):
    """A member may make one proposal in each pause of the charter (P-55)."""


class NoSuchProposal(
    Reverted, reasons=("assembly: no such proposal",), advice="list the proposals to see their numbers"
):
    """There is no proposal of this number."""


class HasVoted(Reverted, reasons=("assembly: has voted",), advice="nothing is to be done; a vote cannot be changed"):
    """This wallet, or this member, has voted on the proposal (R-100)."""


class VoteEnded(Reverted, reasons=("assembly: the vote has ended",), advice="nothing is to be done"):
    """The vote on this proposal has ended."""


class NotTheProposer(Reverted, reasons=("assembly: not the proposer",), advice="ask the proposer, or vote against it"):
    """Only who proposed may take it back (R-102)."""


class NotTheMembersSignature(
    Reverted,
    reasons=("assembly: not the member's signature",),
    advice="sign it anew with the nonce that the Assembly shows, in its domain, on this chain",
):
    """The signature is not of the member's wallet, was used before, or something in it differs."""


class TooEarlyToExecute(
    Reverted, reasons=("assembly: too early to execute",), advice="try again at its earliest execution"
):
    """The time in which members can leave before the change is not over (R-103)."""


class NotPassed(Reverted, reasons=("assembly: not passed",), advice="propose it anew if it has better chances now"):
    """The proposal found too few votes, or too few in favour (R-101)."""


class ProposalExpired(
    Reverted, reasons=("assembly: expired",), advice="propose it anew; passed proposals are executed in time"
):
    """The proposal was not executed in its time (R-103)."""


class ProposalWasExecuted(Reverted, reasons=("assembly: already executed",), advice="nothing is to be done"):
    """The proposal was executed before."""


class ProposalWasWithdrawn(Reverted, reasons=("assembly: withdrawn",), advice="propose it anew if you want it"):
    """The proposer took the proposal back (R-102)."""


class NoJoiningNow(
    Reverted,
    reasons=("fund: no joining now",),
    advice="look at the mutual's stage; a mutual that failed to start or winds down takes no one in",
):
    """Nobody can join or rejoin at this stage of the mutual (R-106)."""


class NoLeavingNow(
    Reverted,
    reasons=("fund: no leaving now",),
    advice="step back while the mutual gathers; while it winds down, wait for its end, when all is paid out",
):
    """Notice of leaving is given only to a mutual that is running (R-106, R-108)."""


class NoClassChangeNow(
    Reverted,
    reasons=("fund: no class change now", "office: the mutual is winding down"),
    advice="keep the class to the end",
):
    """Classes change no more once a mutual winds down (R-108)."""


class MutualEnded(
    Reverted,
    reasons=("court: the mutual has ended", "fund: the mutual has ended"),
    advice="call pay_out for each member, which anyone may do",
):
    """The mutual has ended (R-110)."""


class NotGathering(
    Reverted,
    reasons=("fund: not gathering",),
    advice="nothing is to be done; leave with notice instead of stepping back",
):
    """The mutual is not gathering its first members, so it has started or is over (R-105)."""


class TooLateToStart(
    Reverted,
    reasons=("fund: too late to start",),
    advice="step back, which anyone may call for every member, and found it anew",
):
    """The founding's deadline passed without enough members (R-106)."""


class TooFewMembers(Reverted, reasons=("fund: too few members",), advice="try again when more have joined"):
    """Fewer members have joined than the mutual needs to start (R-105)."""


class MayStillStart(
    Reverted,
    reasons=("fund: the mutual may still start",),
    advice="try again after the founding's deadline, when everybody has stepped back",
):
    """The mutual still gathers, or members' money is still in it (R-107)."""


class NotRunning(
    Reverted,
    reasons=("fund: not running", "assembly: the mutual is not running"),
    advice="look at the mutual's stage: this needs a running mutual",
):
    """The mutual is not running (R-106)."""


class NothingToAdopt(Reverted, reasons=("fund: nothing to adopt",), advice="nothing is to be done"):
    """The Fund applies the newest version already (R-95)."""


class NotBelowFloor(Reverted, reasons=("fund: not below the floor",), advice="nothing is to be done"):
    """Heads are not below the charter's floor (R-108)."""


class FloorWatchedAlready(
    Reverted,
    reasons=("fund: the floor is watched already",),
    advice="when the grace time is over, call wind_down_by_floor",
):
    """It is noted already since when heads are below the floor (R-108)."""


class FloorNotWatched(
    Reverted,
    reasons=("fund: the floor is not watched",),
    advice="call watch_floor when heads are below the floor, and wait for the grace time",
):
    """It was not noted that heads are below the floor, or they came back to it (R-108)."""


class GraceNotOver(Reverted, reasons=("fund: grace is not over",), advice="try again when it is over"):
    """Heads have not been below the floor for longer than the grace time (R-108)."""


class NotWindingDown(
    Reverted, reasons=("fund: not winding down",), advice="look at the mutual's stage: this belongs to its run-off"
):
    """The mutual is not winding down (R-108)."""


class RunoffNotOver(
    Reverted, reasons=("fund: run-off is not over",), advice="try again at the time that the Fund shows as its end"
):
    """Claims can still be filed in the run-off (R-110)."""


class RoundOutstanding(
    Reverted, reasons=("fund: a round is outstanding",), advice="call settle_round once it is closed, then try again"
):
    """A round waits to be settled before the mutual can end (R-110)."""


class ClaimsOpen(
    Reverted, reasons=("fund: claims are open",), advice="push them on, call the Court's advance, then try again"
):
    """Claims are open, so that the mutual cannot end (R-110)."""


class NotEnded(
    Reverted, reasons=("fund: the mutual has not ended",), advice="call end when run-off and claims are over"
):
    """The mutual has not ended (R-110)."""


class NothingToSweep(Reverted, reasons=("fund: nothing to sweep",), advice="nothing is to be done"):
    """Nothing waits for whom the charter names for the remainder (P-56)."""


class BeforeStart(
    Reverted,
    reasons=("court: the mutual had not started",),
    advice="events are covered from the first whole day after it started",
):
    """The event's day began before the mutual started (R-105)."""


class AfterTrigger(
    Reverted, reasons=("court: the mutual was winding down",), advice="nothing can be done on the chain"
):
    """The event's day began when the mutual was winding down (R-108)."""


class AlreadySealed(Reverted, reasons=("charter: already sealed",), advice="nothing is to be done"):
    """The charter is sealed and never changes."""


class NotSealed(Reverted, reasons=("charter: not sealed",), advice="finish founding first"):
    """The charter is not sealed yet."""


class NoSuchDraft(
    Reverted, reasons=("charter: no such draft",), advice="look which slots there are; the founding's is 1"
):
    """The charter has no draft in this slot."""


class NotTheDrafter(
    Reverted, reasons=("charter: only its drafter",), advice="use that account, or prepare a draft of your own"
):
    """Only who made a draft may complete and seal it (R-90)."""


class DraftSharesBenefits(
    Reverted,
    reasons=("charter: the draft shares its benefits",),
    advice="prepare a draft with benefits of its own instead",
):
    """This draft has the benefits of the newest version, and takes no others (R-90)."""


class FoundingSharesNoBenefits(
    Reverted,
    reasons=("charter: a founding has benefits of its own",),
    advice="found with benefits",
):
    """There is no earlier version whose benefits a founding could have."""


class DraftNotSealed(
    Reverted,
    reasons=("charter: the draft is not sealed", "assembly: the draft is not sealed"),
    advice="let its drafter seal it, then propose it",
):
    """The draft is not sealed, so that it can still change (R-91)."""


class DraftChangesNothing(
    Reverted,
    reasons=("charter: nothing but the document changes",),
    advice="change a number of the rules; texts alone need no vote",
):
    """The draft changes no number of the rules (R-91)."""


class DraftOutdated(
    Reverted,
    reasons=("charter: based on an earlier version", "assembly: based on an earlier version"),
    advice="prepare the draft again on the newest version, and propose that one",
):
    """Another version was adopted since the draft was sealed (R-94)."""


class VersionTooYoung(
    Reverted,
    reasons=("charter: 30 days between two versions",),
    advice="try again when the newest version has been in force for 30 days",
):
    """The newest version has been in force for less than 30 days (R-94)."""


class NotTheAssembly(
    Reverted,
    reasons=("charter: only the assembly", "fund: not the assembly"),
    advice="propose it to the members; what they decide the Assembly carries out",
):
    """Only the members' vote can do this."""


class FixedForEver(
    Reverted,
    reasons=(
        "charter: a benefit was removed",
        "charter: call margin is fixed",
        "charter: form of admission is fixed",
        "charter: founding date is fixed",
        "charter: funding or rounds is fixed",
        "charter: minimum members is fixed",
        "charter: number of ladder steps is fixed",
        "charter: panel, strictness or waiver is fixed",
        "charter: period is fixed",
        "charter: rules of a benefit are fixed",
        "charter: shares of a class are fixed",
        "charter: time zone is fixed",
    ),
    advice="leave it as it is, or found a successor and let the members name it",
):
    """The draft changes what no vote can change (R-92)."""


class StepTooLarge(
    Reverted,
    reasons=(
        "charter: step of a waiting time too large",
        "charter: step of access time too large",
        "charter: step of admission floor too large",
        "charter: step of admissions too large",
        "charter: step of adoption delay too large",
        "charter: step of an amount too large",
        "charter: step of attestor quorum too large",
        "charter: step of attestor silence too large",
        "charter: step of carries too large",
        "charter: step of claim cap too large",
        "charter: step of commit time too large",
        "charter: step of cure time too large",
        "charter: step of deductible too large",
        "charter: step of entry fee too large",
        "charter: step of execution time too large",
        "charter: step of fee too large",
        "charter: step of filing window too large",
        "charter: step of floor of heads too large",
        "charter: step of grace too large",
        "charter: step of investigation time too large",
        "charter: step of investigator fee too large",
        "charter: step of inviters too large",
        "charter: step of juror bond too large",
        "charter: step of juror pay too large",
        "charter: step of ladder grants too large",
        "charter: step of ladder times too large",
        "charter: step of largest runway too large",
        "charter: step of least runway too large",
        "charter: step of leaving notice too large",
        "charter: step of lot delay too large",
        "charter: step of majority too large",
        "charter: step of newcomer time too large",
        "charter: step of open quorum heads too large",
        "charter: step of open quorum part too large",
        "charter: step of panel size too large",
        "charter: step of proposal pause too large",
        "charter: step of reveal time too large",
        "charter: step of review above too large",
        "charter: step of review by lot too large",
        "charter: step of round cap too large",
        "charter: step of run-off too large",
        "charter: step of threshold too large",
        "charter: step of verdict notice too large",
        "charter: step of vote quorum too large",
        "charter: step of voting time too large",
        "charter: step of wind-down majority too large",
        "charter: step of year cap too large",
    ),
    advice="take a smaller step now and the rest in 90 days; `tongxin charter diff` shows how far each field may go",
):
    """A number moves further than it may within 90 days (R-93)."""


class CoverTakenAway(
    Reverted,
    reasons=("charter: a covered class uncovered",),
    advice="lower the amount by a step instead",
):
    """A class that a benefit covers cannot become uncovered (R-93)."""


class TooManyNewAttestors(
    Reverted, reasons=("charter: more than one new attestor",), advice="name one now and the next in 90 days"
):
    """More than one attestor is new within 90 days (R-93)."""


class RefusedByBounds(
    Reverted, reasons=("charter: refused",), advice="`tongxin charter check` says what is wrong with the charter"
):
    """A number of the charter is outside its range."""


class AnotherDocument(
    Reverted,
    reasons=("charter: another document was drafted",),
    advice="publish the document that was drafted, byte for byte",
):
    """The document's hash is not the draft's."""


class NoSuchVersion(
    Reverted,
    reasons=(
        "charter: no such version",
        "charter: no version in force then",
    ),
    advice="ask for a version from 1 to the current one",
):
    """The charter has no such version."""


class BenefitsRefused(
    Reverted,
    reasons=(
        "charter: a benefit that grants nothing",
        "charter: a benefit without any amount",
        "charter: a gap between classes",
        "charter: amount for a class without shares",
        "charter: benefits and amounts differ in number",
        "charter: benefits out of order",
        "charter: ladder not rising",
        "charter: levels falling or above 100 per cent",
        "charter: more than 16 benefits",
        "charter: no benefit",
        "charter: no class",
        "charter: unknown kind of benefit",
        "charter: waiting above three years",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A benefit of the charter is refused (P-38 to P-42)."""


class MoneyTermsRefused(
    Reverted,
    reasons=(
        "charter: call margin above 100 per cent",
        "charter: fee above a tenth",
        "charter: fee without a steward",
        "charter: least runway out of range",
        "charter: more than 12 carries",
        "charter: period below verdict notice",
        "charter: period out of range",
        "charter: prepaid runway below round cap",
        "charter: round cap above 1024 ticks",
        "charter: round cap is no whole number of ticks",
        "charter: runway and caps exceed the index",
        "charter: tick spacing out of range",
        "charter: year cap below round cap",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of money or rounds is refused (P-2 to P-10)."""


class AdmissionTermsRefused(
    Reverted,
    reasons=(
        "charter: admission floor is zero",
        "charter: admissions above 100 per cent",
        "charter: attestor silence out of range",
        "charter: attestors not ascending",
        "charter: attestors without a quorum",
        "charter: inviters out of range",
        "charter: newcomer time above 366 days",
        "charter: quorum above the attestors",
        "charter: unknown form of admission",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of admission is refused (P-15 to P-20, P-44 to P-46)."""


class CourtTermsRefused(
    Reverted,
    reasons=(
        "charter: a stage of the panel out of range",
        "charter: cure time out of range",
        "charter: fee without an investigator",
        "charter: juror bond below the next panel's pay",
        "charter: juror bond is odd",
        "charter: lot delay out of range",
        "charter: open quorum above 100 per cent",
        "charter: open quorum is zero",
        "charter: panel size must be odd, 1 to 15",
        "charter: review above 100 per cent",
        "charter: threshold out of range",
        "charter: time zone out of range",
        "charter: verdict notice out of range",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of the court is refused (P-21 to P-36)."""


class MemberTermsRefused(
    Reverted,
    reasons=(
        "charter: filing window out of range",
        "charter: grace above 90 days",
        "charter: notice shorter than the path of a claim",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of membership is refused (P-11 to P-18)."""


class VoteTermsRefused(
    Reverted,
    reasons=(
        "charter: adoption before a leaver is out",
        "charter: adoption delay above three years",
        "charter: execution time out of range",
        "charter: majority out of range",
        "charter: proposal pause out of range",
        "charter: vote quorum out of range",
        "charter: voting time out of range",
        "charter: wind-down majority out of range",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of votes is refused (P-49 to P-55)."""


class EndingTermsRefused(
    Reverted,
    reasons=(
        "charter: founding deadline out of range",
        "charter: no remainder",
        "charter: run-off a year too long",
        "charter: run-off below the filing window",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A parameter of starting or ending is refused (P-47, P-56)."""


class CharterWordsRefused(
    Reverted,
    reasons=(
        "charter: reserved bits are set",
        "charter: unknown flag",
    ),
    advice="correct the charter; `tongxin charter check` says what is wrong with it",
):
    """A packed word of the charter is malformed."""


def revert_of(error: RequestRefusedError, call: str = "") -> Reverted | None:
    """The refusal that an endpoint's error answer carries, or None if it is no revert."""
    text = error.reason
    if error.data is not None and len(error.data) > 2:
        return of_data(from_hex(error.data), call)
    if "revert" not in text.lower():
        return None
    _, found, reason = text.partition("reverted: ")
    return Reverted.of(reason, call) if found else RefusedWithoutReason("", call)


def of_data(data: bytes, call: str = "") -> Reverted:
    """The refusal that a call returned as bytes."""
    try:
        if data[:4] == _ERROR_STRING:
            return Reverted.of(str(decode(["string"], data[4:])[0]), call)
        if data[:4] == _PANIC:
            return OutOfRange(f"panic {decode(['uint256'], data[4:])[0]:#x}", call)
    except DecodingError:
        return RefusedWithoutReason(data.hex(), call)
    return RefusedWithoutReason(data.hex(), call)
