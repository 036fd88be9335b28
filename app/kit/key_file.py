"""Keys that are made here on first use, each in a file of its own in the data folder."""

import os
from collections.abc import Callable

from app.kit.config import settings


class OpenToOthers(Exception):
    """A key lies where others can read it; the message says how to close it."""


def key_file(name: str, make: Callable[[], str]) -> str:
    """What the file `name` of the data folder holds; where there is none, it is made with mode 600 from `make()`.

    Of two processes that make it at once, both get the same. Raises OpenToOthers when other accounts of the machine can
    read the file.
    """
    path = settings().data / name
    if not path.exists():
        settings().data.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    if path.stat().st_mode & 0o077:
        raise OpenToOthers(f"Other accounts can read {name}. Close it: chmod 600 {path}")
    return path.read_text().strip()
