"""One clean copy of a file, asked of the wall in a single round trip: the request that comes most often by far."""

import time
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from app.kit.box_keys import unwrap_box_key
from app.kit.clock import now
from app.kit.db import ask
from app.kit.sealed import unwrap_key
from app.media.serving import Sealed
from app.people.door import SEEN_AGAIN, cookie_name, note_seen, sign_in_first
from app.people.viewer import Viewer
from app.web.errors import NotHere

_QUESTION = "select * from wall.clean_copy(%(secret)s, %(file)s, %(name)s)"
KEPT_S = 10.0
_KEPT_MOST = 1000


class CleanCopy(NamedTuple):
    """What may be sent, and to whom. `owner_id` is None where the viewer does not see whose box it is.

    `looked`: what they looked at within half an hour, "memory", "box" or "". `shared`: they said that the phone is not
    theirs.
    """

    file_id: UUID
    person_id: UUID
    box_id: UUID
    memory_id: UUID
    owner_id: UUID | None
    sealed: Sealed
    looked: str
    shared: bool


def find(request: Request, file_id: str, name: str) -> CleanCopy:
    """The copy of this name, for the person whose sign-in the request came with, if they can see its memory now.

    The wall is asked each time; only the unwrapping of keys is remembered, for seconds. Raises SignInFirst, NotHere and
    BrokenSeal.
    """
    token = request.cookies.get(cookie_name())
    if not token:
        raise sign_in_first(request)
    try:
        file = UUID(file_id)
    except ValueError:
        file = UUID(int=0)
    asked = {"secret": Viewer(secret=token).claims()["app.secret"], "file": file, "name": name}
    row = ask("holdfast_web", _QUESTION, asked)
    if row is None:
        raise sign_in_first(request)
    person_id, last_seen_at, box_id, memory_id, owner_id, box_key, file_key, copy, looked, shared = row
    if now() - last_seen_at > SEEN_AGAIN:
        note_seen(request)
    if copy is None:
        raise NotHere
    sealed = Sealed(copy["key"], _keys.open(box_id, file, box_key, file_key), copy["bytes"], copy["mime"])
    return CleanCopy(file, person_id, box_id, memory_id, owner_id, sealed, looked or "", shared)


class _Keys:
    """Files' keys by what they were wrapped in. Who may have one is not asked here: the wall showed what wraps it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[bytes, bytes], tuple[float, bytes]] = OrderedDict()

    def open(self, box_id: UUID, file_id: UUID, box_key: bytes, file_key: bytes) -> bytes:
        moment = time.monotonic()
        until, key = self._kept.get((box_key, file_key), (0.0, b""))
        if until > moment:
            return key
        key = unwrap_key(file_key, unwrap_box_key(box_key, box_id), file_id.bytes)
        self._kept[box_key, file_key] = (moment + KEPT_S, key)
        while len(self._kept) > _KEPT_MOST:
            self._kept.popitem(last=False)
        return key


_keys = _Keys()
