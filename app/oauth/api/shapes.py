"""What the API takes and gives, as pydantic models with examples."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.kit.clock import today

KINDS_SENT = ("certificate", "photo", "video")
FIRST_YEAR = 1900


def _writable(text: str) -> str:
    """Letters that a database can hold: neither NUL nor half of a surrogate pair."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _past(day: date) -> date:
    if not day.year >= FIRST_YEAR or day > today():
        raise ValueError(f"The day must be from {FIRST_YEAR} up to today.")
    return day


Text = Annotated[str, AfterValidator(_writable)]


class About(BaseModel):
    """What this app was let do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "app": "Ashwood portal",
                    "name": "Kai",
                    "scopes": ["add:certificate", "read:profile"],
                    "until": "2026-12-20T00:00:00Z",
                }
            ]
        }
    )

    app: str
    name: str | None = Field(description="What the young person is called; null without read:profile.")
    scopes: list[str]
    until: datetime = Field(description="When it ends by itself; the app then has to ask again.")


class Copy(BaseModel):
    """One clean copy of a file: no place, no device, no names inside."""

    url: str
    mime: str
    width: int | None
    height: int | None
    bytes: int


class File(BaseModel):
    """A file of a memory. `state` is waiting until its copies are made, then ready; failed when it cannot be shown."""

    id: UUID
    kind: str
    state: Literal["waiting", "ready", "failed"]
    duration: float | None = Field(description="Seconds, of a video or a sound.")
    copies: list[Copy]


class MemoryOut(BaseModel):
    """A memory that the circle of this app may see today."""

    id: UUID
    kind: str
    title: str
    words: str
    happened: str = Field(description="EDTF (ISO 8601-2), empty when nobody knows.", examples=["2026-06-12", "2019~"])
    files: list[File]


class MemoryList(BaseModel):
    """Newest first. `before` goes on from here; null on the last page."""

    memories: list[MemoryOut]
    before: UUID | None


class MemoryIn(BaseModel):
    """A memory to send. It arrives in the tray, and the young person decides."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "certificate",
                    "title": "Science award",
                    "words": "For the volcano.",
                    "day": "2026-06-12",
                    "uploads": ["01987a5e-7c1b-7e1a-9f58-2d5c1f0f7c11"],
                }
            ]
        },
    )

    kind: Literal["certificate", "photo", "video"]
    title: Text = Field("", max_length=120)
    words: Text = Field("", max_length=20_000)
    day: Annotated[date, AfterValidator(_past)] | None = Field(None, description="When it happened, up to today.")
    uploads: list[UUID] = Field(
        default_factory=list, max_length=20, description="Uploads of this app that are complete (tus, at /uploads)."
    )


class Sent(BaseModel):
    """What was sent. What becomes of it is for the young person alone to know."""

    id: UUID
    kind: str
    title: str
    files: int


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
