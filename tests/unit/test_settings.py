# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import os
from pathlib import Path

import pytest

from tongxin.settings import Settings, SettingsError, load_settings

FUND = "0x" + "11" * 20


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own, and nothing set."""
    for name in list(os.environ):
        if name.startswith("TONGXIN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TONGXIN_HOME", str(tmp_path))
    return tmp_path


def test_arguments_come_before_the_environment_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "settings.toml").write_text(f'lang = "zh"\nchain_id = 5\nmutual = "{FUND}"\n', encoding="utf-8")
    monkeypatch.setenv("TONGXIN_CHAIN_ID", "6")
    assert load_settings() == Settings(home=home, lang="zh", chain_id=6, mutual=FUND)
    assert load_settings(chain_id=7, lang=None).chain_id == 7


def test_several_endpoints_are_parted_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGXIN_RPC", "http://one, http://two http://three")
    assert load_settings().rpc == ("http://one", "http://two", "http://three")


@pytest.mark.parametrize(("name", "text"), [("chain_id", "0"), ("chain_id", "one"), ("mutual", "0x1"), ("lang", "fr")])
def test_an_impossible_value_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TONGXIN_{name.upper()}", text)
    with pytest.raises(SettingsError, match=f"the setting '{name}'"):
        load_settings()


@pytest.mark.parametrize("line", ["password = 'secret'", "home = '/'", "unknown = 1", "no toml"])
def test_a_file_that_holds_what_it_must_not_is_refused(home: Path, line: str) -> None:
    (home / "settings.toml").write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings()


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGXIN_PASSWORD", "correct horse")
    settings = load_settings()
    assert "correct" not in repr(settings)
    assert settings.password is not None
    assert settings.password.get_secret_value() == "correct horse"


def test_the_chain_lies_in_the_home_folder(home: Path) -> None:
    assert load_settings().node_folder == home / "node"
