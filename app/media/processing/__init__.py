"""Opening a file nobody trusts, and making clean copies of what is in it, always in a caged child process."""

from typing import TYPE_CHECKING

from app.media.processing.outcome import FileKind, Outcome, Rendition, Unreadable

if TYPE_CHECKING:
    from app.media.processing.cage import Reader

__all__ = ["FileKind", "Outcome", "Rendition", "Unreadable", "examine", "process"]


def process(source: "bytes | Reader", role_hint: str | None = None) -> Outcome:
    """Open a file and make the copies that may be shown; the file's name and claimed type are not asked for.

    `source` is the plaintext, whole or as something with `read(size)`. `role_hint="audio"` takes a video's sound alone.
    Renditions, by kind (pixels; AVIF and JPEG of each picture; none larger than the original; no metadata in any):

    - photo: "2048", "1024", "512", "256" .avif/.jpg (longest side; a photo smaller than that has its own size under
      the name)
    - video: "phone.mp4" (H.264/AAC, short side at most 720), "poster", "poster-512" and "poster-256" .avif/.jpg,
      "strip.jpg" (six moments side by side)
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
