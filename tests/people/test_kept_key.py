"""What is closed on a phone opens for its person alone, and signing out leaves it where it is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.kit.ids import new_id
from app.people.kept_key import NotAHalf, key_of, lock_of
from tests.cast import Cast
from tests.conftest import ClientAs


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def test_phone_and_server_come_to_one_key_and_nobody_else_does() -> None:
    kai, riley, capture = new_id(), new_id(), new_id()
    own = ec.generate_private_key(ec.SECP256R1())
    lock = lock_of(kai)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), urlsafe_b64decode(lock + "="))
    shared = own.exchange(ec.ECDH(), theirs)
    on_the_phone = HKDF(SHA256(), 32, salt=bytes(32), info=f"holdfast kept {capture}".encode()).derive(shared)
    half = text(point(own.public_key()))
    assert key_of(kai, capture, half) == text(on_the_phone)
    assert len({key_of(kai, capture, half), key_of(riley, capture, half), key_of(kai, riley, half)}) == 3
    assert lock != lock_of(riley) and kai.hex not in lock


@pytest.mark.parametrize("half", ["", "!", "BB", text(b"\x04" + bytes(64)), text(b"\x00")])
def test_what_is_no_key_opens_nothing(half: str, client_as: ClientAs, cast: Cast) -> None:
    with pytest.raises(NotAHalf):
        key_of(new_id(), new_id(), half)
    answer = client_as("kai").post("/kept/opening", data={"id": str(new_id()), "half": half})
    assert answer.status_code == 404


@pytest.mark.parametrize(("said", "cleared"), [("1", '"cache"'), (None, '"cache"'), ("0", '"cache", "storage"')])
def test_signing_out_clears_databases_only_where_nothing_waits(
    said: str | None, cleared: str, client_as: ClientAs, cast: Cast
) -> None:
    client = client_as("kai")
    if said:
        client.cookies.set("kept", said)
    assert client.post("/sign-out", data={"sure": "yes"}).headers["Clear-Site-Data"] == cleared
