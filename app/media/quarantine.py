"""What a sweep finds that no row names: set aside for a while, and only then erased.

A sweep that would take much of the store is wrong about the store or about the database, and takes nothing. What a
person asked to have erased does not come here: it is erased at once.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from app.kit.clock import today
from app.kit.config import settings
from app.media.store import media_store

log = logging.getLogger("holdfast.sweep")
AT_ONCE = 500
MOST = 1000
"""Objects that one sweep may set aside."""
FEW = 20
"""Objects that a sweep may always set aside, however small the store."""
SHARE = 100
"""One part of so many may be set aside."""

Unnamed = Callable[[list[str]], Iterable[str]]
"""Which of these keys are a slice's own, old enough, and named by no row."""


@dataclass
class Found:
    """How many objects a sweep found in the store, and which of them no row names (MOST + 1 at most)."""

    objects: int = 0
    unnamed: list[str] = field(default_factory=list)

    @property
    def too_many(self) -> bool:
        return len(self.unnamed) > MOST or len(self.unnamed) > max(FEW, self.objects / SHARE)


def look(*sorts: Unnamed) -> Found:
    """Go through the store once and ask each sort what it does not know. Nothing is changed. Raises StoreError."""
    found = Found()
    for keys in _in_batches(iter(media_store().keys())):
        found.objects += len(keys)
        room = MOST + 1 - len(found.unnamed)
        found.unnamed += sorted({key for unnamed in sorts for key in unnamed(keys)})[:room]
    return found


def set_aside(found: Found) -> int:
    """Set aside what no row names; how many. With too many, none, and the log says so."""
    if found.too_many:
        log.error(
            "no row names %s of %s objects in the store: too many to believe, so nothing was touched."
            " Is this the right database for this store? `holdfast sweep --dry-run` says which they are",
            f"more than {MOST}" if len(found.unnamed) > MOST else len(found.unnamed),
            found.objects,
        )
        return 0
    day = today()
    for key in found.unnamed:
        media_store().set_aside(key, day)
    return len(found.unnamed)


def erase_old() -> int:
    """Erase what was set aside longer ago than SET_ASIDE_DAYS; how many objects."""
    last = today() - timedelta(days=settings().set_aside_days)
    old = [(day, key) for day, key in media_store().set_aside_on() if day < last]
    for day, key in old:
        media_store().erase_set_aside(key, day)
    return len(old)


def _in_batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, AT_ONCE)):
        yield batch
