# SPDX-License-Identifier: AGPL-3.0-only
"""What can go wrong with sealed evidence.

No message holds content, a name from inside a document, a passphrase or a secret key: messages get logged (I-16).
"""

from __future__ import annotations

from tongxin.errors import TongxinError

__all__ = [
    "ArchiveError",
    "DamagedError",
    "EvidenceError",
    "KeyTextError",
    "ManifestError",
    "OpenError",
    "SealError",
    "StoreError",
    "SummaryError",
    "WrongKeyError",
]


class EvidenceError(TongxinError):
    """Anything about sealing, granting, opening or storing evidence."""


class KeyTextError(EvidenceError):
    """A text or bytes that are no age key of a kind in use here."""


class SealError(EvidenceError):
    """A document could not be sealed; nothing was left behind."""


class OpenError(EvidenceError):
    """A sealed file could not be opened; nothing was left behind."""


class WrongKeyError(OpenError):
    """The file is sealed to other keys than the one at hand."""


class DamagedError(OpenError):
    """The file is cut off, changed, or no age file at all."""


class ArchiveError(OpenError):
    """What was sealed is no archive of plain files, or one that could do harm."""


class ManifestError(EvidenceError):
    """A manifest (R-123) that can't be used."""


class SummaryError(EvidenceError):
    """A masked summary that can't be used, or that is not masked."""


class StoreError(EvidenceError):
    """A store did not do what was asked of it; the kinds are in `tongxin.evidence.stores.faults`."""
