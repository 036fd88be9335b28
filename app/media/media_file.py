"""A file that belongs to a memory, and its clean copies."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id


class MediaFile(SQLModel, table=True):
    """What a viewer may know of a file: the clean copies and their sizes, never the original's own name or metadata.

    `state`: waiting (not processed yet), ready, failed (kept, but cannot be shown). `problem` says why, in one word; of
    one that is ready, what is wrong with what is shown.
    `mime`: what it is, found by opening it; "" while that is not known.
    `renditions`: list of {name, mime, width, height, bytes, key}; each is sealed with this file's key.
    `sealed_key`: the file's key, wrapped by the box's key. `preview`: a data URI of at most about 600 characters.
    `peaks`: loudness over time, 0–255. `duration`: seconds. `shown_bytes`: what the clean copies weigh together.
    `checked_at`: when every byte was last read and found to open; `damage`: what did not, "" for a sound file.
    """

    __tablename__ = "media_file"
    __table_args__ = (
        one_of("state", "waiting", "ready", "failed"),
        one_of("kind", "photo", "video", "audio", "document", "other", "unknown"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    memory_id: UUID = Field(foreign_key="memory.id", index=True)
    added_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    role: str = "main"
    position: int = 0
    kind: str = "unknown"
    mime: str = Field(default="", sa_column_kwargs={"server_default": ""})
    state: str = "waiting"
    problem: str = ""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    pages: int | None = None
    preview: str = ""
    peaks: list[int] | None = Field(default=None, sa_type=JSONB)
    renditions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    shown_bytes: int = Field(default=0, sa_type=BigInteger)
    sealed_key: bytes
    checked_at: Moment = moment()
    damage: str = ""
    created_at: datetime = created()


class MediaOriginal(SQLModel, table=True):
    """The file as it came, sealed byte for byte: for the owner alone (and a keeper while kept together).

    `changed_on`: the day that it says it was last changed, where it says no better one.
    """

    __tablename__ = "media_original"

    media_file_id: UUID = Field(primary_key=True, foreign_key="media_file.id")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    store_key: str
    name: str
    mime: str = "application/octet-stream"
    bytes: int = Field(sa_type=BigInteger)
    sha256: str
    changed_on: date | None = None


class MediaLocation(SQLModel, table=True):
    """Where a file was made: for the owner alone (and a keeper while kept together). Degrees, WGS 84."""

    __tablename__ = "media_location"

    media_file_id: UUID = Field(primary_key=True, foreign_key="media_file.id")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    latitude: float
    longitude: float
