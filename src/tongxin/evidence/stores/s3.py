# SPDX-License-Identifier: AGPL-3.0-only
"""Blobs in a bucket that speaks the S3 protocol; keys come from where boto3 looks: environment, profile, machine."""

from __future__ import annotations

import base64
import contextlib
import functools
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import boto3.session
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from urllib3.exceptions import HTTPError

from tongxin.evidence.stores.address import is_http
from tongxin.evidence.stores.base import BLOCK, Receiver, Source, Store, digest_of_name
from tongxin.evidence.stores.faults import (
    BlobChangedError,
    DamagedBlobError,
    MissingBlobError,
    NotDeletedError,
    SlowStoreError,
    StoreAddressError,
    StoreFaultError,
)
from tongxin.evidence.stores.watch import Limits, Watch

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

__all__ = ["S3Store"]

LARGEST_SINGLE: Final = 5 * 1024**3
"""Bytes that the protocol takes in one request; more goes in parts."""
PART: Final = 64 * 1024**2
PAGE: Final = 1000
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9!_.*'()/-]{0,900}")
_CODE: Final = re.compile(r"[A-Z][A-Za-z]{2,60}|[1-5][0-9]{2}")
_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_NO_VERSIONS: Final = {"NotImplemented", "MethodNotAllowed", "501", "405"}
_MEANING: Final = {
    "403": "it refuses; the keys lack a right",
    "AccessDenied": "it refuses; the keys lack a right",
    "InvalidAccessKeyId": "it does not know the access key; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "XAdminUserNotFound": "it does not know the access key; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "SignatureDoesNotMatch": "the secret key is wrong; set AWS_SECRET_ACCESS_KEY",
    "NoSuchBucket": "there is no such bucket; make it first",
    "ExpiredToken": "the session's token has expired; get a new one",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
}


