"""The demo, made once: boxes that look lived in, filled through the same verbs and the same wall as by anybody."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from email.message import EmailMessage

from sqlmodel import select

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.arrivals.mail.addresses import address_of
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.opening import open_or_knock
from app.arrivals.mail.taking_in import Envelope, local_part, take_in
from app.boxes.connection import Connection
from app.demo import people
from app.demo.filling import Filling, files_waiting
from app.demo.pieces import Made, make
from app.demo.portal import let_portal_in
from app.demo.story import Letter, read
from app.kit.db import open_session
from app.media.opening import open_file, processing_session

BOXES = ("kai", "ash", "riley", "casey")


def seed(say: Callable[[str], None]) -> None:
    """Make the demo cast and fill their boxes; nothing to do when they are there.

    Stopped half way, it leaves rows that nobody can sign in to, and begins anew the next time. `say` is told, in lines
    for a person, how far it is. Raises what the verbs raise.
    """
    if people.is_there():
        return
    say("Making people to try it with. This happens once.")
    cast = people.make_cast()
    crew = ThreadPoolExecutor(max(2, min(8, os.cpu_count() or 2)), "demo")
    try:
        stories = [read(name) for name in BOXES]
        pieces = dict.fromkeys(piece for story in stories for piece in story.pictured)
        material = {piece: crew.submit(make, piece) for piece in pieces}
        opened: list[Future[None]] = []
        for story in stories:
            say(f"Filling {story.name}’s box …" if story.memories else f"Making {story.name}’s box …")
            filling = Filling(story, cast, material)
            filling.fill()
            with processing_session() as session:
                waiting = files_waiting(session, filling.box.id)
            opened += [crew.submit(open_file, file_id, last_try=True) for file_id in waiting]
            if story.knock:
                _knock(filling, story.knock, material[story.knock.picture].result())
            if story.portal:
                let_portal_in(filling)
        say("Getting the pictures ready …")
        for each in opened:
            each.result()
    finally:
        crew.shutdown(cancel_futures=True)
    people.open_the_doors(cast)


def _knock(filling: Filling, letter: Letter, picture: Made) -> None:
    """An e-mail comes in through the mail door's own parts."""
    with open_session(filling.owner.claims()) as session:
        given = address_of(session, session.get_one(Connection, filling.people[letter.to].id))
    assert given is not None
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        f"{letter.claimed} <{letter.sender}>",
        given.whole,
        letter.subject,
    )
    message.set_content(letter.words)
    message.add_attachment(picture.data, "image", "jpeg", filename=picture.name)
    raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    take_in(Envelope("127.0.0.1", "localhost", letter.sender), [local_part(given.whole)], raw)
    with open_session(filling.owner.claims()) as session:
        message_id = session.exec(select(MailMessage.id).where(MailMessage.box_id == filling.box.id)).one()
    open_or_knock(message_id, patient=False)
