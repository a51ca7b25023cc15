# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account import Account

from tongxin.chain.keys import KeySigner
from tongxin.chain.typed_data import TypedData, fund_domain
from tongxin.evidence import keystore as module
from tongxin.evidence.given import Given
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.keystore import Keystore, KeystoreError, NoReaderKeyError, Reader, Seat
from tongxin.evidence.wallet_key import WalletKeyError, wallet_identity

pytestmark = pytest.mark.usefixtures("light_scrypt")

DOCUMENT = bytes.fromhex("11" * 32)
WORDS = "correct horse"
OTHER = bytes.fromhex("22" * 32)
SEAT = Seat(31337, "0x" + "ab" * 20, 8, 2)
DOMAIN = fund_domain(31337, "0x" + "11" * 20)


def never() -> str:
    raise AssertionError("nothing has to be opened here")


def opening(folder: Path, words: str = WORDS) -> Keystore:
    return Keystore(folder, lambda: words)


@pytest.fixture
def made(tmp_path: Path, light_scrypt: None) -> Path:  # noqa: ARG001 - asked for its effect
    """A keystore with one reader key."""
    folder = tmp_path / "made" / "evidence"
    opening(folder).create(KeyKind.X25519, WORDS)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A keystore with one reader key under the passphrase `correct horse`."""
    return shutil.copytree(made, tmp_path / "evidence")


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_keys_are_kept_without_the_passphrase_and_opened_with_it(folder: Path) -> None:
    document, seat = Identity.generate(KeyKind.X25519), Identity.generate(KeyKind.HYBRID)
    silent = Keystore(folder, never)
    silent.keep_document(DOCUMENT, document)
    silent.keep_seat(SEAT, seat)
    assert (silent.documents(), silent.seats()) == ((DOCUMENT,), (SEAT,))
    assert silent.document(OTHER) is None
    keys = opening(folder)
    assert (keys.document(DOCUMENT), keys.seat(SEAT)) == (document, seat)
    assert keys.identity(keys.reader()).recipient == keys.reader().key


def test_no_file_holds_a_secret_in_plain_text_and_only_the_owner_can_read_them(folder: Path) -> None:
    key = Identity.generate(KeyKind.X25519)
    keys = opening(folder)
    keys.keep_document(DOCUMENT, key)
    own = keys.identity(keys.reader())
    for path, content in files(folder).items():
        assert b"SECRET-KEY" not in content
        assert key.secret not in content
        assert own.secret not in content
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "documents").stat().st_mode) == 0o700
    assert key.text not in repr(keys.document(DOCUMENT))


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(folder: Path) -> None:
    opening(folder).keep_document(DOCUMENT, Identity.generate(KeyKind.X25519))
    before = files(folder)
    wrong = opening(folder, "battery staple")
    with pytest.raises(KeystoreError, match="does not open") as caught:
        wrong.document(DOCUMENT)
    assert "battery" not in str(caught.value)
    assert files(folder) == before


def test_an_empty_passphrase_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="needs a passphrase"):
        opening(tmp_path / "evidence").create(KeyKind.X25519, "")
    assert not (tmp_path / "evidence").exists()


def test_without_a_reader_key_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(NoReaderKeyError, match="evidence key new"):
        opening(tmp_path / "evidence").keep_document(DOCUMENT, Identity.generate(KeyKind.X25519))


def test_a_key_that_was_damaged_or_exchanged_is_refused(folder: Path) -> None:
    keys = opening(folder)
    keys.keep_document(DOCUMENT, Identity.generate(KeyKind.X25519))
    (entry,) = (folder / "documents").iterdir()
    entry.write_bytes(entry.read_bytes()[:-1])
    with pytest.raises(KeystoreError, match="damaged"):
        opening(folder).document(DOCUMENT)
    (folder / "reader-1.json").write_text("{", encoding="utf-8")
    with pytest.raises(KeystoreError, match="damaged"):
        opening(folder).readers()


def test_another_persons_key_in_the_place_of_ones_own_is_found(folder: Path, tmp_path: Path) -> None:
    opening(tmp_path / "other").create(KeyKind.X25519, WORDS)
    (folder / "reader-1.age").write_bytes((tmp_path / "other" / "reader-1.age").read_bytes())
    keys = opening(folder)
    with pytest.raises(KeystoreError, match="another file or wallet"):
        keys.identity(keys.reader())


def test_rotation_seals_all_keys_anew_and_keeps_the_older_key_for_reading(folder: Path) -> None:
    keys = opening(folder)
    document, seat = Identity.generate(KeyKind.X25519), Identity.generate(KeyKind.X25519)
    keys.keep_document(DOCUMENT, document)
    keys.keep_seat(SEAT, seat)
    first = keys.reader()
    second = keys.create(KeyKind.HYBRID, WORDS)
    with pytest.raises(KeystoreError, match="still sealed"):
        keys.destroy_older_readers()
    assert keys.unfinished()
    assert keys.rewrap() == (2, 0)
    assert keys.rewrap() == (0, 0)
    assert not keys.unfinished()
    assert [item.number for item in keys.readers()] == [1, 2]
    assert opening(folder).identity(first).recipient == first.key
    assert keys.destroy_older_readers() == (first,)
    after = opening(folder)
    assert (after.readers(), after.document(DOCUMENT), after.seat(SEAT)) == ((second,), document, seat)
    assert not (folder / "reader-1.age").exists()


def test_a_rotation_that_was_interrupted_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = opening(folder)
    kept = {digest: Identity.generate(KeyKind.X25519) for digest in (DOCUMENT, OTHER)}
    for digest, key in kept.items():
        keys.keep_document(digest, key)
    keys.create(KeyKind.X25519, WORDS)

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "destroy_file", killed)
        with pytest.raises(KeyboardInterrupt):
            keys.rewrap()
    assert len(list((folder / "documents").iterdir())) == 3
    again = opening(folder)
    assert {digest: again.document(digest) for digest in kept} == kept
    assert again.rewrap() == (2, 0)
    assert {path.name.split(".")[1] for path in (folder / "documents").iterdir()} == {"2"}
    assert {digest: again.document(digest) for digest in kept} == kept


def test_a_lost_passphrase_leaves_a_new_key_usable_beside_the_old(folder: Path) -> None:
    opening(folder).keep_document(DOCUMENT, Identity.generate(KeyKind.X25519))
    keys = opening(folder, "a new one")
    keys.create(KeyKind.X25519, "a new one")
    keys.keep_document(OTHER, Identity.generate(KeyKind.X25519))
    assert keys.document(OTHER) is not None
    with pytest.raises(KeystoreError, match="does not open"):
        keys.document(DOCUMENT)
    assert keys.rewrap() == (0, 1)
    assert opening(folder).document(DOCUMENT) is not None


def test_a_destroyed_key_was_overwritten_before_its_file_went(folder: Path, tmp_path: Path) -> None:
    keys = opening(folder)
    keys.keep_document(DOCUMENT, Identity.generate(KeyKind.X25519))
    (entry,) = (folder / "documents").iterdir()
    second_name = tmp_path / "second-name"
    os.link(entry, second_name)
    size = entry.stat().st_size
    assert keys.destroy_document(DOCUMENT)
    assert not entry.exists()
    assert second_name.read_bytes() == bytes(size)
    assert not keys.destroy_document(DOCUMENT)
    assert keys.document(DOCUMENT) is None


def test_a_key_that_cannot_be_destroyed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="cannot be destroyed"):
        module.destroy_file(tmp_path / "none")


def test_where_a_key_was_announced_is_noted_once(folder: Path) -> None:
    keys = Keystore(folder, never)
    for _time in range(2):
        keys.note_announced(keys.reader(), "31337:0x" + "ab" * 20)
    assert keys.reader().announced == ("31337:0x" + "ab" * 20,)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_wallet_gives_the_same_key_again_and_another_for_each_rotation_and_mutual(kind: KeyKind) -> None:
    signer = KeySigner(Account.create())
    key = wallet_identity(signer, DOMAIN, 1, kind)
    assert wallet_identity(signer, DOMAIN, 1, kind) == key
    elsewhere = fund_domain(31337, "0x" + "22" * 20)
    others = {wallet_identity(signer, DOMAIN, 2, kind), wallet_identity(signer, elsewhere, 1, kind)}
    assert len({key, *others, wallet_identity(KeySigner(Account.create()), DOMAIN, 1, kind)}) == 4


def test_a_wallet_that_signs_differently_each_time_is_refused() -> None:
    class Fickle(KeySigner):
        def sign_typed(self, typed: TypedData) -> bytes:
            assert typed.primary_type == "ReaderKey"
            return os.urandom(65)

    with pytest.raises(WalletKeyError, match="differently each time"):
        wallet_identity(Fickle(Account.create()), DOMAIN, 1, KeyKind.X25519)


def test_a_key_from_a_wallet_is_asked_for_again_and_leaves_no_secret_on_the_disk(tmp_path: Path) -> None:
    signer = KeySigner(Account.create())
    asked: list[Reader] = []

    def sign(reader: Reader) -> Identity:
        asked.append(reader)
        return wallet_identity(signer, DOMAIN, reader.rotation, reader.key.kind)

    identity = wallet_identity(signer, DOMAIN, 1, KeyKind.X25519)
    made: Callable[[], Keystore] = lambda: Keystore(tmp_path / "evidence", never, sign)  # noqa: E731
    made().create_from_wallet(identity, wallet=signer.address, rotation=1, mutual="31337:0x")
    with pytest.raises(KeystoreError, match="higher rotation"):
        made().create_from_wallet(identity, wallet=signer.address, rotation=1, mutual="31337:0x")
    key = Identity.generate(KeyKind.X25519)
    made().keep_document(DOCUMENT, key)
    assert not asked
    keys = made()
    assert keys.document(DOCUMENT) == keys.document(DOCUMENT) == key
    assert [item.rotation for item in asked] == [1]
    assert [path.name for path in sorted((tmp_path / "evidence").glob("reader*"))] == ["reader-1.json"]
    with pytest.raises(KeystoreError, match="needs the signature"):
        Keystore(tmp_path / "evidence", never).document(DOCUMENT)


def test_a_wrapped_key_is_made_once_and_destroyed_with_its_folder(tmp_path: Path) -> None:
    given = Given(tmp_path / "given")
    key, reader = Identity.generate(KeyKind.X25519), Identity.generate(KeyKind.X25519).recipient
    made = given.grant(DOCUMENT, key, reader)
    assert Given(tmp_path / "given").grant(DOCUMENT, key, reader) == made
    assert given.of(DOCUMENT) == {reader.digest: made}
    assert given.of(OTHER) == {}
    assert given.destroy(DOCUMENT, reader.digest)
    assert not given.destroy(DOCUMENT, reader.digest)
    assert list((tmp_path / "given").iterdir()) == []
