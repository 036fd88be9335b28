"""What a card shows of a memory's files, kept with the memory's own row as soon as a file is ready."""

from typing import Any

from sqlmodel import Session, col, select

from app.kit.clock import today
from app.media.media_file import MediaFile
from app.media.pictures import cover_of
from app.media.processing import Outcome
from app.media.ready import on_opening, on_ready
from app.memories import edtf
from app.memories.kinds import KINDS
from app.memories.memory import Memory


def waiting_cover(count: int, dated_by_file: bool) -> dict[str, Any]:
    """The cover of a memory whose `count` files are on their way. `dated_by_file` lets a file say when it happened."""
    cover: dict[str, Any] = {
        "id": "", "kind": "unknown", "state": "waiting", "width": None, "height": None, "preview": "", "duration": None,
        "peaks": [], "pages": None, "renditions": [], "more": max(0, count - 1),
    }  # fmt: skip
    return cover | ({"taken": ""} if dated_by_file else {})


@on_opening
def to_hear(session: Session, media_file: MediaFile) -> str | None:
    """A film given to a memory that is heard is wanted for its sound."""
    memory = session.get(Memory, media_file.memory_id)
    heard = memory is not None and media_file.role == "main" and KINDS[memory.kind].see == "hear"
    return "audio" if heard else None


@on_ready
def show_on_cover(session: Session, media_file: MediaFile, outcome: Outcome | None) -> None:
    """A file is ready (or cannot be shown): the first of the memory's files that can be shown becomes its cover.

    Where the maker left the day to the file, the earliest day a file knows is when it happened, until somebody says
    otherwise. What others gave is dated the same way.
    """
    memory = session.exec(select(Memory).where(Memory.id == media_file.memory_id).with_for_update()).one()
    before = memory.cover or ({"taken": ""} if memory.gift_id else {})
    files = session.exec(
        select(MediaFile)
        .where(MediaFile.memory_id == memory.id, MediaFile.role == "main")
        .order_by(col(MediaFile.position), col(MediaFile.id))
    ).all()
    if not files:
        return
    waiting = {"waiting": 1, "failed": 2}
    shown = min(files, key=lambda file: waiting.get(file.state, 0))
    cover = cover_of(shown) | {"more": len(files) - 1}
    if "taken" in before:
        cover["taken"] = _date(memory, before["taken"], outcome)
    memory.cover = cover


def _date(memory: Memory, filled: str, outcome: Outcome | None) -> str:
    """The day that files have given so far; sets it unless somebody has chosen another meanwhile."""
    if outcome is None or outcome.taken_on is None or memory.happened != filled:
        return filled
    day = outcome.taken_on.date()
    if day > today():
        return filled
    taken = min(filter(None, [filled, day.isoformat()]))
    memory.happened, memory.happened_on = taken, edtf.last_day(taken)
    return taken
