"""The journey: chapters along the way, newest first, and the times nobody has told yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.kit.language import gettext
from app.media.pictures import Picture, picture_of
from app.memories.chapter import Chapter
from app.memories.memory import Memory
from app.web.words import day_with_year, month, month_with_year

GAP_FROM = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Node:
    """One stop on the way: a chapter, or a gap (`gap` is its number). `count` counts what is kept in it."""

    years: str
    chapter: Chapter | None = None
    count: int = 0
    picture: Picture | None = None
    gap: int | None = None


def journey(session: Session, box: Box) -> list[Node]:
    """The nodes of a box's journey, newest first; chapters with no dates come last. Three queries."""
    chapters = list(session.exec(select(Chapter).where(Chapter.box_id == box.id)))
    counts = _counts(session, box)
    covers = _covers(session, box)
    ends: list[tuple[date, Node]] = []
    for chapter in chapters:
        last = chapter.ends_on or (date.max if chapter.starts_on else date.min)
        picture = picture_of(covers.get(chapter.id), alt="")
        ends.append((last, Node(years(chapter), chapter, counts.get(chapter.id, 0), picture or None)))
    ends += [(until, Node(_span(since, until), gap=number)) for number, (since, until) in enumerate(gaps(chapters), 1)]
    ends.sort(
        key=lambda end: (end[0], end[1].chapter.starts_on or date.min if end[1].chapter else end[0]), reverse=True
    )
    return [node for _, node in ends]


def gaps(chapters: Sequence[Chapter]) -> list[tuple[date, date]]:
    """The times between homes that no home covers: first and last day of each, where it is GAP_FROM or longer."""
    homes = sorted(
        (chapter.starts_on, chapter.ends_on or date.max) for chapter in chapters if chapter.home and chapter.starts_on
    )
    found = []
    covered = date.min
    for (_, ended), (began, _) in pairwise(homes):
        covered = max(covered, ended)
        if covered != date.max and began - covered > GAP_FROM:
            found.append((covered + timedelta(days=1), began - timedelta(days=1)))
    return found


def years(chapter: Chapter) -> str:
    """When a chapter was, as exactly as a story needs: "2014 to 2017", "2020 to now", "2017", "May to June 2022".

    A single day is "3 March 2014"; "" when nobody knows.
    """
    began, ended = chapter.starts_on, chapter.ends_on
    if began is None:
        return gettext("Until %(day)s", day=ended.year) if ended else ""
    if ended is None:
        return gettext("%(first)s to now", first=began.year)
    if began == ended:
        return day_with_year(began)
    return _span(began, ended) if began.year == ended.year else _from_to(began.year, ended.year)


def _span(since: date, until: date) -> str:
    """Days of less than some years: in months, or as whole years where they are whole."""
    if (since.month, since.day) == (1, 1) and (until.month, until.day) == (12, 31):
        return str(since.year) if since.year == until.year else _from_to(since.year, until.year)
    if since.year != until.year:
        return _from_to(month_with_year(since), month_with_year(until))
    last = month_with_year(until)
    return _from_to(month(since), last) if since.month != until.month else last


def _from_to(first: str | int, last: str | int) -> str:
    return gettext("%(first)s to %(last)s", first=first, last=last)


def _counts(session: Session, box: Box) -> dict[UUID, int]:
    query = (
        select(Memory.chapter_id, func.count())
        .where(col(Memory.box_id) == box.id, col(Memory.state) == "kept", col(Memory.chapter_id).is_not(None))
        .group_by(col(Memory.chapter_id))
    )
    return {chapter_id: count for chapter_id, count in session.exec(query) if chapter_id is not None}


def _covers(session: Session, box: Box) -> dict[UUID, Mapping[str, Any]]:
    """The newest picture of every chapter."""
    query = (
        select(Memory.chapter_id, Memory.cover)
        .where(
            col(Memory.box_id) == box.id,
            col(Memory.state) == "kept",
            col(Memory.chapter_id).is_not(None),
            col(Memory.cover)["width"].as_integer().is_not(None),
            col(Memory.kind).in_(("photo", "video", "treasured_thing")),
        )
        .distinct(col(Memory.chapter_id))
        .order_by(col(Memory.chapter_id), col(Memory.happened_on).desc().nulls_last(), col(Memory.id).desc())
    )
    return {chapter_id: cover for chapter_id, cover in session.exec(query) if chapter_id is not None and cover}
