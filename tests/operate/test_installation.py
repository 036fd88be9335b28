"""Database, store and master key belong together: another's is refused in a sentence, and nothing is gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.kit import embedded_postgres
from tests.shell import Shell

STARTS = [
    *("web", "worker", "mail", "migrate", "app list"),
    *(pytest.param(each, marks=pytest.mark.deep) for each in ("up", "sweep", "verify", "rewrap", "demo")),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A house that was started once, and has stopped, with its database running for all that follow."""
    shell = Shell(tmp_path_factory.mktemp("house"))
    assert shell.run("migrate") == (0, "The database is in today's shape.\n")
    embedded_postgres.start(shell.data)
    yield shell
    shell.stop()


def accounts(shell: Shell) -> list[tuple[str, str]]:
    """The roles of the database with their passwords, which nothing may change by the way."""
    url = embedded_postgres.url(shell.data).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        query = "select rolname, rolpassword from pg_authid where rolname like 'holdfast%' order by 1"
        return connection.execute(query).fetchall()


def refuses(shell: Shell, command: str, sentence: str, **settings: str) -> None:
    """The command ends soon, with one plain sentence and no traceback."""
    status, said = shell.run(*command.split(), **settings)
    assert status == 1, said
    assert sentence in said and "Traceback" not in said


@pytest.mark.parametrize("command", STARTS)
def test_another_master_key_is_refused(house: Shell, command: str) -> None:
    before = accounts(house)
    refuses(house, command, "master key is another", HOLDFAST_MASTER_KEY="ef" * 32)
    assert accounts(house) == before


@pytest.mark.parametrize("command", STARTS)
def test_a_missing_master_key_is_never_made_anew(house: Shell, command: str) -> None:
    key, before = house.data / "master.key", accounts(house)
    kept = key.read_text()
    key.unlink()
    try:
        refuses(house, command, "The master key is missing")
        assert not key.exists()
    finally:
        key.write_text(kept)
        key.chmod(0o600)
    assert accounts(house) == before


@pytest.mark.parametrize("command", STARTS)
@pytest.mark.parametrize("key", ["zz", pytest.param("ab" * 31, marks=pytest.mark.deep)])
def test_a_malformed_master_key_stops_every_process(house: Shell, command: str, key: str) -> None:
    refuses(house, command, "64 hex digits", HOLDFAST_MASTER_KEY=key)


@pytest.mark.parametrize("command", STARTS)
def test_another_installations_store_is_refused(house: Shell, command: str, tmp_path: Path) -> None:
    media = house.data / "media"
    kept = tmp_path / "media"
    shutil.copytree(media, kept)
    try:
        (media / "holdfast.id").write_text("01890000-0000-7000-8000-000000000001")
        refuses(house, command, "belongs to another installation")
    finally:
        shutil.rmtree(media)
        shutil.copytree(kept, media)


def test_an_empty_database_takes_no_store_that_is_somebodys(house: Shell, tmp_path: Path) -> None:
    other = Shell(tmp_path / "other")
    shutil.copytree(house.data / "media", other.data / "media")
    objects = sorted(path for path in (other.data / "media").rglob("*") if path.is_file())
    refuses(other, "migrate", "The store belongs to another installation")
    refuses(other, "up", "The store belongs to another installation")
    assert sorted(path for path in (other.data / "media").rglob("*") if path.is_file()) == objects
    other.stop()


def test_only_migrate_migrates(house: Shell) -> None:
    url = embedded_postgres.url(house.data).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop policy owner_sees on memory")
        for command in ("app list", "verify", "rewrap", "sweep"):
            refuses(house, command, "Run `holdfast migrate`")
        gone = "select count(*) from pg_policies where policyname = 'owner_sees' and tablename = 'memory'"
        assert connection.execute(gone).fetchone() == (0,)
        assert house.run("migrate")[0] == 0
        assert connection.execute(gone).fetchone() == (1,)


def test_a_role_that_cannot_come_in_is_put_right_by_migrate(house: Shell) -> None:
    url = embedded_postgres.url(house.data).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter role holdfast_web nologin")
        refuses(house, "web", "holdfast_web")
        assert house.run("migrate")[0] == 0
        assert house.run("app", "list")[0] == 0
