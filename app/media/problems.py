"""Why a file cannot be shown, in words: what happened, and that the file itself is safe."""

from app.media.media_file import MediaFile

_SAFE = "It’s still here just as it came, and you can save a copy."
SENTENCES = {
    "broken": f"We couldn’t open this file. It may have been damaged before it got here. {_SAFE}",
    "too_big": f"This one is too big for us to show. {_SAFE}",
    "too_long": f"This one is too long for us to play. {_SAFE}",
    "empty": "This file came with nothing in it. If you still have it, try adding it again.",
    "virus": "We found something in this file that can harm a phone or a computer. It’s locked away. Nobody can open it"
    " here, and nobody else can save it. The rest of your box is fine.",
    "unchecked": "This file is too big for our virus check, so we can’t show it. It’s kept safe, just as it came.",
    "no_scanner": "We check every file for viruses first. The check isn’t working just now. The file is safe, and it"
    " shows here when it has been checked.",
    "too_slow": f"This one took too long to open, so we stopped. {_SAFE}",
    "timeout": f"This one took too long to open, so we stopped. {_SAFE}",
}


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_PAPERS = {
    f"{_OOXML}wordprocessingml.document": "a Word document",
    f"{_OOXML}presentationml.presentation": "a PowerPoint",
    f"{_OOXML}spreadsheetml.sheet": "an Excel sheet",
    "application/msword": "a Word document",
    "application/vnd.ms-powerpoint": "a PowerPoint",
    "application/vnd.ms-excel": "an Excel sheet",
    f"{_ODF}text": "a document",
    f"{_ODF}presentation": "a set of slides",
    f"{_ODF}spreadsheet": "a sheet of numbers",
}
LOCKED = frozenset({"virus", "unchecked"})
"""Problems of files that no check has let through: saving one is a deliberate act."""


def problem_words(problem: str) -> str:
    """The sentences for `media_file.problem`."""
    return SENTENCES.get(problem, SENTENCES["broken"])


def unshown_words(file: MediaFile) -> str:
    """What to say of a file that was opened and has no picture, film or sound to show."""
    if file.mime in _PAPERS:
        return f"This is {_PAPERS[file.mime]}. We can’t show what’s in it here. It’s kept safe, just as it came."
    if file.mime == "application/pdf":
        return "This paper has a password, so we can’t show its pages. It’s kept safe, just as it came."
    return "This kind of file can’t be shown here. It’s kept safe, just as it came."
