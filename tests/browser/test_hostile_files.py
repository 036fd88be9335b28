"""Broken, lying and harmful files, through the real worker: each settles soon and small, and does nothing else."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, Error
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.media import ready
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.problems import SENTENCES
from app.media.processing import Outcome
from app.people.door import cookie_name
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.hostile import Trap, traps
from tests.media.hostile.bait import Bait, laid
from tests.media.tools import web_process

SECRET = b"G" + b"THE-SECRET-BESIDE-THE-CAGE" * 40
LONGEST_S = 30.0
MOST_BYTES = 512 * 1024 * 1024
A_PAGE = 25
# In every run, whichever others are: one of each way to do harm.
ALWAYS = (
    "50000-by-50000.png", "interlaced.png", "65500-square.jpeg", "huge-frames.gif", "16384-square.avif", "page.html",
    "a-billion-strips.tiff", "drawing.svg", "page-called.jpeg", "page-in-a-comment.jpeg", "also-javascript.gif",
    "playlist-1.mp4", "playlist-behind-2.mp4", "concat-0.mp4", "elsewhere-0.mov", "bomb.pdf", "script.pdf", "bomb.docx",
    "tracks.mp4", "nothing.jpeg",
)  # fmt: skip


@dataclass
class Used:
    """The most bytes of memory (resident, peak) that any one process which opened files had."""

    peak: int = 0


@contextmanager
def watched() -> Iterator[Used]:
    """Look at all processes below this one that open files, until the block ends."""
    used, done = Used(), threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for pid in _below(os.getpid()):
                with suppress(OSError):
                    if b"media.processing" in Path(f"/proc/{pid}/cmdline").read_bytes() or _is_ffmpeg(pid):
                        used.peak = max(used.peak, _peak(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield used
    finally:
        done.set()
        thread.join()


def _below(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                for child in children.read_text().split():
                    yield int(child)
                    yield from _below(int(child))


def _is_ffmpeg(pid: int) -> bool:
    return "ffmpeg" in Path(f"/proc/{pid}/comm").read_text()


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    with laid(tmp_path_factory.mktemp("bait"), SECRET) as found:
        assert found.path.read_bytes() == SECRET and found.looks() >= 2, "a look is seen"
        yield found


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, bait: Bait) -> list[Trap]:
    made = traps(str(imageio_ffmpeg.get_ffmpeg_exe()), tmp_path_factory.mktemp("honest"), bait)
    assert len(made) == len({trap.name for trap in made}) >= 300
    return made


def given(cast: Cast, chosen: list[Trap]) -> dict[UUID, Trap]:
    """Each in a memory of Kai's that Joe can see, A_PAGE to a memory."""
    files = {}
    for start in range(0, len(chosen), A_PAGE):
        memory_id = cast.memory(kind="certificate", title="Traps", audience=("joe",))
        with cast.acting("kai") as session:
            for position, trap in enumerate(chosen[start : start + A_PAGE]):
                file = attach(
                    session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"], name=trap.name,
                    mime=trap.mime, chunks=[trap.data], position=position,
                )  # fmt: skip
                files[file.id] = trap
    return files


def settle(files: dict[UUID, Trap], run_jobs: Callable[[], None]) -> dict[str, float]:
    """Run the worker until nothing waits; the seconds that each file took."""
    took: dict[str, float] = {}
    last = time.monotonic()

    def hear(session: Session, media_file: MediaFile, outcome: Outcome | None) -> None:
        nonlocal last
        if media_file.id in files:
            took[files[media_file.id].name] = time.monotonic() - last
        last = time.monotonic()

    ready.on_ready(hear)
    try:
        run_jobs()
    finally:
        ready._callbacks.remove(hear)
    return took


def rows(files: dict[UUID, Trap]) -> list[MediaFile]:
    with processing_session() as session:
        return list(session.exec(select(MediaFile).where(col(MediaFile.id).in_(files))))


