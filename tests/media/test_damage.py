"""Bits that flip in what is stored: every one is found, and mended from a second store that proves itself."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.kit.clock import now
from app.kit.sealed import HEADER, SEALED_SEGMENT, TAG
from app.kit.store import LocalStore, Store
from app.media import share
from app.media.intake import attach
from app.media.jobs import check_daily
from app.media.media_file import MediaFile, MediaOriginal
from app.media.opening import processing_session
from app.media.scrub import second_store
from app.media.store import media_store
from app.verify import verify
from tests.cast import Cast
from tests.kit.buckets import ACCESS, SECRET, bucket_at
from tests.media.tools import SEGMENT, some_bytes, stored_original

FILES, EACH = 25, 44
FLIPS = 1000


@dataclass(frozen=True)
class Kept:
    """One file of Kai's: its content, and where it is sealed."""

    id: UUID
    content: bytes
    store_key: str
    path: Path


def keep(cast: Cast, database: Path, content: bytes) -> Kept:
    memory_id = cast.memory(kind="photo")
    with cast.acting("kai") as session:
        file = attach(
            session,
            box_id=cast.box["kai"],
            memory_id=memory_id,
            added_by=cast.person["kai"],
            name="a.bin",
            mime="application/octet-stream",
            chunks=[content],
        )
    with processing_session() as session:
        store_key = session.get_one(MediaOriginal, file.id).store_key
    return Kept(file.id, content, store_key, database / "media" / store_key)


@pytest.fixture(scope="module")
def many(database: Path) -> list[Kept]:
    from tests.cast import make_cast

    cast, lengths = make_cast(), random.Random(5)
    return [
        keep(cast, database, some_bytes(EACH * SEGMENT - lengths.randrange(SEGMENT), seed)) for seed in range(FILES)
    ]


def flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def flip_in_segments(kept: list[Kept], count: int) -> dict[UUID, int]:
    """Flip one random bit in each of `count` random segments; how many of each file's."""
    chance = random.Random()
    places = [
        (each, HEADER + start, min(start + SEALED_SEGMENT, each.path.stat().st_size - HEADER) - start)
        for each in kept
        for start in range(0, each.path.stat().st_size - HEADER, SEALED_SEGMENT)
    ]
    broken: dict[UUID, int] = {}
    for each, start, length in chance.sample(places, count):
        flip(each.path, start + chance.randrange(length), chance.randrange(8))
        broken[each.id] = broken.get(each.id, 0) + 1
    return broken


def said(second: Store | None = None) -> list[str]:
    lines: list[str] = []
    verify(lines.append, second=second)
    return lines


def segments_named(lines: list[str], kept: list[Kept]) -> dict[UUID, int]:
    """How many broken segments of each file a list of faults names."""
    named = {}
    for line in lines:
        if line.startswith("file "):
            words = line.split()
            if UUID(words[1]) in {each.id for each in kept}:
                named[UUID(words[1])] = int(words[words.index("in") + 1])
    return named


