"""How old a reader has to be, by measure.

Sentences: the Flesch–Kincaid grade plus five, which is the age of a pupil of that grade (Kincaid, Fishburne, Rogers and
Chissom 1975, Derivation of New Readability Formulas for Navy Enlisted Personnel). It was made for running text, so on
words that stand alone it says nothing: a label of fewer than LABEL words is measured by its longest word, where one of
three syllables or more is hard (Gunning 1952, The Technique of Clear Writing).

Syllables are what pyphen's hyphenation finds, which misses one-letter ones (“o-pen”), or the sounded groups of vowels,
whichever is more.
"""

import re
from collections.abc import Iterable
from functools import cache

import pyphen

LABEL = 4
HARD = 3
_HYPHENS = pyphen.Pyphen(lang="en_GB")
_TAG = re.compile(r"</?[a-z][^>]*>|&\w+;")
_PLACE = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")
_NUMBERS = frozenset({"num", "count", "number", "size", "age"})
# What the letters of an ending do not say aloud, in the order they are looked for.
_SOUNDED = tuple(
    (re.compile(pattern), sounded)
    for pattern, sounded in (
        (r"(?<=[^aeiouyr])n't$", "nat"),
        (r"'\w*$|n't$", ""),
        (r"(?<=\w[^td])ed$", "d"),
        (r"(?<=\w\w)(?<![sxzcgi])(?<![cs]h)(?<![^aeiouy]l)es$", "s"),
        (r"(?<=[aeiouy][^aeiouy])e(?=(ly|thing|body|one|times|time|where|less|ful|ment|what|how)$)", ""),
        (r"^every", "evry"),
        (r"(?<=[aeiouy])le(s?)$", r"l\1"),
        (r"(?<=[aeiouy])([^aeiouyl]+)e$", r"\1"),
    )
)


def said(message: str) -> str:
    """A message as it is read: without tags, a short name where one is filled in, and 3 for a number."""
    filled = _PLACE.sub(lambda place: "3" if (place[1] or place[2]) in _NUMBERS else "Sam", _TAG.sub(" ", message))
    return filled.replace("%%", "%")


def words(text: str) -> list[str]:
    """Its words, in lower case and with straight apostrophes."""
    return re.findall(r"[^\W_]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def sentences(text: str) -> list[str]:
    """Its sentences: up to a stop, or a line's end."""
    return [part for part in re.split(r"(?<=[.?!:…])[”’]?\s+|\n", text) if words(part)]


@cache
def syllables(word: str) -> int:
    """How many, of one word in lower case."""
    sounded = word
    for pattern, heard in _SOUNDED:
        sounded = pattern.sub(heard, sounded)
    apart = len(re.findall(r"i[ao]|eing$|ying$|eo(?!p)", sounded)) - len(re.findall(r"[tcs]io", sounded))
    return max(1, len(re.findall(r"[aeiouy]+", sounded)) + apart, len(_HYPHENS.inserted(word.split("'")[0]).split("-")))


def reading_age(texts: Iterable[str]) -> float:
    """The age in years that all of `texts` together ask for; each has at least one word."""
    listed = list(texts)
    count = sum(len(words(text)) for text in listed)
    breaks = sum(len(sentences(text)) for text in listed)
    beats = sum(syllables(word) for text in listed for word in words(text))
    return 0.39 * count / breaks + 11.8 * beats / count - 15.59 + 5


def hard_words(text: str) -> set[str]:
    """The words of a label that are hard by themselves."""
    return {word for word in words(text) if syllables(word) >= HARD}
