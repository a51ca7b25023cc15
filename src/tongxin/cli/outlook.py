# SPDX-License-Identifier: AGPL-3.0-only
"""The worst case, shown before joining and before filing (R-24)."""

from dataclasses import dataclass

from rich.table import Table

from tongxin.chain.preview import copy_of, settled_today
from tongxin.cli.output import fields
from tongxin.cli.session import Session
from tongxin.cli.text import _
from tongxin.units import SCALE, ceil_div
from tongxin.words import FundStage

__all__ = ["Outlook", "outlook", "worst_case_table"]

BEYOND_ANY_DUE = 1 << 88


@dataclass(frozen=True)
class Outlook:
    """What the mutual could collect and pay now.

    Attributes:
        rise: How far the index may rise in the next settlement, by round cap and what is left of the year's.
        largest_loss: Most that a member of those shares and that runway can lose in it, in units.
        payable: Most that one claim could be paid today, in units.
    """

    rise: int
    largest_loss: int
    payable: int


def outlook(session: Session, shares: int = 0, runway: int = 0) -> Outlook:
    """The worst case now; nothing moves any more once the mutual has ended.

    Args:
        session: The call.
        shares: A member's weight, in thousandths.
        runway: How far the index can rise before the deposit is used up.
    """
    mutual = session.mutual
    head = mutual.head()
    if mutual.fund.stage(head.number).stage is FundStage.ENDED:
        return Outlook(0, 0, 0)
    ledger = copy_of(mutual.fund, mutual.terms, head.number)
    rise = ledger.cost_limit(head.timestamp)
    loss = ceil_div(shares * min(rise, runway), SCALE)
    return Outlook(rise, loss, settled_today(ledger, BEYOND_ANY_DUE, 0, head.timestamp).paid)


def worst_case_table(session: Session, found: Outlook, shares: int) -> Table:
    """The worst case for people."""
    rows: list[tuple[str, object]] = []
    if shares:
        rows.append((_("most you can lose in the next settlement"), session.money(found.largest_loss)))
    rows.append((_("most that a claim could be paid today"), session.money(found.payable)))
    rows.append(
        (_("remember"), _("nobody promises a payment: members share what happened. Not audited by a third party."))
    )
    return fields(_("The worst case today"), rows)