@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_every_flipped_bit_is_found_and_mended(
    many: list[Kept], database: Path, tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    if where == "folder":
        shutil.copytree(database / "media", tmp_path / "backup" / "media")
        place = str(tmp_path / "backup")
    else:
        url = request.getfixturevalue("moto_server")
        bucket = bucket_at(url, prefix="backup")
        for each in many:
            bucket.put(each.store_key, [each.path.read_bytes()])
        place = f"s3://box/backup?endpoint_url={url}"
    broken = flip_in_segments(many, FLIPS)
    assert segments_named(said(), many) == broken

    command = [sys.executable, "-m", "app.cli", "verify", "--repair-from", place]
    keys = {"S3_ACCESS_KEY": ACCESS, "S3_SECRET_KEY": SECRET}
    environment = {**os.environ, "HOLDFAST_DATA": str(database), **keys}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    lines = told.stdout.splitlines()
    found = segments_named(lines, many)
    mended = [line for line in lines if line.endswith("; mended")]
    assert found == broken and len(mended) >= len(broken), told.stdout + told.stderr

    assert segments_named(said(), many) == {}
    assert all(stored_original(each.id) == each.content for each in many)
    print(f"{FLIPS} segments of {FILES} files flipped, {sum(found.values())} found, all mended from a {where}")


@pytest.mark.parametrize("harm", ["gone", "cut", "longer", "header", "swapped"])
def test_other_harm_is_found_and_mended(cast: Cast, database: Path, tmp_path: Path, harm: str) -> None:
    kept, other = (keep(cast, database, some_bytes(3 * SEGMENT + 5, seed)) for seed in (1, 2))
    good = kept.path.read_bytes()
    backup = LocalStore(tmp_path)
    backup.put(kept.store_key, [good])
    if harm == "gone":
        kept.path.unlink()
    elif harm == "swapped":
        kept.path.write_bytes(other.path.read_bytes())
    else:
        changed = {"cut": good[:-SEALED_SEGMENT], "longer": good + b"x", "header": good[:10] + b"!" + good[11:]}
        kept.path.write_bytes(changed[harm])
    assert [line for line in said() if str(kept.id) in line]
    assert [line for line in said(backup) if str(kept.id) in line and line.endswith("; mended")]
    assert [line for line in said() if str(kept.id) in line] == []
    assert stored_original(kept.id) == kept.content


@pytest.mark.parametrize("copy", ["none", "flipped", "of another", "cut"])
def test_a_copy_that_does_not_prove_itself_replaces_nothing(
    cast: Cast, database: Path, tmp_path: Path, copy: str
) -> None:
    kept, other = (keep(cast, database, some_bytes(40 * SEGMENT + 5, seed)) for seed in (1, 2))
    good, backup = kept.path.read_bytes(), LocalStore(tmp_path)
    flip(kept.path, HEADER + 7, 3)
    left = kept.path.read_bytes()
    copies = {"flipped": good[:-20] + bytes([good[-20] ^ 4]) + good[-19:], "of another": other.path.read_bytes()}
    copies["cut"] = good[: -SEALED_SEGMENT - TAG]
    if copy != "none":
        backup.put(kept.store_key, [copies[copy]])
    lines = [line for line in said(backup) if str(kept.id) in line]
    assert len(lines) == 1 and "not mended" in lines[0]
    assert kept.path.read_bytes() == left
    assert [path.name for path in kept.path.parent.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_is_none_is_said(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no folder"):
        second_store(str(tmp_path / "nowhere"))


def test_everything_is_read_again_within_thirty_days(
    cast: Cast, database: Path, run_jobs: Callable[[], None], admin: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    kept = [keep(cast, database, some_bytes(100 + seed, seed)) for seed in range(5)]
    run_jobs()

    def rows() -> list[MediaFile]:
        with processing_session() as session:
            return [session.get_one(MediaFile, each.id) for each in kept]

    flip(kept[2].path, HEADER + 3, 1)
    days = 0
    while any(row.checked_at is None for row in rows()):
        check_daily(0)
        run_jobs()
        days += 1
        assert days <= share.DAYS
    assert [row.damage for row in rows()] == ["", "", "original: seal", "", ""]
    assert f"file {kept[2].id} is damaged: original, seal" in caplog.text

    with processing_session() as session:
        assert kept[2].id in share.due_today(session)  # until it is mended
    flip(kept[2].path, HEADER + 3, 1)
    check_daily(0)
    run_jobs()
    assert rows()[2].damage == ""

    long_ago = {"at": now() - share.OVERDUE - timedelta(hours=1), "file": kept[4].id}
    admin.execute(text("update media_file set checked_at = :at where id = :file"), long_ago)
    with processing_session() as session:
        total = admin.execute(text("select count(*) from media_file")).scalar_one()
        due = share.due_today(session)
    assert kept[4].id in due and len(due) <= -(-total // share.DAYS) + 20
    print(f"{total} files, {len(due)} read on a day, all of them within {share.DAYS} days")


def test_bytes_on_their_way_in_are_looked_at_too(cast: Cast, database: Path) -> None:
    from app.media.uploads import Appender, start_upload

    with cast.acting("kai") as session:
        length = 4 * SEGMENT
        upload = start_upload(session, cast.viewer("kai"), cast.box["kai"], "a.bin", "video/mp4", length)
    appender = Appender(cast.viewer("kai"), upload.id, 0)
    appender.take(some_bytes(3 * SEGMENT))
    appender.close()
    assert [line for line in said() if str(upload.id) in line] == []
    flip(database / "media" / upload.store_key, HEADER + SEALED_SEGMENT + 9, 0)
    assert [line.partition(", ")[2] for line in said(media_store()) if str(upload.id) in line] == [
        "upload: its bytes were changed, in 1 segment; not mended: it is still on its way in, and its sender has it"
    ]
