# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import secrets
from collections.abc import Iterator

import boto3
import pytest

from support.store_servers import access_keys, moto_server
from tongxin.evidence.stores import Limits

HASTY = Limits(
    connect_seconds=1, silence_seconds=0.5, search_seconds=0.4, least_rate=100_000, grace_seconds=1, deadline_seconds=2
)
"""For servers that hang on purpose."""


@pytest.fixture
def hasty() -> Limits:
    return HASTY


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Keys of this test alone, where boto3 looks first; no others are looked for."""
    access, secret = access_keys()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return access, secret


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(moto: str, keys: tuple[str, str]) -> str:
    """A bucket of this test alone, as the address of a store."""
    name = f"evidence-{secrets.token_hex(6)}"
    boto3.Session(*keys).client("s3", region_name="us-east-1", endpoint_url=moto).create_bucket(Bucket=name)
    return f"s3://{name}/a/b?endpoint={moto}"
