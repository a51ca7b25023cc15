# SPDX-License-Identifier: AGPL-3.0-only
"""State that is put back when a call reverts, as on the chain.

Records are immutable values in a `Table` or in attributes of a `Journaled`; both note the value they replace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """The undo steps of the call that is running."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []
        self.active = False

    def record(self, undo: Callable[[], object]) -> None:
        """Remember how to undo a change, if a call is running."""
        if self.active:
            self._steps.append(undo)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Run a call whose changes all stand or all fall; a call within a call belongs to the outer one."""
        if self.active:
            yield
            return
        self.active = True
        try:
            yield
        except BaseException:
            self.active = False
            for undo in reversed(self._steps):
                undo()
            raise
        finally:
            self.active = False
            self._steps.clear()


class Table(dict[K, V]):
    """A mapping whose changes are journaled. Only assignment and deletion of single keys and `add_new` are used."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def __setitem__(self, key: K, item: V) -> None:
        """Set one entry."""
        if key in self:
            self._journal.record(partial(super().__setitem__, key, self[key]))
        else:
            self._journal.record(partial(super().__delitem__, key))
        super().__setitem__(key, item)

    def add_new(self, entries: dict[K, V]) -> None:
        """Set many entries whose keys are not there yet, undone together."""
        self._journal.record(partial(self._drop, tuple(entries)))
        self.update(entries)

    def _drop(self, keys: tuple[K, ...]) -> None:
        for key in keys:
            super().__delitem__(key)

    def __delitem__(self, key: K) -> None:
        """Remove one entry."""
        self._journal.record(partial(super().__setitem__, key, self[key]))
        super().__delitem__(key)


class Journaled:
    """An object whose attributes are journaled once they have a first value."""

    _journal: Journal

    def __init__(self, journal: Journal) -> None:
        object.__setattr__(self, "_journal", journal)

    def __setattr__(self, name: str, item: object) -> None:
        """Set one attribute."""
        if self._journal.active and name in self.__dict__:
            self._journal.record(partial(object.__setattr__, self, name, self.__dict__[name]))
        object.__setattr__(self, name, item)
