# SPDX-License-Identifier: AGPL-3.0-only
"""A plain token, with failures on request. Allowances, permits and authorizations are the caller's to judge."""

from __future__ import annotations

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.reverts import require
from tongxin.units import Address, Units


class Token(Journaled):
    """Balances of everybody, what the fund holds and what it paid to whom.

    `push_fails` and `pull_fails` name who can't be paid and from whom nothing can be pulled, whatever the balance.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.balances: Table[Address, int] = Table(journal)
        self.held = 0
        self.paid: Table[Address, int] = Table(journal)
        self.push_fails: set[Address] = set()
        self.pull_fails: set[Address] = set()

    def mint(self, to: Address, amount: int) -> None:
        """Give somebody units."""
        self.balances[to] = self.balances.get(to, 0) + amount

    def stray(self, amount: int) -> None:
        """Units that somebody sends to the fund past its functions; negative: the issuer takes them from it."""
        self.held += amount

    def balance_of(self, owner: Address) -> Units:
        """Units of somebody."""
        return Units(self.balances.get(owner, 0))

    def can_pull(self, payer: Address, amount: int) -> bool:
        """Whether a pull would succeed."""
        return payer not in self.pull_fails and self.balances.get(payer, 0) >= amount

    def pull(self, payer: Address, amount: int) -> None:
        """Move units from a payer to the fund; a pull of nothing asks nothing (R-18)."""
        if amount == 0:
            return
        require(self.can_pull(payer, amount), "R-18", "payments: pull failed")
        self.balances[payer] -= amount
        self.held += amount

    def push(self, to: Address, amount: int) -> bool:
        """Move units out of the fund; false if it fails (R-19)."""
        if to in self.push_fails or self.held < amount:
            return False
        self.held -= amount
        self.paid[to] = self.paid.get(to, 0) + amount
        self.mint(to, amount)
        return True
