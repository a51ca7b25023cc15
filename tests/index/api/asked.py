# SPDX-License-Identifier: AGPL-3.0-only
"""Every address that the API's own description names, filled with things that exist."""

from __future__ import annotations

from typing import Any

from index.api.conftest import Client


def things(client: Client, mutual: str) -> dict[str, Any]:
    """Values for the parameters of addresses, of one mutual."""
    payment = client.json(f"{mutual}/payments?limit=1")["items"][0]
    claims = client.all(f"{mutual}/claims")
    rounds = client.all(f"{mutual}/rounds")
    return {
        "fund": mutual.rsplit("/", 1)[1],
        "member_id": claims[0]["member_id"],
        "claim": claims[0]["claim"],
        "panel": claims[0]["panel"],
        "round_number": rounds[0]["round"] if rounds else 1,
        "version": 1,
        "proposal": 1,
        "block": payment["block"],
        "log_index": payment["log_index"],
    }


def addresses(client: Client, mutual: str) -> dict[str, str]:
    """The addresses of a mutual by their form."""
    filled = things(client, mutual)
    return {path: path.format(**filled) for path in client.json("/openapi.json")["paths"]}


def lists(client: Client, mutual: str) -> dict[str, str]:
    """Those that are lists."""
    paths = client.json("/openapi.json")["paths"]
    is_list = {path for path, item in paths.items() if "text/csv" in item["get"]["responses"]["200"]["content"]}
    return {path: url for path, url in addresses(client, mutual).items() if path in is_list}
