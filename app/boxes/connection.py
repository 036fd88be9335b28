"""Who is in a box's life, and the circles they see things in."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.clock import now, today
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id
from app.web.errors import Refused

RINGS = ("Closest", "Always mine", "Around me")


def day_with_year(value: date) -> str:
    """A day for a sentence that is kept: "31 August 2027"."""
    return f"{value.day} {value:%B %Y}"


class Connection(SQLModel, table=True):
    """Someone in the box's life. `called` is what the young person calls them.

    Active means accepted, not ended, not blocked, and today within `starts_on`–`ends_on` (both days included).
    In state "app" it is no person: a program that was let in, as a giver of what it sends.
    `ring` is how near the young person places them: 1 closest, 2 always mine, 3 around me.
    """

    __tablename__ = "connection"
    __table_args__ = (one_of("state", "known", "invited", "active", "ended", "blocked", "app"),)

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
                f"{self.called} was let in until {day_with_year(self.ends_on)}. Change that day to let them in again."
            )
        if self.state == "active":
            raise Refused(f"{self.called} is already in.")
        if self.state == "blocked":
            raise Refused(f"{self.called} is blocked. Stop blocking them first.")
        self.state = "invited"
        return f"You asked {self.called} to come in."

    def end(self) -> str:
        """From the next request on they see nothing. What they gave stays."""
        if self.state not in ("active", "invited"):
            return ""
        sentence = (
            f"You took back the invitation to {self.called}."
            if self.state == "invited"
            else f"You stopped {self.called} seeing things."
        )
        self.state, self.ended_at = "ended", now()
        return sentence

    def block(self) -> str:
        """As ending, and they cannot come back or send anything until `unblock`."""
        if self.state == "blocked":
            return ""
        self.state, self.ended_at = "blocked", now()
        return f"You blocked {self.called}."

    def unblock(self) -> str:
        """They are out, and may be asked in again."""
        if self.state != "blocked":
            return ""
        self.state = "ended"
        return f"You stopped blocking {self.called}."

    def look_after(self) -> str:
        """They keep the box together with the child: they see what arrives and what is kept, and decide with them.

        Raises Refused for someone who is not let in today. Only in a box that is kept together.
        """
        if self.keeper:
            return ""
        if not self.is_active:
            raise Refused(f"{self.called} isn’t let in. Let them in first.")
        self.keeper = True
        return f"You asked {self.called} to look after this box together."

    def stop_looking_after(self) -> str:
        """From the next request on they see only what is shared with them, like anyone else."""
        if not self.keeper:
            return ""
        self.keeper = False
        return f"You stopped {self.called} looking after this box."

    def allow(self, may_add: bool, ends_on: date | None) -> str:
        """What they may do, and until when (that day included; None is until it is changed)."""
        said = []
        if may_add != self.may_add:
            said.append(f"let {self.called} add things" if may_add else f"stopped {self.called} adding things")
        if ends_on != self.ends_on:
            until = f"until {day_with_year(ends_on)}" if ends_on else "until you change it"
            said.append(f"let {self.called} in {until}")
        self.may_add, self.ends_on = may_add, ends_on
        return f"You {' and '.join(said)}." if said else ""


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
