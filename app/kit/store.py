"""Where sealed bytes live: the interface, and the local folder. Callers seal; a store never sees plaintext."""

import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Protocol

_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_KEY = re.compile(rf"{_PART}(?:/{_PART}){{0,7}}")
_TEMPORARY = ".new-"
# No key begins like this, so what is set aside is none of `keys()`.
SET_ASIDE = "~gone/"
_STALE = 24 * 3600
_NAMES_KEPT = 4096


class StoreError(Exception):
    """The store could not do what was asked; nothing that was acknowledged before is lost."""


class Missing(StoreError):
    """There is no object under this key."""


class Store(Protocol):
    """Objects under keys such as "ab/abcdef…" (letters, digits, "_", "-", "." inside a name, "/" between names).

    Every method raises StoreError when the store fails or the key is not one, and Missing where an object must exist
    and does not. One object is written by one caller at a time; anyone may read it.
    """

    def append(self, key: str, offset: int, chunks: Iterable[bytes | memoryview]) -> None:
        """Write chunks from `offset` on, which makes the object end where they do; durable on return.

        A chunk is done with when the next one is asked for. Bytes beyond `offset` are the torn tail of a crash and are
        cut off first. An object shorter than `offset` raises StoreError.
        """

    def finish(self, key: str) -> None:
        """No more appends will come: the object is whole. Durable on return. Finishing twice is fine."""

    def put(self, key: str, chunks: Iterable[bytes]) -> int:
        """Write a whole object, replacing any other, all or nothing; durable on return. Returns its length in bytes."""

    def read(self, key: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end` (exclusive); shorter where the object ends earlier."""

    def size(self, key: str) -> int:
        """Length in bytes."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""

    def keys(self) -> Iterator[str]:
        """Every key, finished or not, in no particular order."""

    def set_aside(self, key: str, day: date) -> None:
        """Take a whole object out of `keys()` and keep its bytes under that day; one that is not there is fine."""

    def put_back(self, key: str, day: date) -> None:
        """Undo `set_aside`. Raises Missing where that day holds no such object."""

    def set_aside_on(self) -> Iterator[tuple[date, str]]:
        """The day and the key of everything that is set aside."""

    def erase_set_aside(self, key: str, day: date) -> None:
        """Remove for good what was set aside that day; what is not there is fine."""

    def check(self) -> None:
        """Return when the store can be written to and read from; raise StoreError otherwise."""

    def tidy(self) -> None:
        """Remove what writers that were killed more than a day ago left half made. Appended objects are not touched."""


def checked_key(key: str) -> str:
    """The key itself when it is well formed; StoreError otherwise."""
    if not _KEY.fullmatch(key):
        raise StoreError("not a key")
    return key


class LocalStore:
    """A folder (mode 0700) of files (mode 0600), one per object."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._named: set[Path] = set()

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, each private (mkdir's own `parents` would leave them open)."""
        if folder.is_dir():
            return
        if folder != self._folder:
            self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)

    def append(self, key: str, offset: int, chunks: Iterable[bytes | memoryview]) -> None:
        path = self._path(key)
        try:
            if offset:
                creating = 0
            else:
                creating = os.O_CREAT
                self._make_folder(path.parent)
            descriptor = os.open(path, os.O_WRONLY | creating | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if size < offset:
                    raise StoreError("an object is shorter than it should be")
                if size > offset:
                    os.ftruncate(descriptor, offset)
                end = offset
                for chunk in chunks:
                    _write_all(descriptor, chunk, end)
                    end += len(chunk)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if not offset:
                self._sync_folders(path.parent)
        except FileNotFoundError as error:
            raise StoreError("an object is shorter than it should be") from error
        except OSError as error:
            raise _failure(error) from error

    def finish(self, key: str) -> None:
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _failure(error) from error

    def put(self, key: str, chunks: Iterable[bytes]) -> int:
        path = self._path(key)
        draft = path.with_name(_TEMPORARY + secrets.token_hex(8))
        try:
            self._make_folder(path.parent)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                length = 0
                for chunk in chunks:
                    _write_all(descriptor, chunk, length)
                    length += len(chunk)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            draft.replace(path)
            self._sync_folders(path.parent)
            return length
        except OSError as error:
            raise _failure(error) from error
        finally:
            with suppress(OSError):
                draft.unlink()

    def read(self, key: str, start: int, end: int) -> bytes:
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                return _read_all(descriptor, start, end)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _failure(error) from error

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat(follow_symlinks=False).st_size
        except OSError as error:
            raise _failure(error) from error

    def delete(self, key: str) -> None:
        self._remove(self._path(key))

    def _remove(self, path: Path) -> None:
        try:
            path.unlink()
            _sync_folder(path.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _failure(error) from error

    def keys(self) -> Iterator[str]:
        yield from self._keys_below(self._folder)

    def set_aside(self, key: str, day: date) -> None:
        with suppress(Missing):
            self._move(self._path(key), self._aside(key, day))

    def put_back(self, key: str, day: date) -> None:
        self._move(self._aside(key, day), self._path(key))

    def set_aside_on(self) -> Iterator[tuple[date, str]]:
        for folder in sorted((self._folder / SET_ASIDE).glob("*-*-*")):
            for key in self._keys_below(folder):
                yield date.fromisoformat(folder.name), key

    def erase_set_aside(self, key: str, day: date) -> None:
        self._remove(self._aside(key, day))

    def check(self) -> None:
        draft = self._folder / (_TEMPORARY + secrets.token_hex(8))
        try:
            self._make_folder(self._folder)
            draft.write_bytes(b"holdfast")
            if draft.read_bytes() != b"holdfast":
                raise StoreError("the folder does not give back what was written")
        except OSError as error:
            raise _failure(error) from error
        finally:
            with suppress(OSError):
                draft.unlink()

    def tidy(self) -> None:
        yesterday = time.time() - _STALE
        for folder, _, names in os.walk(self._folder):
            for name in names:
                draft = Path(folder, name)
                try:
                    if name.startswith(_TEMPORARY) and draft.stat(follow_symlinks=False).st_mtime < yesterday:
                        draft.unlink()
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise _failure(error) from error

    def _aside(self, key: str, day: date) -> Path:
        return self._folder / SET_ASIDE / day.isoformat() / checked_key(key)

    def _keys_below(self, top: Path) -> Iterator[str]:
        for folder, _, names in os.walk(top):
            inside = Path(folder).relative_to(top)
            for name in names:
                key = (inside / name).as_posix()
                if _KEY.fullmatch(key):
                    yield key

    def _move(self, source: Path, target: Path) -> None:
        try:
            self._make_folder(target.parent)
            source.replace(target)
            self._sync_folders(target.parent)
            _sync_folder(source.parent)
        except OSError as error:
            raise _failure(error) from error

    def _sync_folders(self, folder: Path) -> None:
        """Make names durable, from `folder` up to the store's own: a killed writer may have left any unsynced.

        A folder whose own name this process has made durable needs no more than itself: folders stay.
        """
        named: list[Path] = []
        while True:
            _sync_folder(folder)
            if folder == self._folder or folder in self._named:
                break
            named.append(folder)
            folder = folder.parent
        if len(self._named) > _NAMES_KEPT:
            self._named.clear()
        self._named.update(named)


def _write_all(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view = view[written:]
        offset += written


def _read_all(descriptor: int, start: int, end: int) -> bytes:
    pieces = []
    while start < end:
        piece = os.pread(descriptor, end - start, start)
        if not piece:
            break
        pieces.append(piece)
        start += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failure(error: OSError) -> StoreError:
    if isinstance(error, FileNotFoundError):
        return Missing("no such object")
    return StoreError(f"the folder failed: {error.strerror}")
