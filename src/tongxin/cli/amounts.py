# SPDX-License-Identifier: AGPL-3.0-only
"""Amounts of the mutual's token as people type them."""

from decimal import Decimal, InvalidOperation

from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

__all__ = ["read_units"]


def read_units(session: Session, amount: str) -> int:
    """The token's smallest units of an amount such as `12.50`.

    Raises:
        CommandError: It is no positive amount, or has more decimals than the token.
    """
    try:
        units = Decimal(amount).scaleb(session.decimals)
    except InvalidOperation:
        units = Decimal(0)
    if not units.is_finite() or units <= 0 or units != units.to_integral_value():
        raise CommandError(
            _("'{amount}' is no amount of the token; write it like 12.50, with at most {decimals} decimals").format(
                amount=amount, decimals=session.decimals
            )
        )
    return int(units)
