# SPDX-License-Identifier: AGPL-3.0-only
"""Who signs: a key in an encrypted keystore file, in an environment variable, or with a signer outside this process.

A key is never taken from a command-line argument, where other users of the machine and the shell's history see it.
`open_signer` understands:

| text | signer |
|---|---|
| `keystore:PATH` | an encrypted keystore file (Web3 Secret Storage, as written by geth and clef) |
| `env:NAME` | the environment variable NAME holds the private key in hex |
| `command:PROGRAM ARGUMENTS` | a program of yours signs; see `CommandSigner` |
| `rpc:ADDRESS@URL` | the account ADDRESS of a node or a signing server at URL |

`eth_account` is imported where somebody signs, not before: it brings the tables of a pairing curve, which take half a
second that reading the chain does not need.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from hexbytes import HexBytes

from tongxin.chain.endpoints import EndpointError, Endpoints
from tongxin.chain.primitives import AddressError, checksum, from_hex
from tongxin.chain.typed_data import TypedData
from tongxin.errors import TongxinError

if TYPE_CHECKING:
    from eth_account import Account
    from eth_account.signers.local import LocalAccount

__all__ = [
    "CommandSigner",
    "KeySigner",
    "RpcSigner",
    "Signer",
    "SignerError",
    "create_keystore",
    "env_signer",
    "keystore_signer",
    "open_signer",
    "signed_fields",
    "signer_of",
]

COMMAND_SECONDS: Final = 300.0
"""How long a signing program may take; a person may have to press a button."""

_SIGNED_NUMBERS: Final = ("chainId", "nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas")

Transaction = Mapping[str, Any]
"""An EIP-1559 transaction: integers for numbers, `to` a checksum address or absent, `data` as 0x-hex."""


class SignerError(TongxinError):
    """There is no usable key, or the signer outside refused."""


class Signer(Protocol):
    """An account that can sign; `address` is its checksum address."""

    @property
    def address(self) -> str:
        """Checksum address of the account."""

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The signed raw transaction.

        Raises:
            SignerError: The signer refused or returned something else.
        """

    def sign_typed(self, typed: TypedData) -> bytes:
        """The 65 bytes r, s, v over an EIP-712 message.

        Raises:
            SignerError: The signer refused or returned something else.
        """


class KeySigner:
    """Signs with a key held in this process's memory; `repr` never shows it."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    @property
    def address(self) -> str:
        """Checksum address of the account."""
        return str(self._account.address)

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The signed raw transaction."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_typed(self, typed: TypedData) -> bytes:
        """The 65 bytes r, s, v over an EIP-712 message."""
        return bytes(self._account.sign_message(typed.signable()).signature)


def env_signer(name: str, environ: Mapping[str, str] | None = None) -> KeySigner:
    """The key that an environment variable holds, as 64 hex digits.

    Raises:
        SignerError: The variable is not set, or holds no key; its content is never shown.
    """
    text = (os.environ if environ is None else environ).get(name, "").strip()
    if not text:
        raise SignerError(
            f"the environment variable {name} is not set; put the private key in it, or use a keystore file"
        )
    try:
        return KeySigner(_accounts().from_key(text))
    except Exception:  # noqa: BLE001 - several kinds, and none may carry the key into a message
        raise SignerError(f"the environment variable {name} holds no private key (64 hex digits)") from None


def keystore_signer(path: Path, password: Callable[[], str]) -> KeySigner:
    """The key of an encrypted keystore file.

    Args:
        path: The file.
        password: Asked once, when the file is readable.

    Raises:
        SignerError: The file is missing, open to others, no keystore, or the password is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise SignerError(f"the keystore {path} cannot be read: {error}") from error
    if mode & 0o077:
        raise SignerError(f"the keystore {path} can be read by others (mode {mode:o}); run: chmod 600 {path}")
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or "crypto" not in {key.lower() for key in content}:
            raise ValueError("no `crypto` part")
    except ValueError as error:
        raise SignerError(f"{path} is no keystore file: {error}") from error
    try:
        return KeySigner(_accounts().from_key(_accounts().decrypt(content, password())))
    except ValueError as error:
        raise SignerError(f"the password does not open the keystore {path}") from error
    except (KeyError, TypeError, NotImplementedError) as error:
        raise SignerError(f"{path} is no keystore file of a known form: {error}") from error


