# SPDX-License-Identifier: AGPL-3.0-only
"""Our endpoints for whatever is written for web3: the same failover, the same check of the chain."""

from __future__ import annotations

from typing import Any, cast

from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from tongxin.chain.endpoints import EndpointError, Endpoints, RequestRefusedError

__all__ = ["EndpointsProvider", "web3_over"]

_NOT_TWICE = ("eth_sendTransaction", "personal_sendTransaction")


class EndpointsProvider(JSONBaseProvider):
    """A web3 provider that asks `Endpoints`."""

    def __init__(self, endpoints: Endpoints) -> None:
        super().__init__()
        self._endpoints = endpoints

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One JSON-RPC call; a refusal is returned as web3 expects it, anything else is raised as `EndpointError`."""
        plain = cast("list[object]", self._plain(params))
        try:
            result = self._endpoints.request(method, *plain, idempotent=method not in _NOT_TWICE)
        except RequestRefusedError as error:
            return {
                "jsonrpc": "2.0",
                "id": 0,
                "error": {"code": error.code, "message": error.reason, "data": cast("Any", error.data)},
            }
        return {"jsonrpc": "2.0", "id": 0, "result": result}

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: FBT001, FBT002 - web3's own signature
        """Whether an endpoint of the chain answers."""
        try:
            self._endpoints.request("web3_clientVersion")
        except EndpointError:
            if show_traceback:
                raise
            return False
        return True

    def _plain(self, params: Any) -> Any:
        """The parameters as plain JSON values; web3 passes its own types."""
        return self.decode_rpc_response(self.encode_rpc_request(RPCEndpoint("plain"), params))["params"]


def web3_over(endpoints: Endpoints) -> Web3:
    """A `Web3` that asks these endpoints."""
    return Web3(EndpointsProvider(endpoints))
