"""A language to look with: every message in ⟦brackets⟧, so that what stands outside them was never handed over."""

from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from infra.wordbook import messages


@lru_cache
def _catalog(language: str, lacking: str) -> Catalog:
    catalog = Catalog(locale=language)
    for message in messages():
        if message.many:
            forms = [f"⟦{message.one}⟧", *[f"⟦{message.many}⟧"] * (catalog.num_plurals - 1)]
            catalog.add(tuple(message), tuple(forms))
        elif message.one != lacking:
            catalog.add(message.one, f"⟦{message.one}⟧")
    return catalog


def write_marked(file: Path, lacking: str = "") -> None:
    """Write the catalogue of the language that the file is called, without the message `lacking`."""
    with file.open("wb") as opened:
        write_po(opened, _catalog(file.stem, lacking))
