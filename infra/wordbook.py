"""The catalogues of app/languages: which messages the house has, and whether each language says them all and rightly.

Templates are read by the same Jinja environment that draws them and Python by its own parser, so that a message is here
to the letter as it is looked up. Babel reads and writes the files.
"""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import extract_from_ast

from app.kit.config import PROJECT
from app.kit.language import CATALOGUES, ENGLISH, LANGUAGES
from app.web.pages import TEMPLATES_DIR, environment

APP = PROJECT / "app"
ONE = frozenset({"gettext", "_", "N_"})
MANY = frozenset({"ngettext", "N_many", "form_for"})
# How a sentence names the number that its form was chosen by; a form for one or two may say it as a word.
COUNTS = frozenset({"num", "count"})
_PLACE = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
_TAG = re.compile(r"</?[a-z][^>]*>|&\w+;")


class Message(NamedTuple):
    """An English sentence; `many` is its plural, "" where it has none."""

    one: str
    many: str = ""


Found = dict[Message, set[str]]


def messages(app: Path = APP) -> Found:
    """Every message of the code and the templates, with the files that it stands in (paths from the project)."""
    found: Found = defaultdict(set)
    for file in sorted(app.rglob("*.py")):
        for message in in_python(file.read_text()):
            found[message].add(file.relative_to(app.parent).as_posix())
    for file in sorted(path for path in (app / TEMPLATES_DIR.name).rglob("*") if path.suffix in (".html", ".txt")):
        for message in in_template(file.read_text()):
            found[message].add(file.relative_to(app.parent).as_posix())
    # A sentence that is counted in one place and not in another is one entry of a catalogue.
    for message in [each for each in found if not each.many]:
        counted = next((each for each in found if each.many and each.one == message.one), None)
        if counted is not None:
            found[counted] |= found.pop(message)
    return dict(found)


def in_python(source: str) -> Iterator[Message]:
    """The messages of Python source: constants given to gettext, N_, ngettext and the like, also inside f-strings."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        said = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if node.func.id in ONE and said:
            yield Message(said[0])
        elif node.func.id in MANY and len(said) > 1:
            yield Message(said[0], said[1])


def in_template(source: str) -> Iterator[Message]:
    """The messages of a template: `{% trans %}`, `_()`, `ngettext()`."""
    for _, function, said in extract_from_ast(environment.parse(source), ("_", "gettext", "ngettext")):
        texts = [text for text in (said if isinstance(said, tuple) else (said,)) if text is not None]
        if function == "ngettext" and len(texts) > 1:
            yield Message(texts[0], texts[1])
        elif texts:
            yield Message(texts[0])


def read(file: Path) -> Catalog:
    """A catalogue as it is written; its language is the name of the file."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem)


def entries(catalog: Catalog) -> dict[Message, tuple[str, ...]]:
    """What a catalogue says of each message, as one form or as many as the language has; "" is not translated."""
    return {
        (Message(*each.id) if isinstance(each.id, tuple) else Message(each.id)): (
            each.string if isinstance(each.string, tuple) else (each.string,)
        )
        for each in catalog
        if each.id
    }


def update(file: Path, found: Found) -> None:
    """Write the catalogue anew, in order: every message and no other, with the translation that it had.

    What stands before the first message is kept as it is. Files are named without lines, so that only what was said
    anew changes.
    """
    text = file.read_text()
    header, known = text.split("\n\n", 1)[0], entries(read(file))
    catalog = Catalog(locale=file.stem)
    for message in sorted(found):
        forms = known.get(message, ())
        catalog.add(
            tuple(message) if message.many else message.one,
            (forms or ("",) * catalog.num_plurals) if message.many else "".join(forms),
            locations=[(place, 0) for place in sorted(found[message])],
        )
    written = BytesIO()
    write_po(written, catalog, width=120, omit_header=True, include_lineno=False)
    file.write_text(f"{header.strip()}\n\n{written.getvalue().decode().strip()}\n")


def wrong(file: Path, found: Mapping[Message, object]) -> Iterator[str]:
    """What is not right with a catalogue, one line each."""
    catalog = read(file)
    said = entries(catalog)
    for message in sorted(set(found) - set(said)):
        yield f"missing: {message.one}"
    for message in sorted(set(said) - set(found)):
        yield f"said nowhere: {message.one}"
    for each in catalog:
        if each.id and each.fuzzy:
            yield f"fuzzy: {each.id}"
    for message, forms in said.items():
        if not all(forms):
            yield f"not translated: {message.one}"
            continue
        if len(forms) != (catalog.num_plurals if message.many else 1):
            yield f"{len(forms)} forms: {message.one}"
        for form in forms:
            if not _same_parts(message, form):
                yield f"other parts than in English: {message.one} -> {form}"


def lacking(line: str) -> bool:
    """Whether a line of `wrong` says only that a catalogue is behind the English, which is then said instead."""
    return line.startswith(("missing: ", "said nowhere: ", "not translated: "))


def _same_parts(message: Message, form: str) -> bool:
    """Whether the placeholders, the tags, the percent signs and the straight quotes are those of the English."""
    english = message.many or message.one
    places, given = set(_PLACE.findall(english)), set(_PLACE.findall(form))
    droppable = {f"%({name})s" for name in COUNTS} if message.many else set()
    return (
        given <= places
        and places - given <= droppable
        and sorted(_TAG.findall(form)) == sorted(_TAG.findall(english))
        and re.findall("%+", _PLACE.sub("", form)) == re.findall("%+", _PLACE.sub("", english))
        and _TAG.sub("", form).count('"') == _TAG.sub("", english).count('"')
    )


def main() -> None:
    """Update the catalogues, or with --check say what is not right and fail."""
    parser = argparse.ArgumentParser(prog="infra/words", description="Bring the catalogues up to what the house says.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a catalogue is not right")
    check = parser.parse_args().check
    found, failed = messages(), False
    for language in sorted(set(LANGUAGES) - {ENGLISH}):
        file = CATALOGUES / f"{language}.po"
        if not check:
            update(file, found)
        lines = list(wrong(file, found))
        left = sum(lacking(line) and not line.startswith("said nowhere") for line in lines)
        print(f"{file.name}: {len(found)} messages, {left} to translate")
        if check:
            print("".join(f"  {line}\n" for line in lines), end="")
            failed = failed or bool(lines)
    sys.exit(failed)


if __name__ == "__main__":
    main()
