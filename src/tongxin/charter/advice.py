# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: E501, RUF001 - Chinese characters count twice, and their punctuation is meant
"""What may go wrong under a charter that founding would accept: warnings with reasons (design sections 2 to 6).

A warning is no refusal: a group may have its reasons. Each says what happens and what would help.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tongxin.charter.quantities import BPS, DAY, SHARE
from tongxin.charter.rules import Charter, Form, Funding, PanelForm
from tongxin.charter.wording import Sentence, amount, heads_needed, of_text, percent, span

K_ANONYMITY: Final = 10
"""Fewer covered people than this make a payment point at a person; statistics offices suppress smaller cells."""
WEEKS_TO_MAJORITY: Final = 12
"""A single attestor who needs fewer weeks for half of the members can take the votes."""
NEWCOMER: Final = 30 * DAY
HIGH_FEE: Final = 500
LONG_NOTICE: Final = 90 * DAY
SHORT_FILING: Final = 30 * DAY
SHORT_VOTE: Final = 7 * DAY
LOW_QUORUM: Final = 1000
FEW_VOTERS: Final = 10


@dataclass(frozen=True)
class Advice:
    """A warning: the field it is about, and the reason with what would help."""

    path: str
    reason: Sentence


def advice(charter: Charter, sizes: Mapping[int, int] | None = None) -> list[Advice]:
    """Everything that may go wrong.

    Args:
        charter: One that founding accepts.
        sizes: Members of each class, counted in a roster; None estimates them from minimum_members and `expected`.
    """
    parts = (_money, _notice, _votes, _attestors, _panel, _life, _disclosures)
    found = [Advice(path, reason) for part in parts for path, reason in part(charter)]
    return [*found, *(Advice(path, reason) for path, reason in _anonymity(charter, sizes))]


def class_sizes(charter: Charter) -> dict[int, int]:
    """Members expected in each class when the mutual starts; empty where the charter does not say."""
    least = charter.starting.minimum_members
    if len(charter.classes) == 1:
        return {0: least} if least > 1 else {}
    sizes = {}
    for position, one in enumerate(charter.classes):
        if one.expected is not None and least > 1:
            sizes[position] = least * one.expected // BPS
    return sizes


Found = Iterator[tuple[str, Sentence]]


def _money(charter: Charter) -> Found:
    money, member = charter.money, charter.membership
    if money.funding is Funding.PREPAID and member.min_runway < 2 * money.round_cap:
        yield (
            "membership.min_runway",
            Sentence(
                "一次结算就可能用完最低押金，新成员随即停保；建议至少为单次上限的两倍",
                "one settlement can use up the least deposit and end a new member's cover; twice the round cap is safer",
            ),
        )
    if member.max_runway < money.year_cap:
        yield (
            "membership.max_runway",
            Sentence(
                f"最多只能存 {amount(member.max_runway, charter)}，低于年度上限：没人能一次存够最坏的一年",
                f"at most {amount(member.max_runway, charter)} can be deposited, less than the year cap: nobody can "
                "prepay the worst year",
            ),
        )
    if money.year_cap > 24 * member.min_runway:
        times = int(money.year_cap / member.min_runway)
        yield (
            "money.year_cap",
            Sentence(
                f"一年最多要付最低押金的 {times} 倍；加入时要说清楚，并建议设授权收取",
                f"a year can cost {times} times the least deposit; say so before people join, and let them set a "
                "standing order",
            ),
        )
    if money.fee > HIGH_FEE:
        yield (
            "money.fee",
            Sentence(
                f"管理费 {percent(money.fee)} 偏高：互助金越多，管理人收得越多",
                f"a fee of {percent(money.fee)} is high, and it grows with every claim paid",
            ),
        )
    if money.carries == 0:
        yield (
            "money.carries",
            Sentence(
                "一次收不齐的部分直接作废，申请人得不到补付；建议 1 至 4 轮",
                "what one round cannot collect is lost to the claimant; 1 to 4 rounds would carry it",
            ),
        )
    yield from _reach(charter)


def _reach(charter: Charter) -> Found:
    """Whether the members who are needed to start could pay one full claim."""
    money, least = charter.money, charter.starting.minimum_members
    shares = _mean_shares(charter)
    if least <= 1:
        yield (
            "starting.minimum_members",
            Sentence(
                "没有最少人数：只有几个人时，一个申请可能摊得极重或付不足",
                "there is no least number of members: with a few, one claim weighs heavily or is paid in part",
            ),
        )
        return
    caps = [money.round_cap] + ([money.claim_cap] if money.claim_cap else [])
    most = Fraction(min(caps)) * least * shares * BPS / (BPS + money.fee)
    for position, benefit in enumerate(charter.benefits):
        largest = max(benefit.amounts)
        if largest > most:
            part = int(100 * most / Fraction(largest))
            yield (
                f"benefits[{position}].amounts",
                Sentence(
                    f"刚开始的 {least:,} 人一次最多付 {amount(Decimal(int(most)), charter)}：最高金额 {amount(largest, charter)} 当轮只能付约 {part}%",
                    f"the {least:,} members at the start can pay at most {amount(Decimal(int(most)), charter)} in one round: of the "
                    f"full amount of {amount(largest, charter)} about {part} %",
                ),
            )


def _mean_shares(charter: Charter) -> Fraction:
    """Full shares of a member on average, by `expected` where it is given."""
    weights = [one.expected or 0 for one in charter.classes]
    if not any(weights):
        weights = [1] * len(charter.classes)
    total = sum(one.shares * weight for one, weight in zip(charter.classes, weights, strict=True))
    return Fraction(total, sum(weights) * SHARE)


def _notice(charter: Charter) -> Found:
    notice = charter.membership.leave_notice
    if notice > LONG_NOTICE:
        yield (
            "membership.leave_notice",
            Sentence(
                f"退出要等 {span(notice).zh}；退出难正是会员抱怨最多的事之一",
                f"leaving takes {span(notice).en}; that leaving was hard is what members of such plans complained of",
            ),
        )
    if charter.court.filing_window < SHORT_FILING:
        yield (
            "court.filing_window",
            Sentence(
                f"只有 {span(charter.court.filing_window).zh} 申请：住院的人可能来不及",
                f"only {span(charter.court.filing_window).en} to file: somebody in hospital may miss it",
            ),
        )


def _votes(charter: Charter) -> Found:
    member, voting, least = charter.membership, charter.voting, charter.starting.minimum_members
    if member.newcomer < NEWCOMER:
        yield (
            "membership.newcomer",
            Sentence(
                f"加入 {span(member.newcomer).zh} 就能投票，押金又可退：有人可以低价买票；建议至少 30 天",
                f"new members vote after {span(member.newcomer).en} and get their deposit back when leaving, so votes "
                "can be bought cheaply; 30 days or more would make it dear",
            ),
        )
    if voting.voting_time < SHORT_VOTE:
        yield (
            "voting.voting_time",
            Sentence(
                f"只投票 {span(voting.voting_time).zh}：很多成员看不到；建议至少 7 天",
                f"a vote of {span(voting.voting_time).en} passes unseen by many; 7 days or more",
            ),
        )
    if voting.quorum < LOW_QUORUM:
        yield (
            "voting.quorum",
            Sentence(
                f"只要 {percent(voting.quorum)} 的人投票就能改规则；建议至少 10%",
                f"{percent(voting.quorum)} of the members can change the rules for all; 10% or more",
            ),
        )
    voters = heads_needed(least, voting.quorum)
    if least > 1 and voters < FEW_VOTERS:
        yield (
            "voting.quorum",
            Sentence(
                f"刚开始 {least:,} 人时，{voters} 票就够法定人数",
                f"with the {least:,} members at the start {voters} votes are a quorum",
            ),
        )
    if voting.wind_down_majority == voting.majority:
        yield (
            "voting.wind_down_majority",
            Sentence(
                "解散和修改规则的门槛一样：解散不可撤回，建议更高",
                "winding down takes no larger majority than a change of rules, and cannot be undone",
            ),
        )


def _attestors(charter: Charter) -> Found:
    admission, least = charter.membership.admission, charter.starting.minimum_members
    if admission.form is Form.OPEN:
        yield (
            "membership.admission.form",
            Sentence(
                "没有人查验身份：一个人可以有许多成员号、许多票",
                "nobody checks who joins: one person can hold many memberships and many votes",
            ),
        )
        return
    if admission.attestor_quorum != 1:
        return
    weekly = max(admission.admission_floor, heads_needed(max(least, 1), admission.admission_bps))
    weeks = -(-max(least, 1) // weekly)
    if weeks < WEEKS_TO_MAJORITY:
        yield (
            "membership.admission.attestor_quorum",
            Sentence(
                f"一位见证人每周可带入 {weekly:,} 人，约 {weeks} 周后其带入者可占多数并投票；建议两位见证人，或降低每周人数",
                f"one attestor alone can let in {weekly:,} people a week, in about {weeks} week(s) as many as all others, "
                "who then vote; ask for two attestors or fewer admissions",
            ),
        )


def _panel(charter: Charter) -> Found:
    court, least = charter.court, charter.starting.minimum_members
    if court.panel is PanelForm.DRAWN:
        if court.panel_size < 3:
            yield (
                "court.panel_size",
                Sentence("一个人就能决定一个申请", "one person decides a claim; 3 or 5 seats are harder to bribe"),
            )
        needed = 3 * (4 * court.panel_size + 3)
        if 1 < least < needed:
            yield (
                "court.panel_size",
                Sentence(
                    f"最后一次异议要从 {needed} 位志愿者中抽签，刚开始只有 {least:,} 人：届时改由全体评审",
                    f"the last challenge draws from {needed} volunteers, and there are {least:,} members at the start: "
                    "all members would judge instead",
                ),
            )
    if 1 < least < court.open_quorum_heads:
        yield (
            "court.open_quorum_heads",
            Sentence(
                f"全体评审要 {court.open_quorum_heads} 票，刚开始只有 {least:,} 人：这样的申请必被拒",
                f"an open panel needs {court.open_quorum_heads} votes and there are {least:,} members at the start: "
                "such claims are denied",
            ),
        )


def _life(charter: Charter) -> Found:
    starting = charter.starting
    weeks = starting.founding_deadline // (7 * DAY)
    most = weeks * charter.membership.admission.admission_floor
    if starting.minimum_members > max(1, most):
        yield (
            "starting.founding_deadline",
            Sentence(
                f"每周总可加入 {charter.membership.admission.admission_floor:,} 人，{weeks} 周内未必凑得满 {starting.minimum_members:,} 人",
                f"with {charter.membership.admission.admission_floor:,} admissions a week, {weeks} weeks may not be enough "
                f"for {starting.minimum_members:,} members",
            ),
        )
    if 1 < starting.minimum_members <= starting.floor_heads:
        yield (
            "starting.floor_heads",
            Sentence(
                f"刚满 {starting.minimum_members:,} 人就已不高于解散人数 {starting.floor_heads:,}",
                f"with {starting.minimum_members:,} members it starts at or below the floor of "
                f"{starting.floor_heads:,}, and one who leaves can end it",
            ),
        )
    if starting.floor_heads == 0 and starting.minimum_members > 1:
        yield (
            "starting.floor_heads",
            Sentence(
                "没有解散人数：人走得只剩几个时，只有投票才能解散",
                "there is no floor: if only a few stay, nothing but a vote ends it",
            ),
        )


def _disclosures(charter: Charter) -> Found:
    for name, reason in (
        ("complaints", Sentence("没有投诉的去处", "there is nowhere to complain")),
        ("founder", Sentence("没有说明谁创办", "nobody says who founded it")),
    ):
        if getattr(charter.disclosures, name).strip().lower().rstrip(".") == "none":
            yield f"disclosures.{name}", reason
    if charter.disclosures.licence.strip().lower().rstrip(".") == "none":
        yield (
            "disclosures.licence",
            Sentence(
                "没有牌照：先请教当地律师，这样的互助是否允许",
                "no licence: ask a lawyer of your country first whether such a plan is allowed",
            ),
        )


def _anonymity(charter: Charter, sizes: Mapping[int, int] | None) -> Found:
    counted = sizes is not None
    known = class_sizes(charter) if sizes is None else sizes
    for position, benefit in enumerate(charter.benefits):
        for class_id, full in enumerate(benefit.amounts):
            heads = known.get(class_id)
            if full == 0 or not heads or heads >= K_ANONYMITY:
                continue
            name, label = of_text(benefit.label), of_text(charter.classes[class_id].label)
            how = Sentence("名册中", "in the roster") if counted else Sentence("预计", "expected")
            yield (
                f"benefits[{position}].amounts[{class_id}]",
                Sentence(
                    f"“{name.zh}”在“{label.zh}”类{how.zh}只有 {heads} 人（少于 {K_ANONYMITY}）：一笔付款就可能让人猜出是谁；"
                    "建议合并类别，或与更大的互助社一起",
                    f"'{name.en}' covers {heads} people of class '{label.en}' {how.en}, fewer than {K_ANONYMITY}: a "
                    "payment can name a person; merge classes, or join a larger mutual",
                ),
            )
    if not known and len(charter.classes) > 1:
        yield (
            "classes",
            Sentence(
                "不知道每类有多少人，无法判断付款会不会暴露个人；写 expected 或用 --roster",
                "how many people each class has is not known, so nobody can say whether a payment names a person; "
                "write expected for each class, or give --roster",
            ),
        )
