"""Real photos, each carrying a position, as they are served: no place, device or owner left in them."""

import json
import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image
from sqlmodel import select
from starlette.testclient import TestClient

from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaLocation
from tests.cast import Cast
from tests.conftest import ClientAs

UNWELCOME = re.compile(
    r"gps|location|serial|owner|^make$|^model$|lens|artist|latitude|longitude|software|hostcomputer", re.IGNORECASE
)
TRACES = (b"Exif\0", b"http://ns.adobe", b"xpacket", b"ICC_PROFILE", b"Photoshop 3.0", b"GPSLatitude")


def exiftool(data: bytes) -> dict[str, Any]:
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("exiftool is not installed")
    done = subprocess.run([program, "-a", "-u", "-G1", "-s", "-n", "-j", "-ee", "-"], input=data, capture_output=True)
    answer: dict[str, Any] = json.loads(done.stdout)[0]
    return answer


def own_words(data: bytes) -> set[bytes]:
    """What a photo says of place, device and owner, as it is written in the file: its numbers as pairs of 32 bits."""
    found = {
        str(value).encode()
        for tag, value in exiftool(data).items()
        if UNWELCOME.search(tag.rpartition(":")[2]) and len(str(value)) >= 5 and re.search("[^0-9. ]", str(value))
    }
    exif = data.find(b"Exif\0\0")
    for kept in Image.open(BytesIO(data)).getexif().get_ifd(0x8825).values() if exif >= 0 else ():
        for number in kept if isinstance(kept, tuple) else ():
            for order in "<>":
                pair = struct.pack(f"{order}II", number.numerator & 0xFFFFFFFF, number.denominator & 0xFFFFFFFF)
                found |= {pair} if pair in data and len(set(pair)) > 3 else set()
    return {word for word in found if word in data}


def addresses(client: TestClient, page: str) -> set[str]:
    """Every picture a page would fetch."""
    return set(re.findall(r"/media/[0-9a-f-]{36}/[\w.-]+", client.get(page).text))


def test_no_served_photo_says_where_it_was_taken(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None], corpora: Path
) -> None:
    photos = sorted((corpora / "photos-with-location").iterdir())
    kai, joe = client_as("kai"), client_as("joe")
    sent = [("files", (photo.name, photo.read_bytes(), "image/jpeg")) for photo in photos]
    answer = kai.post("/add/photo", data={"once": str(new_id()), "title": "Everywhere", "when": "unknown"}, files=sent)
    assert answer.status_code == 303
    memory = answer.headers["Location"].partition("?")[0]
    share = {"start": "people", "circle": str(cast.circle["joe"]), "until": "change"}
    assert kai.post(f"{memory}/audience", data=share).status_code == 303
    run_jobs()
    with cast.acting("kai") as session:
        ready = session.exec(select(MediaFile.state).where(MediaFile.box_id == cast.box["kai"])).all()
        known = session.exec(select(MediaLocation).where(MediaLocation.box_id == cast.box["kai"])).all()
    assert len(photos) == 18 and set(ready) == {"ready"} and len(ready) == 18
    assert len(known) >= 16, "the owner keeps the places"
    page = joe.get(memory).text
    assert not any(photo.name in page for photo in photos)
    assert not any(f"{place.latitude:.3f}" in page for place in known)
    folders = {url.rpartition("/")[0] for url in addresses(kai, memory) | addresses(joe, memory)}
    every = {
        f"{folder}/{size}.{form}" for folder in folders for size in (256, 512, 1024, 2048) for form in ("avif", "jpg")
    }
    pillow_heif.register_heif_opener()
    words = set().union(*(own_words(photo.read_bytes()) for photo in photos))
    assert len(words) >= 20, "the photos say a lot of themselves"
    looked = 0
    for url in sorted(every):
        served = joe.get(url)
        assert served.status_code == 200, url
        looked += 1
        assert not [word for word in words if word in served.content], url
        assert not [trace for trace in TRACES if trace in served.content], url
        tags = exiftool(served.content)
        wrong = {tag: value for tag, value in tags.items() if UNWELCOME.search(tag.rpartition(":")[2])}
        assert wrong == {}, url
    print(f"renditions served and scanned: {looked} of {len(photos)} photos, for {len(words)} words of theirs")
    assert looked == 18 * 6
    assert {joe.get(f"{folder}/original").status_code for folder in folders} == {404}
