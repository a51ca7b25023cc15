# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: E501, RUF001 - Chinese characters count twice, and their punctuation is meant
"""Asks a founder what the rules shall be, and writes a charter file with comments that `check` accepts.

What follows from other answers is computed: the notice of leaving (F-1), the delay of votes (F-8), the run-off (F-9), the
juror's bond (F-5), the spacing of the ticks. Everything else can be edited in the file afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.quantities import (
    DAY,
    HOUR,
    format_decimal,
    format_duration,
    parse_duration,
    parse_percentage,
    parse_shares,
    parse_tokens,
)
from tongxin.charter.reading import location_of, parse_charter
from tongxin.charter.wording import Language, Sentence

TICKS_OF_ROUND_CAP: Final = 200
MOST_CLASSES_ASKED: Final = 40
MOST_BENEFITS_ASKED: Final = 16

Ask = Callable[["Question"], str]
"""Gives the answer to a question as text; asks again by itself when `Question.problem` finds fault."""


def _whole(least: int, most: int) -> Callable[[str], object]:
    def check(text: str) -> int:
        if not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"'{text}' is no whole number from {least} to {most}")
        return int(text)

    return check


def _one_of(*choices: str) -> Callable[[str], object]:
    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"'{text}' is none of {', '.join(choices)}")
        return text

    return check


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("write something; members read it before they join")
    return text


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        key: Where its answer stands in a file of answers, such as `classes[0].shares`.
        text: The question.
        default: What holds when nothing is answered; empty where an answer is needed.
        check: Raises ValueError for an answer that is none.
    """

    key: str
    text: Sentence
    default: str
    check: Callable[[str], object]

    def problem(self, answer: str) -> str | None:
        """What is wrong with an answer, or None."""
        try:
            self.check(answer)
        except ValueError as error:
            return str(error)
        return None


class Answers:
    """Answers from a file: a question without one gets its default."""

    def __init__(self, answers: object, source: str) -> None:
        self._answers = answers
        self._source = source
        self._used: set[str] = set()

    def __call__(self, question: Question) -> str:
        """The answer.

        Raises:
            CharterError: It is wrong, or missing and without a default.
        """
        self._used.add(question.key)
        found = self._at(question.key)
        if isinstance(found, list):
            found = len(found)  # how many there are is seen from the list itself
        answer = question.default if found is None else str(found)
        if not answer and found is None and question.problem("") is not None:
            raise CharterError(self._source, [Fault("", question.key, f"is missing: {question.text.en}")])
        problem = question.problem(answer)
        if problem is not None:
            raise CharterError(self._source, [Fault("", question.key, problem)])
        return answer

    def _at(self, key: str) -> object:
        node: object = self._answers
        for step in location_of(key):
            if isinstance(step, str):
                node = node.get(step) if isinstance(node, dict) else None
            else:
                node = node[step] if isinstance(node, list) and step < len(node) else None
        return node

    def refuse_unused(self) -> None:
        """Refuses answers to questions that nobody asked.

        Raises:
            CharterError: There are some.
        """
        left = [key for key in _keys(self._answers) if key not in self._used]
        if left:
            raise CharterError(self._source, [Fault("", key, "answers no question; see the guide") for key in left])


def _keys(node: object, path: str = "") -> list[str]:
    if isinstance(node, dict):
        return [key for name, item in node.items() for key in _keys(item, f"{path}.{name}" if path else str(name))]
    if isinstance(node, list):
        return [key for position, item in enumerate(node) for key in _keys(item, f"{path}[{position}]")]
    return [path]


def write_charter(ask: Ask, language: Language) -> str:
    """Asks everything and returns the file's text, with comments in the language.

    Raises:
        CharterError: The answers make no charter that founding would accept.
    """
    text = _Interview(ask, language).run()
    parse_charter(text, "answers")
    return text


