# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: E501, RUF001 - Chinese characters count twice, and their punctuation is meant
"""The rules as a member would want to read them, in Chinese and English.

Every sentence follows from the charter or from what the contracts do with it (docs/spec); nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tongxin.charter.quantities import DAY, format_shares
from tongxin.charter.rules import Benefit, Charter, Form, Funding, Judge, Kind, PanelForm, Rounds
from tongxin.charter.wording import Section, Sentence, amount, heads_needed, of_share, of_text, percent, span

KINDS = {
    Kind.LUMP_SUM: Sentence("一次性给付", "a lump sum"),
    Kind.REIMBURSEMENT: Sentence("费用报销", "reimbursement of costs"),
    Kind.CONTRIBUTION_REFUND: Sentence("等待期内事件退还分摊", "a refund for an event within the waiting time"),
}
JUDGES = {
    Judge.PANEL: Sentence("由评审组判断", "judged by the panel"),
    Judge.ATTESTOR: Sentence("由见证人查验", "checked by the attestor"),
}


@dataclass(frozen=True)
class Reader:
    """For whom the rules are told: members of one class, or everybody."""

    charter: Charter
    class_id: int | None = None

    def classes(self) -> list[int]:
        """The classes to tell about."""
        return list(range(len(self.charter.classes))) if self.class_id is None else [self.class_id]

    def money(self, tokens: Decimal) -> str:
        """An amount of the charter."""
        return amount(tokens, self.charter)


def explain(charter: Charter, class_id: int | None = None) -> list[Section]:
    """All rules of a charter in words.

    Args:
        charter: The charter.
        class_id: Tell it to members of this class; None tells it for all classes.

    Raises:
        IndexError: There is no such class.
    """
    if class_id is not None and not 0 <= class_id < len(charter.classes):
        raise IndexError(f"there is no class {class_id}; they are 0 to {len(charter.classes) - 1}")
    reader = Reader(charter, class_id)
    sections = (
        ("这是什么", "What this is", _about),
        ("我最多付多少", "What I pay at most", _payments),
        ("我有什么保障", "How I am covered", _cover),
        ("等待期何时结束", "When waiting ends", _waiting),
        ("怎样加入", "How to come in", _joining),
        ("怎样申请互助金", "How a claim goes", _claim),
        ("谁来决定", "Who decides", _deciding),
        ("合约查不了、由人判断的事", "What people judge because no contract can", _judged),
        ("规则怎样改变", "How the rules change", _changing),
        ("怎样开始、怎样结束", "How it starts and ends", _life),
        ("怎样退出", "How to leave", _leaving),
        ("谁也做不到的事", "What nobody can do", _impossible),
        ("公开声明", "Disclosures", _disclosures),
        ("这些数值从哪里来", "Where these values come from", _provenance),
    )
    told = [Section(Sentence(zh, en), tuple(tell(reader))) for zh, en, tell in sections]
    return [section for section in told if section.lines]


def _about(reader: Reader) -> Iterator[Sentence]:
    charter = reader.charter
    yield of_text(charter.text)
    yield Sentence(
        f"以 {charter.token.symbol} 计数。这不是保险：没有公司担保，互助金来自成员分摊，可能付不足。",
        f"It counts in {charter.token.symbol}. This is no insurance: no company stands behind it; aid comes from the "
        "members' shares and may fall short.",
    )


def _payments(reader: Reader) -> Iterator[Sentence]:
    charter, money, member = reader.charter, reader.charter.money, reader.charter.membership
    for position in reader.classes():
        one = charter.classes[position]
        least, once, year = (
            amount(of_share(tokens, one.shares), charter)
            for tokens in (member.min_runway, money.round_cap, money.year_cap)
        )
        share = format_shares(one.shares)
        yield Sentence(
            f"{one.label.zh}（份额 {share}）：加入时至少存 {least}；一次结算最多付 {once}，一年最多付 {year}。",
            f"{one.label.en} (share {share}): at least {least} deposited when joining; at most {once} in one "
            f"settlement and {year} in one year.",
        )
    if money.claim_cap > 0:
        cap = reader.money(money.claim_cap)
        yield Sentence(f"每个申请，每一整份最多付 {cap}。", f"For one claim a full share pays at most {cap}.")
    if money.entry_fee > 0:
        fee = reader.money(money.entry_fee)
        yield Sentence(f"加入时另付一次 {fee}，归全体成员。", f"Joining costs {fee} once, which goes to all members.")
    if money.funding is Funding.PREPAID:
        yield Sentence(
            "先存后摊：每次分摊从我的押金里扣。押金用完，保障就停；我不欠任何人的钱。",
            "Prepaid: what is shared is taken from my deposit. When it is used up my cover ends; I never owe anybody.",
        )
    else:
        yield Sentence(
            f"事后收取：先公告每份要付多少，至少 {span(charter.court.verdict_notice).zh} 后才结算；可由我设的授权收取，"
            "也可自己充值。没付的人保障停止，但不欠钱。",
            f"Called: the cost per share is announced at least {span(charter.court.verdict_notice).en} before it is "
            "settled, and collected from a standing order that I set, or I top up. Who does not pay loses cover and "
            "owes nothing.",
        )
    yield Sentence(
        f"实际分摊最多比公告多 {percent(money.call_margin)}，也不超过上限；超出的部分由申请人少得，"
        + (f"余额最多再分摊 {money.carries} 轮。" if money.carries else "不再补付。"),
        f"A settlement may exceed its announcement by at most {percent(money.call_margin)} and never a cap; beyond "
        "that claimants receive less"
        + (f", and the rest is shared in up to {money.carries} more rounds." if money.carries else " for good."),
    )
    if money.fee:
        yield Sentence(
            f"管理费：每付出 100 互助金另收 {percent(money.fee)}；从不对押金收费，代码规定不超过 10%。",
            f"Management fee: {percent(money.fee)} on top of what is paid to claimants; never on deposits, and never "
            "above 10% by the code.",
        )
    else:
        yield Sentence("没有管理费。", "There is no management fee.")
    if money.rounds is Rounds.IMMEDIATE:
        yield Sentence("每个申请通过后立即分摊。", "Every granted claim is shared at once.")
    else:
        yield Sentence(
            f"每 {span(money.period).zh} 一起分摊一次，从成立时起算。",
            f"Granted claims are shared together every {span(money.period).en}, counted from founding.",
        )


def _cover(reader: Reader) -> Iterator[Sentence]:
    charter = reader.charter
    for benefit in charter.benefits:
        yield _benefit(reader, benefit)
        levels = [(of_text(level.meaning), percent(level.grants)) for level in benefit.levels]
        yield Sentence(
            "　分级：" + "；".join(f"{meaning.zh} {part}" for meaning, part in levels) + "。",
            "  Levels: " + "; ".join(f"{meaning.en} {part}" for meaning, part in levels) + ".",
        )
        limit = _limits(benefit)
        if limit is not None:
            yield limit
    if charter.ladder:
        yield Sentence(
            "金额随加入时间上升："
            + "，".join(f"满{span(step.after).zh}起 {percent(step.grants)}" for step in charter.ladder)
            + "。",
            "The amount grows with membership: "
            + ", ".join(
                f"{percent(step.grants)} {'after ' + span(step.after).en if step.after else 'from the start'}"
                for step in charter.ladder
            )
            + ".",
        )
    grace = charter.membership.grace
    if grace:
        yield Sentence(
            f"押金用完后 {span(grace).zh} 内补足欠摊，保障没有空档；之后要重新加入，等待期重新算。",
            f"If my deposit is used up, paying the arrears within {span(grace).en} leaves no gap in my cover; later I "
            "rejoin and wait anew.",
        )
    else:
        yield Sentence(
            "押金用完即停保，没有宽限期。", "When my deposit is used up my cover ends at once, without grace."
        )


def _benefit(reader: Reader, benefit: Benefit) -> Sentence:
    parts_zh, parts_en = [], []
    for position in reader.classes():
        label, full = reader.charter.classes[position].label, benefit.amounts[position]
        parts_zh.append(f"{label.zh} {reader.money(full) if full else '不保'}")
        parts_en.append(f"{label.en} {reader.money(full) if full else 'not covered'}")
    kind = KINDS[benefit.kind]
    deductible = reader.money(benefit.deductible) if benefit.deductible else ""
    return Sentence(
        f"{benefit.label.zh}（{kind.zh}）：{benefit.text.zh} 最高："
        + "，".join(parts_zh)
        + (f"；自付 {deductible} 以内的部分" if deductible else "")
        + "。",
        f"{benefit.label.en} ({kind.en}): {benefit.text.en} At most: "
        + ", ".join(parts_en)
        + (f"; the first {deductible} I bear myself" if deductible else "")
        + ".",
    )


def _limits(benefit: Benefit) -> Sentence | None:
    zh, en = [], []
    if benefit.repeats:
        zh.append(f"每人最多 {benefit.repeats} 次")
        en.append(f"at most {benefit.repeats} grant{'s' if benefit.repeats > 1 else ''} to one member")
    if benefit.interval:
        zh.append(f"两次事件至少相隔 {span(benefit.interval).zh}")
        en.append(f"at least {span(benefit.interval).en} between two events")
    return Sentence("　限制：" + "，".join(zh) + "。", "  Limits: " + ", ".join(en) + ".") if zh else None


def _waiting(reader: Reader) -> Iterator[Sentence]:
    for benefit in reader.charter.benefits:
        zh, en = [], []
        covered = [j for j in reader.classes() if benefit.amounts[j] > 0]
        if not covered:
            continue
        if len({benefit.waiting[j] for j in covered}) == 1:
            wait = span(benefit.waiting[covered[0]])
            zh, en = [wait.zh], [wait.en]
        else:
            for j in covered:
                label, wait = reader.charter.classes[j].label, span(benefit.waiting[j])
                zh.append(f"{label.zh} {wait.zh}")
                en.append(f"{label.en} {wait.en}")
        if benefit.kind is Kind.CONTRIBUTION_REFUND:
            yield Sentence(
                f"{benefit.label.zh}：加入后 {'，'.join(zh)} 以内的事件。",
                f"{benefit.label.en}: for events within {', '.join(en)} after joining.",
            )
        else:
            yield Sentence(
                f"{benefit.label.zh}：加入后 {'，'.join(zh)}。",
                f"{benefit.label.en}: {', '.join(en)} after joining.",
            )
    yield Sentence(
        "分摊从加入时开始。换到份额更高的类别、或投票提高金额，也要等满新的等待期才算数。",
        "I share costs from the first day. A change to a class with more, or a vote for more, counts for events after a "
        "fresh waiting time.",
    )


def _joining(reader: Reader) -> Iterator[Sentence]:
    charter, admission = reader.charter, reader.charter.membership.admission
    if admission.form is Form.ATTESTOR:
        yield Sentence(
            f"需要 {admission.attestor_quorum} 位见证人签名，证明我属于这个群体、只有一个身份、属于哪一类。"
            f"若 {span(admission.attestor_silence).zh} 无人见证，改由 {admission.inviters} 位成员邀请。",
            f"Signatures of {admission.attestor_quorum} of the attestors say that I belong here, am one person, and in "
            "which class. If no "
            f"attestor admits anybody for {span(admission.attestor_silence).en}, {admission.inviters} members may "
            "invite instead.",
        )
    elif admission.form is Form.INVITATION:
        yield Sentence(
            f"需要 {admission.inviters} 位成员邀请；第一批成员由见证人带入。",
            f"{admission.inviters} members invite me; the first members are let in by attestors.",
        )
    else:
        yield Sentence(
            "任何人都可以加入，没有人查验身份：同一个人可能有几个成员号。",
            "Anybody may join and nobody checks who they are: one person may hold several memberships.",
        )
    yield Sentence(
        f"每周最多加入：当周初人数的 {percent(admission.admission_bps)}，但总允许 {admission.admission_floor:,} 人。",
        f"In a week at most {percent(admission.admission_bps)} of the members come in, but "
        f"{admission.admission_floor:,} always may.",
    )
    for position in reader.classes():
        one = charter.classes[position]
        if one.age is not None and one.migrates_to is not None:
            move = charter.classes[one.migrates_to].label
            yield Sentence(
                f"{one.label.zh}：满 {one.age.largest + 1} 岁转入“{move.zh}”，由见证人签名、我同意。",
                f"{one.label.en}: at {one.age.largest + 1} I move to '{move.en}'; the attestor signs it and I agree.",
            )


def _claim(reader: Reader) -> Iterator[Sentence]:
    charter, court = reader.charter, reader.charter.court
    yield Sentence(
        f"事件当天结束后 {span(court.filing_window).zh} 内申请，由我的钱包或我指定的联系人提出。材料在我的设备上密封，链上只有哈希值和大家可见的脱敏摘要的哈希值。",
        f"I, or a contact I named, file within {span(court.filing_window).en} after the day of the event. My "
        "documents are sealed on my own device; the chain gets their hash, and that of a masked summary for everybody.",
    )
    if court.panel is PanelForm.DRAWN:
        bond = reader.money(court.juror_pay * court.panel_size)
        yield Sentence(
            f"申请押金 {bond}，通过后退还" + ("；每年可免一次" if court.waiver else "") + "。",
            f"Filing takes a bond of {bond}, returned when granted"
            + ("; once a year none is needed" if court.waiver else "")
            + ".",
        )
        yield Sentence(
            f"从交过保证金的志愿成员中抽签选出 {court.panel_size} 人。我在 {span(court.access_time).zh} 内向他们开放材料，"
            f"他们 {span(court.commit_time).zh} 内密封投票，{span(court.reveal_time).zh} 内公开。",
            f"{court.panel_size} members are drawn by lot among volunteers with a bond. I open my documents to them "
            f"within {span(court.access_time).en}; they vote sealed within {span(court.commit_time).en} and show their "
            f"votes within {span(court.reveal_time).en}.",
        )
    else:
        yield Sentence(
            f"全体合格成员都可评审：{span(court.commit_time).zh} 内密封投票，{span(court.reveal_time).zh} 内公开；"
            f"至少 {court.open_quorum_heads} 票且不少于人数的 {percent(court.open_quorum_bps)}。",
            f"Every eligible member may judge: sealed votes within {span(court.commit_time).en}, shown within "
            f"{span(court.reveal_time).en}; at least {court.open_quorum_heads} votes and "
            f"{percent(court.open_quorum_bps)} of the members.",
        )
    needed = Sentence("超过", "more than") if court.strict else Sentence("至少", "at least")
    yield Sentence(
        f"通过的等级是{needed.zh} {percent(court.threshold)} 有效票支持的最高一级。材料不全可在 "
        f"{span(court.cure_time).zh} 内补一次。",
        f"The level granted is the highest that {needed.en} {percent(court.threshold)} of the valid votes reach. An "
        f"incomplete claim can be completed once within {span(court.cure_time).en}.",
    )
    yield Sentence(
        f"结果公示 {span(court.verdict_notice).zh}。其间任何人都可异议：我第一次异议免押金；最多两次，评审组每次加倍再加一人。",
        f"The verdict stands in public for {span(court.verdict_notice).en}. Anybody may challenge it meanwhile, I the "
        "first time without a bond; at most twice, each time before a panel twice as large plus one.",
    )
    if court.review_bps or court.review_above:
        above = f"，以及超过 {reader.money(court.review_above)} 的全部" if court.review_above else ""
        above_en = f", and all above {reader.money(court.review_above)}," if court.review_above else ""
        yield Sentence(
            f"通过的申请有 {percent(court.review_bps)}{above}由第二个评审组复核。",
            f"{percent(court.review_bps)} of what is granted{above_en} goes to a second panel by lot.",
        )
    longest = court.access_time + court.commit_time + court.reveal_time + court.verdict_notice
    if charter.money.rounds is Rounds.PERIOD:
        longest += charter.money.period
    yield Sentence(
        f"没有异议时，从申请到付款最长约 {span(-(-longest // DAY) * DAY).zh}。",
        f"Without a challenge, payment comes at most about {span(-(-longest // DAY) * DAY).en} after filing.",
    )


def _deciding(reader: Reader) -> Iterator[Sentence]:
    charter, court, member = reader.charter, reader.charter.court, reader.charter.membership
    yield Sentence(
        f"申请由成员评审；加入满 {span(member.newcomer).zh} 才能评审、邀请和投票。申请人及其联系人、收款人不能评审。",
        f"Members judge claims; judging, inviting and voting need membership of {span(member.newcomer).en}. The "
        "claimant, their contacts and the payee never sit.",
    )
    if court.juror_pay:
        yield Sentence(
            f"每个有效席位得 {reader.money(court.juror_pay)}，批准与否都一样；保证金 {reader.money(court.juror_bond)}，不投票者失去。",
            f"A seat with a valid vote is paid {reader.money(court.juror_pay)}, grant or denial alike; who does not vote "
            f"loses the bond of {reader.money(court.juror_bond)}.",
        )
    if court.investigator.fee or court.investigator.address:
        yield Sentence(
            f"评审组可委托调查人，费用 {reader.money(court.investigator.fee)}，计入该申请的分摊。",
            f"The panel may commission the investigator for {reader.money(court.investigator.fee)}, which is shared "
            "with the claim.",
        )
    if charter.money.fee:
        yield Sentence(
            "管理人只收管理费，不能动用资金，也不决定任何申请。",
            "The steward receives the fee, cannot touch the money and decides no claim.",
        )


def _judged(reader: Reader) -> Iterator[Sentence]:
    for rule in reader.charter.judged:
        by = JUDGES[rule.by]
        yield Sentence(f"{rule.zh}（{by.zh}）", f"{rule.en} ({by.en})")


def _changing(reader: Reader) -> Iterator[Sentence]:
    charter, voting = reader.charter, reader.charter.voting
    yield Sentence(
        f"任何有投票权的成员都可提议，每人每 {span(voting.proposal_pause).zh} 一次。一人一票，一个钱包也只有一票；"
        "提议时已加入满新成员期、未申请退出的人才能投。",
        f"Any member who may vote can propose, once every {span(voting.proposal_pause).en}. One vote per member and per "
        "wallet, for those past the newcomer time when the proposal was made and not leaving.",
    )
    example = heads_needed(100, voting.quorum)
    yield Sentence(
        f"投票 {span(voting.voting_time).zh}。提议时每 100 人至少 {example} 人投票，且至少 {percent(voting.majority)} 赞成，才算通过；"
        f"解散或指定继任需要 {percent(voting.wind_down_majority)}。",
        f"A vote is open for {span(voting.voting_time).en}. It passes if at least {example} of every 100 members voted "
        f"and {percent(voting.majority)} of them said yes; winding down or naming a successor needs "
        f"{percent(voting.wind_down_majority)}.",
    )
    notice = charter.membership.leave_notice
    yield Sentence(
        f"通过后等 {span(voting.adoption_delay).zh} 才能生效；退出只需 {span(notice).zh}，不同意的人可以先走。"
        f"此后 {span(voting.execution_time).zh} 内无人执行则作废。",
        f"It can take effect {span(voting.adoption_delay).en} after the vote; leaving takes {span(notice).en}, so who "
        f"disagrees is out before. If nobody executes it within {span(voting.execution_time).en} after that, it lapses.",
    )
    yield Sentence(
        "每 90 天，每个数值只能小步变动；事件按当天的规则判断，提高的保障要等满新的等待期。",
        "Every 90 days each number may move only a little; an event is judged by the rules of its day, and more cover "
        "counts after a fresh waiting time.",
    )


def _life(reader: Reader) -> Iterator[Sentence]:
    charter, starting = reader.charter, reader.charter.starting
    if starting.minimum_members > 1:
        yield Sentence(
            f"满 {starting.minimum_members:,} 人才开始，期限是成立后 {span(starting.founding_deadline).zh}；之前的事件不保，"
            "每个人随时可以全额退出，没凑满也全额退还。",
            f"It starts with {starting.minimum_members:,} members, within {span(starting.founding_deadline).en} of "
            "founding; events before that are not covered, and everybody can withdraw everything, also if it never "
            "starts.",
        )
    else:
        yield Sentence(
            "成立即开始，不等最少人数：起初每个人分摊的份额可能很大。",
            "It starts at once, without a least number of members: at first each may bear a large part.",
        )
    if starting.floor_heads:
        yield Sentence(
            f"人数低于 {starting.floor_heads:,} 超过 {span(charter.membership.grace).zh}，任何人都可启动解散；投票也可以。",
            f"If members stay below {starting.floor_heads:,} for more than {span(charter.membership.grace).en}, anybody "
            "can start the wind-down; so can a vote.",
        )
    else:
        yield Sentence("只有投票才能解散。", "Only a vote winds it down.")
    yield Sentence(
        f"解散后 {span(starting.runoff).zh} 内仍可为之前的事件申请；然后每个人取回余额，公共盈余按份额分给解散时已加入 90 天的成员。",
        f"After that, earlier events can be claimed for {span(starting.runoff).en}; then everybody receives their "
        "balance, and the surplus is divided by shares among those who had been members for 90 days.",
    )
    if starting.remainder:
        yield Sentence(
            f"最后不属于任何成员的零头归 {starting.remainder}。",
            f"What belongs to no member in the end goes to {starting.remainder}.",
        )


def _leaving(reader: Reader) -> Iterator[Sentence]:
    notice = reader.charter.membership.leave_notice
    yield Sentence(
        f"随时可以通知退出，{span(notice).zh} 后、且此前提出的申请结清后，余额全部退还；最迟 {span(3 * notice).zh}。"
        "通知期内照常分摊，也照常有保障；通知不能撤回。",
        f"I can give notice at any time. After {span(notice).en}, once claims filed before are settled, my whole "
        f"balance is refunded; after {span(3 * notice).en} at the latest. Until then I share costs and am covered. Notice "
        "cannot be taken back.",
    )


def _impossible(reader: Reader) -> Iterator[Sentence]:
    del reader
    yield Sentence(
        "没有人——创办人、管理人、评审、多数成员——能拿走资金、阻止退出、暂停或升级合约。",
        "Nobody - founder, steward, juror, majority - can take the money, keep anybody from leaving, pause or upgrade "
        "the contracts.",
    )
    yield Sentence(
        "任何投票都不能改变：代币、份额、上限的存在、10% 的管理费上限、已发生事件的规则。",
        "No vote changes the token, the shares of a class, that caps exist, the fee's ceiling of 10%, or the rules for "
        "an event that has happened.",
    )
    yield Sentence(
        "仍在我们控制之外的：代币的发行人、区块链本身、多数成员。合约未经第三方审计，除非下面另有说明。",
        "What stays outside anybody's reach here: the token's issuer, the chain, a majority of members. The contracts "
        "are not audited by a third party unless it says so below.",
    )


def _disclosures(reader: Reader) -> Iterator[Sentence]:
    labels = {
        "founder": "创办人",
        "steward": "管理人",
        "attestors": "见证人",
        "investigators": "调查人",
        "jurisdiction": "适用法律",
        "licence": "保险牌照",
        "complaints": "投诉",
        "audit": "合约审计",
    }
    for name, text in reader.charter.disclosures.model_dump().items():
        yield Sentence(f"{labels[name]}：{text}", f"{name.capitalize()}: {text}")


def _provenance(reader: Reader) -> Iterator[Sentence]:
    provenance = reader.charter.provenance
    if provenance is None:
        return
    platform = of_text(provenance.platform)
    yield Sentence(
        f"按“{platform.zh}”的公开资料改写，与其无关联，未获其认可。",
        f"Written after public pages about {platform.en}; not connected with it nor endorsed by it.",
    )
    for known in provenance.known:
        checked = Sentence("", "") if known.verified else Sentence("，未核实", ", unverified")
        yield Sentence(
            f"已知 {known.field}：{known.value}（{known.source}{checked.zh}）",
            f"Known {known.field}: {known.value} ({known.source}{checked.en})",
        )
    for difference in provenance.differs:
        yield Sentence(
            f"不同 {difference.field}：{difference.why.zh}", f"Differs {difference.field}: {difference.why.en}"
        )
    if provenance.unknown:
        fields = ", ".join(provenance.unknown)
        yield Sentence(f"未知、由本文件自定：{fields}", f"Unknown, chosen here: {fields}")
