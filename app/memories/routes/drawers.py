"""Drawers: what is put away, and what is on its way out."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Select, func
from sqlmodel import Session, col

from app.boxes.box import Box
from app.boxes.loading import RunBox
from app.memories.cards import Leaving, card, card_rows
from app.memories.memory import Memory
from app.people.door import ViewerSession
from app.web.pages import render

router = APIRouter()
MOST = 500


@router.get("/put-away")
@router.get("/boxes/{box_id}/put-away")
def put_away(request: Request, box: RunBox, session: ViewerSession) -> Response:
    """What is kept for later. The wall shows it to the owner alone."""
    query = _in(box, "put_away").order_by(col(Memory.decided_at).desc())
    return render(request, "memories/put_away.html", leaving=_cards(session, query), more=_beyond(session, query))


@router.get("/trash")
@router.get("/boxes/{box_id}/trash")
def trash(request: Request, box: RunBox, session: ViewerSession) -> Response:
    """What was let go or is not for this box, and when each will be erased. The wall shows it to the owner alone."""
    query = _in(box, "trashed", "returned").order_by(col(Memory.erase_on), col(Memory.id))
    return render(request, "memories/trash.html", leaving=_cards(session, query), more=_beyond(session, query))


def _in(box: Box, *states: str) -> Select[Any]:
    return card_rows().where(col(Memory.box_id) == box.id, col(Memory.state).in_(states))


def _cards(session: Session, query: Select[Any]) -> list[Leaving]:
    rows = session.connection().execute(query.limit(MOST))
    return [Leaving(card(row), row.erase_on, row.state) for row in rows]


def _beyond(session: Session, query: Select[Any]) -> int:
    """How many there are beyond those that the page shows."""
    beyond = query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    return max(0, session.connection().execute(beyond).scalar_one() - MOST)
