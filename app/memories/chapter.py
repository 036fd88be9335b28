"""Chapters: how the young person cuts their own story into parts."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.columns import created
from app.kit.ids import new_id


class Chapter(SQLModel, table=True):
    """A named stretch of the story ("Railway Cottages"), for those who run the box. Dates may be unknown."""

    __tablename__ = "chapter"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    name: str
    words: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    home: bool = False
    created_at: datetime = created()
