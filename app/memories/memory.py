"""A memory: one envelope for every kind of thing a box holds."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, SQLModel

from app.boxes.connection import Circle
from app.boxes.words import names
from app.kit.clock import now, today
from app.kit.columns import Moment, created, moment, one_of
from app.kit.config import settings
from app.kit.ids import new_id
from app.kit.language import gettext
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details
from app.people.viewer import Viewer
from app.web.errors import Refused
from app.web.words import day, day_with_year

MOST_CIRCLES = 100
"""An audience stands in an index, whose rows hold 2,700 bytes."""
SORT_DAY = "(case when happened_on is null then '-infinity'::date else happened_on end)"
"""What has no date comes last. Not `coalesce`: PostgreSQL does not take that for leakproof, and would not look in the
index for it before it has asked the wall about every row."""
STATES = ("arrived", "kept", "put_away", "returned", "trashed")


class Memory(SQLModel, table=True):
    """The envelope. A kind adds only `details`, read through its pydantic model.

    `happened` is EDTF (ISO 8601-2), "" when unknown; `happened_on` is its sort key: the last day it could have been.
    `audience` holds circle ids; empty is "Just me". `audience_until` is the last day anyone else can see it.
    `only_me` hides it from keepers too. `cover` is what a card needs of the first file, so a page is one query.
    `connection_id` is who gave it (None: the owner made it); `gift_id` groups what came together.
    `before_trash` is the state that restoring brings back. `content_print` is of what was sent.
    """

    __tablename__ = "memory"
    __table_args__ = (
        one_of("state", *STATES),
        Index(
            "ix_memory_timeline",
            "box_id",
            "state",
            text(f"{SORT_DAY} desc"),
            text("length(happened)"),
            text("happened desc"),
            text("id desc"),
            # All that the wall asks and cards are found by, so that neither finding nor counting reads whole memories.
            postgresql_include=["happened_on", "audience", "audience_until", "only_me"],
        ),
        Index("ix_memory_audience", "audience", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id")
    kind: str
    state: str
    title: str = ""
    words: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    happened: str = ""
    happened_on: date | None = None
    place: str = ""
    chapter_id: UUID | None = Field(default=None, foreign_key="chapter.id", ondelete="SET NULL", index=True)
    audience: list[UUID] = Field(default_factory=list, sa_column=Column(ARRAY(PG_UUID(as_uuid=True)), nullable=False))
    audience_until: date | None = None
    only_me: bool = False
    gentle: str = ""
    cover: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    added_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    connection_id: UUID | None = Field(default=None, foreign_key="connection.id", index=True)
    gift_id: UUID | None = Field(default=None, foreign_key="gift.id", index=True)
    created_at: datetime = created()
    decided_at: Moment = moment()
    before_trash: str = ""
    erase_on: date | None = None
    content_print: str = ""

    @property
    def called(self) -> str:
        """What a sentence calls it: its title in quotes, or "a photo" when it has none."""
        return gettext("‘%(title)s’", title=self.title) if self.title else gettext(KINDS[self.kind].a)

    @property
    def typed(self) -> Details:
        """`details` as its kind's pydantic model."""
        return KINDS[self.kind].details.model_validate(self.details)

    @property
    def shared_now(self) -> bool:
        """Whether its audience still counts today."""
        return (
            self.state == "kept"
            and bool(self.audience)
            and (self.audience_until is None or self.audience_until >= today())
        )

    # Each verb returns the sentence for the ledger, or "" when nothing changed. It raises Refused where the life of a
    # memory has no such step.

    def keep(self, by: Viewer) -> str:
        """arrived or put_away -> kept, seen by nobody else."""
        if self.state == "kept":
            return ""
        self._only_from("arrived", "put_away")
        back = self.state == "put_away"
        self._become("kept")
        if back:
            return gettext("You brought %(memory)s back from what was put away.", memory=self.called)
        return gettext("You kept %(memory)s.", memory=self.called)

    def put_away(self, by: Viewer) -> str:
        """arrived or kept -> put_away: out of the timeline, never lost, seen by nobody else."""
        if self.state == "put_away":
            return ""
        self._only_from("arrived", "kept")
        self._become("put_away")
        return gettext("You put %(memory)s away for now.", memory=self.called)

    def give_back(self, by: Viewer) -> str:
        """arrived -> returned ("Not for my box"): erased after TRASH_DAYS days. Whoever sent it is never told."""
        if self.state == "returned":
            return ""
        self._only_from("arrived")
        self.before_trash = self.state
        self._become("returned")
        self.erase_on = today() + timedelta(days=settings().trash_days)
        return gettext("You said %(memory)s is not for your box.", memory=self.called)

    def trash(self, by: Viewer) -> str:
        """arrived, kept or put_away -> trashed: erased after TRASH_DAYS days."""
        if self.state in ("trashed", "returned"):
            return ""
        self.before_trash = self.state
        self._become("trashed")
        self.erase_on = today() + timedelta(days=settings().trash_days)
        until = day(self.erase_on)
        return gettext("You let %(memory)s go. It can come back until %(day)s.", memory=self.called, day=until)

    def restore(self, by: Viewer) -> str:
        """trashed or returned -> where it was before, seen by nobody else."""
        if self.state not in ("trashed", "returned"):
            return ""
        before, self.before_trash, self.erase_on = self.before_trash or "kept", "", None
        self._become(before)
        return gettext("You brought %(memory)s back.", memory=self.called)

    def share(self, by: Viewer, circles: Sequence[Circle], until: date | None = None) -> str:
        """Let these circles see it, up to and including `until`; no circles is "Just me". Replaces who could before.

        Raises Refused for a memory that is not kept, for a day that has gone, and for more than MOST_CIRCLES.
        """
        if self.state != "kept":
            raise Refused(gettext("Keep it first. Then you can choose who sees it."))
        if until is not None and until < today():
            raise Refused(gettext("That day has gone. Pick today or a later day."))
        if len(circles) > MOST_CIRCLES:
            raise Refused(gettext("That’s a lot of people. Put them in a circle first, then choose the circle."))
        until = until if circles else None
        wanted = [circle.id for circle in circles]
        if set(wanted) == set(self.audience) and until == self.audience_until:
            return ""
        self.audience, self.audience_until, self.decided_at = wanted, until, now()
        if not circles:
            return gettext("You made %(memory)s just yours.", memory=self.called)
        people = names(circle.name for circle in circles)
        if until is None:
            return gettext("You let %(people)s see %(memory)s.", people=people, memory=self.called)
        till = day_with_year(until)
        return gettext("You let %(people)s see %(memory)s until %(day)s.", people=people, memory=self.called, day=till)

    def hide_from_keepers(self, by: Viewer) -> str:
        """Nobody who keeps the box together can see it, until the owner says so. Only the owner does this."""
        if self.only_me:
            return ""
        self.only_me, self.decided_at = True, now()
        self.audience, self.audience_until = [], None
        return gettext("You made %(memory)s only yours. Nobody who looks after the box can see it.", memory=self.called)

    def show_keepers(self, by: Viewer) -> str:
        """Takes the mark of `hide_from_keepers` away."""
        if not self.only_me:
            return ""
        self.only_me, self.decided_at = False, now()
        return gettext("You let the people who look after the box see %(memory)s again.", memory=self.called)

    def _only_from(self, *states: str) -> None:
        if self.state in states:
            return
        called = _capital(self.called)
        if self.state in ("trashed", "returned"):
            raise Refused(gettext("%(memory)s is on its way out. Bring it back first.", memory=called))
        raise Refused(gettext("%(memory)s is already in your box. You can put it away, or let it go.", memory=called))

    def _become(self, state: str) -> None:
        # Whatever it was before, nobody else sees it now: sharing is always a second, deliberate act.
        self.state, self.decided_at = state, now()
        self.audience, self.audience_until = [], None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


