# SPDX-License-Identifier: AGPL-3.0-only
"""Every setting of the client, in one place.

A setting is taken from the command line, else from the environment (`TONGXIN_` and its name in capitals), else from
`settings.toml` in the home folder, else from its default. Keys and passwords are never settings of a file or of the
command line: see `signer` and `password`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tongxin.chain.standing import CONFIRMATIONS, FINALITY
from tongxin.errors import TongxinError

__all__ = ["PRIVATE_KEY_VARIABLE", "Language", "Settings", "SettingsError", "load_settings"]

PRIVATE_KEY_VARIABLE = "TONGXIN_PRIVATE_KEY"
"""The environment variable that may hold a private key, when no keystore and no other signer is named."""

Language = Literal["zh", "en"]

_NOT_IN_A_FILE = ("home", "password")


class SettingsError(TongxinError):
    """A setting has a value it can't have, or the settings file can't be read."""


def _split(value: object) -> object:
    """Several endpoints in one environment variable are parted by commas or spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _split_at_commas(value: object) -> object:
    """Several stores in one environment variable are parted by commas; a folder's name may hold spaces."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


class Settings(BaseSettings):
    """What the client was told.

    Attributes:
        home: The folder for the local chain, journals, votes' salts and the attestor's keys.
        rpc: Endpoints of the chain in order of preference; none means the local node, when one runs in `home`.
        chain_id: The chain that is meant; without it the first endpoint that answers decides.
        mutual: The address of the mutual's Fund.
        signer: keystore:PATH, env:NAME, command:PROGRAM or rpc:ADDRESS@URL; never a key itself.
        password: The keystore's password, from the environment only.
        password_file: A file whose first line is the keystore's password.
        stores: Where sealed evidence lies, as `open_store` names them; none means the folder `store` in `home`.
        confirmations: Blocks upon a block after which it is called confirmed.
        finality: Blocks upon a block after which it is called final, where no endpoint names its finalized block.
        database: The index, as in postgresql://user@host/name; by default `index.sqlite` in `home`.
        lang: Language of the texts; by default that of the environment's locale.
    """

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("tongxin"))
    rpc: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = ()
    chain_id: Annotated[int, Field(gt=0)] | None = None
    mutual: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")] | None = None
    signer: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    stores: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)] = ()
    confirmations: Annotated[int, Field(ge=0)] = CONFIRMATIONS
    finality: Annotated[int, Field(ge=0)] = FINALITY
    database: str | None = None
    lang: Language | None = None

    @property
    def node_folder(self) -> Path:
        """Where the embedded node keeps its chain."""
        return self.home / "node"

    @property
    def evidence_folder(self) -> Path:
        """Where one's own keys and the keys given to others are kept."""
        return self.home / "evidence"

    @property
    def store_urls(self) -> tuple[str, ...]:
        """The stores of sealed evidence."""
        return self.stores or (f"folder:{self.home / 'store'}",)


def load_settings(**given: Any) -> Settings:
    """The settings, with those given (the command line's; None means not given) before all others.

    Raises:
        SettingsError: A value is impossible, or the settings file is damaged or holds what it must not.
    """
    overrides = {name: item for name, item in given.items() if item is not None}
    try:
        home = Settings(**overrides).home
        listed = _read_file(home / "settings.toml")
        from_file = {name: item for name, item in listed.items() if f"TONGXIN_{name.upper()}" not in os.environ}
        return Settings(**{**from_file, **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][:1])
        raise SettingsError(f"the setting '{name}' cannot be {first['input']!r}: {first['msg']}") from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    for name in _NOT_IN_A_FILE:
        if name in listed:
            raise SettingsError(f"{path} must not hold '{name}'; use the environment variable TONGXIN_{name.upper()}")
    return listed
