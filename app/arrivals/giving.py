"""Giving from a phone: a few files or a few words become one gift."""

import hashlib
import mimetypes
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.arrivals.forms import GiveForm
from app.arrivals.receive import GiftItem, receive
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.once import made_id
from app.kit.language import N_, N_many, gettext, ngettext
from app.media.names import moving_halves, sort_of
from app.media.upload import Upload
from app.memories.kinds import KINDS
from app.memories.memory import Gift
from app.people.viewer import Viewer

_KINDS_OF_MEDIA = {"image": "photo", "video": "video", "audio": "voice"}
_ENDINGS = {".heic": "photo", ".heif": "photo", ".m4a": "voice", ".amr": "voice", ".opus": "voice"}
_NO_FILE = {
    "photo": N_("There’s no photo yet. Choose one, or pick Words."),
    "video": N_("There’s no video yet. Choose one, or pick Words."),
    "voice": N_("There’s no recording yet. Choose one, or pick Words."),
}

_ONE = {"photo": N_("Photo"), "video": N_("Video"), "voice": N_("Recording"), "certificate": N_("File")}
_SEVERAL = {
    "photo": N_many("%(num)s photo", "%(num)s photos"),
    "video": N_many("%(num)s video", "%(num)s videos"),
    "voice": N_many("%(num)s recording", "%(num)s recordings"),
    "certificate": N_many("%(num)s file", "%(num)s files"),
}


def uploads_in_order(session: Session, upload_ids: Sequence[UUID]) -> list[Upload]:
    """The viewer's own uploads among these, claimed ones too, in the order asked."""
    found = {each.id: each for each in session.exec(select(Upload).where(col(Upload.id).in_(upload_ids)))}
    return [found[each] for each in upload_ids if each in found]


def missing(form: GiveForm, upload_ids: Sequence[UUID]) -> dict[str, str]:
    """One sentence for what a gift of this kind cannot be without."""
    if form.kind == "words":
        return {} if form.words or upload_ids else {"words": gettext("Write something first. One line is fine.")}
    return {} if upload_ids else {"files": gettext(_NO_FILE[form.kind])}


def give(
    session: Session, viewer: Viewer, box: Box, connection: Connection, form: GiveForm, upload_ids: Sequence[UUID]
) -> Gift:
    """Make the gift. The same page sent twice is one gift; the same page with something new in it is another.

    Raises Refused, with nothing done, for an upload that is not complete or not theirs.
    """
    uploads = uploads_in_order(session, upload_ids)
    items, content = items_of(form, uploads), _content_print(form, uploads)
    return give_once(session, viewer, box, connection, form.once, content, title_of(form, uploads), form.words, items)


def give_once(
    session: Session,
    viewer: Viewer,
    box: Box,
    connection: Connection,
    once: UUID,
    content: str,
    title: str,
    words: str,
    items: list[GiftItem],
) -> Gift:
    """One gift for one sending of a page: `once` came with the page, `content` is the fingerprint of what it says.

    The gift that is there, when the same was sent before; another one, when something else was. Raises Refused.
    """
    made = made_id(viewer.person_id, "gift", once, connection.id, content)
    there = session.get(Gift, made)
    if there is not None:
        return there
    try:
        with session.begin_nested():
            return receive(
                session,
                box_id=box.id,
                connection_id=connection.id,
                added_by=viewer.person_id,
                way="web",
                title=title,
                words=words,
                items=items,
                gift_id=made,
                content_print=content,
            )
    except IntegrityError:  # the other of two taps was quicker
        return session.get_one(Gift, made)


def items_of(form: GiveForm, uploads: Sequence[Upload]) -> list[GiftItem]:
    """Photos together are one memory, with what moves in them; every other file its own. The first has the words."""
    happened = form.day.isoformat() if form.day else ""
    if not uploads:
        return [GiftItem("message", words=form.words, happened=happened)]
    grouped: list[tuple[str, list[UUID]]] = []
    halves = moving_halves([upload.name for upload in uploads])
    # Behind the photos, so that a photo is what stands for them.
    for place in sorted(range(len(uploads)), key=halves.__contains__):
        upload = uploads[place]
        kind = "photo" if place in halves else kind_of(upload, form)
        photos = next((ids for each, ids in grouped if each == kind == "photo"), None)
        if photos is None:
            grouped.append((kind, [upload.id]))
        else:
            photos.append(upload.id)
    return [
        GiftItem(
            kind,
            words="" if position else form.words,
            happened=happened,
            details=KINDS[kind].details.model_validate({"who": form.who}).model_dump(mode="json"),
            uploads=ids,
        )
        for position, (kind, ids) in enumerate(grouped)
    ]


def kind_of(upload: Upload, form: GiveForm) -> str:
    """What its phone says it is counts before what was tapped: "photo" is tapped already when the page opens."""
    name = upload.name.lower()
    guessed = next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), "")
    mimes = (upload.mime, mimetypes.guess_type(name)[0] or "")
    for mime in mimes:
        guessed = guessed or _KINDS_OF_MEDIA.get(mime.partition("/")[0], "")
    guessed = guessed or _KINDS_OF_MEDIA.get(sort_of(name), "")
    if guessed:
        return guessed
    unknown = all(mime in ("", "application/octet-stream") for mime in mimes)
    return form.kind if unknown and form.kind != "words" else "certificate"


def title_of(form: GiveForm, uploads: Sequence[Upload]) -> str:
    """What the giver's own list calls it: "Words", "Photo", "3 photos", "2 things"."""
    halves = moving_halves([upload.name for upload in uploads])
    kinds = [kind_of(upload, form) for place, upload in enumerate(uploads) if place not in halves]
    if not kinds:
        return gettext("Words")
    if len(kinds) == 1:
        return gettext(_ONE[kinds[0]])
    one, many = _SEVERAL[kinds[0]] if len(set(kinds)) == 1 else N_many("%(num)s thing", "%(num)s things")
    return ngettext(one, many, len(kinds))


def _content_print(form: GiveForm, uploads: Iterable[Upload]) -> str:
    digest = hashlib.sha256()
    files = [f"{each.name}\n{each.sha256 or each.id.hex}" for each in uploads]
    for part in (form.kind, form.words, str(form.day), form.who, *files):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
