"""The keys of boxes at rest: wrapped by the master key, or by a key that never leaves AWS KMS."""

import threading
import time
from collections import OrderedDict
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.kit.config import settings
from app.kit.master import derived_key
from app.kit.near import private_url
from app.kit.sealed import BrokenSeal, unwrap_key, wrap_key
from app.kit.store import StoreError

REMEMBERED_S = 300
_REMEMBERED_MOST = 1000
_PURPOSE = "box keys"
# What the master key wraps is 60 bytes long, and what KMS wraps is longer.
_BY_KMS = b"KMS\1"
_BY_MASTER_LENGTH = 60


def wrap_box_key(key: bytes, box_id: UUID) -> bytes:
    """The 32-byte key of a box, wrapped and bound to the box's id. Raises StoreError when KMS does not answer."""
    if not settings().kms_key_id:
        return wrap_key(key, derived_key(_PURPOSE), box_id.bytes)
    answer = _call("encrypt", box_id, KeyId=settings().kms_key_id, Plaintext=key)
    return _BY_KMS + bytes(answer["CiphertextBlob"])


def unwrap_box_key(wrapped: bytes, box_id: UUID) -> bytes:
    """The key inside, whichever way it was wrapped.

    What KMS opened is remembered for five minutes in this process. Raises BrokenSeal when it is not the key of this
    box, and StoreError when KMS does not answer.
    """
    if len(wrapped) <= _BY_MASTER_LENGTH or not wrapped.startswith(_BY_KMS):
        return unwrap_key(wrapped, derived_key(_PURPOSE), box_id.bytes)
    key = _remembered.get(wrapped, box_id)
    if key is None:
        blob = wrapped.removeprefix(_BY_KMS)
        key = bytes(_call("decrypt", box_id, CiphertextBlob=blob)["Plaintext"])
        _remembered.put(wrapped, box_id, key)
    return key


class _Remembered:
    """Keys that KMS opened not long ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[UUID, bytes], tuple[float, bytes]] = OrderedDict()

    def get(self, wrapped: bytes, box_id: UUID) -> bytes | None:
        with self._lock:
            opened_at, key = self._keys.get((box_id, wrapped), (-REMEMBERED_S, None))
        return key if time.monotonic() - opened_at < REMEMBERED_S else None

    def put(self, wrapped: bytes, box_id: UUID, key: bytes) -> None:
        with self._lock:
            self._keys.pop((box_id, wrapped), None)
            self._keys[box_id, wrapped] = (time.monotonic(), key)
            while len(self._keys) > _REMEMBERED_MOST:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


_remembered = _Remembered()


@lru_cache
def _client() -> Any:
    import boto3  # late: it costs about 35 MB of memory
    from botocore.config import Config

    chosen = settings()
    made = boto3.client(
        "kms",
        endpoint_url=chosen.kms_endpoint_url or None,
        region_name=chosen.s3_region,
        aws_access_key_id=chosen.s3_access_key or None,
        aws_secret_access_key=chosen.s3_secret_key.get_secret_value() or None,
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=5),
    )
    private_url(made.meta.endpoint_url, "The address of the key service")
    return made


def _call(verb: str, box_id: UUID, **arguments: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(_client(), verb)(EncryptionContext={"box": str(box_id)}, **arguments)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "InvalidCiphertextException":
            raise BrokenSeal("a wrapped key does not open") from error
        raise StoreError(f"the key service refused: {code}") from error
    except BotoCoreError as error:
        raise StoreError("the key service did not answer") from error
