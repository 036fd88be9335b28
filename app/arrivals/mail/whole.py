"""The whole of an e-mail, for those who decide about it: what a page shows is shorter, and a guess."""

from collections.abc import Iterator
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Field, Session, SQLModel, select

from app.arrivals.loading import RunGift
from app.boxes import looks
from app.boxes.box import Box
from app.memories.asides import Aside, on_memory
from app.memories.memory import Gift, Memory
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotHere
from app.web.pages import render

router = APIRouter()


class MailText(SQLModel, table=True):
    """All the words of a message of which a gift shows fewer. It goes when the message goes."""

    __tablename__ = "mail_text"

    message_id: UUID = Field(primary_key=True, foreign_key="mail_message.id", ondelete="CASCADE")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    gift_id: UUID = Field(foreign_key="gift.id", index=True)
    words: str


@router.get("/gifts/{gift_id}/email")
def email_page(request: Request, gift: RunGift, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Everything that the e-mail said. A look by anyone but the owner is written down."""
    words = session.exec(select(MailText.words).where(MailText.gift_id == gift.id)).first()
    if words is None:
        raise NotHere
    box = session.get_one(Box, gift.box_id)
    if viewer.person_id is not None and box.owner_id != viewer.person_id:
        looks.looked(session, box_id=box.id, by=viewer.person_id, what="timeline")
    return render(request, "arrivals/email.html", gift=gift, words=words)


def _beside(session: Session, memory: Memory) -> Iterator[Aside]:
    gift = session.get(Gift, memory.gift_id) if memory.gift_id else None
    if gift is not None and gift.shortened:
        yield Aside("arrivals/_whole_email.html", {"gift": gift})


on_memory.append(_beside)
