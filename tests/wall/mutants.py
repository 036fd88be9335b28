"""Every policy removed, and every predicate dropped from a policy or a function that policies ask; one at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

ROLES = ("holdfast_web", "holdfast_worker")


@dataclass(frozen=True)
class Mutant:
    """A change to the wall. `tables` are those whose sight may change by it, `reads` whether reading may."""

    role: str
    tables: tuple[str, ...]
    name: str
    command: str
    what: str
    statement: str
    reads: bool = False


def mutants(connection: Connection) -> Iterator[Mutant]:
    query = (
        "select role, tablename, policyname, cmd, qual, with_check from pg_policies, unnest(roles) role"
        " where schemaname = 'public' and role = any(:roles) order by 2, 3"
    )
    policies = connection.execute(text(query), {"roles": list(ROLES)}).all()
    yield from _of_policies(policies)
    yield from _of_functions(connection, policies)


def _of_policies(policies: "list[Row]") -> Iterator[Mutant]:
    for role, table, policy, command, using, check in policies:
        name, reading = f'"{policy}" on public."{table}"', command in ("SELECT", "ALL")
        yield Mutant(role, (table,), policy, command, "removed", f"drop policy {name}", reading)
        for keyword, rule in (("using", using), ("with check", check)):
            if rule is None:
                continue
            ways = (*weaker(rule, "AND", "OR"), *_inside(rule, "AND", "OR"))
            for changed, what in (
                ("(true)", "always true"),
                *((rest, f"without {_short(gone)}") for rest, gone in ways),
            ):
                statement = f"alter policy {name} {keyword} {changed}"
                reads = reading and keyword == "using"
                yield Mutant(role, (table,), policy, command, f"{keyword}: {what}", statement, reads)


def _of_functions(connection: Connection, policies: "list[Row]") -> Iterator[Mutant]:
    """Of what policies ask and keep no copy of: who one is, whose boxes, which circles, until when."""
    functions = connection.execute(
        text(
            "select proname, ' ' || regexp_replace(btrim(prosrc), '\\s+', ' ', 'g') || ' ', prosrc,"
            " pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = pronamespace"
            " join pg_language l on l.oid = prolang"
            " where nspname = 'wall' and lanname = 'sql' and provolatile = 's' order by 1"
        )
    ).all()
    bodies = {name: body for name, body, _, _ in functions}

    def asking(rule: str | None, name: str) -> bool:
        """Whether a rule asks this function, itself or through another one."""
        asked = set(re.findall(r"wall\.(\w+)\(", rule or ""))
        return name in asked or any(asking(bodies[each], name) for each in asked if each in bodies and each != name)

    for name, body, source, definition in functions:
        rules = [row for row in policies if asking(row.qual, name) or asking(row.with_check, name)]
        for role in ROLES:
            theirs = [row for row in rules if row.role == role]
            tables = tuple(sorted({row.tablename for row in theirs}))
            reads = any(row.cmd in ("SELECT", "ALL") and asking(row.qual, name) for row in theirs)
            for changed, dropped in _weaker_bodies(body) if tables else ():
                statement = definition.replace(source, changed)
                yield Mutant(role, tables, f"wall.{name}()", "ALL", f"without {_short(dropped)}", statement, reads)


def _weaker_bodies(body: str) -> Iterator[tuple[str, str]]:
    arms = body.split(" union all ")
    if len(arms) > 1:
        for gone, arm in enumerate(arms):
            yield " union all ".join(each for at, each in enumerate(arms) if at != gone), arm
    yield from _inside(body, "and", "or")


def _inside(body: str, *joints: str) -> Iterator[tuple[str, str]]:
    """Every way to drop one predicate, or all, of a condition behind a "where" in it."""
    for found in re.finditer(r"\bwhere\s", body, re.IGNORECASE):
        end = _end_of_condition(body, found.end())
        rule = body[found.end() : end]
        for changed, dropped in (*weaker(rule, *joints), ("true", rule)):
            yield body[: found.end()] + changed + body[end:], dropped


def _end_of_condition(body: str, start: int) -> int:
    depth = 0
    for at in range(start, len(body)):
        depth += (body[at] == "(") - (body[at] == ")")
        if depth < 0 or (depth == 0 and body.startswith(" union ", at)):
            return at
    return len(body)


def _short(rule: str) -> str:
    return " ".join(rule.split())[:80]


def split_top(rule: str, joint: str) -> list[str]:
    """The parts of a condition that are joined by AND or OR at its outermost level."""
    rule = rule.strip()
    while rule.startswith("(") and _closes_at_end(rule):
        rule = rule[1:-1].strip()
    parts, depth, start, words = [], 0, 0, f" {joint} "
    for at, letter in enumerate(rule):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and rule.startswith(words, at):
            parts.append(rule[start:at])
            start = at + len(words)
    return [*parts, rule[start:]]


def _closes_at_end(rule: str) -> bool:
    depth = 0
    for at, letter in enumerate(rule):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(rule) - 1
    return False


def weaker(rule: str, *joints: str) -> Iterator[tuple[str, str]]:
    """Every way to drop one predicate of a condition, however deep it stands; each with what was dropped."""
    for joint in joints:
        parts = split_top(rule, joint)
        if len(parts) < 2:
            continue
        for gone in range(len(parts)):
            rest = [part for n, part in enumerate(parts) if n != gone]
            yield "(" + f" {joint} ".join(f"({part})" for part in rest) + ")", parts[gone]
        for at, part in enumerate(parts):
            for changed, dropped in weaker(part, *joints):
                whole = [changed if n == at else other for n, other in enumerate(parts)]
                yield "(" + f" {joint} ".join(f"({piece})" for piece in whole) + ")", dropped
        return
