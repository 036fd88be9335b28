"""Mail that Amazon SES put into a bucket (SES developer guide, "Deliver to S3 bucket action").

The bucket's object is deleted once the message is safe here: a notification that comes again finds nothing to take.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.arrivals.mail import sns
from app.arrivals.mail.taking_in import Envelope, Incoming, is_open, local_part
from app.kit.config import settings
from app.web.posted import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

log = logging.getLogger("holdfast.mail")
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Notice:
    bucket: str
    key: str
    sender: str
    recipients: list[str]


def take_notification(fields: dict[str, str], message: Incoming) -> None:
    """Do what a signed SNS message says: confirm the subscription, or take in the message it tells of.

    SES says nothing of the machine that brought a message, so only a signature (DKIM) can prove it. Raises what
    `Incoming.keep`, boto3 and `sns.confirm` raise: SNS tries again.
    """
    if fields["Type"] == "SubscriptionConfirmation":
        sns.confirm(fields)
        return
    notice = _read(fields["Message"]) if fields["Type"] == "Notification" else None
    if notice is None:
        return
    bucket = _bucket(sns.region_of(fields["TopicArn"]))
    welcome = [local for local in map(local_part, notice.recipients) if is_open(local)]
    if welcome and not _fetch(bucket, notice, message):
        return
    if welcome:
        message.keep(Envelope("", "", notice.sender), welcome)
    bucket.delete_object(Bucket=notice.bucket, Key=notice.key)


def _read(text: str) -> _Notice | None:
    """Where a message lies and whom it is for; None for a notification about anything else."""
    try:
        found = read_json(text)
        action = found["receipt"]["action"]
        if found["notificationType"] != "Received" or action["type"] != "S3":
            return None
        recipients = [str(each) for each in found["receipt"]["recipients"]]
        return _Notice(str(action["bucketName"]), str(action["objectKey"]), str(found["mail"]["source"]), recipients)
    except (ValueError, KeyError, TypeError):
        return None


def _fetch(bucket: "S3Client", notice: _Notice, message: Incoming) -> bool:
    """Copy the object into `message`; False when there is none, or when it is more than is taken in here."""
    try:
        answer = bucket.get_object(Bucket=notice.bucket, Key=notice.key)
    except bucket.exceptions.NoSuchKey:
        return False
    if answer["ContentLength"] > settings().mail_max_bytes:
        log.warning("a message is too big to take in; it stays in the bucket")
        answer["Body"].close()
        return False
    for piece in answer["Body"].iter_chunks(PIECE):
        if message.take(piece):
            message.flush()
    return True


def _bucket(region: str) -> "S3Client":
    """Amazon's S3, with the machine's own role (or AWS_* variables)."""
    import boto3  # late: it costs about 35 MB of memory
    from botocore.config import Config

    waits = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("s3", region_name=region, config=waits)
