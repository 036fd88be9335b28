"""Secrets that can be said aloud: pronounceable quintuplets (D. S. Wilkerson, "A Proposal for Proquints", 2009)."""

import re
import secrets

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aiou"
BITS = 128
_WORD = rf"[{CONSONANTS}][{VOWELS}][{CONSONANTS}][{VOWELS}][{CONSONANTS}]"
_SECRET = re.compile(rf"(?:{_WORD}){{{BITS // 16}}}")


def proquint(value: int) -> str:
    """16 bits as consonant, vowel, consonant, vowel, consonant: 4 + 2 + 4 + 2 + 4 bits, highest first."""
    return "".join(
        letters[value >> shift & len(letters) - 1]
        for letters, shift in ((CONSONANTS, 12), (VOWELS, 10), (CONSONANTS, 6), (VOWELS, 4), (CONSONANTS, 0))
    )


def new_secret() -> str:
    """128 random bits as eight words of five letters, joined by "-" (47 characters, under SMTP's 64)."""
    bits = secrets.randbits(BITS)
    return "-".join(proquint(bits >> shift & 0xFFFF) for shift in range(BITS - 16, -1, -16))


def in_words(typed: str) -> str | None:
    """A secret as it was made, from one typed in capitals or without the "-"; None when it cannot be one."""
    letters = typed.lower().replace("-", "")
    if not _SECRET.fullmatch(letters):
        return None
    return "-".join(letters[at : at + 5] for at in range(0, len(letters), 5))
