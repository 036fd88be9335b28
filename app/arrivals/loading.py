"""What arrives, loaded through the viewer: an id alone never fetches."""

from typing import Annotated

from fastapi import Depends, Request

from app.arrivals.mail.address import MailSender
from app.arrivals.mail.message import MailMessage
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import VisibleBox, my_connection, runs, seen
from app.kit.language import gettext
from app.memories.memory import Gift
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotAllowed, NotHere


def get_giver(box: VisibleBox, viewer: CurrentViewer, session: ViewerSession) -> Connection:
    """The viewer as someone who is in this box's life. Raises NotHere for its owner and for anyone else."""
    connection = my_connection(session, viewer, box.id)
    if connection is None or box.owner_id == viewer.person_id:
        raise NotHere
    return connection


Giver = Annotated[Connection, Depends(get_giver)]


def get_run_gift(gift_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Gift:
    """A gift to a box in which the viewer decides. Raises NotHere, or NotAllowed for the giver, who decides no more."""
    gift = seen(session, Gift, gift_id)
    request.state.box = session.get(Box, gift.box_id)
    if not runs(session, gift.box_id):
        raise NotAllowed(gettext("You gave this. Whoever it is for decides what happens to it now."))
    return gift


RunGift = Annotated[Gift, Depends(get_run_gift)]


def get_knock(knock_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> MailMessage:
    """A message that knocks, or was turned away, at a box in which the viewer decides. Raises NotHere."""
    message = seen(session, MailMessage, knock_id)
    request.state.box = session.get(Box, message.box_id)
    return message


Knock = Annotated[MailMessage, Depends(get_knock)]


def get_kept_out(sender_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> MailSender:
    """A sender of whom a box in which the viewer decides has said something. Raises NotHere."""
    sender = seen(session, MailSender, sender_id)
    request.state.box = session.get(Box, sender.box_id)
    return sender


KeptOut = Annotated[MailSender, Depends(get_kept_out)]
