"""Opening a file nobody trusts, and making clean copies of what is in it, always in a caged child process."""

from typing import IO, TYPE_CHECKING

from app.media.processing.outcome import FileKind, Outcome, Rendition, Unreadable

if TYPE_CHECKING:
    from app.media.processing.cage import Reader

__all__ = ["FileKind", "Outcome", "Rendition", "Unreadable", "examine", "process"]

_MOST_ZEROS = 1024 * 1024


def process(source: "bytes | Reader", role_hint: str | None = None) -> Outcome:
    """Open a file and make the copies that may be shown; the file's name and claimed type are not asked for.

    `source` is the plaintext, whole or as something with `read(size)`. `role_hint="audio"` takes a video's sound alone.
    Renditions, by kind (pixels; AVIF and JPEG of each picture; none larger than the original; no metadata in any):

    - photo: "2048", "1024", "256" .avif/.jpg (longest side; a photo smaller than that has its own size under the name);
      of one that moves also "phone.mp4" (H.264, no sound)
    - video: "phone.mp4" (H.264/AAC, short side at most 720), "poster" and "poster-256" .avif/.jpg, "strip.jpg" (six
      moments side by side)
    - audio: "listen.m4a"
    - document: of a PDF "page-1" … "page-5" and "page-1-256" … .avif/.jpg (1024 wide; within 256 × 256); of an office
      file none
    - other (anything else, scripts and playlists too): none

    Raises Unreadable with reason broken, too_big, too_long, empty, too_slow or timeout.
    """
    return _open(source, role_hint, only_look=False)


def examine(source: "bytes | Reader") -> FileKind:
    """What a file is, decided by opening it, without making copies. Raises Unreadable."""
    found = _open(source, None, only_look=True)
    return FileKind(found.kind, found.mime)


def _open(source: "bytes | Reader", role_hint: str | None, only_look: bool) -> Outcome:
    # The child imports this package too; what only the parent needs is imported here.
    from app.media.processing import cage, look
    from app.media.processing.outcome import outcome_from

    with cage.in_memory(source, cage.MOVING.source) as file:
        found = look.guess(file.read(look.HEAD))
        start = _begins(file) if found == look.OTHER else 0
        if start:
            file.seek(start)
            return _open(file, role_hint, only_look)
        if found.decoder == "none":
            return outcome_from({"kind": "other", "mime": look.NONE_MIME}, [])
        arguments: dict[str, str | bool] = {"container": found.container, "only_look": only_look}
        limits = cage.STILL
        if found.decoder == "sound_or_video":
            limits = cage.MOVING
            arguments |= {"sure": found.sure, "sound_only": role_hint == "audio"}
        elif file.seek(0, 2) > limits.source:
            raise Unreadable("too_big")
        result = cage.run_caged(found.decoder, file, limits, arguments)
    try:
        return outcome_from(result.facts, result.blobs)
    except (ValueError, KeyError, TypeError, IndexError):
        raise Unreadable("broken") from None


def _begins(file: IO[bytes]) -> int:
    """Where a sound or a film begins that has zeros before it, as recorders and half-repaired copies do; else 0."""
    from app.media.processing import look

    file.seek(0)
    for at in range(0, _MOST_ZEROS, look.HEAD):
        piece = file.read(look.HEAD)
        behind = piece.lstrip(b"\0")
        if behind or not piece:
            found = look.guess(behind + file.read(look.HEAD - len(behind)))
            return at + len(piece) - len(behind) if found.decoder == "sound_or_video" else 0
    return 0
