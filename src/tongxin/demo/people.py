# SPDX-License-Identifier: AGPL-3.0-only
"""The people of the demo: those of the shipped roster, or as many as are asked for after its pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tongxin.charter.rules import Class
from tongxin.demo.errors import DemoError
from tongxin.roster import RosterRow

__all__ = ["KeyRing", "Person", "people_after"]


class KeyRing:
    """Keys of a demo: the same for the same seed, known to everybody, worth nothing."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def account(self, role: str, number: int = 0) -> LocalAccount:
        """The key of one person in one role."""
        account: LocalAccount = Account.from_key(keccak(text=f"tongxin demo {self._seed} {role} {number}"))
        return account


@dataclass(frozen=True)
class Person:
    """Somebody who is enrolled.

    Attributes:
        number: The place in the list of people, from 0.
        id_number: What the attestor makes the tag from.
        class_id: The class's position in the charter.
        age: In completed years when the mutual is founded.
        keys: Where the wallet's key comes from.
    """

    number: int
    id_number: str
    class_id: int
    age: int
    keys: KeyRing

    @cached_property
    def wallet(self) -> LocalAccount:
        """The wallet: the roster's are replaced, because the demo must sign for its members."""
        return self.keys.account("member", self.number)


def people_after(
    rows: Sequence[RosterRow], classes: Sequence[Class], count: int, keys: KeyRing, rng: np.random.Generator
) -> list[Person]:
    """`count` people: the roster's own if it has as many, evenly chosen if fewer are wanted, repeated if more are.

    A roster says a person's class, not the age; the age is drawn uniformly from those of the class.

    Raises:
        DemoError: The roster is empty or a class has no ages.
    """
    if not rows:
        raise DemoError("the roster holds nobody; nothing can be founded")
    people = []
    for number in range(count):
        place = number * len(rows) // count if count < len(rows) else number % len(rows)
        row = rows[place]
        ages = classes[row.class_id].age
        if ages is None:
            raise DemoError(f"class {row.class_id} of the charter has no ages, so accidents can't be drawn for it")
        copy = number // len(rows) if count >= len(rows) else 0
        id_number = f"{row.id_number}-{copy}" if copy else row.id_number
        age = int(rng.integers(ages.least, ages.largest + 1))
        people.append(Person(number, id_number, row.class_id, age, keys))
    return people
