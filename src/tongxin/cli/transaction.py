# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin show transaction`: what became of an act, on the chain, in a node's pool, or in this machine's journal."""

import re
from typing import Annotated

import typer

from tongxin.chain.journal import State
from tongxin.cli.output import Answer, fields
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.words import status_text

__all__ = ["transaction"]

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


def transaction(
    session: Session, tx_hash: Annotated[str, typer.Argument(metavar="HASH", help=_("hash of the transaction"))]
) -> Answer:
    """Looks at the chain first, then in the pools, then in the journal."""
    if not _HASH.fullmatch(tx_hash):
        raise CommandError(_("a transaction is named by its hash, 0x and 64 hexadecimal digits"))
    tx_hash = tx_hash.lower()
    receipt = session.receipt(tx_hash)
    if receipt is None:
        return _not_in_a_block(session, tx_hash)
    depth = session.depth()
    status = depth.standing(receipt.block)
    upon = max(0, depth.head - receipt.block)
    data: dict[str, object] = {
        "transaction": tx_hash,
        "status": status,
        "block": receipt.block,
        "blocks_upon_it": upon,
        "succeeded": receipt.succeeded,
        "sender": receipt.sender,
        "to": receipt.to,
        "gas_used": receipt.gas_used,
    }
    rows: list[tuple[str, object]] = [
        (_("status"), status_text(status)),
        (_("block"), receipt.block),
        (_("blocks upon it"), upon),
        (_("done"), _("yes") if receipt.succeeded else _("no: the contract refused it")),
        (_("sender"), receipt.sender),
        (_("to"), receipt.to or "-"),
    ]
    return Answer(data, fields(tx_hash, rows))


def _not_in_a_block(session: Session, tx_hash: str) -> Answer:
    """A transaction that waits, or that only this machine knows."""
    entry = session.journal.entry(tx_hash)
    if session.endpoints.request("eth_getTransactionByHash", tx_hash) is not None:
        status, text = "waiting", _("sent, and in no block yet")
    elif entry is None:
        raise CommandError(_("no endpoint knows {hash}, and it was not sent from this machine").format(hash=tx_hash))
    elif entry.state is State.DROPPED:
        status, text = "dropped", _("it will not happen: a node refused it, or another transaction took its place")
    else:
        status = "kept"
        text = _(
            "in no block, and no endpoint has it: the chain was reorganised, or a node forgot it. It is kept here as "
            "it was signed, and is sent again by the same command or before the account's next act"
        )
    return Answer({"transaction": tx_hash, "status": status, "block": None}, fields(tx_hash, [(_("status"), text)]))
