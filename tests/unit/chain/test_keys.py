# SPDX-License-Identifier: AGPL-3.0-only
"""Keys from files, the environment and a signing program; what a signer outside returns is checked."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from support.sdk import person
from tongxin.chain.keys import (
    CommandSigner,
    SignerError,
    create_keystore,
    env_signer,
    keystore_signer,
    open_signer,
)
from tongxin.chain.typed_data import Domain, OfficeActs

KEY = "0x" + "42" * 32
OWNER = Account.from_key(KEY).address
TYPED = OfficeActs(Domain("Tongxin Office", "1", 31337, person("office").address)).leave(b"m" * 32, nonce=0, deadline=9)
TRANSACTION = {
    "type": 2,
    "chainId": 31337,
    "nonce": 4,
    "gas": 50_000,
    "value": 0,
    "maxFeePerGas": 7,
    "maxPriorityFeePerGas": 1,
    "data": "0x1234",
    "to": person("payee").address,
}
PROGRAM = """
import json, sys
from eth_account import Account
from eth_account.messages import encode_typed_data

account = Account.from_key("KEY")
request = json.load(sys.stdin)
if request.get("request") == "address":
    answer = {"address": account.address}
elif "transaction" in request:
    numbers = {k: int(v, 16) if k not in ("data", "to") else v for k, v in request["transaction"].items()}
    answer = {"raw": account.sign_transaction(numbers).raw_transaction.hex()}
else:
    message = encode_typed_data(full_message=request["typed_data"])
    answer = {"signature": account.sign_message(message).signature.hex()}
print(json.dumps(answer))
"""


def no_password() -> str:
    raise AssertionError("no password is needed")


def program(folder: Path, text: str = PROGRAM) -> Path:
    path = folder / "signer.py"
    path.write_text(text.replace("KEY", KEY), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key.json"
    create_keystore(path, "correct horse")
    return path


def test_a_keystore_is_made_and_opened(keystore: Path) -> None:
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    signer = open_signer(f"keystore:{keystore}", lambda: "correct horse")
    assert json.loads(keystore.read_text(encoding="utf-8"))["address"].lower() == signer.address[2:].lower()
    assert Account.recover_transaction(signer.sign_transaction(TRANSACTION)) == signer.address
    with pytest.raises(SignerError, match="password does not open"):
        keystore_signer(keystore, lambda: "wrong")
    with pytest.raises(SignerError, match="not overwritten"):
        create_keystore(keystore, "correct horse")


def test_what_is_no_usable_keystore_is_refused(tmp_path: Path, keystore: Path) -> None:
    with pytest.raises(SignerError, match="needs a password"):
        create_keystore(tmp_path / "new.json", "")
    with pytest.raises(SignerError, match="cannot be read"):
        keystore_signer(tmp_path / "missing.json", no_password)
    for text in ("", "[]", "{}", "no JSON"):
        path = tmp_path / "key.json"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        with pytest.raises(SignerError, match="is no keystore"):
            keystore_signer(path, no_password)
    shared = tmp_path / "shared.json"
    shared.write_bytes(keystore.read_bytes())
    shared.chmod(0o644)
    with pytest.raises(SignerError, match="chmod 600"):
        keystore_signer(shared, no_password)


def test_a_key_of_the_environment_is_never_shown() -> None:
    assert env_signer("MY_KEY", {"MY_KEY": KEY}).address == OWNER
    assert env_signer("MY_KEY", {"MY_KEY": f" {KEY[2:]} \n"}).address == OWNER
    with pytest.raises(SignerError, match="MY_KEY is not set"):
        env_signer("MY_KEY", {})
    for wrong in (KEY[:-2], KEY + "00", "0x" + "zz" * 32, "0x" + "00" * 32):
        with pytest.raises(SignerError) as caught:
            env_signer("MY_KEY", {"MY_KEY": wrong})
        assert wrong not in str(caught.value)
        assert caught.value.__cause__ is None
    assert "42424242" not in repr(env_signer("MY_KEY", {"MY_KEY": KEY}))


@pytest.mark.parametrize("spec", ["", KEY, "keystore:", "env:", "command:", "rpc:", "rpc:http://x", "file:/x"])
def test_what_names_no_signer_is_refused_without_repeating_it(spec: str) -> None:
    with pytest.raises(SignerError, match="is named as") as caught:
        open_signer(spec, no_password)
    assert KEY not in str(caught.value)


def test_a_program_signs(tmp_path: Path) -> None:
    signer = open_signer(f"command:{sys.executable} {program(tmp_path)}", no_password)
    assert signer.address == OWNER
    assert Account.recover_transaction(signer.sign_transaction(TRANSACTION)) == OWNER
    message = encode_typed_data(full_message=TYPED.full())
    assert Account.recover_message(message, signature=signer.sign_typed(TYPED)) == OWNER
    creation = {key: item for key, item in TRANSACTION.items() if key != "to"}
    assert Account.recover_transaction(signer.sign_transaction(creation)) == OWNER


@pytest.mark.parametrize(
    "change", [{"nonce": 5}, {"gas": 1}, {"value": 1}, {"data": "0x99"}, {"to": OWNER}, {"chainId": 1}]
)
def test_a_program_that_signs_something_else_is_found_out(tmp_path: Path, change: dict[str, Any]) -> None:
    raw = Account.from_key(KEY).sign_transaction(TRANSACTION | change).raw_transaction.hex()
    signer = CommandSigner([sys.executable, str(program(tmp_path, f"print('{json.dumps({'raw': raw})}')"))], OWNER)
    with pytest.raises(SignerError, match="nothing was sent"):
        signer.sign_transaction(TRANSACTION)


def test_a_program_that_refuses_or_talks_nonsense(tmp_path: Path) -> None:
    other = person("other").address
    account = Account.from_key(KEY)
    signature = account.sign_message(encode_typed_data(full_message=TYPED.full())).signature.hex()
    answer = json.dumps({"raw": account.sign_transaction(TRANSACTION).raw_transaction.hex(), "signature": signature})
    wrong = CommandSigner([sys.executable, str(program(tmp_path, f"print('{answer}')"))], other)
    with pytest.raises(SignerError, match=f"not as {other}"):
        wrong.sign_transaction(TRANSACTION)
    with pytest.raises(SignerError, match=f"not as {other}"):
        wrong.sign_typed(TYPED)
    refusing = [sys.executable, str(program(tmp_path, "import sys; sys.exit('the owner said no')"))]
    with pytest.raises(SignerError, match="the owner said no"):
        CommandSigner(refusing, OWNER).sign_typed(TYPED)
    for text in ("print(1)", "print('no')", "print('{}')"):
        with pytest.raises(SignerError, match="did not answer with JSON"):
            CommandSigner([sys.executable, str(program(tmp_path, text))], OWNER).sign_typed(TYPED)
    nonsense = 'print(\'{"signature": "0x12", "raw": "0x02c0"}\')'
    odd = CommandSigner([sys.executable, str(program(tmp_path, nonsense))], OWNER)
    with pytest.raises(SignerError, match="no signature"):
        odd.sign_typed(TYPED)
    with pytest.raises(SignerError, match="no EIP-1559 transaction"):
        odd.sign_transaction(TRANSACTION)
    with pytest.raises(SignerError, match="did not answer"):
        CommandSigner([str(tmp_path / "missing")], OWNER).sign_typed(TYPED)


def test_a_keystore_that_others_cannot_read_stays_so(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_keystore(tmp_path / "deep" / "key.json", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "key.json").stat().st_mode) == 0o600
