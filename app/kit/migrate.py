"""Brings a database to today's shape: roles, tables (Alembic), then the wall (row-level security), as one act.

The wall is not a history of changes: `migrations/wall/*.sql` says what it is now. Every policy and grant of a table is
removed and made again from its file, in one transaction, whenever a file has changed.
"""

import hashlib
from pathlib import Path

import procrastinate
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from app.kit.config import PROJECT
from app.kit.db import Role, admin_url, role_password, role_url
from app.kit.master import make_master_key

MIGRATIONS = PROJECT / "migrations"
LOGINS: tuple[Role, ...] = ("holdfast_web", "holdfast_worker")
LOCK = 0x686F6C64
_CATALOGUE = """
select encode(sha256(convert_to(string_agg(line, chr(10) order by line), 'UTF8')), 'hex') from (
    select 'role ' || concat_ws(' ', rolname, rolcanlogin, rolsuper, rolbypassrls) as line
        from pg_roles where rolname like 'holdfast\\_%'
    union all
    select 'policy ' || concat_ws(' ', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check)
        from pg_policies where schemaname in ('public', 'jobs')
    union all
    select 'table ' || concat_ws(' ', oid::regclass, relrowsecurity, relforcerowsecurity, relowner::regrole, relacl)
        from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ('public', 'jobs')
    union all
    select 'column ' || concat_ws(' ', attrelid::regclass, attname, attacl)
        from pg_attribute where attacl is not null and attrelid::regclass::text not like 'pg\\_%'
    union all
    select 'function ' || concat_ws(' ', oid::regprocedure, proowner::regrole, prosecdef, proconfig, proacl, prosrc)
        from pg_proc where pronamespace = to_regnamespace('wall')
) catalogue
"""


