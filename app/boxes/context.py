"""What every page knows: whose box this is, and who can see it now."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from app.boxes import words
from app.boxes.box import Box, BoxAge
from app.boxes.circles import active
from app.boxes.connection import Connection
from app.boxes.ledger import in_words
from app.boxes.loading import base_path, mine
from app.kit.clock import today
from app.people.viewer import Viewer
from app.web import pages

pages.add_filter("bdi", words.bdi)
pages.add_filter("in_words", in_words)
pages.add_filter("log_day", words.log_day)
pages.add_filter("moment", words.moment_words)
pages.add_filter("names", words.names)


@pages.add_context
def box_context(request: Request) -> dict[str, Any]:
    """Names for every template.

    `signed_in`; `me` (Person or None); `box` (the page's box, else one's own, else None); `my_box` (one's own);
    `is_mine`; `runs_it`; `base` ("" or "/boxes/<id>"); `look` (theme, cover, mode of that box; pictures of the
    reader's own, wherever they read); `own_words`
    (our word -> theirs); `keepers` (connections who can see now because the box is kept together); `coming_back` (see
    `Mine`).
    No query for nobody, two at most for somebody.
    """
    viewer: Viewer = getattr(request.state, "viewer", Viewer())
    if viewer.person_id is None:
        return nobody()
    me, my_box, _, coming_back = mine(request)
    box: Box | None = getattr(request.state, "box", None) or my_box
    if box is None:
        return nobody() | {"signed_in": True, "me": me}
    keepers = keepers_here(request, box)
    is_mine = box.owner_id == viewer.person_id
    return {
        "signed_in": True,
        "me": me,
        "box": box,
        "my_box": my_box,
        "is_mine": is_mine,
        "runs_it": is_mine or any(keeper.person_id == viewer.person_id for keeper in keepers),
        "base": base_path(box, viewer),
        "look": {
            "theme": box.theme,
            "cover": box.cover,
            "mode": box.mode,
            "pictures": my_box is not None and my_box.pictures,
        },
        "own_words": box.own_words,
        "keepers": keepers,
        "coming_back": coming_back,
    }


def nobody() -> dict[str, Any]:
    """The names for someone who is not signed in, and so for a page with no box."""
    return {
        "signed_in": False,
        "me": None,
        "box": None,
        "my_box": None,
        "is_mine": False,
        "runs_it": False,
        "base": "",
        "look": {},
        "own_words": {},
        "keepers": [],
        "coming_back": None,
    }


def kept_together_today(session: Session, box: Box) -> bool:
    """Whether keepers count in a box today: until it is handed over, or the child is grown up (S4)."""
    if box.stage != "kept_together":
        return False
    age = session.get(BoxAge, box.id)
    return age is None or age.adult_on > today()


def keepers_here(request: Request, box: Box) -> list[Connection]:
    """The keepers of the page's box, as `keepers_now`: asked for once in a request."""
    known: tuple[UUID, list[Connection]] | None = getattr(request.state, "keepers", None)
    if known is None or known[0] != box.id:
        known = request.state.keepers = (box.id, keepers_now(request.state.session, box))
    return known[1]


def keepers_now(session: Session, box: Box) -> list[Connection]:
    """Those who see the box today because it is kept together (S4). Told to the ones who run it; others get none."""
    if box.stage != "kept_together":
        return []
    query = (
        select(Connection)
        .join(BoxAge, col(BoxAge.box_id) == Connection.box_id, isouter=True)
        .where(
            Connection.box_id == box.id,
            text("connection.box_id in (select wall.my_run_boxes())"),
            active(),
            col(Connection.keeper),
            or_(col(BoxAge.adult_on).is_(None), col(BoxAge.adult_on) > today()),
        )
        .order_by(col(Connection.ring), col(Connection.id))
    )
    return list(session.exec(query))
