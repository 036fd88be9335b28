"""Keys of boxes that AWS KMS wraps, against moto's KMS over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr
from sqlmodel import select

from app.boxes.box import BoxKey
from app.boxes.keys import box_key
from app.kit import box_keys
from app.kit.config import settings
from app.kit.sealed import BrokenSeal
from app.verify import rewrap
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.tools import TUS, metadata


@dataclass
class Kms:
    """A key service that the settings name, and the names of what it was asked."""

    server: ThreadedMotoServer
    asked: list[str] = field(default_factory=list)

    def note(self, model: Any, **_: object) -> None:
        self.asked.append(model.name)


@pytest.fixture
def kms(database: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kms]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client("kms", "eu-west-2", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(settings(), "kms_endpoint_url", url)
    monkeypatch.setattr(settings(), "s3_access_key", "a")
    monkeypatch.setattr(settings(), "s3_secret_key", SecretStr("b"))
    monkeypatch.setattr(settings(), "kms_key_id", client.create_key()["KeyMetadata"]["KeyId"])
    box_keys._client.cache_clear()
    box_keys._remembered.clear()
    kms = Kms(server)
    box_keys._client().meta.events.register("before-call.kms", kms.note)
    yield kms
    settings().kms_key_id = ""
    rewrap()  # other tests share the database
    kms.server.stop()
    box_keys._client.cache_clear()


def wrapped_of(cast: Cast, name: str) -> bytes:
    with cast.acting(name) as session:
        return session.exec(select(BoxKey.wrapped).where(BoxKey.box_id == cast.box[name])).one()


def key_of(cast: Cast, name: str) -> bytes:
    with cast.acting(name) as session:
        return box_key(session, cast.box[name])


def test_a_key_is_wrapped_by_kms_for_its_own_box_and_asked_for_once(kms: Kms, cast: Cast) -> None:
    before = len(kms.asked)
    key = key_of(cast, "kai")
    assert len(key) == 32 and key not in wrapped_of(cast, "kai")
    assert [key_of(cast, "kai") for _ in range(5)] == [key] * 5
    assert kms.asked[before:] == ["Decrypt"]
    with pytest.raises(BrokenSeal):
        box_keys.unwrap_box_key(wrapped_of(cast, "kai"), cast.box["ash"])


def test_while_kms_is_down_people_are_told_and_it_goes_on_afterwards(kms: Kms, cast: Cast, client_as: ClientAs) -> None:
    def status() -> int:
        box_keys._remembered.clear()
        headers = {**TUS, "Upload-Length": "5", **metadata(cast.box["kai"])}
        answer = client_as("kai").post("/uploads", headers=headers)
        assert answer.status_code == 201 or "Try again in a minute" in answer.text
        return answer.status_code

    assert status() == 201
    host, port = kms.server.get_host_and_port()
    kms.server.stop()
    assert status() == 503
    kms.server = ThreadedMotoServer(host, port, verbose=False)
    kms.server.start()
    assert status() == 201


def test_keys_go_from_the_master_key_to_kms_and_back_and_stay_the_same(cast: Cast, kms: Kms) -> None:
    before = wrapped_of(cast, "kai")
    key = key_of(cast, "kai")
    assert kms.asked == [] and len(before) == 60
    assert rewrap() > 0
    assert len(wrapped_of(cast, "kai")) > 60 and "Encrypt" in kms.asked
    assert key_of(cast, "kai") == key
    settings().kms_key_id = ""
    rewrap()
    assert len(wrapped_of(cast, "kai")) == 60 and key_of(cast, "kai") == key
