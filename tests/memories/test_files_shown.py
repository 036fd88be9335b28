"""What a memory's page makes of files that are not what its kind expects."""

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
import pytest
from PIL import Image
from sqlmodel import select

from app.kit.ids import new_id
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.memories.memory import Memory
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.memories.files import jpeg, wav

REPORTS = Path(__file__).parents[1] / "corpora/reports-02"


def with_file(cast: Cast, kind: str, name: str, mime: str, content: bytes) -> tuple[UUID, UUID]:
    memory_id = cast.memory(kind=kind, audience=("joe",))
    with cast.acting("kai") as session:
        file = attach(
            session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
            name=name, mime=mime, chunks=[content],
        )  # fmt: skip
    return memory_id, file.id


@pytest.mark.parametrize(("kind", "became", "copies"), [("voice", "audio", ["listen.m4a"]), ("video", "video", None)])
def test_a_film_given_to_a_voice_is_heard(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], tmp_path: Path,
    kind: str, became: str, copies: list[str] | None,
) -> None:  # fmt: skip
    path = tmp_path / "film.mp4"
    made = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *made], check=True)
    memory_id, file_id = with_file(cast, kind, "film.mp4", "video/mp4", path.read_bytes())
    run_jobs()
    with processing_session() as session:
        file = session.get_one(MediaFile, file_id)
    assert (file.state, file.kind, bool(file.peaks)) == ("ready", became, became == "audio")
    assert copies is None or [each["name"] for each in file.renditions] == copies
    page = client_as("joe").get(f"/memories/{memory_id}").text
    assert ("<audio" in page, "<video" in page) == (became == "audio", became == "video")
    if became == "video":
        assert f'<img src="/media/{file_id}/strip.jpg"' in page
        assert f'data-strip="/media/{file_id}/strip.jpg"' in client_as("joe").get(f"/boxes/{cast.box['kai']}").text


def test_a_teachers_document_is_called_what_it_is(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None]
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for part in ("[Content_Types].xml", "word/document.xml", "docProps/core.xml"):
            package.writestr(part, "<creator>Mr Planted</creator>")
    memory_id, file_id = with_file(cast, "certificate", "Report by Mr Planted.docx", "text/html", out.getvalue())
    run_jobs()
    kai, joe = client_as("kai"), client_as("joe")
    for client in (kai, joe):
        assert "This is a Word document. We can’t show what’s in it here." in client.get(f"/memories/{memory_id}").text
    assert "Planted" not in joe.get(f"/memories/{memory_id}").text
    original = f"/media/{file_id}/original"
    assert joe.get(original).status_code == 404
    saved = kai.get(original)
    assert saved.content == out.getvalue() and saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.headers["Content-Type"].endswith("wordprocessingml.document")


def reported(name: str) -> bytes:
    return (REPORTS / name).read_bytes()


def film(folder: Path) -> bytes:
    path = folder / "film.mov"
    made = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *made], check=True)
    return path.read_bytes()


def test_what_is_missing_of_a_picture_is_said(cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None]) -> None:
    memory_id, file_id = with_file(cast, "photo", "a.png", "image/png", reported("cut_off_half_1600.png"))
    whole, _ = with_file(cast, "photo", "b.png", "image/png", reported("cicp_p3.png"))
    run_jobs()
    for who in ("kai", "joe"):
        page = client_as(who).get(f"/memories/{memory_id}").text
        assert "Part of this picture is missing." in page
        assert f"/media/{file_id}/2048.jpg" in page and "We couldn’t open" not in page
        assert "is missing" not in client_as(who).get(f"/memories/{whole}").text
    assert client_as("kai").get(f"/media/{file_id}/original").content == reported("cut_off_half_1600.png")


