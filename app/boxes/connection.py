"""Who is in a box's life, and the circles they see things in."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.clock import now, today
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.web.errors import Refused
from app.web.words import day_with_year

RINGS = (N_("Closest"), N_("Always mine"), N_("Around me"))


class Connection(SQLModel, table=True):
    """Someone in the box's life. `called` is what the young person calls them.

    Active means accepted, not ended, not blocked, and today within `starts_on`–`ends_on` (both days included).
    In state "app" it is no person: a program that was let in, as a giver of what it sends.
    `ring` is how near the young person places them: 1 closest, 2 always mine, 3 around me.
    `before_end` and `ended_before`: what `end` or `block` took the place of, for wall.put_back() alone.
    """

    __tablename__ = "connection"
    __table_args__ = (
        one_of("state", "known", "invited", "active", "ended", "blocked", "app"),
        one_of("before_end", "", "known", "invited", "active", "ended"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    called: str
    about: str = ""
    face: str = "short"
    tint: int = 1
    ring: int = 3
    in_touch: bool = True
    state: str = "known"
    keeper: bool = False
    may_add: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    created_at: datetime = created()
    accepted_at: Moment = moment()
    ended_at: Moment = moment()
    before_end: str = ""
    ended_before: Moment = moment()

    @property
    def is_active(self) -> bool:
        """Whether they are let in today."""
        return (
            self.state == "active"
            and (self.starts_on is None or self.starts_on <= today())
            and (self.ends_on is None or self.ends_on >= today())
        )

    # Each verb returns what was decided, in one sentence for the ledger, or "" when nothing changed.
    # Coming in is the invited person's own act: see wall.accept_invitation().

    def invite(self) -> str:
        """Someone known, invited before, or out, may come in. Raises Refused when they are in already, or blocked."""
        if self.state == "active" and not self.is_active and self.ends_on is not None:
            raise Refused(
                gettext(
                    "%(name)s was let in until %(day)s. Change that day to let them in again.",
                    name=self.called,
                    day=day_with_year(self.ends_on),
                )
            )
        if self.state == "active":
            raise Refused(gettext("%(name)s is already in.", name=self.called))
        if self.state == "blocked":
            raise Refused(gettext("%(name)s is blocked. Stop blocking them first.", name=self.called))
        self.state, self.before_end = "invited", ""
        return gettext("You asked %(name)s to come in.", name=self.called)

    def end(self, at: datetime | None = None) -> str:
        """From the next request on they see nothing. What they gave stays. `at`: what else ends with it carries it."""
        if self.state not in ("active", "invited"):
            return ""
        sentence = (
            gettext("You took back the invitation to %(name)s.", name=self.called)
            if self.state == "invited"
            else gettext("You stopped %(name)s seeing things.", name=self.called)
        )
        self._stop("ended", at)
        return sentence

    def block(self, at: datetime | None = None) -> str:
        """As ending, and they cannot come back or send anything until `unblock`."""
        if self.state == "blocked":
            return ""
        self._stop("blocked", at)
        return gettext("You blocked %(name)s.", name=self.called)

    def unblock(self) -> str:
        """They are out, and may be asked in again."""
        if self.state != "blocked":
            return ""
        self.state, self.before_end = "ended", ""
        return gettext("You stopped blocking %(name)s.", name=self.called)

    def _stop(self, state: str, at: datetime | None) -> None:
        self.before_end, self.ended_before = self.state, self.ended_at
        self.state, self.ended_at = state, at or now()

    def look_after(self) -> str:
        """They keep the box together with the child: they see what arrives and what is kept, and decide with them.

        Raises Refused for someone who is not let in today. Only in a box that is kept together.
        """
        if self.keeper:
            return ""
        if not self.is_active:
            raise Refused(gettext("%(name)s isn’t let in. Let them in first.", name=self.called))
        self.keeper = True
        return gettext("You asked %(name)s to look after this box together.", name=self.called)

    def stop_looking_after(self) -> str:
        """From the next request on they see only what is shared with them, like anyone else."""
        if not self.keeper:
            return ""
        self.keeper = False
        return gettext("You stopped %(name)s looking after this box.", name=self.called)

    def allow(self, may_add: bool, ends_on: date | None) -> str:
        """What they may do, and until when (that day included; None is until it is changed)."""
        adding = "" if may_add == self.may_add else "adds" if may_add else "stops"
        until = "" if ends_on == self.ends_on else "day" if ends_on else "open"
        self.may_add, self.ends_on = may_add, ends_on
        if not adding and not until:
            return ""
        day = day_with_year(ends_on) if ends_on else ""
        return gettext(_ALLOWED[adding, until], name=self.called, day=day)


# By whether they may add things from now on, and by how long they are let in.
_ALLOWED = {
    ("adds", ""): N_("You let %(name)s add things."),
    ("stops", ""): N_("You stopped %(name)s adding things."),
    ("", "day"): N_("You let %(name)s in until %(day)s."),
    ("", "open"): N_("You let %(name)s in until you change it."),
    ("adds", "day"): N_("You let %(name)s add things and let %(name)s in until %(day)s."),
    ("adds", "open"): N_("You let %(name)s add things and let %(name)s in until you change it."),
    ("stops", "day"): N_("You stopped %(name)s adding things and let %(name)s in until %(day)s."),
    ("stops", "open"): N_("You stopped %(name)s adding things and let %(name)s in until you change it."),
}


class Circle(SQLModel, table=True):
    """People who see things together. A connection's own circle of one carries its `connection_id`."""

    __tablename__ = "circle"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    name: str
    connection_id: UUID | None = Field(default=None, foreign_key="connection.id", unique=True)
    created_at: datetime = created()


class CircleMember(SQLModel, table=True):
    """A connection's time in a circle (both days included)."""

    __tablename__ = "circle_member"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    circle_id: UUID = Field(foreign_key="circle.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    starts_on: date | None = None
    ends_on: date | None = None
    created_at: datetime = created()

    def stay(self, starts_on: date | None, ends_on: date | None) -> bool:
        """Change the days of their time in the circle; whether anything changed."""
        changed = (starts_on, ends_on) != (self.starts_on, self.ends_on)
        self.starts_on, self.ends_on = starts_on, ends_on
        return changed

    def joining(self, called: str, circle: str) -> str:
        """That they were put in, in one sentence for the ledger."""
        return self._said(_JOINING, called, circle)

    def staying(self, called: str, circle: str) -> str:
        """How long they are in from now on, likewise."""
        return self._said(_STAYING, called, circle)

    def _said(self, sentences: dict[tuple[bool, bool], str], called: str, circle: str) -> str:
        first = day_with_year(self.starts_on) if self.starts_on else ""
        last = day_with_year(self.ends_on) if self.ends_on else ""
        return gettext(sentences[bool(first), bool(last)], name=called, circle=circle, first=first, last=last)


# By whether there is a first day, and a last.
_JOINING = {
    (False, False): N_("You put %(name)s in %(circle)s."),
    (True, False): N_("You put %(name)s in %(circle)s from %(first)s."),
    (False, True): N_("You put %(name)s in %(circle)s until %(last)s."),
    (True, True): N_("You put %(name)s in %(circle)s from %(first)s until %(last)s."),
}
_STAYING = {
    (False, False): N_("You changed how long %(name)s is in %(circle)s: until you change it."),
    (True, False): N_("You changed how long %(name)s is in %(circle)s: from %(first)s."),
    (False, True): N_("You changed how long %(name)s is in %(circle)s: until %(last)s."),
    (True, True): N_("You changed how long %(name)s is in %(circle)s: from %(first)s until %(last)s."),
}
