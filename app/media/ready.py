"""What slices above this one say before a file is opened, and are told when it has been."""

from collections.abc import Callable

from sqlmodel import Session

from app.media.media_file import MediaFile
from app.media.processing import Outcome

Ready = Callable[[Session, MediaFile, Outcome | None], None]

Wanted = Callable[[Session, MediaFile], str | None]

_callbacks: list[Ready] = []
_wishes: list[Wanted] = []


def on_ready(callback: Ready) -> Ready:
    """Register `callback(session, media_file, outcome)`; registering it again changes nothing. Usable as a decorator.

    It is called once for each file, in the worker, in the transaction that makes the file ready or failed: the
    session has the role holdfast_worker and the door "processing", and the caller commits. `outcome` is None when the
    file could not be opened (`media_file.state` is then "failed"). What it raises undoes the whole transaction and
    the job tries again.
    """
    if callback not in _callbacks:
        _callbacks.append(callback)
    return callback


def tell(session: Session, media_file: MediaFile, outcome: Outcome | None) -> None:
    """Call every registered function, in the order registered."""
    for callback in _callbacks:
        callback(session, media_file, outcome)


def on_opening(wish: Wanted) -> Wanted:
    """Register `wish(session, media_file)`, which says what a file is wanted for: "audio" for its sound alone, else
    None.

    It is called in the worker, by the door "processing", before the file is opened. Usable as a decorator.
    """
    if wish not in _wishes:
        _wishes.append(wish)
    return wish


def wanted(session: Session, media_file: MediaFile) -> str | None:
    """What a file is wanted for, by the first that says anything."""
    return next(filter(None, (wish(session, media_file) for wish in _wishes)), None)
