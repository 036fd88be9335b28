"""New for you: what others gave, before anyone has decided."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.language import N_, gettext, ngettext
from app.memories.cards import Card, card, card_rows
from app.memories.memory import Gift, Memory

PAGE = 30
WORDS = 4000
_WAYS = {"mail": N_("By email"), "app": N_("From an app"), "web": N_("From their phone")}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One giving as the tray shows it. `cards` are what is still to be decided of it."""

    gift: Gift
    giver: Connection
    cards: list[Card]

    @property
    def headline(self) -> str:
        """ "Mrs Patel sent a certificate", "Joe sent 3 things"."""
        count, name = len(self.cards), self.giver.called
        if count > 1:
            return ngettext("%(name)s sent %(num)s thing", "%(name)s sent %(num)s things", count, name=name)
        only = self.cards[0]
        if only.kind.name == "photo" and only.more:
            photos = only.more + 1
            return ngettext("%(name)s sent %(num)s photo", "%(name)s sent %(num)s photos", photos, name=name)
        return gettext("%(name)s sent %(thing)s", name=name, thing=gettext(only.kind.a))

    @property
    def way(self) -> str:
        return gettext(_WAYS[self.gift.way])

    @property
    def waiting(self) -> bool:
        return any(each.waiting for each in self.cards)


@dataclass(frozen=True, slots=True)
class Tray:
    """At most PAGE gifts, newest first, and how many gifts wait beyond them."""

    gifts: list[Arrived]
    more: int


def tray_of(session: Session, box: Box) -> Tray:
    """What waits in a box, for someone who decides there."""
    waiting = (
        select(Memory.gift_id)
        .where(Memory.box_id == box.id, Memory.state == "arrived", col(Memory.gift_id).is_not(None))
        .distinct()
        .subquery()
    )
    total = session.exec(select(func.count()).select_from(waiting)).one()
    gifts = session.exec(
        select(Gift, Connection)
        .join(Connection, col(Connection.id) == Gift.connection_id)
        .where(col(Gift.id).in_(select(waiting.c.gift_id)))
        .order_by(col(Gift.sent_at).desc(), col(Gift.id).desc())
        .limit(PAGE)
    ).all()
    query = card_rows(WORDS).where(
        col(Memory.gift_id).in_([gift.id for gift, _ in gifts]), col(Memory.state) == "arrived"
    )
    cards: dict[Any, list[Card]] = {}
    for row in session.connection().execute(query.order_by(col(Memory.id))):
        cards.setdefault(row.gift_id, []).append(card(row))
    found = [Arrived(gift, giver, cards[gift.id]) for gift, giver in gifts if gift.id in cards]
    return Tray(found, max(0, total - len(gifts)))


def still_arrived(session: Session, gift: Gift) -> list[Memory]:
    """The memories of a gift that nobody has decided about."""
    query = select(Memory).where(Memory.gift_id == gift.id, Memory.state == "arrived").order_by(col(Memory.id))
    return list(session.exec(query))


def put_away_count(session: Session, box: Box) -> int:
    """How many things wait in the drawer."""
    query = select(func.count()).select_from(Memory).where(Memory.box_id == box.id, Memory.state == "put_away")
    return session.exec(query).one()
