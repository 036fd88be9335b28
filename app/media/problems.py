"""Why a file cannot be shown, in words: what happened, and that the file itself is safe."""

_SAFE = "It’s still here just as it came, and you can save a copy."
SENTENCES = {
    "broken": f"We couldn’t open this file. It may have been damaged before it got here. {_SAFE}",
    "too_big": f"This one is too big for us to show. {_SAFE}",
    "too_long": f"This one is too long for us to play. {_SAFE}",
    "empty": "This file came with nothing in it. If you still have it, try adding it again.",
    "timeout": f"This one took too long to open, so we stopped. {_SAFE}",
}


def problem_words(problem: str) -> str:
    """The sentences for `media_file.problem`; `{{ file.problem | problem_words }}` in a template."""
    return SENTENCES.get(problem, SENTENCES["broken"])
