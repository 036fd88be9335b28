"""Sessions that carry an identity.

A session is opened with *claims*; on every transaction begin they are set transaction-locally, so a pooled connection
never carries one viewer's identity into another's transaction. The row-level-security policies read them back.
"""

import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from math import inf
from typing import Any, Literal

import psycopg
from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlmodel import Session, SQLModel

from app.kit import embedded_postgres
from app.kit.config import settings
from app.kit.master import derived_key

Role = Literal["holdfast_web", "holdfast_worker"]
TRUSTED_S = 1.0
"""How long after it was used a connection is not asked: a busy server need not ask before every page."""
CONNECTIONS = 20
"""As many of one role as a process has at most."""
CLAIMS = ("app.person", "app.door", "app.grant", "app.scopes", "app.secret", "app.sign_in")

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

_SET_CLAIMS = "select " + ", ".join(f"set_config('{claim}', %({claim})s, true)" for claim in CLAIMS)


def admin_url() -> URL:
    """The administrator's connection: for migrations and for people with a shell, never for the running processes."""
    url = make_url(settings().database_url) if settings().database_url else embedded_postgres.url(settings().data)
    return url.set(drivername="postgresql+psycopg")


def role_password(role: Role) -> str:
    return derived_key(f"postgres {role}").hex()


def role_url(role: Role) -> URL:
    return admin_url().set(username=role, password=role_password(role))


@lru_cache
def engine(role: Role) -> Engine:
    """The pool of this role's connections. One that lay idle is asked whether it still stands before it is used."""
    made = create_engine(role_url(role), pool_size=10, max_overflow=CONNECTIONS - 10, pool_timeout=10)

    @event.listens_for(made, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(made, "checkout")
    def _still_stands(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("since", -inf) < TRUSTED_S and not _something_came(connection):
            return
        try:
            made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError from gone  # the others went the same way

    return made


def _something_came(connection: Any) -> bool:
    """Whether the database said something unasked: that it goes, as a rule."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


@lru_cache
def _asking(role: Role) -> Engine:
    return create_engine(
        role_url(role),
        pool_size=6,
        max_overflow=0,
        pool_timeout=10,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )


def ask(role: Role, question: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row that one statement answers, a transaction by itself: one round trip, where a session takes several.

    The statement says itself who asks (`wall.come_in`). It must change nothing: when the line turns out to be dead, it
    is asked again. Raises sqlalchemy's OperationalError.
    """
    try:
        return _ask(role, question, values)
    except (psycopg.OperationalError, psycopg.InterfaceError):
        _asking(role).dispose()
    try:
        return _ask(role, question, values)
    except psycopg.Error as error:
        raise OperationalError(question, None, error) from error


def _ask(role: Role, question: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    line = _asking(role).raw_connection()
    try:
        connection: psycopg.Connection[Any] = line.driver_connection  # type: ignore[assignment]
        row: tuple[Any, ...] | None = connection.execute(question, values, prepare=True).fetchone()
        return row
    except (psycopg.OperationalError, psycopg.InterfaceError):
        line.invalidate()
        raise
    finally:
        line.close()


@event.listens_for(Session, "after_begin")
def _set_claims(session: Session, transaction: Any, connection: Connection) -> None:
    claims: Mapping[str, str] | None = session.info.get("claims")
    if claims is not None:
        connection.exec_driver_sql(_SET_CLAIMS, {claim: claims.get(claim, "") for claim in CLAIMS})


def become(session: Session, claims: Mapping[str, str]) -> None:
    """Give the session another identity, from this moment on and in its later transactions."""
    session.flush()  # what was changed so far was changed by whoever acted so far
    session.info["claims"] = dict(claims)
    session.connection().exec_driver_sql(_SET_CLAIMS, {claim: claims.get(claim, "") for claim in CLAIMS})


@contextmanager
def open_session(claims: Mapping[str, str], role: Role = "holdfast_web") -> Iterator[Session]:
    """A session that acts with these claims; commits when the block ends well, rolls back when it does not."""
    with Session(engine(role), info={"claims": dict(claims)}, expire_on_commit=False) as session:
        yield session
        session.commit()
