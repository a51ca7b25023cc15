# SPDX-License-Identifier: AGPL-3.0-only
"""The token a mutual counts in: any ERC-20, with EIP-2612 and EIP-3009 where it has them."""

from __future__ import annotations

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import Authorization, split_signature

__all__ = ["StableCoin", "Token"]


class Token(Contract):
    """An ERC-20 token; amounts in its smallest unit."""

    artifact = "StableCoin"

    def name(self, block: Block = LATEST) -> str:
        """Its name."""
        return str(self._read("name", block=block))

    def symbol(self, block: Block = LATEST) -> str:
        """Its symbol."""
        return str(self._read("symbol", block=block))

    def decimals(self, block: Block = LATEST) -> int:
        """Places after the point of one whole token."""
        return int(self._read("decimals", block=block))

    def total_supply(self, block: Block = LATEST) -> int:
        """All tokens there are."""
        return int(self._read("totalSupply", block=block))

    def balance_of(self, owner: str, block: Block = LATEST) -> int:
        """What an account holds."""
        return int(self._read("balanceOf", owner, block=block))

    def allowance(self, owner: str, spender: str, block: Block = LATEST) -> int:
        """What `spender` may take from `owner`."""
        return int(self._read("allowance", owner, spender, block=block))

    def transfer(self, to: str, amount: int) -> Action:
        """Sends tokens."""
        return self._act("transfer", to, amount)

    def transfer_from(self, owner: str, to: str, amount: int) -> Action:
        """Sends tokens out of an allowance."""
        return self._act("transferFrom", owner, to, amount)

    def approve(self, spender: str, amount: int) -> Action:
        """Lets `spender` take up to `amount`."""
        return self._act("approve", spender, amount)

    # -- EIP-2612

    def nonces(self, owner: str, block: Block = LATEST) -> int:
        """The nonce of an account's next permit (EIP-2612)."""
        return int(self._read("nonces", owner, block=block))

    def domain_separator(self, block: Block = LATEST) -> bytes:
        """The hash of the token's EIP-712 domain."""
        return bytes(self._read("DOMAIN_SEPARATOR", block=block))

    def permit(self, owner: str, spender: str, amount: int, deadline: int, signature: bytes) -> Action:
        """Sets an allowance by the owner's signature (EIP-2612)."""
        return self._act("permit", owner, spender, amount, deadline, *split_signature(signature))

    # -- EIP-3009

    def authorization_state(self, authorizer: str, nonce: bytes, block: Block = LATEST) -> bool:
        """Whether a payment authorisation was used or cancelled (EIP-3009)."""
        return bool(self._read("authorizationState", authorizer, nonce, block=block))

    def transfer_with_authorization(self, authorization: Authorization, signature: bytes) -> Action:
        """Moves tokens by the owner's signature; anyone may send it (EIP-3009)."""
        return self._act("transferWithAuthorization", *authorization.abi(), *split_signature(signature))

    def receive_with_authorization(self, authorization: Authorization, signature: bytes) -> Action:
        """The same, but only the payee may send it (EIP-3009)."""
        return self._act("receiveWithAuthorization", *authorization.abi(), *split_signature(signature))

    def cancel_authorization(self, authorizer: str, nonce: bytes, signature: bytes) -> Action:
        """Takes back an authorisation that was not used (EIP-3009)."""
        return self._act("cancelAuthorization", authorizer, nonce, *split_signature(signature))


class StableCoin(Token):
    """The local chain's test stablecoin, worth nothing; its owner mints."""

    def owner(self, block: Block = LATEST) -> str:
        """Who may mint."""
        return str(self._read("owner", block=block))

    def mint(self, to: str, amount: int) -> Action:
        """Makes tokens; the owner only."""
        return self._act("mint", to, amount)

    def burn(self, amount: int) -> Action:
        """Destroys tokens of the sender."""
        return self._act("burn", amount)

    def transfer_ownership(self, new_owner: str) -> Action:
        """Hands minting to another account; the owner only."""
        return self._act("transfer_ownership", new_owner)
