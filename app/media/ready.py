"""Who wants to know when a file has been opened: slices above this one, told inside the transaction that shows it."""

from collections.abc import Callable

from sqlmodel import Session

from app.media.media_file import MediaFile
from app.media.processing import Outcome

Ready = Callable[[Session, MediaFile, Outcome | None], None]

_callbacks: list[Ready] = []


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
