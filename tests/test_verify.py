"""`holdfast verify`: what was tampered with is named by its row and its box; what is sound is left in peace."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlmodel import select

from app.boxes import ledger
from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaOriginal
from app.media.store import media_store
from app.verify import verify
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.memories import files

NOTHING = "".join(
    f"0 {what}, 0 faults\n" for what in ("ledgers read", "files opened", "messages opened", "uploads opened")
)
WORDS = ("It rained all day.", "You kept it.", "You let it go.")


@pytest.fixture
def written(cast: Cast) -> Cast:
    for sentence in WORDS:
        with cast.acting("kai") as session:
            ledger.record(
                session,
                box_id=cast.box["kai"],
                by=cast.person["kai"],
                action="memory.kept",
                subject_id=None,
                sentence=sentence,
            )
    return cast


def faults(box_id: UUID) -> list[str]:
    """What is said of one box; other tests share the database."""
    said: list[str] = []
    verify(said.append)
    return [line for line in said if str(box_id) in line]


def holdfast(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOLDFAST_DATA": str(data)}
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_row_that_was_changed_is_named_with_its_box(written: Cast, admin: Connection, database: Path) -> None:
    box = written.box["kai"]
    assert faults(box) == []
    change = "update ledger set sentence = 'You blocked Joe.' where box_id = :box and number = 2"
    admin.execute(text(change), {"box": box})
    assert faults(box) == [f"ledger of box {box}, row 2: it is not as it was written"]
    told = holdfast(database, "verify")
    assert told.returncode == 1
    assert f"ledger of box {box}, row 2: it is not as it was written" in told.stdout
    assert not any(words in told.stdout for words in (*WORDS, "You blocked Joe."))


BACK = "update ledger set number = 5 + number where box_id = :box and number < 0"
HARMED = {
    "from the middle": (
        "delete from ledger where box_id = :box and number = 2",
        ["row 3: a row before it is missing", "row 3: it does not follow from the row before it"],
    ),
    "from the end": (
        "delete from ledger where box_id = :box and number = 3",
        ["row 3: the ledger breaks off before it"],
    ),
    "all of it": ("delete from ledger where box_id = :box", ["row 1: the ledger breaks off before it"]),
    "two change places": (
        "update ledger set number = -number where box_id = :box and number in (2, 3);" + BACK,
        [
            "row 2: it does not follow from the row before it",
            "row 2: it is not as it was written",
            "row 3: it does not follow from the row before it",
            "row 3: it is not as it was written",
        ],
    ),
}


@pytest.mark.parametrize("what", HARMED)
def test_a_row_that_was_taken_out_or_moved_is_noticed(written: Cast, admin: Connection, what: str) -> None:
    box, (harm, said) = written.box["kai"], HARMED[what]
    for statement in harm.split(";"):
        admin.execute(text(statement), {"box": box})
    assert faults(box) == [f"ledger of box {box}, {line}" for line in said]


def test_what_was_cut_off_stays_missing_however_much_is_written_after(written: Cast, admin: Connection) -> None:
    box = written.box["kai"]
    admin.execute(text("delete from ledger where box_id = :box and number = 3"), {"box": box})
    with written.acting("kai") as session:
        ledger.record(
            session, box_id=box, by=written.person["kai"], action="memory.kept", subject_id=None, sentence="More."
        )
    assert faults(box) == [
        f"ledger of box {box}, row 4: a row before it is missing",
        f"ledger of box {box}, row 4: it does not follow from the row before it",
    ]


def test_an_empty_holdfast_is_sound(tmp_path: Path) -> None:
    assert holdfast(tmp_path / "data", "migrate").returncode == 0
    told = holdfast(tmp_path / "data", "verify")
    assert (told.returncode, told.stdout) == (0, NOTHING), told.stderr


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("bytes", "original: its bytes were changed, in 1 segment"),
        ("gone", "original: it is not in the store"),
        ("digest", "original: it holds other bytes than came in"),
        ("key", "original: its key does not open"),
    ],
)
def test_a_stored_file_that_was_harmed_is_named(
    client_as: ClientAs, cast: Cast, admin: Connection, harm: str, sentence: str
) -> None:
    sent = {"files": ("sea.jpg", files.JPEG, "image/jpeg")}
    client_as("kai").post("/add/photo", data={"once": str(new_id()), "when": "taken"}, files=sent)
    with cast.acting("kai") as session:
        (original,) = session.exec(select(MediaOriginal).where(MediaOriginal.box_id == cast.box["kai"])).all()
        session.get_one(MediaFile, original.media_file_id)
    assert faults(cast.box["kai"]) == []
    store, key = media_store(), original.store_key
    if harm == "bytes":
        sealed = bytearray(store.read(key, 0, 10_000_000))
        sealed[-20] ^= 1
        store.put(key, iter([bytes(sealed)]))
    elif harm == "gone":
        store.delete(key)
    elif harm == "digest":
        admin.execute(text("update media_original set sha256 = 'x' where store_key = :key"), {"key": key})
    else:
        change = text("update media_file set sealed_key = sha256('x') where id = :id")
        admin.execute(change, {"id": original.media_file_id})
    assert faults(cast.box["kai"]) == [f"file {original.media_file_id} of box {cast.box['kai']}, {sentence}"]
