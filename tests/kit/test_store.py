"""One suite for every place sealed bytes can live: a folder, and buckets served by rclone and by moto."""

import base64
import os
import secrets
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.kit.store import LocalStore, Missing, Store, StoreError
from tests.kit.buckets import bucket_at
from tests.machine import free_port


@pytest.fixture(params=["folder", "rclone", "moto"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return LocalStore(tmp_path / "store")
    url = request.getfixturevalue("bucket_server" if request.param == "rclone" else "moto_server")
    return bucket_at(url, prefix=secrets.token_hex(6))


KEY = "ab/abcdef0123"


def test_put_and_read_back(store: Store) -> None:
    store.check()
    data = os.urandom(200_000)
    assert store.put(KEY, [data[:70_000], b"", data[70_000:]]) == len(data)
    assert store.size(KEY) == len(data)
    assert store.read(KEY, 0, len(data)) == data
    assert store.read(KEY, 1000, 1010) == data[1000:1010]
    assert store.read(KEY, len(data) - 5, len(data) + 100) == data[-5:]
    assert store.read(KEY, len(data), len(data) + 1) == b""
    assert store.read(KEY, 7, 7) == b""


def test_put_replaces_the_whole_object(store: Store) -> None:
    store.put(KEY, [b"a longer object"])
    store.put(KEY, [b"short"])
    assert store.size(KEY) == 5
    assert store.read(KEY, 0, 99) == b"short"


def test_large_objects(store: Store) -> None:
    data = os.urandom(20_000_000)
    assert store.put(KEY, (data[i : i + 999_999] for i in range(0, len(data), 999_999))) == len(data)
    assert store.size(KEY) == len(data)
    assert store.read(KEY, 9_000_000, 18_000_000) == data[9_000_000:18_000_000]


def test_an_empty_object(store: Store) -> None:
    assert store.put(KEY, []) == 0
    assert store.size(KEY) == 0
    assert store.read(KEY, 0, 10) == b""


def test_a_put_that_fails_leaves_what_was_there(store: Store) -> None:
    store.put(KEY, [b"before"])

    def breaks(length: int) -> Iterator[bytes]:
        yield bytes(length)
        raise ConnectionResetError

    for length in (10, 17_000_000):
        with pytest.raises((ConnectionResetError, StoreError)):
            store.put(KEY, breaks(length))
    assert store.read(KEY, 0, 99) == b"before"
    assert list(store.keys()) == [KEY]


def test_append_then_finish(store: Store) -> None:
    store.append(KEY, 0, [b"one "])
    store.append(KEY, 4, [b"two "])
    assert store.size(KEY) == 8
    assert store.read(KEY, 2, 6) == b"e tw"
    assert list(store.keys()) == [KEY]
    store.append(KEY, 8, [b"three"])
    store.finish(KEY)
    store.finish(KEY)
    assert store.size(KEY) == 13
    assert store.read(KEY, 0, 13) == b"one two three"
    assert list(store.keys()) == [KEY]


def test_append_cuts_off_a_torn_tail(store: Store) -> None:
    store.append(KEY, 0, [b"good-torn-and-long"])
    store.append(KEY, 5, [b"again"])
    store.finish(KEY)
    assert store.read(KEY, 0, 99) == b"good-again"


def test_append_never_leaves_a_hole(store: Store) -> None:
    with pytest.raises(StoreError):
        store.append(KEY, 5, [b"x"])
    with pytest.raises(Missing):
        store.size(KEY)
    store.append(KEY, 0, [b"1234"])
    with pytest.raises(StoreError):
        store.append(KEY, 5, [b"x"])
    assert store.read(KEY, 0, 9) == b"1234"


def test_absent_is_missing(store: Store) -> None:
    for ask in (
        lambda: store.size(KEY),
        lambda: store.read(KEY, 0, 1),
        lambda: store.read(KEY, 0, 0),
        lambda: store.finish(KEY),
    ):
        with pytest.raises(Missing):
            ask()


def test_delete(store: Store) -> None:
    store.delete(KEY)
    store.put(KEY, [b"x"])
    store.append("ab/other", 0, [b"y"])
    store.delete(KEY)
    store.delete("ab/other")
    assert list(store.keys()) == []
    with pytest.raises(Missing):
        store.size(KEY)


def test_keys(store: Store) -> None:
    keys = {f"{i:02x}/{i:02x}-file" for i in range(5)}
    for key in keys:
        store.put(key, [b"x"])
    store.append("ff/on-its-way", 0, [b"x"])
    assert sorted(store.keys()) == sorted(keys | {"ff/on-its-way"})


@pytest.mark.parametrize(
    "key", ["", "../out", "a/../../out", "/etc/passwd", "a//b", "a/", ".hidden", "a/.new-1", "a\0b", "a\nb", "é", "a b"]
)
def test_a_key_cannot_leave_the_store(store: Store, key: str) -> None:
    for ask in (
        lambda: store.put(key, [b"x"]),
        lambda: store.append(key, 0, [b"x"]),
        lambda: store.read(key, 0, 1),
        lambda: store.size(key),
        lambda: store.delete(key),
        lambda: store.finish(key),
    ):
        with pytest.raises(StoreError):
            ask()


def test_tidy_keeps_what_is_good(store: Store) -> None:
    store.put(KEY, [b"x"])
    store.append("ab/on-its-way", 0, [b"y"])
    store.tidy()
    assert sorted(store.keys()) == [KEY, "ab/on-its-way"]


def test_tidy_of_a_bucket_that_was_never_used(bucket_server: str) -> None:
    bucket_at(bucket_server, "never-used").tidy()


def test_a_folder_is_private(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(KEY, [b"x"])
    store.append("cd/one", 0, [b"x"])
    for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_link_inside_the_folder_is_not_followed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("ab/real", [b"x"])
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "store/ab/link").symlink_to(secret)
    with pytest.raises(StoreError):
        store.read("ab/link", 0, 6)
    with pytest.raises(StoreError):
        store.append("ab/link", 0, [b"gone"])
    assert secret.read_bytes() == b"secret"


def test_tidy_removes_old_drafts_from_a_folder(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("ab/real", [b"x"])
    old, new = tmp_path / "ab/.new-old", tmp_path / "ab/.new-new"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (time.time() - 90_000,) * 2)
    store.tidy()
    assert sorted(path.name for path in (tmp_path / "ab").iterdir()) == [".new-new", "real"]


def test_check_says_when_the_folder_is_not_usable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        LocalStore(tmp_path / "file").check()


def test_check_says_when_the_bucket_is_not_there(bucket_server: str) -> None:
    for unusable in (
        bucket_at(bucket_server, "nothing"),
        bucket_at(bucket_server, secret="wrong"),
        bucket_at(f"http://127.0.0.1:{free_port()}"),
    ):
        with pytest.raises(StoreError):
            unusable.check()


@pytest.mark.parametrize("server", ["bucket_server", "moto_server"])
def test_appends_of_one_object_come_from_several_machines(request: pytest.FixtureRequest, server: str) -> None:
    url, prefix, data = request.getfixturevalue(server), secrets.token_hex(6), os.urandom(21_000_000)
    machines = [bucket_at(url, prefix=prefix) for _ in range(3)]
    ends = [0, 1_000_000, 5_000_000, 14_000_000, 14_000_001, len(data)]
    for number, (start, end) in enumerate(pairwise(ends)):
        machines[number % 3].append(KEY, start, [data[start:end]])
        assert machines[(number + 1) % 3].size(KEY) == end
    assert machines[2].read(KEY, 999_990, 14_000_010) == data[999_990:14_000_010]
    machines[0].finish(KEY)
    machines[1].finish(KEY)
    assert machines[2].read(KEY, 0, len(data)) == data
    assert list(machines[2].keys()) == [KEY]


def test_two_machines_that_finish_at_once_leave_one_whole_object(moto_server: str) -> None:
    prefix, data = secrets.token_hex(6), os.urandom(20_000_000)
    machines = [bucket_at(moto_server, prefix=prefix) for _ in range(4)]
    for at in range(0, len(data), 2_000_000):
        machines[0].append(KEY, at, [data[at : at + 2_000_000]])
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda machine: machine.finish(KEY), machines))
    assert machines[0].read(KEY, 0, len(data)) == data
    assert list(machines[0].keys()) == [KEY]