def prove(
    chosen: list[Trap], cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], bait: Bait, chromium: Browser,
    database: Path,
) -> None:  # fmt: skip
    bait.looks()
    bait.calls.clear()
    files = given(cast, chosen)
    with watched() as used:
        took = settle(files, run_jobs)
    settled = rows(files)
    with processing_session() as session:
        left = text(
            "select count(*) from procrastinate_jobs"
            " where queue_name in ('media', 'media_long') and status <> 'succeeded'"
        )
        assert session.execute(left).scalar_one() == 0, "no job failed, none is left"
    assert {file.state for file in settled} == {"ready", "failed"} and len(took) == len(files)
    assert all(file.problem in SENTENCES for file in settled if file.state == "failed")
    _pages_say_so(settled, files, client_as)
    scanned = _nothing_came_along(settled, client_as)
    opened = _no_script_runs(settled, files, cast, chromium, database)
    assert (bait.looks(), bait.calls) == (0, [])
    slowest = sorted(((seconds, name) for name, seconds in took.items()), reverse=True)[:3]
    ends = Counter(file.problem or file.kind for file in settled)
    print(
        f"hostile files: {len(files)} settled, {dict(ends)}; slowest {slowest[0][0]:.1f} s ({slowest[0][1]}), largest "
        f"{used.peak / 2**20:.0f} MiB; {scanned} copies scanned; {opened} opened in a browser; 0 scripts, 0 reads"
    )
    assert used.peak > 0
    assert slowest[0][0] <= LONGEST_S, slowest
    assert used.peak <= MOST_BYTES


def _pages_say_so(settled: list[MediaFile], files: dict[UUID, Trap], client_as: ClientAs) -> None:
    """Every file has a sentence or is shown, and is saved byte for byte by its owner alone."""
    kai, joe = client_as("kai"), client_as("joe")
    for memory_id in {file.memory_id for file in settled}:
        page = kai.get(f"/memories/{memory_id}").text
        for file in settled:
            if file.memory_id == memory_id and file.state == "failed":
                said = page.partition(f"<b>{files[file.id].name}</b>")[2]
                assert said.startswith(SENTENCES[file.problem]), files[file.id].name
    for file in settled:
        answer = kai.get(f"/media/{file.id}/original")
        assert answer.content == files[file.id].data, files[file.id].name
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert not answer.headers["Content-Type"].startswith(("text/", "image/svg", "application/xhtml"))
        assert joe.get(f"/media/{file.id}/original").status_code == 404


def _nothing_came_along(settled: list[MediaFile], client_as: ClientAs) -> int:
    """No copy holds a script, or anything of what was beside the cage."""
    joe = client_as("joe")
    scanned = 0
    for file in settled:
        for rendition in file.renditions:
            data = joe.get(f"/media/{file.id}/{rendition['name']}").content
            assert len(data) == rendition["bytes"]
            assert not [word for word in (b"HARMED", b"<script", b"SECRET", b"root:x:0") if word in data]
            scanned += 1
    return scanned


def _no_script_runs(
    settled: list[MediaFile], files: dict[UUID, Trap], cast: Cast, chromium: Browser, database: Path
) -> int:
    """A person's browser looks at every page, and at files with a script in them by their own address."""
    cookie = cast.sign_in("kai")
    wrong: list[str] = []
    opened = 0
    with web_process(database, cookie) as web:
        main = f"http://localhost:{web.port}"
        context = chromium.new_context(base_url=main, accept_downloads=True)
        context.add_init_script("addEventListener('load', () => { if (window.HARMED) console.error('harmed'); })")
        context.add_cookies([{"name": cookie_name(), "value": cookie, "url": main}])
        page = context.new_page()
        page.on(
            "request",
            lambda request: wrong.append(request.url) if not request.url.startswith((main, "data:")) else None,
        )
        page.on("request", lambda request: wrong.append(request.url) if "harmed" in request.url else None)
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        for memory_id in {file.memory_id for file in settled}:
            page.goto(f"/memories/{memory_id}")
            opened += 1
            wrong += ["a page"] if page.evaluate("!!window.HARMED || document.title === 'harmed'") else []
        for file in settled:
            if b"HARMED" in files[file.id].data or files[file.id].name.endswith(".pdf"):
                with page.expect_download(timeout=20_000), suppress(Error):
                    page.goto(f"/media/{file.id}/original")
                opened += 1
                for rendition in file.renditions[:1]:
                    page.goto(f"/media/{file.id}/{rendition['name']}")
                    wrong += [rendition["name"]] if page.evaluate("!!window.HARMED") else []
        context.close()
    assert wrong == []
    return opened


@pytest.mark.browser
def test_a_handful_of_hostile_files(
    everything: list[Trap], cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], bait: Bait,
    chromium: Browser, database: Path,
) -> None:  # fmt: skip
    others = [trap for trap in everything if trap.name not in ALWAYS and trap.name != "many-lines.pdf"]
    chosen = [trap for trap in everything if trap.name in ALWAYS] + others[::10]
    assert len(chosen) >= 55
    prove(chosen, cast, client_as, run_jobs, bait, chromium, database)


@pytest.mark.deep
@pytest.mark.browser
@pytest.mark.timeout(1800)
def test_every_hostile_file(
    everything: list[Trap], cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], bait: Bait,
    chromium: Browser, database: Path,
) -> None:  # fmt: skip
    prove(everything, cast, client_as, run_jobs, bait, chromium, database)
