"""The HTTP door: mail posted by a provider, or by a mail server elsewhere. 200 only after the commit.

Each road is shut (404) until its setting is there. Answers are for the provider's machine and its log: 200 taken in,
403 not signed, 406 never (no such address, too big), 503 try again.
"""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from app.arrivals.mail import mailgun, ses, sns
from app.arrivals.mail.door import LATER, NO_SUCH_ADDRESS, OK, too_big
from app.arrivals.mail.post import TakenBefore, is_fresh, is_signed, keyed
from app.arrivals.mail.slots import Gone, NoPlace, Slot, Slots
from app.arrivals.mail.taking_in import Envelope, Incoming, NoSuchAddress, ip_address, local_part
from app.kit import noticed
from app.kit.config import settings
from app.web.errors import NotHere

log = logging.getLogger("holdfast.mail")
router = APIRouter()

RAW, MAILGUN, SES = "/mail/raw", "/mail/mailgun/mime", "/mail/ses"
SIGNED = (RAW, MAILGUN, SES)  # they carry their own proof, and no cookie
AT_ONCE = 10
FRESH_S = 300
SIGNED_HEADERS = ("holdfast-timestamp", "holdfast-to", "holdfast-from", "holdfast-client", "holdfast-helo")
NOTICE_BYTES = 300 * 1024  # SNS sends at most 256 KiB
_HEX = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_slots = {road: Slots(AT_ONCE) for road in SIGNED}


class _Answer(Exception):
    """What to say instead of 200; `line` is how SMTP says it."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.response = PlainTextResponse(line.split(" ", 2)[2] + "\n", status)


def larger_bodies() -> dict[str, int]:
    """The most bytes that may be posted here: a form may write one byte of a message as three."""
    most = settings().mail_max_bytes
    return {RAW: most + 1024, MAILGUN: 3 * most + 1024**2}


@router.post(RAW)
async def raw(request: Request) -> Response:
    """A message (message/rfc822) as the body; who brings it in the Holdfast-* headers.

    Holdfast-Signature is HMAC-SHA256 (RFC 2104) in hex with MAIL_POST_SECRET, over the values of SIGNED_HEADERS, each
    followed by a line feed ("" for one that is not sent), and then the body. A post is good for FRESH_S seconds, once.
    What is too old or has no signature is not read.
    """
    secret = _secret(settings().mail_post_secret.get_secret_value())
    said = [request.headers.get(name, "") for name in SIGNED_HEADERS]
    timestamp, to, sender, client, helo = said
    signature = request.headers.get("holdfast-signature", "")
    if not (is_fresh(timestamp, FRESH_S) and _HEX.fullmatch(signature)):
        return _not_signed().response
    digest = keyed(secret, "".join(f"{each}\n" for each in said).encode("latin-1"))

    async def take(message: Incoming, slot: Slot) -> None:
        async for piece in slot.pieces(request):
            digest.update(piece)
            await _add(message, piece)
        if not is_signed(digest, signature):
            raise _not_signed()
        await _keep(message, Envelope(ip_address(client), helo, _text(sender)), _text(to).split(","), signature)

    return await _answered(RAW, take)


@router.post(MAILGUN)
async def by_mailgun(request: Request) -> Response:
    """What a Mailgun route posts to an address that ends with "mime"; it says nothing of who brought the message."""
    secret = _secret(settings().mailgun_signing_key.get_secret_value())

    async def take(message: Incoming, slot: Slot) -> None:
        try:
            form = mailgun.Form(request.headers.get("content-type", ""), secret)
            async for piece in slot.pieces(request):
                await _add(message, await run_in_threadpool(form.feed, piece))
            await _add(message, await run_in_threadpool(form.end))
        except mailgun.NoForm:
            raise _not_signed() from None
        if not mailgun.is_signed(form.fields, secret):
            raise _not_signed()
        envelope = Envelope("", "", form.fields.get("sender", ""))
        await _keep(message, envelope, form.fields.get("recipient", "").split(","), form.fields["token"])

    return await _answered(MAILGUN, take)


@router.post(SES)
async def by_ses(request: Request) -> Response:
    """What Amazon SNS posts when SES has put a message into a bucket.

    Its headers name the topic (SNS developer guide, "HTTP/HTTPS headers"): what is not for ours is not read.
    """
    topic = _secret(settings().ses_topic)
    if request.headers.get("x-amz-sns-topic-arn") != topic:
        return _not_signed().response

    async def take(message: Incoming, slot: Slot) -> None:
        body = bytearray()
        async for piece in slot.pieces(request):
            body += piece
            if len(body) > NOTICE_BYTES:
                raise _not_signed()
        try:
            await run_in_threadpool(lambda: ses.take_notification(sns.read(bytes(body), topic), message))
        except sns.NotSigned:
            raise _not_signed() from None

    return await _answered(SES, take)


async def _answered(road: str, take: Callable[[Incoming, Slot], Awaitable[None]]) -> Response:
    try:
        async with _incoming(road) as (message, slot):
            await take(message, slot)
    except _Answer as answer:
        return answer.response
    except (NoPlace, Gone):
        return _later().response
    except (NotHere, ClientDisconnect):
        raise
    except Exception as error:  # whatever broke, the sender keeps the message and tries again
        log.warning("a posted message could not be taken in: %s", type(error).__name__)
        return _later().response
    return PlainTextResponse(OK.split(" ", 2)[2] + "\n")


@asynccontextmanager
async def _incoming(road: str) -> AsyncIterator[tuple[Incoming, Slot]]:
    """A message on its way in, one of AT_ONCE on its road. Raises NoPlace."""
    slot, message = _slots[road].enter(), Incoming()
    try:
        yield message, slot
    finally:
        _slots[road].leave(slot)
        await run_in_threadpool(message.discard)


async def _add(message: Incoming, data: bytes) -> None:
    if message.length + len(data) > settings().mail_max_bytes:
        raise _Answer(406, too_big())
    if message.take(data):
        await run_in_threadpool(message.flush)


async def _keep(message: Incoming, envelope: Envelope, to: Iterable[str], once: str) -> None:
    try:
        await run_in_threadpool(message.keep, envelope, [local_part(each.strip()) for each in to], once)
    except TakenBefore:
        return
    except NoSuchAddress:
        raise _Answer(406, NO_SUCH_ADDRESS) from None


def _secret(setting: str) -> str:
    """What opens a road. Raises NotHere while it is shut."""
    if not setting:
        raise NotHere
    return setting


def _not_signed() -> _Answer:
    noticed.note("forged", "mail")
    return _Answer(403, "554 5.7.0 This is not signed by anyone we know, or it is too old.")


def _later() -> _Answer:
    answer = _Answer(503, LATER)
    answer.response.headers["Retry-After"] = "60"
    return answer


def _text(header: str) -> str:
    """A header's value, which may hold UTF-8 (RFC 6532), as text."""
    return header.encode("latin-1").decode("utf-8", "replace")
