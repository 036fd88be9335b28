"""What time does to messages: knocks go back, and what is no longer wanted is erased."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, func, or_, text, update
from sqlmodel import col, select

from app.arrivals.mail.message import KNOCK_DAYS, MailMessage
from app.arrivals.mail.opening import MAIL_DOOR
from app.arrivals.mail.post import MailPost
from app.arrivals.mail.sealing import STORE_PREFIX
from app.kit.clock import now
from app.kit.db import open_session
from app.media.opening import processing_session
from app.media.store import delete_after_commit
from app.memories.memory import Memory

ORPHAN_AFTER = timedelta(days=1)
WAITED_TOO_LONG = timedelta(minutes=30)
_AT_ONCE = 500
T = TypeVar("T")
_OURS = re.compile(rf"{STORE_PREFIX}[0-9a-f]{{2}}/([0-9a-f]{{32}})")


def send_back() -> None:
    """Knocks nobody answered, and what was turned away, go back after KNOCK_DAYS days."""
    long_ago = now() - timedelta(days=KNOCK_DAYS)
    over = or_(
        (col(MailMessage.state) == "knocking") & (col(MailMessage.received_at) < long_ago),
        (col(MailMessage.state) == "turned_away") & (col(MailMessage.decided_at) < long_ago),
    )
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        session.connection().execute(update(MailMessage).where(over).values(state="returned", content_print=""))


def let_go() -> None:
    """A message of which anything was erased goes too: its words and files have lives of their own as memories."""
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        delivered = session.exec(
            select(MailMessage.id, MailMessage.gift_id, MailMessage.items).where(MailMessage.state == "delivered")
        ).all()
    for batch in _in_batches(iter(delivered)):
        with processing_session() as session:
            left = session.exec(
                select(Memory.gift_id, func.count())
                .where(col(Memory.gift_id).in_([gift_id for _, gift_id, _ in batch]))
                .group_by(col(Memory.gift_id))
            )
            counts = dict(left.all())
        gone = [message_id for message_id, gift_id, items in batch if counts.get(gift_id, 0) < items]
        with open_session(MAIL_DOOR, role="holdfast_worker") as session:
            session.connection().execute(
                update(MailMessage).where(col(MailMessage.id).in_(gone)).values(state="returned", content_print="")
            )


def erase_returned() -> int:
    """Rows first, then their bytes; bytes that a crash leaves are set aside by the night's sweep. Returns how many."""
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        rows = session.exec(select(MailMessage).where(MailMessage.state == "returned").with_for_update()).all()
        for row in rows:
            delete_after_commit(session, row.store_key)
            session.delete(row)
        return len(rows)


def unnamed_messages(keys: Iterable[str]) -> set[str]:
    """Which of these are raw messages that no row names: what a killed process left behind."""
    old = {match[0]: UUID(match[1]) for match in map(_OURS.fullmatch, keys) if match and _is_old(UUID(match[1]))}
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        known = set(session.exec(select(MailMessage.id).where(col(MailMessage.id).in_(old.values()))))
    return {key for key, message_id in old.items() if message_id not in known}


def forget_posts() -> None:
    """Posts that nobody could play again: the wall shows those of before yesterday."""
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        session.connection().execute(delete(MailPost))


def forgotten() -> list[tuple[UUID, int]]:
    """Messages that wait to be opened and for which no job is left, with their sizes in bytes."""
    query = text(
        "select m.id, m.bytes from mail_message m"
        " where m.state = 'received' and m.received_at < :since and not exists ("
        " select from jobs.procrastinate_jobs j"
        " where j.status in ('todo', 'doing') and j.args ->> 'message_id' = m.id::text)"
    )
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        return [(row.id, row.bytes) for row in session.execute(query, {"since": now() - WAITED_TOO_LONG})]


def _in_batches(everything: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(everything, _AT_ONCE)):
        yield batch


def _is_old(made: UUID) -> bool:
    """Whether a UUIDv7 was made longer ago than anything unfinished can be."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC) < now() - ORPHAN_AFTER
