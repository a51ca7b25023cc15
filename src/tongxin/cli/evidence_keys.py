# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence key`: one's own reader keys (R-125)."""

from typing import Annotated

import typer

from tongxin.cli.output import Answer, fields, listing
from tongxin.cli.session import NOT_SENT, CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.keys import KeyKind
from tongxin.evidence.keystore import Reader

__all__ = ["announce", "new", "rotate", "show"]

Hybrid = Annotated[bool, typer.Option("--hybrid", help=_("safe against quantum computers too; a longer key"))]
FromWallet = Annotated[
    bool,
    typer.Option("--from-wallet", help=_("from a signature of who acts instead of a passphrase; read the warning")),
]
Rotation = Annotated[int, typer.Option(min=1, help=_("with --from-wallet: each number gives another key"))]


def new(
    session: Session,
    *,
    hybrid: Hybrid = False,
    from_wallet: FromWallet = False,
    rotation: Rotation = 1,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost",
            help=_("the passphrase is lost: make another key beside it; what only the lost one opens stays shut"),
        ),
    ] = False,
) -> Answer:
    """Makes a key."""
    vault = Vault(session)
    if vault.keystore.readers() and not lost:
        raise CommandError(
            _("you have a reader key already; `evidence key rotate` changes it, --lost makes one beside a lost one")
        )
    made = _make(vault, hybrid=hybrid, from_wallet=from_wallet, rotation=rotation)
    rows = _rows(vault, made)
    shut = [item.hex() for item in vault.keystore.documents()] if lost else []
    if lost:
        rows.append((_("documents whose keys stay shut until the older key opens"), len(shut)))
        rows.append((_("next"), _("announce the new key; ask who granted to the old one to grant again")))
    return Answer({**_data(made), "shut": shut}, fields(_("New reader key; keep the folder and the passphrase"), rows))


def rotate(
    session: Session,
    *,
    hybrid: Hybrid = False,
    from_wallet: FromWallet = False,
    rotation: Rotation = 1,
    destroy_older: Annotated[
        bool,
        typer.Option("--destroy-older", help=_("destroy the older keys: what was granted to them alone stays shut")),
    ] = False,
) -> Answer:
    """Changes the key; interrupted, it goes on with the key that it had made."""
    vault = Vault(session)
    keystore = vault.keystore
    before = keystore.reader()
    if keystore.unfinished() and not before.announced:
        made = before
    else:
        keystore.identity(before)
        made = _make(vault, hybrid=hybrid, from_wallet=from_wallet, rotation=rotation)
    with session.progress(_("Sealing kept keys to the new one"), 0) as show_done:
        moved, shut = keystore.rewrap(lambda done, _total: show_done(done))
    destroyed: list[int] = []
    if destroy_older:
        session.confirm(_("Destroy the older reader keys? What was granted to them alone can never be opened again."))
        destroyed = [item.number for item in keystore.destroy_older_readers()]
    rows = _rows(vault, made)
    rows += [
        (_("kept keys sealed to it"), moved),
        (_("kept keys that an older key shuts"), shut),
        (_("older keys destroyed"), len(destroyed)),
        (_("next"), _("announce it: tongxin evidence key announce MEMBER")),
    ]
    data = {**_data(made), "moved": moved, "shut": shut, "destroyed": destroyed}
    return Answer(data, fields(_("Reader key changed"), rows))


def show(session: Session) -> Answer:
    """Shows the keys; no passphrase is needed."""
    vault = Vault(session)
    readers = vault.keystore.readers()
    newest = vault.keystore.reader()
    shown = [
        (
            item.number,
            item.key.kind.name.lower(),
            item.wallet or _("passphrase"),
            ", ".join(item.announced) or "-",
            item.recipient,
        )
        for item in readers
    ]
    columns = (_("number"), _("kind"), _("opens by"), _("announced in"), _("recipient"))
    data: dict[str, object] = {
        "folder": str(vault.folder),
        "recipient": newest.recipient,
        "readers": [_data(item) for item in readers],
    }
    return Answer(data, listing(_("Your reader keys; the last is in use"), columns, shown))


def announce(
    session: Session,
    member: Annotated[str, typer.Argument(help=_("your member id"))],
    *,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help=_("take the announced key back; nobody can grant to your member id then"))
    ] = False,
) -> Answer:
    """Announces."""
    vault = Vault(session)
    member_id = session.member_id(member)
    office = session.mutual.office
    if withdraw:
        receipt = session.act(office.announce_key(member_id, 0, bytes(32)))
        return session.done(receipt, _("Reader key withdrawn"), [(_("member id"), member_id)], member_id=member_id)
    reader = vault.keystore.reader()
    key = reader.key
    elsewhere = [place for place in reader.announced if place != vault.here]
    if elsewhere:
        session.note(
            _(
                "this key was announced in {places}: announcing it here shows everybody that both members are you"
            ).format(places=", ".join(elsewhere))
        )
        session.confirm(_("Announce it here too? `evidence key rotate` gives another key."))
    if key.kind is KeyKind.HYBRID:
        vault.put(key.text.encode(), _("Putting the key"))
    now = session.mutual.reader_key(member_id)
    if now is not None and (now.kind, now.public_key) == (int(key.kind), key.public_key):
        vault.keystore.note_announced(reader, vault.here)
        return Answer(
            {"member_id": member_id, "recipient": key.text, "kind": int(key.kind), **NOT_SENT},
            fields(_("This key is announced already"), [(_("recipient"), key.text)]),
        )
    receipt = session.act(office.announce_key(member_id, int(key.kind), key.public_key))
    vault.keystore.note_announced(reader, vault.here)
    rows: list[tuple[str, object]] = [(_("member id"), member_id), (_("recipient"), key.text)]
    return session.done(
        receipt, _("Reader key announced"), rows, member_id=member_id, recipient=key.text, kind=int(key.kind)
    )


def _make(vault: Vault, *, hybrid: bool, from_wallet: bool, rotation: int) -> Reader:
    kind = KeyKind.HYBRID if hybrid else KeyKind.X25519
    if not from_wallet:
        return vault.new_reader(kind)
    session = vault.session
    session.note(
        _(
            "The key will come from a signature of your wallet. Whoever gets the wallet to sign the same text, as a "
            "deceiving page may, reads everything granted to you, now and later; nothing can take that back. If the "
            "wallet is lost, so is the key. A key under a passphrase has neither weakness, but its file must be kept."
        )
    )
    session.confirm(_("Make the key from the wallet's signature?"))
    identity = vault.wallet_key(rotation, kind)
    return vault.keystore.create_from_wallet(
        identity, wallet=session.signer.address, rotation=rotation, mutual=vault.here
    )


def _rows(vault: Vault, reader: Reader) -> list[tuple[str, object]]:
    return [
        (_("recipient"), reader.recipient),
        (_("kind"), reader.key.kind.name.lower()),
        (_("opens by"), reader.wallet or _("passphrase")),
        (_("folder"), vault.folder),
    ]


def _data(reader: Reader) -> dict[str, object]:
    return {
        "number": reader.number,
        "recipient": reader.recipient,
        "kind": int(reader.key.kind),
        "wallet": reader.wallet,
        "rotation": reader.rotation,
        "announced": list(reader.announced),
    }
