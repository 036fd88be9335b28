"""Mail that we send: over SMTP when OUTGOING_SMTP is set, else into a local outbox that can be read in development."""

import json
import logging
import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TypedDict
from urllib.parse import SplitResult, unquote, urlsplit

from app.kit import noticed
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import new_id
from app.kit.near import is_near

log = logging.getLogger("holdfast.outbox")
SMTP_S = 30
SOON = timedelta(days=14)


class Kept(TypedDict):
    id: str
    at: str
    to: str
    subject: str
    body: str


class NotEncrypted(smtplib.SMTPException):
    """The mail server offers no TLS, or somebody on the way took its offer out: nothing is said to it."""


def _folder() -> Path:
    return settings().data / "outbox"


def send(
    to: str, subject: str, body: str, headers: dict[str, str] | None = None, return_path: str | None = None
) -> None:
    """Send one plain-text message. `return_path` is where failures are reported, "" nowhere; default the sender.

    Raises smtplib.SMTPException or OSError when the server cannot take it (the calling job tries again).
    """
    if not settings().outgoing_smtp:
        _keep(to, subject, body)
        return
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings().mail_from, to, subject
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body)
    address = urlsplit(settings().outgoing_smtp)
    try:
        line = _connected(address)
    except NotEncrypted:
        noticed.note("tls_failed", "mail", cause="NOT_OFFERED")
        raise
    except (smtplib.SMTPException, OSError) as error:
        noticed.tls_failed(error, "mail")
        raise
    _note_its_end(line)
    with line as smtp:
        if address.username:
            smtp.login(unquote(address.username), unquote(address.password or ""))
        smtp.send_message(message, from_addr=return_path)


def _connected(address: SplitResult) -> smtplib.SMTP:
    """A line to the mail server, encrypted, to the one that its certificate names (RFC 3207, RFC 8314).

    Only a server on this very machine may go without. Raises NotEncrypted, and what smtplib and ssl raise.
    """
    host, ca = address.hostname or "", settings().outgoing_smtp_ca
    context = ssl.create_default_context(cafile=ca)
    if address.scheme == "smtps":
        return smtplib.SMTP_SSL(host, address.port or 465, timeout=SMTP_S, context=context)
    line = smtplib.SMTP(host, address.port or 25, timeout=SMTP_S)
    try:
        line.ehlo_or_helo_if_needed()
        if line.has_extn("starttls"):
            line.starttls(context=context)
        elif not is_near(host):
            raise NotEncrypted("The mail server offers no TLS")
    except BaseException:
        line.close()
        raise
    return line


def _note_its_end(line: smtplib.SMTP) -> None:
    """Say in the log that the certificate of the mail server ends soon: on that day our mail stops."""
    shown = line.sock.getpeercert() if isinstance(line.sock, ssl.SSLSocket) else None
    if shown:
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
        if ends - now() < SOON:
            log.warning("The certificate of the mail server ends on %s.", ends.date().isoformat())


def _keep(to: str, subject: str, body: str) -> None:
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = Kept(id=str(new_id()), at=now().isoformat(), to=to, subject=subject, body=body)
    draft = folder / f".{kept['id']}"
    draft.write_text(json.dumps(kept))
    draft.rename(folder / f"{kept['id']}.json")


def kept_messages(limit: int = 50) -> list[Kept]:
    """The newest messages of the local outbox, newest first."""
    paths = sorted(_folder().glob("*.json"), reverse=True)[:limit] if _folder().exists() else []
    return [json.loads(path.read_text()) for path in paths]
