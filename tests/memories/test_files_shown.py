"""What a memory's page makes of files that are not what its kind expects."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
import pytest

from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from tests.cast import Cast
from tests.conftest import ClientAs


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
