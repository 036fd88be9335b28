"""Places for posts that are under way: a few for each road, and none for whoever stands there and says nothing."""

import time
from collections.abc import AsyncIterator

from fastapi import Request

from app.media.bodies import pieces_and_pauses

GRACE_S = 1.0
"""So long a post may take to begin, whoever else waits."""
PACE = 16 * 1024
"""Bytes a second that a machine which posts mail reaches with ease."""


class NoPlace(Exception):
    """All places are taken by posts that get on."""


class Gone(Exception):
    """This post was slow, and its place was needed."""


class Slot:
    """One place. `bytes` is what came of its post so far."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.bytes = 0
        self.lost = False

    def pace(self) -> float:
        """Bytes a second; while it is young, as fast as need be."""
        age = time.monotonic() - self.began
        return self.bytes / age if age > GRACE_S else float("inf")

    async def pieces(self, request: Request) -> AsyncIterator[bytes]:
        """The body in pieces. Raises ClientDisconnect, and Gone when the place went to another."""
        async for piece in pieces_and_pauses(request):
            if self.lost:
                raise Gone
            self.bytes += len(piece)
            if piece:
                yield piece


class Slots:
    """At most `most` posts at once on one road. When all are taken, the slowest gives way to the next."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: set[Slot] = set()

    def enter(self) -> Slot:
        """A place, to be left again. Raises NoPlace."""
        if len(self._held) >= self._most:
            slowest = min(self._held, key=Slot.pace)
            if slowest.pace() >= PACE:
                raise NoPlace
            slowest.lost = True
            self._held.discard(slowest)
        slot = Slot()
        self._held.add(slot)
        return slot

    def leave(self, slot: Slot) -> None:
        """It is over, however it ended."""
        self._held.discard(slot)