def create_keystore(path: Path, password: str) -> str:
    """Makes a new key and writes it encrypted, readable by its owner only; returns its address.

    Raises:
        SignerError: The file exists (nothing is overwritten) or cannot be written, or the password is empty.
    """
    if not password:
        raise SignerError("a keystore needs a password")
    account = _accounts().create()
    content = json.dumps(account.encrypt(password))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SignerError(f"{path} exists and is not overwritten; choose another name") from None
    except OSError as error:
        raise SignerError(f"{path} cannot be written: {error}") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return str(account.address)


class CommandSigner:
    """A program signs: a hardware wallet's tool, an agent, a script in front of a vault.

    It is started anew for each signature, without a shell, and given one JSON object on standard input:
    `{"address": ..., "transaction": {...}}` with hex quantities, to be answered by `{"raw": "0x..."}`, or
    `{"address": ..., "typed_data": {...}}` (EIP-712), to be answered by `{"signature": "0x..."}`. Exit code 0, or
    it refused and what it wrote to standard error is the reason.

    Args:
        command: The program and its arguments.
        address: The account it signs for; if None the program is asked with `{"request": "address"}`, to be answered
            by `{"address": "0x..."}`.
    """

    def __init__(self, command: Sequence[str], address: str | None = None) -> None:
        self._command = list(command)
        if address is None:
            address = self._ask({"request": "address"}, "address")
        self._address = _address(address, "the signing program")

    @property
    def address(self) -> str:
        """Checksum address of the account."""
        return self._address

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The signed raw transaction."""
        answer = self._ask({"address": self.address, "transaction": _quantities(transaction)}, "raw")
        return _checked_raw(_bytes(answer, "the signing program"), transaction, self.address)

    def sign_typed(self, typed: TypedData) -> bytes:
        """The 65 bytes r, s, v over an EIP-712 message."""
        answer = self._ask({"address": self.address, "typed_data": typed.full()}, "signature")
        return _checked_signature(_bytes(answer, "the signing program"), typed, self.address)

    def _ask(self, request: dict[str, object], field: str) -> str:
        program = self._command[0] if self._command else ""
        try:
            done = subprocess.run(
                self._command,
                input=json.dumps(request, default=_hex_bytes),
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, IndexError, subprocess.TimeoutExpired) as error:
            raise SignerError(f"the signing program '{program}' did not answer: {error}") from error
        if done.returncode:
            raise SignerError(f"the signing program '{program}' refused: {done.stderr.strip() or done.returncode}")
        try:
            answer = json.loads(done.stdout)[field]
        except (ValueError, KeyError, TypeError) as error:
            raise SignerError(f"the signing program '{program}' did not answer with JSON holding '{field}'") from error
        return str(answer)


class RpcSigner:
    """An account kept by a node or a signing server: `eth_signTransaction` and `eth_signTypedData_v4`.

    Args:
        url: Where the signer answers JSON-RPC; it may be the node itself.
        address: The account.
        timeout: Seconds; a person may have to confirm.
    """

    def __init__(self, url: str, address: str, timeout: float = COMMAND_SECONDS) -> None:
        self._address = _address(address, "rpc:")
        self._endpoints = Endpoints(url, timeout=timeout, rounds=1)

    @property
    def address(self) -> str:
        """Checksum address of the account."""
        return self._address

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The signed raw transaction."""
        answer = self._ask("eth_signTransaction", _quantities(transaction) | {"from": self.address})
        raw = answer.get("raw") if isinstance(answer, dict) else answer
        return _checked_raw(_bytes(raw, "the signer"), transaction, self.address)

    def sign_typed(self, typed: TypedData) -> bytes:
        """The 65 bytes r, s, v over an EIP-712 message."""
        message = json.loads(json.dumps(typed.full(), default=_hex_bytes))
        answer = self._ask("eth_signTypedData_v4", self.address, message)
        return _checked_signature(_bytes(answer, "the signer"), typed, self.address)

    def _ask(self, method: str, *params: object) -> Any:
        try:
            return self._endpoints.request(method, *params)
        except EndpointError as error:
            raise SignerError(f"the signer of {self.address} did not sign: {error}") from error


