# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: RUF001 - Chinese punctuation is meant
"""What another version of a charter changes, for everybody or for the members of one class, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tongxin.charter.errors import Fault
from tongxin.charter.labels import label_of
from tongxin.charter.numbers import CharterNumbers, numbers_of
from tongxin.charter.reading import location_of
from tongxin.charter.rules import Charter, Kind
from tongxin.charter.steps import Scope, scope_of, step_faults
from tongxin.charter.wording import Sentence, amount, of_share, span

PER_SHARE: Final = {
    "money.round_cap",
    "money.year_cap",
    "money.claim_cap",
    "membership.min_runway",
    "membership.max_runway",
}
"""Amounts per full share: a member pays them times the own shares."""
TOKENS: Final = PER_SHARE | {
    "money.tick_spacing",
    "money.entry_fee",
    "court.juror_pay",
    "court.juror_bond",
    "court.review_above",
    "court.investigator.fee",
}
SCOPES: Final = {
    Scope.ATTESTORS: Sentence("见证人", "attestors"),
    Scope.STEWARD: Sentence("管理人", "steward"),
    Scope.JURORS: Sentence("评审规则", "juror rules"),
    Scope.OTHER: Sentence("其他规则", "other rules"),
}
_PART = re.compile(r"(classes|benefits|ladder|judged)\[(\d+)\]")
_BY_CLASS = re.compile(r"(?:^classes|\.amounts|\.waiting|\.incidence)\[(\d+)\]")


@dataclass(frozen=True)
class Change:
    """One thing that is different.

    Attributes:
        path: The field, such as `benefits[0].amounts[1]`.
        before: As the version in force writes it; empty for what is new.
        after: As the proposal writes it; empty for what is gone.
        meaning: In plain words.
        increase: Whether it improves cover, so that it waits (R-97).
        refused: Why the contracts would refuse it (R-92, R-93); empty if they would not.
    """

    path: str
    before: str
    after: str
    meaning: Sentence
    increase: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Comparison:
    """A proposal against the version in force.

    Attributes:
        changes: In the order of the charter.
        faults: Why the draft could not be sealed (R-91 to R-93), for the whole draft.
        scope: What the contracts would call it (R-91).
        timing: When it can take effect.
    """

    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    scope: Scope
    timing: Sentence


def compare(
    current: Charter, proposal: Charter, *, class_id: int | None = None, recent: Sequence[Charter] = ()
) -> Comparison:
    """What a proposal changes.

    Args:
        current: The version in force.
        proposal: The draft. Addresses that one of the two leaves open are taken from the other.
        class_id: Only what concerns members of this class; None for everybody.
        recent: Other versions in force in the last 90 days (R-93).

    Raises:
        CharterError: An amount cannot be expressed in the token.
        IndexError: The version in force has no such class.
    """
    if class_id is not None and not 0 <= class_id < len(current.classes):
        raise IndexError(f"there is no class {class_id}; they are 0 to {len(current.classes) - 1}")
    proposal, current = _with_addresses_of(proposal, current), _with_addresses_of(current, proposal)
    new, newest = numbers_of(proposal), numbers_of(current)
    faults: list[Fault] = []
    if proposal != current:
        faults = step_faults(new, newest, [numbers_of(_with_addresses_of(one, current)) for one in recent])
    changes = tuple(
        change
        for change in _Comparer(current, proposal, faults, class_id).changes()
        if class_id is None or _concerns(change.path, class_id)
    )
    return Comparison(changes, tuple(faults), scope_of(new, newest), _timing(current))


def _timing(current: Charter) -> Sentence:
    voting = current.voting
    total = span(voting.voting_time + voting.adoption_delay)
    notice = span(current.membership.leave_notice)
    return Sentence(
        f"若通过，最早在提议 {total.zh} 后生效；退出通知期 {notice.zh}，不同意可以先走。",
        f"If it passes, it takes effect {total.en} after the proposal at the earliest; leaving takes {notice.en}, so "
        "whoever disagrees can be out before.",
    )


def _with_addresses_of(charter: Charter, other: Charter) -> Charter:
    mine, theirs = charter.membership.admission.attestors, other.membership.admission.attestors
    return charter.with_parties(
        token=charter.token.address or other.token.address,
        steward=charter.steward or other.steward,
        attestors=mine or theirs or None,
        investigator=charter.court.investigator.address or other.court.investigator.address,
        remainder=charter.starting.remainder or other.starting.remainder,
    )


def _concerns(path: str, class_id: int) -> bool:
    found = _BY_CLASS.search(path)
    return found is None or int(found[1]) == class_id


def _leaves(rules: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its value as text; members' texts and attestors as one field."""
    if isinstance(rules, dict):
        if rules and set(rules) <= {"zh", "en", "by"}:
            yield path, " / ".join(str(rules[name]) for name in ("by", "zh", "en") if name in rules)
            return
        for name, item in rules.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(rules, list) and not path.endswith("attestors"):
        for position, item in enumerate(rules):
            yield from _leaves(item, f"{path}[{position}]")
    elif isinstance(rules, list):
        yield path, ", ".join(sorted(rules))
    elif rules is not None:
        yield path, str(rules).lower() if isinstance(rules, bool) else str(rules)


