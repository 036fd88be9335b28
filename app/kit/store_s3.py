"""Sealed bytes in a bucket that speaks S3. Import late: boto3 costs about 35 MB of memory.

A bucket cannot append. An object that is still being appended to is kept in it as pieces, each an object of its own and
named by where it ends; `finish` puts them together. All of the state is in the bucket, so each append of one object may
come from another machine.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.kit.near import private_url
from app.kit.store import SET_ASIDE, Missing, StoreError, checked_key

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 * 1024 * 1024
AT_ONCE = 4
_ABSENT = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
# No key begins like this, so no object's pieces have another object's name.
_ARRIVING = "~arriving/"


class _Piece(NamedTuple):
    """Bytes `start` to `end` (exclusive) of an object that is being appended to."""

    name: str
    start: int
    end: int


class S3Store:
    """A Store in `bucket`, under `prefix`.

    `endpoint_url` empty means Amazon's. `access_key` and `secret_key` empty mean the machine's own role. Errors are
    retried by boto3 before they are raised; bodies carry a CRC-32 that the server checks.
    """

    def __init__(
        self, bucket: str, prefix: str, endpoint_url: str, region: str, access_key: str, secret_key: str
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
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
        private_url(self._client.meta.endpoint_url, "The address of the bucket")

    def append(self, key: str, offset: int, chunks: Iterable[bytes | memoryview]) -> None:
        ends_here = offset == 0
        for piece in self._pieces(key, after=offset - 1):
            if piece.end == offset:
                ends_here = True
                continue
            if piece.start < offset:  # a torn tail, the beginning of which is good
                good = self._get(piece.name, 0, offset - piece.start)
                self._call("put_object", Key=self._piece_name(key, offset), Body=good)
                ends_here = True
            self._call("delete_object", Key=piece.name)
        if not ends_here:
            raise StoreError("an object is shorter than it should be")
        body = bytearray()
        for chunk in chunks:
            body += chunk
        self._call("put_object", Key=self._piece_name(key, offset + len(body)), Body=body)

    def finish(self, key: str) -> None:
        pieces = _in_a_row(self._pieces(key))
        try:
            if pieces:
                self._write(key, (partial(self._join, group) for group in _grouped(pieces)))
                return
        except Missing:
            pass  # another machine finished it meanwhile
        self._head(key)

    def put(self, key: str, chunks: Iterable[bytes]) -> int:
        return self._write(key, (partial(bytes, body) for body in _parts(chunks)))

    def _write(self, key: str, bodies: Iterator[Callable[[], bytes]]) -> int:
        """One whole object from bodies of at least PART bytes each, but for the last; its pieces go. All or nothing."""
        name = self._name(key)
        first = next(bodies, bytes)  # nothing at all is an object too
        second = next(bodies, None)
        if second is None:
            body = first()
            self._call("put_object", Key=name, Body=body)
            length = len(body)
        else:
            length = self._write_parts(name, _chain(first, second, bodies))
        for piece in self._pieces(key):
            self._call("delete_object", Key=piece.name)
        return length

    def _write_parts(self, name: str, bodies: Iterator[Callable[[], bytes]]) -> int:
        upload = self._call("create_multipart_upload", Key=name, ChecksumAlgorithm="CRC32")["UploadId"]
        done: list[CompletedPartTypeDef] = []
        length = 0

        def send(number: int, fetch: Callable[[], bytes]) -> "tuple[CompletedPartTypeDef, int]":
            body = fetch()
            answer = self._call("upload_part", Key=name, UploadId=upload, PartNumber=number, Body=body)
            part: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
            if "ChecksumCRC32" in answer:
                part["ChecksumCRC32"] = answer["ChecksumCRC32"]
            return part, len(body)

        try:
            with ThreadPoolExecutor(AT_ONCE) as threads:
                under_way: deque[Future[tuple[CompletedPartTypeDef, int]]] = deque()
                for number, fetch in enumerate(bodies, 1):
                    under_way.append(threads.submit(send, number, fetch))
                    if len(under_way) == AT_ONCE:
                        part, size = under_way.popleft().result()
                        done.append(part)
                        length += size
                for future in under_way:
                    part, size = future.result()
                    done.append(part)
                    length += size
            self._call("complete_multipart_upload", Key=name, UploadId=upload, MultipartUpload={"Parts": done})
        except BaseException:
            with suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload)
            raise
        return length

    def read(self, key: str, start: int, end: int) -> bytes:
        if start >= end:
            self.size(key)
            return b""
        try:
            return self._get(self._name(key), start, end)
        except Missing:
            pieces = _in_a_row(self._pieces(key))
            if not pieces:
                raise
            wanted = [piece for piece in pieces if piece.start < end and piece.end > start]
            return b"".join(
                self._get(piece.name, max(start, piece.start) - piece.start, min(end, piece.end) - piece.start)
                for piece in wanted
            )

    def size(self, key: str) -> int:
        pieces = _in_a_row(self._pieces(key))
        return pieces[-1].end if pieces else self._head(key)

    def delete(self, key: str) -> None:
        for piece in self._pieces(key):
            self._call("delete_object", Key=piece.name)
        self._call("delete_object", Key=self._name(key))

    def keys(self) -> Iterator[str]:
        before = ""
        for name, _ in self._list(self._prefix):
            key = name.removeprefix(self._prefix)
            if key.startswith(SET_ASIDE):
                continue
            if key.startswith(_ARRIVING):
                key = key.removeprefix(_ARRIVING).rpartition("/")[0]
                if key == before:
                    continue
                before = key
            yield key

    def set_aside(self, key: str, day: date) -> None:
        if self._pieces(key):
            self.finish(key)
        with suppress(Missing):
            self._move(self._name(key), self._aside(key, day))

    def put_back(self, key: str, day: date) -> None:
        self._move(self._aside(key, day), self._name(key))

    def set_aside_on(self) -> Iterator[tuple[date, str]]:
        for name, _ in self._list(self._prefix + SET_ASIDE):
            day, _, key = name.removeprefix(self._prefix + SET_ASIDE).partition("/")
            yield date.fromisoformat(day), key

    def erase_set_aside(self, key: str, day: date) -> None:
        self._call("delete_object", Key=self._aside(key, day))

    def check(self) -> None:
        self._call("head_bucket")

    def tidy(self) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        try:
            unfinished = self._call("list_multipart_uploads", Prefix=self._prefix).get("Uploads", [])
        except Missing:  # what rclone says when there are none
            unfinished = []
        for upload in unfinished:
            if upload["Initiated"] < yesterday:
                with suppress(Missing):
                    self._call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])

    def _pieces(self, key: str, after: int = 0) -> list[_Piece]:
        """The pieces that end after `after`, in order. Those of an object that is whole are what a crash left."""
        folder = f"{self._prefix}{_ARRIVING}{checked_key(key)}/"
        first = f"{folder}{max(0, after):016d}"
        found = []
        for name, length in self._list(folder, first):
            end = int(name.removeprefix(folder))
            found.append(_Piece(name, end - length, end))
        return found

    def _piece_name(self, key: str, end: int) -> str:
        return f"{self._prefix}{_ARRIVING}{checked_key(key)}/{end:016d}"

    def _join(self, pieces: list[_Piece]) -> bytes:
        return b"".join(self._get(piece.name, 0, piece.end - piece.start) for piece in pieces)

    def _list(self, folder: str, after: str = "") -> Iterator[tuple[str, int]]:
        """Names and lengths of the objects whose names begin with `folder` and come after `after`, in order."""
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=folder, StartAfter=after):
                for entry in page.get("Contents", []):
                    yield entry["Key"], entry["Size"]
        except (BotoCoreError, ClientError) as error:
            raise StoreError("the bucket could not be listed") from error

    def _get(self, name: str, start: int, end: int) -> bytes:
        try:
            return bytes(self._call("get_object", Key=name, Range=f"bytes={start}-{end - 1}")["Body"].read())
        except StoreError as error:
            if _code(error.__cause__) in {"InvalidRange", "416"}:
                return b""
            raise
        except BotoCoreError as error:
            raise StoreError("the bucket broke off") from error

    def _aside(self, key: str, day: date) -> str:
        return f"{self._prefix}{SET_ASIDE}{day.isoformat()}/{checked_key(key)}"

    def _move(self, source: str, target: str) -> None:
        """Copy, then delete: a crash between the two leaves both, never neither. boto3 copies large ones in parts."""
        try:
            self._client.copy({"Bucket": self._bucket, "Key": source}, self._bucket, target)
        except ClientError as error:
            if _code(error) in _ABSENT:
                raise Missing("no such object") from error
            raise StoreError(f"the bucket refused: {_code(error)}") from error
        except BotoCoreError as error:
            raise StoreError("the bucket did not answer") from error
        self._call("delete_object", Key=source)

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


def _chain(
    first: Callable[[], bytes], second: Callable[[], bytes], rest: Iterator[Callable[[], bytes]]
) -> Iterator[Callable[[], bytes]]:
    yield first
    yield second
    yield from rest


def _in_a_row(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces up to the first gap."""
    row: list[_Piece] = []
    for piece in pieces:
        if piece.start != (row[-1].end if row else 0):
            break
        row.append(piece)
    return row


def _grouped(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces together until they are long enough for a part; the last group may be shorter."""
    group: list[_Piece] = []
    for piece in pieces:
        group.append(piece)
        if piece.end - group[0].start >= PART:
            yield group
            group = []
    if group:
        yield group
