"""Whatever a file says of where it was made, with what and by whom: nobody but its owner ever gets to see it."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import imageio_ffmpeg
import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.kit.config import settings
from app.media.intake import attach
from app.media.media_file import MediaFile, MediaLocation
from app.media.opening import processing_session
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.planted import planted
from tests.media.planted.words import OWNER, PLACE, traces
from tests.oauth.conftest import Flow, StartFlow

UNWELCOME = re.compile(
    r"gps|location|serial|owner|^make$|^model$|lens|artist|author|creator|city|latitude|longitude|software|hostcomputer|"
    r"comment|description|title|copyright",
    re.IGNORECASE,
)
# What the standards themselves call these, in boxes that every such file has.
OF_THE_FORMAT = {"HandlerDescription", "SampleGroupDescription"}
COMPRESSED = {"packed-text.png"}


def exiftool(folder: Path) -> list[dict[str, Any]]:
    """What exiftool says of every file in a folder."""
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("exiftool is not installed")
    done = subprocess.run([program, "-a", "-u", "-G1", "-s", "-n", "-j", "-ee", str(folder)], capture_output=True)
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def telling(tags: dict[str, Any]) -> dict[str, Any]:
    """The tags that say where, with what or by whom, or hold a word that was planted."""
    return {
        tag: value
        for tag, value in tags.items()
        if tag not in ("SourceFile", "System:Directory", "System:FileName")
        and tag.rpartition(":")[2] not in OF_THE_FORMAT
        and (UNWELCOME.search(tag.rpartition(":")[2]) or "PLANTED" in str(value))
    }


def given(cast: Cast, made: dict[str, bytes]) -> dict[UUID, str]:
    """Each file with a telling name, in memories of Kai's that Joe can see, and so can an app let in to School."""
    files = {}
    for start in range(0, len(made), 20):
        memory_id = cast.memory(kind="certificate", title="A day out", audience=("joe", "school"))
        with cast.acting("kai") as session:
            for position, name in enumerate(list(made)[start : start + 20]):
                file = attach(
                    session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
                    name=f"{OWNER} at {PLACE} {name}", mime="application/octet-stream", chunks=[made[name]],
                    position=position,
                )  # fmt: skip
                files[file.id] = name
    return files


def pages(client: TestClient, cast: Cast, memories: set[UUID]) -> dict[str, bytes]:
    """Every page, and part of one, on which a memory shows."""
    paths = [f"/memories/{memory_id}{part}" for memory_id in memories for part in ("", "/body")]
    paths += [f"/boxes/{cast.box['kai']}"]
    answers = {path: client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {
        path: html.unescape(answer.text).encode() + repr(answer.headers).encode() for path, answer in answers.items()
    }


def told_to_an_app(asking: Flow) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Every answer of the API about the memories an app may see, and every file that they name: path -> bytes."""
    token = asking.tokens()["access_token"]
    answers, files, path = {}, {}, "/memories"
    while path:
        answer = asking.api(token, "GET", path)
        assert answer.status_code == 200, answer.text
        answers[path] = answer.content + repr(answer.headers).encode()
        listed = answer.json()
        for memory in listed["memories"]:
            one = asking.api(token, "GET", f"/memories/{memory['id']}")
            answers[f"/memories/{memory['id']}"] = one.content + repr(one.headers).encode()
            for copy in (copy for file in memory["files"] for copy in file["copies"]):
                place = copy["url"].partition("/api/v1")[2]
                sent = asking.api(token, "GET", place)
                assert sent.status_code == 200, sent.text
                files[place] = sent.content + repr(sent.headers).encode()
        path = f"/memories?before={listed['before']}" if listed["before"] else ""
    return answers, files


def test_nothing_planted_reaches_anybody_else(
    cast: Cast,
    client_as: ClientAs,
    flow: StartFlow,
    run_jobs: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings(), "app_requests", 10_000)
    folders = [tmp_path / name for name in ("making", "sources", "copies")]
    for folder in folders:
        folder.mkdir()
    making, sources, copies = folders
    made = planted(str(imageio_ffmpeg.get_ffmpeg_exe()), making)
    assert len(made) >= 60
    assert [name for name, data in made.items() if not traces(data) and name not in COMPRESSED] == [], "planted"
    files = given(cast, made)
    run_jobs()
    with processing_session() as session:
        settled = list(session.exec(select(MediaFile).where(col(MediaFile.id).in_(files))))
    assert {file.state for file in settled} == {"ready"}
    kinds = {files[file.id]: file.kind for file in settled}
    assert set(kinds.values()) == {"photo", "video", "audio", "document", "other"}
    joe = client_as("joe")
    scanned = 0
    for file in settled:
        assert joe.get(f"/media/{file.id}/original").status_code == 404
        assert not traces(json.dumps(file.model_dump(mode="json", exclude={"sealed_key"})).encode()), files[file.id]
        for rendition in file.renditions:
            answer = joe.get(f"/media/{file.id}/{rendition['name']}")
            assert answer.status_code == 200
            assert traces(answer.content) == traces(repr(answer.headers).encode()) == [], (
                files[file.id],
                rendition["name"],
            )
            (copies / f"{files[file.id]}.{rendition['name']}").write_bytes(answer.content)
            scanned += 1
    shown = pages(joe, cast, {file.memory_id for file in settled})
    assert {path: traces(page) for path, page in shown.items() if traces(page)} == {}
    answers, fetched = told_to_an_app(flow())
    assert len(fetched) == scanned
    assert {path: traces(body) for path, body in (answers | fetched).items() if traces(body)} == {}
    for name, data in made.items():
        (sources / name).write_bytes(data)
    told = [telling(tags) for tags in exiftool(sources)]
    assert sum(map(bool, told)) >= 45, "exiftool finds what was planted"
    looked = exiftool(copies)
    assert len(looked) == scanned
    assert {tags["SourceFile"]: telling(tags) for tags in looked if telling(tags)} == {}
    with cast.acting("kai") as session:
        known = session.exec(select(MediaLocation).where(MediaLocation.box_id == cast.box["kai"])).all()
    assert {(round(place.latitude, 3), round(place.longitude, 3)) for place in known} == {(57.15, -2.094)}
    print(
        f"planted files: {len(made)} ({sum(map(bool, told))} tell exiftool); {scanned} copies, {len(shown)} pages "
        f"and {len(answers) + len(fetched)} answers to an app scanned: 0 location, serial or owner fields; "
        f"{len(known)} places kept for the owner"
    )
