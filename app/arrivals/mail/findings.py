"""What `holdfast mail check` says, a sentence at a time."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One plain sentence. "missing" keeps mail away, "advice" makes it more likely to arrive."""

    level: Literal["good", "missing", "advice"]
    sentence: str


def good(sentence: str) -> Finding:
    """It is as it should be."""
    return Finding("good", sentence)


def missing(sentence: str) -> Finding:
    """Without it mail does not come, or does not go."""
    return Finding("missing", sentence)


def advice(sentence: str) -> Finding:
    """Mail comes and goes without it, but not always."""
    return Finding("advice", sentence)