class _Comparer:
    """Compares two charters field by field."""

    def __init__(self, current: Charter, proposal: Charter, faults: Sequence[Fault], class_id: int | None) -> None:
        self.current = current
        self.proposal = proposal
        self.faults = faults
        self.class_id = class_id
        self.numbers: tuple[CharterNumbers, CharterNumbers] = (numbers_of(current), numbers_of(proposal))

    def changes(self) -> Iterator[Change]:
        before, after = (dict(_leaves(one.model_dump(mode="json"))) for one in (self.current, self.proposal))
        told: set[str] = set()
        for path in dict.fromkeys((*before, *after)):
            old, new = before.get(path, ""), after.get(path, "")
            if old == new:
                continue
            if path.startswith("provenance"):
                path = "provenance"  # noqa: PLW2901 - all of it is told as one change
                old = new = ""
            part = self._whole_part(path)
            if part is not None:
                path, old, new = part  # noqa: PLW2901 - a class or benefit that is new or gone is told as one change
            if path not in told:
                told.add(path)
                yield self._change(path, old, new)

    def _whole_part(self, path: str) -> tuple[str, str, str] | None:
        found = _PART.match(path)
        if found is None:
            return None
        name, position = found[1], int(found[2])
        old, new = getattr(self.current, name), getattr(self.proposal, name)
        if position < len(old) and position < len(new):
            return None
        here = (old if position < len(old) else new)[position]
        text = getattr(here, "label", here)
        shown = f"{text.zh} / {text.en}" if hasattr(text, "zh") else f"{here.after} s: {here.grants / 100:g} %"
        return found[0], shown if position < len(old) else "", shown if position < len(new) else ""

    def _change(self, path: str, old: str, new: str) -> Change:
        increase = self._is_increase(path)
        return Change(path, old, new, self._meaning(path, old, new, increase=increase), increase, self._refused(path))

    def _refused(self, path: str) -> str:
        location = location_of(path)
        for fault in self.faults:
            steps = location_of(fault.path)
            if steps and (location[: len(steps)] == steps or steps[: len(location)] == location):
                return f"{fault.rule}: {fault.problem}"
        return ""

    def _meaning(self, path: str, old: str, new: str, *, increase: bool) -> Sentence:
        label = self._label(path)
        if path == "provenance":
            return Sentence(f"{label.zh}有改动", f"{label.en}: changed")
        if not old:
            told = Sentence(f"新增{label.zh}：{self._zh(path, new)}", f"new {label.en}: {self._en(path, new)}")
        elif not new:
            told = Sentence(f"取消{label.zh}：{self._zh(path, old)}", f"no more {label.en}: {self._en(path, old)}")
        else:
            told = Sentence(
                f"{label.zh}：从 {self._zh(path, old)} 改为 {self._zh(path, new)}",
                f"{label.en}: from {self._en(path, old)} to {self._en(path, new)}",
            )
        mine = self._mine(path, old, new)
        told = Sentence(told.zh + mine.zh, told.en + mine.en)
        if increase:
            told = Sentence(
                told.zh + "；只对生效后再等满等待期的事件算数",
                told.en + "; counts for events after it took effect and a fresh waiting time has passed",
            )
        return told

    def _label(self, path: str) -> Sentence:
        if _PART.fullmatch(path) and not path.startswith("judged"):
            names = {
                "classes": Sentence("类别", "class"),
                "benefits": Sentence("保障", "benefit"),
                "ladder": Sentence("金额阶梯", "step of the ladder"),
            }
            return names[path.partition("[")[0]]
        label = label_of(path)
        found = _PART.match(path)
        if found is None or found[1] not in {"classes", "benefits"}:
            return label
        owner = getattr(self.current, found[1])[int(found[2])].label
        of_class = _BY_CLASS.search(path)
        if found[1] == "benefits" and of_class is not None and int(of_class[1]) < len(self.proposal.classes):
            one = self.proposal.classes[int(of_class[1])].label
            return Sentence(f"“{owner.zh}”{one.zh}的{label.zh}", f"'{owner.en}', {one.en}, {label.en}")
        return Sentence(f"“{owner.zh}”的{label.zh}", f"'{owner.en}', {label.en}")

    def _mine(self, path: str, old: str, new: str) -> Sentence:
        """What an amount per full share is for a member of the class."""
        if self.class_id is None or path not in PER_SHARE or not old or not new:
            return Sentence("", "")
        shares = self.current.classes[self.class_id].shares
        was, will = (amount(of_share(Decimal(one), shares), self.current) for one in (old, new))
        return Sentence(f"（对我是从 {was} 到 {will}）", f" (for me from {was} to {will})")

    def _zh(self, path: str, text: str) -> str:
        return self._shown(path, text, "zh")

    def _en(self, path: str, text: str) -> str:
        return self._shown(path, text, "en")

    def _shown(self, path: str, text: str, language: str) -> str:
        if path in TOKENS or re.search(r"\.(amounts\[\d+\]|deductible)$", path):
            return amount(Decimal(text), self.current)
        zh, divided, en = text.partition(" / ")
        if divided and text.count(" / ") == 1:
            return zh if language == "zh" else en
        return text

    def _is_increase(self, path: str) -> bool:
        """Whether cover improves by it, so that R-97 lets it wait."""
        old, new = self.numbers
        if (found := re.fullmatch(r"benefits\[(\d+)\]\.(amounts|waiting)\[(\d+)\]", path)) is not None:
            benefit, name, class_id = int(found[1]), found[2], int(found[3])
            before, after = old.benefits[benefit], new.benefits[benefit]
            if class_id >= len(before.amounts):
                return False
            if name == "amounts":
                return after.amounts[class_id] > before.amounts[class_id]
            refund = self.current.benefits[benefit].kind is Kind.CONTRIBUTION_REFUND
            longer = after.waiting[class_id] > before.waiting[class_id]
            return longer if refund else after.waiting[class_id] < before.waiting[class_id]
        if (found := re.fullmatch(r"benefits\[(\d+)\]\.deductible", path)) is not None:
            return new.benefits[int(found[1])].deductible < old.benefits[int(found[1])].deductible
        if (found := re.fullmatch(r"ladder\[(\d+)\]\.(after|grants)", path)) is not None:
            step = int(found[1])
            earlier = new.ladder[step][0] < old.ladder[step][0]
            return earlier if found[2] == "after" else new.ladder[step][1] > old.ladder[step][1]
        return (
            _PART.fullmatch(path) is not None and path.startswith("benefits") and len(new.benefits) > len(old.benefits)
        )
