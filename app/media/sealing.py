"""Bytes from a stream of unknown length, sealed into the store as they come."""

import hashlib
from contextlib import suppress
from itertools import chain

from app.kit.sealed import BATCH, HEADER, SEALED_SEGMENT, SEGMENT, Sealer, new_key
from app.kit.store import StoreError
from app.media.store import media_store


class Sealing:
    """One new object under `store_key`; at most about 2 MiB of it is in memory, and none of it in the clear on a disk.

    `take` never touches the disk, so an event loop may call it; `flush`, `close` and `discard` do (and raise
    StoreError).
    """

    def __init__(self, store_key: str) -> None:
        self.store_key = store_key
        self.key = new_key()
        self.length = 0
        self._sealer = Sealer.start(self.key, store_key)
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._segments = 0
        self._begun = False

    @property
    def header(self) -> bytes:
        return self._sealer.header

    @property
    def sha256(self) -> str:
        """SHA-256 of the plaintext flushed so far, in hex."""
        return self._digest.hexdigest()

    def take(self, data: bytes | memoryview) -> bool:
        """Add plaintext; whether it is time to `flush`."""
        self._pending += data
        self.length += len(data)
        return len(self._pending) > BATCH

    def flush(self) -> None:
        """Write the whole segments that are known not to be the last."""
        whole = (len(self._pending) - 1) // SEGMENT * SEGMENT
        if whole > 0:
            self._write(whole, last=False)

    def close(self) -> None:
        """Write the rest; the object is whole and durable."""
        self.flush()
        self._write(len(self._pending), last=True)
        media_store().finish(self.store_key)

    def discard(self) -> None:
        """Remove what was written. What cannot be removed now is found by the sweep."""
        self._pending.clear()
        with suppress(StoreError):
            media_store().delete(self.store_key)

    def _write(self, count: int, last: bool) -> None:
        plain = self._pending[:count]
        sealed = self._sealer.seal_pieces(self._segments, plain, last)
        if self._begun:
            media_store().append(self.store_key, HEADER + self._segments * SEALED_SEGMENT, sealed)
        else:
            media_store().append(self.store_key, 0, chain([self.header], sealed))
            self._begun = True
        self._digest.update(plain)
        self._segments += -(-count // SEGMENT)
        del self._pending[:count]
