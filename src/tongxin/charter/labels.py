# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: RUF001 - Chinese punctuation is meant
"""What each field of a charter is called, in Chinese and English."""

from __future__ import annotations

import re
from typing import Final

from tongxin.charter.wording import Sentence

LABELS: Final = {
    path: Sentence(zh, en)
    for path, zh, en in (
        ("format", "格式", "format"),
        ("name", "名称", "name"),
        ("text", "说明", "introduction"),
        ("token.symbol", "代币符号", "symbol of the token"),
        ("token.decimals", "代币小数位", "decimals of the token"),
        ("token.address", "代币合约", "token"),
        ("steward", "管理人（收管理费）", "steward, who receives the fee"),
        ("money.tick_spacing", "刻度间距", "spacing of the ticks"),
        ("money.round_cap", "一整份一次结算最多付", "most a full share pays in one settlement"),
        ("money.year_cap", "一整份一年最多付", "most a full share pays in one year"),
        (
            "money.claim_cap",
            "一整份为一个申请最多付（0 为不限）",
            "most a full share pays for one claim (0 = no limit)",
        ),
        ("money.entry_fee", "加入费", "entry fee"),
        ("money.fee", "管理费", "management fee"),
        ("money.call_margin", "结算可超出公告的部分", "how far a settlement may exceed its announcement"),
        ("money.carries", "未付余额继续分摊的轮数", "rounds in which an unpaid rest is shared again"),
        ("money.funding", "收取方式", "funding"),
        ("money.rounds", "结算方式", "rounds"),
        ("money.period", "结算周期", "length of a round's period"),
        ("membership.min_runway", "加入时一整份至少存", "least deposit of a full share when joining"),
        ("membership.max_runway", "一整份最多存", "largest deposit of a full share"),
        ("membership.grace", "宽限期", "grace after a lapse"),
        ("membership.leave_notice", "退出通知期", "notice of leaving"),
        ("membership.newcomer", "新成员期", "newcomer time"),
        ("membership.admission.form", "加入方式", "how people come in"),
        ("membership.admission.inviters", "邀请所需人数", "members who must sign an invitation"),
        ("membership.admission.admission_bps", "每周最多加入（占人数）", "most admissions a week, of the members"),
        ("membership.admission.admission_floor", "每周总可加入人数", "admissions a week always allowed"),
        ("membership.admission.attestor_silence", "见证人沉默多久后改为邀请", "silence of attestors before invitation"),
        ("membership.admission.attestor_quorum", "需要几位见证人签名", "attestors who must sign"),
        ("membership.admission.attestors", "见证人", "attestors"),
        ("court.zone", "时区", "time zone"),
        ("court.filing_window", "申请期限", "time to file a claim"),
        ("court.panel", "评审形式", "form of the panel"),
        ("court.panel_size", "评审席位", "seats of the panel"),
        ("court.threshold", "通过所需票数比例", "part of the votes a level needs"),
        ("court.strict", "须严格超过该比例", "more than that part, not just as much"),
        ("court.access_time", "开放材料的时间", "time to open the documents"),
        ("court.commit_time", "密封投票的时间", "time to vote"),
        ("court.reveal_time", "公开投票的时间", "time to show the votes"),
        ("court.cure_time", "补材料的时间", "time to complete a claim"),
        ("court.verdict_notice", "公示期", "public time after a verdict"),
        ("court.lot_delay", "抽签前的区块数", "blocks before the lot"),
        ("court.juror_pay", "评审席位报酬", "pay of a seat"),
        ("court.juror_bond", "评审保证金", "bond of a juror"),
        ("court.open_quorum_heads", "全体评审最少票数", "least votes of an open panel"),
        ("court.open_quorum_bps", "全体评审最少票数（占人数）", "least votes of an open panel, of the members"),
        ("court.review_bps", "抽查复核的比例", "part of grants reviewed by lot"),
        ("court.review_above", "超过多少必复核（0 为不设）", "amount above which a grant is reviewed (0 = never)"),
        ("court.waiver", "每年一次免申请押金", "one filing a year without bond"),
        ("court.investigator.address", "调查人", "investigator"),
        ("court.investigator.fee", "调查费", "fee for a report"),
        ("court.investigator.time", "调查时间", "time for a report"),
        ("classes[].label", "类别名称", "name of a class"),
        ("classes[].shares", "类别份额", "shares of a class"),
        ("classes[].age.least", "类别最小年龄", "least age of a class"),
        ("classes[].age.largest", "类别最大年龄", "largest age of a class"),
        ("classes[].sex", "类别性别", "sex of a class"),
        ("classes[].migrates_to", "超龄转入的类别", "class to which members move by age"),
        ("classes[].expected", "类别预计人数比例", "part of the members expected in a class"),
        ("benefits[].label", "保障名称", "name of a benefit"),
        ("benefits[].text", "保障说明", "text of a benefit"),
        ("benefits[].kind", "保障方式", "kind of a benefit"),
        ("benefits[].levels[].grants", "等级给付比例", "part that a level grants"),
        ("benefits[].levels[].meaning", "等级含义", "meaning of a level"),
        ("benefits[].deductible", "自付额", "deductible"),
        ("benefits[].repeats", "每人最多次数（0 为不限）", "most grants to one member (0 = no limit)"),
        ("benefits[].interval", "两次事件的最短间隔", "least time between two events"),
        ("benefits[].amounts[]", "最高金额", "full amount"),
        ("benefits[].waiting[]", "等待期", "waiting time"),
        ("benefits[].incidence[]", "预计每年次数", "expected full payments a year"),
        ("ladder[].after", "金额上升的时间", "time of a step of the amount"),
        ("ladder[].grants", "到时可得的比例", "part of the amount at a step"),
        ("share_rule", "份额规则", "rule of the shares"),
        ("judged[]", "由人判断的规则", "rule that people judge"),
        ("voting.voting_time", "投票时间", "voting time"),
        ("voting.quorum", "最少投票比例", "least part of the members who vote"),
        ("voting.adoption_delay", "通过后多久生效", "time from vote to effect"),
        ("voting.execution_time", "可执行的时间", "time to execute a vote"),
        ("voting.majority", "修改规则所需赞成比例", "majority for a change"),
        ("voting.wind_down_majority", "解散所需赞成比例", "majority for winding down"),
        ("voting.proposal_pause", "同一人两次提议的间隔", "time between two proposals of one member"),
        ("starting.minimum_members", "开始所需人数", "least members to start"),
        ("starting.founding_deadline", "凑满人数的期限", "time to reach them"),
        ("starting.floor_heads", "低于多少人可解散（0 为不设）", "members below which it winds down (0 = never)"),
        ("starting.runoff", "解散后的申请期", "time to claim after the wind-down"),
        ("starting.remainder", "零头归谁", "who receives the remainder"),
        ("disclosures.founder", "创办人", "founder"),
        ("disclosures.steward", "管理人说明", "steward"),
        ("disclosures.attestors", "见证人说明", "attestors"),
        ("disclosures.investigators", "调查人说明", "investigators"),
        ("disclosures.jurisdiction", "适用法律", "jurisdiction"),
        ("disclosures.licence", "保险牌照", "licence"),
        ("disclosures.complaints", "投诉", "complaints"),
        ("disclosures.audit", "合约审计", "audit"),
        ("provenance", "数值来源", "provenance of the values"),
    )
}


def label_of(path: str) -> Sentence:
    """The name of a field such as `benefits[1].amounts[0]`; of the nearest group that has one.

    Raises:
        KeyError: Nothing around it has a name.
    """
    pattern = re.sub(r"\[\d+\]", "[]", path)
    while pattern:
        if pattern in LABELS:
            return LABELS[pattern]
        pattern = pattern[:-2] if pattern.endswith("[]") else pattern.rpartition(".")[0]
    raise KeyError(path)
