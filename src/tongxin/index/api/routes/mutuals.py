# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals, their charters, their members."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from tongxin import __version__
from tongxin.index.api.answers import JSON_TYPE, Listed, Single, at_of
from tongxin.index.api.database import View
from tongxin.index.api.errors import NotFoundError
from tongxin.index.api.models.money import Flow
from tongxin.index.api.models.mutual import (
    Draft,
    Grant,
    Member,
    MemberEvent,
    Mutual,
    Status,
    Tick,
    Version,
    VersionDocument,
)
from tongxin.index.api.repository import charters, members, money, mutuals
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import one
from tongxin.index.api.routes import parameters as of
from tongxin.index.api.routes.parameters import listed, single

__all__ = ["router"]

router = APIRouter()


@router.get("/v1", tags=["index"], **single(Status, "What this is, and how far the index is"))
def status(asked: Single) -> Response:
    """Begin here."""

    def make(view: View) -> tuple[bytes, str]:
        said = {
            "name": "tongxin index",
            "version": __version__,
            "audited": False,
            "at": at_of(view.moment),
            "links": {"mutuals": "/v1/mutuals", "openapi": "/openapi.json"},
        }
        return msgspec.json.encode(said), JSON_TYPE

    return asked.of_view(make)


@router.get("/v1/mutuals", tags=["mutuals"], **listed(Mutual, "The mutuals of this index"))
def all_mutuals(asked: Listed) -> Response:
    """Each with its stage and its books."""
    return asked.list_of(lambda _view: mutuals.all_mutuals())


@router.get("/v1/mutuals/{fund}", tags=["mutuals"], **single(Mutual, "A mutual"))
def mutual(asked: Single, fund: of.Fund) -> Response:
    """Its contracts, its stage, its books."""
    return asked.record(fund, lambda _view, found: mutuals.one_mutual(found.fund), "there is no such mutual")


@router.get("/v1/mutuals/{fund}/drafts", tags=["charter"], **listed(Draft, "Drafts of charters"))
def drafts(asked: Listed, fund: of.Fund) -> Response:
    """Also those that were never adopted."""
    return asked.rows(fund, lambda _view, found: charters.drafts_of(found))


@router.get("/v1/mutuals/{fund}/versions", tags=["charter"], **listed(Version, "The versions of the charter"))
def versions(asked: Listed, fund: of.Fund) -> Response:
    """An event is judged by the version of its day."""
    return asked.rows(fund, lambda _view, found: charters.versions_of(found))


@router.get(
    "/v1/mutuals/{fund}/versions/{version}",
    tags=["charter"],
    **single(VersionDocument, "A version, with its document and all its numbers"),
)
def version(asked: Single, fund: of.Fund, version: of.Version) -> Response:
    """The document is what was published on the chain."""

    def make(view: View, found: Known) -> tuple[bytes, str]:
        record = one(view.connection, view.moment, charters.one_version(found, version))
        if record is None:
            raise NotFoundError(f"this mutual's charter has no version {version}")
        document = charters.document_of(view.connection, found, version)
        raw = msgspec.Raw(b"null") if document is None or not _is_object(document) else msgspec.Raw(document)
        return msgspec.json.encode(record | {"document": raw}), JSON_TYPE

    return asked.of_mutual(fund, make)


def _is_object(document: bytes) -> bool:
    """Anybody may publish a draft, so its document may be anything."""
    try:
        return isinstance(msgspec.json.decode(document), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


@router.get(
    "/v1/mutuals/{fund}/versions/{version}/document",
    tags=["charter"],
    summary="The charter's document, byte for byte",
    response_model=None,
    responses={
        200: {
            "description": "The document; its Keccak-256 hash is the version's `charter_hash`.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def document(asked: Single, fund: of.Fund, version: of.Version) -> Response:
    """Whoever hashes it has the `charter_hash`."""

    def make(view: View, found: Known) -> tuple[bytes, str]:
        known = charters.document_of(view.connection, found, version)
        if known is None:
            raise NotFoundError(f"version {version} does not exist, or was not published by a plain transaction")
        return known, "application/octet-stream"

    return asked.of_mutual(fund, make)


@router.get("/v1/mutuals/{fund}/members", tags=["members"], **listed(Member, "The members, by their ids"))
def all_members(asked: Listed, fund: of.Fund) -> Response:
    """Ids only: wallets, contacts and beneficiaries stand on the chain, but are not listed here."""
    return asked.rows(fund, lambda _view, found: members.all_members(found))


@router.get("/v1/mutuals/{fund}/members/{member_id}", tags=["members"], **single(Member, "A member"))
def member(asked: Single, fund: of.Fund, member_id: of.MemberId) -> Response:
    """The balance is that at the block of the index."""
    wanted = bytes.fromhex(member_id[2:])
    return asked.record(
        fund, lambda _view, found: members.one_member(found, wanted), "this mutual has no member of that id"
    )


@router.get(
    "/v1/mutuals/{fund}/members/{member_id}/history",
    tags=["members"],
    **listed(MemberEvent, "What happened to a membership"),
)
def member_history(asked: Listed, fund: of.Fund, member_id: of.MemberId) -> Response:
    """Each event with the record after it."""
    wanted = bytes.fromhex(member_id[2:])
    return asked.rows(fund, lambda _view, found: members.history_of(found, wanted))


@router.get(
    "/v1/mutuals/{fund}/members/{member_id}/flows", tags=["members"], **listed(Flow, "A member's money in and out")
)
def member_flows(asked: Listed, fund: of.Fund, member_id: of.MemberId) -> Response:
    """What was paid in for a membership and what came back. Bonds of claims and jurors stand in `/flows`."""
    wanted = bytes.fromhex(member_id[2:])
    return asked.rows(fund, lambda _view, found: money.member_flows(found, wanted))


@router.get("/v1/mutuals/{fund}/ticks", tags=["members"], **listed(Tick, "Where memberships end"))
def ticks(asked: Listed, fund: of.Fund) -> Response:
    """The occupied ticks of the cost index."""
    return asked.rows(fund, lambda _view, found: mutuals.ticks_of(found))


@router.get("/v1/mutuals/{fund}/grants", tags=["members"], **listed(Grant, "Who may read sealed documents"))
def grants(asked: Listed, fund: of.Fund, member_id: of.OfMember = None) -> Response:
    """Revoked ones too."""
    wanted = None if member_id is None else bytes.fromhex(member_id[2:])
    return asked.rows(fund, lambda _view, found: members.grants_of(found, wanted))