class S3Store(Store):
    """A bucket, or what lies under a prefix of one.

    Args:
        url: `s3://bucket/prefix`, with `?endpoint=https://host` where it is not Amazon's.
        limits: How long it is waited for.

    Raises:
        StoreAddressError: The address can't be one.
    """

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        self._bucket, self._prefix, self._endpoint = _parsed(url)
        query = f"?endpoint={self._endpoint}" if self._endpoint else ""
        super().__init__(f"s3://{self._bucket}/{self._prefix}".rstrip("/") + query, limits or Limits())
        self._lock = threading.Lock()
        self._made: S3Client | None = None

    def list(self) -> Iterator[bytes]:
        """The digests of all blobs in it, a page at a time."""
        token = ""
        while True:
            names, token = self._watched(lambda _watch: self._page(token))  # noqa: B023 - called before token changes
            yield from (digest for name in names if (digest := digest_of_name(name)) is not None)
            if not token:
                return

    def _page(self, token: str) -> tuple[Sequence[str], str]:
        """Names of a page, and the token of the next one, empty after the last."""
        with self._told():
            ask = functools.partial(
                self._client().list_objects_v2, Bucket=self._bucket, Prefix=self._prefix, MaxKeys=PAGE
            )
            page = ask(ContinuationToken=token) if token else ask()
            names = [item["Key"].removeprefix(self._prefix) for item in page.get("Contents", [])]
            following = page.get("NextContinuationToken", "")
            if following and following == token:
                raise StoreFaultError(self.url, "it gives the same page again and again")
            return names, following

    def _write(self, source: Source, watch: Watch) -> None:  # noqa: ARG002 - the source tells the watch
        key = self._key(source.digest)
        try:
            with self._told():
                if source.size <= LARGEST_SINGLE:
                    self._client().put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=source,  # type: ignore[arg-type]
                        ContentLength=source.size,
                        ContentType="application/octet-stream",
                        ChecksumSHA256=base64.b64encode(source.digest).decode(),
                    )
                else:
                    self._client().upload_fileobj(
                        source,  # type: ignore[arg-type]
                        self._bucket,
                        key,
                        ExtraArgs={"ChecksumAlgorithm": "SHA256", "ContentType": "application/octet-stream"},
                        Config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False),
                    )
            source.check()
        except BlobChangedError:
            with self._told():
                self._client().delete_object(Bucket=self._bucket, Key=key)
            raise
        except StoreFaultError:
            source.check()
            raise

    def _read(self, digest: bytes, hint: str | None, receiver: Receiver, watch: Watch) -> None:  # noqa: ARG002
        with self._told():
            answer = self._client().get_object(Bucket=self._bucket, Key=self._key(digest))
            with contextlib.closing(answer["Body"]) as body:
                receiver.expect(answer.get("ContentLength", 0))
                while block := body.read(BLOCK):
                    receiver.take(block)

    def _has(self, digest: bytes, watch: Watch) -> bool:  # noqa: ARG002
        try:
            with self._told():
                self._client().head_object(Bucket=self._bucket, Key=self._key(digest))
        except MissingBlobError:
            return False
        return True

    def _delete(self, digest: bytes, hint: str | None, watch: Watch) -> bool:  # noqa: ARG002
        key = self._key(digest)
        had = self._has(digest, watch)
        with self._told():
            self._client().delete_object(Bucket=self._bucket, Key=key)
        kept = self._versions(key)
        for version in kept:
            watch.moved(0)
            with self._told():
                self._client().delete_object(Bucket=self._bucket, Key=key, VersionId=version)
        if kept and self._versions(key):
            raise NotDeletedError(self.url, f"it keeps earlier versions of {digest.hex()} after deleting them")
        return had or bool(kept)

    def _versions(self, key: str) -> Sequence[str]:
        """Versions and marks of deletion that a versioned bucket keeps of a deleted key."""
        with self._told():
            try:
                pages = self._client().get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
                return [
                    item["VersionId"]
                    for page in pages
                    for item in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                    if item["Key"] == key
                ]
            except ClientError as error:
                if _code(error) not in _NO_VERSIONS:
                    raise
                return []

    def _key(self, digest: bytes) -> str:
        return self._prefix + digest.hex()

    def _client(self) -> S3Client:
        """Made in the thread that waits for it: keys may come from a service that hangs."""
        with self._lock:
            if self._made is None:
                self._made = self._new_client()
            return self._made

    def _new_client(self) -> S3Client:
        session = boto3.session.Session()
        client = session.client(
            "s3",
            region_name=session.region_name or ("us-east-1" if self._endpoint else None),
            endpoint_url=self._endpoint,
            config=Config(
                connect_timeout=self.limits.connect_seconds,
                read_timeout=self.limits.silence_seconds,
                retries={"total_max_attempts": 2, "mode": "standard"},
                s3={"addressing_style": "path"} if self._endpoint else {},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        if self._endpoint:
            # On a redirect boto3 asks for the bucket's region with this call, and on its redirect again, without end.
            client.meta.events.register("before-call.s3.HeadBucket", self._refuse_redirect)
        return client

    def _refuse_redirect(self, **_: object) -> None:
        raise StoreFaultError(self.url, "it answers with a redirect, which is not followed; name the right endpoint")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What the library says, in the words of a store; a server's own text is not repeated, it may hold anything."""
        try:
            yield
        except ClientError as error:
            code = _code(error)
            if code in _MISSING:
                raise MissingBlobError(self.url, "it does not hold this blob") from error
            raise StoreFaultError(self.url, _MEANING.get(code, f"it answers {code}")) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise StoreFaultError(
                self.url, "no keys for it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            ) from error
        except (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError) as error:
            raise StoreFaultError(self.url, "no connection; check the address and the network") from error
        except ReadTimeoutError as error:
            raise SlowStoreError(
                self.url, f"nothing came for {self.limits.silence_seconds:g} seconds; it hangs"
            ) from error
        except (IncompleteReadError, ResponseStreamingError, ConnectionClosedError, HTTPError) as error:
            raise DamagedBlobError(self.url, f"it broke off ({type(error).__name__})") from error
        except (BotoCoreError, Boto3Error) as error:
            cause = error.__context__ if isinstance(error.__context__, ClientError) else None
            why = _code(cause) if cause is not None else type(error).__name__
            raise StoreFaultError(self.url, _MEANING.get(why, f"it does not do as asked ({why})")) from error


def _code(error: ClientError) -> str:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "an error without a code"


def _parsed(url: str) -> tuple[str, str, str | None]:
    parts = urlsplit(url)
    bucket = parts.netloc
    prefix = parts.path.strip("/")
    wanted = "write it like s3://bucket/prefix or s3://bucket?endpoint=https://host"
    if "@" in url:
        raise StoreAddressError(f"no keys belong into the address of a store; {wanted}, keys into the environment")
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme != "s3" or not _BUCKET.fullmatch(bucket) or not _PREFIX.fullmatch(prefix) or parts.fragment:
        raise StoreAddressError(f"this is no address of a bucket; {wanted}")
    if query.keys() - {"endpoint"} or len(query.get("endpoint", [])) > 1:
        raise StoreAddressError(f"the address of a bucket takes one endpoint and nothing else; {wanted}")
    endpoint = query.get("endpoint", [None])[0]
    if endpoint is not None and not is_http(endpoint):
        raise StoreAddressError(f"the endpoint is no http(s) address; {wanted}")
    return bucket, f"{prefix}/" if prefix else "", endpoint
