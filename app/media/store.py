"""The one media store of this process."""

import logging
from functools import lru_cache
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from app.kit.config import settings
from app.kit.store import LocalStore, Store, StoreError

log = logging.getLogger("holdfast.media")
_DOOMED = "media.doomed"


@lru_cache
def media_store() -> Store:
    """The data folder, or the bucket when S3_BUCKET is set. Both hold only sealed bytes."""
    chosen = settings()
    if not chosen.s3_bucket:
        return LocalStore(chosen.data / "media")
    return bucket(chosen.s3_bucket, chosen.s3_prefix, chosen.s3_endpoint_url)


def bucket(name: str, prefix: str, endpoint_url: str) -> Store:
    """A bucket, asked with the credentials of the settings."""
    from app.kit.store_s3 import S3Store

    chosen = settings()
    secret = chosen.s3_secret_key.get_secret_value()
    return S3Store(name, prefix, endpoint_url, chosen.s3_region, chosen.s3_access_key, secret)


def delete_after_commit(session: Session, *store_keys: str) -> None:
    """Delete objects once this transaction has committed, not if it rolls back. The sweep finds what a crash leaves."""
    session.info.setdefault(_DOOMED, []).extend(store_keys)


@event.listens_for(Session, "after_commit")
def _delete_doomed(session: Session) -> None:
    for key in session.info.pop(_DOOMED, ()):
        try:
            media_store().delete(key)
        except StoreError:
            log.warning("an object that nothing names could not be deleted; the sweep tries again")


@event.listens_for(Session, "after_soft_rollback")
def _spare_doomed(session: Session, _previous: Any) -> None:
    session.info.pop(_DOOMED, None)
