"""A file that was attached is opened by the real worker: once in effect, whatever happens on the way."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session, select

from app.kit.clock import now
from app.kit.db import admin_url, open_session
from app.kit.jobs import job_app
from app.kit.store import Missing
from app.media import ready
from app.media.erase import erase
from app.media.intake import attach
from app.media.jobs import sweep_hourly
from app.media.media_file import MediaFile, MediaLocation, MediaOriginal
from app.media.opening import open_file, processing_session
from app.media.pictures import cover_of, picture_of
from app.media.processing import Outcome
from app.media.store import delete_after_commit, media_store
from app.media.sweep import forgotten_files
from app.operate.sweep import sweep
from tests.cast import Cast
from tests.machine import until
from tests.media.tools import stored_original

RunJobs = Callable[[], None]


def attached(cast: Cast, content: bytes, name: str = "a.jpg", mime: str = "image/jpeg", who: str = "kai") -> UUID:
    memory_id = cast.memory(who, box=who, kind="photo")
    with cast.acting(who) as session:
        return attach(
            session,
            box_id=cast.box[who],
            memory_id=memory_id,
            added_by=cast.person[who],
            name=name,
            mime=mime,
            chunks=[content[:1000], content[1000:]],
        ).id


def seen(file_id: UUID) -> MediaFile:
    with processing_session() as session:
        return session.get_one(MediaFile, file_id)


def objects(file_id: UUID) -> set[str]:
    return set(filter(lambda key: file_id.hex in key, media_store().keys()))


@pytest.fixture
def photo(corpora: Path) -> bytes:
    return (corpora / "photos-with-location" / "DSCN0010.jpg").read_bytes()


@pytest.fixture
def told() -> Iterator[list[tuple[UUID, Outcome | None]]]:
    """What `ready.on_ready` was told."""
    heard: list[tuple[UUID, Outcome | None]] = []

    def hear(session: Session, media_file: MediaFile, outcome: Outcome | None) -> None:
        assert session.info["claims"]["app.door"] == "processing"
        heard.append((media_file.id, outcome))

    ready.on_ready(hear)
    yield heard
    ready._callbacks.remove(hear)


def test_a_photo_becomes_pictures(cast: Cast, photo: bytes, run_jobs: RunJobs, told: list[object]) -> None:
    file_id = attached(cast, photo)
    assert seen(file_id).state == "waiting"
    run_jobs()
    media_file = seen(file_id)
    assert (media_file.state, media_file.kind) == ("ready", "photo")
    assert media_file.preview.startswith("data:image/webp;base64,")
    picture = picture_of(cover_of(media_file))
    assert (picture.width, picture.height) == (media_file.width, media_file.height)
    assert [width for _, width in picture.sources["avif"]] == sorted({width for _, width in picture.sources["jpeg"]})
    assert [each for each in told if each[0] == file_id] == [(file_id, told[-1][1])]
    assert stored_original(file_id) == photo
    with cast.acting("kai") as session:
        location = session.get_one(MediaLocation, file_id)
        assert (round(location.latitude, 2), round(location.longitude, 2)) == (43.47, 11.89)
        assert session.get_one(MediaOriginal, file_id).mime == "image/jpeg"


def test_doing_it_again_changes_nothing(cast: Cast, photo: bytes, run_jobs: RunJobs, told: list[object]) -> None:
    file_id = attached(cast, photo)
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(open_file, file_id, last_try=True) for _ in range(3)]:
            done.result()
    before, stored = seen(file_id), objects(file_id)
    run_jobs()
    open_file(file_id, last_try=True)
    assert seen(file_id).model_dump() == before.model_dump()
    assert objects(file_id) == stored == {each["key"] for each in before.renditions}
    assert len([each for each in told if each[0] == file_id]) == 1


@pytest.mark.parametrize(("content", "problem"), [(b"\xff\xd8\xff\xe0 not a picture", "broken"), (b"", "empty")])
def test_what_cannot_be_opened_is_kept(
    cast: Cast, run_jobs: RunJobs, told: list[object], content: bytes, problem: str
) -> None:
    file_id = attached(cast, content)
    run_jobs()
    media_file = seen(file_id)
    assert (media_file.state, media_file.problem, media_file.renditions) == ("failed", problem, [])
    assert stored_original(file_id) == content
    assert (file_id, None) in told


def test_what_is_no_picture_is_kept_and_never_in_the_clear(cast: Cast, run_jobs: RunJobs, database: Path) -> None:
    planted = b"PLANTED-WORD-OF-A-LETTER"
    file_id = attached(cast, b"Dear Kai, " + planted * 100, "letter.odt", "application/vnd.oasis.opendocument.text")
    run_jobs()
    assert (seen(file_id).state, seen(file_id).kind) == ("ready", "other")
    found = [path for path in database.rglob("*") if path.is_file() and planted in path.read_bytes()]
    assert found == []


def test_when_the_store_fails_the_file_waits_and_then_opens(
    cast: Cast, photo: bytes, run_jobs: RunJobs, database: Path
) -> None:
    file_id = attached(cast, photo)
    shown = database / "media" / "shown"
    aside = database / "aside"
    if shown.exists():
        shown.rename(aside)
    shown.write_text("in the way")
    try:
        run_jobs()
        assert seen(file_id).state == "waiting"
    finally:
        shown.unlink()
        if aside.exists():
            aside.rename(shown)

    def opened() -> bool:
        run_jobs()
        return seen(file_id).state == "ready"

    until(opened)


def test_a_failing_listener_undoes_everything(cast: Cast, photo: bytes) -> None:
    file_id = attached(cast, photo)

    def refuse(session: Session, media_file: MediaFile, outcome: Outcome | None) -> None:
        if media_file.id == file_id:
            raise RuntimeError("not now")

    ready.on_ready(refuse)
    try:
        with pytest.raises(RuntimeError):
            open_file(file_id, last_try=False)
        assert (seen(file_id).state, seen(file_id).renditions) == ("waiting", [])
    finally:
        ready._callbacks.remove(refuse)
    open_file(file_id, last_try=False)
    assert seen(file_id).state == "ready"


def test_erasing_takes_rows_and_bytes(cast: Cast, photo: bytes, run_jobs: RunJobs) -> None:
    file_id = attached(cast, photo)
    run_jobs()
    with processing_session() as session:
        original = session.get_one(MediaOriginal, file_id)
    with pytest.raises(ZeroDivisionError), processing_session() as session:
        erase(session, session.get_one(MediaFile, file_id))
        raise ZeroDivisionError
    assert media_store().size(original.store_key) and objects(file_id)
    with processing_session() as session:
        erase(session, session.get_one(MediaFile, file_id))
    assert objects(file_id) == set()
    with pytest.raises(Missing):
        media_store().size(original.store_key)
    with processing_session() as session:
        assert session.get(MediaFile, file_id) is None


def test_a_transaction_that_is_undone_deletes_nothing(cast: Cast) -> None:
    media_store().put("shown/00/kept", [b"sealed"])
    with processing_session() as session:
        session.execute(text("select 1"))
        delete_after_commit(session, "shown/00/kept")
        session.rollback()
        session.execute(text("select 1"))
    assert media_store().size("shown/00/kept") == 6


def test_the_sweep_takes_only_what_nobody_names(cast: Cast, photo: bytes, run_jobs: RunJobs) -> None:
    file_id = attached(cast, photo)
    run_jobs()
    named = objects(file_id) | {_original_key(file_id)}
    ancient = UUID("01890000-0000-7000-8000-000000000001")
    left = [
        f"original/01/{ancient.hex}",
        f"shown/{file_id.hex[-2:]}/{file_id.hex}/256.avif.0123456789abcdef",
        f"shown/01/{ancient.hex}/256.avif.0123456789abcdef",
    ]
    foreign = "mail/01/somebody-elses"
    for key in (*left, foreign):
        media_store().put(key, [b"sealed"])
    waiting = attached(cast, b"still to be opened")
    sweep()
    kept = set(media_store().keys())
    assert named <= kept and foreign in kept and _original_key(waiting) in kept
    assert kept.isdisjoint(left)
    media_store().delete(foreign)


def test_a_file_whose_job_was_lost_is_found(cast: Cast, run_jobs: RunJobs) -> None:
    file_id = attached(cast, b"some words")
    named = {"file": str(file_id), "at": now() - timedelta(hours=2)}
    with create_engine(admin_url()).begin() as admin:
        admin.execute(text("update media_file set created_at = :at where id = :file"), named)
    with processing_session() as session:
        assert file_id not in forgotten_files(session)
        session.execute(text("delete from procrastinate_jobs where args ->> 'file_id' = :file"), named)
        assert file_id in forgotten_files(session)
    assert {"holdfast:media.sweep", "holdfast:operate.sweep"} <= {
        each.task.name for each in job_app().periodic_registry.periodic_tasks.values()
    }
    sweep_hourly(0)
    run_jobs()
    assert seen(file_id).state == "ready"


def test_a_giver_cannot_see_what_they_attached(cast: Cast, run_jobs: RunJobs, photo: bytes) -> None:
    memory_id = cast.gift("joe")
    with cast.acting("joe") as session:
        given = attach(
            session,
            box_id=cast.box["kai"],
            memory_id=memory_id,
            added_by=cast.person["joe"],
            name="a.jpg",
            mime="image/jpeg",
            chunks=[photo],
        )
    run_jobs()
    for who, count in (("kai", 1), ("joe", 0), ("patel", 0)):
        with open_session(cast.viewer(who).claims()) as session:
            assert len(session.exec(select(MediaFile).where(MediaFile.id == given.id)).all()) == count


def _original_key(file_id: UUID) -> str:
    with processing_session() as session:
        return session.get_one(MediaOriginal, file_id).store_key
