# SPDX-License-Identifier: AGPL-3.0-only
"""Drafts and versions of charters, and their documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, select

from tongxin.index.api.models.mutual import Draft, Version
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Rows, Shape, columns_of
from tongxin.index.tables import drafts, versions

__all__ = ["document_of", "drafts_of", "one_version", "versions_of"]

DRAFTS = Listing("drafts", Shape(Draft, columns_of(drafts, without=("document",)), block="changed_block"), ("slot",))
VERSIONS = Listing(
    "versions",
    Shape(
        Version,
        columns_of(versions) | {"published": drafts.c.document.is_not(None)},
        block="changed_block",
    ),
    key=("version",),
)


def drafts_of(mutual: Known) -> Rows:
    """Charters put on the chain, also those that were never adopted."""
    return Rows(DRAFTS, select(*DRAFTS.shape.selected()).where(drafts.c.mutual == mutual.number))


def _selected(mutual: Known) -> Select[Any]:
    draft = and_(drafts.c.mutual == versions.c.mutual, drafts.c.slot == versions.c.slot)
    query = select(*VERSIONS.shape.selected()).select_from(versions).outerjoin(drafts, draft)
    return query.where(versions.c.mutual == mutual.number)


def versions_of(mutual: Known) -> Rows:
    """The versions of the charter."""
    return Rows(VERSIONS, _selected(mutual))


def one_version(mutual: Known, version: int) -> Rows:
    """One version."""
    return Rows(VERSIONS, _selected(mutual).where(versions.c.version == version))


def document_of(connection: Connection, mutual: Known, version: int) -> bytes | None:
    """The document of a version, byte for byte as published; None if there is none."""
    query = (
        select(drafts.c.document)
        .join(versions, and_(drafts.c.mutual == versions.c.mutual, drafts.c.slot == versions.c.slot))
        .where(versions.c.mutual == mutual.number, versions.c.version == version)
    )
    found = connection.execute(query).scalar()
    return None if found is None else bytes(found)