def migrate() -> None:
    """Idempotent; takes milliseconds when nothing has changed. Concurrent calls wait for one another.

    A database that holds nothing yet may get a new master key; every other needs its own. Raises MasterKeyMissing.
    """
    engine = create_engine(admin_url(), hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        if _is_new(connection):
            make_master_key()
        wanted = _fingerprint()
        if _applied(connection) != (wanted, _shape(connection)) or not _roles_come_in():
            with connection.begin():
                _roles(connection)
                connection.execute(text("set local role holdfast_owner"))
                upgrade(connection)
                connection.execute(text("reset role"))
                _wall(connection)
                connection.execute(text(f"comment on schema wall is '{wanted} {_shape_now(connection)}'"))
    engine.dispose()


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    config = alembic_config(connection)
    command.upgrade(config, "head")


def revise(message: str) -> None:
    """Write a migration from the difference between the migrated database and the classes; to be read and edited."""
    engine = create_engine(admin_url())
    with engine.connect() as connection:
        command.revision(alembic_config(connection), message, autogenerate=True)
    engine.dispose()


def _fingerprint() -> str:
    files = sorted([*MIGRATIONS.glob("wall/*.sql"), *MIGRATIONS.glob("versions/*.py"), Path(__file__)])
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for role in LOGINS:
        digest.update(role_password(role).encode())
    return digest.hexdigest()


def _is_new(connection: Connection) -> bool:
    with connection.begin():
        return bool(connection.execute(text("select to_regclass('public.box') is null")).scalar())


def is_current() -> bool:
    """Whether roles, tables and wall are as this version makes them. Changes nothing."""
    engine = create_engine(admin_url(), hide_parameters=True)
    with engine.connect() as connection:
        current = _applied(connection) == (_fingerprint(), _shape(connection)) and _roles_come_in()
    engine.dispose()
    return current


def _applied(connection: Connection) -> tuple[str, str] | None:
    """The fingerprint of the files that were applied last, and the shape that they made."""
    with connection.begin():
        comment = "select obj_description(to_regnamespace('wall')::oid, 'pg_namespace')"
        fingerprint, _, shape = (connection.execute(text(comment)).scalar() or "").partition(" ")
        return fingerprint, shape


def _shape(connection: Connection) -> str:
    with connection.begin():
        return _shape_now(connection)


def _shape_now(connection: Connection) -> str:
    """A digest of what stands in the catalogue: roles, policies, rights and functions. A dump brings not all of it."""
    return str(connection.execute(text(_CATALOGUE)).scalar())


def _roles_come_in() -> bool:
    """Whether each working role can sign in with the password that it has today."""
    for role in LOGINS:
        engine = create_engine(role_url(role), poolclass=NullPool)
        try:
            engine.connect().close()
        except OperationalError:
            return False
    return True


def _roles(connection: Connection) -> None:
    existing = set(connection.execute(text("select rolname from pg_roles")).scalars())
    for role in ("holdfast_owner", "holdfast_wall", *LOGINS):
        if role not in existing:
            connection.execute(text(f"create role {role} nosuperuser nobypassrls nologin"))
    for role in LOGINS:
        secret = role_password(role)
        connection.execute(text(f"alter role {role} login password '{secret}'"))
        connection.execute(text(f"alter role {role} set search_path = public, jobs"))
        connection.execute(text(f"alter role {role} set idle_in_transaction_session_timeout = '60s'"))
    admin, database = connection.execute(text("select current_user, current_database()")).one()
    connection.execute(text(f'grant holdfast_owner, holdfast_wall to "{admin}"'))
    connection.execute(text("create schema if not exists jobs authorization holdfast_owner"))
    connection.execute(text("create schema if not exists wall authorization holdfast_owner"))
    connection.execute(text("revoke all on schema public from public"))
    connection.execute(text("grant usage, create on schema public to holdfast_owner"))
    connection.execute(text(f'revoke all on database "{database}" from public'))
    connection.execute(text(f'grant connect on database "{database}" to holdfast_web, holdfast_worker'))
    connection.execute(text("grant usage on schema public, wall to holdfast_web, holdfast_worker, holdfast_wall"))


def install_queue(connection: Connection) -> None:
    """The queue's own tables, in their own schema (called by the migration that needs them)."""
    schema = (Path(procrastinate.__file__).parent / "sql" / "schema.sql").read_text()
    connection.exec_driver_sql("set local search_path = jobs")
    connection.connection.cursor().execute(schema)
    connection.exec_driver_sql("set local search_path = public")


def _wall(connection: Connection) -> None:
    tables = connection.execute(
        text("select schemaname, tablename from pg_tables where schemaname in ('public', 'jobs') order by 1, 2")
    ).all()
    for schema, table in tables:
        name = f'{schema}."{table}"'
        policies = connection.execute(
            text("select policyname from pg_policies where schemaname = :schema and tablename = :table"),
            {"schema": schema, "table": table},
        ).scalars()
        for policy in policies.all():
            connection.execute(text(f'drop policy "{policy}" on {name}'))
        connection.execute(text(f"revoke all on {name} from public, holdfast_web, holdfast_worker, holdfast_wall"))
        if table == "alembic_version":
            continue  # holdfast_owner has to read in it what was done before
        connection.execute(text(f"alter table {name} enable row level security, force row level security"))
    files = sorted((MIGRATIONS / "wall").glob("*.sql"), key=lambda file: (not file.name.startswith("_f"), file.name))
    for file in files:
        connection.exec_driver_sql(file.read_text().replace("%", "%%"))
    connection.execute(text("grant create on schema wall to holdfast_wall"))
    functions = connection.execute(
        text(
            "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname = 'wall'"
        )
    ).scalars()
    for function in functions.all():
        connection.execute(text(f"revoke all on function {function} from public"))
        everyone = "holdfast_web, holdfast_worker, holdfast_wall, holdfast_owner"
        connection.execute(text(f"grant execute on function {function} to {everyone}"))
        connection.execute(text(f"alter function {function} owner to holdfast_wall"))
    connection.execute(text("revoke create on schema wall from holdfast_wall"))
