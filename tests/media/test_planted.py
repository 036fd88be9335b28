"""What is kept is sealed: planted words and the signatures of pictures are nowhere on disk, and nowhere in a bucket."""

import io
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import create_engine, text

from app.kit.config import settings
from app.kit.db import admin_url
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.store import media_store
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.kit.buckets import ACCESS, SECRET
from tests.media.tools import MIB, OCTETS, SEGMENT, TUS, metadata

WORDS, FILES = 1000, 40
PLANTED = re.compile(rb"PLANTED-[0-9a-f]{16}")
# Long enough that chance does not write them: 2^-64 and less at any one place.
SIGNATURES = {
    "JPEG": rb"\xff\xd8\xff[\xe0-\xef]..(?:JFIF\0|Exif\0)",
    "PNG": rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "WebP": rb"RIFF....WEBPVP8[ LX]",
    "AVIF, HEIC, MP4": rb"\0\0\0.ftyp(?:avif|mif1|heic|isom|mp42|M4A )",
    "PDF": rb"%PDF-1\.[0-9]\n",
}


def planted_pictures() -> list[tuple[str, str, bytes, list[bytes]]]:
    """FILES files of four sorts, WORDS words strewn over them: name, media type, content, its words."""
    chance = random.Random()
    made = []
    for number in range(FILES):
        words = [b"PLANTED-%016x" % chance.getrandbits(64) for _ in range(WORDS // FILES)]
        sort = ("jpeg", "png", "text", "pdf")[number % 4]
        if sort in ("jpeg", "png"):
            file = io.BytesIO()
            picture = Image.frombytes("RGB", (60, 40), chance.randbytes(7200))
            if sort == "jpeg":
                picture.save(file, "JPEG", comment=b" ".join(words))
            else:
                picture.save(file, "PNG")
            content = file.getvalue() + b" ".join(words)
        elif sort == "pdf":
            content = b"%PDF-1.7\n" + b"\n".join(words)
        else:
            # From the first byte to the last, and over the ends of segments.
            content = b"".join(word + b" " * (SEGMENT // 2 - len(word) - 3) for word in words)
        mime = {"jpeg": "image/jpeg", "png": "image/png", "text": "text/plain", "pdf": "application/pdf"}[sort]
        made.append((f"{number}.{sort}", mime, content, words))
    return made


def give_everything(cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None]) -> set[bytes]:
    """Send them every way there is; some half, some not kept. Returns the words."""
    kai, kinds = client_as("kai"), {}
    words: set[bytes] = set()
    for number, (name, mime, content, planted) in enumerate(planted_pictures()):
        words.update(planted)
        way = number // 4 % 4
        if way == 0:
            sent = {"once": str(UUID(int=random.getrandbits(128), version=4)), "when": "taken"}
            answer = kai.post("/add/photo", data=sent, files={"files": (name, content, mime)})
            assert answer.status_code == 303, answer.text
        elif way == 1:
            memory_id = cast.memory(kind="photo")
            with cast.acting("kai") as session:
                kinds[name] = attach(
                    session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
                    name=name, mime=mime, chunks=[content],
                ).id  # fmt: skip
        else:
            # By tus; in two pieces, or only the first of them.
            headers = {**TUS, "Upload-Length": str(len(content) + MIB), **metadata(cast.box["kai"], name, mime)}
            path = kai.post("/uploads", headers=headers).headers["Location"]
            whole = content + bytes(MIB)
            half = max(SEGMENT, len(content) // SEGMENT * SEGMENT)
            for start, end in [(0, half), (half, len(whole))][: 2 if way == 2 else 1]:
                at = {**TUS, **OCTETS, "Upload-Offset": str(start)}
                assert kai.patch(path, content=whole[start:end], headers=at).status_code == 204
    run_jobs()
    with processing_session() as session:
        shown = [session.get_one(MediaFile, file_id) for file_id in kinds.values()]
    assert {"image/jpeg", "image/avif"} <= {each["mime"] for file in shown for each in file.renditions}
    return words


def found_in(folder: Path, sought: re.Pattern[bytes]) -> list[str]:
    """Where a pattern is in the files of a folder."""
    return [
        f"{path.relative_to(folder)}: {match.group()[:24]!r}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for match in sought.finditer(path.read_bytes())
    ]


def signatures_in(folder: Path) -> list[str]:
    every = {name: found_in(folder, re.compile(sought, re.DOTALL)) for name, sought in SIGNATURES.items()}
    return [f"{name} {each}" for name, found in every.items() for each in found]


def _written_to_disk() -> None:
    with create_engine(admin_url(), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("checkpoint"))


def test_nothing_of_a_file_is_on_disk_in_the_clear(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], database: Path
) -> None:
    words = give_everything(cast, client_as, run_jobs)
    # What is not sealed, and is found by the very same search: titles and words of memories, names of files.
    cast.memory(title="PLANTED-00000000c0ffee00", words="PLANTED-00000000c0ffee01")
    _written_to_disk()
    everywhere = found_in(database, PLANTED)
    control = [each for each in everywhere if "c0ffee" in each]
    assert len(words) == WORDS and len(control) >= 2
    assert [each for each in everywhere if "c0ffee" not in each] == []
    assert signatures_in(database / "media") == []
    assert len(list((database / "media").rglob("*"))) > 3 * FILES
    print(f"{len(words)} planted words in {FILES} files: 0 on disk (PostgreSQL too), 0 signatures in the store")


@pytest.fixture
def in_a_bucket(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that keep media in the bucket `box`."""
    from pydantic import SecretStr

    for name, value in {
        "s3_bucket": "box", "s3_prefix": "planted", "s3_endpoint_url": bucket_server,
        "s3_access_key": ACCESS, "s3_secret_key": SecretStr(SECRET),
    }.items():  # fmt: skip
        monkeypatch.setattr(settings(), name, value)
    media_store.cache_clear()
    yield
    media_store.cache_clear()


def test_nothing_of_a_file_is_in_a_bucket_in_the_clear(
    cast: Cast,
    client_as: ClientAs,
    run_jobs: Callable[[], None],
    in_a_bucket: None,
    bucket_folder: Path,
    database: Path,
) -> None:
    words = give_everything(cast, client_as, run_jobs)
    kept = list((bucket_folder / "box" / "planted").rglob("*"))
    assert len(kept) > 2 * FILES
    assert found_in(bucket_folder, PLANTED) == []
    assert signatures_in(bucket_folder) == []
    _written_to_disk()
    assert [each for each in found_in(database, PLANTED) if "c0ffee" not in each] == []
    print(f"{len(words)} planted words and {FILES} files: 0 words and 0 signatures in the bucket, 0 words on disk")
