"""Sharing from a phone's gallery: what was picked there goes on to the page where it is added."""

from itertools import chain
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.boxes.box import Box
from app.boxes.home import boxes_i_am_in
from app.boxes.loading import mine
from app.kit.language import gettext
from app.media.intake import kept_uploads
from app.media.names import moving_halves, sort_of
from app.media.received import ReceivedForm
from app.media.upload import Upload
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Kind
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import Refused
from app.web.pages import render, see_other
from app.web.pwa import WORKER_PARTS

router = APIRouter(prefix="/share")
WORKER_PARTS.append("js/worker-share.js")

_SORTS = {"video": "video", "audio": "voice"}


class Lot(NamedTuple):
    """Files that make one memory of a kind, already sent: `href` is the page that adds them."""

    kind: Kind
    uploads: list[Upload]

    @property
    def href(self) -> str:
        ids = urlencode([("upload", upload.id) for upload in self.uploads])
        return f"/add/{self.kind.name}?{ids}"


def get_own_box(request: Request, viewer: CurrentViewer) -> Box:
    """One's own box, for files that come with the request. Raises Refused, before they are read."""
    box = mine(request).box
    if box is None:
        raise Refused(gettext("We can’t tell whose box it’s for. Open that box and add it there."), 409)
    request.state.box = box
    return box


@router.post("")
def receive(request: Request, box: Annotated[Box, Depends(get_own_box)], form: ReceivedForm) -> Response:
    """Take what a phone sends itself, where no worker of ours is there to hold it for the page."""
    if form.problems:
        raise Refused(" ".join(form.problems))
    return see_other(request, "/share?" + urlencode([("upload", each) for each in form.uploads]))


@router.get("")
def hand_on(
    request: Request,
    viewer: CurrentViewer,
    session: ViewerSession,
    held: str = "",
    kind: str = "",
    upload: Annotated[list[UUID], Query()] = [],  # noqa: B006  # FastAPI copies it
    opened: bool = False,
) -> Response:
    """On to the page where it is added; where it could be several, those are shown to pick from.

    `held` names files that the worker on the phone holds, and `kind` what they make; `upload` those that were sent;
    with `opened` a computer opens them with the app.
    """
    to_page = f"?held={quote(held, safe='')}" if held else ""
    if opened:
        return render(request, "memories/share.html", lots=[], boxes=[], opened=True, to_page="")
    if mine(request).box is None:
        boxes = [one for one in boxes_i_am_in(session, viewer) if one.connection.may_add]
        if len(boxes) == 1:
            return see_other(request, f"/boxes/{boxes[0].box.id}/give{to_page}")
        return render(request, "memories/share.html", lots=[], boxes=boxes, opened=False, to_page=to_page)
    if held:
        return see_other(request, f"/add/{kind if kind in KINDS else 'photo'}{to_page}")
    lots = sorted_out(kept_uploads(session, upload))
    if len(lots) > 1:
        return render(request, "memories/share.html", lots=lots, boxes=[], opened=False, to_page="")
    return see_other(request, lots[0].href if lots else "/add")


def sorted_out(uploads: list[Upload]) -> list[Lot]:
    """The memories that these could be: pictures together with what moves in them, each film and sound by itself."""
    by_kind: dict[str, list[Upload]] = {"photo": []}
    halves = moving_halves([upload.name for upload in uploads])
    for place in sorted(range(len(uploads)), key=halves.__contains__):
        by_kind.setdefault("photo" if place in halves else _kind_of(uploads[place]), []).append(uploads[place])
    return list(
        chain.from_iterable(
            [
                Lot(KINDS[name], all_[start : start + KINDS[name].most])
                for start in range(0, len(all_), KINDS[name].most)
            ]
            for name, all_ in by_kind.items()
        )
    )


def _kind_of(upload: Upload) -> str:
    """What its phone says it is; where that is nothing that we know, what it is called."""
    said = upload.mime.partition("/")[0]
    return _SORTS.get(said if said in ("image", "video", "audio") else sort_of(upload.name), "photo")
