"""tus 1.0 through the real application."""

import base64
import hashlib
from uuid import UUID

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.kit.clock import now
from app.kit.config import settings
from app.kit.sealed import HEADER, SEALED_SEGMENT, Sealer
from app.kit.store import Missing
from app.media.file_keys import open_key
from app.media.store import media_store
from app.media.sweep import sweep_uploads
from app.media.upload import Upload
from app.media.uploads import KEPT_FOR, Appender, WrongPlace
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.tools import MIB, OCTETS, SEGMENT, TUS, metadata, some_bytes, stored_upload


def create(client: TestClient, length: int, box: UUID, **more: str) -> str:
    response = client.post("/uploads", headers={**TUS, "Upload-Length": str(length), **metadata(box), **more})
    assert response.status_code == 201, response.text
    return response.headers["Location"]


def patch(client: TestClient, path: str, offset: int, body: bytes, **more: str):
    return client.patch(path, content=body, headers={**TUS, **OCTETS, "Upload-Offset": str(offset), **more})


def row(cast: Cast, who: str, path: str) -> Upload:
    with cast.acting(who) as session:
        return session.get_one(Upload, UUID(path.rpartition("/")[2]))


def test_says_what_it_can_do(client_as: ClientAs) -> None:
    answer = client_as(None).options("/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) >= {"creation", "termination", "expiration", "checksum"}
    assert int(answer.headers["Tus-Max-Size"]) == settings().upload_max_bytes


@pytest.mark.parametrize("length", [1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, MIB + 12345, 3 * MIB])
def test_pieces_of_any_size_arrive_as_they_were(cast: Cast, client_as: ClientAs, length: int) -> None:
    kai, content = client_as("kai"), some_bytes(length)
    path, offset = create(kai, length, cast.box["kai"]), 0
    while offset < length:
        answer = patch(kai, path, offset, content[offset : offset + 100_001])
        assert answer.status_code == 204
        offset = int(answer.headers["Upload-Offset"])
        assert offset == length or offset % SEGMENT == 0
    upload = row(cast, "kai", path)
    assert (upload.state, upload.received) == ("complete", length)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert stored_upload(cast, "kai", upload.id) == content
    answer = kai.head(path, headers=TUS)
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == (str(length), str(length))
    assert base64.b64encode(b"ride.mov").decode() in answer.headers["Upload-Metadata"]


def test_first_bytes_may_come_with_the_creation(cast: Cast, client_as: ClientAs) -> None:
    kai, content = client_as("kai"), some_bytes(200_000)
    answer = kai.post(
        "/uploads",
        content=content,
        headers={**TUS, **OCTETS, "Upload-Length": "200000", **metadata(cast.box["kai"])},
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "200000")
    assert stored_upload(cast, "kai", answer.headers["Location"].rpartition("/")[2]) == content


def test_another_persons_upload_is_as_if_it_were_not_there(cast: Cast, client_as: ClientAs) -> None:
    path = create(client_as("kai"), 100_000, cast.box["kai"])
    for who in ("joe", "casey"):
        other = client_as(who)
        for method in ("HEAD", "PATCH", "DELETE"):
            headers = {**TUS, **OCTETS, "Upload-Offset": "0"}
            real = other.request(method, path, headers=headers)
            nonsense = other.request(method, "/uploads/nonsense", headers=headers)
            absent = other.request(method, f"/uploads/{cast.box['kai']}", headers=headers)
            assert real.status_code == nonsense.status_code == absent.status_code == 404
            assert real.content == nonsense.content == absent.content
            assert real.headers == nonsense.headers == absent.headers
    assert row(cast, "kai", path).received == 0


def test_only_those_who_may_add_can_send(cast: Cast, client_as: ClientAs) -> None:
    def status(who: str | None) -> int:
        headers = {**TUS, "Upload-Length": "5", **metadata(cast.box["kai"])}
        return client_as(who).post("/uploads", headers=headers).status_code

    with cast.acting("kai") as session:
        from app.boxes.connection import Connection

        session.get_one(Connection, cast.connection["patel"]).may_add = False
    assert [status(who) for who in ("kai", "joe", "sam")] == [201, 201, 201]
    assert status("patel") == 403
    assert [status(who) for who in ("avery", "casey", "ash")] == [404, 404, 404]
    assert status(None) == 401


def test_refusals_are_plain_sentences_and_lose_nothing(cast: Cast, client_as: ClientAs) -> None:
    kai, content = client_as("kai"), some_bytes(3 * SEGMENT)
    path = create(kai, len(content), cast.box["kai"])
    assert patch(kai, path, 0, content[: 2 * SEGMENT]).headers["Upload-Offset"] == str(2 * SEGMENT)
    refused = [
        (409, patch(kai, path, SEGMENT, content[SEGMENT:])),
        (400, patch(kai, path, 2 * SEGMENT, content)),
        (400, patch(kai, path, 2 * SEGMENT, b"too little")),
        (415, kai.patch(path, content=b"x", headers={**TUS, "Upload-Offset": "0"})),
        (400, kai.patch(path, content=b"x", headers={**TUS, **OCTETS})),
        (412, kai.head(path)),
        (400, kai.post("/uploads", headers={**TUS, "Upload-Length": "-5"})),
        (400, kai.post("/uploads", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ###"})),
        (422, kai.post("/uploads", headers={**TUS, "Upload-Length": "0", **metadata(cast.box["kai"])})),
        (413, kai.post("/uploads", headers={**TUS, "Upload-Length": str(2**42), **metadata(cast.box["kai"])})),
    ]
    for status, answer in refused:
        assert answer.status_code == status, answer.text
        assert answer.request.method == "HEAD" or (answer.text and "<" not in answer.text)
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert patch(kai, path, 2 * SEGMENT, content[2 * SEGMENT :]).status_code == 204
    assert stored_upload(cast, "kai", path.rpartition("/")[2]) == content


def test_a_damaged_piece_is_not_taken(cast: Cast, client_as: ClientAs) -> None:
    kai, content = client_as("kai"), some_bytes(2 * SEGMENT)
    path = create(kai, len(content), cast.box["kai"])

    def send(name: str, digest: bytes) -> int:
        checksum = f"{name} {base64.b64encode(digest).decode()}"
        return patch(kai, path, 0, content, **{"Upload-Checksum": checksum}).status_code

    assert send("sha1", hashlib.sha1(b"other").digest()) == 460
    assert send("crc7", b"?") == 400
    assert row(cast, "kai", path).received == 0
    assert send("sha256", hashlib.sha256(content).digest()) == 204
    assert stored_upload(cast, "kai", path.rpartition("/")[2]) == content


def test_two_senders_cannot_write_over_each_other(cast: Cast, client_as: ClientAs) -> None:
    content = some_bytes(4 * SEGMENT)
    path = create(client_as("kai"), len(content), cast.box["kai"])
    upload_id = path.rpartition("/")[2]
    first, second = (Appender(cast.viewer("kai"), upload_id, 0) for _ in range(2))
    second.take(some_bytes(2 * SEGMENT, seed=2))
    first.take(content)
    first.write(first.batch())
    with pytest.raises(WrongPlace):
        second.write(second.batch())
    first.close()
    assert stored_upload(cast, "kai", upload_id) == content


@pytest.mark.parametrize("tail", ["whole", "torn", "hollow"])
def test_what_a_killed_process_left_is_used_only_when_it_opens(cast: Cast, client_as: ClientAs, tail: str) -> None:
    kai, content = client_as("kai"), some_bytes(4 * SEGMENT + 77)
    path = create(kai, len(content), cast.box["kai"])
    patch(kai, path, 0, content[:SEGMENT])
    upload = row(cast, "kai", path)
    with cast.acting("kai") as session:
        key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
    sealed = Sealer.resume(key, upload.store_key, upload.sealed_header).seal_run(
        1, content[SEGMENT : 3 * SEGMENT], last=False
    )
    left = {"whole": sealed, "torn": sealed[: SEALED_SEGMENT + 999], "hollow": bytes(len(sealed))}[tail]
    media_store().append(upload.store_key, HEADER + SEALED_SEGMENT, [left])

    offset = int(kai.head(path, headers=TUS).headers["Upload-Offset"])
    assert offset == {"whole": 3, "torn": 2, "hollow": 1}[tail] * SEGMENT
    assert patch(kai, path, offset, content[offset:]).status_code == 204
    assert stored_upload(cast, "kai", upload.id) == content


def test_an_upload_that_is_taken_back_leaves_nothing(cast: Cast, client_as: ClientAs) -> None:
    kai = client_as("kai")
    path = create(kai, 3 * SEGMENT, cast.box["kai"])
    patch(kai, path, 0, some_bytes(2 * SEGMENT))
    upload = row(cast, "kai", path)
    assert media_store().size(upload.store_key) > 0
    assert kai.delete(path, headers=TUS).status_code == 204
    with pytest.raises(Missing):
        media_store().size(upload.store_key)
    assert kai.head(path, headers=TUS).status_code == 404


def test_an_upload_runs_out(cast: Cast, client_as: ClientAs) -> None:
    kai = client_as("kai")
    path = create(kai, 3 * SEGMENT, cast.box["kai"])
    patch(kai, path, 0, some_bytes(SEGMENT))
    with cast.acting("kai") as session:
        upload = session.exec(select(Upload).where(Upload.id == UUID(path.rpartition("/")[2]))).one()
        upload.expires_at = now() - KEPT_FOR
    assert patch(kai, path, SEGMENT, some_bytes(SEGMENT)).status_code == 410
    assert sweep_uploads() >= 1
    assert kai.head(path, headers=TUS).status_code == 404
    with pytest.raises(Missing):
        media_store().size(upload.store_key)


def test_old_clients_override_the_method(cast: Cast, client_as: ClientAs) -> None:
    kai, content = client_as("kai"), some_bytes(10)
    path = create(kai, 10, cast.box["kai"])
    headers = {**TUS, **OCTETS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert kai.post(path, content=content, headers=headers).status_code == 204
    assert stored_upload(cast, "kai", path.rpartition("/")[2]) == content
