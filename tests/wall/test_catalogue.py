"""The wall has no gap: what PostgreSQL itself says of every table, role, function and policy."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlmodel import SQLModel

import app.models  # noqa: F401
from app.kit.config import PROJECT
from app.kit.db import admin_url

ROLES = ("holdfast_web", "holdfast_worker", "holdfast_wall")


@pytest.fixture
def admin(database: Path) -> Iterator[Connection]:
    engine = create_engine(admin_url())
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_table_has_row_level_security_enabled_and_forced(admin: Connection) -> None:
    rows = admin.execute(
        text(
            "select n.nspname || '.' || c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"
        )
    ).all()
    assert len(rows) > 20
    assert [name for name, secured in rows if not secured and name != "public.alembic_version"] == []
    print(f"tables with forced row-level security: {sum(secured for _, secured in rows)} of {len(rows)}")


def test_every_table_of_ours_has_its_file_in_the_wall(admin: Connection) -> None:
    files = {file.stem for file in (PROJECT / "migrations" / "wall").glob("*.sql") if not file.name.startswith("_")}
    assert files == set(SQLModel.metadata.tables)


def test_the_working_roles_own_nothing_and_cannot_step_round(admin: Connection) -> None:
    for role in ROLES:
        flags = admin.execute(
            text("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = :role"),
            {"role": role},
        ).one()
        assert tuple(flags) == (False, False, False, False), role
        owned = admin.execute(
            text("select relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = :role"),
            {"role": role},
        ).all()
        assert owned == [], role
        members = admin.execute(
            text(
                "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid"
                " join pg_roles u on u.oid = m.member where u.rolname = :role"
            ),
            {"role": role},
        ).all()
        assert members == [], role


def test_no_definer_function_without_a_pinned_search_path(admin: Connection) -> None:
    loose = admin.execute(
        text(
            "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where p.prosecdef and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"
            " and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')"
        )
    ).all()
    assert loose == []


def test_definer_functions_belong_to_a_role_nobody_can_sign_in_as(admin: Connection) -> None:
    owners = admin.execute(
        text(
            "select distinct r.rolname, r.rolcanlogin from pg_proc p join pg_roles r on r.oid = p.proowner"
            " join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname = 'wall'"
        )
    ).all()
    assert [tuple(row) for row in owners] == [("holdfast_wall", False)]


def test_no_view_reads_with_its_owners_eyes(admin: Connection) -> None:
    views = admin.execute(
        text(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('v', 'm') and n.nspname in ('public', 'jobs', 'wall')"
            " and not coalesce('security_invoker=true' = any(c.reloptions), false)"
        )
    ).all()
    assert views == []


def test_every_column_that_a_policy_compares_by_is_indexed(admin: Connection) -> None:
    """A column that decides which rows a viewer reaches leads an index, or is checked only after one has."""
    policies = admin.execute(
        text(
            "select tablename, coalesce(qual, '') || ' ' || coalesce(with_check, '') as rule"
            " from pg_policies where schemaname = 'public'"
        )
    ).all()
    leading = {
        tuple(row)
        for row in admin.execute(
            text(
                "select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid"
                " join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]"
                " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'"
            )
        )
    }
    missing = set()
    for table, rule in policies:
        for column in re.findall(r"\(?(\w+) IN \( SELECT wall\.", rule) + re.findall(r"\((\w+) && ", rule):
            name = column if (table, column) in leading else None
            if name is None:
                missing.add((table, column))
    assert missing == set()


def test_nobody_may_change_or_delete_what_was_decided_or_who_looked(admin: Connection) -> None:
    for table in ("ledger", "look"):
        for right in ("update", "delete", "truncate"):
            for role in ROLES:
                may = admin.execute(text(f"select has_table_privilege('{role}', '{table}', '{right}')")).scalar()
                assert may is False, (role, right, table)


def test_nobody_moves_a_row_to_another_box_or_person(admin: Connection) -> None:
    """What a row is and hangs on is said once; but who comes in, who is let in, which chapter, which circle
    an app is, what it was let do, and who comes back in on a device, come later."""
    changing = admin.execute(
        text(
            "select distinct c.relname || '.' || a.attname from pg_constraint k join pg_class c on c.oid = k.conrelid"
            " join pg_namespace n on n.oid = c.relnamespace"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)"
            " cross join unnest(cast(:roles as text[])) role"
            " where n.nspname = 'public' and k.contype in ('p', 'f')"
            " and has_column_privilege(role, c.oid, a.attnum, 'update') order by 1"
        ),
        {"roles": ["holdfast_web", "holdfast_wall"]},
    ).scalars()
    assert changing.all() == [
        "connection.person_id",
        "invitation.accepted_by",
        "mail_message.let_in_as",
        "memory.chapter_id",
        "oauth_grant.circle_id",
        "oauth_request.grant_id",
        "recovery.box_id",
    ]


def test_no_working_role_makes_anything_that_a_function_could_mistake_for_a_table(admin: Connection) -> None:
    for role in ROLES:
        may = admin.execute(
            text(
                "select has_schema_privilege(:role, 'public', 'create'), has_schema_privilege(:role, 'wall', 'create'),"
                " has_schema_privilege(:role, 'jobs', 'create'),"
                " has_database_privilege(:role, current_database(), 'create'),"
                " has_database_privilege(:role, current_database(), 'temp')"
            ),
            {"role": role},
        ).one()
        assert not any(may), (role, may)
