# SPDX-License-Identifier: AGPL-3.0-only
"""How the person who acts pays (R-34)."""

from enum import StrEnum
from typing import Annotated

import typer

from tongxin.chain.payments import Purpose, by_allowance, by_authorization, by_permit
from tongxin.chain.structs import Payment
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

__all__ = ["Method", "PayWith", "prepare"]

SIGNATURE_SECONDS = 3600


class Method(StrEnum):
    """Ways to pay."""

    ALLOWANCE = "allowance"
    PERMIT = "permit"
    AUTHORIZATION = "authorization"


PayWith = Annotated[
    Method,
    typer.Option("--pay", help=_("allowance (any token), permit (EIP-2612) or authorization (EIP-3009)")),
]


def prepare(session: Session, method: Method, amount: int, purpose: Purpose) -> Payment:
    """Makes the payment ready: the allowance is given, or the payment signed.

    Raises:
        CommandError: Who acts has not that much; nothing was done.
    """
    token, fund = session.mutual.token, session.fund_address
    balance = token.balance_of(session.signer.address)
    if balance < amount:
        raise CommandError(
            _("this costs {price}, and {payer} has {balance}; nothing was done").format(
                price=session.money(amount), payer=session.signer.address, balance=session.money(balance)
            )
        )
    until = session.now() + SIGNATURE_SECONDS
    if method is Method.PERMIT:
        return by_permit(session.signer, token, fund, amount, until)
    if method is Method.AUTHORIZATION:
        return by_authorization(session.signer, token, fund, amount, purpose, valid_before=until)
    session.allow(amount)
    return by_allowance()
