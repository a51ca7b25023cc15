# SPDX-License-Identifier: AGPL-3.0-only
"""What the figures mean, what we wish for, and what the peers' own code needs for the same job.

Peers were measured on their own code: receipt gas with its intrinsic part, layer 1, steady state. Texts are in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["CONDITIONS", "FIGURES", "MACHINE_BOUND", "Figure"]


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: Its key in the JSON.
        text: What was done.
        wish: The most gas we want it to need; None where we have named no number.
        peers: Who needs how much for the same.
    """

    name: str
    text: str
    wish: int | None = None
    peers: str = ""


TRANSACTION: Final = 2**24
"""The most gas that one transaction may have on many chains (EIP-7825)."""
_JOINING: Final = (
    "Nexus Mutual v3.1 788,607; Etherisc GIF 2,335,279; Teambrella 1,110,084; CommunityInsurance 86,646 + approve"
)
_SHARED: Final = "for 100 members: Teambrella 8.77 M; CommunityInsurance 9.51 M; Ease 68,050 for each Merkle claim"
_COVERED: Final = "Nexus v3 1,212,954; Nexus v2 1,409,562; Kleros 2,992,907 (3 jurors); UMA 408,134 (undisputed)"

FIGURES: Final = (
    Figure("join_self", "join by allowance, onto an occupied tick", 90_000, _JOINING),
    Figure("join_relayed_3009", "join by a signed payment that another sends", 118_000),
    Figure("join_new_tick", "join by allowance, the first on its tick"),
    Figure("enrol_per_member_500", "each of 500 whom a sponsor enrols", 26_000),
    Figure("accept", "a sponsored member accepts the charter"),
    Figure("topup", "lengthen a runway by allowance"),
    Figure("order", "set a standing order"),
    Figure(
        "collect_per_member_100",
        "each of 100 standing orders collected",
        30_000,
        "contribution to one claim: Teambrella 87,448; CommunityInsurance 94,735; WeTrust ROSCA 38,023",
    ),
    Figure("collect_unlimited_per_member_100", "the same from unlimited allowances, which the token leaves alone"),
    Figure("leave_notice", "give notice of leaving", 52_000, "Nexus 61,285 (no refund)"),
    Figure("leave_refund", "get the balance back", 60_000, "CommunityInsurance 286,985 (last of 100 members)"),
    Figure("volunteer", "post a juror's bond"),
    Figure("file", "file a claim with its bond", 120_000, "Nexus 238,910; UMA 290,140; Etherisc 1,398,779"),
    Figure("draw_5", "draw five jurors"),
    Figure("announce_seat", "announce a seat's key, mean of five"),
    Figure("grant_access", "let the jurors read the evidence"),
    Figure("commit", "one hidden vote, mean of five", 55_000, "Nexus (open vote) 97,121; Kleros 94,887"),
    Figure("reveal", "one vote shown, mean of five", 45_000, "Kleros 146,348"),
    Figure("commit_for_5", "five signed hidden votes brought together"),
    Figure("reveal_many_5", "five votes shown together"),
    Figure("conclude", "count the panel; verdict, call and notice"),
    Figure("settle_and_pay_10", "share and pay a claim among 10 members", 85_000, _SHARED),
    Figure("settle_and_pay_100", "the same among 100", 85_000),
    Figure("settle_and_pay_1000", "the same among 1,000", 85_000),
    Figure("settle_and_pay_10000", "the same among 10,000", 85_000),
    Figure("tick_crossed", "each tick that a settlement crosses, beyond it", 6_000),
    Figure("pay_jurors_5", "credit five jurors, to each the first due"),
    Figure("claim_total_5_jurors", "a claim from filing to payment, everybody's transactions", 850_000, _COVERED),
    Figure("claim_total_5_jurors_keys", "the same, each juror having announced a key"),
    Figure("claim_total_5_jurors_batched", "without keys, the votes brought together", 600_000),
    Figure("announce_key", "announce a member's reader key"),
    Figure("authorise", "put on record that somebody may read a document"),
    Figure("revoke", "put on record that this was taken back"),
    Figure("founding_total", "found a mutual under a small charter, all transactions, the document's included"),
    Figure("founding_largest_step", "the dearest of these transactions under the largest charter", TRANSACTION),
    Figure("step_back", "leave a mutual that still gathers, with everything"),
    Figure("start", "start a mutual that has gathered enough"),
    Figure("draft_small", "store a draft: one benefit, two classes"),
    Figure("seal_small", "have it checked against one version"),
    Figure("publish_small", "put its document on the chain"),
    Figure("draft_largest", "store a draft of 16 benefits in 40 classes, in several transactions"),
    Figure("seal_largest", "have it checked against one version, every amount changed", TRANSACTION),
    Figure("seal_largest_after_four", "the same against four versions of the last 90 days", TRANSACTION),
    Figure("publish_largest", "put its document on the chain"),
    Figure("propose", "propose a change of the charter"),
    Figure("vote_first_10", "vote among 10 members, the first time ever"),
    Figure("vote_first_1000", "the same among 1,000"),
    Figure("vote_later", "vote again, on another proposal"),
    Figure("vote_relayed_per_ballot_50", "each of 50 signed votes that another brings, the first time ever"),
    Figure("vote_relayed_later_per_ballot_50", "the same on another proposal"),
    Figure("execute_version", "carry out a change of the charter: adopted, and applied by the Fund"),
    Figure("join_self_amended", "join_self under a later version, whose numbers the Fund keeps in storage"),
    Figure("file_amended", "file under a later version"),
    Figure("settle_and_pay_amended", "share and pay a claim among 1,000 members under a later version"),
    Figure("execute_wind_down", "carry out the vote to end"),
    Figure("register_per_member_100", "each of 100 entitled to a part of the surplus"),
    Figure("end", "end a mutual, the surplus set aside"),
    Figure("pay_out", "pay a member balance and part"),
    Figure("members_per_second_enrolled", "members enrolled in a second on this machine"),
)
"""All figures in the order of a membership's life."""

MACHINE_BOUND: Final = ("members_per_second_enrolled",)
"""Figures that differ from run to run; all others repeat exactly."""

CONDITIONS: Final = (
    "receipt gas, its intrinsic part included, of real transactions on a local anvil; hard fork Cancun",
    "contracts as committed, Vyper 0.4.3: Fund, FundAnnex, FundStages, Bounds and Office optimised for code",
    "  size, the others for gas",
    "token: the test stablecoin on snekmate's ERC-20, 6 decimals",
    "charter: src/tongxin/bench/charter.yaml, every claim settled at once, in its own round; the largest charter: 16",
    "  benefits in 40 classes, 8 attestors; each version changes every amount, every deductible and an attestor",
    "steady state: tick occupied, payer and payee hold the token, the fund's accounts are not empty,",
    "  the claimant was granted aid before; what an act itself records is new",
    "prices and bonds: by an allowance given before, exact as the client gives it (a sponsor and standing orders",
    "  have one for a long time, counted down); approving is not counted",
    "a claim: file, draw, grant access, 5 commits, 5 reveals, conclude, settle; conclude announces the call, the",
    "  notice passes before settle; crediting the jurors comes after the payment and is a figure of its own; the",
    "  jurors' keys, which they announce before access is granted, are counted where the figure says so",
    "votes: by hand, or signed by wallets and brought by another; the first ever takes two new slots, the wallet's and",
    "  the member's, each for 256 proposals",
    "five jurors drawn from a bench of 25, nobody drawn twice; random words of calldata have no zero byte, the",
    "  dearest case",
)
"""Under which the figures hold, in lines."""
