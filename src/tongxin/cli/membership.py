# SPDX-License-Identifier: AGPL-3.0-only
"""Memberships found in the mutual's events: those of who acts, and everybody's."""

from collections.abc import Iterable
from typing import Annotated

import typer

from tongxin.chain.events import Enrolled, Joined, WalletSet
from tongxin.chain.records import Member
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.words import MemberStatus

__all__ = ["OwnMember", "everybody", "own_member"]

READ_AT_ONCE = 1000

OwnMember = Annotated[
    str | None, typer.Option("--member", help=_("member id; by default the only membership of who acts"))
]


def own_member(session: Session, named: str | None) -> bytes:
    """The membership that is named, else the only one of who acts.

    Raises:
        CommandError: Who acts has none or several.
    """
    if named is not None:
        return session.member_id(named)
    wallet = session.signer.address
    topic = bytes(12) + bytes.fromhex(wallet[2:])
    came = [event.member_id for event in session.events(Joined, (None, topic))]
    came += [event.member_id for event in session.events(WalletSet, (None, topic))]
    # An enrolment's event is not indexed by wallet: all have to be read, which is done only if needed.
    mine = _of_wallet(session, came, wallet) or _of_wallet(
        session, [event.member_id for event in session.events(Enrolled) if event.wallet == wallet], wallet
    )
    if not mine:
        raise CommandError(_("{address} has no membership; name it with --member").format(address=wallet))
    if len(mine) > 1:
        known = ", ".join("0x" + member_id.hex() for member_id in mine)
        raise CommandError(
            _("{address} has several memberships, so name one with --member: {known}").format(
                address=wallet, known=known
            )
        )
    return mine[0]


def _of_wallet(session: Session, ids: Iterable[bytes], wallet: str) -> list[bytes]:
    return [
        member_id
        for member_id, member in _members(session, ids)
        if member.wallet == wallet and not member.status & MemberStatus.EXITED
    ]


def everybody(session: Session) -> list[tuple[bytes, Member]]:
    """All that ever became members and have a record, in the order in which they came."""
    joined = [event.member_id for event in session.events(Joined)]
    return _members(session, [*joined, *(event.member_id for event in session.events(Enrolled))])


def _members(session: Session, ids: Iterable[bytes]) -> list[tuple[bytes, Member]]:
    different = list(dict.fromkeys(ids))
    found: list[tuple[bytes, Member]] = []
    for start in range(0, len(different), READ_AT_ONCE):
        part = different[start : start + READ_AT_ONCE]
        found += zip(part, session.mutual.fund.members(part), strict=True)
    return [(member_id, member) for member_id, member in found if member.occupied]