class MemoryRoute(SQLModel, table=True):
    """Where a pod walk went: for the owner alone (and a keeper while kept together).

    `points` is a list of [seconds, latitude, longitude], degrees in WGS 84; `sketch` is its shape as (x, y) from 0 to
    1, y downwards, few enough for a card.
    """

    __tablename__ = "memory_route"

    memory_id: UUID = Field(primary_key=True, foreign_key="memory.id")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    points: list[list[float]] = Field(default_factory=list, sa_type=JSONB)
    sketch: list[list[float]] = Field(default_factory=list, sa_type=JSONB)


class Gift(SQLModel, table=True):
    """One giving: what the giver called it and said. Their plain list is made of these rows, whatever became of it.

    `sealed`: a letter for later, whose words are in nobody's list. `shortened`: the e-mail that it came by said more.
    """

    __tablename__ = "gift"
    __table_args__ = (one_of("way", "web", "mail", "app"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    way: str
    title: str
    words: str = ""
    content_print: str = ""
    sealed: bool = False
    shortened: bool = False
    sent_at: datetime = created()


class Perspective(SQLModel, table=True):
    """How one person remembers it, in their own words. Nobody edits another's."""

    __tablename__ = "perspective"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    memory_id: UUID = Field(foreign_key="memory.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    connection_id: UUID | None = Field(default=None, foreign_key="connection.id", index=True)
    author: str
    words: str
    written_at: datetime = created()
