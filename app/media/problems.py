"""Why a file cannot be shown, in words: what happened, and that the file itself is safe."""

from app.kit.language import N_, gettext
from app.media.media_file import MediaFile

_TOO_SLOW = N_(
    "This one took too long to open, so we stopped. It’s still here just as it came, and you can save a copy."
)
SENTENCES = {
    "broken": N_(
        "We couldn’t open this file. It may have been damaged before it got here. It’s still here just as it came, and"
        " you can save a copy."
    ),
    "too_big": N_("This one is too big for us to show. It’s still here just as it came, and you can save a copy."),
    "too_long": N_("This one is too long for us to play. It’s still here just as it came, and you can save a copy."),
    "empty": N_("This file came with nothing in it. If you still have it, try adding it again."),
    "virus": N_(
        "We found something in this file that can harm a phone or a computer. It’s locked away. Nobody can open it"
        " here, and nobody else can save it. The rest of your box is fine."
    ),
    "unchecked": N_("This file is too big for our virus check, so we can’t show it. It’s kept safe, just as it came."),
    "no_scanner": N_(
        "We check every file for viruses first. The check isn’t working just now. The file is safe, and it shows here"
        " when it has been checked."
    ),
    "too_slow": _TOO_SLOW,
    "timeout": _TOO_SLOW,
}


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_PAPERS = {
    f"{_OOXML}wordprocessingml.document": N_("a Word document"),
    f"{_OOXML}presentationml.presentation": N_("a PowerPoint"),
    f"{_OOXML}spreadsheetml.sheet": N_("an Excel sheet"),
    "application/msword": N_("a Word document"),
    "application/vnd.ms-powerpoint": N_("a PowerPoint"),
    "application/vnd.ms-excel": N_("an Excel sheet"),
    f"{_ODF}text": N_("a document"),
    f"{_ODF}presentation": N_("a set of slides"),
    f"{_ODF}spreadsheet": N_("a sheet of numbers"),
}
CUT_OFF = "cut_off"
"""The problem of a picture that is shown as far as it goes."""

LOCKED = frozenset({"virus", "unchecked"})
"""Problems of files that no check has let through: saving one is a deliberate act."""


def problem_words(problem: str) -> str:
    """The sentences for `media_file.problem`."""
    return gettext(SENTENCES.get(problem, SENTENCES["broken"]))


def shown_words(file: MediaFile) -> str:
    """What is wrong with what is shown of a file, "" when nothing is."""
    if file.state != "ready" or file.problem != CUT_OFF:
        return ""
    return gettext("Part of this picture is missing. It was like that when it got here.")


def unshown_words(file: MediaFile) -> str:
    """What to say of a file that was opened and has no picture, film or sound to show."""
    if file.mime in _PAPERS:
        return gettext(
            "This is %(paper)s. We can’t show what’s in it here. It’s kept safe, just as it came.",
            paper=gettext(_PAPERS[file.mime]),
        )
    if file.mime == "application/pdf":
        return gettext("This paper has a password, so we can’t show its pages. It’s kept safe, just as it came.")
    return gettext("This kind of file can’t be shown here. It’s kept safe, just as it came.")