class _Interview:
    def __init__(self, ask: Ask, language: Language) -> None:
        self._ask = ask
        self._language = language
        self.times = ("2d", "3d", "1d", "3d")
        self.funding = self.period = self.round_cap = self.year_cap = self.window = ""
        self.notice = self.classes = 0

    def _say(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en

    def _get(self, key: str, zh: str, en: str, default: str, check: Callable[[str], object]) -> str:
        return self._ask(Question(key, Sentence(zh, en), default, check))

    def _text(self, key: str, zh: str, en: str, default: str = "") -> str:
        """A members' text in both languages, as a YAML group."""
        chinese = self._get(f"{key}.zh", f"{zh}（中文）", f"{en} (in Chinese)", default, _filled)
        english = self._get(f"{key}.en", f"{zh}（英文）", f"{en} (in English)", default, _filled)
        return f"{{zh: {_quoted(chinese)}, en: {_quoted(english)}}}"

    def run(self) -> str:
        parts = [self._head(), self._money(), self._membership(), self._court()]
        parts += [self._classes(), self._benefits(), self._voting(), self._disclosures()]
        return "\n".join(parts)

    def _head(self) -> str:
        name = self._text("name", "互助社的名称", "Name of the mutual")
        text = self._text("text", "给成员的一两句说明", "A sentence or two for members")
        symbol = self._get("token.symbol", "代币符号", "Symbol of the token", "USDC", _filled)
        decimals = self._get("token.decimals", "代币的小数位", "Decimals of the token", "6", _whole(0, 36))
        note = self._say(
            "# 由 tongxin charter new 写成。未经第三方审计。金额以代币计，写在引号里；每一整份为准。",
            "# Written by tongxin charter new. Not audited by a third party. Money is in tokens, in quotes, per full share.",
        )
        return (
            f"{note}\nformat: 1\nname: {name}\ntext: {text}\n\ntoken:\n  symbol: {_quoted(symbol)}\n"
            f"  decimals: {decimals}\n"
        )

    def _money(self) -> str:
        self.funding = self._get(
            "funding", "先存(prepaid)还是事后收(called)", "prepaid or called", "prepaid", _one_of("prepaid", "called")
        )
        rounds = self._get(
            "rounds", "立即(immediate)还是按周期(period)结算", "settle immediately or by period (immediate, period)",
            "period", _one_of("immediate", "period"),
        )  # fmt: skip
        self.period = self._get("period", "结算周期", "Length of a period", "7d", parse_duration)
        self.round_cap = self._get(
            "round_cap", "一整份一次最多付", "Most a full share pays in one settlement", "100", parse_tokens
        )
        year = format_decimal(parse_tokens(self.round_cap) * 10)
        self.year_cap = self._get(
            "year_cap", "一整份一年最多付", "Most a full share pays in a year", year, parse_tokens
        )
        fee = self._get("fee", "管理费", "Management fee on what is paid", "0%", parse_percentage)
        entry = self._get("entry_fee", "加入费", "Entry fee", "0", parse_tokens)
        spacing = format_decimal(Decimal(parse_tokens(self.round_cap)) / TICKS_OF_ROUND_CAP)
        return (
            f"{self._say('# 钱：每个人最多付多少。', '# Money: the most anybody can be asked for.')}\n"
            f'money:\n  tick_spacing: "{spacing}"\n  round_cap: "{self.round_cap}"\n  year_cap: "{self.year_cap}"\n'
            f'  entry_fee: "{entry}"\n  fee: {fee}\n  call_margin: 10%\n  carries: 2\n  funding: {self.funding}\n'
            f"  rounds: {rounds}\n  period: {self.period}\n"
        )

    def _membership(self) -> str:
        cap = parse_tokens(self.round_cap)
        least = 2 * cap if self.funding == "prepaid" else cap / 10
        least = max(least, cap / TICKS_OF_ROUND_CAP)
        largest = max(parse_tokens(self.year_cap), 2 * least)
        ticks = -(-Fraction(largest) // (Fraction(cap) / TICKS_OF_ROUND_CAP))
        largest = cap / TICKS_OF_ROUND_CAP * int(ticks)
        form = self._get(
            "admission", "加入方式：attestor、invitation 或 open", "Admission: attestor, invitation or open", "attestor",
            _one_of("attestor", "invitation", "open"),
        )  # fmt: skip
        quorum = "0"
        if form != "open":
            quorum = self._get("attestor_quorum", "需要几位见证人", "Attestors who must sign", "2", _whole(1, 5))
        path = sum(parse_duration(one) for one in self.times) + 2 * parse_duration(self.period) + HOUR
        self.notice = -(-path // DAY) * DAY
        note = self._say(
            "# 退出通知期至少要覆盖一个申请从提出到付款再加一个周期（F-1）。",
            "# The notice of leaving covers a claim from filing to payment and one more period (F-1).",
        )
        return (
            f'{note}\nmembership:\n  min_runway: "{format_decimal(least)}"\n  max_runway: "{format_decimal(largest)}"\n'
            f"  grace: 7d\n  leave_notice: {format_duration(self.notice)}\n  newcomer: 30d\n  admission:\n"
            f"    form: {form}\n    inviters: 3\n    admission_bps: 10%\n    admission_floor: 20\n"
            f"    attestor_silence: 90d\n    attestor_quorum: {quorum}\n"
        )

    def _court(self) -> str:
        panel = self._get("panel", "评审形式：drawn 或 open", "Panel: drawn or open", "drawn", _one_of("drawn", "open"))
        size = self._get("panel_size", "评审席位（单数）", "Seats of a panel (odd)", "5", _odd)
        pay = self._get("juror_pay", "每席报酬", "Pay of a seat", "0", parse_tokens)
        zone = self._get("zone", "时区", "Time zone", "+08:00", _filled)
        self.window = self._get("filing_window", "申请期限", "Time to file a claim", "180d", parse_duration)
        bond = parse_tokens(pay) * (2 * int(size) + 2)
        access, commit, reveal, notice = self.times
        text = self._say("# 申请怎样评审。", "# How claims are judged.")
        return (
            f'{text}\ncourt:\n  zone: "{zone}"\n  filing_window: {self.window}\n  panel: {panel}\n  panel_size: {size}\n'
            f"  threshold: 50%\n  strict: true\n  access_time: {access}\n  commit_time: {commit}\n"
            f"  reveal_time: {reveal}\n  cure_time: 7d\n  verdict_notice: {notice}\n  lot_delay: 10\n"
            f'  juror_pay: "{pay}"\n  juror_bond: "{format_decimal(bond)}"\n  open_quorum_heads: 5\n'
            f'  open_quorum_bps: 5%\n  review_bps: 0%\n  review_above: "0"\n  waiver: true\n'
        )

    def _classes(self) -> str:
        self.classes = int(
            self._get("classes", "分几类成员", "How many classes of members", "1", _whole(1, MOST_CLASSES_ASKED))
        )
        lines = [
            self._say("# 成员的类别；份额越大，分摊越多。", "# Classes of members; more shares bear more."),
            "classes:",
        ]
        for position in range(self.classes):
            key = f"classes[{position}]"
            label = self._text(key, f"第 {position + 1} 类的名称", f"Name of class {position + 1}")
            shares = self._get(f"{key}.shares", "份额", "Shares", "1", parse_shares)
            lines += [f"  - label: {label}", f'    shares: "{shares}"']
            least = self._get(f"{key}.least", "最小年龄（不限则空）", "Least age (empty: any)", "", _age)
            if least:
                largest = self._get(f"{key}.largest", "最大年龄", "Largest age", "59", _whole(0, 130))
                lines.append(f"    age: {{least: {least}, largest: {largest}}}")
        return "\n".join(lines) + "\n"

    def _benefits(self) -> str:
        count = int(self._get("benefits", "有几项保障", "How many benefits", "1", _whole(1, MOST_BENEFITS_ASKED)))
        note = self._say(
            "# 保障什么；每类一个金额和等待期，“0”为不保。",
            '# What is covered; an amount and a waiting time per class, "0" = not.',
        )
        lines = [note, "benefits:"]
        for position in range(count):
            lines += self._benefit(f"benefits[{position}]", position + 1)
        return "\n".join(lines) + "\n"

    def _benefit(self, key: str, number: int) -> list[str]:
        label = self._text(key, f"第 {number} 项保障的名称", f"Name of benefit {number}")
        text = self._text(f"{key}.text", "什么情况可以申请", "What can be claimed")
        kinds = ("lump_sum", "reimbursement", "contribution_refund")
        kind = self._get(
            f"{key}.kind", "方式：" + "、".join(kinds), "Kind: " + ", ".join(kinds), kinds[0], _one_of(*kinds)
        )
        deductible = "0"
        if kind != kinds[0]:
            deductible = self._get(f"{key}.deductible", "自付额", "Deductible", "0", parse_tokens)
        amounts, waiting = [], []
        for place in range(self.classes):
            amounts.append(
                self._get(
                    f"{key}.amounts[{place}]",
                    f"第 {place + 1} 类最高金额",
                    f"Full amount for class {place + 1}",
                    "1000",
                    parse_tokens,
                )
            )
            waiting.append(
                self._get(
                    f"{key}.waiting[{place}]",
                    f"第 {place + 1} 类等待期",
                    f"Waiting time for class {place + 1}",
                    "30d",
                    parse_duration,
                )
            )
        repeats = self._get(
            f"{key}.repeats", "每人最多几次（0 为不限）", "Most grants to a member (0 = no limit)", "1", _whole(0, 255)
        )
        levels = self._say(
            "    # 评审组按严重程度选一级；可以加到七级。",
            "    # The panel picks a level by severity; up to seven can be written.",
        )
        lines = [f"  - label: {label}", f"    text: {text}", f"    kind: {kind}", levels, "    levels:"]
        for grants, meaning in (
            ("50%", ("较轻或部分属实", "lighter, or proved in part")),
            ("100%", ("严重或全部属实", "severe, or proved in full")),
        ):
            lines += [f"      - grants: {grants}", f"        meaning: {{zh: {meaning[0]}, en: {_quoted(meaning[1])}}}"]
        if deductible != "0":
            lines.append(f'    deductible: "{deductible}"')
        quoted = ", ".join(f'"{one}"' for one in amounts)
        lines += [f"    repeats: {repeats}", "    interval: 0d", f"    amounts: [{quoted}]"]
        return [*lines, f"    waiting: [{', '.join(waiting)}]"]

    def _voting(self) -> str:
        quorum = self._get("quorum", "投票的法定人数", "Least part of the members who vote", "20%", parse_percentage)
        majority = self._get("majority", "修改规则所需赞成", "Majority for a change", "60%", parse_percentage)
        wind_down = max(7500, parse_percentage(majority))
        members = self._get("members", "开始所需人数", "Least members to start", "100", _whole(0, 2**32 - 1))
        delay = format_duration(self.notice + 8 * DAY)
        runoff = format_duration(parse_duration(self.window) + DAY)
        note = self._say(
            "# 规则只能由成员投票改变；通过后等到不同意的人都来得及退出（F-8）。",
            "# Only members change the rules by vote; a change waits until who disagrees can be out (F-8).",
        )
        begin = self._say("# 何时开始、何时结束。", "# When it starts and how it ends.")
        return (
            f"{note}\nvoting:\n  voting_time: 14d\n  quorum: {quorum}\n  adoption_delay: {delay}\n"
            f"  execution_time: 30d\n  majority: {majority}\n  wind_down_majority: {wind_down / 100:g}%\n"
            f"  proposal_pause: 30d\n\n{begin}\nstarting:\n  minimum_members: {members}\n  founding_deadline: 180d\n"
            f"  floor_heads: {int(members) // 3}\n  runoff: {runoff}\n"
        )

    def _disclosures(self) -> str:
        asked = (
            ("founder", "谁创办", "Who founds it"),
            ("steward", "谁运营服务", "Who runs its services"),
            ("attestors", "谁见证、怎样见证", "Who vouches for members, and how"),
            ("investigators", "谁调查", "Who investigates"),
            ("jurisdiction", "适用哪里的法律", "Whose law applies"),
            ("licence", "保险牌照", "Insurance licence"),
            ("complaints", "到哪里投诉", "Where to complain"),
        )
        optional = {"investigators", "licence"}
        lines = [self._say("# 加入前人人可知。", "# What everybody may know before joining."), "disclosures:"]
        for name, zh, en in asked:
            answer = self._get(f"disclosures.{name}", zh, en, "none" if name in optional else "", _filled)
            lines.append(f"  {name}: {_quoted(answer)}")
        return "\n".join([*lines, "  audit: not audited by a third party"]) + "\n"


def _odd(text: str) -> int:
    if not text.isdigit() or int(text) % 2 == 0 or int(text) > 15:
        raise ValueError(f"'{text}' is no odd number from 1 to 15")
    return int(text)


def _age(text: str) -> str:
    if text:
        _whole(0, 130)(text)
    return text


def _quoted(text: str) -> str:
    """A text as YAML holds it in double quotes (JSON's are the same)."""
    return json.dumps(text, ensure_ascii=False)
