"""What an app did in a box, in sentences."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from app.boxes import looks
from app.boxes.box import Box
from app.kit.language import N_, gettext
from app.memories.memory import Gift, Memory
from app.oauth.grant import OAuthGrant

_BECAME = {
    "arrived": N_("It waits for you."),
    "kept": N_("You kept it."),
    "put_away": N_("You put it away for now."),
    "returned": N_("You said it’s not for your box."),
    "trashed": N_("You let it go."),
}

MOST_DONE = 30


@dataclass(frozen=True, slots=True)
class Did:
    """One line. `at` is when."""

    at: datetime
    words: str


def did(session: Session, box: Box, client_id: UUID, limit: int = MOST_DONE) -> list[Did]:
    """What this app sent to the box and looked at there, newest first, as far as the viewer may know it."""
    query = select(OAuthGrant.connection_id).where(OAuthGrant.box_id == box.id, OAuthGrant.client_id == client_id)
    connection_id = session.exec(query.limit(1)).first()
    if connection_id is None:
        return []
    gifts = session.exec(
        select(Gift, Memory.state)
        .join(Memory, col(Memory.gift_id) == Gift.id, isouter=True)
        .where(Gift.connection_id == connection_id)
        .order_by(col(Gift.id).desc())
        .limit(limit)
    )
    lines = [Did(gift.sent_at, _sent(gift, state)) for gift, state in gifts]
    looked = looks.lines(session, box, person_id=connection_id, limit=limit)
    lines += [Did(line.at, line.words) for line in looked]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _sent(gift: Gift, state: str | None) -> str:
    sent = gettext("Sent ‘%(title)s’.", title=gift.title)
    return f"{sent} {gettext(_BECAME[state])}" if state in _BECAME else sent
