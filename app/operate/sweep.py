"""The night's sweep of the store: whatever no row of any slice names is set aside, and erased when its time is over."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from app.arrivals.mail.sweeping import unnamed_messages
from app.kit.config import settings
from app.media import quarantine
from app.media.store import media_store
from app.media.sweep import unnamed_files

log = logging.getLogger("holdfast.sweep")


class Swept(NamedTuple):
    """How many objects a sweep set aside, how many of old ones it erased, and whether it could be believed."""

    set_aside: int
    erased: int
    possible: bool


def look() -> quarantine.Found:
    """Go through the store and ask every slice that keeps objects what it does not know. Raises StoreError."""
    return quarantine.look(unnamed_files, unnamed_messages)


def sweep() -> Swept:
    """Set aside what no row names, and erase what was set aside SET_ASIDE_DAYS ago. Raises StoreError.

    A sweep that finds too much changes nothing, and erases nothing either.
    """
    found = look()
    taken = quarantine.set_aside(found)
    erased = 0 if found.too_many else quarantine.erase_old()
    media_store().tidy()
    return Swept(taken, erased, not found.too_many)


def rehearse(say: Callable[[str], None]) -> bool:
    """Say what a sweep would set aside and why, and change nothing. Whether it would do it."""
    found = look()
    for key in found.unnamed:
        say(f"{key}: no row names it")
    say(f"{found.objects} objects, {len(found.unnamed)} that no row names.")
    if found.too_many:
        say(f"That is too many: more than {quarantine.FEW} and one in {quarantine.SHARE}, or more than")
        say(f"{quarantine.MOST}. The sweep would touch nothing. Is this the right database for this store?")
    else:
        say(f"The sweep would keep them aside for {settings().set_aside_days} days, and then erase them.")
    return not found.too_many
