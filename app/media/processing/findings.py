"""What a caged child has found so far, on its way to becoming an Outcome."""

from typing import Any

from app.media.processing.exif import Taken
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Kind


class Findings:
    """Facts, a preview and renditions, gathered while a file is open. Rendition data is bytes or a file in memory."""

    def __init__(self, kind: Kind, mime: str) -> None:
        self.facts: dict[str, Any] = {"kind": kind, "mime": mime}
        self.preview: bytes | None = None
        self._renditions: list[tuple[str, int, int, bytes | MemoryOutput]] = []

    def add(self, name: str, width: int, height: int, data: bytes | MemoryOutput) -> None:
        """One more rendition; the end of its name says what it is."""
        self._renditions.append((name, width, height, data))

    def taken(self, taken: Taken) -> None:
        """When and where the file was made, as far as it says."""
        self.facts["taken_on"] = taken.on.isoformat() if taken.on else None
        self.facts["changed_on"] = taken.changed_on.isoformat() if taken.changed_on else None
        self.facts["location"] = taken.location

    def message(self) -> tuple[dict[str, Any], list[bytes | MemoryOutput]]:
        """Facts for JSON, and the blobs that follow them, in the order `outcome_from` reads them."""
        facts = {
            **self.facts,
            "preview": self.preview is not None,
            "renditions": [(name, width, height) for name, width, height, _ in self._renditions],
        }
        blobs: list[bytes | MemoryOutput] = [] if self.preview is None else [self.preview]
        return facts, blobs + [data for *_, data in self._renditions]
