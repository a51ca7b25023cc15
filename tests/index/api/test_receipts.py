# SPDX-License-Identifier: AGPL-3.0-only
"""A receipt from the API is accepted by the check against the chain, which trusts no API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.api.conftest import Indexed
from index.conftest import Lived
from support.cli import Cli
from support.rpc_proxy import lying_endpoint
from tongxin.chain.endpoints import Endpoints
from tongxin.proof.receipt import Receipt
from tongxin.verify import choose_block, verify_receipt

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def urls(lived: Lived) -> Iterator[tuple[str, str]]:
    """Two endpoints of the chain."""
    with lying_endpoint(lived.node.url, lambda _method, _params, result: result) as second:
        yield lived.node.url, second


def test_the_receipt_of_every_kind_of_payment_is_proven(api: Indexed, urls: tuple[str, str]) -> None:
    proven = {}
    with Endpoints(urls) as endpoints:
        now = choose_block(endpoints)
        for mutual in (api.single, api.rounds):
            for payment in api.client.all(f"{mutual}/payments"):
                receipt = Receipt.of_dict(api.client.json(payment["receipt"]))
                assert receipt.transaction == payment["transaction"]
                if receipt.event in proven and mutual == api.rounds:
                    continue
                facts = verify_receipt(endpoints, receipt, None, now)
                proven[receipt.event] = facts
                if facts.amount:
                    assert facts.payee.lower() == payment["party"]
                    assert facts.amount >= int(payment["amount"])
    assert {"Settled", "Paid", "Refunded", "SteppedBack", "PaidOut", "Withdrawn"} <= proven.keys()


def test_the_command_line_verifies_a_receipt_that_was_fetched(
    api: Indexed, urls: tuple[str, str], tmp_path: Path
) -> None:
    payment = next(row for row in api.client.all(f"{api.single}/claims/1/payments") if row["kind"] == "claim")
    path = tmp_path / "receipt.json"
    path.write_bytes(api.client.get(payment["receipt"]).content)
    cli = Cli(tmp_path)
    rpc = ("--rpc", urls[0], "--rpc", urls[1])
    answer = cli.answer("verify", "receipt", path, *rpc)
    assert (answer["ok"], str(answer["amount"])) == (True, payment["amount"])
    raw = json.loads(path.read_text())
    raw["fields"]["paid"] = str(int(raw["fields"]["paid"]) + 1)
    path.write_text(json.dumps(raw))
    assert "does not say what the chain does" in cli.failure("verify", "receipt", path, *rpc)


def test_there_are_receipts_of_the_fund_only(api: Indexed) -> None:
    logs = api.client.all(f"{api.single}/events")
    other = next(row for row in logs if row["contract"] == "Court")
    answer = api.client.get(f"{api.single}/receipts/{other['block']}/{other['log_index']}")
    assert answer.status_code == 404
    assert "receipts are of Funds" in answer.json()["detail"]
    assert api.client.get(f"{api.single}/receipts/0/0").status_code == 404
