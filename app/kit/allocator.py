"""How the C library's malloc gives memory back. Only glibc is told anything; elsewhere nothing happens."""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
_MIB = 1024 * 1024


def keep_buffers(*, mmap_mib: int = 4, trim_mib: int = 16, top_pad_mib: int = 0, arenas: int = 2) -> None:
    """Keep freed memory up to `trim_mib` for the next buffer, instead of handing it back page by page; see mallopt(3).

    By itself malloc maps and unmaps each buffer of 256 KiB to 1 MiB anew, and the kernel clears its pages each time:
    four fifths of the processor time that receiving and sealing a large file took. Few `arenas`, since each keeps what
    its threads have freed. Call it before threads are started.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, arenas)
        mallopt(_MMAP_THRESHOLD, mmap_mib * _MIB)
        mallopt(_TRIM_THRESHOLD, trim_mib * _MIB)
        mallopt(_TOP_PAD, top_pad_mib * _MIB)


def give_back() -> None:
    """Hand everything that is free back to the system: now and then, when little is going on."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
