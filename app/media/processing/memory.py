"""Files that live in memory alone: what needs a seekable file gets one, and no plaintext reaches a disk."""

import os
from typing import IO


def memory_file(name: str) -> IO[bytes]:
    """An empty file without a folder, to write and read; gone when it is closed. `name` only shows in debuggers."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "w+b")
    import tempfile

    return tempfile.TemporaryFile(dir=memory_disk())


def memory_disk() -> str | None:
    """A folder whose files are kept in memory, where the system has one."""
    place = "/dev/shm"  # noqa: S108  # only ever used through tempfile
    return place if os.access(place, os.W_OK) else None


class MemoryOutput:
    """A memory file that another program writes as `path`, once `descriptor` has been handed on to it."""

    def __init__(self) -> None:
        self._file = memory_file("copy")
        self.descriptor = self._file.fileno()
        self.path = f"/proc/self/fd/{self.descriptor}"

    @property
    def size(self) -> int:
        """Bytes in it now."""
        return os.fstat(self.descriptor).st_size
