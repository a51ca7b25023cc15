# SPDX-License-Identifier: AGPL-3.0-only
"""Rules that only the document holds (P-57 to P-61 of docs/spec/charter.md), checked against the numbers.

No contract reads them: a wrong one would mislead members, so it is refused like a wrong number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tongxin.charter.errors import Fault
from tongxin.charter.quantities import BPS, format_decimal, format_percentage, format_shares
from tongxin.charter.rules import Charter, Class, ShareRule


def provision_faults(charter: Charter) -> Iterator[Fault]:
    """Everything that is wrong with what only the document holds."""
    yield from _incidence(charter)
    yield from _share_rule(charter)
    yield from _migration(charter.classes)
    yield from _expected(charter.classes)
    yield from _provenance(charter)


def share_weights(charter: Charter) -> list[Fraction] | None:
    """What the shares of the classes must be proportional to (P-58); None where the rule leaves them free.

    `equal`: one. `benefit`: the sum of a class's full amounts. `risk`: the sum over benefits of amount x incidence, the
    expected cost of a member (a fair weight in the sense of Denuit 2019 for a linear rule).
    """
    rule, classes = charter.share_rule, range(len(charter.classes))
    if rule is ShareRule.STATED:
        return None
    if rule is ShareRule.EQUAL:
        return [Fraction(1) for _ in classes]
    if rule is ShareRule.BENEFIT:
        return [sum((Fraction(one.amounts[j]) for one in charter.benefits), Fraction(0)) for j in classes]
    return [
        sum((Fraction(one.amounts[j]) * Fraction(one.incidence[j]) for one in charter.benefits), Fraction(0))
        for j in classes
    ]


def right_shares(shares: Sequence[int], weights: Sequence[Fraction]) -> list[int]:
    """The shares, in thousandths, that follow the weights (all above 0) and keep as many of the given ones as possible.

    A share `s` follows weight `w` at scale `k` if `k w` rounds to it: `s - 1/2 <= k w < s + 1/2`. The scale is one that
    most shares follow.
    """
    half = Fraction(1, 2)
    ranges = [((share - half) / weight, (share + half) / weight) for share, weight in zip(shares, weights, strict=True)]
    scale = max(
        (low for low, _ in ranges),
        key=lambda at: sum(low <= at < high for low, high in ranges),
    )
    meeting = [bounds for bounds in ranges if bounds[0] <= scale < bounds[1]]
    scale = (max(low for low, _ in meeting) + min(high for _, high in meeting)) / 2
    return [
        share if low <= scale < high else max(1, _rounded(scale * weight))
        for share, weight, (low, high) in zip(shares, weights, ranges, strict=True)
    ]


def _rounded(number: Fraction) -> int:
    return int((Decimal(number.numerator) / Decimal(number.denominator)).to_integral_value(ROUND_HALF_UP))


def _incidence(charter: Charter) -> Iterator[Fault]:
    needed = charter.share_rule is ShareRule.RISK
    for position, benefit in enumerate(charter.benefits):
        path = f"benefits[{position}].incidence"
        if not benefit.incidence and not needed:
            continue
        if len(benefit.incidence) != len(charter.classes):
            given, classes = len(benefit.incidence), len(charter.classes)
            why = "shares by risk need it; " if needed else ""
            yield Fault("P-58", path, f"{why}has {given} entries for {classes} classes; write one for each")


def _share_rule(charter: Charter) -> Iterator[Fault]:
    classes = len(charter.classes)
    per_class = [one.amounts for one in charter.benefits]
    if charter.share_rule is ShareRule.RISK:
        per_class += [tuple(one.incidence) for one in charter.benefits]
    if any(len(row) != classes for row in per_class):
        return  # said elsewhere
    weights = share_weights(charter)
    if weights is None or not weights:
        return
    for position, weight in enumerate(weights):
        if weight == 0:
            yield Fault(
                "P-58",
                f"classes[{position}].shares",
                f"is {charter.share_rule.value} by the share rule, and this class can expect nothing; "
                "drop the class or write share_rule: stated",
            )
    if not all(weights):
        return
    shares = [one.shares for one in charter.classes]
    for position, (share, right) in enumerate(zip(shares, right_shares(shares, weights), strict=True)):
        if share != right:
            yield Fault(
                "P-58",
                f"classes[{position}].shares",
                f"{format_shares(share)} does not follow the share rule '{charter.share_rule.value}'; "
                f'write "{format_shares(right)}"',
            )


def _migration(classes: Sequence[Class]) -> Iterator[Fault]:
    for position, one in enumerate(classes):
        if one.migrates_to is None:
            continue
        path = f"classes[{position}].migrates_to"
        if one.age is None:
            yield Fault("P-59", path, "needs the ages of this class; write age: {least: ..., largest: ...}")
        elif not 0 <= one.migrates_to < len(classes) or one.migrates_to == position:
            others = ", ".join(str(other) for other in range(len(classes)) if other != position)
            yield Fault("P-59", path, f"{one.migrates_to} is no other class; there are {others or 'none'}")
        else:
            target = classes[one.migrates_to].age
            next_age = one.age.largest + 1
            if target is not None and not target.least <= next_age <= target.largest:
                yield Fault(
                    "P-59",
                    path,
                    f"who turns {next_age} leaves this class, and class {one.migrates_to} is for "
                    f"{target.least} to {target.largest}; name the class for {next_age}",
                )


def _expected(classes: Sequence[Class]) -> Iterator[Fault]:
    given = [one.expected for one in classes if one.expected is not None]
    if not given:
        return
    for position, one in enumerate(classes):
        if one.expected is None:
            yield Fault("P-60", f"classes[{position}].expected", "is missing; write it for every class or for none")
    if len(given) == len(classes) and sum(given) != BPS:
        yield Fault(
            "P-60", "classes[0].expected", f"all classes together make {format_percentage(sum(given))}; write 100%"
        )


def _provenance(charter: Charter) -> Iterator[Fault]:
    provenance = charter.provenance
    if provenance is None:
        return
    rules = charter.model_dump(mode="json", exclude={"provenance"})
    differing = {one.field for one in provenance.differs}
    named = [(f"known[{j}].field", one.field) for j, one in enumerate(provenance.known)]
    named += [(f"unknown[{j}]", field) for j, field in enumerate(provenance.unknown)]
    named += [(f"differs[{j}].field", one.field) for j, one in enumerate(provenance.differs)]
    for path, field in named:
        if value_at(rules, field) is None:
            yield Fault("P-61", f"provenance.{path}", f"'{field}' is no field of this charter")
    for position, known in enumerate(provenance.known):
        here = value_at(rules, known.field)
        if here is not None and here != known.value and known.field not in differing:
            yield Fault(
                "P-61",
                f"provenance.known[{position}].value",
                f"is {known.value}, and {known.field} is {here}; follow it, or say why not under differs",
            )
    for position, field in enumerate(provenance.unknown):
        if any(one.field == field for one in provenance.known):
            yield Fault("P-61", f"provenance.unknown[{position}]", f"'{field}' is named as known too")


def value_at(rules: object, field: str) -> str | None:
    """What a field such as `benefits[0].amounts` holds, lists in one line; None where there is no such field.

    A group of fields is there, but has no value of its own: the empty text.
    """
    for step in re.findall(r"[^.\[\]]+", field):
        if isinstance(rules, dict) and step in rules:
            rules = rules[step]
        elif isinstance(rules, list) and step.isdigit() and int(step) < len(rules):
            rules = rules[int(step)]
        else:
            return None
    if isinstance(rules, list):
        return ", ".join(str(one) for one in rules) if all(not isinstance(one, dict | list) for one in rules) else ""
    if isinstance(rules, Decimal):
        return format_decimal(rules)
    return (
        ""
        if isinstance(rules, dict) or rules is None
        else str(rules).lower()
        if isinstance(rules, bool)
        else str(rules)
    )
