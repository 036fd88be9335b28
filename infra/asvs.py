"""The ledger of what OWASP ASVS asks: docs/assurance/asvs.toml, and the page that is made from it.

Tests are found by parsing their files, so that reading the ledger starts nothing.
"""

import argparse
import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "docs" / "assurance" / "asvs.toml"
PAGE = LEDGER.with_suffix(".md")
MET, PARTLY, MISSING, NOT_OURS = STATES = ("met", "partly", "missing", "does not apply")
# How many requirements of levels 1 and 2 each chapter (or section) of ASVS 5.0.0 has.
ROWS = {"V6": 35, "V7": 18, "V12": 9, "V14": 9, "V16.3": 4}
NAMES = {
    "V6": "Authentication", "V7": "Sessions", "V12": "Communication", "V14": "Data", "V16.3": "What is noticed",
}  # fmt: skip
HEAD = """# Holdfast and OWASP ASVS 5.0.0, levels 1 and 2

Made by `infra/assurance` from [asvs.toml](asvs.toml); change that. Each row says in our own words what is required, how
it stands, and the test that shows it. The standard's own words are at <https://owasp.org/ASVS>.
"""


@dataclass(frozen=True)
class Row:
    """One requirement: what it asks in our own words, how it stands, and what shows it."""

    number: str
    level: int
    asks: str
    state: str
    tests: list[str] = field(default_factory=list)
    where: str = ""
    why: str = ""

    @property
    def chapter(self) -> str:
        return next((name for name in ROWS if self.number.startswith(f"{name}.")), "")


def rows() -> list[Row]:
    """The ledger, in its order. Raises TypeError for a field that is none."""
    return [Row(**given) for given in tomllib.loads(LEDGER.read_text())["row"]]


def count(ledger: list[Row], chapter: str, state: str) -> int:
    return sum(row.chapter == chapter and row.state == state for row in ledger)


def faults(ledger: list[Row]) -> Iterator[str]:
    """What is wrong with it, a sentence each."""
    for number, times in Counter(row.number for row in ledger).items():
        if times > 1:
            yield f"{number} stands there {times} times"
    for chapter, many in ROWS.items():
        if (found := sum(row.chapter == chapter for row in ledger)) != many:
            yield f"{chapter} has {found} rows of {many}"
    for row in ledger:
        yield from (f"{row.number}: {fault}" for fault in _faults(row))


def _faults(row: Row) -> Iterator[str]:
    if not re.fullmatch(r"V\d+\.\d+\.\d+", row.number) or not row.chapter or row.level not in (1, 2):
        yield "is no requirement of these"
    if row.state not in STATES:
        yield f"{row.state} is no state"
    if row.state in (MET, PARTLY) and not (row.tests and row.where):
        yield "says neither which test shows it nor where it is"
    if row.state != MET and not row.why:
        yield "does not say why"
    for name in row.tests:
        path, _, test = name.partition("::")
        if test not in tests_in(path):
            yield f"there is no test {name}"
    for path in re.findall(r"\b(?:app|docs|infra|migrations|tests)/[\w./-]*\w", row.where):
        if not (ROOT / path).exists():
            yield f"there is no {path}"


@cache
def tests_in(path: str) -> frozenset[str]:
    """The names of the tests that a file defines."""
    file = ROOT / path
    if not re.fullmatch(r"tests/[\w/]+\.py", path) or not file.exists():
        return frozenset()
    found = [node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
    return frozenset(name for name in found if name.startswith("test_"))


def page(ledger: list[Row]) -> str:
    """The ledger as a page."""
    lines = [HEAD, f"| chapter | all | {' | '.join(STATES)} |", "|---|---|---|---|---|---|"]
    for chapter, name in NAMES.items():
        counts = [str(count(ledger, chapter, state)) for state in STATES]
        lines.append(f"| {chapter} {name} | {ROWS[chapter]} | {' | '.join(counts)} |")
    for chapter, name in NAMES.items():
        lines += [
            "",
            f"## {chapter} {name}",
            "",
            "| | level | asks | state | shown by | where |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in ledger if row.chapter == chapter]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    state = f"**{row.state}**" if row.state in (PARTLY, MISSING) else row.state
    shown = "<br>".join([*([row.why] if row.why else []), *(f"`{name}`" for name in row.tests)])
    return f"| {row.number} | {row.level} | {row.asks} | {state} | {shown} | {row.where} |"


def main() -> None:
    """Write the page, or with --check say whether it is the one that would be written."""
    parser = argparse.ArgumentParser("infra/assurance")
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 where something is wrong")
    check = parser.parse_args().check
    ledger = rows()
    wrong = list(faults(ledger))
    if check and (not PAGE.exists() or PAGE.read_text() != page(ledger)):
        wrong.append("asvs.md is an older one: run infra/assurance")
    if wrong:
        sys.exit("\n".join(wrong))
    if not check:
        PAGE.write_text(page(ledger))
    print(", ".join(f"{state} {sum(row.state == state for row in ledger)}" for state in STATES))


if __name__ == "__main__":
    main()
