"""What is looked at before anything is done: settings that are wrong stop it, in a sentence each."""

import sys

from pydantic import ValidationError

from app.kit.config import settings


def settings_are_right() -> None:
    """Stop with a sentence for each setting that is wrong; none of them says what was in it."""
    try:
        settings()
    except ValidationError as wrong:
        each = [(".".join(map(str, error["loc"])), error["msg"]) for error in wrong.errors(include_input=False)]
        sys.exit("\n".join(f"{name}: {said}" if name else said.removeprefix("Value error, ") for name, said in each))


def may_serve() -> None:
    """Stop with a sentence where people must not be served with these settings."""
    if lacks := settings().lacks:
        sys.exit(lacks)
