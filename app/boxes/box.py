"""Whose box."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.kit.columns import created, one_of
from app.kit.ids import new_id

THEMES = ("tide", "moss", "rowan", "sloe", "flint")
COVERS = ("tide", "pebble", "roofs", "hills", "plain")
MODES = ("", "light", "dark")


class Box(SQLModel, table=True):
    """A box belongs to one young person. Everything else hangs off a box and carries its id.

    `pictures`: mostly pictures, for someone who does not read much yet. `own_words`: our word -> theirs.
    """

    __tablename__ = "box"
    __table_args__ = (
        one_of("stage", "kept_together", "mine"),
        one_of("theme", *THEMES),
        one_of("cover", *COVERS),
        one_of("mode", *MODES),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    owner_id: UUID = Field(foreign_key="person.id", unique=True)
    name: str
    stage: str = "mine"
    theme: str = "tide"
    cover: str = "tide"
    mode: str = ""
    pictures: bool = False
    own_words: dict[str, str] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    created_at: datetime = created()

    def hand_over(self) -> None:
        """From kept together to the young person's own; keepers are ordinary connections from the next request on."""
        self.stage = "mine"


class BoxKey(SQLModel, table=True):
    """The box's key, wrapped by the master key: it wraps the key of every file in the box."""

    __tablename__ = "box_key"

    box_id: UUID = Field(primary_key=True, foreign_key="box.id")
    wrapped: bytes


class BoxAge(SQLModel, table=True):
    """The day a keeper's part ends by itself: the birthday at ADULT_AGE. Not for connections to know.

    `leap_day`: born on 29 February, which the day at ADULT_AGE need not show.
    """

    __tablename__ = "box_age"

    box_id: UUID = Field(primary_key=True, foreign_key="box.id")
    adult_on: date
    leap_day: bool = False
