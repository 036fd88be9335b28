"""The language of the moment. What is said stands in the code in English; app/languages/ holds the others.

The catalogues are GNU gettext files (`.po`). English needs none. What follows `%(name)s` is filled in by keyword, the
way Jinja's own gettext does it, so that a template and a function write a sentence alike.
"""

import gettext as gnu
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

CATALOGUES = Path(__file__).resolve().parent.parent / "languages"

ENGLISH = "en-GB"
LANGUAGES = {ENGLISH: "English", "cy": "Cymraeg", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})

_own: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("own words", default=())
_speaking: ContextVar[str] = ContextVar("language", default=ENGLISH)


def speaking() -> str:
    """The language that words are said in now, as a tag of LANGUAGES (BCP 47)."""
    return _speaking.get()


def direction() -> str:
    """Which way that language is written: "ltr" or "rtl"."""
    return "rtl" if speaking() in RIGHT_TO_LEFT else "ltr"


@contextmanager
def speak(language: str) -> Iterator[None]:
    """Say everything inside in `language`, English where it is none of LANGUAGES."""
    before = _speaking.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _speaking.reset(before)


@contextmanager
def own_words(words: Mapping[str, str]) -> Iterator[None]:
    """Say everything inside with somebody's own words in place of ours: English word of ours -> theirs.

    Only what we say: what is filled in, tags and the names of places in a message stay as they are. What is put in is
    said as it is, so it may hold nothing that a page or a `%` would read otherwise.
    """
    before = _own.set(tuple(sorted(words.items())))
    try:
        yield
    finally:
        _own.reset(before)


@lru_cache(maxsize=256)
def _swapping(language: str, own: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    ours = {(word if language == ENGLISH else catalogue(language).gettext(word)).lower(): mine for word, mine in own}
    many = "(s?)" if language == ENGLISH else "()"
    longest_first = "|".join(map(re.escape, sorted(ours, key=len, reverse=True)))
    return re.compile(rf"<[^>]*>|%\(\w+\)[a-z]|\{{\w+\}}|\b({longest_first}){many}\b", re.IGNORECASE), ours


def _owned(said: str) -> str:
    own = _own.get()
    if not own:
        return said
    pattern, ours = _swapping(_speaking.get(), own)

    def instead(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        mine = ours[match[1].lower()]
        return (mine[:1].upper() + mine[1:] if match[1][:1].isupper() else mine) + match[2]

    return pattern.sub(instead, said)


def asked_for(accepted: str) -> str:
    """The best of LANGUAGES for an Accept-Language header (RFC 9110 §12.5.4); English when none is named."""
    wanted: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.strip().lower()))
        except ValueError:
            continue
    for liking, tag in sorted(wanted, key=lambda pair: -pair[0]):
        for language in LANGUAGES:
            if liking > 0 and tag.split("-")[0] == language.split("-")[0]:
                return language
    return ENGLISH


def N_(message: str) -> str:
    """Mark words of a constant, so that they are in the catalogue; `gettext` says them when they are shown."""
    return message


def N_many(one: str, many: str) -> tuple[str, str]:
    """Mark words of a constant that are about a number; `form_for(*pair, number)` says them when they are shown."""
    return one, many


def gettext(message: str, /, **values: Any) -> str:
    """`message` in the language of the moment. With `values`, `%(name)s` in it is filled in and `%%` is one `%`."""
    language = _speaking.get()
    said = _owned(message if language == ENGLISH else catalogue(language).gettext(message))
    return said % values if values else said


def ngettext(one: str, many: str, count: int, /, **values: Any) -> str:
    """The form for `count` things, filled in; `%(num)s` is the count."""
    return form_for(one, many, count) % {"num": count, **values}


def form_for(one: str, many: str, count: int, /) -> str:
    """The form for `count` things, with as many forms as the language has, and nothing filled in yet."""
    language = _speaking.get()
    if language == ENGLISH:
        return _owned(one if count == 1 else many)
    return _owned(catalogue(language).ngettext(one, many, count))


@lru_cache
def catalogue(language: str) -> gnu.GNUTranslations:
    """What `language` has for our words, read once. Raises FileNotFoundError for a language that we have not.

    A message of which any form is missing is not in it, and so is said in English.
    """
    from babel.messages.mofile import write_mo  # only who speaks another language pays for it
    from babel.messages.pofile import read_po

    with open(CATALOGUES / f"{language}.po", "rb") as file:
        written = read_po(file, locale=language)
    for message in written:
        if isinstance(message.string, tuple) and not all(message.string):
            message.string = ""
    compiled = BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)