def open_signer(spec: str, password: Callable[[], str]) -> Signer:
    """The signer that a text names (see the table above).

    Args:
        spec: As in `keystore:/home/ana/key.json`.
        password: How to ask for a keystore's password.

    Raises:
        SignerError: The text names none, or it cannot be opened.
    """
    kind, _, rest = spec.partition(":")
    if rest and kind == "keystore":
        return keystore_signer(Path(rest).expanduser(), password)
    if rest and kind == "env":
        return env_signer(rest)
    if rest and kind == "command":
        return CommandSigner(shlex.split(rest))
    if kind == "rpc" and "@" in rest:
        address, _, url = rest.partition("@")
        return RpcSigner(url, address)
    raise SignerError(
        "a signer is named as keystore:PATH, env:NAME, command:PROGRAM or rpc:ADDRESS@URL; "
        "a private key itself is never written there"
    )


def signed_fields(raw: bytes) -> dict[str, Any]:
    """The fields of a signed EIP-1559 transaction."""
    from eth_account.typed_transactions.typed_transaction import TypedTransaction  # noqa: PLC0415 - see above

    return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())


def signer_of(typed: TypedData, signature: bytes) -> str:
    """Checksum address of the account whose signature over an EIP-712 message it is.

    Raises:
        SignerError: It is nobody's.
    """
    try:
        return str(_accounts().recover_message(typed.signable(), signature=signature))
    except Exception as error:  # the library raises many kinds
        raise SignerError("these bytes are no account's signature over this message") from error


def _accounts() -> type[Account]:
    from eth_account import Account  # noqa: PLC0415 - see above

    return Account


def _address(text: object, source: str) -> str:
    try:
        return checksum(str(text))
    except AddressError as error:
        raise SignerError(f"{source} names no account: {error}") from error


def _bytes(text: object, source: str) -> bytes:
    try:
        return from_hex(str(text))
    except ValueError as error:
        raise SignerError(f"{source} returned no hex bytes") from error


def _hex_bytes(item: object) -> str:
    if isinstance(item, bytes):
        return "0x" + item.hex()
    raise TypeError(f"{type(item).__name__} cannot be written as JSON")


def _quantities(transaction: Transaction) -> dict[str, str]:
    return {
        key: hex(item) if isinstance(item, int) else str(item) for key, item in transaction.items() if item is not None
    }


def _checked_raw(raw: bytes, transaction: Transaction, address: str) -> bytes:
    """What an outside signer returned, if it is what it was asked to sign."""
    try:
        signed = signed_fields(raw)
        sender = _accounts().recover_transaction(raw)
    except Exception as error:  # the parser raises many kinds
        raise SignerError(f"the signer returned no EIP-1559 transaction of {address}; nothing was sent") from error
    if sender != address:
        raise SignerError(f"the signer signed as {sender}, not as {address}; nothing was sent")
    wanted = {key: transaction[key] for key in _SIGNED_NUMBERS}
    same = wanted == {key: signed[key] for key in _SIGNED_NUMBERS}
    same = same and bytes(signed["data"]) == _bytes(transaction["data"], "the call")
    if not same or bytes(signed["to"]) != _bytes(transaction.get("to") or "0x", "the call"):
        raise SignerError("the signer changed the transaction that it was asked to sign; nothing was sent")
    return raw


def _checked_signature(signature: bytes, typed: TypedData, address: str) -> bytes:
    """What an outside signer returned, if it is the account's signature over the message."""
    try:
        signer = signer_of(typed, signature)
    except SignerError as error:
        raise SignerError(f"the signer returned no signature of {address}") from error
    if signer != address:
        raise SignerError(f"the signer signed as {signer}, not as {address}")
    return signature