@pytest.mark.parametrize("kind", ["photo", "certificate", "treasured_thing"])
def test_a_picture_that_moves_can_be_played(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], kind: str
) -> None:
    memory_id, file_id = with_file(cast, kind, "a.webp", "image/webp", reported("anim_blankfirst.webp"))
    run_jobs()
    joe = client_as("joe")
    page = joe.get(f"/memories/{memory_id}").text
    (tag,) = re.findall(r"<video [^>]*>", page)
    assert " controls" in tag and " loop" in tag and "autoplay" not in tag
    assert f'poster="/media/{file_id}/256.jpg"' in tag and f'<source src="/media/{file_id}/phone.mp4"' in page
    part = joe.get(f"/media/{file_id}/phone.mp4", headers={"Range": "bytes=0-99"})
    assert part.status_code == 206 and part.content[4:8] == b"ftyp"
    assert f"/media/{file_id}/" in joe.get(f"/boxes/{cast.box['kai']}").text, "and its card has the still picture"


@pytest.mark.parametrize("kind", ["photo", "certificate"])
def test_a_film_or_a_recording_among_photos_plays(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], tmp_path: Path, kind: str
) -> None:
    memory_id, _ = with_file(cast, kind, "a.jpg", "image/jpeg", jpeg())
    with cast.acting("kai") as session:
        moving, heard = (
            attach(
                session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
                name=name, mime="application/octet-stream", chunks=[data], position=position,
            ).id
            for position, (name, data) in enumerate({"a.mov": film(tmp_path), "b.wav": wav()}.items(), 1)
        )  # fmt: skip
    run_jobs()
    page = client_as("joe").get(f"/memories/{memory_id}").text
    assert f'<source src="/media/{moving}/phone.mp4"' in page
    assert f'src="/media/{heard}/listen.m4a"' in page and "<audio controls" in page


@pytest.mark.parametrize(
    ("name", "kind", "copy"),
    [
        ("00001.MTS", "video", "phone.mp4"),
        ("v_bt2020_sdr.mp4", "video", "phone.mp4"),
        ("phone_108mp.jpg", "photo", "2048.avif"),
        ("d_form_filled.pdf", "document", "page-1.avif"),
        ("a_zeros.mp3", "audio", "listen.m4a"),
        ("a_rf64.wav", "audio", "listen.m4a"),
    ],
)
def test_reported_files_are_shown(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], name: str, kind: str, copy: str
) -> None:
    memory_id, file_id = with_file(cast, "certificate", name, "application/octet-stream", reported(name))
    run_jobs()
    with processing_session() as session:
        file = session.get_one(MediaFile, file_id)
    assert (file.state, file.kind, file.problem) == ("ready", kind, "")
    joe = client_as("joe")
    page = joe.get(f"/memories/{memory_id}").text
    assert f"/media/{file_id}/{copy}" in page
    assert "can’t be shown" not in page and "too big" not in page
    assert joe.get(f"/media/{file_id}/{copy}").status_code == 200


def test_a_phones_photo_and_its_film_are_one(
    cast: Cast, client_as: ClientAs, run_jobs: Callable[[], None], tmp_path: Path
) -> None:
    import pillow_heif

    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(out)
    sent = [
        ("files", ("IMG_0001.MOV", film(tmp_path), "video/quicktime")),
        ("files", ("IMG_0001.HEIC", out.getvalue(), "image/heic")),
    ]
    joe = client_as("joe")
    fields = {"once": str(new_id()), "kind": "photo", "words": "At the sea"}
    given = joe.post(f"/boxes/{cast.box['kai']}/give", data=fields, files=sent)
    assert given.status_code == 303
    run_jobs()
    with cast.acting("kai") as session:
        (memory,) = session.exec(select(Memory).where(Memory.box_id == cast.box["kai"])).all()
        files = session.exec(select(MediaFile).where(MediaFile.memory_id == memory.id)).all()
    assert (memory.kind, memory.words) == ("photo", "At the sea")
    assert {file.kind: file.state for file in files} == {"photo": "ready", "video": "ready"}
    assert memory.cover is not None and memory.cover["kind"] == "photo"
    page = client_as("kai").get(f"/memories/{memory.id}").text
    assert "<video controls" in page and page.count('<figure class="stage"') == 2
