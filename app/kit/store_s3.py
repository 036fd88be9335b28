"""Sealed bytes in a bucket that speaks S3. Import late: boto3 costs about 35 MB of memory."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.kit.store import LocalStore, Missing, StoreError, checked_key

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 * 1024 * 1024
_ABSENT = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}


class S3Store:
    """A Store in `bucket`, under `prefix`; objects being appended to wait, sealed, in the local folder `staging`.

    `endpoint_url` empty means Amazon's. `access_key` and `secret_key` empty mean the machine's own role. Errors are
    retried by boto3 before they are raised; bodies carry a CRC-32 that the server checks.
    """

    def __init__(
        self, bucket: str, prefix: str, endpoint_url: str, region: str, access_key: str, secret_key: str, staging: Path
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._staging = LocalStore(staging)
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint_url or None,
            region_name=region,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 4},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=20,
                # Answers to a range may carry the checksum of the whole object; the seal checks every segment anyway.
                response_checksum_validation="when_required",
            ),
        )

    def append(self, key: str, offset: int, data: bytes) -> None:
        self._staging.append(key, offset, data)

    def finish(self, key: str) -> None:
        try:
            length = self._staging.size(key)
        except Missing:
            self._head(key)
            return
        self.put(key, (self._staging.read(key, at, at + PART) for at in range(0, length, PART)))

    def put(self, key: str, chunks: Iterable[bytes]) -> int:
        name = self._name(key)
        parts = _parts(chunks)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            self._call("put_object", Key=name, Body=first)
            length = len(first)
        else:
            length = self._put_parts(name, first, second, parts)
        self._staging.delete(key)
        return length

    def _put_parts(self, name: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> int:
        upload = self._call("create_multipart_upload", Key=name, ChecksumAlgorithm="CRC32")["UploadId"]
        done: list[CompletedPartTypeDef] = []
        length = 0
        try:
            for body in _chain(first, second, rest):
                number = len(done) + 1
                answer = self._call("upload_part", Key=name, UploadId=upload, PartNumber=number, Body=body)
                part: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
                if "ChecksumCRC32" in answer:
                    part["ChecksumCRC32"] = answer["ChecksumCRC32"]
                done.append(part)
                length += len(body)
            self._call("complete_multipart_upload", Key=name, UploadId=upload, MultipartUpload={"Parts": done})
        except BaseException:
            with suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload)
            raise
        return length

    def read(self, key: str, start: int, end: int) -> bytes:
        try:
            return self._staging.read(key, start, end)
        except Missing:
            pass
        if start >= end:
            self._head(key)
            return b""
        try:
            answer = self._call("get_object", Key=self._name(key), Range=f"bytes={start}-{end - 1}")
            return bytes(answer["Body"].read())
        except StoreError as error:
            if _code(error.__cause__) in {"InvalidRange", "416"}:
                return b""
            raise
        except BotoCoreError as error:
            raise StoreError("the bucket broke off") from error

    def size(self, key: str) -> int:
        try:
            return self._staging.size(key)
        except Missing:
            return self._head(key)

    def delete(self, key: str) -> None:
        self._staging.delete(key)
        self._call("delete_object", Key=self._name(key))

    def keys(self) -> Iterator[str]:
        staged = set(self._staging.keys())
        yield from staged
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            ):
                for entry in page.get("Contents", []):
                    key = entry["Key"].removeprefix(self._prefix)
                    if key not in staged:
                        yield key
        except (BotoCoreError, ClientError) as error:
            raise StoreError("the bucket could not be listed") from error

    def check(self) -> None:
        self._staging.check()
        self._call("head_bucket")

    def tidy(self) -> None:
        self._staging.tidy()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        try:
            unfinished = self._call("list_multipart_uploads", Prefix=self._prefix).get("Uploads", [])
        except Missing:  # what rclone says when there are none
            unfinished = []
        for upload in unfinished:
            if upload["Initiated"] < yesterday:
                with suppress(Missing):
                    self._call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _head(self, key: str) -> int:
        return int(self._call("head_object", Key=self._name(key))["ContentLength"])

    def _call(self, verb: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, verb)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            if verb != "head_bucket" and _code(error) in _ABSENT:
                raise Missing("no such object") from error
            raise StoreError(f"the bucket refused: {_code(error)}") from error
        except BotoCoreError as error:
            raise StoreError("the bucket did not answer") from error


def _code(error: BaseException | None) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PART, the last one shorter: what a multipart upload asks for."""
    pending = bytearray()
    for chunk in chunks:
        for at in range(0, len(chunk), PART):
            pending += memoryview(chunk)[at : at + PART]
            if len(pending) >= PART:
                yield bytes(pending[:PART])
                del pending[:PART]
    if pending:
        yield bytes(pending)


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest
