"""Which installation this is: one id in the database and in the store, and a check value of the master key.

A store, a database and a key belong together. Where one of them is another's, nothing is served and nothing swept: the
process says which, and stops.
"""

import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, SQLModel

from app.kit.box_keys import unwrap_box_key
from app.kit.columns import created
from app.kit.db import Role, admin_url, engine
from app.kit.ids import new_id
from app.kit.master import derived_key
from app.kit.migrate import migrate
from app.kit.sealed import BrokenSeal
from app.kit.store import Missing
from app.media.store import media_store
from app.operate.sweep import look

MARK = "holdfast.id"
WRONG_KEY = (
    "The master key is another than the one this database was made with: nothing in it would open. Nothing was"
    " changed. Give the right one back (HOLDFAST_MASTER_KEY, or master.key in the data folder)."
)
_LONGEST = 64
# What PostgreSQL says as a connection is made; it has no code there.
_NOT_LET_IN = ("authentication failed", "not permitted to log in", 'role "holdfast')


class Installation(SQLModel, table=True):
    """The one row that says whose database this is. `key_check` tells the master key from any other."""

    __tablename__ = "installation"

    id: UUID = Field(primary_key=True)
    key_check: bytes
    made_at: datetime = created()


class NotOurs(Exception):
    """Database, store and master key do not belong together; the message is one sentence for whoever runs the house."""


def bring_up_to_date() -> None:
    """Migrate the database, and make sure that it, the store and the master key belong together.

    The very first time makes them so. Idempotent. Raises NotOurs and MasterKeyMissing, and then nothing was changed.
    """
    _check_before_migration()
    migrate()
    _settle()


def _check_before_migration() -> None:
    """A database that holds something already has its own master key."""
    with _as_administrator() as connection:
        if not _there(connection, "box"):
            return
        known = _row(connection) if _there(connection, "installation") else None
        if known is not None:
            _check_key(*known)
        else:
            _check_key_by_a_box(connection)


def _settle() -> None:
    """Give an installation that has none its id, in the database and in the store.

    One that was there before ids were gets its own once nearly every object in its store was found named.
    """
    with _as_administrator() as connection:
        known = _row(connection) or _take_possession(connection)
        if _mark() is None and not _holds_files(connection):
            media_store().put(MARK, [str(known[0]).encode()])
    _check_store(known[0])


def check(role: Role) -> None:
    """At every start: raise NotOurs unless database, store and master key belong together and the database is ready."""
    try:
        with engine(role).connect() as connection:
            row = connection.execute(text("select id, key_check from wall.installation()")).one_or_none()
    except OperationalError as refused:
        if any(sign in str(refused.orig) for sign in _NOT_LET_IN):
            raise NotOurs(
                f"The database does not let {role} in: the master key is another than the one it was made with, or it"
                " was never migrated. Nothing was changed. Give back the right key, or run `holdfast migrate`."
            ) from refused
        raise
    if row is None:
        raise NotOurs("The database does not say whose it is yet. Run `holdfast migrate`.")
    _check_key(*row)
    _check_store(row.id)


def _take_possession(connection: Connection) -> tuple[UUID, bytes]:
    """Write down whose database this is, then whose store. A crash between the two goes on the next time."""
    if _mark() is not None:
        raise NotOurs(
            f"The store belongs to another installation ({_mark()}), and this database does not know it."
            " Nothing was changed. Give the right DATABASE_URL, or a store of its own (S3_BUCKET, S3_PREFIX)."
        )
    found = look()
    if found.too_many or (_holds_files(connection) and not found.objects):
        raise NotOurs(
            f"Store and database do not fit together: of {found.objects} objects, {len(found.unnamed)} or more are"
            " named by no row. Nothing was changed. `holdfast sweep --dry-run` says which."
        )
    made = new_id()
    with connection.begin():
        connection.execute(text("set local role holdfast_owner"))
        connection.execute(
            text("insert into installation (id, key_check, made_at) values (:id, :key_check, now())"),
            {"id": made, "key_check": _key_check(made)},
        )
    media_store().put(MARK, [str(made).encode()])
    return made, _key_check(made)


def _holds_files(connection: Connection) -> bool:
    with connection.begin():
        return bool(connection.execute(text("select exists (select from media_original)")).scalar())


def _row(connection: Connection) -> tuple[UUID, bytes] | None:
    with connection.begin():
        connection.execute(text("set local role holdfast_owner"))
        row = connection.execute(text("select id, key_check from installation")).one_or_none()
    return (row.id, bytes(row.key_check)) if row is not None else None


def _there(connection: Connection, table: str) -> bool:
    with connection.begin():
        named = {"name": f"public.{table}"}
        return bool(connection.execute(text("select to_regclass(:name) is not null"), named).scalar())


def _key_check(installation_id: UUID) -> bytes:
    return hmac.digest(derived_key("key check"), installation_id.bytes, "sha256")


def _check_key(installation_id: UUID, key_check: bytes) -> None:
    if not hmac.compare_digest(_key_check(installation_id), bytes(key_check)):
        raise NotOurs(WRONG_KEY)


def _check_key_by_a_box(connection: Connection) -> None:
    """For a database from before check values: the key of some box must open."""
    with connection.begin():
        row = connection.execute(text("select box_id, wrapped from box_key limit 1")).one_or_none()
    try:
        if row is not None:
            unwrap_box_key(bytes(row.wrapped), row.box_id)
    except BrokenSeal as broken:
        raise NotOurs(WRONG_KEY) from broken


def _check_store(installation_id: UUID) -> None:
    mark = _mark()
    if mark is None:
        raise NotOurs(
            f"The store does not say whose it is: there is no {MARK} in it. It is another store, or a part of"
            f" it is lost. Nothing was changed. If you are sure that it is the right one, write {installation_id} into"
            f" {MARK}."
        )
    if mark != str(installation_id):
        raise NotOurs(
            f"The store belongs to another installation ({mark}) than the database ({installation_id})."
            " Nothing was changed. Give the right DATABASE_URL, or the right HOLDFAST_DATA, S3_BUCKET and S3_PREFIX."
        )


def _mark() -> str | None:
    try:
        return media_store().read(MARK, 0, _LONGEST).decode(errors="replace").strip()
    except Missing:
        return None


def _as_administrator() -> Connection:
    return create_engine(admin_url(), hide_parameters=True).connect()
