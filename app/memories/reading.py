"""A memory to read with no signal: its words, clean pictures and sound, as the phone of its owner may keep them.

The phone keeps them sealed (static/js/lib/reading.js) under a key that belongs to one sign-in.
"""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.boxes.loading import box_of
from app.kit.ids import fingerprint
from app.kit.language import gettext
from app.kit.master import derived_key
from app.media.pictures import Picture
from app.memories import edtf
from app.memories.kinds.life_track import LifeTrackDetails
from app.memories.kinds.pod_walk import PodWalkDetails
from app.memories.memory import Memory
from app.memories.showing import FileView, Showing
from app.people.viewer import Viewer
from app.web.words import clock_words

WIDEST = 1280
"""Pixels: wide enough for the screen of a phone held sideways."""

Part = dict[str, str | int]


def reading_key(sign_in_id: UUID) -> str:
    """32 bytes in base64 for one sign-in, by HKDF: never stored, and never made again for anybody once it has ended."""
    return base64.b64encode(derived_key(f"reading {sign_in_id}")).decode()


def reading_name(sign_in_id: UUID) -> str:
    """What tells a phone whether what it keeps was sealed for this sign-in. Says nothing of the sign-in or the key."""
    return fingerprint(f"reading name {sign_in_id}")[:32]


def may_still_hold(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> list[str]:
    """Which of these a phone of the viewer's may go on holding (S8): what is kept in their own box now."""
    box = box_of(session, viewer)
    if box is None or not ids:
        return []
    query = select(Memory.id).where(col(Memory.id).in_(ids), Memory.box_id == box.id, Memory.state == "kept")
    return [str(each) for each in session.exec(query)]


def reading_copy(memory: Memory, showing: Showing) -> dict[str, Any]:
    """Plain JSON: id, kind (its word), name, when, parts in order.

    A part `is` a picture or sound (`file`: where to fetch it), words (`by`: who said them, or ""), a line, or words
    that are folded up under `name`.
    """
    parts: list[Part] = []
    for file in showing.files:
        parts += _file_parts(file, showing)
    parts += [*_words(memory, showing), *_details(showing)]
    parts += [{"is": "words", "by": side.author, "words": side.words} for side in showing.sides]
    return {
        "id": str(memory.id),
        "kind": gettext(showing.kind.word),
        "name": showing.name,
        "when": edtf.words(memory.happened),
        "parts": parts,
    }


def _file_parts(file: FileView, showing: Showing) -> list[Part]:
    if file.playable and file.playable.mime.startswith("audio/"):
        return [{"is": "sound", "file": _address(file.playable.url), "alt": showing.name}]
    pictures = [part for part in map(_picture, file.pages or [file.picture]) if part]
    if file.playable:
        return [*pictures, {"is": "line", "words": gettext("The film itself needs a signal.")}]
    return pictures


def _picture(picture: Picture) -> Part | None:
    copies = picture.sources.get("jpeg", [])
    if not copies:
        return None
    url = next((url for url, width in reversed(copies) if width <= WIDEST), copies[0][0])
    return {
        "is": "picture",
        "file": _address(url),
        "alt": picture.alt,
        "width": picture.width,
        "height": picture.height,
    }


def _address(url: str) -> str:
    return url.replace("/media/", "/offline/files/", 1)


def _words(memory: Memory, showing: Showing) -> list[Part]:
    if showing.inside is not None:
        return [{"is": "folded", "name": gettext("Open it"), "words": showing.inside}]
    if memory.kind != "message":
        return []
    by = showing.giver.called if showing.giver else ""
    return [{"is": "words", "by": getattr(showing.details, "from_whom", "") or by, "words": memory.words}]


def _details(showing: Showing) -> list[Part]:
    details = showing.details
    if isinstance(details, LifeTrackDetails):
        return [
            {"is": "words", "by": " · ".join(filter(None, (song.title, song.artist))), "words": song.why}
            for song in details.songs
        ]
    if isinstance(details, PodWalkDetails):
        return [{"is": "line", "words": f"{clock_words(stop.at)} {stop.title}"} for stop in details.stops]
    return []
