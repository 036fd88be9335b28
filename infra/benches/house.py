"""An empty house with one person in it, made for one measurement and taken away after it."""

import os
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import create_engine, text

import app.models  # noqa: F401  # every table
from app.boxes.keys import make_box
from app.kit import embedded_postgres
from app.kit.clock import now
from app.kit.config import settings
from app.kit.db import admin_url, engine, open_session
from app.kit.sealed import new_key, open_stream, seal_stream
from app.media.file_keys import close_key, open_key, rendition_store_key
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.store import media_store
from app.memories.memory import Memory
from app.operate.installation import bring_up_to_date
from app.people.door import cookie_name
from app.people.person import Person
from app.people.sign_in import SignIn
from app.people.viewer import Viewer

SECRET = "bench cookie"
PATIENCE_S = 600


class Film(NamedTuple):
    """A clean copy of a film: its address and its plaintext."""

    path: str
    data: bytes


@dataclass(frozen=True)
class House:
    """One person (`cookie` is their sign-in), and their box."""

    person_id: UUID
    box_id: UUID

    @property
    def cookie(self) -> str:
        return f"{cookie_name()}={SECRET}"

    @contextmanager
    def database(self) -> Iterator[None]:
        """The database alone, for a web process to be started on it."""
        with _database():
            yield

    def wait_until_well(self, port: int) -> None:
        """Until database, store and worker are."""
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                    if answer.status == 200:
                        return
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit("The house did not come up.") from None
            time.sleep(0.2)

    def wait_until_ready(self) -> None:
        """Until no file waits to be opened. Ends the program when one could not be."""
        administrator = create_engine(admin_url())
        deadline = time.monotonic() + PATIENCE_S
        with administrator.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.execute(text("select exists (select from media_file where state = 'waiting')")).scalar():
                if time.monotonic() > deadline:
                    raise SystemExit("Files are still waiting.")
                time.sleep(0.05)
            if connection.execute(text("select count(*) from media_file where state <> 'ready'")).scalar():
                raise SystemExit("A photo could not be opened.")
        administrator.dispose()

    def check_hash(self, upload_id: str, sha256: str) -> None:
        """End the program when an upload is not complete, or holds other bytes."""
        administrator = create_engine(admin_url())
        with administrator.connect() as connection:
            query = text("select state, sha256 from upload where id = :id")
            row = connection.execute(query, {"id": upload_id}).one()
        administrator.dispose()
        if tuple(row) != ("complete", sha256):
            raise SystemExit("The large file did not arrive as it was sent.")

    def thumbnails(self, most: int) -> list[tuple[str, bytes]]:
        """Addresses of the smallest pictures of photos in the box, and what is in them."""
        with processing_session() as session:
            photos = session.query(MediaFile).filter_by(kind="photo", box_id=self.box_id).limit(most).all()
            found = []
            for photo in photos:
                key = open_key(session, photo.box_id, photo.id, photo.sealed_key)
                [each] = [each for each in photo.renditions if each["name"] == "256.avif"]
                data = b"".join(open_stream(key, each["key"], partial(media_store().read, each["key"]), each["bytes"]))
                found.append((f"/media/{photo.id}/256.avif", data))
        if not found:
            raise SystemExit("There are no photos to show: measure the photos first.")
        return found

    def film(self, length: int) -> Film:
        """A new film of random bytes."""
        data, key = os.urandom(length), new_key()
        with open_session(Viewer(self.person_id).claims()) as session:
            memory = Memory(box_id=self.box_id, added_by=self.person_id, kind="video", state="kept", title="A film")
            session.add(memory)
            session.flush()
            row = MediaFile(box_id=self.box_id, memory_id=memory.id, added_by=self.person_id, sealed_key=b"")
            row.sealed_key = close_key(session, self.box_id, row.id, key)
            session.add(row)
        store_key = rendition_store_key(row.id, "phone.mp4")
        media_store().put(store_key, seal_stream(key, store_key, [data]))
        copy = {"name": "phone.mp4", "mime": "video/mp4", "width": 1280, "height": 720}
        with processing_session() as session:
            made = session.get_one(MediaFile, row.id)
            made.renditions, made.state, made.kind = [{**copy, "bytes": length, "key": store_key}], "ready", "video"
        return Film(f"/media/{row.id}/phone.mp4", data)


@contextmanager
def built() -> Iterator[House]:
    """A house in the data folder, which must not be there yet; it is gone afterwards."""
    data = settings().data
    if data.exists():
        raise SystemExit(f"{data} is there already; give HOLDFAST_DATA a folder that is not.")
    try:
        with _database():
            bring_up_to_date()
            person = Person(name="Kai")
            with open_session(Viewer(person.id).claims()) as session:
                session.add(person)
                session.flush()
                box = make_box(session, person, person.name)
                session.add(
                    SignIn(
                        person_id=person.id,
                        token_print=Viewer(secret=SECRET).claims()["app.secret"],
                        way="passkey",
                        device="Bench",
                        expires_at=now() + timedelta(days=1),
                    )
                )
            home = House(person.id, box.id)
        yield home
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _database() -> Iterator[None]:
    started = embedded_postgres.start(settings().data)
    try:
        yield
    finally:
        for role in ("holdfast_web", "holdfast_worker"):
            engine(role).dispose()
        if started is not None:
            embedded_postgres.stop(settings().data, started)
