# SPDX-License-Identifier: AGPL-3.0-only
"""Proofs and the audit against a production client: real state roots, real receipts, two nodes that agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from support.rpc_proxy import lying_endpoint
from support.sdk import CHARTERS, COIN, changed, person
from support.testnet import production_nodes
from tongxin import audit
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_factory, deploy_stablecoin, found
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import dev_accounts
from tongxin.chain.structs import Attestation
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender
from tongxin.chain.typed_data import attestation
from tongxin.charter import encode, load_charter
from tongxin.proof.errors import ProofError
from tongxin.proof.receipt import Receipt
from tongxin.verify import choose_block, membership, open_mutual, verify_receipt


def test_a_membership_a_receipt_and_an_audit_are_proven_by_production_nodes(tmp_path: Path) -> None:
    with production_nodes(tmp_path) as chain:
        urls = [peer.url for peer in chain.peers]
        with Endpoints(urls) as endpoints, Journal(tmp_path / "sent.sqlite") as journal:
            founder = Sender(endpoints, KeySigner(dev_accounts(1)[0]), journal)
            attestor = person("attestor")
            coin = StableCoin(endpoints, deploy_stablecoin(founder, "Test Dollar", "TSC"))
            rules = changed(load_charter(CHARTERS / "example-immediate.yaml"), {}).with_parties(
                token=coin.address,
                steward=person("steward").address,
                attestors=(attestor.address,),
                remainder=person("remainder").address,
            )
            listing = found(founder, deploy_factory(founder), encode(rules, coin.decimals()))
            mutual = Mutual.at(endpoints, listing.fund)
            founder.send(coin.mint(founder.address, 10_000 * COIN))
            now = mutual.head().timestamp
            item = Attestation(keccak(b"fay"), founder.address, 0, now - 60, now + 86_400)
            signatures = [attestor.sign_typed(attestation(mutual.attestation_domain, item))]
            joined = mutual.join(founder, item, signatures, mutual.runway_tick(500))

            agreement = choose_block(endpoints)
            assert len(agreement.shown_by) == 2
            with open_mutual(endpoints, listing.fund, agreement) as proven:
                facts = membership(proven, item.member_id)
            assert facts.in_force
            assert facts.balance == mutual.fund.balance_of(item.member_id) > 0
            block = endpoints.request("eth_getBlockByNumber", hex(joined.log.block), False)["hash"]
            receipt = Receipt.of_event(endpoints.chain_id, bytes.fromhex(block[2:]), joined)
            assert verify_receipt(endpoints, receipt, None, agreement).receipt == receipt

        report = audit.run(urls, listing.fund, proofs=True)
        assert report.ok, [check for check in report.checks if not check.ok]
        assert report.proven_words > 60

        def lie(method: str, _params: object, result: object) -> object:
            if method == "eth_getProof" and isinstance(result, dict):
                return result | {
                    "storageProof": [part | {"proof": part["proof"][:1]} for part in result["storageProof"]]
                }
            return result

        with lying_endpoint(urls[0], lie) as one, lying_endpoint(urls[1], lie) as other, pytest.raises(ProofError):
            audit.run([one, other], listing.fund, proofs=True)
