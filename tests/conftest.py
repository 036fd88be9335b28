"""Real parts: a real PostgreSQL in a folder of its own, the real application, real jobs."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="holdfast-test-"))
os.environ.update(HOLDFAST_DATA=str(DATA), BASE_URL="http://localhost:8000", HOLDFAST_DEMO="0")
for name in ("DATABASE_URL", "S3_BUCKET", "OUTGOING_SMTP", "HOLDFAST_MASTER_KEY"):
    os.environ.pop(name, None)

import pytest  # noqa: E402
from sqlalchemy import Connection, create_engine, text  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from app.kit import embedded_postgres, language  # noqa: E402
from app.kit.db import admin_url, engine  # noqa: E402
from app.operate.installation import bring_up_to_date  # noqa: E402
from app.people.door import cookie_name  # noqa: E402
from app.web import beat, typeface  # noqa: E402
from tests.cast import Cast, make_cast  # noqa: E402
from tests.kit.buckets import bucket_folder, bucket_server, moto_server  # noqa: E402, F401
from tests.machine import on_one_day, slowness  # noqa: E402
from tests.marked import write_marked  # noqa: E402

REAL_BEAT_S = beat.BEAT_S
CORPORA = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="the long proofs too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        marked = item.get_closest_marker("timeout")
        seconds = float(marked.args[0] if marked else config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(seconds * slowness()), append=False)
    if not config.getoption("--deep"):
        skip = pytest.mark.skip(reason="a long proof: ./infra/test --deep")
        for item in items:
            if "deep" in item.keywords:
                item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each proof measured: the lines that passing tests print."""
    passed = [report for report in terminalreporter.stats.get("passed", []) if report.when == "call"]
    lines = [line for report in passed for line in report.capstdout.splitlines() if line.strip()]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("\n".join(lines) + "\n")


def _do_not_wait_for_the_disk() -> None:
    """A commit need not last longer than this server: what kills PostgreSQL itself starts one of its own."""
    made = create_engine(admin_url(), isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        connection.execute(text("alter system set synchronous_commit = off"))
        connection.execute(text("select pg_reload_conf()"))
    made.dispose()


@contextmanager
def running_database() -> Iterator[Path]:
    """The data folder of a running, migrated PostgreSQL, which is gone afterwards."""
    pid = embedded_postgres.start(DATA)
    try:
        _do_not_wait_for_the_disk()
        bring_up_to_date()
        yield DATA
    finally:
        engine("holdfast_web").dispose()
        engine("holdfast_worker").dispose()
        if pid is not None:
            embedded_postgres.stop(DATA, pid)
        shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def database() -> Iterator[Path]:
    """The data folder of a running, migrated PostgreSQL."""
    with running_database() as data:
        yield data


@pytest.fixture
def admin(database: Path) -> Iterator[Connection]:
    """The administrator, past the wall; each statement is committed by itself."""
    made = create_engine(admin_url(), isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        yield connection
    made.dispose()


@pytest.fixture
def cast(database: Path) -> Cast:
    """A new cast: see tests/cast.py."""
    return make_cast()


@pytest.fixture(scope="session")
def app(database: Path) -> object:
    """The real application; it takes no time over a 404, of which there are thousands (tests/wall/test_silence.py)."""
    from app.main import create_app

    beat.BEAT_S = 0.0
    return create_app()


@pytest.fixture
def marked_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Welsh and Arabic in which each message stands in ⟦brackets⟧; Welsh lacks “Send me a link”."""
    write_marked(tmp_path / "ar.po")
    write_marked(tmp_path / "cy.po", lacking="Send me a link")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


@pytest.fixture(autouse=True)
def _one_day() -> None:
    """A test begins and ends on one day; what takes longer than this keeps up with the days by itself."""
    on_one_day(30)


ClientAs = Callable[[str | None], TestClient]


@pytest.fixture
def client_as(app: object, cast: Cast) -> Iterator[ClientAs]:
    """`client_as("kai")`: a browser signed in as Kai; `client_as(None)`: nobody. Redirects are not followed.

    Each was here before, so that its first answer is like all that follow.
    """
    opened: list[TestClient] = []
    address = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"  # tries are counted by client address

    def open_client(name: str | None) -> TestClient:
        client = TestClient(
            app,  # type: ignore[arg-type]
            base_url="http://localhost",
            follow_redirects=False,
            client=(address, 50000),
        )
        client.headers["Sec-Fetch-Site"] = "same-origin"
        client.cookies.set(typeface.COOKIE, "1")
        if name is not None:
            client.cookies.set(cookie_name(), cast.sign_in(name))
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def run_jobs(database: Path) -> Callable[[], None]:
    """Run every job that waits, with the real worker's role, until none is left."""
    import app.tasks  # noqa: F401  # every job
    from app.kit.jobs import job_app

    def work() -> None:
        jobs = job_app()
        with jobs.open():
            jobs.run_worker(wait=False, install_signal_handlers=False, delete_jobs="successful")

    def run() -> None:
        # In a thread of its own: Playwright's event loop stays in this one once a browser test has run.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(work).result()

    return run


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Real files that nobody here wrote; tests that need them are skipped where they are not."""
    if not CORPORA.exists():
        pytest.skip("shared/corpora is not beside this checkout")
    return CORPORA
