"""New for you: what waits, for those who run a box."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.language import gettext
from app.media.pictures import Picture, picture_of
from app.memories.around import signs
from app.memories.kinds import KINDS
from app.memories.memory import Gift, Memory

TRAY_ROWS = 3


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One line of "New for you". `icon` stands where there is no picture; `face` is (face, tint)."""

    href: str
    title: str
    sub: str
    icon: str = "box"
    face: tuple[str, int] | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class TrayProvider:
    """Others who have something new to show: `rows` for a box that the viewer runs, newest first.

    `sign` is a select that finds a row when there may be any (see around.signs). `first`: before what was given.
    """

    sign: str
    rows: Callable[[Session, Box], list[TrayRow]]
    first: bool = False


_providers: list[TrayProvider] = []


def provide(provider: TrayProvider) -> None:
    """Let others say what is new, too."""
    _providers.append(provider)
    signs.append(provider.sign)


_ARRIVED = (
    select_columns(
        col(Memory.kind),
        col(Memory.title),
        col(Memory.cover),
        col(Memory.gift_id),
        col(Gift.title).label("gift_title"),
        col(Connection.called),
        col(Connection.face),
        col(Connection.tint),
    )
    .select_from(Memory)
    .join(Gift, col(Gift.id) == Memory.gift_id, isouter=True)
    .join(Connection, col(Connection.id) == Memory.connection_id, isouter=True)
    .where(col(Memory.box_id) == bindparam("box"), col(Memory.state) == "arrived")
    .order_by(col(Memory.gift_id).desc(), col(Memory.id))
)


def tray_rows(session: Session, box: Box, base: str) -> tuple[list[TrayRow], int]:
    """The first rows of "New for you", and how many there are: what somebody asks, then gifts that wait, newest first,
    then what others add.
    """
    rows = _provided(session, box, first=True)
    seen: set[Any] = set()
    for row in session.connection().execute(_ARRIVED, {"box": box.id}):
        if row.gift_id in seen:
            continue
        seen.add(row.gift_id)
        kind = KINDS[row.kind]
        picture = picture_of(row.cover)
        rows.append(
            TrayRow(
                href=f"{base}/tray#gift-{row.gift_id}",
                title=gettext("From %(name)s", name=row.called) if row.called else gettext("Something new"),
                sub=row.gift_title or row.title or _capital(gettext(kind.a)),
                icon=kind.icon,
                face=(row.face, row.tint) if row.face else None,
                picture=picture or None,
            )
        )
    rows += _provided(session, box, first=False)
    return rows[:TRAY_ROWS], len(rows)


def _provided(session: Session, box: Box, *, first: bool) -> list[TrayRow]:
    return [row for provider in _providers if provider.first is first for row in provider.rows(session, box)]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
