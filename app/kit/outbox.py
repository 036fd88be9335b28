"""Mail that we send: over SMTP when OUTGOING_SMTP is set, else into a local outbox that can be read in development."""

import json
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import TypedDict
from urllib.parse import unquote, urlsplit

from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import new_id


class Kept(TypedDict):
    id: str
    at: str
    to: str
    subject: str
    body: str


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
    secure = address.scheme == "smtps"
    client = (smtplib.SMTP_SSL if secure else smtplib.SMTP)(address.hostname or "", address.port or 25, timeout=30)
    with client as smtp:
        if not secure and smtp.has_extn("starttls"):
            smtp.starttls()
        if address.username:
            smtp.login(unquote(address.username), unquote(address.password or ""))
        smtp.send_message(message, from_addr=return_path)


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