@pytest.mark.parametrize("server", ["bucket_server", "moto_server"])
def test_every_body_carries_its_crc_and_a_busy_bucket_is_asked_again(
    request: pytest.FixtureRequest, server: str
) -> None:
    from botocore.awsrequest import AWSResponse
    from urllib3 import HTTPResponse

    store, data = bucket_at(request.getfixturevalue(server), prefix=secrets.token_hex(6)), os.urandom(17_000_000)
    right: list[bool] = []
    busy = [503, 503]

    def look(request: Any, **_: object) -> AWSResponse | None:
        if request.method == "PUT":
            body = request.body.read()
            request.body.seek(0)
            crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big"))
            right.append(request.headers["x-amz-checksum-crc32"] in (crc, crc.decode()))
            if busy:
                return AWSResponse(request.url, busy.pop(), {}, HTTPResponse(BytesIO(b"")))
        return None

    store._client.meta.events.register("before-send.s3", look)
    store.put(KEY, [data])
    assert right == [True] * 5  # three parts, and two that were sent again
    assert store.read(KEY, 0, len(data)) == data


def test_what_is_set_aside_is_no_key_and_can_come_back(store: Store) -> None:
    day, later = date(2028, 2, 29), date(2028, 3, 1)
    store.put(KEY, [b"sealed"])
    store.put("cd/other", [b"stays"])
    store.set_aside(KEY, day)
    assert list(store.keys()) == ["cd/other"]
    with pytest.raises(Missing):
        store.read(KEY, 0, 9)
    assert list(store.set_aside_on()) == [(day, KEY)]
    store.set_aside("cd/not-there", day)
    with pytest.raises(Missing):
        store.put_back(KEY, later)
    store.put_back(KEY, day)
    assert store.read(KEY, 0, 9) == b"sealed" and list(store.set_aside_on()) == []
    store.set_aside(KEY, later)
    store.erase_set_aside(KEY, later)
    store.erase_set_aside(KEY, later)
    assert list(store.set_aside_on()) == [] and list(store.keys()) == ["cd/other"]


def test_what_was_still_arriving_is_set_aside_whole(store: Store) -> None:
    store.append(KEY, 0, [b"one "])
    store.append(KEY, 4, [b"two"])
    store.set_aside(KEY, date(2028, 2, 29))
    assert list(store.keys()) == []
    store.put_back(KEY, date(2028, 2, 29))
    assert store.read(KEY, 0, 99) == b"one two"
