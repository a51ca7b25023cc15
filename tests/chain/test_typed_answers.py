# SPDX-License-Identifier: AGPL-3.0-only
"""Answers decoded straight into types: the same failover and the same refusals as plain ones."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from support.rpc_proxy import REFUSED, lying_endpoint
from tongxin.chain.endpoints import Endpoints, NoEndpointError, RequestRefusedError
from tongxin.chain.node import EmbeddedNode


class Block(msgspec.Struct):
    number: str
    hash: str


def test_an_answer_is_decoded_into_its_type(node: EmbeddedNode) -> None:
    with Endpoints(node.url) as endpoints:
        block = endpoints.request_as(Block, "eth_getBlockByNumber", "0x0", False)
        assert block is not None
        assert (block.number, block.hash) == ("0x0", endpoints.request("eth_getBlockByNumber", "0x0", False)["hash"])
        assert endpoints.request_as(Block, "eth_getBlockByNumber", "0xffffff", False) is None


def test_many_answers_come_in_order_and_a_refused_one_is_returned(node: EmbeddedNode) -> None:
    def lie(_method: str, params: list[Any], result: Any) -> Any:
        return REFUSED if params[:1] == ["0x7"] else result

    asked = [("eth_getBlockByNumber", [number, False]) for number in ("0x0", "0x7", "0xffffff")]
    with lying_endpoint(node.url, lie) as url, Endpoints(url) as endpoints:
        block, refused, nothing = endpoints.batch_as(Block, asked)
        assert isinstance(block, Block)
        assert isinstance(refused, RequestRefusedError)
        assert nothing is None
        with pytest.raises(RequestRefusedError, match="missing trie node"):
            endpoints.request_as(Block, *asked[1][:1], *asked[1][1])


def test_an_answer_of_another_form_is_none(node: EmbeddedNode) -> None:
    def lie(method: str, _params: list[Any], result: Any) -> Any:
        return ["no block"] if method == "eth_getBlockByNumber" else result

    with lying_endpoint(node.url, lie) as url:
        with Endpoints(url, rounds=1) as endpoints, pytest.raises(NoEndpointError, match="another form"):
            endpoints.request_as(Block, "eth_getBlockByNumber", "0x0", False)
        with Endpoints([url, node.url]) as endpoints:
            assert endpoints.request_as(Block, "eth_getBlockByNumber", "0x0", False) is not None
